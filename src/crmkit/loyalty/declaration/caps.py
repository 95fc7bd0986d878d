"""Limits on what a rule may give within a window of time."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal, TypeAlias

import attrs

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration.reading import (
    checked,
    collecting,
    one_of,
    refuse_unread,
    several,
    whole,
    word,
)


class Window(StrEnum):
    """A basket, or a stretch of the calendar; weeks start on Monday.

    Examples:
        >>> from crmkit.loyalty import Window
        >>> Window("month")
        <Window.MONTH: 'month'>
    """

    BASKET = "basket"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    LIFETIME = "lifetime"


@attrs.frozen(field_transformer=collecting)
class Rolling:
    """The days up to now: at time t all after t - days, t included.

    Attributes:
        days: how many days.

    Examples:
        >>> from crmkit.loyalty import Rolling
        >>> Rolling(30)
        Rolling(days=30)
    """

    days: int = attrs.field(validator=checked(whole(1)))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Rolling")


IntoWindow: TypeAlias = (
    Window | Rolling | Literal["basket", "day", "week", "month", "year", "lifetime"]
)


def window(value: IntoWindow) -> Window | Rolling:
    """Read a window: a word, or so many days up to now."""
    if isinstance(value, Rolling):
        return value
    try:
        return word(Window, value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{error} Or say Rolling(days=...).") from None


@attrs.frozen(field_transformer=collecting)
class Cap:
    """At most so many per window: whole points of a rule, or times that it fires.

    Attributes:
        limit: the most there may be; points are counted whole.
        per: the window, a word or `Rolling` days.

    Raises:
        InvalidArgumentError: a limit below zero, or an unknown window.

    Examples:
        >>> from crmkit.loyalty import Cap
        >>> Cap(500, per="day")
        Cap(500, per='day')
    """

    limit: int = attrs.field(validator=checked(whole(0)))
    per: Window | Rolling = attrs.field(converter=window)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Cap")

    def __repr__(self) -> str:
        """Show the cap as it is written."""
        per = self.per.value if isinstance(self.per, Window) else self.per
        return f"Cap({self.limit!r}, per={per!r})"


def trigger_limit(value: Cap | int | None) -> Cap | None:
    """Read a limit on firings, if there is one; a whole number alone is for a lifetime."""
    given: object = value  # not every caller asks a type checker
    if given is None or isinstance(given, Cap):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return Cap(given, per=Window.LIFETIME)
    raise InvalidArgumentError(
        f"expected Cap(times, per='month'), or a number of times in a lifetime; got {value!r}."
        + check.hint(value, ["Cap"])
    )


def several_caps(value: Cap | Sequence[Cap]) -> tuple[Cap, ...]:
    """Read caps, or one alone."""
    return several(one_of(Cap))(value)
