"""What a search found, as a trie: each node is an itemset, its parent the same without one item.

Item x is *perfect* for a set P if every row that holds P holds x too. Then every set above P has
the same count with x and without, and x need not be searched with: a node with p perfect items of
its own and its ancestors stands for 2**p itemsets of equal count (Borgelt 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

import numpy as np

from crmkit.typing import CodeArray, IntArray


class Perfect(NamedTuple):
    """Perfect items of the nodes of one level: two equally long arrays."""

    node: CodeArray
    item: CodeArray


class Nodes(NamedTuple):
    """Some nodes of one size: parent, item and count of each, as in `Level`."""

    parent: CodeArray
    item: CodeArray
    counts: CodeArray


class Level(NamedTuple):
    """All nodes of one size.

    Attributes:
        parent: node of the level above.
        item: the item that was added to it.
        counts: rows that hold the set.
        perfect: items found perfect for these nodes, those of their ancestors left out.
    """

    parent: CodeArray
    item: CodeArray
    counts: CodeArray
    perfect: Perfect

    def perfect_counts(self) -> IntArray:
        """Count the perfect items that were found for each node."""
        return np.bincount(self.perfect.node, minlength=len(self.item))


class Trie:
    """Collects nodes in chunks while the search goes on; the root is level 0.

    When it is full, the deepest level goes, and nothing is added there any more: all levels up to
    `max_size` are complete in the end, whatever the order of the search.
    """

    def __init__(self, most: int, max_size: int) -> None:
        """Take at most so many nodes and perfect items, of sets of up to so many items."""
        self.max_size = max_size
        self.dropped = False
        self._room = most
        self._sizes: list[int] = []
        self._nodes: list[list[Nodes]] = []
        self._perfect: list[list[Perfect]] = []

    def add(self, level: int, parent: CodeArray, item: CodeArray, counts: CodeArray) -> CodeArray:
        """Add nodes to a level and return their numbers."""
        self._reach(level)
        first = self._sizes[level]
        if level <= self.max_size:
            self._sizes[level] += len(item)
            self._nodes[level].append(Nodes(parent, item, counts))
            self._take(len(item) if level else 0)
        return np.arange(first, first + len(item), dtype=np.int32)

    def add_perfect(self, level: int, node: CodeArray, item: CodeArray) -> None:
        """Note items that are perfect for nodes of a level: each makes a set of one item more."""
        self._reach(level)
        if level < self.max_size:
            self._perfect[level].append(Perfect(node, item))
            self._take(len(item))

    def _take(self, sets: int) -> None:
        self._room -= sets
        while self._room < 0:
            self._drop(self.max_size)

    def stop_at(self, size: int) -> None:
        """Take no sets of more than *size* items."""
        self.dropped, self.max_size = True, size

    def _reach(self, level: int) -> None:
        while len(self._sizes) <= level:
            self._sizes.append(0)
            self._nodes.append([])
            self._perfect.append([])

    def _drop(self, level: int) -> None:
        self.stop_at(level - 1)
        if level <= len(self._sizes):
            self._room += sum(len(perfect.item) for perfect in self._perfect[level - 1])
            self._perfect[level - 1].clear()
        if level < len(self._sizes):
            self._room += self._sizes[level]
            del self._sizes[level:], self._nodes[level:], self._perfect[level:]

    def levels(self) -> list[Level]:
        """Return the levels, the root first."""
        return [
            _level(Nodes(*_joined(nodes, 3)), Perfect(*_joined(perfect, 2)))
            for nodes, perfect in zip(self._nodes, self._perfect, strict=True)
        ]


def _joined(chunks: Sequence[tuple[CodeArray, ...]], columns: int) -> list[CodeArray]:
    nothing = (np.zeros(0, dtype=np.int32),) * columns
    return [np.concatenate(parts) for parts in zip(nothing, *chunks, strict=True)]


def _level(nodes: Nodes, perfect: Perfect) -> Level:
    return Level(nodes.parent, nodes.item, nodes.counts, perfect)


def perfect_totals(levels: list[Level]) -> list[IntArray]:
    """Return for each node how many items are perfect for it, ancestors' items included."""
    totals = [levels[0].perfect_counts()]
    for level in levels[1:]:
        totals.append(totals[-1][level.parent] + level.perfect_counts())
    return totals


Shapes = dict[tuple[int, int], int]
"""How many nodes there are of each size and number of perfect items."""


def shapes_of(levels: list[Level]) -> Shapes:
    """Count the nodes of each size and number of perfect items."""
    return {
        (size, p): nodes
        for size, perfect in enumerate(perfect_totals(levels))
        for p, nodes in enumerate(np.bincount(perfect).tolist())
        if nodes
    }


def largest_size(shapes: Shapes) -> int:
    """Return how many items the largest itemsets have."""
    return max(size + p for size, p in shapes)


def sets_of_size(shapes: Shapes, wanted: int) -> int:
    """Count the itemsets of one size exactly, without making them."""
    return sum(
        nodes * comb(p, wanted - size) for (size, p), nodes in shapes.items() if size <= wanted
    )


def sets_up_to(shapes: Shapes, largest: int) -> int:
    """Count the itemsets of up to *largest* items exactly, without making them."""
    # The empty set is no itemset.
    return sum(nodes * _choices(p, largest - size) for (size, p), nodes in shapes.items()) - 1


def _choices(items: int, most: int) -> int:
    # Thousands of large binomials would take minutes where one power does.
    return 1 << items if most >= items else sum(comb(items, k) for k in range(most + 1))
