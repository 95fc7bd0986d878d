"""Many small likelihoods climbed at once: damped scoring steps, one system per group.

The information of a group is the sum of the products of its rows' scores (Berndt, Hall, Hall and
Hausman 1974), so a step needs no second derivatives. A step that does not climb is damped and
tried again; a group leaves when a full step promises less than a millionth of a log-likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crmkit.typing import BoolArray, FloatArray, IntArray

_PROMISE = 1e-6
_ROUNDS = 100
_STEP = 1.0
_SLACK = 1e-10


class Rows(NamedTuple):
    """Rows sorted by group: which group each is of, and how many rows it stands for."""

    group: IntArray
    weight: FloatArray


class Climbed(NamedTuple):
    """Where each group ended, how high, after how many steps, and whether nothing was left."""

    parameters: FloatArray
    height: FloatArray
    steps: IntArray
    converged: BoolArray


Evaluate = Callable[[FloatArray, IntArray], tuple[FloatArray, FloatArray]]
"""Heights and scores (rows x parameters) of some rows: evaluate(parameters per row, rows)."""


class _Sums(NamedTuple):
    height: FloatArray
    gradient: FloatArray
    information: FloatArray


def climb(
    evaluate: Evaluate, rows: Rows, start: FloatArray, bounds: tuple[FloatArray, FloatArray]
) -> Climbed:
    """Climb from *start* (groups x parameters) within *bounds*; every group has a row."""
    now, low, high = start.copy(), *bounds
    groups = len(start)
    damping = np.full(groups, 1e-3)
    steps = np.zeros(groups, dtype=np.int64)
    done = np.zeros(groups, dtype=np.bool_)
    best = _sums(evaluate, rows, now, np.arange(groups))
    for _ in range(_ROUNDS):
        left = np.flatnonzero(~done)
        if len(left) == 0:
            break
        here = _Sums(*(part[left] for part in best))
        step, promise = _step(here, now[left], damping[left], (low, high))
        done[left] = promise < _PROMISE
        left, step = left[~done[left]], step[~done[left]]
        trial = now.copy()
        trial[left] = np.clip(now[left] + step, low, high)
        there = _sums(evaluate, rows, trial, left)
        better = there.height >= best.height[left] - _SLACK * np.abs(best.height[left])
        won = left[better]
        now[won] = trial[won]
        for old, new in zip(best, there, strict=True):
            old[won] = new[better]
        damping[left] = np.where(better, damping[left] / 5, damping[left] * 8)
        steps[left] += 1
        done[left] |= damping[left] > 1e12
    stuck = damping > 1e12
    return Climbed(now, best.height, steps, done & ~stuck)


def _step(
    at: _Sums, now: FloatArray, damping: FloatArray, bounds: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return the damped step of each group and what the undamped one promises."""
    low, high = bounds
    held = ((now <= low) & (at.gradient < 0)) | ((now >= high) & (at.gradient > 0))
    gradient = np.where(held, 0.0, at.gradient)
    free = ~held
    information = at.information * (free[:, :, None] & free[:, None, :])
    size = np.einsum("gii->gi", information)
    ridge = np.where(size > 0, size, 1.0)
    eye = np.eye(now.shape[1])
    damped = information + (damping[:, None] * ridge)[:, :, None] * eye
    damped += (1e-9 * ridge)[:, :, None] * eye
    step = np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]
    promise = np.einsum("gi,gi->g", step, gradient)
    longest = np.abs(step).max(axis=1, initial=0.0)
    return step * np.minimum(1.0, _STEP / np.maximum(longest, _STEP))[:, None], promise


def _sums(evaluate: Evaluate, rows: Rows, at: FloatArray, groups: IntArray) -> _Sums:
    """Sum heights, scores and their products over the rows of each of *groups*."""
    place = np.full(len(at), -1, dtype=np.int64)
    place[groups] = np.arange(len(groups))
    chosen = np.flatnonzero(place[rows.group] >= 0)
    weight, heads = rows.weight[chosen], place[rows.group[chosen]]
    height, score = evaluate(at[rows.group[chosen]], chosen)
    starts = np.searchsorted(heads, np.arange(len(groups)))
    weighted = score * weight[:, None]
    products = weighted[:, :, None] * score[:, None, :]
    return _Sums(
        np.add.reduceat(height * weight, starts),
        np.add.reduceat(weighted, starts),
        np.add.reduceat(products, starts),
    )
