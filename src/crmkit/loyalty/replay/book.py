"""The book of a block: lots, debits and counters, from what rules gave and what came back."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.lots import ALLOW, CLAMP, DECLINE, Debits, Lots
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.policies import Policies
from crmkit.loyalty.declaration.words import (
    BelowZero,
    Consumption,
    ExpiryClock,
    Overdraft,
    RedemptionOrder,
    ReturnDebit,
)
from crmkit.loyalty.replay.clock import Clock, Rank
from crmkit.loyalty.replay.windows import DAY, deaths
from crmkit.typing import BoolArray, IntArray

POLICY = {
    Overdraft.REJECT: ALLOW,
    Overdraft.ALLOW: ALLOW,
    Overdraft.CLAMP: CLAMP,
    Overdraft.DECLINE: DECLINE,
}
AFTER_RETURN = {BelowZero.NEGATIVE: ALLOW, BelowZero.CLAMP: CLAMP}


@attrs.frozen(kw_only=True, eq=False)
class Earned:
    """Points as they are booked: one row per lot, in any order.

    Attributes:
        account: accounts, numbered within the block.
        time: when they were earned.
        clock: the same among all that happens.
        units: how many, above zero.
        basket: the basket in the block, -1 for none.
        held: whether a hold delays them.
    """

    account: IntArray
    time: IntArray
    clock: IntArray
    units: IntArray
    basket: IntArray
    held: BoolArray

    def __len__(self) -> int:
        """How many rows."""
        return len(self.units)

    def sorted(self) -> Earned:
        """Return the rows in the order of (account, earning)."""
        order = np.lexsort((self.clock, self.account))
        columns = {f.name: getattr(self, f.name)[order] for f in attrs.fields(Earned)}
        return Earned(**columns)


@attrs.frozen(kw_only=True, eq=False)
class Lives:
    """When lots can be spent and when they die.

    Attributes:
        active: seconds since 1970.
        dead: the first second at which they are gone.
        active_clock: the same among all that happens.
        dead_clock: the same.
    """

    active: IntArray
    dead: IntArray
    active_clock: IntArray
    dead_clock: IntArray


@attrs.frozen(kw_only=True, eq=False)
class Activity:
    """Purchases of a block, in the order of (account, time), for points that die by inactivity."""

    account: IntArray
    time: IntArray


def lives(earned: Earned, policies: Policies, clock: Clock, activity: Activity) -> Lives:
    """Return the lives of lots; *earned* is in order."""
    hold = np.where(earned.held, policies.hold_days * DAY, 0)
    active = earned.time + hold
    start = active if policies.expiry.clock == ExpiryClock.ACTIVATED else earned.time
    dead = deaths(start, policies.expiry)
    if policies.expiry.inactivity_days is not None:
        dead = _inactive(earned, activity, policies.expiry.inactivity_days * DAY)
    return Lives(
        active=active,
        dead=dead,
        active_clock=np.where(hold == 0, earned.clock, clock(active, 0, Rank.ACTIVATION)),
        dead_clock=clock(dead, 0, Rank.DEATH),
    )


def _inactive(earned: Earned, activity: Activity, seconds: int) -> IntArray:
    """Return when lots die for want of a purchase: so long after the last one that moves them."""
    account = np.concatenate([earned.account, activity.account])
    time = np.concatenate([earned.time, activity.time])
    order = np.lexsort((time, account))
    account, time = account[order], time[order]
    ends = np.append(account[1:] != account[:-1], True) if len(account) else np.zeros(0, bool)
    lapses = ends | (np.append(time[1:], 0) - time >= seconds)
    where = np.flatnonzero(lapses)
    nxt = where[np.searchsorted(where, np.arange(len(time)))] if len(where) else where
    found = np.empty(len(time), dtype=np.int64)
    found[order] = time[nxt] + seconds
    return found[: len(earned)]


def consumption_order(life: Lives, policies: Policies) -> IntArray:
    """Return numbers by which the lots of an account go: by death, or by earning."""
    rows = np.arange(len(life.dead))
    if policies.expiry.consumption == Consumption.FIFO:
        return rows
    order = np.empty(len(rows), dtype=np.int64)
    order[np.lexsort((rows, life.dead))] = rows
    return order


@attrs.frozen(kw_only=True, eq=False)
class Spent:
    """Redemptions and returns as debits, in any order.

    Attributes:
        account: accounts within the block.
        clock: when, among all that happens.
        time: the same in seconds.
        units: how many.
        own: the lot that is undone, -1 for none.
        policy: what happens if there is too little.
        basket: the basket in the block they belong to, -1 for none.
        source: which redemption it is, -1 for a return.
    """

    account: IntArray
    clock: IntArray
    time: IntArray
    units: IntArray
    own: IntArray
    policy: IntArray
    basket: IntArray
    source: IntArray

    def __len__(self) -> int:
        """How many rows."""
        return len(self.units)

    def sorted(self) -> Spent:
        """Return the rows in the order of (account, clock); what was first stays first."""
        order = np.lexsort((self.clock, self.account))
        columns = {f.name: getattr(self, f.name)[order] for f in attrs.fields(Spent)}
        return Spent(**columns)

    def debits(self) -> Debits:
        """Return what the kernel of lots reads."""
        return Debits(self.account, self.clock, self.units, self.own, self.policy)


def lots_of(earned: Earned, life: Lives) -> Lots:
    """Return what the kernel of lots reads."""
    return Lots(earned.account, life.active_clock, life.dead_clock, earned.units)


def spending_rank(policies: Policies) -> Rank:
    """Return whether a basket's points are spent before it earns, or after."""
    first = policies.redemption_order == RedemptionOrder.REDEEM_FIRST
    return Rank.SPENDING if first else Rank.SPENDING_AFTER


def own_lots(baskets: IntArray, earned: Earned, policies: Policies, count: int) -> IntArray:
    """Return the lot of each basket, -1 where returns take the oldest."""
    lot = np.full(count + 1, -1)
    lot[earned.basket[earned.basket >= 0]] = np.flatnonzero(earned.basket >= 0)
    if policies.returns.debit == ReturnDebit.OLDEST:
        return np.full(len(baskets), -1)
    return lot[baskets]


def redeemable(counts: list[Counter]) -> BoolArray:
    """Say which rules give points that can be spent."""
    return np.array([count != Counter.QUALIFYING for count in counts], dtype=np.bool_)
