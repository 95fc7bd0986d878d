"""Kernels alone: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from crmkit._kernels.binning import classes, quantile_cuts, quantile_cuts_within
from crmkit._kernels.decimals import smallest_grid
from crmkit._kernels.encoding import compact_codes
from crmkit._kernels.grouping import distinct_by, group_order, sums_by
from till import ORDERS, SIZE, Till, till_order

CUSTOMERS, BASKETS, DAYS = max(SIZE // 10, 1), max(SIZE // 3, 1), 730
Benchmark = Callable[..., Any]


@pytest.fixture(params=list(ORDERS))
def till(request: pytest.FixtureRequest) -> Till:
    return ORDERS[request.param]()


def test_group_order(benchmark: Benchmark, till: Till) -> None:
    order, offsets = benchmark(group_order, till.customer.astype(np.int32), CUSTOMERS)
    assert len(order) == offsets[-1] == SIZE


def test_exact_sums(benchmark: Benchmark, till: Till) -> None:
    sums = benchmark(sums_by, till.customer.astype(np.int32), CUSTOMERS, till.cents)
    assert sums.sum() == till.cents.sum()


def test_distinct_days(benchmark: Benchmark, till: Till) -> None:
    day = ((till.time - till.time.min()).astype(np.int64) // 86_400).astype(np.int32)
    found = benchmark(distinct_by, till.customer.astype(np.int32), CUSTOMERS, day, DAYS)
    assert found.counts.sum() == len(np.unique(till.customer * DAYS + day))


def test_distinct_baskets(benchmark: Benchmark, till: Till) -> None:
    codes, baskets = till.customer.astype(np.int32), till.basket.astype(np.int32)
    found = benchmark(distinct_by, codes, CUSTOMERS, baskets, BASKETS)
    assert found.counts.sum() == len(np.unique(till.customer * BASKETS + till.basket))


def test_compact_encoding(benchmark: Benchmark, till: Till) -> None:
    codes, labels = benchmark(compact_codes, till.customer, np.int64(0), np.int64(CUSTOMERS - 1))
    assert np.array_equal(labels[codes], till.customer)


def test_decimal_grid(benchmark: Benchmark) -> None:
    cents = till_order().cents
    found = benchmark(smallest_grid, cents / 100)
    assert found is not None
    assert np.array_equal(found[0], cents)


def test_quantile_cuts(benchmark: Benchmark) -> None:
    cents = till_order().cents
    cuts = benchmark(quantile_cuts, cents, 5)
    assert np.allclose(cuts, np.quantile(cents, [0.2, 0.4, 0.6, 0.8]))


def test_quantile_cuts_within_cells(benchmark: Benchmark) -> None:
    cents = till_order().cents
    cell = (np.arange(SIZE) % 25).astype(np.int32)
    cuts = benchmark(quantile_cuts_within, cents, cell, (25, 5))
    assert np.array_equal(cuts[3], quantile_cuts(cents[cell == 3], 5))


def test_classes(benchmark: Benchmark) -> None:
    cents = till_order().cents
    scores = benchmark(classes, cents, quantile_cuts(cents, 5))
    assert set(np.unique(scores)) == {1, 2, 3, 4, 5}
