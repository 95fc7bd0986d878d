"""How discounts are rounded, spread and combined: every choice that systems make differently."""

from __future__ import annotations

from typing import Unpack

import attrs

from crmkit import _validation as check
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.changes import DiscountChanges
from crmkit.loyalty.declaration.groups import Resolution, into_resolution
from crmkit.loyalty.declaration.reading import checked, collecting, refuse_unread
from crmkit.loyalty.discounts.words import Rounded, ThresholdBase, into_rounded, into_threshold_base
from crmkit.typing import AllocationMethod, RoundingMode


def _mode(value: RoundingMode) -> RoundingMode:
    return check.choice(value, RoundingMode, "rounding")


def _method(value: AllocationMethod) -> AllocationMethod:
    return check.choice(value, AllocationMethod, "remainder")


@attrs.frozen(kw_only=True, field_transformer=collecting)
class DiscountPolicy:
    """The choices of a programme's discounts; the classmethods are the settings of known systems.

    Attributes:
        preset: whose settings these were made from.
        resolution: how the rules of a group get along, where no group says otherwise.
        rounding: where a fraction of a minor unit goes.
        rounded: whether the discount is rounded, or the price that it leaves.
        remainder: which lines get the units that spreading leaves over.
        threshold_base: which prices reach a threshold, where the threshold does not say.
        each_unit_once: whether a unit serves one offer only; rules then see, at their full price,
            the units that no offer has used. An offer uses the units that it reaches, and the paid
            units of its groups.
        best_per_line: whether the best rule of a group is found for each line, not each basket.
        excluded: lines that are never discounted (gift cards, tobacco), a condition on lines.

    Raises:
        InvalidArgumentError: words that are none of the known ones; all are listed.

    Examples:
        >>> from crmkit.loyalty import DiscountPolicy
        >>> DiscountPolicy.oscar_like().remainder, DiscountPolicy(rounding="down").rounding
        ('last', 'down')
    """

    preset: str = attrs.field(default="grocery", validator=checked(read.name))
    resolution: Resolution = attrs.field(default=Resolution.CHAIN, converter=into_resolution)
    rounding: RoundingMode = attrs.field(default="half_up", converter=_mode)
    rounded: Rounded = attrs.field(default=Rounded.DISCOUNT, converter=into_rounded)
    remainder: AllocationMethod = attrs.field(default="largest_remainder", converter=_method)
    threshold_base: ThresholdBase = attrs.field(
        default=ThresholdBase.CURRENT, converter=into_threshold_base
    )
    each_unit_once: bool = attrs.field(default=False, validator=checked(read.flag))
    best_per_line: bool = attrs.field(default=False, validator=checked(read.flag))
    excluded: Condition | None = attrs.field(
        default=None, validator=checked(read.optional(read.one_of(Condition)))
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "discounts")

    @classmethod
    def grocery(cls, **changes: Unpack[DiscountChanges]) -> DiscountPolicy:
        """Return what a grocer would expect; what `Programme` takes if nothing is said.

        Examples:
            >>> from crmkit.loyalty import DiscountPolicy
            >>> DiscountPolicy.grocery() == DiscountPolicy()
            True
        """
        return cls(**changes)

    @classmethod
    def sylius_like(cls, **changes: Unpack[DiscountChanges]) -> DiscountPolicy:
        """Return the settings of Sylius: an exclusive rule alone, else compounding; prices rounded.

        Examples:
            >>> from crmkit.loyalty import DiscountPolicy
            >>> DiscountPolicy.sylius_like().rounded
            <Rounded.PRICE: 'price'>
        """
        settings: DiscountChanges = {
            "preset": "sylius_like",
            "resolution": Resolution.EXCLUSIVE,
            "rounded": Rounded.PRICE,
            "remainder": "first",
        }
        return cls(**(settings | changes))

    @classmethod
    def solidus_like(cls, **changes: Unpack[DiscountChanges]) -> DiscountPolicy:
        """Return the settings of Solidus: groups are lanes, in each the best rule for each line.

        Examples:
            >>> from crmkit.loyalty import DiscountPolicy
            >>> DiscountPolicy.solidus_like().best_per_line
            True
        """
        settings: DiscountChanges = {
            "preset": "solidus_like",
            "resolution": Resolution.BEST,
            "remainder": "first",
            "best_per_line": True,
        }
        return cls(**(settings | changes))

    @classmethod
    def oscar_like(cls, **changes: Unpack[DiscountChanges]) -> DiscountPolicy:
        """Return the settings of Oscar: each unit serves one offer, discounts are rounded down.

        Examples:
            >>> from crmkit.loyalty import DiscountPolicy
            >>> DiscountPolicy.oscar_like().each_unit_once
            True
        """
        settings: DiscountChanges = {
            "preset": "oscar_like",
            "rounding": "down",
            "remainder": "last",
            "each_unit_once": True,
        }
        return cls(**(settings | changes))

    @classmethod
    def medusa_like(cls, **changes: Unpack[DiscountChanges]) -> DiscountPolicy:
        """Return the settings of Medusa: compounding, in the order given.

        Examples:
            >>> from crmkit.loyalty import DiscountPolicy
            >>> DiscountPolicy.medusa_like().resolution
            <Resolution.CHAIN: 'chain'>
        """
        settings: DiscountChanges = {"preset": "medusa_like"}
        return cls(**(settings | changes))

    @classmethod
    def odoo_like(cls, **changes: Unpack[DiscountChanges]) -> DiscountPolicy:
        """Return the settings of Odoo: compounding, thresholds on the order before discounts.

        Two discounts on the whole order, of which Odoo keeps the better, go in a group that
        resolves as BEST.

        Examples:
            >>> from crmkit.loyalty import DiscountPolicy
            >>> DiscountPolicy.odoo_like().threshold_base
            <ThresholdBase.ORIGINAL: 'original'>
        """
        settings: DiscountChanges = {
            "preset": "odoo_like",
            "threshold_base": ThresholdBase.ORIGINAL,
        }
        return cls(**(settings | changes))
