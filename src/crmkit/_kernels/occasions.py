"""The days on which each customer bought each item, and the gaps between them: one sort.

A *pair* is a customer and an item. Lines of a day are one occasion with their units summed; a day
whose units do not come to more than nothing is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.segments import heads_of
from crmkit.typing import CodeArray, IntArray, NumberArray


class Lines(NamedTuple):
    """Lines of known customers and items: who, what, on which day from 0, how many units."""

    customer: CodeArray
    item: CodeArray
    day: CodeArray
    units: NumberArray


class Occasions(NamedTuple):
    """Occasions sorted by item, customer and day.

    Attributes:
        item: of each pair, ascending.
        customer: of each pair.
        starts: where each pair's occasions start, and after the last one where they end.
        day: of each occasion.
        units: net units of each occasion, above 0.
        cancelled: days left out because their units came to nothing or less.
    """

    item: IntArray
    customer: IntArray
    starts: IntArray
    day: IntArray
    units: NumberArray
    cancelled: int


def occasions_of(lines: Lines, customers: int, days: int) -> Occasions:
    """Return the occasions of all pairs, in O(n log n) of one sort of integers."""
    key = (lines.item.astype(np.int64) * customers + lines.customer) * days + lines.day
    # A stable sort takes twice as long, and matters only to sums of floats.
    order = np.argsort(key, kind=None if lines.units.dtype.kind == "i" else "stable")
    key = key[order]
    heads = heads_of(key)
    units = np.add.reduceat(lines.units[order], heads) if len(heads) else lines.units[:0]
    bought = units > 0
    key = key[heads[bought]]
    pair = key // days
    first = heads_of(pair)
    item = pair[first] // customers
    return Occasions(
        item=item,
        customer=pair[first] - item * customers,
        starts=np.append(first, len(pair)),
        day=key - pair * days,  # a third of the time of divmod
        units=units[bought],
        cancelled=int(len(bought) - len(pair)),
    )


class Gaps(NamedTuple):
    """Completed gaps in order: of which pair, which occasion opened it, how many days."""

    pair: IntArray
    opened_by: IntArray
    days: IntArray


def gaps_of(occasions: Occasions) -> Gaps:
    """Return the gaps between the consecutive occasions of each pair."""
    inside = np.ones(len(occasions.day), dtype=np.bool_)
    inside[occasions.starts[1:] - 1] = False  # the last occasion of a pair opens no completed gap
    opened_by = np.flatnonzero(inside)
    pair = np.repeat(np.arange(len(occasions.item)), np.diff(occasions.starts) - 1)
    return Gaps(pair, opened_by, occasions.day[opened_by + 1] - occasions.day[opened_by])
