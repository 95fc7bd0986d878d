"""Does a rule say more than simpler ones?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.itemsets.lattice import Lattice
from crmkit._kernels.itemsets.simpler import EMPTY, Rules, simpler_rules
from crmkit._kernels.ragged import starts_of
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import METRICS
from crmkit.segmentation.baskets.rule_counts import rule_counts, rule_metric
from crmkit.typing import FloatArray, IntArray, MetricName

_UNKNOWN = -2
_OF_CHANCE = ("fisher_p", "hyper_confidence")
_ACCURACY = 1e-9  # of the log of a p-value
_LEAST = 5e-324  # the smallest float


def improvements(itemsets: Itemsets, rules: Rules, measure: MetricName) -> FloatArray:
    """Return by how much each rule beats the best rule with a part of its antecedent.

    Equal counts give equal floats, so ties are exactly 0; two infinite figures give NaN.
    """
    check.choice(measure, MetricName, "measure")
    if METRICS[measure].strong_when is None:
        raise InvalidArgumentError(
            f"{measure!r} has no strong end, so no rule is better by it; take e.g. 'confidence'."
        )
    sizes = np.append(itemsets.sizes, 0)  # the empty set, at -1
    whole = _Whole.of(itemsets)
    made = simpler_rules(
        whole.lattice,
        Rules(*(whole.place[part] for part in rules)),
        (sizes[rules.antecedent], sizes[rules.consequent]),
    )
    found = Rules(*(whole.itemset[part] for part in made.rules))
    strength = _strength(itemsets, found, measure)
    own, best = strength[made.asked], made.best_simpler(strength)
    if measure in _OF_CHANCE:
        return _less_by_chance(own, best)
    with np.errstate(invalid="ignore"):
        return own - best


def _strength(itemsets: Itemsets, rules: Rules, measure: MetricName) -> FloatArray:
    known = np.flatnonzero((rules.antecedent != _UNKNOWN) & (rules.both != _UNKNOWN))
    strength = np.full(len(rules.both), np.nan)
    strength[known] = _strength_of_known(itemsets, rules.of(known), measure)
    return strength


def _strength_of_known(itemsets: Itemsets, rules: Rules, measure: MetricName) -> FloatArray:
    counts = rule_counts(itemsets, rules)
    if measure in _OF_CHANCE:
        return -counts.log_fisher_p
    figures = rule_metric(measure, counts, itemsets, rules).astype(np.float64)
    return -figures if METRICS[measure].strong_when == "low" else figures


def _less_by_chance(own: FloatArray, best: FloatArray) -> FloatArray:
    """Return the difference of p-values whose logs are given, both times -1."""
    less = np.exp(-best) - np.exp(-own)
    # Logs tell p-values below 1e-308 apart, which are all 0; rounding is no improvement.
    better = own > best + _ACCURACY
    found: FloatArray = np.where(better, np.maximum(less, _LEAST), np.minimum(less, 0.0))
    return found


class _Whole(NamedTuple):
    """The itemsets with all their subsets: simpler rules are reached through these.

    Attributes:
        lattice: the sets; they have numbers of their own if some were not counted.
        place: the number there of each itemset, and of the empty set at -1.
        itemset: the itemset that each of them is.
    """

    lattice: Lattice
    place: IntArray
    itemset: IntArray

    @classmethod
    def of(cls, itemsets: Itemsets) -> _Whole:
        lattice = itemsets.lattice
        if not lattice.is_complete:
            lattice = lattice.completed(len(itemsets.products))
        starts = starts_of(np.array([len(items) for items in lattice.sizes], dtype=np.int64))
        shift = np.repeat(starts[:-1] - lattice.starts, lattice.known)
        place = np.append(np.arange(len(itemsets)) + shift, EMPTY)
        itemset = np.full(starts[-1] + 1, _UNKNOWN)
        itemset[place] = np.append(np.arange(len(itemsets)), EMPTY)
        return cls(lattice._replace(starts=starts[:-1]), place, itemset)
