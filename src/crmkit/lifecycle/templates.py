"""Which lives a product may be leading: the curves that sales are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._kernels.life_curves import Lives, Shares
from crmkit._kernels.life_templates import (
    Draw,
    Templates,
    draw_bass_lives,
    draw_fads,
    draw_lives,
    draw_staples,
    draw_templates,
    joined,
    mixed,
    seen_last,
)
from crmkit._kernels.template_posterior import Outputs, bin_edges
from crmkit.errors import InvalidArgumentError
from crmkit.typing import FloatArray, IntArray, StageDefinition, StagePrior

Range = tuple[float, float]

_SHARES: Final = ("trapezoids", "blends", "fads", "staples", "launch_spikes", "seasons")

OFFSETS: Final = (0, 4, 8, 13, 20, 26, 39, 52, 78, 104)
"""Weeks that a product of unknown age may have been sold before it is first seen."""


def _range(pair: Iterable[float]) -> Range:
    low, high = map(check.real, pair)
    return low, high


def _ranges(pairs: Iterable[Iterable[float]]) -> tuple[Range, ...]:
    return tuple(map(_range, pairs))


def _wrong_range(pair: Range, name: str, *, at_least: float) -> list[str]:
    if at_least <= pair[0] <= pair[1] < np.inf:
        return []
    return [f"{name} must be (low, high) with {at_least:g} <= low <= high; got {pair}"]


def _wrong_shares(curves: RegimeCurves | BassCurves, *names: str) -> list[str]:
    given = {name: getattr(curves, name) for name in names}
    return [
        f"{name} must be a share, 0 .. 1; got {share:g}"
        for name, share in given.items()
        if not 0 <= share <= 1
    ]


def _refuse(problems: list[str]) -> None:
    if problems:
        raise InvalidArgumentError("; ".join(problems) + ".")


@attrs.frozen(kw_only=True)
class RegimeCurves:
    """Lives of four regimes of growth: a slow start, a rise, a plateau and a fall.

    Attributes:
        durations: shortest and longest weeks of introduction, growth, maturity and decline; every
            length between is as likely on the log scale.
        trapezoids: share of curves that go straight up to a flat top and fall exponentially; the
            rest have a constant rate of growth in each stage.
        blends: share of curves between these two, such as growth that slows down.
        fads: share of lives of 8 to 24 weeks in all.
        staples: share of lives that are mature within weeks of their launch, and for years: one
            more flavour of a brand, say.
        launch_spikes: share of curves whose first weeks are lifted by pipeline filling or
            curiosity.
        seasons: share of curves with a yearly season of their own. Where the season of a category
            can be known, give it as exposure instead.

    Raises:
        InvalidArgumentError: ranges that are none, or shares outside 0 .. 1; all are listed.

    Source: Polli and Cook (1969) for stages as regimes of growth.

    Examples:
        >>> from crmkit.lifecycle import RegimeCurves
        >>> RegimeCurves(fads=0.1).fads
        0.1
    """

    durations: tuple[Range, ...] = attrs.field(
        default=((3, 40), (4, 60), (4, 120), (5, 80)), converter=_ranges
    )
    trapezoids: float = attrs.field(default=0.5, converter=check.real)
    blends: float = attrs.field(default=0.1, converter=check.real)
    fads: float = attrs.field(default=0.02, converter=check.real)
    staples: float = attrs.field(default=0.01, converter=check.real)
    launch_spikes: float = attrs.field(default=0.05, converter=check.real)
    seasons: float = attrs.field(default=0.0, converter=check.real)

    def __attrs_post_init__(self) -> None:
        """Check every range and share."""
        problems = _wrong_shares(self, *_SHARES)
        if self.fads + self.staples > 0.9:
            problems.append(
                "fads and staples must leave a tenth of all lives to others; they make"
                f" {self.fads + self.staples:g}"
            )
        if len(self.durations) != 4:
            problems.append(f"durations must be four ranges; got {len(self.durations)}")
        for pair in self.durations:
            problems += _wrong_range(pair, "each of durations", at_least=1)
        _refuse(problems)

    def _lives(self, rng: np.random.Generator, size: int, per_week: float) -> Lives:
        fads, staples = round(size * self.fads), round(size * self.staples)
        usual = size - fads - staples
        pools = [
            draw_lives(rng, usual, np.array(self.durations), per_week),
            draw_fads(rng, fads, per_week),
            draw_staples(rng, staples, per_week),
        ]
        return joined(pools)

    def _shares(self, per_week: float) -> Shares:
        return Shares(self.trapezoids, self.blends, self.launch_spikes, self.seasons, per_week)


@attrs.frozen(kw_only=True)
class BassCurves:
    """Lives after Bass: stages change at the inflection points and at the peak.

    Attributes:
        peak_week: earliest and latest week of the peak.
        contagion: smallest and largest q / p, how much more buyers than advertising bring new
            buyers. Above 2 + sqrt(3) a curve has an introduction; with 1 or less, no growth.
        launch_spikes: share of curves whose first weeks are lifted.
        seasons: share of curves with a yearly season of their own.

    Raises:
        InvalidArgumentError: ranges that are none, or shares outside 0 .. 1; all are listed.

    Source: Bass (1969); Mahajan, Muller and Srivastava (1990) for the stages.

    Examples:
        >>> from crmkit.lifecycle import BassCurves
        >>> BassCurves(peak_week=(3, 60)).peak_week
        (3.0, 60.0)
    """

    peak_week: Range = attrs.field(default=(6, 120), converter=_range)
    contagion: Range = attrs.field(default=(4, 300), converter=_range)
    launch_spikes: float = attrs.field(default=0.05, converter=check.real)
    seasons: float = attrs.field(default=0.0, converter=check.real)

    def __attrs_post_init__(self) -> None:
        """Check every range and share."""
        _refuse(
            [
                *_wrong_range(self.peak_week, "peak_week", at_least=1),
                *_wrong_range(self.contagion, "contagion", at_least=1.01),
                *_wrong_shares(self, "launch_spikes", "seasons"),
            ]
        )

    def _lives(self, rng: np.random.Generator, size: int, per_week: float) -> Lives:
        return draw_bass_lives(rng, size, np.array([self.peak_week, self.contagion]), per_week)

    def _shares(self, per_week: float) -> Shares:
        return Shares(0.0, 0.0, self.launch_spikes, self.seasons, per_week)


class Prepared(NamedTuple):
    """Templates of one age, with what is summed over them.

    Attributes:
        templates: the curves.
        outputs: what is summed.
        edges: of the bins of durations, in periods.
        ages: for an unknown age those it may be, one for each part; else the age.
    """

    templates: Templates
    outputs: Outputs
    edges: FloatArray
    ages: IntArray


@attrs.frozen(kw_only=True)
class TemplateBank:
    """How the curves are drawn that sales are compared with.

    For each age a fresh set is drawn, of lives that reach it; it depends on the seed and the age
    only, never on which other products are asked about. Lives older than the *horizon* are those
    of the horizon, stretched in time.

    Attributes:
        curves: which lives there are, and with that what a stage is: see *definition*.
        size: how many curves an age has. Twice as many take twice as long.
        pool: how many durations they are chosen from.
        seed: the same seed gives the same curves.
        prior: how likely a life is at an age before its sales are looked at. "uniform_stage": each
            stage is as likely, and each point within it; "uniform_launch": each launch date, as in
            a whole assortment looked at on one day, where long-lived products are many.
        temperature: what the log-likelihood is multiplied by. Lower is humbler.
        youngest: a "uniform_stage" shop where no product younger than this many weeks is looked
            at, but those that are younger are looked at then; 0 for one without such a rule.
        horizon: oldest age, in weeks, that has curves of its own.

    Raises:
        InvalidArgumentError: an option outside its domain; all of them are listed.

    Examples:
        >>> from crmkit.lifecycle import BassCurves, TemplateBank
        >>> TemplateBank(size=2_000)
        TemplateBank(2,000 growth_regime curves per age, prior uniform_stage, seed 0)
        >>> TemplateBank(curves=BassCurves()).definition
        'bass_inflection'
    """

    curves: RegimeCurves | BassCurves = RegimeCurves()
    size: int = 10_000
    pool: int = 250_000
    seed: int = 0
    prior: StagePrior = "uniform_stage"
    temperature: float = attrs.field(default=0.8, converter=check.real)
    youngest: int = 8
    horizon: int = 200

    def __attrs_post_init__(self) -> None:
        """Check the options."""
        if not isinstance(self.curves, RegimeCurves | BassCurves):
            raise InvalidArgumentError(
                "curves must be RegimeCurves or BassCurves; got"
                f" {type(self.curves).__name__}. Say curves=RegimeCurves()."
            )
        check.choice(self.prior, StagePrior, "prior")
        for name, least in _LEAST.items():
            check.whole_number(getattr(self, name), name, at_least=least)
        if not 0 < self.temperature <= 10:
            raise InvalidArgumentError(
                f"temperature must lie above 0 and up to 10; got {self.temperature:g}."
            )

    def __repr__(self) -> str:
        """How many curves, of which definition."""
        return (
            f"TemplateBank({self.size:,} {self.definition} curves per age, prior {self.prior},"
            f" seed {self.seed})"
        )

    @property
    def definition(self) -> StageDefinition:
        """What a stage is: "growth_regime" or "bass_inflection"."""
        return "growth_regime" if isinstance(self.curves, RegimeCurves) else "bass_inflection"


_LEAST: Final = {"size": 100, "pool": 1_000, "seed": 0, "youngest": 0, "horizon": 8}


def prepared(bank: TemplateBank, periods: int, *, earlier: int, per_week: float) -> Prepared:
    """Draw the templates of products of which so many periods are seen.

    Args:
        bank: how they are drawn.
        periods: how many.
        earlier: how many they were on sale before; -1 for unknown.
        per_week: periods in a week.
    """
    if earlier >= 0:
        ages = np.array([periods + earlier])
        templates, part = _templates(bank, periods + earlier, per_week), None
        templates = seen_last(templates, periods) if earlier else templates
    else:
        ages = periods + np.unique(np.rint(np.array(OFFSETS) * per_week).astype(np.int64))
        smaller = attrs.evolve(bank, size=max(bank.size // _SHARE_OF_AN_AGE, 100))
        parts = [_templates(smaller, age, per_week) for age in ages.tolist()]
        shown = [seen_last(one, periods) for one in parts]
        templates, part = mixed(shown, _width_of_each(ages))
    longest = max(float(templates.left.max()), float(templates.elapsed.max()), 1.0)
    edges = bin_edges(longest)
    return Prepared(templates, Outputs.of(templates, edges, part), edges, ages)


_SHARE_OF_AN_AGE: Final = 4


def _width_of_each(ages: IntArray) -> FloatArray:
    """Return how many ages each of them stands for: up to half way to the next ones."""
    between = (ages[1:] + ages[:-1]) / 2
    if not len(between):
        return np.ones(1)
    bounds = np.concatenate([[ages[0] - 0.5], between, [2 * ages[-1] - between[-1]]])
    return np.diff(bounds)


def _templates(bank: TemplateBank, age: int, per_week: float) -> Templates:
    draw = Draw(
        size=bank.size,
        by_stage=bank.prior == "uniform_stage",
        youngest=round(bank.youngest * per_week),
        horizon=max(round(bank.horizon * per_week), 1),
        shares=bank.curves._shares(per_week),
    )
    lives = _pool(bank.curves, bank.pool, bank.seed, per_week)
    return draw_templates(np.random.default_rng((bank.seed, age)), lives, age, draw)


@lru_cache(maxsize=4)
def _pool(curves: RegimeCurves | BassCurves, size: int, seed: int, per_week: float) -> Lives:
    return curves._lives(np.random.default_rng(seed), size, per_week)
