"""Does a rule say more than simpler ones?"""

from __future__ import annotations

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.itemsets.simpler import Rules, simpler_rules
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import METRICS
from crmkit.segmentation.baskets.rule_counts import rule_counts, rule_metric
from crmkit.typing import FloatArray, MetricName


def improvements(itemsets: Itemsets, rules: Rules, measure: MetricName) -> FloatArray:
    """Return by how much each rule beats the best rule with a part of its antecedent.

    Equal counts give equal floats, so ties are exactly 0.
    """
    check.choice(measure, MetricName, "measure")
    strong = METRICS[measure].strong_when
    if strong is None:
        raise InvalidArgumentError(
            f"{measure!r} has no strong end, so no rule is better by it; take e.g. 'confidence'."
        )
    sizes = np.append(itemsets.sizes, 0)  # the empty set, at -1
    made = simpler_rules(
        itemsets.lattice, rules, (sizes[rules.antecedent], sizes[rules.consequent])
    )
    counts = rule_counts(itemsets, made.rules)
    figures = rule_metric(measure, counts, itemsets, made.rules).astype(np.float64)
    strength = -figures if strong == "low" else figures
    return strength[made.asked] - made.best_simpler(strength)
