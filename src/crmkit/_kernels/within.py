"""Slopes within pairs: what a customer's own variation says, free of who the customer is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit.typing import BoolArray, FloatArray, IntArray


class Slopes(NamedTuple):
    """Slope of y on x per group and its standard error; NaN where x never varies within a pair."""

    slope: FloatArray
    error: FloatArray


def slopes_within(
    x: FloatArray, y: FloatArray, pair: IntArray, group: IntArray, groups: int
) -> Slopes:
    """Return the least-squares slope per group of rows centred on their pair's means."""
    counts = np.bincount(pair)
    dx, dy = _centred(x, pair, counts), _centred(y, pair, counts)
    xx, xy, yy = (_sums(group, product, groups) for product in (dx * dx, dx * dy, dy * dy))
    first = np.zeros(len(counts), dtype=np.int64)
    first[pair] = group
    # Each pair spends one degree of freedom on its mean, and each group one on its slope.
    used = np.bincount(first[counts > 0], minlength=groups) + 1
    free = np.bincount(group, minlength=groups) - used
    known = (xx > 0) & (free > 0)
    slope = _ratio(xy, xx, known)
    residual = np.maximum(yy - slope * xy, 0.0)
    return Slopes(slope, np.sqrt(_ratio(_ratio(residual, free, known), xx, known)))


def _centred(values: FloatArray, pair: IntArray, counts: IntArray) -> FloatArray:
    means = np.bincount(pair, values, len(counts)) / np.maximum(counts, 1)
    return np.asarray(values - means[pair], dtype=np.float64)


def _sums(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    return np.asarray(np.bincount(group, values, groups), dtype=np.float64)


def _ratio(a: FloatArray, b: FloatArray | IntArray, known: BoolArray) -> FloatArray:
    return np.where(known, a / np.where(known, b, 1), np.nan)
