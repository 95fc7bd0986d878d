"""Sets of products and how many baskets hold them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.itemsets.expansion import Sets
from crmkit._kernels.itemsets.lattice import Lattice
from crmkit._kernels.ragged import starts_of
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.catalogue import catalogue_of, listed_products, objects
from crmkit.segmentation.baskets.interop import mlxtend_frame, read_mlxtend
from crmkit.typing import CodeArray, FloatArray, IntArray, ItemsetKind, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Itemsets(Answer):
    """Sets of products with the number of baskets that hold each.

    Set *i* holds the products `items[starts[i]:starts[i + 1]]`, codes into `products`, ascending.
    Sets stand by size; their numbers are what rules refer to. As a frame: itemset (a tuple of
    labels), size, count, support; by size, then the most frequent first, then in label order.

    Attributes:
        products: the catalogue, in label order.
        items: product codes, int32, one set after another.
        starts: where each set starts in *items*, int64; one more entry than sets.
        counts: how many baskets hold each set, int64.
        n_baskets: all baskets, empty ones included: what supports are shares of.
        min_count: the fewest baskets asked for.
        kind: "frequent", or which of the frequent sets these are.
        max_len: the largest size asked for; None for any.
        complete: False if a bound was reached.
        reason: which bound, and what is there nevertheless; empty if complete.

    Examples:
        >>> from crmkit.segmentation import Baskets, frequent_itemsets
        >>> itemsets = frequent_itemsets(Baskets.from_lists([["milk", "bread"], ["milk"]]), 1)
        >>> itemsets
        Itemsets(3 frequent itemsets of up to 2 products, in at least 1 of 2 baskets)
        >>> itemsets.counts, itemsets.labels_of(2)
        (array([2, 1, 1]), ('bread', 'milk'))
    """

    products: LabelArray = array()
    items: CodeArray = array()
    starts: IntArray = array()
    counts: IntArray = array()
    n_baskets: int
    min_count: int
    kind: ItemsetKind = "frequent"
    max_len: int | None = None
    complete: bool = True
    reason: str = ""

    @classmethod
    def from_counts(cls, sets: Iterable[Iterable[Any]], counts: Iterable[int], n: int) -> Itemsets:
        """Make itemsets of sets and counts that are known already.

        Rules need the counts of both of their sides; sets that are not given only block the rules
        that need them.

        Args:
            sets: products of each set.
            counts: baskets that hold each, 1 .. n.
            n: all baskets.

        Raises:
            InvalidArgumentError: an empty set, a set or a product in it given twice, a count
                outside its range, or not one count for each set.

        Examples:
            >>> from crmkit.segmentation import Itemsets
            >>> Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4).support
            array([0.75, 0.5 , 0.5 ])
        """
        listed = [listed_products(k, items, "set") for k, items in enumerate(sets)]
        known = np.array([check.whole_number(c, "a count", at_least=1) for c in counts], np.int64)
        _prove_counts(listed, known, n)
        sizes = np.array([len(items) for items in listed], dtype=np.int64)
        catalogue = catalogue_of(objects(label for items in listed for label in items))
        codes = np.split(catalogue.codes, np.cumsum(sizes)[:-1]) if len(listed) else []
        found = []
        for size in np.unique(sizes).tolist():
            some = np.flatnonzero(sizes == size)
            items = np.sort(np.stack([codes[k] for k in some]), axis=1)
            _prove_distinct(items, catalogue.labels)
            found.append(Sets(items, known[some]))
        itemsets = itemsets_of(
            found,
            products=catalogue.labels,
            n_baskets=n,
            min_count=int(known.min(initial=n)),
        )
        _prove_possible(itemsets)
        return itemsets

    @classmethod
    def from_mlxtend(cls, frame: pd.DataFrame, *, n: int | None = None) -> Itemsets:
        """Make itemsets of a frame of mlxtend (`fpgrowth`, `apriori`, `fpmax`).

        Args:
            frame: columns support (shares) and itemsets (frozensets).
            n: how many rows were mined: supports alone do not say. Frames of
                `to_mlxtend` know it, as `frame.attrs["n_baskets"]`.

        Raises:
            MissingColumnsError: no column support or itemsets.
            InvalidArgumentError: *n_baskets* is not known, or is not what the supports are shares
                of; a set that is given twice.
            InvalidDataError: itemsets that are text or empty, supports that are no shares.

        Examples:
            >>> import pandas as pd
            >>> from crmkit.segmentation import Itemsets
            >>> sets = [frozenset({"a"}), frozenset({"b"}), frozenset({"a", "b"})]
            >>> frame = pd.DataFrame({"support": [0.75, 0.5, 0.5], "itemsets": sets})
            >>> Itemsets.from_mlxtend(frame, n=4).counts
            array([3, 2, 2])
        """
        return Itemsets.from_counts(*read_mlxtend(frame, n))

    def to_mlxtend(self) -> pd.DataFrame:
        """Return the frame that mlxtend's `association_rules` takes.

        Columns support (float64) and itemsets (frozensets of plain Python labels); the number of
        baskets is in `frame.attrs["n_baskets"]`. Some 300 bytes for each set.

        Raises:
            InvalidArgumentError: subsets are missing, as among closed, maximal or the best sets:
                mlxtend's rules need them all.

        Examples:
            >>> from crmkit.segmentation import Itemsets
            >>> frame = Itemsets.from_counts([["a"], ["b"]], [3, 2], n=4).to_mlxtend()
            >>> frame["itemsets"].tolist(), frame["support"].tolist(), frame.attrs
            ([frozenset({'a'}), frozenset({'b'})], [0.75, 0.5], {'n_baskets': 4})
        """
        return mlxtend_frame(self)

    def __len__(self) -> int:
        """How many sets."""
        return len(self.counts)

    def __repr__(self) -> str:
        """How many sets of which kind, and whether all are there."""
        most = f" of up to {int(self.sizes.max())} products" if len(self) else ""
        bound = "" if self.complete else f"; incomplete: {self.reason}"
        return (
            f"Itemsets({len(self):,} {self.kind} itemsets{most}, in at least {self.min_count:,} of"
            f" {self.n_baskets:,} baskets{bound})"
        )

    @cached_property
    def sizes(self) -> IntArray:
        """How many products each set has."""
        return np.diff(self.starts)

    @property
    def support(self) -> FloatArray:
        """The share of all baskets that hold each set; NaN if there are no baskets."""
        with np.errstate(invalid="ignore"):
            return self.counts / self.n_baskets

    @cached_property
    def by_size(self) -> tuple[Sets, ...]:
        """The sets of size 1, 2, ... as arrays of codes (sets x size) with their counts."""
        ends = np.cumsum(np.bincount(self.sizes)).tolist()
        parts = enumerate(itertools.pairwise(ends), start=1)
        return tuple(self._part(size, slice(*ends)) for size, ends in parts)

    def _part(self, size: int, part: slice) -> Sets:
        items = self.items[self.starts[part.start] : self.starts[part.stop]]
        return Sets(items.reshape(-1, size), self.counts[part])

    @cached_property
    def lattice(self) -> Lattice:
        """Which sets are which others without one product; what rules stand on."""
        return Lattice.of([sets.items for sets in self.by_size], len(self.products))

    @cached_property
    def item_counts(self) -> tuple[IntArray, IntArray] | None:
        """For each set how many baskets hold its rarest product, and its commonest one.

        None if the counts of some single products are not known.
        """
        single = np.full(len(self.products), -1)
        for sets in self.by_size[:1]:
            single[sets.items[:, 0]] = sets.counts
        if (single[self.items] < 0).any():
            return None
        of_sets = [single[sets.items] for sets in self.by_size]
        nothing = np.zeros(0, dtype=np.int64)
        return (
            np.concatenate([nothing, *(counts.min(axis=1) for counts in of_sets)]),
            np.concatenate([nothing, *(counts.max(axis=1) for counts in of_sets)]),
        )

    def labels_of(self, number: int) -> tuple[Any, ...]:
        """Return the products of one set, in label order.

        Args:
            number: which set, from 0.

        Examples:
            >>> from crmkit.segmentation import Itemsets
            >>> Itemsets.from_counts([["tea", "milk"]], [3], n=4).labels_of(0)
            ('milk', 'tea')
        """
        return tuple(
            self.products[self.items[self.starts[number] : self.starts[number + 1]]].tolist()
        )

    def labels(self, numbers: IntArray | CodeArray | None = None) -> NDArray[np.object_]:
        """Return the products of sets as an array of tuples.

        Args:
            numbers: which sets; all, in their order, if not given.

        Examples:
            >>> from crmkit.segmentation import Itemsets
            >>> Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4).labels()
            array([('a',), ('b',), ('a', 'b')], dtype=object)
        """
        every = _labels(self, self.products)
        return every if numbers is None else every[numbers]

    def frame_labels(self) -> NDArray[np.object_]:
        """Return the products of all sets as frames take them.

        Labels of several levels, ("category", "dairy"), are text outside pandas, where a column
        has one type: "category: dairy".

        Examples:
            >>> from crmkit.segmentation import Itemsets
            >>> Itemsets.from_counts([["tea", "milk"]], [3], n=4).frame_labels()
            array([('milk', 'tea')], dtype=object)
        """
        several = isinstance(next(iter(self.products), None), tuple)
        if not several or self.frame_kind == "pandas":
            return self.labels()
        return _labels(self, objects(": ".join(map(str, label)) for label in self.products))

    def order(self) -> NDArray[np.intp]:
        """Return the numbers of the sets as a frame lists them.

        By size, then the most frequent first, then in label order.

        Examples:
            >>> from crmkit.segmentation import Itemsets
            >>> Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [2, 3, 2], n=4).order()
            array([1, 0, 2])
        """
        found, first = [np.zeros(0, dtype=np.intp)], 0
        for sets in self.by_size:
            keys = (*sets.items.T[::-1], -sets.counts)
            found.append(np.lexsort(keys) + first if len(sets.counts) else found[0])
            first += len(sets.counts)
        return np.concatenate(found)

    def _columns(self) -> dict[str, NDArray[Any]]:
        order = self.order()
        return {
            "itemset": self.frame_labels()[order],
            "size": self.sizes[order],
            "count": self.counts[order],
            "support": self.support[order],
        }


def _labels(itemsets: Itemsets, names: LabelArray) -> NDArray[np.object_]:
    lines = (names[sets.items].tolist() for sets in itemsets.by_size)
    return objects(map(tuple, itertools.chain.from_iterable(lines)))


def itemsets_of(sizes: Sequence[Sets], **facts: Any) -> Itemsets:
    """Make itemsets of one array of codes for each size."""
    widths = [sets.items.shape[1] for sets in sizes]
    lengths = np.repeat(widths, [len(sets.items) for sets in sizes]).astype(np.int64)
    return Itemsets(
        items=np.concatenate([np.zeros(0, np.int32), *(sets.items.ravel() for sets in sizes)]),
        starts=starts_of(lengths),
        counts=np.concatenate([np.zeros(0, np.int64), *(sets.counts for sets in sizes)]),
        **facts,
    )


def _prove_counts(sets: list[list[Any]], counts: IntArray, n: int) -> None:
    check.whole_number(n, "n", at_least=0)
    if len(sets) != len(counts):
        raise InvalidArgumentError(f"{len(sets):,} sets and {len(counts):,} counts; one for each.")
    for number, items in enumerate(sets):
        if not items or len(set(items)) < len(items):
            raise InvalidArgumentError(
                f"a set names each of its products once, and at least one; set {number} is"
                f" {items!r}."
            )
    odd = (counts < 1) | (counts > n)
    if odd.any():
        raise InvalidArgumentError(
            f"a count lies in 1 .. n = {n:,}; set {sets[int(np.argmax(odd))]!r} has"
            f" {counts[np.argmax(odd)]:,}."
        )


def _prove_possible(itemsets: Itemsets) -> None:
    """Prove that no set is in more baskets than a subset of it."""
    lattice, counts = itemsets.lattice, itemsets.counts
    for size, facet in enumerate(lattice.facets[1:], start=1):
        below = counts[lattice.starts[size - 1] :][facet]
        more = (facet >= 0) & (below < itemsets.by_size[size].counts[:, None])
        if more.any():
            row, place = np.argwhere(more)[0]
            whole, part = lattice.starts[size] + row, lattice.starts[size - 1] + facet[row, place]
            raise InvalidArgumentError(
                f"no set is in more baskets than a part of it: {itemsets.labels_of(whole)} has"
                f" {counts[whole]:,}, {itemsets.labels_of(part)} only {counts[part]:,}."
            )


def _prove_distinct(items: CodeArray, products: LabelArray) -> None:
    different, times = np.unique(items, axis=0, return_counts=True)
    if (times > 1).any():
        twice = products[different[np.argmax(times)]].tolist()
        raise InvalidArgumentError(f"the set {twice} is given twice.")
