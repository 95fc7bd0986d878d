"""The till's lines as whole minor units and units of quantity, and costs spread over them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, cast

import attrs
import numpy as np

from crmkit._kernels.grouping import sums_by
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.minor import minor_of
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidDataError
from crmkit.money.allocation import AllocationRule, RefusedError, spread_over
from crmkit.money.amounts import rationals, round_ratio
from crmkit.money.grouping import Grouping
from crmkit.profitability.keys import combined
from crmkit.profitability.profit.returns import ReturnLinks, original_baskets
from crmkit.typing import BoolArray, IntArray, IntoRate, ReturnRule, RoundingMode

QUESTION = "contribution()"
A = TypeVar("A")
_EXACTLY = AllocationRule()
_EVENLY = AllocationRule(on_zero="equal")
_LARGEST = 2**62
"""Sums of minor units stay below it, so that sums of steps fit 64 bits."""


class Unallocated(NamedTuple):
    """A cost that no line carries: what it is of, and how much, in minor units."""

    what: str
    units: int


@attrs.frozen(kw_only=True, eq=False)
class Posted:
    """What a source costs each line, in minor units, and what no line carries.

    The figures are handed over: they must be of this source and this answer alone.
    """

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
        origin: attribute that names, on a return, the basket of its sale.
        purchased: what the goods cost, where there is no cost column and the model says it.
    """

    tx: Transactions
    digits: int
    rounding: RoundingMode
    counted: BoolArray | None = None
    origin: str | None = None
    purchased: Decimals | None = None
    _found: list[tuple[Any, Any]] = attrs.field(factory=list, init=False)

    def once(self, asked: Any, answer: Callable[[], A]) -> A:
        """Return the answer to what was asked of these lines before, or find it."""
        for before, found in self._found:
            if before == asked:
                return cast(A, found)
        found = answer()
        self._found.append((asked, found))
        return found

    @cached_property
    def net(self) -> IntArray:
        """Money of each line; 0 on lines that are not counted."""
        units = self.minor(self.tx.numbers("amount", question=QUESTION), "amount")
        return units if self.counted is None else np.where(self.counted, units, 0)

    @cached_property
    def pieces(self) -> Decimals:
        """Units of each line, on their decimal grid: negative on returns, 0 where not counted."""
        return self.signed(self.counted_only(self.tx.numbers("quantity", question=QUESTION)))

    @cached_property
    def cost(self) -> Decimals:
        """What the goods of each line cost, by the cost column; 0 on lines not counted."""
        if self.purchased is not None:
            return self.purchased
        return self.counted_only(self.tx.numbers("cost", question=QUESTION), "cost")

    @cached_property
    def visits(self) -> Codes:
        """Which basket each line is in: numbers that several customers use are several baskets."""
        ids, customer = self.tx.ids("basket", question=QUESTION), self.tx.customer
        buyer = np.zeros(len(ids.labels), dtype=np.int32)
        buyer[ids.codes] = customer.codes
        if np.array_equal(buyer[ids.codes], customer.codes):
            return ids
        rows, keys = combined([ids, customer])
        return Codes(rows.astype(np.int32), np.arange(len(keys[0])))

    def counted_only(self, numbers: Decimals, name: str = "quantity") -> Decimals:
        """Return figures of lines with 0 on those that are not counted.

        Raises:
            InvalidDataError: the figures lie on no decimal grid.
        """
        if not numbers.exact:
            raise InvalidDataError(
                f"{name}: the figures lie on no decimal grid of up to 8 digits; round them."
            )
        if self.counted is None:
            return numbers
        return Decimals(np.where(self.counted, numbers.units, 0), numbers.digits)

    def signed(self, numbers: Decimals) -> Decimals:
        """Return figures that count units: negative on returns, whichever sign they came with."""
        returned = self.tx.is_return
        if not np.any(returned & (numbers.units > 0)):
            return numbers
        return Decimals(np.where(returned, -np.abs(numbers.units), numbers.units), numbers.digits)

    @cached_property
    def present(self) -> BoolArray:
        """Which lines are counted."""
        return np.ones(len(self.tx), dtype=np.bool_) if self.counted is None else self.counted

    @cached_property
    def sales(self) -> BoolArray:
        """Which counted lines are no returns."""
        return self.present & ~self.tx.is_return

    @cached_property
    def links(self) -> ReturnLinks | None:
        """Which sales returns undo; None where no attribute says so."""
        if self.origin is None:
            return None
        baskets = original_baskets(self.tx, self.origin, QUESTION)
        keys = [baskets, self.tx.ids("product", question=QUESTION)]
        if self.visits is not self.tx.basket:
            # Customers share basket numbers.
            keys.append(self.tx.customer)
        return ReturnLinks.of(keys, np.abs(self.pieces.units.astype(np.int64)), self.tx.is_return)

    @cached_property
    def sold(self) -> IntArray:
        """Money of each line that is no return, not negative: what costs of baskets go by."""
        return np.where(self.tx.is_return, 0, np.maximum(self.net, 0))

    def minor(self, numbers: Decimals, name: str) -> IntArray:
        """Return numbers in minor units of the currency.

        Raises:
            InvalidDataError: some are finer than its digits, or all too large to be summed.
        """
        return minor_of(numbers, self.digits, name)

    # --- a rate, and what it is of ---------------------------------------------------------------

    def rated(self, base: Decimals, rate: IntoRate, returns: ReturnRule) -> IntArray:
        """Return a rate times a base of each line: the total is rounded once, then spread.

        Lines of negative base are a total of their own, so that returns cancel what they reverse.
        """
        units = self.after_returns(np.asarray(base.units, dtype=np.int64), returns)

        def spread(weights: IntArray) -> IntArray:
            return self._spread_rate(weights, base.digits or 0, rate)

        return self.both_ways(units, spread, reverse=returns == "reverse")

    def both_ways(
        self, units: IntArray, spread: Callable[[IntArray], IntArray], *, reverse: bool
    ) -> IntArray:
        """Spread by what is positive, and take back by what is negative.

        Where returns *reverse*, those whose sale is known give back what that sale carries.
        """
        links = self.links if reverse else None
        if links is not None:
            units = units.copy()
            units[links.rows] = 0
        falls = units.min(initial=0) < 0
        shares = spread(np.maximum(units, 0) if falls else units)
        if falls:
            shares -= spread(np.maximum(-units, 0))
        return shares if links is None else shares + links.reversal(shares)

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
        """Spread one amount over all lines.

        Raises:
            InvalidDataError: an amount that 64 bits do not hold.
        """
        if total == 0:
            return np.zeros(len(weights), dtype=np.int64)
        if abs(total) >= _LARGEST:
            raise InvalidDataError(
                f"a total of {total:,} minor units is too large for 64 bits. Is the rate per unit,"
                " and the quantity in the unit the rate is of? If so, say fewer digits."
            )
        whole = Grouping.of(None, 1, len(weights))
        return _spread(np.array([total]), weights, whole, _EXACTLY)

    # --- costs of baskets, customers, products ---------------------------------------------------

    def spread_over_ids(
        self, ids: Codes, amounts: IntArray, weights: IntArray, carriers: BoolArray
    ) -> IntArray:
        """Spread an amount per id over its *carriers*; evenly where all weights are zero."""
        rows = np.flatnonzero(carriers & (ids.codes >= 0))
        grouping = Grouping.of(ids.codes[rows], len(amounts), len(rows))
        shares = np.zeros(len(ids), dtype=np.int64)
        shares[rows] = _spread(amounts, weights[rows], grouping, _EVENLY)
        return shares

    def sums_over_ids(self, ids: Codes, figures: IntArray) -> IntArray:
        """Sum figures of lines by id."""
        known = ids.codes >= 0
        sums = sums_by(ids.codes[known], len(ids.labels), figures[known])
        return np.asarray(sums, dtype=np.int64)


def occurring(ids: Codes, lines: BoolArray) -> BoolArray:
    """Say which ids have one of the *lines*."""
    return ids[lines].used


def _spread(
    amounts: IntArray, weights: IntArray, grouping: Grouping, rule: AllocationRule
) -> IntArray:
    try:
        return spread_over(amounts, weights, grouping, rule, _line)
    except RefusedError as refused:
        raise InvalidDataError(str(refused)) from None


def _line(_: int, line: int) -> str:
    return "a cost" if line < 0 else f"a cost spread over lines, line {line} the first"
