"""Which sets of items are worth most, over the rows that hold all of each?

The value of a set is the sum, over the rows that hold all of it, of what its items are worth there.
It may rise and fall with every item, so what is pruned are bounds: a set in whose rows all positive
values together stay below the threshold is in no set of value. Values are integers, and their sums
exact (bincount would take them through float64).

Sources: Liu, Liao, Choudhary (2005), the bound; Fournier-Viger (2014), negative values; Liu and Qu
(2012), what is left of a row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from crmkit._kernels.grouping import changes, counting_sort, sums_by
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.itemsets.pairs import PairIndex
from crmkit._kernels.ragged import positions_within, starts_of
from crmkit.typing import BoolArray, CodeArray, IntArray

_PART = 1 << 21
"""Extensions that are looked at in one step, of some 60 bytes each."""
_PAIR_CELLS = 1 << 22
_ROUNDS = 3
"""More than three rounds of pruning have not been seen to pay."""
_MOST_PAIRS = 1 << 32
"""Pair occurrences that are still gone through, in some minutes."""


class ValueTask(NamedTuple):
    """What to search for.

    Attributes:
        least: what a set must be worth, above 0.
        max_size: the largest sets wanted.
        max_nodes: the most sets to keep in view.
        forbidden: pairs of items (two rows of codes) that no set may hold.
    """

    least: int
    max_size: int
    max_nodes: int
    forbidden: CodeArray | None = None


class ValuedSets(NamedTuple):
    """Sets of one size.

    Attributes:
        items: item codes, one line for each set, ascending.
        counts: rows that hold it.
        values: what it is worth in them.
    """

    items: CodeArray
    counts: IntArray
    values: IntArray


class ValuedFound(NamedTuple):
    """The sets of each size 1, 2, ..., and up to which size these are all if they are not."""

    sizes: list[ValuedSets]
    max_size: int | None
    why: str = ""


def valuable_sets(source: Incidence, values: IntArray, task: ValueTask) -> ValuedFound:
    """Find all sets worth at least so much; *values* has one value for each entry of *source*.

    Or all up to a size, if more than *max_nodes* sets would have to be kept in view.
    """
    order = _promising_items(source, values, task.least)
    rank = np.full(source.n_items, -1, dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    table = _Table.of(source, values, rank, len(order))
    attempt = _Search(table, _Bound(task, rank))
    attempt.run()
    return attempt.found(order)


def _promising_items(source: Incidence, values: IntArray, least: int) -> CodeArray:
    """Return the items whose rows are worth enough, in ascending order of that worth."""
    rows, positive = source.rows(), np.maximum(values, 0)
    kept = np.ones(source.n_items, dtype=np.bool_)
    for _ in range(_ROUNDS):  # rows are worth less without the items that went
        inside = kept[source.items]
        totals = np.diff(starts_of(np.where(inside, positive, 0))[source.starts])
        of_items = sums_by(source.items[inside], source.n_items, totals[rows[inside]])
        kept &= of_items >= least
    items = np.flatnonzero(kept)
    return items[np.argsort(of_items[items], kind="stable")].astype(np.int32)


class _Table(NamedTuple):
    """Entries of promising items only, row after row, items ascending by number.

    Attributes:
        item: number of the item of each entry.
        row: its row.
        value: its value.
        behind: the positive values behind it in its row.
        left: how many entries are behind it in its row.
        n_items: how many items.
        n_rows: how many rows.
    """

    item: CodeArray
    row: CodeArray
    value: IntArray
    behind: IntArray
    left: IntArray
    n_items: int
    n_rows: int

    @classmethod
    def of(cls, source: Incidence, values: IntArray, rank: CodeArray, n_items: int) -> _Table:
        kept = np.flatnonzero(rank[source.items] >= 0).astype(np.int32)
        # Two counting sorts, by item and then by row, leave the items of each row ascending.
        by_item, _ = counting_sort(rank[source.items[kept]], n_items, kept)
        at, starts = counting_sort(source.rows()[by_item], source.n_rows, by_item)
        sizes = np.diff(starts).astype(np.int64)
        ends = np.repeat(starts[1:], sizes)
        value = values[at]
        positive = starts_of(np.maximum(value, 0))
        return cls(
            item=rank[source.items[at]],
            row=np.repeat(np.arange(source.n_rows, dtype=np.int32), sizes),
            value=value,
            behind=positive[ends] - positive[1:],
            left=ends - np.arange(1, len(at) + 1),
            n_items=n_items,
            n_rows=source.n_rows,
        )

    def promising_pairs(self, least: int) -> IntArray:
        """Return the keys, ascending, of the pairs whose rows are worth enough."""
        worth = sums_by(self.row, self.n_rows, np.maximum(self.value, 0))
        shape = (self.n_rows, self.n_items)
        there = sparse.csr_array((np.ones(len(self.item), np.int64), (self.row, self.item)), shape)
        weighted = sparse.csr_array((worth[self.row], (self.row, self.item)), shape)
        sizes = np.bincount(self.row, minlength=self.n_rows)
        occurrences = np.bincount(self.item, sizes[self.row], minlength=self.n_items)
        found = [np.zeros(0, dtype=np.int64)]
        by_item = there.T.tocsr()
        for part in _runs(np.minimum(occurrences, self.n_items).astype(np.int64), _PAIR_CELLS):
            pairs = (by_item[part] @ weighted).tocoo()
            first = pairs.row + np.int64(part.start)
            kept = (first < pairs.col) & (pairs.data >= least)
            found.append(np.sort(first[kept] * self.n_items + pairs.col[kept]))
        return np.concatenate(found)


class _Bound(NamedTuple):
    """What to search for, and the number of each item code."""

    task: ValueTask
    rank: CodeArray

    def allowed(self, keys: IntArray, n_items: int) -> IntArray:
        """Leave out the pairs that no set may hold."""
        if self.task.forbidden is None:
            return keys
        numbers = self.rank[self.task.forbidden]
        one, other = numbers[:, (numbers >= 0).all(axis=0)].astype(np.int64)
        return keys[~np.isin(keys, np.minimum(one, other) * n_items + np.maximum(one, other))]


class _Branches(NamedTuple):
    """Sets of one size, with every row that holds them.

    Attributes:
        items: item numbers, one line for each set, ascending.
        starts: where the occurrences of each set start; one more entry than sets.
        entry: for each occurrence the entry of the last item.
        value: for each occurrence what the set is worth in that row.
    """

    items: CodeArray
    starts: IntArray
    entry: CodeArray
    value: IntArray

    @property
    def size(self) -> int:
        """How many items each set has."""
        return int(self.items.shape[1])

    def sums(self, values: IntArray) -> IntArray:
        """Sum something over the occurrences of each set."""
        return np.add.reduceat(values, self.starts[:-1]) if len(self.items) else values

    def part(self, sets: slice) -> _Branches:
        """Return some sets that stand one after another."""
        starts = self.starts[sets.start : sets.stop + 1]
        inside = slice(int(starts[0]), int(starts[-1]))
        return _Branches(
            self.items[sets], starts - starts[0], self.entry[inside], self.value[inside]
        )

    def where(self, kept: BoolArray) -> _Branches:
        """Return some of the sets."""
        counts = np.diff(self.starts)
        inside = np.repeat(kept, counts)
        return _Branches(
            self.items[kept], starts_of(counts[kept]), self.entry[inside], self.value[inside]
        )


class _Search:
    """One search: sets grow by items behind their last one, parts of a level one by one."""

    def __init__(self, table: _Table, bound: _Bound) -> None:
        self.table, self.least, self.most = table, bound.task.least, bound.task.max_nodes
        self.max_size = self.wanted = bound.task.max_size
        self.why = ""
        self.nodes: list[int] = []
        self.sets: list[list[ValuedSets]] = []
        self.bound = bound

    def run(self) -> None:
        """Find the sets."""
        singles = self._noted(self._singles())
        pairs = int(self.table.left.sum())
        if pairs > _MOST_PAIRS and self.max_size > 1:
            self.max_size, self.why = 1, f"products stand together in baskets {pairs:,} times"
        if self.max_size <= 1:
            return
        keys = self.bound.allowed(self.table.promising_pairs(self.least), self.table.n_items)
        self.pairs = PairIndex(keys, self.table.n_items)
        pending = list(self._parts(singles))
        while pending:
            branches = pending.pop()
            # Depth first, so that there are never more parts than sizes and parts of one set.
            if branches.size < self.max_size:
                pending.extend(self._parts(self._noted(self._extended(branches))))

    def found(self, order: CodeArray) -> ValuedFound:
        """Return the sets in terms of item codes."""
        sizes = [_joined(some, order) for some in self.sets]
        return ValuedFound(sizes, self.max_size if self.max_size < self.wanted else None, self.why)

    def _singles(self) -> _Branches:
        every = np.arange(len(self.table.item), dtype=np.int32)
        entry, starts = counting_sort(self.table.item, self.table.n_items, every)
        items = np.arange(self.table.n_items, dtype=np.int32)[:, None]
        value = self.table.value[entry]
        return self._promising(_Branches(items, starts.astype(np.int64), entry, value))

    def _promising(self, branches: _Branches) -> _Branches:
        """Keep the sets that are worth enough, or may become so with items behind them."""
        # A row in which nothing good is left may be lost on the way: it counts 0, not less.
        best = np.maximum(branches.value + self.table.behind[branches.entry], 0)
        return branches.where(branches.sums(best) >= self.least)

    def _noted(self, branches: _Branches) -> _Branches:
        values = branches.sums(branches.value)
        rich = values >= self.least
        found = ValuedSets(branches.items[rich], np.diff(branches.starts)[rich], values[rich])
        self._store(found, len(branches.items))
        return branches

    def _store(self, found: ValuedSets, nodes: int) -> None:
        size = found.items.shape[1]
        if len(self.sets) < size:
            self.sets.append([])
            self.nodes.append(0)
        self.sets[size - 1].append(found)
        self.nodes[size - 1] += nodes
        while sum(self.nodes) > self.most:
            self.nodes.pop()
            self.sets.pop()
            self.max_size = len(self.nodes)

    def _parts(self, branches: _Branches) -> Iterator[_Branches]:
        left = branches.sums(self.table.left[branches.entry])
        for sets in _runs(left, _PART):
            yield branches.part(sets)

    def _extended(self, branches: _Branches) -> _Branches:
        """Grow each set by each item that stands behind its last one in some row."""
        grown = self._promising(self._grown(branches))
        parent, item = grown.items.T
        items = np.column_stack([branches.items[parent], item])
        return grown._replace(items=items).where(self._is_possible(items))

    def _grown(self, branches: _Branches) -> _Branches:
        """Return all extensions; as items, for now, the number of the set and the item added."""
        table, counts = self.table, np.diff(branches.starts)
        set_of = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        left = table.left[branches.entry]
        one = np.repeat(np.arange(len(left), dtype=np.int32), left)
        entry = (branches.entry[one] + np.int32(1)) + positions_within(left).astype(np.int32)
        last = branches.items[:, -1][set_of]
        possible = np.flatnonzero(self.pairs.find_pairs(last[one], table.item[entry]) >= 0)
        one, entry = one[possible], entry[possible]
        # Two counting sorts, by item and then by set, bring together what grows alike.
        every = np.arange(len(one), dtype=np.int32)
        by_item, _ = counting_sort(table.item[entry], table.n_items, every)
        at, _ = counting_sort(set_of[one[by_item]], len(counts), by_item)
        one, entry = one[at], entry[at]
        added = np.column_stack([set_of[one], table.item[entry]])
        heads = np.flatnonzero(changes(*added.T)) if len(one) else every
        starts = np.append(heads, len(one)).astype(np.int64)
        return _Branches(added[heads], starts, entry, branches.value[one] + table.value[entry])

    def _is_possible(self, items: CodeArray) -> BoolArray:
        """Say whether the last item goes with all others; with the one before it does."""
        possible = np.ones(len(items), dtype=np.bool_)
        for k in range(items.shape[1] - 2):
            possible &= self.pairs.find_pairs(items[:, k], items[:, -1]) >= 0
        return possible


def _runs(sizes: IntArray, step: int) -> Iterator[slice]:
    """Cut consecutive entries into runs of about *step* in total; entries stay whole."""
    part = starts_of(sizes)[:-1] // step
    edges = np.flatnonzero(np.diff(part, prepend=-1, append=len(part) and part[-1] + 1))
    for start, stop in itertools.pairwise(edges.tolist()):
        yield slice(start, stop)


def _joined(parts: list[ValuedSets], order: CodeArray) -> ValuedSets:
    items = np.sort(order[np.concatenate([part.items for part in parts])], axis=1)
    return ValuedSets(
        items,
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.values for part in parts]),
    )
