"""Templates of an age: the lives that reach it, their weights, and the curves they follow."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from crmkit._kernels.life_curves import FAD, Lives, Shares, log_curves
from crmkit._kernels.life_templates import (
    BLOCK,
    Draw,
    choose,
    draw_bass_lives,
    draw_fads,
    draw_lives,
    draw_staples,
    draw_templates,
    joined,
    mixed,
    reaching,
    seen_last,
)

RANGES = np.array([[3, 40], [4, 60], [4, 120], [5, 80]], dtype=np.float64)
PLAIN = Shares(trapezoids=0.5, blends=0.0, spikes=0.0, seasons=0.0, per_week=1.0)
DRAW = Draw(size=1_024, by_stage=True, youngest=0, horizon=200, shares=PLAIN)


def lives_of(*ends: tuple[int, int, int, int]) -> Lives:
    count = len(ends)
    none = np.zeros(count)
    return Lives(np.array(ends), np.zeros(count, dtype=np.int8), none, none)


def curves(ends: tuple[int, int, int, int], periods: int, trapezoids: float) -> np.ndarray:
    shares = PLAIN._replace(trapezoids=trapezoids)
    return log_curves(np.random.default_rng(1), lives_of(ends), periods, shares)[0].astype(float)


def test_lives_reach_an_age_in_the_stage_of_its_last_period():
    lives = lives_of((3, 6, 10, 14), (5, 9, 20, 30), (2, 3, 4, 5))
    found = reaching(lives, 6, by_stage=False)

    assert [stage.rows.tolist() for stage in found] == [[], [0, 1], [], []]
    assert [stage.rows.tolist() for stage in reaching(lives, 7, by_stage=False)][2] == [0]
    assert [stage.rows.tolist() for stage in reaching(lives, 5, by_stage=False)][3] == [2]


def test_a_stage_weighs_one_over_its_length():
    found = reaching(lives_of((3, 6, 10, 14), (5, 9, 20, 30)), 6, by_stage=True)

    np.testing.assert_allclose(found[1].weight, [1 / 3, 1 / 4])


def test_at_the_youngest_age_all_that_happened_before_counts():
    # Introduction and growth were seen whole, half of maturity.
    found = reaching(lives_of((2, 4, 12, 20)), 8, by_stage=True, youngest=8)

    np.testing.assert_allclose(found[2].weight, [1 + 1 + 4 / 8])


def test_chosen_lives_stand_for_all():
    lives = draw_lives(np.random.default_rng(2), 20_000, RANGES, 1.0)
    reached = reaching(lives, 40, by_stage=True)
    rows, edges, weight = choose(np.random.default_rng(3), reached, 4_096)

    assert (np.diff(edges) % BLOCK == 0).all()
    for stage, (first, last) in zip(reached, itertools.pairwise(edges), strict=True):
        mine = slice(first, last)
        assert weight[mine].sum() == pytest.approx(stage.weight.sum())
        mean = np.average(lives.ends[stage.rows, 3], weights=stage.weight)
        assert lives.ends[rows[mine], 3].mean() == pytest.approx(mean, rel=0.02)


def test_the_prior_is_that_of_a_product_looked_at_in_a_stage_drawn_evenly():
    # Simulated: a stage drawn evenly, a point within it drawn evenly, for products of week 30.
    rng = np.random.default_rng(4)
    lives = draw_lives(rng, 400_000, RANGES, 1.0)
    starts = np.hstack([np.zeros((len(lives.ends), 1)), lives.ends])
    rows, stage = np.arange(len(lives.ends)), rng.integers(0, 4, len(lives.ends))
    start, end = starts[rows, stage], starts[rows, stage + 1]
    age = np.floor(start + rng.random(len(rows)) * (end - start)) + 1
    expected = np.bincount(stage[age == 30], minlength=4) / np.count_nonzero(age == 30)

    masses = np.array([one.weight.sum() for one in reaching(lives, 30, by_stage=True)])
    np.testing.assert_allclose(masses / masses.sum(), expected, atol=0.02)


def test_a_trapezoid_rises_straight_stays_and_falls_exponentially():
    level = np.exp(curves((6, 16, 24, 40), 40, trapezoids=1.0))

    np.testing.assert_allclose(np.diff(level[6:16], 2), 0, atol=1e-5)
    np.testing.assert_allclose(level[16:24], 1, atol=1e-5)
    fall = np.diff(np.log(level[24:]))
    np.testing.assert_allclose(fall, fall[0], rtol=1e-3)
    # Half a week of the fall is over in the middle of its first week.
    assert math.log(level[24]) == pytest.approx(fall[0] / 2, rel=1e-3)
    assert 2 <= math.exp(-fall[0] * 16) <= 1000


def test_a_regime_curve_has_one_slope_in_each_stage_but_for_the_smoothing():
    slope = np.diff(curves((8, 20, 34, 60), 60, trapezoids=0.0))

    for first, last in ((0, 5), (10, 17), (22, 31), (36, 57)):
        np.testing.assert_allclose(slope[first:last], slope[first], atol=1e-5)
    assert slope[10] > max(slope[0], slope[22]) > 0 > slope[40] or slope[22] <= 0.01


def test_smoothing_spreads_a_change_of_slope_over_five_weeks():
    level = curves((8, 20, 34, 60), 30, trapezoids=0.0)
    slope = np.diff(level)
    share = (slope[5:11] - slope[4]) / (slope[11] - slope[4])

    # Slopes of weeks 6 .. 11: the weights 1, 3, 4, 3, 1 of 12 summed up.
    np.testing.assert_allclose(share, np.array([1, 4, 8, 11, 12, 12]) / 12, atol=1e-3)


def test_a_bass_curve_turns_where_its_stages_end():
    rng = np.random.default_rng(5)
    lives = draw_bass_lives(rng, 200, np.array([[30.0, 60.0], [20.0, 300.0]]), 1.0)
    level = np.exp(log_curves(rng, lives, 150, PLAIN).astype(float))
    bend = np.diff(level, 2)

    for row, (first, peak, second, _) in enumerate(lives.ends):
        assert abs(level[row].argmax() - peak) <= 1
        assert abs(int(bend[row, :peak].argmin()) - int(bend[row].argmin())) <= peak
        assert (bend[row, 2 : first - 2] > 0).all()
        assert (bend[row, first + 1 : second - 3] < 0).all()


def test_the_highest_value_is_one_and_nothing_is_below_the_floor():
    lives = draw_lives(np.random.default_rng(6), 500, RANGES, 1.0)
    found = log_curves(np.random.default_rng(7), lives, 60, PLAIN._replace(spikes=0.3, seasons=0.3))

    np.testing.assert_allclose(found.max(axis=1), 0, atol=1e-6)
    assert found.min() >= -13.8001


def test_spikes_lift_launches():
    lives = draw_lives(np.random.default_rng(6), 2_000, RANGES, 1.0)
    plain, lifted = (
        log_curves(np.random.default_rng(7), lives, 20, PLAIN._replace(spikes=share))
        for share in (0.0, 1.0)
    )

    fall = (np.exp(c[:, 0] - c[:, 7]) for c in (plain, lifted))
    before, after = (np.median(f) for f in fall)
    assert before < 1 < 2 < after


@pytest.mark.parametrize("age", [1, 2, 7, 30, 199, 200, 201, 450])
def test_every_age_has_templates(age):
    lives = draw_lives(np.random.default_rng(8), 5_000, RANGES, 1.0)
    found = draw_templates(np.random.default_rng(9), lives, age, DRAW)

    assert found.log_curve.shape == (len(found.weight), age + 1)
    assert np.isfinite(found.log_curve).all()
    assert (found.elapsed >= 1).all()
    assert (found.elapsed <= age).all()
    assert (found.left >= 0).all()
    np.testing.assert_allclose(
        np.exp(found.log_curve[:, :-1]).sum(axis=1), np.exp(-found.log_curve[:, -1]), rtol=1e-4
    )


def test_what_a_bank_shows_of_an_age_depends_on_the_seed_and_the_age_alone():
    lives = draw_lives(np.random.default_rng(8), 5_000, RANGES, 1.0)
    one, two = (draw_templates(np.random.default_rng(9), lives, 30, DRAW) for _ in range(2))

    np.testing.assert_array_equal(one.log_curve, two.log_curve)


def test_mixed_templates_stay_in_the_order_of_their_stages():
    lives = draw_lives(np.random.default_rng(8), 5_000, RANGES, 1.0)
    parts = [
        seen_last(draw_templates(np.random.default_rng(age), lives, age, DRAW), 12)
        for age in (12, 20, 40)
    ]
    found, part = mixed(parts, np.array([1.0, 2.0, 3.0]))

    sizes = sum(np.diff(p.edges) for p in parts)
    assert np.diff(found.edges).tolist() == sizes.tolist()
    assert found.log_curve.shape[1] == 13
    sums = [found.weight[part == k].sum() for k in range(3)]
    np.testing.assert_allclose(
        sums, [k * p.weight.sum() for k, p in enumerate(parts, 1)], rtol=1e-4
    )


def test_fads_are_short_and_join_the_pool():
    fads = draw_fads(np.random.default_rng(1), 300, 1.0)
    pool = joined([draw_lives(np.random.default_rng(2), 700, RANGES, 1.0), fads])

    assert fads.ends[:, -1].min() >= 8
    assert fads.ends[:, -1].max() <= 24
    assert np.count_nonzero(pool.kind == FAD) == 300
    assert pool.ends.flags.f_contiguous


def test_staples_are_mature_within_weeks_and_flat():
    staples = draw_staples(np.random.default_rng(1), 200, 1.0)
    found = log_curves(np.random.default_rng(2), staples, 24, PLAIN).astype(float)

    assert staples.ends[:, 1].max() <= 7
    assert staples.ends[:, 2].min() >= 26
    assert found.min() > -1.5
    assert np.median(abs(found[:, 8:] - found[:, -1:])) < 0.1


def test_months_shorten_durations():
    months = draw_lives(np.random.default_rng(2), 2_000, RANGES, 12 / 52.1775)

    assert (np.diff(months.ends, axis=1, prepend=0) >= 1).all()
    assert 15 < np.median(months.ends[:, -1]) < 30
