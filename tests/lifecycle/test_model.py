"""A model of cycles is its parameters."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle import CycleModel


def test_a_poisson_buyer_forgets_when_the_last_purchase_was() -> None:
    # k = 1 and one known rate (r large): the next gap is exponential, whatever the open one.
    model = CycleModel(k=1, r=1e5, alpha=1e6)

    waited = model.next_gap(0.5, 0, 0, [0.0, 10.0, 30.0]) - [0.0, 10.0, 30.0]
    np.testing.assert_allclose(waited, 10 * np.log(2), rtol=1e-3)


def test_a_regular_buyer_comes_sooner_the_longer_ago_the_last_purchase_was() -> None:
    model = CycleModel(k=4, r=1e5, alpha=1e6)

    assert (np.diff(model.buys_within(7, 0, 0, [0, 20, 40, 60])) > 0).all()


def test_a_history_of_short_gaps_shortens_the_next_one() -> None:
    model = CycleModel(k=2, r=2, alpha=60)

    short, long = model.next_gap(0.5, [5, 5], [50, 500])
    assert short < model.median_cycle < long


def test_dropout_divides_the_silent_from_the_slow() -> None:
    model = CycleModel(k=2, r=2, alpha=60, dropout=0.2)

    fast, slow = model.active([8, 8], [80, 800], 120)
    assert fast < 0.05
    assert slow > 0.5


def test_whoever_has_gone_on_for_long_is_likelier_to_go_on() -> None:
    alike = CycleModel(k=2, r=2, alpha=60, dropout=0.2)
    different = CycleModel(k=2, r=2, alpha=60, dropout=0.2, dropout_weight=3)

    assert different.active(0, 0, 30) == pytest.approx(alike.active(0, 0, 30))
    assert different.active(12, 360, 60) > alike.active(12, 360, 60) + 0.2


def test_published_moments() -> None:
    # Mean of gamma-gamma gaps: k alpha / (r - 1).
    assert CycleModel(k=2.5, r=4, alpha=60).mean_cycle == pytest.approx(50)
    assert CycleModel(k=2.5, r=0.9, alpha=60).mean_cycle == np.inf


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"k": 0}, "k, r and alpha must be numbers above 0; got k=0, r=4, alpha=60."),
        ({"alpha": float("nan")}, "alpha=nan"),
        ({"dropout": 1.0}, "dropout must be a probability below 1; got 1.0."),
        ({"r": "4", "dropout": -1}, "r='4'"),
        ({"dropout_weight": 0}, "dropout_weight must be above 0; got 0."),
    ],
)
def test_parameters_outside_their_domain_are_refused(parameters, said) -> None:
    with pytest.raises(InvalidArgumentError) as refused:
        CycleModel(**{"k": 2.5, "r": 4, "alpha": 60} | parameters)
    assert said in str(refused.value)


def test_histories_cannot_be_negative_and_quantiles_not_certain() -> None:
    model = CycleModel(k=2.5, r=4, alpha=60)

    with pytest.raises(InvalidArgumentError, match=r"must not be negative; got n from 0, total"):
        model.active([0, 1], [0, 10], [-1, 5])
    with pytest.raises(InvalidArgumentError, match=r"quantile must lie between 0 and 1; got 1\."):
        model.next_gap(1.0, 0, 0)
