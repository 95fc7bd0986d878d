"""Wilson's interval against scipy, and shares drawn towards that of all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import binomtest

from crmkit._kernels.intervals import ratio, shrunk, wilson

Z = float(ndtri(0.975))


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_are_those_of_scipy(counted):
    hits, trials = counted
    expected = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    low, high = wilson(np.array([hits]), np.array([trials]), Z)
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(st.integers(1, 10**9), st.floats(0.01, 6))
def test_none_reaches_0_and_all_reach_1(trials, z):
    low, high = wilson(np.array([0, trials]), np.array([trials, trials]), z)
    assert low[0] == 0
    assert high[1] == 1
    assert high[0] == pytest.approx(z * z / (trials + z * z))
    assert low[1] == pytest.approx(trials / (trials + z * z))


def test_nothing_divided_is_unknown():
    assert np.isnan(ratio(np.array([0, 3]), np.array([0, 0]))).all()
    assert np.isnan(shrunk(np.array([0]), np.array([0]), 5.0)).all()


def test_a_heavy_pool_draws_all_shares_to_its_own():
    drawn = shrunk(np.array([0, 3]), np.array([7, 3]), 1e12)
    assert drawn == pytest.approx([0.3, 0.3])
    assert shrunk(np.array([0, 3]), np.array([7, 3]), 0.0).tolist() == [0.0, 1.0]
