"""Counting sorts, exact sums and distinct counts against dicts and sets."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.grouping import (
    changes,
    counting_sort,
    counts_by,
    distinct_by,
    group_order,
    means_and_medians,
    sorted_within,
    sums_by,
    whole_sums_by,
)

GROUPS = 6
PAIRS = st.lists(st.tuples(st.integers(0, GROUPS - 2), st.integers(0, 5)))
"""Group and value; the last group never occurs, so one offset lies at the very end."""


def columns(pairs):
    codes = np.array([code for code, _ in pairs], dtype=np.int32)
    return codes, np.array([value for _, value in pairs], dtype=np.int32)


def members(pairs):
    return [[value for code, value in pairs if code == group] for group in range(GROUPS)]


@given(pairs=PAIRS)
def test_a_counting_sort_is_stable_and_knows_where_groups_start(pairs):
    codes, values = columns(pairs)

    ordered, offsets = counting_sort(codes, GROUPS, values)
    positions, _ = group_order(codes, GROUPS)

    cut_out = [ordered[a:b].tolist() for a, b in itertools.pairwise(offsets)]
    assert members(pairs) == cut_out
    assert sorted(range(len(pairs)), key=lambda row: pairs[row][0]) == positions.tolist()


@given(
    pairs=st.lists(st.tuples(st.integers(0, GROUPS - 2), st.integers(-(2**57), 2**57)), max_size=30)
)
def test_sums_of_integers_are_exact(pairs):
    codes = np.array([code for code, _ in pairs], dtype=np.int32)
    units = np.array([value for _, value in pairs], dtype=np.int64)
    assert list(map(sum, members(pairs))) == sums_by(codes, GROUPS, units).tolist()


def test_a_unit_above_two_to_the_53_is_not_lost():
    # Note, section 3.1: bincount with int64 weights made 2**53 of 2**53 + 1.
    codes = np.array([2, 2, 0], dtype=np.int32)
    units = np.array([2**53, 1, 2**53 + 1], dtype=np.int64)
    assert sums_by(codes, 4, units).tolist() == [2**53 + 1, 0, 2**53 + 1, 0]


@given(pairs=PAIRS)
def test_groups_are_counted_even_when_empty(pairs):
    codes, _ = columns(pairs)
    assert list(map(len, members(pairs))) == counts_by(codes, GROUPS).tolist()


@given(pairs=PAIRS)
def test_distinct_values_are_those_of_a_set(pairs):
    sets = [set(own) for own in members(pairs)]
    # Values that already ascend, as days in till order do, take a shortcut.
    for rows in (pairs, sorted(pairs, key=lambda pair: pair[1])):
        codes, values = columns(rows)
        found = distinct_by(codes, GROUPS, values, 7)
        assert list(map(len, sets)) == found.counts.tolist()
        assert [min(own, default=-1) for own in sets] == found.first.tolist()
        assert [max(own, default=-1) for own in sets] == found.last.tolist()


def test_empty_groups_between_and_behind_others_stay_empty():
    # Note, section 3.1: reduceat on [1..5] with offsets 0 2 2 4 gives 3 3 7 5, the second wrong,
    # and fails when an offset is n.
    codes = np.array([0, 0, 2, 2, 3], dtype=np.int32)
    values = np.array([1, 2, 3, 4, 5], dtype=np.int32)

    found = distinct_by(codes, 5, values, 6)

    assert found.counts.tolist() == [2, 0, 2, 1, 0]
    assert found.first.tolist() == [1, -1, 3, 5, -1]
    assert found.last.tolist() == [2, -1, 4, 5, -1]
    assert sums_by(codes, 5, values.astype(np.int64)).tolist() == [3, 0, 7, 5, 0]


@given(pairs=PAIRS)
def test_a_change_is_a_line_unlike_the_one_before(pairs):
    expected = [row == 0 or pairs[row] != pairs[row - 1] for row in range(len(pairs))]
    assert expected == changes(*columns(pairs)).tolist()


@given(
    pairs=st.lists(
        st.tuples(st.integers(0, GROUPS - 2), st.integers(-900, 900).map(lambda x: x / 8))
    )
)
def test_values_within_groups_are_sorted_and_their_medians_found(pairs):
    codes = np.array([code for code, _ in pairs], dtype=np.int32)
    values = np.array([value for _, value in pairs], dtype=np.float64)

    ordered, offsets = sorted_within(values, codes, GROUPS)
    means, medians = means_and_medians(values, codes, GROUPS)

    cut_out = [ordered[a:b].tolist() for a, b in itertools.pairwise(offsets)]
    expected = [statistics.median(own) if own else float("nan") for own in members(pairs)]
    assert list(map(sorted, members(pairs))) == cut_out
    assert pytest.approx(expected, rel=0, abs=0, nan_ok=True) == medians.tolist()
    expected = [statistics.mean(own) if own else float("nan") for own in members(pairs)]
    assert pytest.approx(expected, rel=1e-15, nan_ok=True) == means.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(-(2**59), 2**59)), max_size=12),
    st.booleans(),
)
def test_whole_sums_are_exact_beyond_floats(lines, strided):
    codes = np.array([code for code, _ in lines], dtype=np.int32)
    values = np.array([value for _, value in lines], dtype=np.int64)
    if strided:
        values = np.repeat(values, 2)[::2]
    values.flags.writeable = False
    sums = whole_sums_by(codes, 6, values)

    assert sums.dtype == np.int64
    assert sums.tolist() == [sum(value for code, value in lines if code == k) for k in range(6)]
