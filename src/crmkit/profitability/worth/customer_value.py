"""What is a customer worth who stays with a known probability? Margin multiples and value."""

from __future__ import annotations

from typing import Any, overload

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import BoolArray, FloatArray, MarginTiming


@overload
def margin_multiple(
    retention: float,
    rate: float,
    *,
    timing: MarginTiming = ...,
    growth: float = ...,
    periods: float | None = ...,
) -> float: ...
@overload
def margin_multiple(
    retention: ArrayLike,
    rate: ArrayLike,
    *,
    timing: MarginTiming = ...,
    growth: ArrayLike = ...,
    periods: ArrayLike | None = ...,
) -> FloatArray: ...
def margin_multiple(
    retention: ArrayLike,
    rate: ArrayLike,
    *,
    timing: MarginTiming = "end_of_period",
    growth: ArrayLike = 0.0,
    periods: ArrayLike | None = None,
) -> float | FloatArray:
    """Return what all margins of a customer are worth today, in margins of one period.

    With retention r, rate i and growth g, margins shrink by x = r (1 + g) / (1 + i) a period, and
    the first is not grown. At the end of the period it takes the customer's staying and is
    discounted: r / (1 + i - r (1 + g)). At once it takes neither: 1 / (1 - x); without growth that
    is one margin more.

    Args:
        retention: probability to stay from one period to the next, 0 .. 1.
        rate: discount rate per period, above -1.
        timing: when the first margin comes.
        growth: of the margin, per period, above -1.
        periods: how many margins count, 1 or more; None for all there may be.

    Returns:
        a float, or an array in the common shape of the arguments.

    Raises:
        InvalidDataError: numbers outside these ranges or missing, margins that never end and
            never shrink, so that their sum has no end; all problems are listed.
        InvalidArgumentError: an unknown timing.

    Source: S. Gupta and D. Lehmann, Managing Customers as Investments (2005).

    Examples:
        >>> from crmkit.profitability import margin_multiple
        >>> round(margin_multiple(0.8, 0.10), 4)
        2.6667
        >>> margin_multiple([0.6, 0.9], 0.10, timing="immediate").round(2)
        array([2.2, 5.5])
    """
    check.choice(timing, MarginTiming, "timing")
    r, i, g, count = _shaped(
        retention=retention,
        rate=rate,
        growth=growth,
        periods=np.inf if periods is None else periods,
    )
    _refuse(
        _outside(r, (r < 0) | (r > 1), "retention must be 0 .. 1"),
        _outside(i, i <= -1, "rate must be above -1, 0.1 for 10 %"),
        _outside(g, g <= -1, "growth must be above -1, 0.02 for 2 %"),
        _outside(count, count < 1, "periods must be 1 or more, or None for no end", endless=True),
    )
    with np.errstate(invalid="ignore"):
        shrink = r * (1 + g) / (1 + i)
    _refuse(_everlasting((shrink >= 1) & np.isinf(count)))
    first = np.asarray(1.0) if timing == "immediate" else r / (1 + i)
    multiple = np.asarray(first * _series(shrink, count), dtype=np.float64)
    return float(multiple) if multiple.ndim == 0 else multiple


def _series(ratio: FloatArray, count: FloatArray) -> FloatArray:
    """Return 1 + x + x**2 + ..., *count* terms, also where x is 1 or close to it."""
    gap = 1 - ratio
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        terms = -np.expm1(count * np.log(ratio)) / gap
    return np.where(gap == 0, count, terms)


def _shaped(**values: ArrayLike) -> tuple[FloatArray, ...]:
    """Return numbers as arrays of shapes that go together."""
    try:
        arrays = {name: np.asarray(given, dtype=np.float64) for name, given in values.items()}
        np.broadcast_shapes(*(found.shape for found in arrays.values()))
    except (TypeError, ValueError) as odd:
        raise InvalidDataError(
            f"{', '.join(values)} must be numbers, or arrays of one length: {odd}."
        ) from None
    return tuple(arrays.values())


def _refuse(*problems: str | None) -> None:
    told = [problem for problem in problems if problem]
    if told:
        raise InvalidDataError("\n".join(told))


def _outside(
    values: FloatArray, outside: BoolArray, wanted: str, *, endless: bool = False
) -> str | None:
    """Say how many values are outside or unknown, and where the first is."""
    odd = np.atleast_1d(outside | np.isnan(values) | (np.isinf(values) & (not endless)))
    if not odd.any():
        return None
    place = int(np.argmax(odd.ravel()))
    return (
        f"{wanted}; {check.counted(odd.sum(), 'value')} not so, the first at position {place}:"
        f" {values.ravel()[place]:g}."
    )


