"""Tiers of many accounts at once, one event after another.

A tier goes up as soon as the counter reaches it, and falls only at a review: the end of a calendar
window, or the moment at which an amount has left a rolling one.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from crmkit._kernels.segments import heads_of
from crmkit.typing import IntArray


class Event(IntEnum):
    """What happens to a counter, in the order of one moment."""

    DROP = 0
    REVIEW = 1
    FLOOR_ENDS = 2
    CLOSE = 3
    ADD = 4
    LOWER = 5


class Falls(IntEnum):
    """How far a tier falls at a review."""

    REQUALIFY = 0
    ONE_LEVEL = 1
    NEVER = 2


class Rules(NamedTuple):
    """Thresholds from low to high, whether they must be passed, and how tiers fall.

    `kept` says that a tier of one period is carried through the next, `grace` that the rank at the
    end of a period stays for a while.
    """

    thresholds: IntArray
    above: bool
    falls: Falls
    kept: bool
    grace: bool

    def reached(self, counter: IntArray) -> IntArray:
        """Return the highest tier whose threshold a counter reaches, -1 for none."""
        if self.above:
            return np.asarray(np.searchsorted(self.thresholds, counter, side="left") - 1)
        return np.asarray(np.searchsorted(self.thresholds, counter, side="right") - 1)


class Events(NamedTuple):
    """Events in the order of (account, clock, kind).

    `amount` is what ADD counts and LOWER takes back; `row` is the place of the ADD that a LOWER
    or DROP is about, -1 for a LOWER of what a closed period counted. `level`, if given, is the
    counter itself after each event, whatever was added.
    """

    account: IntArray
    kind: IntArray
    amount: IntArray
    row: IntArray
    level: IntArray | None = None


class Ranks(NamedTuple):
    """The rank before and after each event, -1 for none, and the counter after it."""

    before: IntArray
    after: IntArray
    counter: IntArray


def tier_ranks(events: Events, rules: Rules) -> Ranks:
    """Follow the tiers of all accounts; time grows with the longest history."""
    walk = _Walk(events, rules)
    heads = heads_of(events.account)
    sizes = np.diff(np.append(heads, len(events.account)))
    order = np.argsort(-sizes, kind="stable")
    heads, sizes = heads[order], sizes[order]
    walk.start(len(heads))
    for k in range(int(sizes.max(initial=0))):
        active = int(np.searchsorted(-sizes, -k))
        walk.step(heads[:active] + k, slice(0, active))
    return Ranks(walk.before, walk.after, walk.counted)


class _Walk:
    """The state of the accounts that a replay has reached."""

    def __init__(self, events: Events, rules: Rules) -> None:
        self.events, self.rules = events, rules
        n = len(events.account)
        self.before, self.after, self.counted = (np.empty(n, dtype=np.int64) for _ in range(3))
        self.left = np.zeros(n, dtype=np.int64)  # what of each ADD still counts

    def start(self, accounts: int) -> None:
        """Let all accounts begin with a counter of zero."""
        self.rank = np.full(accounts, self.rules.reached(np.zeros(1, dtype=np.int64))[0])
        self.count = np.zeros(accounts, dtype=np.int64)
        self.carried = np.full(accounts, -1)
        self.floor = np.full(accounts, -1)

    def step(self, events: IntArray, here: slice) -> None:
        """Let one event happen to each of the first accounts."""
        kind = self.events.kind[events]
        self.before[events] = self.rank[here]
        for number, happen in enumerate(
            (self._drop, self._review, self._floor_ends, self._close, self._add, self._lower)
        ):
            which = np.flatnonzero(kind == number)
            if len(which):
                happen(events[which], which)
        self.after[events] = self.rank[here]
        self.counted[events] = self.count[here]

    def _change(self, events: IntArray, who: IntArray, by: IntArray) -> None:
        """Count up or down; or say what the counter is, where it is given."""
        level = self.events.level
        self.count[who] = self.count[who] + by if level is None else level[events]

    def _add(self, events: IntArray, who: IntArray) -> None:
        self.left[events] = self.events.amount[events]
        self._change(events, who, self.events.amount[events])
        self.rank[who] = np.maximum(self.rank[who], self.rules.reached(self.count[who]))

    def _lower(self, events: IntArray, who: IntArray) -> None:
        there = self.events.row[events] >= 0
        events, who = events[there], who[there]
        row = self.events.row[events]
        taken = np.minimum(self.events.amount[events], self.left[row])
        self.left[row] -= taken
        self._change(events, who, -taken)

    def _drop(self, events: IntArray, who: IntArray) -> None:
        row = self.events.row[events]
        self._change(events, who, -self.left[row])
        self.left[row] = 0

    def _review(self, events: IntArray, who: IntArray) -> None:
        self._change(events, who, np.zeros(len(who), dtype=np.int64))
        target = self.rules.reached(self.count[who])
        self.rank[who] = np.minimum(self.rank[who], np.maximum(target, self._lowest(who)))

    def _close(self, events: IntArray, who: IntArray) -> None:
        """End a period: what is carried into the next one, whose counter starts at zero."""
        self._change(events, who, np.zeros(len(who), dtype=np.int64))
        stays = self.rules.reached(self.count[who])
        kept = stays if self.rules.kept else np.full(len(who), -1)
        self.carried[who] = np.maximum(kept, self._lowest(who))
        if self.rules.grace:
            self.floor[who] = self.rank[who]
        self._change(events, who, -self.count[who])
        reached = self.rules.reached(self.count[who])
        self.rank[who] = np.maximum(np.maximum(self.carried[who], self.floor[who]), reached)

    def _floor_ends(self, events: IntArray, who: IntArray) -> None:
        self.floor[who] = -1
        self._change(events, who, np.zeros(len(who), dtype=np.int64))
        reached = self.rules.reached(self.count[who])
        self.rank[who] = np.maximum(self.carried[who], reached)

    def _lowest(self, who: IntArray) -> IntArray:
        """Return the rank below which no review goes."""
        match self.rules.falls:
            case Falls.NEVER:
                return self.rank[who]
            case Falls.ONE_LEVEL:
                return self.rank[who] - 1
            case _:
                return np.full(len(who), -1)
