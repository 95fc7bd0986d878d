"""Where a condition holds, as one boolean per line or per basket."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

import numpy as np

from crmkit.errors import InvalidArgumentError
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
from crmkit.loyalty.conditions.calendar import Between, TimeOfDay, Weekday
from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.fields import FieldCompares, FieldIn, FieldKnown
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.logic import Always, And, Condition, Never, Not, Or
from crmkit.loyalty.conditions.thresholds import compares, reaches
from crmkit.loyalty.conditions.yearly import near_yearly_day
from crmkit.typing import BoolArray, IntArray

Masks = dict[Condition, BoolArray]
DAY = 86_400


def mask(condition: Condition, facts: Facts, cache: Masks | None = None) -> BoolArray:
    """Return where a condition holds: by line if it is about lines, else by basket.

    With a *cache* each part is computed once, however many rules ask for it in whatever spelling.
    The masks are not to be written to.
    """
    short = condition.canonical()
    found = _cached(short, facts, {} if cache is None else cache)
    if condition.grain == Grain.LINE and short.grain != Grain.LINE:
        return _over_lines(found, facts)
    return found


def line_mask(condition: Condition, facts: Facts, cache: Masks | None = None) -> BoolArray:
    """Return where a condition holds, by line."""
    found = mask(condition, facts, cache)
    return found if condition.grain == Grain.LINE else _over_lines(found, facts)


def chosen_lines(of: Condition | None, facts: Facts, cache: Masks | None = None) -> BoolArray:
    """Return the sales that a condition about baskets looks at."""
    return facts.sale if of is None else facts.sale & line_mask(of, facts, cache)


def _over_lines(baskets: BoolArray, facts: Facts) -> BoolArray:
    return np.repeat(baskets, np.diff(facts.starts))


def _cached(condition: Condition, facts: Facts, cache: Masks) -> BoolArray:
    if condition not in cache:
        cache[condition] = _mask(condition, facts, cache)
    return cache[condition]


def _mask(condition: Condition, facts: Facts, cache: Masks) -> BoolArray:
    match condition:
        case And() | Or():
            return _together(condition, facts, cache)
        case Not():
            return ~_cached(condition.part, facts, cache)
        case Always() | Never():
            return np.full(facts.baskets, isinstance(condition, Always))
        case HasProducts():
            return facts.any(chosen_lines(condition.of, facts, cache))
        case BasketTotal() | BasketQuantity():
            return reaches(condition, facts, chosen_lines(condition.of, facts, cache))
        case _:
            return _leaf(condition, facts)


def _together(condition: And | Or, facts: Facts, cache: Masks) -> BoolArray:
    """Combine baskets first, which are fewer, and then lines, in place."""
    how = np.logical_and if isinstance(condition, And) else np.logical_or
    masks: dict[bool, list[BoolArray]] = {True: [], False: []}
    for part in condition.parts:
        masks[part.grain == Grain.LINE].append(_cached(part, facts, cache))
    lines, baskets = masks[True], masks[False]
    found = _in_place(how, baskets) if baskets else None
    if not lines:
        assert found is not None
        return found
    return _in_place(how, lines if found is None else [_over_lines(found, facts), *lines])


def _in_place(how: np.ufunc, masks: list[BoolArray]) -> BoolArray:
    first, *rest = masks
    found: BoolArray = how(first, rest[0]) if rest else first
    for other in rest[1:]:
        how(found, other, out=found)
    return found


def _leaf(condition: Condition, facts: Facts) -> BoolArray:
    match condition:
        case FieldIn():
            return is_one_of(facts, condition.field, condition.values)
        case FieldKnown():
            return facts.codes[condition.field].codes >= 0
        case FieldCompares():
            return compares(condition, facts)
        case Channel():
            return facts.any(is_one_of(facts, "channel", condition.names))
        case Store():
            return facts.any(is_one_of(facts, "store", condition.names))
        case Tender():
            nobody = np.zeros(facts.baskets, dtype=np.bool_)
            paid = (facts.tenders.get(name, nobody) for name in condition.names)
            return np.asarray(reduce(np.logical_or, paid, nobody))
        case Weekday():
            return _table(condition.days, 8)[(facts.day + 3) % 7 + 1]
        case TimeOfDay():
            return _within_day(*condition.seconds, facts.time % DAY)
        case Between():
            first, stop = condition.seconds
            return (facts.time >= first) & (facts.time < stop)
        case _:
            return _of_account(condition, facts)


def _of_account(condition: Condition, facts: Facts) -> BoolArray:
    match condition:
        case NthPurchase():
            return np.asarray(facts.purchases == condition.n)
        case FirstPurchaseSince():
            return facts.since_last > condition.days * DAY
        case InSegment():
            codes, names = facts.segments[condition.labels]
            places = (k for k, name in enumerate(names) if name in condition.names)
            return np.asarray(_table(places, len(names) + 1)[codes])
        case TierAtLeast():
            return facts.tier >= facts.tier_names.index(condition.name)
        case Birthday():
            return near_yearly_day(facts.birthday, facts.day, condition.before, condition.after, 0)
        case Anniversary():
            return near_yearly_day(facts.joined, facts.day, condition.before, condition.after, 1)
        case _:
            raise InvalidArgumentError(f"{condition!r} is no condition that can be evaluated.")


# --- leaves --------------------------------------------------------------------------------------


def is_one_of(facts: Facts, field: str, values: tuple[Any, ...]) -> BoolArray:
    """Say which lines have one of some labels, by a table of codes; unknown has none."""
    codes = facts.codes[field]
    if (field, values) not in facts.tables:
        wanted = set(values)
        places = (k for k, label in enumerate(codes.labels.tolist()) if label in wanted)
        facts.tables[field, values] = _table(places, len(codes.labels) + 1)
    found: BoolArray = facts.tables[field, values][codes.codes]
    return found


def _table(places: Iterable[int], size: int) -> BoolArray:
    """Mark some places; the last one, which code -1 reads, is never among those of labels."""
    table = np.zeros(size, dtype=np.bool_)
    table[list(places)] = True
    return table


def _within_day(first: int, stop: int, second: IntArray) -> BoolArray:
    if first < stop:
        return (second >= first) & (second < stop)
    return (second >= first) | (second < stop)
