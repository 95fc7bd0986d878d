"""The till's lines as whole minor units and units of quantity, and costs spread over them."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import attrs
import numpy as np

from crmkit._kernels.grouping import sums_by
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidDataError
from crmkit.money.allocation import AllocationRule, spread_over
from crmkit.money.amounts import minor_units, rationals, round_ratio
from crmkit.money.grouping import Grouping
from crmkit.profitability.keys import combined
from crmkit.typing import BoolArray, IntArray, IntoRate, ReturnRule, RoundingMode

QUESTION = "contribution()"
_EVENLY = AllocationRule(on_zero="equal")


class Unallocated(NamedTuple):
    """A cost that no line carries: what it is of, and how much, in minor units."""

    what: str
    units: int


@attrs.frozen(kw_only=True, eq=False)
class Posted:
    """What a source costs each line, in minor units, and what no line carries."""

    lines: IntArray
    unallocated: tuple[Unallocated, ...] = ()


@attrs.frozen(kw_only=True, eq=False)
class Till:
    """The lines that costs are spread over.

    Attributes:
        tx: the lines.
        digits: digits of the currency.
        rounding: how totals between two minor units are rounded.
        counted: which lines the answer is about; the others carry nothing.
    """

    tx: Transactions
    digits: int
    rounding: RoundingMode
    counted: BoolArray | None = None

    @cached_property
    def net(self) -> IntArray:
        """Money of each line; 0 on lines that are not counted."""
        units = self.minor(self.tx.numbers("amount", question=QUESTION), "amount")
        return units if self.counted is None else np.where(self.counted, units, 0)

    @cached_property
    def pieces(self) -> Decimals:
        """Units of each line, on their decimal grid; 0 on lines that are not counted."""
        return self.counted_only(self.tx.numbers("quantity", question=QUESTION))

    @cached_property
    def cost(self) -> Decimals:
        """What the goods of each line cost, by the cost column; 0 on lines not counted."""
        return self.counted_only(self.tx.numbers("cost", question=QUESTION))

    @cached_property
    def visits(self) -> Codes:
        """Which basket each line is in: numbers that several customers use are several baskets."""
        ids, customer = self.tx.ids("basket", question=QUESTION), self.tx.customer
        buyer = np.zeros(len(ids.labels), dtype=np.int32)
        buyer[ids.codes] = customer.codes
        if np.array_equal(buyer[ids.codes], customer.codes):
            return ids
        rows, firsts = combined([ids, customer])
        return Codes(rows.astype(np.int32), firsts.astype(np.int64))

    def counted_only(self, numbers: Decimals) -> Decimals:
        """Return figures of lines with 0 on those that are not counted.

        Raises:
            InvalidDataError: the figures lie on no decimal grid.
        """
        if not numbers.exact:
            raise InvalidDataError("figures lie on no decimal grid; round them to some digits.")
        if self.counted is None:
            return numbers
        return Decimals(np.where(self.counted, numbers.units, 0), numbers.digits)

    @cached_property
    def events(self) -> IntArray:
        """One for each counted line."""
        ones = np.ones(len(self.tx), dtype=np.int64)
        return ones if self.counted is None else np.where(self.counted, ones, 0)

    @cached_property
    def sold(self) -> IntArray:
        """Money of each line that is no return, not negative: what costs of baskets go by."""
        return np.where(self.tx.is_return, 0, np.maximum(self.net, 0))

    def minor(self, numbers: Decimals, name: str) -> IntArray:
        """Return numbers in minor units of the currency.

        Raises:
            InvalidDataError: some are finer than its digits.
        """
        if numbers.digits is not None and numbers.digits <= self.digits:
            scale = 10 ** (self.digits - numbers.digits)
            units = np.asarray(numbers.units, dtype=np.int64)
            return units if scale == 1 else units * scale
        return minor_units(numbers.values, self.digits, None, name)

    # --- a rate, and what it is of ---------------------------------------------------------------

    def rated(self, base: Decimals, rate: IntoRate, returns: ReturnRule) -> IntArray:
        """Return a rate times a base of each line: the total is rounded once, then spread.

        Lines of negative base are a total of their own, so that returns cancel what they reverse.
        """
        units = self.after_returns(np.asarray(base.units, dtype=np.int64), returns)
        if units.min(initial=0) >= 0:
            return self._spread_rate(units, base.digits or 0, rate)
        shares = self._spread_rate(np.maximum(units, 0), base.digits or 0, rate)
        shares -= self._spread_rate(np.maximum(-units, 0), base.digits or 0, rate)
        return shares

    def after_returns(self, units: IntArray, returns: ReturnRule) -> IntArray:
        """Apply the rule of returns to a base: negative, nothing, or one more event."""
        if returns == "reverse" or not self.tx.is_return.any():
            return units
        if returns == "charge":
            return np.where(self.tx.is_return, np.abs(units), units)
        return np.where(self.tx.is_return, 0, units)

    def _spread_rate(self, weights: IntArray, digits: int, rate: IntoRate) -> IntArray:
        top, bottom = (int(part[0]) for part in rationals(rate))
        # In Python's integers: the sum of a base times a rate may exceed 64 bits.
        scaled = int(weights.sum()) * top * 10**self.digits
        total = round_ratio(scaled, bottom * 10**digits, self.rounding)
        return self.spread_total(total, weights)

    def spread_total(self, total: int, weights: IntArray) -> IntArray:
        """Spread one amount over all lines."""
        if total == 0:
            return np.zeros(len(weights), dtype=np.int64)
        whole = Grouping.of(None, 1, len(weights))
        return spread_over(np.array([total]), weights, whole, AllocationRule())

    # --- costs of baskets, customers, products ---------------------------------------------------

    def spread_over_ids(self, ids: Codes, amounts: IntArray, weights: IntArray) -> IntArray:
        """Spread an amount per id over its counted lines; evenly where all weights are zero."""
        rows = np.flatnonzero((ids.codes >= 0) & (self.events > 0))
        grouping = Grouping.of(ids.codes[rows], len(amounts), len(rows))
        shares = np.zeros(len(ids), dtype=np.int64)
        shares[rows] = spread_over(amounts, weights[rows], grouping, _EVENLY)
        return shares

    def occurs(self, ids: Codes) -> BoolArray:
        """Say which ids have a counted line."""
        rows = ids.codes[(ids.codes >= 0) & (self.events > 0)]
        return np.asarray(np.bincount(rows, minlength=len(ids.labels)) > 0)

    def sums_over_ids(self, ids: Codes, figures: IntArray) -> IntArray:
        """Sum figures of lines by id."""
        known = ids.codes >= 0
        sums = sums_by(ids.codes[known], len(ids.labels), figures[known])
        return np.asarray(sums, dtype=np.int64)
