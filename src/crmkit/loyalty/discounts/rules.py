"""A rule that lowers prices."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import attrs

from crmkit.loyalty.conditions.calendar import Between
from crmkit.loyalty.conditions.logic import Always, Condition
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.caps import Cap, trigger_limit
from crmkit.loyalty.declaration.groups import Scope
from crmkit.loyalty.declaration.reading import declared, is_read, refuse_unread
from crmkit.loyalty.discounts.amounts import KINDS, Discount, PerPoint


@attrs.frozen
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

    id: str = declared(read.name, kw_only=False)
    discount: Discount = declared(read.one_of(*KINDS), kw_only=False)
    when: Condition = declared(read.one_of(Condition), attrs.Factory(Always))
    scope: Scope = declared(read.word(Scope), Scope.BASKET)
    group: str = declared(read.name, "discounts")
    priority: int = declared(read.whole(-(2**31)), 0)
    exclusive: bool = declared(read.flag, False)
    trigger_limit: Cap | None = declared(read.optional(trigger_limit), None)
    funding: Mapping[str, Fraction] = declared(read.shares, attrs.Factory(dict))
    valid: Between | None = declared(read.optional(read.one_of(Between)), None)

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
