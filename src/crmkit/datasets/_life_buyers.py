"""Customers behind a life, one by one: when each tries a product, and when he buys it again."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.special import gammainc

from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray

LONGEST_GAP: Final = 52
"""Weeks after which nobody comes back."""
SEEN: Final = 0.5
"""Share of the repeat purchases that happen in this shop in an ordinary week."""


class Habits(NamedTuple):
    """How the customers of each row buy, all of shape (rows,).

    Attributes:
        tried_again: probability that a trier means to buy again.
        stays: probability that a repeat buyer does.
        cycle: mean weeks between two purchases.
        regularity: shape of the gamma distribution of those weeks.
    """

    tried_again: FloatArray
    stays: FloatArray
    cycle: FloatArray
    regularity: float

    def gaps(self) -> FloatArray:
        """Return the probability of each whole gap 1 .. 52, shape (rows, 52)."""
        scale = self.cycle[:, None] / self.regularity
        cdf = gammainc(self.regularity, np.arange(LONGEST_GAP + 1) / scale)
        return np.diff(cdf, axis=1)


class Plan(NamedTuple):
    """What is expected of each row and week, so that the total is the life.

    Attributes:
        first: triers.
        due: those who would buy again, here or elsewhere.
        kept: probability that one who would come back finds no reason not to, for good.
    """

    first: FloatArray
    due: FloatArray
    kept: FloatArray


def plan(total: FloatArray, habits: Habits) -> Plan:
    """Find the trials that make trials and repeats add up to *total* in every week.

    Where repeats alone would be more, nobody tries the product and some buyers are lost.
    """
    gaps = habits.gaps()[:, ::-1]
    rows, weeks = total.shape
    first, kept = np.zeros_like(total), np.ones_like(total)
    # A year of emptiness before the launch spares the first weeks a case of their own.
    due, sources = np.zeros_like(total), np.zeros((rows, LONGEST_GAP + weeks))
    for week in range(weeks):
        returning = np.einsum("rg,rg->r", sources[:, week : week + LONGEST_GAP], gaps)
        wanted = total[:, week] / SEEN
        surplus = returning > wanted
        kept[surplus, week] = wanted[surplus] / returning[surplus]
        due[:, week] = np.minimum(returning, wanted)
        first[:, week] = np.where(surplus, 0, total[:, week] - SEEN * returning)
        sources[:, LONGEST_GAP + week] = (
            habits.tried_again * first[:, week] + habits.stays * due[:, week]
        )
    return Plan(first, due, kept)


class Purchases(NamedTuple):
    """One row per purchase: who, of which row, in which week; the first one or a later one."""

    customer: IntArray
    row: CodeArray
    week: IntArray
    is_first: BoolArray


def simulate(
    rng: np.random.Generator, plan: Plan, habits: Habits, factor: FloatArray, ages: IntArray
) -> Purchases:
    """Let every customer try and come back, week by week of his own, up to the age of his row.

    *factor* lifts the sales of a row and week: of trials all, of repeats those seen in this shop.
    """
    row, week = _triers(rng, plan.first * factor, ages)
    customer = np.arange(len(row))
    seen = [(customer, row, week)]
    stays = habits.tried_again
    visible = np.minimum(SEEN * factor, 1)
    while len(row):
        gap = np.ceil(rng.gamma(habits.regularity, (habits.cycle / habits.regularity)[row]))
        stay = (rng.random(len(row)) < stays[row]) & (gap <= LONGEST_GAP)
        week = week + gap.astype(np.int64)
        stay &= week < ages[row]
        customer, row, week = customer[stay], row[stay], week[stay]
        chance = rng.random(len(row))
        kept = chance < plan.kept[row, week]
        customer, row, week = customer[kept], row[kept], week[kept]
        here = rng.random(len(row)) < visible[row, week]
        seen.append((customer[here], row[here], week[here]))
        stays = habits.stays
    return _joined(seen)


def _triers(
    rng: np.random.Generator, expected: FloatArray, ages: IntArray
) -> tuple[CodeArray, IntArray]:
    rows, weeks = expected.shape
    alive = np.arange(weeks) < ages[:, None]
    number = rng.poisson(expected * alive).ravel()
    cell = np.repeat(np.arange(rows * weeks), number)
    return (cell // weeks).astype(np.int32), cell % weeks


def _joined(seen: list[tuple[IntArray, CodeArray, IntArray]]) -> Purchases:
    customer, row, week = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    is_first = np.arange(len(customer)) < len(seen[0][0])
    return Purchases(customer, row, week, is_first)
