"""How long until they buy again, without any model? Survival curves of gaps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from crmkit._fields import array
from crmkit._kernels.survival import (
    Deaths,
    Durations,
    curve_of,
    deaths_by_age,
    interval_of,
    medians_of,
)
from crmkit.data.answers import Answer
from crmkit.lifecycle.cycles.observed import Observed
from crmkit.typing import CycleUnit, FloatArray, GapChoice, IntArray, LabelArray

_CELLS = 1 << 22
_Z = float(ndtri(0.975))


@attrs.frozen(kw_only=True, repr=False)
class GapCurve(Answer):
    """The share of customers who have not bought again, by days since the purchase.

    Attributes:
        item: the product or category.
        choice: which gaps are counted.
        days: int64, 0 and every day on which a gap ended.
        survival: the share whose gap is longer than that many days.
        lower: of the interval at 95 %; NaN where there is none, and for weighted gaps.
        upper: likewise.
        at_risk: customers whose gap had lasted as long; fractions for weighted gaps.
        ended: gaps that ended on the day.

    Source: Kaplan and Meier (1958); interval of Greenwood's variance on the log-log scale.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> replenishment(tx).gap_curve(0)
        GapCurve(first gaps of 0, half have bought again after 181 days)
    """

    item: object
    choice: GapChoice
    days: IntArray = array()
    survival: FloatArray = array()
    lower: FloatArray = array()
    upper: FloatArray = array()
    at_risk: FloatArray = array()
    ended: FloatArray = array()

    @property
    def median(self) -> float:
        """Days until half have bought again; NaN if half never did while watched."""
        reached = np.flatnonzero(self.survival <= 0.5 + 1e-12)
        return float(self.days[reached[0]]) if len(reached) else float("nan")

    def __len__(self) -> int:
        """How many days the curve has."""
        return len(self.days)

    def __repr__(self) -> str:
        """Whose curve, and its median."""
        half = "fewer than half have bought again"
        if not np.isnan(self.median):
            half = f"half have bought again after {self.median:.0f} days"
        return f"GapCurve({self.choice} gaps of {self.item!r}, {half})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = ("days", "survival", "lower", "upper", "at_risk", "ended")
        return {name: getattr(self, name) for name in names}


@attrs.frozen(kw_only=True, repr=False)
class GapMedians(Answer):
    """Days until half the customers bought again, by product, without any model.

    Attributes:
        by: whether gaps are between purchases of a product or of a category.
        choice: which gaps are counted.
        item: ids of the product or category.
        median: days; NaN where half never bought again while watched.
        lower: of the interval at 95 %; NaN where it has no end, and for weighted gaps.
        upper: likewise.
        customers: int64, customers who bought it.
        ended: int64, gaps that ended.
        censored: int64, gaps that are open.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> print(replenishment(tx).gap_medians().median[:3])
        [181. 560. 722.]
    """

    by: CycleUnit
    choice: GapChoice
    item: LabelArray = array()
    median: FloatArray = array()
    lower: FloatArray = array()
    upper: FloatArray = array()
    customers: IntArray = array()
    ended: IntArray = array()
    censored: IntArray = array()

    def __len__(self) -> int:
        """How many products or categories."""
        return len(self.item)

    def __repr__(self) -> str:
        """How many have a median."""
        known = np.count_nonzero(~np.isnan(self.median))
        return f"GapMedians({self.choice} gaps, {known:,} of {len(self):,} with a median)"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = ("median", "lower", "upper", "customers", "ended", "censored")
        return {self.by: self.item} | {name: getattr(self, name) for name in names}


def durations_of(seen: Observed, choice: GapChoice, pairs: slice) -> Durations:
    """Return the gaps of some pairs that are counted.

    Weighted, after Wang and Chang (1999): a customer with completed gaps is those, with one vote
    together; one without is the open gap.
    """
    completed, item = seen.completed[pairs], seen.item[pairs]
    open_gap = seen.end - seen.last[pairs]
    starts = seen.first_gap[pairs.start : pairs.stop + 1]
    days = seen.gaps.days[starts[0] : starts[-1]]
    if choice == "first":
        ended = completed > 0
        open_gap[ended] = days[(starts[:-1] - starts[0])[ended]]
        return Durations(item, open_gap, np.ones(len(item)), ended)
    votes = np.ones(len(item)) if choice == "pooled" else 1 / np.maximum(completed, 1)
    left = np.arange(len(item)) if choice == "pooled" else np.flatnonzero(completed == 0)
    return Durations(
        np.concatenate([np.repeat(item, completed), item[left]]),
        np.concatenate([days, open_gap[left]]),
        np.concatenate([np.repeat(votes, completed), np.ones(len(left))]),
        np.repeat([True, False], [len(days), len(left)]),
    )


def curve_columns(seen: Observed, item: int, choice: GapChoice) -> dict[str, Any]:
    """Return the curve of one item."""
    one = durations_of(seen, choice, seen.pairs_of(item))
    one = one._replace(group=np.zeros(len(one.days), dtype=np.int64))
    deaths = deaths_by_age(one, 1, int(one.days.max(initial=0)) + 1)
    curve = curve_of(*deaths)
    lower, upper = _interval(curve, deaths, choice)
    days = np.flatnonzero(deaths.ended[0])
    at = np.append(0, days + 1)  # entry k of a curve is what is left after the first k days
    return {
        "days": np.append(0, days),
        "survival": curve[0, at],
        "lower": lower[0, at],
        "upper": upper[0, at],
        "at_risk": deaths.at_risk[0, np.append(0, days)],
        "ended": np.append(0.0, deaths.ended[0, days]),
    }


def median_columns(seen: Observed, choice: GapChoice) -> dict[str, Any]:
    """Return the medians of all items."""
    chosen, items = durations_of(seen, choice, slice(0, seen.pairs)), len(seen.items)
    parts = [_medians(deaths, choice) for deaths in _tables(chosen, items)]
    medians = np.concatenate([np.full((0, 3), np.nan), *parts])
    return {
        "median": medians[:, 0],
        "lower": medians[:, 1],
        "upper": medians[:, 2],
        "customers": seen.pairs_per_item,
        "ended": np.bincount(chosen.group[chosen.ended], minlength=items),
        "censored": np.bincount(chosen.group[~chosen.ended], minlength=items),
    }


def _tables(durations: Durations, items: int) -> Iterator[Deaths]:
    """Yield the tables of some items at a time, so that memory stays bounded."""
    ages = int(durations.days.max(initial=0)) + 1
    most = max(1, _CELLS // ages)
    order = np.argsort(durations.group, kind="stable")
    ordered = durations.take(order)
    for first in range(0, items, most):
        low, high = np.searchsorted(ordered.group, [first, first + most])
        some = ordered.take(np.arange(low, high))
        groups = min(most, items - first)
        yield deaths_by_age(some._replace(group=some.group - first), groups, ages)


def _medians(deaths: Deaths, choice: GapChoice) -> FloatArray:
    """Return medians and the ends of their intervals: the days whose interval holds one half."""
    curve = curve_of(*deaths)
    lower, upper = _interval(curve, deaths, choice)
    # A curve at 0 has no interval, but its median is no later than that day.
    columns = [medians_of(part) for part in (curve, np.where(curve > 0, lower, 0.0), upper)]
    found = np.stack(columns, axis=1).astype(np.float64)
    found[found < 0] = np.nan
    if choice == "weighted":
        found[:, 1:] = np.nan
    return found


def _interval(
    curve: FloatArray, deaths: Deaths, choice: GapChoice
) -> tuple[FloatArray, FloatArray]:
    if choice == "weighted":  # votes are no independent customers
        nothing = np.full(curve.shape, np.nan)
        return nothing, nothing
    return interval_of(curve, deaths, _Z)
