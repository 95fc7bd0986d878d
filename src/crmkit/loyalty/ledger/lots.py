"""Lots: the points of one basket or event, with their life, and what used them up."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.loyalty.ledger.entries import in_points, labelled
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Lots(Answer):
    """Points as they were earned, account by account in the order of earning.

    What was granted is what remains, was spent, expired, or was taken back by returns.

    Attributes:
        account: who, as a place in *accounts*.
        basket: the basket that earned them, as a place in *baskets*; -1 for none.
        earned: seconds since 1970.
        active: the first second at which they can be spent.
        dead_from: the first second at which they are gone; the largest number for never.
        granted: units of points.
        remaining: units left.
        spent: units redeemed, given away or used by deficits.
        expired: units that died.
        reversed: units taken back from this lot.
        accounts: labels of accounts.
        baskets: labels of baskets.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> evaluate(programme, tx, as_of="2026-03-31").lots.remaining
        array([10])
    """

    account: CodeArray = array()
    basket: CodeArray = array()
    earned: IntArray = array()
    active: IntArray = array()
    dead_from: IntArray = array()
    granted: IntArray = array()
    remaining: IntArray = array()
    spent: IntArray = array()
    expired: IntArray = array()
    reversed: IntArray = array()
    accounts: LabelArray = array()
    baskets: LabelArray = array()
    point_digits: int = 0

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many lots."""
        return len(self.granted)

    def __repr__(self) -> str:
        """How many lots, and how many are open."""
        return f"Lots({len(self):,} lots, {np.count_nonzero(self.remaining):,} open)"

    def _columns(self) -> dict[str, NDArray[Any]]:
        points = ("granted", "remaining", "spent", "expired", "reversed")
        return {
            "account": self.accounts[self.account],
            "basket": labelled(self.baskets, self.basket),
            "earned": self.earned.view("datetime64[s]"),
            "active": self.active.view("datetime64[s]"),
            "dead_from": moments(self.dead_from),
        } | {name: in_points(getattr(self, name), self.point_digits) for name in points}


@attrs.frozen(kw_only=True)
class LotUses:
    """Which points of which lot went when, and how.

    Attributes:
        lot: place among the lots.
        time: seconds since 1970.
        points: units that went.
        kind: the `EntryKind` of what used them.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, Expiry, PerSpend, Policies, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(
        ...     rules=(EarnRule("base", amount=PerSpend(1, "1.00")),),
        ...     policies=Policies(expiry=Expiry(days=30)),
        ... )
        >>> evaluate(programme, tx, as_of="2026-04-30").uses.points
        array([10])
    """

    lot: IntArray = array()
    time: IntArray = array()
    points: IntArray = array()
    kind: NDArray[np.int8] = array()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many uses."""
        return len(self.points)


def moments(seconds: IntArray) -> NDArray[np.datetime64]:
    """Return times as datetime64[s]; the end of what never ends is NaT."""
    return np.where(seconds == NEVER, np.iinfo(np.int64).min, seconds).view("datetime64[s]")
