"""Read a ready product x period matrix: checked, all that is wrong in one error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._kernels.calendars import period_numbers, period_starts
from crmkit._kernels.sparse_rows import compact, sparse_rows
from crmkit.data.calendars import weekday_of
from crmkit.data.encoding import RawIds, encode
from crmkit.data.period_cells import Exposure, PeriodCells, marks_of
from crmkit.data.period_options import PeriodsLeftOut, warn_of_clipped
from crmkit.data.problems import UnreadableError
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import (
    BoolArray,
    CodeArray,
    DayArray,
    FloatArray,
    IntArray,
    IntoDay,
    LabelArray,
    PeriodLength,
)

_SHOWN = 3


def matrix_of(counts: ArrayLike) -> FloatArray:
    """Prove that *counts* are numbers in rows of one length."""
    try:
        values = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(
            "counts must be numbers in rows of one length, NaN for not launched or not observed;"
            f" got {type(counts).__name__}: {error}."
        ) from error
    if values.ndim != 2 or values.shape[1] == 0:
        raise InvalidArgumentError(
            "counts must be a matrix of products x periods with at least one period; got shape"
            f" {values.shape}. One product is a matrix of one row: [[3, 0, 4]]."
        )
    return values


def refuse_unusable(
    values: FloatArray, products: ArrayLike | None, start: object, every: PeriodLength
) -> tuple[LabelArray, DayArray | IntArray]:
    """Return ids and starts, or raise one error that lists all that is wrong."""
    problems: list[str] = []
    _note(problems, "infinite numbers", np.any(np.isinf(values), 1), "Correct them.")
    empty = np.all(np.isnan(values), 1)
    way = "Leave out products of which nothing is known; 0 is on sale without a sale."
    _note(problems, "nothing but NaN", empty, way)
    ids = _ids(products, len(values), problems)
    starts = _starts(start, values.shape[1], every, problems)
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        count = check.counted(len(problems), "problem")
        raise InvalidDataError(f"the matrix has {count}:\n{listed}")
    return ids, starts


def _note(problems: list[str], what: str, rows: BoolArray | np.bool_, remedy: str) -> None:
    if rows.any():
        count = check.counted(np.count_nonzero(rows), "row")
        problems.append(
            f"{what} in {count}, first in row {int(np.argmax(rows))} (counted from 0). {remedy}"
        )


def _ids(products: ArrayLike | None, rows: int, problems: list[str]) -> LabelArray:
    if products is None:
        return np.arange(rows)
    ids = np.asarray(products)
    ids = ids.astype(object) if ids.dtype.kind in "US" else ids
    if ids.shape != (rows,):
        problems.append(f"{rows:,} rows need as many products; got shape {ids.shape}.")
        return np.arange(rows)
    try:
        codes = encode(RawIds(values=ids))
    except UnreadableError as error:
        problems.append(f"products: {error.what}. {error.remedy_for('products')}")
        return np.arange(rows)
    repeated = np.bincount(codes.codes, minlength=1)[codes.codes] > 1 if rows else np.zeros(0, bool)
    way = "Add the rows of one product up, or leave one out."
    _note(problems, "products that stand in several rows", repeated, way)
    return codes.labels[codes.codes]


def _starts(
    start: object, periods: int, every: PeriodLength, problems: list[str]
) -> DayArray | IntArray:
    if start is None:
        return np.arange(periods)
    if isinstance(start, np.ndarray | list | tuple) and np.ndim(start) == 1:
        return _given_starts(start, periods, every, problems)
    return _run(check.day(start, "start"), periods, every, problems)  # type: ignore[arg-type]


def _run(first: np.datetime64, periods: int, every: PeriodLength, problems: list[str]) -> DayArray:
    one = np.array([first], dtype="datetime64[D]")
    weekday = weekday_of(first)
    number = period_numbers(one, every, weekday)
    starts = period_starts(number + np.arange(periods), every, weekday)
    if starts[0] != first:
        problems.append(
            f"start must be the first day of a {every}; got {first}, which lies in the {every}"
            f" from {starts[0]}."
        )
    return starts


def _given_starts(
    start: Sequence[IntoDay] | NDArray[Any], periods: int, every: PeriodLength, problems: list[str]
) -> DayArray | IntArray:
    days = np.array([check.day(day, f"start[{k}]") for k, day in enumerate(start)], "M8[D]")
    if len(days) != periods:
        problems.append(f"start has {len(days):,} days for {periods:,} periods.")
        return days
    expected = _run(days[0], periods, every, problems)
    wrong = np.flatnonzero(np.diff(days) != np.diff(expected)) + 1
    if len(wrong):
        shown = "; ".join(_step(days[k - 1], days[k]) for k in wrong[:_SHOWN])
        problems.append(
            f"start must be consecutive {every}s, each once and in order; column {wrong[0]}"
            f" (counted from 0) and {len(wrong) - 1:,} more do not follow: {shown}. Put columns in"
            f" order, add those that lack (0, or NaN if not observed), or say another every=."
        )
    return days


def _step(before: np.datetime64, after: np.datetime64) -> str:
    days = int((after - before).astype(np.int64))
    return f"{after} repeats" if days == 0 else f"{before} to {after} are {days} days"


def closed_of(
    closed: ArrayLike | None, shape: tuple[int, int]
) -> tuple[BoolArray, BoolArray | None]:
    """Split closures into those of the whole shop and single ones."""
    nowhere = np.zeros(shape[1], dtype=np.bool_)
    if closed is None:
        return nowhere, None
    mask = np.asarray(closed)
    if mask.dtype != np.bool_ or mask.shape not in (shape, shape[1:]):
        raise InvalidArgumentError(
            f"closed must be {shape[1]:,} booleans, one per period, or {shape[0]:,} rows of them,"
            f" one per product; got {mask.dtype} of shape {mask.shape}."
        )
    return (mask, None) if mask.ndim == 1 else (nowhere, mask)


def earlier_of(age_known: bool | BoolArray, products: int) -> CodeArray:
    """Prove that *age_known* is boolean; return 0 where it is, -1 where not."""
    if isinstance(age_known, bool | np.bool_):
        return np.full(products, 0 if age_known else -1, dtype=np.int32)
    known = np.asarray(age_known)
    if known.dtype != np.bool_ or known.shape != (products,):
        raise InvalidArgumentError(
            f"age_known must be True, False or {products:,} booleans, one per product; got"
            f" {known.dtype} of shape {known.shape}."
        )
    return np.where(known, 0, -1).astype(np.int32)


def exposure_profiles(exposure: ArrayLike, shape: tuple[int, int]) -> tuple[FloatArray, CodeArray]:
    """Prove that *exposure* is above 0; return profiles, and the one of each product."""
    factors = np.asarray(exposure, dtype=np.float64)
    if factors.shape not in (shape, shape[1:]):
        raise InvalidArgumentError(
            f"exposure must be {shape[1]:,} numbers, one per period, or {shape[0]:,} rows of them,"
            f" one per product; got shape {factors.shape}."
        )
    if not np.all(np.isfinite(factors) & (factors > 0)):
        raise InvalidArgumentError(
            "exposure must be numbers above 0. Where there was no chance to sell, say so:"
            " with_closed(mask)."
        )
    rows = np.arange(shape[0], dtype=np.int32)
    return np.atleast_2d(factors), rows if factors.ndim == 2 else np.zeros_like(rows)


def cells_of(values: FloatArray, closed: ArrayLike | None) -> tuple[PeriodCells, PeriodsLeftOut]:
    """Read the cells of a matrix that has passed the checks, and what of it is clipped."""
    known = ~np.isnan(values)
    at = np.arange(values.shape[1])
    shop, single = closed_of(closed, (len(values), len(at)))
    launch = known.argmax(axis=1).astype(np.int32)
    end = (len(at) - known[:, ::-1].argmax(axis=1)).astype(np.int32)
    lived = (at >= launch[:, None]) & (at < end[:, None])
    below = values[values < 0]
    rows, columns = np.nonzero(values > 0)
    sales = values[rows, columns]
    clipped = float(-below.sum())
    warn_of_clipped(clipped, float(sales.sum()))
    cells = PeriodCells(
        sales=sparse_rows(rows, columns.astype(np.int32), compact(sales), (len(values), len(at))),
        launch=launch,
        end=end,
        closed=shop,
        marks=marks_of(None if single is None else single & lived, ~known & lived),
        exposure=Exposure.even(len(values), len(at)),
    )
    return cells, PeriodsLeftOut(clipped_cells=len(below), clipped=clipped)
