"""The money phase: how rules get along, and what never happens to a price."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty import (
    AmountOff,
    BuyGet,
    CatalogueReward,
    DiscountPolicy,
    DiscountRule,
    Group,
    PercentOff,
    PerPoint,
    PriceLevel,
)
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.loyalty.discounts.phase import discount_lines
from discount_strategies import baskets_of, groups_of, in_columns, lines_of, policies, rules_of


def taken_by(rules, lines, resolution="chain", policy=None, selected=None):
    every = selected or (lambda rule, current: np.ones(len(current), dtype=bool))
    groups = (Group("discounts", resolution),)
    return discount_lines(rules, groups, policy or DiscountPolicy(), lines, every)


def one_basket(*amounts, **more):
    quantity = more.pop("quantity", [1] * len(amounts))
    return PricedLines(starts=[0, len(amounts)], amount=amounts, quantity=quantity, **more)


HALF, TEN = DiscountRule("half", PercentOff(50)), DiscountRule("ten", AmountOff("10.00"))
LONE = DiscountRule("lone", AmountOff("1.00"), exclusive=True, priority=-1)


@pytest.mark.parametrize(
    ("resolution", "left"),
    [("sum", 4000), ("chain", 4000), ("best", 5000), ("first", 5000), ("exclusive", 4000)],
)
def test_what_becomes_of_two_rules_that_fire(resolution, left):
    assert taken_by((HALF, TEN), one_basket(10_000), resolution).price_left.tolist() == [left]


def test_in_a_chain_percentages_compound_and_in_a_sum_they_add_up():
    again = DiscountRule("again", PercentOff(50))

    assert taken_by((HALF, again), one_basket(10_000), "chain").price_left.tolist() == [2500]
    assert taken_by((HALF, again), one_basket(10_000), "sum").price_left.tolist() == [0]


def test_an_exclusive_rule_fires_alone_even_below_the_priority_of_others():
    taken = taken_by((HALF, LONE), one_basket(10_000), "exclusive")

    assert taken.by_line("lone").tolist() == [100]
    assert taken.by_line("half").tolist() == [0]


def test_the_best_is_found_for_each_basket_or_for_each_line():
    first = DiscountRule("first line", AmountOff("4.00"))
    second = DiscountRule("second line", AmountOff("3.00"))
    lines = one_basket(1000, 1000)

    def selected(rule, current):
        return np.array([rule.id == "first line", rule.id == "second line"])

    by_basket = taken_by((first, second), lines, "best", selected=selected)
    per_line = DiscountPolicy(best_per_line=True)
    by_line = taken_by((first, second), lines, "best", per_line, selected)

    assert by_basket.price_left.tolist() == [600, 1000]
    assert by_line.price_left.tolist() == [600, 700]


def test_of_equal_offers_the_first_wins():
    same = DiscountRule("same", AmountOff("10.00"))

    taken = taken_by((TEN, same), one_basket(10_000), "best")

    assert taken.by_line("ten").tolist() == [1000]


def test_a_later_group_sees_what_earlier_ones_left():
    seen = []
    rules = (DiscountRule("late", PercentOff(10), group="b"), attrs_evolve(HALF, group="a"))

    def selected(rule, current):
        seen.append((rule.id, current.tolist()))
        return current > 0

    groups = (Group("a", "chain"), Group("b", "best"))
    discount_lines(rules, groups, DiscountPolicy(), one_basket(10_000), selected)

    assert seen == [("half", [10_000]), ("late", [5000])]


def attrs_evolve(rule, **changes):
    return DiscountRule(rule.id, rule.discount, **changes)


def test_gifts_on_top_leave_prices_and_count_units():
    gift = DiscountRule("gift", BuyGet(3, 1, free="added"))

    taken = taken_by((gift,), one_basket(1000, 500, quantity=[4, 3]))

    assert taken.price_left.tolist() == [1000, 500]
    assert taken.added_units.tolist() == [2]


def test_a_gift_wins_where_nobody_takes_money_off():
    gift = DiscountRule("gift", BuyGet(3, 1, free="added"))
    lines = PricedLines(starts=[0, 1, 2], amount=[900, 900], quantity=[3, 3])

    def selected(rule, current):
        return np.array([True, rule.id == "gift"])

    for per_line in (False, True):
        policy = DiscountPolicy(best_per_line=per_line)
        taken = taken_by((gift, HALF), lines, "best", policy, selected)

        assert taken.added_basket.tolist() == [1]
        assert taken.by_line("half").tolist() == [450, 0]


def test_returns_are_neither_discounted_nor_counted():
    lines = one_basket(1000, -900, sale=[True, False])

    assert taken_by((HALF,), lines).price_left.tolist() == [500, -900]


def test_negative_lines_that_are_no_returns_lower_what_is_left_to_pay():
    assert taken_by((HALF,), one_basket(1000, -900)).price_left.tolist() == [900, -900]


def test_points_pay_and_rewards_are_free():
    products = Codes(np.array([0, 1], dtype=np.int32), np.array(["milk", "mug"], dtype=object))
    points = {"pay": [150], "mug": [1100]}
    lines = one_basket(500, 2400, quantity=[1, 3], product=products, points=points)
    rules = (
        DiscountRule("mug", CatalogueReward({"mug"}, points=500)),
        DiscountRule("pay", PerPoint("0.01")),
        DiscountRule("nobody", PerPoint("0.01")),
    )

    taken = taken_by(rules, lines)

    assert taken.by_line("mug").tolist() == [0, 1600]
    assert taken.by_line("pay").sum() == 150
    assert taken.by_line("nobody").tolist() == [0, 0]


def test_a_tier_pays_its_own_price_and_never_a_dearer_one():
    products = Codes(np.array([0, 1, -1], dtype=np.int32), np.array([7, 8], dtype=np.int64))
    level = PriceLevel({"gold": {7: "0.99", 8: "5.00"}, "platinum": {7: "0.01"}})
    lines = one_basket(
        300, 400, 100, quantity=[2, 1, 1], product=products, tier=[1], tiers=("silver", "gold")
    )

    assert taken_by((DiscountRule("g", level),), lines).price_left.tolist() == [198, 400, 100]


# --- what never happens --------------------------------------------------------------------------

drawn = (baskets_of, rules_of(), groups_of, policies)


@settings(max_examples=150, deadline=None)
@given(*drawn)
def test_prices_stay_above_their_floors_and_discounts_sum(baskets, rules, groups, policy):
    lines = lines_of(baskets, rules)

    taken = discount_lines(rules, groups, policy, lines, in_columns(baskets, lines))

    lowered = taken.price_left != lines.amount
    assert (taken.price_left[lowered] >= lines.floor[lowered]).all()
    assert (taken.price_left + taken.by_line() == lines.amount).all()
    assert (taken.amount > 0).all()
    paid = lines.totals(taken.price_left)
    assert (paid >= np.minimum(lines.totals(lines.amount), 0)).all()


@settings(max_examples=200, deadline=None)
@given(baskets_of, rules_of(most=1), policies, st.randoms(use_true_random=False))
def test_lines_in_another_order_change_no_total(baskets, rules, policy, random):
    plain = [([(m, q, 0, p, 7) for m, q, _, p, _ in lines], *rest) for lines, *rest in baskets]
    mixed = [(random.sample(lines, len(lines)), *rest) for lines, *rest in plain]
    groups = (Group(rules[0].group, "chain"),)

    totals = []
    for given_baskets in (plain, mixed):
        lines = lines_of(given_baskets, rules)
        taken = discount_lines(rules, groups, policy, lines, in_columns(given_baskets, lines))
        totals.append(lines.totals(taken.price_left).tolist())

    assert totals[0] == totals[1]


@settings(max_examples=150, deadline=None)
@given(baskets_of, st.lists(st.integers(1, 9), min_size=1, max_size=4), policies)
def test_no_unit_serves_two_offers(baskets, limits, policy):
    rules = tuple(
        DiscountRule(f"r{n}", PercentOff(100, max_units=most)) for n, most in enumerate(limits)
    )
    once = DiscountPolicy(rounding=policy.rounding, each_unit_once=True)
    plain = [
        ([(100 * q, q, 0, p, 7) for _, q, _, p, _ in lines], *rest) for lines, *rest in baskets
    ]
    lines = lines_of(plain, rules)

    taken = discount_lines(
        rules, (Group("discounts", "chain"),), once, lines, lambda rule, current: current >= 0
    )

    # At 1.00 a unit, what is off tells the units that each rule reached.
    units = np.add.reduceat(taken.by_line(), lines.heads) // 100
    there = np.add.reduceat(lines.quantity, lines.heads)
    assert units.tolist() == np.minimum(there, sum(limits)).tolist()


# --- errors --------------------------------------------------------------------------------------


def test_a_rule_of_an_unknown_group_is_named():
    with pytest.raises(InvalidArgumentError, match="rule 'half': group: there is no group 'disc"):
        discount_lines((HALF,), (), DiscountPolicy(), one_basket(100), lambda r, c: c > 0)


def test_rules_that_need_products_or_tiers_say_so():
    level = DiscountRule("level", PriceLevel({"gold": {"milk": "1.00"}}))
    products = Codes(np.zeros(1, dtype=np.int32), np.array(["milk"], dtype=object))

    with pytest.raises(InvalidArgumentError, match="rule 'level'.*names products"):
        taken_by((level,), one_basket(100))
    with pytest.raises(InvalidArgumentError, match="rule 'level'.*need tiers"):
        taken_by((level,), one_basket(100, product=products))


def test_money_finer_than_the_currency_names_the_rule():
    with pytest.raises(InvalidArgumentError, match="rule 'yen'.*finer than 0 digits"):
        taken_by((DiscountRule("yen", AmountOff("0.50")),), one_basket(100, money_digits=0))


def test_baskets_beyond_exact_money_are_refused():
    with pytest.raises(InvalidDataError, match="too large for discounts to be exact"):
        one_basket(2**52)
    PricedLines(starts=[0, 1, 2], amount=[2**51, 2**51], quantity=[1, 1])


def test_an_unknown_rule_is_hinted_at():
    with pytest.raises(InvalidArgumentError, match="no discount rule 'halve'.*'half'"):
        taken_by((HALF,), one_basket(100)).by_line("halve")


def test_no_baskets_and_no_rules_are_fine():
    nothing = PricedLines(starts=[0], amount=[], quantity=[])

    for resolution in ("sum", "chain", "best", "first", "exclusive"):
        assert taken_by((HALF, LONE), nothing, resolution).price_left.tolist() == []
        assert taken_by((), one_basket(100), resolution).price_left.tolist() == [100]
