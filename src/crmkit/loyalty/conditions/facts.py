"""What conditions read: the columns of some whole accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import attrs
import numpy as np

from crmkit.data.codes import Codes
from crmkit.loyalty.conditions.grain import MoneyBase
from crmkit.typing import BoolArray, CodeArray, IntArray

UNKNOWN_DAY = np.iinfo(np.int64).min
"""The day of what is not known."""


class Classes(NamedTuple):
    """A class of each basket's customer: its code, -1 for none, and the names of the codes."""

    codes: CodeArray
    names: tuple[str, ...]


@attrs.frozen(kw_only=True, eq=False)
class Facts:
    """The columns of a block of whole accounts; lines stand basket by basket, none is empty.

    Attributes:
        starts: where the lines of each basket start; one more at the end.
        sale: which lines are sales.
        codes: attributes of lines, and their products.
        money: money of lines, minor units, by what it is.
        quantity: units of lines over *quantity_scale*.
        quantity_scale: units of one piece.
        cost: cost of lines, minor units, if known.
        money_digits: decimals of the currency.
        time: of each basket, seconds since 1970.
        day_start: second of the night at which the trading day starts.
        purchases: which purchase each basket is.
        since_last: seconds since the last one, -1 if there was none.
        tier: rank of the tier in force, -1 for none.
        tier_names: tiers from low to high.
        birthday: of each basket's customer, days since 1970.
        joined: the same of the day they joined.
        segments: classes of customers by the name of the labels.
        tenders: which baskets were paid by a tender, at least in part.
        tables: which labels of a field are among some values, filled as masks ask for them; blocks
            whose codes have the same labels may share one.
    """

    starts: IntArray
    sale: BoolArray
    codes: Mapping[str, Codes]
    money: Mapping[MoneyBase, IntArray]
    quantity: IntArray
    quantity_scale: int = 1
    cost: IntArray | None = None
    money_digits: int = 2
    time: IntArray
    day_start: int = 0
    purchases: IntArray
    since_last: IntArray
    tier: IntArray
    tier_names: tuple[str, ...] = ()
    birthday: IntArray | None = None
    joined: IntArray | None = None
    segments: Mapping[str, Classes] = attrs.field(factory=dict)
    tenders: Mapping[str, BoolArray] = attrs.field(factory=dict)
    tables: dict[tuple[str, tuple[Any, ...]], BoolArray] = attrs.field(factory=dict)

    @property
    def baskets(self) -> int:
        """How many baskets."""
        return len(self.starts) - 1

    @property
    def day(self) -> IntArray:
        """The calendar day of each basket, days since 1970; for weekdays and birthdays."""
        return (self.time - self.day_start) // 86_400

    def any(self, lines: BoolArray) -> BoolArray:
        """Say which baskets have one of some lines."""
        return np.logical_or.reduceat(lines, self.starts[:-1])

    def sums(self, figures: IntArray) -> IntArray:
        """Sum a figure of lines by basket."""
        return np.add.reduceat(figures, self.starts[:-1])

    def basket(self, place: int) -> Facts:
        """Return the facts of one basket alone."""
        lines = slice(int(self.starts[place]), int(self.starts[place + 1]))
        one = slice(place, place + 1)
        return attrs.evolve(
            self,
            starts=self.starts[place : place + 2] - self.starts[place],
            sale=self.sale[lines],
            codes={name: Codes(c.codes[lines], c.labels) for name, c in self.codes.items()},
            money={base: money[lines] for base, money in self.money.items()},
            quantity=self.quantity[lines],
            cost=_some(self.cost, lines),
            time=self.time[one],
            purchases=self.purchases[one],
            since_last=self.since_last[one],
            tier=self.tier[one],
            birthday=_some(self.birthday, one),
            joined=_some(self.joined, one),
            segments={name: Classes(c.codes[one], c.names) for name, c in self.segments.items()},
            tenders={name: paid[one] for name, paid in self.tenders.items()},
        )


def _some(column: IntArray | None, rows: slice) -> IntArray | None:
    return None if column is None else column[rows]
