"""Association rules with the twelve metrics of mlxtend: mlxtend against crmkit.

    python benchmarks/peers/rules.py --rounds 5

Both start from the same frequent itemsets, crmkit from its arrays, mlxtend from its frame, and end
with all rules and all twelve figures; antecedents, consequents and figures are compared first.
Fisher's test of 100,000 rules is timed beside it, against the loop of scipy.stats on a part.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import association_rules as of_mlxtend
from scipy.stats import hypergeom

from crmkit.segmentation import (
    AssociationRules,
    Itemsets,
    RuleCounts,
    association_rules,
    frequent_itemsets,
    metric,
)
from crmkit.typing import MetricName
from itemsets import from_file, ours_baskets
from side_by_side import compare, heading

METRICS: dict[str, MetricName] = {
    "antecedent support": "coverage",
    "consequent support": "consequent_support",
    "support": "support",
    "confidence": "confidence",
    "lift": "lift",
    "representativity": "representativity",
    "leverage": "leverage",
    "conviction": "conviction",
    "zhangs_metric": "zhang",
    "jaccard": "jaccard",
    "certainty": "certainty",
    "kulczynski": "kulczynski",
}
LOOPED = 500


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    heading("Association rules", ("crmkit", "numpy", "scipy", "pandas", "mlxtend"))
    for share in (0.3, 0.25):
        run(share, 0.1, rounds)
    fisher(rounds)


def run(share: float, confidence: float, rounds: int) -> None:
    task = from_file("mushroom", share)
    itemsets = frequent_itemsets(ours_baskets(task), task.count)
    frame = frame_of(itemsets)
    check_equal(itemsets, frame, confidence)
    rules = association_rules(itemsets, min_confidence=confidence)
    contenders = {
        "crmkit, rules and metrics": lambda: judged(fresh(itemsets), confidence),
        "mlxtend association_rules": lambda: of_mlxtend(frame, min_threshold=confidence),
    }
    compare(f"mushroom {share:.0%}, {len(rules):,} rules", contenders, rounds=rounds)


def frame_of(itemsets: Itemsets) -> pd.DataFrame:
    sets = [frozenset(labels) for labels in itemsets.labels()]
    return pd.DataFrame({"support": itemsets.support, "itemsets": sets})


def fresh(itemsets: Itemsets) -> Itemsets:
    """Return equal itemsets that remember nothing of earlier rules."""
    return Itemsets(
        products=itemsets.products,
        items=itemsets.items,
        starts=itemsets.starts,
        counts=itemsets.counts,
        n_baskets=itemsets.n_baskets,
        min_count=itemsets.min_count,
    )


def judged(itemsets: Itemsets, confidence: float) -> tuple[AssociationRules, list[np.ndarray]]:
    rules = association_rules(itemsets, min_confidence=confidence)
    return rules, [rules.metric(name) for name in METRICS.values()]


def check_equal(itemsets: Itemsets, frame: pd.DataFrame, confidence: float) -> None:
    theirs = of_mlxtend(frame, min_threshold=confidence)
    rules = association_rules(itemsets, min_confidence=confidence)
    ours = pd.DataFrame(rules.to_frame(metrics=tuple(METRICS.values())))
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    ours = ours.iloc[places(ours["antecedent"], ours["consequent"])]
    theirs = theirs.iloc[places(theirs["antecedents"], theirs["consequents"])]
    for name, own in METRICS.items():
        assert np.allclose(theirs[name], ours[own], equal_nan=True), name


def places(left: pd.Series, right: pd.Series) -> Sequence[int]:
    keys = [(sorted(x), sorted(y)) for x, y in zip(left, right, strict=True)]
    return sorted(range(len(keys)), key=keys.__getitem__)


def fisher(rounds: int, rules: int = 100_000, baskets: int = 100_000) -> None:
    rng = np.random.default_rng(3)
    left, right = (rng.integers(100, 20_000, rules) for _ in range(2))
    both = rng.hypergeometric(right, baskets - right, left)
    counts = RuleCounts(both=both, antecedent=left, consequent=right, n=baskets)
    part = slice(LOOPED)
    tail = hypergeom.sf(both[part] - 1, baskets, right[part], left[part])
    assert np.allclose(metric("fisher_p", counts)[part], tail, rtol=1e-8)

    def ours() -> object:
        fresh_counts = RuleCounts(both=both, antecedent=left, consequent=right, n=baskets)
        return metric("fisher_p", fresh_counts)

    contenders = {
        f"crmkit, {rules:,} rules": ours,
        f"scipy.stats.hypergeom.sf, {LOOPED:,} of them": lambda: hypergeom.sf(
            both[part] - 1, baskets, right[part], left[part]
        ),
    }
    compare("Fisher's exact test", contenders, rounds=rounds)


if __name__ == "__main__":
    main()