def _everlasting(odd: BoolArray) -> str | None:
    if not odd.any():
        return None
    return (
        "retention x (1 + growth) must be below 1 + rate, or the margins never shrink and sum to"
        f" no end; {check.counted(odd.sum(), 'value')} not so, the first at position"
        f" {np.argmax(odd.ravel())}. Say a higher rate, or a number of periods."
    )


@attrs.frozen(kw_only=True, repr=False)
class CustomerValues(Answer):
    """What customers are worth; a row per case asked about.

    Attributes:
        margin: per period, in money.
        retention: probability to stay from one period to the next.
        rate: discount rate per period.
        retention_spend: per period, spent to keep the customer.
        acquisition_cost: spent once, before.
        timing: when the first margin comes.

    Examples:
        >>> from crmkit.profitability import customer_value
        >>> customer_value(100, [0.6, 0.9], 0.10).value.round(1)
        array([120., 450.])
    """

    margin: FloatArray = array(dtype=np.float64)
    retention: FloatArray = array(dtype=np.float64)
    rate: FloatArray = array(dtype=np.float64)
    retention_spend: FloatArray = array(dtype=np.float64)
    acquisition_cost: FloatArray = array(dtype=np.float64)
    timing: MarginTiming = "end_of_period"

    @property
    def multiple(self) -> FloatArray:
        """What all margins are worth today, in margins of one period."""
        return margin_multiple(self.retention, self.rate, timing=self.timing)

    @property
    def value(self) -> FloatArray:
        """Net margin times multiple, less the acquisition cost, in money."""
        net = self.margin - self.retention_spend
        return np.asarray(net * self.multiple - self.acquisition_cost, dtype=np.float64)

    def __len__(self) -> int:
        """How many cases."""
        return len(self.margin)

    def __repr__(self) -> str:
        """How many cases, and their range of values."""
        low, high = self.value.min(initial=np.inf), self.value.max(initial=-np.inf)
        if len(self) == 0:
            return "CustomerValues(0 cases)"
        span = f"{low:,.2f}" if low == high else f"{low:,.2f} to {high:,.2f}"
        return f"CustomerValues({check.counted(len(self), 'case')}, {span}, {self.timing})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = ("margin", "retention", "rate", "retention_spend", "acquisition_cost")
        given = {name: getattr(self, name) for name in names}
        return {**given, "multiple": self.multiple, "value": self.value}


def customer_value(
    margin: ArrayLike,
    retention: ArrayLike,
    rate: ArrayLike,
    *,
    retention_spend: ArrayLike = 0.0,
    acquisition_cost: ArrayLike = 0.0,
    timing: MarginTiming = "end_of_period",
) -> CustomerValues:
    """Ask what a customer is worth who stays with the same probability every period.

    Customers differ, and those who stay are those more likely to: one retention for all of them
    understates what a mixed base is worth. Models fitted to purchases do better where there are
    data.

    Args:
        margin: per period, in money, before what is spent to keep the customer.
        retention: probability to stay from one period to the next, 0 .. 1.
        rate: discount rate per period, above -1.
        retention_spend: per period, not negative; due with every margin.
        acquisition_cost: spent once, before the first margin, not negative.
        timing: "end_of_period" counts the first margin a period from now, if the customer stays;
            "immediate" counts it today, for sure.

    Returns:
        one row per case: arrays of one length, or numbers, which serve all rows.

    Raises:
        InvalidDataError: numbers outside these ranges or missing, retention of 1 or more against
            1 + rate; all problems are listed.
        InvalidArgumentError: an unknown timing.

    Source: P. Farris et al., Marketing Metrics (2010).

    Examples:
        >>> from crmkit.profitability import customer_value
        >>> customer_value(18.45, 0.995, 0.01, retention_spend=0.5, timing="immediate")
        CustomerValues(1 case, 1,208.63, immediate)
    """
    given = _shaped(
        margin=margin,
        retention=retention,
        rate=rate,
        retention_spend=retention_spend,
        acquisition_cost=acquisition_cost,
    )
    m, r, i, spend, cost = (np.atleast_1d(v) for v in np.broadcast_arrays(*given))
    if m.ndim > 1:
        raise InvalidArgumentError(f"give one number per case; got an array of shape {m.shape}.")
    _refuse(
        _outside(m, np.isnan(m), "margin must be a finite number"),
        _outside(spend, spend < 0, "retention_spend must not be negative"),
        _outside(cost, cost < 0, "acquisition_cost must not be negative"),
    )
    margin_multiple(r, i, timing=timing)
    return CustomerValues(
        margin=m, retention=r, rate=i, retention_spend=spend, acquisition_cost=cost, timing=timing
    )
