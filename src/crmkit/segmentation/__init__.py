"""Who your customers are: RFM scores and named segments."""

from crmkit.segmentation.baskets import (
    METRICS,
    AssociationRules,
    Baskets,
    Interval,
    Itemsets,
    Metric,
    ProfitableItemsets,
    RuleCounts,
    Significance,
    TopItemsets,
    association_rules,
    count_itemsets,
    frequent_itemsets,
    metric,
    profitable_itemsets,
    top_itemsets,
)
from crmkit.segmentation.presets import (
    PYMC_MARKETING,
    RECENCY_FREQUENCY_GRID,
    RFM_PYPI,
    RSQUARED_ACADEMY_V02,
    RSQUARED_ACADEMY_V03,
)
from crmkit.segmentation.profile import LeftOut, SegmentProfile, Typical
from crmkit.segmentation.rfm import RfmScores, rfm
from crmkit.segmentation.rfm_cuts import RfmCuts, RfmMeasures, RfmTriples
from crmkit.segmentation.rfm_recipe import Thresholds
from crmkit.segmentation.segments import (
    STANDARD_SEGMENTS,
    RuleCheck,
    SegmentRule,
    SegmentRules,
)

__all__ = [
    "METRICS",
    "PYMC_MARKETING",
    "RECENCY_FREQUENCY_GRID",
    "RFM_PYPI",
    "RSQUARED_ACADEMY_V02",
    "RSQUARED_ACADEMY_V03",
    "STANDARD_SEGMENTS",
    "AssociationRules",
    "Baskets",
    "Interval",
    "Itemsets",
    "LeftOut",
    "Metric",
    "ProfitableItemsets",
    "RfmCuts",
    "RfmMeasures",
    "RfmScores",
    "RfmTriples",
    "RuleCheck",
    "RuleCounts",
    "SegmentProfile",
    "SegmentRule",
    "SegmentRules",
    "Significance",
    "Thresholds",
    "TopItemsets",
    "Typical",
    "association_rules",
    "count_itemsets",
    "frequent_itemsets",
    "metric",
    "profitable_itemsets",
    "rfm",
    "top_itemsets",
]
