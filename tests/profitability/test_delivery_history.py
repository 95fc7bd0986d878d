"""Delivery histories against a loop over the orders, and real ones."""

from __future__ import annotations

import datetime as dt
import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import DeliveryHistory
from effort import THIRD
from shared_data import scms_shipments

DAYS = st.none() | st.integers(0, 40).map(lambda n: dt.date(2026, 3, 1) + dt.timedelta(n))
ORDERS = st.lists(st.tuples(st.sampled_from("abc"), DAYS, DAYS, DAYS), min_size=1, max_size=25)


def in_order(orders):
    """Leave out days of an order that came before it: the door refuses these."""
    return [
        (who, due, came, None if None in (came, made) or made > came else made)
        for who, due, came, made in orders
    ]


def columns(orders):
    who, due, came, made = zip(*orders, strict=True)
    days = (np.array(c, dtype="datetime64[D]") for c in (due, came, made))
    return [list(who), *days]


def history_of(orders):
    who, due, came, made = columns(orders)
    return DeliveryHistory.from_dates(who, due, came, ordered=made)


def same(found, expected):
    return (np.isnan(found) and expected is None) or found == pytest.approx(float(expected))


@given(ORDERS.map(in_order))
def test_counts_are_those_of_a_loop(orders):
    found = history_of(orders)
    assert found.supplier.tolist() == sorted({who for who, *_ in orders})
    for row, supplier in enumerate(found.supplier):
        own = [order[1:] for order in orders if order[0] == supplier]
        days = [(came - due).days for due, came, _ in own if due and came]
        late = [d for d in days if d > 0]
        took = [(came - made).days for _, came, made in own if came and made]
        assert found.deliveries[row] == len(days)
        assert found.late[row] == len(late)
        assert found.undelivered[row] == sum(came is None for _, came, _ in own)
        assert found.unpromised[row] == sum(due is None for due, came, _ in own if came)
        assert found.timed[row] == len(took)
        assert same(found.days_late[row], statistics.mean(late) if late else None)
        assert same(found.lead_time[row], statistics.mean(took) if took else None)
        assert same(found.lead_time_sd[row], statistics.stdev(took) if len(took) > 1 else None)


@given(ORDERS.map(in_order))
def test_the_pool_is_the_history_of_one_supplier_who_made_all_deliveries(orders):
    pool = history_of(orders).pool()
    expected = history_of([("all", *days) for _, *days in orders])
    assert pool.supplier.tolist() == ["all"]
    for name in ("deliveries", "late", "timed", "undelivered", "unpromised"):
        assert getattr(pool, name).tolist() == getattr(expected, name).tolist()
    for name in ("days_late", "lead_time", "lead_time_sd"):
        found, wanted = getattr(pool, name)[0], getattr(expected, name)[0]
        assert (np.isnan(found) and np.isnan(wanted)) or found == pytest.approx(wanted, abs=1e-9)


@given(ORDERS.map(in_order), st.randoms())
@THIRD
def test_the_order_of_the_rows_does_not_matter(orders, random):
    shuffled = random.sample(orders, len(orders))
    one, other = history_of(orders).to_frame(), history_of(shuffled).to_frame()
    pd.testing.assert_frame_equal(one, other)


@given(ORDERS.map(in_order), st.integers(0, 9))
def test_few_deliveries_are_drawn_to_the_pool(orders, k):
    history = history_of(orders)
    n, late = int(history.deliveries.sum()), int(history.late.sum())
    owed = np.where(history.late > 0, history.late * history.days_late, 0).round().astype(int)
    for row, own in enumerate(history.deliveries.tolist()):
        expected = owing = None
        if own:
            expected = (int(history.late[row]) + k * Fraction(late, n)) / Fraction(own + k)
            owing = (int(owed[row]) + k * Fraction(int(owed.sum()), n)) / Fraction(own + k)
        assert same(history.late_probability(prior_weight=k)[row], expected)
        assert same(history.expected_days_late(prior_weight=k)[row], owing)


def test_what_has_not_arrived_is_neither_late_nor_on_time():
    history = DeliveryHistory.from_dates(["a", "a"], ["2026-01-01", "2026-01-01"], [None, None])
    assert history.undelivered.tolist() == [2]
    for unknown in (history.on_time, history.late_probability(), *history.on_time_interval()):
        assert np.isnan(unknown).all()


def test_the_promised_day_itself_is_on_time_whatever_the_hour():
    promised = np.array(["2026-01-01T00:00", "2026-01-01T23:00"], dtype="datetime64[s]")
    delivered = np.array(["2026-01-01T18:00", "2026-01-02T01:00"], dtype="datetime64[s]")
    assert DeliveryHistory.from_dates(["a", "b"], promised, delivered).late.tolist() == [0, 1]


