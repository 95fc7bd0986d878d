"""Days that return every year: birthdays, and the day somebody joined."""

from __future__ import annotations

import numpy as np

from crmkit.loyalty.conditions.facts import UNKNOWN_DAY
from crmkit.typing import BoolArray, IntArray


def near_yearly_day(
    born: IntArray | None, day: IntArray, before: int, after: int, since: int
) -> BoolArray:
    """Say where *day* lies near the yearly return of another day; 29 February moves to the 28th.

    *since* is the first year after it that counts: 0 for birthdays, 1 for anniversaries.
    """
    near = np.zeros(len(day), dtype=np.bool_)
    if born is None:
        return near
    known = born != UNKNOWN_DAY
    days, born = day[known], born[known]
    years = days.view("datetime64[D]").astype("datetime64[Y]").view(np.int64)
    born_year = born.view("datetime64[D]").astype("datetime64[Y]").view(np.int64)
    found = np.zeros(len(days), dtype=np.bool_)
    for year in (years - 1, years, years + 1):
        gap = days - _in_year(born, year)
        found |= (gap >= -before) & (gap <= after) & (year - born_year >= since)
    near[known] = found
    return near


def _in_year(born: IntArray, year: IntArray) -> IntArray:
    month = born.view("datetime64[D]").astype("datetime64[M]")
    day_of_month = born - month.astype("datetime64[D]").view(np.int64)
    there = year * 12 + month.view(np.int64) % 12
    start = there.view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    last = (there + 1).view("datetime64[M]").astype("datetime64[D]").view(np.int64) - 1
    return np.asarray(np.minimum(start + day_of_month, last))
