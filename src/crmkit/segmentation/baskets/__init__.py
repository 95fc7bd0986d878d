"""What is bought together: baskets, itemsets, rules."""

from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.counting import count_itemsets
from crmkit.segmentation.baskets.evaluate import RecommendationScores, RecommenderScore
from crmkit.segmentation.baskets.generation import association_rules
from crmkit.segmentation.baskets.intervals import Interval
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import METRICS, Metric, RuleCounts, metric
from crmkit.segmentation.baskets.mining import frequent_itemsets
from crmkit.segmentation.baskets.profit import ProfitableItemsets, profitable_itemsets
from crmkit.segmentation.baskets.recommend import FiredRules, Recommendations
from crmkit.segmentation.baskets.rules import AssociationRules
from crmkit.segmentation.baskets.significance import Significance
from crmkit.segmentation.baskets.similar import SimilarProducts, similar_products
from crmkit.segmentation.baskets.substitutes import Substitutes, substitutes
from crmkit.segmentation.baskets.top import TopItemsets, top_itemsets

__all__ = [
    "METRICS",
    "AssociationRules",
    "Baskets",
    "FiredRules",
    "Interval",
    "Itemsets",
    "Metric",
    "ProfitableItemsets",
    "RecommendationScores",
    "Recommendations",
    "RecommenderScore",
    "RuleCounts",
    "Significance",
    "SimilarProducts",
    "Substitutes",
    "TopItemsets",
    "association_rules",
    "count_itemsets",
    "frequent_itemsets",
    "metric",
    "profitable_itemsets",
    "similar_products",
    "substitutes",
    "top_itemsets",
]
