"""Conditions on when a basket was bought."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import ClassVar, Literal, TypeAlias

import attrs

from crmkit.loyalty.conditions import reading as read
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.declaration.reading import collecting, word


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
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

    days: tuple[int, ...] = attrs.field(converter=read.weekdays)


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
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

    @property
    def seconds(self) -> tuple[int, int]:
        """The first second of the day inside, and the first one after it."""
        first, stop = (t.hour * 3600 + t.minute * 60 + t.second for t in (self.start, self.end))
        return first, stop

    def _problems(self) -> list[str]:
        if self.start != self.end:
            return []
        return [f"start and end are both {self.start}; the whole day is Always()."]


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


IntoClosed: TypeAlias = Closed | Literal["left", "right", "both", "neither"]


def into_closed(value: IntoClosed) -> Closed:
    """Read which ends belong to an interval."""
    return word(Closed, value)


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
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
    closed: Closed = attrs.field(default=Closed.LEFT, kw_only=True, converter=into_closed)

    @property
    def seconds(self) -> tuple[int, int]:
        """The first second inside, and the first one after it."""
        first, stop = _second(self.start), _second(self.end)
        if self.closed in (Closed.RIGHT, Closed.NEITHER):
            first += _length(self.start)
        if self.closed in (Closed.RIGHT, Closed.BOTH):
            stop += _length(self.end)
        return first, stop

    def _problems(self) -> list[str]:
        first, stop = self.seconds
        if first < stop:
            return []
        return [
            f"there is no moment from {self.start} to {self.end} with closed={self.closed.value!r};"
            " swap them, or say closed='both'."
        ]


def _second(moment: dt.date) -> int:
    if isinstance(moment, dt.datetime):
        return int((moment - dt.datetime(1970, 1, 1)).total_seconds())
    return (moment - dt.date(1970, 1, 1)).days * 86_400


def _length(moment: dt.date) -> int:
    return 1 if isinstance(moment, dt.datetime) else 86_400
