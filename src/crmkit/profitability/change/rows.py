"""The rows of an answer about drivers: one per cohort, group and factor."""

from __future__ import annotations

from typing import NamedTuple, get_args

import attrs
import numpy as np

from crmkit.profitability.change.counts import GUEST
from crmkit.profitability.change.tree import DriverTree, Part
from crmkit.typing import CodeArray, DriverFactor, FloatArray, IntArray

FACTORS: tuple[DriverFactor, ...] = get_args(DriverFactor)
_CODE: dict[str | None, int] = {name: code for code, name in enumerate(FACTORS)}
_PER_UNIT: tuple[DriverFactor, ...] = ("mix", "price", "cost")

Names = tuple[DriverFactor | None, ...]
"""The rows of a tree by name; None for those that are not told."""


class Rows(NamedTuple):
    """Rows of an answer: places in COHORTS, groups and FACTORS, the factor, and minor units."""

    cohort: CodeArray
    group: CodeArray
    factor: CodeArray
    before: FloatArray
    after: FloatArray
    contribution: IntArray


@attrs.frozen(kw_only=True)
class Telling:
    """Which factors are told, under which names and in which units."""

    per_item: bool
    has_baskets: bool
    has_mix: bool
    digits: int
    unit_digits: int

    @property
    def customers(self) -> Names:
        """Name the factors of customers; items have units and price only."""
        if self.per_item:
            return None, None, "quantity", None, "price", "cost"
        return self._asked("customers", "visits_per_customer", "units_per_visit")

    @property
    def guests(self) -> Names:
        """Name the factors of guests, whose visits are unknown where baskets are."""
        if self.has_baskets:
            return self._asked(None, "visits", "units_per_visit")
        return self._asked(None, None, "quantity")

    def _asked(self, *tops: DriverFactor | None) -> Names:
        return *tops, "mix" if self.has_mix else None, "price", "cost"

    def players(self, factors: int, told: set[object]) -> tuple[str, ...]:
        """Name the *factors* of the tree and the parts outside it; "" for what is not told."""
        pairs = [*zip(self.customers, self.guests, strict=True)][:factors]
        outside: list[Names] = [("returns",), ("without_units",)]
        return tuple(next((n for n in pair if n and n in told), "") for pair in [*pairs, *outside])

    @property
    def scales(self) -> FloatArray:
        """What turns the factors into units and major units."""
        unit, price = 10.0**-self.unit_digits, 10.0 ** (self.unit_digits - self.digits)
        return np.array([1.0, 1.0, unit, 1.0, price, price])


def rows_of(tree: DriverTree, telling: Telling) -> Rows:
    """Tell the factors of every cell, then what lies outside the tree."""
    blocks = [
        _of_cells(tree, telling),
        _of_part(tree.returned, "returns", telling.digits),
        _of_part(tree.unitless, "without_units", telling.digits),
    ]
    return Rows(*(np.concatenate(column) for column in zip(*blocks, strict=True)))


def _of_cells(tree: DriverTree, telling: Telling) -> Rows:
    factors = len(tree.before)
    names = [telling.customers[:factors], telling.guests[:factors]]
    kinds = np.array([[_CODE.get(n, -1) for n in kind] for kind in names], dtype=np.int32)
    codes = kinds[(tree.cohort == GUEST).astype(np.intp)]
    cell, factor = np.nonzero(codes >= 0)
    scales = telling.scales[factor]
    return Rows(
        tree.cohort[cell],
        tree.group[cell],
        codes[cell, factor],
        tree.before[factor, cell] * scales,
        tree.after[factor, cell] * scales,
        tree.contributions[factor, cell],
    )


def _of_part(part: Part, name: DriverFactor, digits: int) -> Rows:
    groups = np.flatnonzero((part.before != 0) | (part.after != 0))
    before, after = part.before[groups], part.after[groups]
    codes = groups.astype(np.int32)
    same = np.zeros_like(codes)
    scale = 10.0**digits
    return Rows(same, codes, same + _CODE[name], before / scale, after / scale, after - before)


def overall(tree: DriverTree, telling: Telling) -> tuple[FloatArray, FloatArray]:
    """Return each of FACTORS over all lines, before and after; NaN for what has no one value."""
    sides = (tree.before, tree.overall_before), (tree.after, tree.overall_after)
    ends = [_overall(tree, telling, *side) for side in sides]
    for part, name in ((tree.returned, "returns"), (tree.unitless, "without_units")):
        for values, units in zip(ends, part, strict=True):
            values[_CODE[name]] = units.sum() / 10.0**telling.digits
    return ends[0], ends[1]


def _overall(
    tree: DriverTree, telling: Telling, cells: FloatArray, whole: FloatArray
) -> FloatArray:
    values = np.full(len(FACTORS), np.nan)
    guests = np.flatnonzero(tree.cohort == GUEST)[:1]
    # What only guests have is the same in each of their groups.
    for names, column in ((telling.guests, cells[:, guests]), (telling.customers, whole[:, None])):
        for place in range(len(cells)):
            if names[place] is not None and column.size:
                values[_CODE[names[place]]] = column[place, 0] * telling.scales[place]
    return values
