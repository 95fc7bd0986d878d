"""Which sets of products are bought together most often, or most above chance?"""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.itemsets.expansion import Sets
from crmkit._kernels.ragged import starts_of
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.itemsets import Itemsets, itemsets_of
from crmkit.segmentation.baskets.mining import frequent_itemsets
from crmkit.segmentation.baskets.thresholds import min_count_of
from crmkit.typing import BoolArray, FloatArray, IntoSupport, TopMeasure

MAX_SETS = 1_000_000
_SAME = 1e-12
"""Lifts nearer than this are equal: their products were rounded in another order."""


@attrs.frozen(kw_only=True, repr=False)
class TopItemsets(Itemsets):
    """The best itemsets by support or lift, with all that tie at the last place.

    As a frame: itemset (a tuple of labels), size, count, support, and lift if that is what they
    are ranked by; the best first, equal ones by size, count and label order.

    Attributes:
        by: what they are ranked by.
        k: how many were asked for; there are more if some tie, fewer if there are no more.
        lift: float64, by how much each is bought more often than independent products would be;
            None if they are ranked by support.

    Examples:
        >>> from crmkit.segmentation import Baskets, top_itemsets
        >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
        >>> top_itemsets(Baskets.from_lists(lists), 3)
        TopItemsets(the 3 best by support are 5 with ties, in at least 2 of 4 baskets)
    """

    by: TopMeasure
    k: int
    lift: FloatArray | None = array(optional=True)

    def __repr__(self) -> str:
        """How many were asked for, how many came, and whether all are there."""
        more = f" are {len(self):,} with ties" if len(self) > self.k else ""
        fewer = f": there are {len(self):,}" if len(self) < self.k else ""
        bound = "" if self.complete else f"; incomplete: {self.reason}"
        return (
            f"TopItemsets(the {self.k:,} best by {self.by}{more}{fewer}, in at least"
            f" {self.min_count:,} of {self.n_baskets:,} baskets{bound})"
        )

    def order(self) -> NDArray[np.intp]:
        """Return the numbers of the sets as a frame lists them.

        The best first, equal ones by size, then the most frequent, then in label order.

        Examples:
            >>> from crmkit.segmentation import Baskets, top_itemsets
            >>> top = top_itemsets(Baskets.from_lists([["a", "b"], ["b"]]), 1)
            >>> top.labels(top.order())
            array([('b',)], dtype=object)
        """
        known = super().order()
        value = self.counts if self.lift is None else self.lift
        return known[np.argsort(-value[known], kind="stable")]

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns = super()._columns()
        return columns if self.lift is None else {**columns, "lift": self.lift[self.order()]}


def top_itemsets(
    baskets: Baskets,
    k: int,
    *,
    by: TopMeasure = "support",
    min_support: IntoSupport | None = None,
    min_size: int = 1,
    max_itemsets: int = MAX_SETS,
) -> TopItemsets:
    """Find the k best sets of products, by support or by lift.

    Sets that tie at the last place are all kept, so that more than k may come. By lift,
    n**(size - 1) * count / (product of the counts of its products), a floor of support is needed:
    without one the winners are sets that were bought once, together, by chance.

    Args:
        baskets: which products are in which baskets.
        k: how many sets, 1 or more.
        by: "support" or "lift".
        min_support: the least share or count of baskets, as in `frequent_itemsets`; by lift it
            must be given, by support 1 basket is enough.
        min_size: the smallest sets wanted. By lift it is 2 at least, as every single product has
            lift 1.
        max_itemsets: the most sets to look at. By support: if so many tie that there are more, the
            answer holds those above the tie; by lift, the best of all sets up to the largest size
            that fits. `complete` then is False, and `reason` says so.

    Raises:
        InvalidArgumentError: an option outside its domain; by lift, no *min_support*.

    By support, a count that so many sets reach is guessed from products and pairs, and moved up if
    too many sets reach it, down if too few: never all sets of one basket are looked at. Time is
    that of `frequent_itemsets` at the count of the last place, some times over.

    Examples:
        >>> from crmkit.segmentation import Baskets, top_itemsets
        >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
        >>> top_itemsets(Baskets.from_lists(lists), 1, by="lift", min_support=2).to_frame()
                itemset  size  count  support      lift
        0  (eggs, milk)     2      2      0.5  1.333333
    """
    check.instance(baskets, Baskets, "baskets", "Baskets.from_lists(...) makes them.")
    check.choice(by, TopMeasure, "by")
    check.whole_number(max_itemsets, "max_itemsets", at_least=1)
    if by == "lift" and min_support is None:
        raise InvalidArgumentError(
            "by='lift' needs min_support: sets bought once together have the highest lift of all,"
            " by chance. Say min_support=0.001, or a count."
        )
    floor = 1 if min_support is None else min_count_of(min_support, len(baskets))
    wanted = _Wanted(
        check.whole_number(k, "k", at_least=1),
        check.whole_number(min_size, "min_size", at_least=1),
        max_itemsets,
    )
    best = _by_support if by == "support" else _by_lift
    return best(baskets, wanted, floor)


