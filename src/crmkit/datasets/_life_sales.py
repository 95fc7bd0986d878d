"""From the level of a life to units sold: volume, season, promotions, stores, noise, stock-outs."""

from __future__ import annotations

from typing import Final, NamedTuple

import attrs
import numpy as np

from crmkit.datasets._life_phases import log_uniform
from crmkit.datasets._life_settings import YEAR_WEEKS, LifeShapes, Scenario
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray

_SPIKE: Final = (2.0, 6.0)
_SPIKE_WEEKS: Final = 2.0
_FIRST_WEEKS: Final = 8
_ROLL_OUT: Final = (4.0, 40.0)
_RUNS: Final = (1, 3)
_RUN_WEEKS: Final = (2, 4)


@attrs.frozen(eq=False)
class LifeStreams:
    """A generator for each part, in this order; a new part goes to the end.

    So a disturbance that is switched on leaves everything else as it was.
    """

    phases: np.random.Generator
    levels: np.random.Generator
    ages: np.random.Generator
    noise: np.random.Generator
    season: np.random.Generator
    promotions: np.random.Generator
    spikes: np.random.Generator
    categories: np.random.Generator
    stores: np.random.Generator
    stock_outs: np.random.Generator

    @classmethod
    def of(cls, rng: np.random.Generator) -> LifeStreams:
        """Spawn the streams.

        Raises:
            InvalidArgumentError: *rng* is no Generator.
        """
        if not isinstance(rng, np.random.Generator):
            raise InvalidArgumentError(
                f"rng must be a numpy Generator; got {rng!r}. Say np.random.default_rng(7)."
            )
        # One child only, however many parts there are: what the caller spawns next does not
        # depend on the number of parts.
        (lives,) = rng.spawn(1)
        return cls(*lives.spawn(len(attrs.fields(cls))))


class Categories(NamedTuple):
    """What the products of a category share.

    Attributes:
        category: shape (products,), int32.
        season: shape (categories, 52), index of each calendar week.
        pace: shape (categories,), factor on durations.
    """

    category: CodeArray
    season: FloatArray
    pace: FloatArray

    def of_week(self, launch: IntArray, weeks: int) -> FloatArray:
        """Return the season of each week since launch; the index repeats after a year."""
        calendar = (launch[:, None] + np.arange(weeks)) % self.season.shape[1]
        return np.asarray(self.season[self.category[:, None], calendar], dtype=np.float64)


def draw_categories(rng: np.random.Generator, count: int, shapes: LifeShapes) -> Categories:
    """Draw the category of each product, and what it shares."""
    category = rng.integers(0, shapes.categories, count).astype(np.int32)
    phase = rng.uniform(0, YEAR_WEEKS, shapes.categories)
    pace = np.exp(shapes.pace * rng.normal(size=shapes.categories))
    return Categories(category, _season(np.arange(YEAR_WEEKS), phase, shapes.season), pace)


class Disturbed(NamedTuple):
    """What lifts or lowers the level of a life.

    Attributes:
        spiked: shape (products,), which start with a spike.
        spike: shape (products, weeks), units on top, in units of the first weeks' median.
        factor: shape (products, weeks), own season times promotions.
        selling: shape (products, weeks), share of the stores that sell the product.
    """

    spiked: BoolArray
    spike: FloatArray
    factor: FloatArray
    selling: FloatArray

    def expected(self, curve: FloatArray, season: FloatArray) -> FloatArray:
        """Return the units expected in each week since launch."""
        first = np.median(curve[:, :_FIRST_WEEKS], axis=1)
        lifted = curve + first[:, None] * self.spike
        return np.asarray(lifted * self.factor * season * self.selling, dtype=np.float64)


def draw_disturbances(
    streams: LifeStreams, size: tuple[int, int], scenario: Scenario, shapes: LifeShapes
) -> Disturbed:
    """Draw all of them, each from a stream of its own."""
    spiked, spike = _spikes(streams.spikes, size, shapes.launch_spikes)
    return Disturbed(
        spiked=spiked,
        spike=spike,
        factor=_own_season(streams.season, size, scenario)
        * _promotions(streams.promotions, size, scenario),
        selling=_selling(streams.stores, size, shapes.stores),
    )


def draw_sales(rng: np.random.Generator, expected: FloatArray, cv: float) -> IntArray:
    """Draw units: Poisson about a lognormal factor of mean one."""
    variance = np.log1p(cv**2)
    factor = np.exp(rng.normal(-variance / 2, np.sqrt(variance), expected.shape))
    return rng.poisson(expected * factor).astype(np.int64)


def draw_stock_outs(
    rng: np.random.Generator, ages: IntArray, weeks: int, share: float
) -> BoolArray:
    """Draw the weeks without stock: runs that lie within the age, and may overlap."""
    count = len(ages)
    runs = np.minimum(rng.integers(*_RUNS, count, endpoint=True), ages // _FIRST_WEEKS)
    runs *= rng.random(count) < share
    out = np.zeros((count, weeks), dtype=np.bool_)
    week = np.arange(weeks)
    for run in range(_RUNS[1]):
        length = rng.integers(*_RUN_WEEKS, count, endpoint=True)
        start = np.floor(rng.random(count) * np.maximum(ages - length + 1, 1))
        inside = (week >= start[:, None]) & (week < (start + length)[:, None])
        out |= inside & (run < runs)[:, None]
    return out


def _season(week: FloatArray, phase: FloatArray, swing: float) -> FloatArray:
    return np.asarray(
        1 + swing * np.sin(2 * np.pi * (week + phase[:, None]) / YEAR_WEEKS), dtype=np.float64
    )


def _own_season(rng: np.random.Generator, size: tuple[int, int], scenario: Scenario) -> FloatArray:
    phase = rng.uniform(0, YEAR_WEEKS, size[0])
    return _season(np.arange(size[1], dtype=np.float64), phase, scenario.swing)


def _promotions(rng: np.random.Generator, size: tuple[int, int], scenario: Scenario) -> FloatArray:
    promoted = rng.random(size) < scenario.promotion_share
    return np.where(promoted, scenario.promotion_lift, 1.0)


def _spikes(
    rng: np.random.Generator, size: tuple[int, int], share: float
) -> tuple[BoolArray, FloatArray]:
    spiked = rng.random(size[0]) < share
    height = rng.uniform(*_SPIKE, size[0]) * spiked
    return spiked, height[:, None] * np.exp(-np.arange(size[1]) / _SPIKE_WEEKS)


def _selling(rng: np.random.Generator, size: tuple[int, int], stores: int) -> FloatArray:
    """Return the share of stores that sell by week: the first at once, the others evenly."""
    count, weeks = size
    last = log_uniform(rng, *_ROLL_OUT, count)
    opens = np.asarray(rng.random((count, stores - 1)) * last[:, None], dtype=np.int64)
    opened = np.zeros((count, weeks))
    opened[:, 0] = 1
    np.add.at(opened, (np.arange(count)[:, None], np.minimum(opens, weeks - 1)), 1)
    return np.cumsum(opened, axis=1) / stores
