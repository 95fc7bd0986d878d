"""Seasonal indices against simulated seasons, and when there cannot be one."""

from __future__ import annotations

import numpy as np
import pytest

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError

YEARS, YEAR = 3, 52
AT = np.arange(YEARS * YEAR)
SINE = 1 + 0.3 * np.sin(2 * np.pi * AT / YEAR)
NAN = float("nan")


def lives(rng: np.random.Generator, products: int, season: np.ndarray) -> np.ndarray:
    """Products that rise and fall at different times, with the same season; NaN before launch."""
    peak = rng.uniform(-20, 170, products)[:, None]
    width = rng.uniform(20, 60, products)[:, None]
    level = 300 * np.exp(-(((AT - peak) / width) ** 2) / 2)
    counts = rng.poisson(level * season).astype(float)
    counts[AT < peak - 2 * width] = NAN
    return counts[~np.isnan(counts).all(axis=1)]


def test_the_season_behind_many_lives_is_found_again():
    counts = lives(np.random.default_rng(5), 400, SINE)

    index = ck.ProductPeriods.from_matrix(counts).seasonal_index()

    assert np.abs(index.index[0] - SINE[:YEAR]).max() < 0.05
    assert 1 == pytest.approx(index.index[0].mean(), abs=0.001)


def test_a_shop_without_a_season_shows_none():
    counts = lives(np.random.default_rng(6), 400, np.ones_like(SINE))

    index = ck.ProductPeriods.from_matrix(counts).seasonal_index()

    assert np.abs(index.index[0] - 1).max() < 0.05


@pytest.mark.parametrize("every", ["week", "month", "quarter"])
def test_a_repeating_pattern_is_its_own_index(every):
    places = {"week": 52, "month": 12, "quarter": 4}[every]
    pattern = np.random.default_rng(3).uniform(0.5, 1.5, places)
    pattern /= pattern.mean()
    counts = np.outer([100, 900], np.tile(pattern, 4))

    index = ck.ProductPeriods.from_matrix(counts, every=every, age_known=False).seasonal_index(
        shrinkage=0
    )

    np.testing.assert_allclose(index.index[0], pattern, rtol=1e-6)


def test_closures_and_masked_cells_do_not_tilt_the_index():
    counts = np.outer([100, 900, 50], SINE)
    closed = np.zeros(counts.shape, dtype=bool)
    closed[:, [30, 85]] = True
    counts[closed] = 0

    shop = ck.ProductPeriods.from_matrix(counts, closed=closed[0], age_known=False)
    single = ck.ProductPeriods.from_matrix(
        counts, closed=closed & [[True], [False], [False]], age_known=False
    )

    index = shop.seasonal_index(shrinkage=0)
    np.testing.assert_allclose(index.index[0], SINE[:YEAR], rtol=1e-6)
    assert index.cells[0, 30] < index.cells[0, 31]
    # Half a year around a masked cell of one product says nothing about that product.
    assert single.seasonal_index().cells.sum() < shop.seasonal_index().cells.sum()


def test_each_category_has_an_index_or_a_reason():
    counts = np.outer([100, 300, 50, 80, 80, 20], SINE)
    counts[3:5, :40] = NAN
    counts[5, :130] = NAN
    kinds = dict(zip(range(6), ["a", "a", "lone", "same", "same", "late"], strict=True))
    category = ck.Labels.from_mapping(kinds, entity="product", name="kind")
    known = np.array([False, False, False, True, True, True])

    index = ck.ProductPeriods.from_matrix(counts, age_known=known).seasonal_index(category)

    reasons = dict(zip(category.names, index.reasons, strict=True))
    assert "" == reasons["a"]
    assert reasons["lone"].startswith("a single product")
    assert reasons["same"].startswith("all products were launched together")
    assert reasons["late"] == "no product was on sale for 27 periods"
    assert (index.index[1:] == 1).all()
    assert "4 kind by week of the year, 3 without an index" in repr(index)
    assert (4 * 52, 4) == index.to_frame().shape


