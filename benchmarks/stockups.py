"""Lines of customers who buy products again and again, with known cycles: seeded, plain arrays."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import Transactions

START = np.datetime64("2024-01-01")
DAYS = 730
END = "2025-12-31"
REGULARITY, DROPOUT, SPREAD = 2.0, 0.15, 2.5
CATEGORIES = 60


@attrs.frozen(kw_only=True, eq=False)
class Stockups:
    """One entry per line, in random order."""

    customer: NDArray[np.int64]
    product: NDArray[np.int64]
    day: NDArray[np.int64]
    quantity: NDArray[np.int64]


def stockups(lines: int, products: int = 5_000) -> Stockups:
    """About as many *lines*; a customer buys some ten products, popular ones more often."""
    rng = np.random.default_rng(20260301)
    pairs = max(int(lines / 3.85), 1)
    product = (products * rng.random(pairs) ** 2).astype(np.int64)
    customer = rng.integers(0, max(pairs // 12, 1), pairs)
    cycle = np.exp(rng.normal(4, 0.5, products))
    rate = rng.gamma(SPREAD, 1 / SPREAD, pairs) * REGULARITY / cycle[product]
    pair, day = _purchases(rng, rate)
    order = rng.permutation(len(pair))
    pair, day = pair[order], day[order]
    return Stockups(
        customer=customer[pair],
        product=product[pair],
        day=day,
        quantity=rng.geometric(0.7, len(pair)),
    )


def _purchases(
    rng: np.random.Generator, rate: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Round by round: who is still there buys once more, until they stop or the data end."""
    time = rng.random(len(rate)) * DAYS
    pair = np.arange(len(rate))
    rounds = [(pair, time.astype(np.int64))]
    while len(pair):
        pair = pair[rng.random(len(pair)) >= DROPOUT]
        time[pair] += rng.gamma(REGULARITY, 1 / rate[pair])
        pair = pair[time[pair] < DAYS]
        rounds.append((pair, time[pair].astype(np.int64)))
    pairs, days = zip(*rounds, strict=True)
    return np.concatenate(pairs), np.concatenate(days)


def transactions(lines: Stockups) -> Transactions:
    """Return the lines as crmkit encodes them, with categories."""
    return Transactions.from_arrays(
        customer=lines.customer,
        time=START + lines.day,
        product=lines.product,
        quantity=lines.quantity,
        attributes={"category": lines.product % CATEGORIES},
    )
