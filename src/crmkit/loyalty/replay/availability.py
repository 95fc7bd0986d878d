"""How many points an account could spend at any moment."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.lots import Settled
from crmkit.loyalty.replay.book import Earned, Lives, Spent
from crmkit.typing import IntArray


@attrs.frozen(eq=False)
class Available:
    """What can be spent, at any clock: what became active, less what died or was debited.

    Attributes:
        account: accounts of all changes, in the order of (account, clock).
        clock: when they were.
        sums: what all changes up to each one come to, over all accounts; one more at the front.
    """

    account: IntArray
    clock: IntArray
    sums: IntArray

    @classmethod
    def of(cls, earned: Earned, life: Lives, spent: Spent, settled: Settled) -> Available:
        """Read the changes off settled books."""
        lot, debit = settled.piece_lot, settled.piece_debit
        # What a return takes of a lot that nobody could spend yet is missing only later.
        own = spent.own[debit] == lot
        late = np.maximum(spent.clock[debit], life.active_clock[lot])
        pieces = np.where(own, late, spent.clock[debit])
        owed = settled.applied.copy()
        np.subtract.at(owed, debit, settled.piece_points)
        columns = (
            (earned.account, life.active_clock, earned.units),
            (earned.account, np.maximum(life.dead_clock, life.active_clock), -settled.expired),
            (spent.account[debit], pieces, -settled.piece_points),
            (spent.account, spent.clock, -owed),
        )
        account, clock, points = (np.concatenate(c) for c in zip(*columns, strict=True))
        some = np.flatnonzero(points)
        order = some[np.lexsort((clock[some], account[some]))]
        return cls(account[order], clock[order], np.append(0, np.cumsum(points[order])))

    def at(self, account: IntArray, clock: IntArray) -> IntArray:
        """Return what some accounts could spend at some clocks, these included."""
        first = np.searchsorted(self.account, account)
        order = np.lexsort(
            (
                np.append(np.zeros(len(self.clock), dtype=np.int8), np.ones(len(clock), np.int8)),
                np.append(self.clock, clock),
                np.append(self.account, account),
            )
        )
        asked = order >= len(self.clock)
        upto = np.empty(len(clock), dtype=np.int64)
        upto[order[asked] - len(self.clock)] = np.cumsum(~asked)[asked]
        return self.sums[upto] - self.sums[first]
