"""How even intervals are, by two estimates."""

from __future__ import annotations

import numpy as np
import pytest

import crmkit as ck
from crmkit.lifecycle import replenishment
from cycle_worlds import END, START, World, enough, lines_of


@pytest.mark.parametrize(("k", "pattern"), [(1.0, "random"), (2.0, "regular"), (3.5, "regular")])
def test_both_estimates_find_the_true_regularity(k: float, pattern: str) -> None:
    # Whole days blur short gaps, so the cycle is long against a day.
    tx = lines_of(World(8_000, k=k, r=6, mean=60), np.random.default_rng(1))

    found = replenishment(tx).regularity()

    assert found.k[0] == pytest.approx(k, rel=0.1)
    assert found.wheat_morrison[0] == pytest.approx(k, rel=0.1)
    assert found.pattern.tolist() == [pattern]


def test_clumpy_buyers_are_told_though_a_day_swallows_their_shortest_gaps() -> None:
    tx = lines_of(World(3_000, k=0.4, r=6, mean=60), np.random.default_rng(1))

    found = replenishment(tx).regularity()

    assert 0.4 < found.k[0] < 0.8
    assert found.pattern.tolist() == ["clumpy"]


def days(gaps: list[list[int]]) -> ck.Transactions:
    rows = [(who, day) for who, own in enumerate(gaps) for day in np.cumsum([0, *own])]
    customer, day = (np.array(c) for c in zip(*rows, strict=True))
    product = np.full(len(day), "tea")
    return ck.Transactions.from_arrays(
        customer=customer, time=START + day, product=product
    ).between(str(START), END)


def test_a_gap_enters_one_ratio_only() -> None:
    # Ratios 2 / (2 + 6) and 6 / (6 + 2), the fifth gap alone: V = 1/16, k = (1 - 1/4) / (1/2).
    found = replenishment(days([[2, 6, 6, 2, 9]] * 20)).regularity()

    assert found.ratios.tolist() == [40]
    assert found.wheat_morrison.tolist() == [1.5]


def test_gaps_that_never_vary_are_endlessly_regular_and_few_say_nothing() -> None:
    assert replenishment(days([[7, 7, 7]] * 30)).regularity().wheat_morrison[0] == np.inf
    assert np.isnan(replenishment(days([[7, 6, 7]] * 29)).regularity().wheat_morrison[0])


def test_the_answer_is_a_table() -> None:
    found = replenishment(enough()).regularity()

    assert repr(found) == "CycleRegularity(1 product: 1 regular, 0 random, 0 clumpy, 0 unknown)"
    assert list(found.to_frame().columns)[:3] == ["product", "k", "wheat_morrison"]
