"""A run of equal periods: where each begins, and which one a day lies in."""

from __future__ import annotations

from typing import Self, get_args

import attrs
import numpy as np

from crmkit._kernels.calendars import period_numbers, period_starts
from crmkit.typing import CodeArray, DayArray, IntArray, PeriodLength, Weekday

_DAY = np.timedelta64(1, "D")
_MONDAY = np.datetime64("1970-01-05")


@attrs.frozen(kw_only=True)
class PeriodGrid:
    """Consecutive periods.

    Attributes:
        every: how long each is.
        weekday: the day that weeks start on, Monday being 0.
        first: number of the first period, counted from 1970.
        count: how many.
    """

    every: PeriodLength
    weekday: int
    first: int
    count: int

    @classmethod
    def over(
        cls, first: np.datetime64, last: np.datetime64, every: PeriodLength, week_start: Weekday
    ) -> Self:
        """Return the periods from that of day *first* to the last one complete on day *last*."""
        weekday = get_args(Weekday).index(week_start)
        ends = np.array([first, last + _DAY], dtype="datetime64[D]")
        start, stop = period_numbers(ends, every, weekday).tolist()
        return cls(every=every, weekday=weekday, first=start, count=max(stop - start, 0))

    @property
    def edges(self) -> DayArray:
        """First day of each period, and the day after the last; datetime64[D]."""
        numbers = self.first + np.arange(self.count + 1)
        return period_starts(numbers, self.every, self.weekday)

    @property
    def starts(self) -> DayArray:
        """First day of each period, datetime64[D]."""
        return self.edges[:-1]

    @property
    def stop(self) -> np.datetime64:
        """The day after the last period."""
        last: np.datetime64 = self.edges[-1]
        return last

    def index_of(self, days: DayArray) -> CodeArray:
        """Return the place of the period that each day lies in; it may lie outside the run."""
        return (period_numbers(days, self.every, self.weekday) - self.first).astype(np.int32)


def weekday_of(day: np.datetime64) -> int:
    """Return the weekday of a day, Monday being 0."""
    return int((day - _MONDAY).astype(np.int64) % 7)


def last_day(starts: DayArray | IntArray, every: PeriodLength) -> np.datetime64:
    """Return the last day of a run of periods; NaT if they have numbers only."""
    if starts.dtype.kind != "M":
        return np.datetime64("NaT", "D")
    weekday = weekday_of(starts[0])
    last = period_numbers(starts[-1:].astype("datetime64[D]"), every, weekday)
    day: np.datetime64 = (period_starts(last + 1, every, weekday) - _DAY)[0]
    return day
