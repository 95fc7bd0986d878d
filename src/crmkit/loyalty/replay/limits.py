"""Caps and trigger limits of rules, by window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit._kernels.limits import (
    first_uses,
    granted_nested,
    granted_stepwise,
    rolling_starts,
    window_starts,
)
from crmkit._kernels.segments import heads_of
from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.declaration.caps import Cap, Rolling, Window
from crmkit.loyalty.replay.block import Block
from crmkit.loyalty.replay.windows import DAY, window_ids
from crmkit.typing import BoolArray, CodeArray, IntArray

_INNER_FIRST = (
    Window.BASKET,
    Window.DAY,
    Window.WEEK,
    Window.MONTH,
    Window.YEAR,
    Window.LIFETIME,
)


def nest(caps: Sequence[Cap]) -> bool:
    """Say whether windows nest: weeks do not nest in months, rolling days in nothing."""
    windows = {cap.per for cap in caps}
    rolling = any(isinstance(window, Rolling) for window in windows)
    return not rolling and not (Window.WEEK in windows and windows & {Window.MONTH, Window.YEAR})


def granted_within(
    counted: IntArray, rule: tuple[int, Sequence[Cap]], block: Block, point: int
) -> IntArray:
    """Return what caps leave of the units that a rule offers in each basket.

    *rule* is its place and its caps; *point* is a point in units.
    """
    place, caps = rule
    rows = np.flatnonzero(counted > 0)
    granted = np.zeros_like(counted)
    if not len(rows):
        return granted
    if len(rows) == 1:  # nothing else can have used a limit inside the block
        granted[rows] = max(min(int(counted[rows[0]]), _room(rule, block, rows[0], point)), 0)
        return granted
    if nest(caps) and not any((place, k) in block.headroom for k in range(len(caps))):
        inner = [(cap.per, cap.limit) for cap in caps if isinstance(cap.per, Window)]
        inner.sort(key=lambda entry: _INNER_FIRST.index(entry[0]))
        windows = [block.windows(window)[rows] for window, _ in inner]
        most = [limit * point for _, limit in inner]
        granted[rows] = granted_nested(counted[rows], windows, most)
        return granted
    limits = _limits_of(rule, block, rows, point)
    heads = heads_of(block.account[rows].astype(np.int64))
    if len(heads) == len(rows):  # one basket of each account
        granted[rows] = np.maximum(np.minimum(counted[rows], np.min(limits, axis=0)), 0)
        return granted
    starts = [_starts(cap, block, rows, heads) for cap in caps]
    granted[rows] = granted_stepwise(counted[rows], heads, starts, limits)
    return granted


def _room(rule: tuple[int, Sequence[Cap]], block: Block, row: int, point: int) -> int:
    """Return what the caps of a rule leave at most in one basket."""
    place, caps = rule
    extra = (block.headroom.get((place, k)) for k in range(len(caps)))
    return min(
        cap.limit * point + (0 if more is None else int(more[row]))
        for cap, more in zip(caps, extra, strict=True)
    )


def _limits_of(
    rule: tuple[int, Sequence[Cap]], block: Block, rows: IntArray, point: int
) -> list[IntArray]:
    """Return the limit of each cap of a rule in some baskets."""
    place, caps = rule
    none = np.zeros(len(block), dtype=np.int64)
    return [
        cap.limit * point + block.headroom.get((place, k), none)[rows] for k, cap in enumerate(caps)
    ]


def fired_within(match: BoolArray, rule: tuple[int, Cap], block: Block) -> BoolArray:
    """Return the firings that a trigger limit lets through; *rule* is its place and its limit."""
    place, limit = rule
    return fired_in(match, limit, block.facts, block.account, block.fired_before.get(place))


def fired_in(
    match: BoolArray,
    limit: Cap,
    facts: Facts,
    account: CodeArray,
    before: IntArray | None = None,
) -> BoolArray:
    """Return the firings that a trigger limit lets through; guests are not limited.

    *before* is how many there were before, in the window of each basket.
    """
    rows = np.flatnonzero(match & (account >= 0))
    fired = match & (account < 0)
    if limit.per == Window.BASKET:
        return match if limit.limit else fired
    inside = account[rows], facts.time[rows]
    used = None if before is None else before[rows]
    fired[rows] = first_within(limit, *inside, facts.day_start, used)
    return fired


def first_within(
    limit: Cap,
    account: CodeArray,
    time: IntArray,
    day_start: int,
    before: IntArray | None = None,
) -> BoolArray:
    """Return which of some firings, in the order of (account, time), a limit lets through."""
    ones = np.ones(len(time), dtype=np.int64)
    if before is None and not isinstance(limit.per, Rolling):
        window = window_ids(time, account, limit.per, day_start)
        return first_uses(ones.astype(np.bool_), window, limit.limit)
    heads = heads_of(account.astype(np.int64))
    starts = _starts_of(limit, account, time, day_start)
    most = np.full(len(time), limit.limit, dtype=np.int64)
    most = most if before is None else most - before
    return granted_stepwise(ones, heads, [starts], [most]) > 0


def used_before(
    used: IntArray, limit: Cap, account: CodeArray, time: IntArray, day_start: int
) -> IntArray:
    """Return what was used of a limit before each row, in the window that the row is in."""
    before = np.append(0, np.cumsum(used))
    starts = _starts_of(limit, account, time, day_start)
    return np.asarray(before[:-1] - before[starts])


def _starts_of(limit: Cap, account: CodeArray, time: IntArray, day_start: int) -> IntArray:
    if isinstance(limit.per, Rolling):
        return rolling_starts(time, heads_of(account.astype(np.int64)), limit.per.days * DAY)
    return window_starts(window_ids(time, account, limit.per, day_start))


def _starts(cap: Cap, block: Block, rows: IntArray, heads: IntArray) -> IntArray:
    if isinstance(cap.per, Rolling):
        return rolling_starts(block.time[rows], heads, cap.per.days * DAY)
    return window_starts(block.windows(cap.per)[rows])
