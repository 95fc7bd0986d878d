"""What a rule would take off the lines that it selects, before anything limits it."""

from __future__ import annotations

from fractions import Fraction
from functools import singledispatch

import attrs
import numpy as np

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty.declaration.groups import Scope
from crmkit.loyalty.discounts.amounts import (
    AmountOff,
    BuyGet,
    CatalogueReward,
    Discount,
    FlexiRate,
    PercentOff,
    PerPoint,
    PriceLevel,
    TieredPercent,
)
from crmkit.loyalty.discounts.chosen import Chosen
from crmkit.loyalty.discounts.level_prices import level_prices, of_products
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.loyalty.discounts.policy import DiscountPolicy
from crmkit.loyalty.discounts.rounding import UnitMoney, down_to, per_unit, percentage
from crmkit.loyalty.discounts.rules import DiscountRule
from crmkit.loyalty.discounts.units import Reach, given_units, limited, of_units
from crmkit.loyalty.discounts.words import FreeUnits, ThresholdBase
from crmkit.money.amounts import rounded_product, to_minor
from crmkit.typing import IntArray


@attrs.frozen(kw_only=True, eq=False)
class Turn:
    """A rule's turn: the rule, the lines, and what it finds.

    Attributes:
        rule: the rule.
        policy: how discounts are rounded.
        lines: all lines.
        prices: what each line costs at this turn.
        chosen: the lines that the rule selects.
    """

    rule: DiscountRule
    policy: DiscountPolicy
    lines: PricedLines
    prices: IntArray
    chosen: Chosen

    def minor(self, amount: object) -> int:
        """Return an amount of the rule in minor units."""
        try:
            return int(to_minor(str(amount), digits=self.lines.money_digits))
        except InvalidDataError as error:
            raise InvalidArgumentError(f"rule {self.rule.id!r}: discount: {error}") from None

    def per_basket(self, figures: IntArray) -> IntArray:
        """Return a figure of each basket for those that have chosen lines."""
        return figures[self.chosen.basket[self.chosen.heads]]

    def points(self) -> IntArray:
        """Return the points redeemed on the rule, for each basket that has chosen lines."""
        redeemed = self.lines.points.get(self.rule.id)
        if redeemed is None:
            return np.zeros(len(self.chosen.heads), dtype=np.int64)
        return self.per_basket(np.asarray(redeemed, dtype=np.int64))


@attrs.frozen(kw_only=True, eq=False)
class Wanted:
    """What a rule would take off: of each line, or of each basket.

    Attributes:
        reached: the chosen lines with the money of the units that the rule reaches.
        used: units of each line that the rule uses up, reached or paid for the others.
        amounts: one per line, or one per basket.
        scope: which of both.
        added: units given on top, per basket that has chosen lines; None for none.
    """

    reached: Chosen
    used: IntArray
    amounts: IntArray
    scope: Scope
    added: IntArray | None = None


def wanted(turn: Turn) -> Wanted:
    """Return what the rule of a turn would take off."""
    return _wanted(turn.rule.discount, turn)


@singledispatch
def _wanted(discount: Discount, turn: Turn) -> Wanted:
    raise NotImplementedError(type(discount))


@_wanted.register
def _percent(discount: PercentOff, turn: Turn) -> Wanted:
    reach = limited(turn.chosen, discount.max_units, turn.rule.scope, turn.lines.scale)
    found = _share(turn, reach, discount.percent)
    if discount.max_amount is None:
        return found
    most = turn.minor(discount.max_amount)
    return attrs.evolve(found, amounts=np.minimum(found.amounts, most))


@_wanted.register
def _amount(discount: AmountOff, turn: Turn) -> Wanted:
    scope = turn.rule.scope
    reach = limited(turn.chosen, discount.max_units, scope, turn.lines.scale)
    amount = turn.minor(discount.amount)
    if discount.each_unit:
        units = reach.reached.units
        each = UnitMoney(np.full(len(units), amount), units, turn.lines.scale)
        return _of(reach, per_unit(turn.policy, reach.reached.money, each), Scope.LINE)
    return _of(reach, np.minimum(amount, _money(reach.reached, scope)), scope)


