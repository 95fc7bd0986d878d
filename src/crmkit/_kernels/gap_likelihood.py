"""How likely a buyer's gaps are: gamma gaps, gamma rates, a last gap that is open, dropout.

A buyer's gaps are gamma(k, rate), rates differ between buyers as gamma(r, alpha), and after each
purchase a buyer stops for good with a chance that differs between buyers as a beta variable. All
that matters of n completed gaps is their number, sum and sum of logs; the gap since the last
purchase is open. Integrating over the rate leaves a beta variable: next gap / (alpha + sum of gaps)
has the odds of a Beta(k, r + k n). Every function takes one entry per row, broadcast by the caller.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, psi

from crmkit._kernels.beta_odds import inverse_beta, log_exceeds, log_exceeds_with_derivatives
from crmkit._kernels.stopping import Stopping, active_share, log_last, log_stayed, slopes
from crmkit.typing import BoolArray, FloatArray, IntArray


class Histories(NamedTuple):
    """What is known of each row: completed gaps, their sum and sum of logs, the open gap."""

    gaps: FloatArray
    total: FloatArray
    total_log: FloatArray
    open: FloatArray

    def take(self, rows: IntArray | BoolArray) -> Histories:
        """Return some of the rows."""
        return Histories(*(column[rows] for column in self))


class Parameters(NamedTuple):
    """Regularity k, shape r and rate alpha of the rates, and who stops; one entry per row."""

    k: FloatArray
    r: FloatArray
    alpha: FloatArray
    dropout: FloatArray
    dropout_weight: FloatArray

    @property
    def stopping(self) -> Stopping:
        """Who stops for good."""
        return Stopping(self.dropout, self.dropout_weight)

    def take(self, rows: IntArray | BoolArray) -> Parameters:
        """Return some of the rows."""
        return Parameters(*(column[rows] for column in self))


class Scores(NamedTuple):
    """The log-likelihood of each row, and its derivatives: rows x parameters."""

    log_likelihood: FloatArray
    by: FloatArray


def log_survival(past: Histories, at: Parameters, days: FloatArray) -> FloatArray:
    """Return ln P(the next gap is longer than *days*) for a buyer who has not stopped."""
    return log_exceeds(_log_odds(past, at, days), at.k, _shape(past, at))


def active(past: Histories, at: Parameters) -> FloatArray:
    """Return the probability that the buyer has not stopped, given the open gap."""
    return active_given(log_survival(past, at, past.open), past, at)


def active_given(log_open: FloatArray, past: Histories, at: Parameters) -> FloatArray:
    """Return the same from the log-survival of the open gap, if that is known already."""
    return active_share(past.gaps, at.stopping, np.exp(log_open))


def log_likelihood(past: Histories, at: Parameters) -> FloatArray:
    """Return the log-likelihood of each row."""
    survival = np.exp(log_survival(past, at, past.open))
    return _completed(past, at) + _went_on(past, at, survival)


def scores(past: Histories, at: Parameters) -> Scores:
    """Return the log-likelihood of each row with its derivatives."""
    shape, n = _shape(past, at), past.gaps
    tail = log_exceeds_with_derivatives(_log_odds(past, at, past.open), at.k, shape)
    survival, scale = np.exp(tail.value), at.alpha + past.total
    alive = active_share(n, at.stopping, survival)
    step = psi(shape) - np.log(scale)
    by_k = n * (step - psi(at.k)) + past.total_log + alive * (tail.by_k + n * tail.by_a)
    by_r = step - psi(at.r) + np.log(at.alpha) + alive * tail.by_a
    by_alpha = at.r / at.alpha - (shape + alive * tail.by_log_odds) / scale
    by_stopping = slopes(n, at.stopping, survival)
    value = _completed(past, at) + _went_on(past, at, survival)
    return Scores(value, np.stack([by_k, by_r, by_alpha, *by_stopping], axis=1))


def next_gap(past: Histories, at: Parameters, quantile: float) -> FloatArray:
    """Return the quantile of the next gap, given that the open one has lasted as long."""
    return next_gap_given(log_survival(past, at, past.open), past, at, quantile)


def next_gap_given(
    log_open: FloatArray, past: Histories, at: Parameters, quantile: float
) -> FloatArray:
    """Return the same from the log-survival of the open gap, if that is known already."""
    longer = np.exp(log_open) * (1 - quantile)
    # The upper tail is asked for: 1 / odds has the odds of a Beta(shape, k).
    share = inverse_beta(_shape(past, at), at.k, longer)
    with np.errstate(divide="ignore"):
        gap = (at.alpha + past.total) * (1 - share) / share
    return np.asarray(np.maximum(gap, past.open), dtype=np.float64)


def mean_gap(past: Histories, at: Parameters) -> FloatArray:
    """Return the mean of the buyer's gaps: infinite where too little is known for a mean."""
    above = _shape(past, at) - 1
    mean = at.k * (at.alpha + past.total) / np.where(above > 0, above, 1.0)
    return np.where(above > 0, mean, np.inf)


def _shape(past: Histories, at: Parameters) -> FloatArray:
    return at.r + at.k * past.gaps


def _log_odds(past: Histories, at: Parameters, days: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.log(days) - np.log(at.alpha + past.total)


def _completed(past: Histories, at: Parameters) -> FloatArray:
    shape, n = _shape(past, at), past.gaps
    norm: FloatArray = gammaln(shape) - gammaln(at.r) - n * gammaln(at.k) + at.r * np.log(at.alpha)
    return norm + (at.k - 1) * past.total_log - shape * np.log(at.alpha + past.total)


def _went_on(past: Histories, at: Parameters, survival: FloatArray) -> FloatArray:
    n, stopping = past.gaps, at.stopping
    return log_stayed(n, stopping) + log_last(n, stopping, survival)
