"""First in, first out: which receipt each unit is from, for all products at once.

All units that ever came stand in one row, product after product and in time; an entry (a receipt,
or goods that came back) is a stretch of places between two edges. The n-th unit to leave takes the
n-th place, whether or not it had come by then: so later receipts cover what left before them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit._kernels.ragged import positions_of
from crmkit.typing import FloatArray, IntArray


class Stretches(NamedTuple):
    """Runs of places, and who holds them: an issue, or -1 for the stock on hand."""

    starts: IntArray
    stops: IntArray
    holders: IntArray


class Pieces(NamedTuple):
    """How many units of an entry a holder has, by entry and then by holder."""

    holders: IntArray
    entries: IntArray
    sizes: IntArray


def pieces_of(held: Stretches, edges: IntArray, origins: IntArray) -> Pieces:
    """Say which receipts the held places are from.

    Args:
        held: places that no later return has emptied.
        edges: where each entry starts, and where the last one ends.
        origins: where the units of an entry stood before they left and came back; -1 for receipts.
    """
    found: list[Pieces] = []
    while len(held.starts):
        held, entries = _cut(held, edges)
        back = origins[entries] >= 0
        sizes = held.stops - held.starts
        found.append(Pieces(held.holders[~back], entries[~back], sizes[~back]))
        # Once through for each time that a unit was sold again: few.
        starts = (held.starts - edges[entries] + origins[entries])[back]
        held = Stretches(starts, starts + sizes[back], held.holders[back])
    return _merged(found)


def _cut(held: Stretches, edges: IntArray) -> tuple[Stretches, IntArray]:
    """Cut stretches at the edges; return them with the entry each lies in."""
    first = np.searchsorted(edges, held.starts, side="right") - 1
    last = np.searchsorted(edges, held.stops, side="left") - 1
    sizes = np.where(held.stops > held.starts, last - first + 1, 0)
    entries = positions_of(first, sizes)
    whole = np.repeat(np.arange(len(sizes)), sizes)
    starts = np.maximum(held.starts[whole], edges[entries])
    stops = np.minimum(held.stops[whole], edges[entries + 1])
    some = stops > starts  # entries of nothing may lie between
    return Stretches(starts[some], stops[some], held.holders[whole[some]]), entries[some]


def _merged(found: list[Pieces]) -> Pieces:
    """Put pieces in order, those of one entry and holder together."""
    if not found:
        nothing = np.zeros(0, dtype=np.int64)
        return Pieces(nothing, nothing, nothing)
    holders, entries, sizes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    # One key sorts in a third of the time of two; holders start at -1.
    order = np.argsort(entries * (int(holders.max(initial=0)) + 2) + holders)
    holders, entries, sizes = holders[order], entries[order], sizes[order]
    heads = np.flatnonzero(changes(entries, holders)) if len(sizes) else sizes
    totals = np.add.reduceat(sizes, heads) if len(heads) else sizes
    return Pieces(holders[heads], entries[heads], totals)


def range_products(factors: FloatArray, starts: IntArray, stops: IntArray) -> FloatArray:
    """Multiply the factors from each start to before its stop."""
    # Products of 1, 2, 4 ... neighbours in turn; each range is put together from these.
    products = np.ones(len(starts))
    at, lengths = starts.copy(), stops - starts
    runs, width = factors, 1
    while width <= int(lengths.max(initial=0)):
        some = np.flatnonzero(lengths & width)
        products[some] *= runs[at[some]]
        at[some] += width
        runs = runs[:-width] * runs[width:]
        width *= 2
    return products
