"""The oracle's returns: which sale a return undoes, and what it takes back."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.tiers import TierCounter
from crmkit.loyalty.declaration.words import ReturnAmount, ReturnMatch
from loyalty_oracle_account import Account, Sold, SoldLine
from loyalty_oracle_facts import DAY
from loyalty_oracle_money import lower_prices, payable, set_bases
from loyalty_oracle_points import points_of
from loyalty_world import Basket, Line


def take_back(account: Account, basket: Basket, returns: list[Line], time: int) -> None:
    """Match the returns of a basket and undo what their sales had earned."""
    undone: dict[Any, Sold] = {}
    for line in returns:
        _match(account, basket, line, time, undone)
    for sold in sorted(undone.values(), key=lambda one: one.time):
        _undo(account, sold, basket.label, time)


# --- which sale -----------------------------------------------------------------------------------


def _match(
    account: Account, basket: Basket, line: Line, time: int, undone: dict[Any, Sold]
) -> None:
    left = Fraction(1)  # the part of the return that has found no sale yet
    for sold in _candidates(account, line, time):
        for target in sold.lines:
            if target.sale.product != line.product or not target.left or not left:
                continue
            whole = _measure(line, target)
            some = min(whole * left, target.left)
            if some > 0:
                target.back += some
                left -= some / whole
                undone[sold.basket] = sold
    if left:
        account.unmatched.append((basket.label, line.product, abs(line.quantity) * left))


def _measure(line: Line, target: SoldLine) -> Fraction:
    """Return how much of a sold line a whole return would be."""
    sale = target.sale
    if not sale.quantity:
        return Fraction(abs(line.amount))
    if line.quantity:
        return abs(line.quantity)
    return sale.quantity * Fraction(abs(line.amount), sale.amount) if sale.amount else Fraction(0)


def _candidates(account: Account, line: Line, time: int) -> list[Sold]:
    returns = account.programme.policies.returns
    open_ = [
        sold
        for sold in account.sold.values()
        if sold.time <= time <= sold.time + returns.window_days * DAY
    ]
    if line.origin is not None:
        return [sold for sold in open_ if sold.basket == line.origin]
    if returns.match == ReturnMatch.SAME_BASKET:
        return []
    return open_[::-1] if returns.match == ReturnMatch.LATEST else open_


# --- what it takes back ---------------------------------------------------------------------------


def _undo(account: Account, sold: Sold, label: Any, time: int) -> None:
    returns = account.programme.policies.returns
    want, by_rule = _WANTS[returns.amount](account, sold)
    done = account.reverse(sold.lot, want)
    account.book("reverse", -done, time, label)
    if returns.restore_caps:
        for rule in account.programme.earning:
            for k in range(len(rule.caps)):
                much = by_rule.get(rule.id, 0)
                account.uses.restore((rule.id, f"cap {k}"), sold.basket, much)
    if returns.reverse_qualifying:
        _uncount(account, sold)
    if returns.give_back_spent:
        back = math.floor(sold.redeemed * _value_share(sold)) - sold.given_back
        sold.given_back += back
        account.book("adjust", back, time, label)
        if back:
            account.new_lot(back, label, hold=False)


def _per_line(account: Account, sold: Sold) -> tuple[int, dict[str, int]]:
    want, by_rule = 0, dict[str, int]()
    for line in sold.lines:
        points = max(sum(line.points.values()), 0)
        due = math.floor(points * line.share) - line.wanted
        line.wanted += due
        want += due
        for rule, share in line.points.items():
            more = math.floor(max(share, 0) * line.share) - line.restored.get(rule, 0)
            line.restored[rule] = line.restored.get(rule, 0) + more
            by_rule[rule] = by_rule.get(rule, 0) + more
    return want, by_rule


def _pro_rata(account: Account, sold: Sold) -> tuple[int, dict[str, int]]:
    share = _value_share(sold)
    booked = {g.rule.id: g.booked for g in sold.given if g.rule.counts != Counter.QUALIFYING}
    totals = {rule: math.floor(points * share) for rule, points in booked.items()}
    return _due(sold, math.floor(max(sold.booked, 0) * share), totals)


def _rebuild(account: Account, sold: Sold) -> tuple[int, dict[str, int]]:
    given = _again(account, sold)
    left = {g.rule.id: g.booked for g in given if g.rule.counts != Counter.QUALIFYING}
    booked = {g.rule.id: g.booked for g in sold.given if g.rule.counts != Counter.QUALIFYING}
    totals = {rule: points - left.get(rule, 0) for rule, points in booked.items()}
    return _due(sold, sold.booked - sum(left.values()), totals)


def _again(account: Account, sold: Sold) -> list[Any]:
    """Evaluate a basket again on what is left of it."""
    programme, kept = account.programme, []
    for line in sold.lines:
        if not line.left:
            continue
        sale = line.sale
        gone = math.floor(sale.amount * line.share)
        quantity = sale.quantity * (1 - line.share)
        kept.append(
            type(sale)(
                sale.product,
                quantity,
                sale.amount - gone,
                sale.attributes,
                tax=sale.tax - math.floor(sale.tax * line.share),
                discount_given=sale.discount_given - math.floor(sale.discount_given * line.share),
            )
        )
    if not kept:
        return []
    facts = type(sold.facts)(**{**vars(sold.facts), "lines": kept})
    uses = sold.uses.copy()
    facts.tier = sold.facts.found
    lower_prices(programme, facts, uses, sold.basket)
    set_bases(programme, facts, min(sold.money_of_points, payable(facts)))
    facts.tier = sold.facts.tier
    return points_of(programme, facts, uses, sold.basket)


def _due(sold: Sold, total: int, by_rule: dict[str, int]) -> tuple[int, dict[str, int]]:
    want = max(total - sold.wanted, 0)
    sold.wanted += want
    more = {rule: max(t - sold.restored.get(rule, 0), 0) for rule, t in by_rule.items()}
    for rule, points in more.items():
        sold.restored[rule] = sold.restored.get(rule, 0) + points
    return want, more


_WANTS: dict[ReturnAmount, Any] = {
    ReturnAmount.PER_LINE: _per_line,
    ReturnAmount.PRO_RATA_VALUE: _pro_rata,
    ReturnAmount.REBUILD: _rebuild,
    ReturnAmount.NONE: lambda account, sold: (0, {}),
}


def _value_share(sold: Sold) -> Fraction:
    """Return the part of a basket's value that has come back, whole minor units of each line."""
    values = [max(line.sale.price, 0) for line in sold.lines]
    if not any(values):
        values = [1] * len(values)
    parts = zip(values, sold.lines, strict=True)
    return Fraction(sum(math.floor(v * line.share) for v, line in parts), sum(values))


def _uncount(account: Account, sold: Sold) -> None:
    """Lower the counter of tiers by what came back."""
    tiers = account.programme.tiers
    if tiers is None:
        return
    lines = sold.lines
    if tiers.counter == TierCounter.VISITS:
        total = 0 if any(line.left for line in lines) else sold.counted
    else:
        total = sum(math.floor(max(line.counted, 0) * line.share) for line in lines)
    account.standing.lower(sold.basket, total - sold.uncounted)
    sold.uncounted = total
