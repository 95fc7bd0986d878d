"""What rules say for products, the strongest word first.

A rule X -> {a, b} makes two claims: who holds X wants a, and wants b.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.grouping import occurring
from crmkit._kernels.itemsets.firing import Antecedents, Book
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.ragged import positions_of, starts_of
from crmkit.errors import InvalidArgumentError, MeaninglessScoreWarning
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.catalogue import find, objects
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import METRICS
from crmkit.typing import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    LabelArray,
    MetricName,
    ProductWeights,
)

if TYPE_CHECKING:
    from crmkit.segmentation.baskets.rules import AssociationRules

_PROBABILITIES = ("confidence", "laplace", "added_value", "difference_of_confidence")
"""Figures whose product with money is money: what is gained, or gained beyond chance."""
_NAMED = 5
"""Products that one error names."""


class Claims(NamedTuple):
    """What rules say for products, the strongest first; one element for each claim.

    Attributes:
        antecedents: the different left sides of the rules.
        antecedent: which of them makes the claim.
        rule: the place of the rule among the rules.
        product: for which product of their catalogue.
        score: the figure asked for, times what the product is worth.
    """

    antecedents: Antecedents
    antecedent: CodeArray
    rule: IntArray
    product: CodeArray
    score: FloatArray

    def of(self, rows: IntArray | BoolArray) -> Claims:
        """Return some of the claims."""
        return Claims(
            self.antecedents,
            self.antecedent[rows],
            self.rule[rows],
            self.product[rows],
            self.score[rows],
        )

    def worth_showing(self, weight: FloatArray | None) -> Claims:
        """Keep what has a score and is worth something; of equal claims for a product the best."""
        kept = ~np.isnan(self.score)
        if weight is not None:
            kept &= weight[self.product] > 0
        some = self.of(kept)
        pairs = some.antecedent * (some.product.max(initial=0) + np.int64(1)) + some.product
        return some.of(np.sort(np.unique(pairs, return_index=True)[1]))

    def book(self) -> Book:
        """Arrange them to be looked up."""
        return Book.of(self.antecedents, self.antecedent, self.product)


def claims_of(rules: AssociationRules, by: MetricName, weight: FloatArray | None) -> Claims:
    """Make the claims of all rules.

    Equal scores stand by the count of the rule, the count of its consequent, the product's label,
    and last by where a frame lists the rule: simple and common antecedents first.
    """
    counts, listed = rules.counts, np.empty(len(rules), dtype=np.int64)
    listed[rules.order()] = np.arange(len(rules))
    rule, product = _consequents(rules)
    score = rules.metric(by).astype(np.float64)[rule]
    if weight is not None:
        score *= weight[product]
    strength = score if weight is None else _steady(score)
    weakness = strength if METRICS[by].strong_when == "low" else -strength
    ties = (listed[rule], product, -counts.consequent[rule], -counts.both[rule])
    best = np.lexsort((*ties, weakness))
    numbers, antecedent = np.unique(rules.antecedent, return_inverse=True)
    return Claims(
        _antecedents(rules.itemsets, numbers),
        antecedent.astype(np.int32)[rule[best]],
        rule[best],
        product[best],
        score[best],
    )


def _steady(scores: FloatArray) -> FloatArray:
    """Drop the last bits, so that equal gains tie: 3 x 2/5 is 2 x 3/5."""
    mantissa, exponent = np.frexp(scores)
    return np.asarray(np.ldexp(np.round(mantissa * 2.0**46), exponent - 46))


def _consequents(rules: AssociationRules) -> tuple[IntArray, CodeArray]:
    """Return pairs of a rule and a product on its right."""
    itemsets = rules.itemsets
    sizes = itemsets.sizes[rules.consequent]
    at = positions_of(itemsets.starts[rules.consequent], sizes)
    return np.repeat(np.arange(len(rules)), sizes), itemsets.items[at]


def _antecedents(itemsets: Itemsets, numbers: CodeArray) -> Antecedents:
    sizes = np.append(itemsets.sizes, 0)[numbers]  # the empty set, at -1
    at = positions_of(itemsets.starts[numbers], sizes)
    return Antecedents.of(Incidence(starts_of(sizes), itemsets.items[at], len(itemsets.products)))


# --- rows ----------------------------------------------------------------------------------------


def known_rows(products: LabelArray, baskets: Baskets) -> tuple[Incidence, tuple[object, ...]]:
    """Return baskets in codes of another catalogue, and the labels that it does not have."""
    items = find(products, baskets.products)[baskets.items]
    known = items >= 0
    lost = occurring(baskets.items[~known], len(baskets.products))
    unknown = (*baskets.unknown, *baskets.products[lost].tolist())
    return Incidence(starts_of(known)[baskets.starts], items[known], len(products)), unknown


# --- options -------------------------------------------------------------------------------------


def prove_metric(by: MetricName) -> None:
    """Prove that a metric can rank products."""
    check.choice(by, MetricName, "by")
    if METRICS[by].strong_when is None and by not in ("support", "count"):
        raise InvalidArgumentError(
            f"{by!r} has no strong end, so no product is better by it; take e.g. 'confidence'."
        )


def weight_along(
    rules: AssociationRules, weight: ProductWeights | None, by: MetricName
) -> FloatArray | None:
    """Return what each product of the catalogue is worth; NaN for those that are never needed."""
    if weight is None:
        return None
    _check_meaning(by)
    products = rules.itemsets.products
    values = (
        _looked_up(products, weight) if isinstance(weight, Mapping) else _along(products, weight)
    )
    _prove_known(rules, values, weight)
    return values


def _check_meaning(by: MetricName) -> None:
    if METRICS[by].strong_when == "low":
        raise InvalidArgumentError(
            f"{by!r} is strong when it is low, so times a weight it ranks nothing; take"
            " 'confidence', or leave the weight out."
        )
    if by not in _PROBABILITIES:
        check.warn(
            f"{by!r} times money is no expected gain: the order may still be of use, the score"
            f" means nothing. Meaningful are {', '.join(map(repr, _PROBABILITIES))}.",
            MeaninglessScoreWarning,
        )


def _looked_up(products: LabelArray, weight: Mapping[Any, float]) -> FloatArray:
    values = np.full(len(products), np.nan)
    codes = find(products, objects(weight))
    values[codes[codes >= 0]] = _numbers(list(weight.values()))[codes >= 0]
    return values


def _along(products: LabelArray, weight: object) -> FloatArray:
    # A Series would be read by position, whatever its index says.
    if not isinstance(weight, np.ndarray):
        raise InvalidArgumentError(
            "weight must be a mapping of product to value, or a numpy array along"
            f" rules.itemsets.products; got {type(weight).__name__}. Of a pandas Series with"
            " products as its index say weight.to_dict()."
        )
    if weight.shape != products.shape:
        raise InvalidArgumentError(
            f"weight must have one value for each of the {len(products):,} products of"
            f" rules.itemsets.products; got shape {weight.shape}."
        )
    return _numbers(weight)


def _numbers(values: object) -> FloatArray:
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"weight must hold numbers: {error}.") from error
    if np.isinf(numbers).any():
        raise InvalidArgumentError(
            "weight must hold finite numbers; one is infinite. Leave a product out of the rules"
            " (association_rules(consequent=...)) or give it 0, and it is not recommended."
        )
    return numbers


def _prove_known(rules: AssociationRules, values: FloatArray, weight: ProductWeights) -> None:
    products = rules.itemsets.products
    needed = occurring(_consequents(rules)[1], len(products))
    lost = products[needed & np.isnan(values)].tolist()
    if lost:
        known = weight if isinstance(weight, Mapping) else ()
        named = "\n".join(f"  {label!r}{check.hint(label, known)}" for label in lost[:_NAMED])
        more = f"\n  and {len(lost) - _NAMED:,} more" if len(lost) > _NAMED else ""
        raise InvalidArgumentError(
            f"weight has no value for {check.counted(len(lost), 'product')} that rules"
            f" recommend:\n{named}{more}\nGive each a value; 0 if it is not to be recommended."
        )
