"""The oracle's tiers: one account, one review at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from crmkit.loyalty.conditions.grain import ThresholdSide
from crmkit.loyalty.declaration.caps import Rolling
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.tiers import (
    Downgrade,
    TierCounter,
    TierKept,
    Tiers,
    TierWindow,
)
from loyalty_oracle_facts import DAY, moment_of, seconds

MONTHS = {TierWindow.MONTH: 1, TierWindow.QUARTER: 3, TierWindow.YEAR: 12}


def period_of(time: int, window: TierWindow) -> int:
    """Number the calendar period of a moment."""
    day = moment_of(time)
    return (day.year * 12 + day.month - 1) // MONTHS[window]


def start_of(period: int, window: TierWindow) -> int:
    """Return the first second of a period."""
    months = period * MONTHS[window]
    return seconds(dt.datetime(months // 12, months % 12 + 1, 1))


def threshold_units(programme: Programme) -> list[Fraction]:
    """Return the thresholds in what the counter counts: minor units, visits, units of points."""
    assert programme.tiers is not None
    scale = {
        TierCounter.SPEND: 10**programme.policies.money_digits,
        TierCounter.VISITS: 1,
    }.get(programme.tiers.counter, 10**programme.policies.point_digits)
    return [Fraction(level.threshold) * scale for level in programme.tiers.levels]


@dataclass
class Standing:
    """The tier of one account, and what it was counted from.

    `log` holds [time, basket, amount]; a return lowers the amount of its own basket.
    """

    programme: Programme
    available: Callable[[], int]
    rank: int = -1
    lowest: int = -1
    carried: int = -1
    floor: int = -1
    floor_until: int | None = None
    log: list[list[Any]] = field(default_factory=list)
    history: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start at the tier that a counter of 0 reaches."""
        self.rank = self.lowest = self.tau(0) if self.programme.tiers else -1

    @property
    def tiers(self) -> Tiers | None:
        """What the programme says of tiers."""
        return self.programme.tiers

    def tau(self, count: Fraction | int) -> int:
        """Return the rank that a count reaches, -1 for none."""
        assert self.tiers is not None
        above = self.tiers.side == ThresholdSide.ABOVE
        marks = threshold_units(self.programme)
        return sum(count > mark if above else count >= mark for mark in marks) - 1

    def count(self, now: int, period: int | None = None) -> int:
        """Return the counter: in the window up to *now*, or in a past period."""
        if self.tiers is None:
            return 0
        if self.tiers.counter == TierCounter.BALANCE:
            return self.available()
        window = self.tiers.window
        if window == TierWindow.LIFETIME:
            return sum(entry[2] for entry in self.log)
        if isinstance(window, Rolling):
            since = now - window.days * DAY
            return sum(entry[2] for entry in self.log if since < entry[0] <= now)
        period = period_of(now, window) if period is None else period
        return sum(entry[2] for entry in self.log if period_of(entry[0], window) == period)

    # --- reviews ----------------------------------------------------------------------------------

    def next_review(self, now: int) -> int | None:
        """Return the first moment after *now* at which the tier may fall."""
        if self.tiers is None:
            return None
        if not self.log or (self.rank <= self.lowest and self.tiers.counter != TierCounter.BALANCE):
            return None
        window = self.tiers.window
        grace = self.tiers.grace_days * DAY
        if window == TierWindow.LIFETIME:
            return None
        if isinstance(window, Rolling):
            exits = [entry[0] + window.days * DAY + grace for entry in self.log]
            return min((x for x in exits if x > now), default=None)
        ends = [start_of(period_of(now, window) + 1, window)]
        if self.floor_until is not None and self.floor_until > now:
            ends.append(self.floor_until)
        return min(ends)

    def review(self, now: int) -> None:
        """Close what ends at *now*."""
        assert self.tiers is not None
        window = self.tiers.window
        if isinstance(window, Rolling):
            target = self.tau(self.count(now))
            if target < self.rank:
                self._move(now, max(target, self._lowest()))
            return
        assert isinstance(window, TierWindow)
        if self.floor_until == now:
            self.floor, self.floor_until = -1, None
        if start_of(period_of(now, window), window) == now:
            self._close(now, period_of(now, window) - 1)
        self._move(now, max(self.carried, self.floor, self.tau(self.count(now))))

    def _close(self, now: int, period: int) -> None:
        assert self.tiers is not None
        stays = self.tau(self.count(now, period))
        kept = stays if self.tiers.kept == TierKept.END_OF_NEXT_PERIOD else -1
        self.carried = max(kept, self._lowest())
        if self.tiers.grace_days:
            self.floor, self.floor_until = self.rank, now + self.tiers.grace_days * DAY

    def _lowest(self) -> int:
        """Return the rank below which the downgrade policy lets no review go."""
        assert self.tiers is not None
        return {
            Downgrade.REQUALIFY: -1,
            Downgrade.ONE_LEVEL: self.rank - 1,
            Downgrade.NEVER: self.rank,
        }[self.tiers.downgrade]

    # --- baskets ----------------------------------------------------------------------------------

    def would_be(self, now: int, more: int) -> int:
        """Return the tier with *more* on the counter."""
        if self.tiers is None:
            return -1
        return max(self.rank, self.tau(self.count(now) + more))

    def add(self, now: int, basket: Any, amount: int) -> None:
        """Count something, and go up at once."""
        if self.tiers is None:
            return
        self.log.append([now, basket, amount])
        self._move(now, max(self.rank, self.tau(self.count(now))))

    def lower(self, basket: Any, amount: int) -> None:
        """Take back what a basket counted; the tier stays until the next review."""
        for entry in self.log:
            if entry[1] == basket and amount:
                taken = min(amount, entry[2])
                entry[2] -= taken
                amount -= taken

    def _move(self, now: int, rank: int) -> None:
        if rank != self.rank:
            self.history.append((now, self.rank, rank))
            self.rank = rank
