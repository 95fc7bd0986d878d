"""Days as numbered periods: arithmetic on days since 1970, without calendars of weeks."""

from __future__ import annotations

import numpy as np

from crmkit.typing import DayArray, IntArray, PeriodLength

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_MONDAY = 3
"""1970 began on a Thursday: its Monday was three days before."""


def period_numbers(days: DayArray, every: PeriodLength, weekday: int) -> IntArray:
    """Number the periods that *days* lie in, from 1970 on; weeks start on *weekday* (Monday 0)."""
    if every in _MONTHS:
        return days.astype("datetime64[M]").astype(np.int64) // _MONTHS[every]
    numbers = days.astype("datetime64[D]").astype(np.int64)
    return (numbers + _MONDAY - weekday) // 7 if every == "week" else numbers


def period_starts(numbers: IntArray, every: PeriodLength, weekday: int) -> DayArray:
    """Return the first day of each numbered period."""
    if every in _MONTHS:
        months = (numbers * _MONTHS[every]).astype("datetime64[M]")
        return months.astype("datetime64[D]")
    days = numbers * 7 - _MONDAY + weekday if every == "week" else numbers
    return days.astype("datetime64[D]")


def year_places(days: DayArray, every: PeriodLength) -> IntArray:
    """Return where in its year each period that starts on *days* lies, from 0.

    Weeks are counted from the first of January; the last of the year has eight or nine days, so
    that every year has 52. Days are counted as in a leap year, so that dates keep their places.
    """
    months = days.astype("datetime64[M]")
    month: IntArray = months.astype(np.int64) % 12
    if every in _MONTHS:
        return month // _MONTHS[every] if every != "year" else np.zeros_like(month)
    if every == "day":
        return np.asarray(_DAYS_BEFORE[month] + (days - months).astype(np.int64))
    since_new_year: IntArray = (days - days.astype("datetime64[Y]")).astype(np.int64)
    weeks: IntArray = np.minimum(since_new_year // 7, 51)
    return weeks


_DAYS_BEFORE = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])
