"""Buyers of simulated products: trials and repeats add up to the life, customer by customer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import gamma

from crmkit.datasets import (
    BuyingHabits,
    LifeShapes,
    ProductBuyers,
    Scenario,
    product_buyers,
    product_lives,
)
from crmkit.errors import InvalidArgumentError
from crmkit.typing import ScenarioName


def buyers_of(
    *,
    products: int = 40,
    scenario: ScenarioName | Scenario = "B",
    shapes: LifeShapes = LifeShapes(),  # noqa: B008 - frozen
    seed: int = 3,
) -> ProductBuyers:
    rng = np.random.default_rng(seed)
    return product_buyers(
        rng, product_lives(rng, products=products, scenario=scenario, shapes=shapes)
    )


def seen(buyers: ProductBuyers) -> np.ndarray:
    return np.arange(buyers.lives.horizon) < buyers.lives.age[:, None]


@pytest.mark.parametrize("stores", [1, 5])
def test_trials_and_repeats_expected_add_up_to_the_life(stores: int) -> None:
    buyers = buyers_of(shapes=LifeShapes(stores=stores))
    total = buyers.expected_first + buyers.expected_again

    np.testing.assert_allclose(total, buyers.lives.curve * buyers.lives.selling, rtol=1e-12)
    assert buyers.expected_first.min() >= 0
    assert buyers.expected_again.min() > -1e-9


def test_expected_repeats_are_those_of_a_slow_loop() -> None:
    buyers = buyers_of(products=6)
    for row in range(6):
        scale = buyers.cycle[row] / 2.5
        chance = [
            gamma.cdf(g, 2.5, scale=scale) - gamma.cdf(g - 1, 2.5, scale=scale)
            for g in range(1, 53)
        ]
        first, due = [], []
        for week, total in enumerate(buyers.lives.curve[row].tolist()):
            returning = sum(
                chance[gap - 1]
                * (
                    buyers.tried_again[row] * first[week - gap]
                    + buyers.stays[row] * due[week - gap]
                )
                for gap in range(1, min(week, 52) + 1)
            )
            first.append(max(total - returning / 2, 0))
            due.append(min(returning, 2 * total))
        np.testing.assert_allclose(buyers.expected_first[row], first, atol=1e-9)


def test_customers_bring_what_is_expected_of_them() -> None:
    buyers = buyers_of(products=300)
    shown = seen(buyers)
    pairs = [
        (buyers.first(), buyers.expected_first),
        (buyers.first() + buyers.again(), buyers.lives.curve),
    ]
    for got, expected in pairs:
        mean = expected[shown]
        spread = math.sqrt((mean + (0.2 * mean) ** 2).sum())
        # The noise of a week of many trials comes back with their repeats.
        assert abs(got[shown].sum() - mean.sum()) < 8 * spread


def test_a_week_scatters_as_its_scenario_says() -> None:
    buyers = buyers_of(products=300)
    shown, mean = seen(buyers), buyers.lives.curve
    squares = (buyers.first() + buyers.again() - mean)[shown] ** 2

    assert squares.sum() == pytest.approx((mean + (0.2 * mean) ** 2)[shown].sum(), rel=0.1)


def test_every_customer_tries_one_product_once_and_repeats_come_later() -> None:
    buyers = buyers_of(scenario="C", shapes=LifeShapes(stores=4))
    trial = np.full(buyers.customer.max() + 1, -1)
    trial[buyers.customer[buyers.is_first]] = np.flatnonzero(buyers.is_first)
    own = trial[buyers.customer]

    assert np.count_nonzero(buyers.is_first) == len(np.unique(buyers.customer))
    assert (buyers.product == buyers.product[own]).all()
    assert (buyers.store == buyers.store[own]).all()
    assert (buyers.week[~buyers.is_first] > buyers.week[own][~buyers.is_first]).all()
    assert (buyers.week < buyers.lives.age[buyers.product]).all()


def test_a_store_sells_from_the_week_it_takes_a_product_up() -> None:
    buyers = buyers_of(scenario="A", shapes=LifeShapes(stores=10))
    open_stores = np.rint(buyers.lives.selling * 10)[buyers.product, buyers.week]

    assert (buyers.store < open_stores).all()
    assert set(buyers.store) == set(range(10))


def test_where_repeats_are_too_many_nobody_tries() -> None:
    buyers = buyers_of(products=200)
    declining = (buyers.lives.stage == 3) & seen(buyers)

    assert np.mean(buyers.expected_first[declining] == 0) > 0.2
    assert buyers.first()[buyers.expected_first == 0].sum() == 0


def test_nothing_is_bought_without_stock_and_buyers_come_back() -> None:
    shapes = LifeShapes(stock_outs=1)
    buyers, calm = buyers_of(shapes=shapes, scenario="A"), buyers_of(scenario="A")
    total = buyers.first() + buyers.again()
    without = buyers.lives.out_of_stock

    assert total[without].sum() == 0
    np.testing.assert_array_equal(buyers.expected_first, calm.expected_first)
    assert total[~without & seen(buyers)].sum() < (calm.first() + calm.again())[~without].sum()


def test_promotions_bring_triers() -> None:
    calm, lifted = buyers_of(), buyers_of(scenario="E")

    assert lifted.first().sum() > calm.first().sum()


def test_counts_by_week_are_those_of_a_loop() -> None:
    buyers = buyers_of(products=5, scenario="D")
    first, again = np.zeros((2, *buyers.lives.stage.shape), dtype=int)
    for product, week, tried in zip(buyers.product, buyers.week, buyers.is_first, strict=True):
        (first if tried else again)[product, week] += 1

    np.testing.assert_array_equal(buyers.first(), first)
    np.testing.assert_array_equal(buyers.again(), again)


def test_lines_fall_into_the_calendar_weeks_of_the_lives() -> None:
    buyers = buyers_of(products=8, scenario="C", shapes=LifeShapes(stores=3))
    tx = buyers.transactions(start="2024-01-01")
    week = (tx.time - np.datetime64("2024-01-01")) // np.timedelta64(7, "D")
    product = np.asarray(tx.product.labels)[tx.product.codes].astype(int)
    counts = np.zeros((8, buyers.lives.horizon))
    np.add.at(counts, (product, week), 1)

    total = buyers.first() + buyers.again()
    np.testing.assert_array_equal(counts, buyers.lives.by_calendar(total))
    assert tuple(tx.attributes) == ("store",)


def test_a_seed_gives_the_same_buyers() -> None:
    assert buyers_of(scenario="C") == buyers_of(scenario="C")
    assert buyers_of(scenario="C") != buyers_of(scenario="C", seed=4)


def test_the_table_has_a_row_per_purchase() -> None:
    buyers = buyers_of(products=3, scenario="D")

    assert len(buyers.to_frame()) == len(buyers)


def test_habits_are_drawn_from_their_ranges() -> None:
    rng = np.random.default_rng(3)
    habits = BuyingHabits(tried_again=(0.4, 0.5), stays=(0.9, 0.9), cycle=(3, 4))
    buyers = product_buyers(rng, product_lives(rng, products=50), habits=habits)

    assert ((buyers.tried_again >= 0.4) & (buyers.tried_again <= 0.5)).all()
    assert set(buyers.stays) == {0.9}
    assert ((buyers.cycle >= 3) & (buyers.cycle <= 4)).all()


def test_without_repeats_everybody_is_a_trier() -> None:
    rng = np.random.default_rng(3)
    habits = BuyingHabits(tried_again=(0, 0))
    buyers = product_buyers(rng, product_lives(rng, products=20), habits=habits)

    assert buyers.is_first.all()
    np.testing.assert_allclose(buyers.expected_first, buyers.lives.curve)


def test_all_problems_of_habits_stand_in_one_error() -> None:
    with pytest.raises(InvalidArgumentError, match="tried_again must be .* < 1; got .*; cycle .*;"):
        BuyingHabits(tried_again=(0, 1), cycle=(9, 2), regularity=0)


def test_other_things_than_a_generator_and_lives_are_refused() -> None:
    rng = np.random.default_rng(3)
    with pytest.raises(InvalidArgumentError, match="lives must be ProductLives; got int"):
        product_buyers(rng, 7)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="rng must be a numpy Generator; got 7"):
        product_buyers(7, product_lives(rng, products=2))  # type: ignore[arg-type]
