"""One block of accounts through the phases: money, points, returns, lots, tiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import attrs
import numpy as np

from crmkit.loyalty.conditions.grain import MoneyBase
from crmkit.loyalty.conditions.masks import line_mask
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.policies import Policies
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.replay.basis import Prices, bases
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.block import Block
from crmkit.loyalty.replay.blocks import Reader, lines_of
from crmkit.loyalty.replay.integers import booked, over_lines
from crmkit.loyalty.replay.lines import Lines
from crmkit.loyalty.replay.money import MoneyPhase, aimed
from crmkit.loyalty.replay.points import Outcome, PointsPhase
from crmkit.typing import AllocationMethod, BoolArray, CodeArray, IntArray

Key = TypeVar("Key")


@attrs.frozen(kw_only=True, eq=False)
class Assumed:
    """What a round takes for granted until what follows from it proves it right.

    Attributes:
        before: rank of the tier each basket finds, -1 for none; discounts go by it.
        tier: rank of the tier whose benefits it has; points go by it.
        paid: money of each basket that points pay, minor units.
        headroom: what caps have on top of their limits, as in `Block`.
        fired_before: firings of earn rules before the baskets, as in `Block`.
        discounted_before: firings of discount rules before them, by their places.
    """

    before: IntArray
    tier: IntArray
    paid: IntArray
    headroom: Mapping[tuple[int, int], IntArray] = attrs.field(factory=dict)
    fired_before: Mapping[int, IntArray] = attrs.field(factory=dict)
    discounted_before: Mapping[int, IntArray] = attrs.field(factory=dict)

    def equals(self, other: Assumed) -> bool:
        """Say whether both take the same for granted."""
        names = ("before", "tier", "paid")
        same = all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)
        mappings = ("headroom", "fired_before", "discounted_before")
        return same and all(_same(getattr(self, n), getattr(other, n)) for n in mappings)


def _same(one: Mapping[Key, IntArray], other: Mapping[Key, IntArray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


@attrs.frozen(kw_only=True, eq=False)
class Played:
    """What the rules gave in a block.

    Attributes:
        reader: what read them.
        assumed: what was taken for granted.
        lines: the lines.
        block: the columns that rules were evaluated on.
        discounts: what discounts took off, if the programme has some.
        outcomes: what became of each rule.
        points: whole units by rule and basket.
        discounted: where discount rules with a trigger limit fired, by their places.
    """

    reader: Reader
    assumed: Assumed
    lines: Lines
    block: Block
    discounts: Discounts | None
    outcomes: list[Outcome]
    points: IntArray
    discounted: Mapping[int, BoolArray]

    def prices(self) -> IntArray:
        """Return what is paid for each line after discounts, minor units."""
        return self.lines.amount if self.discounts is None else self.discounts.price_left

    def payable(self) -> IntArray:
        """Return what is to be paid for the sales of each basket."""
        if not len(self.block):
            return np.zeros(0, dtype=np.int64)
        return self.block.sums(np.where(self.lines.sale, self.prices(), 0))

    def points_of_lines(
        self, baskets: IntArray, rules: BoolArray, method: AllocationMethod
    ) -> IntArray:
        """Return the units that some rules gave to each line of some baskets, one after another."""
        sizes = np.diff(self.lines.starts)[baskets]
        total = np.zeros(int(sizes.sum()), dtype=np.int64)
        for outcome, units in zip(self.outcomes, self.points, strict=True):
            some = units[baskets] != 0
            if rules[outcome.rule] and some.any():
                there = baskets[some]
                shares = over_lines(outcome.given, units[there], self.block, there, method)
                total[np.repeat(some, sizes)] += shares
        return total


def play(reader: Reader, part: IntArray, assumed: Assumed) -> Played:
    """Evaluate discounts and points of some whole accounts."""
    bound = reader.bound
    return play_lines(reader, lines_of(bound, part), bound.baskets.account[part], assumed)


def play_lines(reader: Reader, lines: Lines, account: CodeArray, assumed: Assumed) -> Played:
    """Evaluate some lines; baskets of one account share its limits."""
    bound = reader.bound
    facts = reader.facts(lines, assumed.before)
    phase = MoneyPhase(
        programme=bound.programme,
        lines=lines,
        facts=facts,
        account=account,
        fired_before=assumed.discounted_before,
    )
    discounts = phase.discounts()
    prices = _prices(bound, lines, discounts, assumed)
    block = _block(phase, prices, assumed)
    outcomes = PointsPhase(bound.programme, bound.scale, block).outcomes()
    return Played(
        reader=reader,
        assumed=assumed,
        lines=lines,
        block=block,
        discounts=discounts,
        outcomes=outcomes,
        points=_whole(bound, outcomes, len(block)),
        discounted=phase.fired,
    )


def _block(phase: MoneyPhase, prices: Prices, assumed: Assumed) -> Block:
    """Return the columns that rules of points are evaluated on."""
    base, lines, facts = phase.programme.policies.base, phase.lines, phase.facts
    earning = facts.sale.copy()
    if base.excluded is not None:
        earning &= ~line_mask(base.excluded, facts)
    whole, some = bases(prices, earning, lines.starts, base)
    money = dict(facts.money) | {MoneyBase.CURRENT: prices.paid, MoneyBase.BASIS: whole}
    return Block(
        facts=attrs.evolve(facts, money=money, tier=assumed.tier),
        account=phase.account,
        earning=earning,
        basis=whole,
        own_basis=some,
        quantity=lines.quantity,
        quantity_scale=lines.scale,
        headroom=assumed.headroom,
        fired_before=assumed.fired_before,
    )


def _whole(bound: Bound, outcomes: list[Outcome], baskets: int) -> IntArray:
    """Round points that can be spent and points that only count for tiers each by themselves."""
    points = np.zeros((len(outcomes), baskets), dtype=np.int64)
    counts = [bound.programme.earning[outcome.rule].counts for outcome in outcomes]
    apart = np.array([count == Counter.QUALIFYING for count in counts], dtype=np.bool_)
    some = np.array([outcome.won.any() for outcome in outcomes], dtype=np.bool_)
    for rows in (np.flatnonzero(some & ~apart), np.flatnonzero(some & apart)):
        if len(rows):
            fired = [outcomes[k] for k in rows]
            points[rows] = booked(fired, bound.programme.policies.rounding_level, bound.scale)
    return points


def _prices(bound: Bound, lines: Lines, discounts: Discounts | None, assumed: Assumed) -> Prices:
    paid = own = lines.amount
    if discounts is not None:
        paid = discounts.price_left
        own = lines.amount - aimed(bound.programme, discounts, len(lines.amount))
    listed = lines.amount
    if bound.given is not None:
        listed = listed + lines.left_of(bound.given[lines.rows])
    return Prices(
        listed=listed,
        own=own,
        paid=paid,
        tax=None if bound.tax is None else lines.left_of(bound.tax[lines.rows]),
        before=lines.amount,
        points=assumed.paid if assumed.paid.any() else None,
        tenders=_excluded_tenders(bound, lines, bound.programme.policies),
    )


def _excluded_tenders(bound: Bound, lines: Lines, policies: Policies) -> IntArray | None:
    names = policies.base.excluded_tenders
    if not names:
        return None
    return np.asarray(sum(bound.tenders[name][lines.baskets] for name in names))
