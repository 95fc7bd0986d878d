"""Whose cycles grow longer: false alarms, true ones, and the season."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

import crmkit as ck
from crmkit.lifecycle import replenishment
from cycle_worlds import END, START, World, enough, lines_of


def test_of_stable_customers_about_one_in_twenty_is_suspected() -> None:
    drift = replenishment(lines_of(World(6_000), np.random.default_rng(8))).drift(END)

    assert len(drift) > 3_000
    assert 0.035 < drift.lengthening.mean() < 0.075


def shop(slow_from: int, *, factor: float, who_slows: slice) -> ck.Transactions:
    """Regular customers of one product of whom some slow down on a day."""
    rng = np.random.default_rng(3)
    rows = []
    slowing = np.zeros(400, dtype=bool)
    slowing[who_slows] = True
    for who in range(400):
        day = rng.random() * 20
        while day < 365:
            rows.append((who, int(day)))
            slow = factor if slowing[who] and day > slow_from else 1
            day += rng.gamma(6, slow * (15 + who % 10) / 6)
    customer, day = (np.array(c) for c in zip(*rows, strict=True))
    return ck.Transactions.from_arrays(
        customer=customer, time=START + day, product=np.full(len(day), "soap")
    ).between(str(START), END)


def test_customers_who_slow_down_are_found() -> None:
    tx = shop(250, factor=2.5, who_slows=slice(0, 40))

    drift = replenishment(tx).drift(END)

    slowed = np.isin(drift.customer, np.arange(40))
    assert drift.lengthening[slowed].mean() > 0.8
    assert drift.lengthening[~slowed].mean() < 0.1
    assert (np.diff(drift.score) <= 0).all()


def test_a_season_that_slows_everybody_warns_of_few() -> None:
    tx = shop(300, factor=2.5, who_slows=slice(0, 400))

    assert replenishment(tx).drift(END).lengthening.mean() < 0.12


def test_a_customer_who_has_just_stopped_coming_is_told_by_the_open_gap() -> None:
    tx = shop(0, factor=1.0, who_slows=slice(0, 0))
    gone = (tx.customer.decode() < 20) & (tx.days > np.datetime64("2025-10-01"))

    drift = replenishment(tx.where(~gone)).drift(END)

    missing = np.isin(drift.customer, np.arange(20))
    assert (drift.open_figure[missing] > 2).all()
    assert drift.lengthening[missing].mean() > 0.6


def test_scores_are_those_of_gaps_taken_one_by_one() -> None:
    # One product and so few weeks apart that nothing is known of seasons: the model alone.
    tx = enough()
    cycles = replenishment(tx)
    model, drift = cycles.model("coffee"), cycles.drift(END)
    history: dict[int, set[int]] = {}
    for who, day in zip(tx.customer.decode().tolist(), tx.days, strict=True):
        history.setdefault(who, set()).add(int((day - START).astype(int)))

    expected = []
    for who in drift.customer.tolist():
        days = sorted(history[who])
        gaps = np.diff(days)
        shares = [
            model.buys_within(gap, n, gaps[:n].sum(), 0)[0] / model.active(n, gaps[:n].sum(), 0)[0]
            for n, gap in enumerate(gaps)
        ]
        open_gap = 365 - days[-1]
        n, total = len(gaps), gaps.sum()
        now = model.buys_within(open_gap, n, total, 0)[0] / model.active(n, total, 0)[0]
        z = np.clip(_normal(np.array(shares)), -4, 4)
        last = max(z[-3] if n >= 3 else -np.inf, np.clip(_normal(np.array([now])), -4, 4)[0])
        expected.append((z[-1] + z[-2] + last) / np.sqrt(3))
    # The season moves every figure a little.
    assert np.corrcoef(drift.score, expected)[0, 1] > 0.97
    assert np.abs(drift.score - expected).mean() < 0.25


def _normal(share: np.ndarray) -> np.ndarray:
    return np.asarray(ndtri(share))


def test_the_answer_is_a_table() -> None:
    drift = replenishment(enough()).drift(END)

    assert repr(drift).startswith(f"CycleDrift({len(drift)} rows as of 2026-01-01, ")
    columns = ["customer", "product", "gaps", "score", "open_figure", "lengthening"]
    assert list(drift.to_frame().columns) == columns
    assert drift.gaps.min() == pytest.approx(2)
