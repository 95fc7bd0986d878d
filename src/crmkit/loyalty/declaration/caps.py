"""Limits on what a rule may give within a window of time."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration.reading import declared, refuse_unread, whole, word


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


@attrs.frozen
class Rolling:
    """The days up to now: at time t all after t - days, t included.

    Attributes:
        days: how many days.

    Examples:
        >>> from crmkit.loyalty import Rolling
        >>> Rolling(30)
        Rolling(days=30)
    """

    days: int = declared(whole(1), kw_only=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Rolling")


def window(value: Any) -> Window | Rolling:
    """Read a window: a word, or so many days up to now."""
    if isinstance(value, Rolling):
        return value
    try:
        return word(Window)(value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{error} Or say Rolling(days=...).") from None


@attrs.frozen
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
        Cap(limit=500, per=<Window.DAY: 'day'>)
    """

    limit: int = declared(whole(0), kw_only=False)
    per: Window | Rolling = declared(window, kw_only=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Cap")


def trigger_limit(value: Any) -> Cap:
    """Read a limit on firings; a whole number alone is for a lifetime."""
    if isinstance(value, Cap):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Cap(value, per=Window.LIFETIME)
    raise InvalidArgumentError(
        f"expected Cap(times, per='month'), or a number of times in a lifetime; got {value!r}."
        + check.hint(value, ["Cap"])
    )
