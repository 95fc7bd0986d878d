"""Which sets are which others without one item: the lattice that rules and kinds stand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from crmkit._kernels.ragged import starts_of
from crmkit.typing import BoolArray, CodeArray, IntArray

Facets = CodeArray
"""One line for each set of k items: the numbers of its k subsets of k - 1 items, in the order of
the item that is left out; -1 for subsets that are not there."""


class Lattice(NamedTuple):
    """Itemsets by size with their subsets.

    Attributes:
        sizes: one array of item codes for each size 1, 2, ...: a line for each set, ascending.
        facets: their subsets, by their numbers within the size below.
        starts: the number of the first set of each size among all sets.
        known: how many sets of each size were given; those after them are only on the way.
    """

    sizes: Sequence[CodeArray]
    facets: Sequence[Facets]
    starts: IntArray
    known: IntArray

    @classmethod
    def of(cls, sizes: Sequence[CodeArray], n_items: int) -> Lattice:
        """Find the subsets of all sets."""
        known = np.array([len(items) for items in sizes], dtype=np.int64)
        return cls(sizes, facets(sizes, n_items), starts_of(known)[:-1], known)

    @property
    def is_complete(self) -> bool:
        """Whether all subsets of each set are there."""
        return all((facet >= 0).all() for facet in self.facets)

    def completed(self, n_items: int) -> Lattice:
        """Add the subsets that are missing, behind the sets of their size."""
        sizes = _with_subsets(self.sizes)
        return Lattice(sizes, facets(sizes, n_items), self.starts, self.known)


class _Index(NamedTuple):
    """Finds the sets of one size by a subset and a last item.

    Attributes:
        keys: number of the set without its last item * items + last item, ascending.
        sets: the number of the set of each key.
    """

    keys: IntArray
    sets: IntArray

    def find(self, keys: IntArray) -> IntArray:
        """Return the numbers of sets, -1 where there is none."""
        if len(self.keys) == 0:
            return np.full(keys.shape, -1)
        place = np.searchsorted(self.keys, keys)
        np.minimum(place, len(self.keys) - 1, out=place)
        return np.where(self.keys[place] == keys, self.sets[place], -1)


def facets(sizes: Sequence[CodeArray], n_items: int) -> list[Facets]:
    """Find the subsets of each set without one item.

    *sizes* has one array for each size 1, 2, ...: a line for each set, items ascending. Numbers
    count within a size. Time: a search for each item of each set; memory: as much as the sets.
    """
    indexes: list[_Index] = []
    found: list[Facets] = []
    for items in sizes:
        prefix = _prefix(items, indexes, n_items)
        index, facet = _of_size(items, prefix, indexes, found, n_items)
        indexes.append(index)
        found.append(facet)
    return found


def _prefix(items: CodeArray, indexes: list[_Index], n_items: int) -> IntArray:
    """Return the number of each set without its last item; 0, the empty set, for single items."""
    number = np.zeros(len(items), dtype=np.int64)
    for k, index in enumerate(indexes):
        number = _step(index, number, items[:, k], n_items)
    return number


def _step(index: _Index, number: IntArray, item: CodeArray, n_items: int) -> IntArray:
    # Numbers of -1 give negative keys, which are in no index.
    return index.find(number * n_items + item - n_items * (number < 0))


def _of_size(
    items: CodeArray,
    prefix: IntArray,
    indexes: list[_Index],
    found: list[Facets],
    n_items: int,
) -> tuple[_Index, Facets]:
    last = items.shape[1] - 1
    keys = prefix * n_items + items[:, last]
    order = np.argsort(keys)
    facet = np.empty(items.shape, dtype=np.int32)
    facet[:, last] = prefix
    for k in range(last):
        # Z without item k: the prefix without item k, and then the last item.
        shorter = np.full(len(items), -1)
        shorter[prefix >= 0] = found[-1][prefix[prefix >= 0], k]
        facet[:, k] = _step(indexes[-1], shorter, items[:, last], n_items)
    return _Index(keys[order], order), facet


def _with_subsets(sizes: Sequence[CodeArray]) -> list[CodeArray]:
    levels = list(sizes)
    for k in range(len(levels) - 1, 0, -1):
        above, here = levels[k], levels[k - 1]
        subsets = [np.delete(above, place, axis=1) for place in range(k + 1)]
        stacked = np.concatenate([here, *subsets])
        first = np.unique(stacked, axis=0, return_index=True)[1]
        levels[k - 1] = np.concatenate([here, stacked[np.sort(first[first >= len(here)])]])
    return levels


class Kinds(NamedTuple):
    """For the sets of each size: which are closed, maximal, generators."""

    closed: list[BoolArray]
    maximal: list[BoolArray]
    generator: list[BoolArray]


def kinds(
    sizes: Sequence[CodeArray], counts: Sequence[IntArray | CodeArray], n_items: int, n: int
) -> Kinds:
    """Judge each set of a complete lattice; *n* is the count of the empty set."""
    none = [np.zeros(len(c), dtype=np.bool_) for c in counts]
    same_above, above = none, [flags.copy() for flags in none]
    same_below = [counts[0] == n, *(flags.copy() for flags in none[1:])] if len(counts) else none
    for k, facet in enumerate(facets(sizes, n_items)[1:], start=1):
        same = counts[k - 1][facet] == counts[k][:, None]
        above[k - 1][facet] = True
        same_above[k - 1][facet[same]] = True
        same_below[k] |= same.any(axis=1)
    return Kinds([~f for f in same_above], [~f for f in above], [~f for f in same_below])
