"""Shapley's split of the change of a product, many products at once.

A product of factors that moves from one set of values to another is multilinear in them, so the
Shapley value of a factor is its move times an integral along the straight path (G. Owen,
Multilinear extensions of games, 1972). The integrand is a polynomial, which Gauss and Legendre's
rule integrates exactly with half as many nodes as there are factors: no subsets are formed.

Arrays are (factors, products). The last factor is the price; with *costed* the last two are price
and cost, and what is explained is the product of the others times (price - cost).
"""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
from numpy.typing import NDArray

from crmkit.typing import BoolArray, FloatArray, IntArray


def shapley_slopes(before: FloatArray, after: FloatArray, *, costed: bool) -> FloatArray:
    """Return what one unit of each factor is worth on the way; times its move, its share.

    Swapping *before* and *after* gives the same floats, to the last bit.
    """
    factors = len(before) - costed
    nodes, weights = np.polynomial.legendre.leggauss((factors + 1) // 2)
    # Around the middle and in pairs of nodes: float sums then do not know which end comes first.
    middle, half = (before + after) / 2, (after - before) / 2
    slopes = np.zeros_like(middle)
    for node, weight in zip(nodes, weights, strict=True):
        if node > 0:
            ends = (_slopes_at(middle + sign * node * half, costed) for sign in (1.0, -1.0))
            slopes += weight / 2 * sum(ends)
        elif node == 0:
            slopes += weight / 2 * _slopes_at(middle, costed)
    return slopes


def _slopes_at(values: FloatArray, costed: bool) -> FloatArray:
    """Return the derivative of each product by each factor."""
    if not costed:
        return _others(values)
    margin = np.vstack([values[:-2], values[-2:-1] - values[-1:]])
    slopes = _others(margin)
    return np.vstack([slopes, -slopes[-1:]])


def _others(values: FloatArray) -> FloatArray:
    """Return, for each factor, the product of all others."""
    # Not by division: factors may be zero.
    ahead, behind = np.ones_like(values), np.ones_like(values)
    np.cumprod(values[:-1], axis=0, out=ahead[1:])
    np.cumprod(values[:0:-1], axis=0, out=behind[-2::-1])
    return ahead * behind


def rounded_to_targets(parts: FloatArray, targets: IntArray, moved: BoolArray) -> IntArray:
    """Round *parts* (factors, products) so that each product's add up to its target.

    Parts are floored and the units left over go one each to the largest remainders; only parts
    that *moved* get any, the others are 0. Negated parts and targets give the negated answer.
    """
    # Ties go by position, which would favour the same factor both ways: so round one way only.
    turned = _points_down(parts, targets)
    facing = np.where(turned, -parts, parts)
    wanted = np.where(turned, -targets, targets)
    whole = np.floor(facing)
    units = np.where(moved, whole, 0.0).astype(np.int64)
    left = wanted - units.sum(axis=0)
    # Left over is at most one each, but for float errors beyond half a unit.
    each, few = np.divmod(left, np.maximum(np.count_nonzero(moved, axis=0), 1))
    rank = _ranks(np.where(moved, facing - whole, -1.0))
    units += np.where(moved, each + (rank < few), 0)
    return np.where(turned, -units, units)


def _points_down(parts: FloatArray, targets: IntArray) -> BoolArray:
    """Say of each product whether its target, or else its first part but 0, is negative."""
    if len(parts) == 0:
        return targets < 0
    first = np.argmax(parts != 0, axis=0)
    lead = np.take_along_axis(parts, first[None], axis=0)[0]
    return np.asarray((targets < 0) | ((targets == 0) & (lead < 0)))


def _ranks(remainders: FloatArray) -> NDArray[np.intp]:
    """Rank each column, the largest first; of equal ones the earlier."""
    order = np.argsort(-remainders, axis=0, kind="stable")
    ranks = np.empty_like(order)
    places = np.broadcast_to(np.arange(len(order))[:, None], order.shape)
    np.put_along_axis(ranks, order, places, axis=0)
    return ranks


# --- ratios --------------------------------------------------------------------------------------


def mixed_totals(before: FloatArray, after: FloatArray, *, costed: bool) -> FloatArray:
    """Return the total of all products for every choice of which factors have moved.

    Entry [i, j, ...] of shape (2, 2, ...) takes factor 0 before (i = 0) or after (i = 1), and so
    on. Time: 2**factors passes over the products.
    """
    factors = len(before)
    totals = np.empty((2,) * factors)
    for moved in product((0, 1), repeat=factors):
        values = np.where(np.array(moved, dtype=np.bool_)[:, None], after, before)
        worth = values[-2] - values[-1] if costed else values[-1]
        totals[moved] = float((np.prod(values[: factors - 1 - costed], axis=0) * worth).sum())
    return totals


def shapley_ratios(totals: FloatArray) -> FloatArray:
    """Split last total / first total into one ratio per factor (generalised Fisher index).

    *totals* as `mixed_totals` returns them, all positive.
    """
    factors, logs = totals.ndim, np.log(totals)
    others = np.indices((2,) * (factors - 1)).sum(axis=0, dtype=np.int64)
    weights = np.array(
        [factorial(k) * factorial(factors - 1 - k) / factorial(factors) for k in range(factors)]
    )[others]
    steps = [np.take(logs, 1, axis=i) - np.take(logs, 0, axis=i) for i in range(factors)]
    return np.exp(np.array([(weights * step).sum() for step in steps], dtype=np.float64))
