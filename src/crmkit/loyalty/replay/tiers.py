"""Tiers in force, from the counter that makes them."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import attrs
import numpy as np

from crmkit._kernels.tier_steps import Event, Events, Falls, Ranks, Rules, tier_ranks
from crmkit.loyalty.conditions.grain import ThresholdSide
from crmkit.loyalty.declaration.caps import Rolling
from crmkit.loyalty.declaration.policies import Policies
from crmkit.loyalty.declaration.tiers import (
    Downgrade,
    TierApplies,
    TierCounter,
    TierKept,
    Tiers,
    TierWindow,
)
from crmkit.loyalty.replay.availability import Available
from crmkit.loyalty.replay.clock import Clock, Rank
from crmkit.loyalty.replay.windows import DAY
from crmkit.typing import IntArray

_FALLS = {
    Downgrade.REQUALIFY: Falls.REQUALIFY,
    Downgrade.ONE_LEVEL: Falls.ONE_LEVEL,
    Downgrade.NEVER: Falls.NEVER,
}
_MONTHS = {TierWindow.YEAR: 12, TierWindow.QUARTER: 3, TierWindow.MONTH: 1}


class Adds(NamedTuple):
    """What is added to the counter, in the order of (account, clock)."""

    account: IntArray
    time: IntArray
    clock: IntArray
    amount: IntArray


class Lowers(NamedTuple):
    """What returns take back of the counter, and which add it is about."""

    account: IntArray
    time: IntArray
    clock: IntArray
    amount: IntArray
    add: IntArray


class Track(NamedTuple):
    """The rank and the counter after each event, in the order of (account, clock)."""

    account: IntArray
    clock: IntArray
    rank: IntArray
    counter: IntArray


class Standing(NamedTuple):
    """The rank each basket finds, the one in force in it, and changes: who, when, from, to.

    At the end: the rank and the counter of each account; and all that led there.
    """

    found: IntArray
    in_force: IntArray
    account: IntArray
    time: IntArray
    before: IntArray
    after: IntArray
    rank: IntArray
    counter: IntArray
    track: Track | None = None


@attrs.frozen(eq=False)
class Ladder:
    """The tiers of a programme, counted in whole units.

    Attributes:
        tiers: the declaration.
        policies: the programme's: how many digits money and points have.
        clock: orders what happens at one moment.
        end: the last second that counts.
        available: what can be spent at any time, where that is the counter.
    """

    tiers: Tiers
    policies: Policies
    clock: Clock
    end: int
    available: Available | None = None

    def stand(
        self, adds: Adds, lowers: Lowers, accounts: int, first: IntArray | None = None
    ) -> Standing:
        """Follow the tiers of all accounts.

        What decides the tier of a basket is what it adds, or, if given, what it would have added
        under the tier that it finds: points must not win the tier that multiplies them.
        """
        events, (time, clock), order = self._events(adds, lowers)
        found = tier_ranks(events, self._rules())
        # Reviews may lie beyond the end; what adds does not.
        mine = np.empty(len(adds.account), dtype=np.int64)
        added = np.flatnonzero(order < len(mine))
        mine[order[added]] = added
        in_force = found.before[mine]
        if self.tiers.applies == TierApplies.SAME_BASKET:
            count = self._before(adds, found.counter[mine])
            count += adds.amount if first is None else first
            in_force = np.maximum(in_force, self._rules().reached(count))
        moved = found.before != found.after
        return Standing(
            found.before[mine],
            in_force,
            events.account[moved],
            time[moved],
            found.before[moved],
            found.after[moved],
            *self._at_end(events, found, accounts),
            Track(events.account, clock, found.after, found.counter),
        )

    def _before(self, adds: Adds, counter: IntArray) -> IntArray:
        """Return the counter that each basket finds."""
        if self.available is None:
            return counter - adds.amount
        return self.available.at(adds.account, adds.clock - 1)

    def _rules(self) -> Rules:
        return rules_of(self.tiers, self.policies)

    def _at_end(self, events: Events, found: Ranks, accounts: int) -> tuple[IntArray, IntArray]:
        base = int(self._rules().reached(np.zeros(1, dtype=np.int64))[0])
        rank, counter = np.full(accounts, base), np.zeros(accounts, dtype=np.int64)
        # The last event of an account is written last.
        rank[events.account], counter[events.account] = found.after, found.counter
        if self.available is not None:
            every = np.arange(accounts)
            counter = self.available.at(every, np.full(accounts, self.clock.end(self.end)))
        return rank, counter

    def _events(
        self, adds: Adds, lowers: Lowers
    ) -> tuple[Events, tuple[IntArray, IntArray], IntArray]:
        """Return all events in order, their times and clocks, and the order; adds come first."""
        parts = [
            _Part(adds.account, adds.time, adds.clock, Event.ADD, adds.amount),
            self._lowering(adds, lowers),
            *self._reviews(adds),
        ]
        account = np.concatenate([part.account for part in parts])
        clock = np.concatenate([part.clock for part in parts])
        kind = np.repeat([part.kind for part in parts], [len(part.account) for part in parts])
        time = np.concatenate([part.time for part in parts])
        inside = time <= self.end
        order = np.lexsort((kind, clock, account, ~inside))[: np.count_nonzero(inside)]
        place = np.full(len(account) + 1, -1)
        place[order] = np.arange(len(order))
        row = np.concatenate([part.row for part in parts])[order]
        amount = np.concatenate([part.amount for part in parts])[order]
        level = None
        if self.available is not None:
            level = self.available.at(account[order], clock[order])
        events = Events(account[order], kind[order].astype(np.int64), amount, place[row], level)
        return events, (time[order], clock[order]), order

    def _lowering(self, adds: Adds, lowers: Lowers) -> _Part:
        row = lowers.add
        if self.tiers.window in _MONTHS:
            same = self._period(adds.time[lowers.add]) == self._period(lowers.time)
            row = np.where(same, row, -1)
        return _Part(lowers.account, lowers.time, lowers.clock, Event.LOWER, lowers.amount, row)

    def _reviews(self, adds: Adds) -> list[_Part]:
        window, grace = self.tiers.window, self.tiers.grace_days * DAY
        if window == TierWindow.LIFETIME:
            return []
        if isinstance(window, Rolling):
            rows = np.arange(len(adds.account))
            leaves = adds.time + window.days * DAY
            drops = self._at(adds.account, leaves, Event.DROP, rows)
            return [drops, self._at(adds.account, leaves + grace, Event.REVIEW)]
        account, ends = self._ends(adds)
        parts = [self._at(account, ends, Event.CLOSE)]
        if grace:
            parts.append(self._at(account, ends + grace, Event.FLOOR_ENDS))
        return parts

    def _at(
        self, account: IntArray, time: IntArray, kind: Event, row: IntArray | None = None
    ) -> _Part:
        clock = self.clock(time, 0, Rank.REVIEW)
        return _Part(account, time, clock, kind, np.zeros(len(account), dtype=np.int64), row)

    def _ends(self, adds: Adds) -> tuple[IntArray, IntArray]:
        """Return the ends of periods from each account's first one to the end of all."""
        if not len(adds.account):
            return adds.account, adds.time
        heads = np.flatnonzero(np.diff(adds.account, prepend=-1))
        first = self._period(adds.time[heads])
        last = int(self._period(np.array([self.end]))[0])
        counts = np.maximum(last - first, 0)
        number = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        period = np.repeat(first, counts) + number + 1
        return np.repeat(adds.account[heads], counts), self._start(period)

    def _period(self, time: IntArray) -> IntArray:
        assert isinstance(self.tiers.window, TierWindow)
        months = (time // DAY).view("datetime64[D]").astype("datetime64[M]").view(np.int64)
        return months // _MONTHS[self.tiers.window]

    def _start(self, period: IntArray) -> IntArray:
        assert isinstance(self.tiers.window, TierWindow)
        months = (period * _MONTHS[self.tiers.window]).view("datetime64[M]")
        return months.astype("datetime64[D]").view(np.int64) * DAY


class _Part:
    """Events of one kind."""

    def __init__(
        self,
        account: IntArray,
        time: IntArray,
        clock: IntArray,
        kind: Event,
        amount: IntArray,
        row: IntArray | None = None,
    ) -> None:
        self.account, self.time, self.clock, self.kind = account, time, clock, kind
        self.amount = amount
        self.row = np.full(len(account), -1) if row is None else row


def unmoved_after(tiers: Tiers, last: int) -> int:
    """Return a second after which no tier moves any more, if nothing happens after *last*."""
    if tiers.window == TierWindow.LIFETIME:
        return last
    match tiers.window:
        case Rolling(days=days):
            window = days
        case calendar:
            window = 31 * _MONTHS[calendar]
    # A tier falls by one level a window at least, and the first window is that of a full counter.
    return last + (window * (len(tiers.levels) + 2) + tiers.grace_days) * DAY


@lru_cache
def rules_of(tiers: Tiers, policies: Policies) -> Rules:
    """Return thresholds in whole units of the counter, and how tiers fall."""
    unit = _unit(tiers, policies)
    thresholds = [Fraction(level.threshold) * unit for level in tiers.levels]
    # Counters are whole: a threshold between two units is reached at the next one.
    above = tiers.side == ThresholdSide.ABOVE
    whole = [int(t // 1) if above else int(-((-t) // 1)) for t in thresholds]
    return Rules(
        np.array(whole, dtype=np.int64),
        above,
        _FALLS[tiers.downgrade],
        tiers.kept == TierKept.END_OF_NEXT_PERIOD,
        tiers.grace_days > 0,
    )


def _unit(tiers: Tiers, policies: Policies) -> int:
    """Return how many units of the counter one of the threshold's is."""
    match tiers.counter:
        case TierCounter.SPEND:
            return int(10**policies.money_digits)
        case TierCounter.VISITS:
            return 1
        case _:
            return int(10**policies.point_digits)
