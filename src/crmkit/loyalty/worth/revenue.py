"""How a price is shared between goods and points, and what of the points' part is earned."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import round_ratio


def points_revenue(
    allocated: int, redeemed: int, expected: int | Fraction, recognised_before: int = 0
) -> int:
    """Return the revenue of a period from points: cumulative, less what was recognised before.

    Args:
        allocated: minor units that the points were sold for.
        redeemed: points redeemed so far.
        expected: points that will have been redeemed in the end; where none ever will, all that
            was allocated is earned.
        recognised_before: minor units recognised in earlier periods.

    Returns:
        minor units, rounded half up; below zero if more redemptions are expected than before.

    Raises:
        InvalidArgumentError: points below zero, or fewer expected than were redeemed.

    Source: IFRS 15, paragraphs B44-B47.

    Examples:
        >>> from crmkit.loyalty import points_revenue
        >>> points_revenue(9000, 4500, 9700)
        4175
        >>> points_revenue(9000, 8500, 9900, recognised_before=4175)
        3552
    """
    if not 0 <= redeemed <= expected:
        raise InvalidArgumentError(
            f"expected points are those redeemed so far and those still to come, 0 <= redeemed <="
            f" expected; got redeemed={redeemed}, expected={float(expected):g}."
        )
    if expected == 0:
        return allocated - recognised_before
    return rounded(Fraction(allocated * redeemed) / expected) - recognised_before


class Sold(NamedTuple):
    """What a period sold: minor units received, prices of goods alone, units of points."""

    price: int
    goods: int
    points: int


class Kept(NamedTuple):
    """What the statement before said of a period: the points' share of the price, and revenue."""

    share: Fraction | None
    revenue: int


def points_price(sold: Sold, worth: Fraction, kept: Kept) -> int:
    """Return the points' part of the price; *worth* is what a unit of points would sell for.

    Returns lower price and points; a share that was settled once stays.
    """
    if sold.price <= 0:
        return 0
    if kept.share is not None:
        return rounded(sold.price * kept.share)
    points = worth * sold.points
    alone = sold.goods + points
    return rounded(sold.price * points / alone) if alone > 0 else 0


def rounded(amount: Fraction) -> int:
    """Round to a whole minor unit, half up."""
    return round_ratio(amount.numerator, amount.denominator, "half_up")
