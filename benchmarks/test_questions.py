"""Questions as a user asks them: frame in, answer out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.segmentation import rfm
from till import AS_OF, ORDERS, SIZE, Till, fresh, till_order, transactions

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
