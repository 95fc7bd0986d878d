"""Whale curves: who makes the profit and who takes it back."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, MissingRoleError
from crmkit.profitability import CostModel, UnitCosts, contribution
from effort import THIRD

PROFITS = st.lists(st.integers(-6, 6), max_size=14)


def earned(profits, *, customer=None, sales=100):
    """One line a customer, of equal sales."""
    n = len(profits)
    tx = ck.Transactions.from_arrays(
        customer=list(range(n)) if customer is None else customer,
        time=np.full(n, "2026-01-03", dtype="datetime64[s]"),
        amount=np.full(n, sales),
        cost=sales - np.asarray(profits, dtype=np.int64),
    )
    return contribution(tx, CostModel(purchase="cost"))


def curve_of(profits, **lines):
    return earned(profits, **lines).whale_curve()


def top_by_hand(profits, share):
    """The straight line between two customers, in fractions."""
    ordered = sorted(profits, reverse=True)
    cut = share * len(ordered)
    whole = math.floor(cut)
    rest = (cut - whole) * ordered[whole] if whole < len(ordered) else 0
    return sum(ordered[:whole]) + rest


def test_five_customers_by_hand():
    # 60, 50, 20, -5, -25: total 100, peak 130 at 3 of 5, tail 30, the best fifth 60.
    curve = curve_of([-5, 60, 20, -25, 50])

    assert (curve.total, curve.peak, curve.loss_tail) == (10000, 13000, 3000)
    assert (curve.n_profitable, curve.profitable_share, curve.break_even_share) == (3, 0.6, 0.0)
    assert (curve.peak_share, curve.top_share(0.2), curve.top_amount(0.2)) == (1.3, 0.6, 6000.0)
    assert curve.to_frame().to_dict("list") == {
        "rank": [1, 2, 3, 4, 5],
        "customer": [1, 4, 2, 0, 3],
        "contribution": [60.0, 50.0, 20.0, -5.0, -25.0],
        "cumulative": [60.0, 110.0, 130.0, 125.0, 100.0],
        "cumulative_share": [0.6, 1.1, 1.3, 1.25, 1.0],
        "share_of_customers": [0.2, 0.4, 0.6, 0.8, 1.0],
    }
    assert repr(curve) == (
        "WhaleCurve(contribution by customer: total 100.00, peak 130.00 at 3 of 5, 130.0 %)"
    )


@given(PROFITS, st.integers(0, 20))
def test_what_the_best_make_is_a_straight_line_between_customers(profits, twentieths):
    share = twentieths / 20
    by_hand = 100 * top_by_hand(profits, Fraction(twentieths, 20))

    assert curve_of(profits).top_amount(share) == pytest.approx(float(by_hand), abs=1e-9)


@given(PROFITS)
def test_the_curve_ends_at_the_total_and_peaks_at_what_is_earned(profits):
    curve = curve_of(profits)

    assert curve.total == 100 * sum(profits)
    assert curve.peak == 100 * sum(p for p in profits if p > 0)
    assert curve.loss_tail == -100 * sum(p for p in profits if p < 0)
    assert curve.cumulative[-1:].tolist() == [curve.total] * bool(profits)
    assert curve.top_amount(1.0) == curve.total
    assert max([0, *curve.cumulative.tolist()]) == curve.peak


@given(PROFITS, st.randoms(use_true_random=False))
@THIRD
def test_neither_order_of_lines_nor_names_of_equals_change_the_curve(profits, random):
    shuffled = random.sample(profits, len(profits))
    first, second = curve_of(profits), curve_of(shuffled)
    drawn = ("rank", "cumulative", "entity_share", "values")

    for name in drawn:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    for share in (0.2, 0.35, 0.5):
        np.testing.assert_equal(first.top_share(share), second.top_share(share))


def test_equal_profits_share_a_rank_and_a_point():
    curve = curve_of([10, 30, 10, -5])

    assert curve.rank.tolist() == [1, 2, 2, 4]
    assert curve.cumulative.tolist() == [3000, 5000, 5000, 4500]
    assert curve.entity_share.tolist() == [0.25, 0.75, 0.75, 1.0]


def test_equals_at_the_cut_count_in_proportion_for_other_figures_too():
    def top_sales(order):
        tx = ck.Transactions.from_arrays(
            customer=order, time=["2026-01-03"] * 3, amount=[100, 50, 10], cost=[90, 40, 5]
        )
        made = contribution(tx, CostModel(purchase="cost")).whale_curve()
        return made.top_amount(1 / 3, of="net_sales"), made.top_share(0.5, of="net_sales")

    # Two make 10.00 each, on sales of 100.00 and 50.00: one of three has half of both.
    assert top_sales(["a", "b", "c"]) == top_sales(["b", "a", "c"])
    assert top_sales(["a", "b", "c"])[0] == pytest.approx(7500)
    assert top_sales(["a", "b", "c"])[1] == pytest.approx(112.5 / 160)


@pytest.mark.parametrize("profits", [[-10, 5], [5, -5], [], [0, 0]])
def test_ratios_are_missing_where_the_total_is_not_positive(profits):
    curve = curve_of(profits)

    assert math.isnan(curve.peak_share)
    assert math.isnan(curve.top_share(0.5))
    assert np.isnan(curve.cumulative_share).all()
    assert curve.peak - curve.loss_tail == curve.total


def test_shares_of_nobody_are_missing():
    curve = curve_of([])

    assert math.isnan(curve.profitable_share)
    assert math.isnan(curve.break_even_share)
    assert len(curve.to_frame()) == 0


def test_guests_are_counted_and_not_on_the_curve():
    curve = curve_of([60, 7, 50, -3], customer=["ann", None, "bob", None])

    assert (len(curve), curve.total, curve.left_out, curve.left_out_lines) == (2, 11000, 400, 2)
    assert curve.profitable_share == 1.0
    assert repr(curve).endswith("at 2 of 2, 100.0 %; 2 lines without customer, 4.00)")


def test_who_has_no_counted_line_has_no_profit_rather_than_none():
    tx = ck.Transactions.from_arrays(
        customer=["ann", "bob"],
        time=["2026-01-03"] * 2,
        product=["tea", "mug"],
        quantity=[1, 1],
        amount=[20, 5],
    )
    model = CostModel(purchase=UnitCosts.of(["tea"], [12], [1]))
    curve = contribution(tx, model, missing="exclude").whale_curve()

    assert curve.ids.decode().tolist() == ["ann"]
    assert curve.break_even_share == 0.0


def test_the_figure_is_named_and_drawn():
    made = earned([60, -5])
    curve = made.whale_curve(figure="net_sales")

    assert (curve.figure, curve.total, curve.n_profitable) == ("net_sales", 20000, 2)
    assert made.whale_curve().figure == "contribution"


def test_a_share_of_people_is_the_decimal_that_it_prints():
    # 0.07 x 100 is 7.000000000000001 as floats.
    curve = curve_of(list(range(100, 0, -1)))

    assert curve.top_amount(0.07) == 100 * sum(range(94, 101))


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan"), "half"])
def test_shares_outside_their_domain_are_refused(share):
    with pytest.raises(InvalidArgumentError, match="share must"):
        curve_of([1, 2]).top_share(share)


def test_unknown_figures_and_ids_are_refused():
    with pytest.raises(InvalidArgumentError, match="'margin' is no step of the waterfall"):
        earned([1]).whale_curve(figure="margin")
    with pytest.raises(MissingRoleError, match="needs the product"):
        earned([1]).whale_curve("product")


def test_curves_are_equal_where_their_values_are():
    assert curve_of([3, 1]) == curve_of([3, 1])
    assert curve_of([3, 1]) != curve_of([3, 2])
