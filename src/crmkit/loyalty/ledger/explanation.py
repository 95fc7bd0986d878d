"""Why each rule fired in a basket, or why it did not."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.data.answers import Answer
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

    def __repr__(self) -> str:
        """The rule, what became of it, and why."""
        why = "" if self.failing is None else f" at {self.failing!r}, saw {self.observed!r}"
        return f"RuleReason({self.rule}: {self.code}, {self.points} points{why})"


@attrs.frozen(kw_only=True, repr=False)
class Explanation(Answer):
    """A basket rule by rule, in the order in which rules were tried.

    Attributes:
        basket: the basket.
        customer: the account, None for a guest.
        reasons: what became of each rule.
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
        return "\n".join([head, *(f"  {self._line(reason)}" for reason in self.reasons)])

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
        }


def _text(value: object) -> str | None:
    return None if value is None else repr(value)
