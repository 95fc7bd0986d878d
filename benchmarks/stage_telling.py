"""Show lives to `stages` as a till would, and keep what it says as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crmkit.data import Labels, ProductPeriods
from crmkit.datasets import ProductLives
from crmkit.lifecycle import PolliCook, TwoWindow, stages
from crmkit.typing import BoolArray, FloatArray, LifeFamily, StageMethod

Method: TypeAlias = StageMethod | TwoWindow | PolliCook
START: Final = "2021-01-04"
METHOD: Final = "template_bank"
BASELINES: Final[dict[str, Method]] = {
    "two windows, 4 weeks, 5 %": TwoWindow(),
    "two windows, 8 weeks, 10 %": TwoWindow(width=8, threshold=0.1),
    "Polli-Cook, own spread": PolliCook(),
    "Polli-Cook, spread of all": PolliCook(form="pooled_sigma"),
}


class View(NamedTuple):
    """What of the lives is shown.

    Attributes:
        weeks: how many weeks up to now; all of them if None.
        masked: whether weeks without stock are marked as such.
        exposure: whether the true season and share of stores are told, or a seasonal index found
            by category.
        launch_at_start: whether the first week shown is taken for the launch.
    """

    weeks: int | None = None
    masked: bool = True
    exposure: Literal["none", "true", "found"] = "none"
    launch_at_start: bool = False


class Told(NamedTuple):
    """What was told, one row per product.

    Attributes:
        chances: shape (products, 4).
        low: earliest end of the stage, in weeks from now.
        middle: its median.
        high: latest end.
        demand: demand class.
    """

    chances: FloatArray
    low: FloatArray
    middle: FloatArray
    high: FloatArray
    demand: NDArray[np.object_]

    def part(self, rows: slice) -> Told:
        """Return some of the products."""
        return Told(*(column[rows] for column in self))


class Shown(NamedTuple):
    """What is shown of products, by calendar week, and whether the first week is the launch's."""

    counts: FloatArray
    closed: BoolArray
    exposure: FloatArray
    age_known: BoolArray


def show(lives: ProductLives, view: View) -> Shown:
    """Leave of lives what a till would know."""
    counts = _moved(lives, lives.sold, np.nan, view)
    closed = _moved(lives, lives.out_of_stock, 0.0, view) == 1
    return Shown(
        counts,
        closed & view.masked,
        _exposure(lives, counts, view),
        # Without an empty week before it, the first week of the data need not be the launch.
        np.isnan(counts[:, 0]),
    )


def _exposure(lives: ProductLives, counts: FloatArray, view: View) -> FloatArray:
    if view.exposure == "none":
        return np.ones_like(counts)
    if view.exposure == "true":
        return _moved(lives, lives.expected / lives.curve, 1.0, view)
    periods = ProductPeriods.from_matrix(counts, start=START, age_known=np.isnan(counts[:, 0]))
    named = {k: f"category {c}" for k, c in enumerate(lives.category.tolist())}
    category = Labels.from_mapping(named, entity="product", name="category")
    return periods.with_exposure(periods.seasonal_index(category)).block(slice(None)).exposure


def _moved(lives: ProductLives, values: NDArray[Any], before: float, view: View) -> FloatArray:
    moved = lives.by_calendar(values, before=before, weeks=view.weeks)
    return np.pad(moved, ((0, 0), (int(view.launch_at_start), 0)), constant_values=before)


def tell(parts: Sequence[Shown], family: LifeFamily, method: Method = METHOD) -> list[Told]:
    """Ask where each product stands, of all parts at once: the curves are then drawn once."""
    counts, closed, exposure, age_known = (np.concatenate(c) for c in zip(*parts, strict=True))
    periods = _periods(Shown(counts, closed, exposure, age_known))
    by_bass = family == "bass" and method == METHOD
    answer = stages(
        periods, method=method, definition="bass_inflection" if by_bass else "growth_regime"
    )
    low, middle, high = answer.figures.to_next.T
    told = Told(answer.chances, low, middle, high, periods.demand_class().decode())
    ends = np.cumsum([len(part.counts) for part in parts]).tolist()
    return [told.part(slice(a, b)) for a, b in pairwise([0, *ends])]


def _periods(shown: Shown) -> ProductPeriods:
    periods = ProductPeriods.from_matrix(
        shown.counts, closed=shown.closed, age_known=shown.age_known
    )
    if (shown.exposure == 1).all():
        return periods
    return periods.with_exposure(shown.exposure)
