"""Which window of the calendar a moment lies in, and when the life of points ends."""

from __future__ import annotations

import numpy as np

from crmkit.loyalty.declaration.caps import Window
from crmkit.loyalty.declaration.policies import Expiry
from crmkit.loyalty.declaration.words import ExpiryBoundary, ExpiryEnd
from crmkit.typing import CodeArray, IntArray

DAY = 86_400
NEVER = np.iinfo(np.int64).max
_MONDAY = 3
"""The first of January 1970 was a Thursday: three days into its week."""


def window_ids(time: IntArray, account: CodeArray, window: Window, cut_off: int) -> IntArray:
    """Number windows so that rows of one account in one window share a number.

    Rows stand account by account; *cut_off* is the second of the night at which days start.
    """
    if window == Window.BASKET:
        return np.arange(len(time))
    local = windows_of(time, window, cut_off)
    return (account.astype(np.int64) << 32) + local


def window_of(time: int, window: Window, cut_off: int) -> int:
    """Return the number of the window that one moment is in."""
    return int(windows_of(np.array([time]), window, cut_off)[0])


def windows_of(time: IntArray, window: Window, cut_off: int) -> IntArray:
    """Number windows, of all accounts alike; within a basket nothing else lies."""
    if window == Window.BASKET:
        return np.full(len(time), -1)
    days = (time - cut_off) // DAY
    match window:
        case Window.DAY:
            return days
        case Window.WEEK:
            return (days + _MONDAY) // 7
        case Window.MONTH:
            return _calendar(days, "M")
        case Window.YEAR:
            return _calendar(days, "Y")
        case _:
            return np.zeros(len(time), dtype=np.int64)


def _calendar(days: IntArray, unit: str) -> IntArray:
    return days.view("datetime64[D]").astype(f"datetime64[{unit}]").view(np.int64)


def deaths(start: IntArray, expiry: Expiry) -> IntArray:
    """Return the first second at which points are gone whose life starts at *start*.

    Lives of days and months end at the same time of day; a month without that day ends on its
    last one. Points that never expire, or do so by inactivity, get the largest number there is.
    """
    if expiry.never or expiry.inactivity_days is not None:
        return np.full(len(start), NEVER)
    ends = _end_of(_lived(start, expiry), expiry.end)
    if expiry.boundary == ExpiryBoundary.AFTER and expiry.end == ExpiryEnd.EXACT:
        return (ends // DAY + 1) * DAY
    return ends


def _lived(start: IntArray, expiry: Expiry) -> IntArray:
    if expiry.days is not None:
        return start + expiry.days * DAY
    if expiry.months is not None:
        return months_later(start, expiry.months)
    return start


def months_later(time: IntArray, months: int) -> IntArray:
    """Return the same moment some months later, or on the last day of a month without that day."""
    days = time // DAY
    month = _calendar(days, "M")
    first = _first_day(month)
    last = _first_day(month + months + 1) - 1
    day = np.minimum(_first_day(month + months) + (days - first), last)
    return day * DAY + time % DAY


def _end_of(time: IntArray, end: ExpiryEnd) -> IntArray:
    days = time // DAY
    match end:
        case ExpiryEnd.END_OF_MONTH:
            return _first_day(_calendar(days, "M") + 1) * DAY
        case ExpiryEnd.END_OF_YEAR:
            return _first_day(12 * (_calendar(days, "Y") + 1)) * DAY
        case _:
            return time


def _first_day(month: IntArray) -> IntArray:
    return month.view("datetime64[M]").astype("datetime64[D]").view(np.int64)
