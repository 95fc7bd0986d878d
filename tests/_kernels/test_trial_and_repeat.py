"""Trials and repeats add up to a given total, as a slow loop over weeks and gaps finds them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import gamma

from crmkit._kernels.trial_and_repeat import LONGEST_GAP, SEEN, Habits, plan
from crmkit.typing import FloatArray

CHANCE = st.floats(0, 0.95)


def slow_plan(
    total: list[float], tried_again: float, stays: float, cycle: float
) -> tuple[list[float], list[float], list[float]]:
    law = gamma(2.5, scale=cycle / 2.5)
    chance = [law.cdf(gap) - law.cdf(gap - 1) for gap in range(1, LONGEST_GAP + 1)]
    first: list[float] = []
    due: list[float] = []
    kept: list[float] = []
    for week, wanted in enumerate(total):
        returning = 0.0
        for gap in range(1, min(week, LONGEST_GAP) + 1):
            meant = tried_again * first[week - gap] + stays * due[week - gap]
            returning += chance[gap - 1] * meant
        too_many = SEEN * returning > wanted
        first.append(0.0 if too_many else wanted - SEEN * returning)
        due.append(wanted / SEEN if too_many else returning)
        kept.append(wanted / SEEN / returning if too_many else 1.0)
    return first, due, kept


@settings(max_examples=15)
@given(
    total=st.lists(st.floats(0.01, 100), min_size=1, max_size=70),
    tried_again=CHANCE,
    stays=CHANCE,
    cycle=st.floats(0.5, 20),
)
def test_a_plan_is_that_of_a_slow_loop(
    total: list[float], tried_again: float, stays: float, cycle: float
) -> None:
    habits = Habits(np.array([tried_again]), np.array([stays]), np.array([cycle]), 2.5)
    got = plan(np.array([total]), habits)

    for quick, slow in zip(got, slow_plan(total, tried_again, stays, cycle), strict=True):
        np.testing.assert_allclose(quick[0], slow, rtol=1e-7, atol=1e-9)


def drawn(rows: int) -> tuple[FloatArray, Habits]:
    rng = np.random.default_rng(3)
    total = np.exp(np.cumsum(rng.normal(0, 0.1, (rows, 90)), axis=1))
    habits = Habits(
        rng.uniform(0, 0.9, rows), rng.uniform(0, 0.9, rows), rng.uniform(1, 12, rows), 2.5
    )
    return total, habits


def test_trials_and_repeats_seen_add_up_to_the_total() -> None:
    total, habits = drawn(50)
    got = plan(total, habits)

    np.testing.assert_allclose(got.first + SEEN * got.due, total)
    assert ((got.kept > 0) & (got.kept <= 1)).all()
    assert (got.first[got.kept < 1] == 0).all()


def test_scaling_a_total_scales_its_trials() -> None:
    total, habits = drawn(20)

    np.testing.assert_allclose(plan(7 * total, habits).first, 7 * plan(total, habits).first)


def test_gaps_are_probabilities_and_the_rest_never_comes_back() -> None:
    _, habits = drawn(20)
    gaps = habits.gaps()

    assert gaps.shape == (20, LONGEST_GAP)
    assert (gaps >= 0).all()
    assert (gaps.sum(axis=1) <= 1 + 1e-12).all()
