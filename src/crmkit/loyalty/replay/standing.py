"""The tiers of a part of the accounts, from what its baskets count."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit.loyalty.declaration.amounts import Multiply
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.tiers import TierCounter, Tiers
from crmkit.loyalty.replay.accounting import Books, Part
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.clock import Rank, numbers_within
from crmkit.loyalty.replay.gifts import Gifts
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.returns import Undone
from crmkit.loyalty.replay.tiers import (
    Adds,
    Ladder,
    Lowers,
    Standing,
    unmoved_after,
)
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import BoolArray, IntArray


def standings(
    bound: Bound, part: Part, played: Played, books: Books, first: Played | None = None
) -> Standing:
    """Return the tier in force in each basket of a part, every change, and where it ends.

    *first* is what was played under the tier each basket finds, where points win tiers at once.
    """
    tiers = bound.programme.tiers
    account = bound.baskets.account[part.baskets].astype(np.int64) - part.first
    time = bound.baskets.time[part.baskets]
    if tiers is None:
        nothing = np.zeros(0, dtype=np.int64)
        no_tier = np.full(part.accounts, -1)
        counter = _qualifying(bound.programme, played, account, part)
        in_force = np.full(len(time), -1)
        return Standing(in_force, in_force, nothing, nothing, nothing, nothing, no_tier, counter)
    adds = _Adding.of(bound, part, counted(tiers, bound, part, played))
    lowers = _lowered(tiers, bound, played, books.undone, adds)
    balance = tiers.counter == TierCounter.BALANCE
    end = min(bound.as_of, unmoved_after(tiers, _last_change(adds.all, books, balance)))
    ladder = Ladder(
        tiers,
        bound.programme.policies,
        part.clock,
        end,
        books.available() if balance else None,
    )
    found = ladder.stand(
        adds.all,
        lowers,
        part.accounts,
        None if first is None else adds.instead(counted(tiers, bound, part, first)),
    )
    return found._replace(
        found=found.found[adds.baskets].astype(np.int32),
        in_force=found.in_force[adds.baskets].astype(np.int32),
    )


def _last_change(adds: Adds, books: Books, balance: bool) -> int:
    """Return the last second at which a counter may change by itself."""
    last = int(adds.time.max(initial=0))
    if balance:
        dead = books.life.dead
        mortal = dead[dead < NEVER].max(initial=0)
        last = max(last, int(mortal), int(books.life.active.max(initial=0)))
    return last


@attrs.frozen(eq=False)
class _Adding:
    """What is added to the counters: by baskets, and by events between them.

    Attributes:
        all: what is added, in order.
        baskets: where each basket stands among it.
        returns: the clock at which each basket brings goods back.
    """

    all: Adds
    baskets: IntArray
    returns: IntArray

    @classmethod
    def of(cls, bound: Bound, part: Part, counted: IntArray) -> _Adding:
        """Put baskets and events of a part in order."""
        member, time = bound.baskets.account[part.baskets], bound.baskets.time[part.baskets]
        number = numbers_within(member, time)
        gifts = _status_points(bound.programme, part.gifts)
        account = np.concatenate([member.astype(np.int64), gifts.account]) - part.first
        clock = np.concatenate([part.clock(time, number, Rank.EARNING), gifts.clock])
        order = np.lexsort((clock, account))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        times = np.concatenate([time, gifts.time])[order]
        amount = np.concatenate([counted, gifts.units])[order]
        return cls(
            Adds(account[order], times, clock[order], amount),
            place[: len(time)],
            part.clock(time, number, Rank.RETURN),
        )

    def instead(self, counted: IntArray) -> IntArray:
        """Return what is added if baskets added something else."""
        amount = self.all.amount.copy()
        amount[self.baskets] = counted
        return amount


def _status_points(programme: Programme, gifts: Gifts) -> Gifts:
    """Return the points from elsewhere than baskets at which the tier may go up."""
    tiers = programme.tiers
    if tiers is not None and tiers.counter == TierCounter.BALANCE:
        return gifts.rows(np.flatnonzero(gifts.counted(programme.events, Counter.QUALIFYING)))
    if tiers is not None and tiers.counter != TierCounter.STATUS_POINTS:
        return Gifts.none()
    counts = gifts.counted(programme.events, Counter.REDEEMABLE) & (gifts.rule >= 0)
    return gifts.rows(np.flatnonzero(counts))


def counted(tiers: Tiers, bound: Bound, part: Part, played: Played) -> IntArray:
    """Return what each basket adds to the counter."""
    match tiers.counter:
        case TierCounter.SPEND:
            return played.block.sums(played.block.basis)
        case TierCounter.VISITS:
            return bound.visits.purchase[part.baskets].astype(np.int64)
        case _:
            return _points(played, counting(bound.programme))


def _points(played: Played, rules: BoolArray) -> IntArray:
    places = np.array([outcome.rule for outcome in played.outcomes], dtype=np.int64)
    return np.asarray(np.maximum(played.points[rules[places]].sum(axis=0, dtype=np.int64), 0))


def counting(programme: Programme) -> BoolArray:
    """Say which earn rules give points that count for tiers."""
    tiers = programme.tiers
    if tiers is not None and tiers.counter == TierCounter.POINTS:
        return base_rules(programme)
    if tiers is not None and tiers.counter == TierCounter.BALANCE:
        return np.array([r.counts != Counter.QUALIFYING for r in programme.earning], dtype=np.bool_)
    return np.array([r.counts != Counter.REDEEMABLE for r in programme.earning], dtype=np.bool_)


def base_rules(programme: Programme) -> BoolArray:
    """Say which earn rules are base rules: of the first group that has some, not multiplying."""
    groups = [g.name for g in programme.groups if any(r.group == g.name for r in programme.earning)]
    base = [
        rule.group == groups[0] and not isinstance(rule.amount, Multiply)
        for rule in programme.earning
    ]
    return np.array(base, dtype=np.bool_)


def _lowered(
    tiers: Tiers, bound: Bound, played: Played, undone: Undone | None, adds: _Adding
) -> Lowers:
    """Return what returns take back of the counter."""
    nothing = np.zeros(0, dtype=np.int64)
    returns = bound.programme.policies.returns
    if undone is None or not len(undone) or not returns.reverse_qualifying:
        return Lowers(nothing, nothing, nothing, nothing, nothing)
    at, rows = undone.at, adds.baskets
    return Lowers(
        adds.all.account[rows[at]],
        adds.all.time[rows[at]],
        adds.returns[at],
        _off(tiers, bound, played, undone),
        rows[undone.basket],
    )


def _off(tiers: Tiers, bound: Bound, played: Played, undone: Undone) -> IntArray:
    """Return what each part of a return takes off the counter."""
    if tiers.counter == TierCounter.VISITS:
        return _visits_off(bound, played, undone)
    return undone.share(_on_lines(tiers, bound, played, undone))


def _visits_off(bound: Bound, played: Played, undone: Undone) -> IntArray:
    """Return 1 for the part that brings back the last of a visit, which is none any more."""
    units = np.zeros(len(undone), dtype=np.int64)
    lines = np.bincount(undone.basket[undone.after == undone.whole], minlength=len(played.block))
    empty = lines == played.block.sums(played.lines.sale)
    order = np.lexsort((undone.at, undone.basket))
    last = order[np.append(np.diff(undone.basket[order]) > 0, True)]
    counted = empty & bound.visits.purchase[played.lines.baskets]
    units[last] = counted[undone.basket[last]]
    return units


def _on_lines(tiers: Tiers, bound: Bound, played: Played, undone: Undone) -> IntArray:
    """Return what each line that came back had added to the counter."""
    if tiers.counter == TierCounter.SPEND:
        return played.block.basis
    figures = np.zeros(len(played.lines.rows), dtype=np.int64)
    baskets = np.unique(undone.basket)
    inside = np.zeros(len(played.block), dtype=np.bool_)
    inside[baskets] = True
    lines = np.repeat(inside, np.diff(played.lines.starts))
    method = bound.programme.policies.remainder
    figures[lines] = played.points_of_lines(baskets, counting(bound.programme), method)
    return np.maximum(figures, 0)


def _qualifying(programme: Programme, played: Played, account: IntArray, part: Part) -> IntArray:
    """Return the qualifying points of each account, where there are no tiers to count for."""
    sums = np.zeros(part.accounts, dtype=np.int64)
    np.add.at(sums, account, _points(played, counting(programme)))
    gifts = _status_points(programme, part.gifts)
    np.add.at(sums, gifts.account - part.first, gifts.units)
    return sums
