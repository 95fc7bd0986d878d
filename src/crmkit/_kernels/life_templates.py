"""Templates to compare sales with: curves drawn for one age, from lives that reach it.

A product of age T shows its first T periods. What it may be going through is every life that is
not over by then, so durations are drawn once, in a large pool, and for each age the lives that
reach it are drawn from the pool again, each with a curve of its own.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.life_curves import (
    FAD,
    STAGES,
    STAPLE,
    USUAL,
    Floats,
    Lives,
    Places,
    Shares,
    log_curves,
)

BLOCK: Final = 64
"""Every stage has a multiple of so many templates."""
_STAPLE_WEEKS: Final = np.array([[1, 3], [1, 4], [26, 400], [5, 80]], dtype=np.float64)


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
    return _of_weeks(np.rint(_log_uniform(rng, ranges, size)), USUAL, periods)


def draw_fads(rng: np.random.Generator, size: int, periods: float) -> Lives:
    """Draw lives of some weeks only."""
    weeks = rng.integers((1, 2, 1, 4), (3, 5, 4, 12), (size, STAGES), endpoint=True)
    return _of_weeks(weeks.astype(np.float64), FAD, periods)


def draw_staples(rng: np.random.Generator, size: int, periods: float) -> Lives:
    """Draw lives that are mature within weeks, and for years."""
    return _of_weeks(np.rint(_log_uniform(rng, _STAPLE_WEEKS, size)), STAPLE, periods)


def _log_uniform(
    rng: np.random.Generator, ranges: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    low, high = np.log(ranges).T
    return np.asarray(np.exp(rng.uniform(low, high, (size, len(ranges)))))


def _of_weeks(weeks: NDArray[np.float64], kind: int, periods: float) -> Lives:
    # By columns in memory: stages are looked at one by one.
    ends = np.cumsum(np.maximum(np.rint(weeks * periods).T, 1).astype(np.int64), axis=0).T
    none = np.zeros(len(weeks))
    return Lives(ends, np.full(len(weeks), kind, dtype=np.int8), none, none)


def draw_bass_lives(
    rng: np.random.Generator, size: int, ranges: NDArray[np.float64], periods: float
) -> Lives:
    """Draw Bass curves by the week of the peak and q / p; *ranges* of both, shape (2, 2)."""
    peak, ratio = _log_uniform(rng, ranges, size).T
    peak *= periods
    rate = np.log(ratio) / peak
    reach = np.log(2 + np.sqrt(3)) / rate
    ends = np.stack([np.maximum(peak - reach, 0), peak, peak + reach, peak + 2.5 * reach]).T
    # A period belongs to the stage of its middle.
    whole = np.ceil(ends - 0.5).astype(np.int64)
    return Lives(whole, np.full(size, USUAL, dtype=np.int8), rate, ratio)


def joined(pools: list[Lives]) -> Lives:
    """Put pools together."""
    ends, *others = (np.concatenate(parts) for parts in zip(*pools, strict=True))
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
