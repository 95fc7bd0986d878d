"""Many small likelihoods climbed at once: damped quasi-Newton steps, one system per group.

The information of a group starts as the sum of the products of its rows' scores (Berndt, Hall,
Hall and Hausman 1974) and learns from each step how the gradient really bends (Broyden, Fletcher,
Goldfarb and Shanno), so no second derivatives are needed. A step that does not climb is damped and
tried again; a group leaves when an undamped step promises next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crmkit.typing import BoolArray, FloatArray, IntArray

_PROMISE = 1e-6
_ROUNDS = 100
_LONGEST = 1.0
_SLACK = 1e-11
_GIVE_UP = 1e9


class Rows(NamedTuple):
    """Rows sorted by group: which group each is of, and how many rows it stands for."""

    group: IntArray
    weight: FloatArray


class Prior(NamedTuple):
    """A normal prior on each parameter: centres (groups x parameters), and one precision each."""

    centre: FloatArray
    precision: FloatArray


class Climbed(NamedTuple):
    """Where each group ended, how high, after how many steps, and whether nothing was left."""

    parameters: FloatArray
    height: FloatArray
    steps: IntArray
    converged: BoolArray


Evaluate = Callable[[FloatArray, IntArray], tuple[FloatArray, FloatArray]]
"""Heights and scores (rows x parameters) of some rows: evaluate(parameters per row, rows)."""


class _State(NamedTuple):
    """Where the groups are, and what is known there; changed in place."""

    at: FloatArray
    height: FloatArray
    gradient: FloatArray
    information: FloatArray
    damping: FloatArray
    steps: IntArray


class _Sums(NamedTuple):
    height: FloatArray
    gradient: FloatArray
    information: FloatArray


def climb(
    evaluate: Evaluate, rows: Rows, prior: Prior, bounds: tuple[FloatArray, FloatArray]
) -> Climbed:
    """Climb from the prior's centre within *bounds*; every group has a row."""
    groups = len(prior.centre)
    left = np.arange(groups)
    here = _sums(evaluate, rows, prior, prior.centre, left)
    damping, steps = np.full(groups, 1e-3), np.zeros(groups, dtype=np.int64)
    state = _State(prior.centre.copy(), *here, damping, steps)
    converged = np.zeros(groups, dtype=np.bool_)
    for _ in range(_ROUNDS):
        step, promise = _step(state, left, bounds)
        arrived = promise < _PROMISE + _SLACK * np.abs(state.height[left])
        converged[left[arrived]] = True
        going = ~arrived & (state.damping[left] < _GIVE_UP)
        left, step = left[going], step[going]
        if len(left) == 0:
            break
        trial = state.at.copy()
        trial[left] = np.clip(trial[left] + step, *bounds)
        _move(state, left, trial, _sums(evaluate, rows, prior, trial, left))
    return Climbed(state.at, state.height, state.steps, converged)


def _move(state: _State, groups: IntArray, trial: FloatArray, there: _Sums) -> None:
    """Take the steps that climb, and damp the next ones of the others."""
    now = state.height[groups]
    better = there.height >= now - _SLACK * np.abs(now)
    won = groups[better]
    moved = trial[won] - state.at[won]
    bent = state.gradient[won] - there.gradient[better]
    state.information[won] = _learnt(state.information[won], moved, bent)
    state.at[won] = trial[won]
    state.height[won] = there.height[better]
    state.gradient[won] = there.gradient[better]
    state.damping[groups] *= np.where(better, 0.1, 8.0)
    state.steps[groups] += 1


def _learnt(information: FloatArray, moved: FloatArray, bent: FloatArray) -> FloatArray:
    """Return the information corrected by how the gradient bent along each step."""
    along = np.einsum("gij,gj->gi", information, moved)
    expected, seen = (moved * along).sum(axis=1), (moved * bent).sum(axis=1)
    usable = (seen > 1e-3 * expected) & (expected > 0)
    expected, seen = np.where(usable, expected, 1.0), np.where(usable, seen, 1.0)
    correction = (
        bent[:, :, None] * bent[:, None, :] / seen[:, None, None]
        - along[:, :, None] * along[:, None, :] / expected[:, None, None]
    )
    return np.asarray(information + np.where(usable[:, None, None], correction, 0.0))


def _step(
    state: _State, groups: IntArray, bounds: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Return the damped step of each group and what an undamped one promises."""
    now, gradient = state.at[groups], state.gradient[groups]
    held = ((now <= bounds[0]) & (gradient < 0)) | ((now >= bounds[1]) & (gradient > 0))
    gradient, free = np.where(held, 0.0, gradient), ~held
    information = state.information[groups] * (free[:, :, None] & free[:, None, :])
    size = np.einsum("gii->gi", information)
    ridge = np.eye(now.shape[1]) * np.where(size > 0, size, 1.0)[:, :, None]
    promise = (_solved(information + 1e-9 * ridge, gradient) * gradient).sum(axis=1) / 2
    step = _solved(information + state.damping[groups][:, None, None] * ridge, gradient)
    longest = np.abs(step).max(axis=1, initial=0.0)
    return step * np.minimum(1.0, _LONGEST / np.maximum(longest, _LONGEST))[:, None], promise


def _solved(matrices: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.solve(matrices, right[:, :, None])[:, :, 0], dtype=np.float64)


def _sums(evaluate: Evaluate, rows: Rows, prior: Prior, at: FloatArray, groups: IntArray) -> _Sums:
    """Sum heights, scores and their products over the rows of each of *groups*."""
    place = np.full(len(at), -1, dtype=np.int64)
    place[groups] = np.arange(len(groups))
    chosen = np.flatnonzero(place[rows.group] >= 0)
    weight, owner = rows.weight[chosen], place[rows.group[chosen]]
    height, score = evaluate(at[rows.group[chosen]], chosen)
    starts = np.searchsorted(owner, np.arange(len(groups)))
    weighted = score * weight[:, None]
    away = at[groups] - prior.centre[groups]
    return _Sums(
        np.add.reduceat(height * weight, starts) - (prior.precision * away**2).sum(axis=1) / 2,
        np.add.reduceat(weighted, starts) - prior.precision * away,
        np.add.reduceat(weighted[:, :, None] * score[:, None, :], starts)
        + np.diag(prior.precision),
    )
