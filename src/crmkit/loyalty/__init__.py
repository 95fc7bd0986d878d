"""Loyalty programmes over a whole history: discounts, points, tiers, balances."""

from crmkit.loyalty.declaration.groups import Group, Resolution, Scope
from crmkit.loyalty.discounts.amounts import (
    AmountOff,
    BuyGet,
    CatalogueReward,
    FlexiRate,
    PercentOff,
    PerPoint,
    PriceLevel,
    TieredPercent,
)
from crmkit.loyalty.discounts.policy import DiscountPolicy
from crmkit.loyalty.discounts.rules import DiscountRule
from crmkit.loyalty.discounts.words import FreeUnits, Rounded, ThresholdBase, UnitOrder
from crmkit.loyalty.worth.breakage import Breakage, breakage
from crmkit.loyalty.worth.liability import Liability, liability
from crmkit.loyalty.worth.programme_return import ProgrammeReturn, break_even_lift, programme_return
from crmkit.loyalty.worth.revenue import points_revenue

__all__ = [
    "AmountOff",
    "Breakage",
    "BuyGet",
    "CatalogueReward",
    "DiscountPolicy",
    "DiscountRule",
    "FlexiRate",
    "FreeUnits",
    "Group",
    "Liability",
    "PerPoint",
    "PercentOff",
    "PriceLevel",
    "ProgrammeReturn",
    "Resolution",
    "Rounded",
    "Scope",
    "ThresholdBase",
    "TieredPercent",
    "UnitOrder",
    "break_even_lift",
    "breakage",
    "liability",
    "points_revenue",
    "programme_return",
]
