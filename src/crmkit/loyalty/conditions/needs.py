"""What a condition reads, so that all that is missing can be told before anything is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import attrs

from crmkit.loyalty.conditions.account import (
    Anniversary,
    Birthday,
    FirstPurchaseSince,
    InSegment,
    NthPurchase,
    TierAtLeast,
)
from crmkit.loyalty.conditions.basket import (
    BasketQuantity,
    BasketTotal,
    Channel,
    HasProducts,
    Store,
    Tender,
)
from crmkit.loyalty.conditions.fields import FieldCompares, FieldIn, FieldKnown
from crmkit.loyalty.conditions.grain import MoneyBase
from crmkit.loyalty.conditions.logic import And, Condition, Not, Or


@attrs.frozen(kw_only=True)
class Needs:
    """What one or several conditions read.

    Attributes:
        attributes: attributes of lines.
        numbers: numbers of lines.
        money: which money of baskets.
        segments: labels of customers, and the classes asked for, as pairs.
        tiers: names of tiers.
        tenders: names of tenders.
        customer: facts of customers: birthday, joined.
        history: whether they count earlier purchases.
    """

    attributes: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    money: frozenset[MoneyBase] = frozenset()
    segments: frozenset[tuple[str, str]] = frozenset()
    tiers: frozenset[str] = frozenset()
    tenders: frozenset[str] = frozenset()
    customer: frozenset[str] = frozenset()
    history: bool = False

    def __or__(self, other: Needs) -> Needs:
        """What both read."""
        names = (field.name for field in attrs.fields(Needs))
        return Needs(**{name: getattr(self, name) | getattr(other, name) for name in names})


def leaves(condition: Condition) -> Iterator[Condition]:
    """Go through the conditions that are not made of others, those within baskets included."""
    match condition:
        case And() | Or():
            for part in condition.parts:
                yield from leaves(part)
        case Not():
            yield from leaves(condition.part)
        case _:
            yield condition
            of = getattr(condition, "of", None)
            if of is not None:
                yield from leaves(of)


@lru_cache
def needs(condition: Condition) -> Needs:
    """Return what a condition reads."""
    found = Needs()
    for leaf in leaves(condition):
        found |= _of_leaf(leaf)
    return found


def _of_leaf(leaf: Condition) -> Needs:
    match leaf:
        case FieldIn() | FieldKnown():
            return Needs(attributes=frozenset({leaf.field}))
        case FieldCompares():
            both = {"amount", "quantity"}
            return Needs(numbers=frozenset(both if leaf.field == "unit_price" else {leaf.field}))
        case Channel():
            return Needs(attributes=frozenset({"channel"}))
        case Store():
            return Needs(attributes=frozenset({"store"}))
        case Tender():
            return Needs(tenders=frozenset(leaf.names))
        case BasketQuantity():
            return Needs(numbers=frozenset({"quantity"}))
        case BasketTotal():
            return Needs(numbers=frozenset({"amount"}), money=frozenset({leaf.money}))
        case _:
            return _of_account(leaf)


def _of_account(leaf: Condition) -> Needs:
    match leaf:
        case InSegment():
            return Needs(segments=frozenset((leaf.labels, name) for name in leaf.names))
        case TierAtLeast():
            return Needs(tiers=frozenset({leaf.name}))
        case Birthday():
            return Needs(customer=frozenset({"birthday"}))
        case Anniversary():
            return Needs(customer=frozenset({"joined"}))
        case NthPurchase() | FirstPurchaseSince():
            return Needs(history=True)
        case HasProducts() | _:
            return Needs()