def test_the_interval_is_wilsons():
    history = DeliveryHistory(
        supplier=["a", "b", "c"], deliveries=[40, 7, 7], late=[4, 0, 7], days_late=[3, None, 9]
    )
    low, high = history.on_time_interval(level=0.9)
    for row, (hits, n) in enumerate(((36, 40), (7, 7), (0, 7))):
        expected = binomtest(hits, n).proportion_ci(0.9, method="wilson")
        assert (low[row], high[row]) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert (high[1], low[2]) == (1, 0)


def test_suppliers_are_found_by_their_ids():
    history = DeliveryHistory(supplier=[7, 3], deliveries=[1, 1], late=[0, 0], days_late=[None] * 2)
    assert history.rows_of(np.array([3, 5, 7, 3])).tolist() == [1, -1, 0, 1]


def test_a_history_says_what_it_holds():
    history = DeliveryHistory(supplier=["a"], deliveries=[1], late=[0], days_late=[None])
    assert repr(history) == "DeliveryHistory(1 supplier, 1 delivery, 0 late)"
    assert list(history.to_frame().columns) == ["supplier", "deliveries", "late", "days_late"]
    assert len(DeliveryHistory(supplier=[], deliveries=[], late=[], days_late=[])) == 0


def test_all_faults_of_a_history_are_named_at_once():
    with pytest.raises(InvalidDataError) as error:
        DeliveryHistory(
            supplier=["a", "b", "a"],
            deliveries=[3, 1.5, -2],
            late=[4, 0, 0],
            days_late=[None, None, -1],
            lead_time=[1, 2],
        )
    for part in (
        "the suppliers have 8 problems",
        "repeated in 1 supplier, first 'a' in row 2",
        "deliveries out of range in 1 supplier, first 'a' in row 2. It must be finite and >= 0",
        "first 'b' in row 1. It must be whole, 0 if none; got 1.5",
        "days_late out of range in 1 supplier, first 'a' in row 2",
        "lead_time has shape (2,), not (3,): one per supplier",
        "lead_time and lead_time_sd go together",
    ):
        assert part in str(error.value)


def test_late_deliveries_are_deliveries_and_have_days():
    with pytest.raises(InvalidDataError, match=r"(?s)late exceeds deliveries.*days_late missing"):
        DeliveryHistory(supplier=["a"], deliveries=[1], late=[2], days_late=[None])


def test_all_faults_of_the_dates_are_named_at_once():
    with pytest.raises(InvalidDataError, match=r"(?s)supplier: missing|missing in 1 row") as error:
        DeliveryHistory.from_dates(
            ["a", None], [1, 2], ["2026-01-01", None], ordered=["2026-01-02", None]
        )
    for part in ("promised", "before ordered in 1 row, first in row 0", "needs a supplier"):
        assert part in str(error.value)


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(InvalidArgumentError, match="supplier 1, promised 2, delivered 1"):
        DeliveryHistory.from_dates(["a"], ["2026-01-01"] * 2, ["2026-01-01"])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_the_level_is_a_share(level):
    history = DeliveryHistory(supplier=["a"], deliveries=[1], late=[0], days_late=[None])
    with pytest.raises(InvalidArgumentError, match="level must be finite and > 0 and < 1"):
        history.on_time_interval(level=level)


def test_the_pool_weighs_at_least_nothing():
    history = DeliveryHistory(supplier=["a"], deliveries=[1], late=[0], days_late=[None])
    with pytest.raises(InvalidArgumentError, match="prior_weight must be finite and >= 0"):
        history.late_probability(prior_weight=-1)


def test_real_vendors():
    # Counted in the published file: 1,186 of 10,324 lines late, 21.4 days on average, 73 vendors.
    lines = scms_shipments()
    days = (
        pd.to_datetime(lines[name], format="%d-%b-%y")
        for name in ("Scheduled Delivery Date", "Delivered to Client Date")
    )
    history = DeliveryHistory.from_dates(lines["Vendor"], *days)
    assert len(history) == 73
    assert (history.deliveries.sum(), history.late.sum()) == (10_324, 1_186)
    assert round(100 * 1_186 / 10_324, 1) == 11.5
    assert round(float(history.pool().days_late[0]), 1) == 21.4
    assert repr(history) == (
        "DeliveryHistory(73 suppliers, 10,324 deliveries, 1,186 late (11.5 %)"
        " by 21.4 days on average)"
    )
    assert history.undelivered.sum() == 0
