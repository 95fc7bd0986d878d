"""The forms that canonical conditions are worked out in: sets about one thing, leaves, joins."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

import attrs

from crmkit.loyalty.conditions.account import Anniversary, Birthday
from crmkit.loyalty.conditions.basket import Channel, HasProducts, Store, Tender
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.conditions.sets import Choices, Stretches

Topic: TypeAlias = tuple[Hashable, ...]
"""What a set is about: ("field", "category"), ("weekday",) ..."""
ANY_OF = (Channel, HasProducts, Store, Tender)
"""Something in the basket is one of several: such conditions unite, but do not intersect."""


@attrs.frozen
class Within:
    """What a condition is about lies in a set."""

    topic: Topic
    held: Choices | Stretches


@attrs.frozen
class Leaf:
    """A condition that is no set, or its opposite."""

    condition: Condition
    holds: bool = True


@attrs.frozen
class Join:
    """All of some forms hold, or one of them; none of them is a join of the same kind."""

    every: bool
    parts: tuple[Form, ...]


Form: TypeAlias = bool | Within | Leaf | Join


def opposite(form: Form) -> Form:
    """Return the form that holds where *form* does not."""
    match form:
        case bool():
            return not form
        case Within():
            return Within(form.topic, ~form.held)
        case Leaf():
            return Leaf(form.condition, not form.holds)
        case Join():
            return Join(not form.every, tuple(map(opposite, form.parts)))


def follows(one: Form, two: Form) -> bool:
    """Say whether *two* holds wherever *one* does; False if that is not seen."""
    if one == two or one is False or two is True:
        return True
    if isinstance(one, Join) and not one.every:
        return all(follows(part, two) for part in one.parts)
    if isinstance(two, Join) and two.every:
        return all(follows(one, part) for part in two.parts)
    if isinstance(one, Join) and any(follows(part, two) for part in one.parts):
        return True
    if isinstance(two, Join) and any(follows(one, part) for part in two.parts):
        return True
    return _follows_alone(one, two)


def _follows_alone(one: Form, two: Form) -> bool:
    match one, two:
        case Within(), Within() if one.topic == two.topic:
            return one.held <= two.held  # type: ignore[operator]
        case Leaf(), Leaf() if one.holds == two.holds:
            narrow, wide = (one, two) if one.holds else (two, one)
            return _narrower(narrow.condition, wide.condition)
        case _:
            return False


def _narrower(one: Condition, two: Condition) -> bool:
    match one, two:
        case Birthday(), Birthday():
            return one.before <= two.before and one.after <= two.after
        case Anniversary(), Anniversary():
            return one.before <= two.before and one.after <= two.after
        case HasProducts(), HasProducts():
            return one.of.implies(two.of)
        case (Channel(), Channel()) | (Store(), Store()) | (Tender(), Tender()):
            return set(one.names) <= set(two.names)  # type: ignore[attr-defined]
        case _:
            return one == two
