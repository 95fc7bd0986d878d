"""What a condition saw of a basket: numbers, labels and moments, never a text about them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np

from crmkit.data.codes import Codes
from crmkit.loyalty.conditions.account import (
    Anniversary,
    Birthday,
    FirstPurchaseSince,
    InSegment,
    NthPurchase,
    TierAtLeast,
)
from crmkit.loyalty.conditions.basket import BasketQuantity, BasketTotal, Channel, Store, Tender
from crmkit.loyalty.conditions.calendar import Between, TimeOfDay, Weekday
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Facts
from crmkit.loyalty.conditions.fields import FieldCompares, FieldIn, FieldKnown
from crmkit.loyalty.conditions.grain import MoneyBase
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.conditions.masks import chosen_lines
from crmkit.loyalty.conditions.thresholds import basket_total
from crmkit.typing import BoolArray, IntArray

Observed: TypeAlias = int | str | Decimal | dt.date | dt.time | tuple[Any, ...] | None
"""One value of a basket or account; of lines a tuple of the distinct ones, unknown last as None."""


def observed(leaf: Condition, facts: Facts, lines: BoolArray) -> Observed:
    """Return what a condition looks at, of the only basket of *facts* and some of its *lines*."""
    match leaf:
        case FieldIn() | FieldKnown():
            return _labels(facts.codes[leaf.field], lines)
        case FieldCompares():
            return _numbers(leaf.field, facts, lines)
        case Channel():
            return _labels(facts.codes["channel"], np.ones_like(lines))
        case Store():
            return _labels(facts.codes["store"], np.ones_like(lines))
        case Tender():
            return tuple(sorted(name for name, paid in facts.tenders.items() if paid[0]))
        case BasketTotal() | BasketQuantity():
            total = int(basket_total(leaf, facts, chosen_lines(leaf.of, facts))[0])
            return (
                _units(total, facts) if isinstance(leaf, BasketQuantity) else _money(total, facts)
            )
        case _:
            return _of_time(leaf, facts)


def _of_time(leaf: Condition, facts: Facts) -> Observed:
    match leaf:
        case Weekday():
            return int((facts.day[0] + 3) % 7 + 1)
        case TimeOfDay():
            return _moment(facts).time()
        case Between():
            return _moment(facts)
        case _:
            return _of_account(leaf, facts)


def _of_account(leaf: Condition, facts: Facts) -> Observed:
    match leaf:
        case NthPurchase():
            return int(facts.purchases[0])
        case FirstPurchaseSince():
            since = int(facts.since_last[0])
            return None if since < 0 else Decimal(since) / 86_400
        case Birthday():
            return _day(facts.birthday)
        case Anniversary():
            return _day(facts.joined)
        case InSegment():
            codes, names = facts.segments[leaf.labels]
            return names[int(codes[0])] if codes[0] >= 0 else None
        case TierAtLeast():
            rank = int(facts.tier[0])
            return facts.tier_names[rank] if rank >= 0 else None
        case _:
            return None


def _labels(codes: Codes, lines: BoolArray) -> tuple[Any, ...]:
    found = np.unique(codes.codes[lines])
    unknown = (None,) if (found < 0).any() else ()
    return (*codes.labels[found[found >= 0]].tolist(), *unknown)


def _numbers(field: str, facts: Facts, lines: BoolArray) -> tuple[Any, ...]:
    """Return the distinct numbers of some lines; of unit prices, which may not end, the pairs."""
    amounts = facts.money.get(MoneyBase.ORIGINAL, np.zeros_like(facts.quantity))[lines].tolist()
    quantities = facts.quantity[lines].tolist()
    match field:
        case "quantity":
            return tuple(_units(n, facts) for n in sorted(set(quantities)))
        case "unit_price":
            pairs = sorted(set(zip(amounts, quantities, strict=True)))
            return tuple((_money(a, facts), _units(q, facts)) for a, q in pairs)
        case "cost" if facts.cost is not None:
            amounts = facts.cost[lines].tolist()
    return tuple(_money(n, facts) for n in sorted(set(amounts)))


def _money(minor: int, facts: Facts) -> Decimal:
    return Decimal(minor).scaleb(-facts.money_digits)


def _units(units: int, facts: Facts) -> Decimal:
    return Decimal(units) / facts.quantity_scale


def _moment(facts: Facts) -> dt.datetime:
    return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(facts.time[0]))


def _day(days: IntArray | None) -> dt.date | None:
    if days is None or int(days[0]) == UNKNOWN_DAY:
        return None
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(days[0]))
