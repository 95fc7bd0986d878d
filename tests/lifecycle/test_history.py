"""Stages as they were told in the course of a life, and alarms."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.data import ProductPeriods
from crmkit.datasets import product_lives
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle import StageReason, TemplateBank, TwoWindow, stages

SMALL = TemplateBank(size=500, pool=10_000)
LIFE = [2, 3, 2, 4, 7, 15, 31, 66, 92, 99, 95, 103, 98, 90, 61, 43, 30, 18]


def periods_of(counts, **options) -> ProductPeriods:
    return ProductPeriods.from_matrix(counts, **options)


def test_more_data_never_change_what_was_told():
    whole = stages(periods_of([LIFE]), method=SMALL).history(0)
    cut = stages(periods_of([LIFE[:12]]), method=SMALL).history(0)

    np.testing.assert_allclose(cut.figures.chances, whole.figures.chances[:12], atol=1e-5)


def test_the_last_period_is_what_stages_says_now():
    found = stages(periods_of([LIFE], products=["tea"], start="2026-01-05"), method=SMALL)
    history = found.history("tea")

    np.testing.assert_allclose(history.figures.chances[-1], found.chances[0], atol=1e-6)
    frame = history.to_frame()
    assert frame["period"].iloc[0] == np.datetime64("2026-01-05")
    assert frame["age"].tolist() == list(range(1, 19))
    assert frame["stage"].iloc[-1] == "decline"
    assert frame["stage"].iloc[0] == "introduction"
    assert repr(history) == "StageHistory('tea', 18 periods, decline at the end)"


def test_history_starts_at_the_launch_and_knows_its_first_periods_are_few():
    nan = float("nan")
    history = stages(periods_of([[nan, nan, *LIFE]]), method=SMALL).history(0)

    assert history.period.tolist() == list(range(2, 20))
    short = history.figures.flags & StageReason.TOO_SHORT.value > 0
    assert short.tolist() == [True] * 7 + [False] * 11


def test_history_of_an_unknown_product_is_refused():
    with pytest.raises(InvalidArgumentError, match="there is no product 'taa'. Hint: did you mean"):
        stages(periods_of([LIFE], products=["tea"]), method=TwoWindow()).history("taa")


def test_alarms_must_hold_for_as_long_as_asked():
    counts = np.array([LIFE, [*LIFE[:-3], 90, 95, 92]])
    found = stages(periods_of(counts, products=["down", "back"]), method=SMALL)

    assert found.alarms(probability=0.8).product.tolist() == ["down"]
    steps = found.history("down").figures.chances[:, 3]
    held = int(np.argmin(steps[::-1] >= 0.8))
    assert held > 1
    assert found.alarms(probability=0.8, periods=held).product.tolist() == ["down"]
    assert len(found.alarms(probability=0.8, periods=held + 1)) == 0
    assert found.alarms().to_frame()["growth_rate"].iloc[0] < 0


def test_alarms_find_declines_and_little_else():
    lives = product_lives(np.random.default_rng(1), products=300)
    found = stages(periods_of(lives.counts()), method=SMALL).alarms(probability=0.8)
    alarmed = np.isin(np.arange(300), found.product)

    assert lives.stage_now[alarmed].mean() > 2.7
    assert alarmed[lives.stage_now == 3].mean() > 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"probability": 1.2}, "probability must lie in 0 .. 1; got 1.2"),
        ({"periods": 0}, "periods must be an integer >= 1"),
    ],
)
def test_alarms_refuse_what_cannot_be(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        stages(periods_of([LIFE]), method=TwoWindow()).alarms(**options)
