"""The canonical form holds where the condition does, and what is implied holds as well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given

from crmkit.loyalty import (
    Always,
    And,
    Anniversary,
    BasketQuantity,
    BasketTotal,
    Between,
    Birthday,
    Channel,
    Condition,
    Field,
    FirstPurchaseSince,
    HasProducts,
    InSegment,
    Never,
    Not,
    NthPurchase,
    Or,
    Tender,
    TierAtLeast,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.masks import line_mask
from loyalty_conditions import conditions, facts

CATEGORY = Field("category")
AMOUNT = Field("amount")


def plainly(condition: Condition, known: Facts) -> np.ndarray:
    """The mask by lines, joined part by part as it was declared."""
    match condition:
        case And(parts):
            return np.all([plainly(part, known) for part in parts], axis=0)
        case Or(parts):
            return np.any([plainly(part, known) for part in parts], axis=0)
        case Not(part):
            return ~plainly(part, known)
        case _:
            return line_mask(condition, known)


@given(conditions(), facts())
def test_the_canonical_form_holds_on_the_same_lines(condition: Condition, known: Facts) -> None:
    np.testing.assert_array_equal(line_mask(condition, known), plainly(condition, known))


@given(conditions())
def test_the_canonical_form_is_its_own(condition: Condition) -> None:
    once = condition.canonical()

    assert once.canonical() == once


def mirrored(condition: Condition) -> Condition:
    """The same condition in another spelling: parts the other way round, denied twice."""
    match condition:
        case And(parts):
            return ~~And(tuple(mirrored(part) for part in reversed(parts)))
        case Or(parts):
            return ~And(tuple(~mirrored(part) for part in reversed(parts)))
        case Not(part):
            return ~mirrored(part)
        case _:
            return condition


@given(conditions())
def test_order_brackets_and_double_negation_do_not_matter(condition: Condition) -> None:
    assert mirrored(condition).canonical() == condition.canonical()


@given(conditions(3), conditions(3), facts())
def test_what_is_implied_holds_wherever_the_condition_does(
    one: Condition, two: Condition, known: Facts
) -> None:
    for a, b in ((one, two), (one & two, one), (one, one | two), (~one, ~two)):
        if a.implies(b):
            assert not np.any(plainly(a, known) & ~plainly(b, known))


@given(conditions(3), conditions(3))
def test_both_imply_each_and_each_implies_either(one: Condition, two: Condition) -> None:
    assume(one.canonical() != Never())

    assert (one & two).implies(one)
    assert one.implies(one | two)
    assert one.implies(one)


@given(conditions())
def test_a_condition_and_its_opposite_never_hold_together(condition: Condition) -> None:
    assert (condition & ~condition).canonical() == Never()
    assert (condition | ~condition).canonical() == Always()


@pytest.mark.parametrize(
    ("declared", "short"),
    [
        (CATEGORY.isin({"a", "b"}) & CATEGORY.isin({"b", "c"}), CATEGORY.isin({"b"})),
        (CATEGORY.isin({"a"}) | CATEGORY.isin({"b"}), CATEGORY.isin({"a", "b"})),
        (CATEGORY.isin({"a", "b"}) & ~CATEGORY.isin({"b"}), CATEGORY.isin({"a"})),
        (~CATEGORY.isin({"a"}) & ~CATEGORY.isin({"b"}), ~CATEGORY.isin({"a", "b"})),
        (CATEGORY.isin({"a"}) | ~CATEGORY.isin({"a", "b"}), ~CATEGORY.isin({"b"})),
        (CATEGORY.isin({"a"}) & CATEGORY.known(), CATEGORY.isin({"a"})),
        (CATEGORY.isin({"a"}) & ~CATEGORY.known(), Never()),
        (CATEGORY.isin(set()), Never()),
        (CATEGORY.isin({"a"}) & CATEGORY.isin({"b"}), Never()),
        ((AMOUNT >= 3) & (AMOUNT >= "5.0"), AMOUNT >= 5),
        ((AMOUNT >= 3) | (AMOUNT < 5), Always()),
        ((AMOUNT > 5) & (AMOUNT <= 5), Never()),
        (
            (AMOUNT < 3) & (Field("quantity") < 3) & (AMOUNT < 2),
            (AMOUNT < 2) & (Field("quantity") < 3),
        ),
        (~(AMOUNT >= 3), AMOUNT < 3),
        (Weekday({1, 2, 3}) & ~Weekday({2}), Weekday({1, 3})),
        (Weekday({1, 2, 3}) | Weekday({4, 5, 6, 7}), Always()),
        (~Weekday({1, 2}), Weekday({3, 4, 5, 6, 7})),
        (TimeOfDay("08:00", "12:00") | TimeOfDay("12:00", "14:00"), TimeOfDay("08:00", "14:00")),
        (~TimeOfDay("08:00", "20:00"), TimeOfDay("20:00", "08:00")),
        (TimeOfDay("20:00", "00:00") | TimeOfDay("00:00", "20:00"), Always()),
        (
            Between("2026-03-01", "2026-03-31", closed="both"),
            Between("2026-03-01T00:00", "2026-04-01T00:00"),
        ),
        (
            Between("2026-03-01", "2026-04-01") | Between("2026-04-01", "2026-05-01"),
            Between("2026-03-01T00:00", "2026-05-01T00:00"),
        ),
        (NthPurchase(1) & NthPurchase(2), Never()),
        (FirstPurchaseSince(30) & FirstPurchaseSince(90), FirstPurchaseSince(90)),
        (InSegment("a") | InSegment("b"), InSegment({"a", "b"})),
        (BasketTotal(50) & BasketTotal("100.00"), BasketTotal(100)),
        (BasketQuantity(5) | BasketQuantity(3), BasketQuantity(3)),
        (Channel("web") | Channel("app"), Channel({"web", "app"})),
        (~Tender("cash") & ~Tender("card"), ~Tender({"cash", "card"})),
        (Tender(set()), Never()),
        (HasProducts("milk") | HasProducts("bread"), HasProducts({"milk", "bread"})),
        (HasProducts(CATEGORY.isin(set())), Never()),
        (BasketTotal(5, of=CATEGORY.known() | ~CATEGORY.known()), BasketTotal(5)),
        (Birthday(before=1) & Birthday(before=3, after=2), Birthday(before=1)),
        (Birthday() & ~Birthday(after=3), Never()),
        (Weekday({1}) | (Weekday({1}) & TierAtLeast("gold")), Weekday({1})),
        (Weekday({1}) & (Weekday({1}) | TierAtLeast("gold")), Weekday({1})),
        (Always() & TierAtLeast("gold"), TierAtLeast("gold")),
        (Never() | TierAtLeast("gold"), TierAtLeast("gold")),
        (~~TierAtLeast("gold"), TierAtLeast("gold")),
        (And(()), Always()),
        (Or(()), Never()),
    ],
)
def test_it_is_short(declared: Condition, short: Condition) -> None:
    assert declared.canonical() == short


def test_lines_of_several_channels_may_stand_in_one_basket() -> None:
    """So "any of a" and "any of b" can both hold, where one field of a line could not."""
    both = Channel({"web"}) & Channel({"app"})

    assert both.canonical() == both.canonical().canonical() != Never()


def test_not_does_not_pass_from_a_basket_to_its_lines() -> None:
    without = ~HasProducts(CATEGORY.isin({"gift card"}))

    assert without.canonical() == without
    assert not without.implies(HasProducts(~CATEGORY.isin({"gift card"})))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (CATEGORY.isin({"a"}) & (AMOUNT >= 5), CATEGORY.isin({"a", "b"}) & (AMOUNT > 3)),
        (HasProducts("milk"), HasProducts({"milk", "bread"})),
        (Anniversary(after=1), Anniversary(before=1, after=1)),
        (BasketTotal(50, side="above"), BasketTotal(50)),
        (Weekday({1}) | Weekday({2}), Weekday({1, 2, 3})),
        (Between("2026-03-02", "2026-03-03"), Between("2026-03-01", "2026-04-01")),
        (Never(), TierAtLeast("gold")),
        (TierAtLeast("gold"), Always()),
    ],
)
def test_the_narrow_implies_the_wide_and_not_the_other_way_round(
    narrow: Condition, wide: Condition
) -> None:
    assert narrow.implies(wide)
    assert not wide.implies(narrow)
