"""Every source of cost against a slow oracle, to the cent of each line."""

from __future__ import annotations

from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import crmkit as ck
import profit_oracle as oracle
from crmkit.profitability import (
    Capital,
    CostModel,
    PerBasket,
    PercentOfCost,
    PercentOfSales,
    PerCustomer,
    PerUnit,
    Pool,
    ResourceDays,
    ShipmentLines,
    UnitCosts,
    contribution,
    landed_cost,
)
from money_oracles import rounded
from profit_oracle import PRODUCTS, lines_of_a_till, transactions, units, weight

TILL = lines_of_a_till()
RULES = st.sampled_from(["reverse", "keep", "charge"])
DAYS = {"mug": 0, "pot": 45, "tea": 730}
USED = {"mug": "0.5", "pot": 12.25, "tea": Fraction(1, 3), "lamp": 7}
TARIFF = {"web": 350, "store": 81}
GIVEN = {"ann": 401, "eve": 150, "bob": 0}


def cents(figures):
    """Write minor units as amounts."""
    return {name: f"{units // 100}.{units % 100:02}" for name, units in figures.items()}


def posted(lines, source, **options):
    """Return what a source costs each line, and what no line carries."""
    tx = transactions(lines)
    earned = contribution(tx, CostModel(service=source(tx) if callable(source) else source))
    costs = (-earned.minor("service")).tolist()
    return costs, -earned.unallocated.total


# --- rates ---------------------------------------------------------------------------------------


@given(TILL, RULES, st.sampled_from(["0", "0.001", "0.0333", "0.25", "1"]))
def test_percentages(lines, rule, share):
    of_sales = PercentOfSales(share, returns=rule)
    of_cost = PercentOfCost(Fraction(share), returns=rule)

    times = Fraction(share)
    assert posted(lines, of_sales) == oracle.rate(lines, lambda x: x.amount, times, rule)
    assert posted(lines, of_cost) == oracle.rate(lines, lambda x: x.cost, times, rule)


@given(TILL, RULES, st.sampled_from(["0.005", "0.12", "3", "1/3"]))
def test_amounts_per_unit_and_per_kilogram(lines, rule, each):
    def by_weight(tx):
        kg = ck.LineValues.of(tx, [line.kg for line in lines], name="kg")
        return PerUnit(each, per=kg, returns=rule)

    minor = Fraction(each) * 100
    assert posted(lines, PerUnit(each, returns=rule)) == oracle.rate(lines, units, minor, rule)
    assert posted(lines, by_weight) == oracle.rate(lines, weight, minor, rule)


@given(TILL, st.sampled_from([360, 365]), st.sampled_from([0, 30, 91]))
def test_capital_for_the_days_on_hand(lines, year, days):
    yearly = Fraction("0.08") / year
    flat = Capital("0.08", days=days, year=year)
    each = Capital(0.08, days=DAYS, year=year)

    same = dict.fromkeys(PRODUCTS, days)
    assert posted(lines, flat) == oracle.capital(lines, yearly, same)
    assert posted(lines, each) == oracle.capital(lines, yearly, DAYS)


def test_days_of_credit_beyond_the_days_on_hand_earn_interest():
    lines = [oracle.Line("ann", 1, "tea", Fraction(1), 9000, 7300, 0)]
    flat, each = Capital("0.10", days=-10), Capital("0.10", days={"tea": -10})
    assert posted(lines, flat) == posted(lines, each) == ([-20], 0)


@given(TILL, st.sampled_from(["half_even", "half_down", "down", "up", "floor", "ceiling"]))
def test_totals_are_rounded_as_asked(lines, mode):
    tx = transactions(lines)
    model = CostModel(payment=PercentOfSales("0.125"))

    earned = contribution(tx, model, rounding=mode)

    wanted, _ = oracle.rate(lines, lambda x: x.amount, Fraction("0.125"), "reverse", mode)
    assert (-earned.minor("payment")).tolist() == wanted


@given(lines_of_a_till(largest=60), st.sampled_from(["0.001", "0.015", "0.0333"]))
def test_a_rate_is_rounded_once_and_no_line_is_a_cent_off(lines, share):
    sales = [line for line in lines if not line.returned]
    assume(sales)

    costs, _ = posted(sales, PercentOfSales(share))

    exact = [Fraction(share) * line.amount for line in sales]
    assert sum(costs) == rounded(sum(exact), "half_up")
    assert all(abs(cost - x) < 1 for cost, x in zip(costs, exact, strict=True))


