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


def granted_within(counted: IntArray, caps: Sequence[Cap], block: Block, point: int) -> IntArray:
    """Return what caps leave of the units that a rule offers in each basket."""
    rows = np.flatnonzero(counted > 0)
    granted = np.zeros_like(counted)
    if not len(rows):
        return granted
    if nest(caps):
        inner = [(cap.per, cap.limit) for cap in caps if isinstance(cap.per, Window)]
        inner.sort(key=lambda entry: _INNER_FIRST.index(entry[0]))
        windows = [block.windows(window)[rows] for window, _ in inner]
        limits = [limit * point for _, limit in inner]
        granted[rows] = granted_nested(counted[rows], windows, limits)
        return granted
    heads = heads_of(block.account[rows].astype(np.int64))
    starts = [_starts(cap, block, rows, heads) for cap in caps]
    limits = [cap.limit * point for cap in caps]
    granted[rows] = granted_stepwise(counted[rows], heads, starts, limits)
    return granted


def fired_within(match: BoolArray, limit: Cap, block: Block) -> BoolArray:
    """Return the firings that a trigger limit lets through."""
    return fired_in(match, limit, block.facts, block.account)


def fired_in(match: BoolArray, limit: Cap, facts: Facts, account: CodeArray) -> BoolArray:
    """Return the firings that a trigger limit lets through; guests are not limited."""
    rows = np.flatnonzero(match & (account >= 0))
    fired = match & (account < 0)
    if limit.per == Window.BASKET:
        return match if limit.limit else fired
    fired[rows] = first_within(limit, account[rows], facts.time[rows], facts.day_start)
    return fired


def first_within(limit: Cap, account: CodeArray, time: IntArray, day_start: int) -> BoolArray:
    """Return which of some firings, in the order of (account, time), a limit lets through."""
    if not isinstance(limit.per, Rolling):
        window = window_ids(time, account, limit.per, day_start)
        return first_uses(np.ones(len(time), dtype=np.bool_), window, limit.limit)
    heads = heads_of(account.astype(np.int64))
    starts = rolling_starts(time, heads, limit.per.days * DAY)
    ones = np.ones(len(time), dtype=np.int64)
    return granted_stepwise(ones, heads, [starts], [limit.limit]) > 0


def _starts(cap: Cap, block: Block, rows: IntArray, heads: IntArray) -> IntArray:
    if isinstance(cap.per, Rolling):
        return rolling_starts(block.time[rows], heads, cap.per.days * DAY)
    return window_starts(block.windows(cap.per)[rows])
