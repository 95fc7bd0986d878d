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

__all__ = [
    "AmountOff",
    "BuyGet",
    "CatalogueReward",
    "DiscountPolicy",
    "DiscountRule",
    "FlexiRate",
    "FreeUnits",
    "Group",
    "PerPoint",
    "PercentOff",
    "PriceLevel",
    "Resolution",
    "Rounded",
    "Scope",
    "ThresholdBase",
    "TieredPercent",
    "UnitOrder",
]
