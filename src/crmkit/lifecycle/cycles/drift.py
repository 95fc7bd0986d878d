"""Whose cycles grow longer? Gaps against what the customer's own past foretold, and the season."""

from __future__ import annotations

from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri_exp

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.gap_likelihood import Histories, Parameters, log_survival
from crmkit.data.answers import Answer
from crmkit.lifecycle.cycles.histories import ScaledGaps
from crmkit.typing import BoolArray, CycleUnit, FloatArray, IntArray, LabelArray

_GAPS = 3
_SURE = 1.645
_FARTHEST = 4.0
_WEEK = 7


@attrs.frozen(kw_only=True, repr=False)
class CycleDrift(Answer):
    """How much longer each customer's last gaps were than foretold; the longest first.

    Each gap is placed in the distribution that the customer's earlier gaps foretold and written as
    a standard normal figure, less the mean figure of the product's gaps that ended in the same
    week, so that a holiday that keeps everybody away warns of nobody. Customers with fewer than
    three gaps, the open one included, are not in the table.

    Attributes:
        by: whether gaps are between purchases of a product or of a category.
        as_of: the day asked about.
        customer: ids.
        item: ids of the product or category.
        gaps: int64, completed gaps.
        score: sum of the last three figures over the square root of 3. The open gap, known to be
            at least as long as it is, takes the place of the oldest where that is longer.
        open_figure: of the open gap alone: a lower bound.
        lengthening: whether the score exceeds 1.645. Of stable customers 5 to 6 in a hundred do,
            one more than by chance alone because the open gap may take a place.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, truth = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> len(replenishment(tx).drift(truth.end))
        334
    """

    by: CycleUnit
    as_of: np.datetime64
    customer: LabelArray = array()
    item: LabelArray = array()
    gaps: IntArray = array()
    score: FloatArray = array()
    open_figure: FloatArray = array()
    lengthening: BoolArray = array()

    def __len__(self) -> int:
        """How many customers and products have three gaps."""
        return len(self.score)

    def __repr__(self) -> str:
        """How many were looked at, and how many have lengthening cycles."""
        longer = np.count_nonzero(self.lengthening)
        rows = check.counted(len(self), "row")
        return f"CycleDrift({rows} as of {self.as_of}, {longer:,} lengthening)"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = ("gaps", "score", "open_figure", "lengthening")
        columns = {name: getattr(self, name) for name in names}
        return {"customer": self.customer, self.by: self.item} | columns


class _Figures(NamedTuple):
    """Normal figures of the completed gaps, and of the open one of each pair."""

    completed: FloatArray
    open: FloatArray


def drift_columns(gaps: ScaledGaps, at: Parameters, end: int) -> dict[str, Any]:
    """Return the columns of the answer."""
    seen = gaps.seen
    figures = _without_season(gaps, _figures(gaps, at, end), end)
    scored = np.flatnonzero((seen.completed >= _GAPS - 1) & ~np.isnan(at.k[seen.item]))
    stop = (np.cumsum(seen.completed))[scored]
    last_two = figures.completed[stop - 1] + figures.completed[stop - 2]
    third = np.full(len(scored), -np.inf)
    enough = seen.completed[scored] >= _GAPS
    third[enough] = figures.completed[stop[enough] - _GAPS]
    score = (last_two + np.maximum(third, figures.open[scored])) / np.sqrt(_GAPS)
    order = np.argsort(-score, kind="stable")
    pairs = scored[order]
    return {
        "customer": seen.customers[seen.occasions.customer[pairs]],
        "item": seen.items[seen.item[pairs]],
        "gaps": seen.completed[pairs],
        "score": score[order],
        "open_figure": figures.open[pairs],
        "lengthening": score[order] > _SURE,
    }


def _figures(gaps: ScaledGaps, at: Parameters, end: int) -> _Figures:
    """Place each gap in what the gaps before it foretold."""
    seen = gaps.seen
    pair = seen.gaps.pair
    start = (np.cumsum(seen.completed) - seen.completed)[pair]
    before = np.cumsum(gaps.gaps) - gaps.gaps
    earlier = np.maximum(before - before[start], 0.0) if len(pair) else before
    count = (np.arange(len(pair)) - start).astype(np.float64)
    nothing = np.zeros(len(pair))
    past = Histories(count, earlier, nothing, nothing)
    now = gaps.histories(end)
    return _Figures(
        _normal(log_survival(past, at.take(seen.item[pair]), gaps.gaps)),
        _normal(log_survival(now, at.take(seen.item), now.open)),
    )


def _normal(log_longer: FloatArray) -> FloatArray:
    return np.asarray(np.clip(-ndtri_exp(log_longer), -_FARTHEST, _FARTHEST))


def _without_season(gaps: ScaledGaps, figures: _Figures, end: int) -> _Figures:
    """Subtract what the same week did to the other gaps of the product."""
    seen = gaps.seen
    weeks = end // _WEEK + 1
    ended = seen.occasions.day[seen.gaps.opened_by + 1] // _WEEK
    # Cells for items with gaps alone; who has none is in no table, so any cell will do.
    busy = seen.gaps_per_item > 0
    row = np.maximum(np.cumsum(busy) - 1, 0)
    cell = row[seen.gap_item] * weeks + ended
    size = max(int(np.count_nonzero(busy)), 1) * weeks
    total = np.bincount(cell, figures.completed, size)
    count = np.bincount(cell, minlength=size)
    drawn_in = _prior_gaps(total, count)
    others = (total[cell] - figures.completed) / (count[cell] - 1 + drawn_in)
    now = row[seen.item] * weeks + end // _WEEK
    return _Figures(figures.completed - others, figures.open - total[now] / (count[now] + drawn_in))


def _prior_gaps(total: NDArray[Any], count: IntArray) -> float:
    """Return how many gaps of an ordinary week each week's mean is mixed with.

    By the method of moments: the mean of n figures of variance 1 varies by 1 / n, and by what
    the weeks differ. Infinite, so that nothing is subtracted, where they do not.
    """
    there = count > 0
    squares = float((total[there] ** 2 / count[there] - 1).sum())
    gaps = float(count.sum())
    return gaps / squares if squares > 0 else np.inf
