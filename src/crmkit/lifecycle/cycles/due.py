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
        overdue: whether nine in ten such purchases would have come by now.
        gaps: int64, how many gaps the customer has completed; with 0 the product speaks alone.
        units: mean units of the customer's past purchases; NaN where quantities are not known.
        level: whose gaps the product's cycle was learnt from.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, truth = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> due = replenishment(tx).due(truth.end, least=0.2)
        >>> due.to_frame().head(2)[["customer", "product", "due_day", "active", "buys"]].round(2)
           customer  product    due_day  active  buys
        0        18        1 2025-12-14    0.96  0.42
        1       209        0 2025-12-24    0.99  0.41
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

    def __len__(self) -> int:
        """How many customers and products."""
        return len(self.buys)

    def __repr__(self) -> str:
        """How many rows, how many purchases are expected, and how many are overdue."""
        return (
            f"DuePurchases({check.counted(len(self), 'row')} as of {self.as_of},"
            f" {np.nansum(self.buys):,.1f} purchases expected within {self.horizon} days,"
            f" {np.count_nonzero(self.overdue):,} overdue)"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = [a.name for a in attrs.fields(DuePurchases)]
        left_out = ("frame_kind", "by", "as_of", "horizon", "customer", "item")
        columns = {name: getattr(self, name) for name in names if name not in left_out}
        return {"customer": self.customer, self.by: self.item} | columns


class Forecast(NamedTuple):
    """Days since the last purchase until the next one, and how likely it is; one entry a row."""

    due: FloatArray
    expected: FloatArray
    earliest: FloatArray
    latest: FloatArray
    active: FloatArray
    buys: FloatArray
    overdue: BoolArray

    def take(self, rows: IntArray | BoolArray) -> Forecast:
        """Return some of the rows."""
        due, expected, earliest, latest = (column[rows] for column in self[:4])
        active, buys, overdue = self.active[rows], self.buys[rows], self.overdue[rows]
        return Forecast(due, expected, earliest, latest, active, buys, overdue)


def forecast(gaps: ScaledGaps, at: Parameters, end: int, horizon: int) -> Forecast:
    """Forecast every pair on day *end*; *at* is per item."""
    rows, row_of = _different(gaps, end)
    item, factor = gaps.seen.item[rows], gaps.last_factor[rows]
    return _forecast(gaps.histories(end).take(rows), at.take(item), factor, horizon).take(row_of)


def _different(gaps: ScaledGaps, end: int) -> tuple[IntArray, IntArray]:
    """Return rows that differ, and which of them each pair is like.

    Pairs without a completed gap differ by item, open gap and the size of the purchase alone.
    """
    seen = gaps.seen
    own = np.arange(seen.pairs)
    never = np.flatnonzero(seen.completed == 0)
    _, size = np.unique(gaps.last_factor[never], return_inverse=True)
    sizes = int(size.max(initial=0)) + 1
    key = (seen.item[never] * (end + 1) + (end - seen.last[never])) * sizes + size
    _, first, like = np.unique(key, return_index=True, return_inverse=True)
    own[never] = never[first][like]
    rows = np.flatnonzero(own == np.arange(seen.pairs))
    place = np.zeros(seen.pairs, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return rows, place[own]


def _forecast(past: Histories, at: Parameters, factor: FloatArray, horizon: int) -> Forecast:
    now = kernel.log_survival(past, at, past.open)
    later = kernel.log_survival(past, at, past.open + horizon / factor)
    active = kernel.active_given(now, at)
    fresh = past._replace(open=np.zeros(len(now)))
    unknown = np.isnan(at.k)
    return Forecast(
        due=factor * kernel.next_gap(fresh, at, 0.5),
        expected=factor * kernel.next_gap_given(now, past, at, 0.5),
        earliest=factor * kernel.next_gap_given(now, past, at, _LOW),
        latest=factor * kernel.next_gap_given(now, past, at, _HIGH),
        active=active,
        buys=np.where(unknown, np.nan, active * -np.expm1(later - now)),
        overdue=now < np.log(1 - _HIGH),
    )


def due_purchases(
    gaps: ScaledGaps, at: Parameters, asked: Asked, level: NDArray[np.object_]
) -> dict[str, Any]:
    """Return the columns of the answer."""
    seen = gaps.seen
    told = forecast(gaps, at, asked.end, asked.horizon)
    listed = np.flatnonzero(~(told.buys < asked.least))
    order = listed[np.argsort(-told.buys[listed], kind="stable")]
    told, last = told.take(order), seen.last[order]
    item = seen.item[order]
    last_day = seen.first_day + last
    units = seen.mean_units[order] if seen.with_units else np.full(len(order), np.nan)
    return {
        "customer": seen.customers[seen.occasions.customer[order]],
        "item": seen.items[item],
        "last_day": last_day,
        "due_day": _dates(last_day, told.due),
        "expected_day": _dates(last_day, told.expected),
        "earliest_day": _dates(last_day, told.earliest),
        "latest_day": _dates(last_day, told.latest),
        "active": told.active,
        "buys": told.buys,
        "overdue": told.overdue,
        "gaps": seen.completed[order],
        "units": units,
        "level": level[item],
    }


class Asked(NamedTuple):
    """What is asked: as of which day, within how many, and from which probability on."""

    end: int
    horizon: int
    least: float


def _dates(last_day: DayArray, days: FloatArray) -> DayArray:
    told = days <= _FARTHEST  # false for NaN
    dates: DayArray = last_day + np.where(told, np.rint(days), 0).astype("timedelta64[D]")
    dates[~told] = np.datetime64("NaT", "D")
    return dates
