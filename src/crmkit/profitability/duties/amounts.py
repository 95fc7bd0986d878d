"""Amounts of duty, exactly: rate x value + amount x quantity, between a minimum and a maximum.

All of it is computed as quotient and remainder over one denominator for rows of the same units
and currency, so that minimum and maximum are compared, and the result is rounded, from exact
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from crmkit._kernels.exact import is_provable, muldiv, rounds_away
from crmkit.errors import InvalidDataError
from crmkit.profitability.duties.tariff import DutySchedule
from crmkit.profitability.duties.tariff_reading import RateForm
from crmkit.profitability.keys import dense_codes
from crmkit.typing import BoolArray, IntArray, RoundingMode


class Dutiable(NamedTuple):
    """What a duty is computed from, one entry per line or item.

    Attributes:
        base: minor units that rates stand on.
        row: row of the tariff.
        quantities: units of 10**-digits of each measure that rows ask for.
        digits: digits of each measure.
        where: says where an entry is from.
    """

    base: IntArray
    row: IntArray
    quantities: Mapping[str, IntArray]
    digits: Mapping[str, int]
    where: Callable[[int], str]

    def some(self, places: IntArray) -> Dutiable:
        """Return some of the entries."""
        return Dutiable(
            self.base[places],
            self.row[places],
            {name: column[places] for name, column in self.quantities.items()},
            self.digits,
            lambda place: self.where(int(places[place])),
        )


class _Exact(NamedTuple):
    """Numbers quotient + remainder / divisor, with 0 <= remainder < divisor."""

    whole: IntArray
    rest: IntArray

    def is_below(self, other: _Exact) -> BoolArray:
        below = self.whole < other.whole
        below |= (self.whole == other.whole) & (self.rest < other.rest)
        return np.asarray(below)

    def where(self, mask: BoolArray, other: _Exact) -> _Exact:
        """Take the other's numbers where the mask says so."""
        return _Exact(
            np.where(mask, other.whole, self.whole), np.where(mask, other.rest, self.rest)
        )


class Prices(NamedTuple):
    """What amounts of a tariff are in the books: rates per currency, digits of the minor unit."""

    rates: Mapping[str, Fraction]
    digits: int

    def of(self, schedule: DutySchedule, row: int) -> Fraction:
        """Return minor units per major unit of the row's currency."""
        code = int(schedule.currency.codes[row])
        own = Fraction(1) if code < 0 else self.rates[schedule.currency.labels[code]]
        return Fraction(own * 10**self.digits)


def duty_amounts(
    schedule: DutySchedule, dutiable: Dutiable, prices: Prices, rounding: RoundingMode
) -> IntArray:
    """Return the duty of each entry, rounded once.

    Raises:
        InvalidDataError: an amount that is not proven exact in 64 bits.
    """
    amounts = np.zeros(len(dutiable.row), dtype=np.int64)
    forms = (schedule.duty, schedule.minimum, schedule.maximum)
    # Rows that share units and currency share a denominator.
    kinds, example = dense_codes(*(form.unit for form in forms), schedule.currency.codes)
    of_row = kinds[dutiable.row]
    for kind in np.flatnonzero(np.bincount(of_row, minlength=len(example))).tolist():
        places = np.flatnonzero(of_row == kind)
        same = dutiable if len(places) == len(of_row) else dutiable.some(places)
        price = prices.of(schedule, int(example[kind]))
        amounts[places] = _Alike(schedule, same, price).rounded(rounding)
    return amounts


class _Alike:
    """Entries whose rows share units and currency."""

    def __init__(self, schedule: DutySchedule, dutiable: Dutiable, price: Fraction) -> None:
        self._schedule = schedule
        self._dutiable = dutiable
        self._price = price
        every = (schedule.duty, schedule.minimum, schedule.maximum)
        forms = [form for form in every if form.there[dutiable.row].any()]
        bottoms = [10**form.ad_digits for form in forms]
        bottoms += [self._per_unit(form).denominator for form in forms]
        self._divisor = math.lcm(*bottoms)

    def rounded(self, mode: RoundingMode) -> IntArray:
        amount = self._value(self._schedule.duty)
        least, most = self._schedule.minimum, self._schedule.maximum
        there = least.there[self._dutiable.row]
        if there.any():
            low = self._value(least)
            amount = amount.where(there & amount.is_below(low), low)
        there = most.there[self._dutiable.row]
        if there.any():
            high = self._value(most)
            amount = amount.where(there & high.is_below(amount), high)
        nothing = amount.whole < 0
        whole, rest = np.where(nothing, 0, amount.whole), np.where(nothing, 0, amount.rest)
        return whole + rounds_away(whole, rest, self._divisors(len(whole)), mode, False)

    def _divisors(self, entries: int) -> IntArray:
        return np.full(entries, self._divisor, dtype=np.int64)

    def _per_unit(self, form: RateForm) -> Fraction:
        """Return minor units per unit of the form's amounts and of the measure's grid."""
        code = int(form.unit[self._dutiable.row[0]])
        if code < 0:
            return Fraction(1)
        measure, size = form.units[code]
        grid = 10 ** (form.specific_digits + self._dutiable.digits[measure])
        return Fraction(self._price / grid / size)

    def _value(self, form: RateForm) -> _Exact:
        row = self._dutiable.row
        value = self._times(self._dutiable.base, form.ad_valorem, Fraction(1, 10**form.ad_digits))
        code = int(form.unit[row[0]])
        if code < 0:
            return value
        quantity = self._dutiable.quantities[form.units[code].measure]
        amount = self._times(quantity, form.specific, self._per_unit(form))
        rest = value.rest - (self._divisor - amount.rest)  # their sum might overflow
        carry = rest >= 0
        return _Exact(
            value.whole + amount.whole + carry, np.where(carry, rest, rest + self._divisor)
        )

    def _times(self, figures: IntArray, per_row: IntArray, scale: Fraction) -> _Exact:
        """Return figure x factor of its row x scale."""
        step = int(scale * self._divisor)
        factors = per_row[self._dutiable.row]
        self._prove(figures, factors, step)
        factors = factors * step
        whole, rest = muldiv(figures, np.abs(factors), self._divisors(len(figures)))
        below = (factors < 0) & ((whole > 0) | (rest > 0))
        if not below.any():
            return _Exact(whole, rest)
        # -(q + r/d) is (-q - 1) + (d - r)/d.
        broken = below & (rest > 0)
        return _Exact(
            np.where(below, -whole - broken, whole), np.where(broken, self._divisor - rest, rest)
        )

    def _prove(self, figures: IntArray, factors: IntArray, step: int) -> None:
        sizes = np.abs(factors.astype(np.float64)) * float(step)
        bounds = figures * sizes / float(self._divisor)
        held = is_provable(bounds, np.full(len(figures), float(self._divisor)))
        held &= (sizes < 2.0**62) & (bounds < 2.0**60)
        if not held.all():
            place = int(np.argmin(held))
            raise InvalidDataError(
                f"{self._dutiable.where(place)}: the duty of"
                f" {self._schedule.describe(int(self._dutiable.row[place]))} is too large, or of"
                " too many digits, to be exact in 64 bits; round quantities or rates of exchange."
            )
