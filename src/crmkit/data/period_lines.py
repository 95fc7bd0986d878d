"""Lines of the till as products by period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.grouping import counts_by
from crmkit._kernels.product_sales import (
    Entries,
    Sales,
    buyers,
    first_by,
    one_each,
    with_returns_undone,
)
from crmkit._kernels.sparse_rows import compact, empty_rows, sparse_rows, summed_cells
from crmkit.data.calendars import PeriodGrid
from crmkit.data.codes import Codes
from crmkit.data.launch_days import Launches
from crmkit.data.period_cells import Exposure, PeriodCells
from crmkit.data.period_options import PeriodOptions, PeriodsLeftOut, warn_of_clipped
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.typing import (
    BoolArray,
    CodeArray,
    DayArray,
    FloatArray,
    IntArray,
    IntoDay,
    LabelArray,
    PeriodFigure,
    PeriodLength,
)

_DAY = np.timedelta64(1, "D")
_NEVER = np.iinfo(np.int32).max
_QUESTION = "ProductPeriods.from_transactions()"


class Asked(NamedTuple):
    """What is asked of the lines."""

    every: PeriodLength
    value: PeriodFigure
    through: IntoDay | None
    options: PeriodOptions


class PeriodsRead(NamedTuple):
    """What the lines say."""

    products: LabelArray
    starts: DayArray
    earlier: CodeArray
    launch_told: BoolArray
    cells: PeriodCells
    attributes: dict[str, Codes]
    left_out: PeriodsLeftOut


class _Shop(NamedTuple):
    """The periods, and which lines lie in them.

    Attributes:
        grid: the periods.
        first: first day of the data.
        last: their last day.
        day: day of each line, counted from the first one.
        period: place of the period of each line.
        kept: lines of a known product in a period.
    """

    grid: PeriodGrid
    first: np.datetime64
    last: np.datetime64
    day: CodeArray
    period: CodeArray
    kept: IntArray


class _Lives(NamedTuple):
    """Who is shown, and since when.

    Attributes:
        row: the row of each product; -1 if it is not shown.
        shown: codes of those that are.
        day: day of their launch or first sale, in days since 1970.
        told: whether it was given.
    """

    row: CodeArray
    shown: IntArray
    day: IntArray
    told: BoolArray


class _Table(NamedTuple):
    """Cells above 0 row by row, and what was below."""

    row: IntArray
    period: CodeArray
    values: FloatArray
    clipped_cells: int
    clipped: float


def read_periods(tx: Transactions, launches: Launches, asked: Asked) -> PeriodsRead:
    """Sum lines by product and period, in O(lines + cells)."""
    product = tx.ids("product", question=_QUESTION)
    shop = _shop(tx, product, asked)
    lives = _lives(tx, product, shop, launches)
    entries, guests = _entries(tx, product, shop, lives, asked)
    table = _table(tx, entries, (len(lives.shown), shop.grid.count), asked.value)
    warn_of_clipped(table.clipped, float(table.values.sum()))
    launch, earlier = _launch(shop.grid, lives, table, asked)
    return PeriodsRead(
        products=product.labels[lives.shown],
        starts=shop.grid.starts,
        earlier=earlier,
        launch_told=lives.told,
        cells=_cells(tx, shop, lives, table, launch, earlier, asked.options),
        attributes=_attributes(tx, product, shop.kept, lives.shown),
        left_out=PeriodsLeftOut(
            last_days=int((shop.last + _DAY - shop.grid.stop).astype(np.int64)),
            later_lines=int(np.count_nonzero(shop.period >= shop.grid.count)),
            lines_without_product=int(np.count_nonzero(product.missing)),
            guest_lines=guests,
            unsold_products=int(np.count_nonzero(product.used & (lives.row < 0))),
            unknown_launches=launches.unknown,
            clipped_cells=table.clipped_cells,
            clipped=table.clipped,
        ),
    )


# --- when ----------------------------------------------------------------------------------------


def _shop(tx: Transactions, product: Codes, asked: Asked) -> _Shop:
    first, last = _window(tx, asked.through)
    grid = PeriodGrid.over(first, last, asked.every, asked.options.week_start)
    if grid.count == 0:
        raise InvalidDataError(
            f"the data speak of {first} to {last}, which holds no complete {asked.every}. Ask for"
            " shorter periods, or say through= which day the lines are complete."
        )
    days = np.arange(tx.period.first, tx.period.last + _DAY)
    day = (tx.days - tx.period.first).astype(np.int32)
    period = grid.index_of(days)[day]
    kept = np.flatnonzero((period < grid.count) & ~product.missing)
    return _Shop(grid, first, last, day, period, kept)


def _window(tx: Transactions, through: IntoDay | None) -> tuple[np.datetime64, np.datetime64]:
    if len(tx) == 0:
        raise InvalidDataError("there are no lines to read periods of.")
    first = tx.period.first if tx.since is None else tx.since
    if through is None:
        return first, tx.period.last if tx.until is None else tx.until - _DAY
    last = check.day(through, "through")
    if last < first:
        raise InvalidArgumentError(
            f"through ({last}) lies before {first}, the first day these lines speak of."
        )
    return first, last


# --- who -----------------------------------------------------------------------------------------


def _lives(tx: Transactions, product: Codes, shop: _Shop, launches: Launches) -> _Lives:
    bought = shop.kept[~tx.is_return[shop.kept]]
    codes = product.codes[bought]
    first = first_by(codes, len(product.labels), shop.day[bought]).astype(np.int64)
    # From here on days count from 1970: a launch may lie before the first line.
    first[first < _NEVER] += int(tx.period.first.astype(np.int64))
    given = launches.days_of(product.labels)
    _refuse_early_sales(product.labels, first, given)
    day = np.where(launches.told(given), given, first)
    stop = int(shop.grid.stop.astype(np.int64))
    shown = np.flatnonzero(day < stop)
    row = np.full(len(product.labels), -1, dtype=np.int32)
    row[shown] = np.arange(len(shown))
    return _Lives(row, shown, day[shown], launches.told(given)[shown])


def _refuse_early_sales(labels: LabelArray, first: IntArray, given: IntArray) -> None:
    early = (given > first) & Launches.told(given)
    if early.any():
        k = int(np.argmax(early))
        product = labels[k : k + 1].tolist()[0]
        sold, launch = (np.datetime64(int(d), "D") for d in (first[k], given[k]))
        raise InvalidDataError(
            f"{check.counted(np.count_nonzero(early), 'product')} sold before the launch given,"
            f" first {product!r}: launched {launch}, sold {sold}. Correct launched=, or leave"
            " these products out of it: their first sale is then their launch."
        )


# --- how much ------------------------------------------------------------------------------------


def _entries(
    tx: Transactions, product: Codes, shop: _Shop, lives: _Lives, asked: Asked
) -> tuple[Entries, int]:
    row = lives.row[product.codes[shop.kept]]
    lines = shop.kept if (row >= 0).all() else shop.kept[row >= 0]
    row, period = row[row >= 0], shop.period[lines]
    if asked.value in ("customers", "new_customers"):
        new = asked.value == "new_customers"
        return _buyers(tx, lines, (row, period), shop.grid.count, new)
    numbers = tx.numbers(asked.value, question=_QUESTION)
    entries = Entries(row, period, numbers.units[lines])
    if asked.options.returns == "own_period":
        return entries, 0
    if not numbers.exact:
        raise InvalidDataError(
            f"returns='sale_period' matches exact numbers, and the {asked.value} lies on no"
            " decimal grid. Round it to the digits your till works in."
        )
    customer, sold = tx.customer.codes[lines], ~tx.is_return[lines]
    guests = np.count_nonzero((customer < 0) & (entries.units < 0))
    sales = Sales(customer, tx.time.view(np.int64)[lines])
    return with_returns_undone(entries, sales, sold), int(guests)


def _buyers(
    tx: Transactions, lines: IntArray, cells: tuple[CodeArray, CodeArray], periods: int, new: bool
) -> tuple[Entries, int]:
    customer = tx.customer.codes[lines]
    bought = ~tx.is_return[lines]
    known = bought & (customer >= 0)
    if not known.any():
        raise MissingRoleError(
            f"{_QUESTION} is to count customers, and no purchase line has one."
            " Say Columns(customer=...), or value='quantity'."
        )
    row, period = (codes[known] for codes in cells)
    counted = buyers(row, period, customer[known], periods=periods, new=new)
    return counted, int(np.count_nonzero(bought & (customer < 0)))


def _table(
    tx: Transactions, entries: Entries, shape: tuple[int, int], value: PeriodFigure
) -> _Table:
    row, period, sums = summed_cells(*entries, shape)
    numbers = {"quantity": tx.quantity, "amount": tx.amount}.get(value)
    values = sums / 10.0 ** ((numbers.digits or 0) if numbers is not None else 0)
    above, below = values > 0, values < 0
    clipped = float(-values[below].sum())
    return _Table(row[above], period[above], values[above], int(np.count_nonzero(below)), clipped)


# --- since when ----------------------------------------------------------------------------------


def _launch(
    grid: PeriodGrid, lives: _Lives, table: _Table, asked: Asked
) -> tuple[CodeArray, CodeArray]:
    """Return the first period on sale that is in sight, and periods on sale before it."""
    place = grid.index_of(lives.day.astype("datetime64[D]"))
    unsure = np.full(len(place), float(asked.options.unsure(asked.every)))
    if asked.options.unsure_intervals:
        np.maximum(unsure, asked.options.unsure_intervals * _pace(table, len(place)), out=unsure)
    hidden = ~lives.told & (place < unsure)
    earlier = np.where(hidden, -1, np.maximum(-place, 0)).astype(np.int32)
    return np.maximum(place, 0), earlier


def _pace(table: _Table, products: int) -> FloatArray:
    """Return the mean periods from one sale of a product to the next; 0 for less than two."""
    starts = np.searchsorted(table.row, np.arange(products + 1))
    sales = np.diff(starts)
    some = np.flatnonzero(sales > 1)
    pace = np.zeros(products)
    span = table.period[starts[1:][some] - 1] - table.period[starts[:-1][some]]
    pace[some] = span / (sales[some] - 1)
    return pace


def _cells(
    tx: Transactions,
    shop: _Shop,
    lives: _Lives,
    table: _Table,
    launch: CodeArray,
    earlier: CodeArray,
    options: PeriodOptions,
) -> PeriodCells:
    shape = (len(launch), shop.grid.count)
    return PeriodCells(
        sales=sparse_rows(table.row, table.period, compact(table.values), shape),
        launch=launch,
        end=np.full(len(launch), shop.grid.count, dtype=np.int32),
        closed=_closed(tx, shop) if options.find_closed else np.zeros(shape[1], dtype=np.bool_),
        marks=empty_rows(*shape, np.uint8),
        exposure=_exposure(shop, lives.day, launch, earlier),
    )


def _closed(tx: Transactions, shop: _Shop) -> BoolArray:
    """Say in which periods the shop has no line; a single product cannot tell."""
    count = shop.grid.count
    if tx.product is not None and tx.product.n_used == 1:
        return np.zeros(count, dtype=np.bool_)
    closed: BoolArray = counts_by(shop.period[shop.period < count], count) == 0
    return closed


def _exposure(shop: _Shop, day: IntArray, launch: CodeArray, earlier: CodeArray) -> Exposure:
    edges = shop.grid.edges.astype(np.int64)
    begins = edges[:-1].copy()
    begins[0] = max(begins[0], int(shop.first.astype(np.int64)))
    covered = edges[1:] - begins
    on_sale = np.where(earlier == 0, edges[1:][launch] - np.maximum(day, begins[launch]), 0)
    whole = Exposure.even(len(launch), shop.grid.count)
    return Exposure(
        covered=covered / np.diff(edges),
        first=np.where(earlier == 0, on_sale / covered[launch], 1.0),
        profiles=whole.profiles,
        profile=whole.profile,
    )


# --- what else -----------------------------------------------------------------------------------


def _attributes(
    tx: Transactions, product: Codes, kept: IntArray, shown: IntArray
) -> dict[str, Codes]:
    """Return the attributes of lines that are one and the same on all lines of a product."""
    codes = product.codes[kept]
    found = {
        name: (one_each(codes, len(product.labels), values.codes[kept]), values.labels)
        for name, values in tx.attributes.items()
    }
    return {n: Codes(c[shown], labels) for n, (c, labels) in found.items() if c is not None}
