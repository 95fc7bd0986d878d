"""Which pairs of products are together less often than chance has it?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.hypergeometric import log_lower_tail
from crmkit._kernels.itemsets.sharing import Shared, only_items, shared_rows
from crmkit._kernels.ragged import positions_within, starts_of
from crmkit._kernels.testability import Partners, testable_pairs
from crmkit.segmentation.baskets.bases import Base, MarginsOf
from crmkit.typing import BoolArray, FloatArray, IntArray


class Repelled(NamedTuple):
    """Pairs of products: their codes, baskets with both, margins, log P(as few by chance)."""

    first: IntArray
    second: IntArray
    together: IntArray
    baskets: IntArray
    count_first: IntArray
    count_second: IntArray
    log_p: FloatArray

    def some(self, rows: BoolArray | NDArray[np.intp]) -> Repelled:
        """Return some of the pairs."""
        return Repelled._make(column[rows] for column in self)


def repelled_pairs(base: Base, alpha: float, margins_of: MarginsOf) -> tuple[Repelled, int]:
    """Return the pairs of a p-value of at most *alpha*, and how many could have had it.

    Time: the sum of squared basket sizes, and a microsecond for each testable pair. Memory: the
    answer, and some 100 MB.
    """
    products = np.flatnonzero(base.counts)
    partners = testable_pairs(base.margins(products), alpha)
    products = products[partners.order]
    source = only_items(base.parts, products)
    found = []
    for shared in shared_rows(source, extra=partners.stop - partners.first):
        first, second, together = _tested(shared, partners)
        found.append(_unlikely(products[first], products[second], together, alpha, margins_of))
    return _joined(found), partners.total


def _tested(shared: Shared, partners: Partners) -> tuple[IntArray, IntArray, IntArray]:
    """Return the testable pairs of a block and how often each is together, 0 included."""
    begin, stop = partners.first[shared.items], partners.stop[shared.items]
    offset = starts_of(stop - begin)
    step = shared.second - begin[shared.first]
    testable = (step >= 0) & (shared.second < stop[shared.first])
    together = np.zeros(offset[-1], dtype=np.int64)
    together[offset[shared.first[testable]] + step[testable]] = shared.rows[testable]
    items = np.arange(shared.items.start, shared.items.stop)
    first = np.repeat(items, stop - begin)
    return first, np.repeat(begin, stop - begin) + positions_within(stop - begin), together


def _unlikely(
    first: IntArray, second: IntArray, together: IntArray, alpha: float, margins_of: MarginsOf
) -> Repelled:
    margins = margins_of(first, second)
    pairs = Repelled(first, second, together, *margins, np.zeros(len(first)))
    # At its mean or above it a count has passed its median: no p-value there is below one half.
    pairs = pairs.some(together * margins.baskets < margins.first * margins.second)
    log_p = log_lower_tail(pairs.together, pairs.count_first, pairs.count_second, pairs.baskets)
    return pairs._replace(log_p=log_p).some(np.exp(log_p) <= alpha)


def _joined(parts: list[Repelled]) -> Repelled:
    nothing = np.zeros(0, dtype=np.int64)
    none = Repelled(nothing, nothing, nothing, nothing, nothing, nothing, np.zeros(0))
    return Repelled._make(map(np.concatenate, zip(none, *parts, strict=True)))
