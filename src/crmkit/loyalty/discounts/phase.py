"""The money phase: groups of discount rules, each rule seeing what those before it left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration.groups import Group, Resolution
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.loyalty.discounts.policy import DiscountPolicy
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.discounts.rules import DiscountRule
from crmkit.loyalty.discounts.till import Placed, Selected, Till, baskets_of
from crmkit.typing import BoolArray, IntArray

Rules: TypeAlias = Sequence[DiscountRule]


def discount_lines(
    rules: Rules,
    groups: Sequence[Group],
    policy: DiscountPolicy,
    lines: PricedLines,
    selected: Selected,
) -> Discounts:
    """Lower the prices of lines by rules, group after group.

    Args:
        rules: the rules, as declared.
        groups: the groups of the rules, in the order they run.
        policy: how discounts are rounded, spread and combined.
        lines: the lines, basket by basket.
        selected: says for a rule and the current price of each line which lines it selects: where
            its condition holds, it is valid, its triggers are not spent and nothing excludes them.

    Returns:
        what each rule took off each line, and what is left to pay. No line costs less than its
        floor, and no basket less than nothing.

    Raises:
        InvalidArgumentError: a rule of a group that is not there, or that needs products or tiers
            that the lines do not have.

    Examples:
        >>> import numpy as np
        >>> from crmkit.loyalty import DiscountPolicy, DiscountRule, Group, PercentOff
        >>> from crmkit.loyalty.discounts.lines import PricedLines
        >>> from crmkit.loyalty.discounts.phase import discount_lines
        >>> lines = PricedLines(starts=[0, 2], amount=[1000, 250], quantity=[1, 1])
        >>> rule = DiscountRule("ten", PercentOff(10))
        >>> groups = (Group("discounts", "chain"),)
        >>> everything = lambda rule, prices: np.ones(len(prices), dtype=bool)
        >>> discount_lines((rule,), groups, DiscountPolicy(), lines, everything).price_left
        array([900, 225])
    """
    till = Till(policy, lines, selected)
    for group, members in _by_group(rules, groups):
        way = _WAYS[group.resolution]
        if group.resolution == Resolution.SUM and policy.each_unit_once:
            way = _chain  # a unit that served one rule cannot be seen by another
        way(till, members)
    return till.closed(tuple(rule.id for rule in rules))


def _by_group(rules: Rules, groups: Sequence[Group]) -> list[tuple[Group, Rules]]:
    names = [group.name for group in groups]
    problems = [
        f"rule {rule.id!r}: group: there is no group {rule.group!r}."
        for rule in rules
        if rule.group not in names
    ]
    if problems:
        raise InvalidArgumentError("\n".join(problems))
    ranked = sorted(rules, key=lambda rule: -rule.priority)  # stable: then as declared
    return [(group, [r for r in ranked if r.group == group.name]) for group in groups]


# --- how the rules of a group get along ----------------------------------------------------------


def _sum(till: Till, rules: Rules) -> None:
    """All rules, each on the prices at the group's entry."""
    for rule, want in [(rule, till.wanted(rule)) for rule in rules]:
        till.book(rule, till.placed(want))


def _chain(till: Till, rules: Rules, free: BoolArray | None = None) -> None:
    """All rules in order, each on what those before it left, in the baskets that are free."""
    for rule in rules:
        till.book(rule, till.placed(till.wanted(rule, free)))


def _first(till: Till, rules: Rules) -> BoolArray:
    """In each basket the first rule that takes something off; return the baskets left free."""
    free = np.ones(till.lines.baskets, dtype=np.bool_)
    for rule in rules:
        placed = till.placed(till.wanted(rule, free))
        till.book(rule, placed)
        free[baskets_of(placed, till.lines)] = False
    return free


def _exclusive(till: Till, rules: Rules) -> None:
    """The first exclusive rule alone, else all others in a chain."""
    free = _first(till, [rule for rule in rules if rule.exclusive])
    _chain(till, [rule for rule in rules if not rule.exclusive], free)


def _best(till: Till, rules: Rules) -> None:
    """In each basket, or on each line, the rule that takes most off; of equal ones the first."""
    offers = [till.placed(till.wanted(rule)) for rule in rules]
    of_line = till.policy.best_per_line
    figures = [_on_lines(till, one) if of_line else _of_baskets(till, one) for one in offers]
    best = _largest(figures)
    for number, (rule, one) in enumerate(zip(rules, offers, strict=True)):
        wins = best[one.line] if of_line else best[till.lines.basket[one.line]]
        gifts = best[till.lines.heads[one.added_basket]] if of_line else best[one.added_basket]
        till.book(rule, till.fitted(one.where(wins == number, gifts == number)))


def _on_lines(till: Till, placed: Placed) -> IntArray:
    """Return what each line gets: money first, and of equal money the one with a gift."""
    figure = np.zeros(len(till.left), dtype=np.int64)
    figure[placed.line] = 2 * placed.amount
    figure[till.lines.heads[placed.added_basket]] += 1
    return figure


def _of_baskets(till: Till, placed: Placed) -> IntArray:
    figure = np.zeros(till.lines.baskets, dtype=np.int64)
    np.add.at(figure, till.lines.basket[placed.line], 2 * placed.amount)
    figure[placed.added_basket] += 1
    return figure


def _largest(figures: Sequence[IntArray]) -> IntArray:
    """Return for each place which of several columns is largest; -1 where all are 0."""
    if not figures:
        return np.zeros(0, dtype=np.int64)
    most = np.zeros(len(figures[0]), dtype=np.int64)
    which = np.full(len(most), -1, dtype=np.int64)
    for number, figure in enumerate(figures):
        which[figure > most] = number
        np.maximum(most, figure, out=most)
    return which


_WAYS: dict[Resolution, Callable[[Till, Rules], object]] = {
    Resolution.SUM: _sum,
    Resolution.CHAIN: _chain,
    Resolution.BEST: _best,
    Resolution.FIRST: _first,
    Resolution.EXCLUSIVE: _exclusive,
}
