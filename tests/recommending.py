"""Recommendations in plain Python, straight from the definition, and rules to try them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from crmkit.segmentation import AssociationRules, Baskets, association_rules, frequent_itemsets

Pick = tuple[Any, int]  # product and rule id


class Rule(NamedTuple):
    """One rule with the counts of its sides, and its id."""

    number: int
    antecedent: tuple[str, ...]
    consequent: tuple[str, ...]
    both: int
    left: int
    right: int

    def confidence(self) -> Fraction:
        return Fraction(self.both, self.left)

    def lift(self, n: int) -> Fraction:
        return self.confidence() * n / self.right


def rules_in(rules: AssociationRules) -> list[Rule]:
    """List the rules as a frame does, without reading a frame."""
    sets = rules.itemsets
    counts = [*sets.counts.tolist(), sets.n_baskets]
    labels: list[tuple[str, ...]] = [sets.labels_of(k) for k in range(len(sets))]
    labels.append(())
    sides = (rules.ids, rules.antecedent, rules.consequent, rules.both)
    found = [
        Rule(number, labels[x], labels[y], counts[xy], counts[x], counts[y])
        for number, x, y, xy in zip(*(side.tolist() for side in sides), strict=True)
    ]
    return sorted(found, key=_listed)


def _listed(rule: Rule) -> Any:
    return (
        (len(rule.antecedent), -rule.left, rule.antecedent),
        (len(rule.consequent), -rule.right, rule.consequent),
    )


def best_products(
    rules: Sequence[Rule],
    basket: set[str],
    k: int,
    *,
    n: int,
    by: str = "confidence",
    exclude_owned: bool = True,
    weight: Mapping[str, int] | None = None,
) -> list[Pick]:
    """Rank the products that rules call for in one basket."""
    best: dict[str, Any] = {}
    for place, rule in enumerate(rules):
        if not set(rule.antecedent) <= basket:
            continue
        figure = rule.confidence() if by == "confidence" else rule.lift(n)
        for product in rule.consequent:
            worth = 1 if weight is None else weight[product]
            key = (-figure * worth, -rule.both, -rule.right, product, place)
            if worth > 0 and not (exclude_owned and product in basket):
                best[product] = min(best.get(product, key), key)
    ranked = sorted((key, product) for product, key in best.items())
    return [(product, rules[key[-1]].number) for key, product in ranked[:k]]


PRODUCTS = "abcdef"
LISTS = st.lists(st.lists(st.sampled_from(PRODUCTS), max_size=5), min_size=1, max_size=12)


@st.composite
def some_rules(draw: st.DrawFn) -> AssociationRules:
    """Rules of a few small baskets, some with empty antecedents."""
    itemsets = frequent_itemsets(Baskets.from_lists(draw(LISTS), products=list(PRODUCTS)), 1)
    return association_rules(
        itemsets,
        min_confidence=draw(st.sampled_from([0.1, 0.5, 0.9])),
        max_consequent=draw(st.sampled_from([None, 1])),
        empty_antecedent=draw(st.booleans()),
    )
