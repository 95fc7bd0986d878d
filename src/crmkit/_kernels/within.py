"""Slopes within pairs: what a customer's own variation says, free of who the customer is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit.typing import FloatArray, IntArray


class Slopes(NamedTuple):
    """Slope of y on x per group and its standard error; NaN where x never varies within a pair."""

    slope: FloatArray
    error: FloatArray


class Sums(NamedTuple):
    """Per group: sums of squares and products about the pairs' means, and rows less pairs."""

    xx: FloatArray
    xy: FloatArray
    yy: FloatArray
    free: FloatArray

    def put_together(self, codes: IntArray, groups: int) -> Sums:
        """Add up by larger groups; code -1 belongs to none."""
        named = codes >= 0
        return Sums(*(_sums(codes[named], column[named], groups) for column in self))


def sums_within(x: FloatArray, y: FloatArray, pair: IntArray, group: IntArray, groups: int) -> Sums:
    """Return the sums of each group; rows of a pair are of one group."""
    counts = np.bincount(pair)
    dx, dy = _centred(x, pair, counts), _centred(y, pair, counts)
    xx, xy, yy = (_sums(group, product, groups) for product in (dx * dx, dx * dy, dy * dy))
    # Each pair spends one degree of freedom on its mean.
    return Sums(xx, xy, yy, _sums(group, 1 - 1 / counts[pair], groups))


def slopes_of(sums: Sums) -> Slopes:
    """Return the least-squares slope of each group."""
    free = np.rint(sums.free) - 1
    known = (sums.xx > 0) & (free > 0)
    xx, free = np.where(known, sums.xx, 1.0), np.where(known, free, 1.0)
    slope = sums.xy / xx
    error = np.sqrt(np.maximum(sums.yy - slope * sums.xy, 0.0) / free / xx)
    return Slopes(np.where(known, slope, np.nan), np.where(known, error, np.nan))


def _centred(values: FloatArray, pair: IntArray, counts: IntArray) -> FloatArray:
    means = np.bincount(pair, values, len(counts)) / np.maximum(counts, 1)
    return np.asarray(values - means[pair], dtype=np.float64)


def _sums(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    return np.asarray(np.bincount(group, values, groups), dtype=np.float64)
