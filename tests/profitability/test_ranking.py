"""Most sold against most profitable."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, MissingRoleError
from crmkit.profitability import CostModel, UnitCosts, contribution
from effort import THIRD

FIGURES = st.lists(st.tuples(st.integers(1, 6), st.integers(-4, 4)), min_size=1, max_size=20)


def earned(sales, profit, product=None):
    n = len(sales)
    tx = ck.Transactions.from_arrays(
        customer=[1] * n,
        time=["2026-01-03"] * n,
        product=list(range(n)) if product is None else product,
        quantity=np.arange(n, 0, -1),
        amount=sales,
        cost=np.asarray(sales) - np.asarray(profit),
    )
    return contribution(tx, CostModel(purchase="cost"))


def change_of(sales, profit):
    return earned(sales, profit).ranking_change("net_sales", "direct_product_profit")


def test_ranks_shift_and_overlap_by_hand():
    change = change_of([50, 40, 40, 10], [-1, 20, 5, 8])

    assert change.to_frame().to_dict("list") == {
        "product": [0, 1, 2, 3],
        "net_sales": [50.0, 40.0, 40.0, 10.0],
        "direct_product_profit": [-1.0, 20.0, 5.0, 8.0],
        "rank_by_net_sales": [1, 2, 2, 4],
        "rank_by_direct_product_profit": [4, 1, 3, 2],
        "shift": [-3, 1, -1, 2],
    }
    # Six pairs, one tied; one in order, four not: -3 / sqrt(5 x 6).
    assert change.kendall == pytest.approx(-3 / math.sqrt(30))
    assert change.top_overlap(1) == 0


def test_ties_at_the_cut_are_in_and_said():
    top = change_of([50, 40, 40, 10], [-1, 20, 5, 8]).top(2)

    assert (top.n_first, top.n_second, top.n_both, top.n_losing) == (3, 2, 1, 1)


@given(FIGURES, st.integers(1, 8))
def test_the_first_n_are_those_with_fewer_than_n_above_them(figures, n):
    sales, profit = zip(*figures, strict=True)
    top = change_of(sales, profit).top(n)
    first = {k for k, v in enumerate(sales) if sum(w > v for w in sales) < n}
    second = {k for k, v in enumerate(profit) if sum(w > v for w in profit) < n}

    assert (top.n_first, top.n_second) == (len(first), len(second))
    assert top.n_both == len(first & second)
    assert top.n_losing == sum(profit[k] < 0 for k in first)


@given(FIGURES, st.randoms(use_true_random=False))
@THIRD
def test_the_names_of_products_change_nothing(figures, random):
    shuffled = random.sample(figures, len(figures))
    one, two = (change_of(*zip(*rows, strict=True)) for rows in (figures, shuffled))

    assert one.top(3) == two.top(3)
    np.testing.assert_equal(one.kendall, two.kendall)
    assert one.spearman == pytest.approx(two.spearman, nan_ok=True)
    assert sorted(one.shift.tolist()) == sorted(two.shift.tolist())


def test_units_sold_can_be_what_is_sold():
    change = earned([5, 40, 20], [1, 2, 3]).ranking_change("quantity", "gross_margin")

    assert change.first.tolist() == [3.0, 2.0, 1.0]
    assert (change.spearman, change.kendall) == (-1.0, -1.0)


def test_products_without_a_known_cost_have_no_rank():
    tx = ck.Transactions.from_arrays(
        customer=[1] * 3,
        time=["2026-01-03"] * 3,
        product=["a", "b", "c"],
        quantity=[1, 2, 3],
        amount=[9, 8, 7],
    )
    made = contribution(
        tx, CostModel(purchase=UnitCosts.of(["a", "c"], [1, 1], [1, 1])), missing="exclude"
    )
    change = made.ranking_change("quantity", "gross_margin")

    assert change.ids.decode().tolist() == ["a", "c"]
    assert change.first.tolist() == [1.0, 3.0]


def test_one_product_has_no_correlation():
    change = change_of([5], [1])

    assert math.isnan(change.spearman)
    assert math.isnan(change.kendall)
    assert change.top_overlap(10) == 1


def test_what_cannot_be_ranked_is_refused():
    made = earned([5], [1])
    with pytest.raises(InvalidArgumentError, match="'sales' is no step"):
        made.ranking_change("sales", "contribution")
    with pytest.raises(InvalidArgumentError, match="n must be an integer >= 1"):
        change_of([5], [1]).top_overlap(0)
    tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], product=[1], amount=[5])
    with pytest.raises(MissingRoleError, match="needs the quantity"):
        contribution(tx, CostModel()).ranking_change("quantity", "contribution")
