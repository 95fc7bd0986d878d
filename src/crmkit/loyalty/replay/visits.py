"""Which purchase of its account each basket is, and how long after the last one."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._fields import array
from crmkit._kernels.grouping import changes
from crmkit.loyalty.replay.baskets import Baskets
from crmkit.typing import BoolArray, IntArray

FIRST = -1
"""Seconds since a last purchase that never was."""


@attrs.frozen(kw_only=True)
class Visits:
    """Facts of baskets that depend on what came before them.

    Attributes:
        purchase: whether the basket's net value is above zero, so that it counts as one.
        number: which purchase it would be, 1 for the first; 0 for a guest.
        since_last: seconds since the last purchase, -1 if there was none.
    """

    purchase: BoolArray = array()
    number: IntArray = array()
    since_last: IntArray = array()


def visits_of(baskets: Baskets, amount: IntArray) -> Visits:
    """Count purchases account by account; a basket that is no purchase counts nothing."""
    if not len(baskets):
        empty = np.zeros(0, dtype=np.int64)
        return Visits(purchase=empty.astype(np.bool_), number=empty, since_last=empty)
    net = np.add.reduceat(amount[baskets.lines], baskets.starts[:-1])
    purchase = net > 0
    first = changes(baskets.account)
    heads = np.flatnonzero(first)
    sizes = np.diff(np.append(heads, len(baskets)))
    before: IntArray = np.cumsum(purchase) - purchase
    number: IntArray = before - np.repeat(before[heads], sizes) + 1
    guest = baskets.account < 0
    since = _since_last(baskets.time, purchase, np.repeat(heads, sizes))
    return Visits(
        purchase=purchase,
        number=np.where(guest, 0, number),
        since_last=np.where(guest, FIRST, since),
    )


def _since_last(time: IntArray, purchase: BoolArray, head: IntArray) -> IntArray:
    rows = np.arange(len(time))
    last = np.maximum.accumulate(np.where(purchase, rows, -1))
    last = np.append(-1, last[:-1])  # the row before this one or earlier
    known = last >= head
    return np.where(known, time - time[last], FIRST)
