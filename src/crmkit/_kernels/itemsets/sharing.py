"""How many rows each item shares with every other, for some items at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.ragged import starts_of
from crmkit.typing import IntArray

_ENTRIES = 1 << 20
"""About how many pairs are in hand at a time."""


class Shared(NamedTuple):
    """Pairs of some items with all items, themselves included; pairs that share no row are absent.

    Attributes:
        items: which items these are.
        first: the first item of each pair, counted from `items.start`.
        second: the second one.
        rows: how many rows hold both.
    """

    items: slice
    first: IntArray
    second: IntArray
    rows: IntArray


def only_items(source: Incidence, items: IntArray) -> Incidence:
    """Number *items* 0, 1, ... as they stand and leave out all others; rows keep their order."""
    place = np.full(source.n_items, -1, dtype=np.int32)
    place[items] = np.arange(len(items), dtype=np.int32)
    numbers = place[source.items]
    kept = numbers >= 0
    return Incidence(starts_of(kept)[source.starts], numbers[kept], len(items))


def shared_rows(source: Incidence, extra: IntArray | int = 0) -> Iterator[Shared]:
    """Go through the items in blocks of about a million pairs.

    Where the caller holds *extra* entries for each item besides, blocks are the smaller for it.
    Time: the sum over rows of size squared. Memory: a few dozen MB for each block.
    """
    # int32 holds any number of rows, and takes half the memory of the default.
    there = np.ones(len(source.items), dtype=np.int32)
    shape = (source.n_rows, source.n_items)
    table = sparse.csr_array((there, source.items, source.starts), shape=shape)
    by_item = table.T.tocsr()
    most = np.minimum(by_item @ np.diff(source.starts), source.n_items)
    for items in _parts(most + extra):
        product = by_item[items] @ table
        first = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        yield Shared(items, first, product.indices.astype(np.int64), product.data.astype(np.int64))


def _parts(load: IntArray) -> Iterator[slice]:
    """Cut into consecutive slices of about equal load, one item at least."""
    full = np.flatnonzero(np.diff(np.cumsum(load) // _ENTRIES, prepend=0))
    ends = np.unique(np.append(full + 1, len(load)))
    first = 0
    for end in ends[ends > 0].tolist():
        yield slice(first, end)
        first = end
