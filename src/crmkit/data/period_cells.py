"""What a cell of a product x period table can be, and the cells of many products."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array, same_array
from crmkit._kernels.sparse_rows import SparseRows, dense_rows, some_rows, sparse_rows
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray

_CELLS = 1 << 19


class Cell(IntEnum):
    """What a product did in a period; four of the five are no sale, and mean different things.

    Attributes:
        NOT_LAUNCHED: before its first period on sale.
        NO_SALE: on sale, and nobody bought; or as much was returned as was sold.
        CLOSED: could not be sold: shop closed, out of stock.
        NOT_OBSERVED: nothing is known, as after the end of the data.
        SALE: more was sold than returned.

    Examples:
        >>> import crmkit as ck
        >>> nan = float("nan")
        >>> block = ck.ProductPeriods.from_matrix([[nan, 0, 3, nan]]).block(slice(1))
        >>> [ck.data.Cell(cell).name for cell in block.cells[0]]
        ['NOT_LAUNCHED', 'NO_SALE', 'SALE', 'NOT_OBSERVED']
    """

    NOT_LAUNCHED = 0
    NO_SALE = 1
    CLOSED = 2
    NOT_OBSERVED = 3
    SALE = 4


class PeriodBlock(NamedTuple):
    """Some rows of the table in full.

    Attributes:
        values: shape (rows, periods), float64; 0 where there is no sale of whatever kind.
        cells: shape (rows, periods), uint8, what each cell is: see `Cell`.
        exposure: shape (rows, periods), float64, how much chance to sell there was, 1 by default.

    Examples:
        >>> import crmkit as ck
        >>> periods = ck.ProductPeriods.from_matrix([[4, 0, 3], [1, 1, 0]])
        >>> periods.block(slice(0, 1)).values
        array([[4., 0., 3.]])
    """

    values: FloatArray
    cells: NDArray[np.uint8]
    exposure: FloatArray


def _same_rows(a: SparseRows, b: SparseRows) -> bool:
    return a.width == b.width and all(map(same_array, a[:3], b[:3]))


_by_cells = attrs.cmp_using(eq=_same_rows)


@attrs.frozen(kw_only=True)
class Exposure:
    """How much chance to sell each product had in each period: a product of three factors.

    Attributes:
        covered: shape (periods,), share of each period that the data cover.
        first: shape (products,), share of the covered part of its first period on sale.
        profiles: shape (profiles, periods), what was told beside: season, shops selling ...
        profile: shape (products,), which profile a product has.
    """

    covered: FloatArray = array()
    first: FloatArray = array()
    profiles: FloatArray = array()
    profile: CodeArray = array()

    @classmethod
    def even(cls, products: int, periods: int) -> Self:
        """Return the same chance for all."""
        return cls(
            covered=np.ones(periods),
            first=np.ones(products),
            profiles=np.ones((1, periods)),
            profile=np.zeros(products, dtype=np.int32),
        )

    def times(self, profiles: FloatArray, profile: CodeArray) -> Self:
        """Return it multiplied by further profiles."""
        pairs = self.profile.astype(np.int64) * len(profiles) + profile
        kept, place = np.unique(pairs, return_inverse=True)
        both = self.profiles[kept // len(profiles)] * profiles[kept % len(profiles)]
        return attrs.evolve(self, profiles=both, profile=place.astype(np.int32))

    def of(self, rows: IntArray, launch: CodeArray) -> FloatArray:
        """Return it in full for some *rows*, each launched in one period."""
        full = self.profiles[self.profile[rows]] * self.covered
        full[np.arange(len(rows)), launch] *= self.first[rows]
        return full


@attrs.frozen(kw_only=True)
class PeriodCells:
    """The cells of all products, held small: spread out a block at a time.

    Attributes:
        sales: what was sold, never below 0.
        launch: shape (products,), int32, first period on sale.
        end: shape (products,), int32, the period after the last one observed.
        closed: shape (periods,), when the whole shop was closed.
        marks: single cells that are closed or not observed: the number of the `Cell`.
        exposure: how much chance to sell there was.
    """

    sales: SparseRows = attrs.field(eq=_by_cells)
    launch: CodeArray = array()
    end: CodeArray = array()
    closed: BoolArray = array()
    marks: SparseRows = attrs.field(eq=_by_cells)
    exposure: Exposure

    def block(self, rows: IntArray) -> PeriodBlock:
        """Spread some rows out."""
        values = dense_rows(self.sales, rows).astype(np.float64)
        exposure = self.exposure.of(rows, self.launch[rows])
        return PeriodBlock(values, self._states(rows, values > 0), exposure)

    def slices(self, size: int | None = None) -> Iterator[slice]:
        """Cut all products into slices of *size* rows, of about half a million cells if None.

        Of no products there is one empty slice: whoever joins the parts then knows their types.
        """
        step = max(_CELLS // len(self.closed), 1) if size is None else size
        for first in range(0, max(len(self.launch), 1), step):
            yield slice(first, first + step)

    def of(self, rows: IntArray) -> Self:
        """Return the cells of some products."""
        exposure = attrs.evolve(
            self.exposure, first=self.exposure.first[rows], profile=self.exposure.profile[rows]
        )
        return attrs.evolve(
            self,
            sales=some_rows(self.sales, rows),
            launch=self.launch[rows],
            end=self.end[rows],
            marks=some_rows(self.marks, rows),
            exposure=exposure,
        )

    def with_closed(self, shop: BoolArray, single: BoolArray | None) -> Self:
        """Return the cells with other closures; what is not observed stays so."""
        known = np.arange(len(self.launch))
        unknown = dense_rows(self.marks, known) == Cell.NOT_OBSERVED
        return attrs.evolve(self, closed=shop, marks=marks_of(single, unknown))

    def _states(self, rows: IntArray, sold: BoolArray) -> NDArray[np.uint8]:
        at = np.arange(len(self.closed))
        states = np.where(sold, np.uint8(Cell.SALE), np.uint8(Cell.NO_SALE))
        states[:, self.closed] = Cell.CLOSED
        if self.marks.values.any():
            marks = dense_rows(self.marks, rows)
            np.copyto(states, marks, where=marks > 0)
        states[at >= self.end[rows, None]] = Cell.NOT_OBSERVED
        states[at < self.launch[rows, None]] = Cell.NOT_LAUNCHED
        return states


def marks_of(closed: BoolArray | None, unknown: BoolArray) -> SparseRows:
    """Keep single cells that are closed or, where they are not, not observed."""
    marked = unknown if closed is None else unknown | closed
    rows, columns = np.nonzero(marked)
    marks = np.full(len(rows), Cell.NOT_OBSERVED, dtype=np.uint8)
    if closed is not None:
        marks[closed[rows, columns]] = Cell.CLOSED
    return sparse_rows(rows, columns.astype(np.int32), marks, (unknown.shape[0], unknown.shape[1]))
