"""Replay one account, and say of one basket what became of each rule."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from crmkit.loyalty.conditions.failures import Failure, FailureCause, failure
from crmkit.loyalty.conditions.masks import line_mask
from crmkit.loyalty.declaration.amounts import PerSpend
from crmkit.loyalty.declaration.caps import Cap
from crmkit.loyalty.declaration.earning import Counter, EarnRule
from crmkit.loyalty.declaration.groups import Resolution
from crmkit.loyalty.declaration.words import Overdraft
from crmkit.loyalty.ledger.balances import place_of
from crmkit.loyalty.ledger.explanation import (
    Explanation,
    ReasonCode,
    RedemptionCode,
    RedemptionReason,
    RuleReason,
)
from crmkit.loyalty.replay.accounting import Books
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.limits import fired_within, used_before
from crmkit.loyalty.replay.page import Page
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.points import Outcome, ends
from crmkit.loyalty.replay.spending import payable_points
from crmkit.loyalty.replay.writing import Writer
from crmkit.typing import BoolArray, IntArray

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
    writer = Writer.of(bound)
    part = writer.account(account)
    page = writer.page(part)
    told = _Basket(bound, page.played, place - int(part.baskets[0]))
    return Explanation(
        basket=basket,
        customer=bound.accounts.labels[account],
        reasons=tuple(told.reason(k) for k in range(len(page.played.outcomes))),
        redemptions=tuple(_redeemed(bound, page, place)),
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
        limit, used = self._limit(outcome, rule, code)
        return RuleReason(
            rule=rule.id,
            group=rule.group,
            code=code,
            offered=float(outcome.offered[self.place]) / scale.over / scale.point,
            points=int(self.played.points[k, self.place]) if counts else 0,
            failing=None if found is None else found.part,
            observed=None if found is None else found.observed,
            cut=self._cut(outcome),
            limit=limit,
            used=used,
            winner=self._winner(rule) if code == ReasonCode.LOST else None,
        )

    def _limit(self, outcome: Outcome, rule: EarnRule, code: ReasonCode) -> tuple[Cap | None, int]:
        """Return the cap that left least, or the trigger limit that was spent, and its use."""
        if code == ReasonCode.TRIGGER_SPENT and rule.trigger_limit is not None:
            return rule.trigger_limit, self._used(outcome.won.astype(np.int64), rule.trigger_limit)
        if code not in (ReasonCode.CAPPED, ReasonCode.CAPPED_OUT):
            return None, 0
        used = [
            self._used(outcome.granted, cap) - self._on_top(outcome.rule, k)
            for k, cap in enumerate(rule.caps)
        ]
        point = self.bound.scale.point
        left = [cap.limit * point - n for cap, n in zip(rule.caps, used, strict=True)]
        tightest = left.index(min(left))
        return rule.caps[tightest], used[tightest]

    def _used(self, units: IntArray, limit: Cap) -> int:
        block = self.played.block
        start = block.facts.day_start
        return int(used_before(units, limit, block.account, block.time, start)[self.place])

    def _on_top(self, rule: int, cap: int) -> int:
        room = self.played.block.headroom.get((rule, cap))
        return 0 if room is None else int(room[self.place])

    def _winner(self, rule: EarnRule) -> str | None:
        """Return the rule of its group that kept it out: the best, or one that ended the group."""
        programme = self.bound.programme
        group = next(group for group in programme.groups if group.name == rule.group)
        for outcome in self.played.outcomes:
            other = programme.earning[outcome.rule]
            inside = other.group == rule.group and bool(outcome.won[self.place])
            if inside and (group.resolution == Resolution.BEST or ends(group.resolution, other)):
                return other.id
        return None

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
        if self._paid_otherwise():
            return ReasonCode.EXCLUDED_TENDER
        whole = isinstance(rule.amount, PerSpend) and rule.amount.whole
        return ReasonCode.BELOW_STEP if whole else ReasonCode.NO_BASE

    def _paid_otherwise(self) -> bool:
        """Say whether nothing is left to earn on, because excluded tenders paid it."""
        bound, names = self.bound, self.bound.programme.policies.base.excluded_tenders
        place = self.played.lines.baskets[self.place]
        paid = sum(int(bound.tenders[name][place]) for name in names if name in bound.tenders)
        return paid > 0 and not self._lines(self.played.block.basis > 0).any()

    def _cut(self, outcome: Outcome) -> int:
        if not outcome.counted.size:
            return 0
        return int(outcome.counted[self.place] - outcome.granted[self.place])

    def _lines(self, lines: BoolArray) -> BoolArray:
        starts = self.played.lines.starts
        return lines[starts[self.place] : starts[self.place + 1]]


def _redeemed(bound: Bound, page: Page, place: int) -> Iterator[RedemptionReason]:
    """Say what became of points that were to pay a basket."""
    requests, books = page.part.requests, page.books
    payable = np.append(page.played.payable(), 0)[place - page.part.baskets[0]]
    for row in np.flatnonzero(requests.basket == place):
        debit = int(np.flatnonzero(books.spent.source == row)[0])
        asked, done = int(requests.units[row]), int(books.settled.applied[debit])
        there = int(books.settled.available[debit])
        pending = _pending(books, debit)
        code = _why(bound, (asked, done), (there, pending), int(payable))
        yield RedemptionReason(asked=asked, applied=done, code=code)


def _pending(books: Books, debit: int) -> int:
    """Return the points that were earned before a debit and could not be spent yet."""
    clock, life = books.spent.clock[debit], books.life
    mine = books.earned.account == books.spent.account[debit]
    waiting = mine & (books.earned.clock < clock) & (life.active_clock > clock)
    return int(books.earned.units[waiting].sum())


def _why(
    bound: Bound, points: tuple[int, int], there: tuple[int, int], payable: int
) -> RedemptionCode:
    """Return the last cut that was made of a redemption."""
    (asked, done), (available, pending) = points, there
    terms, scale = bound.programme.redemption, bound.scale
    assert terms is not None
    if done == asked:
        return RedemptionCode.APPLIED
    overdraft = bound.programme.policies.overdraft
    room = int(payable_points(np.array([payable]), terms, scale.point, scale.money)[0])
    short = available < min(asked, room)
    if short and overdraft in (Overdraft.CLAMP, Overdraft.DECLINE):
        if available + pending >= min(asked, room):
            return RedemptionCode.PENDING
        if overdraft == Overdraft.DECLINE:
            return RedemptionCode.DECLINED
    if not done and terms.minimum:
        return RedemptionCode.BELOW_MINIMUM
    if done < min(asked, room, available if overdraft == Overdraft.CLAMP else asked):
        return RedemptionCode.NOT_MULTIPLE
    return RedemptionCode.OVER_BALANCE if short else RedemptionCode.OVER_SHARE
