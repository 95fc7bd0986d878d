"""Consumption cycles of real shops: what is said of four weeks is held against them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.lifecycle import DuePurchases, ReplenishmentCycles, replenishment
from shared_data import complete_journey, shared_file, uci_online_retail


@cache
def grocer() -> ck.Transactions:
    """The Complete Journey with its product types as categories, without fuel."""
    path = shared_file("data", "complete_journey", "products.csv.gz")
    types = pd.read_csv(path, usecols=["product_id", "department", "product_type"])
    lines = complete_journey().merge(types, on="product_id", how="left")
    # Every other household: enough to judge by, and twice as fast.
    lines = lines[(lines["department"] != "FUEL") & (lines["household_id"] % 2 == 0)]
    columns = ck.Columns(
        customer="household_id",
        time="transaction_timestamp",
        product="product_id",
        quantity="quantity",
        attributes=("category",),
    )
    return ck.Transactions.from_frame(lines.rename(columns={"product_type": "category"}), columns)


@cache
def kitchen() -> ReplenishmentCycles:
    """The cycles of the grocer's categories."""
    return replenishment(grocer(), by="category")


@cache
def wholesaler() -> ck.Transactions:
    """UCI Online Retail: its customers are shops, its cycles reorders."""
    columns = ck.Columns(
        customer="CustomerID",
        time="InvoiceDate",
        product="StockCode",
        quantity="Quantity",
        amount="amount",
    )
    lines = uci_online_retail()
    return ck.Transactions.from_frame(
        lines.assign(StockCode=lines["StockCode"].str.strip().str.upper()), columns
    )


def judged(tx: ck.Transactions, by: str, cut: str) -> tuple[DuePurchases, np.ndarray]:
    """Learn up to a day; return what is said of the next four weeks and what came true."""
    first, stop = tx.period.first, np.datetime64(cut) + 28
    due = replenishment(tx.between(first, cut), by=by).due(cut, horizon=28)  # type: ignore[arg-type]
    later = tx.between(cut, stop).purchases()
    item = later.ids(by, question="who bought what?")
    known = ~(later.is_guest | item.missing) & (later.numbers("quantity", question="?").units > 0)
    who, what = later.customer.decode()[known], item.decode()[known]
    bought = pd.MultiIndex.from_arrays([np.asarray(who), np.asarray(what)])
    return due, pd.MultiIndex.from_arrays([due.customer, due.item]).isin(bought)


@pytest.mark.parametrize(
    ("shop", "by", "cut", "most"),
    [(grocer, "category", "2017-10-01", 1.15), (wholesaler, "product", "2011-10-01", 1.1)],
)
def test_what_is_said_of_four_weeks_comes_about_as_often(shop, by, cut, most) -> None:
    due, bought = judged(shop(), by, cut)

    # Both shops are a little below: some of their customers fade, and seasons end.
    assert 0.9 < due.buys.sum() / bought.sum() < most
    low = (0.05, 0.1, 0.2, 0.4, 0.6)
    for floor, ceiling in zip(low, (*low[1:], 1.0), strict=True):
        some = (due.buys >= floor) & (due.buys < ceiling)
        assert bought[some].mean() == pytest.approx(due.buys[some].mean(), rel=0.25)
    # Of those who are overdue few are still customers: rather those who have long been loyal.
    late = due.overdue
    assert due.active[late].mean() < 0.35 < due.active[~late].mean()
    assert bought[late & (due.gaps >= 5)].mean() > 2 * bought[late & (due.gaps == 1)].mean()


def test_daily_needs_are_bought_more_evenly_than_impulses() -> None:
    found = kitchen().regularity()
    k = dict(zip(found.item, found.k, strict=True))

    needs = ["FLUID MILK WHITE ONLY", "BANANAS", "TOILET TISSUE", "LIQUID LAUNDRY DETERGENTS"]
    impulses = ["CANDY BARS (SINGLES)(INCLUDING", "SFT DRNK SNGL SRV BTL CARB (EX", "PREMIUM PINTS"]
    assert min(k[name] for name in needs) > 1.6
    assert max(k[name] for name in impulses) < 1.1
    # The estimate that is free of rates agrees on the order.
    many = found.ratios >= 200
    assert np.corrcoef(found.k[many], found.wheat_morrison[many])[0, 1] > 0.85


def test_a_larger_pack_puts_the_next_purchase_off_in_most_of_the_kitchen() -> None:
    cycles = kitchen()
    exponent = dict(zip(cycles.item, cycles.unit_exponent, strict=True))

    assert 0.1 < exponent["FLUID MILK WHITE ONLY"] < 0.3
    assert 0.15 < exponent["EGGS - LARGE"] < 0.4
    assert exponent["CIGARETTES"] < 0.1


def test_christmas_paper_is_bought_at_random_and_lunch_bags_are_reordered() -> None:
    found = replenishment(wholesaler()).regularity()
    k = dict(zip(found.item, found.k, strict=True))

    assert k["22086"] < 1.25 < 2 < k["20725"]  # paper chain kit; lunch bag red retrospot
