"""What a till must know of every account after a state, if nothing else happens before."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from functools import cache, cached_property
from typing import Any, NamedTuple

import attrs
import numpy as np
import pandas as pd

from crmkit._kernels.segments import heads_of
from crmkit.loyalty.declaration.caps import Cap, Rolling, Window
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.accounting import Part
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.page import Page
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.restoring import still_used
from crmkit.loyalty.replay.tiers import Track
from crmkit.loyalty.replay.visits import FIRST
from crmkit.loyalty.replay.windows import DAY, window_of, windows_of
from crmkit.loyalty.replay.writing import Writer
from crmkit.typing import IntArray

_FAR = 2**38
"""Some second in the far future."""


class Limits(Enum):
    """What a limit is about."""

    CAPS = "caps of earn rules"
    EARNING = "firings of earn rules"
    DISCOUNTING = "firings of discount rules"


class Limit(NamedTuple):
    """A limit: what it is about, the place of its rule, its place among the rule's caps."""

    kind: Limits
    rule: int
    place: int
    cap: Cap


class Uses(NamedTuple):
    """What accounts used of limits in windows that may still be open, in the order of accounts.

    `limit` is a place among the limits. Of a calendar window, whose number is `window`, there is
    one row for an account and limit; of a rolling one a row per basket.
    """

    account: IntArray
    limit: IntArray
    window: IntArray
    time: IntArray
    units: IntArray


class Changes(NamedTuple):
    """What could be spent after each change, in the order of (account, clock)."""

    account: IntArray
    clock: IntArray
    available: IntArray


@attrs.frozen(kw_only=True, eq=False)
class Outlook:
    """What is known of accounts after a state, until something happens.

    Attributes:
        bound: the history so far.
        purchases: how many each account made.
        last: when each made its last one; `FIRST` for none.
        track: ranks and counters of tiers, future reviews among them.
        changes: what can be spent, future deaths among them.
        limits: caps and trigger limits of which something was used.
        uses: what was used of them.
    """

    bound: Bound
    purchases: IntArray
    last: IntArray
    track: Track
    changes: Changes
    limits: tuple[Limit, ...]
    uses: Uses

    @classmethod
    def of(cls, bound: Bound) -> Outlook:
        """Replay a history, whose gifts are all there, and look beyond its end."""
        writer, seen = Writer.of(attrs.evolve(bound, as_of=_FAR)), _Seen(bound)
        for part in writer.parts():
            seen.add(part, writer.page(part))
        purchases, last = _purchases(bound)
        return cls(
            bound=bound,
            purchases=purchases,
            last=last,
            track=Track(*_stacked(seen.tracks, 4)),
            changes=Changes(*_stacked(seen.changes, 3)),
            limits=tuple(seen.uses),
            uses=seen.all_uses(),
        )

    @cached_property
    def rules(self) -> Programme:
        """The programme without what is no basket: events and referrals."""
        programme = self.bound.programme
        return attrs.evolve(programme, rules=programme.conditional, referral=None)

    @cached_property
    def _accounts(self) -> pd.Index[Any]:
        return pd.Index(self.bound.accounts.labels)

    def account_of(self, label: object) -> int:
        """Return the place of an account, -1 for one that is not there."""
        try:
            found = self._accounts.get_loc(label)
        except KeyError:
            return -1
        # A customer and a household of one name are two accounts.
        return found if isinstance(found, int) else int(np.arange(len(self._accounts))[found][0])

    def standing(self, account: int, clock: int) -> tuple[int, int] | None:
        """Return the rank and the counter of an account just before a clock; None if unmoved."""
        track = self.track
        row = _last_before(track.account, track.clock, account, clock)
        return None if row < 0 else (int(track.rank[row]), int(track.counter[row]))

    def used(self, account: int, time: int) -> dict[Limit, int]:
        """Return what an account used of limits in the windows that a moment is in."""
        here = slice(*np.searchsorted(self.uses.account, (account, account + 1)).tolist())
        current = cache(lambda per: window_of(time, per, self.bound.day_start))
        found: dict[Limit, int] = {}
        for place, window, since, units in zip(
            *(column[here].tolist() for column in self.uses[1:]), strict=True
        ):
            limit = self.limits[place]
            match limit.cap.per:
                case Rolling(days=days):
                    inside = since > time - days * DAY
                case per:
                    inside = window == current(per)
            if inside:
                found[limit] = found.get(limit, 0) + units
        return found

    def available(self, account: int, clock: int) -> int:
        """Return what an account could spend just before a clock."""
        changes = self.changes
        row = _last_before(changes.account, changes.clock, account, clock)
        return 0 if row < 0 else int(changes.available[row])


