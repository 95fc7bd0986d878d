"""A till's lines for benchmarks: seeded, in till order or shuffled, as plain arrays."""

from __future__ import annotations

import os
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

import crmkit as ck
from crmkit import Codes, Decimals, Transactions

SIZE = int(os.environ.get("CRMKIT_BENCH_LINES", "200_000"))
"""Lines in the pytest benchmarks; the peers' scripts take theirs as an argument."""
START = np.datetime64("2024-01-01", "s")
AS_OF = np.datetime64("2026-01-01")
DAYS = 730


@attrs.frozen(kw_only=True, eq=False)
class Till:
    """One entry per line; a tenth as many customers as lines, a third as many baskets."""

    customer: NDArray[np.int64]
    basket: NDArray[np.int64]
    time: NDArray[np.datetime64]
    cents: NDArray[np.int64]

    def take(self, order: NDArray[np.intp]) -> Till:
        """Return the lines in another order."""
        parts = {name: array[order] for name, array in attrs.asdict(self, recurse=False).items()}
        return Till(**parts)


@cache
def till_order(lines: int = SIZE) -> Till:
    """Lines as a till writes them: baskets whole, times ascending, 2 % returns."""
    rng = np.random.default_rng(20260101)
    baskets, customers = max(lines // 3, 1), max(lines // 10, 1)
    buyer = rng.integers(0, customers, baskets)
    moment = np.sort(rng.integers(0, DAYS * 86_400, baskets))
    basket = np.repeat(np.arange(baskets), 1 + rng.multinomial(lines - baskets, _even(baskets)))
    cents = rng.integers(-100, 5_000, lines)
    time = START + moment[basket].astype("timedelta64[s]")
    return Till(customer=buyer[basket], basket=basket, time=time, cents=cents)


def _even(parts: int) -> NDArray[np.float64]:
    return np.full(parts, 1 / parts)


@cache
def shuffled(lines: int = SIZE) -> Till:
    """The same lines in random order."""
    return till_order(lines).take(np.random.default_rng(1).permutation(lines))


@cache
def reused_numbers(lines: int = SIZE) -> Till:
    """Lines in till order whose basket numbers come again, as those of several tills do."""
    till = till_order(lines)
    return attrs.evolve(till, basket=till.basket % max(lines // 10, 1))


ORDERS = {"till order": till_order, "shuffled": shuffled, "reused numbers": reused_numbers}


def transactions(till: Till) -> Transactions:
    """Return the lines as crmkit encodes them."""
    return ck.Transactions.from_arrays(
        customer=till.customer, basket=till.basket, time=till.time, amount=till.cents / 100
    )


def fresh(tx: Transactions) -> Transactions:
    """Return equal transactions that remember nothing of earlier questions."""
    assert tx.basket is not None
    assert tx.amount is not None
    return Transactions(
        customer=Codes(tx.customer.codes, tx.customer.labels),
        basket=Codes(tx.basket.codes, tx.basket.labels),
        time=tx.time,
        amount=Decimals(tx.amount.units, tx.amount.digits),
    )
