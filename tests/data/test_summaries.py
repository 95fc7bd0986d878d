"""CustomerSummary against its definition, line by line."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit._kernels import parallel
from crmkit.errors import (
    InvalidArgumentError,
    InvalidDataError,
    LinesAfterAsOfError,
    MissingColumnsError,
    TiedScoresWarning,
)
from crmkit.segmentation import rfm
from effort import HALF, THIRD
from engines import ENGINES, kind_out
from oracles import CUSTOMERS, Customer, Line, day_asked_about, lines_of, summarise, transactions
from shared_data import case


def rows_of(summary: ck.CustomerSummary) -> dict[object, Customer]:
    """Read a summary back as the plain rows of the oracle."""
    columns = (
        summary.first_day.tolist(),
        summary.last_day.tolist(),
        summary.purchase_days.tolist(),
        summary.baskets.tolist(),
        [round(x * 100) for x in summary.amount.values.tolist()],
        [round(x * 100) for x in summary.returned_amount.values.tolist()],
    )
    rows = [Customer(*row) for row in zip(*columns, strict=True)]
    return dict(zip(summary.customer.tolist(), rows, strict=True))


@given(lines=lines_of(), later=st.integers(0, 3))
def test_a_summary_is_its_definition(lines, later):
    as_of = day_asked_about(lines, later)

    summary = ck.CustomerSummary.from_transactions(transactions(lines), as_of=as_of)

    guests = [line for line in lines if line.customer is None]
    assert summarise(lines) == rows_of(summary)
    assert sorted(summarise(lines)) == summary.customer.tolist()
    assert len(guests) == summary.guest_lines
    assert sum(line.cents for line in guests) / 100 == summary.guest_amount
    assert as_of == summary.as_of.item()


@given(lines=lines_of(min_size=2), seed=st.randoms())
@THIRD
def test_the_order_of_the_rows_does_not_matter(lines, seed):
    as_of = day_asked_about(lines)
    shuffled = seed.sample(lines, len(lines))

    assert ck.CustomerSummary.from_transactions(
        transactions(lines), as_of=as_of
    ) == ck.CustomerSummary.from_transactions(transactions(shuffled), as_of=as_of)


@given(lines=lines_of(), names=st.permutations(range(100, 100 + len(CUSTOMERS))))
@THIRD
def test_the_names_of_the_customers_do_not_matter(lines, names):
    as_of = day_asked_about(lines)
    other = {None: None, **dict(zip(CUSTOMERS, names, strict=True))}
    renamed = [line._replace(customer=other[line.customer]) for line in lines]

    before = ck.CustomerSummary.from_transactions(transactions(lines), as_of=as_of)
    after = ck.CustomerSummary.from_transactions(transactions(renamed), as_of=as_of)

    assert {other[c]: row for c, row in rows_of(before).items()} == rows_of(after)


def test_one_line_makes_one_customer_of_one_day_and_one_basket():
    line = Line("ANN", dt.datetime(1969, 12, 31, 23, 59, 59), 7, 1, 1995)

    summary = ck.CustomerSummary.from_transactions(transactions([line]), as_of="1970-01-01")

    day = dt.date(1969, 12, 31)
    assert {"ANN": Customer(day, day, 1, 1, 1995, 0)} == rows_of(summary)
    assert (summary.as_of - summary.last_day).astype(int).tolist() == [1]


def test_a_customer_with_returns_only_has_money_but_no_day_and_no_basket():
    lines = [
        Line("ANN", dt.datetime(2026, 1, 3), 1, -1, 0),
        Line("ANN", dt.datetime(2026, 1, 4), 2, 1, -1995),
    ]

    summary = ck.CustomerSummary.from_transactions(transactions(lines), as_of="2026-01-04")

    # A line of negative quantity and amount 0 returns no money (note, section 2).
    assert {"ANN": Customer(None, None, 0, 0, -1995, 1995)} == rows_of(summary)


def test_free_goods_are_a_purchase():
    lines = [
        Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 0),
        Line("ANN", dt.datetime(2026, 1, 4), 2, 0, 0),
    ]

    summary = ck.CustomerSummary.from_transactions(transactions(lines), as_of="2026-01-04")

    expected = Customer(dt.date(2026, 1, 3), dt.date(2026, 1, 4), 2, 2, 0, 0)
    assert {"ANN": expected} == rows_of(summary)


def test_a_basket_number_that_two_customers_share_counts_for_each():
    lines = [
        Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 100),
        Line("BOB", dt.datetime(2026, 1, 3), 1, 1, 100),
        Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 100),
    ]

    summary = ck.CustomerSummary.from_transactions(transactions(lines), as_of="2026-01-03")

    assert summary.baskets.tolist() == [1, 1]


def test_what_the_lines_do_not_say_is_unknown_and_not_zero():
    tx = ck.Transactions.from_arrays(customer=["ANN"], time=["2026-01-03"])

    summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-01-03")

    assert (summary.baskets, summary.amount, summary.returned_amount) == (None, None, None)
    assert list(summary.to_frame()) == ["customer", "first_day", "last_day", "purchase_days"]


@given(
    prices=st.lists(st.sampled_from([0.10, 0.20, 0.70, 2.55, 19.95, 19.99, 0.01]), min_size=1),
    seed=st.randoms(),
)
def test_equal_true_totals_are_equal_floats(prices, seed):
    # Float sums of such prices depend on their order; one line of the total is the hardest twin.
    total = sum(Fraction(str(price)) for price in prices)
    shuffled = seed.sample(prices, len(prices))
    tx = ck.Transactions.from_arrays(
        customer=["A"] * len(prices) + ["B"] * len(prices) + ["C"],
        time=np.full(2 * len(prices) + 1, np.datetime64("2026-01-03", "s")),
        amount=[*prices, *shuffled, float(total)],
    )

    summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-01-03")

    assert [float(total)] * 3 == summary.amount.values.tolist()


@pytest.mark.parametrize(
    ("customer", "quantity"), [("ANN", 1), (None, 1), ("ANN", -1)], ids=["sale", "guest", "return"]
)
def test_any_line_after_as_of_is_refused_with_the_remedy(customer, quantity):
    tx = transactions(
        [
            Line("BOB", dt.datetime(2026, 2, 1), 1, 1, 100),
            Line(customer, dt.datetime(2026, 3, 2), 2, quantity, 100 * quantity),
        ]
    )

    with pytest.raises(
        LinesAfterAsOfError, match=r"1 lines? .*tx\.between\('2026-02-01', '2026-03-02'\)"
    ):
        ck.CustomerSummary.from_transactions(tx, as_of="2026-03-01")

    remedy = tx.between("2026-02-01", "2026-03-02")
    assert len(ck.CustomerSummary.from_transactions(remedy, as_of="2026-03-01")) == 1


def test_the_last_second_of_as_of_belongs_to_it():
    tx = transactions([Line("ANN", dt.datetime(2026, 3, 1, 23, 59, 59), 1, 1, 100)])

    summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-03-01")

    assert (summary.as_of - summary.last_day).astype(int).tolist() == [0]


def test_customers_that_where_left_without_lines_are_not_in_the_summary():
    tx = transactions(
        [
            Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 100),
            Line("BOB", dt.datetime(2026, 1, 4), 2, 1, 200),
        ]
    )

    rest = tx.between("2026-01-04", "2026-01-05")

    summary = ck.CustomerSummary.from_transactions(rest, as_of="2026-01-05")
    assert summary.customer.tolist() == ["BOB"]


# --- figures from elsewhere ---------------------------------------------------------------------


@given(lines=lines_of(), order=st.randoms())
@HALF
def test_figures_from_elsewhere_score_as_the_lines_they_came_from(lines, order):
    as_of = day_asked_about(lines)
    rows = list(summarise(lines).items())
    order.shuffle(rows)

    given_as = ck.CustomerSummary.from_arrays(
        customer=[customer for customer, _ in rows],
        last_day=np.array([row.last_day for _, row in rows], dtype="datetime64[D]"),
        as_of=as_of,
        first_day=np.array([row.first_day for _, row in rows], dtype="datetime64[D]"),
        purchase_days=np.array([row.purchase_days for _, row in rows], dtype=np.int64),
        baskets=np.array([row.baskets for _, row in rows], dtype=np.int64),
        amount=np.array([row.cents / 100 for _, row in rows], dtype=np.float64),
    )

    own = ck.CustomerSummary.from_transactions(transactions(lines), as_of=as_of)
    for figure in ("customer", "first_day", "last_day", "purchase_days", "baskets"):
        expected, actual = getattr(own, figure).tolist(), getattr(given_as, figure).tolist()
        assert expected == actual
    assert own.amount.values.tolist() == given_as.amount.values.tolist()


TWO = {"customer": [7, 9], "last_day": ["2026-02-20", "2026-01-03"], "as_of": "2026-03-01"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"customer": [7, 7]}, "customer .*repeated in 1 row, first in row 1"),
        ({"customer": [7.5, 9.0]}, "whole numbers"),
        ({"customer": ["a", None]}, "customer .*missing in 1 row, first in row 1"),
        ({"customer": [7, "nine"]}, "mixed types"),
        ({"last_day": ["2026-02-20", "2026-03-02"]}, "last_day .*later than as_of=2026-03-01"),
        ({"last_day": ["20.02.2026", "03.01.2026"]}, "expected times or dates; got text"),
        ({"last_day": [20, 21]}, "expected times or dates"),
        ({"first_day": ["2026-02-20", "2026-03-02"]}, "first_day .*later than as_of"),
        ({"first_day": ["2026-02-21", "2026-01-03"]}, "later than last_day in 1 row"),
        ({"baskets": [1.5, 1]}, "negative or fractional in 1 row, first in row 0"),
        ({"baskets": [1, 0]}, "0 despite a last_day in 1 row, first in row 1"),
        ({"purchase_days": [1, -1]}, "negative or fractional in 1 row, first in row 1"),
        ({"baskets": [1, np.nan]}, "baskets .*missing"),
        ({"amount": [1.0, np.nan]}, "amount .*missing"),
        ({"amount": [1.0, np.inf]}, "amount .*infinite"),
        ({"amount": ["x", "2"]}, "It reads 'x'"),
        ({"returned_amount": [-1.0, 2.0]}, "returned_amount .*negative in 1 row, first in row 0"),
        ({"since": "2026-01-04"}, "last_day .*earlier than since=2026-01-04 in 1 row"),
        ({"until": "2026-02-20"}, "last_day .*not before until=2026-02-20 in 1 row"),
    ],
    ids=str,
)
def test_impossible_figures_are_refused(wrong, says):
    with pytest.raises(InvalidDataError, match=says):
        ck.CustomerSummary.from_arrays(**{**TWO, **wrong})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"baskets": [1, 2, 3]}, "equally long; got customer 2, last_day 2, baskets 3"),
        ({"basket": [1, 2]}, "figures must be one of .*did you mean 'baskets'"),
        ({"as_of": "yesterday"}, "as_of must be"),
        ({"since": "2026"}, "since must be a day"),
        ({"until": "2026-03-03"}, r"until \(2026-03-03\).* the day after as_of \(2026-03-02\)"),
        ({"guest_lines": -1}, "guest_lines must be an integer >= 0; got -1"),
        ({"guest_amount": np.nan}, "guest_amount must be a finite number; got nan"),
        ({"guest_amount": "much"}, "guest_amount must be a finite number; got 'much'"),
        ({"baskets": np.ones((2, 2))}, r"one-dimensional .*got an array of shape \(2, 2\)"),
    ],
    ids=str,
)
def test_misused_arguments_are_refused(wrong, says):
    with pytest.raises(InvalidArgumentError, match=says):
        ck.CustomerSummary.from_arrays(**{**TWO, **wrong})


def test_all_impossible_figures_are_named_at_once():
    wrong = {"customer": [7, 7], "amount": [1.0, np.nan], "baskets": [-1, 1]}

    with pytest.raises(InvalidDataError, match="the frame has 3 problems"):
        ck.CustomerSummary.from_arrays(**{**TWO, **wrong})


def test_a_customer_table_needs_its_two_columns():
    with pytest.raises(MissingColumnsError, match="the last_day column 'last_day' is not"):
        ck.CustomerSummary.from_frame(pd.DataFrame({"customer": [1]}), as_of="2026-03-01")


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_summary_reads_back_the_frame_it_makes(engine):
    days = ["2026-01-01", "2026-01-05", "2026-01-05", "2026-01-07", "2026-01-09"]
    lines = {
        "customer": ["cem", "ann", "ann", "bob", None],
        "time": np.array(days, dtype="datetime64[us]"),
        "basket": [1, 2, 3, 4, 5],
        "amount": [10.0, 2.5, -0.5, -4.0, 9.9],
    }
    tx = ck.Transactions.from_frame(ENGINES[engine](lines)).between("2025-12-01", "2026-01-10")
    summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-01-20")
    again = ck.CustomerSummary.from_frame(
        summary.to_frame(),
        as_of=summary.as_of,
        since=summary.since,
        until=summary.until,
        guest_lines=summary.guest_lines,
        guest_amount=summary.guest_amount,
    )

    assert summary == again
    assert summary.window_days == 40
    assert kind_out(engine) == again.frame_kind


def test_missing_days_among_iso_texts_are_customers_who_never_bought():
    for missing in (None, np.nan, pd.NaT):
        summary = ck.CustomerSummary.from_arrays(
            as_of="2026-03-01", customer=[7, 9], last_day=["2026-02-20", missing]
        )
        assert summary.last_day.tolist() == [dt.date(2026, 2, 20), None]


# --- the window ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "days"),
    [("2026-01-15", 14), ("2026-01-14", 14), ("2026-01-12", 12), ("2026-03-01", 14)],
    ids=["the end", "the last day", "before the end", "long after the end"],
)
def test_a_window_ends_where_the_period_was_cut_out_or_on_the_day_asked_about(as_of, days):
    tx = ck.Transactions.from_arrays(customer=[7, 9], time=["2026-01-03", "2026-01-12"])

    part = tx.between("2026-01-01", "2026-01-15")

    assert ck.CustomerSummary.from_transactions(part, as_of=as_of).window_days == days


def test_the_window_of_whole_data_runs_from_the_first_line_through_the_day_asked_about():
    tx = ck.Transactions.from_arrays(customer=[7, 9], time=["2026-01-03", "2026-01-12"])

    assert ck.CustomerSummary.from_transactions(tx, as_of="2026-01-12").window_days == 10


def test_no_lines_make_no_window_unless_one_was_asked_for():
    nothing = ck.Transactions.from_arrays(customer=[], time=[])
    asked = nothing.between("2026-01-01", "2026-01-15")

    days = [
        ck.CustomerSummary.from_transactions(tx, as_of="2026-01-15").window_days
        for tx in (nothing, asked)
    ]
    assert [0, 14] == days


def test_a_day_before_the_period_cut_out_is_refused():
    tx = ck.Transactions.from_arrays(customer=[7], time=["2026-01-03"]).between(
        "2026-02-01", "2026-03-01"
    )
    with pytest.raises(InvalidArgumentError, match=r"as_of \(2026-01-31\) lies before 2026-02-01"):
        ck.CustomerSummary.from_transactions(tx, as_of="2026-01-31")


# --- the conventions of other tools (shared/cases/rfm_clv.json) ----------------------------------


def case_lines(case_id: str) -> tuple[ck.Transactions, np.datetime64, list[list[float]]]:
    worked = case("rfm_clv.json", case_id)
    customer, time, amount = zip(*worked["inputs"]["transactions"], strict=True)
    tx = ck.Transactions.from_arrays(customer=customer, time=list(time), amount=amount)
    return tx, np.datetime64(worked["inputs"]["end"], "D"), worked["expected"]["rows"]


def test_daily_summaries_of_lifetimes_follow_from_ours():
    # pymc-marketing tests/clv/test_utils.py, after lifetimes tests/test_utils.py: repeat days,
    # last minus first, end minus first, mean of the daily sums over repeat days.
    tx, end, expected = case_lines("summary_daily")

    summary = ck.CustomerSummary.from_transactions(tx, as_of=end)
    first = summary.first_day
    repeated = ck.CustomerSummary.from_transactions(
        tx.where(tx.days > first[tx.customer.codes]), as_of=end
    )
    mean = dict(
        zip(repeated.customer, repeated.amount.values / repeated.purchase_days, strict=True)
    )

    actual = zip(
        summary.customer.tolist(),
        (summary.purchase_days - 1).tolist(),
        (summary.last_day - first).astype(int).tolist(),
        (summary.as_of - first).astype(int).tolist(),
        [mean.get(customer, 0) for customer in summary.customer],
        strict=True,
    )
    assert expected == list(map(list, actual))


def test_weekly_summaries_of_lifetimes_follow_from_ours():
    # The same origin; weeks end on Sunday and differences are between week numbers.
    tx, end, expected = case_lines("summary_weekly")
    sundays = pd.Series(tx.time).dt.to_period("W").dt.end_time.dt.normalize().to_numpy()
    last_sunday = pd.Timestamp(end).to_period("W").end_time.date()
    weekly = ck.Transactions.from_arrays(
        customer=tx.customer.decode(), time=sundays, amount=tx.amount.values
    )

    summary = ck.CustomerSummary.from_transactions(weekly, as_of=last_sunday)

    actual = zip(
        summary.customer.tolist(),
        (summary.purchase_days - 1).tolist(),
        ((summary.last_day - summary.first_day).astype(int) // 7).tolist(),
        ((summary.as_of - summary.first_day).astype(int) // 7).tolist(),
        strict=True,
    )
    assert expected == list(map(list, actual))


def test_summaries_with_the_first_purchase_are_rfm_by_purchase_days():
    # The same origin, include_first_transaction=True: days since the last purchase, mean per day.
    tx, end, expected = case_lines("summary_incl_first")

    with pytest.warns(TiedScoresWarning, match="frequency never scores 4, 5"):
        scores = rfm(tx, as_of=end, frequency="purchase_days", monetary="mean")

    columns = (scores.customer, scores.frequency, scores.recency_days, scores.monetary)
    assert expected == [list(row) for row in zip(*(c.tolist() for c in columns), strict=True)]


# --- where there are enough lines for a second thread --------------------------------------------


@pytest.mark.parametrize("shared", [False, True], ids=["one customer a basket", "shared baskets"])
def test_summaries_above_the_threading_threshold_agree_with_pandas(shared):
    rng = np.random.default_rng(20260301)
    n, customers, baskets = 2 * parallel._WORTH_A_THREAD, 20_000, 90_000
    basket = rng.integers(baskets, size=n)
    owner = rng.integers(customers, size=baskets)
    who = (rng.integers(customers, size=n) if shared else owner[basket]).astype(np.float64)
    who[rng.random(n) < 0.1] = np.nan
    days = np.datetime64("2026-01-01") - rng.integers(400, size=n).astype("timedelta64[D]")
    cents = rng.integers(-1_000, 4_000, size=n)

    tx = ck.Transactions.from_arrays(customer=who, time=days, basket=basket, amount=cents / 100)
    summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-01-01")

    lines = pd.DataFrame({"who": who, "day": days, "basket": basket, "cents": cents}).dropna()
    bought = lines[lines["cents"] >= 0].groupby("who")
    expected = bought.agg(
        purchase_days=("day", "nunique"),
        first_day=("day", "min"),
        last_day=("day", "max"),
        baskets=("basket", "nunique"),
    ).reindex(summary.customer)
    assert expected["purchase_days"].fillna(0).tolist() == summary.purchase_days.tolist()
    assert expected["baskets"].fillna(0).tolist() == summary.baskets.tolist()
    for name in ("first_day", "last_day"):
        assert np.array_equal(expected[name], getattr(summary, name), equal_nan=True)
    net = lines.groupby("who")["cents"].sum()
    assert net.reindex(summary.customer).tolist() == summary.amount.units.tolist()


def test_till_order_hides_no_visit():
    # A purchase line that repeats a return line of the same basket must still be counted.
    lines = [
        Line("ANN", dt.datetime(2026, 1, 3), 1, -1, -100),
        Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 100),
        Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 100),
    ]
    for order in (lines, lines[::-1], random.Random(1).sample(lines, 3)):
        summary = ck.CustomerSummary.from_transactions(transactions(order), as_of="2026-01-03")
        assert summary.baskets.tolist() == [1]
