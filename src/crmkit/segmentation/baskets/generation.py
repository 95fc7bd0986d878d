"""Which products foretell which others?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.itemsets.lattice import Lattice
from crmkit._kernels.itemsets.rules import RuleBlock, Sides, rule_blocks, ways_to_split
from crmkit._kernels.itemsets.simpler import Rules
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.catalogue import codes_in
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.rule_counts import rule_counts, rule_metric
from crmkit.segmentation.baskets.rules import AssociationRules
from crmkit.typing import BoolArray, LabelArray, MetricBound, MetricName

MOST_RULES = 1_000_000_000
"""Rules that are judged in one call, in some ten seconds."""
_MOST_SUBSETS = 10_000_000

_Bounds = Mapping[MetricName, tuple[float, float]]


def association_rules(
    itemsets: Itemsets,
    *,
    min_confidence: float = 0.5,
    at_least: Mapping[MetricName, MetricBound] | None = None,
    antecedent: Iterable[Any] | None = None,
    consequent: Iterable[Any] | None = None,
    max_consequent: int | None = None,
    empty_antecedent: bool = False,
) -> AssociationRules:
    """Make all rules X -> Y of the itemsets that are confident enough.

    Confidence is compared on counts: 105 of 350 baskets reach 0.3 however many baskets there are.

    Args:
        itemsets: all frequent sets: a rule needs the counts of both of its sides. Of sets given by
            `Itemsets.from_counts`, rules that need a missing one are left out.
        min_confidence: the least share of baskets with X that hold Y. Above 1 no rule is left.
        at_least: lower bounds by metric, such as {"lift": 1.1}, or (lowest, highest).
        antecedent: the products that may stand on the left; any if not given.
        consequent: the products that may stand on the right; any if not given.
        max_consequent: the most products on the right.
        empty_antecedent: whether {} -> Y, with the share of Y as its confidence, is a rule too.

    Raises:
        InvalidArgumentError: an unknown product (near names are offered) or one named on both
            sides; no share, metric or bound; closed, maximal or generator sets; or so many rules
            to judge that it takes minutes (says how many, and how many of one product on the
            right).

    Time: the rules judged, some 10 ns each. Memory: 20 bytes for each rule kept.

    Source: Agrawal and Srikant (1994).

    Examples:
        >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
        >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
        >>> itemsets = frequent_itemsets(Baskets.from_lists(lists), 0.5)
        >>> association_rules(itemsets, min_confidence=0.6).to_frame(metrics=("confidence",))
          antecedent consequent  confidence
        0   (bread,)    (milk,)    0.666667
        1    (milk,)   (bread,)    0.666667
        2    (milk,)    (eggs,)    0.666667
        3    (eggs,)    (milk,)    1.000000
    """
    check.instance(itemsets, Itemsets, "itemsets", "frequent_itemsets(baskets, ...) makes them.")
    _prove_usable(itemsets, min_confidence)
    least = float(min_confidence)
    bounds = _bounds(at_least)
    sides = _sides(itemsets.products, antecedent, consequent, max_consequent, empty_antecedent)
    lattice = itemsets.lattice
    _prove_few_enough(lattice, sides)
    if not lattice.is_complete:
        lattice = _completed(itemsets)
    blocks = rule_blocks(lattice, itemsets.counts, sides, itemsets.n_baskets, least)
    kept = [_within(itemsets, block, bounds, least) for block in blocks]
    return _joined(itemsets, kept, least)


def _prove_usable(itemsets: Itemsets, min_confidence: float) -> None:
    if itemsets.kind != "frequent":
        raise InvalidArgumentError(
            f"rules need the counts of all subsets, and these are only the {itemsets.kind}"
            " itemsets. Mine with kind='frequent'."
        )
    if not check.real(min_confidence) >= 0:
        raise InvalidArgumentError(
            f"min_confidence must be a share, 0 or more; got {min_confidence!r}."
        )


def _bounds(at_least: Mapping[MetricName, MetricBound] | None) -> _Bounds:
    if at_least is None:
        return {}
    if not isinstance(at_least, Mapping):
        raise InvalidArgumentError(
            f"at_least has a bound for each metric, such as {{'lift': 1.1}}; got {at_least!r}."
        )
    return {
        check.choice(name, MetricName, "at_least"): _bound(name, bound)
        for name, bound in at_least.items()
    }


def _bound(name: MetricName, bound: MetricBound) -> tuple[float, float]:
    ends: tuple[Any, ...] = bound if isinstance(bound, tuple) else (bound, np.inf)
    if len(ends) != 2 or not all(isinstance(end, int | float | np.number) for end in ends):
        raise InvalidArgumentError(
            f"a bound is a number or (lowest, highest); that of {name!r} is {bound!r}."
        )
    return float(ends[0]), float(ends[1])


def _sides(
    products: LabelArray,
    antecedent: Iterable[Any] | None,
    consequent: Iterable[Any] | None,
    max_consequent: int | None,
    empty_antecedent: bool,
) -> Sides:
    left, right = _allowed(products, antecedent), _allowed(products, consequent)
    if left is not None and right is not None and (left & right).any():
        twice = products[np.flatnonzero(left & right)].tolist()
        raise InvalidArgumentError(
            f"{', '.join(map(repr, twice))} named for both sides; a product stands on one side of a"
            " rule. Leave the side free that does not matter."
        )
    if max_consequent is not None:
        check.whole_number(max_consequent, "max_consequent", at_least=1)
    if right is not None:
        # No rule has more products on the right than may stand there, so none is judged.
        allowed = int(right.sum())
        max_consequent = allowed if max_consequent is None else min(max_consequent, allowed)
    return Sides(left, right, max_consequent, empty_antecedent)


def _allowed(products: LabelArray, labels: Iterable[Any] | None) -> BoolArray | None:
    if labels is None:
        return None
    allowed = np.zeros(len(products), dtype=np.bool_)
    allowed[codes_in(products, labels)] = True
    return allowed


def _prove_few_enough(lattice: Lattice, sides: Sides) -> None:
    def judged(sides: Sides) -> int:
        sizes = enumerate(lattice.known.tolist(), start=1)
        return sum(sets * ways_to_split(size, sides) for size, sets in sizes)

    if judged(sides) > MOST_RULES:
        raise InvalidArgumentError(
            f"{judged(sides):,} rules would have to be judged, more than {MOST_RULES:,};"
            f" {judged(sides._replace(max_consequent=1)):,} with max_consequent=1. Limit the"
            " consequents, the size of the sets (max_len) or their number (min_support)."
        )


def _completed(itemsets: Itemsets) -> Lattice:
    subsets = int((2.0**itemsets.sizes).sum())
    if subsets > _MOST_SUBSETS:
        raise InvalidArgumentError(
            f"some subsets of these itemsets are missing, and to look for them among {subsets:,}"
            f" is too much (more than {_MOST_SUBSETS:,}). Mine all frequent sets, or give"
            " smaller ones."
        )
    return itemsets.lattice.completed(len(itemsets.products))


def _within(
    itemsets: Itemsets,
    block: RuleBlock,
    bounds: _Bounds,
    min_confidence: float,
) -> RuleBlock:
    if not bounds:
        return block
    counts = rule_counts(itemsets, block.rules, min_confidence)
    kept = np.ones(len(counts), dtype=np.bool_)
    for name, (low, high) in bounds.items():
        values = rule_metric(name, counts, itemsets, block.rules)
        kept &= (values >= low) & (values <= high)
    return RuleBlock(block.rules.of(np.flatnonzero(kept)), block.judged)


def _joined(itemsets: Itemsets, blocks: list[RuleBlock], min_confidence: float) -> AssociationRules:
    nothing = (np.zeros(0, dtype=np.int32),) * 3
    parts = zip(nothing, *(block.rules for block in blocks), strict=True)
    rules = Rules(*(np.concatenate(part) for part in parts))
    return AssociationRules(
        itemsets=itemsets,
        antecedent=rules.antecedent.astype(np.int32),
        consequent=rules.consequent.astype(np.int32),
        both=rules.both.astype(np.int32),
        ids=np.arange(len(rules.both)),
        min_confidence=min_confidence,
        n_evaluated=sum(block.judged for block in blocks),
        frame_kind=itemsets.frame_kind,
    )
