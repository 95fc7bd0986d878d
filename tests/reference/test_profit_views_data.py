"""Whale curves and rankings of a real grocery at gross margin: Ta-Feng, November 2000 on.

The figures were computed from the data set with pandas, apart from this library.
"""

from __future__ import annotations

import numpy as np
import pytest

import crmkit as ck
from crmkit.profitability import CostModel, contribution
from shared_data import ta_feng


@pytest.fixture(scope="module")
def earned():
    columns = ck.Columns(
        customer="CUSTOMER_ID",
        time="TRANSACTION_DT",
        product="PRODUCT_ID",
        quantity="AMOUNT",
        amount="SALES_PRICE",
        cost="ASSET",
    )
    tx = ck.Transactions.from_frame(ta_feng(), columns)
    return contribution(tx, CostModel(purchase="cost"), digits=0)


def test_customers_at_gross_margin(earned):
    curve = earned.whale_curve(figure="gross_margin")

    assert (curve.total, curve.peak, curve.loss_tail) == (16_163_257, 16_312_102, 148_845)
    assert (len(curve), curve.n_profitable) == (32_266, 29_571)
    assert np.count_nonzero(curve.values == 0) == 59
    assert np.count_nonzero(curve.values < 0) == 2_636
    assert round(100 * curve.peak_share, 1) == 100.9
    assert round(100 * curve.top_share(0.2), 1) == 65.3
    assert curve.left_out_lines == 0


def test_the_best_fifth_by_sales_and_by_margin_are_not_the_same(earned):
    by_sales = earned.whale_curve(figure="net_sales")
    by_margin = earned.whale_curve(figure="gross_margin")

    assert round(100 * by_sales.top_share(0.2), 1) == 61.4
    assert round(100 * by_margin.top_share(0.2, of="net_sales"), 1) == 59.2


def test_products_at_gross_margin(earned):
    curve = earned.whale_curve("product", figure="gross_margin")

    assert (len(curve), curve.n_profitable, curve.peak) == (23_812, 23_703, 16_634_804)
    assert np.count_nonzero(curve.values == 0) == 8
    assert np.count_nonzero(curve.values < 0) == 101
    assert round(100 * curve.peak_share, 1) == 102.9


@pytest.mark.parametrize(
    ("first", "size", "both", "losing"), [("net_sales", 100, 52, 15), ("quantity", 101, 25, 18)]
)
def test_the_most_sold_are_not_the_most_profitable(earned, first, size, both, losing):
    top = earned.ranking_change(first, "gross_margin").top(100)

    assert (top.n_both, top.n_losing) == (both, losing)
    # Two products tie for place 100 by units.
    assert (top.n_first, top.n_second) == (size, 100)
