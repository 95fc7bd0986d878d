"""What a till must know of every account after a state, if nothing else happens before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cached_property
from typing import Any, NamedTuple

import attrs
import numpy as np
import pandas as pd

from crmkit._kernels.segments import heads_of
from crmkit.loyalty.declaration.caps import Cap, Rolling
from crmkit.loyalty.replay.accounting import Part
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.pages import Page
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.tiers import Track
from crmkit.loyalty.replay.visits import FIRST
from crmkit.loyalty.replay.windows import DAY, window_ids
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


@attrs.frozen(eq=False)
class Used:
    """What was used of a limit in windows that may still be open: rows in the order of accounts.

    Of a calendar window there is one row per account, of a rolling one a row per basket.
    """

    cap: Cap
    account: IntArray
    time: IntArray
    units: IntArray

    def before(self, account: int, time: int, day_start: int) -> int:
        """Return what of it counts for a basket of an account at a moment."""
        here = slice(*np.searchsorted(self.account, [account, account + 1]))
        if isinstance(self.cap.per, Rolling):
            inside = self.time[here] > time - self.cap.per.days * DAY
            return int(self.units[here][inside].sum())
        if here.start == here.stop:
            return 0
        moments = np.array([self.time[here.start], time])
        ids = window_ids(moments, np.zeros(2, dtype=np.int32), self.cap.per, day_start)
        return int(self.units[here.start]) if ids[0] == ids[1] else 0


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
        used: what was used of caps, and how often rules with a trigger limit fired.
    """

    bound: Bound
    purchases: IntArray
    last: IntArray
    track: Track
    changes: Changes
    used: Mapping[Limit, Used]

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
            used={limit: _used(limit.cap, rows) for limit, rows in seen.uses.items()},
        )

    @cached_property
    def _accounts(self) -> pd.Index[Any]:
        return pd.Index(self.bound.accounts.labels)

    def account_of(self, label: object) -> int:
        """Return the place of an account, -1 for one that is not there."""
        found = self._accounts.get_indexer_for(pd.Index([label]))
        return int(found[0])

    def standing(self, account: int, clock: int) -> tuple[int, int] | None:
        """Return the rank and the counter of an account just before a clock; None if unmoved."""
        track = self.track
        row = _last_before(track.account, track.clock, account, clock)
        return None if row < 0 else (int(track.rank[row]), int(track.counter[row]))

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
        for limit, units in _limits(page.played):
            self.uses.setdefault(limit, []).append(self._open(limit.cap, page.played, units))

    def _open(self, cap: Cap, played: Played, units: IntArray) -> tuple[IntArray, ...]:
        """Return the uses in windows that are still open when the state ends."""
        block, next_one = played.block, self.bound.as_of + 1
        some = np.flatnonzero((units > 0) & (block.account >= 0))
        account, time = block.account[some].astype(np.int64), block.time[some]
        if isinstance(cap.per, Rolling):
            still = time > next_one - cap.per.days * DAY
        else:
            moments, nobody = np.append(time, next_one), np.zeros(len(time) + 1, dtype=np.int32)
            ids = window_ids(moments, nobody, cap.per, block.facts.day_start)
            still = ids[:-1] == ids[-1]
        return account[still], time[still], units[some[still]]


def _limits(played: Played) -> Iterator[tuple[Limit, IntArray]]:
    """Yield what each basket used of each limit."""
    programme = played.reader.bound.programme
    for outcome in played.outcomes:
        rule = programme.earning[outcome.rule]
        for k, cap in enumerate(rule.caps):
            yield Limit(Limits.CAPS, outcome.rule, k, cap), outcome.granted
        if rule.trigger_limit is not None:
            limit = Limit(Limits.EARNING, outcome.rule, 0, rule.trigger_limit)
            yield limit, outcome.won.astype(np.int64)
    for place, fired in played.discounted.items():
        most = programme.discounting[place].trigger_limit
        if most is not None:
            yield Limit(Limits.DISCOUNTING, place, 0, most), fired.astype(np.int64)


def _used(cap: Cap, rows: list[tuple[IntArray, ...]]) -> Used:
    """Return the uses of one limit, summed by account where windows are of the calendar."""
    account, time, units = _stacked(rows, 3)
    if not isinstance(cap.per, Rolling) and len(account):
        heads = heads_of(account)
        account, time, units = account[heads], time[heads], np.add.reduceat(units, heads)
    return Used(cap, account, time, units)


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
