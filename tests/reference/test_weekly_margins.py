"""Margins and their changes in weekly figures: orange juice of a grocer, and a mail-order shop.

The figures were computed from the data sets with pandas, apart from this library. The grocer's
margins are on the average cost of what is in stock, which lags behind replacement cost at deals.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.profitability import Contribution, CostModel, contribution, drivers, gmroi
from shared_data import online_retail_weeks, orange_juice

HALF = 52
"""Weeks of a year; both data sets hold two."""


@pytest.fixture(scope="module")
def juice() -> ck.Transactions:
    """A shop is the customer, and a week of it the basket."""
    columns = ck.Columns(
        customer="store",
        time="day",
        basket="shop_week",
        product="brand",
        quantity="ounces",
        amount="amount",
        cost="cost",
        attributes=("deal",),
    )
    weeks = orange_juice()
    return ck.Transactions.from_frame(
        weeks.assign(shop_week=weeks["store"] * 1_000 + weeks["week"]), columns
    )


@pytest.fixture(scope="module")
def earned(juice) -> Contribution:
    return contribution(juice, CostModel(purchase="cost"))


def margin_rates(earned: Contribution, key: str) -> list[float]:
    rows = earned.by(key)
    return np.round(100 * rows.minor("gross_margin") / rows.minor("net_sales"), 2).tolist()


def test_the_juice_is_all_there(juice):
    assert (len(juice), juice.customer.n_used, juice.product.n_used) == (106_139, 83, 11)
    assert juice.quantity.units.sum() == 1_000_392_608


def test_margin_of_the_juice_to_the_cent(earned):
    assert earned.minor("net_sales").sum() == 3_184_802_139
    assert earned.minor("purchase").sum() == -2_442_368_691
    assert earned.minor("gross_margin").sum() == 742_433_448


def test_margin_of_each_brand(earned):
    assert margin_rates(earned, "product") == [
        22.55, 25.77, 29.05, 21.45, 19.32, 25.31, 21.91, 27.06, 27.22, 23.75, 27.89,
    ]  # fmt: skip


def test_a_deal_costs_a_third_of_the_margin_rate_and_makes_two_thirds_of_sales(earned):
    assert margin_rates(earned, "deal") == [30.0, 20.01]
    sales = earned.by("deal").minor("net_sales")
    assert sales[1] / sales.sum() == pytest.approx(0.6693, abs=5e-5)


def test_margin_is_that_of_the_file_line_by_line(earned):
    """Cents of cost are rounded: half a cent of sales is the most a rate may be off."""
    stated = orange_juice()["profit"].to_numpy() / 100
    sales = earned.minor("net_sales")
    assert np.abs(earned.minor("gross_margin") - stated * sales).max() <= 0.5 + 1e-6


def test_the_brand_sold_most_does_not_earn_most(earned):
    change = earned.ranking_change("net_sales", "gross_margin", "product")
    table = pd.DataFrame(change.to_frame()).set_index("product")

    assert table["rank_by_net_sales"].idxmin() == 5
    assert table["rank_by_gross_margin"].idxmin() == 1
    assert table.loc[5, "rank_by_gross_margin"] == 3


def test_no_shop_loses_on_juice(earned):
    curve = earned.whale_curve(figure="gross_margin")

    assert curve.n_profitable == len(curve) == 83
    assert curve.peak == curve.total == 742_433_448
    assert curve.values[0] == 16_948_618  # shop 109, third by sales


def test_gmroi_of_a_week_of_stock_is_margin_on_cost_times_the_weeks(earned):
    """With next week's sales on hand, stock turns once a week."""
    rows, weeks = earned.by("product"), orange_juice()
    stock = weeks.pivot_table(index="brand", columns="week", values="cost", aggfunc="sum")
    found = gmroi(
        rows.minor("gross_margin") / 100, stock.to_numpy(), sales=rows.minor("net_sales") / 100
    )

    rate = np.array(margin_rates(earned, "product")) / 100
    assert found.points == 121
    assert found.turns == pytest.approx(121)
    assert found.gmroi == pytest.approx(121 * rate / (1 - rate), rel=1e-3)


# --- why it changed -----------------------------------------------------------------------------


def price_and_quantity(
    lines: pd.DataFrame, key: str, year: pd.Series, units: str
) -> tuple[float, float]:
    """Split the change of money by Bennet, item by item; items of one year are quantity."""
    sums = lines.groupby([key, year])[[units, "money"]].sum().unstack(fill_value=0)
    quantity, money = sums[units].to_numpy(), sums["money"].to_numpy()
    in_both = (quantity > 0).all(axis=1)
    price = (money[in_both] / quantity[in_both]) @ [-1, 1]
    by_price = float(np.sum(price * quantity[in_both].mean(axis=1)))
    return by_price, float((money @ [-1, 1]).sum()) - by_price


def test_why_the_margin_on_juice_changed(juice):
    """The second year sold more, for less an ounce; that juice cost less made up a third of it."""
    weeks = orange_juice()
    week = (weeks["week"] - weeks["week"].min()).to_numpy()
    first, second = juice.where(week < HALF), juice.where((week >= HALF) & (week < 2 * HALF))

    found = drivers(first, second, by="product", method="bennet")
    both, year = weeks[week < 2 * HALF], pd.Series(week[week < 2 * HALF] >= HALF, name="year")
    year.index = both.index
    price, sold = price_and_quantity(both.assign(money=both["amount"]), "brand", year, "ounces")
    cost, bought = price_and_quantity(both.assign(money=both["cost"]), "brand", year, "ounces")

    totals = found.by_factor()
    told = dict(zip(totals.labels, totals.contribution, strict=True))
    assert (found.total_before, found.total_after) == (3_266_066.37, 3_045_855.02)
    assert told == {"quantity": 364_938.00, "price": -862_590.05, "cost": 277_440.70}
    assert told["price"] == pytest.approx(price, abs=0.01)
    assert told["cost"] == pytest.approx(-cost, abs=0.01)
    assert told["quantity"] == pytest.approx(sold - bought, abs=0.01)


def test_why_the_revenue_of_a_mail_order_shop_changed():
    weeks = online_retail_weeks()
    assert (len(weeks), weeks["stock_code"].nunique()) == (197_517, 4_721)
    assert weeks["week_start"].nunique() == 104
    sold = weeks[weeks["units"] > 0]
    mondays = np.sort(weeks["week_start"].unique())
    is_later = sold["week_start"] >= mondays[HALF]
    columns = ck.Columns(
        customer="shop",
        time="week_start",
        product="stock_code",
        quantity="units",
        amount="revenue",
    )
    tx = ck.Transactions.from_frame(sold.assign(shop=1), columns)

    found = drivers(
        tx.where(~is_later.to_numpy()), tx.where(is_later.to_numpy()), by="product", method="bennet"
    )

    assert found.total_before + found.total_after == pytest.approx(19_699_784.97, abs=0.005)
    price, quantity = price_and_quantity(
        sold.assign(money=sold["revenue"]), "stock_code", is_later.rename("later"), "units"
    )
    totals = found.by_factor()
    told = dict(zip(totals.labels, totals.contribution, strict=True))
    # Each product's part is whole cents: 4,700 roundings of half a cent at most.
    assert told["price"] == pytest.approx(price, abs=0.5)
    assert told["quantity"] == pytest.approx(quantity, abs=0.5)
    assert price == pytest.approx(248_645.36, abs=0.005)
