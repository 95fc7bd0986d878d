"""The door: a frame's columns are checked all together and encoded once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.columns import Columns
from crmkit.data.decimals import Decimals
from crmkit.data.encoding import UnreadableIdsError, encode, lookalikes
from crmkit.data.problems import Dropped, Problems
from crmkit.errors import LongPeriodWarning, LookalikeLabelsWarning, MissingColumnsError
from crmkit.typing import BoolArray, FrameKind, IntoFrame, OnInvalid, TimeArray

NUMBERS = ("quantity", "amount", "cost")
_MAY_LACK_ID = "customer"
_CENTURY = np.timedelta64(36_525, "D")


@attrs.frozen(kw_only=True, eq=False)
class Admitted:
    """What came through the door."""

    time: TimeArray
    ids: Mapping[str, Codes]
    numbers: Mapping[str, Decimals]
    kind: FrameKind
    dropped: Dropped


def admit(frame: IntoFrame, columns: Columns, on_invalid: OnInvalid) -> Admitted:
    """Read, check and encode the columns of a frame; one error names everything wrong with it."""
    opened = frames.open_frame(frame)
    wanted = wanted_columns(columns, opened.collect_schema().names())
    table = frames.collect(opened, list(dict.fromkeys(wanted.values())))
    reader = _Reader(table)
    admitted = reader.read(wanted)
    if not reader.problems:
        return admitted
    reader.problems.raise_unreadable()
    if on_invalid == "raise":
        reader.problems.raise_all()
    kept = _Reader(table.filter(reader.problems.good.tolist()))
    return attrs.evolve(kept.read(wanted), dropped=reader.problems.dropped())


def wanted_columns(columns: Columns, available: list[str]) -> dict[str, str]:
    """Return the columns to read by role, or raise for those that are not there."""
    missing = {r: c for r, c in columns.required().items() if c not in available}
    if missing:
        raise MissingColumnsError(
            "\n".join(
                f"the {role} column {column!r} is not in the frame."
                + _suggest(role, column, available)
                for role, column in missing.items()
            )
            + f"\nColumns there: {', '.join(map(str, available))}."
        )
    return columns.present(available)


def _suggest(role: str, column: str, available: list[str]) -> str:
    return check.hint(column, available) + f" Say Columns({role}=...)." * (role in dir(Columns))


class _Reader:
    """Reads the columns of one table, noting every problem on the way."""

    def __init__(self, table: frames.Table) -> None:
        self.table = table
        self.problems = Problems(len(table))

    def read(self, wanted: Mapping[str, str]) -> Admitted:
        """Read all columns; with problems noted, what is returned is incomplete."""
        ids, numbers = {}, {}
        time = self._time(wanted["time"])
        for role, column in wanted.items():
            if role in NUMBERS:
                numbers[role] = self._numbers(role, column)
            elif role != "time":
                ids[role] = self._ids(role, column)
        return Admitted(
            time=time,
            ids=ids,
            numbers=numbers,
            kind=frames.kind_of(self.table),
            dropped=Dropped(),
        )

    def _time(self, column: str) -> TimeArray:
        try:
            time = frames.read_time(self.table.get_column(column))
        except frames.UnreadableColumnError as error:
            self.problems.refuse("time", column, error.what, error.remedy)
            return np.zeros(0, dtype="datetime64[s]")
        missing = np.isnat(time)
        self.problems.rows("time", column, "missing", missing, "A line needs a time.")
        if not missing.any():
            _warn_of_long_period(time, column)
        return time

    def _ids(self, role: str, column: str) -> Codes:
        try:
            codes = encode(frames.read_ids(self.table.get_column(column)))
        except UnreadableIdsError as error:
            self.problems.refuse(role, column, error.what, error.remedy)
            return Codes(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))
        _warn_of_lookalikes(codes, column)
        if role in ("basket", "product"):
            remedy = f"Give such lines a {role} of their own, e.g. fill with 'unknown'."
            self.problems.rows(role, column, "missing", codes.missing, remedy)
        return codes

    def _numbers(self, role: str, column: str) -> Decimals:
        nothing = Decimals(np.zeros(0, dtype=np.int64), 0)
        try:
            values, missing, unparsable = frames.read_numbers(self.table.get_column(column))
        except frames.UnreadableColumnError as error:
            self.problems.refuse(role, column, error.what, error.remedy)
            return nothing
        sound = not missing.any() and bool(np.isfinite(values).all())
        if not sound:
            self._note_invalid_numbers(role, column, values, missing, unparsable)
            return nothing
        return Decimals.of(values, name=f"{role} values")

    def _note_invalid_numbers(
        self,
        role: str,
        column: str,
        values: NDArray[Any],
        missing: BoolArray,
        unparsable: BoolArray,
    ) -> None:
        note = self.problems.rows
        fill_in = f"Fill in the number; a zero {role} is legal, but unknown is not zero."
        note(role, column, "missing", missing, fill_in)
        if unparsable.any():
            example = self.table.get_column(column).item(int(np.argmax(unparsable)))
            remedy = f"It reads {example!r}; clean the text, then convert it."
            note(role, column, "not a number", unparsable, remedy)
        note(role, column, "NaN", np.isnan(values) & ~missing & ~unparsable, fill_in)
        note(role, column, "infinite", np.isinf(values), "A division by zero upstream?")


def _warn_of_lookalikes(codes: Codes, column: str) -> None:
    found = lookalikes(codes.labels)
    if found:
        merged, first, second = found
        check.warn(
            f"{merged:,} of the {len(codes.labels):,} ids in column {column!r} differ from another"
            f" only by outer blanks or case, e.g. {first!r} and {second!r}; they are kept apart."
            f" If they are the same, clean the column first: frame[{column!r}].str.strip()"
            ".str.upper() in pandas.",
            LookalikeLabelsWarning,
        )


def _warn_of_long_period(time: TimeArray, column: str) -> None:
    if len(time) and time.max() - time.min() > _CENTURY:
        check.warn(
            f"the times in column {column!r} run from {time.min()} to {time.max()}, more than a"
            " century. If one end is a placeholder such as 9999-12-31, leave those lines out.",
            LongPeriodWarning,
        )
