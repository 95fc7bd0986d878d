"""Customers behind a life, one by one: when each tries a product, and when they buy it again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.trial_and_repeat import LONGEST_GAP, SEEN, Habits, Plan
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray


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
