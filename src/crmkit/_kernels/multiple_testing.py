"""Adjusted p-values: what a p-value is worth when it is one of many."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma

from crmkit.typing import Adjustment, FloatArray


def adjusted(p: FloatArray, method: Adjustment, n_tests: int) -> FloatArray:
    """Adjust *p* for *n_tests* >= len(p) tests, in the order given; equal p stay equal.

    The tests that are not in *p* are taken to be no stronger than the weakest that is.
    """
    if method == "bonferroni":
        return np.minimum(n_tests * p, 1.0)
    order = np.argsort(p)
    ascending, result = p[order], np.empty(len(p))
    by_rank = _holm(ascending, n_tests) if method == "holm" else _fdr(ascending, method, n_tests)
    result[order] = np.minimum(by_rank, 1.0)
    return result


def _holm(ascending: FloatArray, n_tests: int) -> FloatArray:
    left = n_tests - np.arange(len(ascending))
    return np.maximum.accumulate(left * ascending)


def _fdr(ascending: FloatArray, method: Adjustment, n_tests: int) -> FloatArray:
    tests = n_tests * _harmonic(n_tests) if method == "fdr_by" else float(n_tests)
    stepped = tests / np.arange(1, len(ascending) + 1) * ascending
    return np.minimum.accumulate(stepped[::-1])[::-1]


def _harmonic(n: int) -> float:
    """Return 1 + 1/2 + ... + 1/n, at once for any n."""
    return float(digamma(n + 1) + np.euler_gamma)
