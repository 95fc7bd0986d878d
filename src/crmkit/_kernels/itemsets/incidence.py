"""Which items are in which rows, and the rows arranged for sweeps over all pairs of items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from crmkit._kernels.grouping import counting_sort
from crmkit._kernels.ragged import starts_of
from crmkit.typing import CodeArray, IntArray

_CELLS = 1 << 18
"""Cells of one padded block: its columns stay in the cache while they are paired."""


class Incidence(NamedTuple):
    """Rows of distinct items in ascending order.

    Attributes:
        starts: where each row starts in *items*; one more entry than rows.
        items: item codes, row after row.
        n_items: how many items there can be.
    """

    starts: IntArray
    items: CodeArray
    n_items: int

    @property
    def n_rows(self) -> int:
        """How many rows, empty ones included."""
        return len(self.starts) - 1

    def rows(self) -> CodeArray:
        """Return the row of each entry."""
        numbers = np.arange(self.n_rows, dtype=np.int32)
        return np.repeat(numbers, np.diff(self.starts))

    def counts(self) -> IntArray:
        """Count the rows of each item."""
        return np.bincount(self.items, minlength=self.n_items)


def incidence(rows: CodeArray, items: CodeArray, n_rows: int, n_items: int) -> Incidence:
    """Bring (row, item) entries into rows; repeated entries count once."""
    # The values are never looked at: 256 repeats would sum to zero in them.
    there = np.ones(len(rows), dtype=np.int8)
    table = sparse.csr_array(sparse.coo_array((there, (rows, items)), shape=(n_rows, n_items)))
    table.sum_duplicates()
    codes = table.indices.astype(np.int32, copy=False)
    return Incidence(table.indptr.astype(np.int64), codes, n_items)


class Sweep(NamedTuple):
    """Rows from the longest to the shortest.

    "The item at position q" of all rows longer than q then is a prefix, and every pair of
    positions is two contiguous slices.

    Attributes:
        items: item codes, each row contiguous.
        starts: where each row starts.
        sizes: how many items each row has, descending.
        places: for each entry its row's place among the rows of that item; where asked for.
    """

    items: CodeArray
    starts: IntArray
    sizes: IntArray
    places: CodeArray | None = None

    @property
    def pairs(self) -> int:
        """How many pairs of items stand together in a row, over all rows."""
        return int((self.sizes * (self.sizes - 1) // 2).sum())


class PairBlock(NamedTuple):
    """Pairs that one position forms with all earlier ones, in some rows.

    Attributes:
        scaled: items at the earlier positions times the number of items, a line for each position.
        second: items at the later position, one for each row.
        places: places of the rows among those of the first item.
        done: rows swept so far.
    """

    scaled: IntArray
    second: IntArray
    places: CodeArray | None
    done: int

    @property
    def keys(self) -> IntArray:
        """First * number of items + second, for each pair."""
        return self.scaled + self.second


def sweep_of(source: Incidence, rank: CodeArray, *, least: int) -> Sweep:
    """Renumber items by *rank* (-1 drops) and keep rows of at least so many, longest first.

    Where *rank* ascends, the items of each row do.
    """
    items, starts, sizes = _renumbered(source, rank)
    order = _longest_first(sizes, least)
    return Sweep(items, starts[order], sizes[order])


def sorted_sweep_of(source: Incidence, rank: CodeArray, n_items: int, *, least: int) -> Sweep:
    """Do as `sweep_of`, with items ascending inside each row, and with places."""
    items, _, sizes = _renumbered(source, rank)
    order = _longest_first(sizes, least)
    line = np.full(len(sizes), -1, dtype=np.int32)
    line[order] = np.arange(len(order), dtype=np.int32)
    lines = np.repeat(line, sizes)
    kept = lines >= 0
    # Two counting sorts, by item and then by row, leave the items of each row ascending.
    by_item, item_starts = counting_sort(items[kept], n_items, lines[kept])
    counts = np.diff(item_starts)
    every = np.arange(len(by_item), dtype=np.int32)
    at, starts = counting_sort(by_item, len(order), every)
    item = np.repeat(np.arange(n_items, dtype=np.int32), counts)
    place = every - np.repeat(item_starts[:-1], counts)
    return Sweep(item[at], starts[:-1].astype(np.int64), sizes[order], place[at])


def _renumbered(source: Incidence, rank: CodeArray) -> tuple[CodeArray, IntArray, IntArray]:
    items = rank[source.items]
    kept = items >= 0
    starts = starts_of(kept)[source.starts]
    return items[kept], starts, np.diff(starts)


def _longest_first(sizes: IntArray, least: int) -> NDArray[np.intp]:
    # A stable sort of 16-bit numbers is a radix sort, five times as fast.
    small = np.int16 if sizes.max(initial=0) <= np.iinfo(np.int16).max else np.int64
    order = np.argsort((-sizes).astype(small), kind="stable")
    return order[: np.count_nonzero(sizes >= least)]


def pair_blocks(sweep: Sweep, n_items: int) -> Iterator[PairBlock]:
    """Go through all pairs of items that stand together in a row."""
    first = 0
    while first < len(sweep.sizes):
        longest = int(sweep.sizes[first])
        last = min(first + max(1, _CELLS // longest), len(sweep.sizes))
        yield from _blocks_of_rows(sweep, slice(first, last), longest, n_items)
        first = last


def _blocks_of_rows(sweep: Sweep, rows: slice, longest: int, n_items: int) -> Iterator[PairBlock]:
    # Entries behind the end of a row are whatever follows it; the prefixes leave them out.
    at = sweep.starts[rows] + np.arange(longest)[:, None]
    items = sweep.items.take(at, mode="clip").astype(np.int64)
    scaled = items * n_items
    places = None if sweep.places is None else sweep.places.take(at, mode="clip")
    ascending = sweep.sizes[rows][::-1]
    longer = len(ascending) - np.searchsorted(ascending, np.arange(longest), side="right")
    for q in range(1, longest):
        n = int(longer[q])
        yield PairBlock(
            scaled[:q, :n], items[q, :n], None if places is None else places[:q, :n], rows.stop
        )
