"""What products sell in periods: lines as (product, period, units), buyers counted once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.grouping import changes
from crmkit._kernels.matching import Rows, match_returns
from crmkit.typing import BoolArray, CodeArray, IntArray, NumberArray


class Entries(NamedTuple):
    """How much of which product in which period; several entries of one cell add up."""

    row: CodeArray
    period: CodeArray
    units: NumberArray


class Sales(NamedTuple):
    """Lines that returns are matched with: who bought what when, in units that returns have not."""

    customer: CodeArray
    seconds: IntArray


def with_returns_undone(entries: Entries, lines: Sales, sold: BoolArray) -> Entries:
    """Move what came back to the periods of the latest sales to the same customer.

    Only lines of known customers (0 or more) are matched; what finds no sale stays where it is.
    """
    back = np.flatnonzero((entries.units < 0) & (lines.customer >= 0))
    keys = entries.row.astype(np.int64) * (int(lines.customer.max(initial=0)) + 1) + lines.customer
    bought = sold & (entries.units > 0) & (lines.customer >= 0)
    bought &= np.isin(keys, np.unique(keys[back]))
    sales = _ordered(np.flatnonzero(bought), keys, lines.seconds)
    returned = _ordered(back, keys, lines.seconds)
    found = match_returns(
        _rows(sales, keys, lines.seconds, entries.units),
        _rows(returned, keys, lines.seconds, -entries.units),
        np.full(len(returned), lines.seconds.min(initial=0)),
        latest=True,
    )
    units = entries.units.astype(np.int64)
    units[returned] = -found.unmatched
    place = sales[found.sold]
    return Entries(
        np.append(entries.row, entries.row[place]),
        np.append(entries.period, entries.period[place]),
        np.concatenate([units, -found.amount]),
    )


def _ordered(rows: IntArray, keys: IntArray, seconds: IntArray) -> IntArray:
    return rows[np.lexsort((seconds[rows], keys[rows]))]


def _rows(rows: IntArray, keys: IntArray, seconds: IntArray, units: NumberArray) -> Rows:
    return Rows(keys[rows], seconds[rows], units[rows].astype(np.int64))


def buyers(
    row: CodeArray, period: CodeArray, customer: CodeArray, *, periods: int, new: bool
) -> Entries:
    """Count each buyer once a product and period or, if *new*, once a product: when they first buy.

    Time: that of sorting the lines.
    """
    people = int(customer.max(initial=0)) + 1
    pair = row.astype(np.int64) * people + customer
    # Sorted by hand: numpy's own unique hashes, which takes ten times as long here.
    keys = pair * periods + period
    keys.sort()
    keys = keys[changes(keys)]
    pairs, when = np.divmod(keys, periods)
    kept = changes(pairs) if new else np.ones(len(keys), dtype=np.bool_)
    rows = pairs[kept] // people
    ones = np.ones(len(rows), dtype=np.int64)
    return Entries(rows.astype(np.int32), when[kept].astype(np.int32), ones)


def first_by(codes: CodeArray, groups: int, values: CodeArray) -> CodeArray:
    """Return the smallest value of each group; the largest int32 for none."""
    first = np.full(groups, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(first, codes, values)
    return first


def one_each(codes: CodeArray, groups: int, values: CodeArray) -> CodeArray | None:
    """Return the one value that each group has, -1 for none; None if a group has several."""
    known = values >= 0
    codes, values = (codes, values) if known.all() else (codes[known], values[known])
    found = np.full(groups, -1, dtype=np.int32)
    found[codes] = values
    return found if np.array_equal(found[codes], values) else None
