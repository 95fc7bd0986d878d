"""What is in which basket, as pairs of a row and a product, from lines, lists and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from crmkit._kernels.grouping import occurring
from crmkit.data import Codes, Transactions
from crmkit.data.frames import collect, frame_of_arrays, open_frame, read_flags
from crmkit.data.reader import ColumnReader
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.segmentation.baskets.catalogue import (
    catalogue_given,
    catalogue_of,
    find,
    listed_products,
    objects,
)
from crmkit.typing import BasketUnit, BoolArray, CodeArray, IntArray, LabelArray


class Entries(NamedTuple):
    """Pairs of a row and a product, repeats allowed."""

    rows: CodeArray
    items: CodeArray
    n_rows: int
    products: LabelArray


class Facts(TypedDict):
    """What else baskets know that were made of lines."""

    ids: LabelArray
    relatives: CodeArray | None
    without_purchase: int
    unlabelled_lines: int


# --- lines ---------------------------------------------------------------------------------------


def _is_bought(tx: Transactions) -> BoolArray:
    """Mark the lines that put something into a basket: positive quantity, no return."""
    return ~tx.is_return if tx.quantity is None else ~tx.is_return & (tx.quantity.units > 0)


def entries_of_lines(
    tx: Transactions, levels: tuple[str, ...], by: BasketUnit
) -> tuple[Entries, Facts]:
    """Return what each basket (or customer) bought, at one or several levels."""
    columns = [tx.ids(level, question="Baskets.from_transactions()") for level in _proven(levels)]
    rows = basket_rows(tx, by)
    bought = rows.lines >= 0
    parts = [
        _entries_at(column, rows.lines, bought, offset) for column, offset in _stacked(columns)
    ]
    unlabelled = np.logical_or.reduce([column.missing for column in columns])
    entries = Entries(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        len(rows.ids),
        columns[0].labels if len(levels) == 1 else _leveled(levels, columns),
    )
    return entries, Facts(
        ids=rows.ids,
        relatives=_relatives(columns, bought) if len(levels) > 1 else None,
        without_purchase=rows.without_purchase,
        unlabelled_lines=int(np.count_nonzero(bought & unlabelled)),
    )


def _proven(levels: tuple[str, ...]) -> tuple[str, ...]:
    if not levels or len(set(levels)) < len(levels):
        raise InvalidArgumentError(
            f"level names what a basket is a set of, each level once; got {levels!r}."
        )
    return levels


class BasketRows(NamedTuple):
    """The rows of baskets that lines belong to.

    Attributes:
        lines: the row of each line; -1 for returns and for lines in no basket.
        ids: which basket or customer each row is.
        without_purchase: baskets that are no row, because none of their lines is a purchase.
    """

    lines: CodeArray
    ids: LabelArray
    without_purchase: int


def basket_rows(tx: Transactions, by: BasketUnit) -> BasketRows:
    """Number the baskets (or customers) that bought something."""
    row = _pairs_of_lines(tx, by)
    bought = _is_bought(tx) & (row.codes >= 0)
    used = occurring(row.codes[bought], len(row.labels))
    number = np.append(np.cumsum(used, dtype=np.int32) - np.int32(1), np.int32(-1))
    lines = np.where(bought, number[row.codes], np.int32(-1))  # code -1 finds the last entry
    return BasketRows(lines, row.labels[used], row.n_used - int(np.count_nonzero(used)))


def _pairs_of_lines(tx: Transactions, by: BasketUnit) -> Codes:
    """Return for each line its customer, or its (customer, basket) pair, labelled by basket."""
    question = "Baskets.from_transactions()"
    if by == "customer":
        return tx.customer
    basket = tx.ids("basket", question=question)
    owner = np.full(len(basket.labels), -1, dtype=np.int32)
    owner[basket.codes] = tx.customer.codes
    if np.array_equal(owner[basket.codes], tx.customer.codes):
        return basket
    # Till numbers come again: each pair is a basket.
    span = np.int64(len(tx.customer.labels) + 1)
    pairs = basket.codes * span + tx.customer.codes + 1
    different, codes = np.unique(pairs, return_inverse=True)
    return Codes(codes.astype(np.int32), basket.labels[different // span])


def _stacked(columns: list[Codes]) -> Iterable[tuple[Codes, int]]:
    offsets = np.cumsum([0, *(len(column.labels) for column in columns)]).tolist()
    return zip(columns, offsets[:-1], strict=True)


def _entries_at(
    column: Codes, rows: CodeArray, lines: BoolArray, offset: int
) -> tuple[CodeArray, CodeArray]:
    there = lines & (column.codes >= 0)
    return rows[there], column.codes[there] + np.int32(offset)


def _leveled(levels: tuple[str, ...], columns: list[Codes]) -> LabelArray:
    return objects(
        (level, label)
        for level, column in zip(levels, columns, strict=True)
        for label in column.labels.tolist()
    )


def _relatives(columns: list[Codes], lines: BoolArray) -> CodeArray:
    """Return the pairs of an item and an item of another level that share a line."""
    stacked = [(c.codes[lines], offset, len(c.labels)) for c, offset in _stacked(columns)]
    pairs = []
    for k, (lower, base, _) in enumerate(stacked):
        for upper, top, width in stacked[k + 1 :]:
            both = (lower >= 0) & (upper >= 0)
            keys = np.unique(lower[both] * np.int64(width) + upper[both])
            pairs.append(np.stack([base + keys // width, top + keys % width]))
    return np.concatenate(pairs, axis=1).astype(np.int32)


# --- arrays --------------------------------------------------------------------------------------


def entries_of_arrays(basket: ArrayLike, product: ArrayLike) -> tuple[Entries, LabelArray]:
    """Return which product each entry puts into which basket, and the baskets' ids."""
    table = collect(
        open_frame(frame_of_arrays({"basket": basket, "product": product}, times=())),
        ["basket", "product"],
    )
    reader = ColumnReader(table)
    remedy = "Every entry names its basket and its product; leave the others out."
    rows, items = (reader.ids(role, role, if_missing=remedy) for role in ("basket", "product"))
    if reader.problems:
        reader.problems.raise_all()
    reader.warn()
    return Entries(rows.codes, items.codes, len(rows.labels), items.labels), rows.labels


