"""Ranks, and rank correlations of two series with ties, without a loop per pair."""

from __future__ import annotations

import math

import numpy as np

from crmkit.typing import FloatArray, IntArray, NumberArray


def average_ranks(values: NumberArray) -> FloatArray:
    """Return ascending ranks from 1; equal values share their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[place])


def competition_ranks(values: NumberArray) -> IntArray:
    """Return ranks from 1, the largest value first; equal values share the smallest rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((len(values) + 1 - np.cumsum(counts))[place], dtype=np.int64)


def spearman(a: NumberArray, b: NumberArray) -> float:
    """Return the correlation of ranks; NaN where one series does not vary."""
    x, y = (average_ranks(v) - (len(v) + 1) / 2 for v in (a, b))
    spread = float(np.sqrt((x * x).sum() * (y * y).sum()))
    # Rounding may leave the last bit above one.
    return min(1.0, max(-1.0, float((x * y).sum()) / spread)) if spread else float("nan")


def kendall_tau_b(a: NumberArray, b: NumberArray) -> float:
    """Return Kendall's tau-b; NaN where one series does not vary. Time is O(n log n).

    Concordant less discordant pairs over the geometric mean of the pairs that are untied in each
    series. Discordant pairs are the inversions of b once lines stand in the order of a, then b.
    """
    n = len(a)
    pairs = n * (n - 1) // 2
    x, y = (np.unique(v, return_inverse=True)[1] for v in (a, b))
    both = x * (int(y.max(initial=0)) + 1) + y
    tied_a, tied_b, tied_both = (_tied_pairs(codes) for codes in (x, y, both))
    if tied_a == pairs or tied_b == pairs:
        return float("nan")
    discordant = inversions(y[np.argsort(both, kind="stable")])
    excess = pairs - tied_a - tied_b + tied_both - 2 * discordant
    # Python's integers: the product of two counts of pairs may exceed 64 bits.
    return excess / math.sqrt((pairs - tied_a) * (pairs - tied_b))


def _tied_pairs(codes: IntArray) -> int:
    counts = np.unique(codes, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def inversions(ranks: IntArray) -> int:
    """Count pairs in which the earlier one is greater; *ranks* are small numbers from 0.

    Bit by bit from the highest: among numbers alike so far, one with the bit set that stands
    before one without is an inversion; then those without the bit are put before those with it.
    """
    bits = int(ranks.max(initial=0)).bit_length()
    # How many numbers are smaller than each: where its run of equals starts once all are sorted.
    smaller = np.append(0, np.cumsum(np.bincount(ranks, minlength=1 << bits)))
    total, places = 0, np.arange(len(ranks))
    for bit in range(bits - 1, -1, -1):
        is_set = (ranks >> bit) & 1
        low = (ranks >> (bit + 1)) << (bit + 1)
        ones = np.append(0, np.cumsum(is_set))
        ones_before = ones[:-1] - ones[smaller[low]]
        total += int(ones_before[is_set == 0].sum())
        goes_to = np.where(is_set, smaller[low + (1 << bit)] + ones_before, places - ones_before)
        moved = np.empty_like(ranks)
        moved[goes_to] = ranks
        ranks = moved
    return total
