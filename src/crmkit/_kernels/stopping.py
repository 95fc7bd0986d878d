"""Who stops for good after a purchase: chances that differ between buyers, as a beta variable.

The chance to stop has the mean *dropout* over buyers and the parameters a = weight * dropout,
b = weight * (1 - dropout). Whoever has gone on n times stops with the chance a / (weight + n): the
common chance weighs as much as *weight* purchases of the buyer's own. An infinite weight makes
all buyers alike.

Source: Fader, Hardie and Lee (2005), Marketing Science 24, for dropout after purchases.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, psi

from crmkit.typing import FloatArray


class Stopping(NamedTuple):
    """Mean chance to stop, and how many purchases it weighs; one entry per row."""

    dropout: FloatArray
    weight: FloatArray


def next_chance(n: FloatArray, at: Stopping) -> FloatArray:
    """Return the chance to stop after the last of n + 1 purchases."""
    shared = np.isinf(at.weight)
    weight = np.where(shared, 1.0, at.weight)
    return np.where(shared, at.dropout, at.dropout * weight / (weight + n))


def active_share(n: FloatArray, at: Stopping, survival: FloatArray) -> FloatArray:
    """Return the chance to be active still, given how likely the open gap is for one who is."""
    chance = next_chance(n, at)
    stays = (1 - chance) * survival
    # Where nobody stops, somebody who is long overdue is active all the same.
    return np.where(chance == 0, 1.0, stays / np.where(chance == 0, 1.0, chance + stays))


def log_stayed(n: FloatArray, at: Stopping) -> FloatArray:
    """Return the log-probability to have gone on n times."""
    shared = np.isinf(at.weight)
    weight = np.where(shared, 1.0, at.weight)
    b = weight * (1 - at.dropout)
    own = gammaln(b + n) - gammaln(b) - gammaln(weight + n) + gammaln(weight)
    return np.where(shared, n * np.log1p(-at.dropout), own)


def log_last(n: FloatArray, at: Stopping, survival: FloatArray) -> FloatArray:
    """Return the log-probability of the open gap: stopped, or not yet back."""
    chance = next_chance(n, at)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(chance + (1 - chance) * survival), dtype=np.float64)


def slopes(n: FloatArray, at: Stopping, survival: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the derivatives of log_stayed + log_last by dropout and by weight."""
    dropout, shared = at.dropout, np.isinf(at.weight)
    weight = np.where(shared, 1.0, at.weight)
    a, b, whole = weight * dropout, weight * (1 - dropout), weight + n
    last = (1 - survival) / (a + (b + n) * survival)
    both = psi(weight) - psi(whole)
    by_a = both + last * (b + n) / whole
    by_b = both + psi(b + n) - psi(b) - last * a / whole
    alike = (1 - survival) / (dropout + (1 - dropout) * survival) - n / (1 - dropout)
    by_dropout = np.where(shared, alike, weight * (by_a - by_b))
    return by_dropout, np.where(shared, 0.0, dropout * by_a + (1 - dropout) * by_b)
