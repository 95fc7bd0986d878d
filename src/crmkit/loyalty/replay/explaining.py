"""Replay one account, and say of one basket what became of each rule."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit.loyalty.conditions.failures import Failure, FailureCause, failure
from crmkit.loyalty.conditions.masks import line_mask
from crmkit.loyalty.declaration.amounts import PerSpend
from crmkit.loyalty.declaration.earning import Counter, EarnRule
from crmkit.loyalty.ledger.balances import place_of
from crmkit.loyalty.ledger.explanation import Explanation, ReasonCode, RuleReason
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.limits import fired_within
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.points import Outcome
from crmkit.loyalty.replay.writing import Writer
from crmkit.typing import BoolArray

_CODES = {
    FailureCause.UNKNOWN: ReasonCode.UNKNOWN,
    FailureCause.TIER: ReasonCode.TIER,
    FailureCause.CONDITION: ReasonCode.CONDITION,
}


def explained(bound: Bound, basket: object) -> Explanation:
    """Say of one basket what became of each rule.

    Raises:
        InvalidArgumentError: there is no such basket.
    """
    tx = bound.history.tx
    label = place_of(tx.ids("basket", question="explain()").labels, basket, "basket")
    place = int(np.flatnonzero(bound.baskets.code == label)[0])
    account = int(bound.baskets.account[place])
    if account < 0:
        return _of_guest(bound, basket)
    part = Writer.of(bound).account(account)
    played = Writer.of(bound).page(part).played
    told = _Basket(bound, played, place - int(part.baskets[0]))
    return Explanation(
        basket=basket,
        customer=bound.accounts.labels[account],
        reasons=tuple(told.reason(k) for k in range(len(played.outcomes))),
        point_digits=bound.programme.policies.point_digits,
        frame_kind=tx.frame_kind,
    )


def _of_guest(bound: Bound, basket: object) -> Explanation:
    reasons = (
        RuleReason(rule=rule.id, group=rule.group, code=ReasonCode.GUEST)
        for rule in bound.programme.earning
    )
    return Explanation(
        basket=basket,
        customer=None,
        reasons=tuple(reasons),
        point_digits=bound.programme.policies.point_digits,
        frame_kind=bound.history.tx.frame_kind,
    )


@attrs.frozen(eq=False)
class _Basket:
    """One basket of a block that was played."""

    bound: Bound
    played: Played
    place: int

    def reason(self, k: int) -> RuleReason:
        """Say what became of the k-th rule that was tried."""
        outcome = self.played.outcomes[k]
        rule = self.bound.programme.earning[outcome.rule]
        code, found = self._code(outcome, rule, int(self.played.points[k, self.place]))
        counts = rule.counts != Counter.QUALIFYING
        scale = self.bound.scale
        return RuleReason(
            rule=rule.id,
            group=rule.group,
            code=code,
            offered=float(outcome.offered[self.place]) / scale.over / scale.point,
            points=int(self.played.points[k, self.place]) if counts else 0,
            failing=None if found is None else found.part,
            observed=None if found is None else found.observed,
            cut=self._cut(outcome),
        )

    def _code(
        self, outcome: Outcome, rule: EarnRule, points: int
    ) -> tuple[ReasonCode, Failure | None]:
        here, block = self.place, self.played.block
        if not self._lines(self.played.lines.sale).any():
            return ReasonCode.RETURN_ONLY, None
        if rule.valid is not None and not block.holds(rule.valid)[here]:
            return ReasonCode.NOT_VALID, None
        if not outcome.matched[here]:
            return self._unmatched(rule)
        if not outcome.won[here]:
            spent = self._is_spent(outcome, rule)
            return (ReasonCode.TRIGGER_SPENT if spent else ReasonCode.LOST), None
        return self._won(outcome, rule, points), None

    def _unmatched(self, rule: EarnRule) -> tuple[ReasonCode, Failure | None]:
        """Say why no line of the basket was selected: the first reason that applies."""
        block = self.played.block
        among_sales = failure(rule.when, block.facts, self.place)
        if among_sales is not None and among_sales.cause == FailureCause.UNKNOWN:
            return ReasonCode.UNKNOWN, among_sales
        if self._lines(line_mask(rule.when, block.facts) & block.facts.sale).any():
            return ReasonCode.EXCLUDED_PRODUCT, None
        found = failure(rule.when, block.facts, self.place, block.earning)
        return (ReasonCode.CONDITION if found is None else _CODES[found.cause]), found

    def _is_spent(self, outcome: Outcome, rule: EarnRule) -> bool:
        """Say whether the trigger limit would have kept the rule out."""
        if rule.trigger_limit is None:
            return False
        match = outcome.won.copy()
        match[self.place] = True
        limit = outcome.rule, rule.trigger_limit
        return not fired_within(match, limit, self.played.block)[self.place]

    def _won(self, outcome: Outcome, rule: EarnRule, points: int) -> ReasonCode:
        if self._cut(outcome):
            return ReasonCode.CAPPED if outcome.granted[self.place] else ReasonCode.CAPPED_OUT
        if points:
            return ReasonCode.FIRED
        if outcome.offered[self.place]:
            return ReasonCode.ROUNDED_AWAY
        whole = isinstance(rule.amount, PerSpend) and rule.amount.whole
        return ReasonCode.BELOW_STEP if whole else ReasonCode.NO_BASE

    def _cut(self, outcome: Outcome) -> int:
        if not outcome.counted.size:
            return 0
        return int(outcome.counted[self.place] - outcome.granted[self.place])

    def _lines(self, lines: BoolArray) -> BoolArray:
        starts = self.played.lines.starts
        return lines[starts[self.place] : starts[self.place + 1]]
