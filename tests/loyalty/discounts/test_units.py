"""Units that a rule reaches, against a list of every single unit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.loyalty import BuyGet, Scope
from crmkit.loyalty.discounts.chosen import Chosen
from crmkit.loyalty.discounts.units import given_units, limited
from discount_oracle import buy_get, expanded

few = st.integers(1, 4)
offers = st.builds(
    BuyGet,
    few,
    few,
    free=st.sampled_from(["included", "added"]),
    order=st.sampled_from(["cheapest", "grouped"]),
    max_groups=st.none() | few,
)
lines_of = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 9)), min_size=1, max_size=6)


class Rule:
    """What the oracle asks of a rule."""

    def __init__(self, discount, scope):
        self.discount, self.scope = discount, Scope(scope)


class Exact:
    """What the oracle asks of a policy."""

    rounded, rounding = "discount", "half_up"


def chosen_of(lines):
    money, units = (np.array(column, dtype=np.int64) for column in zip(*lines, strict=True))
    every = np.arange(len(lines))
    return Chosen(line=every, basket=np.zeros_like(every), money=money, units=units)


@settings(max_examples=300, deadline=None)
@given(lines_of, offers, st.sampled_from(Scope), st.sampled_from([1, 1000]))
def test_given_units_are_those_of_an_expanded_basket(lines, offer, scope, scale):
    whole = chosen_of([(money, units * scale) for money, units in lines])

    reach, added = given_units(offer, whole, scope, scale)

    prices = {i: money for i, (money, _) in enumerate(lines)}
    units = {i: count for i, (_, count) in enumerate(lines)}
    found = buy_get(Rule(offer, scope), Exact, (list(prices), prices, units, prices))
    assert (reach.used // scale).tolist() == list(found.used.values())
    assert reach.reached.money.tolist() == list(found.money.values())
    assert added.tolist() == [found.gift * scale]


@settings(max_examples=200, deadline=None)
@given(lines_of, st.integers(1, 12))
def test_at_most_so_many_units_are_the_cheapest(lines, most):
    reach = limited(chosen_of(lines), most, Scope.BASKET, 1)

    prices, units = zip(*lines, strict=True)
    hits = [i for *_, i in expanded(range(len(lines)), prices, units)[:most]]
    assert reach.used.tolist() == [hits.count(i) for i in range(len(lines))]


@pytest.mark.parametrize(("order", "free"), [("cheapest", 3), ("grouped", 5)])
def test_groups_from_the_dearest_down_are_kinder(order, free):
    six = chosen_of([(price, 1) for price in (6, 5, 4, 3, 2, 1)])

    reach, _ = given_units(BuyGet(2, 1, order=order), six, Scope.BASKET, 1)

    assert reach.reached.money.sum() == free


def test_parts_of_a_unit_fill_groups_too():
    weighed = chosen_of([(300, 1500), (100, 500)])  # 1.5 kg at 2.00, 0.5 kg at 2.00

    reach, _ = given_units(BuyGet(1, 1), weighed, Scope.BASKET, 1000)

    assert reach.reached.units.tolist() == [500, 500]
    assert reach.reached.money.tolist() == [100, 100]


def test_a_million_units_take_no_more_rows_than_two():
    lines = chosen_of([(5_000_000, 1_000_000), (1_000_000, 1_000_000)])

    reach, _ = given_units(BuyGet(3, 1), lines, Scope.BASKET, 1)

    assert reach.reached.units.tolist() == [0, 500_000]
