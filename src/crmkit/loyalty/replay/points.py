"""The points phase: which rules fire in which baskets, and what caps leave of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import attrs
import numpy as np

from crmkit.loyalty.declaration.caps import Cap
from crmkit.loyalty.declaration.earning import EarnRule
from crmkit.loyalty.declaration.groups import Group, Resolution
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.block import Block, Selection
from crmkit.loyalty.replay.exact_points import Scale
from crmkit.loyalty.replay.limits import fired_within, granted_within
from crmkit.loyalty.replay.offers import Before, Given, offer, rounded
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Outcome:
    """What became of one rule in each basket of a block.

    Attributes:
        rule: its place among the programme's earn rules.
        matched: valid, and at least one line selected.
        tried: matched, and no rule before it kept it out.
        won: fired: tried, within its trigger limit, and not beaten by another rule.
        offered: numerators before rounding and caps.
        counted: whole units that its caps count.
        granted: whole units that its caps left.
        given: the points as rules after it see them.
    """

    rule: int
    matched: BoolArray
    tried: BoolArray
    won: BoolArray
    offered: IntArray
    counted: IntArray
    granted: IntArray
    given: Given


@attrs.frozen(eq=False)
class PointsPhase:
    """The rules of a programme on one block.

    Attributes:
        programme: whose rules.
        scale: of their numerators.
        block: the baskets.
    """

    programme: Programme
    scale: Scale
    block: Block

    def outcomes(self) -> list[Outcome]:
        """Go through groups and rules in order; return what became of each rule."""
        done: list[Outcome] = []
        for group in self.programme.groups:
            rules = ordered(self.programme, group)
            if rules:
                run = self._best if group.resolution == Resolution.BEST else self._in_turn
                before = Before(tuple(outcome.given for outcome in done), self.block)
                done += run(group, rules, before)
        return done

    # --- groups in which rules take their turns --------------------------------------------------

    def _in_turn(
        self, group: Group, rules: Sequence[tuple[int, EarnRule]], before: Before
    ) -> list[Outcome]:
        chained = group.resolution in (Resolution.CHAIN, Resolution.EXCLUSIVE)
        still = self.block.account >= 0
        done: list[Outcome] = []
        for place, rule in rules:
            outcome = self._fire(place, rule, still, before)
            done.append(outcome)
            if chained:
                before += outcome.given
            if ends(group.resolution, rule):
                still = still & ~outcome.won
        return done

    def _fire(self, place: int, rule: EarnRule, still: BoolArray, seen: Before) -> Outcome:
        selection, matched = self._matched(rule)
        if not matched.any():
            return _nothing(place, rule, selection, matched)
        tried = matched & still
        won = tried
        if rule.trigger_limit is not None:
            won = fired_within(tried, (place, rule.trigger_limit), self.block)
        return self._granted(place, rule, matched, tried, won, self._offer(rule, selection, seen))

    def _matched(self, rule: EarnRule) -> tuple[Selection, BoolArray]:
        selection = self.block.selection(rule.when)
        matched = selection.baskets & (self.block.account >= 0)
        if rule.valid is not None:
            matched &= self.block.holds(rule.valid)
        return selection, matched

    def _offer(self, rule: EarnRule, selection: Selection, seen: Before) -> Given:
        offered = offer(rule, selection, self.block, self.scale, seen)
        return rounded(offered, self.programme.policies.rounding_level, self.block, self.scale)

    def _granted(
        self,
        place: int,
        rule: EarnRule,
        matched: BoolArray,
        tried: BoolArray,
        won: BoolArray,
        offered: Given,
    ) -> Outcome:
        given = offered.only(won, self.block)
        counted = granted = np.zeros(0, dtype=np.int64)
        if rule.caps:
            counted = self.scale.rounded(given.total)
            granted = granted_within(counted, (place, rule.caps), self.block, self.scale.point)
            given = _cut(given, counted, granted, self.block, self.scale)
        return Outcome(
            rule=place,
            matched=matched,
            tried=tried,
            won=won,
            offered=offered.raw if offered.raw is not None else offered.total,
            counted=counted,
            granted=granted,
            given=given,
        )

    # --- groups in which the best offer wins -----------------------------------------------------

    def _best(
        self, group: Group, rules: Sequence[tuple[int, EarnRule]], before: Before
    ) -> list[Outcome]:
        member = self.block.account >= 0
        found = [self._matched(rule) for _, rule in rules]
        tried = [matched & member for _, matched in found]
        offers = [
            self._offer(rule, selection, before)
            for (_, rule), (selection, _) in zip(rules, found, strict=True)
        ]
        limits = [(place, rule.trigger_limit) for place, rule in rules]
        won = _best_within(tried, [offered.total for offered in offers], limits, self.block)
        return [
            self._granted(place, rule, matched, may, best, offered)
            for (place, rule), (_, matched), may, best, offered in zip(
                rules, found, tried, won, offers, strict=True
            )
        ]


@lru_cache
def ordered(programme: Programme, group: Group) -> Sequence[tuple[int, EarnRule]]:
    """Return the earn rules of a group in the order they are tried, with their places."""
    inside = [(k, rule) for k, rule in enumerate(programme.earning) if rule.group == group.name]
    exclusive = group.resolution == Resolution.EXCLUSIVE
    return sorted(
        inside,
        key=lambda entry: (not (exclusive and entry[1].exclusive), -entry[1].priority, entry[0]),
    )


def ends(resolution: Resolution, rule: EarnRule) -> bool:
    """Say whether no rule of a group is tried any more once this one fired."""
    alone = resolution == Resolution.EXCLUSIVE and rule.exclusive
    return rule.stop or alone or resolution == Resolution.FIRST


def _nothing(place: int, rule: EarnRule, selection: Selection, nowhere: BoolArray) -> Outcome:
    """Return what becomes of a rule that holds nowhere."""
    none = np.zeros(len(nowhere), dtype=np.int64)
    capped = none if rule.caps else none[:0]
    return Outcome(
        rule=place,
        matched=nowhere,
        tried=nowhere,
        won=nowhere,
        offered=none,
        counted=capped,
        granted=capped,
        given=Given(none, None, None, selection),
    )


def _cut(given: Given, counted: IntArray, granted: IntArray, block: Block, scale: Scale) -> Given:
    cut = granted < counted
    if not cut.any():
        return given
    total = np.where(cut, granted * scale.over, given.total)
    left = given.only(~cut | (granted > 0), block)  # nothing lies on the lines of nothing
    return attrs.evolve(left, total=total, cut=given.marked(cut))


def _best_within(
    tried: Sequence[BoolArray],
    offers: Sequence[IntArray],
    limits: Sequence[tuple[int, Cap | None]],
    block: Block,
) -> list[BoolArray]:
    """Return where each rule offers most, among those whose trigger limit is not spent.

    Who wins decides what is spent, and what is spent who wins later. Each round is right at least
    one basket further into every account, so that rounds end; most programmes need one or two.
    """
    open_to = [may.copy() for may in tried]
    while True:
        won = _best_of(open_to, offers)
        within = [
            best if limit is None else fired_within(best, (place, limit), block)
            for best, (place, limit) in zip(won, limits, strict=True)
        ]
        spent = [best & ~fired for best, fired in zip(won, within, strict=True)]
        if not any(beyond.any() for beyond in spent):
            return won
        for may, beyond in zip(open_to, spent, strict=True):
            may &= ~beyond


def _best_of(tried: Sequence[BoolArray], offers: Sequence[IntArray]) -> list[BoolArray]:
    lowest = np.iinfo(np.int64).min
    table = np.stack([np.where(may, o, lowest) for may, o in zip(tried, offers, strict=True)])
    best = table.argmax(axis=0)  # the first of equals: rules stand in the order of priority
    return [may & (best == k) for k, may in enumerate(tried)]
