"""Chances to stop that differ between buyers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from crmkit._kernels.stopping import Stopping, active_share, log_last, log_stayed, next_chance

CHANCES = st.floats(0.01, 0.9)
COUNTS = st.integers(0, 40).map(lambda n: np.array([float(n)]))


def at(dropout: float, weight: float) -> Stopping:
    return Stopping(np.array([dropout]), np.array([weight]))


@given(COUNTS, CHANCES, st.floats(0.3, 50))
def test_to_have_gone_on_is_the_product_of_going_on_each_time(n, dropout, weight) -> None:
    each = [next_chance(np.array([float(i)]), at(dropout, weight))[0] for i in range(int(n[0]))]

    stayed = log_stayed(n, at(dropout, weight))[0]
    assert stayed == pytest.approx(np.log1p(-np.array(each)).sum(), abs=1e-9)
    a, b = weight * dropout, weight * (1 - dropout)
    assert stayed == pytest.approx(betaln(a, b + n[0]) - betaln(a, b), abs=1e-9)


@given(COUNTS, CHANCES, st.floats(0.001, 1))
def test_an_infinite_weight_is_what_great_ones_come_to(n, dropout, survival) -> None:
    alike, nearly = at(dropout, np.inf), at(dropout, 1e6)
    left = np.array([survival])

    for of in (log_stayed, next_chance):
        np.testing.assert_allclose(of(n, alike), of(n, nearly), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(log_last(n, alike, left), log_last(n, nearly, left), atol=1e-3)
    assert active_share(n, alike, left) == pytest.approx(active_share(n, nearly, left), abs=1e-3)


def test_where_nobody_stops_everybody_is_active() -> None:
    assert active_share(np.array([3.0]), at(0.0, np.inf), np.array([0.0])) == 1
