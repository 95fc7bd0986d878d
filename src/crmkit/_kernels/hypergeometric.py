"""Tails of the hypergeometric distribution: how often chance alone does as well.

C counts the baskets with X and Y when the n1 baskets with X lie at random among all n, nY of which
hold Y. A table is the four counts n11, n10, n01, n00 in the rows of a float array, one column per
rule; its margins n1 = n11 + n10 and nY = n11 + n01 stay fixed while C = n11 moves.

scipy.stats answers one value at a time, in Python, and loads slowly; here all rules move together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, roots_legendre, xlog1py

from crmkit._kernels.blocks import blocks
from crmkit._kernels.grouping import changes
from crmkit.typing import FloatArray, IntArray

Count = int | IntArray

_STEP = np.array([[1.0], [-1.0], [-1.0], [1.0]])  # one more basket with X and Y
_MIRROR = [1, 0, 3, 2]  # Y and not-Y change places: low counts become high ones


def upper_tail(both: IntArray, antecedent: IntArray, consequent: IntArray, n: Count) -> FloatArray:
    """Return P(C >= both): Fisher's one-sided p-value of attraction."""
    return np.exp(log_upper_tail(both, antecedent, consequent, n))


def lower_tail(both: IntArray, antecedent: IntArray, consequent: IntArray, n: Count) -> FloatArray:
    """Return P(C <= both): the one-sided p-value of repulsion."""
    return np.exp(log_lower_tail(both, antecedent, consequent, n))


def log_upper_tail(
    both: IntArray, antecedent: IntArray, consequent: IntArray, n: Count
) -> FloatArray:
    """Return log P(C >= both), which still ranks rules whose p-value is below 1e-308."""
    return _once_per_table(_log_upper, both, antecedent, consequent, n)


def log_lower_tail(
    both: IntArray, antecedent: IntArray, consequent: IntArray, n: Count
) -> FloatArray:
    """Return log P(C <= both)."""
    return _once_per_table(_log_lower, both, antecedent, consequent, n)


def quantile(level: float, antecedent: IntArray, consequent: IntArray, n: Count) -> IntArray:
    """Return the smallest q with P(C <= q) >= level, 0 < level < 1."""

    def start_and_walk(tables: FloatArray) -> FloatArray:
        tables += _STEP * _guess(level, tables)
        return _walk_to(level, tables)

    # The tables start at the least possible count, from which a step makes every other.
    least = np.maximum(antecedent + consequent - n, 0)
    found = _once_per_table(start_and_walk, least, antecedent, consequent, n)
    return found.astype(np.int64)


def _once_per_table(
    answer: Callable[[FloatArray], FloatArray],
    both: IntArray,
    antecedent: IntArray,
    consequent: IntArray,
    n: Count,
) -> FloatArray:
    """Answer each distinct table once; X -> Y and Y -> X are the same one."""
    low, high = np.minimum(antecedent, consequent), np.maximum(antecedent, consequent)
    keys = (both, low, high, np.broadcast_to(n, both.shape))
    order = np.lexsort(keys)
    new = changes(*(key[order] for key in keys))
    n11, n1x, nx1, whole = (key[order[new]].astype(np.float64) for key in keys)
    tables = np.stack([n11, n1x - n11, nx1 - n11, whole - n1x - nx1 + n11])
    values = np.empty(len(n11))
    for block in blocks(0, len(n11)):
        values[block] = answer(tables[:, block].copy())
    result = np.empty(len(both))
    result[order] = values[np.cumsum(new) - 1]
    return result


def _log_lower(tables: FloatArray) -> FloatArray:
    return _log_upper(tables[_MIRROR])


def _log_upper(tables: FloatArray) -> FloatArray:
    """Sum away from the mode, where terms fall; the other side is what is left of 1."""
    result = np.zeros(tables.shape[1])
    possible = np.minimum(tables[0], tables[3]) > 0  # else no count is lower: the tail is all
    falling = _next_ratio(tables) <= 1
    above, below = possible & falling, possible & ~falling
    result[above] = _log_falling_tail(tables[:, above])
    lower = _log_falling_tail((tables[:, below] - _STEP)[_MIRROR])
    result[below] = np.log1p(-np.exp(lower))
    return np.minimum(result, 0.0)


