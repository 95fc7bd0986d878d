"""What are the parameters of each level's cycles? Fitted from the shop down to the product."""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from crmkit._fields import array
from crmkit._kernels.batch_ascent import Climbed, Prior, Rows, climb
from crmkit._kernels.gap_likelihood import Histories, Parameters, scores
from crmkit._kernels.thinning import most_within, thinned
from crmkit.data.answers import Answer
from crmkit.lifecycle.cycles.levels import Level
from crmkit.lifecycle.cycles.observed import Observed
from crmkit.lifecycle.cycles.words import counted_units
from crmkit.typing import BoolArray, CycleLevel, FloatArray, IntArray, LabelArray

_ROWS = 400_000
_SHOP_ROWS = 60_000
_SHOP = np.zeros(5)
_CATEGORY = np.array([1.0, 1.0, 0.0, 1.0, 4.0])
_PRODUCT = np.array([16.0, 1.0, 0.0, 4.0, 16.0])
"""Precision of what the level above says of ln k, ln r, the log-odds of dropout and the log of its
weight; of the typical cycle it says nothing."""
_LOW = np.log([0.05, 0.05, 1e-3, 1e-6, 0.1])
_HIGH = np.log([200.0, 500.0, 1e7, 1e3, 1e3])


@attrs.frozen(kw_only=True, repr=False)
class CycleFits(Answer):
    """The parameters that the gaps of one level came to, and how well that went.

    As a frame: one row per group that had enough completed gaps to be fitted. Parameters are drawn
    to those of the level above: ln r with a standard deviation of 1; ln k, the log-odds of dropout
    and the log of its weight with 1, 1 and 1/2 for a category, with 1/4, 1/2 and 1/4 for a product.

    Attributes:
        level: whose gaps were put together.
        ids: the groups fitted: products or categories; None for the whole shop.
        customers: shape (groups,), int64, customers, once for each product they bought.
        completed_gaps: gaps between two purchases.
        open_gaps: customers whose last gap is open, so censored: all of them.
        exposure_days: days of all gaps, the open ones included.
        histories: int64, customers' histories the fit was made on; of many customers some stand
            for those like them, with weights, so that all count.
        k: regularity; 1 is a Poisson buyer.
        r: shape of the rates: the smaller, the more customers differ.
        alpha: rate of the rates, in days of a typical purchase.
        dropout: mean probability to stop for good after a purchase.
        dropout_weight: how many purchases of a customer's own it weighs; see `CycleModel`.
        log_likelihood: at the end, of gaps on the scale of a typical purchase.
        steps: how many were taken.
        converged: whether nothing was left to gain; the others use the level above.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> replenishment(tx).fits["product"]
        CycleFits(6 products fitted, 6 converged)
    """

    level: CycleLevel
    ids: LabelArray = array()
    customers: IntArray = array()
    completed_gaps: IntArray = array()
    open_gaps: IntArray = array()
    exposure_days: IntArray = array()
    histories: IntArray = array()
    k: FloatArray = array()
    r: FloatArray = array()
    alpha: FloatArray = array()
    dropout: FloatArray = array()
    dropout_weight: FloatArray = array()
    log_likelihood: FloatArray = array()
    steps: IntArray = array()
    converged: BoolArray = array()

    def __len__(self) -> int:
        """How many groups were fitted."""
        return len(self.ids)

    def __repr__(self) -> str:
        """How many groups were fitted, and how many came to an end."""
        fitted = counted_units(len(self), self.level)
        return f"CycleFits({fitted} fitted, {np.count_nonzero(self.converged):,} converged)"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = [a.name for a in attrs.fields(CycleFits)]
        left_out = ("frame_kind", "level", "ids")
        columns = {name: getattr(self, name) for name in names if name not in left_out}
        return {self.level: self.ids} | columns


class Fitted(NamedTuple):
    """The parameters of each item, the level they came from, and the report of each level."""

    parameters: Parameters
    level: NDArray[np.object_]
    fits: dict[str, CycleFits]


class _Rows(NamedTuple):
    """Histories that stand for all, the item or group of each, and for how many it stands."""

    past: Histories
    group: IntArray
    weight: FloatArray

    def thinned(self, most: int) -> _Rows:
        """Keep at most that many rows of each group."""
        kept, weight = thinned(self.group, self.weight, tuple(self.past), most)
        return _Rows(self.past.take(kept), self.group[kept], weight)


def fit_levels(
    seen: Observed, past: Histories, levels: tuple[Level, ...], *, dropout: bool
) -> Fitted:
    """Fit each level, starting from the one above; a group without a fit keeps that one's."""
    items = len(seen.items)
    rows = _representatives(past, seen.item)
    at = np.tile(_start(past), (items, 1))
    source = np.full(items, "unknown", dtype=object)
    fits: dict[str, CycleFits] = {}
    for level in levels:
        enough = level.gaps(seen) >= level.least_gaps
        place = level.of_items(np.where(enough, np.cumsum(enough) - 1, -1), -1)
        mine = _of_groups(rows, place, _SHOP_ROWS if level.groups == 1 else _ROWS)
        climbed = _fit(mine, _starts(at, place), level, dropout=dropout)
        fitted = np.append(climbed.converged, False)[place]
        at[fitted] = climbed.parameters[place[fitted]]
        source[fitted] = level.name
        fits[level.key] = _report(seen, level, enough, _Fit(mine, climbed, dropout))
    at[source == "unknown"] = np.nan
    return Fitted(_parameters(at, dropout), source, fits)


