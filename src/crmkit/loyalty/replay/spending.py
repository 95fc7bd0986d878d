"""What of the points that customers ask to spend is applied."""

from __future__ import annotations

import numpy as np

from crmkit.loyalty.declaration.redemption import Redemption
from crmkit.typing import IntArray

UNLIMITED = np.int64(2**62)


def applied(
    asked: IntArray,
    available: IntArray,
    payable: IntArray,
    terms: Redemption,
    scale: tuple[int, int],
) -> IntArray:
    """Cut requests to the balance, the share of the basket, the multiple and the minimum.

    Args:
        asked: units of points asked for.
        available: units that can be spent; `UNLIMITED` where the balance does not matter.
        payable: money of the basket they pay, minor units; `UNLIMITED` where there is none.
        terms: the programme's.
        scale: units of a point, minor units of money.
    """
    point, money = scale
    most = np.minimum(asked, np.maximum(available, 0))
    most = np.minimum(most, payable_points(payable, terms, point, money))
    step = terms.multiple * point
    most = most // step * step
    return np.where(most >= terms.minimum * point, most, 0)


def payable_points(payable: IntArray, terms: Redemption, point: int, money: int) -> IntArray:
    """Return the most points that pay no more than their share of a basket."""
    each = terms.value_per_point * money / point  # minor units for a unit of points
    rate = terms.share_of_basket / each
    bounded = payable < UNLIMITED
    result = np.full(len(payable), UNLIMITED)
    result[bounded] = np.maximum(payable[bounded], 0) * rate.numerator // rate.denominator
    return result


def worth(points: IntArray, terms: Redemption, scale: tuple[int, int]) -> IntArray:
    """Return what points pay, minor units, rounded down."""
    point, money = scale
    each = terms.value_per_point * money / point
    return points * each.numerator // each.denominator