@_wanted.register
def _buy_get(discount: BuyGet, turn: Turn) -> Wanted:
    reach, added = given_units(discount, turn.chosen, turn.rule.scope, turn.lines.scale)
    if discount.free == FreeUnits.ADDED:
        nothing = np.zeros(len(reach.used), dtype=np.int64)
        return attrs.evolve(_of(reach, nothing, Scope.LINE), added=added)
    return _share(turn, reach, discount.percent)


@_wanted.register
def _tiered(discount: TieredPercent, turn: Turn) -> Wanted:
    original = turn.policy.threshold_base == ThresholdBase.ORIGINAL
    totals = turn.lines.totals(turn.lines.amount if original else turn.prices)
    thresholds = [turn.minor(total) for total, _ in discount.steps]
    step = np.searchsorted(thresholds, turn.per_basket(totals), side="right")
    percents = [discount.base, *(percent for _, percent in discount.steps)]
    tops = np.array([percent.numerator for percent in percents])[step]
    bottoms = np.array([percent.denominator * 100 for percent in percents])[step]
    chosen, scope = turn.chosen, turn.rule.scope
    if scope == Scope.LINE:
        tops, bottoms = np.repeat(tops, chosen.sizes), np.repeat(bottoms, chosen.sizes)
    money = _money(chosen, scope)
    return _of(_everything(chosen), percentage(turn.policy, money, tops, bottoms), scope)


@_wanted.register
def _flexi(discount: FlexiRate, turn: Turn) -> Wanted:
    chosen, scope = turn.chosen, turn.rule.scope
    units = (chosen.units if scope == Scope.LINE else chosen.sums(chosen.units)) // turn.lines.scale
    counted = units if discount.max_units is None else np.minimum(units, discount.max_units)
    first, more = turn.minor(discount.first), turn.minor(discount.additional)
    off = np.where(counted > 0, first + more * (counted - 1), 0)
    return _of(_everything(chosen), np.minimum(off, _money(chosen, scope)), scope)


@_wanted.register
def _level(discount: PriceLevel, turn: Turn) -> Wanted:
    chosen = turn.chosen
    prices = level_prices(discount, turn.lines, chosen, turn.minor, turn.rule.id)
    at = np.flatnonzero((prices >= 0) & (chosen.units > 0))
    level = UnitMoney(prices[at], chosen.units[at], turn.lines.scale)
    off = np.zeros(len(chosen.line), dtype=np.int64)
    off[at] = down_to(turn.policy, chosen.money[at], level)
    return _of(Reach(chosen, np.where(off > 0, chosen.units, 0)), off, Scope.LINE)


@_wanted.register
def _reward(discount: CatalogueReward, turn: Turn) -> Wanted:
    ours = of_products(discount.products, turn.lines, turn.chosen, turn.rule.id)
    units = turn.points() // (discount.points * turn.lines.point_scale) * turn.lines.scale
    eligible = attrs.evolve(turn.chosen, units=np.where(ours, turn.chosen.units, 0))
    reach = of_units(turn.chosen, eligible.spans(Scope.BASKET).cheapest(units))
    return _of(reach, reach.reached.money, Scope.LINE)


@_wanted.register
def _per_point(discount: PerPoint, turn: Turn) -> Wanted:
    points = turn.points()
    value = Fraction(discount.amount) * 10**turn.lines.money_digits / turn.lines.point_scale
    tops, bottoms = (np.full(len(points), n) for n in (value.numerator, value.denominator))
    off = rounded_product(points, tops, bottoms, turn.policy.rounding)
    money = turn.chosen.sums(turn.chosen.money)
    return _of(_everything(turn.chosen), np.minimum(off, money), Scope.BASKET)


# --- shares of money, rounded once ---------------------------------------------------------------


def _of(reach: Reach, amounts: IntArray, scope: Scope) -> Wanted:
    return Wanted(reached=reach.reached, used=reach.used, amounts=amounts, scope=scope)


def _everything(chosen: Chosen) -> Reach:
    return Reach(chosen, chosen.units)


def _money(chosen: Chosen, scope: Scope) -> IntArray:
    return chosen.money if scope == Scope.LINE else chosen.sums(chosen.money)


def _share(turn: Turn, reach: Reach, percent: Fraction) -> Wanted:
    money = _money(reach.reached, turn.rule.scope)
    tops = np.full(len(money), percent.numerator)
    bottoms = np.full(len(money), percent.denominator * 100)
    return _of(reach, percentage(turn.policy, money, tops, bottoms), turn.rule.scope)