def _next_ratio(tables: FloatArray) -> FloatArray:
    """Return P(C = n11 + 1) / P(C = n11)."""
    n11, n10, n01, n00 = tables
    result: FloatArray = n10 * n01 / ((n11 + 1) * (n00 + 1))
    return result


# --- the sum over a falling tail -----------------------------------------------------------------

_FAR = 45.0  # e**-45 of the first term is nothing beside it
_TERMS_TO_ADD = 600  # an integral is cheaper than more, and then good to eleven digits
_ROUNDS_BETWEEN_LOOKS = 8
_NEGLIGIBLE = 1e-17


def _log_falling_tail(tables: FloatArray) -> FloatArray:
    """Return log P(C >= n11) where the probabilities fall from n11 on."""
    terms = _terms_that_matter(tables)
    long = terms > _TERMS_TO_ADD
    result = np.empty(len(terms))
    result[~long] = _sum_by_terms(tables[:, ~long])
    result[long] = _sum_by_integral(tables[:, long], terms[long])
    return result


def _terms_that_matter(tables: FloatArray) -> FloatArray:
    """Return after how many terms a tail is done: at most about nine standard deviations."""
    # log p falls by slope * t + t**2 / (2 * variance) within t terms; solved for a fall by _FAR.
    with np.errstate(divide="ignore"):
        slope = -np.log(np.minimum(_next_ratio(tables), 1.0))
    bend = (1 / (tables + 1)).sum(axis=0)
    terms: FloatArray = 2 * _FAR / (slope + np.sqrt(slope**2 + 2 * _FAR * bend))
    return terms


def _sum_by_terms(tables: FloatArray) -> FloatArray:
    """Add up the tail, each term from the one before; return the log of the sum."""
    result = _log_pmf(tables, _chance(tables))
    where = np.arange(len(result))
    term, total = np.ones(len(where)), np.ones(len(where))
    while len(where):
        for _ in range(_ROUNDS_BETWEEN_LOOKS):
            term *= tables[1] * tables[2]
            tables += _STEP
            term /= tables[0] * tables[3]
            total += term
            # Past the largest possible count a factor is 0, and the term stays 0.
        going = term > _NEGLIGIBLE * total
        result[where[~going]] += np.log(total[~going])
        where, tables, term, total = where[going], tables[:, going], term[going], total[going]
    return result


def _sum_by_integral(tables: FloatArray, terms: FloatArray) -> FloatArray:
    """Return the same by Euler and Maclaurin's formula; a long tail is smooth."""
    chance = _chance(tables)
    first = _log_pmf(tables, chance)

    def relative(shift: FloatArray | float) -> FloatArray:
        return np.exp(_log_pmf(tables + _STEP * shift, chance) - first)

    total = np.zeros(len(terms))
    for node, weight in zip(*_LEGENDRE, strict=True):
        total += weight * terms * relative(node * terms - 0.5)
    for shift, weight in _AT_THE_END.items():
        total += weight * relative(shift)
    return first + np.log(total)


