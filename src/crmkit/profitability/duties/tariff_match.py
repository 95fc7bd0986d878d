"""Which row of the tariff stands on which line: one of each kind, by date and origin."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit._kernels.prefixes import LONGEST, DatedRows, Wanted, longest_match
from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.problems import UnreadableError
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability.duties.rules import KINDS
from crmkit.profitability.duties.tariff import DutySchedule
from crmkit.profitability.keys import dense_codes
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import BoolArray, DayArray, DutyKind, IntArray, IntoDay


def days_of(as_of: IntoDay | ArrayLike, lines: int) -> DayArray:
    """Read the day asked about: one for all lines, or one per line."""
    if isinstance(as_of, str | np.datetime64) or not np.iterable(as_of):
        return np.array([check.day(as_of, "as_of")])  # type: ignore[arg-type]
    try:
        frame = frames.open_frame(frames.frame_of_arrays({"as_of": as_of}, times=("as_of",)))
        times = frames.read_time(frames.collect(frame, ["as_of"]).get_column("as_of"))
    except UnreadableError as error:
        raise InvalidDataError(f"as_of: {error}. {error.remedy_for('as_of')}") from None
    if len(times) != lines:
        raise InvalidArgumentError(
            f"as_of must be one day, or one per line: {lines:,} lines, {len(times):,} days."
        )
    days = times.astype("datetime64[D]")
    odd = np.isnat(days) | (days != times)
    if odd.any():
        raise InvalidDataError(
            f"as_of must be calendar days; it is missing or has a time of day {on_lines(odd)}."
        )
    return days


def on_lines(mask: BoolArray) -> str:
    """Say on how many lines something is the case, and which is the first."""
    count = int(np.count_nonzero(mask))
    first = int(np.argmax(mask))
    if count == 1:
        return f"on line {first} (counted from 0)"
    return f"on {count:,} lines, the first of them line {first} (counted from 0)"


class LineMatcher:
    """Lines of one code, origin and day are looked up once."""

    def __init__(self, lines: ShipmentLines, schedule: DutySchedule, days: DayArray) -> None:
        """Bring lines and rows together."""
        self._lines = lines
        self._schedule = schedule
        self._hs = lines.ids("hs_code")
        self._origin = lines.origin or _none(len(lines))
        different, day = np.unique(days, return_inverse=True)
        day = np.broadcast_to(day, (len(lines),))
        self._line, first = dense_codes(self._hs.codes, self._origin.codes, day)
        self._wanted = self._look_ups(first, different, day)

    def _look_ups(self, first: IntArray, days: DayArray, day: IntArray) -> Wanted:
        labels = [str(label) for label in self._hs.labels.tolist()]
        months = days.astype("datetime64[M]")
        number = (days - months).astype(np.int64) + 1 + (months.astype(np.int64) % 12 + 1) * 100
        return Wanted(
            # The last entry is the missing code: shorter than every prefix.
            codes=np.array([*(int(x.ljust(LONGEST, "0")) for x in labels), 0], dtype=np.int64),
            lengths=np.array([*map(len, labels), -1], dtype=np.int64),
            code=self._hs.codes[first].astype(np.int64),
            origin=self._origin.codes[first].astype(np.int64),
            day=days.astype(np.int64)[day[first]],
            month_day=number[day[first]],
            tiers=_tiers(self._origin, self._schedule),
        )

    def rows(self, kind: DutyKind) -> IntArray:
        """Return the row of each line, -1 where there is none."""
        rows, numbers = self._rows_of(kind)
        found = longest_match(rows, self._wanted)
        return np.append(numbers, -1)[found][self._line]

    def undecided(self, kind: DutyKind) -> BoolArray:
        """Say which lines have no origin although a row asks for one."""
        if not self._origin.missing.any():
            return np.zeros(len(self._lines), dtype=np.bool_)
        rows, _ = self._rows_of(kind)
        asking = rows.some(rows.origins > 0)
        nowhere = np.zeros(len(self._origin.labels) + 1, dtype=np.int64)
        anywhere = asking._replace(origins=np.zeros(len(asking.codes), dtype=np.int64))
        found = longest_match(anywhere, self._wanted._replace(tiers=[[nowhere]]))
        return (found >= 0)[self._line] & self._origin.missing

    def _rows_of(self, kind: DutyKind) -> tuple[DatedRows, IntArray]:
        numbers = np.flatnonzero(self._schedule.kind == KINDS.index(kind))
        return self._schedule.dated.some(numbers), numbers


def _none(lines: int) -> Codes:
    return Codes(np.full(lines, -1, dtype=np.int32), np.zeros(0, dtype=object))


def _tiers(origin: Codes, schedule: DutySchedule) -> list[list[IntArray]]:
    """Return the origins of rows that match each origin of lines: itself, its groups, any."""
    place = {label: code + 1 for code, label in enumerate(schedule.origin.labels.tolist())}
    countries = origin.labels.tolist()
    groups = [schedule.groups.get(country, ()) for country in countries]
    depth = max(map(len, groups), default=0)
    exact = np.array([*(place.get(country, -1) for country in countries), -1])
    by_group = [
        np.array([*(place.get(own[k], -1) if k < len(own) else -1 for own in groups), -1])
        for k in range(depth)
    ]
    return [[exact], by_group, [np.zeros(len(countries) + 1, dtype=np.int64)]]
