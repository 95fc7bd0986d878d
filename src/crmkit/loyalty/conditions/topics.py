"""Conditions on one thing as sets of it, and such sets as conditions again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from crmkit.loyalty.conditions.account import FirstPurchaseSince, InSegment, NthPurchase
from crmkit.loyalty.conditions.basket import BasketQuantity, BasketTotal
from crmkit.loyalty.conditions.calendar import Between, TimeOfDay, Weekday
from crmkit.loyalty.conditions.fields import Comparison, FieldCompares, FieldIn, FieldKnown
from crmkit.loyalty.conditions.forms import Topic
from crmkit.loyalty.conditions.grain import ThresholdSide
from crmkit.loyalty.conditions.logic import And, Condition, Not
from crmkit.loyalty.conditions.sets import Choices, Cut, Stretches

DAY = 86_400
_WEEK: tuple[Cut, Cut] = ((1, 0), (8, 0))
_CLOCK: tuple[Cut, Cut] = ((0, 0), (DAY, 0))


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING = _Missing()
"""The value of a field that has none."""
Found: TypeAlias = tuple[Topic, Choices | Stretches] | None


def set_of(condition: Condition) -> Found:
    """Return what a condition is about, and the set of it; None if it is no such condition."""
    match condition:
        case FieldIn(field, values):
            return ("field", field), Choices(frozenset(values))
        case FieldKnown(field):
            return ("field", field), Choices(frozenset({MISSING}), others=True)
        case FieldCompares(field, how, bound):
            return ("number", field), _side(how, bound)
        case BasketTotal(at_least):
            above = condition.side == ThresholdSide.ABOVE
            topic = ("total", condition.money, condition.of)
            return topic, Stretches.above((_plain(at_least), int(above)))
        case BasketQuantity(at_least):
            return ("units", condition.of), Stretches.above((_plain(at_least), 0))
        case _:
            return _set_of_time(condition)


def _set_of_time(condition: Condition) -> Found:
    match condition:
        case Weekday(days):
            return ("weekday",), _within(_WEEK, *((day, day + 1) for day in days))
        case TimeOfDay():
            first, stop = condition.seconds
            night = [(first, stop)] if first < stop else [(0, stop), (first, DAY)]
            return ("clock",), _within(_CLOCK, *night)
        case Between():
            return ("time",), _within(None, condition.seconds)
        case NthPurchase(n):
            return ("purchase",), Choices(frozenset({n}))
        case FirstPurchaseSince(days):
            return ("days since",), Stretches.above((days, 1))
        case InSegment(names):
            return ("segment", condition.labels), Choices(frozenset(names))
        case _:
            return None


_HOW = {
    (True, 0): Comparison.AT_LEAST,
    (True, 1): Comparison.ABOVE,
    (False, 0): Comparison.BELOW,
    (False, 1): Comparison.AT_MOST,
}
"""How to say what lies right (True) or left of a cut before or after a number."""
_CUT = {how: place for place, how in _HOW.items()}


def _side(how: Comparison, bound: Decimal) -> Stretches:
    rightwards, after = _CUT[how]
    right = Stretches.above((_plain(bound), after))
    return right if rightwards else ~right


def _plain(number: Decimal) -> Decimal:
    """Write equal numbers alike: 5.00 and 5E0 as 5."""
    return Decimal(format(number.normalize(), "f")) if number else Decimal(0)


def _within(ends: tuple[Cut, Cut] | None, *pieces: tuple[int, int]) -> Stretches:
    found = Stretches((), ends=ends)
    for first, stop in pieces:
        if first < stop:
            found |= Stretches(((first, 0), (stop, 0)), ends=ends)
    return found


# --- back ----------------------------------------------------------------------------------------


def written_set(topic: Topic, held: Choices | Stretches) -> tuple[bool, list[Condition]]:
    """Return the conditions that a set comes to, and whether all or one of them must hold."""
    if isinstance(held, Choices):
        return held.others, list(_choices(topic, held))
    match topic[0]:
        case "weekday":
            days = [day for day in range(1, 8) if held.holds_after((day, 0))]
            return False, [Weekday(tuple(days))]
        case "clock":
            return False, list(_clock(held))
        case "time":
            gaps = ~held if held.from_left else held
            found = [Between(_moment(a), _moment(b)) for a, b in gaps.pieces()]
            return held.from_left, [Not(one) for one in found] if held.from_left else list(found)
        case _:
            return False, [_piece(topic, first, stop) for first, stop in held.pieces()]


def _choices(topic: Topic, held: Choices) -> Iterator[Condition]:
    values = tuple(held.values - {MISSING})
    match topic:
        case ("field", str(field)):
            if MISSING in held.values:
                yield _said(FieldKnown(field), held.others)
            if values:
                yield _said(FieldIn(field, values), not held.others)
        case ("segment", str(labels)):
            yield _said(InSegment(values, labels=labels), not held.others)
        case _:
            yield from (_said(NthPurchase(n), not held.others) for n in values)


def _said(condition: Condition, holds: bool) -> Condition:
    return condition if holds else Not(condition)


def _clock(held: Stretches) -> Iterator[Condition]:
    pieces = [(int(a[0]), int(b[0])) for a, b in held.pieces() if a is not None and b is not None]
    if len(pieces) > 1 and pieces[0][0] == 0 and pieces[-1][1] == DAY:
        pieces = [*pieces[1:-1], (pieces[-1][0], pieces[0][1])]
    for first, stop in pieces:
        yield TimeOfDay(_time(first), _time(stop % DAY))


def _time(second: int) -> dt.time:
    return dt.time(second // 3600, second // 60 % 60, second % 60)


def _moment(cut: Cut | None) -> dt.datetime:
    assert cut is not None
    return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(cut[0]))


def _piece(topic: Topic, first: Cut | None, stop: Cut | None) -> Condition:
    sides: list[Condition] = []
    if first is not None:
        sides.append(_beyond(topic, first))
    if stop is not None:
        sides.append(_before(topic, stop))
    return sides[0] if len(sides) == 1 else And(tuple(sorted(sides, key=repr)))


def _beyond(topic: Topic, cut: Cut) -> Condition:
    place, after = Decimal(cut[0]), cut[1]
    args: Any = topic[1:]
    match topic[0]:
        case "number":
            return FieldCompares(args[0], _HOW[True, after], place)
        case "total":
            side = ThresholdSide.ABOVE if after else ThresholdSide.AT_LEAST
            return BasketTotal(place, money=args[0], of=args[1], side=side)
        case "units":
            return BasketQuantity(place, of=args[0])
        case _:
            return FirstPurchaseSince(int(place))


def _before(topic: Topic, cut: Cut) -> Condition:
    if topic[0] != "number":
        return Not(_beyond(topic, cut))
    field: Any = topic[1]
    return FieldCompares(field, _HOW[False, cut[1]], Decimal(cut[0]))
