"""Quantiles of type 7 by integer ranks, and classes that never split equal values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.binning import classes, quantile_cuts, quantile_cuts_within
from oracles import class_of, type_7_cuts
from shared_data import case

CENTS = st.integers(-3000, 3000).map(lambda cents: cents / 100)
BINS = st.integers(2, 12)


@given(values=st.lists(st.integers(0, 60) | st.integers(-(10**9), 10**9), min_size=1), bins=BINS)
def test_cuts_and_classes_of_whole_numbers_are_the_exact_ones(values, bins):
    exact = type_7_cuts(values, bins)

    cuts = quantile_cuts(np.array(values, dtype=np.int64), bins)

    assert pytest.approx([float(cut) for cut in exact], rel=1e-15) == cuts.tolist()
    assert [class_of(v, exact) for v in values] == classes(np.array(values), cuts).tolist()


@given(values=st.lists(CENTS, min_size=1), bins=BINS)
def test_cuts_and_classes_of_money_are_the_exact_ones(values, bins):
    exact = type_7_cuts(values, bins)

    cuts = quantile_cuts(np.array(values), bins)

    assert pytest.approx([float(cut) for cut in exact], rel=1e-14, abs=1e-12) == cuts.tolist()
    assert [class_of(v, exact) for v in values] == classes(np.array(values), cuts).tolist()


@pytest.mark.parametrize(("bins", "n", "j"), [(10, 171, 7), (10, 331, 7), (10, 351, 7), (7, 8, 5)])
def test_a_cut_at_a_whole_rank_is_the_value_of_that_rank(bins, n, j):
    # Note, section 4.2: (n-1) * (j/b) in floats falls below the whole rank, the cut comes out one
    # ulp below the value, and the customer who stands on it moves up a class.
    values = np.sort(np.random.default_rng(n).random(n) * 100)
    rank = (n - 1) * j // bins
    assert (n - 1) * j == rank * bins

    cuts = quantile_cuts(values, bins)

    assert values[rank] == cuts[j - 1]
    assert j == classes(values, cuts)[rank]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7], [1]),
        ([7, 8], [1, 5]),
        ([7, 8, 9], [1, 3, 5]),
        ([6, 7, 8, 9], [1, 2, 4, 5]),
        ([5, 6, 7, 8, 9], [1, 2, 3, 4, 5]),
        ([4, 5, 6, 7, 8, 9], [1, 1, 2, 3, 4, 5]),
        ([7, 7, 7], [1, 1, 1]),
    ],
)
def test_few_values_have_the_classes_of_the_note(values, expected):
    # Note, section 4.2, "Small n".
    column = np.array(values)
    assert expected == classes(column, quantile_cuts(column, 5)).tolist()


def test_heavy_ties_leave_classes_out_and_are_not_split():
    # Note, section 4.2, "Heavy ties": 60 % with one basket give cuts 1 1 1.4 2.2.
    values = np.array([1] * 6 + [2, 2, 3, 3])
    cuts = quantile_cuts(values, 5)
    assert cuts.tolist() == [1, 1, 1.4, 2.2]
    assert classes(values, cuts).tolist() == [1] * 6 + [4, 4, 5, 5]


def test_ninety_percent_ties_leave_the_lowest_and_the_highest_class():
    # rfm_clv.json, rfm_ties (rsquaredacademy/rfm issue #17); cuts 1 1 1 1 by note, section 4.2.
    values = np.array(case("rfm_clv.json", "rfm_ties")["inputs"]["frequency"])
    cuts = quantile_cuts(values, 5)
    assert cuts.tolist() == [1, 1, 1, 1]
    assert classes(values, cuts).tolist() == [1] * 90 + [5] * 10


def test_no_values_have_no_cuts():
    assert np.isnan(quantile_cuts(np.array([], dtype=np.int64), 5)).tolist() == [True] * 4


@given(
    rows=st.lists(st.tuples(st.integers(0, 4), CENTS)),
    bins=st.integers(2, 6),
    spare=st.integers(0, 2),
)
def test_cuts_within_cells_are_the_cuts_of_each_cell(rows, bins, spare):
    cell = np.array([c for c, _ in rows], dtype=np.int32)
    values = np.array([v for _, v in rows], dtype=np.float64)

    cuts = quantile_cuts_within(values, cell, (5 + spare, bins))

    expected = [quantile_cuts(values[cell == k], bins) for k in range(5 + spare)]
    assert np.array_equal(expected, cuts, equal_nan=True)


@given(rows=st.lists(st.tuples(CENTS, st.lists(CENTS, min_size=3, max_size=3).map(sorted))))
def test_each_value_may_have_cuts_of_its_own(rows):
    values = np.array([v for v, _ in rows], dtype=np.float64)
    cuts = np.array([c for _, c in rows], dtype=np.float64).reshape(len(rows), 3)
    assert [class_of(v, c) for v, c in rows] == classes(values, cuts).tolist()


@given(
    values=st.lists(st.floats(-1e6, 1e6) | CENTS, min_size=1),
    cuts=st.lists(st.floats(-1e6, 1e6) | CENTS, min_size=1, max_size=4, unique=True).map(sorted),
)
def test_the_float_below_a_cut_turns_ties_to_the_class_above(values, cuts):
    # Note, section 4.4: lower <= v < upper is our rule at nextafter(c, -inf), for every float.
    values = values + cuts
    below = np.nextafter(np.array(cuts), -np.inf)
    expected = [1 + sum(Fraction(cut) <= Fraction(v) for cut in cuts) for v in values]
    assert expected == classes(np.array(values), below).tolist()
