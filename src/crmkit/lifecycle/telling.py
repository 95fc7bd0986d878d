"""Telling stages of many products: groups of one age, in chunks, on two threads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._kernels import stage_rules as rules
from crmkit._kernels.parallel import in_threads
from crmkit._kernels.template_posterior import Posterior, Series, posterior
from crmkit._validation import counted
from crmkit.lifecycle.reasons import StageReason
from crmkit.lifecycle.series import Looks
from crmkit.lifecycle.stage_rules import PolliCook, TwoWindow
from crmkit.lifecycle.templates import Prepared, TemplateBank, prepared
from crmkit.typing import BoolArray, FloatArray, IntArray

FlagArray = NDArray[np.uint16]
Method = TemplateBank | PolliCook | TwoWindow

STAGES: Final = ("introduction", "growth", "maturity", "decline")
PER_WEEK: Final = {
    "day": 7.0,
    "week": 1.0,
    "month": 12 / 52.1775,
    "quarter": 4 / 52.1775,
    "year": 1 / 52.1775,
}
_ENOUGH: Final = 8
_MUCH: Final = 0.25
_UNLIKE: Final = 4.0
_FAR: Final = 0.2
_LASTING: Final = 8
_LITTLE: Final = 0.1
# Sales may also bear out what the age says: then some curve stands out from the others.
_WEAK: Final = 3.5


@attrs.frozen(kw_only=True, repr=False)
class StageFigures:
    """What is told of each product; NaN where a rule of thumb does not say.

    Attributes:
        chances: shape (products, 4), float64, probability of each stage; they add up to 1.
        growth: shape (products,), rate of growth a week: .02 is 2 % more every week.
        in_stage: shape (products,), weeks of the likeliest stage so far, median.
        to_next: shape (products, 3), weeks of it still to come: .1, .5 and .9 quantile. After
            decline a product is gone.
        age: shape (products, 2), 80 % interval of the age in periods.
        flags: shape (products,), uint16, see `StageReason`.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> found = stages(ProductPeriods.from_matrix([[3, 4, 3, 5, 4, 7, 9, 12, 15, 20]]))
        >>> found.figures
        StageFigures(1 product)
    """

    chances: FloatArray = array()
    growth: FloatArray = array()
    in_stage: FloatArray = array()
    to_next: FloatArray = array()
    age: FloatArray = array()
    flags: FlagArray = array()

    def __repr__(self) -> str:
        """How many products."""
        return f"StageFigures({counted(len(self.flags), 'product')})"


class _Part(NamedTuple):
    """What is told of the looks of one group."""

    chances: FloatArray
    growth: FloatArray
    elapsed: FloatArray
    left: FloatArray
    age: FloatArray
    unlike: BoolArray
    by_age: BoolArray


def tell(looks: Looks, method: Method, threshold: float) -> StageFigures:
    """Tell the stage of every look."""
    groups, per_week = looks.groups(), PER_WEEK[looks.periods.every]
    one = _teller(looks, groups, method)
    told = _empty(len(looks))
    for places, part in zip(groups, in_threads(one, groups), strict=True):
        for whole, some in zip(told, part, strict=True):
            whole[places] = some
    return StageFigures(
        chances=told.chances,
        growth=np.expm1(told.growth * per_week),
        in_stage=told.elapsed / per_week,
        to_next=told.left / per_week,
        age=told.age,
        flags=_flags(looks, told, method, threshold),
    )


def _empty(count: int) -> _Part:
    """Prepare answers; what is not on sale yet can only be introduced."""
    chances = np.zeros((count, 4))
    chances[:, 0] = 1
    unknown = np.full((count, 7), np.nan)
    return _Part(
        chances,
        unknown[:, 0],
        unknown[:, 1],
        unknown[:, 2:5],
        np.zeros((count, 2)),
        np.zeros(count, dtype=np.bool_),
        np.zeros(count, dtype=np.bool_),
    )


def _teller(looks: Looks, groups: list[IntArray], method: Method) -> Callable[[IntArray], _Part]:
    if isinstance(method, TemplateBank):
        return partial(_by_curves, looks, method)
    if isinstance(method, TwoWindow):
        return partial(_by_rule, looks, partial(_two_windows, method))
    return partial(_by_rule, looks, _polli_cook(looks, groups, method))


# --- by curves -----------------------------------------------------------------------------------


def _by_curves(looks: Looks, bank: TemplateBank, places: IntArray) -> _Part:
    first = places[0]
    per_week = PER_WEEK[looks.periods.every]
    age, earlier = int(looks.age[first]), int(looks.earlier[first])
    ready = prepared(bank, age, earlier=earlier, per_week=per_week)
    parts = [_summed_up(series, ready, bank.temperature) for series in looks.chunks(places)]
    return _Part(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _summed_up(series: Series, ready: Prepared, temperature: float) -> _Part:
    found = posterior(_informed(series), ready.templates, ready.outputs, temperature)
    chances = found.chances.astype(np.float64)
    chances /= chances.sum(axis=1, keepdims=True)
    rows, stage = np.arange(len(chances)), chances.argmax(axis=1)
    elapsed = quantiles(found.elapsed[rows, stage], ready.edges, (0.5,))[:, 0]
    return _Part(
        chances,
        found.growth.sum(axis=1).astype(np.float64),
        np.minimum(elapsed, ready.ages.max()),
        quantiles(found.left[rows, stage], ready.edges, (0.1, 0.5, 0.9)),
        _likely_ages(found, ready),
        _is_unlike(found, series),
        (_learnt(chances, ready) < _LITTLE) & (found.evidence < _WEAK),
    )


def _informed(series: Series) -> Series:
    """Take the sales of short series out: they get the prior of their age."""
    sales, exposure = series.sales, series.exposure
    observed = sales.shape[1] if exposure is None else np.count_nonzero(exposure, axis=1)
    enough = np.broadcast_to(observed, len(sales)) >= _ENOUGH
    return series._replace(sales=np.where(enough[:, None], sales, 0.0))


def _learnt(chances: FloatArray, ready: Prepared) -> FloatArray:
    """Return what sales add to the age, in nats: the divergence from the prior."""
    edges, weight = ready.templates.edges, ready.templates.weight.astype(np.float64)
    prior = np.diff(np.append(0, np.cumsum(weight))[edges]) / weight.sum()
    ratio = np.divide(chances, prior, out=np.ones_like(chances), where=(chances > 0) & (prior > 0))
    return np.asarray((chances * np.log(ratio)).sum(axis=1))


def _is_unlike(found: Posterior, series: Series) -> BoolArray:
    """Say where sales stay away from every curve by more than noise, and by a fifth or so."""
    far = (_FAR**2 * _LASTING) * series.sales.mean(axis=1)
    return np.asarray(found.misfit > np.maximum(_UNLIKE * np.maximum(found.noise, 1), far))


def quantiles(
    mass: NDArray[np.float32],
    edges: FloatArray,
    levels: tuple[float, ...],
) -> FloatArray:
    """Return quantiles of binned mass, evenly spread within each bin; shape (rows, levels)."""
    summed = np.cumsum(mass, axis=1, dtype=np.float64)
    total = np.maximum(summed[:, -1:], 1e-300)
    rows, found = np.arange(len(mass)), np.empty((len(mass), len(levels)))
    for k, level in enumerate(levels):
        at = np.minimum((summed < level * total).sum(axis=1), len(edges) - 2)
        below = np.where(at > 0, summed[rows, at - 1], 0.0)
        inside = np.maximum(summed[rows, at] - below, 1e-300)
        share = np.clip((level * total[:, 0] - below) / inside, 0, 1)
        found[:, k] = edges[at] + share * (edges[at + 1] - edges[at])
    # Bins end between whole numbers, and what is binned is whole.
    return np.maximum(np.rint(found), 0)


def _likely_ages(found: Posterior, ready: Prepared) -> FloatArray:
    """Return the ages below and above which a tenth lies; an age stands for those around it."""
    ages = ready.ages.astype(np.float64)
    if not found.parts.shape[1]:
        return np.full((len(found.parts), 2), ages[0])
    summed = np.cumsum(found.parts, axis=1)
    summed /= summed[:, -1:]
    between = (ages[1:] + ages[:-1]) / 2
    bounds = (np.append(ages[0], between), np.append(between, ages[-1]))
    places = [(summed[:, :-1] < level).sum(axis=1) for level in (0.1, 0.9)]
    return np.stack([np.rint(b[at]) for b, at in zip(bounds, places, strict=True)], axis=1)


# --- by rules of thumb ---------------------------------------------------------------------------

Rule = Callable[[FloatArray, FloatArray], rules.Stages]


def _by_rule(looks: Looks, rule: Rule, places: IntArray) -> _Part:
    parts = [rule(*_open(series)) for series in looks.chunks(places)]
    part = _empty(len(places))
    part.chances[:] = np.eye(4)[np.concatenate(parts)]
    part.age[:] = (looks.age + np.maximum(looks.earlier, 0))[places][:, None]
    return part


def _open(series: Series) -> tuple[FloatArray, FloatArray]:
    exposure = np.ones_like(series.sales) if series.exposure is None else series.exposure
    return series.sales, exposure


def _two_windows(method: TwoWindow, sales: FloatArray, exposure: FloatArray) -> rules.Stages:
    if sales.shape[1] <= method.young:
        return np.full(len(sales), rules.INTRODUCTION, dtype=np.int8)
    return rules.two_windows(sales, exposure, method.width, method.threshold)


def _polli_cook(looks: Looks, groups: list[IntArray], method: PolliCook) -> Rule:
    about_zero = method.sigma == "about_zero"
    if method.form == "own_sigma":
        return partial(rules.own_spread, about_zero=about_zero)
    if method.form == "annual":
        return lambda sales, _: rules.annual(sales, about_zero=about_zero)[:, -1]
    return partial(rules.pooled_spread, sigma=_pooled_sigma(looks, groups))


def _pooled_sigma(looks: Looks, groups: list[IntArray]) -> float:
    changes = [
        np.abs(rules.pooled_changes(*_open(series))).ravel()
        for places in groups
        if looks.age[places[0]] > 6
        for series in looks.chunks(places)
    ]
    return 1.4826 * float(np.median(np.concatenate(changes))) if changes else 0.0


# --- reasons -------------------------------------------------------------------------------------


def _flags(looks: Looks, told: _Part, method: Method, threshold: float) -> FlagArray:
    per_week = PER_WEEK[looks.periods.every]
    oldest = method.horizon * per_week if isinstance(method, TemplateBank) else np.inf
    launched = looks.age > 0
    sold = looks.sold & (looks.observed >= _ENOUGH)
    holds = {
        StageReason.NOT_LAUNCHED: ~launched,
        StageReason.ALL_ZERO: launched & ~looks.sold,
        StageReason.TOO_SHORT: launched & (looks.observed < _ENOUGH),
        StageReason.UNCERTAIN: told.chances.max(axis=1) < threshold,
        StageReason.AGE_UNKNOWN: launched & ~looks.known,
        StageReason.MUCH_MASKED: launched & (looks.observed < (1 - _MUCH) * looks.age),
        StageReason.UNLIKE_ANY_CURVE: told.unlike,
        StageReason.OLDER_THAN_CURVES: looks.age + np.maximum(looks.earlier, 0) > oldest,
        StageReason.TOLD_BY_AGE: told.by_age & sold,
    }
    flags = np.zeros(len(looks), dtype=np.uint16)
    for reason, where in holds.items():
        flags[where] |= reason.value
    return flags
