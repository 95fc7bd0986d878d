"""How often, and how evenly, something sells: mean interval and spread of sizes, row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit.typing import BoolArray, FloatArray, IntArray


class Demand(NamedTuple):
    """Figures of each row; NaN where there are too few sales.

    Attributes:
        sales: periods with a sale.
        interval: mean number of periods from one sale to the next (ADI).
        variation: squared coefficient of variation of the sizes of sales (CV2).
    """

    sales: IntArray
    interval: FloatArray
    variation: FloatArray


def demand_of(values: FloatArray, observed: BoolArray, launched: BoolArray, *, ddof: int) -> Demand:
    """Measure sales (*values* > 0) in *observed* periods; what is not observed is bridged.

    Where *launched*, the time to the first sale is an interval too. What follows the last sale
    never is one: a dead product is not intermittent.
    """
    sold = observed & (values > 0)
    sales = np.count_nonzero(sold, axis=1)
    passed = np.cumsum(observed, axis=1)
    last = np.max(passed, axis=1, where=sold, initial=0)
    first = np.where(launched, 0, passed[np.arange(len(sold)), sold.argmax(axis=1)])
    enough = sales >= 2
    intervals = np.where(launched, sales, sales - 1)
    mean = np.sum(values, axis=1, where=sold) / np.maximum(sales, 1)
    squares = np.sum((values - mean[:, None]) ** 2, axis=1, where=sold)
    nan = np.full(len(sold), np.nan)
    interval = np.divide(last - first, intervals, out=nan.copy(), where=enough)
    variance = np.divide(squares, sales - ddof, out=nan, where=enough)
    return Demand(sales, interval, np.divide(variance, mean**2, out=variance, where=enough))
