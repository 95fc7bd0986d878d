"""The oracle's money phase and the money that earns, one basket at a time."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import discount_oracle
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.words import PaidWithPoints, PriceBase, TaxBase
from loyalty_oracle_facts import Facts, Sale, holds, is_of_lines
from loyalty_oracle_points import Uses, spread


def lower_prices(programme: Programme, facts: Facts, uses: Uses, basket: Any) -> None:
    """Set the price of each line after all discounts, and after those about some lines only."""
    lines = facts.lines
    for sale in lines:
        sale.price = sale.own_price = sale.amount
        sale.discounts = {}
    if not programme.discounting:
        return
    tier = facts.tier_names[facts.tier] if facts.tier >= 0 else None
    table = discount_oracle.Basket(
        [sale.amount for sale in lines],
        [int(sale.quantity) for sale in lines],
        products=[sale.product for sale in lines],
        tier=tier,
    )

    def selected(rule: Any, prices: list[int]) -> list[bool]:
        for sale, price in zip(lines, prices, strict=True):
            sale.price = price
        if rule.valid is not None and not holds(rule.valid, facts):
            return [False] * len(lines)
        if (
            rule.trigger_limit
            and uses.left((rule.id, "trigger"), rule.trigger_limit, facts.time, basket, 1) < 1
        ):
            return [False] * len(lines)
        out = programme.discounts.excluded
        return [
            not (out is not None and holds(out, facts, sale)) and holds(rule.when, facts, sale)
            for sale in lines
        ]

    groups = [g for g in programme.groups if any(r.group == g.name for r in programme.discounting)]
    discount_oracle.discount_basket(
        programme.discounting, groups, programme.discounts, table, selected
    )
    for k, sale in enumerate(lines):
        sale.price = table.left[k]
    rules = {rule.id: rule for rule in programme.discounting}
    for (rule_id, k), amount in table.entries.items():
        lines[k].discounts[rule_id] = amount
        if is_of_lines(rules[rule_id].when):
            lines[k].own_price -= amount
    for rule_id in {rule_id for rule_id, _ in table.entries} | set(table.gifts):
        if rules[rule_id].trigger_limit:
            uses.use((rule_id, "trigger"), facts.time, basket, 1)


def payable(facts: Facts) -> int:
    """Return what the sales of a basket cost after discounts."""
    return sum(max(sale.price, 0) for sale in facts.lines)


def set_bases(programme: Programme, facts: Facts, paid_with_points: int) -> None:
    """Set the money of each line that earns: for rules about baskets, and about some lines."""
    base = programme.policies.base
    for sale in facts.lines:
        sale.earning = base.excluded is None or not holds(base.excluded, facts, sale)
    listed = [sale.amount + sale.discount_given for sale in facts.lines]
    paid = [sale.price for sale in facts.lines]
    own = [sale.own_price for sale in facts.lines]
    whole = listed if base.price == PriceBase.LIST else paid
    some = {PriceBase.LIST: listed, PriceBase.AFTER_OWN: own}.get(base.price, paid)
    away = _away(programme, facts, paid_with_points)
    for k, sale in enumerate(facts.lines):
        sale.basis = _base(programme, sale, whole[k], away[k])
        sale.own_basis = _base(programme, sale, some[k], away[k])


def _base(programme: Programme, sale: Sale, price: int, away: int) -> int:
    if not sale.earning:
        return 0
    base = price
    if programme.policies.base.tax == TaxBase.EXCLUDED:
        base -= _tax_in(sale, price)
    return max(base - away, 0)


def _tax_in(sale: Sale, price: int) -> int:
    """Return the tax in a price: it shrinks with the price, to the nearest minor unit."""
    if price == sale.amount or sale.amount <= 0:
        return sale.tax
    exact = Fraction(sale.tax * max(price, 0), sale.amount)
    return round(exact)  # ties to even


def _away(programme: Programme, facts: Facts, paid_with_points: int) -> list[int]:
    """Return the money that earns nothing, spread over all that was paid for."""
    base = programme.policies.base
    weights = [max(sale.price, 0) for sale in facts.lines]
    away = 0
    if base.paid_with_points == PaidWithPoints.EXCLUDED:
        away += paid_with_points
    away += sum(facts.tenders.get(tender, 0) for tender in base.excluded_tenders)
    away = min(away, sum(weights))
    return spread(away, weights, "largest_remainder") if away > 0 else [0] * len(weights)


def worth(programme: Programme, points: int) -> int:
    """Return what units of points pay, in minor units, rounded down."""
    return math.floor(points * _value(programme))


def most_points(programme: Programme, money: int) -> int:
    """Return the most units of points that pay no more than their share of a basket."""
    assert programme.redemption is not None
    share = programme.redemption.share_of_basket
    return math.floor(max(money, 0) * share / _value(programme))


def _value(programme: Programme) -> Fraction:
    assert programme.redemption is not None
    policies = programme.policies
    return (
        programme.redemption.value_per_point * 10**policies.money_digits / 10**policies.point_digits
    )
