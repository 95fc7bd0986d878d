"""Resources and activities: what takes time, and whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, TypeGuard, get_args

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import rationals
from crmkit.profitability.profit.rules import frozen
from crmkit.typing import ActivityDriver, ActivityLevel, IntoMoney, IntoRate

IntoDriver: TypeAlias = IntoRate | tuple[IntoRate, LineValues]
"""Minutes for each unit or line; or for each unit of a figure per line."""


@attrs.frozen
class Resource:
    """People, a machine or a room: what its time costs, and how much of it there is.

    Attributes:
        name: what it is called.
        cost: of the capacity supplied, in major units.
        capacity: practical minutes in the same period, commonly 80 to 85 % of all minutes.

    Examples:
        >>> from crmkit.profitability import Resource
        >>> Resource("pickers", "560000", 700_000).capacity
        700000
    """

    name: str
    cost: IntoMoney
    capacity: IntoRate


@attrs.frozen
class Activity:
    """What takes time: minutes for each event, and more for what the event holds.

    Attributes:
        name: what it is called.
        resource: name of the resource whose minutes it takes.
        level: what an event is of: a "line", a "basket", a "customer" or a "product".
        base: minutes of each event, exact: "0.6".
        drivers: further minutes: by "quantity" for each unit, by "lines" for each line; or, under
            a name of your own, minutes and the figure per line they go by:
            {"cases": ("0.5", LineValues.of(tx, cases, name="cases"))}.
        events: events by id of the level, e.g. calls by customer; None is one for each that was
            sold to, or was sold.

    Examples:
        >>> from crmkit.profitability import Activity
        >>> Activity("pack", "pickers", "basket", base=2, drivers={"lines": "0.3"}).level
        'basket'
    """

    name: str
    resource: str
    level: ActivityLevel = "line"
    base: IntoRate = attrs.field(default=0, kw_only=True)
    drivers: Mapping[str, IntoDriver] = attrs.field(
        factory=dict, converter=FrozenMapping[Any], kw_only=True
    )
    events: Mapping[Any, int] | None = attrs.field(default=None, converter=frozen, kw_only=True)

    def driven(self) -> Iterator[tuple[str, Fraction, LineValues | None]]:
        """Go through the drivers: name, minutes, and a figure per line if it is none of the lines.

        Examples:
            >>> from crmkit.profitability import Activity
            >>> list(Activity("pick", "staff", drivers={"quantity": "0.25"}).driven())
            [('quantity', Fraction(1, 4), None)]
        """
        for name, given in self.drivers.items():
            minutes, figures = given if isinstance(given, tuple) else (given, None)
            yield name, exact(minutes), figures


def exact(value: IntoRate) -> Fraction:
    """Return a number of minutes as a fraction."""
    top, bottom = rationals(value)
    return Fraction(int(top[0]), int(bottom[0]))


def misfits(resources: Sequence[Resource], activities: Sequence[Activity]) -> Iterator[str]:
    """Say what does not fit together."""
    names = [r.name for r in resources]
    yield from _twice("resource", names)
    yield from _twice("activity", [a.name for a in activities])
    used = {a.resource for a in activities}
    for resource in resources:
        yield from _odd_resource(resource)
        if resource.name not in used:
            yield f"resource {resource.name!r}: no activity uses it, so its cost would be lost."
    for activity in activities:
        yield from _odd_activity(activity, names)


def _twice(noun: str, names: Sequence[str]) -> list[str]:
    return [
        f"{noun} {name!r} is there twice." for name in sorted(set(names)) if names.count(name) > 1
    ]


def _odd_resource(resource: Resource) -> Iterator[str]:
    if _is_negative(resource.capacity) or exact(resource.capacity) == 0:
        yield f"resource {resource.name!r}: capacity must be positive; got {resource.capacity!r}."
    if _is_negative(resource.cost):
        yield f"resource {resource.name!r}: the cost must be a number >= 0; got {resource.cost!r}."


def _odd_activity(activity: Activity, resources: Sequence[str]) -> list[str]:
    where, problems = f"activity {activity.name!r}", []
    if activity.resource not in resources:
        problems.append(
            f"{where}: there is no resource {activity.resource!r}; there are"
            f" {', '.join(resources)}." + check.hint(activity.resource, resources)
        )
    try:
        check.choice(activity.level, ActivityLevel, "level")
    except InvalidArgumentError as error:
        problems.append(f"{where}: {error}")
    problems += [f"{where}: {odd}" for odd in _odd_drivers(activity.drivers)]
    minutes = [activity.base, *(m[0] if _is_pair(m) else m for m in activity.drivers.values())]
    if any(_is_negative(m) for m in minutes):
        problems.append(f"{where}: minutes must be numbers >= 0; got {minutes}.")
    if activity.events is not None and activity.level == "line":
        problems.append(f"{where}: events go by an id, and a line has none; name another level.")
    odd = [n for n in (activity.events or {}).values() if not _is_count(n)]
    if odd:
        problems.append(f"{where}: events are counted, 0 or more; got {odd[0]!r}.")
    return problems


def _odd_drivers(drivers: Mapping[str, IntoDriver]) -> Iterator[str]:
    words = get_args(ActivityDriver)
    for name, given in drivers.items():
        if name in words and _is_pair(given):
            yield f"{name!r} is a figure of the lines already; name your own otherwise."
        elif name not in words and not _is_pair(given):
            yield (
                f"a driver must be one of {', '.join(map(repr, words))}; got {name!r}."
                + check.hint(name, words)
                + " Any other goes by a figure per line:"
                f" {{{name!r}: (minutes, LineValues.of(tx, figures, name={name!r}))}}."
            )


def _is_pair(given: object) -> TypeGuard[tuple[IntoRate, LineValues]]:
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], LineValues)


def _is_count(value: object) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and int(value) >= 0  # type: ignore[call-overload]


def _is_negative(minutes: Any) -> bool:
    try:
        return exact(minutes) < 0
    except InvalidDataError:
        return True
