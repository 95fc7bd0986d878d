"""Winners, sleepers, traffic builders and losers."""

from __future__ import annotations

from fractions import Fraction
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.profitability import CostModel, contribution
from effort import THIRD

LINES = st.lists(st.tuples(st.integers(0, 5), st.integers(-2, 6), st.integers(-9, 20)), max_size=25)


def earned(product, quantity, profit, **attributes):
    n = len(product)
    tx = ck.Transactions.from_arrays(
        customer=[1] * n,
        time=np.full(n, "2026-01-03", dtype="datetime64[s]"),
        product=np.asarray(product),
        quantity=np.asarray(quantity),
        amount=np.abs(profit) * 3,
        cost=np.abs(profit) * 3 - np.asarray(profit),
        attributes=attributes,
    )
    return contribution(tx, CostModel(purchase="cost"))


def by_hand(lines, kind_of=None):
    """Quadrants of products in fractions, medians within kinds."""
    sold = {}
    for product, quantity, profit in lines:
        units, sums = sold.get(product, (0, 0))
        sold[product] = (units + quantity, sums + profit)
    sold = {p: (u, Fraction(s, u)) for p, (u, s) in sold.items() if u > 0}
    found = {}
    for product, place in sold.items():
        peers = [v for p, v in sold.items() if kind_of is None or kind_of(p) == kind_of(product)]
        high = [place[k] >= median(v[k] for v in peers) for k in (0, 1)]
        found[product] = 2 * (not high[1]) + (not high[0])
    return found


@given(LINES)
def test_quadrants_are_those_of_exact_medians(lines):
    columns = [np.array([row[k] for row in lines], dtype=np.int64) for k in range(3)]
    found = earned(*columns).quadrants()

    assert dict(zip(found.ids.decode().tolist(), found.quadrant.tolist(), strict=True)) == by_hand(
        lines
    )
    assert len(found) + found.left_out == len(set(columns[0].tolist()))


@given(LINES, st.randoms(use_true_random=False))
@THIRD
def test_medians_within_a_class_do_not_depend_on_the_order_of_lines(lines, random):
    lines = random.sample(lines, len(lines))
    columns = [np.array([row[k] for row in lines], dtype=np.int64) for k in range(3)]
    kinds = np.array(["odd" if p % 2 else "even" for p, *_ in lines], dtype=object)
    found = earned(*columns, kind=kinds).quadrants(within="kind")

    assert dict(zip(found.ids.decode().tolist(), found.quadrant.tolist(), strict=True)) == by_hand(
        lines, lambda product: product % 2
    )


def test_equal_unit_profits_are_equal_whatever_the_units():
    # 0.30 for three and 0.10 for one: the same, and so both are high.
    tx = ck.Transactions.from_arrays(
        customer=[1] * 2,
        time=["2026-01-03"] * 2,
        product=["a", "b"],
        quantity=[3, 1],
        amount=["0.30", "0.10"],
    )
    found = contribution(tx, CostModel()).quadrants()

    assert found.unit_profit.tolist() == [0.1, 0.1]
    assert found.labels().decode().tolist() == ["winners", "sleepers"]


def test_units_of_more_digits_than_the_currency_are_divided_exactly():
    tx = ck.Transactions.from_arrays(
        customer=[1] * 2,
        time=["2026-01-03"] * 2,
        product=["a", "b"],
        quantity=[0.125, 0.25],
        amount=["0.50", "1.00"],
    )
    assert contribution(tx, CostModel()).quadrants().unit_profit.tolist() == [4.0, 4.0]


def test_what_sold_nothing_is_left_out_and_counted():
    found = earned(["a", "b", "b", "c"], [5, 2, -2, -1], [10, 4, -4, -2]).quadrants()

    assert found.ids.decode().tolist() == ["a"]
    assert found.left_out == 2
    assert "2 without sales left out" in repr(found)


def test_what_has_no_class_is_counted_apart():
    kinds = np.array(["food", None, "food"], dtype=object)
    found = earned(["a", "b", "c"], [5, 2, 1], [10, 4, 1], kind=kinds).quadrants(within="kind")

    assert found.ids.decode().tolist() == ["a", "c"]
    assert (found.left_out, found.without_class) == (0, 1)
    assert found.volume_cut.tolist() == [3.0, 3.0]
    assert "1 without kind" in repr(found)


def test_a_product_of_two_classes_is_refused_by_name():
    kinds = np.array(["food", "care", "food"], dtype=object)
    made = earned(["a", "a", "b"], [5, 2, 1], [10, 4, 1], kind=kinds)

    with pytest.raises(InvalidDataError, match="1 of the product ids .* 'a': 'care' and 'food'"):
        made.quadrants(within="kind")


def test_a_loss_is_flagged_apart_from_the_lower_half():
    found = earned(["a", "b", "c"], [5, 5, 5], [50, 10, -5]).quadrants()

    assert found.at_a_loss.tolist() == [False, False, True]
    assert found.labels().decode().tolist() == ["winners", "winners", "traffic builders"]


def test_net_sales_as_volume_give_profit_per_unit_of_money():
    found = earned(["a", "b"], [1, 1], [10, -2]).quadrants(volume="net_sales")

    assert found.measure == "net_sales"
    assert found.volume.tolist() == [30.0, 6.0]
    assert found.unit_profit.tolist() == [1 / 3, -1 / 3]


def test_cuts_by_hand_hold_for_all_and_what_equals_them_is_high():
    found = earned(["a", "b", "c"], [10, 4, 20], [20, 8, 10]).quadrants(cuts=(10, 2.0))

    assert found.labels().decode().tolist() == ["winners", "sleepers", "traffic builders"]
    assert found.profit_cut.tolist() == [2.0] * 3


def test_labels_are_an_attribute_of_the_lines():
    made = earned(["a", "b", "b"], [10, 1, 1], [50, 1, 1])
    tx = made.transactions.with_labels("quadrant", made.quadrants().labels())

    assert tx.attributes["quadrant"].decode().tolist() == ["winners", "losers", "losers"]


def test_options_outside_their_domain_are_refused():
    made = earned(["a"], [1], [2], kind=["food"])

    with pytest.raises(InvalidArgumentError, match="exclude each other"):
        made.quadrants(within="kind", cuts=(1, 1))
    with pytest.raises(InvalidArgumentError, match="cuts must be two numbers"):
        made.quadrants(cuts=3)
    with pytest.raises(InvalidArgumentError, match="the cut of profit must be a finite"):
        made.quadrants(cuts=(1, None))
    with pytest.raises(InvalidArgumentError, match="volume must be one of"):
        made.quadrants(volume="units")


def test_volumes_need_quantities():
    tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], product=["a"], amount=[3])
    with pytest.raises(MissingRoleError, match="needs the quantity"):
        contribution(tx, CostModel()).quadrants()
