"""Discounts rounded once, against exact fractions."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.loyalty import DiscountPolicy
from crmkit.loyalty.discounts.rounding import UnitMoney, down_to, per_unit, percentage
from crmkit.money import Rounding
from discount_oracle import rounded

policies = st.builds(
    DiscountPolicy,
    rounding=st.sampled_from([mode.value for mode in Rounding]),
    rounded=st.sampled_from(["discount", "price"]),
)


def off_of(policy, money, discount):
    """The discount, rounded itself or as the price it leaves; at most the money."""
    if policy.rounded == "discount":
        return min(rounded(discount, policy.rounding), money)
    return min(money - rounded(money - discount, policy.rounding), money)


def column(*values):
    return np.array(values, dtype=np.int64)


@settings(max_examples=300)
@given(policies, st.integers(0, 10**9), st.integers(1, 800))
def test_a_percentage_is_rounded_once(policy, money, top):
    [off] = percentage(policy, column(money), column(top), column(800))

    assert off == off_of(policy, money, Fraction(money * top, 800))


@settings(max_examples=300)
@given(policies, st.integers(1, 9999), st.integers(0, 999), st.integers(0, 5000))
def test_money_of_parts_of_a_unit_is_rounded_once(policy, money, rate, units):
    of = UnitMoney(column(rate), column(units), 1000)
    exact = Fraction(rate * units, 1000)

    assert per_unit(policy, column(money), of) == [off_of(policy, money, min(exact, money))]
    assert down_to(policy, column(money), of) == [off_of(policy, money, max(money - exact, 0))]


def test_discount_and_price_round_apart_on_halves():
    quarter = (column(210), column(1), column(4))

    assert percentage(DiscountPolicy(), *quarter) == [53]
    assert percentage(DiscountPolicy(rounded="price"), *quarter) == [52]


def test_rates_far_above_the_money_take_all_of_it():
    of = UnitMoney(column(10**15), column(10**9), 1)

    assert per_unit(DiscountPolicy(), column(99), of) == [99]
    assert down_to(DiscountPolicy(), column(99), of) == [0]
