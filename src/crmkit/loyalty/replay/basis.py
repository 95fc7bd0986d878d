"""The money that earns: price by policy, less tax, less what points or excluded tenders paid."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.allocation import Pools, Way, group_totals, spread
from crmkit._kernels.exact import muldiv, rounds_away
from crmkit.loyalty.declaration.policies import EarningBase
from crmkit.loyalty.declaration.words import PaidWithPoints, PriceBase, TaxBase
from crmkit.typing import BoolArray, IntArray

_BY_REMAINDER = Way("largest_remainder", None, "weight")


@attrs.frozen(kw_only=True, eq=False)
class Prices:
    """What the lines of a block cost, by line in minor units; zero on lines that earn nothing.

    Attributes:
        listed: before any discount.
        own: after discounts that are about some lines only.
        paid: after all discounts.
        tax: the tax in *before*, which shrinks with the price.
        before: the amounts that tax is in.
        points: money of each basket that points pay.
        tenders: money of each basket that excluded tenders pay.
    """

    listed: IntArray
    own: IntArray
    paid: IntArray
    tax: IntArray | None
    before: IntArray
    points: IntArray | None
    tenders: IntArray | None


def bases(
    prices: Prices, earning: BoolArray, starts: IntArray, policy: EarningBase
) -> tuple[IntArray, IntArray]:
    """Return the money on each line that earns: for rules about baskets, and about some lines.

    They differ only where a discount on the whole basket lowers the one and not the other.
    """
    whole = prices.listed if policy.price == PriceBase.LIST else prices.paid
    some = {PriceBase.LIST: prices.listed, PriceBase.AFTER_OWN: prices.own}.get(
        policy.price, prices.paid
    )
    first = _base(whole, prices, earning, starts, policy)
    return first, first if some is whole else _base(some, prices, earning, starts, policy)


def _base(
    price: IntArray, prices: Prices, earning: BoolArray, starts: IntArray, policy: EarningBase
) -> IntArray:
    base = price
    if policy.tax == TaxBase.EXCLUDED and prices.tax is not None:
        base = base - _in_proportion(prices.tax, price, prices.before)
    # Spread over all that was paid for; what falls on lines that earn nothing lowers nothing.
    away = np.zeros(0, dtype=np.int64)
    if policy.paid_with_points == PaidWithPoints.EXCLUDED and prices.points is not None:
        away = prices.points
    if prices.tenders is not None:
        away = prices.tenders if not len(away) else away + prices.tenders
    if len(away):
        base = base - _over(away, np.maximum(prices.paid, 0), starts)
    return np.where(earning, np.maximum(base, 0), 0)


def _in_proportion(tax: IntArray, price: IntArray, before: IntArray) -> IntArray:
    """Return the tax in a price, given the tax in the price before; to the nearest minor unit."""
    moved = (price != before) & (before > 0)
    if not moved.any():
        return tax
    result = tax.copy()
    divisors = before[moved]
    whole, rest = muldiv(np.abs(tax[moved]), np.maximum(price[moved], 0), divisors)
    whole += rounds_away(whole, rest, divisors, "half_even", negative=False)
    result[moved] = np.sign(tax[moved]) * whole
    return result


def _over(amounts: IntArray, weights: IntArray, starts: IntArray) -> IntArray:
    """Spread an amount per basket over its lines, in proportion to what they cost."""
    totals = group_totals(weights, starts)
    shares = np.zeros(len(weights), dtype=np.int64)
    amounts = np.minimum(amounts, totals)
    some = np.flatnonzero(amounts > 0)
    if not len(some):
        return shares
    lines = np.repeat(amounts > 0, np.diff(starts))
    sizes = np.diff(starts)[some]
    heads = np.cumsum(sizes) - sizes
    none = np.zeros(len(some), dtype=np.bool_)
    pools = Pools(amounts[some], none, weights[lines], heads, sizes, totals[some])
    shares[lines] = spread(pools, _BY_REMAINDER)
    return shares
