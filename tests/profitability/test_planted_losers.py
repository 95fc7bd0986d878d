"""Contribution finds the customers that a simulated shop planted to cost more than they bring."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.datasets import ShopSettings, ShopTruth, shop
from crmkit.profitability import Contribution, CostModel, PerBasket, PercentOfSales, contribution

PLANTED_SHARE = 0.1
COSTS = CostModel(
    purchase="cost",
    channel=PerBasket({"store": "0.20", "app": "1.00", "online": "1.00"}, attribute="channel"),
    payment=PercentOfSales("0.009"),
)


@pytest.fixture(scope="module", params=range(3))
def found(request) -> tuple[Contribution, ShopTruth]:
    settings = ShopSettings(losers=PLANTED_SHARE)
    tx, truth = shop(np.random.default_rng(request.param), customers=3_000, settings=settings)
    return contribution(tx, COSTS), truth


def losing_and_planted(
    earned: Contribution, truth: ShopTruth, figure: str
) -> tuple[np.ndarray, np.ndarray]:
    """Say of each known customer whether the figure is negative, and whether it should be."""
    by_customer = earned.by("customer")
    known = by_customer.keys["customer"].codes >= 0
    ids = by_customer.keys["customer"].decode()[known].astype(int)
    return by_customer.minor(figure)[known] < 0, truth.customers.loser[ids]


def test_nine_in_ten_planted_losers_lose_and_nine_in_ten_who_lose_were_planted(found):
    is_losing, is_planted = losing_and_planted(*found, "contribution")

    assert np.mean(is_planted) == pytest.approx(PLANTED_SHARE, abs=0.02)
    assert np.mean(is_losing[is_planted]) >= 0.95
    assert np.mean(is_planted[is_losing]) >= 0.9


def test_the_whale_curve_peaks_above_its_end(found):
    earned, truth = found
    curve = earned.whale_curve()
    n_losing = np.count_nonzero(losing_and_planted(earned, truth, "contribution")[0])

    assert curve.peak > 1.01 * curve.total > 0
    assert curve.peak - curve.total == curve.loss_tail
    assert np.count_nonzero(curve.values < 0) == n_losing


def test_gross_margin_does_not_show_them(found):
    """Every unit is sold above its cost: what loses money is how they buy."""
    is_losing, _ = losing_and_planted(*found, "gross_margin")

    assert not is_losing.any()
    assert found[0].whale_curve(figure="gross_margin").loss_tail == 0
