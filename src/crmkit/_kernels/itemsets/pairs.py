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
    """Finds pairs by their items; -1 for pairs that are not there."""

    def __init__(self, keys: IntArray, n_items: int) -> None:
        """Index ascending *keys* (first * n_items + second)."""
        self.keys, self.n_items = keys, n_items
        self.table: CodeArray | None = None
        if is_tabular(n_items):
            self.table = np.full(n_items * n_items, -1, dtype=np.int32)
            self.table[keys] = np.arange(len(keys), dtype=np.int32)

    def find(
        self, first: IntArray | CodeArray, second: IntArray | CodeArray
    ) -> CodeArray | IntArray:
        """Return the place of each pair among the keys."""
        wanted = first * np.int64(self.n_items) + second
        if self.table is not None:
            return self.table[wanted]
        if len(self.keys) == 0:
            return np.full(wanted.shape, -1)
        found = np.searchsorted(self.keys, wanted)
        np.minimum(found, len(self.keys) - 1, out=found)
        return np.where(self.keys[found] == wanted, found, -1)


def frequent_pairs(sweep: Sweep, n_items: int, min_count: int, meter: Meter) -> Pairs:
    """Count all pairs of items and keep those in at least *min_count* rows.

    Memory is 16 bytes x n_items**2 up to some 5,800 items, and 16 bytes x the distinct pairs
    beyond.
    """
    if is_tabular(n_items):
        return _by_table(sweep, n_items, min_count, meter)
    return _by_sorting(sweep, n_items, min_count, meter)


def _by_table(sweep: Sweep, n_items: int, min_count: int, meter: Meter) -> Pairs:
    cells = n_items * n_items
    table = np.zeros(cells, dtype=np.int64)
    for keys in _key_batches(sweep, n_items, max(_KEYS, cells), meter):
        table += np.bincount(keys, minlength=cells)
    square = table.reshape(n_items, n_items)
    # Items stand in any order inside a row, so a pair is counted under both of its keys.
    both = np.triu(square + square.T, 1).ravel()
    keys = np.flatnonzero(both >= min_count)
    return Pairs(keys, both[keys])


def _by_sorting(sweep: Sweep, n_items: int, min_count: int, meter: Meter) -> Pairs:
    known = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    for batch in _key_batches(sweep, n_items, _SORTED_KEYS, meter):
        first, second = np.divmod(batch, n_items)
        keys = np.minimum(first, second) * n_items + np.maximum(first, second)
        known = _merged(known, Pairs(*np.unique(keys, return_counts=True)))
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
    for block in pair_blocks(sweep):
        if used + block.first.size > len(buffer):
            yield buffer[:used]
            buffer, used = _large_enough(buffer, block), 0
            meter(block.done / len(sweep.sizes))
        end = used + block.first.size
        np.multiply(block.first, n_items, out=buffer[used:end].reshape(block.first.shape))
        buffer[used:end].reshape(block.first.shape)[:] += block.second
        used = end
    yield buffer[:used]


def _large_enough(buffer: IntArray, block: PairBlock) -> IntArray:
    return buffer if block.first.size <= len(buffer) else np.empty(block.first.size, np.int64)
