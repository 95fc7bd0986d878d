"""Conditions, and how they are put together with `&`, `|` and `~`."""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, NoReturn

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.grain import Grain, finest
from crmkit.loyalty.declaration.reading import checked, collecting, refuse_unread


@attrs.frozen(repr=False, cache_hash=True)
class Condition:
    """Something that holds or not: of a line, a basket, or an account at a time.

    Put conditions together with `&` (and), `|` (or) and `~` (not). A condition on lines selects
    the lines where it holds; to ask whether a basket has such a line say `HasProducts(...)`.
    Two conditions are equal if they are written alike; `canonical` writes equivalent ones alike.

    Examples:
        >>> from crmkit.loyalty import Field, Weekday
        >>> Weekday({2}) & Field("category").isin({"produce"})
        Weekday({2}) & Field('category').isin({'produce'})
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read, all of it at once."""
        refuse_unread(self, self._said_of())
        refuse_unread(self, self._said_of(), *self._problems())

    @property
    def grain(self) -> Grain:
        """What it is about; of several conditions the finest."""
        return self._grain

    def canonical(self) -> Condition:
        """Return the same condition in its shortest, sorted form.

        Equivalent conditions mostly share it: double negations go, sets of one field are united or
        intersected, intervals merge, parts that others imply are dropped. What can never hold
        becomes `Never()`, what always does `Always()`.

        Examples:
            >>> from crmkit.loyalty import Field, Weekday
            >>> category = Field("category")
            >>> (category.isin({"dairy", "wine"}) & ~category.isin({"wine"})).canonical()
            Field('category').isin({'dairy'})
            >>> (Weekday({6}) & Weekday({7})).canonical()
            Never()
        """
        # The leaves are made of this class, so it cannot import what knows them all.
        from crmkit.loyalty.conditions.canonical import canonical

        return canonical(self)

    def implies(self, other: Condition) -> bool:
        """Say whether *other* holds wherever this does; False if that cannot be told.

        Examples:
            >>> from crmkit.loyalty import Field, Weekday
            >>> (Weekday({6}) & (Field("quantity") >= 3)).implies(Field("quantity") >= 2)
            True
        """
        from crmkit.loyalty.conditions.canonical import implies

        return implies(self, other)

    def __and__(self, other: Condition) -> Condition:
        """Both hold."""
        return And(_joined(And, self, _condition(other, "&")))

    def __or__(self, other: Condition) -> Condition:
        """One of them holds, or both."""
        return Or(_joined(Or, self, _condition(other, "|")))

    # Of the type Never, as no argument is right: type checkers refuse them all as well.
    def __rand__(self, other: typing.Never) -> NoReturn:
        """Refuse what is no condition on the left of `&`."""
        raise _no_condition(other, "&")

    def __ror__(self, other: typing.Never) -> NoReturn:
        """Refuse what is no condition on the left of `|`."""
        raise _no_condition(other, "|")

    def __invert__(self) -> Condition:
        """It does not hold."""
        return Not(self)

    def __bool__(self) -> NoReturn:
        """Refuse `and`, `or`, `not` and chained comparisons, which Python decides at once."""
        raise InvalidArgumentError(
            "a condition is no truth value before it is evaluated: write & for and, | for or, ~ for"
            " not, with brackets around comparisons, as in (Field('amount') >= 5) & Weekday({2})."
        )

    def __repr__(self) -> str:
        """Read as it was written."""
        fields = attrs.fields(type(self))
        given = [(f, getattr(self, f.name)) for f in fields if f.init]
        said = [
            _written(value) if f.default is attrs.NOTHING else f"{f.name}={_written(value)}"
            for f, value in given
            if f.default is attrs.NOTHING or value != f.default
        ]
        return f"{type(self).__name__}({', '.join(said)})"

    def _said_of(self) -> str:
        return type(self).__name__

    def _problems(self) -> list[str]:
        """What is wrong with fields that could each be read."""
        return []


def _written(value: Any) -> str:
    match value:
        case tuple():
            return f"{{{', '.join(map(repr, value))}}}" if value else "set()"
        case Decimal() | StrEnum():
            return repr(str(value))
        case dt.date() | dt.time():
            return repr(value.isoformat())
        case _:
            return repr(value)


def _condition(other: Any, sign: str) -> Condition:
    if isinstance(other, Condition):
        return other
    raise _no_condition(other, sign)


def _no_condition(other: Any, sign: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{sign} joins two conditions, and {other!r} is none. {sign} binds tighter than a"
        f" comparison: put brackets around it, as in Weekday({{2}}) {sign} (Field('amount') >= 5)."
    )


def refuse_joining(field: Any, sign: str) -> NoReturn:
    """Refuse a field, or what else is no condition, beside `&`, `|` or `~`."""
    raise _no_condition(field, sign)


def _joined(kind: type[And | Or], left: Condition, right: Condition) -> tuple[Condition, ...]:
    parts = [c.parts if isinstance(c, kind) else (c,) for c in (left, right)]
    return (*parts[0], *parts[1])


def _part(value: object) -> Condition:
    if not isinstance(value, Condition):
        raise InvalidArgumentError(f"expected a condition such as Weekday({{2}}); got {value!r}.")
    return value


def _parts(values: Sequence[Condition]) -> tuple[Condition, ...]:
    if not isinstance(values, tuple | list):
        raise InvalidArgumentError(f"expected conditions in a tuple; got {values!r}.")
    return tuple(_part(value) for value in values)


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
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

    @cached_property
    def grain(self) -> Grain:
        """The finest of its parts."""
        return finest([part.grain for part in self.parts])

    def __repr__(self) -> str:
        """Read as it was written."""
        return " & ".join(_bracketed(part) for part in self.parts) or "And(())"


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
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

    @cached_property
    def grain(self) -> Grain:
        """The finest of its parts."""
        return finest([part.grain for part in self.parts])

    def __repr__(self) -> str:
        """Read as it was written."""
        return " | ".join(_bracketed(part) for part in self.parts) or "Or(())"


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class Not(Condition):
    """A condition does not hold.

    Attributes:
        part: the condition.

    Examples:
        >>> from crmkit.loyalty import Weekday
        >>> ~Weekday({7})
        ~Weekday({7})
    """

    part: Condition = attrs.field(validator=checked(_part))

    @cached_property
    def grain(self) -> Grain:
        """The grain of its part."""
        return self.part.grain

    def __repr__(self) -> str:
        """Read as it was written."""
        return f"~{_bracketed(self.part)}"


def _bracketed(part: Condition) -> str:
    return f"({part!r})" if isinstance(part, And | Or) else repr(part)


@attrs.frozen(repr=False, cache_hash=True)
class Always(Condition):
    """It always holds.

    Examples:
        >>> from crmkit.loyalty import Always
        >>> Always()
        Always()
    """


@attrs.frozen(repr=False, cache_hash=True)
class Never(Condition):
    """It never holds; what contradictions come to.

    Examples:
        >>> from crmkit.loyalty import Never
        >>> Never()
        Never()
    """
