"""Tails of the odds of beta variables, against scipy's incomplete beta function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincc

from crmkit._kernels.beta_odds import inverse_beta, log_exceeds, log_exceeds_with_derivatives


def row(*values: float) -> tuple[np.ndarray, ...]:
    return tuple(np.array([value]) for value in values)


@given(st.floats(-12, 12), st.floats(0.05, 100), st.floats(0.05, 1000))
def test_the_tail_is_that_of_the_incomplete_beta_function(w: float, k: float, a: float) -> None:
    wanted = betaincc(k, a, 1 / (1 + np.exp(-w)))

    # Where ln Q is tiny its error is that of 1 - Q: absolute, not relative.
    assert np.exp(log_exceeds(*row(w, k, a))) == pytest.approx(wanted, rel=1e-6, abs=1e-300)
    quick = log_exceeds_with_derivatives(*row(w, k, a)).value
    assert np.exp(quick) == pytest.approx(wanted, rel=1e-4, abs=1e-300)


@given(st.floats(-4, 4), st.floats(0.2, 10), st.floats(0.2, 100))
def test_derivatives_are_those_of_the_value(w: float, k: float, a: float) -> None:
    found, h = log_exceeds_with_derivatives(*row(w, k, a)), 1e-4

    def slope(dw: float, dk: float, da: float) -> float:
        ahead = log_exceeds(*row(w + h * dw, k + h * dk, a + h * da))
        behind = log_exceeds(*row(w - h * dw, k - h * dk, a - h * da))
        return float((ahead - behind)[0]) / (2 * h)

    expected = [slope(1, 0, 0), slope(0, 1, 0), slope(0, 0, 1)]
    assert [found.by_log_odds[0], found.by_k[0], found.by_a[0]] == pytest.approx(
        expected, rel=1e-3, abs=1e-4
    )


def test_no_odds_are_exceeded_for_sure_and_huge_ones_hardly_ever() -> None:
    nothing = log_exceeds_with_derivatives(*row(-np.inf, 2.5, 3.0))

    assert [part[0] for part in nothing] == [0, 0, 0, 0]
    # Far out the tail is a power: 1 / (a B(k, a)) odds ** -a.
    far = log_exceeds(np.array([50.0, 51.0]), np.full(2, 2.5), np.full(2, 3.0))
    assert far[1] - far[0] == pytest.approx(-3.0)


def test_many_rows_on_two_threads_are_each_what_they_are_alone() -> None:
    rng = np.random.default_rng(0)
    w, k, a = rng.normal(size=60_000), rng.gamma(3, size=60_000), rng.gamma(5, size=60_000)

    together = log_exceeds(w, k, a)

    rows = [0, 29_999, 30_000, 59_999]
    alone = [log_exceeds(w[[i]], k[[i]], a[[i]])[0] for i in rows]
    assert together[rows].tolist() == alone


def test_quantiles_are_where_the_tail_has_its_probability() -> None:
    share = inverse_beta(np.array([2.0, 3.0]), np.array([4.0, 1.5]), np.array([0.25, 0.9]))

    tail = log_exceeds(np.log(share) - np.log1p(-share), np.array([2.0, 3.0]), np.array([4, 1.5]))
    np.testing.assert_allclose(1 - np.exp(tail), [0.25, 0.9], rtol=1e-9)
