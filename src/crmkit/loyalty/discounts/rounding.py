"""Discounts in whole minor units: rounded once, as a discount or as the price that is left."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.exact import muldiv, rounds_away
from crmkit.loyalty.discounts.policy import DiscountPolicy
from crmkit.loyalty.discounts.words import Rounded
from crmkit.money.amounts import rounded_product
from crmkit.typing import IntArray


@attrs.frozen(eq=False)
class UnitMoney:
    """Money of each unit: *rates* in minor units, for *units* of which *scale* make one."""

    rates: IntArray
    units: IntArray
    scale: int


def percentage(
    policy: DiscountPolicy, money: IntArray, tops: IntArray, bottoms: IntArray
) -> IntArray:
    """Return tops / bottoms of some money, as a discount."""
    if policy.rounded == Rounded.DISCOUNT:
        return rounded_product(money, tops, bottoms, policy.rounding)
    return money - rounded_product(money, bottoms - tops, bottoms, policy.rounding)


def per_unit(policy: DiscountPolicy, money: IntArray, off: UnitMoney) -> IntArray:
    """Return so much off each unit, parts of one in proportion, and at most what they cost."""
    return _product(policy, money, off, direct=policy.rounded == Rounded.DISCOUNT)


def down_to(policy: DiscountPolicy, money: IntArray, price: UnitMoney) -> IntArray:
    """Return what leads from some money down to a price of each unit; nothing from below it."""
    cost = _product(policy, money, price, direct=policy.rounded == Rounded.PRICE)
    return money - cost


def _product(policy: DiscountPolicy, money: IntArray, of: UnitMoney, *, direct: bool) -> IntArray:
    """Return rate x units, at most the money: rounded itself (direct), or what it leaves of it."""
    result = money.copy()
    # Far above the money nothing needs to be exact, and products might not fit.
    at = np.flatnonzero(of.rates.astype(np.float64) * of.units / of.scale <= 2.0 * money + 1.0)
    spans = np.full(len(at), of.scale)
    whole, rest = muldiv(of.units[at], of.rates[at], spans)
    if direct:
        product = whole + rounds_away(whole, rest, spans, policy.rounding, False)
    else:
        left = money[at] - whole - (rest > 0)
        kept = rounds_away(left, np.where(rest > 0, spans - rest, 0), spans, policy.rounding, False)
        product = money[at] - left - kept
    result[at] = np.minimum(product, money[at])
    return result
