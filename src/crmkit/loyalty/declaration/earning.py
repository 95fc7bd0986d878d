"""A rule that gives points."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Literal, TypeAlias

import attrs

from crmkit.loyalty.conditions.calendar import Between
from crmkit.loyalty.conditions.logic import Always, Condition
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.amounts import EarnAmount, Flat, Multiply, PerSpend, PerUnit
from crmkit.loyalty.declaration.caps import Cap, several_caps, trigger_limit
from crmkit.loyalty.declaration.groups import Scope, into_scope
from crmkit.loyalty.declaration.reading import checked, collecting, refuse_unread, word


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


IntoCounter: TypeAlias = Counter | Literal["redeemable", "qualifying", "both"]


def into_counter(value: IntoCounter) -> Counter:
    """Read what points are good for."""
    return word(Counter, value)


@attrs.frozen(field_transformer=collecting)
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

    id: str = attrs.field(validator=checked(read.name))
    amount: EarnAmount = attrs.field(
        kw_only=True, validator=checked(read.one_of(PerSpend, PerUnit, Flat, Multiply))
    )
    when: Condition = attrs.field(
        factory=Always, kw_only=True, validator=checked(read.one_of(Condition))
    )
    scope: Scope = attrs.field(default=Scope.LINE, kw_only=True, converter=into_scope)
    caps: tuple[Cap, ...] = attrs.field(default=(), kw_only=True, converter=several_caps)
    trigger_limit: Cap | None = attrs.field(default=None, kw_only=True, converter=trigger_limit)
    group: str = attrs.field(default="base", kw_only=True, validator=checked(read.name))
    priority: int = attrs.field(default=0, kw_only=True, validator=checked(read.whole(-(2**31))))
    exclusive: bool = attrs.field(default=False, kw_only=True, validator=checked(read.flag))
    stop: bool = attrs.field(default=False, kw_only=True, validator=checked(read.flag))
    counts: Counter = attrs.field(default=Counter.REDEEMABLE, kw_only=True, converter=into_counter)
    funding: Mapping[str, Fraction] = attrs.field(factory=dict, kw_only=True, converter=read.shares)
    valid: Between | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.one_of(Between)))
    )

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
