"""Which products stand in for one another: bought together less often than chance has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.multiple_testing import adjusted
from crmkit.data import Labels
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.bases import Base, MarginsOf, base_of, categories
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.coexistence import WhileBothSold, times_of
from crmkit.segmentation.baskets.repulsion import Repelled, repelled_pairs
from crmkit.segmentation.baskets.significance import proven_alpha
from crmkit.typing import Adjustment, BoolArray, CodeArray, FloatArray, IntArray, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Substitutes(Answer):
    """Pairs of products that are bought together less often than chance has it.

    The strongest evidence stands first, the commoner product of a pair on the left. As a frame:
    product_a, product_b, together, expected, lift, usual_lift, p, p_adjusted, count_a, count_b,
    baskets; within categories also the category. Nothing here tells products that
    replace each other from products for different people: `similar_products` does, by customers.

    Attributes:
        products: the catalogue.
        a: code of the commoner product, int32.
        b: code of the other, int32.
        together: baskets with both, int64; often 0.
        count_a: baskets with the one.
        count_b: baskets with the other.
        baskets: baskets that count for the pair.
        usual_lift: lift of all pairs of the pair's category (or shop) taken together.
        log_p: log of the p-value, which ranks pairs whose p-value is 0 as a float.
        p_adjusted: the p-value, adjusted for the number of tests.
        n_tested: pairs that are common enough that standing apart could mean anything.
        n_baskets: baskets that count, those of all categories together.
        overall_lift: lift of all pairs taken together, NaN if there are none. Where it is far
            from 1 the sizes of baskets repel or attract, whatever is in them.
        within: the categories that pairs had to share, if any.
        without_category: products in baskets that have no category and were left out.
        min_size: the fewest products a basket had to hold to count.
        alpha: the largest adjusted p-value.
        adjust: how p-values were adjusted.
        coexisting: whether only baskets count while both products were sold.

    Examples:
        >>> from crmkit.segmentation import Baskets, substitutes
        >>> cola, pepsi = ["cola", "chips"], ["pepsi", "chips"]
        >>> found = substitutes(Baskets.from_lists([cola] * 20 + [pepsi] * 20))
        >>> found
        Substitutes(1 pair of 1 tested in 40 baskets at 0.05 (holm); lift of all pairs 0.8)
    """

    products: LabelArray = array()
    a: CodeArray = array()
    b: CodeArray = array()
    together: IntArray = array()
    count_a: IntArray = array()
    count_b: IntArray = array()
    baskets: IntArray = array()
    usual_lift: FloatArray = array()
    log_p: FloatArray = array()
    p_adjusted: FloatArray = array()
    n_tested: int
    n_baskets: int
    overall_lift: float = attrs.field(eq=False)  # NaN is not equal to itself
    within: Labels | None = None
    without_category: int = 0
    min_size: int
    alpha: float
    adjust: Adjustment
    coexisting: bool = False

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.a)

    def __repr__(self) -> str:
        """How many pairs of how many, and what all pairs do."""
        inside = "" if self.within is None else f" by {self.within.name}"
        left_out = self.without_category
        lost = f"; {check.counted(left_out, 'product')} without category" if left_out else ""
        return (
            f"Substitutes({check.counted(len(self), 'pair')} of {self.n_tested:,} tested in"
            f" {check.counted(self.n_baskets, 'basket')}{inside} at {self.alpha:g}"
            f" ({self.adjust}); lift of all pairs {self.overall_lift:.2g}{lost})"
        )

    @property
    def expected(self) -> FloatArray:
        """Baskets with both that chance would have brought about."""
        return self.count_a * self.count_b / self.baskets

    @property
    def lift(self) -> FloatArray:
        """Baskets with both as a share of those expected; below 1."""
        return self.baskets * self.together / (self.count_a * self.count_b)

    @property
    def p(self) -> FloatArray:
        """The probability that chance brings so few baskets with both, or fewer."""
        return np.exp(self.log_p)

    def where(self, mask: BoolArray) -> Self:
        """Return some of the pairs; what was tested stays.

        Args:
            mask: one boolean for each pair.

        Raises:
            InvalidArgumentError: the mask is not one boolean per pair.

        Examples:
            >>> from crmkit.segmentation import Baskets, substitutes
            >>> shop = [["cola", "chips"]] * 20 + [["pepsi", "chips"]] * 20
            >>> found = substitutes(Baskets.from_lists(shop))
            >>> len(found.where(found.expected > 50))
            0
        """
        rows = check.line_mask(mask, len(self))
        counts = ("a", "b", "together", "count_a", "count_b", "baskets")
        columns = (*counts, "usual_lift", "log_p", "p_adjusted")
        return attrs.evolve(self, **{name: getattr(self, name)[rows] for name in columns})

    def _columns(self) -> dict[str, NDArray[Any]]:
        pair = {"product_a": self.products[self.a], "product_b": self.products[self.b]}
        figures = ("together", "expected", "lift", "usual_lift", "p", "p_adjusted")
        counts = ("count_a", "count_b", "baskets")
        columns = pair | {name: getattr(self, name) for name in (*figures, *counts)}
        if self.within is not None:
            category = self.within.codes_of(self.products)[self.a]
            columns[self.within.name] = np.array(self.within.names, dtype=object)[category]
        return columns


def substitutes(
    baskets: Baskets,
    *,
    within: Mapping[Any, str] | Labels | None = None,
    min_size: int | None = None,
    alpha: float = 0.05,
    adjust: Adjustment = "holm",
    coexisting: bool = False,
) -> Substitutes:
    """Find pairs of products that are bought together less often than chance has it.

    Pairs that no basket holds are judged as well. A pair is tested if it is common enough that
    never standing together would be significant after correction for all pairs tested, that is if
    P(C = 0) <= alpha / m; about -log(alpha / m) baskets with both must be expected. Fisher's exact
    test, one-sided: P(C <= baskets with both) when the baskets with the one lie at random.

    What baskets count decides what is found. A basket of one product repels all others from it, so
    in a whole shop it does not count. Large baskets next to small ones make nearly every pair look
    attracted and hide the weaker substitutes; no correction is made for that.

    With `within` only pairs of one category are tested, which is what a retailer means, and fewer
    tests find more. They are counted in all baskets. Counted among the baskets that hold something
    of the category (*min_size* 1 or more) many more are found, but by choice of baskets: who came
    for one of its products mostly takes no other, and products that have nothing to do with each
    other repel there, the commonest most. Take such pairs for candidates, with lifts far below
    their `usual_lift`.

    Args:
        baskets: which products are in which baskets, all of one level.
        within: the category of each product, as a mapping or as labels of products. Products
            without a category are left out.
        min_size: the fewest products (of the category) that a basket must hold to count: 0 for all
            baskets, 1 for those that hold any. If not given, 2 in a whole shop, 0 within
            categories.
        alpha: the largest adjusted p-value to keep, above 0 and below 1.
        adjust: "holm" or "bonferroni" bound the chance of any false pair, "fdr_bh" the share of
            false ones among those found, "fdr_by" likewise whatever depends on what.
        coexisting: count for each pair only the baskets from the later first sale to the earlier
            last one of its two products, so that successors are not taken for substitutes. Which
            pairs are tested still depends on the counts of the whole time.

    Raises:
        InvalidArgumentError: an option outside its domain, categories that are none of products,
            baskets of several levels, or *coexisting* where baskets have no time.

    Time: the sum of squared basket sizes, and a microsecond for each pair tested. Memory: 50 bytes
    for each pair of a p-value up to *alpha*, and some 100 MB.

    Source: Tarone (1990) for what is testable; Holm (1979).

    Examples:
        >>> from crmkit.segmentation import Baskets, substitutes
        >>> shop = [["cola", "chips"]] * 20 + [["pepsi", "chips"]] * 20
        >>> substitutes(Baskets.from_lists(shop)).to_frame().iloc[0, :5].to_dict()
        {'product_a': 'cola', 'product_b': 'pepsi', 'together': 0, 'expected': 10.0, 'lift': 0.0}
    """
    check.instance(baskets, Baskets, "baskets", "Baskets.from_lists(...) makes them.")
    check.choice(adjust, Adjustment, "adjust")
    _prove_one_level(baskets)
    labels = categories(within)
    size = _fewest_products(min_size, labels)
    base = base_of(baskets, labels, size)
    counting = WhileBothSold(base, times_of(baskets)) if coexisting else base.margins_of
    pairs, p_adjusted, n_tested = _significant(base, proven_alpha(alpha), adjust, counting)
    return Substitutes(
        **_columns_of(pairs, p_adjusted, base.usual_lift()[base.category_of[pairs.first]]),
        products=baskets.products,
        n_tested=n_tested,
        n_baskets=base.n_baskets,
        overall_lift=base.overall_lift(),
        within=labels,
        without_category=int(np.count_nonzero(base.category_of[np.unique(baskets.items)] < 0)),
        min_size=size,
        alpha=alpha,
        adjust=adjust,
        coexisting=coexisting,
        frame_kind=baskets.frame_kind,
    )


def _fewest_products(min_size: int | None, within: Labels | None) -> int:
    if min_size is None:
        return 2 if within is None else 0
    return check.whole_number(min_size, "min_size", at_least=0)


def _prove_one_level(baskets: Baskets) -> None:
    if baskets.relatives is not None:
        raise InvalidArgumentError(
            "substitutes are products of one level, and these baskets hold several; say"
            " Baskets.from_transactions(tx, level='product'), or within= for categories."
        )


def _significant(
    base: Base, alpha: float, adjust: Adjustment, counting: MarginsOf
) -> tuple[Repelled, FloatArray, int]:
    pairs, n_tested = repelled_pairs(base, alpha, counting)
    p_adjusted = adjusted(np.exp(pairs.log_p), adjust, n_tested)
    kept = p_adjusted <= alpha
    return pairs.some(kept), p_adjusted[kept], n_tested


def _columns_of(
    pairs: Repelled, p_adjusted: FloatArray, usual_lift: FloatArray
) -> dict[str, NDArray[Any]]:
    """Put the commoner product of each pair on the left, and the strongest evidence first."""
    swapped = (pairs.count_first < pairs.count_second) | (
        (pairs.count_first == pairs.count_second) & (pairs.first > pairs.second)
    )
    a = np.where(swapped, pairs.second, pairs.first).astype(np.int32)
    b = np.where(swapped, pairs.first, pairs.second).astype(np.int32)
    columns: dict[str, NDArray[Any]] = {
        "a": a,
        "b": b,
        "together": pairs.together,
        "count_a": np.maximum(pairs.count_first, pairs.count_second),
        "count_b": np.minimum(pairs.count_first, pairs.count_second),
        "baskets": pairs.baskets,
        "usual_lift": usual_lift,
        "log_p": pairs.log_p,
        "p_adjusted": p_adjusted,
    }
    order = np.lexsort((b, a, pairs.log_p))
    return {name: values[order] for name, values in columns.items()}
