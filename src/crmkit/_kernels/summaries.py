"""One row per customer from purchase lines: days and baskets, counted distinctly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.grouping import Distinct, changes, distinct_by, distinct_partners
from crmkit.typing import BoolArray, CodeArray, IntArray

_COPY_BELOW = 0.7
"""Copying costs about what it saves when more lines than this share remain."""


class Column(NamedTuple):
    """Codes, and how many different ones there can be."""

    codes: CodeArray
    size: int


class PurchaseLines(NamedTuple):
    """Lines of which some are purchases of known customers.

    Attributes:
        purchases: which.
        heads: positions of the purchases that do not repeat the line before; None if most remain.
        customer: who; -1 only where there is no purchase.
        day: when, from 0.
        basket: in which basket, if known.
    """

    purchases: BoolArray
    heads: NDArray[np.intp] | None
    customer: Column
    day: Column
    basket: Column | None


def purchase_lines(
    purchases: BoolArray, customer: Column, day: Column, basket: Column | None
) -> PurchaseLines:
    """Find the lines that suffice to count what is distinct.

    Till order keeps a basket's lines together, so three lines in four repeat the one before.
    """
    keys = [column.codes for column in (customer, day, basket) if column is not None]
    kept = changes(*keys)
    kept[1:] |= ~purchases[:-1]  # the line before may be no purchase
    kept &= purchases
    few = np.count_nonzero(kept) < _COPY_BELOW * len(kept)
    return PurchaseLines(purchases, np.flatnonzero(kept) if few else None, customer, day, basket)


def count_days(lines: PurchaseLines) -> Distinct:
    """Count each customer's distinct purchase days, with the first and the last."""
    customers = lines.customer.size
    if lines.heads is None:
        # Lines that are no purchases go to a spare group: cheaper than to leave them out.
        who = np.where(lines.purchases, lines.customer.codes, np.int32(customers))
        when = lines.day.codes
    else:
        who, when = lines.customer.codes[lines.heads], lines.day.codes[lines.heads]
    found = distinct_by(who, customers + 1, when, lines.day.size)
    return Distinct(found.counts[:-1], found.first[:-1], found.last[:-1])


def count_baskets(lines: PurchaseLines) -> IntArray | None:
    """Count each customer's distinct purchase baskets."""
    if lines.basket is None:
        return None
    rows = np.flatnonzero(lines.purchases) if lines.heads is None else lines.heads
    who, where = lines.customer.codes[rows], lines.basket.codes[rows]
    return distinct_partners(who, lines.customer.size, where, lines.basket.size)


def days_since_epoch(seconds: IntArray) -> CodeArray:
    """Turn seconds since 1970 into days since 1970; earlier times are floored as well."""
    return np.asarray(seconds // 86_400, dtype=np.int32)