def _last_before(accounts: IntArray, clocks: IntArray, account: int, clock: int) -> int:
    """Return the last row of an account before a clock, -1 for none."""
    first, stop = np.searchsorted(accounts, [account, account + 1])
    row = first + int(np.searchsorted(clocks[first:stop], clock)) - 1
    return int(row) if row >= first else -1


class _Seen:
    """Gathers from pages what an outlook holds."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self.tracks: list[tuple[IntArray, ...]] = []
        self.changes: list[tuple[IntArray, ...]] = []
        self.uses: dict[Limit, list[tuple[IntArray, ...]]] = {}

    def add(self, part: Part, page: Page) -> None:
        """Gather what one page says."""
        track = page.standing.track
        if track is not None:
            self.tracks.append((track.account + part.first, *track[1:]))
        self.changes.append(_available(part, page))
        for limit, units in _limits(page):
            if limit.cap.per == Window.BASKET:
                continue  # nothing of it outlives a basket
            self.uses.setdefault(limit, []).append(self._open(limit.cap, page.played, units))

    def _open(self, cap: Cap, played: Played, units: IntArray) -> tuple[IntArray, ...]:
        """Return the uses in windows that are still open when the state ends."""
        block, next_one = played.block, self.bound.as_of + 1
        some = np.flatnonzero((units > 0) & (block.account >= 0))
        account, time = block.account[some].astype(np.int64), block.time[some]
        if isinstance(cap.per, Rolling):
            window = np.zeros_like(time)
            still = time > next_one - cap.per.days * DAY
        else:
            window = windows_of(time, cap.per, self.bound.day_start)
            still = window == window_of(next_one, cap.per, self.bound.day_start)
        return account[still], window[still], time[still], units[some[still]]

    def all_uses(self) -> Uses:
        """Return the uses of all limits, account by account."""
        tables = []
        for place, (limit, rows) in enumerate(self.uses.items()):
            account, *rest = _summed(limit.cap, _stacked(rows, 4))
            tables.append((account, np.full(len(account), place), *rest))
        found = _stacked(tables, 5)
        order = np.argsort(found[0], kind="stable")
        return Uses(*(column[order] for column in found))


def _summed(cap: Cap, rows: tuple[IntArray, ...]) -> tuple[IntArray, ...]:
    """Sum the uses of one limit by account where windows are of the calendar."""
    account, window, time, units = rows
    if isinstance(cap.per, Rolling) or not len(account):
        return rows
    heads = heads_of(account)
    return account[heads], window[heads], time[heads], np.add.reduceat(units, heads)


def _limits(page: Page) -> Iterator[tuple[Limit, IntArray]]:
    """Yield what each basket used of each limit."""
    played = page.played
    programme = played.reader.bound.programme
    for outcome in played.outcomes:
        rule = programme.earning[outcome.rule]
        used = still_used(outcome, page.books.taken)
        for k, cap in enumerate(rule.caps):
            yield Limit(Limits.CAPS, outcome.rule, k, cap), used
        if rule.trigger_limit is not None:
            limit = Limit(Limits.EARNING, outcome.rule, 0, rule.trigger_limit)
            yield limit, outcome.won.astype(np.int64)
    for place, fired in played.discounted.items():
        most = programme.discounting[place].trigger_limit
        if most is not None:
            yield Limit(Limits.DISCOUNTING, place, 0, most), fired.astype(np.int64)


def _available(part: Part, page: Page) -> tuple[IntArray, ...]:
    found = page.books.available()
    heads = heads_of(found.account)
    before = np.repeat(found.sums[heads], np.diff(np.append(heads, len(found.account))))
    return found.account + part.first, found.clock, found.sums[1:] - before


def _stacked(parts: list[tuple[IntArray, ...]], columns: int) -> tuple[IntArray, ...]:
    if not parts:
        return tuple(np.zeros(0, dtype=np.int64) for _ in range(columns))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _purchases(bound: Bound) -> tuple[IntArray, IntArray]:
    baskets = bound.baskets
    rows = np.flatnonzero(bound.visits.purchase & (baskets.account >= 0))
    accounts = len(bound.accounts.labels)
    last = np.full(accounts, FIRST)
    last[baskets.account[rows]] = baskets.time[rows]  # the last of an account is written last
    return np.bincount(baskets.account[rows], minlength=accounts).astype(np.int64), last
