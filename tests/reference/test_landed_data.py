"""Landed cost on real shipments: shared freight lines point to, and a marketplace's freight."""

import re

import numpy as np
import pandas as pd
import pytest

from crmkit.errors import InvalidDataError
from crmkit.money import allocate, to_minor
from crmkit.profitability import Basis, Charge, ChargeableWeight, ShipmentLines, landed_cost
from shared_data import olist_items, scms_shipments

REFERENCE = re.compile(r"See (?:ASN|DN)-\d+ \(ID#:(\d+)\)")


@pytest.fixture(scope="module")
def shared():
    """Lines of shipments whose freight is one number on one of them."""
    frame = scms_shipments()
    pointed = frame["Freight Cost (USD)"].str.extract(REFERENCE, expand=False).astype("Int64")
    return frame.assign(
        carrier=pointed.fillna(frame["ID"]).astype(int),
        freight=pd.to_numeric(frame["Freight Cost (USD)"], errors="coerce"),
        points=pointed.notna(),
    )


def test_every_reference_resolves_in_one_hop(shared):
    by_id = shared.set_index("ID")
    targets = by_id.loc[shared.loc[shared["points"], "carrier"]]
    assert shared["points"].sum() == 2445
    assert not targets["points"].any()
    assert targets.index.nunique() == 1299
    assert targets["Freight Cost (USD)"].eq("Invoiced Separately").sum() == 105


def groups_with_freight(shared):
    freight = shared.set_index("ID")["freight"]
    lines = shared[shared["carrier"].isin(shared.loc[shared["points"], "carrier"])]
    known = freight.loc[lines["carrier"]].notna().to_numpy()
    lines = lines[known]
    amounts = freight.loc[lines["carrier"].unique()]
    return lines, amounts


def as_lines(lines):
    return ShipmentLines(
        shipment=lines["carrier"].to_numpy(),
        product=lines["Item Description"].to_numpy(),
        quantity=lines["Line Item Quantity"].to_numpy(),
        value=lines["Line Item Value"].to_numpy(),
        supplier=lines["Vendor"].to_numpy(),
    )


def test_shared_freight_lands_to_the_cent_where_naive_rounding_does_not(shared):
    lines, amounts = groups_with_freight(shared)
    worth = lines.groupby("carrier")["Line Item Value"].transform("sum") > 0
    lines, amounts = lines[worth], amounts.loc[lines.loc[worth, "carrier"].unique()]
    freight = Charge("freight", amounts.to_numpy(), Basis.VALUE, shipment=amounts.index.to_numpy())
    landed = landed_cost(as_lines(lines), [freight])
    posted = pd.Series(landed.amounts[0], index=lines["carrier"]).groupby(level=0).sum()
    cents = pd.Series(to_minor(amounts.to_numpy()), index=amounts.index)
    assert (posted == cents.loc[posted.index]).all()
    value = lines["Line Item Value"].to_numpy()
    total = lines.groupby("carrier")["Line Item Value"].transform("sum").to_numpy()
    naive = np.floor(cents.loc[lines["carrier"]].to_numpy() * value / total + 0.5)
    sums = pd.Series(naive, index=lines["carrier"]).groupby(level=0).sum()
    wrong = sums != cents.loc[sums.index]
    assert 0.1 < wrong.mean() < 0.2
    assert len(sums) > 1200


def test_a_group_without_value_is_named(shared):
    lines, amounts = groups_with_freight(shared)
    freight = Charge("freight", amounts.to_numpy(), Basis.VALUE, shipment=amounts.index.to_numpy())
    with pytest.raises(InvalidDataError, match=r"charge 'freight', shipment \d+.*sum to 0"):
        landed_cost(as_lines(lines), [freight])


def test_freight_of_orders_by_chargeable_weight():
    items = olist_items()
    assert len(items) == 112_650
    per_order = items.groupby("order_no")["freight_value"].sum().round(2)
    lines = ShipmentLines(
        shipment=items["order_no"].to_numpy(),
        product=items["product_no"].to_numpy(),
        quantity=np.ones(len(items), dtype=int),
        value=items["price"].to_numpy(),
        weight=items["product_weight_g"].fillna(0).to_numpy() / 1000,
        volume=items["volume"].fillna(0).to_numpy(),
        category=items["product_category_name"].to_numpy(),
    )
    charge = Charge(
        "freight", per_order.to_numpy(), Basis.VALUE, shipment=per_order.index.to_numpy()
    )
    landed = landed_cost(lines, [charge])
    assert landed.amounts.sum() == 225_190_954
    assert landed.figures.value.sum() == 1_359_164_370
    dearer = (to_minor(items["freight_value"].to_numpy()) > landed.figures.value).sum()
    assert dearer == 4124
    fee = Charge("fee", "1000.00", ChargeableWeight(200))
    assert landed_cost(lines, [fee]).amounts.sum() == 100_000
    categories = landed.by("category").to_frame()
    assert round(categories["landed_total"].sum() * 100) == 1_359_164_370 + 225_190_954


def test_an_order_s_freight_over_its_lines_at_once():
    items = olist_items()
    orders, groups = np.unique(items["order_no"], return_inverse=True)
    freight = np.bincount(groups, to_minor(items["freight_value"].to_numpy())).astype(np.int64)
    grams = items["product_weight_g"].fillna(0).to_numpy()
    shares = allocate(freight, grams, groups, on_zero="equal")
    assert np.array_equal(np.bincount(groups, shares).astype(np.int64), freight)
    assert len(orders) == 98_666
