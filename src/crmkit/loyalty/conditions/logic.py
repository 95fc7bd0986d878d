"""Conditions, and how they are put together with `&`, `|` and `~`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.grain import Grain, finest


@attrs.frozen
class Condition:
    """Something that holds or not: of a line, a basket, or an account at a time.

    Put conditions together with `&` (and), `|` (or) and `~` (not). A condition on lines selects
    the lines where it holds; to ask whether a basket has such a line say `HasProducts(...)`.

    Examples:
        >>> from crmkit.loyalty import Field, Weekday
        >>> Weekday({2}) & Field("category").isin({"produce"})
        Weekday({2}) & Field('category').isin({'produce'})
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    @property
    def grain(self) -> Grain:
        """What it is about; of several conditions the finest."""
        return self._grain

    def __and__(self, other: Any) -> Condition:
        """Both hold."""
        return And(_joined(And, self, _condition(other, "&")))

    def __or__(self, other: Any) -> Condition:
        """One of them holds, or both."""
        return Or(_joined(Or, self, _condition(other, "|")))

    def __invert__(self) -> Condition:
        """It does not hold."""
        return Not(self)

    def __bool__(self) -> NoReturn:
        """Refuse `and`, `or`, `not` and chained comparisons, which Python decides at once."""
        raise InvalidArgumentError(
            "a condition is no truth value before it is evaluated: write & for and, | for or, ~ for"
            " not, with brackets around comparisons, as in (Field('amount') >= 5) & Weekday({2})."
        )


def _condition(other: Any, sign: str) -> Condition:
    if isinstance(other, Condition):
        return other
    raise InvalidArgumentError(
        f"{sign} joins two conditions; on its right stands {other!r}. {sign} binds tighter than a"
        f" comparison: put brackets around it, as in Weekday({{2}}) {sign} (Field('amount') >= 5)."
    )


def _joined(kind: type[And | Or], left: Condition, right: Condition) -> tuple[Condition, ...]:
    parts = [c.parts if isinstance(c, kind) else (c,) for c in (left, right)]
    return (*parts[0], *parts[1])


def _parts(given: Iterable[Condition]) -> tuple[Condition, ...]:
    return tuple(given)


@attrs.frozen(repr=False)
class And(Condition):
    """All of some conditions hold.

    Attributes:
        parts: the conditions.

    Examples:
        >>> from crmkit.loyalty import Channel, Weekday
        >>> (Weekday({6, 7}) & Channel({"web"})).grain
        <Grain.BASKET: 'basket'>
    """

    parts: tuple[Condition, ...] = attrs.field(converter=_parts)

    @property
    def grain(self) -> Grain:
        """The finest of its parts."""
        return finest([part.grain for part in self.parts])

    def __repr__(self) -> str:
        """Read as it was written."""
        return " & ".join(_bracketed(part) for part in self.parts)


@attrs.frozen(repr=False)
class Or(Condition):
    """One of some conditions holds.

    Attributes:
        parts: the conditions.

    Examples:
        >>> from crmkit.loyalty import Weekday
        >>> Weekday({6}) | Weekday({7})
        Weekday({6}) | Weekday({7})
    """

    parts: tuple[Condition, ...] = attrs.field(converter=_parts)

    @property
    def grain(self) -> Grain:
        """The finest of its parts."""
        return finest([part.grain for part in self.parts])

    def __repr__(self) -> str:
        """Read as it was written."""
        return " | ".join(_bracketed(part) for part in self.parts)


@attrs.frozen(repr=False)
class Not(Condition):
    """A condition does not hold.

    Attributes:
        part: the condition.

    Examples:
        >>> from crmkit.loyalty import Weekday
        >>> ~Weekday({7})
        ~Weekday({7})
    """

    part: Condition

    @property
    def grain(self) -> Grain:
        """The grain of its part."""
        return self.part.grain

    def __repr__(self) -> str:
        """Read as it was written."""
        return f"~{_bracketed(self.part)}"


def _bracketed(part: Condition) -> str:
    return f"({part!r})" if isinstance(part, And | Or) else repr(part)


@attrs.frozen
class Always(Condition):
    """It always holds.

    Examples:
        >>> from crmkit.loyalty import Always
        >>> Always()
        Always()
    """


@attrs.frozen
class Never(Condition):
    """It never holds; what contradictions come to.

    Examples:
        >>> from crmkit.loyalty import Never
        >>> Never()
        Never()
    """
