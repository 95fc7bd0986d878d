"""Kernels alone: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bundles import baskets
from crmkit._kernels.allocation import Pools, Way, group_totals, spread
from crmkit._kernels.binning import classes, quantile_cuts, quantile_cuts_within
from crmkit._kernels.decimals import smallest_grid
from crmkit._kernels.encoding import compact_codes
from crmkit._kernels.grouping import distinct_by, group_order, sums_by
from crmkit._kernels.itemsets.counting import set_counts
from crmkit._kernels.itemsets.expansion import expanded
from crmkit._kernels.itemsets.incidence import sweep_of
from crmkit._kernels.itemsets.lattice import facets
from crmkit._kernels.itemsets.pairs import frequent_pairs
from crmkit._kernels.itemsets.rules import RuleBlock, Sides, rule_blocks
from crmkit._kernels.itemsets.search import Task, search
from crmkit._kernels.itemsets.simpler import simpler_rules
from crmkit._kernels.limits import granted_nested
from crmkit._kernels.settling import settle
from crmkit.segmentation import Itemsets, association_rules, frequent_itemsets
from stamps import lots_and_debits
from till import ORDERS, SIZE, Till, till_order
from waybills import Freight

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


# --- itemsets and rules --------------------------------------------------------------------------

LEAST = max(SIZE // 10_000, 2)
"""Baskets that hold a frequent set: some 15,000 sets of up to six products."""


@pytest.fixture(scope="module")
def itemsets() -> Itemsets:
    return frequent_itemsets(baskets(), LEAST)


def silent(share: float) -> None:
    """Hear of progress, and say nothing."""


def test_pair_counts(benchmark: Benchmark, itemsets: Itemsets) -> None:
    held = baskets().incidence
    sweep = sweep_of(held, np.arange(held.n_items, dtype=np.int32), least=2)
    pairs = benchmark(frequent_pairs, sweep, held.n_items, LEAST, silent)
    assert pairs.counts.sum() == itemsets.counts[itemsets.sizes == 2].sum()


def test_search(benchmark: Benchmark, itemsets: Itemsets) -> None:
    held = baskets().incidence
    found = benchmark(search, held, Task(LEAST, held.n_items, 10_000_000), silent)
    assert found.max_size is None
    assert 1 < len(found.levels) <= itemsets.sizes.max() + 1


def test_expansion(benchmark: Benchmark, itemsets: Itemsets) -> None:
    held = baskets().incidence
    found = search(held, Task(LEAST, held.n_items, 10_000_000), silent)
    sizes = benchmark(expanded, found.levels, found.order, len(itemsets.by_size))
    assert sum(len(sets.items) for sets in sizes) == len(itemsets)


def test_lattice(benchmark: Benchmark, itemsets: Itemsets) -> None:
    sizes = [sets.items for sets in itemsets.by_size]
    found = benchmark(facets, sizes, len(itemsets.products))
    assert all((facet >= 0).all() for facet in found)


def test_rule_blocks(benchmark: Benchmark, itemsets: Itemsets) -> None:
    def all_rules() -> list[RuleBlock]:
        n = itemsets.n_baskets
        return list(rule_blocks(itemsets.lattice, itemsets.counts, Sides(), n, 0.1))

    blocks = benchmark(all_rules)
    ways = 2.0**itemsets.sizes - 2
    assert sum(block.judged for block in blocks) == ways.sum()


def test_simpler_rules(benchmark: Benchmark, itemsets: Itemsets) -> None:
    rules = association_rules(itemsets, min_confidence=0.1)
    sizes = itemsets.sizes[rules.antecedent], itemsets.sizes[rules.consequent]
    made = benchmark(simpler_rules, itemsets.lattice, rules.sides, sizes)
    assert np.array_equal(made.rules.both[made.asked], rules.both)


def test_set_counts(benchmark: Benchmark, itemsets: Itemsets) -> None:
    sizes = [sets.items for sets in itemsets.by_size]
    counts = benchmark(set_counts, baskets().incidence, sizes)
    assert np.array_equal(np.concatenate(counts), itemsets.counts)


@pytest.mark.parametrize(
    "way", [Way("largest_remainder", None, "weight"), Way("last", "half_up", "weight")]
)
def test_spread(benchmark: Benchmark, way: Way) -> None:
    freight = Freight.of(SIZE, shuffled=False)
    there, heads = np.unique(freight.shipment, return_index=True)
    totals = group_totals(freight.values, np.append(heads, SIZE))
    amounts = freight.amounts[there]
    sizes = np.diff(np.append(heads, SIZE))
    pools = Pools(np.abs(amounts), amounts < 0, freight.values, heads, sizes, totals)
    shares = benchmark(spread, pools, way)
    assert np.array_equal(np.add.reduceat(shares, heads), amounts)


# --- points --------------------------------------------------------------------------------------


def test_settle(benchmark: Benchmark) -> None:
    lots, debits, end = lots_and_debits(SIZE)
    order = np.arange(len(lots.points))
    found = benchmark(settle, lots, debits, order, end)
    assert (found.expired + found.left <= lots.points).all()
    assert found.piece_points.sum() + found.expired.sum() + found.left.sum() == lots.points.sum()


def test_granted_nested(benchmark: Benchmark) -> None:
    rng = np.random.default_rng(5)
    account = np.sort(rng.integers(0, CUSTOMERS, SIZE))
    day = np.sort(account * DAYS + rng.integers(0, DAYS, SIZE))
    account = day // DAYS
    windows, limits = [day, account * 24 + day % DAYS * 24 // DAYS, account], [20, 60, 200]
    granted = benchmark(granted_nested, rng.integers(0, 30, SIZE), windows, limits)
    for window, most in zip(windows, limits, strict=True):
        assert np.bincount(window, granted).max() <= most
