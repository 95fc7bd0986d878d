"""What is wrong with a frame, collected so that one error can name it all."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit.errors import InvalidDataError
from crmkit.typing import BoolArray


class UnreadableError(Exception):
    """A whole column that cannot be read; says what it holds and what to do.

    The remedy may say `{column}`: whoever finds the fault need not know where the values are from.
    """

    def __init__(self, what: str, remedy: str) -> None:
        """Keep both halves of the message apart for the list of problems."""
        super().__init__(what)
        self.what = what
        self._remedy = remedy

    def remedy_for(self, column: str) -> str:
        """Return what to do about *column*."""
        return self._remedy.format(column=repr(column))


@attrs.frozen(kw_only=True)
class Problem:
    """One thing wrong with one column.

    Attributes:
        role: the role or attribute the column plays.
        column: its name in the frame.
        what: what is wrong, e.g. "missing".
        remedy: what to do about it.
        count: how many rows; 0 when the whole column cannot be read.
        first_row: position of the first such row, counted from 0; -1 for the whole column.

    Examples:
        >>> from crmkit.data import Problem
        >>> print(Problem(role="basket", column="bill", what="ids are bytes", remedy="Decode it."))
        basket (column 'bill'): ids are bytes. Decode it.
    """

    role: str
    column: str
    what: str
    remedy: str
    count: int = 0
    first_row: int = -1

    def __str__(self) -> str:
        """One line of the error message."""
        where = f"{self.role} (column {self.column!r})"
        if self.count == 0:
            return f"{where}: {self.what}. {self.remedy}"
        return (
            f"{where}: {self.what} in {check.counted(self.count, 'row')}, first in row"
            f" {self.first_row} (counted from 0). {self.remedy}"
        )


@attrs.frozen(kw_only=True)
class Dropped:
    """Which rows were left out at the door because they were invalid.

    Attributes:
        rows: how many rows; a row that is bad in three columns counts once.
        problems: why; a row counts once under each of its problems.

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[9.9, None], on_invalid="drop"
        ... )
        >>> tx.dropped.rows, tx.dropped.reasons
        (1, {'amount: missing': 1})
    """

    rows: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def reasons(self) -> Mapping[str, int]:
        """Rows per reason, for example {"amount: missing": 2}."""
        return {f"{p.role}: {p.what}": p.count for p in self.problems}


class Problems:
    """Collects problems column by column, and the rows they are in."""

    def __init__(self, rows: int) -> None:
        """Start with no problem in a frame of *rows* rows."""
        self._bad = np.zeros(rows, dtype=np.bool_)
        self._found: list[Problem] = []

    def refuse(self, role: str, column: str, error: UnreadableError) -> None:
        """Note that a whole column cannot be read."""
        remedy = error.remedy_for(column)
        self._found.append(Problem(role=role, column=column, what=error.what, remedy=remedy))

    def rows(self, role: str, column: str, what: str, bad: BoolArray, remedy: str) -> None:
        """Note the rows in which a value is invalid, if there are any."""
        if bad.any():
            self._bad |= bad
            self._found.append(
                Problem(
                    role=role,
                    column=column,
                    what=what,
                    remedy=remedy,
                    count=int(np.count_nonzero(bad)),
                    first_row=int(np.argmax(bad)),
                )
            )

    def __bool__(self) -> bool:
        """Say whether anything is wrong."""
        return bool(self._found)

    @property
    def good(self) -> BoolArray:
        """The rows without a problem."""
        return ~self._bad

    def raise_unreadable(self) -> None:
        """Raise for columns that cannot be read at all, with everything else that is wrong."""
        if any(p.count == 0 for p in self._found):
            self.raise_all()

    def raise_all(self, advice: str = "") -> None:
        """Raise one error that lists every problem; *advice* follows if rows could be left out."""
        lines = "\n".join(f"  - {p}" for p in self._found)
        droppable = all(p.count for p in self._found)
        raise InvalidDataError(
            f"the frame has {check.counted(len(self._found), 'problem')}:\n{lines}"
            + (f"\n{advice}" if droppable and advice else "")
        )

    def dropped(self) -> Dropped:
        """Return the count of rows to leave out, with the reasons."""
        return Dropped(rows=int(np.count_nonzero(self._bad)), problems=tuple(self._found))
