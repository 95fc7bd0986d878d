"""Was the investment worth it? Net present value, every internal rate of return, payback."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array, read_only
from crmkit._kernels.exponential_sums import roots
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import DayArray, FloatArray, PaybackConvention

_YEAR: Final = 365.0
_NOTHING: Final = 1e-12
"""A balance this small, against all that flowed, is a rounding error of floats."""


@attrs.frozen(kw_only=True, repr=False)
class Payback:
    """When the money was back.

    Attributes:
        time: in periods (years, for dates) on the scale of the flow's times; None is never.
        falls_below_again: whether later flows make the balance negative once more.
        balance: what is left in the end, discounted; below zero it is what is missing.
        rate: what flows were discounted at, per period.
        convention: how the time was read between two flows.

    Examples:
        >>> from crmkit.profitability import cash_flow
        >>> cash_flow([-100, 40, 40, 40]).payback(0.10)
        Payback(never: 0.53 short at 10 %)
    """

    time: float | None
    falls_below_again: bool
    balance: float
    rate: float
    convention: PaybackConvention

    def __repr__(self) -> str:
        """When, or how much is missing."""
        if self.time is None:
            return f"Payback(never: {-self.balance:,.2f} short at {self.rate * 100:.4g} %)"
        again = ", below zero again later" if self.falls_below_again else ""
        return f"Payback({self.time:.4g} at {self.rate * 100:.4g} %, {self.convention}{again})"


@attrs.frozen(kw_only=True, repr=False)
class CashFlow(Answer):
    """Money in (positive) and out (negative) over time; a row per point in time.

    Attributes:
        times: periods, ascending; years of 365 days from the first flow where dates were given.
        amounts: what flows then, flows of the same time netted.
        dates: the days, where dates were given.

    Examples:
        >>> from crmkit.profitability import cash_flow
        >>> cash_flow([-100, 60, 60])
        CashFlow(3 flows over 2 periods, IRR 13.1 %)
    """

    times: FloatArray = array(dtype=np.float64)
    amounts: FloatArray = array(dtype=np.float64)
    dates: DayArray | None = array(optional=True)

    def __len__(self) -> int:
        """How many points in time."""
        return len(self.times)

    def __repr__(self) -> str:
        """How many flows over which time, and the internal rates of return."""
        span = self.times[-1] - self.times[0]
        unit = "period" if self.dates is None else "year"
        found = ", ".join(f"{rate * 100:.1f} %" for rate in self.irr) or "none"
        several = ": several, ask npv or mirr" if len(self.irr) > 1 else ""
        return (
            f"CashFlow({check.counted(len(self), 'flow')} over {span:.4g} {unit}"
            f"{'' if span == 1 else 's'}, IRR {found}{several})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        dates = {} if self.dates is None else {"date": self.dates}
        flows = {"amount": self.amounts, "cumulative": self.amounts.cumsum()}
        return {**dates, "time": self.times, **flows}

    def npv(self, rate: float) -> float:
        """Return the net present value: the sum of amount / (1 + rate) ** time.

        What flows at time 0 counts in full. Spreadsheets discount the first flow as well; theirs
        is this figure divided by 1 + rate.

        Args:
            rate: per period, above -1; 0.05 for 5 %.

        Raises:
            InvalidArgumentError: no such rate.

        Examples:
            >>> from crmkit.profitability import cash_flow
            >>> round(cash_flow([-100, 60, 60]).npv(0.10), 2)
            4.13
        """
        return float(self._discounted(rate).sum())

    def _discounted(self, rate: float) -> FloatArray:
        _prove_rates(rate=rate)
        return _at(self.amounts, rate, -self.times)

    @cached_property
    def irr(self) -> FloatArray:
        """Every internal rate of return above -1, ascending; empty where there is none.

        There are at most as many as the flows change sign. Where npv only touches zero the rate
        is listed once; so are two rates that floats cannot tell apart, about 1e-7 from each other.
        With several, none of them says whether to invest: ask `npv` at your cost of capital, or
        `mirr`. Rates beyond floats are inf.
        """
        flowing = self.amounts != 0
        with np.errstate(over="ignore"):
            rates = np.expm1(roots(self.amounts[flowing], self.times[flowing]))
        return read_only(np.where(np.abs(rates) < 1e-15, 0.0, rates))

    def mirr(self, finance_rate: float, reinvest_rate: float) -> float:
        """Return the modified internal rate of return: always one, with both rates named.

        What comes in earns *reinvest_rate* until the last time; what goes out is paid for at
        *finance_rate* from the first.

        Raises:
            InvalidArgumentError: rates not above -1.
            InvalidDataError: flows that are all in or all out, or at one time.

        Examples:
            >>> from crmkit.profitability import cash_flow
            >>> round(cash_flow([-100, 60, 60]).mirr(0.10, 0.12), 4)
            0.1278
        """
        _prove_rates(finance_rate=finance_rate, reinvest_rate=reinvest_rate)
        self._prove_both_ways("mirr")
        paid = _at(np.maximum(-self.amounts, 0), finance_rate, self.times[0] - self.times).sum()
        earned = _at(np.maximum(self.amounts, 0), reinvest_rate, self.times[-1] - self.times).sum()
        return float((earned / paid) ** (1 / (self.times[-1] - self.times[0])) - 1)

    def payback(
        self, rate: float = 0.0, *, convention: PaybackConvention = "interpolated"
    ) -> Payback:
        """Return when the cumulative flow first is not negative.

        Args:
            rate: 0 for the plain payback, else flows are discounted first.
            convention: "interpolated" spreads each flow evenly over the time since the one
                before, "end_of_period" takes the time of the flow that closes the gap.

        Raises:
            InvalidArgumentError: a rate not above -1, an unknown convention.

        Examples:
            >>> from crmkit.profitability import cash_flow
            >>> flow = cash_flow([-100, 40, 40, 40])
            >>> flow.payback().time, flow.payback(convention="end_of_period").time
            (2.5, 3.0)
        """
        check.choice(convention, PaybackConvention, "convention")
        flows = self._discounted(rate)
        balance = flows.cumsum()
        balance[np.abs(balance) <= _NOTHING * np.abs(flows).cumsum()] = 0.0
        is_back = balance >= 0
        first = int(np.argmax(is_back))
        return Payback(
            time=self._time_back(flows, balance, first, convention) if is_back.any() else None,
            falls_below_again=bool(is_back.any() and not is_back[first:].all()),
            balance=float(balance[-1]),
            rate=float(rate),
            convention=convention,
        )

    def _time_back(
        self, flows: FloatArray, balance: FloatArray, first: int, convention: PaybackConvention
    ) -> float:
        if first == 0 or convention == "end_of_period":
            return float(self.times[first])
        before, gap = self.times[first - 1], self.times[first] - self.times[first - 1]
        return float(before - gap * balance[first - 1] / flows[first])

    def profitability_index(self, rate: float) -> float:
        """Return the present value of what comes in per unit of what goes out.

        With one outlay at time 0 it is 1 + npv / outlay.

        Raises:
            InvalidArgumentError: a rate not above -1.
            InvalidDataError: flows that are all in or all out.

        Examples:
            >>> from crmkit.profitability import cash_flow
            >>> round(cash_flow([-100, 60, 60]).profitability_index(0.10), 4)
            1.0413
        """
        flows = self._discounted(rate)
        self._prove_both_ways("the profitability index")
        return float(flows[flows > 0].sum() / -flows[flows < 0].sum())

    def _prove_both_ways(self, figure: str) -> None:
        if self.amounts.max() <= 0 or self.amounts.min() >= 0:
            missing = "comes in" if self.amounts.max() <= 0 else "goes out"
            raise InvalidDataError(
                f"{figure} compares money in with money out, and nothing {missing}; give outlays"
                " as negative amounts, or ask npv, which needs no both."
            )


def _at(amounts: FloatArray, rate: float, periods: FloatArray) -> FloatArray:
    flowing = amounts != 0
    moved = np.zeros(len(amounts))
    with np.errstate(over="ignore"):  # inf says it: more money than floats can count
        moved[flowing] = amounts[flowing] * (1.0 + rate) ** periods[flowing]
    return moved


def _prove_rates(**rates: float) -> None:
    odd = [
        f"{name} must be a finite number above -1, 0.05 for 5 %; got {rate!r}."
        for name, rate in rates.items()
        if not -1 < check.real(rate) < np.inf
    ]
    if odd:
        raise InvalidArgumentError("\n".join(odd))


def cash_flow(amounts: ArrayLike, times: ArrayLike | None = None) -> CashFlow:
    """Gather flows of money, to ask what they are worth.

    Args:
        amounts: what comes in, positive, and goes out, negative; one currency.
        times: when, in any order: numbers are periods of the rates you will ask with, default
            0, 1, 2 ...; dates are turned into years of 365 days from the first, times of day are
            cut off.

    Returns:
        the flows in order of time; those of the same time are netted.

    Raises:
        InvalidDataError: flows or times that are missing or no numbers, numbers that do not
            match, nothing that flows; all problems are listed.

    Time: `irr` grows with the flows times their changes of sign times the rates it finds on the
    way; a thousand flows of changing sign take well below a second.

    Examples:
        >>> from crmkit.profitability import cash_flow
        >>> cash_flow([-100, 230, -132])
        CashFlow(3 flows over 2 periods, IRR 10.0 %, 20.0 %: several, ask npv or mirr)
        >>> cash_flow([-100, 108], ["2025-01-01", "2026-01-01"])
        CashFlow(2 flows over 1 year, IRR 8.0 %)
    """
    flows = _numbers(amounts, "amounts")
    when = np.arange(float(len(flows))) if times is None else _when(times)
    problems = [*_odd(flows, "amounts"), *_odd(when, "times")]
    if len(flows) != len(when):
        problems.append(
            f"times must be one per amount: {len(flows):,} amounts, {len(when):,} times."
        )
    if problems:
        raise InvalidDataError("\n".join(problems))
    distinct, places = np.unique(when, return_inverse=True)
    netted = np.bincount(places, weights=flows).astype(np.float64)
    if not netted.any():
        raise InvalidDataError("all flows are zero: no rate of return, nothing to value.")
    if distinct.dtype.kind != "M":
        return CashFlow(times=distinct, amounts=netted)
    years = (distinct - distinct[0]).astype(np.int64) / _YEAR
    return CashFlow(times=years, amounts=netted, dates=distinct)


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidDataError(
            f"{name} must be numbers, one per flow; got {values!r:.60}."
        ) from None
    if numbers.ndim != 1:
        raise InvalidDataError(
            f"{name} must be one number per flow; got an array of shape {numbers.shape}."
        )
    return numbers


def _when(times: ArrayLike) -> FloatArray | DayArray:
    found = np.asarray(times)
    if found.dtype.kind == "M":
        return found.astype("datetime64[D]")
    if found.dtype.kind not in "OU" or not len(found):
        return _numbers(times, "times")
    try:
        days = [check.day(moment, "times") for moment in found.tolist()]
    except InvalidArgumentError as odd:
        raise InvalidDataError(str(odd)) from None
    return np.array(days, dtype="datetime64[D]")


def _odd(values: FloatArray | DayArray, name: str) -> list[str]:
    if len(values) == 0:
        return [f"{name} must hold at least one flow; there is none."]
    odd = np.isnat(values) if values.dtype.kind == "M" else ~np.isfinite(values)
    if not odd.any():
        return []
    place = int(np.argmax(odd))
    return [
        f"{name}: {check.counted(odd.sum(), 'value')} missing or not finite, the first at position"
        f" {place}: {values[place]}. Unknown is not 0: estimate the flow, or leave it out."
    ]