# --- lists ---------------------------------------------------------------------------------------


def entries_of_lists(
    lists: Iterable[Iterable[Any]], products: Sequence[Any] | LabelArray | None
) -> tuple[Entries, tuple[object, ...]]:
    """Return what each list holds, and the labels that a given catalogue does not have."""
    _prove_lists(lists)
    baskets = [listed_products(k, basket, "basket") for k, basket in enumerate(lists)]
    sizes = np.fromiter(map(len, baskets), dtype=np.int64, count=len(baskets))
    rows = np.repeat(np.arange(len(baskets), dtype=np.int32), sizes)
    found = catalogue_of(objects(chain.from_iterable(baskets)))
    if products is None:
        return Entries(rows, found.codes, len(baskets), found.labels), ()
    catalogue = catalogue_given(products)
    place = find(catalogue, found.labels)
    items = place[found.codes]
    known = items >= 0
    unknown = tuple(found.labels[place < 0].tolist())
    return Entries(rows[known], items[known], len(baskets), catalogue), unknown


def _prove_lists(lists: object) -> None:
    # A frame would hand out its column names.
    odd = isinstance(lists, str | bytes) or hasattr(lists, "columns")
    if odd or not isinstance(lists, Iterable):
        raise InvalidDataError(
            f"baskets come as one list of products for each; got {type(lists).__name__}. For a"
            " one-hot frame there is Baskets.from_matrix, for till lines Baskets.from_transactions."
        )


# --- tables --------------------------------------------------------------------------------------


def entries_of_matrix(matrix: Any, products: Sequence[Any] | LabelArray | None) -> Entries:
    """Return what a table of 0 and 1 marks."""
    cells, columns = _cells_of(matrix)
    _prove_binary(cells)
    labels = columns if products is None else catalogue_given(products)
    if len(labels) != cells.shape[1]:
        raise InvalidArgumentError(
            f"the matrix has {cells.shape[1]:,} columns and products names {len(labels):,}."
        )
    marked = cells.values != 0
    rows, items = cells.rows[marked], cells.items[marked]
    return Entries(rows.astype(np.int32), items.astype(np.int32), cells.shape[0], labels)


class Cells(NamedTuple):
    """The cells of a table that are not 0."""

    rows: IntArray
    items: IntArray
    values: NDArray[Any]
    shape: tuple[int, int]


def _cells_of(matrix: Any) -> tuple[Cells, LabelArray]:
    if sparse.issparse(matrix):
        table = matrix.tocoo()
        shape = _two_dimensions(table.shape)
        cells = Cells(table.row, table.col, table.data, shape)
    elif isinstance(matrix, np.ndarray):
        plain = _plain(matrix)
        shape = _two_dimensions(plain.shape)
        rows, items = np.nonzero(plain != 0)  # NaN is not zero
        cells = Cells(rows, items, plain[rows, items], shape)
    elif isinstance(matrix, list | tuple):
        raise InvalidArgumentError(
            "a matrix of baskets is an array, a sparse matrix or a frame; got a"
            f" {type(matrix).__name__}. Say numpy.array(matrix), or Baskets.from_lists for lists of"
            " products."
        )
    else:
        flags = read_flags(matrix)
        cells = Cells(flags.rows, flags.items, flags.values, flags.shape)
        return cells, catalogue_given(flags.names)
    return cells, np.arange(cells.shape[1])


def _plain(matrix: NDArray[Any]) -> NDArray[Any]:
    # A numpy.matrix would stay two-dimensional whatever is taken out of it.
    plain = np.asarray(matrix)
    return np.where(pd.isna(plain), np.nan, plain) if plain.dtype.kind == "O" else plain


def _two_dimensions(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) != 2:
        raise InvalidArgumentError(
            f"a matrix of baskets has two dimensions, basket x product; got shape {shape}."
        )
    return shape


def _prove_binary(cells: Cells) -> None:
    odd = (cells.values != 0) & (cells.values != 1)
    if odd.any():
        first = int(np.argmax(odd))
        raise InvalidDataError(
            "a matrix of baskets holds 0 and 1, or False and True; found"
            f" {cells.values[first : first + 1].tolist()[0]!r} in row {cells.rows[first]}, column"
            f" {cells.items[first]} (counted from 0), and {np.count_nonzero(odd) - 1:,} more."
            " For quantities say matrix > 0."
        )
