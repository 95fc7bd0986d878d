"""Loyalty rules over whole histories: declared, evaluated at once, explained, compared, valued."""

from __future__ import annotations

from crmkit.loyalty.checking.finding import (
    Finding,
    FindingKind,
)
from crmkit.loyalty.comparison import (
    Differences,
    ProgrammeComparison,
    compare,
)
from crmkit.loyalty.conditions.account import (
    Anniversary,
    Birthday,
    FirstPurchaseSince,
    InSegment,
    NthPurchase,
    TierAtLeast,
)
from crmkit.loyalty.conditions.basket import (
    BasketQuantity,
    BasketTotal,
    Channel,
    HasProducts,
    Store,
    Tender,
)
from crmkit.loyalty.conditions.calendar import (
    Between,
    Closed,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.conditions.fields import (
    Comparison,
    Field,
    FieldCompares,
    FieldIn,
    FieldKnown,
)
from crmkit.loyalty.conditions.grain import (
    Grain,
    MoneyBase,
    ThresholdSide,
)
from crmkit.loyalty.conditions.logic import (
    Always,
    And,
    Condition,
    Never,
    Not,
    Or,
)
from crmkit.loyalty.declaration.amounts import (
    Flat,
    Multiply,
    PerSpend,
    PerUnit,
)
from crmkit.loyalty.declaration.caps import (
    Cap,
    Rolling,
    Window,
)
from crmkit.loyalty.declaration.earning import (
    Counter,
    EarnRule,
)
from crmkit.loyalty.declaration.events import (
    EventRule,
    Referral,
)
from crmkit.loyalty.declaration.groups import (
    Group,
    Resolution,
    Scope,
)
from crmkit.loyalty.declaration.policies import (
    EarningBase,
    Expiry,
    Policies,
    Returns,
)
from crmkit.loyalty.declaration.programme import (
    Programme,
)
from crmkit.loyalty.declaration.redemption import (
    Redemption,
)
from crmkit.loyalty.declaration.tiers import (
    Downgrade,
    Tier,
    TierApplies,
    TierCounter,
    TierKept,
    Tiers,
    TierWindow,
)
from crmkit.loyalty.declaration.words import (
    BelowZero,
    Consumption,
    ExpiryBoundary,
    ExpiryClock,
    ExpiryEnd,
    Overdraft,
    PaidWithPoints,
    PriceBase,
    RedemptionOrder,
    ReturnAmount,
    ReturnDebit,
    ReturnMatch,
    RoundingLevel,
    TaxBase,
)
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
from crmkit.loyalty.discounts.policy import (
    DiscountPolicy,
)
from crmkit.loyalty.discounts.rules import (
    DiscountRule,
)
from crmkit.loyalty.discounts.words import (
    FreeUnits,
    Rounded,
    ThresholdBase,
    UnitOrder,
)
from crmkit.loyalty.evaluation import (
    evaluate,
)
from crmkit.loyalty.ledger.balances import (
    Balances,
)
from crmkit.loyalty.ledger.entries import (
    Entries,
    EntryKind,
    EntryReason,
)
from crmkit.loyalty.ledger.explanation import (
    Explanation,
    ReasonCode,
    RedemptionCode,
    RedemptionReason,
    RuleReason,
)
from crmkit.loyalty.ledger.ledger import (
    Ledger,
)
from crmkit.loyalty.ledger.lots import (
    Lots,
    LotUses,
)
from crmkit.loyalty.ledger.tier_history import (
    TierHistory,
)
from crmkit.loyalty.ledger.unmatched import (
    Unmatched,
)
from crmkit.loyalty.previewing import (
    Preview,
    preview,
)
from crmkit.loyalty.replay.history import (
    Customers,
    Events,
    History,
    Payments,
    Redemptions,
    Transfers,
)
from crmkit.loyalty.replay.state import (
    State,
)
from crmkit.loyalty.worth.breakage import (
    Breakage,
    breakage,
)
from crmkit.loyalty.worth.liability import (
    Liability,
    liability,
)
from crmkit.loyalty.worth.programme_return import (
    ProgrammeReturn,
    break_even_lift,
    programme_return,
)
from crmkit.loyalty.worth.revenue import (
    points_revenue,
)

__all__ = [
    "Always",
    "AmountOff",
    "And",
    "Anniversary",
    "Balances",
    "BasketQuantity",
    "BasketTotal",
    "BelowZero",
    "Between",
    "Birthday",
    "Breakage",
    "BuyGet",
    "Cap",
    "CatalogueReward",
    "Channel",
    "Closed",
    "Comparison",
    "Condition",
    "Consumption",
    "Counter",
    "Customers",
    "Differences",
    "DiscountPolicy",
    "DiscountRule",
    "Downgrade",
    "EarnRule",
    "EarningBase",
    "Entries",
    "EntryKind",
    "EntryReason",
    "EventRule",
    "Events",
    "Expiry",
    "ExpiryBoundary",
    "ExpiryClock",
    "ExpiryEnd",
    "Explanation",
    "Field",
    "FieldCompares",
    "FieldIn",
    "FieldKnown",
    "Finding",
    "FindingKind",
    "FirstPurchaseSince",
    "Flat",
    "FlexiRate",
    "FreeUnits",
    "Grain",
    "Group",
    "HasProducts",
    "History",
    "InSegment",
    "Ledger",
    "Liability",
    "LotUses",
    "Lots",
    "MoneyBase",
    "Multiply",
    "Never",
    "Not",
    "NthPurchase",
    "Or",
    "Overdraft",
    "PaidWithPoints",
    "Payments",
    "PerPoint",
    "PerSpend",
    "PerUnit",
    "PercentOff",
    "Policies",
    "Preview",
    "PriceBase",
    "PriceLevel",
    "Programme",
    "ProgrammeComparison",
    "ProgrammeReturn",
    "ReasonCode",
    "Redemption",
    "RedemptionCode",
    "RedemptionOrder",
    "RedemptionReason",
    "Redemptions",
    "Referral",
    "Resolution",
    "ReturnAmount",
    "ReturnDebit",
    "ReturnMatch",
    "Returns",
    "Rolling",
    "Rounded",
    "RoundingLevel",
    "RuleReason",
    "Scope",
    "State",
    "Store",
    "TaxBase",
    "Tender",
    "ThresholdBase",
    "ThresholdSide",
    "Tier",
    "TierApplies",
    "TierAtLeast",
    "TierCounter",
    "TierHistory",
    "TierKept",
    "TierWindow",
    "TieredPercent",
    "Tiers",
    "TimeOfDay",
    "Transfers",
    "UnitOrder",
    "Unmatched",
    "Weekday",
    "Window",
    "break_even_lift",
    "breakage",
    "compare",
    "evaluate",
    "liability",
    "points_revenue",
    "preview",
    "programme_return",
]
