"""Rank correlations against counting every pair."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.rank_correlation import (
    average_ranks,
    competition_ranks,
    inversions,
    kendall_tau_b,
    spearman,
)

PAIRS = st.lists(st.tuples(st.integers(-4, 4), st.integers(-9, 9)), max_size=40)


def sign(x):
    return (x > 0) - (x < 0)


def tau_b_by_pairs(a, b):
    signs = [
        (sign(x - u), sign(y - v)) for (x, y), (u, v) in combinations(zip(a, b, strict=True), 2)
    ]
    varies = sum(s != 0 for s, _ in signs) * sum(t != 0 for _, t in signs)
    return sum(s * t for s, t in signs) / math.sqrt(varies) if varies else math.nan


@given(PAIRS)
def test_kendall_is_what_counting_every_pair_gives(pairs):
    a, b = ([pair[k] for pair in pairs] for k in (0, 1))
    expected = tau_b_by_pairs(a, b)

    assert kendall_tau_b(np.array(a, dtype=int), np.array(b, dtype=int)) == pytest.approx(
        expected, nan_ok=True, abs=1e-15
    )


@given(st.lists(st.integers(0, 20), max_size=60))
def test_inversions_are_pairs_in_descending_order(ranks):
    expected = sum(x > y for x, y in combinations(ranks, 2))

    assert inversions(np.array(ranks, dtype=np.int64)) == expected


@given(PAIRS)
def test_spearman_is_the_correlation_of_average_ranks(pairs):
    a, b = (np.array([pair[k] for pair in pairs], dtype=int) for k in (0, 1))
    if len(set(a.tolist())) < 2 or len(set(b.tolist())) < 2:
        assert math.isnan(spearman(a, b))
        return
    ranks = [
        [sum(w < v for w in x) + (sum(w == v for w in x) + 1) / 2 for v in x]
        for x in (a.tolist(), b.tolist())
    ]
    assert spearman(a, b) == pytest.approx(np.corrcoef(*ranks)[0, 1], abs=1e-12)


@given(PAIRS)
def test_a_series_agrees_with_itself_and_disagrees_with_its_reverse(pairs):
    values = np.array([x for x, _ in pairs] + [-5, 5])

    assert (kendall_tau_b(values, values), kendall_tau_b(values, -values)) == (1.0, -1.0)
    assert spearman(values, values) == pytest.approx(1.0)
    assert spearman(values, -values) == pytest.approx(-1.0)


def test_ties_share_the_mean_or_the_smallest_rank():
    values = np.array([10, 30, 30, 5])

    assert average_ranks(values).tolist() == [2.0, 3.5, 3.5, 1.0]
    assert competition_ranks(values).tolist() == [3, 1, 1, 4]


def test_tau_of_a_textbook_ranking():
    # Kendall (1938), by hand: 10 pairs, 8 in order, 2 not.
    assert kendall_tau_b(np.array([1, 2, 3, 4, 5]), np.array([2, 1, 3, 5, 4])) == 0.6


def test_a_series_that_does_not_vary_has_no_tau():
    assert math.isnan(kendall_tau_b(np.array([1, 1]), np.array([1, 2])))
    assert math.isnan(kendall_tau_b(np.array([]), np.array([])))
