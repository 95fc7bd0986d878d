"""Order quantities against published figures and against scans of all quantities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import (
    PriceBreaks,
    all_units_discount,
    cost_ratio,
    economic_order_quantity,
    incremental_discount,
)
from shared_data import case

FILE = "landed.json"
FACTORS = np.geomspace(0.2, 5, 1201)
AMOUNTS = st.floats(0.5, 5000)


@pytest.mark.parametrize("case_id", ["eoq", "epq"])
def test_worked_cases(case_id):
    worked = case(FILE, case_id)
    given_ = worked["inputs"]
    found = economic_order_quantity(
        given_["demand"], given_["K"], given_["h"], production=given_.get("production")
    )
    assert found.quantity == pytest.approx(worked["expected"]["Q"], rel=1e-12)
    assert found.cost_without_price == pytest.approx(worked["expected"]["cost"], rel=1e-12)


def discount_case():
    worked = case(FILE, "eoq-discount")
    given_ = worked["inputs"]
    breaks = PriceBreaks(starts=given_["breaks"], price=given_["unit_costs"])
    return (given_["demand"], given_["K"], given_["i"], breaks), worked["expected"]


def test_worked_case_of_all_units_discounts():
    arguments, expected = discount_case()
    found = all_units_discount(*arguments)
    assert found.quantity == expected["Q"]
    assert found.region == expected["region"]
    assert found.cost_with_price == pytest.approx(expected["cost"], rel=1e-12)
    assert found.unit_price == 450


def test_the_same_prices_as_incremental_discounts():
    # Field note, section 9: Q 63.2, 506,324.56; sqrt(2 * 200 * 1000 * 100) above the price.
    arguments, _ = discount_case()
    found = incremental_discount(*arguments)
    assert round(float(found.quantity), 1) == 63.2
    assert round(float(found.cost_with_price), 2) == 506_324.56
    assert found.region == 0


def test_backorders_of_the_published_example():
    # Snyder & Shen, example 3.8, in the tests of stockpyl: K 8, h 0.225, p 5, demand 1300.
    found = economic_order_quantity(1300, 8, 0.225, backorder_cost=5)
    assert found.quantity == pytest.approx(310.8125551589646, rel=1e-12)
    assert found.backordered == pytest.approx(0.043062200956938)
    assert found.cost_without_price == pytest.approx(66.921363550973254, rel=1e-12)


def yearly_cost(q, owed, *, demand, order_cost, holding, rho=0.0, backorder=0.0):
    """Cost by the areas under the stock curve: it climbs to q(1 - rho) - owed, falls to -owed."""
    peak = q * (1 - rho)
    stock = (peak - owed) ** 2 / (2 * peak)
    short = owed**2 / (2 * peak)
    return order_cost * demand / q + holding * stock + backorder * short


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.floats(0, 0.9), st.none() | st.floats(0.2, 50))
def test_no_other_quantity_costs_less(demand, order_cost, holding, rho, times):
    backorder = None if times is None else times * holding
    found = economic_order_quantity(
        demand,
        order_cost,
        holding,
        production=demand / rho if rho > 0.01 else None,
        backorder_cost=backorder,
    )
    rho = rho if rho > 0.01 else 0.0
    owed = np.linspace(0, 1, 101) if backorder else np.zeros(1)
    q = float(found.quantity) * FACTORS
    scanned = yearly_cost(
        q[:, None],
        owed * q[:, None] * (1 - rho),
        demand=demand,
        order_cost=order_cost,
        holding=holding,
        rho=rho,
        backorder=backorder or 0.0,
    )
    best = float(found.cost_without_price)
    assert best <= scanned.min() * (1 + 1e-12)
    assert best == pytest.approx(scanned.min(), rel=2e-3)
    assert (found.cost_at(q) * (1 + 1e-9) >= best).all()
    share = float(found.backordered)
    at_best = yearly_cost(
        q,
        share * q * (1 - rho),
        demand=demand,
        order_cost=order_cost,
        holding=holding,
        rho=rho,
        backorder=backorder or 0.0,
    )
    assert found.cost_at(q) == pytest.approx(at_best, rel=1e-9)


def test_cases_side_by_side():
    found = economic_order_quantity([1300, 5200], 8, 0.225)
    assert found.quantity[1] == pytest.approx(2 * found.quantity[0])
    assert found.backordered.tolist() == [0, 0]


def test_half_or_double_the_quantity_costs_a_quarter_more():
    assert cost_ratio([50, 200], 100).tolist() == [1.25, 1.25]


# --- discounts -----------------------------------------------------------------------------------


@st.composite
def price_breaks(draw):
    n = draw(st.integers(1, 4))
    steps = draw(st.lists(st.integers(1, 400), min_size=n - 1, max_size=n - 1))
    falls = draw(st.lists(st.integers(1, 20), min_size=n, max_size=n))
    return PriceBreaks(starts=np.cumsum([0, *steps]), price=np.cumsum(falls)[::-1] * 3.0)


def price_of_order(breaks, q, *, incremental):
    """Price an order unit by unit, or all at the last price reached."""
    reached = [b for b in range(len(breaks)) if q >= breaks.starts[b]]
    if not incremental:
        return q * breaks.price[reached[-1]]
    ends = [*breaks.starts[1:], np.inf]
    return sum((min(q, ends[b]) - breaks.starts[b]) * breaks.price[b] for b in reached)


@pytest.mark.parametrize("incremental", [False, True])
@given(price_breaks(), st.integers(1, 3000), st.integers(1, 500), st.floats(0.02, 0.9))
def test_no_other_order_is_cheaper(incremental, breaks, demand, order_cost, rate):
    ask = incremental_discount if incremental else all_units_discount
    found = ask(demand, order_cost, rate, breaks)

    def cost(q):
        unit = price_of_order(breaks, q, incremental=incremental) / q
        return demand * unit + order_cost * demand / q + rate * unit * q / 2

    best, at = float(found.cost_with_price), float(found.quantity)
    assert cost(at) == pytest.approx(best, rel=1e-9)
    assert found.unit_price == pytest.approx(
        price_of_order(breaks, at, incremental=incremental) / at, rel=1e-9
    )
    tried = [*np.geomspace(0.5, 5000, 150), *breaks.starts[1:]]
    assert best <= min(map(cost, tried)) * (1 + 1e-9)
    assert breaks.starts[found.region] <= at * (1 + 1e-12)


def test_one_price_is_the_plain_order_quantity():
    one = PriceBreaks(starts=[0], price=[4.0])
    plain = economic_order_quantity(1000, 20, 0.8)
    for ask in (all_units_discount, incremental_discount):
        found = ask(1000, 20, 0.2, one)
        assert found.quantity == pytest.approx(float(plain.quantity))
        assert found.cost_with_price == pytest.approx(4000 + float(plain.cost_without_price))


def test_discounts_of_many_products_at_once():
    breaks = PriceBreaks(starts=[0, 200, 500], price=[500, 475, 450])
    for ask in (all_units_discount, incremental_discount):
        many = ask([10, 1000, 10**6], 200, [0.2, 0.2, 0.3], breaks)
        each = [ask(d, 200, i, breaks) for d, i in ((10, 0.2), (1000, 0.2), (10**6, 0.3))]
        assert many.cost_with_price.tolist() == [float(e.cost_with_price) for e in each]
        assert many.region.tolist() == [int(e.region) for e in each]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: economic_order_quantity(0, 8, 1), "demand must be finite and > 0; got 0.0"),
        (lambda: economic_order_quantity([1, 2], [3, -1], 1), r"order_cost .*\(entry 1\)"),
        (lambda: economic_order_quantity(1, 8, np.nan), "holding_cost must be .* got nan"),
        (lambda: economic_order_quantity(9, 8, 1, production=9), "production must exceed"),
        (lambda: economic_order_quantity(9, 8, 1, backorder_cost=0), "backorder_cost must be"),
        (lambda: cost_ratio(0, 1), "quantity must be finite and > 0"),
        (lambda: all_units_discount(1, 1, 0.1, [1, 2]), "breaks must be PriceBreaks; got list"),
    ],
)
def test_errors_name_the_argument(ask, message):
    with pytest.raises(InvalidArgumentError, match=message):
        ask()


def test_all_faults_of_price_breaks_are_named_at_once():
    with pytest.raises(InvalidDataError) as error:
        PriceBreaks(starts=[1, 5, 5], price=[3, 4, -1])
    for part in (
        "must start at 0, not at 1",
        "starts must increase; 5 follows 5",
        "prices must fall; 4 follows 3",
        "> 0; got -1",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("starts", [[], [0, 5], [[0]]])
def test_price_breaks_come_in_pairs(starts):
    with pytest.raises(InvalidDataError, match="one price per start"):
        PriceBreaks(starts=starts, price=[3])


def test_breaks_that_are_no_numbers_are_refused():
    with pytest.raises(InvalidDataError, match="starts must be numbers"):
        PriceBreaks(starts=[0, "ten"], price=[3, 2])