def _legendre(points: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = roots_legendre(points)
    return (nodes + 1) / 2, weights / 2


_LEGENDRE = _legendre(24)
# sum over k >= a of f(k) = integral from a - 1/2 of f + f'/24 - 7 f'''/5760 + ..., both at a - 1/2,
# with the derivatives by central differences of f at a-2 .. a+1: f' = D1 - D3/24, f''' = D3.
_D3 = 17 / 5760
_AT_THE_END = {-2: _D3, -1: -1 / 24 - 3 * _D3, 0: 1 / 24 + 3 * _D3, 1: -_D3}


# --- the probability of one table ----------------------------------------------------------------

_SMALL = 16
_LOG_FACTORIAL_REST = np.array(
    [0.0] + [math.lgamma(k + 1) - k * math.log(k) + k for k in range(1, _SMALL)]
)


class _Chance(NamedTuple):
    """What the margins alone say: the expected table, and the factors of p that never change."""

    expected: FloatArray
    log_factor: FloatArray


def _chance(tables: FloatArray) -> _Chance:
    n11, n10, n01, n00 = tables
    n1x, n0x, nx1, nx0 = margins = np.stack([n11 + n10, n01 + n00, n11 + n01, n10 + n00])
    n = n1x + n0x
    expected = np.stack([n1x * nx1, n1x * nx0, n0x * nx1, n0x * nx0]) / n
    return _Chance(expected, _rest(margins).sum(axis=0) - _rest(n))


def _log_pmf(tables: FloatArray, chance: _Chance) -> FloatArray:
    """Return log P(C = n11); between whole counts, its smooth continuation."""
    # Of k! = k**k e**-k rest(k) the large first factors become surprises o log(o/e) of the cells,
    # each from its small distance to expectation (Loader 2000 does so for the binomial);
    # differences of log-gammas would lose nine digits at a billion baskets.
    excess = _STEP * (tables[0] - chance.expected[0])
    # Nothing is expected in an empty margin, and nothing in excess: any divisor does.
    surprise = xlog1py(tables, excess / np.where(chance.expected > 0, chance.expected, 1))
    result: FloatArray = chance.log_factor - (_rest(tables) + surprise).sum(axis=0)
    return result


def _rest(k: FloatArray) -> FloatArray:
    """Return log k! - k log k + k, Stirling's rest."""
    small = k < _SMALL
    if not small.any():
        return _stirling(k)
    result = _stirling(np.maximum(k, _SMALL))
    result[small] = _LOG_FACTORIAL_REST[k[small].astype(np.intp)]
    return result


def _stirling(k: FloatArray) -> FloatArray:
    x = 1 / k / k
    series = 1 / 12 - x * (1 / 360 - x * (1 / 1260 - x * (1 / 1680 - x / 1188)))
    result: FloatArray = 0.5 * np.log(2 * math.pi * k) + series / k
    return result


# --- quantiles -----------------------------------------------------------------------------------


def _guess(level: float, tables: FloatArray) -> FloatArray:
    """Return about how many counts the quantile lies above the least (Cornish and Fisher 1938)."""
    n11, n10, n01, n00 = tables
    n1x, nx1 = n11 + n10, n11 + n01
    n = n1x + n01 + n00
    z = float(ndtri(level))
    variance = n1x * nx1 / n * (n - n1x) * (n - nx1) / n / np.maximum(n - 1, 1)
    skew = (n - 2 * n1x) / n * (n - 2 * nx1) / np.maximum(n - 2, 1)
    guess = n1x * nx1 / n + z * np.sqrt(variance) + (z**2 - 1) / 6 * skew
    steps: FloatArray = np.clip(np.round(guess) - n11, 0, np.minimum(n10, n01))
    return steps


def _walk_to(level: float, tables: FloatArray) -> FloatArray:
    """Step from the guess to the quantile, and return its count."""
    # A level that is reached exactly must not be missed by a rounding, as R's qhyper sees to.
    goal = level * (1 - 1000 * np.finfo(np.float64).eps)
    term = np.exp(_log_pmf(tables, _chance(tables)))
    total = np.exp(_log_lower(tables))
    while (down := (total - term >= goal) & (tables[0] * tables[3] > 0)).any():
        total[down] -= term[down]
        term[down] *= (tables[0] * tables[3])[down]
        tables[:, down] -= _STEP
        term[down] /= (tables[1] * tables[2])[down]
    while (up := (total < goal) & (tables[1] * tables[2] > 0)).any():
        term[up] *= (tables[1] * tables[2])[up]
        tables[:, up] += _STEP
        term[up] /= (tables[0] * tables[3])[up]
        total[up] += term[up]
    result: FloatArray = tables[0]
    return result
