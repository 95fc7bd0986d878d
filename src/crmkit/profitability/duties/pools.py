"""What is rounded once: a line, a tariff item or a shipment, and how it comes back to its lines."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.grouping import sums_by
from crmkit.errors import InvalidDataError
from crmkit.money.allocation import AllocationRule, RefusedError, spread_over
from crmkit.money.grouping import Grouping
from crmkit.profitability.keys import dense_codes
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import BoolArray, CodeArray, IntArray, TaxLevel

_EVEN_IF_ZERO = AllocationRule(on_zero="equal")
LARGEST = 2.0**62


@attrs.frozen(eq=False)
class Pools:
    """Lines put together: each pool is computed and rounded as one.

    Attributes:
        lines: the lines that take part.
        code: pool of each of these; None if each is its own.
        example: the first line of each pool.
    """

    lines: IntArray
    code: CodeArray | None
    example: IntArray

    @classmethod
    def of(cls, lines: ShipmentLines, level: TaxLevel, some: BoolArray, *more: IntArray) -> Pools:
        """Pool some of the lines; within a pool the columns *more* are equal, too."""
        members = np.flatnonzero(some)
        if level == "line":
            return cls(members, None, members)
        keys: list[CodeArray | IntArray] = [lines.shipment.codes]
        if level == "item":
            keys += [c.codes for c in (lines.hs_code, lines.origin) if c is not None]
        code, example = dense_codes(*(key[members] for key in (*keys, *more)))
        return cls(members, code, members[example])

    def __len__(self) -> int:
        """How many pools."""
        return len(self.example)

    def summed(self, figures: IntArray) -> IntArray:
        """Sum a figure per line over each pool."""
        own: IntArray = figures[self.lines]
        if self.code is None:
            return own
        sums: IntArray = np.asarray(sums_by(self.code, len(self), own), dtype=np.int64)
        return sums

    def spread(self, amounts: IntArray, weights: IntArray, name: str) -> IntArray:
        """Spread an amount per pool over its lines; 0 on the lines that take no part."""
        shares = np.zeros(len(weights), dtype=np.int64)
        if self.code is None:
            shares[self.lines] = amounts
            return shares
        grouping = Grouping.of(self.code, len(self), len(self.lines))

        def named(pool: int, line: int) -> str:
            return f"{name}, pool of line {self.example[pool] if line < 0 else self.lines[line]}"

        try:
            own = spread_over(amounts, weights[self.lines], grouping, _EVEN_IF_ZERO, named)
        except RefusedError as refused:
            raise InvalidDataError(str(refused)) from None
        shares[self.lines] = own
        return shares

    def beside(self, line: int) -> IntArray:
        """Return the lines of the pool that one line is in."""
        here: IntArray = self.lines[self.lines == line]
        if self.code is None or len(here) == 0:
            return here
        there: IntArray = self.lines[self.code == self.code[self.lines == line]]
        return there


def exact_sum(columns: list[IntArray], what: str, lines: int) -> IntArray:
    """Add columns up, proven to fit."""
    total = np.zeros(lines, dtype=np.int64)
    size = np.zeros(lines)
    for column in columns:
        total += column
        size += np.abs(column.astype(np.float64))
    if float(size.sum()) >= LARGEST:
        raise InvalidDataError(f"{what}: the amounts sum to more than 64 bits hold exactly.")
    return total
