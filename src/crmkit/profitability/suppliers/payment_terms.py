"""What is it worth to pay later, and what does it cost to forgo a cash discount?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.suppliers.ranges import ANY, NOT_NEGATIVE, Range, bounded
from crmkit.typing import Discounting, DiscountRateMethod, FloatArray, YearDays

_DISCOUNT = Range(0, 1, open_high=True)


def payment_terms_value(
    price: ArrayLike,
    days: ArrayLike,
    rate: ArrayLike,
    *,
    method: Discounting = "compound",
    year: YearDays = 365,
) -> FloatArray:
    """Return what paying *days* later than delivery saves of *price*.

    Compound: price * (1 - (1 + rate) ** (-days / year)), the price less its present value.
    Simple: price * rate * days / year.

    Args:
        price: what is to be paid, >= 0.
        days: from delivery to payment; negative for payment in advance, which costs.
        rate: yearly cost of money, >= 0, e.g. 0.08.
        method: "compound" or "simple".
        year: days of a year of interest.

    Returns:
        Money in the unit of *price*; arguments broadcast.

    Raises:
        InvalidArgumentError: an argument outside its range.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, on trade credit.

    Examples:
        >>> from crmkit.profitability import payment_terms_value
        >>> payment_terms_value(100, [0, 30, 60], 0.08).round(4)
        array([0.    , 0.6306, 1.2571])
    """
    check.choice(method, Discounting, "method")
    check.choice(year, YearDays, "year")
    paid = bounded(price, "price", NOT_NEGATIVE)
    years = bounded(days, "days", ANY) / year
    interest = bounded(rate, "rate", NOT_NEGATIVE)
    share = interest * years if method == "simple" else -np.expm1(-years * np.log1p(interest))
    return np.asarray(paid * share)


def discount_rate(
    discount: ArrayLike,
    discount_days: ArrayLike,
    net_days: ArrayLike,
    *,
    year: YearDays,
    method: DiscountRateMethod = "simple",
) -> FloatArray:
    """Return the yearly rate that a buyer pays who forgoes a cash discount.

    Who forgoes a discount d for paying by day n, and pays by day N, borrows 1 - d for N - n days
    at d. Simple: d / (1 - d) * year / (N - n). Effective: (1 + d / (1 - d)) ** (year / (N - n))
    - 1. Custom takes 360 days for the simple rate and 365 for the effective one.

    Args:
        discount: share of the price, 0 <= d < 1.
        discount_days: the last day on which it is granted.
        net_days: the day on which the full price is due, later than that.
        year: days of a year.
        method: "simple" or "effective".

    Returns:
        Rates per year, e.g. 0.1212; arguments broadcast.

    Raises:
        InvalidArgumentError: an argument outside its range.

    Source: Brealey, Myers and Allen, Principles of Corporate Finance, on trade credit.

    Examples:
        1 % by day 15, or net 45:

        >>> from crmkit.profitability import discount_rate
        >>> discount_rate(0.01, 15, 45, year=360).round(4)
        np.float64(0.1212)
        >>> discount_rate(0.01, 15, 45, year=365, method="effective").round(4)
        np.float64(0.1301)
    """
    check.choice(method, DiscountRateMethod, "method")
    check.choice(year, YearDays, "year")
    granted = bounded(discount, "discount", _DISCOUNT)
    days = _days_apart(discount_days, net_days)
    gained = granted / (1 - granted)
    if method == "simple":
        return np.asarray(gained * year / days)
    return np.asarray(np.expm1(np.log1p(gained) * year / days))


def _days_apart(discount_days: ArrayLike, net_days: ArrayLike) -> FloatArray:
    early = bounded(discount_days, "discount_days", NOT_NEGATIVE)
    days = bounded(net_days, "net_days", NOT_NEGATIVE) - early
    if (days <= 0).any():
        raise InvalidArgumentError(
            f"net_days must be later than discount_days; got {net_days!r} and {discount_days!r}."
        )
    return np.asarray(days)
