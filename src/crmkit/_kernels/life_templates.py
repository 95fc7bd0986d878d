"""Life-cycle curves to compare sales with: drawn for one age, from lives that reach it.

A product of age T shows its first T periods. What it may be going through is every life that is
not over by then, so durations are drawn once, in a large pool, and for each age the lives that
reach it are drawn from the pool again, each with a curve of its own.

A curve is kept as logarithms, its highest value of those periods being 1. Piecewise straight lines
are made by summing changes of slope twice.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

STAGES: Final = 4
BLOCK: Final = 64
"""Every stage has a multiple of so many templates."""
_FLOOR: Final = np.float32(-13.8)
_SMOOTH: Final = np.array([1, 3, 4, 3, 1]) / 12
_FACTOR: Final = (2.0, 60.0)
_WIDE_FACTOR: Final = (2.0, 1000.0)
_WIDE_SHARE: Final = 0.1
_FAD_FACTOR: Final = (5.0, 60.0)
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
        is_fad: shape (lives,).
        rate: shape (lives,), p + q of a Bass curve, else 0.
        ratio: shape (lives,), q / p of a Bass curve, else 0.
    """

    ends: Places
    is_fad: NDArray[np.bool_]
    rate: NDArray[np.float64]
    ratio: NDArray[np.float64]

    def take(self, rows: Places, stretch: float = 1.0) -> Lives:
        """Return some of them, all durations longer by a factor."""
        ends = self.ends[rows]
        if stretch != 1:
            ends = np.rint(ends * stretch).astype(np.int64)
        return Lives(ends, self.is_fad[rows], self.rate[rows] / stretch, self.ratio[rows])


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


class Templates(NamedTuple):
    """Curves over the same periods, those of one stage together, in the order of the stages.

    Attributes:
        log_curve: shape (curves, periods + 1), float32: log level; in the last column minus the
            log of the sum, so that one matrix product gives the likelihood.
        edges: shape (5,), where each stage begins in the rows.
        weight: shape (curves,), prior weight.
        elapsed: shape (curves,), periods of the present stage so far.
        left: shape (curves,), periods of it still to come.
        growth: shape (curves,), mean log-slope of the last periods.
        total: prior weight of this age among all ages.
    """

    log_curve: Floats
    edges: Places
    weight: Floats
    elapsed: Floats
    left: Floats
    growth: Floats
    total: float


def draw_lives(
    rng: np.random.Generator, size: int, ranges: NDArray[np.float64], periods: float
) -> Lives:
    """Draw durations evenly on the log scale between the *ranges*, shape (4, 2), in weeks."""
    low, high = np.log(ranges).T
    weeks = np.rint(np.exp(rng.uniform(low, high, (size, STAGES))))
    return _of_weeks(weeks, np.zeros(size, dtype=np.bool_), periods)


def draw_fads(rng: np.random.Generator, size: int, periods: float) -> Lives:
    """Draw lives of some weeks only."""
    weeks = rng.integers((1, 2, 1, 4), (3, 5, 4, 12), (size, STAGES), endpoint=True)
    return _of_weeks(weeks.astype(np.float64), np.ones(size, dtype=np.bool_), periods)


def _of_weeks(weeks: NDArray[np.float64], is_fad: NDArray[np.bool_], periods: float) -> Lives:
    # By columns in memory: stages are looked at one by one.
    ends = np.cumsum(np.maximum(np.rint(weeks * periods).T, 1).astype(np.int64), axis=0).T
    none = np.zeros(len(weeks))
    return Lives(ends, is_fad, none, none)


