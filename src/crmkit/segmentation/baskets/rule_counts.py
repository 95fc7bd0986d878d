"""What was counted for rules that are numbers of itemsets."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.itemsets.simpler import Rules
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import RuleCounts, metric
from crmkit.typing import MetricName, NumberArray

_OF_SINGLE_ITEMS = ("all_confidence", "cross_support")


def rule_counts(itemsets: Itemsets, rules: Rules, min_confidence: float = 0.0) -> RuleCounts:
    """Look up the counts of both sides and of the whole."""
    counts = np.append(itemsets.counts, itemsets.n_baskets)  # the empty set, at -1
    n = max(itemsets.n_baskets, 1)  # without baskets there are no rules either
    return RuleCounts(
        both=counts[rules.both],
        antecedent=counts[rules.antecedent],
        consequent=counts[rules.consequent],
        n=n,
        min_support=itemsets.min_count / n,
        min_confidence=min(min_confidence, 1.0),  # above 1 there are no rules
    )


def rule_metric(
    name: MetricName, counts: RuleCounts, itemsets: Itemsets, rules: Rules, smoothing: float = 0.0
) -> NumberArray:
    """Compute a figure; the counts of single products are looked up where it is about these."""
    if name in _OF_SINGLE_ITEMS:
        if itemsets.item_counts is None:
            raise InvalidArgumentError(
                f"{name!r} needs the counts of single products, and these itemsets lack some."
            )
        rarest, commonest = (single[rules.both] for single in itemsets.item_counts)
        counts = attrs.evolve(counts, rarest_item=rarest, commonest_item=commonest)
    return metric(name, counts, smoothing=smoothing)
