"""What simulated product lives are made of: durations, volume, noise and disturbances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError

YEAR_WEEKS: Final = 52.0

Range: TypeAlias = tuple[float, float]
Durations: TypeAlias = tuple[Range, ...]


def span(pair: Iterable[float]) -> Range:
    """Read the lowest and the highest value; `not_range` says whether they are two."""
    return tuple(map(check.real, pair))  # type: ignore[return-value]


def _durations(ranges: Iterable[Iterable[float]]) -> Durations:
    return tuple(map(span, ranges))


def outside(good: bool, domain: str, value: float) -> list[str]:
    """Name a value and its domain, or nothing."""
    return [] if good else [f"{domain}; got {value!r}"]


def not_share(value: float, name: str) -> list[str]:
    """Name a value that is no share, or nothing."""
    return outside(0 <= value <= 1, f"{name} must be a share, 0 .. 1", value)


def not_range(
    pair: tuple[float, ...], name: str, *, at_least: float, below: float = np.inf
) -> list[str]:
    """Name a pair that is no range within bounds, or nothing."""
    if len(pair) == 2 and at_least <= pair[0] <= pair[1] < below:
        return []
    end = f" < {below:g}" if below < np.inf else ""
    return [f"{name} must be (low, high) with {at_least:g} <= low <= high{end}; got {pair!r}"]


def refuse(problems: list[str]) -> None:
    """Raise one error with all problems, if there are any."""
    if problems:
        raise InvalidArgumentError("; ".join(problems) + ".")


@attrs.frozen
class Scenario:
    """How much of a product is sold, and how noisily.

    Attributes:
        peak: units expected in the best week of the whole life, which may still lie ahead.
        cv: coefficient of variation of a week's demand, besides the Poisson noise of counting.
        swing: amplitude of a yearly season that starts anywhere, for each product on its own.
        promotion_share: share of weeks with a promotion.
        promotion_lift: what a promotion multiplies sales by.

    Raises:
        InvalidArgumentError: numbers outside their domain; all of them are listed.

    Examples:
        >>> from crmkit.datasets import SCENARIOS, Scenario
        >>> SCENARIOS["C"]
        Scenario(peak=20.0, cv=0.4, swing=0.0, promotion_share=0.0, promotion_lift=1.0)
        >>> Scenario(peak=50, cv=0.3).peak
        50.0
    """

    peak: float = attrs.field(converter=check.real)
    cv: float = attrs.field(converter=check.real)
    swing: float = attrs.field(default=0.0, kw_only=True, converter=check.real)
    promotion_share: float = attrs.field(default=0.0, kw_only=True, converter=check.real)
    promotion_lift: float = attrs.field(default=1.0, kw_only=True, converter=check.real)

    def __attrs_post_init__(self) -> None:
        """Check that such sales may exist."""
        refuse(
            [
                *outside(0 < self.peak < np.inf, "peak must be a positive number", self.peak),
                *outside(0 <= self.cv < np.inf, "cv must be a number >= 0", self.cv),
                *outside(0 <= self.swing < 1, "swing must lie in 0 .. 1, without 1", self.swing),
                *not_share(self.promotion_share, "promotion_share"),
                *outside(
                    0 < self.promotion_lift < np.inf,
                    "promotion_lift must be a positive number",
                    self.promotion_lift,
                ),
            ]
        )


SCENARIOS: Final = FrozenMapping(
    {
        "A": Scenario(500, 0.05),
        "B": Scenario(100, 0.2),
        "C": Scenario(20, 0.4),
        "D": Scenario(3, 0.5),
        "E": Scenario(100, 0.2, swing=0.3, promotion_share=0.05, promotion_lift=2.5),
    }
)
"""Five scenarios from easy to hard: ample and calm, usual, small, intermittent, and disturbed."""


@attrs.frozen(kw_only=True)
class LifeShapes:
    """Disturbances of simulated lives, all off by default; each has its truth in the answer.

    Attributes:
        stock_outs: share of products with one to three runs of two to four weeks in which nothing
            could be sold; one run at most for every eight weeks of age.
        launch_spikes: share of products whose first weeks are lifted, by pipeline filling or
            curiosity: a * m * exp(-t / 2) on top, a ~ U(2, 6), m the median of the first eight
            weeks' means. Their stages are those of the life without the spike.
        fads: share of products with a life of 8 to 24 weeks in all: stages of 1-3, 2-5, 1-4 and
            4-12 weeks, factors of growth and decline from 5 to 60. Not for the Bass family.
        relaunches: share of products that come back after 30 to 60 % of their decline: up in 4 to
            12 weeks to 30 to 70 % of the peak (or by half, where they still stand higher), flat for
            6 to 30 weeks, down in 8 to 40. True stages: growth, maturity and decline again. Not
            for the Bass family.
        season: amplitude of a yearly season that all products of a category share.
        categories: how many categories there are, all as likely.
        pace: how much categories differ in speed: all stages of one (or the weeks to the peak of a
            Bass curve) last exp(N(0, pace)) times as long as usual; fads and relaunches do not.
        stores: in how many stores a product is sold in the end. With more than one they take it
            up one after another within LU(4, 40) weeks; stages are those of demand per store.

    Raises:
        InvalidArgumentError: shares outside 0 .. 1, counts below 1; all of them are listed.

    Examples:
        >>> from crmkit.datasets import LifeShapes
        >>> LifeShapes(stock_outs=1).stock_outs
        1.0
    """

    stock_outs: float = attrs.field(default=0.0, converter=check.real)
    launch_spikes: float = attrs.field(default=0.0, converter=check.real)
    fads: float = attrs.field(default=0.0, converter=check.real)
    relaunches: float = attrs.field(default=0.0, converter=check.real)
    season: float = attrs.field(default=0.0, converter=check.real)
    categories: int = 1
    pace: float = attrs.field(default=0.0, converter=check.real)
    stores: int = 1

    def __attrs_post_init__(self) -> None:
        """Check each of them."""
        check.whole_number(self.categories, "categories", at_least=1)
        check.whole_number(self.stores, "stores", at_least=1)
        problems = [
            *not_share(self.stock_outs, "stock_outs"),
            *not_share(self.launch_spikes, "launch_spikes"),
            *not_share(self.fads, "fads"),
            *not_share(self.relaunches, "relaunches"),
            *outside(0 <= self.pace <= 1, "pace must lie in 0 .. 1", self.pace),
            *outside(0 <= self.season < 1, "season must lie in 0 .. 1, without 1", self.season),
        ]
        if self.fads + self.relaunches > 1:
            problems.append(
                "fads and relaunches must not add up to more than 1, as a fad has no relaunch;"
                f" they make {self.fads + self.relaunches:g}"
            )
        refuse(problems)


@attrs.frozen(kw_only=True)
class LifeSettings:
    """How long simulated products live, and when they are looked at.

    Attributes:
        durations: shortest and longest weeks of introduction, growth, maturity and decline. Each
            is drawn evenly on the log scale and rounded; together a life has 90 weeks (median), one
            with a relaunch 126.
        peak_week: earliest and latest week of the peak of a Bass curve.
        contagion: smallest and largest q / p of a Bass curve. Above 3.73 it has an introduction.
        horizon: weeks that are simulated. A life that is not over before is drawn again (1.5 %
            of those of the default durations, 6 % with a relaunch, 7 % of Bass curves).
        youngest: no product is looked at before it has this many weeks. Younger ones are looked
            at in that week, and their stage is that of that week (a fifth of all).

    Raises:
        InvalidArgumentError: ranges that are no ranges, or lives longer than the horizon.

    Examples:
        >>> from crmkit.datasets import LifeSettings
        >>> half = LifeSettings(durations=((2, 20), (2, 30), (2, 60), (3, 40)), horizon=100)
        >>> half.youngest
        8
    """

    durations: Durations = attrs.field(
        default=((3, 40), (4, 60), (4, 120), (5, 80)), converter=_durations
    )
    peak_week: Range = attrs.field(default=(6, 120), converter=span)
    contagion: Range = attrs.field(default=(4, 300), converter=span)
    horizon: int = 200
    youngest: int = 8

    def __attrs_post_init__(self) -> None:
        """Check the ranges, and that lives fit into the horizon."""
        check.whole_number(self.youngest, "youngest", at_least=1)
        check.whole_number(self.horizon, "horizon", at_least=self.youngest)
        problems = [
            *not_range(self.peak_week, "peak_week", at_least=1),
            *not_range(self.contagion, "contagion", at_least=1.01),
        ]
        if len(self.durations) != 4:
            problems.append(f"durations must be four ranges; got {len(self.durations)}")
        for pair in self.durations:
            problems += not_range(pair, "each of durations", at_least=1)
        refuse(problems or self._too_long())

    def _too_long(self) -> list[str]:
        shortest = sum(pair[0] for pair in self.durations)
        middle = sum(np.sqrt(pair[0] * pair[1]) for pair in self.durations)
        if middle < self.horizon:
            return []
        return [
            f"lives of {shortest:g} weeks and more, {middle:.0f} in the middle, do not end within"
            f" horizon={self.horizon}. Say horizon={int(2 * middle)} or shorter durations"
        ]
