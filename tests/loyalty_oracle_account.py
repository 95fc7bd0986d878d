"""The oracle's account: lots, what consumes them, and what time does to them."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from crmkit.loyalty.declaration.policies import Expiry
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.words import (
    BelowZero,
    Consumption,
    ExpiryBoundary,
    ExpiryClock,
    ExpiryEnd,
    ReturnDebit,
)
from loyalty_oracle_facts import DAY, Facts, Sale, moment_of, seconds
from loyalty_oracle_points import Given, Uses
from loyalty_oracle_tiers import Standing

NEVER = 2**63 - 1


class Entry(NamedTuple):
    """One booking; points in units of 10**-point_digits."""

    customer: Any
    basket: Any
    rule: str | None
    kind: str
    points: int
    time: int


@dataclass
class Lot:
    """Points that were booked together."""

    number: int
    basket: Any
    granted: int
    remainder: int
    earned: int
    active: int
    dead_from: int
    pending: bool = True
    dead: bool = False
    expired: int = 0
    reversed: int = 0


@dataclass
class SoldLine:
    """A line that can be returned: how much of it came back, and what it had earned."""

    sale: Sale
    size: Fraction
    points: dict[str, int]
    counted: int = 0
    back: Fraction = Fraction(0)
    wanted: int = 0
    restored: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> Fraction:
        """What can still come back."""
        return self.size - self.back

    @property
    def share(self) -> Fraction:
        """The part that came back."""
        return self.back / self.size


@dataclass
class Sold:
    """A basket that can be returned."""

    basket: Any
    time: int
    facts: Facts
    uses: Uses
    lines: list[SoldLine]
    given: list[Given]
    money_of_points: int
    redeemed: int
    counted: int
    lot: Lot | None
    booked: int
    wanted: int = 0
    given_back: int = 0
    uncounted: int = 0
    restored: dict[str, int] = field(default_factory=dict)


def deadline(start: int, expiry: Expiry) -> int:
    """Return the first second at which points are gone whose life starts at *start*."""
    end = _lived(start, expiry)
    if end is None:
        return NEVER
    day = moment_of(end)
    if expiry.end == ExpiryEnd.END_OF_MONTH:
        months = day.year * 12 + day.month
        return seconds(dt.datetime(months // 12, months % 12 + 1, 1))
    if expiry.end == ExpiryEnd.END_OF_YEAR:
        return seconds(dt.datetime(day.year + 1, 1, 1))
    return _bounded(end, expiry)


def _bounded(end: int, expiry: Expiry) -> int:
    return (end // DAY + 1) * DAY if expiry.boundary == ExpiryBoundary.AFTER else end


def _lived(start: int, expiry: Expiry) -> int | None:
    if expiry.never or expiry.inactivity_days is not None:
        return None
    if expiry.days is not None:
        return start + expiry.days * DAY
    if expiry.months is None:
        return start
    moment = moment_of(start)
    months = moment.year * 12 + moment.month - 1 + expiry.months
    year, month = months // 12, months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return seconds(moment.replace(year=year, month=month, day=min(moment.day, last)))


class Account:
    """All that is known of who holds a balance."""

    def __init__(self, programme: Programme, label: Any) -> None:
        """Open an account."""
        self.programme = programme
        self.label = label
        self.now = -(2**40)
        self.lots: list[Lot] = []
        self.deficit = 0
        self.entries: list[Entry] = []
        self.uses = Uses(programme.policies.day_starts_at * 3600)
        self.standing = Standing(programme, self.available)
        self.purchases = 0
        self.last_purchase: int | None = None
        self.sold: dict[Any, Sold] = {}
        self.referred: tuple[int, Any] | None = None
        self.unmatched: list[tuple[Any, str, Fraction]] = []

    # --- balances ---------------------------------------------------------------------------------

    def available(self) -> int:
        """Return the points that can be spent; below zero is a deficit."""
        return sum(lot.remainder for lot in self.lots if not lot.pending) - self.deficit

    def pending(self) -> int:
        """Return the points that are held back."""
        return sum(lot.remainder for lot in self.lots if lot.pending)

    def book(self, kind: str, points: int, time: int, basket: Any, rule: str | None = None) -> None:
        """Write an entry; nothing is written of nothing."""
        if points:
            self.entries.append(Entry(self.label, basket, rule, kind, points, time))

    # --- time -------------------------------------------------------------------------------------

    def advance(self, time: int) -> None:
        """Let expiry, activation and reviews happen up to *time*, in this order at one instant."""
        while (moment := self._next()) <= time:
            self.now = max(moment, self.now)
            for lot in self.lots:
                if not lot.dead and lot.dead_from <= moment:
                    self._expire(lot)
            for lot in self._in_order():
                if lot.pending and lot.active <= moment:
                    self._activate(lot)
            if self.standing.next_review(moment - 1) == moment:
                self.standing.review(moment)
        self.now = max(time, self.now)

    def _next(self) -> int:
        moments = [lot.dead_from for lot in self.lots if not lot.dead]
        moments += [lot.active for lot in self.lots if lot.pending]
        review = self.standing.next_review(self.now)
        return min([*moments, NEVER if review is None else review], default=NEVER)

    def _expire(self, lot: Lot) -> None:
        lot.dead = True
        lot.pending = False
        self.book("expire", -lot.remainder, lot.dead_from, lot.basket)
        lot.expired, lot.remainder = lot.remainder, 0

    def _activate(self, lot: Lot) -> None:
        lot.pending = False
        paid = min(self.deficit, lot.remainder)
        self.deficit -= paid
        lot.remainder -= paid

    # --- lots -------------------------------------------------------------------------------------

    def new_lot(
        self, points: int, basket: Any, *, hold: bool = True, dead_from: int | None = None
    ) -> Lot:
        """Open a lot now; without a hold it can be spent, and pays a deficit, at once."""
        policies = self.programme.policies
        active = self.now + (policies.hold_days * DAY if hold else 0)
        if dead_from is None:
            clock = policies.expiry.clock
            dead_from = deadline(
                active if clock == ExpiryClock.ACTIVATED else self.now, policies.expiry
            )
            if policies.expiry.inactivity_days is not None:
                dead_from = self._idle_from(max(self.now, self.last_purchase or self.now))
        lot = Lot(len(self.lots), basket, points, points, self.now, active, dead_from)
        self.lots.append(lot)
        if active <= self.now:
            self._activate(lot)
        return lot

    def _idle_from(self, last: int) -> int:
        expiry = self.programme.policies.expiry
        assert expiry.inactivity_days is not None
        return _bounded(last + expiry.inactivity_days * DAY, expiry)

    def active_again(self) -> None:
        """Move the end of all open lots, where points go by inactivity."""
        if self.programme.policies.expiry.inactivity_days is None:
            return
        for lot in self.lots:
            if not lot.dead:
                lot.dead_from = self._idle_from(self.now)

    def _in_order(self) -> list[Lot]:
        if self.programme.policies.expiry.consumption == Consumption.FIFO:
            return sorted(self.lots, key=lambda lot: lot.number)
        return sorted(self.lots, key=lambda lot: (lot.dead_from, lot.number))

    def take(self, points: int, *, below_zero: bool) -> list[tuple[Lot, int]]:
        """Consume open lots in their order; what they lack is a deficit, or is left out."""
        taken = []
        for lot in self._in_order():
            some = 0 if lot.pending else min(points, lot.remainder)
            if some > 0:
                lot.remainder -= some
                points -= some
                taken.append((lot, some))
        if below_zero:
            self.deficit += points
        return taken

    def reverse(self, lot: Lot | None, want: int) -> int:
        """Take back points of a lot that goods had earned; return how many."""
        returns = self.programme.policies.returns
        if lot is None or want <= 0:
            return 0
        below = returns.below_zero == BelowZero.NEGATIVE
        own, rest = 0, min(want, lot.granted - lot.reversed)
        if lot.pending or returns.debit == ReturnDebit.OWN_LOT:
            own = min(want, lot.remainder)
            rest = min(want - own, lot.granted - lot.expired - lot.reversed - own)
        lot.remainder -= own
        taken = sum(some for _, some in self.take(rest, below_zero=below))
        done = own + (rest if below else taken)
        lot.reversed += done
        return done
