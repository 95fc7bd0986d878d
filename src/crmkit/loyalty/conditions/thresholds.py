"""Numbers of lines and baskets against bounds, in whole numbers throughout."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmkit.loyalty.conditions.basket import BasketQuantity, BasketTotal
from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.fields import Comparison, FieldCompares
from crmkit.loyalty.conditions.grain import MoneyBase, ThresholdSide
from crmkit.typing import BoolArray, IntArray

_COMPARE = {
    Comparison.AT_LEAST: np.greater_equal,
    Comparison.ABOVE: np.greater,
    Comparison.AT_MOST: np.less_equal,
    Comparison.BELOW: np.less,
}
_INT64 = 2**63 - 1


def compares(condition: FieldCompares, facts: Facts) -> BoolArray:
    """Say on which lines a number lies on the side of a bound that is asked for."""
    match condition.field:
        case "quantity":
            return _against(facts.quantity, condition.how, condition.bound * facts.quantity_scale)
        case "amount":
            return _against(_amounts(facts), condition.how, _minor(condition.bound, facts))
        case "cost":
            assert facts.cost is not None
            return _against(facts.cost, condition.how, _minor(condition.bound, facts))
        case _:
            return _unit_price(condition, facts)


def reaches(condition: BasketTotal | BasketQuantity, facts: Facts, chosen: BoolArray) -> BoolArray:
    """Say which baskets reach a threshold with their *chosen* lines."""
    total = basket_total(condition, facts, chosen)
    if isinstance(condition, BasketQuantity):
        return _against(total, Comparison.AT_LEAST, condition.at_least * facts.quantity_scale)
    above = condition.side == ThresholdSide.ABOVE
    how = Comparison.ABOVE if above else Comparison.AT_LEAST
    return _against(total, how, _minor(condition.at_least, facts))


def basket_total(
    condition: BasketTotal | BasketQuantity, facts: Facts, chosen: BoolArray
) -> IntArray:
    """Return the money, minor units, or the scaled units of the *chosen* lines by basket."""
    if isinstance(condition, BasketQuantity):
        return facts.sums(np.where(chosen, facts.quantity, 0))
    return facts.sums(np.where(chosen, facts.money[condition.money], 0))


def _amounts(facts: Facts) -> IntArray:
    return facts.money[MoneyBase.ORIGINAL]


def _minor(bound: Decimal, facts: Facts) -> Decimal:
    return bound.scaleb(facts.money_digits)


def _against(values: NDArray[Any], how: Comparison, bound: Decimal) -> BoolArray:
    """Compare whole numbers with a bound that may lie between two of them."""
    up = int(bound.to_integral_value(ROUND_CEILING))
    down = int(bound.to_integral_value(ROUND_FLOOR))
    match how:
        case Comparison.AT_LEAST:
            return values >= up
        case Comparison.ABOVE:
            return values > down
        case Comparison.AT_MOST:
            return values <= down
        case Comparison.BELOW:
            return values < up


def _unit_price(condition: FieldCompares, facts: Facts) -> BoolArray:
    """Compare amounts with price times quantity; a quotient would have to be rounded."""
    amount, quantity = _per_positive_quantity(_amounts(facts), facts.quantity)
    top, bottom = _minor(condition.bound, facts).as_integer_ratio()
    common = gcd(top, bottom * facts.quantity_scale) or 1
    left = _times(amount, bottom * facts.quantity_scale // common)
    right = _times(quantity, top // common)
    return np.asarray(_COMPARE[condition.how](left, right), dtype=np.bool_)


def _per_positive_quantity(amount: IntArray, quantity: IntArray) -> tuple[IntArray, IntArray]:
    """Turn lines so that quantities are not negative, and nothing for nothing has the price 0."""
    if quantity.min(initial=1) > 0:
        return amount, quantity
    amount = np.where(quantity < 0, -amount, amount)
    return amount, np.where((quantity == 0) & (amount == 0), 1, np.abs(quantity))


def _times(values: IntArray, factor: int) -> NDArray[Any]:
    """Multiply; beyond 64 bits in Python integers."""
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    if largest * abs(factor) <= _INT64:
        return values * factor if largest else values
    return values.astype(object) * factor