# --- baskets and customers -----------------------------------------------------------------------


@given(TILL, st.booleans())
def test_tariffs_of_baskets(lines, charged):
    rule = "charge" if charged else "keep"
    flat = PerBasket("0.80", returns=rule)
    by_channel = PerBasket(cents(TARIFF), attribute="channel", returns=rule)

    same = dict.fromkeys(TARIFF, 80)
    assert posted(lines, flat) == oracle.per_basket(lines, same, charged=charged)
    assert posted(lines, by_channel) == oracle.per_basket(lines, TARIFF, charged=charged)


@given(TILL)
def test_amounts_of_customers(lines):
    everybody = {line.customer: 205 for line in lines if line.customer}

    assert posted(lines, PerCustomer("2.05")) == oracle.per_customer(lines, everybody)
    assert posted(lines, PerCustomer(cents(GIVEN))) == oracle.per_customer(lines, GIVEN)


def test_a_basket_of_free_goods_and_a_return_costs_what_was_sold():
    lines = [
        oracle.Line("ann", 1, "tea", Fraction(1), 0, 0, 0),
        oracle.Line("ann", 1, "tea", Fraction(-1), -500, 0, 0),
        oracle.Line("ann", 1, "mug", Fraction(1), 0, 0, 0),
    ]
    assert posted(lines, PerBasket("0.81")) == ([41, 0, 40], 0)


# --- pools and products --------------------------------------------------------------------------

DRIVERS = {
    "net_sales": lambda line: line.amount,
    "quantity": lambda line: line.quantity,
    "lines": lambda line: 1,
    "cost": lambda line: line.cost,
    "kg": lambda line: line.kg,
}


@pytest.mark.parametrize("driver", DRIVERS)
@given(lines=TILL, amount=st.integers(-(10**7), 10**7))
def test_pools_are_spread_to_the_cent(driver, lines, amount):
    assume(any(DRIVERS[driver](line) for line in lines if not line.returned))

    def source(tx):
        by = driver
        if driver == "kg":
            by = ck.LineValues.of(tx, [line.kg for line in lines], name="kg")
        return Pool(f"{amount / 100:.2f}", by)

    costs, lost = posted(lines, source)

    assert (costs, lost) == oracle.pool(lines, amount, DRIVERS[driver])
    assert sum(costs) == amount


@given(TILL, st.integers(-(10**6), 10**6))
def test_pools_by_product_leave_what_is_of_goods_without_a_sale(lines, amount):
    weights = {"mug": 1, "tea": 3, "lamp": 2, "pot": 0}
    source = Pool(f"{amount / 100:.2f}", {"mug": "1/6", "tea": 0.5, "lamp": "1/3", "pot": 0})

    costs, lost = posted(lines, source)

    assert (costs, lost) == oracle.pool_by_product(lines, amount, weights)
    assert sum(costs) + lost == amount


@given(TILL)
def test_resources_by_what_products_use(lines):
    used = {product: Fraction(use) for product, use in USED.items()}
    found = posted(lines, ResourceDays("0.35", USED))
    assert found == oracle.resource_days(lines, Fraction(35), used)


def test_rates_and_uses_of_many_digits_stay_exact():
    lines = [oracle.Line("ann", 1, "tea", Fraction(2), 900, 0, 0)]
    source = ResourceDays("0.000123456789012", {"tea": 123456.789012345})
    exact = Fraction("0.0123456789012") * Fraction("123456.789012345")
    assert posted(lines, source) == ([rounded(exact, "half_up")], 0)


# --- unit costs ----------------------------------------------------------------------------------


@given(TILL, st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 40)), min_size=3, max_size=3))
def test_unit_costs_are_never_rounded(lines, bought):
    totals = [total / 100 for total, _ in bought]
    quantities = [quarters / 4 for _, quarters in bought]
    source = UnitCosts.of([*PRODUCTS, "lamp"], [*totals, "1.00"], [*quantities, 1])

    each = {p: Fraction(t) * 4 / q for p, (t, q) in zip(PRODUCTS, bought, strict=True)}
    assert posted(lines, source) == oracle.unit_costs(lines, each)


