"""Landed costs of the lots that a line was split into."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.data.decimals import Decimals
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.allocation import AllocationRule, spread_over
from crmkit.money.grouping import Grouping
from crmkit.profitability.landed.figures import CostFigures
from crmkit.profitability.landed.posting import Books
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import CodeArray, IntArray


@attrs.frozen(kw_only=True, repr=False)
class LotCosts(Answer):
    """What each lot cost: the second level of shipment, line and lot.

    Attributes:
        lines: the lines.
        line: for each lot the position of its line.
        figures: quantity and money per lot, in minor units; the lots of a line sum to it.
        digits: digits of the currency.

    Examples:
        >>> from crmkit.profitability import ShipmentLines, landed_cost
        >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[3], value=["1.00"])
        >>> landed_cost(lines, []).to_lots([0, 0, 0], [1, 1, 1]).figures.landed_total
        array([34, 33, 33])
    """

    lines: ShipmentLines
    line: IntArray = array()
    figures: CostFigures
    digits: int

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many lots."""
        return len(self.line)

    def __repr__(self) -> str:
        """How many lots, of how many lines."""
        return f"LotCosts({check.counted(len(self), 'lot')} of {len(np.unique(self.line)):,} lines)"

    def _columns(self) -> dict[str, NDArray[Any]]:
        product = self.lines.product[self.line].decode()
        return {"line": self.line, "product": product} | self.figures.columns(self.digits)


def lots_of(
    lines: ShipmentLines, figures: CostFigures, lots: tuple[ArrayLike, ArrayLike], books: Books
) -> LotCosts:
    """Spread the figures of lines over lots, given as their lines and quantities."""
    line, quantity = _read(lots, len(lines))
    codes = line.astype(np.int32)
    _check_sums(lines, codes, quantity)
    there = np.bincount(line, minlength=len(lines)) > 0
    grouping = Grouping.of(line, len(lines), len(line))
    rule = AllocationRule(on_zero="equal", negative_weights=True)
    # Supplier returns have negative quantities throughout; only their proportions matter.
    weights = np.abs(quantity.units)

    def spread(amounts: IntArray) -> IntArray:
        return spread_over(np.where(there, amounts, 0), weights, grouping, rule)

    return LotCosts(
        lines=lines,
        line=line,
        figures=figures.each(spread, quantity),
        digits=books.digits,
        frame_kind=lines.frame_kind,
    )


def _read(lots: tuple[ArrayLike, ArrayLike], lines: int) -> tuple[IntArray, Decimals]:
    line, units = (np.asarray(part) for part in lots)
    if line.ndim != 1 or line.shape != units.shape or line.dtype.kind not in "iu":
        raise InvalidArgumentError(
            "lots are two lists of one length: the position of each lot's line, and its quantity;"
            f" got {line.dtype} of shape {line.shape} and {units.dtype} of shape {units.shape}."
        )
    astray = np.flatnonzero((line < 0) | (line >= lines))
    if len(astray):
        raise InvalidArgumentError(
            f"lot {astray[0]} is of line {line[astray[0]]}; there are lines 0 to {lines - 1}."
        )
    return line.astype(np.int64), Decimals.of(units, name="lot quantities")


def _check_sums(lines: ShipmentLines, codes: CodeArray, quantity: Decimals) -> None:
    sums = quantity.sums_by(codes, len(lines))
    there = np.bincount(codes, minlength=len(lines)) > 0
    odd = np.flatnonzero(there & (sums.values != lines.quantity.values))
    if len(odd):
        first = int(odd[0])
        raise InvalidDataError(
            f"the lots of {check.counted(len(odd), 'line')} do not sum to its quantity, the first"
            f" of them line {first}: {sums.values[first]:g} in lots,"
            f" {lines.quantity.values[first]:g} on the line. Give every lot of a line."
        )
