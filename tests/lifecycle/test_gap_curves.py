"""Survival curves of gaps, without any model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import crmkit as ck
from crmkit.errors import PooledGapsWarning
from crmkit.lifecycle import replenishment
from cycle_worlds import (
    LINES,
    START,
    Line,
    World,
    enough,
    lines_of,
    purchase_days,
    quiet,
    transactions,
)


def slow_curve(votes: list[tuple[int, float, bool]]) -> dict[int, float]:
    """Days, weight and whether the gap ended: what is left after each day on which one did."""
    left, curve = 1.0, {0: 1.0}
    for day in sorted({days for days, _, ended in votes if ended}):
        at_risk = sum(w for days, w, _ in votes if days >= day)
        left *= 1 - sum(w for days, w, ended in votes if ended and days == day) / at_risk
        curve[day] = left
    return curve


def votes_of(bought: list[dict[int, int]], choice: str) -> list[tuple[int, float, bool]]:
    votes: list[tuple[int, float, bool]] = []
    for days in bought:
        gaps, open_gap = np.diff(list(days)).tolist(), 40 - max(days)
        if choice == "first":
            votes.append((gaps[0], 1, True) if gaps else (open_gap, 1, False))
        elif choice == "pooled":
            votes += [(gap, 1, True) for gap in gaps] + [(open_gap, 1, False)]
        else:
            votes += [(gap, 1 / len(gaps), True) for gap in gaps] or [(open_gap, 1, False)]
    return votes


@pytest.mark.filterwarnings("ignore::crmkit.errors.PooledGapsWarning")
@pytest.mark.parametrize("choice", ["first", "weighted", "pooled"])
@given(lines=LINES)
def test_curves_and_medians_are_those_of_gaps_taken_one_by_one(choice, lines: list[Line]) -> None:
    tx = transactions(lines).between(str(START), str(START + 41))
    cycles = quiet(tx)
    medians = cycles.gap_medians(choice)

    for place, product in enumerate(cycles.item):
        bought = [days for (p, _), days in purchase_days(lines).items() if p == product]
        votes = votes_of(bought, choice)
        expected, curve = slow_curve(votes), cycles.gap_curve(product, choice)
        assert curve.days.tolist() == list(expected)
        np.testing.assert_allclose(curve.survival, list(expected.values()), atol=1e-12)
        half = [day for day, left in expected.items() if left <= 0.5 + 1e-12]
        assert np.isnan(medians.median[place]) if not half else medians.median[place] == half[0]
        np.testing.assert_equal(curve.median, medians.median[place])
        assert medians.ended[place] == sum(ended for *_, ended in votes)
        assert medians.censored[place] == sum(not ended for *_, ended in votes)


def test_first_and_weighted_gaps_find_the_median_that_pooled_ones_miss() -> None:
    # Without dropout the median gap of a customer is 39.2 days.
    cycles = replenishment(lines_of(World(6_000), np.random.default_rng(11)))

    with pytest.warns(PooledGapsWarning):
        assert cycles.gap_medians("pooled").median[0] < 34
    first = cycles.gap_medians("first")
    assert first.lower[0] <= 39 <= first.upper[0]
    assert abs(cycles.gap_medians("weighted").median[0] - 39) <= 1
    assert np.isnan(cycles.gap_medians("weighted").lower[0])


def test_the_ends_of_the_median_are_where_the_interval_meets_one_half() -> None:
    cycles = replenishment(enough())
    curve, medians = cycles.gap_curve("coffee"), cycles.gap_medians()

    inside = (curve.lower <= 0.5) & (curve.upper >= 0.5)
    assert medians.lower[0] == curve.days[inside].min()
    after = curve.days[(curve.days > medians.median[0]) & (curve.upper <= 0.5)]
    assert medians.upper[0] == after.min()


def test_many_products_are_done_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=60)
    cycles = quiet(tx)
    whole = cycles.gap_medians()
    monkeypatch.setattr("crmkit.lifecycle.cycles.gap_curves._CELLS", 3_000)

    parts = cycles.gap_medians()

    np.testing.assert_array_equal(whole.median, parts.median)
    np.testing.assert_array_equal(whole.lower, parts.lower)


def test_nobody_came_back_is_a_flat_curve() -> None:
    cycles = quiet(transactions([Line("ann", "milk", 0, 1), Line("bob", "milk", 9, 1)]))
    curve = cycles.gap_curve("milk")

    assert (curve.days.tolist(), curve.survival.tolist()) == ([0], [1.0])
    assert repr(curve) == "GapCurve(first gaps of 'milk', fewer than half have bought again)"
    assert repr(cycles.gap_medians()) == "GapMedians(first gaps, 0 of 1 with a median)"
    assert list(curve.to_frame()["at_risk"]) == [2.0]
