"""Discounts one basket and one unit at a time, in plain Python and exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

from crmkit.loyalty import (
    AmountOff,
    BuyGet,
    CatalogueReward,
    FlexiRate,
    FreeUnits,
    PercentOff,
    PerPoint,
    PriceLevel,
    Resolution,
    Rounded,
    Scope,
    ThresholdBase,
    TieredPercent,
    UnitOrder,
)


def rounded(value, mode):
    low, rest = math.floor(value), value - math.floor(value)
    if rest == 0:
        return low
    up = {
        "floor": False,
        "ceiling": True,
        "down": value < 0,
        "up": value > 0,
        "half_up": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and value > 0),
        "half_down": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and value < 0),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1),
    }
    return low + up[mode]


class Basket:
    """One basket: lists by line of whole-unit lines."""

    def __init__(self, amounts, quantities, floors=None, products=None, tier=None, points=None):
        self.amounts, self.quantities = list(amounts), list(quantities)
        self.floors = list(floors or [0] * len(self.amounts))
        self.products = list(products or [None] * len(self.amounts))
        self.tier, self.points = tier, points or {}
        self.left = list(self.amounts)
        self.used = [0] * len(self.amounts)
        self.entries, self.gifts = {}, {}

    def size(self, i):
        return max(self.quantities[i], 1)

    def prices(self, policy):
        if not policy.each_unit_once:
            return list(self.left)
        every = range(len(self.amounts))
        return [part(self.amounts[i], self.size(i) - self.used[i], self.size(i)) for i in every]

    def room(self, i):
        return max(self.left[i] - self.floors[i], 0)

    def payable(self):
        return max(sum(self.left), 0)


def part(money, some, units):
    return math.floor(Fraction(money * some, units)) if some else 0


class Want:
    """What a rule would take off: amounts by line, or one total to spread."""

    def __init__(self, money, used, amounts=None, total=None, gift=0):
        self.money, self.used, self.amounts, self.total, self.gift = (
            money,
            used,
            amounts,
            total,
            gift,
        )


def cents(amount):
    return int(amount * 100)


def share(policy, money, percent):
    off = Fraction(money) * percent / 100
    if policy.rounded == Rounded.DISCOUNT:
        return rounded(off, policy.rounding)
    return money - rounded(money - off, policy.rounding)


def expanded(lines, prices, units):
    """Every unit as (unit price, units of its line, line), from the cheapest on."""
    return sorted(
        (Fraction(prices[i], units[i]), units[i], i) for i in lines for _ in range(units[i])
    )


def spans(scope, lines):
    return [lines] if scope == Scope.BASKET else [[i] for i in lines]


def want(rule, policy, basket, chosen):
    prices = basket.prices(policy)
    lines = [i for i in range(len(prices)) if chosen[i] and prices[i] > 0]
    units = {i: max(max(basket.quantities[i], 0) - basket.used[i], 0) for i in lines}
    money = {i: prices[i] for i in lines}
    discount = rule.discount
    if not lines:
        return None
    if isinstance(discount, PercentOff | AmountOff) and discount.max_units is not None:
        hits = dict.fromkeys(lines, 0)
        for span in spans(rule.scope, lines):
            for _, _, i in expanded(span, prices, units)[: discount.max_units]:
                hits[i] += 1
        return priced(rule, policy, hits, reach(money, hits, units), basket)
    if isinstance(discount, BuyGet):
        return buy_get(rule, policy, (lines, prices, units, money))
    if isinstance(discount, CatalogueReward):
        ours = [i for i in lines if basket.products[i] in discount.products]
        free = basket.points.get(rule.id, 0) // discount.points
        hits = dict.fromkeys(lines, 0)
        for _, _, i in expanded(ours, prices, units)[:free]:
            hits[i] += 1
        found = reach(money, hits, units)
        return Want(found, hits, amounts=dict(found))
    return priced(rule, policy, units, money, basket)


def reach(money, hits, units):
    return {i: part(money[i], hits[i], units[i]) if hits[i] else 0 for i in money}


def buy_get(rule, policy, found):
    lines, prices, units, money = found
    offer = rule.discount
    hits, used, gift = dict.fromkeys(lines, 0), dict.fromkeys(lines, 0), 0
    added = offer.free == FreeUnits.ADDED
    for span in spans(rule.scope, lines):
        row = expanded(span, prices, units)
        size = offer.buy if added else offer.buy + offer.get
        groups = len(row) // size
        groups = groups if offer.max_groups is None else min(groups, offer.max_groups)
        if added:
            gift += groups * offer.get
            free, paid = [], row[len(row) - groups * offer.buy :]
        elif offer.order == UnitOrder.CHEAPEST:
            free, paid = row[: groups * offer.get], row[len(row) - groups * offer.buy :]
        else:
            dearest = row[::-1][: groups * size]
            free = [unit for n, unit in enumerate(dearest) if n % size >= offer.buy]
            paid = [unit for n, unit in enumerate(dearest) if n % size < offer.buy]
        for _, _, i in free:
            hits[i] += 1
        for _, _, i in free + paid:
            used[i] += 1
    money = reach(money, hits, units)
    if added:
        return Want(money, used, amounts=dict.fromkeys(lines, 0), gift=gift)
    if rule.scope == Scope.LINE:
        return Want(money, used, amounts={i: share(policy, money[i], offer.percent) for i in lines})
    return Want(money, used, total=share(policy, sum(money.values()), offer.percent))


def priced(rule, policy, used, money, basket):
    """Discounts that need no more than the money and units reached."""
    discount = rule.discount
    by_line = lambda f: {i: f(m, used[i], i) for i, m in money.items()}  # noqa: E731
    if isinstance(discount, AmountOff) and discount.each_unit:
        amount = cents(discount.amount)
        return Want(money, used, amounts=by_line(lambda m, u, i: min(amount * u, m)))
    if isinstance(discount, PriceLevel):
        levels = dict(dict(discount.levels).get(basket.tier, ()))
        off = by_line(
            lambda m, u, i: (
                max(m - cents(levels[basket.products[i]]) * u, 0)
                if u and basket.products[i] in levels
                else 0
            )
        )
        return Want(money, {i: used[i] if off[i] else 0 for i in money}, amounts=off)
    formula = _formula(rule, policy, basket)
    if rule.scope == Scope.LINE:
        return Want(money, used, amounts=by_line(lambda m, u, i: formula(m, u)))
    return Want(money, used, total=formula(sum(money.values()), sum(used.values())))


def _formula(rule, policy, basket):
    discount = rule.discount
    if isinstance(discount, PercentOff):
        most = math.inf if discount.max_amount is None else cents(discount.max_amount)
        return lambda m, u: min(share(policy, m, discount.percent), most)
    if isinstance(discount, AmountOff):
        return lambda m, u: min(cents(discount.amount), m)
    if isinstance(discount, TieredPercent):
        original = policy.threshold_base == ThresholdBase.ORIGINAL
        total = sum(basket.amounts if original else basket.prices(policy))
        reached = [p for step, p in discount.steps if total >= cents(step)]
        percent = reached[-1] if reached else discount.base
        return lambda m, u: share(policy, m, percent)
    if isinstance(discount, FlexiRate):
        most = math.inf if discount.max_units is None else discount.max_units
        first, more = cents(discount.first), cents(discount.additional)
        return lambda m, u: min(first + more * (min(u, most) - 1), m) if u else 0
    assert isinstance(discount, PerPoint)
    off = Fraction(discount.amount) * 100 * basket.points.get(rule.id, 0)
    return lambda m, u: min(rounded(off, policy.rounding), m)


# --- spreading -----------------------------------------------------------------------------------


def spread(total, weights, rooms, method):
    """Water-filling by redistribution; then whole numbers."""
    left, shares = min(total, sum(rooms.values())), dict.fromkeys(weights, 0)
    open_ = [i for i in weights if weights[i] > 0 and rooms[i] > 0]
    while open_ and left:
        weight = sum(weights[i] for i in open_)
        full = [i for i in open_ if Fraction(left * weights[i], weight) >= rooms[i]]
        if not full:
            break
        for i in full:
            shares[i], left = rooms[i], left - rooms[i]
        open_ = [i for i in open_ if i not in full]
    if not open_ or not left:
        return shares
    weight = sum(weights[i] for i in open_)
    exact = {i: Fraction(left * weights[i], weight) for i in open_}
    for i in open_:
        shares[i] = math.floor(exact[i])
    rest = left - sum(math.floor(exact[i]) for i in open_)
    ranked = {
        "largest_remainder": sorted(open_, key=lambda i: (-(exact[i] % 1), -weights[i], i)),
        "largest_weight": sorted(open_, key=lambda i: (-weights[i], i)),
        "first": open_,
    }
    if method == "last":
        for i in reversed(weights):
            more = min(rest, rooms[i] - shares[i])
            shares[i], rest = shares[i] + more, rest - more
        return shares
    for i in ranked[method][:rest]:
        shares[i] += 1
    return shares


def place(wanted, policy, basket):
    rooms = {i: basket.room(i) for i in wanted.money}
    if wanted.total is not None:
        rooms = {i: min(rooms[i], wanted.money[i]) for i in rooms}
        total = min(wanted.total, basket.payable())
        return spread(total, wanted.money, rooms, policy.remainder)
    return fit({i: min(wanted.amounts[i], rooms[i]) for i in rooms}, policy, basket)


def fit(amounts, policy, basket):
    amounts = {i: min(a, basket.room(i)) for i, a in amounts.items()}
    if sum(amounts.values()) <= basket.payable():
        return amounts
    return spread(basket.payable(), amounts, amounts, policy.remainder)


# --- rules together ------------------------------------------------------------------------------


def discount_basket(rules, groups, policy, basket, selected):
    """Lower the prices of one basket; *selected* returns booleans by line."""
    ranked = sorted(rules, key=lambda rule: -rule.priority)
    for group in groups:
        members = [rule for rule in ranked if rule.group == group.name]
        _resolve(group.resolution, members, policy, basket, selected)
    return basket


def _resolve(resolution, rules, policy, basket, selected):
    ask = lambda rule: want(rule, policy, basket, selected(rule, basket.prices(policy)))  # noqa: E731
    if resolution == Resolution.SUM and not policy.each_unit_once:
        for rule, wanted in [(rule, ask(rule)) for rule in rules]:
            book(rule, wanted, place(wanted, policy, basket) if wanted else {}, basket, policy)
    elif resolution in (Resolution.SUM, Resolution.CHAIN):
        for rule in rules:
            take(rule, ask(rule), policy, basket)
    elif resolution == Resolution.FIRST:
        any(take(rule, ask(rule), policy, basket) for rule in rules)
    elif resolution == Resolution.EXCLUSIVE:
        alone = [rule for rule in rules if rule.exclusive]
        if not any(take(rule, ask(rule), policy, basket) for rule in alone):
            for rule in rules:
                if not rule.exclusive:
                    take(rule, ask(rule), policy, basket)
    else:
        _best(rules, ask, policy, basket)


def take(rule, wanted, policy, basket):
    if wanted is None:
        return False
    return book(rule, wanted, place(wanted, policy, basket), basket, policy)


def book(rule, wanted, amounts, basket, policy, lines=None):
    """Book a rule on some lines (all if None), and say whether it fired."""
    if wanted is None or (not any(amounts.values()) and not wanted.gift):
        return False
    for i, amount in amounts.items():
        if lines is not None and i not in lines:
            continue
        basket.left[i] -= amount
        if policy.each_unit_once:
            whole = basket.quantities[i] > 0
            basket.used[i] += wanted.used[i] if whole else int(amount > 0)
        if amount:
            basket.entries[rule.id, i] = amount
    if wanted.gift:
        basket.gifts[rule.id] = wanted.gift
    return True


def _best(rules, ask, policy, basket):
    wants = [(rule, ask(rule)) for rule in rules]
    offers = [(rule, w, place(w, policy, basket)) for rule, w in wants if w is not None]
    if not policy.best_per_line:
        worth = [(2 * sum(a.values()) + bool(w.gift), rule, w, a) for rule, w, a in offers]
        best = max(worth, key=lambda one: one[0], default=None)  # of equal ones the first
        if best and best[0]:
            book(*best[1:3], fit(best[3], policy, basket), basket, policy)
        return
    winners = {}
    for i in range(len(basket.amounts)):
        worth = [2 * a.get(i, 0) + (bool(w.gift) and i == 0) for _, w, a in offers]
        if any(worth):
            winners[i] = worth.index(max(worth))
    for number, (rule, w, amounts) in enumerate(offers):
        lines = [i for i in amounts if winners.get(i) == number]
        gift, w.gift = w.gift, w.gift if winners.get(0) == number else 0
        book(rule, w, fit({i: amounts[i] for i in lines}, policy, basket), basket, policy)
        w.gift = gift
