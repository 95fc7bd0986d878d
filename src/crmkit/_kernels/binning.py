"""Cut points and classes: equal values always share a class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.grouping import sorted_within
from crmkit.typing import CodeArray, FloatArray, IntArray, NumberArray, ScoreArray


def quantile_cuts(values: NumberArray, bins: int, digits: int | None = None) -> FloatArray:
    """Return the bins-1 quantiles of type 7 (the default of R and numpy); NaN without values.

    Integers, and floats of so many decimal *digits*, give the float nearest to the exact cut.
    """
    if len(values) == 0:
        return np.full(bins - 1, np.nan)
    low, high, part = _ranks(np.int64(len(values)), bins)
    parted: NumberArray = np.partition(values, np.unique(np.concatenate([low, high])))  # type: ignore[assignment]
    return _between(parted[low], parted[high], part, bins, digits)


def quantile_cuts_within(
    values: NumberArray, cell: CodeArray, shape: tuple[int, int], digits: int | None = None
) -> FloatArray:
    """Return the type-7 cuts in each cell, a row per cell, NaN for an empty one.

    *shape* is how many cells there are and how many bins each has.
    """
    cells, bins = shape
    ordered, starts = sorted_within(values, cell, cells)
    sizes = np.diff(starts)
    there = sizes > 0
    low, high, part = _ranks(sizes[there, None].astype(np.int64), bins)
    first = starts[:-1][there, None]
    cuts = np.full((cells, bins - 1), np.nan)
    cuts[there] = _between(ordered[first + low], ordered[first + high], part, bins, digits)
    return cuts


def _ranks(count: IntArray | np.int64, bins: int) -> tuple[IntArray, IntArray, IntArray]:
    """Return the ranks on both sides of each quantile, and its place between them in bins-ths."""
    # Integers: (n-1) * (j/b) in floats falls below the whole number at b = 10, n = 171, j = 7,
    # and the customer on that cut would move up a class.
    low, part = np.divmod((count - 1) * np.arange(1, bins, dtype=np.int64), bins)
    return low, np.minimum(low + 1, count - 1), part


def _between(
    low: NumberArray, high: NumberArray, part: IntArray, whole: int, digits: int | None
) -> FloatArray:
    if low.dtype.kind == "i":
        digits = 0
    if digits is None:
        # The product comes before the division so that whole steps stay whole.
        return np.asarray(low + (high - low) * part / whole, dtype=np.float64)
    # Python's integers neither overflow nor round, and divide to the nearest float: a later value
    # that equals the cut is then found to equal it.
    first, last = _units(low, digits), _units(high, digits)
    exact = first * (whole - part.astype(object)) + last * part.astype(object)
    return np.asarray(exact / (whole * 10**digits), dtype=np.float64)


def _units(values: NumberArray, digits: int) -> NDArray[np.object_]:
    units: IntArray = np.rint(values * 10**digits).astype(np.int64)
    return units.astype(object)


def classes(values: NumberArray, cuts: FloatArray) -> ScoreArray:
    """Return 1 + the number of cuts below each value: a value equal to a cut is in the lower class.

    *cuts* is one vector for all values, or one row per value.
    """
    scores = np.ones(len(values), dtype=np.int8)
    # A few comparisons of whole columns beat searchsorted by ten to one here.
    for cut in np.moveaxis(cuts, -1, 0):
        scores += values > cut
    return scores
