"""The ledger of a programme over a history."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.line_values import LineValues
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.tiers import TierCounter
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.ledger.balances import Balances
from crmkit.loyalty.ledger.entries import Entries
from crmkit.loyalty.ledger.explanation import Explanation
from crmkit.loyalty.ledger.lots import Lots, LotUses
from crmkit.loyalty.ledger.tier_history import TierHistory
from crmkit.loyalty.ledger.unmatched import Unmatched
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.state import State
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import CodeArray, FrameKind, IntArray, IntoDay


@attrs.frozen(kw_only=True, eq=False)
class BasketSales:
    """What each basket brought in, at the places of basket labels.

    Attributes:
        account: whose it is, -1 for guests.
        time: seconds since 1970.
        money: minor units, net of discounts, of goods that came back, and of what points paid.
    """

    account: CodeArray = array()
    time: IntArray = array()
    money: IntArray = array()


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
        discounts: what discount rules took off the lines; None if there are none.
        sales: what each basket brought in.
        unmatched: what came back without a sale.
        bound: the programme and the history as they were bound to each other.
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
    discounts: Discounts | None = None
    sales: BasketSales
    unmatched: Unmatched
    frame_kind: FrameKind = "pandas"
    bound: Bound

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """How many accounts and entries, how many points are held, and what came back astray."""
        total = int(self.entries.points.sum())
        digits = self.programme.policies.point_digits
        held = f"{total:,}" if not digits else f"{total / 10**digits:,}"
        accounts = check.counted(len(self.entries.accounts), "account")
        count = check.counted(len(self.entries), "entry").replace("entrys", "entries")
        lone = ""
        if len(self.unmatched):
            lone = f"; {check.counted(len(self.unmatched), 'line')} came back without a sale"
        return f"Ledger({accounts}, {count}, {held} points{lone})"

    @property
    def history(self) -> History:
        """What was evaluated."""
        return self.bound.history

    @property
    def digits(self) -> int:
        """Decimals of the currency."""
        return self.programme.policies.money_digits

    @property
    def basket_account(self) -> CodeArray:
        """The account of each basket label; -1 for a guest."""
        return self.sales.account

    @property
    def basket_time(self) -> IntArray:
        """When each basket was bought, seconds since 1970."""
        return self.sales.time

    @property
    def basket_sales(self) -> IntArray:
        """Minor units that each basket brought in, net of returns and of what points paid."""
        return self.sales.money

    @property
    def state(self) -> State:
        """Where the programme stands: hand it to `evaluate` together with what comes next."""
        return State(
            programme=self.programme,
            as_of=self.as_of,
            history=self.bound.history,
            known=self.bound.known,
        )

    def balances(self, at: IntoDay | None = None) -> Balances:
        """Return what each account holds at the end, or held at an earlier moment.

        Args:
            at: the last day that counts, to its end, or the last moment; what came later is left
                out and the rest replayed, which takes as long as evaluating it.

        Raises:
            InvalidArgumentError: *at* is later than the ledger.

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
        if at is not None:
            # Imported when asked: what replays a history also writes ledgers.
            from crmkit.loyalty.replay.earlier import balances_at

            return balances_at(self.bound, at)
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
            qualifying_digits=self._qualifying_digits(),
            frame_kind=self.frame_kind,
        )

    def _qualifying_digits(self) -> int:
        tiers, policies = self.programme.tiers, self.programme.policies
        if tiers is not None and tiers.counter == TierCounter.SPEND:
            return policies.money_digits
        visits = tiers is not None and tiers.counter == TierCounter.VISITS
        return 0 if visits else policies.point_digits

    def explain(self, basket: object) -> Explanation:
        """Say of one basket what became of each rule: fired, or why not.

        The account is replayed; nothing is kept for it in the ledger.

        Raises:
            InvalidArgumentError: there is no such basket.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> evaluate(programme, tx, as_of="2026-03-31").explain(basket=1)
            Explanation of basket 1, 10 points:
              base: fired, 10 points
        """
        # Imported when asked: what replays an account also writes ledgers.
        from crmkit.loyalty.replay.explaining import explained

        return explained(self.bound, basket)

    def points_by_line(self, rule: str | None = None) -> LineValues:
        """Return the points that each line earned, by one rule or by all of them.

        Entries are by basket and rule; their split to lines is made again when it is asked for.
        Points that only count for tiers are among them.

        Raises:
            InvalidArgumentError: no earn rule is called so.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"] * 2, time=["2026-03-01"] * 2, basket=[1, 1],
            ...     amount=["10.50", "20.50"],
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> evaluate(programme, tx, as_of="2026-03-31").points_by_line().numbers.units
            array([10, 21])
        """
        # Imported when asked: what replays an account also writes ledgers.
        from crmkit.loyalty.replay.line_points import points_of_lines

        return points_of_lines(self.bound, rule)

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
