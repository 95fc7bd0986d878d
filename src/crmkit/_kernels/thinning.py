"""Fewer rows that stand for many: every m-th in the order of their values, weighted.

The order of the values, not of the rows, decides, so that neither shuffling nor renaming changes
which rows stay; and rows that are alike stand in for each other.
"""

from __future__ import annotations

import numpy as np

from crmkit.typing import FloatArray, IntArray

Sample = tuple[IntArray, FloatArray]
"""Positions of rows, sorted by group, and how many rows each stands for."""


def thinned(
    group: IntArray, weight: FloatArray, values: tuple[FloatArray, ...], most: int
) -> Sample:
    """Keep at most about *most* rows a group; the weights of a group keep their sum."""
    order = np.lexsort((*values[::-1], group))
    group, weight = group[order], weight[order]
    counts = np.bincount(group) if len(group) else np.zeros(0, dtype=np.int64)
    whole = counts[group] <= most
    kept = order[whole], weight[whole]
    crowded = np.flatnonzero(~whole)
    picked, each = _every_mth(group[crowded], weight[crowded], most)
    rows = np.concatenate([kept[0], order[crowded[picked]]])
    weights = np.concatenate([kept[1], each])
    sorted_again = np.argsort(np.concatenate([group[whole], group[crowded[picked]]]), kind="stable")
    return rows[sorted_again], weights[sorted_again]


def _every_mth(group: IntArray, weight: FloatArray, most: int) -> Sample:
    """Return *most* rows of each group at equal steps of the running weight."""
    if not len(group):
        return group, weight
    names, starts = np.unique(group, return_index=True)
    totals = np.add.reduceat(weight, starts)
    running = np.cumsum(weight)
    before = np.append(0.0, running[starts[1:] - 1])
    steps = (np.arange(most) + 0.5) / most
    targets = (before[:, None] + totals[:, None] * steps).ravel()
    rows = np.minimum(np.searchsorted(running, targets), len(running) - 1)
    return rows, np.repeat(totals / most, most) * np.ones(len(names) * most)


def most_within(counts: IntArray, budget: int) -> int:
    """Return the largest cap at which the groups' rows together stay within *budget*."""
    if counts.sum() <= budget or not len(counts):
        return int(counts.max(initial=1))
    ordered = np.sort(counts)
    smaller = np.cumsum(ordered) - ordered
    room = (budget - smaller) / np.arange(len(ordered), 0, -1)
    return max(int(room[np.argmax(ordered >= room)]), 1)
