"""Stages by rules of thumb on growth: two windows, and the rule of Polli and Cook.

All are given sales and exposure of products of one age, shape (products, periods); where nothing
was observed both are 0. A mean is sales over exposure. Ties go to maturity.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Stages = NDArray[np.int8]

INTRODUCTION, GROWTH, MATURITY, DECLINE = range(4)
_YOUNG: Final = 8
_NOT_OLD: Final = 26
_RISEN: Final = 2.0
_HALF: Final = 0.5
_MOST: Final = 3.0
_REACHED: Final = 0.05


def two_windows(sales: Doubles, exposure: Doubles, width: int, threshold: float) -> Stages:
    """Compare the mean of the last *width* periods with that of as many before."""
    late, early = slice(-width, None), slice(-2 * width, -width)
    periods = sales.shape[1]
    if periods <= width:
        return np.full(len(sales), MATURITY, dtype=np.int8)
    sums = [(sales[:, part].sum(axis=1), exposure[:, part].sum(axis=1)) for part in (late, early)]
    now, before = (np.divide(y, x, out=np.zeros(len(y)), where=x > 0) for y, x in sums)
    growth = (now - before) / np.maximum(before, 1e-9)
    growth[(sums[0][1] == 0) | (sums[1][1] == 0)] = 0
    return by_growth(growth, np.full(len(growth), threshold))


def by_growth(growth: Doubles, threshold: Doubles) -> Stages:
    """Call what grows by more than the threshold growth, what falls by more decline."""
    stage = np.full(growth.shape, MATURITY, dtype=np.int8)
    stage[growth > threshold] = GROWTH
    stage[growth < -threshold] = DECLINE
    return stage


def centred_means(sales: Doubles, exposure: Doubles, width: int) -> Doubles:
    """Return means over *width* periods about each, windows cut at both ends; 0 over nothing."""
    half, periods = width // 2, sales.shape[1]
    first = np.maximum(np.arange(periods) - half, 0)
    last = np.minimum(np.arange(periods) + half + 1, periods)
    y, x = (_between(values, first, last) for values in (sales, exposure))
    return np.divide(y, x, out=np.zeros_like(y), where=x > 0)


def _between(values: Doubles, first: NDArray[np.int64], last: NDArray[np.int64]) -> Doubles:
    summed = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    # Sums of whole numbers stay whole; others must not fall below 0 by rounding.
    return np.maximum(summed[:, last] - summed[:, first], 0)


def relative_changes(level: Doubles, lag: int) -> Doubles:
    """Return changes over *lag* periods relative to the earlier one; from 0 they are infinite."""
    late, early = level[:, lag:], level[:, :-lag]
    change = np.divide(late - early, early, out=np.zeros_like(late), where=early > 0)
    change[(early == 0) & (late > 0)] = np.inf
    return change


def spread(changes: Doubles, *, about_zero: bool) -> tuple[Doubles, Doubles]:
    """Return the middle of each row and the standard deviation about it: 0, or the mean (n - 1)."""
    count = max(changes.shape[1], 1)
    if about_zero:
        return np.zeros(len(changes)), np.sqrt((changes**2).sum(axis=1) / count)
    mean = changes.sum(axis=1) / count
    square = ((changes - mean[:, None]) ** 2).sum(axis=1)
    return mean, np.sqrt(square / max(count - 1, 1))


def annual(sales: Doubles, *, about_zero: bool) -> Stages:
    """Label every period by its change from the one before; shape (products, periods).

    Until sales first reach a twentieth of their peak they are in introduction.
    """
    stage = np.full(sales.shape, INTRODUCTION, dtype=np.int8)
    if sales.shape[1] > 1:
        changes = np.minimum(relative_changes(sales, 1), _MOST)
        middle, sigma = spread(changes, about_zero=about_zero)
        limit = np.broadcast_to(_HALF * sigma[:, None], changes.shape)
        stage[:, 1:] = by_growth(changes - middle[:, None], limit)
    reached = np.maximum.accumulate(sales, axis=1) >= _REACHED * sales.max(axis=1, keepdims=True)
    stage[~reached | (sales.max(axis=1, keepdims=True) <= 0)] = INTRODUCTION
    return stage


def own_spread(sales: Doubles, exposure: Doubles, *, about_zero: bool) -> Stages:
    """Tell the last period from 8-period changes of 13-period means, by their own spread."""
    periods = sales.shape[1]
    if periods <= _YOUNG:
        return np.full(len(sales), INTRODUCTION, dtype=np.int8)
    level = centred_means(sales, exposure, 13)
    changes = np.clip(relative_changes(level, 8), -1, _MOST)
    middle, sigma = spread(changes, about_zero=about_zero)
    stage = by_growth(changes[:, -1] - middle, _HALF * sigma)
    stage[_not_risen(sales, exposure, level)] = INTRODUCTION
    return stage


def _not_risen(sales: Doubles, exposure: Doubles, level: Doubles) -> NDArray[np.bool_]:
    """Find young products that never sold twice what they did at first."""
    if sales.shape[1] >= _NOT_OLD:
        return np.zeros(len(sales), dtype=np.bool_)
    first, open_ = sales[:, :_YOUNG].sum(axis=1), exposure[:, :_YOUNG].sum(axis=1)
    return np.asarray(level.max(axis=1) * open_ < _RISEN * first, dtype=np.bool_)


def pooled_changes(sales: Doubles, exposure: Doubles) -> Doubles:
    """Return 6-period log changes of 9-period means."""
    level = np.log(centred_means(sales, exposure, 9) + _HALF)
    return level[:, 6:] - level[:, :-6]


def pooled_spread(sales: Doubles, exposure: Doubles, sigma: float) -> Stages:
    """Tell the last period from such a change, by the spread of all products' changes."""
    if sales.shape[1] <= 6:
        return np.full(len(sales), INTRODUCTION, dtype=np.int8)
    growth = pooled_changes(sales, exposure)[:, -1]
    stage = by_growth(growth, np.full(len(growth), _HALF * sigma))
    young = _not_risen(sales, exposure, centred_means(sales, exposure, 9))
    stage[young & (stage != DECLINE)] = INTRODUCTION
    return stage
