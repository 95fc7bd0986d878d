"""Among which baskets is a pair of products counted?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.ragged import starts_of
from crmkit._kernels.testability import Margins
from crmkit.data import Labels
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.typing import CodeArray, FloatArray, IntArray


class PairMargins(NamedTuple):
    """Of each pair of products: the baskets that count, those with the one, with the other."""

    baskets: IntArray
    first: IntArray
    second: IntArray


MarginsOf = Callable[[IntArray, IntArray], PairMargins]
"""Counts what chance alone knows of pairs of products, given by their codes."""


class Base(NamedTuple):
    """Baskets cut into one part for each category they hold; a whole shop is one category.

    All that stands together in a part is of one category, so pairs are counted in all categories
    at once.

    Attributes:
        parts: products of each part.
        counts: parts with each product.
        basket: which basket each part is of.
        category: of each part.
        category_of: of each product; -1 for none.
        sizes: how many baskets count for each category.
        n_baskets: how many baskets count for some category.
        whole_shop: whether all baskets count for each category, also those without it.
    """

    parts: Incidence
    counts: IntArray
    basket: IntArray
    category: IntArray
    category_of: CodeArray
    sizes: IntArray
    n_baskets: int
    whole_shop: bool

    def margins(self, products: IntArray) -> Margins:
        """Return the counts of some products."""
        group = self.category_of[products].astype(np.int64)
        return Margins(group, self.counts[products], self.sizes)

    def margins_of(self, first: IntArray, second: IntArray) -> PairMargins:
        """Return the counts of pairs of products of one category."""
        sizes = self.sizes[self.category_of[first]]
        return PairMargins(sizes, self.counts[first], self.counts[second])

    def usual_lift(self) -> FloatArray:
        """Return the lift of all pairs of each category taken together; NaN without pairs."""
        together, expected = self._pairs()
        return together / np.where(expected > 0, expected, np.nan)

    def overall_lift(self) -> float:
        """Return the same of all categories taken together."""
        together, expected = (float(figures.sum()) for figures in self._pairs())
        return together / expected if expected > 0 else float("nan")

    def _pairs(self) -> tuple[FloatArray, FloatArray]:
        """Return how often two products are together in each category, and by chance would be."""
        n, size = len(self.sizes), np.diff(self.parts.starts)
        together = np.bincount(self.category, size * (size - 1.0), n)
        there = self.category_of >= 0
        category, count = self.category_of[there], self.counts[there]
        pairs = np.bincount(category, count, n) ** 2 - np.bincount(category, count**2, n)
        return together.astype(np.float64), pairs / np.maximum(self.sizes, 1)


def base_of(baskets: Baskets, within: Labels | None, min_size: int) -> Base:
    """Cut baskets by category, and keep the parts of at least *min_size* products."""
    if within is None:
        category_of, n_categories = np.zeros(len(baskets.products), dtype=np.int32), 1
    else:
        category_of, n_categories = within.codes_of(baskets.products), len(within.names)
    parts, whole = _parts_of(baskets, category_of, n_categories)
    parts, whole = _large(parts, whole, min_size)
    basket, category = np.divmod(whole, max(n_categories, 1))
    if min_size == 0:
        sizes, n_baskets = np.full(n_categories, len(baskets)), len(baskets)
    else:
        sizes = np.bincount(category, minlength=n_categories)
        n_baskets = int(np.count_nonzero(changes(basket))) if len(basket) else 0
    return Base(
        parts, parts.counts(), basket, category, category_of, sizes, n_baskets, min_size == 0
    )


def _parts_of(
    baskets: Baskets, category_of: CodeArray, n_categories: int
) -> tuple[Incidence, IntArray]:
    """Return the products of each basket and category, and basket x categories + category."""
    category = category_of[baskets.items]
    part = baskets.incidence.rows() * np.int64(n_categories) + category
    # Stable: the products of a part stay in ascending order.
    order = np.argsort(part, kind="stable")
    order = order[category[order] >= 0]
    part = part[order]
    heads = np.flatnonzero(changes(part)) if len(part) else np.zeros(0, dtype=np.int64)
    parts = Incidence(np.append(heads, len(part)), baskets.items[order], len(baskets.products))
    return parts, part[heads]


def _large(parts: Incidence, whole: IntArray, min_size: int) -> tuple[Incidence, IntArray]:
    sizes = np.diff(parts.starts)
    kept = sizes >= min_size
    items = parts.items[np.repeat(kept, sizes)]
    return Incidence(starts_of(sizes[kept]), items, parts.n_items), whole[kept]


def categories(within: Mapping[Any, str] | Labels | None) -> Labels | None:
    """Prove that *within* says of products which category they are of."""
    if within is None:
        return None
    if isinstance(within, Labels):
        if within.entity != "product":
            raise InvalidArgumentError(
                f"within must be labels of products; got the {within.name} of each"
                f" {within.entity}. Say Labels.from_mapping(..., entity='product', name=...)."
            )
        return within
    if not isinstance(within, Mapping):
        raise InvalidArgumentError(
            "within must be a mapping from product to category, such as {'cola': 'drinks'}, or"
            f" Labels of products; got {type(within).__name__}."
        )
    return Labels.from_mapping(within, entity="product", name="category")
