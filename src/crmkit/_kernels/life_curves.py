"""Curves of product lives by period: regimes of growth, trapezoids, what lies between, Bass.

A curve is kept as logarithms, its highest value of the periods asked for being 1. Straight pieces
are made by summing changes of slope twice.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Kinds = NDArray[np.int8]

STAGES: Final = 4
USUAL, FAD, STAPLE = range(3)
_FLOOR: Final = np.float32(-13.8)
_SMOOTH: Final = np.array([1, 3, 4, 3, 1]) / 12
_FACTOR: Final = (2.0, 60.0)
_WIDE_FACTOR: Final = (2.0, 1000.0)
_WIDE_SHARE: Final = 0.1
_FAD_FACTOR: Final = (5.0, 60.0)
_READY_FACTOR: Final = (1.0, 3.0)
_INTRODUCTION: Final = (-0.01, 0.05)
_FLAT: Final = (-0.01, 0.01)
_FIRST: Final = (0.02, 0.12)
_LATER: Final = (1.0, 1.6)
_SPIKE: Final = (2.0, 6.0)
_SPIKE_LASTS: Final = 2.0
_SPIKE_BASE: Final = 8
_SEASON: Final = (0.1, 0.4)
_YEAR: Final = 52.0
_GOLDEN: Final = (np.sqrt(5) - 1) / 2


class Lives(NamedTuple):
    """Durations of many lives.

    Attributes:
        ends: shape (lives, 4), int64, the first period after each stage.
        kind: shape (lives,), int8, `USUAL`, `FAD` or `STAPLE`.
        rate: shape (lives,), p + q of a Bass curve, else 0.
        ratio: shape (lives,), q / p of a Bass curve, else 0.
    """

    ends: Places
    kind: Kinds
    rate: NDArray[np.float64]
    ratio: NDArray[np.float64]

    def take(self, rows: Places, stretch: float = 1.0) -> Lives:
        """Return some of them, all durations longer by a factor."""
        ends = self.ends[rows]
        if stretch != 1:
            ends = np.rint(ends * stretch).astype(np.int64)
        return Lives(ends, self.kind[rows], self.rate[rows] / stretch, self.ratio[rows])


class Shares(NamedTuple):
    """How many of the curves are what.

    Attributes:
        trapezoids: share of trapezoids in curves of one family; the rest are regimes.
        blends: share of curves between both.
        spikes: share of curves whose launch is lifted.
        seasons: share of curves with a season of their own.
        per_week: periods of the data in a week, which slopes and seasons are stated for.
    """

    trapezoids: float
    blends: float
    spikes: float
    seasons: float
    per_week: float


def log_curves(rng: np.random.Generator, lives: Lives, periods: int, shares: Shares) -> Floats:
    """Draw one curve for each life, float32 of shape (lives, periods), the highest value at 0."""
    shown = max(periods, _SPIKE_BASE)
    if lives.rate.any():
        whole = _bass(lives, shown)
    else:
        whole = _regimes_and_trapezoids(rng, lives, shown, shares)
    _lift_launches(rng, whole, shares)
    _add_seasons(rng, whole, shares)
    curve: Floats = np.ascontiguousarray(whole[:, :periods])
    curve -= curve.max(axis=1, keepdims=True)
    return np.maximum(curve, _FLOOR, out=curve)


def _log_uniform(
    rng: np.random.Generator, bounds: tuple[float, float], size: int
) -> NDArray[np.float64]:
    return rng.uniform(np.log(bounds[0]), np.log(bounds[1]), size)


def _log_rises(rng: np.random.Generator, kind: Kinds) -> NDArray[np.float64]:
    """Draw by what growth multiplies sales; staples sell from the start, or nearly so."""
    ready = _log_uniform(rng, _READY_FACTOR, len(kind))
    return np.where(kind == STAPLE, ready, _log_falls(rng, kind))


def _log_falls(rng: np.random.Generator, kind: Kinds) -> NDArray[np.float64]:
    """Draw by what decline divides sales; some by more, or else a steep change were at its end."""
    count = len(kind)
    usual = _log_uniform(rng, _FACTOR, count)
    wide = _log_uniform(rng, _WIDE_FACTOR, count)
    fads = _log_uniform(rng, _FAD_FACTOR, count)
    either = np.where(rng.random(count) < _WIDE_SHARE, wide, usual)
    return np.where(kind == FAD, fads, either)


def _regimes_and_trapezoids(
    rng: np.random.Generator, lives: Lives, periods: int, shares: Shares
) -> Floats:
    """Draw curves of both families, and some between them: their stages end together."""
    # Steps of the golden ratio spread the families evenly over lives in the order of their stages.
    place = np.modf(np.arange(len(lives.ends)) * _GOLDEN)[0]
    between = place >= 1 - shares.blends
    straight = place < shares.trapezoids * (1 - shares.blends)
    mix = np.where(between, rng.random(len(place)), straight)
    curve = np.zeros((len(place), periods), dtype=np.float32)
    for family, weight in ((_trapezoids, mix), (_regimes, 1 - mix)):
        rows = np.flatnonzero(weight > 0)
        drawn = family(rng, lives.take(rows), periods, shares)
        drawn *= weight[rows, None].astype(np.float32)
        curve[rows] += drawn
    return curve


def _regimes(rng: np.random.Generator, lives: Lives, periods: int, shares: Shares) -> Floats:
    """Sum log-slopes up, one per stage, smoothed over five periods."""
    count, weeks = len(lives.ends), np.diff(lives.ends, axis=1, prepend=0)
    slopes = np.empty((count, STAGES))
    slopes[:, 0] = rng.uniform(*_INTRODUCTION, count) / shares.per_week
    slopes[:, 1] = _log_rises(rng, lives.kind) / weeks[:, 1]
    slopes[:, 2] = rng.uniform(*_FLAT, count) / shares.per_week
    slopes[:, 3] = -_log_falls(rng, lives.kind) / weeks[:, 3]
    changes = _Changes(count, periods)
    changes.add(np.zeros(count, dtype=np.int64), slopes[:, 0])
    for stage in range(STAGES - 1):
        step = slopes[:, stage + 1] - slopes[:, stage]
        for lag, share in enumerate(_SMOOTH, start=-2):
            changes.add(lives.ends[:, stage] + lag, share * step)
    return changes.summed_twice()


def _trapezoids(rng: np.random.Generator, lives: Lives, periods: int, _: Shares) -> Floats:
    """Go straight up, stay, and fall exponentially, at the middle of each period."""
    ends, weeks = lives.ends, np.diff(lives.ends, axis=1, prepend=0)
    count = len(ends)
    start = rng.uniform(*_FIRST, count)
    first = np.where(lives.kind == STAPLE, np.exp(-_log_rises(rng, lives.kind)), start)
    second = np.minimum(first * rng.uniform(*_LATER, count), 1)
    rise = np.stack([second - first, 1 - second], axis=1) / weeks[:, :2]
    level = _Changes(count, periods)
    level.start(first - rise[:, 0] / 2, rise[:, 0])
    level.bend(ends[:, 0], rise[:, 1] - rise[:, 0])
    level.bend(ends[:, 1], -rise[:, 1])
    fall = _Changes(count, periods)
    fall.bend(ends[:, 2], _log_falls(rng, lives.kind) / weeks[:, 3])
    curve = level.summed_twice()
    np.log(np.maximum(curve, np.float32(1e-6), out=curve), out=curve)
    curve -= fall.summed_twice()
    return curve


class _Changes:
    """Changes of slope, by curve and period."""

    def __init__(self, count: int, periods: int) -> None:
        self.values = np.zeros((count, periods), dtype=np.float32)
        self.rows = np.arange(count)

    def add(self, period: Places, change: NDArray[np.float64]) -> None:
        """Change the slope before a period; what lies past the last one is not seen."""
        within = period < self.values.shape[1]
        # A change smoothed to before the launch happens at the launch.
        at = np.maximum(period, 0)[within]
        self.values[self.rows[within], at] += change[within].astype(np.float32)

    def start(self, level: NDArray[np.float64], slope: NDArray[np.float64]) -> None:
        """Set the level one period before the first, and the slope from there."""
        self.values[:, 0] += (level + slope).astype(np.float32)
        self.values[:, 1] -= level.astype(np.float32)

    def bend(self, period: Places, change: NDArray[np.float64]) -> None:
        """Change the slope at the start of a period, seen from the middles: half before it."""
        self.add(period, change / 2)
        self.add(period + 1, change / 2)

    def summed_twice(self) -> Floats:
        np.cumsum(self.values, axis=1, out=self.values)
        return np.cumsum(self.values, axis=1, out=self.values)


def _bass(lives: Lives, periods: int) -> Floats:
    """Return the log of F(t + 1) - F(t), but for a constant.

    Source: Bass (1969).
    """
    rate, ratio = (part.astype(np.float32)[:, None] for part in (lives.rate, lives.ratio))
    left = -rate * np.arange(periods + 1, dtype=np.float32)
    held = np.log1p(ratio * np.exp(left))
    return np.asarray(left[:, :-1] - held[:, :-1] - held[:, 1:], dtype=np.float32)


def _lift_launches(rng: np.random.Generator, curve: Floats, shares: Shares) -> None:
    """Lift the first periods of some curves: pipeline filling, or curiosity."""
    lifted = np.flatnonzero(rng.random(len(curve)) < shares.spikes)
    if not len(lifted):
        return
    level = np.exp(curve[lifted])
    base = np.median(level[:, :_SPIKE_BASE], axis=1) * rng.uniform(*_SPIKE, len(lifted))
    fading = np.exp(-np.arange(curve.shape[1]) / (_SPIKE_LASTS * shares.per_week))
    curve[lifted] = np.log(level + base[:, None] * fading).astype(np.float32)


def _add_seasons(rng: np.random.Generator, curve: Floats, shares: Shares) -> None:
    swung = np.flatnonzero(rng.random(len(curve)) < shares.seasons)
    if not len(swung):
        return
    year = _YEAR * shares.per_week
    swing, phase = rng.uniform(*_SEASON, len(swung)), rng.uniform(0, year, len(swung))
    at = 2 * np.pi * (np.arange(curve.shape[1]) + phase[:, None]) / year
    curve[swung] += np.log1p(swing[:, None] * np.sin(at)).astype(np.float32)
