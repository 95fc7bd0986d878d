"""Products from launch to decline, with the truth beside what is sold: stages by week."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.datasets._life_curves import bass_curves, regimes, trapezoids
from crmkit.datasets._life_phases import DECLINE, PHASES, Phases, draw_ages, draw_phases
from crmkit.datasets._life_sales import (
    LifeStreams,
    draw_categories,
    draw_disturbances,
    draw_sales,
    draw_stock_outs,
)
from crmkit.datasets._life_settings import SCENARIOS, LifeSettings, LifeShapes, Scenario
from crmkit.datasets._products import STAGES
from crmkit.errors import InvalidArgumentError
from crmkit.typing import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    LifeFamily,
    ScenarioName,
    ScoreArray,
)

_CURVES: Final[dict[str, Callable[[np.random.Generator, Phases, int], FloatArray]]] = {
    "regimes": regimes,
    "trapezoids": trapezoids,
    "bass": lambda _, phases, horizon: bass_curves(phases, horizon),
}


@attrs.frozen(kw_only=True, repr=False)
class ProductLives(Answer):
    """Simulated products: whole lives, of which *age* weeks have been seen so far.

    Rows are products, columns of the arrays weeks since launch, up to the horizon: what lies past
    the age is the future. Questions are asked of `counts`, which shows the past only.

    Attributes:
        family: which curves.
        scenario: volume and noise.
        shapes: disturbances.
        settings: durations, horizon, youngest age.
        age: shape (products,), int64, weeks seen.
        ends: shape (products, 7), int64, the first week after introduction, growth, maturity,
            decline, and after growth, maturity and decline of a relaunch; without one those three
            end with the decline.
        stage: shape (products, horizon), int8, place in `STAGES`. It stays in decline after the
            end of the life.
        curve: shape (products, horizon), float64, the noise-free life: units a week.
        expected: shape (products, horizon), float64, the curve with launch spike, seasons,
            promotions and stores that do not sell yet.
        sold: shape (products, horizon), int64, units.
        out_of_stock: shape (products, horizon), bool, weeks in which nothing could be sold.
        selling: shape (products, horizon), float64, share of the stores that sell the product.
        category: shape (products,), int32.
        season: shape (categories, 52), float64, index of each calendar week; the last week seen
            is week *horizon* - 1, and week 52 is as week 0.
        pace: shape (categories,), float64, how many times as long as usual the stages of a
            category last.
        is_fad: shape (products,), bool.
        is_spiked: shape (products,), bool, whether the launch had a spike.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import product_lives
        >>> lives = product_lives(np.random.default_rng(7), products=100)
        >>> lives
        ProductLives(100 products, regimes, 18 introduction, 32 growth, 26 maturity, 24 decline)
    """

    family: LifeFamily
    scenario: Scenario
    shapes: LifeShapes
    settings: LifeSettings
    age: IntArray = array()
    ends: IntArray = array()
    stage: ScoreArray = array()
    curve: FloatArray = array()
    expected: FloatArray = array()
    sold: IntArray = array()
    out_of_stock: BoolArray = array()
    selling: FloatArray = array()
    category: CodeArray = array()
    season: FloatArray = array()
    pace: FloatArray = array()
    is_fad: BoolArray = array()
    is_spiked: BoolArray = array()

    def __len__(self) -> int:
        """How many products."""
        return len(self.age)

    def __repr__(self) -> str:
        """How many products, and in which stages they are."""
        counts = np.bincount(self.stage_now, minlength=len(STAGES))
        stages = ", ".join(f"{n:,} {name}" for n, name in zip(counts, STAGES, strict=True))
        return f"ProductLives({check.counted(len(self), 'product')}, {self.family}, {stages})"

    @property
    def horizon(self) -> int:
        """How many weeks are simulated."""
        return int(self.stage.shape[1])

    @property
    def launch(self) -> IntArray:
        """Calendar week of the launch, shape (products,), so that all are seen up to the last."""
        return self.horizon - self.age

    @property
    def is_relaunched(self) -> BoolArray:
        """Which products come back after their decline, shape (products,)."""
        return self.ends[:, -1] > self.ends[:, DECLINE]

    @property
    def stage_now(self) -> ScoreArray:
        """Stage of the last week seen, shape (products,): the answer to find."""
        now: ScoreArray = self.stage[np.arange(len(self)), self.age - 1]
        return now

    @property
    def decline_starts(self) -> IntArray:
        """First week of the first decline, in weeks since launch, shape (products,)."""
        starts: IntArray = self.ends[:, DECLINE - 1]
        return starts

    @property
    def weeks_in_stage(self) -> IntArray:
        """Weeks of the present phase seen, the last one counted, shape (products,)."""
        starts = np.hstack([np.zeros((len(self), 1), dtype=np.int64), self.ends])
        weeks: IntArray = self.age - _of_phase(starts, self._phase_now)
        return weeks

    @property
    def weeks_to_next(self) -> IntArray:
        """Weeks of the present phase still to come, shape (products,); negative past the end."""
        weeks: IntArray = _of_phase(self.ends, self._phase_now) - self.age
        return weeks

    @property
    def _phase_now(self) -> IntArray:
        passed = (self.age - 1)[:, None] >= self.ends[:, :-1]
        phase = np.count_nonzero(passed, axis=1)
        # Past its end, a life without a relaunch is in the decline it had.
        now: IntArray = np.where(self.is_relaunched, phase, np.minimum(phase, DECLINE))
        return now

    def counts(self, weeks: int | None = None) -> FloatArray:
        """Return units by calendar week, NaN before the launch: what a question may see.

        Args:
            weeks: how many weeks up to now; all by default. With fewer than the age, the launch
                is out of sight.

        Returns:
            Shape (products, weeks), float64; the last column is the last week seen, of all.

        Examples:
            >>> import numpy as np
            >>> from crmkit.datasets import product_lives
            >>> lives = product_lives(np.random.default_rng(7), products=3)
            >>> lives.counts(weeks=4).shape
            (3, 4)
        """
        return self.by_calendar(self.sold, before=np.nan, weeks=weeks)

    def by_calendar(
        self, values: NDArray[Any], *, before: float = 0.0, weeks: int | None = None
    ) -> FloatArray:
        """Move values by week since launch to calendar weeks, those past the age left out.

        Args:
            values: shape (products, horizon), such as *stage*, *out_of_stock* or *selling*.
            before: what stands in the weeks before the launch.
            weeks: how many weeks up to now; all by default.

        Returns:
            Shape (products, weeks), float64.

        Raises:
            InvalidArgumentError: *values* of another shape, or weeks outside 1 .. horizon.

        Examples:
            >>> import numpy as np
            >>> from crmkit.datasets import product_lives
            >>> lives = product_lives(np.random.default_rng(7), products=3)
            >>> stage = lives.by_calendar(lives.stage, before=-1)
            >>> bool((stage[:, -1] == lives.stage_now).all())
            True
        """
        shown = self._shown(weeks)
        if np.shape(values) != self.stage.shape:
            raise InvalidArgumentError(
                f"values must have the shape {self.stage.shape}, one per product and week since"
                f" launch; got {np.shape(values)}."
            )
        since = np.arange(self.horizon - shown, self.horizon) - self.launch[:, None]
        moved = np.take_along_axis(values, np.maximum(since, 0), axis=1)
        return np.where(since < 0, before, moved.astype(np.float64))

    def _shown(self, weeks: int | None) -> int:
        if weeks is None:
            return self.horizon
        if check.whole_number(weeks, "weeks", at_least=1) > self.horizon:
            raise InvalidArgumentError(
                f"weeks must be at most the {self.horizon} simulated; got {weeks}."
            )
        return weeks

    def seen_at(self, age: IntArray) -> ProductLives:
        """Look at the same products at other ages: earlier, or in what was their future.

        Args:
            age: shape (products,), weeks to see, 1 .. horizon.

        Returns:
            The same lives, seen so far. Stock-outs stay where they were.

        Raises:
            InvalidArgumentError: ages of another shape or outside the horizon, or a season shared
                by categories, which would no longer be that of the calendar.

        Examples:
            >>> import numpy as np
            >>> from crmkit.datasets import product_lives
            >>> lives = product_lives(np.random.default_rng(7), products=100)
            >>> lives.seen_at(lives.decline_starts + 8)
            ProductLives(100 products, regimes, 0 introduction, 0 growth, 0 maturity, 100 decline)
        """
        ages = np.asarray(age)
        if ages.shape != self.age.shape or ages.dtype.kind not in "iu":
            raise InvalidArgumentError(
                f"age must be {len(self):,} integers, one per product;"
                f" got {ages.dtype} of shape {ages.shape}."
            )
        outside = np.flatnonzero((ages < 1) | (ages > self.horizon))
        if len(outside):
            raise InvalidArgumentError(
                f"age must lie in 1 .. {self.horizon}; {check.counted(len(outside), 'age')} do not,"
                f" the first is {ages[outside[0]]} of product {outside[0]}."
            )
        if self.shapes.season:
            raise InvalidArgumentError(
                "lives with a season of the calendar cannot be seen at another age: their launch"
                " would move in the year. Simulate them with LifeShapes(season=0)."
            )
        return attrs.evolve(self, age=ages.astype(np.int64))

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "product": np.arange(len(self)),
            "age": self.age,
            "stage": np.array(STAGES, dtype=object)[self.stage_now],
            "weeks_in_stage": self.weeks_in_stage,
            "weeks_to_next": self.weeks_to_next,
            "category": self.category,
            "is_fad": self.is_fad,
            "is_spiked": self.is_spiked,
            "is_relaunched": self.is_relaunched,
        }


def product_lives(
    rng: np.random.Generator,
    *,
    products: int = 600,
    family: LifeFamily = "regimes",
    scenario: ScenarioName | Scenario = "B",
    shapes: LifeShapes = LifeShapes(),  # noqa: B008 - frozen
    settings: LifeSettings = LifeSettings(),  # noqa: B008 - frozen
) -> ProductLives:
    """Simulate products from launch to decline, each seen up to some week of its life.

    Introduction, growth, maturity and decline last LU(3, 40), LU(4, 60), LU(4, 120) and
    LU(5, 80) weeks, where LU(a, b) is even on the log scale; a life not over within the horizon
    is drawn again. Three families of curves, for two meanings of a stage:

    - regimes: constant log-slopes per stage, smoothed over five weeks: introduction U(-.01, .05) a
      week, growth by a factor LU(2, 60) in all, maturity U(-.01, .01), decline by LU(2, 60).
    - trapezoids: from U(.02, .12) of the top slowly up to 1 to 1.6 times that, straight up to the
      top, flat, and exponentially down by LU(2, 60).
    - bass: Bass curves with the peak in week LU(6, 120) and q / p of LU(4, 300); the stages change
      at the inflection points and the peak, and decline is watched for 1.5 times the time from
      the peak to the second inflection point.

    The week each product is seen up to: one of its four stages (seven phases after a relaunch), all
    as likely, and any point within it as likely, but not before week 8. What is to be found is the
    stage of that week. Sales are Poisson about peak * level / highest level ever * a lognormal
    factor of mean 1.

    The parts draw from streams of their own, spawned from *rng*: a disturbance that is switched on
    leaves all else as it was. Time and memory are O(products * horizon), some 60 bytes a cell.

    Args:
        rng: where randomness comes from.
        products: how many.
        family: which curves.
        scenario: volume and noise: one of `SCENARIOS`, or one of your own.
        shapes: disturbances; none by default.
        settings: durations and horizon.

    Returns:
        The lives.

    Raises:
        InvalidArgumentError: *rng* is no Generator, an unknown word, or a shape that the family
            does not have.

    Source: Polli and Cook (1969) for stages as regimes of growth, Mahajan, Muller and Srivastava
    (1990) for those between inflection points.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import product_lives
        >>> lives = product_lives(np.random.default_rng(7), products=3, scenario="A")
        >>> lives.to_frame()[["product", "age", "stage", "weeks_in_stage", "weeks_to_next"]]
           product  age   stage  weeks_in_stage  weeks_to_next
        0        0   35  growth              32              7
        1        1    8  growth               3             37
        2        2   32  growth              25              0
    """
    count = check.whole_number(products, "products", at_least=1)
    check.choice(family, LifeFamily, "family")
    volume = _scenario(scenario)
    _refuse_shapes(family, shapes)
    streams = LifeStreams.of(rng)
    groups = draw_categories(streams.categories, count, shapes)
    pace = groups.pace[groups.category]
    phases = draw_phases(streams.phases, pace, shapes, settings, bass=family == "bass")
    age = draw_ages(streams.ages, phases, settings)
    level = _CURVES[family](streams.levels, phases, settings.horizon)
    curve = volume.peak * np.exp(level - level.max(axis=1, keepdims=True))
    disturbed = draw_disturbances(streams, (count, settings.horizon), volume, shapes)
    season = groups.of_week(settings.horizon - age, settings.horizon)
    expected = disturbed.expected(curve, season)
    out = draw_stock_outs(streams.stock_outs, age, settings.horizon, shapes.stock_outs)
    return ProductLives(
        family=family,
        scenario=volume,
        shapes=shapes,
        settings=settings,
        age=age,
        ends=phases.whole_ends(),
        stage=PHASES[phases.by_week(settings.horizon)],
        curve=curve,
        expected=expected,
        sold=np.where(out, 0, draw_sales(streams.noise, expected, volume.cv)),
        out_of_stock=out,
        selling=disturbed.selling,
        category=groups.category,
        season=groups.season,
        pace=groups.pace,
        is_fad=phases.is_fad,
        is_spiked=disturbed.spiked,
    )


def _of_phase(weeks: IntArray, phase: IntArray) -> IntArray:
    of_phase: IntArray = weeks[np.arange(len(phase)), phase]
    return of_phase


def _scenario(scenario: ScenarioName | Scenario) -> Scenario:
    if isinstance(scenario, Scenario):
        return scenario
    return SCENARIOS[check.choice(scenario, ScenarioName, "scenario")]


def _refuse_shapes(family: LifeFamily, shapes: LifeShapes) -> None:
    if family == "bass" and (shapes.fads or shapes.relaunches):
        raise InvalidArgumentError(
            "Bass curves have neither fads nor relaunches; say family='regimes' or 'trapezoids'."
        )
