"""Rank correlations of two series with ties, without a loop per pair."""

from __future__ import annotations

import numpy as np

from crmkit.typing import FloatArray, IntArray, NumberArray


def average_ranks(values: NumberArray) -> FloatArray:
    """Return ascending ranks from 1; equal values share their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place])


def spearman(a: NumberArray, b: NumberArray) -> float:
    """Return the correlation of ranks; NaN where one series does not vary."""
    x, y = (average_ranks(v) - (len(v) + 1) / 2 for v in (a, b))
    spread = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / spread if spread else float("nan")


def kendall_tau_b(a: NumberArray, b: NumberArray) -> float:
    """Return Kendall's tau-b; NaN where one series does not vary.

    Concordant less discordant pairs over the geometric mean of the pairs that are untied in each
    series. Discordant pairs are the inversions of b once lines stand in the order of a, then b.
    """
    n = len(a)
    pairs = n * (n - 1) // 2
    x, y = (np.unique(v, return_inverse=True)[1] for v in (a, b))
    tied_a, tied_b = _tied_pairs(x), _tied_pairs(y)
    tied_both = _tied_pairs(x * (int(y.max(initial=0)) + 1) + y)
    if tied_a == pairs or tied_b == pairs:
        return float("nan")
    discordant = _inversions(y[np.lexsort((y, x))])
    concordant = pairs - tied_a - tied_b + tied_both - discordant
    return (concordant - discordant) / float(np.sqrt((pairs - tied_a) * float(pairs - tied_b)))


def _tied_pairs(codes: IntArray) -> int:
    counts = np.unique(codes, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def _inversions(ranks: IntArray) -> int:
    """Count pairs that stand in descending order, by merging runs of doubling length."""
    total, width, n = 0, 1, len(ranks)
    order = ranks.copy()
    while width < n:
        run = np.arange(n) // (2 * width)
        right = (np.arange(n) // width) % 2 == 1
        # Left entries come before equal right ones, so only greater ones are counted.
        merged = np.lexsort((right, order, run))
        is_right = right[merged]
        lefts_before = np.cumsum(~is_right)
        lefts_in_run = np.minimum(width, n - run * 2 * width)[merged]
        starts = np.flatnonzero(np.diff(run, prepend=-1))
        base = (lefts_before - ~is_right)[starts][run]
        total += int((lefts_in_run - (lefts_before - base))[is_right].sum())
        order = order[merged]
        width *= 2
    return total
