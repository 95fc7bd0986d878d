"""Reads the columns of one table; whatever is wrong with any of them is noted, not raised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.columns import ROLES
from crmkit.data.decimals import Decimals, inexact, on_grid
from crmkit.data.encoding import encode, lookalikes, placeholders
from crmkit.data.problems import Problems, UnreadableError
from crmkit.errors import (
    CrmkitWarning,
    InexactSumsWarning,
    LongPeriodWarning,
    LookalikeLabelsWarning,
    MissingColumnsError,
    PlaceholderIdsWarning,
)
from crmkit.typing import BoolArray, TimeArray

_CENTURY = 36_525 * 86_400


def require_columns(required: Mapping[str, str], available: list[str], way: str) -> None:
    """Raise for columns that are not there, all of them named; *way* says how to name others."""
    missing = {role: column for role, column in required.items() if column not in available}
    if missing:
        lines = [
            f"the {role} column {column!r} is not in the frame." + check.hint(column, available)
            for role, column in missing.items()
        ]
        there = ", ".join(map(str, available))
        raise MissingColumnsError("\n".join([*lines, f"Columns there: {there}. {way}"]))


class ColumnReader:
    """Turns columns into arrays; with problems noted, what it returned is incomplete."""

    def __init__(self, table: frames.Table) -> None:
        """Read from *table*, in which nothing is wrong yet."""
        self.table = table
        self.problems = Problems(len(table))
        self._oddities: list[tuple[str, type[CrmkitWarning]]] = []

    def warn(self) -> None:
        """Warn of what is odd but answerable; to be said once, of the rows that are kept."""
        for message, category in self._oddities:
            check.warn(message, category)

    def _odd(self, message: str, category: type[CrmkitWarning]) -> None:
        self._oddities.append((message, category))

    def times(self, role: str, column: str) -> TimeArray:
        """Read times; missing ones are NaT."""
        try:
            time = frames.read_time(self.table.get_column(column))
        except UnreadableError as error:
            self.problems.refuse(role, column, error)
            return np.zeros(len(self.table), dtype="datetime64[s]")
        if not np.isnat(time).any():
            self._note_long_period(time, column)
        return time

    def ids(self, role: str, column: str, *, if_missing: str | None = None) -> Codes:
        """Read ids; a missing one is a problem if a remedy is given for it."""
        try:
            codes = encode(frames.read_ids(self.table.get_column(column)))
        except UnreadableError as error:
            self.problems.refuse(role, column, error)
            return Codes(np.zeros(len(self.table), dtype=np.int32), np.zeros(1, dtype=np.int64))
        self._note_lookalikes(codes, column)
        if role in ROLES:
            self._note_placeholders(codes, column)
        if if_missing is not None:
            self.problems.rows(role, column, "missing", codes.missing, if_missing)
        return codes

    def numbers(self, role: str, column: str) -> Decimals:
        """Read numbers, every one of which must be there and finite."""
        nothing = Decimals(np.zeros(len(self.table), dtype=np.int64), 0)
        try:
            values, missing, unparsable = frames.read_numbers(self.table.get_column(column))
        except UnreadableError as error:
            self.problems.refuse(role, column, error)
            return nothing
        if not missing.any() and bool(np.isfinite(values).all()):
            numbers = on_grid(values)
            if not numbers.exact:
                self._odd(inexact(f"{role} values"), InexactSumsWarning)
            return numbers
        self._note_invalid_numbers(role, column, values, missing, unparsable)
        return nothing

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

    def _note_lookalikes(self, codes: Codes, column: str) -> None:
        found = lookalikes(codes.labels)
        if found:
            merged, first, second = found
            self._odd(
                f"{merged:,} of the {len(codes.labels):,} ids in column {column!r} differ from"
                f" another only by outer blanks or case, e.g. {first!r} and {second!r}; they are"
                " kept apart. If they are the same, clean the column first:"
                f" frame[{column!r}].str.strip().str.upper() in pandas.",
                LookalikeLabelsWarning,
            )

    def _note_placeholders(self, codes: Codes, column: str) -> None:
        found = placeholders(codes)
        if found:
            rows = (f"{label!r} in {check.counted(n, 'row')}" for label, n in found.items())
            self._odd(
                f"ids in column {column!r} read like missing values: {', '.join(rows)}. They are"
                " kept as ids. If they stand for nobody, make them missing first:"
                f" frame[{column!r}].replace({dict.fromkeys(found)}) in pandas.",
                PlaceholderIdsWarning,
            )

    def _note_long_period(self, time: TimeArray, column: str) -> None:
        seconds = time.view(np.int64)
        if len(time) and seconds.max() - seconds.min() > _CENTURY:
            first, last = time[seconds.argmin()], time[seconds.argmax()]
            self._odd(
                f"the times in column {column!r} run from {first} to {last}, more than a"
                " century. If one end is a placeholder such as 9999-12-31, leave those lines out.",
                LongPeriodWarning,
            )
