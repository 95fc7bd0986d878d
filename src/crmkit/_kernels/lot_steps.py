"""Lots one event after another, for many accounts at once: every policy, whatever the lives.

Slower than the line of `lots`, and right where that is not: lots that die out of order, debits
that are cut or declined, and returns of lots that were spent already.
"""

from __future__ import annotations

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit._kernels.lots import ALLOW, DECLINE, Debits, Lots, Settled
from crmkit._kernels.segments import heads_of, over_rows
from crmkit.typing import IntArray

_DEATH, _ACTIVATION, _DEBIT = 0, 1, 2
_CELLS = 4_000_000


def stepped(lots: Lots, debits: Debits, order: IntArray, end: int) -> Settled:
    """Replay lots and debits event by event; *order* says which lots of an account go first.

    The k-th events of all accounts are one step: time grows with the longest history, and with
    lots per account; memory with accounts times lots, taken in parts that fit.
    """
    walk = _Walk(lots, debits, order, end)
    for accounts in walk.parts():
        walk.run(accounts)
    return walk.settled()


class _Walk:
    """The state of a replay: what each lot still holds, and each account's deficit."""

    def __init__(self, lots: Lots, debits: Debits, order: IntArray, end: int) -> None:
        self.lots, self.debits, self.end = lots, debits, end
        n = len(lots.points)
        self.column = _columns(lots.account, order)
        self.expired = np.zeros(n, dtype=np.int64)
        self.undone = np.zeros(n, dtype=np.int64)
        self.elsewhere = np.zeros(n, dtype=np.int64)  # returns of a lot that other lots paid
        self.left = np.zeros(n, dtype=np.int64)
        self.applied = np.zeros(len(debits.points), dtype=np.int64)
        self.own = np.zeros(len(debits.points), dtype=np.int64)
        self.available = np.zeros(len(debits.points), dtype=np.int64)
        self.pieces: list[tuple[IntArray, IntArray, IntArray]] = []
        self._events()

    def _events(self) -> None:
        """Put deaths, activations and debits of each account in order."""
        lots, debits = self.lots, self.debits
        dead, active = (
            np.flatnonzero(lots.dead <= self.end),
            np.flatnonzero(lots.active <= self.end),
        )
        account = np.concatenate([lots.account[dead], lots.account[active], debits.account])
        clock = np.concatenate([lots.dead[dead], lots.active[active], debits.clock])
        kind = np.repeat(
            [_DEATH, _ACTIVATION, _DEBIT], [len(dead), len(active), len(debits.points)]
        )
        what = np.concatenate([dead, active, np.arange(len(debits.points))])
        order = np.lexsort((what, kind, clock, account))
        self.account, self.kind, self.what = account[order], kind[order], what[order]
        self.heads = heads_of(self.account)
        self.sizes = np.diff(np.append(self.heads, len(self.account)))

    def parts(self) -> list[IntArray]:
        """Cut the accounts, longest first, so that their lots fit a table."""
        order = np.argsort(-self.sizes, kind="stable")
        widest = int(self.column.max(initial=0)) + 1
        return (
            np.array_split(order, max(1, -(-len(order) * widest // _CELLS))) if len(order) else []
        )

    def run(self, accounts: IntArray) -> None:
        """Replay some accounts, longest first."""
        heads, sizes = self.heads[accounts], self.sizes[accounts]
        names = self.account[heads]
        self.row = np.full(int(names.max()) + 1, -1)
        self.row[names] = np.arange(len(accounts))
        inside = np.flatnonzero(np.isin(self.lots.account, names))
        width = int(self.column[inside].max(initial=0)) + 1
        self.open = np.zeros((len(accounts), width), dtype=np.int64)
        self.pending = self.lots.points.copy()
        self.lot_at = np.full((len(accounts), width), -1)
        self.lot_at[self.row[self.lots.account[inside]], self.column[inside]] = inside
        self.deficit = np.zeros(len(accounts), dtype=np.int64)
        for k in range(int(sizes[0])):
            active = int(np.searchsorted(-sizes, -k))
            self._step(heads[:active] + k)
        ended = self.row[self.lots.account[inside]], self.column[inside]
        there = self.lots.active[inside] <= self.end
        self.left[inside] = np.where(there, self.open[ended], self.pending[inside])

    def _step(self, events: IntArray) -> None:
        kind, what = self.kind[events], self.what[events]
        self._die(what[kind == _DEATH])
        self._activate(what[kind == _ACTIVATION])
        self._debit(what[kind == _DEBIT])

    def _die(self, lots: IntArray) -> None:
        place = self.row[self.lots.account[lots]], self.column[lots]
        self.expired[lots] = self.open[place]
        self.open[place] = 0

    def _activate(self, lots: IntArray) -> None:
        row = self.row[self.lots.account[lots]]
        paid = np.minimum(self.deficit[row], self.pending[lots])
        self.deficit[row] -= paid
        self.open[row, self.column[lots]] = self.pending[lots] - paid
        self.pending[lots] = 0

    def _debit(self, debits: IntArray) -> None:
        if not len(debits):
            return
        row = self.row[self.debits.account[debits]]
        self.available[debits] = self.open[row].sum(axis=1) - self.deficit[row]
        own = self._from_own(debits, row)
        wanted = self.debits.points[debits].copy()
        lot = self.debits.own[debits]
        undoing = lot >= 0
        wanted[undoing] = np.minimum(wanted[undoing] - own[undoing], self._spent(lot[undoing]))
        policy = self.debits.policy[debits]
        there = self.open[row].sum(axis=1)
        wanted[(policy == DECLINE) & (wanted > there - self.deficit[row])] = 0
        taken = self._take(debits, row, np.minimum(wanted, there))
        short = np.where(policy == ALLOW, wanted - taken, 0)
        self.deficit[row] += short
        self.elsewhere[lot[undoing]] += (taken + short)[undoing]
        self.own[debits] = own
        self.applied[debits] = own + taken + short

    def _from_own(self, debits: IntArray, row: IntArray) -> IntArray:
        """Take from the lot that a return undoes what is left of it, pending or open."""
        own = np.zeros(len(debits), dtype=np.int64)
        back = np.flatnonzero(self.debits.own[debits] >= 0)
        lot = self.debits.own[debits[back]]
        wanted = self.debits.points[debits[back]]
        waiting = np.minimum(wanted, self.pending[lot])
        self.pending[lot] -= waiting
        place = row[back], self.column[lot]
        taken = np.minimum(wanted - waiting, self.open[place])
        self.open[place] -= taken
        own[back] = waiting + taken
        self.undone[lot] += own[back]
        self._note(debits[back], lot, own[back])
        return own

    def _spent(self, lots: IntArray) -> IntArray:
        """Return what was spent of some lots: neither expired, nor taken back, nor still there."""
        row = self.row[self.lots.account[lots]]
        there = self.open[row, self.column[lots]] + self.pending[lots]
        gone = self.lots.points[lots] - there - self.expired[lots] - self.undone[lots]
        return np.asarray(gone - self.elsewhere[lots])

    def _take(self, debits: IntArray, row: IntArray, wanted: IntArray) -> IntArray:
        """Take from open lots, those that go first before the others."""
        held = self.open[row]
        before = np.cumsum(held, axis=1) - held
        taken = np.clip(wanted[:, None] - before, 0, held)
        self.open[row] = held - taken
        some = np.nonzero(taken)
        self._note(debits[some[0]], self.lot_at[row[some[0]], some[1]], taken[some])
        return np.asarray(taken.sum(axis=1))

    def _note(self, debits: IntArray, lots: IntArray, points: IntArray) -> None:
        some = points > 0
        self.pieces.append((debits[some], lots[some], points[some]))

    def settled(self) -> Settled:
        """Return what became of lots and debits."""
        nothing = (np.zeros(0, dtype=np.int64),) * 3
        debit, lot, points = map(np.concatenate, zip(*(self.pieces or [nothing]), strict=True))
        order = np.lexsort((lot, debit))
        return Settled(
            expired=self.expired,
            left=self.left,
            undone=self.undone,
            applied=self.applied,
            own=self.own,
            available=self.available,
            piece_debit=debit[order],
            piece_lot=lot[order],
            piece_points=points[order],
        )


def _columns(account: IntArray, order: IntArray) -> IntArray:
    """Number the lots of each account in the order in which they are spent."""
    by = np.lexsort((order, account))
    heads = np.flatnonzero(changes(account[by])) if len(by) else np.zeros(0, dtype=np.int64)
    column = np.empty(len(by), dtype=np.int64)
    column[by] = np.arange(len(by)) - over_rows(heads, heads, len(by))
    return column
