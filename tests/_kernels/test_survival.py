"""How long things last, against points and lives taken one by one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit._kernels.survival import (
    Durations,
    Spells,
    ages_of,
    at_risk_by_age,
    covered_ages,
    curve_of,
    deaths_by_age,
    interval_of,
    medians_of,
    redeemed_by_age,
    resampled,
)

Heap = tuple[int, int, int, int, bool]


def spells_of(heaps: list[Heap]) -> Spells:
    columns = list(zip(*heaps, strict=True)) or [[]] * 5
    *ints, redeemed = columns
    return Spells(*(np.array(c, dtype=np.int64) for c in ints), np.array(redeemed, dtype=bool))


def slow_curve(heaps: list[Heap]) -> tuple[list[Fraction], list[int]]:
    """One point at a time: who is there at an age, and who of them is redeemed then."""
    ages = max((heap[2] for heap in heaps), default=-1) + 1
    curve, risks = [Fraction(1)], []
    for age in range(ages):
        there = sum(p for _, entry, out, p, _ in heaps if entry <= age <= out)
        redeemed = sum(p for _, _, out, p, gone in heaps if gone and out == age)
        curve.append(curve[-1] * (1 - Fraction(redeemed, there)) if there else curve[-1])
        risks.append(there)
    return curve, risks


@st.composite
def heaps(draw: st.DrawFn) -> Heap:
    entry = draw(st.integers(0, 8))
    out = entry + draw(st.integers(0, 8))
    return draw(st.integers(0, 3)), entry, out, draw(st.integers(1, 9)), draw(st.booleans())


@given(st.lists(heaps(), max_size=12))
@settings(max_examples=80)
def test_the_curve_is_that_of_points_taken_one_by_one(given_heaps: list[Heap]) -> None:
    spells = spells_of(given_heaps)
    ages = ages_of(spells)
    at_risk = at_risk_by_age(spells, ages)

    curve, risks = slow_curve(given_heaps)
    assert at_risk.tolist() == risks
    np.testing.assert_allclose(
        curve_of(redeemed_by_age(spells, ages), at_risk), [float(s) for s in curve], atol=1e-12
    )


def test_ages_are_covered_until_the_first_one_without_points() -> None:
    assert covered_ages(np.array([3, 2, 0, 4])) == 2
    assert covered_ages(np.array([3, 2])) == 2
    assert covered_ages(np.array([], dtype=np.int64)) == 0


def test_points_that_leave_unredeemed_at_an_age_were_under_watch_at_it() -> None:
    spells = spells_of([(0, 0, 5, 1, False), (0, 0, 5, 1, True)])

    assert curve_of(redeemed_by_age(spells, 6), at_risk_by_age(spells, 6))[-1] == 0.5


class Picks:
    """A source of chance that draws the owners it was told to."""

    def __init__(self, picks: list[list[int]]) -> None:
        self.picks = picks

    def integers(self, owners: int, size: tuple[int, int]) -> np.ndarray:
        drawn, self.picks = self.picks[: size[0]], self.picks[size[0] :]
        assert np.shape(drawn) == size
        return np.array(drawn)


def test_a_draw_is_the_spells_of_the_owners_drawn() -> None:
    heaps = [(0, 0, 2, 5, True), (1, 0, 3, 7, False), (1, 1, 2, 2, True), (2, 0, 1, 4, True)]
    lives = tuple(np.array(c) for c in ([0, 1, 2], [0, 1, 0], [5, 9, 4]))
    picks = [[1, 1, 2], [0, 1, 2], [0, 0, 0]]

    draws = resampled(spells_of(heaps), lives, (3, 4, 2), 3, Picks(picks))  # type: ignore[arg-type]

    (found,) = draws
    for row, picked in enumerate(picks):
        again = spells_of([heap for owner in picked for heap in heaps if heap[0] == owner])
        assert found.redeemed[row].tolist() == redeemed_by_age(again, 4).tolist()
        assert found.at_risk[row].tolist() == at_risk_by_age(again, 4).tolist()
    assert found.granted.tolist() == [[4, 18], [9, 9], [15, 0]]


# --- durations -----------------------------------------------------------------------------------

LIFE = st.tuples(st.integers(0, 2), st.integers(0, 9), st.booleans())


def durations(lives: list[tuple[int, int, bool]]) -> Durations:
    group, days, ended = zip(*lives, strict=True)
    return Durations(np.array(group), np.array(days), np.ones(len(lives)), np.array(ended))


def textbook(lives: list[tuple[int, bool]]) -> list[tuple[float, float]]:
    """Survival after each day and the sum of Greenwood, death by death."""
    survival, greenwood, rows = 1.0, 0.0, []
    for day in range(10):
        n = sum(1 for days, _ in lives if days >= day)
        d = sum(1 for days, ended in lives if ended and days == day)
        if d:
            survival *= 1 - d / n
            greenwood += d / (n * (n - d)) if n > d else 0.0
        rows.append((survival, greenwood))
    return rows


@given(st.lists(LIFE, min_size=1, max_size=25))
def test_curves_and_intervals_are_those_of_the_textbook(lives) -> None:
    deaths = deaths_by_age(durations(lives), 3, 10)
    curve = curve_of(*deaths)
    lower, upper = interval_of(curve, deaths, 1.96)

    for group in range(3):
        mine = [(days, ended) for g, days, ended in lives if g == group]
        for day, (survival, greenwood) in enumerate(textbook(mine)):
            assert abs(curve[group, day + 1] - survival) < 1e-12
            if 0 < survival < 1:
                v = 1.96 * greenwood**0.5 / abs(np.log(survival))
                ends = survival ** np.exp(v), survival ** np.exp(-v)
                np.testing.assert_allclose([lower[group, day + 1], upper[group, day + 1]], ends)
            else:
                assert np.isnan(lower[group, day + 1])


def test_the_worked_curve() -> None:
    # Worked by hand: events 3, 5, 5, 8, censored 4, 8, 12; Greenwood 1926, log-log interval.
    lives = [(0, t, True) for t in (3, 5, 5, 8)] + [(0, t, False) for t in (4, 8, 12)]
    deaths = deaths_by_age(durations(lives), 1, 13)
    curve = curve_of(*deaths)
    lower, upper = interval_of(curve, deaths, 1.959964)

    assert curve[0, [4, 6, 9]].round(6).tolist() == [0.857143, 0.514286, 0.342857]
    assert [lower[0, 6].round(3), upper[0, 6].round(3)] == [0.118, 0.813]
    assert medians_of(curve).tolist() == [8]
    assert medians_of(curve[:, :8]).tolist() == [-1]
