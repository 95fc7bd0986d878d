"""Products by week in two real shops, and the worked case of demand classes.

The figures were counted from the data sets with pandas, apart from this library. UCI Online Retail
is a wholesaler of gifts; the Complete Journey a US grocer.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.data import Cell, DemandRule, PeriodOptions
from shared_data import complete_journey, online_retail_weeks, shared_file


@pytest.fixture(scope="module")
def gifts() -> ck.Transactions:
    """One line for what a product sold in a week, and one for what came back."""
    weeks = online_retail_weeks()
    sold, back = weeks[weeks["units"] > 0], weeks[weeks["returned_units"] > 0]
    both = [sold.assign(quantity=sold["units"]), back.assign(quantity=-back["returned_units"])]
    lines = pd.concat(both)
    columns = ck.Columns(
        customer="customers", time="week_start", product="stock_code", quantity="quantity"
    )
    return ck.Transactions.from_frame(lines.reset_index(drop=True), columns)


@pytest.fixture(scope="module")
def sold(gifts: ck.Transactions) -> ck.ProductPeriods:
    return ck.ProductPeriods.from_transactions(gifts.purchases(), through="2011-12-11")


def test_the_wholesaler_closes_for_two_weeks_of_a_new_year(sold: ck.ProductPeriods) -> None:
    assert (4_707, 106) == (len(sold), len(sold.starts))
    assert ["2009-12-28", "2010-12-27"] == sold.starts[sold.cells.closed].astype(str).tolist()


def test_most_products_were_launched_before_the_data(sold: ck.ProductPeriods) -> None:
    assert 3_179 == np.count_nonzero(~sold.age_known)
    assert (sold.earlier[sold.launch < 8] == -1).all()
    assert (sold.earlier[sold.launch >= 8] == 0).all()


def test_no_unit_is_lost(sold: ck.ProductPeriods) -> None:
    units = online_retail_weeks().groupby("stock_code")["units"].sum()

    totals = sold.to_frame()["total"]

    assert units[units > 0].tolist() == totals.tolist()


def test_weeks_below_zero_are_counted(gifts: ck.Transactions) -> None:
    net = online_retail_weeks().eval("units - returned_units")
    unsold = online_retail_weeks().groupby("stock_code")["units"].transform("sum") == 0

    left = ck.ProductPeriods.from_transactions(gifts, through="2011-12-11").left_out

    # 2,204 in all, of which 20 are of the fourteen products that only came back.
    assert (2_204, 20) == ((net < 0).sum(), ((net < 0) & unsold).sum())
    assert (2_184, 14) == (left.clipped_cells, left.unsold_products)
    assert -net[(net < 0) & ~unsold].sum() == left.clipped


def test_the_wholesaler_sells_in_lumps(sold: ck.ProductPeriods) -> None:
    found = sold.demand_class()

    counts = np.bincount(found.codes).tolist()
    expected = {"lumpy": 2_216, "erratic": 1_668, "intermittent": 395, "smooth": 295}
    assert expected | {"unclassified": 133} == dict(zip(found.names, counts, strict=True))


def test_the_grocers_households_are_counted_once_a_week() -> None:
    lines = complete_journey().query("quantity <= 1000").reset_index(drop=True)
    columns = ck.Columns(
        customer="household_id",
        time="transaction_timestamp",
        product="product_id",
        quantity="quantity",
        amount="sales_value",
    )
    tx = ck.Transactions.from_frame(lines, columns)
    week = (lines["transaction_timestamp"].dt.normalize() - pd.Timestamp("2017-01-01")).dt.days // 7

    periods = ck.ProductPeriods.from_transactions(
        tx, value="customers", options=PeriodOptions(week_start="sunday")
    )

    once = lines.assign(week=week).loc[week < 52, ["product_id", "household_id", "week"]]
    assert (68_351, 52) == (len(periods), len(periods.starts))
    assert len(once.drop_duplicates()) == periods.to_frame()["total"].sum()
    assert (2, 6_052) == (periods.left_out.last_days, periods.left_out.later_lines)


def test_gifts_sell_before_christmas(sold: ck.ProductPeriods) -> None:
    index = sold.seasonal_index().index[0]

    assert index[43:48].min() > 1.3 > 0.9 > index[:10].max()


def test_a_worked_case_of_demand_classes() -> None:
    # tsintermittent's idclass: the first interval counts from the start, trailing zeros do not.
    worked = json.loads(shared_file("cases", "plc.json").read_text())["demand_class"]["example"]
    periods = ck.ProductPeriods.from_matrix([worked["series"]])

    sample = periods.demand_class()
    population = periods.demand_class(DemandRule(spread="population"))

    assert [worked["label"]] == sample.decode().tolist()
    assert worked["adi"] == sample.interval[0]
    assert pytest.approx(worked["cv2_sample_sd"], abs=1e-8) == sample.variation[0]
    assert pytest.approx(worked["cv2_pop_sd"], abs=1e-8) == population.variation[0]


def test_two_fifths_of_the_cells_after_launch_hold_a_sale(sold: ck.ProductPeriods) -> None:
    on_sale = sales = 0
    for block in sold.blocks():
        open_ = np.isin(block.cells, (Cell.SALE, Cell.NO_SALE))
        on_sale += np.count_nonzero(open_)
        sales += np.count_nonzero(block.cells == Cell.SALE)

    assert online_retail_weeks()["units"].gt(0).sum() == sales
    assert 0.4 < sales / on_sale < 0.55
