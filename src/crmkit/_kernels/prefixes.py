"""Find, for many codes at once, the dated row of the longest prefix.

A prefix of digits is written as one integer: its digits filled up with zeros to ten, and its
length. Rows of one prefix and origin stand one after another by their first day, so the latest row
that is valid lies at the end of its run or a few steps before it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit.typing import BoolArray, IntArray

LONGEST = 10
"""Digits of the longest code."""
ALL_YEAR = (101, 1231)
"""The season of a row that has none, as month x 100 + day."""


class DatedRows(NamedTuple):
    """Rows by prefix: codes filled up to ten digits, lengths, origins, days, seasons."""

    codes: IntArray
    lengths: IntArray
    origins: IntArray
    starts: IntArray
    ends: IntArray
    season_from: IntArray
    season_to: IntArray

    def some(self, rows: IntArray | BoolArray) -> DatedRows:
        """Return some of the rows."""
        return DatedRows(*(column[rows] for column in self))


class Wanted(NamedTuple):
    """What is looked up: one code, origin and day each.

    *codes* and *lengths* are those of different codes, *code* says which of these is wanted;
    *tiers* are the origins that match, the best first, each a list of tables by *origin* (-1 where
    the table has nothing to say).
    """

    codes: IntArray
    lengths: IntArray
    code: IntArray
    origin: IntArray
    day: IntArray
    month_day: IntArray
    tiers: list[list[IntArray]]


class _Runs(NamedTuple):
    """Rows of one length in order: runs of one prefix and origin, and where each run lies."""

    rows: DatedRows
    order: IntArray
    prefixes: IntArray
    keys: IntArray
    first: IntArray
    last: IntArray
    span: int


def prefix_of(codes: IntArray, length: int) -> IntArray:
    """Return the first *length* digits of ten-digit codes."""
    return codes // np.int64(10 ** (LONGEST - length))


def is_in_season(month_days: IntArray, begin: IntArray, end: IntArray) -> BoolArray:
    """Say which days lie in a season that recurs every year, and may span the new year."""
    after, before = month_days >= begin, month_days <= end
    return np.where(begin <= end, after & before, after | before)


def longest_match(rows: DatedRows, wanted: Wanted) -> IntArray:
    """Return the row of each one wanted, or -1.

    The longest prefix wins, then the first tier of origins, then the latest start.
    """
    found = np.full(len(wanted.code), -1, dtype=np.int64)
    if len(found) == 0:
        return found
    near = (rows.starts <= wanted.day.max()) & (rows.ends >= wanted.day.min())
    numbers = np.flatnonzero(near)
    for length in np.unique(rows.lengths[numbers])[::-1].tolist():
        these = numbers[rows.lengths[numbers] == length]
        _match_length(_runs(rows.some(these), these, length), length, wanted, found)
    return found


def _runs(rows: DatedRows, numbers: IntArray, length: int) -> _Runs:
    prefixes, place = np.unique(prefix_of(rows.codes, length), return_inverse=True)
    span = int(rows.origins.max(initial=0)) + 1
    keys = place * span + rows.origins
    order = np.lexsort((rows.starts, keys))
    keys = keys[order]
    first = np.flatnonzero(changes(keys))
    last = np.append(first[1:], len(keys)) - 1
    return _Runs(rows.some(order), numbers[order], prefixes, keys[first], first, last, span)


def _match_length(runs: _Runs, length: int, wanted: Wanted, found: IntArray) -> None:
    place = _places(runs.prefixes, prefix_of(wanted.codes, length))
    place[wanted.lengths < length] = -1
    todo = np.flatnonzero((found < 0) & (place[wanted.code] >= 0))
    for tier in wanted.tiers:
        best = np.full(len(todo), -1, dtype=np.int64)
        for table in tier:
            origin = table[wanted.origin[todo]]
            known = np.flatnonzero((origin >= 0) & (origin < runs.span))
            lines = todo[known]
            keys = place[wanted.code[lines]] * runs.span + origin[known]
            latest = _latest_valid(runs, _places(runs.keys, keys), wanted, lines)
            best[known] = _later(runs.rows.starts, best[known], latest)
        hit = best >= 0
        found[todo[hit]] = runs.order[best[hit]]
        todo = todo[~hit]


def _places(ordered: IntArray, wanted: IntArray) -> IntArray:
    """Return where each number stands in *ordered*, -1 if nowhere."""
    places = np.searchsorted(ordered, wanted)
    there = ordered[np.minimum(places, len(ordered) - 1)] == wanted
    return np.where(there, places, -1)


def _latest_valid(runs: _Runs, run: IntArray, wanted: Wanted, lines: IntArray) -> IntArray:
    """Return the last row of each run that is valid on its day; -1 if none is."""
    valid = np.full(len(run), -1, dtype=np.int64)
    still = np.flatnonzero(run >= 0)
    row = runs.last[run[still]]
    while len(still):
        day, month_day = wanted.day[lines[still]], wanted.month_day[lines[still]]
        ok = (runs.rows.starts[row] <= day) & (day <= runs.rows.ends[row])
        ok &= is_in_season(month_day, runs.rows.season_from[row], runs.rows.season_to[row])
        valid[still[ok]] = row[ok]
        # The run's earlier rows are tried where this one does not hold.
        on = ~ok & (row > runs.first[run[still]])
        still, row = still[on], row[on] - 1
    return valid


def _later(starts: IntArray, one: IntArray, two: IntArray) -> IntArray:
    """Return of two rows, -1 for none, the one that starts later."""
    second = (two >= 0) & ((one < 0) | (starts[two] > starts[one]))
    return np.where(second, two, one)


def ties(rows: DatedRows, kinds: IntArray) -> tuple[int, int] | None:
    """Return two rows between which no rule decides: all alike, and valid on the same days."""
    pieces, numbers = _year_pieces(rows)
    alike = (kinds, rows.lengths, rows.codes, rows.origins, rows.starts)
    keys = [column[numbers] for column in alike]
    order = np.lexsort((pieces[0], *keys))
    same = ~changes(*(column[order] for column in keys))[1:]
    overlap = pieces[0][order][1:] <= pieces[1][order][:-1]
    clash = np.flatnonzero(same & overlap)
    if len(clash) == 0:
        return None
    one, two = sorted(numbers[order][clash[0] : clash[0] + 2].tolist())
    return one, two


def _year_pieces(rows: DatedRows) -> tuple[tuple[IntArray, IntArray], IntArray]:
    """Return the seasons as stretches of one year; one that spans the new year makes two."""
    every = np.arange(len(rows.codes))
    wraps = np.flatnonzero(rows.season_from > rows.season_to)
    until = np.where(rows.season_from > rows.season_to, ALL_YEAR[1], rows.season_to)
    begins = np.append(rows.season_from, np.full(len(wraps), ALL_YEAR[0]))
    return (begins, np.append(until, rows.season_to[wraps])), np.append(every, wraps)
