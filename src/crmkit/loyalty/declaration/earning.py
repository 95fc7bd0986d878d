"""A rule that gives points."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction

import attrs

from crmkit.loyalty.conditions.calendar import Between
from crmkit.loyalty.conditions.logic import Always, Condition
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.amounts import EarnAmount, Flat, Multiply, PerSpend, PerUnit
from crmkit.loyalty.declaration.caps import Cap, trigger_limit
from crmkit.loyalty.declaration.groups import Scope
from crmkit.loyalty.declaration.reading import declared, refuse_unread


class Counter(StrEnum):
    """What points are good for: to be spent, to reach a tier, or both.

    Examples:
        >>> from crmkit.loyalty import Counter
        >>> Counter("both")
        <Counter.BOTH: 'both'>
    """

    REDEEMABLE = "redeemable"
    QUALIFYING = "qualifying"
    BOTH = "both"


@attrs.frozen
class EarnRule:
    """Points for baskets, where a condition holds.

    Attributes:
        id: the rule's name in ledgers, explanations and errors.
        amount: `PerSpend`, `PerUnit`, `Flat` or `Multiply`.
        when: where it holds; a condition on lines also selects them.
        scope: whether the amount is computed on each selected line, or once on their sum.
        caps: most points per window.
        trigger_limit: most firings per window; a number alone is for a lifetime.
        group: the group that it competes or adds up in.
        priority: higher ones come first; equal ones as declared.
        exclusive: alone, in a group that resolves as exclusive.
        stop: later rules of the group do not run if this one fired.
        counts: what the points are good for.
        funding: shares that suppliers pay, by name; the rest is the shop's.
        valid: when it is in force; always, if left out.

    Raises:
        InvalidArgumentError: names, amounts, caps or shares that are none; all are listed.

    Examples:
        >>> from crmkit.loyalty import Cap, EarnRule, PerSpend
        >>> EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(500, per="day"),))
        EarnRule('base', PerSpend(1 per 1.00))
    """

    id: str = declared(read.name, kw_only=False)
    amount: EarnAmount = declared(read.one_of(PerSpend, PerUnit, Flat, Multiply))
    when: Condition = declared(read.one_of(Condition), attrs.Factory(Always))
    scope: Scope = declared(read.word(Scope), Scope.LINE)
    caps: tuple[Cap, ...] = declared(read.several(read.one_of(Cap)), ())
    trigger_limit: Cap | None = declared(read.optional(trigger_limit), None)
    group: str = declared(read.name, "base")
    priority: int = declared(read.whole(-(2**31)), 0)
    exclusive: bool = declared(read.flag, False)
    stop: bool = declared(read.flag, False)
    counts: Counter = declared(read.word(Counter), Counter.REDEEMABLE)
    funding: Mapping[str, Fraction] = declared(read.shares, attrs.Factory(dict))
    valid: Between | None = declared(read.optional(read.one_of(Between)), None)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read, and caps on what takes points away."""
        refuse_unread(self, f"rule {self.id!r}", *_capped_loss(self))

    def __repr__(self) -> str:
        """Show the rule's name and its amount."""
        return f"EarnRule({self.id!r}, {_shown(self.amount)})"


def _capped_loss(rule: EarnRule) -> list[str]:
    loses = isinstance(rule.amount, Multiply) and rule.amount.factor < 1
    if loses and rule.caps:
        return ["caps: a factor below 1 takes points away, and a cap limits what is given."]
    return []


def _shown(amount: EarnAmount) -> str:
    match amount:
        case PerSpend():
            steps = ", whole steps" if amount.whole else ""
            return f"PerSpend({amount.points} per {amount.per}{steps})"
        case Multiply():
            return f"Multiply({amount.factor})"
        case _:
            return f"{type(amount).__name__}({amount.points})"
