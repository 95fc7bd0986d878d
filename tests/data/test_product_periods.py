"""ProductPeriods from lines, against its definition line by line."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.data import Cell, PeriodOptions
from crmkit.errors import (
    ClippedReturnsWarning,
    InvalidArgumentError,
    InvalidDataError,
    MissingRoleError,
)
from effort import HALF, THIRD
from period_oracle import WEEKDAYS, Line, Row, Table, lines_of, table_of, transactions

pytestmark = pytest.mark.filterwarnings("ignore::crmkit.errors.ClippedReturnsWarning")
NAN = float("nan")


def read_back(periods: ck.ProductPeriods) -> Table:
    """Read the table back as the plain rows of the oracle."""
    block = periods.block(slice(None))
    cells = [[Cell(cell).name for cell in row] for row in block.cells.tolist()]
    columns = (
        periods.launch.tolist(),
        periods.earlier.tolist(),
        block.values.tolist(),
        cells,
        np.round(block.exposure, 12).tolist(),
    )
    rows = [Row(*row) for row in zip(*columns, strict=True)]
    left = periods.left_out
    return Table(
        periods.starts.tolist(),
        dict(zip(periods.products.tolist(), rows, strict=True)),
        left.clipped_cells,
        left.clipped,
    )


def as_floats(table: Table) -> Table:
    """Write exposures of the oracle as the library does."""
    rows = {
        product: row._replace(exposure=[round(float(x), 12) for x in row.exposure])
        for product, row in table.rows.items()
    }
    return table._replace(rows=rows)


@given(
    lines=lines_of(),
    every=st.sampled_from(["week", "month", "day"]),
    week_start=st.sampled_from(WEEKDAYS),
    value=st.sampled_from(["quantity", "customers", "new_customers"]),
    unsure=st.integers(0, 10),
)
def test_a_table_is_its_definition(lines, every, week_start, value, unsure):
    options = PeriodOptions(week_start=week_start, unsure_periods=unsure)

    periods = ck.ProductPeriods.from_transactions(
        transactions(lines), every=every, value=value, options=options
    )

    expected = table_of(lines, every=every, week_start=week_start, value=value, unsure=unsure)
    assert as_floats(expected) == read_back(periods)


@given(lines=lines_of())
@HALF
def test_returns_go_off_the_latest_sales_of_their_customer(lines):
    periods = ck.ProductPeriods.from_transactions(
        transactions(lines), options=PeriodOptions(returns="sale_period")
    )

    assert as_floats(table_of(lines, returns="sale_period")) == read_back(periods)


@given(lines=lines_of(), seed=st.randoms())
@THIRD
def test_the_order_of_lines_does_not_matter(lines, seed: random.Random):
    shuffled = seed.sample(lines, len(lines))

    one, two = (ck.ProductPeriods.from_transactions(transactions(x)) for x in (lines, shuffled))

    assert one == two


@given(lines=lines_of(), sold=lines_of(products="xyz"))
@THIRD
def test_further_products_change_no_other_row(lines, sold):
    days = {line.day for line in lines}
    both = lines + [x for x in sold if x.product in "xyz" and x.day in days]

    alone = ck.ProductPeriods.from_transactions(transactions(lines))
    among = ck.ProductPeriods.from_transactions(transactions(both))

    places = np.searchsorted(among.products, alone.products)
    assert alone.products.tolist() == among.products[places].tolist()
    for one, two in zip(alone.block(slice(None)), among.block(places), strict=True):
        np.testing.assert_array_equal(one, two)


@given(lines=lines_of(), rows=st.lists(st.integers(0, 1), max_size=5))
@THIRD
def test_some_rows_are_those_of_the_whole_table(lines, rows):
    periods = ck.ProductPeriods.from_transactions(transactions(lines))
    places = np.array(rows, dtype=np.int64) % len(periods)

    part = periods[places]

    assert periods.products[places].tolist() == part.products.tolist()
    for one, two in zip(periods.block(places), part.block(slice(None)), strict=True):
        np.testing.assert_array_equal(one, two)


@given(lines=lines_of(), cut=st.integers(2, 14))
@THIRD
def test_new_lines_leave_the_past_as_it_was(lines, cut):
    monday = dt.date(2025, 11, 3) + cut * dt.timedelta(weeks=1)
    past = [line for line in lines if line.day < monday]
    # With a single product so far, closures could not be told from weeks without a sale.
    options = PeriodOptions(find_closed=False)
    last = monday - dt.timedelta(days=1)

    then = ck.ProductPeriods.from_transactions(transactions(past), through=last, options=options)
    now = ck.ProductPeriods.from_transactions(transactions(lines), options=options)

    places = np.searchsorted(now.products, then.products)
    assert then.launch.tolist() == now.launch[places].tolist()
    assert then.earlier.tolist() == now.earlier[places].tolist()
    width = min(len(then.starts), len(now.starts))
    for one, two in zip(then.block(slice(None)), now.block(places), strict=True):
        np.testing.assert_array_equal(one[:, :width], two[:, :width])


def weeks(*numbers: int, product: str = "tea") -> list[Line]:
    """One line a week, on Mondays from 5 January 2026; 0 is no line."""
    first = dt.date(2026, 1, 5)
    return [Line(product, 1, first + dt.timedelta(weeks=k), n) for k, n in enumerate(numbers) if n]


def test_a_launch_told_leaves_weeks_without_a_sale_before_the_first_one():
    tx = transactions(weeks(*[1] * 12) + weeks(0, 0, 0, 0, 5, product="oats"))
    launched = {"oats": "2026-01-14", "tea": dt.date(2025, 12, 22)}

    periods = ck.ProductPeriods.from_transactions(tx, launched=launched, through="2026-03-29")

    oats = periods.block(slice(0, 1))
    assert [Cell.NOT_LAUNCHED, Cell.NO_SALE, Cell.NO_SALE] == oats.cells[0, :3].tolist()
    assert pytest.approx(5 / 7) == oats.exposure[0, 1]
    assert [1.0] * 10 == oats.exposure[0, 2:].tolist()
    assert [0, 2] == periods.earlier.tolist()
    assert [True, False] == periods.age_known.tolist()
    assert [11, 14] == periods.age.tolist()


def test_launches_may_be_unknown_or_of_products_nobody_sold():
    tx = transactions(weeks(*[1] * 12))

    periods = ck.ProductPeriods.from_transactions(
        tx, launched={"tea": None, "soap": "2026-01-05"}, through="2026-03-29"
    )

    assert [-1] == periods.earlier.tolist()
    assert ["1 launch of no product known"] == periods.left_out.facts()


def test_a_product_launched_and_never_sold_has_a_row_without_a_sale():
    tx = transactions(weeks(1, 2, 3) + weeks(1, product="oats"))

    periods = ck.ProductPeriods.from_transactions(
        tx.where(tx.product.codes == tx.product.code_of("tea")), launched={"oats": "2026-01-12"}
    )

    assert ["oats", "tea"] == periods.products.tolist()
    oats = periods.block(slice(0, 1)).cells[0]
    assert [Cell.NOT_LAUNCHED, Cell.NO_SALE] == oats.tolist()
    assert 0 == periods.left_out.unsold_products


def test_messages_name_ids_as_they_were_given():
    tx = ck.Transactions.from_arrays(
        customer=[1, 1], product=[7, 9], time=["2026-03-02", "2026-04-05"], quantity=[1, 1]
    )

    with pytest.raises(InvalidDataError, match="2 products sold .* first 7: launched 2026-05-01"):
        ck.ProductPeriods.from_transactions(tx, launched=dict.fromkeys([7, 9], "2026-05-01"))


def test_launches_are_found_by_ids_that_are_numbers():
    tx = ck.Transactions.from_arrays(
        customer=[1, 1], product=[7, 9], time=["2026-03-02", "2026-04-05"], quantity=[1, 1]
    )
    launched = {np.int64(9): np.datetime64("2026-03-10"), 7: dt.datetime(2026, 3, 2)}

    periods = ck.ProductPeriods.from_transactions(tx, launched=launched)

    assert [0, 1] == periods.launch.tolist()
    assert periods.launch_told.all()


def test_a_slow_seller_may_have_been_launched_before_the_data():
    tx = transactions(weeks(*[1] * 40) + weeks(*([0] * 9 + [1]) * 4, product="oats"))

    quick = ck.ProductPeriods.from_transactions(tx, through="2026-10-11")
    slow = ck.ProductPeriods.from_transactions(
        tx, through="2026-10-11", options=PeriodOptions(unsure_intervals=3)
    )

    assert [True, False] == quick.age_known.tolist()
    assert [False, False] == slow.age_known.tolist()


def test_the_last_incomplete_period_is_left_out_and_said():
    tx = transactions(weeks(2, 3, 4))

    periods = ck.ProductPeriods.from_transactions(tx)
    whole = ck.ProductPeriods.from_transactions(tx, through="2026-01-25")

    assert [[2, 3]] == periods.block(slice(None)).values.tolist()
    assert "left out: the last day with 1 line" in repr(periods)
    assert [[2, 3, 4]] == whole.block(slice(None)).values.tolist()
    assert [] == whole.left_out.facts()


def test_a_period_cut_out_says_when_the_data_begin_and_end():
    tx = transactions(weeks(2, 3, 4)).between("2025-12-31", "2026-01-26")

    periods = ck.ProductPeriods.from_transactions(tx)

    assert "2025-12-29" == str(periods.starts[0])
    assert [0, 2, 3, 4] == periods.block(slice(None)).values[0].tolist()
    assert pytest.approx(5 / 7) == periods.cells.exposure.covered[0]


def test_closures_need_a_second_product_and_can_be_turned_off():
    alone = transactions(weeks(2, 0, 4, 1))
    two = transactions(weeks(2, 0, 4, 1) + weeks(1, 0, 0, 1, product="oats"))

    assert not ck.ProductPeriods.from_transactions(alone).cells.closed.any()
    found = ck.ProductPeriods.from_transactions(two)
    assert [False, True, False] == found.cells.closed.tolist()
    off = ck.ProductPeriods.from_transactions(two, options=PeriodOptions(find_closed=False))
    assert [4, 1, 4] == off.block(slice(1, 2)).cells[0].tolist()


def test_attributes_are_kept_where_a_product_has_one():
    tx = ck.Transactions.from_arrays(
        customer=[1, 1, 1, 1],
        product=["tea", "tea", "oats", "oats"],
        time=["2026-01-05", "2026-01-12", "2026-01-12", "2026-01-19"],
        quantity=[1, 1, 1, 1],
        attributes={"category": ["hot", None, "dry", "dry"], "channel": ["web", "shop"] * 2},
    )

    periods = ck.ProductPeriods.from_transactions(tx)

    assert ["category"] == list(periods.attributes)
    assert ["dry", "hot"] == periods.attributes["category"].decode().tolist()


def test_money_is_summed_to_the_cent():
    tx = ck.Transactions.from_arrays(
        customer=[1] * 4,
        product=["tea"] * 4,
        time=["2026-01-05"] * 3 + ["2026-01-12"],
        amount=[0.1, 0.2, 19.99, 1],
    )

    periods = ck.ProductPeriods.from_transactions(tx, value="amount")

    assert [20.29] == periods.block(slice(None)).values[0].tolist()


def test_answers_come_back_in_the_kind_of_frame_that_came_in():
    import polars as pl

    frame = transactions(weeks(1, 2, 3)).to_frame()
    tx = ck.Transactions.from_frame(pl.DataFrame(frame.to_dict("list")))

    assert isinstance(ck.ProductPeriods.from_transactions(tx).to_frame(), pl.DataFrame)


@pytest.mark.filterwarnings("error::crmkit.errors.ClippedReturnsWarning")
def test_many_returns_beyond_sales_are_warned_of():
    tx = transactions(weeks(10, -3, 5, 1))

    with pytest.warns(ClippedReturnsWarning, match=r"by 3 in some .* sales of 15 in all others"):
        periods = ck.ProductPeriods.from_transactions(tx)

    assert [10, 0, 5] == periods.block(slice(None)).values[0].tolist()
    assert (1, 3.0) == (periods.left_out.clipped_cells, periods.left_out.clipped)


def test_products_that_only_come_back_have_no_row():
    tx = transactions(weeks(2, 3, 4) + weeks(-1, product="oats"))

    periods = ck.ProductPeriods.from_transactions(tx)

    assert ["tea"] == periods.products.tolist()
    assert "1 product without a sale" in periods.left_out.facts()


def test_no_product_is_no_row():
    periods = ck.ProductPeriods.from_transactions(transactions(weeks(-1, -2)))

    assert 0 == len(periods)
    assert 0 == len(periods.demand_class())
    assert (0, 1) == periods.block(slice(None)).values.shape


@pytest.mark.parametrize(
    ("question", "error", "told"),
    [
        ({"every": "fortnight"}, InvalidArgumentError, "every must be one of 'day', 'week'"),
        ({"value": "units"}, InvalidArgumentError, "value must be one of 'quantity'"),
        ({"every": "year"}, InvalidDataError, "holds no complete year.*say through="),
        ({"value": "amount"}, MissingRoleError, "needs the amount of each line"),
        ({"through": "2025-01-01"}, InvalidArgumentError, "before 2026-01-05, the first day"),
        ({"launched": ["tea"]}, InvalidArgumentError, "a mapping from product to day.*got list"),
        ({"launched": {"tea": "soon"}}, InvalidArgumentError, "must be a day.*got 'soon'"),
        (
            {"launched": {"tea": "2026-01-06"}},
            InvalidDataError,
            "1 product sold before the launch given, first 'tea': launched 2026-01-06, sold"
            " 2026-01-05",
        ),
        ({"options": "monday"}, InvalidArgumentError, "options must be PeriodOptions"),
    ],
)
def test_errors_say_what_came_and_what_to_do(question, error, told):
    with pytest.raises(error, match=told):
        ck.ProductPeriods.from_transactions(transactions(weeks(1, 2, 3)), **question)


def test_lines_without_products_customers_or_any_are_refused():
    day = "2026-01-05"
    no_product = ck.Transactions.from_arrays(customer=[1], time=[day], quantity=[1])
    guests = [line._replace(customer=None) for line in weeks(1, 1)]

    with pytest.raises(MissingRoleError, match="needs the product of each line"):
        ck.ProductPeriods.from_transactions(no_product)
    with pytest.raises(MissingRoleError, match="no purchase line has one"):
        ck.ProductPeriods.from_transactions(transactions(guests), value="customers")
    with pytest.raises(InvalidDataError, match="there are no lines"):
        ck.ProductPeriods.from_transactions(transactions(guests).where(np.zeros(2, bool)))


def test_options_are_checked():
    with pytest.raises(InvalidArgumentError, match="did you mean 'sunday'"):
        PeriodOptions(week_start="Sunday")
    with pytest.raises(InvalidArgumentError, match="unsure_periods must be an integer >= 0"):
        PeriodOptions(unsure_periods=-1)
    with pytest.raises(InvalidArgumentError, match="unsure_intervals must be a number >= 0"):
        PeriodOptions(unsure_intervals=-0.5)
