"""How long each phase of a life lasts: four stages, and three more after a relaunch."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from crmkit.datasets._life_settings import Durations, LifeSettings, LifeShapes
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, FloatArray, IntArray, ScoreArray

INTRODUCTION, GROWTH, MATURITY, DECLINE = range(4)
PHASES: Final = np.array(
    [INTRODUCTION, GROWTH, MATURITY, DECLINE, GROWTH, MATURITY, DECLINE], dtype=np.int8
)
_FAD: Final = ((1, 3), (2, 5), (1, 4), (4, 12))
_RELAUNCH: Final = ((4, 12), (6, 30), (8, 40))
_RELAUNCH_AT: Final = (0.3, 0.6)
_REACH: Final = np.log(2 + np.sqrt(3))
_TAIL: Final = 1.5
_ROUNDS: Final = 500


class Phases(NamedTuple):
    """When phases end, one row per product.

    Attributes:
        ends: shape (products, 7), float64, end of each phase in weeks from launch; without a
            relaunch the last three phases have no length.
        decline_weeks: how long the first decline would last if nobody stopped it.
        growth_rate: p + q of a Bass curve, else 0.
        contagion: q / p of a Bass curve, else 0.
        is_fad: which products are fads.
        is_relaunched: which products come back.
    """

    ends: FloatArray
    decline_weeks: FloatArray
    growth_rate: FloatArray
    contagion: FloatArray
    is_fad: BoolArray
    is_relaunched: BoolArray

    def whole_ends(self) -> IntArray:
        """Return the first week after each phase: a week belongs to the phase of its middle."""
        return np.asarray(np.ceil(self.ends - 0.5), dtype=np.int64)

    def by_week(self, horizon: int) -> ScoreArray:
        """Return the phase of each week since launch; the last one goes on for ever."""
        weeks = np.arange(horizon)
        phase = np.zeros((len(self.ends), horizon), dtype=np.int8)
        for end in self.whole_ends()[:, :-1].T:
            phase += weeks >= end[:, None]
        return phase


class Kinds(NamedTuple):
    """What is fixed of a product before its phases are drawn.

    Attributes:
        is_fad: which products are fads.
        is_relaunched: which products come back.
        pace: factor on the usual durations.
    """

    is_fad: BoolArray
    is_relaunched: BoolArray
    pace: FloatArray

    def some(self, rows: IntArray) -> Kinds:
        """Return some of the products."""
        return Kinds(self.is_fad[rows], self.is_relaunched[rows], self.pace[rows])


def draw_phases(
    rng: np.random.Generator,
    pace: FloatArray,
    shapes: LifeShapes,
    settings: LifeSettings,
    *,
    bass: bool,
) -> Phases:
    """Draw phases, again where a life is not over within the horizon."""
    kind = rng.random(len(pace))
    is_fad = kind < shapes.fads
    is_relaunched = ~is_fad & (kind < shapes.fads + shapes.relaunches)
    kinds = Kinds(is_fad, is_relaunched, pace)
    drawing = _bass_phases if bass else _stage_phases
    drawn = drawing(rng, kinds, settings)
    for _ in range(_ROUNDS):
        late = np.flatnonzero(drawn.ends[:, -1] >= settings.horizon)
        if not len(late):
            return drawn
        again = drawing(rng, kinds.some(late), settings)
        for old, new in zip(drawn, again, strict=True):
            old[late] = new
    raise InvalidArgumentError(
        f"after {_ROUNDS} draws some lives are still not over within horizon={settings.horizon}."
        " Say a later horizon or shorter lives."
    )


def _stage_phases(rng: np.random.Generator, kinds: Kinds, settings: LifeSettings) -> Phases:
    is_fad, is_relaunched, pace = kinds
    weeks = _stage_weeks(rng, pace, settings.durations)
    weeks[is_fad] = _whole_weeks(rng, len(pace), _FAD)[is_fad]
    more = _whole_weeks(rng, len(pace), _RELAUNCH) * is_relaunched[:, None]
    decline = weeks[:, DECLINE].copy()
    stopped = np.ceil(decline * rng.uniform(*_RELAUNCH_AT, len(pace)))
    weeks[:, DECLINE] = np.where(is_relaunched, stopped, decline)
    none = np.zeros(len(pace))
    ends = np.cumsum(np.hstack([weeks, more]), axis=1)
    return Phases(ends, decline, none, none.copy(), is_fad.copy(), is_relaunched.copy())


def log_uniform(
    rng: np.random.Generator, low: float, high: float, size: int | tuple[int, ...]
) -> FloatArray:
    """Draw numbers whose logarithms are uniform."""
    return np.asarray(np.exp(rng.uniform(np.log(low), np.log(high), size)), dtype=np.float64)


def _stage_weeks(rng: np.random.Generator, pace: FloatArray, durations: Durations) -> FloatArray:
    drawn = [log_uniform(rng, low, high, len(pace)) for low, high in durations]
    return np.maximum(np.rint(np.stack(drawn, axis=1) * pace[:, None]), 1)


def _whole_weeks(
    rng: np.random.Generator, count: int, ranges: tuple[tuple[int, int], ...]
) -> FloatArray:
    drawn = [rng.integers(low, high, count, endpoint=True) for low, high in ranges]
    return np.stack(drawn, axis=1).astype(np.float64)


def _bass_phases(rng: np.random.Generator, kinds: Kinds, settings: LifeSettings) -> Phases:
    """Place the peak and both inflection points of Bass curves; decline is watched for a while."""
    count = len(kinds.pace)
    peak = log_uniform(rng, *settings.peak_week, count) * kinds.pace
    contagion = log_uniform(rng, *settings.contagion, count)
    rate = np.log(contagion) / peak
    reach = _REACH / rate
    last = peak + (1 + _TAIL) * reach
    ends = np.stack([np.maximum(peak - reach, 0), peak, peak + reach, last, last, last, last], 1)
    no = np.zeros(count, dtype=np.bool_)
    return Phases(ends, _TAIL * reach, rate, contagion, no, no.copy())


def draw_ages(rng: np.random.Generator, phases: Phases, settings: LifeSettings) -> IntArray:
    """Draw the age each product is looked at: a phase, all as likely, and a point within it."""
    rows = np.arange(len(phases.ends))
    number = np.where(phases.is_relaunched, len(PHASES), DECLINE + 1)
    phase = np.asarray(rng.random(len(rows)) * number, dtype=np.int64)
    starts = np.hstack([np.zeros((len(rows), 1)), phases.ends])
    start, end = starts[rows, phase], starts[rows, phase + 1]
    ages = np.floor(start + rng.random(len(rows)) * (end - start)) + 1
    return np.asarray(np.clip(ages, settings.youngest, settings.horizon), dtype=np.int64)
