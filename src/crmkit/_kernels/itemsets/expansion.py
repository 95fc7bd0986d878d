"""From the trie of a search to itemsets: one array of item codes for each size."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.blocks import blocks
from crmkit._kernels.itemsets.trie import Level, largest_size, shapes_of
from crmkit._kernels.ragged import positions_within, starts_of
from crmkit.typing import CodeArray, IntArray

Masks = NDArray[np.uint64]

_MASK_BITS = 64
"""Beyond, a set is a line of codes, which takes three times as long to write out sorted."""


class Sets(NamedTuple):
    """Itemsets of one size.

    Attributes:
        items: item codes, one line for each set, ascending.
        counts: rows that hold it.
    """

    items: CodeArray
    counts: IntArray | CodeArray


def expanded(levels: list[Level], order: CodeArray, largest: int) -> list[Sets]:
    """Write out the itemsets of 1 .. *largest* items; *order* has the item code of each number."""
    if len(order) <= _MASK_BITS and largest_size(shapes_of(levels)) <= largest:
        return _by_masks(levels, order)
    return _by_columns(levels, order, largest)


# --- up to 64 items: a set is one number ---------------------------------------------------------


def _by_masks(levels: list[Level], order: CodeArray) -> list[Sets]:
    codes = np.sort(order)
    bit = np.uint64(1) << np.searchsorted(codes, order).astype(np.uint64)
    chunks = [chunk for node in _masked(levels, bit) for chunk in _doubled(node)]
    masks = np.concatenate([masks for masks, _ in chunks])
    counts = np.concatenate([counts for _, counts in chunks])
    size = np.bitwise_count(masks)
    by_size = np.argsort(size, kind="stable")  # 8-bit numbers: a radix sort
    masks, counts = masks[by_size], counts[by_size]
    ends = np.cumsum(np.bincount(size))
    parts = itertools.pairwise(ends.tolist())
    return [
        Sets(_written(masks[start:stop], k, codes), counts[start:stop])
        for k, (start, stop) in enumerate(parts, start=1)
    ]


class _Masked(NamedTuple):
    """The nodes of one level as masks."""

    items: Masks
    perfect: Masks
    counts: CodeArray


def _masked(levels: list[Level], bit: Masks) -> Iterator[_Masked]:
    none = np.zeros(1, dtype=np.uint64)
    above = _Masked(none, none, levels[0].counts)
    for size, level in enumerate(levels):
        items = above.items[level.parent] | bit[level.item] if size else none
        perfect = above.perfect[level.parent]
        np.bitwise_or.at(perfect, level.perfect.node, bit[level.perfect.item])
        above = _Masked(items, perfect, level.counts)
        yield above


def _doubled(nodes: _Masked) -> Iterator[tuple[Masks, CodeArray]]:
    """Write out nodes of equally many perfect items together: one doubling for each."""
    p = np.bitwise_count(nodes.perfect)
    for number in np.unique(p).tolist():
        some = np.flatnonzero(p == number)
        masks, left = nodes.items[some], nodes.perfect[some]
        for _ in range(number):
            lowest = left & (~left + np.uint64(1))
            left ^= lowest
            masks = np.concatenate([masks, masks | np.tile(lowest, len(masks) // len(some))])
        yield masks, np.tile(nodes.counts[some], 1 << number)


def _written(masks: Masks, size: int, codes: CodeArray) -> CodeArray:
    """Return the codes of the bits of each mask, ascending."""
    items = np.empty((len(masks), size), dtype=np.int32)
    for block in blocks(0, len(masks)):
        left = masks[block].copy()
        places = np.empty((len(left), size), dtype=np.uint8)
        for k in range(size):
            lowest = left & (~left + np.uint64(1))
            places[:, k] = np.bitwise_count(lowest - np.uint64(1))
            left ^= lowest
        np.take(codes, places, out=items[block], mode="clip")
    return items


# --- any number of items: column by column -------------------------------------------------------


class _Frontier(NamedTuple):
    """The nodes of one level, with all items that are perfect for them.

    Attributes:
        items: the items of each node, from the root down.
        counts: rows that hold them.
        starts: where the perfect items of each node start.
        perfect: these, one node after another.
    """

    items: CodeArray
    counts: CodeArray
    starts: IntArray
    perfect: CodeArray


def _by_columns(levels: list[Level], order: CodeArray, largest: int) -> list[Sets]:
    chunks: list[list[Sets]] = [[] for _ in range(largest + 1)]
    for level in _frontiers(levels[: largest + 1], largest):
        for sets in _written_out(level, largest):
            chunks[sets.items.shape[1]].append(sets)
    found = []
    for some in chunks[1:]:
        items = np.sort(order[np.concatenate([s.items for s in some])], axis=1)
        found.append(Sets(items, np.concatenate([s.counts for s in some])))
    return found


def _frontiers(levels: list[Level], largest: int) -> Iterator[_Frontier]:
    above = _Frontier(
        np.zeros((1, 0), dtype=np.int32),
        levels[0].counts,
        np.zeros(2, dtype=np.int64),
        np.zeros(0, dtype=np.int32),
    )
    for size, level in enumerate(levels):
        items = above.items[level.parent]
        if size:
            items = np.column_stack([items, level.item])
        # Nothing is added to the largest sets, and they may have most of the perfect items.
        perfect = _perfect_of(level, above) if size < largest else _none_of(level)
        above = _Frontier(items, level.counts, *perfect)
        yield above


def _perfect_of(level: Level, above: _Frontier) -> tuple[IntArray, CodeArray]:
    """Join what is perfect for the parents with what was found for the nodes themselves."""
    inherited = np.diff(above.starts)[level.parent]
    own = level.perfect_counts()
    starts = starts_of(inherited + own)
    perfect = np.empty(int(starts[-1]), dtype=np.int32)
    source = np.repeat(above.starts[level.parent], inherited) + positions_within(inherited)
    perfect[np.repeat(starts[:-1], inherited) + positions_within(inherited)] = above.perfect[source]
    by_node = np.argsort(level.perfect.node, kind="stable")
    target = np.repeat(starts[:-1] + inherited, own) + positions_within(own)
    perfect[target] = level.perfect.item[by_node]
    return starts, perfect


def _none_of(level: Level) -> tuple[IntArray, CodeArray]:
    return np.zeros(len(level.item) + 1, dtype=np.int64), np.zeros(0, dtype=np.int32)


def _written_out(nodes: _Frontier, largest: int) -> Iterator[Sets]:
    """Write out nodes of equally many perfect items together, by how many are taken."""
    p, size = np.diff(nodes.starts), nodes.items.shape[1]
    for number in np.unique(p).tolist():
        some = np.flatnonzero(p == number)
        perfect = nodes.perfect[nodes.starts[some, None] + np.arange(number)]
        for more in range(size == 0, min(number, largest - size) + 1):
            yield _with_more(nodes.items[some], nodes.counts[some], perfect, more)


def _with_more(items: CodeArray, counts: CodeArray, perfect: CodeArray, more: int) -> Sets:
    if more == 0:
        return Sets(items, counts)
    choices = np.array(list(itertools.combinations(range(perfect.shape[1]), more)))
    shape = (len(items), len(choices))
    base = np.broadcast_to(items[:, None], (*shape, items.shape[1]))
    sets = np.concatenate([base, perfect[:, choices]], axis=2)
    return Sets(sets.reshape(-1, sets.shape[2]), np.repeat(counts, len(choices)))
