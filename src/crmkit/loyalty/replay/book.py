"""The book of a block: lots, debits and counters, from what rules gave and what came back."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from crmkit._kernels.lots import ALLOW, CLAMP, DECLINE, Debits, Lots
from crmkit.loyalty.declaration.policies import Expiry, Policies
from crmkit.loyalty.declaration.words import (
    BelowZero,
    Consumption,
    ExpiryBoundary,
    ExpiryClock,
    Overdraft,
    RedemptionOrder,
    ReturnDebit,
)
from crmkit.loyalty.replay.clock import Clock, Rank
from crmkit.loyalty.replay.gifts import BY_POLICY
from crmkit.loyalty.replay.windows import DAY, NEVER, deaths
from crmkit.typing import BoolArray, IntArray

POLICY = {
    Overdraft.REJECT: ALLOW,
    Overdraft.ALLOW: ALLOW,
    Overdraft.CLAMP: CLAMP,
    Overdraft.DECLINE: DECLINE,
}
GIVING = POLICY | {Overdraft.ALLOW: CLAMP}
"""What is given to others is never more than what is there."""
AFTER_RETURN = {BelowZero.NEGATIVE: ALLOW, BelowZero.CLAMP: CLAMP}


@attrs.frozen(kw_only=True, eq=False)
class Earned:
    """Points as they are booked: one row per lot, in any order.

    Attributes:
        account: accounts, numbered within the block.
        time: when they were earned.
        clock: the same among all that happens.
        units: how many, above zero.
        basket: the basket in the block that earned them, -1 for none.
        named: the basket that their entries name: the same, or the one that gave them back.
        held: whether a hold delays them.
        dead: the second from which they are gone, or `BY_POLICY`.
    """

    account: IntArray
    time: IntArray
    clock: IntArray
    units: IntArray
    basket: IntArray
    named: IntArray
    held: BoolArray
    dead: IntArray

    def __len__(self) -> int:
        """How many rows."""
        return len(self.units)

    @classmethod
    def joined(cls, parts: Sequence[Earned]) -> Earned:
        """Return the rows of several, one after another."""
        names = [field.name for field in attrs.fields(cls)]
        return cls(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in names})

    @classmethod
    def none(cls) -> Earned:
        """Return no rows."""
        rows = np.zeros(0, dtype=np.int64)
        held = np.zeros(0, dtype=np.bool_)
        return cls(
            account=rows,
            time=rows,
            clock=rows,
            units=rows,
            basket=rows,
            named=rows,
            held=held,
            dead=rows,
        )

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
    dead = np.where(earned.dead == BY_POLICY, deaths(start, policies.expiry), earned.dead)
    if policies.expiry.inactivity_days is not None:
        dead = _inactive(earned, activity, policies.expiry)
    return Lives(
        active=active,
        dead=dead,
        active_clock=np.where(hold == 0, earned.clock, clock(active, 0, Rank.ACTIVATION)),
        dead_clock=clock(dead, 0, Rank.DEATH),
    )


def _inactive(earned: Earned, activity: Activity, expiry: Expiry) -> IntArray:
    """Return when lots die for want of a purchase; each one before that gives them a new life."""
    ends = _lapse(activity.time, expiry)
    nxt = np.append(activity.time[1:], NEVER)
    other = np.append(activity.account[1:] != activity.account[:-1], True)
    last = np.flatnonzero(other[: len(ends)] | (nxt >= ends))
    chain = ends[last[np.searchsorted(last, np.arange(len(ends)))]] if len(ends) else ends
    own = np.where(earned.dead == BY_POLICY, _lapse(earned.time, expiry), earned.dead)
    after = places(activity.account, activity.time, earned.account, earned.time)
    here = np.minimum(after, max(len(ends) - 1, 0))
    if not len(ends):
        return own
    kept = (after < len(ends)) & (activity.account[here] == earned.account)
    kept &= activity.time[here] < own
    return np.where(kept, chain[here], own)


def dead_at(
    earned: Earned, activity: Activity, expiry: Expiry, lots: IntArray, time: IntArray
) -> IntArray:
    """Return when some lots would go for want of a purchase, as it stood at some moments."""
    account, since = earned.account[lots], earned.time[lots]
    own = np.where(earned.dead[lots] == BY_POLICY, _lapse(since, expiry), earned.dead[lots])
    if not len(activity.time):
        return own
    last = np.maximum(places(activity.account, activity.time, account, time) - 1, 0)
    moved = (activity.account[last] == account) & (activity.time[last] <= time)
    moved &= activity.time[last] >= since
    return np.where(moved, _lapse(activity.time[last], expiry), own)


def _lapse(time: IntArray, expiry: Expiry) -> IntArray:
    assert expiry.inactivity_days is not None
    ends = time + expiry.inactivity_days * DAY
    after = expiry.boundary == ExpiryBoundary.AFTER
    return (ends // DAY + 1) * DAY if after else ends


def places(account: IntArray, time: IntArray, of: IntArray, upto: IntArray) -> IntArray:
    """Return how many rows, in the order of (account, time), come up to an account's moment."""
    if not len(account):
        return np.zeros(len(of), dtype=np.int64)
    low = min(int(time.min()), int(upto.min(initial=int(time.min()))))
    span = max(int(time.max()), int(upto.max(initial=0))) - low + 2
    return np.searchsorted(account * span + (time - low), of * span + (upto - low), side="right")


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
    """Redemptions, transfers and returns as debits, in any order.

    Attributes:
        account: accounts within the block.
        clock: when, among all that happens.
        time: the same in seconds.
        units: how many.
        own: the lot that is undone, -1 for none.
        policy: what happens if there is too little.
        basket: the basket in the block they belong to, -1 for none.
        source: which request it is, -1 for a return.
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


def own_lots(
    baskets: IntArray, clock: IntArray, earned: Earned, life: Lives, policies: Policies
) -> IntArray:
    """Return the lot of each basket that a return undoes, -1 where it takes the oldest.

    Points that cannot be spent yet are taken back from their own lot whatever the policy.
    """
    rows = np.flatnonzero(earned.basket >= 0)
    lot = np.full(int(max(earned.basket.max(initial=0), baskets.max(initial=0))) + 1, -1)
    lot[earned.basket[rows]] = rows
    own = lot[baskets]
    if policies.returns.debit == ReturnDebit.OLDEST and len(life.active_clock):
        own = np.where((own >= 0) & (life.active_clock[own] > clock), own, -1)
    return own