class _Wanted(NamedTuple):
    """How many sets of which size, and how many to look at."""

    k: int
    min_size: int
    most: int

    def large_enough(self, found: Itemsets) -> BoolArray:
        return found.sizes >= self.min_size

    def last_count(self, found: Itemsets) -> int | None:
        """Return the count of the k-th set; None if there are fewer."""
        counts = found.counts[self.large_enough(found)]
        return None if len(counts) < self.k else int(np.partition(counts, -self.k)[-self.k])


# --- by support ----------------------------------------------------------------------------------


def _by_support(baskets: Baskets, wanted: _Wanted, floor: int) -> TopItemsets:
    found, too_many = _enough(baskets, wanted, floor)
    last = wanted.last_count(found) or found.min_count
    kept = wanted.large_enough(found) & (found.counts >= last)
    facts: dict[str, Any] = {"min_count": last, "complete": not too_many, "reason": ""}
    if too_many:
        facts["reason"] = (
            f"more than max_itemsets = {wanted.most:,} sets are in {too_many:,} baskets or more;"
            f" those in more than {too_many:,} are here"
        )
    return _top(found, kept, by="support", k=wanted.k, **facts)


def _enough(baskets: Baskets, wanted: _Wanted, floor: int) -> tuple[Itemsets, int]:
    """Return all sets of the highest count known to give enough, or of the lowest that is possible.

    And, where that is not the floor, the count that too many sets reach.
    """
    # At *low* and below there are too many sets to look at, at *high* too few to be enough.
    low, high = floor - 1, max(len(baskets), floor) + 1
    found = _nothing(baskets, high)
    count = max(_guess(baskets, wanted), floor)
    while high - low > 1:
        there = frequent_itemsets(baskets, count, max_itemsets=wanted.most)
        if not there.complete:
            low = count
        elif wanted.last_count(there) is None:
            found, high = there, count
        else:
            return there, 0
        # Halves until something is known from below, so that little is looked at in vain.
        count = (low + high) // 2 if low >= floor else max(high // 2, floor)
    return found, low if low >= floor else 0


def _nothing(baskets: Baskets, min_count: int) -> Itemsets:
    return itemsets_of(
        (),
        products=baskets.products,
        n_baskets=len(baskets),
        min_count=min_count,
        frame_kind=baskets.frame_kind,
    )


def _guess(baskets: Baskets, wanted: _Wanted) -> int:
    """Return the count of the k-th product, or a higher one that pairs show to be enough."""
    counts = np.sort(baskets.incidence.counts())[::-1]
    known = counts[counts > 0][: wanted.k]
    if len(known) == 0:
        return 1
    count = int(known[-1])
    pairs = frequent_itemsets(baskets, count, max_len=2, max_itemsets=wanted.most)
    return wanted.last_count(pairs) or count


# --- by lift -------------------------------------------------------------------------------------


def _by_lift(baskets: Baskets, wanted: _Wanted, floor: int) -> TopItemsets:
    found = frequent_itemsets(baskets, floor, max_itemsets=wanted.most)
    lift = _lift(found)
    candidates = found.sizes >= max(wanted.min_size, 2)
    values = lift[candidates]
    last = np.partition(values, -wanted.k)[-wanted.k] if len(values) >= wanted.k else 0.0
    kept = candidates & (lift >= last * (1 - _SAME))
    return _top(found, kept, by="lift", k=wanted.k, lift=lift[kept])


def _lift(found: Itemsets) -> FloatArray:
    """Return n**(size - 1) * count / (product of the counts of the items)."""
    n, lifts = found.n_baskets, [np.zeros(0)]
    single = np.ones(len(found.products))
    for sets in found.by_size[:1]:
        single[sets.items[:, 0]] = sets.counts
    for sets in found.by_size:
        # In order of their counts, so that sets of equal counts have equal lifts.
        of_items = np.sort(single[sets.items], axis=1)
        lifts.append(sets.counts / of_items[:, 0] * np.prod(n / of_items[:, 1:], axis=1))
    return np.concatenate(lifts)


def _top(found: Itemsets, kept: BoolArray, **facts: Any) -> TopItemsets:
    starts = starts_of(np.array([len(sets.counts) for sets in found.by_size], dtype=np.int64))
    flags = np.split(kept, starts[1:-1])
    sizes = [
        Sets(sets.items[some], sets.counts[some])
        for sets, some in zip(found.by_size, flags, strict=False)
    ]
    known = attrs.asdict(found, recurse=False)
    own = attrs.asdict(itemsets_of(sizes, **{n: known[n] for n in _KEPT}), recurse=False)
    return TopItemsets(**own | facts)


_KEPT = ("products", "n_baskets", "min_count", "complete", "reason", "frame_kind")
