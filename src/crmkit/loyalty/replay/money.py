"""The money phase of a block: discount rules with the conditions of the programme."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.grain import Grain, MoneyBase
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.conditions.masks import line_mask
from crmkit.loyalty.conditions.needs import needs
from crmkit.loyalty.declaration.caps import Cap
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.loyalty.discounts.phase import discount_lines
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.discounts.rules import DiscountRule
from crmkit.loyalty.discounts.words import ThresholdBase
from crmkit.loyalty.replay.limits import fired_in
from crmkit.loyalty.replay.lines import Lines
from crmkit.typing import BoolArray, CodeArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class MoneyPhase:
    """The discount rules of a programme on the lines of a block.

    Attributes:
        programme: whose rules.
        lines: the lines.
        facts: what conditions read.
        account: of each basket.
        fired_before: firings of a rule with a trigger limit before these baskets, by its place.
        fired: where such a rule fired, once it was asked.
    """

    programme: Programme
    lines: Lines
    facts: Facts
    account: CodeArray
    fired_before: Mapping[int, IntArray] = attrs.field(factory=dict)
    fired: dict[int, BoolArray] = attrs.field(factory=dict, init=False)
    _masks: dict[Condition, BoolArray] = attrs.field(factory=dict, init=False)

    def discounts(self) -> Discounts | None:
        """Return what discounts took off, or None where the programme has none."""
        rules = self.programme.discounting
        if not rules:
            return None
        names = {rule.group for rule in rules}
        groups = tuple(group for group in self.programme.groups if group.name in names)
        return discount_lines(
            rules, groups, self.programme.discounts, self._priced(), self._selected
        )

    def _priced(self) -> PricedLines:
        lines, facts = self.lines, self.facts
        return PricedLines(
            starts=lines.starts,
            amount=lines.amount,
            quantity=lines.quantity,
            scale=lines.scale,
            sale=lines.sale,
            product=facts.codes.get("product"),
            tier=facts.tier.astype(np.int64),
            tiers=facts.tier_names,
            point_scale=10**self.programme.policies.point_digits,
            money_digits=facts.money_digits,
        )

    def _selected(self, rule: DiscountRule, prices: IntArray) -> BoolArray:
        chosen = self._holds(rule.when, prices) & self.facts.sale
        if rule.valid is not None:
            chosen &= self._holds(rule.valid, prices)
        excluded = self.programme.discounts.excluded
        if excluded is not None:
            chosen &= ~self._holds(excluded, prices)
        if rule.trigger_limit is not None:
            fired = self._fired(rule, rule.trigger_limit, self.facts.any(chosen))
            chosen &= np.repeat(fired, np.diff(self.facts.starts))
        return chosen

    def _fired(self, rule: DiscountRule, limit: Cap, match: BoolArray) -> BoolArray:
        place = self.programme.discounting.index(rule)
        before = self.fired_before.get(place)
        fired = self.fired[place] = fired_in(match, limit, self.facts, self.account, before)
        return fired

    def _holds(self, condition: Condition, prices: IntArray) -> BoolArray:
        if not needs(condition).money & {MoneyBase.CURRENT, MoneyBase.BASIS}:
            return line_mask(condition, self.facts, self._masks)
        if self.programme.discounts.threshold_base == ThresholdBase.ORIGINAL:
            prices = self.lines.amount
        money = dict(self.facts.money) | {MoneyBase.CURRENT: prices, MoneyBase.BASIS: prices}
        return line_mask(condition, attrs.evolve(self.facts, money=money))


def aimed(programme: Programme, discounts: Discounts, lines: int) -> IntArray:
    """Return what discounts took off each line that are about some lines only."""
    narrow = [rule.when.grain == Grain.LINE for rule in programme.discounting]
    of_some = np.array([*narrow, False])[discounts.rule]
    taken = np.zeros(lines, dtype=np.int64)
    np.add.at(taken, discounts.line[of_some], discounts.amount[of_some])
    return taken
