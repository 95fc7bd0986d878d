"""Caps that never bind, or whose windows overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from crmkit.loyalty.checking.finding import Finding, FindingKind
from crmkit.loyalty.declaration.caps import Cap, Rolling, Window
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.limits import nest

_CALENDAR = {
    Window.DAY: {Window.WEEK, Window.MONTH, Window.YEAR},
    Window.WEEK: set(),
    Window.MONTH: {Window.YEAR},
    Window.YEAR: set(),
}
"""Which windows each window always lies in, besides a lifetime."""


def limit_findings(programme: Programme) -> Iterator[Finding]:
    """Name caps that never bind, and caps whose windows do not nest."""
    for rule in programme.earning:
        if any(not cap.limit for cap in rule.caps):
            continue  # it gives nothing, which is said elsewhere
        for dead, outer in _dead(rule.caps):
            text = (
                f"its cap of {_said(dead)} never binds beside the one of {_said(outer)}; lower it,"
                " or leave it out."
            )
            yield Finding(FindingKind.DEAD_CAP, (rule.id,), text)
        if not nest(rule.caps):
            windows = ", ".join(_window(cap) for cap in rule.caps)
            text = (
                f"its caps per {windows} do not nest: accounts that come near one go basket by"
                " basket, which takes longer; weeks nest in neither months nor years, and rolling"
                " days in nothing."
            )
            yield Finding(FindingKind.CAPS_DO_NOT_NEST, (rule.id,), text)


def _dead(caps: tuple[Cap, ...]) -> Iterator[tuple[Cap, Cap]]:
    """Go through caps that another one, on a window around theirs, makes needless."""
    told: set[int] = set()
    for (k, inner), (n, outer) in permutations(enumerate(caps), 2):
        same = inner.per == outer.per and (inner.limit > outer.limit or k > n)
        if k not in told and inner.limit >= outer.limit and (same or _inside(inner, outer)):
            told.add(k)
            yield inner, outer


def _inside(inner: Cap, outer: Cap) -> bool:
    """Say whether the one window always lies within one of the other."""
    one, two = inner.per, outer.per
    if one == two:
        return False
    if one == Window.BASKET or two == Window.LIFETIME:
        return one != Window.LIFETIME
    if isinstance(one, Rolling):
        return isinstance(two, Rolling) and one.days < two.days
    return not isinstance(two, Rolling) and two in _CALENDAR.get(one, set())


def _said(cap: Cap) -> str:
    return f"{cap.limit:,} per {_window(cap)}"


def _window(cap: Cap) -> str:
    if isinstance(cap.per, Rolling):
        return f"{cap.per.days} rolling days"
    return cap.per.value
