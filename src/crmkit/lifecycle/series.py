"""Products by age: those of which equally many periods are seen stand together in one array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._kernels.grouping import changes
from crmkit._kernels.template_posterior import Series
from crmkit.data.period_cells import Cell, PeriodBlock
from crmkit.data.product_periods import ProductPeriods
from crmkit.typing import BoolArray, IntArray

_ROWS: Final = 4_096
_PART: Final = 16_384


@attrs.frozen(kw_only=True)
class Looks:
    """Products, each looked at in some period: what is seen of it by then.

    Attributes:
        periods: where they are.
        rows: shape (looks,), row of the product.
        first: the first period on sale.
        age: periods from the first to the last one seen; 0 for not on sale yet.
        earlier: periods on sale before the first that is seen; -1 for unknown.
        plain: whether every period was observed, with an exposure of 1.
        observed: how many periods were.
        sold: whether anything was sold.
    """

    periods: ProductPeriods
    rows: IntArray = array()
    first: IntArray = array()
    age: IntArray = array()
    earlier: IntArray = array()
    plain: BoolArray = array()
    observed: IntArray = array()
    sold: BoolArray = array()

    def __len__(self) -> int:
        """How many looks."""
        return len(self.rows)

    @property
    def known(self) -> BoolArray:
        """Whether the age is known."""
        return np.asarray(self.earlier >= 0)

    @property
    def counted(self) -> bool:
        """Whether sales are counts, not money."""
        return self.periods.value != "amount"

    def groups(self) -> list[IntArray]:
        """Return the places of looks of one age, in parts for threads; plain ones stand last."""
        keys = (self.plain, self.earlier, self.age)
        order = np.lexsort(keys)
        bounds = np.flatnonzero(changes(*(key[order] for key in keys[1:])))[1:]
        groups = [g for g in np.split(order, bounds) if len(g) and self.age[g[0]] > 0]
        parts = (np.split(group, range(_PART, len(group), _PART)) for group in groups)
        return [part for whole in parts for part in whole]

    def chunks(self, group: IntArray) -> Iterator[Series]:
        """Return what is seen of a group, from the first period on sale, some rows at a time."""
        others = int(np.count_nonzero(~self.plain[group]))
        for part in (group[:others], group[others:]):
            for first in range(0, len(part), _ROWS):
                yield self.series(part[first : first + _ROWS])

    def series(self, places: IntArray) -> Series:
        """Return what is seen of looks of one age that are all plain, or all not."""
        block = self.periods.block(self.rows[places])
        age = int(self.age[places[0]])
        columns = self.first[places][:, None] + np.arange(age)
        values, cells, exposure = (np.take_along_axis(a, columns, axis=1) for a in block)
        open_ = _is_observed(cells)
        sales = np.where(open_, np.maximum(values, 0), 0.0)
        counted = np.full(len(places), self.counted)
        if self.plain[places[0]]:
            return Series(sales, None, counted)
        return Series(sales, np.where(open_, exposure, 0.0), counted)


class _Seen(NamedTuple):
    first: IntArray
    age: IntArray
    plain: BoolArray
    observed: IntArray
    sold: BoolArray


def looks_at(
    periods: ProductPeriods, rows: IntArray | None = None, last: IntArray | None = None
) -> Looks:
    """Look at products as of now, or at some *rows* with nothing seen after a *last* period."""
    asked = np.arange(len(periods)) if rows is None else rows
    parts = [
        _seen(periods.block(asked[some]), None if last is None else last[some])
        for some in _chunks(len(asked))
    ]
    columns = zip(*parts, strict=True) if parts else ([np.zeros(0, np.int64)] for _ in range(5))
    seen = _Seen(*(np.concatenate(list(part)) for part in columns))
    return Looks(
        periods=periods,
        rows=asked,
        first=seen.first,
        age=seen.age,
        earlier=periods.earlier[asked].astype(np.int64),
        plain=seen.plain.astype(np.bool_),
        observed=seen.observed,
        sold=seen.sold.astype(np.bool_),
    )


def _chunks(count: int) -> Iterator[slice]:
    for start in range(0, count, _ROWS):
        yield slice(start, start + _ROWS)


def _seen(block: PeriodBlock, last: IntArray | None) -> _Seen:
    width = block.cells.shape[1]
    at = np.arange(width)
    shown = np.isin(block.cells, (Cell.NOT_LAUNCHED, Cell.NOT_OBSERVED), invert=True)
    if last is not None:
        shown &= at <= last[:, None]
    ever = shown.any(axis=1)
    first = np.where(ever, shown.argmax(axis=1), 0)
    end = np.where(ever, width - shown[:, ::-1].argmax(axis=1), 0)
    span = (at >= first[:, None]) & (at < end[:, None])
    open_ = _is_observed(block.cells) & span
    plain = np.asarray(((open_ & (block.exposure == 1)) | ~span).all(axis=1))
    sold = np.asarray(((block.values > 0) & open_).any(axis=1))
    return _Seen(first, end - first, plain, np.count_nonzero(open_, axis=1), sold)


def _is_observed(cells: NDArray[Any]) -> BoolArray:
    return np.isin(cells, (Cell.SALE, Cell.NO_SALE))