def draw_bass_lives(
    rng: np.random.Generator, size: int, ranges: NDArray[np.float64], periods: float
) -> Lives:
    """Draw Bass curves by the week of the peak and q / p; *ranges* of both, shape (2, 2)."""
    low, high = np.log(ranges).T
    peak, ratio = np.exp(rng.uniform(low, high, (size, 2))).T
    peak *= periods
    rate = np.log(ratio) / peak
    reach = np.log(2 + np.sqrt(3)) / rate
    ends = np.stack([np.maximum(peak - reach, 0), peak, peak + reach, peak + 2.5 * reach]).T
    # A period belongs to the stage of its middle.
    whole = np.ceil(ends - 0.5).astype(np.int64)
    return Lives(whole, np.zeros(size, dtype=np.bool_), rate, ratio)


def joined(first: Lives, second: Lives) -> Lives:
    """Put two pools together."""
    ends, *others = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    return Lives(np.asfortranarray(ends), *others)


class Reached(NamedTuple):
    """Lives that are in one stage at some age: their rows in the pool, and their weights."""

    rows: Places
    weight: NDArray[np.float64]


def reaching(lives: Lives, age: float, *, by_stage: bool, youngest: int = 0) -> list[Reached]:
    """Find the lives not over in the last of *age* periods, by the stage they are in then.

    Weights are 1, or with *by_stage* one over the length of the stage: then every stage is as
    likely, and every point within it. If whoever is younger than *youngest* is shown at that age,
    all that happened before counts there.
    """
    found, start = [], np.zeros(len(lives.ends), dtype=np.int64)
    for end in lives.ends.T:
        rows = np.flatnonzero((start < age) & (end >= age))
        if not by_stage:
            weight = np.ones(len(rows))
        elif age == youngest:
            weight = _share_seen(lives.ends[rows], youngest)
        else:
            weight = 1 / (end[rows] - start[rows])
        found.append(Reached(rows, weight))
        start = end
    return found


def _share_seen(ends: Places, age: int) -> NDArray[np.float64]:
    """Return how many stages were seen by some age, parts of them included."""
    starts = np.hstack([np.zeros((len(ends), 1), dtype=np.int64), ends[:, :-1]])
    seen = np.clip(age - starts, 0, ends - starts)
    return np.asarray((seen / np.maximum(ends - starts, 1)).sum(axis=1), dtype=np.float64)


def choose(
    rng: np.random.Generator, reached: list[Reached], size: int
) -> tuple[Places, Places, NDArray[np.float64]]:
    """Choose about *size* lives, an eighth of them for each stage however rare it is.

    Returns:
        The rows in the pool by stage, where each stage begins, and the weights.
    """
    masses = np.array([stage.weight.sum() for stage in reached])
    shares = np.where(masses > 0, masses / masses.sum() / 2 + 1 / 8, 0.0)
    counts = np.rint(size * shares / BLOCK).astype(np.int64) * BLOCK
    rows = [
        stage.rows[_spread(rng, stage.weight, count)]
        for stage, count in zip(reached, counts.tolist(), strict=True)
    ]
    weights = np.repeat(masses / np.maximum(counts, 1), counts)
    return np.concatenate(rows), np.concatenate([[0], np.cumsum(counts)]), weights


def _spread(rng: np.random.Generator, weight: NDArray[np.float64], count: int) -> Places:
    """Choose places in proportion to their weight, at even steps of its running sum."""
    if not count:
        return np.zeros(0, dtype=np.int64)
    summed = np.cumsum(weight)
    at = (np.arange(count) + rng.random()) * (summed[-1] / count)
    return np.asarray(np.minimum(np.searchsorted(summed, at, side="right"), len(summed) - 1))


# --- curves --------------------------------------------------------------------------------------


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


