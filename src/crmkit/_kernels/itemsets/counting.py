"""How many rows hold each of some given sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from crmkit._kernels.itemsets.bitmaps import Words, intersections, packed, words_for
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit.typing import CodeArray, IntArray

_CHUNK_BITS = 1 << 29
"""Bits of the bitmaps of one level: 64 MB."""


class Prefixes(NamedTuple):
    """The different beginnings, of one length, of the sets asked for.

    Attributes:
        parent: which beginning each prolongs.
        item: by which item.
    """

    parent: IntArray
    item: IntArray


def set_counts(source: Incidence, sizes: Sequence[CodeArray]) -> list[IntArray]:
    """Count the rows that hold each set; *sizes* has one array for each size 1, 2, ...

    Sets with items of -1 are in no row. Time: the different beginnings of the sets x rows / 64.
    """
    levels, places = _prefix_tree(sizes, source.n_items)
    counts = [np.zeros(len(level.item), dtype=np.int64) for level in levels]
    used = np.unique(np.concatenate([np.zeros(0, np.int64), *(lv.item for lv in levels)]))
    local = [Prefixes(lv.parent, np.searchsorted(used, lv.item)) for lv in levels]
    most = max([len(used), *(len(level.item) for level in levels)])
    for bits in _item_chunks(source, used, most):
        _add_counts(bits, local, counts)
    return [
        np.where(place < 0, 0, count[place]) if len(count) else np.zeros(len(place), np.int64)
        for place, count in zip(places, counts, strict=True)
    ]


def _prefix_tree(sizes: Sequence[CodeArray], n_items: int) -> tuple[list[Prefixes], list[IntArray]]:
    """Return the beginnings level by level, and for each set which of its level it is."""
    # A set with an unknown item gets -1 there and keeps it: no row holds it.
    place = [np.zeros(len(items), dtype=np.int64) for items in sizes]
    levels = []
    for depth in range(len(sizes)):
        keys = [
            np.where((at < 0) | (items[:, depth] < 0), -1, at * n_items + items[:, depth])
            for at, items in zip(place[depth:], sizes[depth:], strict=True)
        ]
        different, number = np.unique(np.concatenate(keys), return_inverse=True)
        absent = int(len(different) > 0 and different[0] < 0)
        levels.append(Prefixes(*np.divmod(different[absent:], n_items)))
        ends = np.cumsum([len(k) for k in keys])[:-1]
        place[depth:] = np.split(number - absent, ends)
    return levels, place


def _item_chunks(source: Incidence, used: IntArray, most: int) -> Iterator[Words]:
    """Return bitmaps of the items used, for some rows at a time."""
    number = np.full(source.n_items, -1, dtype=np.int32)
    number[used] = np.arange(len(used), dtype=np.int32)
    step = max(_CHUNK_BITS // max(most, 1) // 64, 1) * 64
    for first in range(0, source.n_rows, step):
        last = min(first + step, source.n_rows)
        entries = slice(int(source.starts[first]), int(source.starts[last]))
        item = number[source.items[entries]]
        row = np.repeat(np.arange(last - first), np.diff(source.starts[first : last + 1]))
        flags = np.zeros((len(used), words_for(last - first) * 64), dtype=np.bool_)
        flags[item[item >= 0], row[item >= 0]] = True
        yield packed(flags)


def _add_counts(bits: Words, levels: list[Prefixes], counts: list[IntArray]) -> None:
    above = np.full((1, bits.shape[1]), np.iinfo(np.uint64).max)
    for k, (level, count) in enumerate(zip(levels, counts, strict=True)):
        keep = k + 1 < len(levels)
        common = np.empty((len(level.item) if keep else 0, bits.shape[1]), dtype=np.uint64)
        for part, rows, ones in intersections(above, level.parent, bits, level.item):
            count[part] += ones
            if keep:
                common[part] = rows
        above = common
