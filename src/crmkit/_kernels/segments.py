"""Running sums and maxima that start anew with each segment of a sorted column."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit.typing import IntArray


def heads_of(keys: IntArray) -> IntArray:
    """Return where each segment of equal keys starts."""
    return np.flatnonzero(changes(keys)) if len(keys) else np.zeros(0, dtype=np.int64)


def over_rows(figures: IntArray, heads: IntArray, rows: int) -> IntArray:
    """Repeat a figure per segment for each of its rows."""
    return np.repeat(figures, np.diff(np.append(heads, rows)))


def running_sum(values: IntArray, heads: IntArray) -> IntArray:
    """Sum up to and with each row, from the head of its segment."""
    if not len(values):
        return values.astype(np.int64)
    total = np.cumsum(values)
    return total - over_rows((total - values)[heads], heads, len(values))


def running_max(values: IntArray, heads: IntArray) -> IntArray:
    """Return the largest value up to and with each row, from the head of its segment.

    One scan: each segment is lifted above the one before it. Where that needs more than 64 bits
    the scan doubles its reach instead, in log2(longest segment) passes.
    """
    if not len(values):
        return values
    low, high = int(values.min()), int(values.max())
    lift = high - low + 1
    if lift * len(heads) < 2**62:
        steps = over_rows(np.arange(len(heads)) * lift, heads, len(values))
        return np.maximum.accumulate(values - low + steps) - steps + low
    return _by_doubling(values, heads)


def _by_doubling(values: IntArray, heads: IntArray) -> IntArray:
    start = over_rows(heads, heads, len(values))
    rows = np.arange(len(values))
    best, reach = values.copy(), 1
    while reach <= int((rows - start).max()):
        back = rows - reach >= start
        best[back] = np.maximum(best[back], best[rows[back] - reach])
        reach *= 2
    return best
