"""Fewer rows that stand for many."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.thinning import most_within, thinned

ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(1, 4)), min_size=1)


@given(ROWS, st.integers(1, 6), st.randoms(use_true_random=False))
def test_weights_keep_their_sum_by_group_whatever_the_order_of_the_rows(rows, most, random):
    group, value, weight = (np.array(c) for c in zip(*rows, strict=True))
    kept, stands_for = thinned(group, weight.astype(float), (value.astype(float),), most)

    assert (np.diff(group[kept]) >= 0).all()
    np.testing.assert_allclose(
        np.bincount(group[kept], stands_for, 4), np.bincount(group, weight, 4)
    )
    random.shuffle(rows)
    group2, value2, weight2 = (np.array(c) for c in zip(*rows, strict=True))
    again, stands2 = thinned(group2, weight2.astype(float), (value2.astype(float),), most)
    key = sorted(zip(group[kept], value[kept], stands_for.round(9), strict=True))
    other = sorted(zip(group2[again], value2[again], stands2.round(9), strict=True))
    # Rows of one value may differ in weight; a small group keeps each row's own.
    assert [k[:2] for k in key] == [k[:2] for k in other]


def test_rows_are_taken_at_equal_steps_of_their_order() -> None:
    values = np.random.default_rng(0).permutation(100).astype(float)

    kept, weight = thinned(np.zeros(100, dtype=np.int64), np.ones(100), (values,), 4)

    assert sorted(values[kept]) == [12, 37, 62, 87]
    assert weight.tolist() == [25, 25, 25, 25]


@given(st.lists(st.integers(1, 50), min_size=1), st.integers(1, 300))
def test_the_cap_is_the_largest_that_stays_within_the_budget(counts, budget):
    counts = np.array(counts)
    most = most_within(counts, budget)

    assert np.minimum(counts, most).sum() <= max(budget, len(counts))
    assert most >= counts.max() or np.minimum(counts, most + 1).sum() > budget