def test_an_index_becomes_exposure_of_its_products_only():
    counts = np.outer([100, 300, 50], np.tile([0.8, 1.2, 1.2, 0.8], 4))
    category = ck.Labels.from_mapping({0: "a", 1: "a"}, entity="product", name="kind")
    periods = ck.ProductPeriods.from_matrix(counts, every="quarter", age_known=False)

    index = periods.seasonal_index(category, shrinkage=0)
    exposure = periods.with_exposure(index).block(slice(None)).exposure

    np.testing.assert_allclose(exposure[:2, :4], [[0.8, 1.2, 1.2, 0.8]] * 2)
    assert (exposure[2] == 1).all()


def test_shrinkage_weighs_as_many_cells_of_index_one():
    counts = np.outer([100, 300], np.tile([0.8, 1.2, 1.2, 0.8], 4))
    periods = ck.ProductPeriods.from_matrix(counts, every="quarter", age_known=False)

    raw, shrunk = (periods.seasonal_index(shrinkage=k) for k in (0, 6))

    cells = raw.cells[0]
    np.testing.assert_allclose(shrunk.index[0], (cells * raw.index[0] + 6) / (cells + 6))


def test_an_index_by_an_attribute_of_the_lines():
    days = np.arange("2023-01-02", "2026-01-05", 7, dtype="datetime64[D]")
    tx = ck.Transactions.from_arrays(
        customer=np.ones(4 * len(days), dtype=int),
        product=np.repeat(["a", "b", "c", "d"], len(days)),
        time=np.tile(days, 4),
        quantity=np.arange(4 * len(days)) % 7 + 1,
        attributes={"category": np.repeat(["x", "x", "y", "y"], len(days))},
    )
    periods = ck.ProductPeriods.from_transactions(tx)

    assert ("x", "y") == periods.seasonal_index("category").category.names
    with pytest.raises(InvalidArgumentError, match="no attribute 'brand'.*they have: category"):
        periods.seasonal_index("brand")


def test_where_there_can_be_no_index_the_reason_is_told():
    short = ck.ProductPeriods.from_matrix(np.ones((3, 51)), age_known=False)
    together = ck.ProductPeriods.from_matrix(np.outer([1, 2], SINE))
    yearly = ck.ProductPeriods.from_matrix(np.ones((3, 9)), every="year")
    tiers = ck.Labels.from_mapping({1: "gold"}, entity="customer", name="tier")

    with pytest.raises(InvalidDataError, match="at least a year of data, 52 weeks; there are 51"):
        short.seasonal_index()
    with pytest.raises(InvalidDataError, match="all: all products were launched together"):
        together.seasonal_index()
    with pytest.raises(InvalidArgumentError, match="periods of a year have no season"):
        yearly.seasonal_index()
    with pytest.raises(InvalidArgumentError, match="labels of products; got labels of customer"):
        together.seasonal_index(tiers)
    with pytest.raises(InvalidArgumentError, match="shrinkage must be a number >= 0; got -1"):
        together.seasonal_index(shrinkage=-1)


def test_an_index_does_not_fit_periods_of_another_length():
    weekly = ck.ProductPeriods.from_matrix(np.outer([1, 2], SINE), age_known=False)
    monthly = ck.ProductPeriods.from_matrix(np.ones((2, 24)), every="month")

    with pytest.raises(InvalidArgumentError, match="by week of the year, and these .* months"):
        monthly.with_exposure(weekly.seasonal_index())


def test_days_and_dates_keep_their_places():
    days = np.arange("2023-01-01", "2026-01-01", dtype="datetime64[D]")
    counts = np.outer([100, 200], 1 + np.arange(len(days)) % 2)
    periods = ck.ProductPeriods.from_matrix(
        counts, start="2023-01-01", every="day", age_known=False
    )

    index = periods.seasonal_index()

    assert (1, 366) == index.index.shape
    assert 0 < index.cells[0, 59] < index.cells[0, 60]  # 29 February comes once
