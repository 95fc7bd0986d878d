"""What a call of a preset may change, spelled out for type checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    # The classes that have these presets import this module.
    from crmkit.loyalty.conditions.logic import Condition
    from crmkit.loyalty.declaration.groups import IntoResolution
    from crmkit.loyalty.declaration.policies import EarningBase, Expiry, Returns
    from crmkit.loyalty.declaration.words import (
        IntoOverdraft,
        IntoRedemptionOrder,
        IntoRoundingLevel,
    )
    from crmkit.loyalty.discounts.words import IntoRounded, IntoThresholdBase
    from crmkit.typing import AllocationMethod, RoundingMode


class PolicyChanges(TypedDict, total=False):
    """The fields of `Policies`."""

    preset: str
    rounding: RoundingMode
    rounding_level: IntoRoundingLevel
    point_digits: int
    money_digits: int
    remainder: AllocationMethod
    base: EarningBase
    expiry: Expiry
    hold_days: int
    overdraft: IntoOverdraft
    redemption_order: IntoRedemptionOrder
    returns: Returns
    day_starts_at: int


class DiscountChanges(TypedDict, total=False):
    """The fields of `DiscountPolicy`."""

    preset: str
    resolution: IntoResolution
    rounding: RoundingMode
    rounded: IntoRounded
    remainder: AllocationMethod
    threshold_base: IntoThresholdBase
    each_unit_once: bool
    best_per_line: bool
    excluded: Condition | None
