"""What each account holds at a moment."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.ledger.entries import in_points, labelled
from crmkit.loyalty.ledger.lots import moments
from crmkit.typing import CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Balances(Answer):
    """Balances by account: what is there, what of it can be spent, and what expires next.

    Attributes:
        customers: labels of accounts.
        balance: the sum of all entries, units of points; below zero is a deficit.
        available: what can be spent.
        pending: what cannot be spent yet.
        qualifying: the counter that decides tiers, in the window it looks at; whole units.
        qualifying_digits: decimals of that counter: of money, of points, or none of visits.
        tier: the tier in force, as a place in *tiers*; -1 for none.
        next_expiry: the first second at which open points go, seconds since 1970.
        expiring: how many go then.
        tiers: names of tiers.
        at: the moment, seconds since 1970.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> evaluate(programme, tx, as_of="2026-03-31").balances()
        Balances(1 account, 10 points, at 2026-03-31T23:59:59)
    """

    customers: LabelArray = array()
    balance: IntArray = array()
    available: IntArray = array()
    pending: IntArray = array()
    qualifying: IntArray = array()
    tier: CodeArray = array()
    next_expiry: IntArray = array()
    expiring: IntArray = array()
    tiers: tuple[str, ...]
    at: int
    point_digits: int = 0
    qualifying_digits: int = 0

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many accounts."""
        return len(self.balance)

    def __repr__(self) -> str:
        """How many accounts, how many points, and when."""
        total = in_points(np.array([self.balance.sum()]), self.point_digits)[0]
        moment = np.datetime64(self.at, "s")
        return f"Balances({check.counted(len(self), 'account')}, {total:,} points, at {moment})"

    def of(self, customer: object) -> int:
        """Return the balance of one account, units of points.

        Raises:
            InvalidArgumentError: there is no such account.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> evaluate(programme, tx, as_of="2026-03-31").balances().of("ann")
            10
        """
        return int(self.balance[place_of(self.customers, customer, "account")])

    def _columns(self) -> dict[str, NDArray[Any]]:
        digits = self.point_digits
        return {
            "customer": self.customers,
            "balance": in_points(self.balance, digits),
            "available": in_points(self.available, digits),
            "pending": in_points(self.pending, digits),
            "qualifying": in_points(self.qualifying, self.qualifying_digits),
            "tier": labelled(np.array(self.tiers, dtype=object), self.tier),
            "next_expiry": moments(self.next_expiry),
            "expiring": in_points(self.expiring, digits),
        }


def place_of(labels: LabelArray, label: object, noun: str) -> int:
    """Return where one label stands.

    Raises:
        InvalidArgumentError: it is not there.
    """
    found = np.flatnonzero(labels == label)
    if not len(found):
        raise InvalidArgumentError(
            f"there is no {noun} {label!r}." + check.hint(label, labels[:999])
        )
    return int(found[0])
