"""Gross margin return on stock: worked cases, both forms, what is unknown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidDataError
from crmkit.profitability import gmroi
from shared_data import case


def test_thirteen_points_of_a_year():
    worked = case("landed.json", "gmroi")
    given_, expected = worked["inputs"], worked["expected"]
    found = gmroi(
        given_["sales"] - given_["cogs"],
        np.full(13, given_["inventory_sum_13"] / 13),
        sales=given_["sales"],
    )
    assert found.gross_margin == expected["gross_margin"]
    assert found.margin_rate == expected["gm_pct"]
    assert found.average_inventory == expected["avg_inventory"]
    assert found.sales_to_stock == expected["sales_to_stock"]
    assert found.gmroi == expected["gmroi"]
    assert found.turns == given_["cogs"] / expected["avg_inventory"]


def test_month_beginnings_and_the_last_end():
    worked = case("landed.json", "gmroi2")
    given_, expected = worked["inputs"], worked["expected"]
    found = gmroi(given_["gross_profit"], [*given_["bom"], given_["eom12"]])
    assert (found.points, found.average_inventory.tolist()) == (13, [expected["avg"]])
    assert found.gmroi.round(2).tolist() == [expected["gmroi"]]


@given(st.integers(1, 999), st.integers(1, 999), st.lists(st.integers(1, 500), min_size=1))
def test_both_forms_are_the_same(margin, cost, stock):
    found = gmroi(margin, stock, sales=margin + cost)
    by_cost = found.margin_rate / (1 - found.margin_rate) * found.turns
    by_sales = found.margin_rate * found.sales_to_stock
    np.testing.assert_allclose([by_cost, by_sales], [found.gmroi] * 2)


def test_what_is_unknown_is_not_a_number():
    found = gmroi([10, 20], [[0, 0], [5, 15]])
    assert np.isnan(found.gmroi).tolist() == [True, False]
    assert np.isnan(found.turns).all()
    assert list(found.to_frame().columns) == ["gross_margin", "average_inventory", "gmroi"]
    assert repr(found) == "StockReturn(2 rows, GMROI 3.00 over 2 points of stock)"
    assert repr(gmroi(1, [0])) == "StockReturn(1 row, GMROI nan over 1 point of stock)"


def test_all_odd_figures_are_told_in_one_error():
    with pytest.raises(InvalidDataError) as refused:
        gmroi([1, np.nan], [[1, -2, np.nan]], sales=[5])
    told = str(refused.value).splitlines()
    assert "gross_margin must be known; 1 value not so, the first at position 1: nan" in told[0]
    assert "inventory must be known and not negative; 2 values not so" in told[1]
    assert "the first at position 0, 1: -2" in told[1]
    assert "inventory must be of shape (rows, points)" in told[2]
    assert told[3] == "sales must be one per gross margin; got (1,) for (2,)."


@pytest.mark.parametrize(
    ("arguments", "match"),
    [(("a", [1]), "gross_margin must be numbers"), ((1, []), "at least one point")],
)
def test_odd_questions_are_refused(arguments, match):
    with pytest.raises(InvalidDataError, match=match):
        gmroi(*arguments)
