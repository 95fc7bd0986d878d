"""Whose gaps speak for a product that has few? Levels from the shop down to the product."""

from __future__ import annotations

from typing import TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.grouping import changes
from crmkit.data import Transactions
from crmkit.lifecycle.cycles.observed import Observed
from crmkit.typing import CycleLevel, CycleUnit, IntArray, LabelArray

S = TypeVar("S", bound=np.generic)


@attrs.frozen(kw_only=True, eq=False)
class Level:
    """Items put together.

    Attributes:
        key: under which name its fits are reported.
        name: which level.
        ids: what the groups are called; one unnamed group for the shop.
        codes: the group of each item; -1 for none.
        least_gaps: a group with fewer completed gaps takes the cycle of the level above.
        alone: whether a group is one product, which says too little of the effect of units, and
            whose regularity and dropout are drawn to those of the level above.
    """

    key: str
    name: CycleLevel
    ids: LabelArray
    codes: IntArray
    least_gaps: int
    alone: bool

    @property
    def groups(self) -> int:
        """How many groups."""
        return len(self.ids)

    def rest(self, seen: Observed, below: Level) -> Level:
        """Return this level without the items that have a group of their own below."""
        own = below.of_items(below.gaps(seen) >= below.least_gaps, False)
        codes = np.where(own, -1, self.codes)
        key = f"rest_of_{self.key}"
        return attrs.evolve(self, key=key, codes=codes, alone=below.alone)

    def of_items(self, figures: NDArray[S], nothing: object) -> NDArray[S]:
        """Repeat a figure per group for each of its items; *nothing* for an item of no group."""
        return np.append(figures, np.asarray([nothing], dtype=figures.dtype))[self.codes]

    def gaps(self, seen: Observed) -> IntArray:
        """Count the completed gaps of each group."""
        return self._added_up(seen.gaps_per_item)

    def pairs(self, seen: Observed) -> IntArray:
        """Count the customers of each group, once for each item they bought."""
        return self._added_up(seen.pairs_per_item)

    def _added_up(self, counts: IntArray) -> IntArray:
        named = self.codes >= 0
        return np.bincount(self.codes[named], counts[named], self.groups).astype(np.int64)


def levels_of(
    tx: Transactions, seen: Observed, by: CycleUnit, least_gaps: int
) -> tuple[Level, ...]:
    """Return the levels from the shop down to the items, each followed by what it is a rest of.

    What has few repeat purchases is bought again more rarely than the rest of its shop or
    category, so the cycle it falls back on is learnt from its like: from those without a cycle of
    their own. A rest with too few gaps itself takes the whole's.
    """
    items = len(seen.items)
    shop = Level(
        key="shop",
        name="shop",
        ids=np.array([None], dtype=object),
        codes=np.zeros(items, dtype=np.int64),
        least_gaps=least_gaps,
        alone=False,
    )
    itself = Level(
        key=by,
        name=by,
        ids=seen.items,
        codes=np.arange(items),
        least_gaps=least_gaps,
        alone=by == "product",
    )
    if by == "category" or "category" not in tx.attributes:
        return shop, shop.rest(seen, itself), itself
    category = attrs.evolve(
        shop,
        key="category",
        name="category",
        ids=tx.attributes["category"].labels,
        codes=_categories(tx)[seen.codes],
    )
    return shop, shop.rest(seen, category), category, category.rest(seen, itself), itself


def _categories(tx: Transactions) -> IntArray:
    """Return the category of each product; -1 where its lines have none or do not agree."""
    assert tx.product is not None
    category = tx.attributes["category"]
    known = ~(tx.product.missing | category.missing)
    key = tx.product.codes[known] * np.int64(len(category.labels)) + category.codes[known]
    kinds = np.unique(key) if len(key) else key
    product = kinds // max(len(category.labels), 1)
    codes = np.full(len(tx.product.labels), -1, dtype=np.int64)
    codes[product] = kinds - product * len(category.labels)
    if len(product):
        codes[product[~changes(product)]] = -1
    return codes
