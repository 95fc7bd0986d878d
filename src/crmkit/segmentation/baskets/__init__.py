"""What is bought together."""

from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.mining import frequent_itemsets

__all__ = ["Baskets", "Itemsets", "frequent_itemsets"]
