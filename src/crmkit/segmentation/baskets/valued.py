"""What each product in each basket is worth: figures of lines, added up."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.decimals import is_summable
from crmkit._kernels.grouping import sums_by
from crmkit.data import Decimals, LineValues, Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.entries import basket_rows
from crmkit.typing import BoolArray, CodeArray, IntArray

_BITS = 61
_LARGEST = 2**63 - 1


class Scale(NamedTuple):
    """Whole units for figures: 10**digits of them make 1, or 2**bits where there is no grid.

    On no decimal grid, sums of floats would depend on the order of the lines. Units so small that
    the sum of all lines has 61 bits are finer than that, and add up exactly.
    """

    digits: int | None
    bits: int

    @classmethod
    def of(cls, numbers: Decimals, times: int) -> Scale:
        """Choose the units for figures that may each be counted several *times*."""
        size = float(np.abs(numbers.units.astype(np.float64)).sum()) * times
        if numbers.exact and is_summable(np.array([size])):
            return cls(numbers.digits, 0)
        size = float(np.abs(numbers.values).sum()) * times
        return cls(None, _BITS - math.frexp(size)[1])

    @property
    def per_one(self) -> Fraction:
        """How many units make 1."""
        return Fraction(2) ** self.bits if self.digits is None else Fraction(10**self.digits)

    def units_of(self, numbers: Decimals) -> IntArray:
        """Return figures in whole units."""
        if self.digits is not None:
            return numbers.units.astype(np.int64)
        return np.rint(np.ldexp(numbers.values, self.bits)).astype(np.int64)

    def decimals(self, units: IntArray) -> Decimals:
        """Return whole units as figures."""
        if self.digits is not None:
            return Decimals(units, self.digits)
        return Decimals(np.ldexp(units.astype(np.float64), -self.bits))

    def least(self, amount: float | Decimal | Fraction) -> int:
        """Return the fewest units that reach an amount; floats are compared as they are shown."""
        # Above int64 is above all sums.
        units = min(math.ceil(Fraction(amount) * self.per_one), _LARGEST)
        # 0.3 is a little less than 3/10, 0.7 a little more; both mean what they say.
        while isinstance(amount, float) and float(Fraction(units - 1) / self.per_one) >= amount:
            units -= 1
        return units


def values_of_entries(baskets: Baskets, line_values: LineValues) -> tuple[IntArray, Scale]:
    """Add up the figures of purchase lines for each entry of *baskets*, int64.

    Raises:
        InvalidArgumentError: the baskets were not made of lines, or of other lines.
    """
    check.instance(line_values, LineValues, "line_values", "LineValues.margin(tx) makes them.")
    tx = _source(baskets)
    numbers = line_values.on(tx)
    scale = Scale.of(numbers, len(baskets.levels))
    units, row = scale.units_of(numbers), basket_rows(tx, baskets.unit).lines
    totals, first = np.zeros(len(baskets.items), dtype=np.int64), 0
    for level in baskets.levels:
        codes = tx.ids(level, question="profitable_itemsets()")
        there = (row >= 0) & (codes.codes >= 0)
        place, known = _places(baskets, row[there], codes.codes[there] + np.int32(first))
        np.add(totals, sums_by(place, len(totals), units[there][known]), out=totals)
        first += len(codes.labels)
    return totals, scale


def _source(baskets: Baskets) -> Transactions:
    if baskets.source is None:
        raise InvalidArgumentError(
            "these baskets do not know the lines they were made of, and line_values belong to"
            " lines. Make them with Baskets.from_transactions(tx); for some of the baskets take a"
            " part of the lines first: part = tx.where(mask)."
        )
    return baskets.source


def _places(baskets: Baskets, rows: CodeArray, items: CodeArray) -> tuple[CodeArray, BoolArray]:
    """Find (row, item) pairs among the entries of baskets, and say which are there."""
    if len(baskets.items) == 0:
        return np.zeros(0, dtype=np.int32), np.zeros(len(rows), dtype=np.bool_)
    width = np.int64(len(baskets.products))
    keys = baskets.incidence.rows() * width + baskets.items  # ascending
    wanted = rows * width + items
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    known = keys[place] == wanted
    return place[known].astype(np.int32), known
