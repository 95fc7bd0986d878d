"""Which rules fire for which rows, and the best products that they call for.

A rule X -> {a, b} makes two claims: rows that hold X want a, and they want b. Claims are numbered
from the strongest to the weakest, so that the best products of a row are its smallest numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from crmkit._kernels.grouping import changes, group_order
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.ragged import positions_of, positions_within, starts_of
from crmkit.typing import BoolArray, CodeArray, IntArray

_BUDGET = 1 << 20
"""Claims, and entries of the product of rows and antecedents, that one block may have."""


class Fired(NamedTuple):
    """Pairs of a row and an antecedent that it holds, in no order."""

    row: CodeArray
    antecedent: CodeArray


class Antecedents(NamedTuple):
    """Different left sides of rules.

    Attributes:
        holds: sparse table of items x antecedents, 1 where the antecedent holds the item.
        sizes: how many items each antecedent holds.
    """

    holds: Any
    sizes: IntArray

    @classmethod
    def of(cls, sets: Incidence) -> Antecedents:
        """Arrange sets, one in each row."""
        return cls(_table(sets).T.tocsr(), np.diff(sets.starts))

    def fired_by(self, rows: Incidence) -> Fired:
        """Find all antecedents that rows hold; all rows hold the empty one."""
        common = _table(rows) @ self.holds
        whole = common.data == self.sizes[common.indices]
        row = np.repeat(_numbers(rows), np.diff(common.indptr))[whole]
        empty = np.flatnonzero(self.sizes == 0).astype(np.int32)
        everyone = np.repeat(_numbers(rows), len(empty))
        return Fired(
            np.concatenate([row, everyone]),
            np.concatenate([common.indices[whole], np.tile(empty, rows.n_rows)]),
        )


def _table(rows: Incidence) -> Any:
    there = np.ones(len(rows.items), dtype=np.int32)
    return sparse.csr_array(
        (there, rows.items, rows.starts), shape=(rows.n_rows, max(rows.n_items, 1))
    )


class Book(NamedTuple):
    """Claims arranged to be looked up by antecedent; each has a place, by product and number.

    Attributes:
        antecedents: what makes claims.
        places: places of claims, one antecedent after another.
        starts: where those of each antecedent start; one more entry than antecedents.
        claim: the number of the claim at each place.
        product: what the claim at each place is for, ascending.
    """

    antecedents: Antecedents
    places: CodeArray
    starts: CodeArray
    claim: CodeArray
    product: CodeArray

    @classmethod
    def of(cls, antecedents: Antecedents, antecedent: CodeArray, product: CodeArray) -> Book:
        """Arrange claims, the strongest first, each of one antecedent for one product."""
        claim = np.argsort(product, kind="stable").astype(np.int32)
        places, starts = group_order(antecedent[claim], len(antecedents.sizes))
        return cls(antecedents, places, starts, claim, product[claim])

    def costs(self, rows: Incidence) -> IntArray:
        """Bound for each row the antecedents it touches, and the claims that are made for it."""
        sizes, claims = self.antecedents.sizes, np.diff(self.starts).astype(np.int64)
        # An antecedent fires if all of its items are there: each pays its part of the claims.
        parts = np.maximum(-(-claims // np.maximum(sizes, 1)), 1)
        of_items = 1 + self.antecedents.holds @ parts
        paid = starts_of(of_items[rows.items])[rows.starts]
        of_everyone = 1 + int(claims[sizes == 0].sum())
        return np.diff(paid) + of_everyone


class Picks(NamedTuple):
    """The best products of rows.

    Attributes:
        row: which row, ascending.
        rank: 0 for the best product of the row, 1 for the next.
        choice: by which claim, or which place of an order.
    """

    row: IntArray
    rank: IntArray
    choice: IntArray


class Best(NamedTuple):
    """What rows get.

    Attributes:
        picks: the best products.
        fired: for each row, whether any rule fired.
    """

    picks: Picks
    fired: BoolArray


def best_claims(book: Book, rows: Incidence, k: int, *, exclude_owned: bool) -> Best:
    """Do as `best_of_block` for any number of rows.

    Time: the entries of the product of rows and antecedents, and a sort of the claims made.
    """
    nothing = np.zeros(0, dtype=np.int64)
    picked, fired = [Picks(nothing, nothing, nothing)], [nothing > 0]
    for part in blocks_within_budget(book.costs(rows)):
        best = best_of_block(book, part_of(rows, part), k, exclude_owned=exclude_owned)
        picked.append(best.picks._replace(row=best.picks.row + part.start))
        fired.append(best.fired)
    columns = zip(*picked, strict=True)
    return Best(Picks(*map(np.concatenate, columns)), np.concatenate(fired))


def best_of_block(book: Book, rows: Incidence, k: int, *, exclude_owned: bool) -> Best:
    """Pick for each row the *k* products with the strongest claims, each by its strongest."""
    fired = book.antecedents.fired_by(rows)
    row, place = _strongest(book, *_made(book, fired))
    if exclude_owned:
        fresh = _not_owned(rows, row, book.product[place])
        row, place = row[fresh], place[fresh]
    picks = _first(*_sorted_pairs(row, book.claim[place], len(book.claim)), k)
    return Best(picks, np.bincount(fired.row, minlength=rows.n_rows) > 0)


def best_of_order(order: CodeArray, rows: Incidence, k: int) -> Picks:
    """Pick for each row the first *k* items of an order of items that it does not hold."""
    depth = np.minimum(np.diff(rows.starts) + k, len(order))
    row, place = np.repeat(_numbers(rows), depth), positions_within(depth)
    fresh = _not_owned(rows, row, order[place])
    return _first(row[fresh], place[fresh], k)


def _made(book: Book, fired: Fired) -> tuple[CodeArray, CodeArray]:
    """Return all claims that are made: pairs of a row and the place of a claim."""
    starts = book.starts[fired.antecedent]
    sizes = (book.starts[fired.antecedent + 1] - starts).astype(np.int64)
    return np.repeat(fired.row, sizes), book.places[positions_of(starts, sizes)]


def _strongest(book: Book, row: CodeArray, place: CodeArray) -> tuple[CodeArray, CodeArray]:
    """Keep the strongest claim for each product of each row."""
    row, place = _sorted_pairs(row, place, len(book.product))
    first = changes(row, book.product[place])
    return row[first], place[first]


def _sorted_pairs(row: CodeArray, number: CodeArray, span: int) -> tuple[CodeArray, CodeArray]:
    # Sorting one key is many times as fast as sorting by two, and a short key twice as fast.
    short = (int(row.max(initial=0)) + 1) * span <= np.iinfo(np.int32).max
    kind: Any = np.int32 if short else np.int64
    keys = np.sort(row.astype(kind) * kind(span) + number)
    row = keys // kind(max(span, 1))
    return row.astype(np.int32), (keys - row * kind(span)).astype(np.int32)


def _not_owned(rows: Incidence, row: CodeArray, item: CodeArray) -> BoolArray:
    width = np.int64(rows.n_items)
    owned = rows.rows() * width + rows.items
    return ~np.isin(row * width + item, owned, assume_unique=True, kind="sort")


def _first(row: CodeArray, choice: IntArray | CodeArray, k: int) -> Picks:
    rank = positions_within(np.bincount(row))
    kept = rank < k
    return Picks(row[kept].astype(np.int64), rank[kept], choice[kept].astype(np.int64))


def _numbers(rows: Incidence) -> CodeArray:
    return np.arange(rows.n_rows, dtype=np.int32)


# --- parts of rows -------------------------------------------------------------------------------


def blocks_within_budget(costs: IntArray) -> Iterator[slice]:
    """Cut rows into blocks of bounded cost; a row that costs more is a block of its own."""
    totals, first = starts_of(costs), 0
    while first < len(costs):
        reach = np.searchsorted(totals, totals[first] + _BUDGET, side="right") - 1
        last = max(int(reach), first + 1)
        yield slice(first, last)
        first = last


def part_of(rows: Incidence, part: slice) -> Incidence:
    """Return consecutive rows."""
    starts = rows.starts[part.start : part.stop + 1]
    return Incidence(starts - starts[0], rows.items[starts[0] : starts[-1]], rows.n_items)


def hiding_each(rows: Incidence, entries: slice) -> Incidence:
    """Return for each of some consecutive entries the other items of its row."""
    entry = np.arange(entries.start, entries.stop)
    row = np.searchsorted(rows.starts, entry, side="right") - 1
    sizes = np.diff(rows.starts)[row]
    at = positions_of(rows.starts[row], sizes)
    visible = at != np.repeat(entry, sizes)
    return Incidence(starts_of(sizes - 1), rows.items[at[visible]], rows.n_items)
