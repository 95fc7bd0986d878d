"""What is bought together: baskets, itemsets, rules."""

from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.counting import count_itemsets
from crmkit.segmentation.baskets.generation import association_rules
from crmkit.segmentation.baskets.intervals import Interval
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import METRICS, Metric, RuleCounts, metric
from crmkit.segmentation.baskets.mining import frequent_itemsets
from crmkit.segmentation.baskets.profit import ProfitableItemsets, profitable_itemsets
from crmkit.segmentation.baskets.rules import AssociationRules
from crmkit.segmentation.baskets.significance import Significance
from crmkit.segmentation.baskets.top import TopItemsets, top_itemsets

__all__ = [
    "METRICS",
    "AssociationRules",
    "Baskets",
    "Interval",
    "Itemsets",
    "Metric",
    "ProfitableItemsets",
    "RuleCounts",
    "Significance",
    "TopItemsets",
    "association_rules",
    "count_itemsets",
    "frequent_itemsets",
    "metric",
    "profitable_itemsets",
    "top_itemsets",
]
