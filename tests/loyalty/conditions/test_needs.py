"""What conditions read is known before anything is evaluated."""

from __future__ import annotations

import pytest

from crmkit.loyalty import (
    Always,
    Anniversary,
    BasketQuantity,
    BasketTotal,
    Birthday,
    Channel,
    Condition,
    Field,
    FirstPurchaseSince,
    HasProducts,
    InSegment,
    MoneyBase,
    NthPurchase,
    Store,
    Tender,
    TierAtLeast,
    Weekday,
)
from crmkit.loyalty.conditions.needs import Needs, needs


def words(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Always(), Needs()),
        (Weekday({1}), Needs()),
        (Field("category").isin({"a"}), Needs(attributes=words("category"))),
        (~Field("brand").known(), Needs(attributes=words("brand"))),
        (Field("cost") > 1, Needs(numbers=words("cost"))),
        (Field("unit_price") > 1, Needs(numbers=words("amount", "quantity"))),
        (Channel("web") | Store("north"), Needs(attributes=words("channel", "store"))),
        (HasProducts({"milk"}), Needs(attributes=words("product"))),
        (
            BasketTotal(5, of=Field("brand").known()),
            Needs(
                attributes=words("brand"),
                numbers=words("amount"),
                money=frozenset({MoneyBase.BASIS}),
            ),
        ),
        (BasketQuantity(5), Needs(numbers=words("quantity"))),
        (Tender({"card", "cash"}), Needs(tenders=words("card", "cash"))),
        (
            InSegment({"vip", "new"}, labels="rfm"),
            Needs(segments=frozenset({("rfm", "new"), ("rfm", "vip")})),
        ),
        (~TierAtLeast("gold"), Needs(tiers=words("gold"))),
        (Birthday() & Anniversary(), Needs(customer=words("birthday", "joined"))),
        (NthPurchase(1), Needs(history=True)),
        (FirstPurchaseSince(30), Needs(history=True)),
    ],
)
def test_needs(condition: Condition, expected: Needs) -> None:
    assert needs(condition) == expected
