"""Rules of thumb for stages, against the same rules one product at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit._kernels import stage_rules as rules

INTRODUCTION, GROWTH, MATURITY, DECLINE = range(4)


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def slow_two_window(y: list[float], width: int, threshold: float) -> int:
    late, early = y[-width:], y[-2 * width : -width]
    if not early:
        return MATURITY
    growth = (mean(late) - mean(early)) / max(mean(early), 1e-9)
    return GROWTH if growth > threshold else DECLINE if growth < -threshold else MATURITY


def slow_centred(y: list[float], width: int) -> list[float]:
    half = width // 2
    return [mean(y[max(t - half, 0) : t + half + 1]) for t in range(len(y))]


def slow_own_spread(y: list[float]) -> int:
    if len(y) <= 8:
        return INTRODUCTION
    x = slow_centred(y, 13)
    changes = []
    for late, early in zip(x[8:], x[:-8], strict=True):
        change = (late - early) / early if early > 0 else (math.inf if late > 0 else 0.0)
        changes.append(min(max(change, -1), 3))
    limit = 0.5 * math.sqrt(mean([c * c for c in changes]))
    if len(y) < 26 and max(x) < 2 * mean(y[:8]):
        return INTRODUCTION
    last = changes[-1]
    return GROWTH if last > limit else DECLINE if last < -limit else MATURITY


def slow_pooled(y: list[float], sigma: float) -> int:
    if len(y) <= 6:
        return INTRODUCTION
    x = slow_centred(y, 9)
    growth = math.log((x[-1] + 0.5) / (x[-7] + 0.5))
    stage = GROWTH if growth > sigma / 2 else DECLINE if growth < -sigma / 2 else MATURITY
    young = len(y) < 26 and max(x) < 2 * mean(y[:8])
    return INTRODUCTION if young and stage != DECLINE else stage


series = st.lists(st.integers(0, 60), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(series, st.integers(1, 9), st.sampled_from([0.0, 0.05, 0.1]))
def test_two_windows_are_those_of_a_loop(y, width, threshold):
    sales = np.array([y], dtype=float)
    found = rules.two_windows(sales, np.ones_like(sales), width, threshold)

    assert found.tolist() == [slow_two_window(y, width, threshold)]


@settings(max_examples=60, deadline=None)
@given(series)
def test_own_spread_is_that_of_a_loop(y):
    sales = np.array([y], dtype=float)
    found = rules.own_spread(sales, np.ones_like(sales), about_zero=True)

    assert found.tolist() == [slow_own_spread(y)]


@settings(max_examples=60, deadline=None)
@given(series, st.floats(0.01, 1))
def test_pooled_spread_is_that_of_a_loop(y, sigma):
    sales = np.array([y], dtype=float)
    found = rules.pooled_spread(sales, np.ones_like(sales), sigma)

    assert found.tolist() == [slow_pooled(y, sigma)]


def test_a_closed_period_is_no_zero_to_a_window():
    sales = np.array([[10.0, 10, 10, 10, 10, 0, 10, 10]])
    exposure = np.array([[1.0, 1, 1, 1, 1, 0, 1, 1]])

    assert rules.two_windows(sales, exposure, 4, 0.05).tolist() == [MATURITY]
    assert rules.two_windows(sales, np.ones_like(sales), 4, 0.05).tolist() == [DECLINE]


def test_the_annual_rule_starts_in_introduction_and_stays_there_below_a_twentieth_of_the_peak():
    sales = np.array([[1.0, 2, 3, 40, 100, 100]])

    found = rules.annual(sales, about_zero=True)[0].tolist()
    assert found[:3] == [INTRODUCTION] * 3
    assert found[3] == GROWTH


@pytest.mark.parametrize("about_zero", [True, False])
def test_one_period_has_no_change(about_zero):
    assert rules.annual(np.array([[5.0]]), about_zero=about_zero).tolist() == [[INTRODUCTION]]
