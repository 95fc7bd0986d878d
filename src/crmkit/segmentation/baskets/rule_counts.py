"""What was counted for rules that are numbers of itemsets."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.itemsets.simpler import Rules
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import RuleCounts


def rule_counts(itemsets: Itemsets, rules: Rules, min_confidence: float = 0.0) -> RuleCounts:
    """Look up the counts of both sides, of the whole, and of the single products."""
    counts = np.append(itemsets.counts, itemsets.n_baskets)  # the empty set, at -1
    rarest, commonest = itemsets.item_counts or (None, None)
    return RuleCounts(
        both=counts[rules.both],
        antecedent=counts[rules.antecedent],
        consequent=counts[rules.consequent],
        # Of no baskets there are no rules, and figures of nothing need no baskets.
        n=itemsets.n_baskets if len(rules.both) else max(itemsets.n_baskets, 1),
        rarest_item=None if rarest is None else rarest[rules.both],
        commonest_item=None if commonest is None else commonest[rules.both],
        min_support=itemsets.min_count / itemsets.n_baskets if itemsets.n_baskets else 0.0,
        min_confidence=min_confidence,
    )
