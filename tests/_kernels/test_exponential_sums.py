"""Zeros of sums of exponentials, against a dense scan and against eigenvalues."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.exponential_sums import roots

weights = st.integers(-50, 50).filter(bool)
terms = st.lists(
    st.tuples(st.integers(0, 400), weights), min_size=1, max_size=9, unique_by=lambda pair: pair[0]
)


def arrays(pairs):
    times, values = zip(*sorted(pairs), strict=True)
    return np.array(values, dtype=float), np.array(times) / 40


def parts(values, times, deltas):
    """The sum as part of the sum of its absolute terms."""
    powers = -np.multiply.outer(deltas, times - times[0])
    each = values * np.exp(powers - powers.max(axis=1, keepdims=True, initial=-np.inf))
    return each.sum(axis=1) / np.abs(each).sum(axis=1)


def changes(values):
    return int(np.count_nonzero(np.diff(np.sign(values))))


@given(terms)
def test_every_change_of_sign_of_a_dense_scan_holds_a_zero(pairs):
    values, times = arrays(pairs)
    found = roots(values, times)
    scan = np.linspace(-12, 12, 6001) + 1e-5
    seen = parts(values, times, scan)
    for k in np.flatnonzero(seen[:-1] * seen[1:] < 0):
        assert np.any((found >= scan[k] - 1e-7) & (found <= scan[k + 1] + 1e-7))


@given(terms)
def test_zeros_are_zeros_and_no_more_than_changes_of_sign(pairs):
    values, times = arrays(pairs)
    found = roots(values, times)
    assert np.all(np.abs(parts(values, times, found)) < 1e-10)
    assert np.all(np.diff(found) > 0)
    assert len(found) <= changes(values)
    if changes(values) == 1:
        assert len(found) == 1


@pytest.mark.parametrize("seed", range(6))
def test_eigenvalues_find_the_same(seed):
    values = np.random.default_rng(seed).normal(size=24)
    powers = np.roots(values[::-1])
    real = powers[(np.abs(powers.imag) < 1e-9) & (powers.real > 0)].real
    np.testing.assert_allclose(
        roots(values, np.arange(24.0)), np.sort(-np.log(real)), rtol=1e-9, atol=1e-12
    )


def test_far_away_zeros_are_found():
    # e^(-delta/365) = 1/2 or 1/10**6: zeros at 253 and 5,043.
    one = np.array([-1.0, 2.0])
    np.testing.assert_allclose(roots(one, np.array([0, 1 / 365])), [365 * np.log(2)])
    np.testing.assert_allclose(
        roots(np.array([-1.0, 1e6]), np.array([0, 1 / 365])), [365 * np.log(1e6)]
    )


def test_terms_of_one_sign_have_no_zero():
    assert len(roots(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 5.0]))) == 0
    assert len(roots(np.array([-1.0]), np.array([0.0]))) == 0
