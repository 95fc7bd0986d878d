"""Who needs what again, and when? The purchases that are due."""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels import gap_likelihood as kernel
from crmkit._kernels.gap_likelihood import Histories, Parameters
from crmkit.data.answers import Answer
from crmkit.lifecycle.cycles.histories import ScaledGaps
from crmkit.typing import BoolArray, CycleUnit, DayArray, FloatArray, IntArray, LabelArray

_FARTHEST = 3653
"""Days after which a date is not told: ten years."""
_LOW, _HIGH = 0.1, 0.9


@attrs.frozen(kw_only=True, repr=False)
class DuePurchases(Answer):
    """When each customer is expected to buy each product again; the surest first.

    Ordered by the probability to buy within the horizon, which counts that the customer may have
    stopped; then by product and customer. Dates are of a customer who has not stopped.

    Attributes:
        by: whether products or categories are due.
        as_of: the day asked about.
        horizon: days from *as_of* in which a purchase counts.
        customer: ids.
        item: ids of the product or category.
        last_day: of the last purchase.
        due_day: when half of such purchases would have come, counted from the last one.
        expected_day: when half will have come, given that none came until *as_of*; NaT where that
            is more than ten years off.
        earliest_day: the first tenth, likewise.
        latest_day: the last tenth, likewise.
        active: probability that the customer has not stopped.
        buys: probability of a purchase within the horizon.
        overdue: whether nine in ten such purchases would have come by now; False if unknown.
        gaps: int64, how many gaps the customer has completed; with 0 the product speaks alone.
        units: mean units of the customer's past purchases; NaN where quantities are not known.
        level: whose gaps the product's cycle was learnt from.
        unlikely: how many rows were left out as less probable than asked for.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, truth = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> due = replenishment(tx).due(truth.end, least=0.2)
        >>> due.to_frame().head(2)[["customer", "product", "last_day", "due_day", "overdue"]]
           customer  product   last_day    due_day  overdue
        0       269        0 2025-12-14 2026-01-04    False
        1       390        0 2025-11-30 2025-12-23    False
    """

    by: CycleUnit
    as_of: np.datetime64
    horizon: int
    customer: LabelArray = array()
    item: LabelArray = array()
    last_day: DayArray = array()
    due_day: DayArray = array()
    expected_day: DayArray = array()
    earliest_day: DayArray = array()
    latest_day: DayArray = array()
    active: FloatArray = array()
    buys: FloatArray = array()
    overdue: BoolArray = array()
    gaps: IntArray = array()
    units: FloatArray = array()
    level: NDArray[np.object_] = array()
    unlikely: int = 0

    def __len__(self) -> int:
        """How many customers and products."""
        return len(self.buys)

    def __repr__(self) -> str:
        """How many rows, how many purchases are expected, and how many are overdue."""
        left_out = f"; {self.unlikely:,} unlikely ones left out" if self.unlikely else ""
        return (
            f"DuePurchases({check.counted(len(self), 'row')} as of {self.as_of},"
            f" {np.nansum(self.buys):,.1f} expected to buy within {self.horizon} days,"
            f" {np.count_nonzero(self.overdue):,} overdue{left_out})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = [a.name for a in attrs.fields(DuePurchases)]
        left_out = ("frame_kind", "by", "as_of", "horizon", "customer", "item", "unlikely")
        columns = {name: getattr(self, name) for name in names if name not in left_out}
        return {"customer": self.customer, self.by: self.item} | columns


class Asked(NamedTuple):
    """What is asked: as of which day, within how many, and from which probability on."""

    end: int
    horizon: int
    least: float


class _Rows(NamedTuple):
    """Pairs that differ from one another, and which of them each pair is like."""

    past: Histories
    at: Parameters
    factor: FloatArray
    like: IntArray


class _Chances(NamedTuple):
    """How likely each row buys, and the log-survival of its open gap."""

    log_open: FloatArray
    active: FloatArray
    buys: FloatArray


def due_purchases(
    gaps: ScaledGaps, at: Parameters, asked: Asked, level: NDArray[np.object_]
) -> dict[str, Any]:
    """Return the columns of the answer; *at* is per item."""
    seen = gaps.seen
    rows = _rows(gaps, at, asked.end)
    chances = _chances(rows, asked.horizon)
    buys = chances.buys[rows.like]
    listed = np.flatnonzero(~(buys < asked.least))
    pairs = listed[np.argsort(-buys[listed], kind="stable")]
    like, item = rows.like[pairs], seen.item[pairs]
    last_day = seen.first_day + seen.last[pairs]
    return {
        "customer": seen.customers[seen.occasions.customer[pairs]],
        "item": seen.items[item],
        "last_day": last_day,
        **_dates(rows, chances, like, last_day),
        "active": chances.active[like],
        "buys": chances.buys[like],
        "overdue": chances.log_open[like] < np.log(1 - _HIGH),
        "gaps": seen.completed[pairs],
        "units": seen.mean_units[pairs] if seen.with_units else np.full(len(pairs), np.nan),
        "level": level[item],
        "unlikely": seen.pairs - len(pairs),
    }


def _rows(gaps: ScaledGaps, at: Parameters, end: int) -> _Rows:
    """Put pairs together that are alike.

    Those without a completed gap differ by item, open gap and the size of the purchase alone.
    """
    seen = gaps.seen
    alike = np.arange(seen.pairs)
    never = np.flatnonzero(seen.completed == 0)
    _, size = np.unique(gaps.last_factor[never], return_inverse=True)
    sizes = int(size.max(initial=0)) + 1
    key = (seen.item[never] * (end + 1) + (end - seen.last[never])) * sizes + size
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    alike[never] = never[first][group]
    kept = np.flatnonzero(alike == np.arange(seen.pairs))
    place = np.zeros(seen.pairs, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    past, item = gaps.histories(end).take(kept), seen.item[kept]
    return _Rows(past, at.take(item), gaps.last_factor[kept], place[alike])


def _chances(rows: _Rows, horizon: int) -> _Chances:
    past, at = rows.past, rows.at
    now = kernel.log_survival(past, at, past.open)
    later = kernel.log_survival(past, at, past.open + horizon / rows.factor)
    active = kernel.active_given(now, past, at)
    return _Chances(now, active, active * -np.expm1(later - now))


def _dates(
    rows: _Rows, chances: _Chances, like: IntArray, last_day: DayArray
) -> dict[str, DayArray]:
    """Return the dates of pairs *like* some rows; only theirs, as quantiles cost most of all."""
    wanted = np.zeros(len(rows.factor), dtype=np.bool_)
    wanted[like] = True
    place = (np.cumsum(wanted) - 1)[like]
    past, at, factor = rows.past.take(wanted), rows.at.take(wanted), rows.factor[wanted]
    just_bought = np.zeros(len(factor))
    asked = {"due": (just_bought, 0.5)} | {
        name: (chances.log_open[wanted], quantile)
        for name, quantile in (("expected", 0.5), ("earliest", _LOW), ("latest", _HIGH))
    }
    dates = {}
    for name, (log_open, quantile) in asked.items():
        given = past._replace(open=np.where(log_open < 0, past.open, 0.0))
        days = factor * kernel.next_gap_given(log_open, given, at, quantile)
        dates[f"{name}_day"] = _calendar(last_day, days[place])
    return dates


def _calendar(last_day: DayArray, days: FloatArray) -> DayArray:
    told = days <= _FARTHEST  # false for NaN
    dates: DayArray = last_day + np.where(told, np.rint(days), 0).astype("timedelta64[D]")
    dates[~told] = np.datetime64("NaT", "D")
    return dates
