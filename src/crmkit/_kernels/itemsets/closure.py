"""Closed and maximal sets from the trie alone, where all frequent sets would be too many.

Every closed set is a node of the trie with all items that are perfect for it (Borgelt 2012). Such a
candidate is not closed only if another one of equal count holds it, because its closure is a
candidate as well.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.itemsets.bitmaps import Words, words_for
from crmkit._kernels.itemsets.expansion import Sets
from crmkit._kernels.itemsets.trie import Level
from crmkit.typing import BoolArray, CodeArray, IntArray

_MOST_WORDS = 1 << 34
"""Words that are compared at the most, in some ten seconds."""
_BLOCK = 1 << 20


class Candidates(NamedTuple):
    """Sets as bits over the frequent items.

    Attributes:
        bits: one row of words for each set.
        counts: rows that hold it.
    """

    bits: Words
    counts: CodeArray

    def of(self, some: IntArray | BoolArray) -> Candidates:
        """Return some of them."""
        return Candidates(self.bits[some], self.counts[some])

    @property
    def sizes(self) -> IntArray:
        """How many items each has."""
        return np.asarray(np.bitwise_count(self.bits).sum(axis=1), dtype=np.int64)


def candidates(levels: list[Level], n_items: int) -> Candidates:
    """Return each node of the trie with all its perfect items, each set once, the larger first."""
    words = words_for(n_items)
    above = np.zeros((1, words), dtype=np.uint64)
    bits, counts = [], []
    for size, level in enumerate(levels):
        above = above[level.parent]
        if size:
            _set_bits(above, np.arange(len(level.item)), level.item)
        # Perfect items go with all sets below as well.
        _set_bits(above, level.perfect.node, level.perfect.item)
        bits.append(above)
        counts.append(level.counts)
    every, place = np.unique(np.concatenate(bits), axis=0, return_index=True)
    found = Candidates(every, np.concatenate(counts)[place])
    found = found.of(found.sizes > 0)
    return found.of(np.argsort(-found.sizes, kind="stable"))


def _set_bits(bits: Words, rows: IntArray | CodeArray, items: CodeArray) -> None:
    word, place = np.divmod(items.astype(np.int64), 64)
    np.bitwise_or.at(bits, (rows, word), np.uint64(1) << place.astype(np.uint64))


def words_to_compare(found: Candidates) -> int:
    """Predict the work of `closed`."""
    groups = np.bincount(found.counts).astype(np.float64)
    return int((groups * groups).sum() / 2) * int(found.bits.shape[1])


def closed(found: Candidates) -> Candidates | None:
    """Keep the sets that no other set of equal count holds; None if that takes too long."""
    if words_to_compare(found) > _MOST_WORDS:
        return None
    ordered = found.of(np.argsort(-found.counts, kind="stable"))  # the larger first within a count
    kept = np.ones(len(ordered.counts), dtype=np.bool_)
    apart, rows = 1, np.arange(1, len(kept))
    while len(rows):
        rows = rows[ordered.counts[rows] == ordered.counts[rows - apart]]
        kept[rows[_within(ordered.bits, rows, rows - apart)]] = False
        apart += 1
        rows = rows[rows >= apart]
    return ordered.of(kept)


def _within(bits: Words, rows: IntArray, others: IntArray) -> BoolArray:
    inside: BoolArray = np.all((bits[rows] & ~bits[others]) == 0, axis=1)
    return inside


def maximal(found: Candidates) -> Candidates | None:
    """Keep the closed sets that no other frequent set holds; None if that takes too long."""
    found = found.of(np.argsort(-found.sizes, kind="stable"))
    kept = np.zeros(len(found.counts), dtype=np.bool_)
    work = 0
    for size in np.unique(found.sizes)[::-1].tolist():
        rows = np.flatnonzero(found.sizes == size)
        largest = found.bits[kept]
        work += len(rows) * len(largest) * found.bits.shape[1]
        if work > _MOST_WORDS:
            return None
        kept[rows[~_held(found.bits[rows], largest)]] = True
    return found.of(kept)


def _held(bits: Words, holders: Words) -> BoolArray:
    """Say which sets some holder contains."""
    held = np.zeros(len(bits), dtype=np.bool_)
    step = max(1, _BLOCK // max(len(holders) * bits.shape[1], 1))
    for first in range(0, len(bits), step):
        part = slice(first, first + step)
        inside = np.all((bits[part, None] & ~holders) == 0, axis=2)
        held[part] = np.any(inside, axis=1)
    return held


def written(found: Candidates, order: CodeArray) -> list[Sets]:
    """Write sets out by size; *order* has the item code of each bit."""
    found = found.of(np.argsort(found.sizes, kind="stable"))
    flags = np.unpackbits(found.bits.view(np.uint8), axis=1, bitorder="little")
    items = order[np.nonzero(flags)[1]]
    sets, first, start = [], 0, 0
    for size, number in enumerate(np.bincount(found.sizes).tolist()):
        part = items[start : start + number * size].reshape(number, size)
        if size:
            sets.append(Sets(np.sort(part, axis=1), found.counts[first : first + number]))
        first, start = first + number, start + number * size
    return sets
