"""Every change of tier, and where each account stands."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.loyalty.ledger.entries import labelled
from crmkit.typing import CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class TierHistory(Answer):
    """Changes of tier, account by account and in the order of time.

    Attributes:
        account: who, as a place in *accounts*.
        time: when, seconds since 1970.
        before: the tier left, as a place in *tiers*; -1 for none.
        after: the tier entered.
        rank: the tier of each account in the end.
        counter: what it counts for tiers in the end, in the window they look at.
        accounts: labels of accounts.
        tiers: names of tiers, from low to high.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, Tier, Tiers, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["120.00"]
        ... )
        >>> programme = Programme(
        ...     rules=(EarnRule("base", amount=PerSpend(1, "1.00")),),
        ...     tiers=Tiers((Tier("silver", 100),)),
        ... )
        >>> evaluate(programme, tx, as_of="2026-03-31").tiers
        TierHistory(1 change of 1 account)
    """

    account: CodeArray = array()
    time: IntArray = array()
    before: CodeArray = array()
    after: CodeArray = array()
    rank: CodeArray = array()
    counter: IntArray = array()
    accounts: LabelArray = array()
    tiers: tuple[str, ...]

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many changes."""
        return len(self.time)

    def __repr__(self) -> str:
        """How many changes, of how many accounts."""
        accounts = check.counted(len(np.unique(self.account)), "account")
        return f"TierHistory({check.counted(len(self), 'change')} of {accounts})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = np.array(self.tiers, dtype=object)
        return {
            "customer": self.accounts[self.account],
            "time": self.time.view("datetime64[s]"),
            "before": labelled(names, self.before),
            "after": labelled(names, self.after),
        }
