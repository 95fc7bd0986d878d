"""How often each pair of items stands together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from crmkit._kernels.itemsets.incidence import PairBlock, Sweep, pair_blocks
from crmkit.typing import CodeArray, IntArray

_CELLS = 1 << 25
"""The largest table of item x item: 256 MB of counts, two of them at a time."""
_KEYS = 1 << 20
_SORTED_KEYS = 1 << 23

Meter = Callable[[float], None]
"""Hears which share of the work is done."""


class Pairs(NamedTuple):
    """Pairs of items, the first below the second, in ascending order.

    Attributes:
        keys: first * n_items + second.
        counts: rows that hold both.
    """

    keys: IntArray
    counts: IntArray


def is_tabular(n_items: int) -> bool:
    """Say whether a table of item x item is small enough."""
    return n_items * n_items <= _CELLS


class PairIndex:
    """Finds what belongs to pairs of items; -1 for pairs that are not there."""

    def __init__(self, keys: IntArray, n_items: int, values: IntArray | None = None) -> None:
        """Index ascending *keys* (first * n_items + second); their places, if no values given."""
        self.keys, self.n_items = keys, n_items
        self.values = np.arange(len(keys)) if values is None else values
        self.table: CodeArray | None = None
        if is_tabular(n_items):
            self.table = np.full(n_items * n_items, -1, dtype=np.int32)
            self.table[keys] = self.values

    def find(self, wanted: IntArray) -> CodeArray | IntArray:
        """Return the value of each key."""
        if self.table is not None:
            return self.table[wanted]
        if len(self.keys) == 0:
            return np.full(wanted.shape, -1)
        found = np.searchsorted(self.keys, wanted)
        np.minimum(found, len(self.keys) - 1, out=found)
        return np.where(self.keys[found] == wanted, self.values[found], -1)

    def find_pairs(self, first: CodeArray, second: CodeArray) -> CodeArray | IntArray:
        """Return the value of each pair."""
        return self.find(first * np.int64(self.n_items) + second)


def frequent_pairs(sweep: Sweep, n_items: int, min_count: int, meter: Meter) -> Pairs:
    """Count all pairs of items, ascending in each row; keep those in at least *min_count* rows.

    Memory is 16 bytes x n_items**2 up to some 5,800 items, and 16 bytes x the distinct pairs
    beyond.
    """
    if is_tabular(n_items):
        return _by_table(sweep, n_items, min_count, meter)
    return _by_sorting(sweep, n_items, min_count, meter)


def _by_table(sweep: Sweep, n_items: int, min_count: int, meter: Meter) -> Pairs:
    cells = n_items * n_items
    batches = _key_batches(sweep, n_items, max(_KEYS, cells), meter)
    table = np.bincount(next(batches), minlength=cells)
    for keys in batches:
        table += np.bincount(keys, minlength=cells)
    keys = np.flatnonzero(table >= min_count)
    return Pairs(keys, table[keys])


def _by_sorting(sweep: Sweep, n_items: int, min_count: int, meter: Meter) -> Pairs:
    known = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    for batch in _key_batches(sweep, n_items, _SORTED_KEYS, meter):
        known = _merged(known, Pairs(*np.unique(batch, return_counts=True)))
    kept = known.counts >= min_count
    return Pairs(known.keys[kept], known.counts[kept])


def _merged(one: Pairs, other: Pairs) -> Pairs:
    keys, place = np.unique(np.concatenate([one.keys, other.keys]), return_inverse=True)
    counts = np.zeros(len(keys), dtype=np.int64)
    counts[place[: len(one.keys)]] = one.counts
    counts[place[len(one.keys) :]] += other.counts
    return Pairs(keys, counts)


def _key_batches(sweep: Sweep, n_items: int, size: int, meter: Meter) -> Iterator[IntArray]:
    buffer, used = np.empty(size, dtype=np.int64), 0
    for block in pair_blocks(sweep, n_items):
        if used + block.scaled.size > len(buffer):
            yield buffer[:used]
            buffer, used = _large_enough(buffer, block), 0
            meter(block.done / len(sweep.sizes))
        end = used + block.scaled.size
        np.add(block.scaled, block.second, out=buffer[used:end].reshape(block.scaled.shape))
        used = end
    yield buffer[:used]


def _large_enough(buffer: IntArray, block: PairBlock) -> IntArray:
    size = block.scaled.size
    return buffer if size <= len(buffer) else np.empty(size, dtype=np.int64)


def renumbered(pairs: Pairs, n_items: int, number: CodeArray) -> Pairs:
    """Give items other numbers, all different; pairs are put in order anew."""
    first, second = (number[part].astype(np.int64) for part in np.divmod(pairs.keys, n_items))
    keys = np.minimum(first, second) * n_items + np.maximum(first, second)
    order = np.argsort(keys)
    return Pairs(keys[order], pairs.counts[order])
