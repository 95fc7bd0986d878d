"""The shortest, sorted form of a condition, and whether one condition implies another.

Masks of lines and baskets meet line by line, so the rules of logic hold whatever the grains; only
`HasProducts` and the thresholds look from a basket at its lines, and no `~` passes through them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import and_, or_

import attrs

from crmkit.loyalty.conditions.basket import BasketQuantity, BasketTotal, HasProducts
from crmkit.loyalty.conditions.forms import (
    ANY_OF,
    Form,
    Join,
    Leaf,
    Topic,
    Within,
    follows,
    opposite,
)
from crmkit.loyalty.conditions.logic import Always, And, Condition, Never, Not, Or
from crmkit.loyalty.conditions.topics import set_of, written_set


@lru_cache(maxsize=4096)
def canonical(condition: Condition) -> Condition:
    """Return a condition in its canonical form."""
    return _written(_form(condition))


def implies(one: Condition, two: Condition) -> bool:
    """Say whether *two* holds wherever *one* does; False if that cannot be told."""
    return follows(_form(one), _form(two))


# --- in ------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _form(condition: Condition) -> Form:
    match condition:
        case Always() | Never():
            return isinstance(condition, Always)
        case And() | Or():
            return _joined(isinstance(condition, And), map(_form, condition.parts))
        case Not():
            return opposite(_form(condition.part))
        case HasProducts() | BasketTotal() | BasketQuantity():
            return _of_basket(condition)
        case _:
            return _set_or_leaf(condition)


def _of_basket(condition: HasProducts | BasketTotal | BasketQuantity) -> Form:
    of = Always() if condition.of is None else canonical(condition.of)
    if isinstance(condition, HasProducts):
        return False if of == Never() else Leaf(HasProducts(of))
    return _set_or_leaf(attrs.evolve(condition, of=None if of == Always() else of))


def _set_or_leaf(condition: Condition) -> Form:
    found = set_of(condition)
    if found is not None:
        return _constant_or(Within(*found))
    names = getattr(condition, "names", None)
    return False if names == () else Leaf(condition)


def _constant_or(form: Within) -> Form:
    if form.held.is_empty or form.held.is_full:
        return form.held.is_full
    return form


# --- joining -------------------------------------------------------------------------------------


def _joined(every: bool, given: Iterable[Form]) -> Form:
    """Join forms by "and" (*every*) or by "or", as few and as short as can be seen."""
    parts = _merged(every, _flat(every, given))
    if (not every) in parts or _clash(every, parts):
        return not every
    kept = _without_implied(every, sorted(parts - {every}, key=_text))
    if len(kept) < 2:
        return kept[0] if kept else every
    return Join(every, tuple(kept))


def _flat(every: bool, given: Iterable[Form]) -> Iterable[Form]:
    for form in given:
        if isinstance(form, Join) and form.every == every:
            yield from form.parts
        else:
            yield form


def _merged(every: bool, parts: Iterable[Form]) -> set[Form]:
    """Intersect or unite the sets about one topic, and the leaves that can be united."""
    sets: dict[Topic, Within] = {}
    united: dict[type, Leaf] = {}
    rest: set[Form] = set()
    for part in parts:
        match part:
            case Within(topic):
                sets[topic] = _met(every, sets[topic], part) if topic in sets else part
            # Any of a, or any of b, is any of both; and so it is for none of a and none of b.
            case Leaf(condition, holds) if holds != every and isinstance(condition, ANY_OF):
                before = united.get(type(condition))
                united[type(condition)] = part if before is None else _united(before, part)
            case _:
                rest.add(part)
    return rest | {_constant_or(part) for part in sets.values()} | set(united.values())


def _met(every: bool, one: Within, two: Within) -> Within:
    return Within(one.topic, reduce(and_ if every else or_, (one.held, two.held)))


def _united(one: Leaf, two: Leaf) -> Leaf:
    first, second = one.condition, two.condition
    if isinstance(first, HasProducts) and isinstance(second, HasProducts):
        return Leaf(HasProducts(canonical(first.of | second.of)), one.holds)
    names = (*first.names, *second.names)  # type: ignore[attr-defined]
    return Leaf(attrs.evolve(first, names=names), one.holds)  # type: ignore[call-arg]


def _clash(every: bool, parts: set[Form]) -> bool:
    """Say whether a part cannot hold with the others, or, under "or", must if they do not."""
    for part in parts:
        rest = Join(every, tuple(parts - {part}))
        clash = (rest, opposite(part)) if every else (opposite(part), rest)
        if follows(*clash):
            return True
    return False


def _without_implied(every: bool, parts: list[Form]) -> list[Form]:
    kept = list(parts)
    for part in parts:
        others = [other for other in kept if other is not part]
        if any(follows(*((other, part) if every else (part, other))) for other in others):
            kept = others
    return kept


# --- out -----------------------------------------------------------------------------------------


def _text(form: Form) -> str:
    return repr(_written(form))


def _written(form: Form) -> Condition:
    match form:
        case bool():
            return Always() if form else Never()
        case Within():
            return _together(*written_set(form.topic, form.held))
        case Leaf():
            return form.condition if form.holds else Not(form.condition)
        case Join():
            return _together(form.every, map(_written, form.parts))


def _together(every: bool, parts: Iterable[Condition]) -> Condition:
    kind = And if every else Or
    flat = [p for part in parts for p in (part.parts if isinstance(part, kind) else (part,))]
    return flat[0] if len(flat) == 1 else kind(tuple(sorted(flat, key=repr)))
