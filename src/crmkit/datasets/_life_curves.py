"""The log level of a life by week: growth regimes, trapezoids, Bass curves."""

from __future__ import annotations

from typing import Final

import numpy as np

from crmkit.datasets._life_phases import DECLINE, GROWTH, MATURITY, Phases, log_uniform
from crmkit.typing import FloatArray

_FACTOR: Final = (2.0, 60.0)
_FAD_FACTOR: Final = (5.0, 60.0)
_INTRODUCTION: Final = (-0.01, 0.05)
_FLAT: Final = (-0.01, 0.01)
_SMOOTH: Final = np.array([1, 3, 4, 3, 1]) / 12
_FIRST: Final = (0.02, 0.12)
_LATER: Final = (1.0, 1.6)
_RELAUNCH_LEVEL: Final = (0.3, 0.7)
_LEAST_RISE: Final = 1.5
_FLOOR: Final = 1e-6
_RELAUNCH: Final = slice(DECLINE + 1, None)


def regimes(rng: np.random.Generator, phases: Phases, horizon: int) -> FloatArray:
    """Sum up the log-slopes of the phases, smoothed over five weeks."""
    slopes = _slopes(rng, phases)
    weekly = np.take_along_axis(slopes, phases.by_week(horizon).astype(np.intp), axis=1)
    return np.cumsum(_smoothed(weekly), axis=1)


def trapezoids(rng: np.random.Generator, phases: Phases, horizon: int) -> FloatArray:
    """Draw straight lines up, a plateau and an exponential fall, at the middle of each week."""
    levels, fall = _corners(rng, phases)
    starts = np.hstack([np.zeros((len(levels), 1)), phases.ends])
    middle = np.arange(horizon) + 0.5
    phase = phases.by_week(horizon).astype(np.intp)
    start, end = _of_week(starts[:, :-1], phase), _of_week(starts[:, 1:], phase)
    low, high = _of_week(levels[:, :-1], phase), _of_week(levels[:, 1:], phase)
    straight = low + (high - low) * (middle - start) / np.maximum(end - start, 1)
    falling = low * np.exp(-_of_week(fall, phase) * (middle - start))
    level = np.where(_of_week(fall, phase) > 0, falling, straight)
    return np.asarray(np.log(np.maximum(level, _FLOOR)), dtype=np.float64)


def bass_curves(phases: Phases, horizon: int) -> FloatArray:
    """Return the log of F(t + 1) - F(t) of Bass curves, without cancellation.

    Source: Bass (1969).
    """
    rate, ratio = phases.growth_rate[:, None], phases.contagion[:, None]
    left = -rate * np.arange(horizon + 1)
    held = np.log1p(ratio * np.exp(left))
    shape = left[:, :-1] + np.log(-np.expm1(-rate)) + np.log1p(ratio)
    return np.asarray(shape - held[:, :-1] - held[:, 1:], dtype=np.float64)


def _of_week(
    values: FloatArray, phase: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
) -> FloatArray:
    return np.take_along_axis(values, phase, axis=1)


def _factors(rng: np.random.Generator, phases: Phases) -> FloatArray:
    usual = log_uniform(rng, *_FACTOR, len(phases.ends))
    fads = log_uniform(rng, *_FAD_FACTOR, len(phases.ends))
    return np.where(phases.is_fad, fads, usual)


def _weeks(phases: Phases) -> FloatArray:
    return np.diff(phases.ends, axis=1, prepend=0)


# --- regimes -------------------------------------------------------------------------------------


def _slopes(rng: np.random.Generator, phases: Phases) -> FloatArray:
    """Return the weekly log-slope of each phase, shape (products, 7)."""
    count, weeks = len(phases.ends), _weeks(phases)
    slopes = np.zeros(weeks.shape)
    slopes[:, 0] = rng.uniform(*_INTRODUCTION, count)
    slopes[:, GROWTH] = np.log(_factors(rng, phases)) / weeks[:, GROWTH]
    slopes[:, MATURITY] = rng.uniform(*_FLAT, count)
    slopes[:, DECLINE] = -np.log(_factors(rng, phases)) / phases.decline_weeks
    slopes[:, _RELAUNCH] = _relaunch_slopes(rng, phases, np.cumsum(slopes * weeks, axis=1))
    return slopes


def _relaunch_slopes(rng: np.random.Generator, phases: Phases, level: FloatArray) -> FloatArray:
    """Rise to a share of the peak so far, stay and fall; without a relaunch, fall on."""
    count, weeks = len(phases.ends), _weeks(phases)
    target = np.log(rng.uniform(*_RELAUNCH_LEVEL, count)) + np.maximum(level[:, :3].max(axis=1), 0)
    rise = np.maximum(target - level[:, DECLINE], np.log(_LEAST_RISE))
    fall = np.log(_factors(rng, phases))
    again = np.stack([rise, np.zeros(count), -fall], axis=1) / np.maximum(weeks[:, _RELAUNCH], 1)
    # Past its end a life without a relaunch counts as in its last phase: the fall goes on.
    on = (level[:, DECLINE] - level[:, MATURITY]) / weeks[:, DECLINE]
    return np.where(phases.is_relaunched[:, None], again, on[:, None])


def _smoothed(slopes: FloatArray) -> FloatArray:
    """Take the weighted mean of five weeks, the first and the last one repeated."""
    half = len(_SMOOTH) // 2
    padded = np.pad(slopes, ((0, 0), (half, half)), mode="edge")
    width = slopes.shape[1]
    parts = [weight * padded[:, lag : lag + width] for lag, weight in enumerate(_SMOOTH)]
    return np.asarray(sum(parts), dtype=np.float64)


# --- trapezoids ----------------------------------------------------------------------------------


def _corners(rng: np.random.Generator, phases: Phases) -> tuple[FloatArray, FloatArray]:
    """Return the level at the start of each phase and at the end, and the rates of the falls."""
    count, weeks = len(phases.ends), _weeks(phases)
    first = rng.uniform(*_FIRST, count)
    second = first * rng.uniform(*_LATER, count)
    fall = np.zeros(weeks.shape)
    fall[:, DECLINE] = np.log(_factors(rng, phases)) / phases.decline_weeks
    fallen = np.exp(-fall[:, DECLINE] * weeks[:, DECLINE])
    top = np.maximum(rng.uniform(*_RELAUNCH_LEVEL, count), _LEAST_RISE * fallen)
    again = np.log(_factors(rng, phases)) / np.maximum(weeks[:, -1], 1)
    # Past its end a life without a relaunch counts as in its last phase: the fall goes on.
    last = np.where(phases.is_relaunched, top, fallen)
    fall[:, -1] = np.where(phases.is_relaunched, again, fall[:, DECLINE])
    one = np.ones(count)
    levels = np.stack([first, second, one, one, fallen, top, last, last], axis=1)
    return levels, fall
