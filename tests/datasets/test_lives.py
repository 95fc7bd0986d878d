"""Product lives: the stated truth is what the numbers hold."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.datasets import (
    SCENARIOS,
    STAGES,
    LifeSettings,
    LifeShapes,
    ProductLives,
    Scenario,
    product_lives,
)
from crmkit.errors import InvalidArgumentError
from crmkit.typing import LifeFamily

FAMILIES: tuple[LifeFamily, ...] = ("regimes", "trapezoids", "bass")
LEFT_TO_RIGHT: tuple[LifeFamily, ...] = ("regimes", "trapezoids")
ALL_SHAPES = LifeShapes(
    stock_outs=0.5,
    launch_spikes=0.3,
    fads=0.2,
    relaunches=0.3,
    season=0.3,
    categories=3,
    pace=0.3,
    stores=9,
)


def rng(seed: int = 3) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_week_has_the_stage_of_the_phase_it_lies_in(family: LifeFamily) -> None:
    lives = product_lives(rng(), products=40, family=family)

    for row, ends in zip(lives.stage.tolist(), lives.ends[:, :3].tolist(), strict=True):
        assert row == [sum(week >= end for end in ends) for week in range(lives.horizon)]


def test_a_relaunch_grows_matures_and_declines_again() -> None:
    lives = product_lives(rng(), products=40, shapes=LifeShapes(relaunches=1))
    again = [0, 1, 2, 3, 1, 2, 3]

    assert lives.is_relaunched.all()
    for row, ends in zip(lives.stage.tolist(), lives.ends[:, :6].tolist(), strict=True):
        expected = [again[sum(week >= end for end in ends)] for week in range(lives.horizon)]
        assert row == expected


@pytest.mark.parametrize("family", LEFT_TO_RIGHT)
def test_a_relaunch_stops_the_decline_and_ends_within_the_horizon(family: LifeFamily) -> None:
    lives = product_lives(rng(), products=200, family=family, shapes=LifeShapes(relaunches=1))
    up, flat, down = np.diff(lives.ends[:, 3:], axis=1).T

    assert (lives.ends[:, -1] < lives.horizon).all()
    assert up.min() >= 4
    assert up.max() <= 12
    assert flat.min() >= 6
    assert flat.max() <= 30
    assert down.min() >= 8
    assert down.max() <= 40


@pytest.mark.parametrize("family", FAMILIES)
def test_the_highest_week_of_a_life_is_the_peak(family: LifeFamily) -> None:
    lives = product_lives(rng(), products=200, family=family, scenario=Scenario(123, 0.2))

    np.testing.assert_allclose(lives.curve.max(axis=1), 123, rtol=1e-12)


def test_a_trapezoid_stands_at_its_peak_through_maturity_only() -> None:
    lives = product_lives(rng(), products=200, family="trapezoids")
    top = np.isclose(lives.curve, 100, rtol=1e-12, atol=0)

    assert (top == (lives.stage == 2)).all()


def test_a_trapezoid_never_falls_before_its_decline_and_never_rises_in_it() -> None:
    lives = product_lives(rng(), products=200, family="trapezoids")
    step = np.diff(np.log(lives.curve), axis=1)
    later = lives.stage[:, 1:]

    assert (step[later < 3] >= -1e-12).all()
    # Below a millionth of the peak the curve is cut off.
    falling = (later == 3) & (lives.curve[:, 1:] > 100.01e-6)
    assert (step[falling] < 0).all()


def test_the_slopes_of_regimes_are_those_of_their_stage_inside_of_it() -> None:
    lives = product_lives(rng(), products=200)
    step = np.diff(np.log(lives.curve), axis=1)
    # Two weeks from a border the weights reach into the next stage.
    inside = np.ones_like(step, dtype=bool)
    for lag in (-2, -1, 1, 2):
        inside &= np.roll(lives.stage, lag, axis=1)[:, 1:] == lives.stage[:, 1:]
    inside[:, -2:] = inside[:, :2] = False
    bounds = [(-0.01, 0.05), (0, np.inf), (-0.01, 0.01), (-np.inf, 0)]
    for stage, (low, high) in enumerate(bounds):
        slopes = step[inside & (lives.stage[:, 1:] == stage)]
        assert slopes.min() >= low - 1e-12
        assert slopes.max() <= high + 1e-12


def test_bass_curves_peak_where_growth_ends_and_bend_where_their_other_stages_do() -> None:
    lives = product_lives(rng(), products=300, family="bass")
    bend = np.diff(lives.curve, n=2, axis=1)
    for row in range(len(lives)):
        first, peak, second = lives.ends[row, :3]
        assert abs(np.argmax(lives.curve[row]) - peak) <= 1
        # Sales bend upwards outside of the inflection points, downwards between them.
        assert (bend[row, : max(first - 3, 0)] > 0).all()
        assert (bend[row, first + 1 : second - 3] < 0).all()
        assert (bend[row, second + 1 : second + 5] > 0).all()


@pytest.mark.parametrize("family", LEFT_TO_RIGHT)
def test_durations_lie_in_their_ranges(family: LifeFamily) -> None:
    lives = product_lives(rng(), products=2_000, family=family)
    weeks = np.diff(lives.ends[:, :4], axis=1, prepend=0)

    assert weeks.min(axis=0).tolist() == [3, 4, 4, 5]
    assert (weeks.max(axis=0) <= [40, 60, 120, 80]).all()
    assert (lives.ends[:, 3] < 200).all()
    assert abs(np.median(lives.ends[:, 3]) - 90) < 5


def test_as_many_products_are_in_the_youngest_week_as_a_fifth() -> None:
    lives = product_lives(rng(), products=4_000)

    assert abs(np.mean(lives.age == 8) - 0.2) < 0.03
    assert lives.age.min() == 8


def test_stages_are_equally_likely_but_for_those_looked_at_in_week_eight() -> None:
    lives = product_lives(rng(), products=4_000, settings=LifeSettings(youngest=1))

    assert np.abs(np.bincount(lives.stage_now) / 4_000 - 0.25).max() < 0.03


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_sales_have_the_moments_of_a_slow_loop(name: str) -> None:
    scenario = SCENARIOS[name]
    lives = product_lives(rng(), products=400, scenario=name)  # type: ignore[arg-type]
    squares = expected = total = 0.0
    for mean, sold in zip(
        lives.expected.ravel().tolist(), lives.sold.ravel().tolist(), strict=True
    ):
        total += sold - mean
        expected += mean + (scenario.cv * mean) ** 2
        squares += (sold - mean) ** 2

    assert abs(total) < 4 * math.sqrt(expected)
    assert squares == pytest.approx(expected, rel=0.05)


def test_only_the_scenario_with_season_and_promotions_moves_what_is_expected() -> None:
    for name in "ABCD":
        lives = product_lives(rng(), products=20, scenario=name)  # type: ignore[arg-type]
        assert (lives.expected == lives.curve).all()
    moved = product_lives(rng(), products=400, scenario="E")
    ratio = moved.expected / moved.curve

    assert np.mean(ratio > 1.3 + 1e-9) == pytest.approx(0.05 * 0.72, abs=0.02)
    assert ratio.min() == pytest.approx(0.7, abs=1e-3)


def test_what_is_shown_is_what_was_sold_up_to_now() -> None:
    lives = product_lives(rng(), products=20)
    counts = lives.counts()
    for row, age in enumerate(lives.age.tolist()):
        assert np.isnan(counts[row, : lives.horizon - age]).all()
        assert (counts[row, lives.horizon - age :] == lives.sold[row, :age]).all()


def test_fewer_weeks_are_the_last_ones() -> None:
    lives = product_lives(rng(), products=20)

    np.testing.assert_array_equal(lives.counts(26), lives.counts()[:, -26:])


def test_time_in_the_stage_and_time_left_add_up_to_the_phase() -> None:
    lives = product_lives(rng(), products=300, shapes=LifeShapes(relaunches=0.5))
    weeks = np.diff(lives.ends, axis=1, prepend=0)
    for row in range(len(lives)):
        whole = lives.weeks_in_stage[row] + lives.weeks_to_next[row]
        assert whole in weeks[row]
        stage = lives.stage[row]
        start = lives.age[row] - lives.weeks_in_stage[row]
        assert (stage[start : lives.age[row]] == lives.stage_now[row]).all()
        assert start == 0 or stage[start - 1] != lives.stage_now[row]


def test_seen_at_another_age_a_life_stays_the_same() -> None:
    lives = product_lives(rng(), products=50)
    later = lives.seen_at(lives.decline_starts + 1)

    assert set(later.stage_now) == {3}
    assert set(later.weeks_in_stage) == {1}
    assert attrs.evolve(later, age=lives.age) == lives


# --- disturbances --------------------------------------------------------------------------------


def test_a_seed_gives_the_same_lives_and_another_seed_others() -> None:
    once, again = (product_lives(rng(5), products=30, shapes=ALL_SHAPES) for _ in range(2))

    assert once == again
    assert once != product_lives(rng(6), products=30, shapes=ALL_SHAPES)


@pytest.mark.parametrize(
    ("shapes", "moved"),
    [
        (LifeShapes(stock_outs=1), {"sold", "out_of_stock"}),
        (LifeShapes(launch_spikes=1), {"expected", "sold", "is_spiked"}),
        (LifeShapes(season=0.3), {"expected", "sold", "season"}),
        (LifeShapes(categories=4), {"category", "season", "pace"}),
        (LifeShapes(stores=20), {"expected", "sold", "selling"}),
        (LifeShapes(fads=1), {"ends", "stage", "curve", "expected", "sold", "age", "is_fad"}),
    ],
)
def test_a_disturbance_leaves_all_else_as_it_was(shapes: LifeShapes, moved: set[str]) -> None:
    calm = product_lives(rng(), products=60)
    disturbed = product_lives(rng(), products=60, shapes=shapes)
    names = [field.name for field in attrs.fields(ProductLives) if field.name != "frame_kind"]
    differ = {
        name for name in names if not np.array_equal(getattr(calm, name), getattr(disturbed, name))
    }

    assert differ == moved | {"shapes"}


def test_stock_outs_are_runs_of_two_weeks_and_more_within_the_age() -> None:
    shapes = LifeShapes(stock_outs=1)
    lives = product_lives(rng(), products=300, shapes=shapes, scenario="A")
    calm = product_lives(rng(), products=300, scenario="A")
    weeks = lives.out_of_stock.sum(axis=1)

    assert weeks.min() >= 2
    assert (weeks <= np.minimum(12, lives.age / 2)).all()
    assert not lives.out_of_stock[np.arange(200) >= lives.age[:, None]].any()
    assert (lives.sold == np.where(lives.out_of_stock, 0, calm.sold)).all()
    edges = np.diff(lives.out_of_stock, axis=1, prepend=False, append=False)
    for row in edges:
        starts, ends = np.flatnonzero(row).reshape(-1, 2).T
        assert (ends - starts >= 2).all()


def test_a_launch_spike_decays_by_its_formula() -> None:
    lives = product_lives(rng(), products=50, shapes=LifeShapes(launch_spikes=1))
    for curve, expected in zip(lives.curve, lives.expected, strict=True):
        height = (expected[0] - curve[0]) / np.median(curve[:8])
        assert 2 <= height <= 6
        for week in range(30):
            spike = height * np.median(curve[:8]) * math.exp(-week / 2)
            assert expected[week] == pytest.approx(curve[week] + spike)


def test_fads_live_for_half_a_year_at_most() -> None:
    lives = product_lives(rng(), products=300, shapes=LifeShapes(fads=1))

    assert lives.is_fad.all()
    assert lives.ends[:, 3].min() >= 8
    assert lives.ends[:, 3].max() <= 24


def test_products_of_a_category_share_the_season_of_the_calendar() -> None:
    lives = product_lives(rng(), products=60, shapes=LifeShapes(season=0.3, categories=2))
    index = lives.by_calendar(lives.expected / lives.curve, before=np.nan)
    for category in (0, 1):
        rows = index[lives.category == category]
        expected = np.resize(lives.season[category], lives.horizon)
        shown = np.broadcast_to(expected, rows.shape)
        np.testing.assert_allclose(rows[~np.isnan(rows)], shown[~np.isnan(rows)], rtol=1e-9)
    np.testing.assert_allclose(lives.season.mean(axis=1), 1, rtol=1e-12)


def test_stores_take_a_product_up_one_after_another_and_never_drop_it() -> None:
    lives = product_lives(rng(), products=60, shapes=LifeShapes(stores=20))
    stores = lives.selling * 20

    np.testing.assert_allclose(stores, np.rint(stores), atol=1e-9)
    assert stores.min() >= 1
    assert (np.diff(stores, axis=1) >= -1e-9).all()
    np.testing.assert_allclose(lives.selling[:, 40], 1)
    np.testing.assert_allclose(lives.expected, lives.curve * lives.selling)


@pytest.mark.parametrize("family", FAMILIES)
def test_categories_differ_in_speed_by_their_pace(family: LifeFamily) -> None:
    shapes = LifeShapes(categories=4, pace=0.5)
    wide = LifeSettings(horizon=1_000)
    lives = product_lives(rng(), products=4_000, family=family, shapes=shapes, settings=wide)
    usual = product_lives(rng(), products=4_000, family=family, settings=wide)
    half = np.median(usual.ends[:, 2])
    for category, pace in enumerate(lives.pace.tolist()):
        own = np.median(lives.ends[lives.category == category, 2])
        assert own == pytest.approx(pace * half, rel=0.12)
    assert np.ptp(lives.pace) > 0.2
    assert usual.pace.tolist() == [1.0]


@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**32),
    family=st.sampled_from(LEFT_TO_RIGHT),
    scale=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_every_life_is_over_within_the_horizon(seed: int, family: LifeFamily, scale: float) -> None:
    usual = LifeSettings()
    scaled = tuple((max(low * scale, 1), high * scale) for low, high in usual.durations)
    own = LifeSettings(durations=scaled, horizon=int(200 * scale))
    lives = product_lives(rng(seed), products=30, family=family, settings=own)

    assert (lives.ends[:, -1] < lives.horizon).all()
    assert ((lives.age >= 8) & (lives.age <= lives.horizon)).all()
    assert np.isfinite(lives.expected).all()


# --- the answer, and errors ----------------------------------------------------------------------


def test_the_table_says_the_truth_of_now() -> None:
    lives = product_lives(rng(), products=5)
    frame = lives.to_frame()

    assert list(frame["stage"]) == [STAGES[stage] for stage in lives.stage_now]  # type: ignore[index]
    assert len(lives) == 5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"products": 0}, r"products must be an integer >= 1; got 0\."),
        ({"family": "regime"}, "did you mean 'regimes'"),
        ({"scenario": "F"}, "scenario must be one of 'A', 'B', 'C', 'D', 'E'; got 'F'"),
        (
            {"family": "bass", "shapes": LifeShapes(fads=0.1)},
            "Bass curves have neither fads nor relaunches; say family=",
        ),
    ],
)
def test_wrong_options_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        product_lives(rng(), **wrong)  # type: ignore[arg-type]


def test_anything_but_a_generator_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"rng must be a numpy Generator; got 7\."):
        product_lives(7)  # type: ignore[arg-type]


def test_all_problems_of_a_scenario_stand_in_one_error() -> None:
    with pytest.raises(InvalidArgumentError, match=r"peak .*; cv .*; promotion_share .*; got 2\.0"):
        Scenario(-1, float("nan"), promotion_share=2)


def test_all_problems_of_shapes_stand_in_one_error() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"stock_outs .*; season .*; fads and relaunches"
    ):
        LifeShapes(stock_outs=2, season=1, fads=0.7, relaunches=0.7)


def test_lives_that_do_not_fit_into_the_horizon_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"do not end within horizon=50\. Say horizon="):
        LifeSettings(horizon=50)


def test_ranges_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="four ranges; got 1; each of durations must be"):
        LifeSettings(durations=((9, 2),))


def test_lives_that_are_hardly_ever_over_are_refused() -> None:
    late = LifeSettings(peak_week=(119, 120), contagion=(4, 4.01), horizon=120)
    with pytest.raises(InvalidArgumentError, match="not over within horizon=120"):
        product_lives(rng(), products=2, family="bass", settings=late)


def test_seen_at_refuses_other_ages_and_shared_seasons() -> None:
    lives = product_lives(rng(), products=3)
    with pytest.raises(InvalidArgumentError, match="age must be 3 integers, one per product"):
        lives.seen_at(np.array([5]))
    with pytest.raises(InvalidArgumentError, match=r"1 \.\. 200; 1 age do not, the first is 0"):
        lives.seen_at(np.array([5, 0, 5]))
    seasonal = product_lives(rng(), products=3, shapes=LifeShapes(season=0.2))
    with pytest.raises(InvalidArgumentError, match="season of the calendar cannot be seen"):
        seasonal.seen_at(seasonal.age)


def test_by_calendar_refuses_other_shapes_and_more_weeks_than_there_are() -> None:
    lives = product_lives(rng(), products=3)
    with pytest.raises(InvalidArgumentError, match=r"values must have the shape \(3, 200\)"):
        lives.by_calendar(np.zeros(3))
    with pytest.raises(InvalidArgumentError, match="at most the 200 simulated; got 201"):
        lives.counts(201)
