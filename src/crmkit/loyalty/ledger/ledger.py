"""The ledger of a programme over a history."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.ledger.balances import Balances
from crmkit.loyalty.ledger.entries import Entries
from crmkit.loyalty.ledger.lots import Lots, LotUses
from crmkit.loyalty.ledger.tier_history import TierHistory
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import FrameKind, IntArray


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Ledger:
    """Every point that a programme gave and took, and what is left of it.

    Attributes:
        programme: whose ledger it is.
        as_of: the last second that counts, seconds since 1970.
        entries: every point that came or went; they sum to the balances.
        lots: points as they were earned, with what is left of them.
        uses: which points of which lot went when.
        tiers: changes of tier.
        frame_kind: the frame library that answers come back in.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> evaluate(programme, tx, as_of="2026-03-31")
        Ledger(1 account, 1 entry, 10 points)
    """

    programme: Programme
    as_of: int
    entries: Entries
    lots: Lots
    uses: LotUses
    tiers: TierHistory
    frame_kind: FrameKind = "pandas"
    bound: Any = attrs.field(default=None, repr=False)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """How many accounts and entries, and how many points are held."""
        total = int(self.entries.points.sum())
        digits = self.programme.policies.point_digits
        held = f"{total:,}" if not digits else f"{total / 10**digits:,}"
        accounts = check.counted(len(self.entries.accounts), "account")
        count = check.counted(len(self.entries), "entry").replace("entrys", "entries")
        return f"Ledger({accounts}, {count}, {held} points)"

    def balances(self) -> Balances:
        """Return what each account holds at the end.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> evaluate(programme, tx, as_of="2026-03-31").balances().to_frame()
              customer  balance  available  pending  qualifying  tier next_expiry  expiring
            0      ann       10         10        0           0  None  2028-04-01        10
        """
        accounts = len(self.entries.accounts)
        balance = _sums(self.entries.account, self.entries.points, accounts)
        waiting = self.lots.active > self.as_of
        pending = _sums(self.lots.account[waiting], self.lots.remaining[waiting], accounts)
        first, expiring = self._next_expiry(accounts)
        return Balances(
            customers=self.entries.accounts,
            balance=balance,
            available=balance - pending,
            pending=pending,
            qualifying=self.tiers.counter,
            tier=self.tiers.rank,
            next_expiry=first,
            expiring=expiring,
            tiers=self.tiers.tiers,
            at=self.as_of,
            point_digits=self.programme.policies.point_digits,
            frame_kind=self.frame_kind,
        )

    def _next_expiry(self, accounts: int) -> tuple[IntArray, IntArray]:
        """Return when open points of each account go next, and how many do."""
        rows = np.flatnonzero((self.lots.remaining > 0) & (self.lots.dead_from < NEVER))
        account, dead = self.lots.account[rows], self.lots.dead_from[rows]
        first = np.full(accounts, NEVER)
        np.minimum.at(first, account, dead)
        now = dead == first[account]
        return first, _sums(account[now], self.lots.remaining[rows][now], accounts)


def _sums(account: Any, points: IntArray, accounts: int) -> IntArray:
    sums = np.zeros(accounts, dtype=np.int64)
    np.add.at(sums, account, points)
    return sums
