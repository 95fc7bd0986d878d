"""How much limits by window leave of what is wanted, first come first served.

Rows stand account by account in the order of time, and a window is a run of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit._kernels.segments import heads_of, over_rows, running_sum
from crmkit.typing import BoolArray, IntArray


def granted_nested(
    wanted: IntArray, windows: Sequence[IntArray], limits: Sequence[int]
) -> IntArray:
    """Grant what is wanted within limits whose windows nest, inner ones first.

    Until an outer limit binds it refused nothing, so that what inner limits left is what was used;
    once it binds, nothing is granted until its window ends, and inner windows end no later. With
    windows that overlap without nesting this is wrong: see `granted_stepwise`.
    """
    granted = wanted
    for window, limit in zip(windows, limits, strict=True):
        running = running_sum(granted, heads_of(window))
        granted = np.minimum(running, limit) - np.minimum(running - granted, limit)
    return granted


def first_uses(match: BoolArray, window: IntArray, limit: int) -> BoolArray:
    """Return the first *limit* matches of each window."""
    before = running_sum(match.astype(np.int64), heads_of(window)) - match
    return match & (before < limit)


# --- windows that do not nest --------------------------------------------------------------------

_FEW = 16
"""So few accounts are faster one by one than by steps of all of them."""


def rolling_starts(time: IntArray, heads: IntArray, seconds: int) -> IntArray:
    """Return for each row the first one of its account later than *seconds* before it."""
    if not len(time):
        return time
    number = over_rows(np.arange(len(heads)), heads, len(time))
    low = int(time.min())
    span = int(time.max()) - low + seconds + 2
    keys = number * span + (time - low)
    return np.maximum(
        np.searchsorted(keys, keys - seconds, side="right"), over_rows(heads, heads, len(time))
    )


def window_starts(window: IntArray) -> IntArray:
    """Return for each row the first one of its window."""
    heads = heads_of(window)
    return over_rows(heads, heads, len(window))


def granted_stepwise(
    wanted: IntArray, heads: IntArray, starts: Sequence[IntArray], limits: Sequence[IntArray]
) -> IntArray:
    """Grant what is wanted within limits on any windows, given where each row's window starts.

    A limit may differ from row to row; where it is below what was used already, nothing is granted.
    Accounts in which no limit could be reached even if all were granted get all. The others go
    step by step, the k-th rows of all accounts at once: time grows with the longest of them.
    """
    granted = wanted.copy()
    tight = _could_bind(wanted, starts, limits)
    accounts = np.flatnonzero(np.logical_or.reduceat(tight, heads)) if len(heads) else heads
    if len(accounts):
        _steps(granted, (heads[accounts], _sizes(heads, len(wanted))[accounts]), starts, limits)
    return granted


def _sizes(heads: IntArray, rows: int) -> IntArray:
    return np.diff(np.append(heads, rows))


def _could_bind(
    wanted: IntArray, starts: Sequence[IntArray], limits: Sequence[IntArray]
) -> BoolArray:
    before = np.append(0, np.cumsum(wanted))
    tight = np.zeros(len(wanted), dtype=np.bool_)
    for start, limit in zip(starts, limits, strict=True):
        tight |= before[1:] - before[start] > limit
    return tight


def _steps(
    granted: IntArray,
    runs: tuple[IntArray, IntArray],
    starts: Sequence[IntArray],
    limits: Sequence[IntArray],
) -> None:
    """Cut what some accounts want to their limits, in place."""
    order = np.argsort(-runs[1], kind="stable")
    heads, sizes = runs[0][order], runs[1][order]
    used = np.zeros(len(granted) + 1, dtype=np.int64)  # running sums, one place on
    for k in range(int(sizes[0])):
        active = int(np.searchsorted(-sizes, -k))
        if active <= _FEW:
            for head, size in zip(heads[:active].tolist(), sizes[:active].tolist(), strict=True):
                _one_by_one(granted, used, (head, head + k, head + size), starts, limits)
            return
        rows = heads[:active] + k
        before = used[rows] if k else np.zeros(active, dtype=np.int64)
        left = granted[rows]
        for start, limit in zip(starts, limits, strict=True):
            lo = start[rows]
            passed = np.where(lo > heads[:active], used[lo], 0)
            left = np.minimum(left, limit[rows] - (before - passed))
        left = np.maximum(left, 0)
        granted[rows] = left
        used[rows + 1] = before + left


def _one_by_one(
    granted: IntArray,
    used: IntArray,
    run: tuple[int, int, int],
    starts: Sequence[IntArray],
    limits: Sequence[IntArray],
) -> None:
    head, first, stop = run
    wanted = granted[first:stop].tolist()
    running = [0, *used[head + 1 : first + 1].tolist()]
    reach = [(start[first:stop] - head).tolist() for start in starts]
    most = [limit[first:stop].tolist() for limit in limits]
    for k, left in enumerate(wanted):
        for lo, limit in zip(reach, most, strict=True):
            left = min(left, limit[k] - (running[-1] - running[lo[k]]))
        left = max(left, 0)
        granted[first + k] = left
        running.append(running[-1] + left)
