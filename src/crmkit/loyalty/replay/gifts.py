"""Points that come to accounts from elsewhere than baskets: events, referrals, transfers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.events import EventRule
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.ledger.entries import EntryReason
from crmkit.loyalty.replay.accounts import Accounts
from crmkit.loyalty.replay.clock import Clock
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.limits import first_within
from crmkit.typing import BoolArray, IntArray

BY_POLICY = -1
"""The death of points that live as long as the programme says."""


@attrs.frozen(kw_only=True, eq=False)
class Gifts:
    """Points from elsewhere than baskets, in the order of (account, clock).

    Attributes:
        account: who.
        time: when.
        clock: when, among all that happens.
        units: how many.
        rule: the event rule, a place among the programme's event rules; -1 for none.
        reason: an `EntryReason`.
        dead: the second from which they are gone; `BY_POLICY` for what the programme says.
    """

    account: IntArray
    time: IntArray
    clock: IntArray
    units: IntArray
    rule: IntArray
    reason: IntArray
    dead: IntArray

    def __len__(self) -> int:
        """How many."""
        return len(self.units)

    def equals(self, other: Gifts) -> bool:
        """Say whether both are the same."""
        names = (field.name for field in attrs.fields(Gifts))
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)

    def of(self, first: int, stop: int) -> Gifts:
        """Return those of a run of accounts."""
        return self.rows(slice(*np.searchsorted(self.account, [first, stop])))

    def rows(self, which: slice | IntArray) -> Gifts:
        """Return some of them."""
        return Gifts(**{f.name: getattr(self, f.name)[which] for f in attrs.fields(Gifts)})

    @classmethod
    def joined(cls, parts: Sequence[Gifts]) -> Gifts:
        """Return all of several, in order."""
        names = [field.name for field in attrs.fields(cls)]
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        found = cls(**columns)
        return found.rows(np.lexsort((found.clock, found.account)))

    @classmethod
    def none(cls) -> Gifts:
        """Return none at all."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(**{field.name: nothing for field in attrs.fields(cls)})

    def counted(self, rules: Sequence[EventRule], without: Counter) -> BoolArray:
        """Say which of them do not count for one purpose only, the other one."""
        kept = [rule.counts != without for rule in rules]
        return np.array([*kept, True], dtype=np.bool_)[self.rule]


def gifts_of(programme: Programme, history: History, accounts: Accounts, clock: Clock) -> Gifts:
    """Bind events to the rules that wait for them, within the limits of these."""
    return Gifts.joined([Gifts.none(), *_told(programme, history, accounts, clock)])


def _told(
    programme: Programme, history: History, accounts: Accounts, clock: Clock
) -> Iterator[Gifts]:
    for place, rule in enumerate(programme.events):
        account, time = _happened(history, accounts, rule.event)
        if rule.trigger_limit is not None:
            start = programme.policies.day_starts_at * 3600
            inside = first_within(rule.trigger_limit, account.astype(np.int32), time, start)
            account, time = account[inside], time[inside]
        units = rule.points * 10**programme.policies.point_digits
        yield Gifts(
            account=account,
            time=time,
            clock=clock.told(time),
            units=np.full(len(time), units),
            rule=np.full(len(time), place),
            reason=np.full(len(time), EntryReason.EVENT),
            dead=np.full(len(time), BY_POLICY),
        )


def _happened(history: History, accounts: Accounts, event: str) -> tuple[IntArray, IntArray]:
    """Return who an event happened to, and when, in order."""
    table = history.events
    if table is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero(table.event == event)
    account = accounts.accounts_of(table.customer[rows])
    time = table.time.view(np.int64)[rows]
    order = np.lexsort((time, account))
    return account[order], time[order]