def _representatives(past: Histories, item: IntArray) -> _Rows:
    """Thin the rows out: those without a completed gap differ by their open gap alone."""
    everybody = _Rows(past, item, np.ones(len(item)))
    repeat = past.gaps > 0
    parts = [
        _within_budget(_where(everybody, ~repeat), _ROWS // 4),
        _within_budget(_where(everybody, repeat), _ROWS),
    ]
    columns = zip(*(part.past for part in parts), strict=True)
    past = Histories(*(np.concatenate(column) for column in columns))
    group, weight = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    return _Rows(past, group, weight)


def _where(rows: _Rows, chosen: BoolArray) -> _Rows:
    return _Rows(rows.past.take(chosen), rows.group[chosen], rows.weight[chosen])


def _within_budget(rows: _Rows, budget: int) -> _Rows:
    return rows.thinned(most_within(np.bincount(rows.group, minlength=1), budget))


def _of_groups(rows: _Rows, place: IntArray, budget: int) -> _Rows:
    """Return the rows of the items that have a place, by place."""
    group = place[rows.group]
    return _within_budget(_where(rows._replace(group=group), group >= 0), budget)


def _start(past: Histories) -> FloatArray:
    gaps = past.gaps.sum()
    cycle = past.total.sum() / gaps if gaps else 1.0
    return np.log([1.2, 1.5, max(cycle, 1e-2), 0.25, 10.0])


def _starts(at: FloatArray, place: IntArray) -> FloatArray:
    """Return where each place starts: at the parameters of its first item."""
    first = np.zeros(int(place.max(initial=-1)) + 1, dtype=np.int64)
    known = np.flatnonzero(place >= 0)[::-1]
    first[place[known]] = known
    return at[first]


def _fit(rows: _Rows, starts: FloatArray, level: Level, *, dropout: bool) -> Climbed:
    free = np.array([True, True, True, dropout, dropout])
    above = _PRODUCT if level.alone else _CATEGORY
    prior = Prior(starts, np.where(free, _SHOP if level.key == "shop" else above, 0.0))

    def evaluate(at: FloatArray, part: IntArray) -> tuple[FloatArray, FloatArray]:
        height, by = _scores(rows.past.take(part), at, dropout)
        return height, np.where(free, by, 0.0)

    return climb(evaluate, Rows(rows.group, rows.weight), prior, (_LOW, _HIGH))


def _parameters(at: FloatArray, dropout: bool) -> Parameters:
    """Read ln k, ln r, ln of the typical cycle, the log-odds of dropout, ln of its weight."""
    k, r, cycle = np.exp(at[:, :3].T)
    stops, weight = expit(at[:, 3]), np.exp(at[:, 4])
    if not dropout:
        stops, weight = np.where(np.isnan(k), np.nan, 0.0), np.full(len(k), np.inf)
    return Parameters(k, r, cycle * r / k, stops, weight)


def _scores(past: Histories, at: FloatArray, dropout: bool) -> tuple[FloatArray, FloatArray]:
    here = _parameters(at, dropout)
    value, by = scores(past, here)
    alpha = here.alpha * by[:, 2]
    columns = (here.k * by[:, 0] - alpha, here.r * by[:, 1] + alpha, alpha)
    stops = here.dropout * (1 - here.dropout) * by[:, 3]
    weight = np.where(np.isinf(here.dropout_weight), 0.0, here.dropout_weight)
    return value, np.stack([*columns, stops, weight * by[:, 4]], axis=1)


class _Fit(NamedTuple):
    rows: _Rows
    climbed: Climbed
    dropout: bool


def _report(seen: Observed, level: Level, enough: BoolArray, fit: _Fit) -> CycleFits:
    climbed, customers = fit.climbed, level.pairs(seen)[enough]
    parameters = _parameters(climbed.parameters, fit.dropout)
    return CycleFits(
        level=level.name,
        ids=level.ids[enough],
        customers=customers,
        completed_gaps=level.gaps(seen)[enough],
        open_gaps=customers,
        exposure_days=_exposure(seen, level)[enough],
        histories=np.bincount(fit.rows.group, minlength=len(customers)),
        **parameters._asdict(),
        log_likelihood=climbed.height,
        steps=climbed.steps,
        converged=climbed.converged,
    )


def _exposure(seen: Observed, level: Level) -> IntArray:
    """Return the days from the first purchase of each customer to the end, summed by group."""
    days = seen.end - seen.occasions.day[seen.occasions.starts[:-1]]
    group = level.codes[seen.item]
    named = group >= 0
    summed = np.bincount(group[named], days[named], level.groups)
    return summed.astype(np.int64)
