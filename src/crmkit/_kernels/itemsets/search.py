"""Search for frequent itemsets: items, pairs, and from there on bitmaps, level by level."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.itemsets.bitmaps import (
    Words,
    item_bitmaps,
    meetings,
    pair_buckets,
    words_for,
)
from crmkit._kernels.itemsets.incidence import Incidence, Sweep, sorted_sweep_of, sweep_of
from crmkit._kernels.itemsets.pairs import (
    Meter,
    PairIndex,
    Pairs,
    frequent_pairs,
    is_tabular,
    renumbered,
)
from crmkit._kernels.itemsets.trie import Level, Trie
from crmkit._kernels.ragged import positions_within, run_ends, slices_of
from crmkit.typing import BoolArray, CodeArray, IntArray

_PART_WORDS = 1 << 23
"""Words of the bitmaps that one step may make: 64 MB for each level of the search."""
_RUN_JOINS = 1 << 26
"""Joins of pairs whose bitmaps are made together: what is done before a bound can bite."""
_MOST_PAIRS = 1 << 32
"""Pair occurrences that are still counted, in about a minute."""
_WORD_COST, _PAIR_COST = 1.5, 15.0  # nanoseconds, measured
_DENSE_CELLS = 1 << 28


Span = tuple[float, float]
"""From which share of the work to which."""


class Task(NamedTuple):
    """What to search for.

    Attributes:
        min_count: rows that must hold a set.
        max_size: the largest sets wanted.
        max_nodes: the most nodes to keep.
        forbidden: pairs of items (two rows of codes) that no set may hold.
    """

    min_count: int
    max_size: int
    max_nodes: int
    forbidden: CodeArray | None = None

    @property
    def use_perfect(self) -> bool:
        """Whether perfect items may be set aside: below their node all must go with them."""
        return self.forbidden is None


class Found(NamedTuple):
    """What was found.

    Attributes:
        levels: the trie, in numbers by ascending count.
        order: the item code of each number.
        max_size: up to which size nothing is missing; None if nothing is missing at all.
        why: what stopped the search, if something did.
    """

    levels: list[Level]
    order: CodeArray
    max_size: int | None = None
    why: str = ""


class Siblings(NamedTuple):
    """Nodes of one level whose bitmaps have one width.

    Attributes:
        bits: their rows.
        item: the item that each added to its parent.
        counts: how many rows.
        node: their numbers in the trie.
        ends: for each, where the children of its parent end.
    """

    bits: Words
    item: CodeArray
    counts: CodeArray
    node: CodeArray
    ends: IntArray


def search(source: Incidence, task: Task, meter: Meter) -> Found:
    """Find all frequent itemsets, or all up to a size if there are more than *max_nodes*."""
    items = _Items.of(source, task)
    attempt = _Search(source, items, task, meter)
    attempt.run()
    trie = attempt.trie
    return Found(trie.levels(), items.order, trie.max_size if trie.dropped else None, attempt.why)


class _Items(NamedTuple):
    """Frequent items in ascending order of their counts.

    Attributes:
        order: item codes.
        counts: rows of each.
        proper: how many come before those that are in every row.
    """

    order: CodeArray
    counts: CodeArray
    proper: int

    @classmethod
    def of(cls, source: Incidence, task: Task) -> _Items:
        every = source.counts()
        frequent = np.flatnonzero(every >= task.min_count)
        order = frequent[np.argsort(every[frequent], kind="stable")].astype(np.int32)
        counts = every[order].astype(np.int32)
        everywhere = np.count_nonzero(counts == source.n_rows) if task.use_perfect else 0
        return cls(order, counts, len(order) - int(everywhere))

    def in_label_order(self, n_items: int) -> tuple[CodeArray, CodeArray]:
        """Return the rank of each item code by label among the proper ones, and their numbers."""
        number = np.argsort(self.order[: self.proper]).astype(np.int32)
        rank = np.full(n_items, -1, dtype=np.int32)
        rank[self.order[number]] = np.arange(self.proper, dtype=np.int32)
        return rank, number

    def rank(self, n_items: int, some: BoolArray | None = None) -> CodeArray:
        """Return the number of each item code among (some of) the proper ones, -1 for none."""
        chosen = self.order[: self.proper]
        chosen = chosen if some is None else chosen[some]
        rank = np.full(n_items, -1, dtype=np.int32)
        rank[chosen] = np.arange(len(chosen), dtype=np.int32)
        return rank


class _Pairs(NamedTuple):
    """Pairs that are nodes of the trie, by class: the pairs of one first item."""

    first: CodeArray
    second: CodeArray
    counts: CodeArray
    node: CodeArray

    def of(self, some: BoolArray | NDArray[np.intp] | slice) -> _Pairs:
        return _Pairs(*(part[some] for part in self))


class _Search:
    """One search; the trie fills as it goes."""

    def __init__(self, source: Incidence, items: _Items, task: Task, meter: Meter) -> None:
        self.source, self.items, self.task, self.meter = source, items, task, meter
        self.trie = Trie(task.max_nodes, task.max_size)
        self.why = ""
        self.barred = _barred(items, source.n_items, task.forbidden)
        self.frequent_pairs: PairIndex | None = None

    def run(self) -> None:
        """Fill the trie."""
        m, root = self.items.proper, np.zeros(1, dtype=np.int32)
        single, everywhere = np.split(np.arange(len(self.items.order), dtype=np.int32), [m])
        self.trie.add(0, root, root - 1, root + self.source.n_rows)
        self.trie.add_perfect(0, np.zeros_like(everywhere), everywhere)
        self.trie.add(1, np.zeros_like(single), single, self.items.counts[:m])
        if self.trie.max_size > 1 and m > 1:
            self._search_pairs(single)

    def _search_pairs(self, single: CodeArray) -> None:
        m = len(single)
        rank, number = self.items.in_label_order(self.source.n_items)
        sweep = sweep_of(self.source, rank, least=2)
        if _is_dense(sweep, m):
            ends = np.full(m, m)
            bits = item_bitmaps(sweep, m)[np.argsort(number)]
            nodes = Siblings(bits, single, self.items.counts[:m], single, ends)
            self._grow(1, nodes, (0.0, 1.0))
        elif sweep.pairs > _MOST_PAIRS:
            self.why = f"products stand together in baskets {sweep.pairs:,} times"
            self.trie.stop_at(1)
        else:
            self._search_classes(sweep, number)

    def _search_classes(self, sweep: Sweep, number: CodeArray) -> None:
        """Give each item a class: its pairs, as bitmaps over the rows of the item alone."""
        m = len(number)
        found = frequent_pairs(sweep, m, self.task.min_count, lambda s: self.meter(s / 2))
        found = self._without_barred(renumbered(found, m, number), m)
        pairs = self._stored(found, m)
        if self.trie.max_size <= 2:
            return
        if is_tabular(m):
            self.frequent_pairs = PairIndex(found.keys, m)
        behind = run_ends(pairs.first) - np.arange(1, len(pairs.first) + 1)
        runs = slices_of(behind, _RUN_JOINS, np.searchsorted(pairs.first, pairs.first))
        for k, run in enumerate(runs):
            if self.trie.max_size <= 2:  # the bound was reached
                return
            some = pairs.of(run)
            some = some.of(self._in_triangles(some))
            if len(some.node):
                self._search_triples(some, m, _part_of((0.5, 1.0), k, len(runs)))

    def _without_barred(self, found: Pairs, m: int) -> Pairs:
        if self.barred is None:
            return found
        kept = ~np.isin(found.keys, self.barred.keys)
        return Pairs(found.keys[kept], found.counts[kept])

    def _stored(self, found: Pairs, m: int) -> _Pairs:
        first, second = (part.astype(np.int32) for part in np.divmod(found.keys, m))
        count = found.counts.astype(np.int32)
        perfect = count == self._limit(self.items.counts)[first]
        self.trie.add_perfect(1, first[perfect], second[perfect])
        first, second, count = first[~perfect], second[~perfect], count[~perfect]
        return _Pairs(first, second, count, self.trie.add(2, first, second, count))

    def _limit(self, count: CodeArray) -> CodeArray:
        """Return the count at which an added item is perfect; out of reach if none may be."""
        return count if self.task.use_perfect else count + np.int32(1)

    def _in_triangles(self, pairs: _Pairs) -> BoolArray:
        """Mark pairs that meet another of their class in a triple whose pairs are frequent."""
        needed = np.zeros(len(pairs.node), dtype=np.bool_)
        ends = run_ends(pairs.first)
        for part in _parts(ends, _PART_WORDS):
            one, other = self._joined(2, pairs.second, ends, part)
            needed[one] = needed[other] = True
        return needed

    def _search_triples(self, pairs: _Pairs, m: int, span: Span) -> None:
        # Rows with fewer than three of the items still needed hold no triple.
        some = np.zeros(m, dtype=np.bool_)
        some[pairs.first] = some[pairs.second] = True
        number = np.cumsum(some, dtype=np.int32) - np.int32(1)
        rank, kept = self.items.rank(self.source.n_items, some), int(np.count_nonzero(some))
        sweep = sorted_sweep_of(self.source, rank, kept, least=3)
        done = 0
        for bucket in pair_buckets(sweep, number[pairs.first], number[pairs.second], kept):
            part = pairs.of(bucket.pairs)
            ends = run_ends(part.first)
            nodes = Siblings(bucket.bits, part.second, part.counts, part.node, ends)
            until = done + len(part.node)
            low, high = (_part_of(span, k, len(pairs.node))[0] for k in (done, until))
            self._grow(2, nodes, (low, high))
            done = until

    def _grow(self, level: int, nodes: Siblings, span: Span) -> None:
        """Join siblings pairwise, and go on with the children of each part before the next."""
        parts = _parts(nodes.ends, max(1, _PART_WORDS // nodes.bits.shape[1]))
        for k, part in enumerate(parts):
            if level >= self.trie.max_size:
                return
            within = _part_of(span, k, len(parts))
            one, other = self._joined(level, nodes.item, nodes.ends, part)
            children = self._children(level, nodes, one, other)
            if len(children.node) > 1:
                self._grow(level + 1, children, within)
            self.meter(within[1])

    def _joined(
        self, level: int, item: CodeArray, ends: IntArray, part: slice
    ) -> tuple[IntArray, IntArray]:
        """Pair each sibling of a part with those behind it."""
        each = np.arange(part.start, part.stop)
        behind = ends[part] - each - 1
        one = np.repeat(each, behind)
        return self._possible(level, item, one, one + 1 + positions_within(behind))

    def _possible(
        self, level: int, item: CodeArray, one: IntArray, other: IntArray
    ) -> tuple[IntArray, IntArray]:
        if self.frequent_pairs is not None and level == 2:  # deeper levels have fewer to gain
            possible = self.frequent_pairs.find_pairs(item[one], item[other]) >= 0
            one, other = one[possible], other[possible]
        if self.barred is not None:
            possible = self.barred.find_pairs(item[one], item[other]) < 0
            one, other = one[possible], other[possible]
        return one, other

    def _children(self, level: int, nodes: Siblings, one: IntArray, other: IntArray) -> Siblings:
        limit = self._limit(nodes.counts)
        met = meetings(nodes.bits, one, other, self.task.min_count, limit)
        perfect = np.flatnonzero(met.counts == limit[one])
        self.trie.add_perfect(level, nodes.node[one[perfect]], nodes.item[other[perfect]])
        kept = np.flatnonzero((met.counts >= self.task.min_count) & (met.counts < limit[one]))
        parent, item = one[kept], nodes.item[other[kept]]
        count = met.counts[kept].astype(np.int32)
        node = self.trie.add(level + 1, nodes.node[parent], item, count)
        return Siblings(met.bits, item, count, node, run_ends(parent))


def _parts(ends: IntArray, most: int) -> list[slice]:
    """Cut siblings into parts of about so many joins."""
    return slices_of(ends - np.arange(1, len(ends) + 1), most)


def _part_of(span: Span, number: int, parts: int) -> Span:
    """Return the share of the work that one of some equal parts stands for."""
    low, width = span[0], (span[1] - span[0]) / parts
    return low + number * width, low + (number + 1) * width


def _barred(items: _Items, n_items: int, forbidden: CodeArray | None) -> PairIndex | None:
    if forbidden is None:
        return None
    m = items.proper
    numbers = items.rank(n_items)[forbidden]
    one, other = numbers[:, (numbers >= 0).all(axis=0)].astype(np.int64)
    return PairIndex(np.unique(np.minimum(one, other) * m + np.maximum(one, other)), m)


def _is_dense(sweep: Sweep, m: int) -> bool:
    """Say whether bitmaps of whole columns are cheaper than going through the pairs in rows."""
    words = words_for(len(sweep.sizes))
    by_columns = m * (m - 1) // 2 * words * _WORD_COST
    return by_columns < sweep.pairs * _PAIR_COST and m * words * 64 <= _DENSE_CELLS