def _log_factors(rng: np.random.Generator, is_fad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Draw by what sales multiply or divide; some by more, or else a steep rise were its end."""
    count = len(is_fad)
    wide = rng.random(count) < _WIDE_SHARE
    bounds = ((_FACTOR, ~wide), (_WIDE_FACTOR, wide), (_FAD_FACTOR, is_fad))
    factor = np.empty(count)
    for bound, mine in bounds:
        factor[mine] = _log_uniform(rng, bound, count)[mine]
    return factor


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
    slopes[:, 1] = _log_factors(rng, lives.is_fad) / weeks[:, 1]
    slopes[:, 2] = rng.uniform(*_FLAT, count) / shares.per_week
    slopes[:, 3] = -_log_factors(rng, lives.is_fad) / weeks[:, 3]
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
    first = rng.uniform(*_FIRST, count)
    second = first * rng.uniform(*_LATER, count)
    rise = np.stack([second - first, 1 - second], axis=1) / weeks[:, :2]
    level = _Changes(count, periods)
    level.start(first - rise[:, 0] / 2, rise[:, 0])
    level.bend(ends[:, 0], rise[:, 1] - rise[:, 0])
    level.bend(ends[:, 1], -rise[:, 1])
    fall = _Changes(count, periods)
    fall.bend(ends[:, 2], _log_factors(rng, lives.is_fad) / weeks[:, 3])
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


# --- templates of an age ------------------------------------------------------------------------


class Draw(NamedTuple):
    """How templates of one age are drawn.

    Attributes:
        size: how many, about.
        by_stage: each stage as likely (and each point in it), or each launch date.
        youngest: see `reaching`.
        horizon: the oldest age the pool serves; older lives are those of the pool, stretched.
        shares: what curves there are.
    """

    size: int
    by_stage: bool
    youngest: int
    horizon: int
    shares: Shares


def draw_templates(rng: np.random.Generator, lives: Lives, age: int, draw: Draw) -> Templates:
    """Draw templates of the first *age* periods."""
    stretch = max(age / draw.horizon, 1.0)
    reached = reaching(lives, age / stretch, by_stage=draw.by_stage, youngest=draw.youngest)
    rows, edges, weight = choose(rng, reached, draw.size)
    chosen = lives.take(rows, stretch)
    curve = log_curves(rng, chosen, age, draw.shares)
    stage = np.repeat(np.arange(STAGES), np.diff(edges))
    place = np.arange(len(rows))
    starts = np.hstack([np.zeros((len(rows), 1), dtype=np.int64), chosen.ends])[place, stage]
    back = min(STAGES, age - 1)
    growth = (curve[:, -1] - curve[:, -1 - back]) / np.float32(max(back, 1))
    return Templates(
        log_curve=_with_log_sum(curve),
        edges=edges,
        weight=weight.astype(np.float32),
        elapsed=np.maximum(age - starts, 1).astype(np.float32),
        left=np.maximum(chosen.ends[place, stage] - age, 0).astype(np.float32),
        growth=growth,
        total=float(weight.sum()),
    )


def _with_log_sum(curve: Floats) -> Floats:
    summed = np.log(np.exp(curve).sum(axis=1, keepdims=True))
    return np.hstack([curve, -summed])


def seen_last(templates: Templates, periods: int) -> Templates:
    """Show only the last periods of the templates: what came before is out of sight."""
    curve = templates.log_curve[:, -1 - periods : -1]
    return templates._replace(log_curve=_with_log_sum(curve))


def mixed(parts: list[Templates], counts: NDArray[np.float64]) -> tuple[Templates, Places]:
    """Put templates of several ages together, by stage; return also which part each came from.

    Each part counts for as many ages as *counts* says.
    """
    stage = np.concatenate([np.repeat(np.arange(STAGES), np.diff(p.edges)) for p in parts])
    order = np.argsort(stage, kind="stable")
    part = np.repeat(np.arange(len(parts)), [len(p.weight) for p in parts])[order]
    columns = {
        name: np.concatenate([getattr(p, name) for p in parts])[order]
        for name in ("log_curve", "weight", "elapsed", "left", "growth")
    }
    columns["weight"] *= counts[part].astype(np.float32)
    edges = np.searchsorted(stage[order], np.arange(STAGES + 1))
    total = sum(p.total * count for p, count in zip(parts, counts.tolist(), strict=True))
    return Templates(**columns, edges=edges, total=total), part
