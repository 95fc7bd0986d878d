"""Spread amounts over the lines of baskets, where no line takes more than it has room for."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.exact import muldiv
from crmkit._kernels.ragged import starts_of
from crmkit.loyalty.discounts.chosen import Chosen
from crmkit.money.allocation import AllocationRule, spread_over
from crmkit.money.grouping import Grouping
from crmkit.typing import AllocationMethod, BoolArray, IntArray


def spread_within(
    amounts: IntArray, chosen: Chosen, rooms: IntArray, method: AllocationMethod
) -> IntArray:
    """Spread each basket's amount in proportion to the money of its lines, within their rooms.

    Amounts above the rooms of a basket are cut to them. What a full line cannot take goes to the
    others in the same proportion. All figures are whole, so a line that is not full by its exact
    share still has room for that share rounded up.
    """
    left = np.minimum(amounts, chosen.sums(rooms))
    shares = np.zeros(len(chosen.line), dtype=np.int64)
    open_ = _fill(left, chosen, rooms, shares)
    lines = np.flatnonzero(open_ & (np.repeat(left, chosen.sizes) > 0))
    if len(lines):
        shares[lines] = _allocated(left, chosen, lines, method)
        _push_back(shares, rooms, chosen, method)
    return shares


def _fill(left: IntArray, chosen: Chosen, rooms: IntArray, shares: IntArray) -> BoolArray:
    """Fill lines whose share exceeds their room, round by round; return which stay open.

    A full line only makes the shares of the others larger, so what is full stays full.
    """
    group = np.repeat(np.arange(len(left)), chosen.sizes)
    open_ = (chosen.money > 0) & (rooms > 0)
    at = np.flatnonzero(open_ & (left[group] > 0))
    while len(at):
        weights = np.bincount(group[at], chosen.money[at], len(left)).astype(np.int64)
        floors = muldiv(left[group[at]], chosen.money[at], weights[group[at]])[0]
        full = at[floors >= rooms[at]]
        shares[full], open_[full] = rooms[full], False
        np.subtract.at(left, group[full], rooms[full])
        touched = np.zeros(len(left), dtype=np.bool_)
        touched[group[full]] = True
        at = at[open_[at] & touched[group[at]] & (left[group[at]] > 0)]
    return open_


def _allocated(
    left: IntArray, chosen: Chosen, lines: IntArray, method: AllocationMethod
) -> IntArray:
    group = np.repeat(np.arange(len(left)), chosen.sizes)[lines]
    amounts = np.where(np.bincount(group, minlength=len(left)) > 0, left, 0)
    rule = AllocationRule(method=method, rounding="down" if method == "last" else None)
    grouping = Grouping.of(group, len(left), len(lines))
    return spread_over(amounts, chosen.money[lines], grouping, rule)


def _push_back(shares: IntArray, rooms: IntArray, chosen: Chosen, method: AllocationMethod) -> None:
    """Pass on what the last line got above its room: to the one before it, and so on."""
    over = np.maximum(shares - rooms, 0)
    if method != "last" or not over.any():
        return
    shares -= over
    rest = chosen.sums(over)
    free = (rooms - shares)[::-1]
    sizes = chosen.sizes[::-1]
    before = starts_of(free)[:-1]
    heads = starts_of(sizes)[:-1]
    before -= np.repeat(before[heads], sizes)
    shares += np.clip(np.repeat(rest[::-1], sizes) - before, 0, free)[::-1]
