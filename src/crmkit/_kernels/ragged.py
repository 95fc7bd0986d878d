"""Arrays of rows of unequal lengths, without a loop per row."""

from __future__ import annotations

import itertools

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit.typing import BoolArray, CodeArray, IntArray


def starts_of(sizes: IntArray | BoolArray) -> IntArray:
    """Return where each row starts, and after the last one where it ends."""
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts


def positions_within(sizes: IntArray) -> IntArray:
    """Return 0 .. size-1 for each row, one row after another."""
    starts = starts_of(sizes)
    return np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)


def slices_of(weights: IntArray, most: int, first: IntArray | None = None) -> list[slice]:
    """Cut entries into consecutive slices of a total weight of about *most* each.

    With *first*, the first entry of each one's run, runs stay whole.
    """
    if len(weights) == 0:
        return []
    number = starts_of(weights)[:-1] // most
    number = number if first is None else number[first]
    edges = np.flatnonzero(np.diff(number, prepend=-1, append=number[-1] + 1))
    return [slice(start, stop) for start, stop in itertools.pairwise(edges.tolist())]


def run_ends(keys: IntArray | CodeArray) -> IntArray:
    """Return for each entry where its run of equal keys ends."""
    heads = np.flatnonzero(changes(keys)) if len(keys) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.append(heads, len(keys)))
    return np.repeat(heads + sizes, sizes)


def positions_of(starts: IntArray | CodeArray, sizes: IntArray) -> IntArray:
    """Return start .. start + size - 1 for each row, one row after another."""
    before = starts_of(sizes)
    return np.arange(before[-1]) + np.repeat(starts - before[:-1], sizes)
