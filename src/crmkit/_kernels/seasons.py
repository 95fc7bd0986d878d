"""One seasonal index per group from many products that each live through part of the calendar."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray

_ROUNDS = 100
_SETTLED = 1e-9


class SeasonSums(NamedTuple):
    """Sums over products that are on sale all through a window around a period.

    Attributes:
        sold: shape (groups, periods), what they sold in the period.
        around: shape (groups, periods), what they sold in the window.
        cells: shape (groups, periods), how many they are.
    """

    sold: FloatArray
    around: FloatArray
    cells: FloatArray


def window_sums(values: FloatArray, half: int) -> FloatArray:
    """Sum each column with the *half* before and the *half* after it; cut at both ends."""
    width = values.shape[1]
    running = np.zeros((len(values), width + 1))
    np.cumsum(values, axis=1, out=running[:, 1:])
    at = np.arange(width)
    return running[:, np.minimum(at + half + 1, width)] - running[:, np.maximum(at - half, 0)]


def whole_windows(first: CodeArray, end: CodeArray, marked: BoolArray, half: int) -> BoolArray:
    """Say around which periods a product is on sale, unmarked, for a whole window."""
    at = np.arange(marked.shape[1])
    inside = (at - half >= first[:, None]) & (at + half < end[:, None])
    whole: BoolArray = inside & (window_sums(marked.astype(np.float64), half) == 0)
    return whole


def season_sums(
    values: FloatArray, whole: BoolArray, group: CodeArray, groups: int, half: int
) -> SeasonSums:
    """Sum the rows of each group, -1 being none, where their windows are whole."""
    rows = np.flatnonzero(group >= 0)
    ones = np.ones(len(rows))
    member = sparse.csr_array((ones, (group[rows], rows)), shape=(groups, len(group)))
    around = window_sums(values, half)
    return SeasonSums(*(member @ np.where(whole, part, 0.0) for part in (values, around, whole)))


def seasonal_factors(
    sums: SeasonSums, chance: FloatArray, place: IntArray, places: int, half: int
) -> tuple[FloatArray, FloatArray]:
    """Return the index of each group and place of the year, mean 1, and the cells behind each.

    An index is what was sold over what the level of the window let expect. A window of half a year
    holds more of one season than of the other, so its level is corrected by the index itself,
    round by round; without that, a plain sine of a year would keep two fifths of its height.
    """
    periods = np.arange(len(place))
    at = sparse.csr_array((np.ones(len(place)), (periods, place)), (len(place), places))
    sold, cells = sums.sold @ at, sums.cells @ at
    index = np.ones_like(sold)
    for _ in range(_ROUNDS):
        weight = window_sums(index[:, place] * chance, half)
        level = np.divide(sums.around, weight, out=np.zeros_like(weight), where=weight > 0)
        fresh = _centred(sold, (level * chance) @ at, cells)
        moved = np.max(np.abs(fresh - index), initial=0.0)
        index = fresh
        if moved < _SETTLED:
            break
    return index, cells


def _centred(sold: FloatArray, expected: FloatArray, cells: FloatArray) -> FloatArray:
    """Divide, take 1 where nothing is known, and let the known ones have mean 1."""
    raw = np.divide(sold, expected, out=np.ones_like(sold), where=expected > 0)
    known = cells > 0
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.sum(raw, axis=1, where=known, keepdims=True) / count
    return np.where(known & (mean > 0), raw / np.where(mean > 0, mean, 1.0), 1.0)
