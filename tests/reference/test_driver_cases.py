"""Drivers of change on worked cases, and on a grocer whose lines carry their cost."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.profitability import drivers
from shared_data import case, ta_feng


def of_totals(customers, transactions, spend, units):
    """Make a period of one-visit customers with these totals; money and units on the first."""
    assert transactions == customers
    quantity = np.full(customers, units // customers)
    quantity[0] += units - quantity.sum()
    amount = np.full(customers, spend // customers)
    amount[0] += spend - amount.sum()
    return ck.Transactions.from_arrays(
        customer=np.arange(customers),
        time=np.full(customers, "2026-05-03", dtype="datetime64[s]"),
        basket=np.arange(customers),
        quantity=quantity,
        amount=amount,
    )


def test_a_revenue_tree_of_two_moving_factors():
    # openretailscience 0.48.1 agrees where customers do not move: two factors, mid-points.
    worked = case("retail.json", "revenue_tree_kpis")
    given, expected = worked["input"], worked["expected"]
    before, after = (
        of_totals(*(int(given[k][i]) for k in ("customers", "transactions", "spend", "units")))
        for i in (0, 1)
    )

    totals = drivers(before, after).by_factor()

    assert totals.contribution.sum() == expected["spend_diff"]
    assert totals.contribution == pytest.approx(
        [
            expected["customers_contrib"],
            0,
            expected["units_per_transaction_contrib"],
            expected["price_per_unit_contrib"],
        ],
        abs=1,  # money has no digits here
    )


def test_a_factor_that_did_not_move_contributes_nothing():
    worked = case("retail.json", "revenue_tree_unchanged_factor_trap")
    before, after = (of_totals(**worked["input"][period]) for period in ("p1", "p2"))

    totals = drivers(before, after).by_factor()

    expected = worked["expected"]["shapley_customers_visits_units_price"]
    assert totals.contribution.tolist() == expected
    wrong = worked["expected"]["peer"]
    assert wrong["transactions_per_customer_contrib"] != 0 != wrong["units_per_transaction_contrib"]


@pytest.fixture(scope="module")
def months():
    lines = ta_feng()
    names = {"TRANSACTION_DT": "time", "CUSTOMER_ID": "customer", "PRODUCT_ID": "product"}
    names |= {"AMOUNT": "quantity", "SALES_PRICE": "amount", "ASSET": "cost"}
    lines = lines.rename(columns=names)
    tx = ck.Transactions.from_frame(lines, ck.Columns(attributes=("PIN_CODE",)))
    ends = ("2000-11-01", "2000-12-01", "2001-01-01")
    spans = list(pairwise(ends))
    parts = [tx.between(*span) for span in spans]
    frames = [lines[(lines["time"] >= a) & (lines["time"] < b)] for a, b in spans]
    return parts, frames


def test_cohorts_of_a_grocer_are_sets_of_customers(months):
    (before, after), frames = months
    first, second = (set(frame["customer"]) for frame in frames)
    margins = [(f["amount"] - f["cost"]).groupby(f["customer"]).sum() for f in frames]

    totals = drivers(before, after).by_cohort()

    found = dict(zip(totals.labels, totals.contribution, strict=True))
    both = list(first & second)
    assert found == {
        "new": margins[1][list(second - first)].sum(),
        "lost": -margins[0][list(first - second)].sum(),
        "retained": margins[1][both].sum() - margins[0][both].sum(),
    }


@pytest.mark.parametrize(
    ("by", "level"), [("PIN_CODE", "customer"), ("product", "line"), (None, None)]
)
def test_margins_of_a_grocer_are_conserved_group_by_group(months, by, level):
    (before, after), frames = months
    answer = drivers(before, after, by=by)
    worth = [(frame["amount"] - frame["cost"]).sum() for frame in frames]

    assert answer.assumptions.level == level
    assert answer.contribution_units.sum() == worth[1] - worth[0]
    if by is not None:
        of_groups = [(f["amount"] - f["cost"]).groupby(f[by]).sum() for f in frames]
        change = of_groups[1].sub(of_groups[0], fill_value=0)
        found = answer.by_group()
        change = change.reindex(found.labels)
        assert isinstance(change, pd.Series)
        assert np.array_equal(found.contribution, change.to_numpy())


def test_bennet_prices_of_a_grocer(months):
    (before, after), frames = months
    sums = [f.groupby("product")[["quantity", "amount"]].sum() for f in frames]
    both = sums[0].index.intersection(sums[1].index)
    one, two = (s.loc[both] for s in sums)
    rise = two["amount"] / two["quantity"] - one["amount"] / one["quantity"]
    exact = ((one["quantity"] + two["quantity"]) / 2 * rise).sum()

    totals = drivers(before, after, method="bennet").by_factor()

    found = dict(zip(totals.labels, totals.contribution, strict=True))
    # Each product's price term is rounded to a whole dollar; that averages out.
    assert found["price"] == pytest.approx(exact, abs=len(both) ** 0.5 * 2)
