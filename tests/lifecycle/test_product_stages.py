"""Where products stand in their lives: how often that is right, and what must not change it."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.data import ProductPeriods
from crmkit.datasets import LifeShapes, ProductLives, product_lives
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle import (
    BassCurves,
    PolliCook,
    ProductStages,
    RegimeCurves,
    StageReason,
    TemplateBank,
    TwoWindow,
    stages,
)

NAN = float("nan")
SMALL = TemplateBank(size=1_000, pool=20_000)
RISING = [3, 4, 3, 5, 4, 7, 9, 12, 15, 20]
FALLING = [4, 9, 31, 68, 99, 95, 81, 50, 29, 16]


def lives_of(seed: int, products: int = 200, **options) -> ProductLives:
    return product_lives(np.random.default_rng(seed), products=products, **options)


def told(counts, *, method=SMALL, **options) -> ProductStages:
    return stages(ProductPeriods.from_matrix(counts, **options), method=method)


def share_right(found: ProductStages, lives: ProductLives) -> float:
    return float((found.chances.argmax(axis=1) == lives.stage_now).mean())


# --- how often it is right -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "scenario", "least"),
    [("regimes", "B", 0.70), ("trapezoids", "B", 0.74), ("regimes", "D", 0.54)],
)
def test_stages_of_simulated_lives_are_found(family, scenario, least):
    # Note, section 7: .78, .82 and .63; three standard errors of 400 products and a small bank.
    lives = lives_of(1, 400, family=family, scenario=scenario)
    found = told(lives.counts())

    assert share_right(found, lives) > least
    assert np.mean(abs(found.chances.argmax(axis=1) - lives.stage_now) <= 1) > 0.96


def test_stages_between_inflection_points_are_found_by_their_own_curves():
    lives = lives_of(2, 300, family="bass")
    bass, regime = (
        told(lives.counts(), method=attrs.evolve(SMALL, curves=curves))
        for curves in (BassCurves(), RegimeCurves())
    )

    assert share_right(bass, lives) > 0.62
    assert share_right(bass, lives) > share_right(regime, lives) + 0.05
    assert bass.definition == "bass_inflection"


def test_intervals_to_the_next_stage_hold_about_four_in_five():
    lives = lives_of(3, 400)
    found = told(lives.counts())
    low, _, high = found.figures.to_next.T
    right = found.chances.argmax(axis=1) == lives.stage_now
    inside = (low - 0.5 <= lives.weeks_to_next) & (lives.weeks_to_next <= high + 0.5)

    assert 0.7 < inside[right].mean() < 0.9


def test_an_unknown_age_is_not_taken_for_a_launch():
    lives = lives_of(4, 300)
    old = (lives.age >= 40) & (lives.age <= 150)
    counts = lives.counts(26)
    unknown = told(counts, age_known=False)
    naive = told(counts)

    right = [(f.chances.argmax(axis=1) == lives.stage_now)[old].mean() for f in (unknown, naive)]
    assert right[0] > 0.7 > 0.45 > right[1]
    low, high = unknown.figures.age.T
    assert ((low <= lives.age) & (lives.age <= high))[old].mean() > 0.7
    assert (unknown.age[old] == 26).all()
    assert not unknown.age_known.any()


def test_masked_stock_outs_cost_less_than_zeros():
    lives = lives_of(5, 400, shapes=LifeShapes(stock_outs=1))
    out = lives.by_calendar(lives.out_of_stock).astype(bool)
    masked, zeros = told(lives.counts(), closed=out), told(lives.counts())

    assert share_right(masked, lives) > share_right(zeros, lives) + 0.02


@pytest.mark.parametrize("method", [TwoWindow(), PolliCook(), PolliCook(form="pooled_sigma")])
def test_rules_of_thumb_are_less_often_right(method):
    lives = lives_of(1, 400)
    rule, bank = told(lives.counts(), method=method), told(lives.counts())

    assert 0.4 < share_right(rule, lives) < share_right(bank, lives) - 0.1
    assert set(np.unique(rule.chances)) == {0.0, 1.0}
    assert np.isnan(rule.figures.to_next).all()


# --- what must not change it ---------------------------------------------------------------------


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1_000), st.integers(1, 20))
def test_neither_order_nor_other_products_matter(seed, kept):
    lives = lives_of(seed, 25)
    counts = lives.counts()
    whole = told(counts).chances
    order = np.random.default_rng(seed).permutation(25)

    np.testing.assert_allclose(told(counts[order]).chances, whole[order], atol=1e-5)
    np.testing.assert_allclose(told(counts[:kept]).chances, whole[:kept], atol=1e-5)


def test_amounts_in_cents_are_told_like_amounts():
    lives = lives_of(6, 60)
    euros, cents = (told(lives.counts() * k, value="amount") for k in (1.0, 100.0))

    np.testing.assert_allclose(euros.chances, cents.chances, atol=1e-3)
    assert euros.labels().codes.tolist() == cents.labels().codes.tolist()


def test_not_observed_is_not_zero():
    seen = [*RISING, NAN, NAN, NAN, NAN]
    zeros = [*RISING, 0, 0, 0, 0]
    plain = [NAN] * 4 + RISING

    found = told([seen, zeros, plain])
    np.testing.assert_allclose(found.chances[0], found.chances[2], atol=1e-6)
    assert found.labels().decode().tolist()[1] == "decline"
    assert found.age.tolist() == [10, 14, 10]


def test_a_closed_period_that_sold_nothing_says_nothing():
    closed = [[False] * 12 + [True] * 3 + [False] * 9]
    sales = np.array([[20] * 12 + [0] * 3 + [20] * 9])
    whatever = np.where(closed, 400, sales)

    np.testing.assert_allclose(
        told(sales, closed=closed).chances, told(whatever, closed=closed).chances, atol=1e-6
    )


def test_the_same_seed_gives_the_same_answer_and_another_one_nearly_so():
    lives = lives_of(7, 40)
    counts = lives.counts()
    one, two = told(counts), told(counts)
    other = told(counts, method=attrs.evolve(SMALL, seed=1))

    np.testing.assert_array_equal(one.chances, two.chances)
    assert 0 < abs(one.chances - other.chances).mean() < 0.15


# --- series that say little ----------------------------------------------------------------------


def test_probabilities_are_always_finite_and_add_up():
    rng = np.random.default_rng(8)
    counts = rng.poisson(rng.uniform(0, 3, (60, 1)), (60, 30)).astype(float)
    counts[np.arange(30) < rng.integers(0, 30, (60, 1))] = NAN
    for method in (SMALL, TwoWindow(), PolliCook(), PolliCook(form="annual")):
        found = told(counts, method=method)
        np.testing.assert_allclose(found.chances.sum(axis=1), 1, atol=1e-9)
        assert np.isfinite(found.chances).all()


def test_reasons_are_said():
    long = [30, 32] * 16
    found = told(
        [[NAN] * 27 + [1, 2, 3, 2, 4], [0] * 32, [*[5, 400] * 16], long],
        closed=[[False] * 32, [False] * 32, [False] * 32, [True] * 12 + [False] * 20],
    )

    assert found.has(StageReason.TOO_SHORT).tolist() == [True, False, False, False]
    assert found.has(StageReason.ALL_ZERO).tolist() == [False, True, False, False]
    assert found.has(StageReason.MUCH_MASKED).tolist() == [False, False, False, True]
    frame = found.to_frame()
    assert frame["reasons"].tolist()[0].startswith("fewer than 8 periods")


def test_a_stage_that_the_age_alone_tells_has_that_reason():
    rng = np.random.default_rng(11)
    lumpy = np.where(rng.random((1, 90)) < 0.05, 500, 0)
    lumpy[0, 0] = 1
    found = told(np.vstack([lumpy, [*[1] * 40, *range(1, 51)]]))

    assert found.has(StageReason.TOLD_BY_AGE).tolist() == [True, False]
    assert found.labels().decode().tolist()[0] == "decline"
    assert found.actions().to_frame()["audience"].tolist()[0] == "nobody"
    assert 0 not in found.alarms(probability=0.5).product


def test_too_few_periods_give_the_prior_of_the_age():
    found = told([[1, 2, 3, 2, 4], [9, 0, 0, 1, 9], [0, 0, 0, 0, 0]])

    np.testing.assert_allclose(found.chances[0], found.chances[1], atol=1e-6)
    np.testing.assert_allclose(found.chances[0], found.chances[2], atol=1e-6)


def test_an_age_unknown_is_a_reason():
    assert told([RISING], age_known=False).has(StageReason.AGE_UNKNOWN).all()


def test_what_is_older_than_any_curve_is_told_by_stretched_ones():
    flat = np.random.default_rng(9).poisson(50, (6, 420))
    found = told(flat, method=TemplateBank())

    assert found.has(StageReason.OLDER_THAN_CURVES).all()
    assert found.labels().counts()[2] >= 5


@pytest.mark.parametrize("weeks", [52, 104, 190])
def test_what_sells_evenly_for_long_is_mature(weeks):
    flat = np.random.default_rng(9).poisson(50, (6, weeks))

    assert told(flat, method=TemplateBank()).labels().counts()[2] >= 5


def test_a_shape_unlike_any_curve_is_said():
    waves = np.tile([10] * 10 + [200] * 10, 5)[None, :]

    assert told(waves).has(StageReason.UNLIKE_ANY_CURVE).all()
    assert not told([[*RISING]]).has(StageReason.UNLIKE_ANY_CURVE).any()


def test_who_is_not_sure_is_indeterminate():
    counts = lives_of(10, 60, scenario="D").counts()
    periods = ProductPeriods.from_matrix(counts)
    strict, lax = (stages(periods, method=SMALL, threshold=t) for t in (0.9, 0.0))

    assert strict.indeterminate.sum() == (strict.chances.max(axis=1) < 0.9).sum() > 0
    assert not lax.indeterminate.any()
    assert strict.labels().counts().sum() == 60
    assert strict.has(StageReason.UNCERTAIN).tolist() == strict.indeterminate.tolist()


@pytest.mark.parametrize("every", ["day", "month", "quarter", "year"])
def test_other_periods_than_weeks(every):
    found = stages(ProductPeriods.from_matrix([RISING, FALLING], every=every), method=SMALL)

    assert np.isfinite(found.chances).all()


# --- the answer ----------------------------------------------------------------------------------


def test_the_frame_has_a_row_per_product():
    found = told([RISING, FALLING], products=["up", "down"])
    frame = found.to_frame()

    assert frame["product"].tolist() == ["up", "down"]
    assert frame["stage"].tolist() == ["growth", "decline"]
    assert list(frame.columns) == [
        "product",
        "stage",
        "p_introduction",
        "p_growth",
        "p_maturity",
        "p_decline",
        "age",
        "age_known",
        "weeks_in_stage",
        "growth_rate",
        "weeks_to_next",
        "weeks_to_next_low",
        "weeks_to_next_high",
        "demand_class",
        "reasons",
    ]
    assert frame["growth_rate"][0] > 0.1 > -0.1 > frame["growth_rate"][1]
    assert "<table" in found._repr_html_()


def test_the_definition_and_the_method_are_echoed():
    periods = ProductPeriods.from_matrix([RISING])

    assert stages(periods, method="two_window").method == TwoWindow()
    assert stages(periods, method="polli_cook").definition == "growth_regime"
    bass = stages(periods, definition="bass_inflection")
    assert "bass_inflection by template_bank" in repr(bass)
    flat = stages(periods, method=SMALL, prior="uniform_launch")
    assert flat.method == attrs.evolve(SMALL, prior="uniform_launch")


# --- errors --------------------------------------------------------------------------------------


def test_options_that_contradict_one_another_are_refused():
    periods = ProductPeriods.from_matrix([RISING])
    cases = [
        (
            {"definition": "bass_inflection", "method": "polli_cook"},
            "tells stages by growth_regime",
        ),
        ({"definition": "bass_inflection", "method": SMALL}, "tells stages by growth_regime"),
        ({"prior": "uniform_stage", "method": "two_window"}, "two_window has no prior"),
        ({"method": "template"}, "did you mean 'template_bank'"),
        ({"method": 3}, "method must be a word"),
        ({"threshold": 1.5}, "threshold must be a probability"),
        ({"definition": "regime"}, "definition must be one of"),
    ]
    for options, message in cases:
        with pytest.raises(InvalidArgumentError, match=message):
            stages(periods, **options)


def test_something_else_than_periods_is_refused():
    with pytest.raises(InvalidArgumentError, match="periods must be ProductPeriods; got list"):
        stages([RISING])
