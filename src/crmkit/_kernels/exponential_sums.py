"""Every zero of a sum of exponentials: the rates at which a flow of money is worth nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit.typing import FloatArray

_TOUCHES = 2e-14
"""A sum this small, against its terms taken positively, is zero as far as floats can tell."""
_HALVINGS = 80


class _Terms(NamedTuple):
    """Terms sign * exp(log - time * delta), in order of time, none of them zero."""

    signs: FloatArray
    logs: FloatArray
    times: FloatArray


def roots(weights: FloatArray, times: FloatArray) -> FloatArray:
    """Return every delta with sum(weights * exp(-times * delta)) = 0, ascending.

    Zeros that the sum touches without crossing are found, and listed once.

    By Rolle's theorem the zeros of f lie one by one between those of the derivative of
    exp(pivot * delta) * f, which has the same zeros. With the pivot between two terms of
    opposite sign that derivative has one change of sign less, so the ladder down to a function
    without zeros has as many rungs as f has changes of sign, however many terms there are.

    Source: the proof of Descartes' rule of signs in G. Polya and G. Szego, Problems and Theorems
    in Analysis II, part V.

    Args:
        weights: none of them zero.
        times: one per weight, strictly ascending.
    """
    # Zeros do not depend on where time starts; digits do.
    ladder = [_Terms(np.sign(weights), np.log(np.abs(weights)), times - times[0])]
    while (pivot := _pivot(ladder[-1])) is not None:
        ladder.append(_derivative(ladder[-1], pivot))
    found = np.empty(0)
    for terms in reversed(ladder[:-1]):
        found = _between(terms, found)
    return found


def _pivot(terms: _Terms) -> float | None:
    """Return a time in the middle of a change of sign; None if there is none."""
    changes = np.flatnonzero(terms.signs[1:] != terms.signs[:-1])
    if len(changes) == 0:
        return None
    k = int(changes[len(changes) // 2])
    return float(terms.times[k] + terms.times[k + 1]) / 2


def _derivative(terms: _Terms, pivot: float) -> _Terms:
    away = pivot - terms.times
    return _Terms(terms.signs * np.sign(away), terms.logs + np.log(np.abs(away)), terms.times)


def _between(terms: _Terms, cuts: FloatArray) -> FloatArray:
    """Return the zeros, given cuts between which the function is monotone but for a factor > 0."""
    cuts = np.sort(np.concatenate([cuts, _bounds(terms)]))
    values = _values(terms, cuts)
    signs = np.where(np.abs(values) <= _TOUCHES, 0.0, np.sign(values))
    # Small at two cuts in a row is small all the way between: one zero, not two.
    touching = (signs == 0) & np.append(True, signs[:-1] != 0)
    crossing = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    crossed = _bisect(terms, cuts[crossing], cuts[crossing + 1], signs[crossing])
    return np.sort(np.concatenate([cuts[touching], crossed]))


def _bounds(terms: _Terms) -> FloatArray:
    """Return where the last and the first term outweigh all others together."""
    low = _dominance(terms.logs[-1], terms.logs[:-1], terms.times[-1] - terms.times[-2])
    high = _dominance(terms.logs[0], terms.logs[1:], terms.times[1] - terms.times[0])
    return np.array([-low, high])


def _dominance(end: float, others: FloatArray, gap: float) -> float:
    return max(float(np.logaddexp.reduce(others)) - end, 0.0) / gap + 1.0


def _values(terms: _Terms, deltas: FloatArray) -> FloatArray:
    """Return the sums as parts of the sums of their absolute terms: -1 .. 1, never overflowing."""
    powers = terms.logs - np.multiply.outer(deltas, terms.times)
    sizes = np.exp(powers - powers.max(axis=1, keepdims=True))
    return np.asarray((sizes @ terms.signs) / sizes.sum(axis=1), dtype=np.float64)


def _bisect(terms: _Terms, low: FloatArray, high: FloatArray, signs: FloatArray) -> FloatArray:
    """Halve each interval; *signs* are those at its lower end."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = _values(terms, middle) * signs > 0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
