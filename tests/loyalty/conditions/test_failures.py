"""Why a condition does not hold: the part to blame, and what was seen."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.data.codes import Codes
from crmkit.loyalty import (
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
    MoneyBase,
    Not,
    NthPurchase,
    Or,
    Store,
    Tender,
    TierAtLeast,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Classes, Facts
from crmkit.loyalty.conditions.failures import Failure, FailureCause, failure
from crmkit.loyalty.conditions.masks import line_mask
from loyalty_conditions import conditions, facts

DAIRY, WINE = (Field("category").isin({word}) for word in ("dairy", "wine"))
TUESDAY = Weekday({2})


def labels(codes: list[int], *names: str) -> Codes:
    return Codes(np.array(codes, dtype=np.int32), np.array(names, dtype=object))


def column(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


# Two baskets; the second, of two lines, is asked about: Thursday 1 January 1970, 10:30.
KNOWN = Facts(
    starts=column(0, 1, 3),
    sale=np.array([True, True, True]),
    codes={
        "category": labels([0, 0, -1], "dairy", "wine"),
        "channel": labels([0, 1, 1], "shop", "web"),
        "store": labels([0, 0, 0], "north"),
    },
    money=dict.fromkeys(MoneyBase, column(100, 250, 199)),
    quantity=column(10, 20, 15),
    quantity_scale=10,
    cost=column(50, 60, 70),
    time=column(0, 37_800),
    purchases=column(1, 2),
    since_last=column(-1, 43_200),
    tier=np.array([2, 0], dtype=np.int32),
    tier_names=("basic", "silver", "gold"),
    birthday=column(0, UNKNOWN_DAY),
    joined=column(0, 31),
    segments={"segment": Classes(np.array([0, -1], dtype=np.int32), ("vip",))},
    tenders={"card": np.array([True, True]), "cash": np.array([True, False])},
)


def why(condition: Condition, **given: Any) -> Failure:
    found = failure(condition, attrs.evolve(KNOWN, **given), 1)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("leaf", "seen"),
    [
        (WINE, ("dairy", None)),
        (Field("quantity") > 2, (Decimal("1.5"), Decimal(2))),
        (Field("amount") > 5, (Decimal("1.99"), Decimal("2.50"))),
        (Field("cost") > 5, (Decimal("0.60"), Decimal("0.70"))),
        (
            Field("unit_price") > 5,
            ((Decimal("1.99"), Decimal("1.5")), (Decimal("2.50"), Decimal(2))),
        ),
        (BasketTotal(5), Decimal("4.49")),
        (BasketTotal(3, of=DAIRY), Decimal("2.50")),
        (BasketQuantity(4), Decimal("3.5")),
        (HasProducts(WINE), None),
        (TUESDAY, 4),
        (TimeOfDay("17:00", "20:00"), dt.time(10, 30)),
        (Between("2026-03-01", "2026-04-01"), dt.datetime(1970, 1, 1, 10, 30)),
        (Channel("shop"), ("web",)),
        (Store("south"), ("north",)),
        (Tender("cash"), ("card",)),
        (NthPurchase(1), 2),
        (FirstPurchaseSince(30), Decimal("0.5")),
        (Anniversary(), dt.date(1970, 2, 1)),
    ],
)
def test_a_leaf_tells_what_it_saw(leaf: Condition, seen: Any) -> None:
    assert why(leaf) == Failure(path=(), part=leaf, observed=seen)


def test_a_first_purchase_has_none_before_it() -> None:
    assert why(FirstPurchaseSince(1), since_last=column(-1, -1)).observed is None


def test_what_holds_has_not_failed() -> None:
    assert failure(DAIRY & Channel("web"), KNOWN, 1) is None


def test_of_and_the_first_failing_part_is_to_blame() -> None:
    assert why(DAIRY & TUESDAY & WINE) == Failure(path=(1,), part=TUESDAY, observed=4)


def test_parts_that_hold_on_different_lines_fail_where_they_part() -> None:
    known = attrs.evolve(KNOWN, codes={"category": labels([0, 0, 1], "dairy", "wine")})

    found = failure(DAIRY & WINE, known, 1)

    assert found == Failure(path=(1,), part=WINE, observed=("dairy", "wine"))


def test_of_or_all_branches_are_to_blame() -> None:
    found = why(DAIRY & (WINE | TUESDAY))

    assert (found.path, found.part) == ((1,), WINE | TUESDAY)
    assert [(b.path, b.part) for b in found.branches] == [((1, 0), WINE), ((1, 1), TUESDAY)]


def test_of_not_the_part_that_held_is_to_blame() -> None:
    assert why(~(WINE | Channel("web"))) == Failure(
        path=(0, 1), part=Channel("web"), held=True, observed=("web",)
    )


def test_of_not_both_all_that_held_are_to_blame() -> None:
    found = why(~(Channel("web") & NthPurchase(2)))

    assert found.held
    assert [branch.path for branch in found.branches] == [(0, 0), (0, 1)]


def test_two_nots_come_back_to_the_part_that_failed() -> None:
    assert why(~~TUESDAY) == Failure(path=(0, 0), part=TUESDAY, observed=4)


@pytest.mark.parametrize("leaf", [Birthday(), InSegment("vip")])
def test_a_missing_fact_is_told_apart(leaf: Condition) -> None:
    assert why(leaf) == Failure(cause=FailureCause.UNKNOWN, path=(), part=leaf)
    assert why(TUESDAY | leaf).cause == FailureCause.UNKNOWN
    assert why(TUESDAY & leaf).cause == FailureCause.CONDITION


def test_facts_of_customers_may_be_missing_altogether() -> None:
    assert why(Birthday(), birthday=None).cause == FailureCause.UNKNOWN
    assert why(Anniversary(), joined=None).cause == FailureCause.UNKNOWN


def test_the_tier_is_named_when_nothing_else_stands_in_the_way() -> None:
    gold = TierAtLeast("gold")

    assert why(DAIRY & gold) == Failure(
        cause=FailureCause.TIER, path=(1,), part=gold, observed="basic"
    )
    assert why(DAIRY & (TUESDAY | gold)).path == (1, 1)
    assert why(TUESDAY & gold).part == TUESDAY
    assert why(gold & TUESDAY) == Failure(path=(0,), part=gold, observed="basic")


def test_a_tier_may_be_too_high() -> None:
    found = why(~TierAtLeast("basic"))

    assert (found.cause, found.path, found.observed) == (FailureCause.TIER, (0,), "basic")
    assert why(TierAtLeast("gold"), tier=np.array([0, -1], dtype=np.int32)).observed is None


def test_only_the_lines_asked_about_count() -> None:
    among = np.array([True, False, True])

    assert failure(DAIRY, KNOWN, 1, among) == Failure(path=(), part=DAIRY, observed=(None,))


def at(condition: Condition, path: tuple[int, ...]) -> Condition:
    for place in path:
        match condition:
            case And(parts) | Or(parts):
                condition = parts[place]
            case Not(part):
                assert place == 0
                condition = part
    return condition


def ends(found: Failure) -> list[Failure]:
    inside = [end for branch in found.branches for end in ends(branch)]
    return inside or [found]


@given(conditions(), facts(), st.data())
def test_it_fails_just_where_the_mask_is_empty(
    condition: Condition, known: Facts, data: st.DataObject
) -> None:
    basket = data.draw(st.integers(0, known.baskets - 1))
    lines = slice(*known.starts[basket : basket + 2].tolist())

    found = failure(condition, known, basket)

    assert (found is None) == bool((line_mask(condition, known) & known.sale)[lines].any())
    if found is not None:
        assert all(at(condition, end.path) == end.part for end in ends(found))
