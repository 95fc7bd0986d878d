"""One row per customer from purchase lines: days and baskets, counted distinctly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.blocks import blocks
from crmkit._kernels.grouping import Distinct, changes, counts_by, distinct_by
from crmkit._kernels.parallel import both
from crmkit.typing import BoolArray, CodeArray, IntArray

_COPY_BELOW = 0.5
"""Copying costs about what it saves when more lines than this share remain."""


class Column(NamedTuple):
    """Codes, and how many different ones there can be."""

    codes: CodeArray
    size: int


class Lines(NamedTuple):
    """Lines of which some are purchases of known customers.

    Attributes:
        purchases: which.
        customer: who; -1 only where there is no purchase.
        day: when, from 0.
        basket: in which basket, if known.
    """

    purchases: BoolArray
    customer: Column
    day: Column
    basket: Column | None


class Visits(NamedTuple):
    """Purchases, few repeated: enough to count what is distinct.

    Attributes:
        customer: who.
        day: when.
        basket: in which basket; None where each entry is a basket of its own.
    """

    customer: Column
    day: Column
    basket: Column | None


def visits_of(lines: Lines) -> Visits:
    """Reduce lines to visits: one entry a basket if each basket is one customer's on one day."""
    lines = _without_repeats(lines)
    table = None if lines.basket is None else _visit_of_each_basket(lines, lines.basket)
    if table is None:
        return Visits(*_rows(lines, np.flatnonzero(lines.purchases))[1:])
    visit = table[table >= 0]
    who = visit // max(lines.day.size, 1)
    when = visit - who * lines.day.size  # a third of the time of divmod
    return Visits(_column(who, lines.customer), _column(when, lines.day), None)


def _column(codes: IntArray, like: Column) -> Column:
    return Column(codes.astype(np.int32), like.size)


def _visit_of_each_basket(lines: Lines, basket: Column) -> IntArray | None:
    """Return customer and day of each basket as one number, -1 for none.

    None if a basket has several: till numbers may come again, and midnight may fall into a visit.
    """
    # The spare last entry is for lines that are no purchases. Two threads may write the same
    # entry: whichever comes last, the check that follows reads every line against it.
    visit = np.full(basket.size + 1, -1, dtype=np.int64)
    half = len(lines.purchases) // 2
    halves = (0, half), (half, len(lines.purchases))

    def write(start: int, stop: int) -> None:
        for block in blocks(start, stop):
            where, what = _visits_in(lines, basket, block)
            visit[where] = what

    def holds(start: int, stop: int) -> bool:
        return all(
            np.array_equal(visit[where], what)
            for where, what in (_visits_in(lines, basket, b) for b in blocks(start, stop))
        )

    both(lambda: write(*halves[0]), lambda: write(*halves[1]), lines=len(lines.purchases))
    one_each = both(lambda: holds(*halves[0]), lambda: holds(*halves[1]), lines=2 * half)
    return visit[:-1] if all(one_each) else None


def _visits_in(lines: Lines, basket: Column, block: slice) -> tuple[CodeArray, IntArray]:
    bought = lines.purchases[block]
    visit = lines.customer.codes[block] * np.int64(lines.day.size) + lines.day.codes[block]
    where = np.where(bought, basket.codes[block], np.int32(basket.size))
    return where, np.where(bought, visit, -1)


def _without_repeats(lines: Lines) -> Lines:
    """Leave out lines that repeat the purchase before, if there are many, as in till order."""
    baskets = () if lines.basket is None else (lines.basket.codes,)
    kept = changes(lines.customer.codes, lines.day.codes, *baskets)
    kept[1:] |= ~lines.purchases[:-1]  # the line before may be no purchase
    kept &= lines.purchases
    few = np.count_nonzero(kept) < _COPY_BELOW * len(kept)
    return _rows(lines, np.flatnonzero(kept)) if few else lines


def _rows(lines: Lines, rows: NDArray[np.intp]) -> Lines:
    customer, day, basket = lines.customer, lines.day, lines.basket
    return Lines(
        lines.purchases[rows],
        Column(customer.codes[rows], customer.size),
        Column(day.codes[rows], day.size),
        None if basket is None else Column(basket.codes[rows], basket.size),
    )


def count_days(visits: Visits) -> Distinct:
    """Count each customer's distinct purchase days, with the first and the last."""
    return distinct_by(visits.customer.codes, visits.customer.size, *visits.day)


def count_baskets(visits: Visits) -> IntArray:
    """Count each customer's distinct purchase baskets."""
    if visits.basket is None:
        return counts_by(visits.customer.codes, visits.customer.size)
    return distinct_by(visits.customer.codes, visits.customer.size, *visits.basket).counts


def days_since_epoch(seconds: IntArray) -> CodeArray:
    """Turn seconds since 1970 into days since 1970; earlier times are floored as well."""
    days = np.empty(len(seconds), dtype=np.int32)
    for block in blocks(0, len(seconds)):
        days[block] = seconds[block] // 86_400
    return days
