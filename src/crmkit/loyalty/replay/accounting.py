"""What rules gave becomes lots, what was spent and came back becomes debits; both are settled."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.lots import Settled
from crmkit._kernels.settling import settle
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.words import Overdraft
from crmkit.loyalty.ledger.entries import EntryReason
from crmkit.loyalty.replay.availability import Available
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.book import (
    AFTER_RETURN,
    GIVING,
    POLICY,
    Activity,
    Earned,
    Lives,
    Spent,
    consumption_order,
    lives,
    lots_of,
    own_lots,
    spending_rank,
)
from crmkit.loyalty.replay.clock import Clock, Rank, numbers_within
from crmkit.loyalty.replay.gifts import BY_POLICY, Gifts
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.requests import Requests
from crmkit.loyalty.replay.returns import Moments, Undone, undone
from crmkit.loyalty.replay.spending import UNLIMITED, applied
from crmkit.loyalty.replay.taking_back import TakenBack, by_pair, by_value, taken_back
from crmkit.loyalty.replay.windows import DAY
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Part:
    """A run of accounts, and what is theirs.

    Attributes:
        first: the first account.
        accounts: how many.
        baskets: the places of their baskets.
        requests: what they redeem and give to others.
        gifts: their points for events, and from others.
        clock: orders what happens at one moment.
    """

    first: int
    accounts: int
    baskets: IntArray
    requests: Requests
    gifts: Gifts
    clock: Clock

    @property
    def stop(self) -> int:
        """The account after the last one."""
        return self.first + self.accounts


@attrs.frozen(kw_only=True, eq=False)
class Books:
    """The settled books of a part.

    Attributes:
        earned: lots in order.
        life: their lives.
        spent: debits in order.
        settled: what became of both.
        activity: the purchases.
        undone: what returns undid.
        taken: the points that they took back.
        applied: units of each redemption that were applied.
    """

    earned: Earned
    life: Lives
    spent: Spent
    settled: Settled
    activity: Activity
    undone: Undone | None
    taken: TakenBack | None
    applied: IntArray

    def available(self) -> Available:
        """Return what can be spent at any moment."""
        return Available.of(self.earned, self.life, self.spent, self.settled)


def keep_books(bound: Bound, part: Part, played: Played) -> Books:
    """Settle what the rules gave in a part with what was spent and came back."""
    desk = _Desk(bound, part, played)
    came_back = desk.undone()
    taken = taken_back(played, came_back)
    asked = desk.most()
    while True:
        earned = desk.earned(came_back, asked).sorted()
        life = lives(earned, bound.programme.policies, part.clock, desk.activity())
        spent = desk.spent(asked, taken, earned, life).sorted()
        end = part.clock.end(bound.as_of)
        order = consumption_order(life, bound.programme.policies)
        found = settle(lots_of(earned, life), spent.debits(), order, end)
        could = desk.could(spent, found)
        if (could == asked).all():
            break
        # Right at least up to the first redemption that changed: rounds end.
        asked = could
    return Books(
        earned=earned,
        life=life,
        spent=spent,
        settled=found,
        activity=desk.activity(),
        undone=came_back,
        taken=taken,
        applied=asked,
    )


@attrs.frozen(eq=False)
class _Desk:
    """Turns what happened to a part into rows of lots and debits."""

    bound: Bound
    part: Part
    played: Played

    # --- baskets as the part numbers them --------------------------------------------------------

    def _accounts(self) -> IntArray:
        return self.bound.baskets.account[self.part.baskets].astype(np.int64) - self.part.first

    def _times(self) -> IntArray:
        return self.bound.baskets.time[self.part.baskets]

    def _clocks(self, rank: Rank) -> IntArray:
        times, accounts = self._times(), self._accounts()
        return self.part.clock(times, numbers_within(accounts.astype(np.int32), times), rank)

    def activity(self) -> Activity:
        """Return the purchases, which keep points alive."""
        rows = np.flatnonzero(self.bound.visits.purchase[self.part.baskets])
        return Activity(account=self._accounts()[rows], time=self._times()[rows])

    # --- points in -------------------------------------------------------------------------------

    def units(self) -> IntArray:
        """Return the units of each basket that can be spent."""
        spendable = self.spendable()
        units: IntArray = self.played.points[spendable[self._rules()]].sum(axis=0, dtype=np.int64)
        return units

    def spendable(self) -> BoolArray:
        """Say which earn rules give points that can be spent."""
        rules = self.bound.programme.earning
        return np.array([r.counts != Counter.QUALIFYING for r in rules], dtype=np.bool_)

    def _rules(self) -> IntArray:
        return np.array([outcome.rule for outcome in self.played.outcomes], dtype=np.int64)

    def earned(self, came_back: Undone | None, applied_units: IntArray) -> Earned:
        """Return lots of baskets, of events and from others, and of points given back."""
        return Earned.joined(
            [self._of_baskets(), self._of_gifts(), self._given_back(came_back, applied_units)]
        )

    def _of_baskets(self) -> Earned:
        units = self.units()
        rows = np.flatnonzero(units > 0)
        return Earned(
            account=self._accounts()[rows],
            time=self._times()[rows],
            clock=self._clocks(Rank.EARNING)[rows],
            units=units[rows],
            basket=rows,
            named=rows,
            held=np.ones(len(rows), dtype=np.bool_),
            dead=np.full(len(rows), BY_POLICY),
        )

    def _of_gifts(self) -> Earned:
        gifts = self.part.gifts
        spendable = gifts.counted(self.bound.programme.events, Counter.QUALIFYING)
        gifts = gifts.rows(np.flatnonzero(spendable))
        none = np.full(len(gifts), -1)
        return Earned(
            account=gifts.account - self.part.first,
            time=gifts.time,
            clock=gifts.clock,
            units=gifts.units,
            basket=none,
            named=none,
            held=gifts.reason != EntryReason.TRANSFER,
            dead=gifts.dead,
        )

    def _given_back(self, came_back: Undone | None, applied_units: IntArray) -> Earned:
        """Return points spent in baskets whose goods came back, as lots of their own."""
        wanted = self.bound.programme.policies.returns.give_back_spent
        if came_back is None or not len(came_back) or not wanted:
            return Earned.none()
        redeemed = np.zeros(len(self.part.baskets) + 1, dtype=np.int64)
        np.add.at(redeemed, self._local(self.part.requests.basket), applied_units)
        parts = by_value(self.played, came_back, redeemed[:-1])
        at, _, units = by_pair(came_back, parts)
        some = units > 0
        at, units = at[some], units[some]
        return Earned(
            account=self._accounts()[at],
            time=self._times()[at],
            clock=self._clocks(Rank.APART)[at],
            units=units,
            basket=np.full(len(at), -1),
            named=at,
            held=np.zeros(len(at), dtype=np.bool_),
            dead=np.full(len(at), BY_POLICY),
        )

    # --- points out ------------------------------------------------------------------------------

    def undone(self) -> Undone | None:
        """Return what returns undo, or None if nothing came back."""
        lines, tx = self.played.lines, self.bound.history.tx
        policy = self.bound.programme.policies.returns
        if not lines.returned.any():
            return None
        product = np.full(len(lines.rows), -1, dtype=np.int32)
        if tx.product is not None:
            product = tx.product.codes[lines.rows]
        if tx.quantity is None:  # nothing to measure goods by but money
            lines = attrs.evolve(lines, quantity=np.zeros_like(lines.quantity))
        since = self._times() - policy.window_days * DAY
        moments = Moments(
            account=self._accounts().astype(np.int32),
            earns=self._clocks(Rank.EARNING),
            returns=self._clocks(Rank.RETURN),
            since=self.part.clock(since, 0, Rank.DEATH),
        )
        return undone(lines, moments, product, policy)

    def spent(self, asked: IntArray, taken: TakenBack | None, earned: Earned, life: Lives) -> Spent:
        """Return redemptions and returns as debits."""
        parts = [self._redeemed(asked)]
        if taken is not None:
            parts.append(self._reversed(taken, earned, life))
        names = [field.name for field in attrs.fields(Spent)]
        return Spent(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})

    def _redeemed(self, asked: IntArray) -> Spent:
        requests = self.part.requests
        overdraft = self.bound.programme.policies.overdraft
        policy = np.where(requests.transfers, GIVING[overdraft], POLICY[overdraft])
        count = len(requests)
        return Spent(
            account=requests.account - self.part.first,
            clock=self._asked_at(requests),
            time=requests.time,
            units=asked,
            own=np.full(count, -1),
            policy=policy,
            basket=self._local(requests.basket),
            source=np.arange(count),
        )

    def _asked_at(self, requests: Requests) -> IntArray:
        clock, time = self.part.clock, requests.time
        rank = spending_rank(self.bound.programme.policies)
        inside = clock(time, self._numbers(requests), rank)
        apart = np.where(
            requests.transfers, clock.transferred(time, requests.place), clock.alone(time)
        )
        return np.where(requests.basket >= 0, inside, apart)

    def _numbers(self, requests: Requests) -> IntArray:
        times, accounts = self._times(), self._accounts()
        number = np.append(numbers_within(accounts.astype(np.int32), times), 0)
        return number[self._local(requests.basket)]

    def _local(self, baskets: IntArray) -> IntArray:
        """Return places within the part, -1 for none; a part's baskets are a run."""
        if not len(self.part.baskets):
            return np.full(len(baskets), -1)
        return np.where(baskets >= 0, baskets - self.part.baskets[0], -1)

    def _reversed(self, taken: TakenBack, earned: Earned, life: Lives) -> Spent:
        rows = np.flatnonzero(taken.units > 0)
        at, basket, units = taken.at[rows], taken.basket[rows], taken.units[rows]
        policies = self.bound.programme.policies
        clock = self._clocks(Rank.RETURN)[at]
        return Spent(
            account=self._accounts()[at],
            clock=clock,
            time=self._times()[at],
            units=units,
            own=own_lots(basket, clock, earned, life, policies),
            policy=np.full(len(rows), AFTER_RETURN[policies.returns.below_zero]),
            basket=at,
            source=np.full(len(rows), -1),
        )

    # --- how much can be spent --------------------------------------------------------------------

    def most(self) -> IntArray:
        """Return what is applied of each redemption if the balance does not matter."""
        return self._applied(np.full(len(self.part.requests), UNLIMITED))

    def could(self, spent: Spent, found: Settled) -> IntArray:
        """Return what is applied of each redemption, given what there was before it."""
        overdraft = self.bound.programme.policies.overdraft
        if overdraft in (Overdraft.ALLOW, Overdraft.REJECT):
            return self.most()
        available = np.zeros(len(self.part.requests), dtype=np.int64)
        mine = spent.source >= 0
        available[spent.source[mine]] = found.available[mine]
        if overdraft == Overdraft.CLAMP:
            return self._applied(available)
        most = self.most()
        declined = (most > available) & ~self.part.requests.transfers
        return np.where(declined, 0, most)

    def _applied(self, available: IntArray) -> IntArray:
        requests, terms = self.part.requests, self.bound.programme.redemption
        if terms is None or not len(requests):
            return requests.units.copy()
        scale = self.bound.scale
        payable = np.append(self.played.payable(), UNLIMITED)[self._local(requests.basket)]
        most = applied(requests.units, available, payable, terms, (scale.point, scale.money))
        # What is given to others is cut or declined where it is debited.
        return np.where(requests.transfers, requests.units, most)
