"""Why each rule fired in a basket, or why it did not."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.data.answers import Answer
from crmkit.loyalty.declaration.caps import Cap
from crmkit.loyalty.ledger.entries import in_points


class ReasonCode(StrEnum):
    """What became of a rule in a basket; of several codes that apply, the first.

    Examples:
        >>> from crmkit.loyalty import ReasonCode
        >>> ReasonCode("capped")
        <ReasonCode.CAPPED: 'capped'>
    """

    GUEST = "guest"
    RETURN_ONLY = "return_only"
    NOT_VALID = "not_valid"
    UNKNOWN = "unknown"
    EXCLUDED_PRODUCT = "excluded_product"
    EXCLUDED_TENDER = "excluded_tender"
    TIER = "tier"
    CONDITION = "condition"
    TRIGGER_SPENT = "trigger_spent"
    LOST = "lost"
    CAPPED_OUT = "capped_out"
    CAPPED = "capped"
    NO_BASE = "no_base"
    BELOW_STEP = "below_step"
    ROUNDED_AWAY = "rounded_away"
    FIRED = "fired"


@attrs.frozen(kw_only=True)
class RuleReason:
    """What became of one rule.

    Attributes:
        rule: its id.
        group: its group.
        code: what became of it.
        offered: points before caps and before the basket was rounded, as a number.
        points: whole units that were booked.
        failing: the part of its condition that failed, as it was declared; None if none did.
        observed: what was seen there.
        cut: whole units that its caps took away.
        limit: the cap that bound, or the trigger limit that was spent; None if none did.
        used: what of that limit was used before: units of points, or firings.
        winner: the rule that it lost to; None if it did not lose.

    Examples:
        >>> from crmkit.loyalty import ReasonCode, RuleReason
        >>> RuleReason(rule="base", group="base", code=ReasonCode.FIRED, offered=10.5, points=10)
        RuleReason(base: fired, 10 points)
    """

    rule: str
    group: str
    code: ReasonCode
    offered: float = 0.0
    points: int = 0
    failing: object = None
    observed: object = None
    cut: int = 0
    limit: Cap | None = None
    used: int = 0
    winner: str | None = None

    def __repr__(self) -> str:
        """The rule, what became of it, and why."""
        why = "" if self.failing is None else f" at {self.failing!r}, saw {self.observed!r}"
        return f"RuleReason({self.rule}: {self.code}, {self.points} points{why})"


class RedemptionCode(StrEnum):
    """What became of points that were to pay a part of a basket; the last cut that was made.

    Examples:
        >>> from crmkit.loyalty import RedemptionCode
        >>> RedemptionCode("over_share")
        <RedemptionCode.OVER_SHARE: 'over_share'>
    """

    APPLIED = "applied"
    OVER_BALANCE = "over_balance"
    PENDING = "pending"
    OVER_SHARE = "over_share"
    NOT_MULTIPLE = "not_multiple"
    BELOW_MINIMUM = "below_minimum"
    DECLINED = "declined"


@attrs.frozen(kw_only=True)
class RedemptionReason:
    """What became of one redemption in a basket.

    Attributes:
        asked: units that were asked for.
        applied: units that were spent.
        code: why not all of them, if so.

    Examples:
        >>> from crmkit.loyalty import RedemptionCode, RedemptionReason
        >>> RedemptionReason(asked=500, applied=0, code=RedemptionCode.BELOW_MINIMUM)
        RedemptionReason(0 of 500: below_minimum)
    """

    asked: int
    applied: int
    code: RedemptionCode

    def __repr__(self) -> str:
        """How many of how many, and why."""
        return f"RedemptionReason({self.applied:,} of {self.asked:,}: {self.code})"


@attrs.frozen(kw_only=True, repr=False)
class Explanation(Answer):
    """A basket rule by rule, in the order in which rules were tried.

    Attributes:
        basket: the basket.
        customer: the account, None for a guest.
        reasons: what became of each rule.
        redemptions: what became of points that were to pay it.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, Weekday, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> tuesday = EarnRule("tuesday", amount=PerSpend(1, "1.00"), when=Weekday({2}))
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")), tuesday))
        >>> evaluate(programme, tx, as_of="2026-03-31").explain(basket=1)
        Explanation of basket 1, 10 points:
          base: fired, 10 points
          tuesday: condition, Weekday({2}) failed, saw 7
    """

    basket: object
    customer: object
    reasons: tuple[RuleReason, ...]
    redemptions: tuple[RedemptionReason, ...] = ()
    point_digits: int = 0

    def __len__(self) -> int:
        """How many rules."""
        return len(self.reasons)

    @property
    def points(self) -> int:
        """Whole units that the basket earned: the sum of its entries."""
        return sum(reason.points for reason in self.reasons)

    def __repr__(self) -> str:
        """The points, and a line for each rule."""
        head = f"Explanation of basket {self.basket!s}, {self._shown(self.points)}:"
        rules = [f"  {self._line(reason)}" for reason in self.reasons]
        return "\n".join([head, *rules, *(f"  {self._spent(one)}" for one in self.redemptions)])

    def _spent(self, one: RedemptionReason) -> str:
        why = "" if one.code == RedemptionCode.APPLIED else f", {one.code}"
        return f"redeemed: {self._shown(one.applied)} of {self._shown(one.asked)}{why}"

    def _shown(self, units: int) -> str:
        points = in_points(np.array([units]), self.point_digits)[0]
        return f"{points:,} points"

    def _line(self, reason: RuleReason) -> str:
        parts = [f"{reason.rule}: {reason.code}"]
        if reason.failing is not None:
            parts += [f"{reason.failing!r} failed", f"saw {reason.observed!r}"]
        if reason.points or reason.code == ReasonCode.FIRED:
            parts.append(self._shown(reason.points))
        if reason.cut:
            parts.append(f"{self._shown(reason.cut)} above its caps")
        if reason.limit is not None:
            parts.append(f"{reason.limit!r}, {reason.used:,} of it used before")
        if reason.winner is not None:
            parts.append(f"to {reason.winner}")
        return ", ".join(parts)

    def _columns(self) -> dict[str, NDArray[Any]]:
        reasons = self.reasons
        points = np.array([reason.points for reason in reasons], dtype=np.int64)
        return {
            "rule": np.array([reason.rule for reason in reasons], dtype=object),
            "group": np.array([reason.group for reason in reasons], dtype=object),
            "code": np.array([reason.code.value for reason in reasons], dtype=object),
            "offered": np.array([reason.offered for reason in reasons], dtype=np.float64),
            "points": in_points(points, self.point_digits),
            "failing": np.array([_text(reason.failing) for reason in reasons], dtype=object),
            "observed": np.array([_text(reason.observed) for reason in reasons], dtype=object),
            "limit": np.array([_text(reason.limit) for reason in reasons], dtype=object),
            "used": np.array([reason.used for reason in reasons], dtype=np.int64),
            "winner": np.array([reason.winner for reason in reasons], dtype=object),
        }


def _text(value: object) -> str | None:
    return None if value is None else repr(value)
