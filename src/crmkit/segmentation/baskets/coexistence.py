"""When was each product on sale, and how many baskets were there while two of them were?"""

from __future__ import annotations

from typing import Literal

import numpy as np

from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.bases import Base, PairMargins
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.entries import basket_rows
from crmkit.typing import CodeArray, IntArray


class WhileBothSold:
    """Counts baskets between the later first sale and the earlier last sale of two products."""

    def __init__(self, base: Base, time: IntArray) -> None:
        """Put the baskets of each category, and those with each product, in order of time.

        Args:
            base: parts of baskets.
            time: of each basket, as a number.
        """
        moments, moment = np.unique(time, return_inverse=True)
        self.span = np.int64(max(len(moments), 1))
        self.shop_of = np.zeros_like(base.category_of) if base.whole_shop else base.category_of
        of_part, rows = moment[base.basket], base.parts.rows()
        self.visits = np.sort(moment if base.whole_shop else base.category * self.span + of_part)
        self.sales = np.sort(base.parts.items * self.span + of_part[rows])

    def __call__(self, first: IntArray, second: IntArray) -> PairMargins:
        """Return the counts of pairs of products."""
        start = np.maximum(self._sale(first, "left", 0), self._sale(second, "left", 0))
        end = np.minimum(self._sale(first, "right", -1), self._sale(second, "right", -1))
        return PairMargins(
            self._between(self.visits, self.shop_of[first], start, end),
            self._between(self.sales, first, start, end),
            self._between(self.sales, second, start, end),
        )

    def _sale(self, item: IntArray, side: Literal["left", "right"], step: int) -> IntArray:
        """Return the moment of the first sale of each item, or of the last."""
        key = item * self.span + (0 if side == "left" else self.span - 1)
        found = self.sales[np.searchsorted(self.sales, key, side=side) + step]
        moment: IntArray = found - item * self.span
        return moment

    def _between(
        self, ordered: IntArray, what: IntArray | CodeArray, start: IntArray, end: IntArray
    ) -> IntArray:
        """Count the entries of each *what* from start to end, none if the end comes first."""
        key = what * self.span
        before = np.searchsorted(ordered, key + start, side="left")
        up_to = np.searchsorted(ordered, key + end, side="right")
        return np.where(start <= end, up_to - before, 0)


def times_of(baskets: Baskets) -> IntArray:
    """Return when each basket was bought, in seconds.

    Raises:
        InvalidArgumentError: lists, tables and customers have no one time.
    """
    tx = baskets.source
    if tx is None or baskets.unit != "basket":
        raise InvalidArgumentError(
            "coexisting=True asks when each basket was bought, which only whole"
            " Baskets.from_transactions(tx) know; parts, lists and tables do not."
        )
    row = basket_rows(tx, baskets.unit).lines
    bought = row >= 0
    times = np.full(len(baskets), np.iinfo(np.int64).max)
    np.minimum.at(times, row[bought], tx.time.view(np.int64)[bought])
    return times
