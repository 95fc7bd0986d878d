"""The parts of the miner, where a part says more than the whole."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.itemsets import bitmaps, expansion, incidence, pairs, trie
from crmkit._kernels.itemsets.incidence import sorted_sweep_of, sweep_of
from crmkit._kernels.itemsets.lattice import facets, kinds
from crmkit._kernels.itemsets.search import Task, search
from crmkit._kernels.ragged import positions_within, run_ends, starts_of

ITEMS = 7
ROWS = st.lists(st.frozensets(st.integers(0, ITEMS - 1)), max_size=20)
SIZES = st.lists(st.integers(0, 5), max_size=12)


def table_of(rows):
    row = np.repeat(np.arange(len(rows), dtype=np.int32), list(map(len, rows)))
    items = np.array([item for items in rows for item in items], dtype=np.int32)
    return incidence.incidence(row.astype(np.int32), items, len(rows), ITEMS)


def every_item():
    return np.arange(ITEMS, dtype=np.int32)


def held(sets):
    return {
        frozenset(items): count
        for some in sets
        for items, count in zip(some.items.tolist(), some.counts.tolist(), strict=True)
    }


# --- rows of unequal lengths ---------------------------------------------------------------------


@given(sizes=SIZES)
def test_starts_and_positions(sizes):
    sized = np.array(sizes, dtype=np.int64)

    assert [0, *itertools.accumulate(sizes)] == starts_of(sized).tolist()
    assert [k for size in sizes for k in range(size)] == positions_within(sized).tolist()


@given(keys=st.lists(st.integers(0, 3), max_size=12))
def test_runs_end_where_the_next_key_starts(keys):
    expected = [
        next((k for k in range(place, len(keys)) if keys[k] != keys[place]), len(keys))
        for place in range(len(keys))
    ]
    assert expected == run_ends(np.array(keys, dtype=np.int32)).tolist()


# --- rows and pairs ------------------------------------------------------------------------------


@given(rows=ROWS, repeats=st.sampled_from([1, 2, 256]))
def test_entries_become_rows_whatever_is_repeated(rows, repeats):
    entries = [(row, item) for row, items in enumerate(rows) for item in items] * repeats
    row, items = np.array(entries, dtype=np.int32).reshape(-1, 2).T
    table = incidence.incidence(row, items, len(rows), ITEMS)

    parts = itertools.pairwise(table.starts.tolist())
    assert [sorted(items) for items in rows] == [table.items[a:b].tolist() for a, b in parts]
    assert (table.starts.dtype, table.items.dtype) == (np.int64, np.int32)
    assert [sum(k in items for items in rows) for k in range(ITEMS)] == table.counts().tolist()
    assert [r for r, items in enumerate(rows) for _ in items] == table.rows().tolist()


def pairs_in(rows):
    return Counter(pair for items in rows for pair in itertools.combinations(sorted(items), 2))


@pytest.mark.parametrize("cells", [1, 4, 1 << 18])
@given(rows=ROWS)
def test_a_sweep_meets_every_pair_of_every_row_once(cells, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incidence, "_CELLS", cells)
        sweep = sweep_of(table_of(rows), every_item(), least=2)
        met = Counter()
        for block in incidence.pair_blocks(sweep, ITEMS):
            met.update(divmod(key, ITEMS) for key in block.keys.ravel().tolist())

    assert pairs_in(rows) == met
    assert sum(met.values()) == sweep.pairs


@given(rows=ROWS, least=st.integers(1, 4))
def test_places_are_those_among_the_rows_of_the_item(rows, least):
    sweep = sorted_sweep_of(table_of(rows), every_item(), ITEMS, least=least)
    lines = [
        (sweep.items[a : a + size].tolist(), sweep.places[a : a + size].tolist())
        for a, size in zip(sweep.starts.tolist(), sweep.sizes.tolist(), strict=True)
    ]

    long_enough = [sorted(items) for items in rows if len(items) >= least]
    assert sorted(long_enough) == sorted(items for items, _ in lines)
    for item in range(ITEMS):
        own = [places[items.index(item)] for items, places in lines if item in items]
        assert list(range(len(own))) == sorted(own)


@pytest.mark.parametrize("bounds", [{}, {"_CELLS": 0}, {"_CELLS": 0, "_SORTED_KEYS": 1}])
@given(rows=ROWS, least=st.integers(1, 3))
def test_pairs_are_counted_by_table_and_by_sorting(bounds, rows, least):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bounds.items():
            patch.setattr(pairs, name, value)
        sweep = sweep_of(table_of(rows), every_item(), least=2)
        found = pairs.frequent_pairs(sweep, ITEMS, least, lambda share: None)
        index = pairs.PairIndex(found.keys, ITEMS)
        first, second = np.divmod(np.arange(ITEMS * ITEMS), ITEMS)
        places = index.find_pairs(first, second)

    expected = {a * ITEMS + b: n for (a, b), n in sorted(pairs_in(rows).items()) if n >= least}
    assert expected == dict(zip(found.keys.tolist(), found.counts.tolist(), strict=True))
    assert list(expected) == found.keys.tolist()
    where = {key: place for place, key in enumerate(expected)}
    assert [where.get(key, -1) for key in range(ITEMS * ITEMS)] == places.tolist()


@given(rows=ROWS, number=st.permutations(range(ITEMS)))
def test_pairs_of_renumbered_items_are_in_order_again(rows, number):
    sweep = sweep_of(table_of(rows), every_item(), least=2)
    found = pairs.frequent_pairs(sweep, ITEMS, 1, lambda share: None)
    other = pairs.renumbered(found, ITEMS, np.array(number, dtype=np.int32))

    expected = {
        min(number[a], number[b]) * ITEMS + max(number[a], number[b]): n
        for (a, b), n in pairs_in(rows).items()
    }
    assert sorted(expected.items()) == list(
        zip(other.keys.tolist(), other.counts.tolist(), strict=True)
    )


@pytest.mark.parametrize("width", [1, 2, 24, 25, 40])
@pytest.mark.parametrize("block", [1, 100, 1 << 14])
def test_meetings_count_common_rows_of_bitmaps_of_any_width(width, block, monkeypatch):
    monkeypatch.setattr(bitmaps, "_BLOCK", block)
    draw = np.random.default_rng(width)
    flags = draw.random((12, width * 64)) < draw.random((12, 1))
    flags[0] = True  # more than 255 rows in common
    one, other = map(np.array, zip(*itertools.combinations(range(12), 2), strict=True))
    common = (flags[one] & flags[other]).sum(axis=1)
    below = flags.sum(axis=1).astype(np.int32)
    met = bitmaps.meetings(bitmaps.packed(flags), one, other, 20, below)

    assert common.tolist() == met.counts.tolist()
    kept = (common >= 20) & (common < below[one])
    assert np.array_equal(bitmaps.packed(flags[one] & flags[other])[kept], met.bits)


# --- from the trie to sets -----------------------------------------------------------------------


@given(rows=ROWS, max_size=st.integers(1, ITEMS))
def test_sets_are_the_same_by_masks_and_by_columns(rows, max_size):
    found = search(table_of(rows), Task(1, max_size, 1 << 20), lambda share: None)
    largest = trie.largest_size(trie.shapes_of(found.levels))
    by_columns = expansion._by_columns(found.levels, found.order, min(max_size, largest))
    by_masks = expansion._by_masks(found.levels, found.order) if len(found.order) else []

    assert held(by_columns) == {z: n for z, n in held(by_masks).items() if len(z) <= max_size}
    for some in (*by_columns, *by_masks):
        assert np.all(np.diff(some.items.astype(np.int64), axis=1) > 0)


@given(rows=ROWS, largest=st.integers(1, ITEMS))
def test_sets_are_counted_before_they_are_written_out(rows, largest):
    found = search(table_of(rows), Task(1, ITEMS, 1 << 20), lambda share: None)
    shapes = trie.shapes_of(found.levels)
    sizes = Counter(map(len, held(expansion.expanded(found.levels, found.order, ITEMS))))

    assert max(sizes, default=0) == trie.largest_size(shapes)
    assert sum(n for size, n in sizes.items() if size <= largest) == trie.sets_up_to(
        shapes, largest
    )
    assert [sizes[k] for k in range(1, ITEMS + 2)] == [
        trie.sets_of_size(shapes, k) for k in range(1, ITEMS + 2)
    ]


def test_a_full_trie_drops_its_deepest_level_and_takes_no_more_of_it():
    one = np.zeros(1, dtype=np.int32)
    held_by = trie.Trie(3, 5)
    for level in (0, 1, 2, 3):
        held_by.add(level, one, one, one)
    assert (held_by.max_size, held_by.dropped) == (5, False)
    held_by.add(2, one, one, one)  # a fourth node: level 3 goes
    held_by.add(3, one, one, one)

    assert (held_by.max_size, held_by.dropped) == (2, True)
    assert [1, 1, 2] == [len(level.item) for level in held_by.levels()[:3]]


def test_perfect_items_take_room_as_the_sets_that_they_make():
    one, many = np.zeros(1, dtype=np.int32), np.zeros(5, dtype=np.int32)
    held_by = trie.Trie(6, 5)
    held_by.add(0, one, one, one)
    held_by.add(1, one, one, one)
    held_by.add_perfect(1, many, many)
    assert not held_by.dropped
    held_by.add(2, one, one, one)  # with the five above, too many sets of two items
    held_by.add_perfect(1, many, many)

    assert (held_by.max_size, held_by.dropped) == (1, True)
    assert {(0, 0): 1, (1, 0): 1} == trie.shapes_of(held_by.levels())


# --- the lattice ---------------------------------------------------------------------------------

COLLECTION = st.sets(st.frozensets(st.integers(0, ITEMS - 1), min_size=1, max_size=4), max_size=25)


@given(sets=COLLECTION)
def test_facets_are_numbered_where_they_are_there(sets):
    largest = max(map(len, sets), default=0)
    sizes = [sorted(map(sorted, (z for z in sets if len(z) == k))) for k in range(1, largest + 1)]
    arrays = [np.array(z, np.int32).reshape(-1, k) for k, z in enumerate(sizes, start=1)]

    for k, found in enumerate(facets(arrays, ITEMS)):
        for items, numbers in zip(sizes[k], found.tolist(), strict=True):
            for place, number in enumerate(numbers):
                rest = items[:place] + items[place + 1 :]
                there = rest in sizes[k - 1] if rest else False
                assert number == (sizes[k - 1].index(rest) if there else -1 if rest else 0)


def test_facets_of_sizes_of_which_there_are_none():
    single, none = np.array([[0], [1], [2]], np.int32), np.zeros((0, 2), np.int32)
    triple = np.array([[0, 1, 2]], np.int32)

    found = facets([single, none, triple], 3)
    assert [[-1, -1, -1]] == found[2].tolist()
    assert [[-1, -1]] == facets([np.zeros((0, 1), np.int32), triple[:, :2]], 3)[1].tolist()


def test_kinds_of_nothing():
    assert ([], [], []) == kinds([], [], 3, 5)
