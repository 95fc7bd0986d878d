"""Points that are earned in lots, die in lots, and are spent from the oldest: all at once.

Earned points lie one after another on a line; since the oldest go first, what is gone is always the
beginning of that line, up to C. A debit of s moves C to C + s, the death of a lot that ends at A
moves it to max(C, A). Both are affine in (max, +), so that after debits S

    C = S + max(0, max over deaths so far of (A - S at that death)).

It holds for every life that makes older lots die no later than younger ones. The lots and debits of
an account are never merged: positions in the other stream come by binary search.

Source: F. Baccelli, G. Cohen, G. J. Olsder and J.-P. Quadrat, Synchronization and Linearity (1992).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.ragged import positions_of
from crmkit._kernels.segments import heads_of, running_max, running_sum
from crmkit.typing import IntArray

ALLOW, CLAMP, DECLINE = 0, 1, 2
"""What a debit above the balance does: a deficit, as much as there is, or nothing at all."""


class Lots(NamedTuple):
    """Lots in the order of (account, earning); clocks order events within an account.

    `active` is when a lot can be spent, `dead` when what is left of it goes; a clock that is never
    reached stands for never.
    """

    account: IntArray
    active: IntArray
    dead: IntArray
    points: IntArray


class Debits(NamedTuple):
    """Debits in the order of (account, clock).

    `own` is the lot that a debit undoes, or -1; `policy` what it does if there is too little.
    """

    account: IntArray
    clock: IntArray
    points: IntArray
    own: IntArray
    policy: IntArray


class Settled(NamedTuple):
    """What became of lots and debits.

    Of lots: what expired, what is left, and what was taken back from the lot itself. Of debits:
    what was applied, what of it from its own lot, and what could have been spent before it. And
    the pieces: which debit took how much from which lot.
    """

    expired: IntArray
    left: IntArray
    undone: IntArray
    applied: IntArray
    own: IntArray
    available: IntArray
    piece_debit: IntArray
    piece_lot: IntArray
    piece_points: IntArray


class Keys(NamedTuple):
    """Makes one number of an account and a clock, in the same order."""

    low: int
    span: int

    @classmethod
    def of(cls, lots: Lots, debits: Debits, end: int) -> Keys:
        """Fit the clocks that occur up to *end*."""
        clocks = [end, int(lots.active.min(initial=end)), int(debits.clock.min(initial=end))]
        low = min(clocks)
        keys = cls(low, end - low + 3)
        accounts = max(int(lots.account.max(initial=0)), int(debits.account.max(initial=0))) + 1
        if accounts * keys.span >= 2**63:
            raise OverflowError("accounts and clocks do not fit 64 bits together")
        return keys

    def __call__(self, account: IntArray, clock: IntArray) -> IntArray:
        """Return the numbers; clocks after the end count as just after it."""
        within = np.minimum(clock - self.low, self.span - 2)
        return account.astype(np.int64) * self.span + within


class Line(NamedTuple):
    """The lots and debits of all accounts on their lines of earned points."""

    keys: Keys
    active: IntArray
    debits: IntArray
    ends: IntArray
    spent: IntArray
    deaths: IntArray
    gone: IntArray
    dead_lots: IntArray

    def earned(self, account: IntArray, key: IntArray) -> IntArray:
        """Return the points that were active at some moments."""
        return _last(self.ends, self.active, self._start(account), key, "right")

    def debited(self, account: IntArray, key: IntArray) -> IntArray:
        """Return the sum of debits up to some moments."""
        return _last(self.spent, self.debits, self._start(account), key, "right")

    def consumed(self, account: IntArray, key: IntArray) -> IntArray:
        """Return how much of the line is gone at some moments: debited or dead."""
        lost = _last(self.gone, self.deaths, self._start(account), key, "right")
        return self.debited(account, key) + lost

    def before(self, debits: Debits) -> IntArray:
        """Return how much of the line is gone before each debit; deaths of its moment are first."""
        lost = _last(self.gone, self.deaths, self._start(debits.account), self.debits, "right")
        return self.spent - debits.points + lost

    def _start(self, account: IntArray) -> IntArray:
        return account.astype(np.int64) * self.keys.span


def _last(figures: IntArray, keys: IntArray, start: IntArray, at: IntArray, side: str) -> IntArray:
    """Return the figure of the last row of the account up to a key; 0 before its first one."""
    place = np.searchsorted(keys, at, side="right" if side == "right" else "left") - 1
    known = place >= 0
    known[known] = keys[place[known]] >= start[known]
    found = np.zeros(len(at), dtype=np.int64)
    found[known] = figures[place[known]]
    return found


def line_of(lots: Lots, debits: Debits, end: int) -> Line:
    """Lay out lots whose deaths are in the order of earning, and debits without limits.

    `end` is the last clock that counts.
    """
    keys = Keys.of(lots, debits, end)
    ends = running_sum(lots.points, heads_of(lots.account))
    spent = running_sum(debits.points, heads_of(debits.account))
    debit_keys = keys(debits.account, debits.clock)
    dead = np.flatnonzero(lots.dead <= end)
    death_keys = keys(lots.account[dead], lots.dead[dead])
    start = lots.account[dead].astype(np.int64) * keys.span
    before = _last(spent, debit_keys, start, death_keys, "left")
    heads = heads_of(lots.account[dead])
    gone = np.maximum(running_max(ends[dead] - before, heads), 0)
    active_keys = keys(lots.account, lots.active)
    return Line(keys, active_keys, debit_keys, ends, spent, death_keys, gone, dead)


def settled(lots: Lots, debits: Debits, line: Line, end: int) -> Settled:
    """Read off a line what became of each lot and debit."""
    expired = np.zeros(len(lots.points), dtype=np.int64)
    heads = heads_of(lots.account[line.dead_lots])
    expired[line.dead_lots] = _steps(line.gone, heads)
    now = np.full(len(lots.points), end)
    used = line.consumed(lots.account, line.keys(lots.account, now))
    left = np.clip(line.ends - used, 0, lots.points)
    left = np.where(lots.active > end, lots.points, left)
    before = line.before(debits)
    nothing = np.zeros(len(debits.points), dtype=np.int64)
    return Settled(
        expired=expired,
        left=left,
        undone=np.zeros(len(lots.points), dtype=np.int64),
        applied=debits.points.copy(),
        own=nothing,
        available=line.earned(debits.account, line.debits) - before,
        **_pieces(lots, debits, line, before),
    )


def _steps(values: IntArray, heads: IntArray) -> IntArray:
    """Return the rise of each value over the one before it in its segment, or over zero."""
    rises = np.diff(values, prepend=0)
    rises[heads] = values[heads]
    return rises


def _pieces(lots: Lots, debits: Debits, line: Line, before: IntArray) -> dict[str, IntArray]:
    """Cut each debit at the ends of the lots it takes from.

    A debit takes the line from *before* on. What lies beyond the last lot is a deficit that no lot
    has paid yet.
    """
    after = before + debits.points
    lift = max(int(line.ends.max(initial=0)), int(after.max(initial=0))) + 1
    ends = lots.account.astype(np.int64) * lift + line.ends
    here = debits.account.astype(np.int64) * lift
    first = np.searchsorted(ends, here + before, side="right")
    stop = np.searchsorted(lots.account, debits.account, side="right")
    last = np.minimum(np.searchsorted(ends, here + after, side="left"), stop - 1)
    counts = np.where(debits.points > 0, np.maximum(last - first + 1, 0), 0)
    debit = np.repeat(np.arange(len(counts)), counts)
    lot = positions_of(first, counts)
    low = np.maximum(line.ends[lot] - lots.points[lot], before[debit])
    taken = np.minimum(line.ends[lot], after[debit]) - low
    keep = taken > 0
    return {
        "piece_debit": debit[keep],
        "piece_lot": lot[keep],
        "piece_points": taken[keep],
    }
