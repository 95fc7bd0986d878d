"""When did each customer buy each thing, and for how long have they not come back?"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import attrs
import numpy as np

from crmkit._kernels.occasions import Gaps, Lines, Occasions, gaps_of, occasions_of
from crmkit._kernels.segments import heads_of, over_rows
from crmkit._kernels.summaries import days_since_epoch
from crmkit.data import Codes, Transactions
from crmkit.typing import BoolArray, CycleUnit, FloatArray, IntArray, LabelArray, NumberArray

_NO_DAY = np.datetime64("NaT", "D")


class CyclesLeftOut(NamedTuple):
    """What the cycles do not speak of.

    Attributes:
        guest_lines: lines without a customer.
        unnamed_lines: lines without a product or category.
        cancelled_days: days of a customer and product whose units come to nothing or less.

    Examples:
        >>> from crmkit.lifecycle import replenishment
        >>> import crmkit as ck
        >>> import numpy as np
        >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=100)
        >>> print(replenishment(tx).left_out.guest_lines)
        181
    """

    guest_lines: int
    unnamed_lines: int
    cancelled_days: int


@attrs.frozen(kw_only=True, eq=False)
class Observed:
    """Purchase days of pairs of customer and item, and the gaps between them.

    Attributes:
        customers: ids of the customers.
        items: ids of the products or categories.
        codes: of the items in the lines.
        first_day: what day 0 is.
        end: the last day observed, counted from *first_day*.
        occasions: when was bought, by pair.
        gaps: completed gaps, by pair.
        with_units: whether quantities are known.
        left_out: lines and days not spoken of.
    """

    customers: LabelArray
    items: LabelArray
    codes: IntArray
    first_day: np.datetime64
    end: int
    occasions: Occasions
    gaps: Gaps
    with_units: bool
    left_out: CyclesLeftOut

    @property
    def pairs(self) -> int:
        """How many pairs of customer and item."""
        return len(self.occasions.item)

    @property
    def item(self) -> IntArray:
        """The item of each pair."""
        return self.occasions.item

    @cached_property
    def last(self) -> IntArray:
        """The last purchase day of each pair."""
        return self.occasions.day[self.occasions.starts[1:] - 1]

    @cached_property
    def completed(self) -> IntArray:
        """How many gaps each pair has completed."""
        return np.diff(self.occasions.starts) - 1

    @cached_property
    def gap_item(self) -> IntArray:
        """The item of each completed gap."""
        return self.item[self.gaps.pair]

    @cached_property
    def units(self) -> FloatArray:
        """Units of each occasion, 1 where they are not known."""
        if self.with_units:
            return self.occasions.units.astype(np.float64)
        return np.ones(len(self.occasions.day))

    @property
    def mean_units(self) -> FloatArray:
        """Mean units of an occasion of each pair."""
        if not self.pairs:
            return np.zeros(0)
        starts = self.occasions.starts
        return np.asarray(np.add.reduceat(self.units, starts[:-1]) / np.diff(starts))

    @property
    def last_day(self) -> np.datetime64:
        """The last day observed as a date; NaT if there is none."""
        return self.first_day + np.timedelta64(self.end, "D")

    @cached_property
    def first_gap(self) -> IntArray:
        """Where the completed gaps of each pair start, and after the last one where they end."""
        # Of each pair before, the last occasion opened none.
        starts = self.occasions.starts
        return starts - np.arange(len(starts))

    def pairs_of(self, item: int) -> slice:
        """Return the pairs of one item."""
        first, stop = np.searchsorted(self.item, [item, item + 1])
        return slice(int(first), int(stop))

    @cached_property
    def pairs_per_item(self) -> IntArray:
        """How many customers bought each item."""
        return np.bincount(self.item, minlength=len(self.items))

    @cached_property
    def gaps_per_item(self) -> IntArray:
        """How many gaps the customers of each item have completed."""
        return np.bincount(self.item, self.completed, len(self.items)).astype(np.int64)


def observe(tx: Transactions, by: CycleUnit) -> Observed:
    """Reduce lines to purchase days per customer and item."""
    item = tx.ids(by, question=f"replenishment(by={by!r})")
    known = ~(tx.customer.missing | item.missing)
    units = _units(tx)
    first, end = _window(tx)
    lines = _lines(tx, item, units, known, first)
    occasions = occasions_of(lines, max(len(tx.customer.labels), 1), end + 1)
    first_pair = heads_of(occasions.item)
    bought = occasions.item[first_pair]
    place = over_rows(np.arange(len(bought)), first_pair, len(occasions.item))
    return Observed(
        customers=tx.customer.labels,
        items=item.labels[bought],
        codes=bought,
        first_day=first,
        end=end,
        occasions=_in_units(tx, occasions._replace(item=place)),
        gaps=gaps_of(occasions),
        with_units=tx.quantity is not None,
        left_out=CyclesLeftOut(
            int(np.count_nonzero(tx.is_guest)),
            int(np.count_nonzero(item.missing & ~tx.is_guest)),
            occasions.cancelled,
        ),
    )


def _window(tx: Transactions) -> tuple[np.datetime64, int]:
    """Return the first day, and the number of the last one: of the lines, or of `between`."""
    if len(tx) == 0:
        return _NO_DAY, 0
    first, last = tx.period
    if tx.until is not None:
        last = max(last, tx.until - np.timedelta64(1, "D"))
    return first, int((last - first).astype(np.int64))


def _units(tx: Transactions) -> NumberArray:
    """Return units per line; without quantities a line is one unit, and a return takes one back."""
    if tx.quantity is not None:
        return tx.quantity.units
    return np.where(tx.is_return, -1, 1).astype(np.int64)


def _lines(
    tx: Transactions, item: Codes, units: NumberArray, known: BoolArray, first: np.datetime64
) -> Lines:
    day = days_since_epoch(tx.time.view(np.int64))
    day -= np.int32(0 if np.isnat(first) else first.astype(np.int64))
    lines = Lines(tx.customer.codes, item.codes, day, units)
    return lines if known.all() else Lines(*(column[known] for column in lines))  # type: ignore[arg-type]


def _in_units(tx: Transactions, occasions: Occasions) -> Occasions:
    digits = None if tx.quantity is None else tx.quantity.digits
    return occasions._replace(units=occasions.units / 10.0**digits) if digits else occasions
