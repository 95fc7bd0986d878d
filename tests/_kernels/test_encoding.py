"""Integers as dense codes in label order, against sorted lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.encoding import compact_codes, is_compact, merged_codes

DTYPES = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


@given(
    dtype=st.sampled_from(DTYPES),
    end=st.sampled_from(["lowest", "zero", "highest"]),
    offsets=st.lists(st.integers(0, 255), min_size=1),
)
def test_compact_codes_are_places_among_the_sorted_ids(dtype, end, offsets):
    # At both ends of the type, where low + offset and value - low overflow.
    info = np.iinfo(dtype)
    start = {"lowest": info.min, "zero": 0, "highest": info.max - 255}[end]
    start = min(start, info.max - 255)
    ids = [start + offset for offset in offsets]
    values = np.array(ids, dtype=dtype)

    codes, labels = compact_codes(values, values.min(), values.max())

    assert sorted(set(ids)) == labels.tolist()
    assert [sorted(set(ids)).index(i) for i in ids] == codes.tolist()
    assert (np.dtype(np.int32), np.dtype(dtype)) == (codes.dtype, labels.dtype)


def test_ids_without_gaps_are_their_own_codes():
    codes, labels = compact_codes(np.array([-3, -5, -4]), np.int64(-5), np.int64(-3))
    assert (codes.tolist(), labels.tolist()) == ([2, 0, 1], [-5, -4, -3])


@pytest.mark.parametrize(
    ("span", "count", "expected"),
    [(2**16, 1, True), (2**16 + 1, 1, False), (400_000, 100_000, True), (400_001, 100_000, False)],
)
def test_a_range_is_compact_up_to_four_places_an_id(span, count, expected):
    # Note, section 1.2: span <= max(4 n, 2**16).
    assert expected == is_compact(-7, span - 7, count)


def test_the_whole_range_of_64_bits_is_not_compact():
    assert not is_compact(-(2**63), 2**63 - 1, 10**7)


@given(
    labels=st.lists(st.sampled_from(["a", "A", "b", "a ", "", "é"]), min_size=1, max_size=12),
    draws=st.lists(st.integers(0, 11)),
)
def test_codes_of_labels_listed_twice_become_one(labels, draws):
    codes = np.array([draw % len(labels) for draw in draws], dtype=np.int32)
    listed = np.array(labels, dtype=object)
    order = np.argsort(listed)

    merged, kept = merged_codes(codes, order, listed[order])

    assert sorted(set(labels)) == kept.tolist()
    assert [labels[code] for code in codes] == [kept[code] for code in merged]
