"""Questions as a user asks them: frame in, answer out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from bundles import baskets
from crmkit.loyalty import evaluate
from crmkit.money import allocate
from crmkit.profitability import (
    CostModel,
    PerBasket,
    PercentOfSales,
    contribution,
    import_duties,
    landed_cost,
)
from crmkit.segmentation import (
    AssociationRules,
    Baskets,
    association_rules,
    count_itemsets,
    frequent_itemsets,
    rfm,
)
from stamps import AS_OF as LAST_DAY
from stamps import Purchases, programme
from till import AS_OF, ORDERS, SIZE, Till, fresh, till_order, transactions
from waybills import Freight, shipment_lines, tariff, ten_charges

Benchmark = Callable[..., Any]


@pytest.fixture(params=list(ORDERS))
def till(request: pytest.FixtureRequest) -> Till:
    return ORDERS[request.param]()


def test_from_frame(benchmark: Benchmark, till: Till) -> None:
    frame = pd.DataFrame(
        {
            "customer": till.customer,
            "basket": till.basket,
            "time": till.time,
            "amount": till.cents / 100,
        }
    )
    assert len(benchmark(ck.Transactions.from_frame, frame)) == SIZE


def test_from_frame_with_text_ids(benchmark: Benchmark) -> None:
    till = till_order()
    text = pd.Series(till.customer).map("C{:011d}".format)
    frame = pd.DataFrame({"customer": text, "time": till.time})
    tx = benchmark(ck.Transactions.from_frame, frame)
    assert tx.customer.n_used == len(np.unique(till.customer))


def test_customer_summary(benchmark: Benchmark, till: Till) -> None:
    tx = transactions(till)
    summary = benchmark(
        lambda: ck.CustomerSummary.from_transactions(fresh(tx), as_of=AS_OF),
    )
    assert summary.amount.total() == till.cents.sum() / 100


@pytest.mark.parametrize("method", ["independent", "nested"])
def test_rfm(benchmark: Benchmark, till: Till, method: Any) -> None:
    tx = transactions(till)
    scores = benchmark(lambda: rfm(fresh(tx), as_of=AS_OF, method=method))
    assert len(scores) > 0.9 * len(np.unique(till.customer))


def test_segments_and_profile(benchmark: Benchmark) -> None:
    scores = rfm(transactions(till_order()), as_of=AS_OF)
    profile = benchmark(lambda: scores.profile(scores.segments()))
    assert profile.customers.sum() == len(scores)


def test_simulated_shop(benchmark: Benchmark) -> None:
    tx, _ = benchmark(lambda: ck.datasets.shop(np.random.default_rng(1), customers=SIZE // 30))
    assert len(tx) > SIZE // 3


# --- what is bought together ---------------------------------------------------------------------

LEAST = max(SIZE // 10_000, 2)


@pytest.fixture(scope="module")
def rules() -> AssociationRules:
    return association_rules(frequent_itemsets(baskets(), LEAST), min_confidence=0.1)


def test_baskets_of_lines(benchmark: Benchmark) -> None:
    held = baskets().incidence
    products = baskets().products[held.items]
    found = benchmark(lambda: Baskets.from_arrays(basket=held.rows(), product=products))
    assert len(found) == np.count_nonzero(np.diff(held.starts))


@pytest.mark.parametrize("kind", ["frequent", "closed", "maximal"])
def test_frequent_itemsets(benchmark: Benchmark, kind: Any) -> None:
    held = baskets()
    found = benchmark(lambda: frequent_itemsets(held, LEAST, kind=kind))
    assert found.complete
    assert len(found) > len(held.products) / 2


def test_association_rules(benchmark: Benchmark, rules: AssociationRules) -> None:
    found = benchmark(
        lambda: association_rules(rules.itemsets, min_confidence=0.1, at_least={"lift": 1.1})
    )
    assert len(found) == np.count_nonzero(rules.metric("lift") >= 1.1)


def test_rules_that_are_worth_telling(benchmark: Benchmark, rules: AssociationRules) -> None:
    # `where` makes rules that remember no figures.
    found = benchmark(lambda: rules.where(rules.ids >= 0).significant(0.05).non_redundant())
    assert 0 < len(found) < len(rules)


def test_rules_as_a_frame(benchmark: Benchmark, rules: AssociationRules) -> None:
    frame = benchmark(lambda: rules.to_frame(("support", "confidence", "lift", "zhang")))
    assert len(frame) == len(rules)


def test_rules_in_other_baskets(benchmark: Benchmark, rules: AssociationRules) -> None:
    held = baskets()
    again = benchmark(lambda: count_itemsets(rules.itemsets, held))
    assert np.array_equal(again.counts, rules.itemsets.counts)


def test_recommend(benchmark: Benchmark, rules: AssociationRules) -> None:
    held = baskets()
    found = benchmark(lambda: rules.recommend(held, 5))
    assert found.rank.max() <= 5
    assert len(np.unique(found.row)) + found.without_answer == len(held)


def test_evaluate(benchmark: Benchmark, rules: AssociationRules) -> None:
    held = baskets()
    late = held.where(np.arange(len(held)) % 10 == 0)
    scores = benchmark(lambda: rules.evaluate(late))
    assert len(scores.to_frame()) == 2


@pytest.mark.parametrize("shuffled", [False, True], ids=["contiguous", "shuffled"])
def test_allocate(benchmark: Benchmark, shuffled: bool) -> None:
    freight = Freight.of(SIZE, shuffled=shuffled)
    shares = benchmark(lambda: allocate(freight.amounts, freight.values, freight.shipment))
    assert shares.sum() == freight.amounts.sum()


def test_landed_cost(benchmark: Benchmark) -> None:
    lines = shipment_lines()
    charges = ten_charges(lines)
    landed = benchmark(lambda: landed_cost(lines, charges))
    assert landed.amounts.sum() == sum(round(c.amount.sum() * 100) for c in charges)


def test_import_duties(benchmark: Benchmark) -> None:
    lines, schedule = shipment_lines(), tariff()
    found = benchmark(lambda: import_duties(lines, schedule, as_of="2026-03-01", valuation="FOB"))
    assert (found.customs_value > 0).all()


def test_contribution(benchmark: Benchmark) -> None:
    tx = transactions(till_order())
    model = CostModel(
        transport=PercentOfSales("0.011"), shelf=PercentOfSales(0.015), channel=PerBasket("0.80")
    )
    earned = benchmark(lambda: contribution(tx, model))
    assert earned.minor("net_sales").sum() == till_order().cents.sum()
    assert earned.minor("contribution").sum() == earned.by("customer").minor("contribution").sum()


def test_points_of_a_programme(benchmark: Benchmark) -> None:
    rules, tx = programme(), Purchases.of(SIZE).transactions()
    ledger = benchmark(lambda: evaluate(rules, attrs.evolve(tx), as_of=LAST_DAY))
    assert ledger.entries.points.sum() == ledger.balances().balance.sum() > 0
