"""Sets of rows as bitmaps, one row of 64-bit words for each itemset, and how often two meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.itemsets.incidence import Sweep, pair_blocks
from crmkit._kernels.itemsets.pairs import PairIndex
from crmkit._kernels.ragged import positions_within, slices_of, starts_of
from crmkit.typing import CodeArray, IntArray

Words = NDArray[np.uint64]

_BLOCK = 1 << 15
"""Words of one block of intersections: two buffers of 256 KB and one of 32 KB stay in the cache."""
_ADD_COLUMNS_BELOW = 25
_RUN_BITS = 1 << 28


def packed(flags: NDArray[np.bool_]) -> Words:
    """Pack booleans, a multiple of 64 in each row, into words."""
    return np.packbits(flags, axis=-1, bitorder="little").view(np.uint64)


def item_bitmaps(sweep: Sweep, n_items: int) -> Words:
    """Return the rows of each item."""
    flags = np.zeros((n_items, words_for(len(sweep.sizes)) * 64), dtype=np.bool_)
    row = np.repeat(np.arange(len(sweep.sizes), dtype=np.int32), sweep.sizes)
    flags[_row_after_row(sweep), row] = True
    return packed(flags)


def _row_after_row(sweep: Sweep) -> CodeArray:
    at = np.repeat(sweep.starts, sweep.sizes) + positions_within(sweep.sizes)
    items: CodeArray = sweep.items[at]
    return items


def words_for(rows: int) -> int:
    """Return how many words hold so many bits."""
    return -(-rows // 64)


class Bucket(NamedTuple):
    """Bitmaps of equal width, of some pairs.

    Attributes:
        pairs: places of the pairs among all that were asked for.
        bits: one row of words for each.
    """

    pairs: NDArray[np.intp]
    bits: Words


def pair_buckets(
    sweep: Sweep, first: CodeArray, second: CodeArray, n_items: int
) -> Iterator[Bucket]:
    """Return for each pair which rows of its first item hold the second, by width.

    Pairs come in ascending order. Widths are rounded up to a grid, so that some twenty buckets
    hold all pairs. Memory: a byte for each row of each pair, 256 MB at a time.
    """
    rows = np.bincount(sweep.items, minlength=n_items)
    widths = _on_grid(-(-rows[first] // 64))
    for run in slices_of(widths * 64, _RUN_BITS, np.searchsorted(first, first)):
        yield from _buckets(sweep, first[run], second[run], widths[run], n_items, run.start)


def _on_grid(widths: IntArray) -> IntArray:
    grid = [*range(1, 9)]
    while grid[-1] < widths.max(initial=1):
        grid.append(int(grid[-1] * 1.19) + 1)
    steps = np.array(grid)
    return steps[np.searchsorted(steps, widths)]


def _buckets(
    sweep: Sweep,
    first: CodeArray,
    second: CodeArray,
    widths: IntArray,
    n_items: int,
    offset: int,
) -> Iterator[Bucket]:
    order = np.argsort(widths, kind="stable")
    starts = starts_of(widths[order])
    bit = np.empty(len(order), dtype=np.int64)
    bit[order] = starts[:-1] * 64
    flags = np.zeros(int(starts[-1]) * 64, dtype=np.bool_)
    _mark_rows(sweep, PairIndex(first * np.int64(n_items) + second, n_items, bit), flags)
    words = packed(flags)
    edges = np.flatnonzero(np.diff(widths[order], prepend=0, append=0))
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        width = int(widths[order[start]])
        bits = words[starts[start] : starts[stop]].reshape(-1, width)
        yield Bucket(order[start:stop] + offset, bits)


def _mark_rows(sweep: Sweep, bits: PairIndex, flags: NDArray[np.bool_]) -> None:
    """Set the flag of each row of each pair; *bits* has the first flag of a pair."""
    for block in pair_blocks(sweep, bits.n_items):
        first = bits.find(block.keys.ravel())
        wanted = np.flatnonzero(first >= 0)
        places = block.places.ravel()  # type: ignore[union-attr]
        flags[first.take(wanted) + places.take(wanted)] = True


class Meetings(NamedTuple):
    """Pairs of bitmaps that have enough rows in common.

    Attributes:
        counts: rows in common, of every pair that was tried.
        bits: the common rows, of those that were kept.
    """

    counts: IntArray
    bits: Words


def meetings(bits: Words, one: IntArray, other: IntArray, least: int, below: CodeArray) -> Meetings:
    """Intersect bitmaps pairwise; keep counts from *least* up that are below *below*[one]."""
    counts = np.empty(len(one), dtype=np.int64)
    # Untouched pages of it cost nothing.
    kept = np.empty((len(one), bits.shape[1]), dtype=np.uint64)
    used = 0
    for part, common, count in intersections(bits, one, bits, other):
        counts[part] = count
        found = np.flatnonzero((counts[part] >= least) & (counts[part] < below[one[part]]))
        np.take(common, found, axis=0, out=kept[used : used + len(found)], mode="clip")
        used += len(found)
    return Meetings(counts, kept[:used])


def intersections(
    left: Words, one: IntArray | CodeArray, right: Words, other: IntArray | CodeArray
) -> Iterator[tuple[slice, Words, NDArray[np.unsignedinteger]]]:
    """Intersect left[one] with right[other] in blocks: which part, common rows, their counts.

    The common rows are overwritten by the next block.
    """
    width = left.shape[1]
    step = min(max(1, _BLOCK // width), len(one))
    first = np.empty((step, width), dtype=np.uint64)
    second, ones = np.empty_like(first), np.empty(first.shape, dtype=np.uint8)
    for start in range(0, len(one), max(step, 1)):
        part = slice(start, min(start + step, len(one)))
        some = slice(part.stop - start)
        a, b, c = first[some], second[some], ones[some]
        # With mode="clip" take writes straight into its buffer, many times as fast as indexing.
        np.take(left, one[part], axis=0, out=a, mode="clip")
        np.take(right, other[part], axis=0, out=b, mode="clip")
        np.bitwise_and(a, b, out=a)
        np.bitwise_count(a, out=c)
        yield part, a, _row_sums(c)


def _row_sums(ones: NDArray[np.uint8]) -> NDArray[np.unsignedinteger]:
    if ones.shape[1] >= _ADD_COLUMNS_BELOW:
        sums: NDArray[np.unsignedinteger] = ones.sum(axis=1, dtype=np.uint32)
        return sums
    # Sums over a short axis cost six times as much as adding its columns.
    few = ones[:, 0].astype(np.uint16)
    for column in range(1, ones.shape[1]):
        few += ones[:, column]
    return few