@pytest.mark.parametrize(("digits", "costs"), [(0, [15, 8]), (2, [1539, 769]), (3, [15385, 7692])])
def test_unit_costs_of_two_digits_in_a_currency_of_others(digits, costs):
    tx = ck.Transactions.from_arrays(
        customer=[1, 2],
        time=["2026-01-03"] * 2,
        product=["tea"] * 2,
        quantity=[2, 1],
        amount=[9, 9],
    )
    model = CostModel(landed=UnitCosts.of(["tea"], ["100.00"], [13]))
    assert (-contribution(tx, model, digits=digits).minor("landed")).tolist() == costs


def test_unit_costs_of_what_landed():
    came = ShipmentLines(
        shipment=[1, 1, 2], product=["tea", "mug", "tea"], quantity=[3, 4, 4], value=[10, 30, 11]
    )
    source = UnitCosts.from_rollup(landed_cost(came, []).by("product"))
    lines = [
        oracle.Line("ann", 1, "tea", Fraction(5), 9000, 0, 0),
        oracle.Line("ann", 1, "mug", Fraction(2), 9000, 0, 0),
        oracle.Line("ann", 1, "tea", Fraction(-2), -900, 0, 0),
    ]
    assert posted(lines, source) == ([1500, 1500, -600], 0)


def test_one_quantity_for_all_products():
    tea, mug = (UnitCosts.of(["tea", "mug"], ["1.10", 6], n) for n in (1, [1, 1]))
    assert tea.quantity == mug.quantity
    assert tea.total.tolist() == mug.total.tolist() == [110, 600]


def test_the_purchase_is_the_cost_where_there_is_no_column():
    lines = [
        oracle.Line("ann", 1, "tea", Fraction(2), 9000, 0, 0),
        oracle.Line("ann", 1, "mug", Fraction(1), 9000, 0, 0),
    ]
    tx = attrs.evolve(transactions(lines), cost=None)
    goods = UnitCosts.of(["tea", "mug"], [50, 30], 1)
    model = CostModel(
        purchase=[goods, PercentOfSales("0.1")],
        supplier_funding=PercentOfCost("0.5"),
        capital=Capital("0.10", days=73),
        service=Pool("2.28", "cost"),
    )
    earned = contribution(tx, model)
    assert earned.minor("purchase").tolist() == [-10_900, -3_900]
    assert earned.minor("supplier_funding").tolist() == [5450, 1950]
    assert earned.minor("capital").tolist() == [-218, -78]
    assert earned.minor("service").tolist() == [-168, -60]


def test_a_refund_of_positive_quantity_takes_the_goods_back():
    lines = [oracle.Line("ann", 1, "tea", Fraction(2), -500, 0, 3)]

    assert posted(lines, UnitCosts.of(["tea"], [7], [1])) == ([-1400], 0)
    assert posted(lines, PerUnit(1, returns="reverse")) == ([-200], 0)
    assert posted(lines, PerUnit(1, returns="charge")) == ([200], 0)
    assert posted(lines, PerUnit(1)) == ([0], 0)


# --- figures per line, several sources -----------------------------------------------------------


@given(TILL)
def test_columns_figures_and_several_sources_of_a_step(lines):
    tx = transactions(lines)
    figures = ck.LineValues.of(tx, [line.kg / 4 for line in lines], name="labels")
    rate, basket = PercentOfSales("0.1"), PerBasket("0.33")

    earned = contribution(tx, CostModel(shrink=[figures, "cost", rate, basket], landed=figures))

    alone = [posted(lines, source)[0] for source in (rate, basket)]
    given_ones = [25 * line.kg + line.cost for line in lines]
    assert (-earned.minor("shrink")).tolist() == np.sum([*alone, given_ones], axis=0).tolist()
    assert earned.minor("landed").tolist() == [-25 * line.kg for line in lines]


def test_funding_brings_money_in():
    lines = [oracle.Line("ann", 1, "tea", Fraction(1), 1000, 600, 0)]
    model = CostModel(supplier_funding=PercentOfCost("0.1"), cash_discount=Pool(1, {"lamp": 1}))

    earned = contribution(transactions(lines), model)

    assert earned.minor("supplier_funding").tolist() == [60]
    assert earned.unallocated.of("cash_discount") == 100
    assert earned.unallocated.of("purchase") == 0
