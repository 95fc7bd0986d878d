"""How much stock guards against demand and deliveries that vary?"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from crmkit.errors import InvalidArgumentError
from crmkit.profitability.suppliers.ranges import (
    NOT_NEGATIVE,
    POSITIVE,
    PROPER_SHARE,
    Range,
    bounded,
)
from crmkit.typing import FloatArray

MeanAndSd: TypeAlias = tuple[ArrayLike, ArrayLike]
_ROUNDS = 60
_MAYBE = Range(0, unknown=True)
_MAYBE_POSITIVE = Range(0, open_low=True, unknown=True)


def safety_stock(
    demand: MeanAndSd,
    lead_time: MeanAndSd,
    *,
    service_level: ArrayLike | None = None,
    fill_rate: ArrayLike | None = None,
    quantity: ArrayLike | None = None,
    review: float = 0.0,
) -> FloatArray:
    """Return the stock to keep beyond the demand expected until an order arrives.

    It is z standard deviations of the demand over the lead time L, sqrt(L sd**2 + d**2 sL**2):
    demand varies from day to day around d by sd, independently, and lead times by sL. With a
    review period R, L + R stands for L. Both are taken as normal; where lead times are skewed, the
    quantile of the demand observed over them is the better guide.

    Args:
        demand: mean and standard deviation per day (or week, or month).
        lead_time: mean and standard deviation, in the same unit of time; NaN where unknown.
        service_level: the share of order cycles without a shortage; z is its normal quantile.
        fill_rate: in its place, the share of demand met from stock; z solves
            s * G(z) = (1 - fill_rate) * quantity, G(z) = phi(z) - z * (1 - Phi(z)).
        quantity: units per order; needed for a fill rate.
        review: time between two looks at the stock; 0 for a steady look.

    Returns:
        Units, never below 0: targets that the order quantity alone meets need none. NaN where the
        lead time is unknown. Arguments broadcast.

    Raises:
        InvalidArgumentError: an argument outside its range, or not exactly one target.

    Source: Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, ch. 6.

    Examples:
        >>> from crmkit.profitability import safety_stock
        >>> safety_stock((20, 6), (9, [0, 2]), service_level=0.95).round(1)
        array([29.6, 72.1])
        >>> safety_stock((20, 6), (9, [0, 2]), fill_rate=0.98, quantity=400).round(1)
        array([ 0. , 24.2])
    """
    spread = _spread(demand, lead_time, review)
    if (service_level is None) == (fill_rate is None):
        raise InvalidArgumentError("say either service_level or fill_rate, and not both.")
    if service_level is not None:
        factor = ndtri(bounded(service_level, "service_level", PROPER_SHARE))
    else:
        factor = _factor_of_fill_rate(fill_rate, quantity, spread)
    return np.asarray(np.maximum(factor, 0.0) * spread)


def _spread(demand: MeanAndSd, lead_time: MeanAndSd, review: float) -> FloatArray:
    mean, sd = (bounded(d, "demand", NOT_NEGATIVE) for d in demand)
    length, varies = (bounded(t, "lead_time", _MAYBE) for t in lead_time)
    exposed = length + bounded(review, "review", NOT_NEGATIVE)
    return np.asarray(np.sqrt(exposed * sd**2 + (mean * varies) ** 2))


def _factor_of_fill_rate(
    fill_rate: ArrayLike | None, quantity: ArrayLike | None, spread: FloatArray
) -> FloatArray:
    if quantity is None:
        raise InvalidArgumentError("a fill rate needs the quantity per order: say quantity=...")
    missed = 1 - bounded(np.nan if fill_rate is None else fill_rate, "fill_rate", PROPER_SHARE)
    missed = missed * bounded(quantity, "quantity", POSITIVE)
    # Where nothing varies any factor does; that of one unit keeps the division defined.
    return inverse_loss(missed / np.where(spread == 0, 1.0, spread))


def loss(z: ArrayLike) -> FloatArray:
    """Return G(z) = phi(z) - z * (1 - Phi(z)): how far a normal figure lies above z on average.

    Examples:
        >>> from crmkit.profitability.suppliers.safety_stock import loss
        >>> loss([-1.0, 0.0, 1.0]).round(4)
        array([1.0833, 0.3989, 0.0833])
    """
    at = np.asarray(z, dtype=np.float64)
    density = np.exp(-at * at / 2) / np.sqrt(2 * np.pi)
    return np.asarray(density - at * ndtr(-at))


def inverse_loss(shortage: ArrayLike) -> FloatArray:
    """Return the z whose loss G(z) is *shortage*, > 0; NaN stays NaN.

    Examples:
        >>> from crmkit.profitability.suppliers.safety_stock import inverse_loss, loss
        >>> inverse_loss(loss([-3.0, 0.5, 6.0])).round(9)
        array([-3. ,  0.5,  6. ])
    """
    target = bounded(shortage, "shortage", _MAYBE_POSITIVE)
    # log G is concave and falls; from the right of its root Newton's steps go left and never pass
    # it. G(z) <= phi(z) < exp(-z * z / 2) for z >= 0 gives such a start.
    z = np.sqrt(-2 * np.log(np.minimum(target, 1.0)))
    for _ in range(_ROUNDS):
        height = loss(z)
        step = height * np.log(height / target) / ndtr(-z)
        z = z + step
        if not (np.abs(step) > 1e-13 * (1 + np.abs(z))).any():
            break
    return np.asarray(z)
