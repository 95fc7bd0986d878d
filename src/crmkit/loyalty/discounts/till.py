"""What rules have left so far: prices, units that served an offer, and the entries."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

import attrs
import numpy as np

from crmkit._fields import read_only
from crmkit._kernels.grouping import changes
from crmkit.loyalty.declaration.groups import Scope
from crmkit.loyalty.discounts.chosen import Chosen, share_of
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.loyalty.discounts.policy import DiscountPolicy
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.discounts.rules import DiscountRule
from crmkit.loyalty.discounts.spreading import spread_within
from crmkit.loyalty.discounts.wanted import Turn, Wanted, wanted
from crmkit.typing import BoolArray, IntArray

Selected: TypeAlias = Callable[[DiscountRule, IntArray], BoolArray]
"""Which lines a rule selects, given what each line costs at its turn."""


@attrs.frozen(kw_only=True, eq=False)
class Placed:
    """What a rule takes off, line by line, within what the lines have room for.

    Attributes:
        line: lines that the rule selects in baskets where it fires, ascending.
        amount: what it takes off each, 0 included.
        used: units of each that it uses up.
        added_basket: baskets that get units on top.
        added_units: how many.
    """

    line: IntArray
    amount: IntArray
    used: IntArray
    added_basket: IntArray
    added_units: IntArray

    def where(self, lines: BoolArray, gifts: BoolArray) -> Placed:
        """Return what falls on some lines, and some gifts."""
        return Placed(
            line=self.line[lines],
            amount=self.amount[lines],
            used=self.used[lines],
            added_basket=self.added_basket[gifts],
            added_units=self.added_units[gifts],
        )


class Till:
    """Prices as they go down, rule by rule."""

    def __init__(self, policy: DiscountPolicy, lines: PricedLines, selected: Selected) -> None:
        """Start with the prices of the lines, and no unit used."""
        self.policy, self.lines, self._selected = policy, lines, selected
        self.left = lines.amount.copy()
        self._used = np.zeros(len(self.left), dtype=np.int64)
        self._entries: list[tuple[str, Placed]] = []

    @cached_property
    def _room_by_basket(self) -> bool:
        """Whether some line lowers what is left to pay of its basket."""
        negative = self.lines.amount < 0
        return bool((negative if self.lines.sale is None else negative & self.lines.sale).any())

    @cached_property
    def _sizes(self) -> IntArray:
        return np.maximum(self.lines.quantity, 1)  # a line without units is used as a whole

    @property
    def prices(self) -> IntArray:
        """What each line costs the next rule: all that is left, or its units not yet used."""
        if not self.policy.each_unit_once:
            return self.left
        return share_of(self.lines.amount, self._sizes - self._used, self._sizes)

    # --- a rule's turn ---------------------------------------------------------------------------

    def wanted(self, rule: DiscountRule, free: BoolArray | None = None) -> Wanted:
        """Return what a rule would take off now, in the baskets that are free."""
        prices = read_only(self.prices)
        mask = self._selected(rule, prices) & (prices > 0)
        if self.lines.sale is not None:
            mask &= self.lines.sale
        if free is not None:
            mask &= free[self.lines.basket]
        chosen = self._chosen(np.flatnonzero(mask), prices)
        return wanted(
            Turn(rule=rule, policy=self.policy, lines=self.lines, prices=prices, chosen=chosen)
        )

    def _chosen(self, line: IntArray, prices: IntArray) -> Chosen:
        units = np.maximum(self.lines.quantity[line], 0)
        return Chosen(
            line=line,
            basket=self.lines.basket[line],
            money=prices[line],
            units=np.maximum(units - self._used[line], 0),
        )

    def placed(self, want: Wanted) -> Placed:
        """Return what a rule takes off each line, within what there is room for now."""
        reached = want.reached
        if want.scope == Scope.LINE:
            amount = self._within(reached, want.amounts)
        else:
            rooms = np.minimum(self._rooms(reached.line), reached.money)
            limits = np.minimum(want.amounts, self._limits(reached))
            amount = spread_within(limits, reached, rooms, self.policy.remainder)
        return self._fired(want, amount)

    def fitted(self, placed: Placed) -> Placed:
        """Return what there still is room for."""
        line = placed.line
        basket = self.lines.basket[line]
        reached = Chosen(line=line, basket=basket, money=placed.amount, units=placed.used)
        return attrs.evolve(placed, amount=self._within(reached, placed.amount))

    def _fired(self, want: Wanted, amount: IntArray) -> Placed:
        reached = want.reached
        fires = reached.sums(amount) > 0
        added = np.zeros(len(fires), dtype=np.int64) if want.added is None else want.added
        there = np.repeat(fires | (added > 0), reached.sizes)
        return Placed(
            line=reached.line[there],
            amount=amount[there],
            used=want.used[there],
            added_basket=reached.basket[reached.heads][added > 0],
            added_units=added[added > 0],
        )

    # --- room ------------------------------------------------------------------------------------

    def _rooms(self, line: IntArray) -> IntArray:
        room = self.left[line]
        if self.lines.floor is not None:
            room = room - self.lines.floor[line]
        return np.maximum(room, 0)

    def _limits(self, reached: Chosen) -> IntArray:
        """Return what is left to pay of each basket with chosen lines."""
        if not self._room_by_basket:  # then the rooms of its lines say it all
            return reached.sums(self.left[reached.line])
        payable = np.maximum(self.lines.totals(self.left), 0)
        return payable[reached.basket[reached.heads]]

    def _within(self, reached: Chosen, amounts: IntArray) -> IntArray:
        """Cut amounts to the rooms of their lines, and in proportion to what is left to pay."""
        amounts = np.minimum(amounts, self._rooms(reached.line))
        limits = self._limits(reached)
        over = np.repeat(reached.sums(amounts) > limits, reached.sizes)
        if not over.any():
            return amounts
        part = Chosen(
            line=reached.line[over],
            basket=reached.basket[over],
            money=amounts[over],
            units=reached.units[over],
        )
        limits = np.repeat(limits, reached.sizes)[over][part.heads]
        amounts[over] = spread_within(limits, part, part.money, self.policy.remainder)
        return amounts

    # --- entries ---------------------------------------------------------------------------------

    def book(self, rule: DiscountRule, placed: Placed) -> None:
        """Lower the prices, and use up the units."""
        self.left[placed.line] -= placed.amount
        if self.policy.each_unit_once:
            whole = np.where(self.lines.quantity[placed.line] > 0, placed.used, placed.amount > 0)
            self._used[placed.line] += whole
        self._entries.append((rule.id, placed))

    def closed(self, rules: tuple[str, ...]) -> Discounts:
        """Return all entries, and what is left to pay."""
        numbers = [rules.index(rule) for rule, _ in self._entries]
        kept = [placed.amount > 0 for _, placed in self._entries]
        lines = [placed.line[some] for (_, placed), some in zip(self._entries, kept, strict=True)]
        off = [placed.amount[some] for (_, placed), some in zip(self._entries, kept, strict=True)]
        gifts = [placed.added_units for _, placed in self._entries]
        return Discounts(
            rules=rules,
            rule=np.repeat(numbers, [len(part) for part in lines]),
            line=_joined(lines),
            amount=_joined(off),
            price_left=self.left,
            added_rule=np.repeat(numbers, [len(part) for part in gifts]),
            added_basket=_joined([placed.added_basket for _, placed in self._entries]),
            added_units=_joined(gifts),
        )


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def baskets_of(placed: Placed, lines: PricedLines) -> IntArray:
    """Return the baskets in which a rule fires."""
    basket = lines.basket[placed.line]
    return basket[changes(basket)] if len(basket) else basket
