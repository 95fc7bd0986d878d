"""A rule that lowers prices."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import attrs

from crmkit.loyalty.conditions.calendar import Between
from crmkit.loyalty.conditions.logic import Always, Condition
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.caps import Cap, trigger_limit
from crmkit.loyalty.declaration.groups import Scope, into_scope
from crmkit.loyalty.declaration.reading import checked, collecting, is_read, refuse_unread
from crmkit.loyalty.discounts.amounts import KINDS, Discount, PerPoint


@attrs.frozen(field_transformer=collecting)
class DiscountRule:
    """A discount on baskets, where a condition holds.

    Attributes:
        id: the rule's name in answers, explanations and errors.
        discount: `PercentOff`, `AmountOff`, `BuyGet`, `TieredPercent`, `FlexiRate`, `PriceLevel`,
            `CatalogueReward` or `PerPoint`.
        when: where it holds; a condition on lines also selects them.
        scope: whether the discount is computed, rounded and limited on each selected line, or once
            on their sum and then spread over them.
        group: the group that it competes or adds up in; groups run in order, each seeing the
            prices that those before it left.
        priority: higher ones come first; equal ones as declared.
        exclusive: alone, in a group that resolves as exclusive.
        trigger_limit: most firings per window; a number alone is for a lifetime.
        funding: shares that suppliers pay, by name; the rest is the shop's.
        valid: when it is in force; always, if left out.

    Raises:
        InvalidArgumentError: names, discounts or shares that are none; all are listed.

    Examples:
        >>> from crmkit.loyalty import AmountOff, DiscountRule
        >>> DiscountRule("welcome", AmountOff("5.00"))
        DiscountRule('welcome', AmountOff(...), 'basket')
    """

    id: str = attrs.field(validator=checked(read.name))
    discount: Discount = attrs.field(validator=checked(read.one_of(*KINDS)))
    when: Condition = attrs.field(
        factory=Always, kw_only=True, validator=checked(read.one_of(Condition))
    )
    scope: Scope = attrs.field(default=Scope.BASKET, kw_only=True, converter=into_scope)
    group: str = attrs.field(default="discounts", kw_only=True, validator=checked(read.name))
    priority: int = attrs.field(default=0, kw_only=True, validator=checked(read.whole(-(2**31))))
    exclusive: bool = attrs.field(default=False, kw_only=True, validator=checked(read.flag))
    trigger_limit: Cap | None = attrs.field(default=None, kw_only=True, converter=trigger_limit)
    funding: Mapping[str, Fraction] = attrs.field(factory=dict, kw_only=True, converter=read.shares)
    valid: Between | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.one_of(Between)))
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read, and points spread over single lines."""
        refuse_unread(self, f"rule {self.id!r}", *_points_by_line(self))

    def __repr__(self) -> str:
        """Show the rule's name, its discount and its scope."""
        kind = type(self.discount).__name__
        return f"DiscountRule({self.id!r}, {kind}(...), {self.scope.value!r})"


def _points_by_line(rule: DiscountRule) -> list[str]:
    if is_read(rule.scope) and isinstance(rule.discount, PerPoint) and rule.scope == Scope.LINE:
        return ["scope: points redeemed pay a basket, not each of its lines; say 'basket'."]
    return []
