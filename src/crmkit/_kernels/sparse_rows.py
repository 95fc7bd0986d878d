"""A table of mostly empty cells, kept as its filled cells and spread out a few rows at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from crmkit._kernels.ragged import positions_of, starts_of
from crmkit.typing import CodeArray, FloatArray, IntArray, NumberArray

_FULL = 0.4
"""Above this share of filled cells the plain table is the smaller one."""


class SparseRows(NamedTuple):
    """Cells of a table, as a plain table or by row: only those that are filled.

    Attributes:
        values: shape (rows, width), or one entry per filled cell, row by row.
        columns: where in its row each filled cell is; None for a plain table.
        starts: where each row starts, and the end; None for a plain table.
        width: columns of the table.
    """

    values: NDArray[Any]
    columns: CodeArray | None
    starts: IntArray | None
    width: int


def empty_rows(rows: int, width: int, dtype: type[np.generic]) -> SparseRows:
    """Return a table without any filled cell."""
    nothing = np.zeros(0, dtype=np.int32)
    return SparseRows(np.zeros(0, dtype=dtype), nothing, np.zeros(rows + 1, np.int64), width)


def summed_cells(
    rows: CodeArray, columns: CodeArray, values: NumberArray, shape: tuple[int, int]
) -> tuple[IntArray, CodeArray, NumberArray]:
    """Sum *values* per cell, exactly if they are integers; return row, column and sum of each."""
    table = sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()
    table.sum_duplicates()
    row = np.repeat(np.arange(shape[0]), np.diff(table.indptr))
    return row, table.indices.astype(np.int32), table.data


def sparse_rows(
    rows: IntArray, columns: CodeArray, values: NDArray[Any], shape: tuple[int, int]
) -> SparseRows:
    """Keep cells that stand row by row, in the smaller of both forms."""
    if len(values) > _FULL * shape[0] * shape[1]:
        table = np.zeros(shape, dtype=values.dtype)
        table[rows, columns] = values
        return SparseRows(table, None, None, shape[1])
    starts = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=shape[0]), out=starts[1:])
    return SparseRows(values, columns.astype(np.int32), starts, shape[1])


def dense_rows(table: SparseRows, rows: IntArray) -> NDArray[Any]:
    """Return some rows in full, empty cells as 0; always a fresh array."""
    if table.starts is None or table.columns is None:
        return table.values[rows]
    first = table.starts[rows]
    sizes = table.starts[rows + 1] - first
    cells = positions_of(first, sizes)
    full = np.zeros((len(rows), table.width), dtype=table.values.dtype)
    full[np.repeat(np.arange(len(rows)), sizes), table.columns[cells]] = table.values[cells]
    return full


def some_rows(table: SparseRows, rows: IntArray) -> SparseRows:
    """Return the table of some rows."""
    if table.starts is None or table.columns is None:
        return table._replace(values=table.values[rows])
    sizes = np.diff(table.starts)[rows]
    cells = positions_of(table.starts[rows], sizes)
    return SparseRows(table.values[cells], table.columns[cells], starts_of(sizes), table.width)


def compact(values: NumberArray) -> NDArray[Any]:
    """Return *values* as float32 if that holds them exactly, else as float64."""
    single = values.astype(np.float32)
    return single if np.array_equal(single, values) else values.astype(np.float64)


def row_totals(table: SparseRows) -> tuple[IntArray, FloatArray]:
    """Return how many cells of each row are above 0, and the sum of each row."""
    if table.starts is None:
        rows = len(table.values)
        row = np.repeat(np.arange(rows), table.width)
    else:
        rows = len(table.starts) - 1
        row = np.repeat(np.arange(rows), np.diff(table.starts))
    values = table.values.ravel()
    above = np.bincount(row[values > 0], minlength=rows)
    sums: FloatArray = np.bincount(row, weights=values, minlength=rows).astype(np.float64)
    return above.astype(np.int64), sums
