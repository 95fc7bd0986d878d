"""Conditions on when a basket was bought."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import ClassVar

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions import reading as read
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.logic import Condition


def _weekdays(days: object) -> tuple[int, ...]:
    return read.numbers_within(days, 1, 7, "weekdays, Monday to Sunday,")


@attrs.frozen(repr=False)
class Weekday(Condition):
    """The basket was bought on one of some days of the week, 1 Monday to 7 Sunday (ISO 8601).

    Attributes:
        days: the days.

    Raises:
        InvalidArgumentError: a day outside 1 to 7.

    Examples:
        >>> from crmkit.loyalty import Weekday
        >>> Weekday({6, 7})
        Weekday({6, 7})
    """

    _grain: ClassVar[Grain] = Grain.BASKET

    days: tuple[int, ...] = attrs.field(converter=_weekdays)

    def __repr__(self) -> str:
        """Read as it was written."""
        return f"Weekday({{{', '.join(map(str, self.days))}}})"


@attrs.frozen
class TimeOfDay(Condition):
    """The basket was bought from one time of the day up to, not including, another.

    If *start* lies after *end* the night between them is meant.

    Attributes:
        start: such as "17:00".
        end: such as "20:00".

    Raises:
        InvalidArgumentError: times that are none, or equal.

    Examples:
        >>> from crmkit.loyalty import TimeOfDay
        >>> TimeOfDay("22:00", "06:00").start
        datetime.time(22, 0)
    """

    _grain: ClassVar[Grain] = Grain.BASKET

    start: dt.time = attrs.field(converter=read.clock)
    end: dt.time = attrs.field(converter=read.clock)

    def __attrs_post_init__(self) -> None:
        """Refuse an hour that ends when it starts."""
        if self.start == self.end:
            raise InvalidArgumentError(f"start and end are both {self.start}; say Always().")


class Closed(StrEnum):
    """Which ends belong to an interval.

    Examples:
        >>> from crmkit.loyalty import Closed
        >>> Closed("left")
        <Closed.LEFT: 'left'>
    """

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    NEITHER = "neither"


@attrs.frozen
class Between(Condition):
    """The basket was bought within an interval.

    Days are whole days: from the start of *start* to the start of *end*, so that "2026-03-01" to
    "2026-04-01" is March; with `closed="both"` the last day belongs to it too.

    Attributes:
        start: a day or a moment.
        end: a day or a moment.
        closed: which ends belong to it; the left one, unless said otherwise.

    Raises:
        InvalidArgumentError: ends that are none, or the wrong way round.

    Examples:
        >>> from crmkit.loyalty import Between
        >>> Between("2026-03-01", "2026-04-01").closed
        <Closed.LEFT: 'left'>
    """

    _grain: ClassVar[Grain] = Grain.BASKET

    start: dt.date = attrs.field(converter=read.moment)
    end: dt.date = attrs.field(converter=read.moment)
    closed: Closed = attrs.field(default=Closed.LEFT, converter=Closed, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse an interval that ends before it starts."""
        first, stop = self.seconds
        if stop <= first:
            raise InvalidArgumentError(
                f"Between: there is no moment from {self.start} to {self.end}, closed"
                f" {self.closed.value!r}; swap them, or close the interval."
            )

    @property
    def seconds(self) -> tuple[int, int]:
        """The first second inside, and the first one after it."""
        first, stop = _second(self.start), _second(self.end)
        if self.closed in (Closed.RIGHT, Closed.NEITHER):
            first += _length(self.start)
        if self.closed in (Closed.RIGHT, Closed.BOTH):
            stop += _length(self.end)
        return first, stop


def _second(moment: dt.date) -> int:
    if isinstance(moment, dt.datetime):
        return int((moment - dt.datetime(1970, 1, 1)).total_seconds())
    return (moment - dt.date(1970, 1, 1)).days * 86_400


def _length(moment: dt.date) -> int:
    return 1 if isinstance(moment, dt.datetime) else 86_400
