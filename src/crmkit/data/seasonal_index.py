"""How much better or worse does each week of the year sell, category by category?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.calendars import year_places
from crmkit._kernels.seasons import SeasonSums, season_sums, seasonal_factors, whole_windows
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.labels import Labels
from crmkit.data.period_cells import Cell, PeriodBlock, PeriodCells
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import (
    BoolArray,
    CodeArray,
    DayArray,
    FloatArray,
    IntArray,
    LabelArray,
    PeriodLength,
)

YEAR: Final[dict[str, int]] = {"day": 365, "week": 52, "month": 12, "quarter": 4}
_PLACES: Final[dict[str, int]] = YEAR | {"day": 366}


@attrs.frozen(kw_only=True, repr=False)
class SeasonalIndex(Answer):
    """What each part of the year sells in proportion to the rest of it, per category.

    1 is as usual, 1.3 is 30 % more. Give it to `ProductPeriods.with_exposure`. For a history that
    does not change when new data come, make it once, from the data known at the start.

    As a frame: category, place, index, cells. A place is a week of the year, counted from the
    first of January (the 52nd has eight or nine days), or a month, a quarter, a day; from 1.

    Attributes:
        every: how long a period is.
        category: the category of each product.
        index: shape (categories, places), mean 1; 1 where nothing is known.
        cells: shape (categories, places), int64, periods of products behind each index.
        reasons: why a category has no index; "" where it has one.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> season = 1 + 0.3 * np.sin(np.arange(156) / 52 * 2 * np.pi)
        >>> periods = ck.ProductPeriods.from_matrix(
        ...     np.outer([100, 300], season), start="2023-01-02", age_known=False
        ... )
        >>> periods.seasonal_index(shrinkage=0).index[0, [0, 13, 26, 39]].round(2)
        array([1.02, 1.31, 0.99, 0.7 ])
    """

    every: PeriodLength
    category: Labels
    index: FloatArray = array()
    cells: IntArray = array()
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        """How many categories."""
        return len(self.index)

    def __repr__(self) -> str:
        """How many categories, how many without an index, and the range."""
        facts = [f"{len(self):,} {self.category.name} by {self.every} of the year"]
        if without := sum(map(bool, self.reasons)):
            facts.append(f"{without:,} without an index")
        facts.append(f"{self.index.min():.2f} to {self.index.max():.2f}")
        return f"SeasonalIndex({', '.join(facts)})"

    def profiles(self, starts: DayArray | IntArray) -> FloatArray:
        """Return the index along some periods, shape (categories, periods).

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> season = np.tile([80, 120, 120, 80], 4)
            >>> periods = ck.ProductPeriods.from_matrix(
            ...     [season, season * 2], start="2023-01-01", every="quarter", age_known=False
            ... )
            >>> index = periods.seasonal_index(shrinkage=0)
            >>> index.profiles(periods.starts[:4])
            array([[0.8, 1.2, 1.2, 0.8]])
        """
        return self.index[:, places_of(starts, self.every)]

    def profiles_of(
        self, products: LabelArray, starts: DayArray | IntArray, every: PeriodLength
    ) -> tuple[FloatArray, CodeArray]:
        """Return profiles along some periods, and which of them each product has.

        The last profile is 1 throughout, for products of no category.

        Raises:
            InvalidArgumentError: the periods are of another length.

        Examples:
            >>> import crmkit as ck
            >>> season = [80, 120, 120, 80] * 4
            >>> periods = ck.ProductPeriods.from_matrix(
            ...     [season, season], start="2023-01-01", every="quarter", age_known=False
            ... )
            >>> index = periods.seasonal_index(shrinkage=0)
            >>> index.profiles_of(periods.products, periods.starts[:3], "quarter")
            (array([[0.8, 1.2, 1.2],
                   [1. , 1. , 1. ]]), array([0, 0], dtype=int32))
        """
        if every != self.every:
            raise InvalidArgumentError(
                f"the index is by {self.every} of the year, and these periods are {every}s."
            )
        known = self.profiles(starts)
        group = self.category.codes_of(products)
        profile = np.where(group < 0, len(known), group).astype(np.int32)
        return np.vstack([known, np.ones((1, len(starts)))]), profile

    def _columns(self) -> dict[str, NDArray[Any]]:
        categories, places = self.index.shape
        names = np.array(self.category.names, dtype=object)
        return {
            "category": np.repeat(names, places),
            "place": np.tile(np.arange(1, places + 1), categories),
            "index": self.index.ravel(),
            "cells": self.cells.ravel(),
        }


class SeasonSource(NamedTuple):
    """What an index is made of.

    Attributes:
        every: how long a period is.
        starts: where each begins.
        cells: the products' cells.
        launch_seen: whether the launch of each is in sight.
    """

    every: PeriodLength
    starts: DayArray | IntArray
    cells: PeriodCells
    launch_seen: BoolArray


def places_of(starts: DayArray | IntArray, every: PeriodLength) -> IntArray:
    """Return the place in the year of each period, from 0; numbered periods start a year."""
    if starts.dtype.kind == "M":
        return year_places(starts.astype("datetime64[D]"), every)
    numbers: IntArray = starts.astype(np.int64) % YEAR[every]
    return numbers


def category_of(
    by: str | Labels | None, products: LabelArray, attributes: Mapping[str, Codes]
) -> Labels:
    """Return the categories meant by *by*; all products are one if it is None."""
    if isinstance(by, Labels):
        if by.entity != "product":
            raise InvalidArgumentError(f"by must be labels of products; got labels of {by.entity}.")
        return by
    names: tuple[str, ...] = ("all",)
    codes = np.zeros(len(products), dtype=np.int32)
    if by is not None and by in attributes:
        codes, names = attributes[by].codes, tuple(map(str, attributes[by].labels))
    elif by is not None:
        raise InvalidArgumentError(
            f"these products have no attribute {by!r} that is one per product; they have:"
            f" {', '.join(attributes) or 'none'}. Read it with the lines,"
            f" Columns(attributes=({by!r},)), or pass Labels of products."
        )
    name = by or "category"
    return Labels(entity="product", name=name, ids=products, codes=codes, names=names)


def index_of(
    source: SeasonSource, category: Labels, products: LabelArray, shrinkage: float
) -> SeasonalIndex:
    """Pool the products of each category, in O(cells)."""
    prior = _checked(source, shrinkage)
    groups, half = len(category.names), YEAR[source.every] // 4
    group = category.codes_of(products)
    sums, whole = _sums(source, group, groups, half)
    reasons = _reasons(source, group, whole, category.names)
    if all(reasons):
        _refuse_all(category, reasons)
    place, places = places_of(source.starts, source.every), _PLACES[source.every]
    chance = source.cells.exposure.covered * ~source.cells.closed
    raw, cells = seasonal_factors(sums, chance, place, places, half)
    weight = cells + prior
    index = np.divide(cells * raw + prior, weight, out=np.ones_like(raw), where=weight > 0)
    index[np.array(reasons, dtype=object) != ""] = 1.0
    return SeasonalIndex(
        every=source.every,
        category=category,
        index=index,
        cells=np.rint(cells).astype(np.int64),
        reasons=reasons,
    )


def _checked(source: SeasonSource, shrinkage: float) -> float:
    """Prove that there are years to compare, and that the weight is not negative; return it."""
    if source.every not in YEAR:
        raise InvalidArgumentError(
            "periods of a year have no season; read the lines with every='month' or shorter."
        )
    if len(source.starts) < YEAR[source.every]:
        raise InvalidDataError(
            f"a seasonal index needs at least a year of data, {YEAR[source.every]} {source.every}s;"
            f" there are {len(source.starts)}. Do without one, or give an index of another source"
            " to with_exposure()."
        )
    if check.number(shrinkage, "shrinkage") < 0:
        raise InvalidArgumentError(f"shrinkage must be a number >= 0; got {shrinkage!r}.")
    return float(shrinkage)


def _sums(
    source: SeasonSource, group: CodeArray, groups: int, half: int
) -> tuple[SeasonSums, BoolArray]:
    """Sum block by block; return also which products have a whole window."""
    parts, seen = [], []
    places = np.arange(len(group))
    for rows in (places[some] for some in source.cells.slices()):
        block = source.cells.block(rows)
        whole = _whole(source, block, rows, half)
        seen.append(np.any(whole, axis=1))
        parts.append(season_sums(block.values, whole, group[rows], groups, half))
    return SeasonSums(*map(_added, zip(*parts, strict=True))), np.concatenate(seen)


def _added(parts: tuple[FloatArray, ...]) -> FloatArray:
    total: FloatArray = np.sum(np.stack(parts), axis=0)
    return total


def _whole(source: SeasonSource, block: PeriodBlock, rows: IntArray, half: int) -> BoolArray:
    cells = source.cells
    marked = (block.cells == Cell.CLOSED) & ~cells.closed
    lived = np.arange(len(cells.closed)) < cells.end[rows, None]
    marked |= (block.cells == Cell.NOT_OBSERVED) & lived
    # The first period of a launch in sight is partial, and is the launch.
    first = cells.launch[rows] + source.launch_seen[rows]
    return whole_windows(first, cells.end[rows], marked, half) & ~cells.closed


def _reasons(
    source: SeasonSource, group: CodeArray, whole: BoolArray, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Say which categories have no index, and why."""
    groups = len(names)
    used = whole & (group >= 0)
    products = np.bincount(group[used], minlength=groups)
    hidden = np.bincount(group[used & ~source.launch_seen], minlength=groups)
    first = np.full(groups, np.iinfo(np.int32).max)
    last = np.full(groups, -1)
    np.minimum.at(first, group[used], source.cells.launch[used])
    np.maximum.at(last, group[used], source.cells.launch[used])
    together = (hidden == 0) & (last - first < YEAR[source.every] // 4)
    lone = "a single product: its life and the season cannot be told apart"
    same = "all products were launched together: their life and the season cannot be told apart"
    short = f"no product was on sale for {YEAR[source.every] // 4 * 2 + 1} periods"
    cases = zip(products.tolist(), together.tolist(), strict=True)
    return tuple(
        short if n == 0 else lone if n == 1 else same if alike else "" for n, alike in cases
    )


def _refuse_all(category: Labels, reasons: tuple[str, ...]) -> None:
    told = "\n".join(
        f"  - {name}: {why}" for name, why in zip(category.names, reasons, strict=True)
    )
    raise InvalidDataError(
        f"no {category.name} allows a seasonal index:\n{told}\nPool more products (by=None), read"
        " longer data, or do without an index."
    )
