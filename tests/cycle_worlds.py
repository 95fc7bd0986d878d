"""Customers with known cycles, one by one, and what their purchases come to, line by line."""

from __future__ import annotations

import warnings
from collections import defaultdict
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import FewGapsWarning
from crmkit.lifecycle import ReplenishmentCycles, replenishment
from crmkit.typing import CycleUnit

START = np.datetime64("2025-01-01")
END = "2026-01-01"
DAYS = 365


class World(NamedTuple):
    """Gamma gaps of regularity k, rates gamma(r, alpha) over customers, dropout."""

    customers: int
    k: float = 2.5
    r: float = 4.0
    mean: float = 54.8
    dropout: float = 0.0

    @property
    def alpha(self) -> float:
        return self.mean * (self.r - 1) / self.k


def purchases(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Who buys on which day of a year, each customer's first purchase anywhere in it."""
    rate = rng.gamma(world.r, 1 / world.alpha, world.customers)
    time = rng.random(world.customers) * DAYS
    who = np.arange(world.customers)
    found = [(who, time[who])]
    while len(who):
        who = who[rng.random(len(who)) >= world.dropout]
        time[who] += rng.gamma(world.k, 1 / rate[who])
        who = who[time[who] < DAYS]
        found.append((who, time[who]))
    customer, when = (np.concatenate(part) for part in zip(*found, strict=True))
    return customer, when.astype(np.int64)


def lines_of(world: World, rng: np.random.Generator) -> ck.Transactions:
    """A year of purchases of one product, observed to its last day."""
    customer, day = purchases(world, rng)
    tx = ck.Transactions.from_arrays(
        customer=customer, time=START + day, product=np.full(len(day), "coffee")
    )
    return tx.between(str(START), END)


class Line(NamedTuple):
    customer: str | None
    product: str
    day: int
    units: int


LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["ann", "bob", "cem", None]),
        st.sampled_from(["milk", "soap"]),
        st.integers(0, 30),
        st.sampled_from([1, 1, 2, 3, -1, -2]),
    ),
    min_size=1,
    max_size=40,
)


def transactions(lines: list[Line]) -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=np.array([line.customer for line in lines], dtype=object),
        time=START + np.array([line.day for line in lines]),
        product=[line.product for line in lines],
        quantity=[line.units for line in lines],
    )


def purchase_days(lines: list[Line]) -> dict[tuple[str, str], dict[int, int]]:
    """Units by day of each product and customer; days that come to nothing are none."""
    units: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        if line.customer is not None:
            units[line.product, line.customer][line.day] += line.units
    kept = {pair: {d: u for d, u in sorted(days.items()) if u > 0} for pair, days in units.items()}
    return {pair: days for pair, days in sorted(kept.items()) if days}


def quiet(tx: ck.Transactions, by: CycleUnit = "product") -> ReplenishmentCycles:
    """Cycles, whether or not they can be known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewGapsWarning)
        return replenishment(tx, by=by)


def enough() -> ck.Transactions:
    """Few customers, yet enough to learn a cycle from."""
    return lines_of(World(300, dropout=0.1), np.random.default_rng(4))
