"""Does the money in stock earn its keep? Gross margin return on inventory investment."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidDataError
from crmkit.typing import FloatArray


@attrs.frozen(kw_only=True, repr=False)
class StockReturn(Answer):
    """Gross margin against the stock that earned it; a row per product, category or shop.

    Attributes:
        gross_margin: of the time the stock figures span, in money.
        average_inventory: at cost, in money.
        points: how many stock figures the average was taken over.
        sales: net sales of the same time; None where they were not given.

    Examples:
        >>> from crmkit.profitability import gmroi
        >>> found = gmroi(240, [90, 100, 110], sales=500)
        >>> found.gmroi, found.turns, found.sales_to_stock
        (array([2.4]), array([2.6]), array([5.]))
    """

    gross_margin: FloatArray = array(dtype=np.float64)
    average_inventory: FloatArray = array(dtype=np.float64)
    points: int
    sales: FloatArray | None = array(dtype=np.float64, optional=True)

    @property
    def gmroi(self) -> FloatArray:
        """Gross margin per unit of money in stock; NaN where there was no stock."""
        return self._per_stock(self.gross_margin)

    @property
    def margin_rate(self) -> FloatArray:
        """Gross margin as part of sales; NaN where sales are zero or unknown."""
        return _ratio(self.gross_margin, self._sales)

    @property
    def turns(self) -> FloatArray:
        """Cost of the goods sold per stock at cost: how often the stock was sold; NaN if unknown.

        GMROI is margin_rate / (1 - margin_rate) times these.
        """
        return self._per_stock(self._sales - self.gross_margin)

    @property
    def sales_to_stock(self) -> FloatArray:
        """Sales per stock at cost; NaN if unknown. GMROI is margin_rate times this."""
        return self._per_stock(self._sales)

    @property
    def _sales(self) -> FloatArray:
        return np.full(len(self), np.nan) if self.sales is None else self.sales

    def _per_stock(self, figure: FloatArray) -> FloatArray:
        return _ratio(figure, self.average_inventory)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.gross_margin)

    def __repr__(self) -> str:
        """How many rows, GMROI over all of them, and the points of the average."""
        stock = float(self.average_inventory.sum())
        overall = float(self.gross_margin.sum()) / stock if stock else float("nan")
        return (
            f"StockReturn({check.counted(len(self), 'row')}, GMROI {overall:.2f} over"
            f" {check.counted(self.points, 'point')} of stock)"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns = {
            "gross_margin": self.gross_margin,
            "average_inventory": self.average_inventory,
            "gmroi": self.gmroi,
        }
        if self.sales is None:
            return columns
        names = ("sales", "margin_rate", "turns", "sales_to_stock")
        return columns | {name: getattr(self, name) for name in names}


def _ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    ratio = np.full(len(top), np.nan)
    np.divide(top, bottom, out=ratio, where=bottom != 0)
    return ratio


def gmroi(
    gross_margin: ArrayLike, inventory: ArrayLike, *, sales: ArrayLike | None = None
) -> StockReturn:
    """Ask what gross margin each unit of money in stock has earned.

    Stock is averaged over the points given, all alike: for a year, the twelve month beginnings and
    the last month's end, 13 in all. Value it at cost, as margin is what is earned above cost;
    stock at retail prices makes the figure too small.

    Args:
        gross_margin: of the whole time the points span; a number, or one per row.
        inventory: stock at cost, one per point of time; with several rows, of shape
            (rows, points).
        sales: net sales of the same time, for margin rate and turns.

    Returns:
        a row per gross margin.

    Raises:
        InvalidDataError: figures that are missing, negative stock or sales, numbers of rows that
            differ; all problems are listed.

    Source: P. Farris et al., Marketing Metrics (2010).

    Examples:
        >>> from crmkit.profitability import gmroi
        >>> gmroi([240, 60], [[90, 110], [150, 50]], sales=[500, 100]).to_frame().round(2).T
                                0      1
        gross_margin       240.00   60.0
        average_inventory  100.00  100.0
        gmroi                2.40    0.6
        sales              500.00  100.0
        margin_rate          0.48    0.6
        turns                2.60    0.4
        sales_to_stock       5.00    1.0
    """
    margin = np.atleast_1d(_numbers(gross_margin, "gross_margin"))
    stock = np.atleast_2d(_numbers(inventory, "inventory"))
    sold = None if sales is None else np.atleast_1d(_numbers(sales, "sales"))
    problems = [
        *_odd(margin, "gross_margin", at_least=-np.inf),
        *_odd(stock, "inventory", at_least=0),
        *_misfits(margin, stock, sold),
    ]
    if sold is not None:
        problems += _odd(sold, "sales", at_least=0)
    if problems:
        raise InvalidDataError("\n".join(problems))
    return StockReturn(
        gross_margin=margin, average_inventory=stock.mean(axis=1), points=stock.shape[1], sales=sold
    )


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as odd:
        raise InvalidDataError(f"{name} must be numbers: {odd}.") from None


def _odd(values: FloatArray, name: str, *, at_least: float) -> list[str]:
    odd = ~np.isfinite(values) | (values < at_least)
    if not odd.any():
        return []
    place = tuple(int(k) for k in np.argwhere(odd)[0])
    wanted = "known" if at_least < 0 else "known and not negative"
    return [
        f"{name} must be {wanted}; {check.counted(odd.sum(), 'value')} not so, the first at"
        f" position {', '.join(map(str, place))}: {values[place]:g}. Unknown is not 0: leave the"
        " point out for all rows, or the row."
    ]


def _misfits(margin: FloatArray, stock: FloatArray, sales: FloatArray | None) -> list[str]:
    problems = []
    if margin.ndim != 1 or stock.ndim != 2 or len(stock) != len(margin) or stock.shape[1] == 0:
        problems.append(
            "inventory must be of shape (rows, points), with at least one point, for one gross"
            f" margin per row; got {stock.shape} for gross margins of shape {margin.shape}."
        )
    if sales is not None and sales.shape != margin.shape:
        problems.append(
            f"sales must be one per gross margin; got {sales.shape} for {margin.shape}."
        )
    return problems
