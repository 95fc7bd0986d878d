"""The entries of a ledger: every point that came or went, and why."""

from __future__ import annotations

from enum import IntEnum
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.typing import CodeArray, FloatArray, IntArray, LabelArray, ScoreArray


class EntryKind(IntEnum):
    """What an entry is: earned by base rules, a bonus, spent, expired, taken back, or adjusted.

    Examples:
        >>> from crmkit.loyalty import EntryKind
        >>> EntryKind.REDEEM.word
        'redeem'
    """

    EARN = 0
    BONUS = 1
    REDEEM = 2
    EXPIRE = 3
    REVERSE = 4
    ADJUST = 5

    @property
    def word(self) -> str:
        """The kind as a word."""
        return self.name.lower()


class EntryReason(IntEnum):
    """Why an entry was made, where its kind does not say it.

    Examples:
        >>> from crmkit.loyalty import EntryReason
        >>> EntryReason.RETURN.word
        'return'
    """

    PURCHASE = 0
    EVENT = 1
    REFERRAL = 2
    REDEMPTION = 3
    END_OF_LIFE = 4
    RETURN = 5
    GIVEN_BACK = 6
    TRANSFER = 7
    CARRIED = 8

    @property
    def word(self) -> str:
        """The reason as a word."""
        return self.name.lower()


@attrs.frozen(kw_only=True, repr=False)
class Entries(Answer):
    """Entries of points, account by account and in the order of time; they sum to the balances.

    Attributes:
        account: who, as a place in *accounts*; int32.
        basket: the basket it belongs to, as a place in *baskets*; -1 for none.
        rule: the rule that gave it, as a place in *rules*; -1 for none.
        kind: an `EntryKind`.
        reason: an `EntryReason`.
        points: units of points; what goes is negative.
        time: seconds since 1970.
        accounts: labels of accounts.
        baskets: labels of baskets.
        rules: ids of rules.
        funding: the share of each rule's points that suppliers pay, all together.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> evaluate(programme, tx, as_of="2026-03-31").entries.to_frame()
          account  basket  rule  kind    reason  points  funded       time
        0     ann       1  base  earn  purchase      10     0.0 2026-03-01
    """

    account: CodeArray = array()
    basket: CodeArray = array()
    rule: NDArray[np.int16] = array()
    kind: ScoreArray = array()
    reason: ScoreArray = array()
    points: IntArray = array()
    time: IntArray = array()
    accounts: LabelArray = array()
    baskets: LabelArray = array()
    rules: tuple[str, ...]
    funding: tuple[Fraction, ...] = ()
    point_digits: int = 0

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many entries."""
        return len(self.points)

    def __repr__(self) -> str:
        """How many entries of each kind."""
        counts = np.bincount(self.kind, minlength=len(EntryKind))
        shown = (f"{kind.word} {n:,}" for kind, n in zip(EntryKind, counts, strict=True) if n)
        return f"Entries({', '.join(shown) or 'none'})"

    def _funded(self) -> FloatArray:
        """Return the points of each entry that suppliers pay."""
        if not self.funding:
            return np.zeros(len(self))
        shares: FloatArray = np.array([*(float(share) for share in self.funding), 0.0])
        points: FloatArray = self.points / 10**self.point_digits
        return shares[self.rule] * points

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "account": self.accounts[self.account],
            "basket": labelled(self.baskets, self.basket),
            "rule": labelled(np.array(self.rules, dtype=object), self.rule),
            "kind": np.array([kind.word for kind in EntryKind], dtype=object)[self.kind],
            "reason": np.array([why.word for why in EntryReason], dtype=object)[self.reason],
            "points": in_points(self.points, self.point_digits),
            "funded": self._funded(),
            "time": self.time.view("datetime64[s]"),
        }


def labelled(labels: NDArray[Any], codes: NDArray[Any]) -> NDArray[Any]:
    """Return the label of each code; masked where the code is -1."""
    missing = codes < 0
    if not missing.any():
        found: NDArray[Any] = labels[codes]
        return found
    there = labels if len(labels) else np.array([None], dtype=object)
    return np.ma.MaskedArray(there[codes], mask=missing)


def in_points(units: IntArray, digits: int) -> NDArray[Any]:
    """Return units as points: whole numbers, or decimals where points have digits."""
    return units if digits == 0 else units / 10**digits
