"""Products by period, one line at a time: what `crmkit.ProductPeriods` is compared with."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

import crmkit as ck

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY = dt.timedelta(days=1)


class Line(NamedTuple):
    """One line of the till; the customer None is a guest."""

    product: str
    customer: int | None
    day: dt.date
    quantity: int


class Row(NamedTuple):
    """What one product did."""

    launch: int
    earlier: int
    values: list[int]
    cells: list[str]
    exposure: list[Fraction]


class Table(NamedTuple):
    """All products, and what is below zero."""

    starts: list[dt.date]
    rows: dict[str, Row]
    clipped_cells: int
    clipped: int


def start_of(day: dt.date, every: str, week_start: str) -> dt.date:
    """First day of the period that *day* lies in."""
    if every == "day":
        return day
    if every == "week":
        return day - DAY * ((day.weekday() - WEEKDAYS.index(week_start)) % 7)
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[every]
    return day.replace(month=month, day=1)


def next_start(start: dt.date, every: str, week_start: str) -> dt.date:
    """First day of the period after that of *start*."""
    day = start + DAY
    while start_of(day, every, week_start) == start:
        day += DAY
    return day


def edges_of(lines: Sequence[Line], every: str, week_start: str) -> list[dt.date]:
    """First days of the complete periods, and the day after the last of them."""
    edges = [start_of(min(line.day for line in lines), every, week_start)]
    last = max(line.day for line in lines)
    while (after := next_start(edges[-1], every, week_start)) <= last + DAY:
        edges.append(after)
    return edges


def table_of(
    lines: Sequence[Line],
    *,
    every: str = "week",
    week_start: str = "monday",
    value: str = "quantity",
    returns: str = "own_period",
    unsure: int = 8,
) -> Table:
    """Read the table off the lines; there must be a complete period."""
    edges = edges_of(lines, every, week_start)
    starts, stop = edges[:-1], edges[-1]
    shown = [line for line in lines if line.day < stop]
    number = {start: t for t, start in enumerate(starts)}
    place = {line.day: number[start_of(line.day, every, week_start)] for line in shown}
    open_ = {place[line.day] for line in shown}
    if len({line.product for line in lines}) == 1:
        open_ = set(range(len(starts)))
    begin = min(line.day for line in lines)
    sums: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for product, t, n in figures(shown, value, returns, place):
        sums[product][t] += n
    rows, below = {}, []
    for product in sorted({line.product for line in shown if line.quantity >= 0}):
        first = min(line.day for line in shown if line.product == product and line.quantity >= 0)
        below += [-n for n in sums[product].values() if n < 0]
        values = [max(sums[product][t], 0) for t in range(len(starts))]
        launch = place[first]
        rows[product] = Row(
            launch=launch,
            earlier=-1 if launch < unsure else 0,
            values=values,
            cells=[_cell(t, launch, values[t], open_) for t in range(len(starts))],
            exposure=[
                _exposure(t, edges, begin, first, launch >= unsure) for t in range(len(starts))
            ],
        )
    return Table(starts, rows, len(below), sum(below))


def _cell(t: int, launch: int, value: int, open_: set[int]) -> str:
    if t < launch:
        return "NOT_LAUNCHED"
    if t not in open_:
        return "CLOSED"
    return "SALE" if value > 0 else "NO_SALE"


def _exposure(
    t: int, edges: list[dt.date], begin: dt.date, first: dt.date, launched: bool
) -> Fraction:
    since = max(edges[t], begin)
    if launched and edges[t] <= first < edges[t + 1]:
        since = max(since, first)
    return Fraction((edges[t + 1] - since).days, (edges[t + 1] - edges[t]).days)


def figures(
    lines: Sequence[Line], value: str, returns: str, place: dict[dt.date, int]
) -> list[tuple[str, int, int]]:
    """What adds up: product, period, number."""
    if value == "quantity":
        left = _undone(lines) if returns == "sale_period" else [x.quantity for x in lines]
        return [(x.product, place[x.day], n) for x, n in zip(lines, left, strict=True)]
    visits = {
        (x.product, x.customer, place[x.day])
        for x in lines
        if x.quantity >= 0 and x.customer is not None
    }
    if value == "new_customers":
        pairs = {(product, customer) for product, customer, _ in visits}
        visits = {(*pair, min(t for *other, t in visits if pair == tuple(other))) for pair in pairs}
    return [(product, t, 1) for product, _, t in visits]


def _undone(lines: Sequence[Line]) -> list[int]:
    """Take returns off the latest sales to the same customer that are not later."""
    left = [line.quantity for line in lines]
    for k in sorted(range(len(lines)), key=lambda k: lines[k].day):
        back = lines[k]
        if back.quantity >= 0 or back.customer is None:
            continue
        sales = [
            j
            for j, line in enumerate(lines)
            if line.quantity > 0
            and line.day <= back.day
            and (line.product, line.customer) == (back.product, back.customer)
        ]
        for j in sorted(sales, key=lambda j: lines[j].day, reverse=True):
            taken = min(left[j], -left[k])
            left[j] -= taken
            left[k] += taken
    return left


def transactions(lines: Sequence[Line]) -> ck.Transactions:
    """The same lines as the library takes them."""
    return ck.Transactions.from_arrays(
        customer=[line.customer for line in lines],
        product=[line.product for line in lines],
        time=[line.day.isoformat() for line in lines],
        quantity=[line.quantity for line in lines],
    )


def lines_of(*, products: str = "abcd", days: int = 110) -> st.SearchStrategy[list[Line]]:
    """Lines over some months, with two far apart so that there is a complete period."""
    line = st.builds(
        Line,
        st.sampled_from(products),
        st.one_of(st.none(), st.integers(1, 3)),
        st.integers(0, days).map(lambda n: dt.date(2025, 11, 3) + n * DAY),
        st.integers(-4, 6),
    )
    ends = [Line("a", 1, dt.date(2025, 11, 5), 2), Line("b", 1, dt.date(2026, 2, 11), 1)]
    return st.lists(line, max_size=25).map(lambda lines: ends + lines)
