"""Match what came back with what was sold before it, within the same key.

Sold rows stand in the order of (key, time), returned rows in that of the key and of their turns. A
key is whatever must agree: an account and a product, say.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit.typing import BoolArray, IntArray


class Rows(NamedTuple):
    """Rows in order: what they belong to, when (for returns: the last moment undone), how much."""

    key: IntArray
    time: IntArray
    amount: IntArray


class Matches(NamedTuple):
    """Parts of returns: which returned row undoes how much of which sold row; what found none."""

    returned: IntArray
    sold: IntArray
    amount: IntArray
    unmatched: IntArray


def match_returns(sold: Rows, returned: Rows, since: IntArray, *, latest: bool) -> Matches:
    """Match each return with the latest, or the earliest, sales of its key that can be returned.

    A return may undo sales from *since* up to its time, in parts, and never more than was sold.
    Returns of one key take their turns as they stand; those of different keys go at once. Time and
    memory grow with the returned rows and the sales that they pass.
    """
    left = sold.amount.copy()
    wanted = returned.amount.copy()
    first, stop = _bounds(sold, returned, since)
    turn = _turns(returned.key)
    parts: list[tuple[IntArray, IntArray, IntArray]] = []
    for number in range(int(turn.max(initial=-1)) + 1):
        rows = np.flatnonzero(turn == number)
        parts += _take(rows, left, wanted, (first, stop), latest)
    found = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else None
    if found is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Matches(nothing, nothing, nothing, wanted)
    order = np.lexsort((found[1], found[0]))
    return Matches(found[0][order], found[1][order], found[2][order], wanted)


def _bounds(sold: Rows, returned: Rows, since: IntArray) -> tuple[IntArray, IntArray]:
    """Return for each returned row the first sold row it may undo, and where they end."""
    if not len(sold.key) or not len(returned.key):
        nothing = np.zeros(len(returned.key), dtype=np.int64)
        return nothing, nothing
    keys, numbers = np.unique(sold.key, return_inverse=True)
    place = np.minimum(np.searchsorted(keys, returned.key), len(keys) - 1)
    known = keys[place] == returned.key
    start = int(min(sold.time.min(), returned.time.min(), since.min())) - 1
    span = int(max(sold.time.max(), returned.time.max())) - start + 2
    ranked = numbers * span + (sold.time - start)
    asked = place * span
    first = np.searchsorted(ranked, asked + (since - start), side="left")
    stop = np.searchsorted(ranked, asked + (returned.time - start), side="right")
    return np.where(known, first, 0), np.where(known, stop, 0)


def _turns(keys: IntArray) -> IntArray:
    """Number the rows of each key, from 0."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    new: BoolArray = changes(keys)
    heads = np.flatnonzero(new)
    return np.arange(len(keys)) - np.repeat(heads, np.diff(np.append(heads, len(keys))))


def _take(
    rows: IntArray,
    left: IntArray,
    wanted: IntArray,
    bounds: tuple[IntArray, IntArray],
    latest: bool,
) -> list[tuple[IntArray, IntArray, IntArray]]:
    """Let some returns, of different keys, take what they want; writes *left* and *wanted*."""
    first, stop = bounds[0][rows], bounds[1][rows]
    place = stop - 1 if latest else first.copy()
    step = -1 if latest else 1
    taken = []
    while len(rows):
        inside = (place >= first) & (place < stop) & (wanted[rows] > 0)
        rows, place, first, stop = rows[inside], place[inside], first[inside], stop[inside]
        amount = np.minimum(left[place], wanted[rows])
        left[place] -= amount
        wanted[rows] -= amount
        some = amount > 0
        taken.append((rows[some], place[some], amount[some]))
        place = place + step
    return taken
