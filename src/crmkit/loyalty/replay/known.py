"""What is known of customers: birthdays, households, segments, each from its time on."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd

from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Classes
from crmkit.loyalty.replay.history import Customers
from crmkit.typing import CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True)
class Known:
    """What was known of customers up to a moment.

    Attributes:
        until: the last second for which it holds; None for no end.
        customers: what was known; None for nothing.

    Examples:
        >>> from crmkit.loyalty import Customers
        >>> from crmkit.loyalty.replay.known import Known
        >>> Known(until=None, customers=Customers(customer=["ann"])).until is None
        True
    """

    until: int | None
    customers: Customers | None

    __hash__ = None  # type: ignore[assignment]


@attrs.frozen(eq=False)
class Register:
    """Looks up, for members at moments, what was known of them then.

    Attributes:
        known: what was known, from the oldest on.
        members: labels of members; code -1 is a guest, of whom nothing is known.
    """

    known: tuple[Known, ...]
    members: LabelArray

    def days(self, fact: str, member: CodeArray, time: IntArray) -> IntArray:
        """Return a date of each member as days since 1970, `UNKNOWN_DAY` where there is none."""
        found = np.full(len(member), UNKNOWN_DAY)
        for customers, rows in self._parts(time):
            days = None if customers is None else getattr(customers, fact)
            if customers is not None and days is not None:
                table = np.append(days.astype("datetime64[D]").view(np.int64), UNKNOWN_DAY)
                found[rows] = table[self._rows(customers)[member[rows]]]
        return found

    def classes(self, labels: str, member: CodeArray, time: IntArray) -> Classes:
        """Return the class of each member among some labels, -1 for none."""
        names: dict[str, int] = {}
        codes = np.full(len(member), -1, dtype=np.int32)
        for customers, rows in self._parts(time):
            for found in customers.segments if customers is not None else ():
                if found.name == labels:
                    new = [names.setdefault(name, len(names)) for name in found.names]
                    table = np.append(found.codes_of(self.members), np.int32(-1))
                    codes[rows] = np.array([*new, -1], dtype=np.int32)[table[member[rows]]]
        return Classes(codes, tuple(names))

    def _parts(self, time: IntArray) -> list[tuple[Customers | None, IntArray]]:
        """Return who was known when, and the moments that each of these is about."""
        ends = np.array([k.until for k in self.known[:-1]], dtype=np.int64)
        epoch = np.searchsorted(ends, time, side="left")
        return [
            (one.customers, np.flatnonzero(epoch == place)) for place, one in enumerate(self.known)
        ]

    def _rows(self, customers: Customers) -> IntArray:
        """Return the row of each member in the table of customers; -1 for none, and for guests."""
        table = pd.Index(customers.customer)
        return np.append(table.get_indexer(pd.Index(self.members)), -1)
