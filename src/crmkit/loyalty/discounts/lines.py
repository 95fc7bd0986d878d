"""The lines that discounts are computed on, basket by basket."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.ragged import starts_of
from crmkit.data.codes import Codes
from crmkit.errors import InvalidDataError
from crmkit.typing import BoolArray, IntArray

_MOST = 2**52
"""Totals below it keep every product of the money phase provably exact in 64 bits."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class PricedLines:
    """Lines of baskets with what they cost: plain arrays, the lines of a basket together.

    Lines of zero or negative money are never discounted; those that are no returns still lower
    what is left to pay. Lines without units are discounted where units do not matter.

    Attributes:
        starts: first line of each basket, and after the last one the number of lines; no basket
            is empty.
        amount: minor units of each whole line.
        quantity: units of each line, times *scale*.
        scale: how many make one unit: 1000 for kilograms in grams.
        floor: minor units that each line costs at least; 0 if left out.
        sale: whether each line is a sale; all are if left out.
        product: product of each line; rules that name products need it.
        tier: rank of the tier of each basket's customer, -1 for none; price levels need it.
        tiers: names of the tiers, by rank.
        points: points redeemed by basket, for each rule that they were redeemed on.
        point_scale: how many of these make one point.
        money_digits: digits of the currency.

    Examples:
        >>> from crmkit.loyalty.discounts.lines import PricedLines
        >>> PricedLines(starts=[0, 2, 3], amount=[1000, 250, 99], quantity=[1, 2, 1])
        PricedLines(3 lines of 2 baskets)
    """

    starts: IntArray = array(dtype=np.int64)
    amount: IntArray = array(dtype=np.int64)
    quantity: IntArray = array(dtype=np.int64)
    scale: int = 1
    floor: IntArray | None = array(dtype=np.int64, optional=True)
    sale: BoolArray | None = array(dtype=np.bool_, optional=True)
    product: Codes | None = None
    tier: IntArray | None = array(dtype=np.int64, optional=True)
    tiers: tuple[str, ...] = ()
    points: Mapping[str, IntArray] = attrs.field(factory=dict)
    point_scale: int = 1
    money_digits: int = 2

    def __attrs_post_init__(self) -> None:
        """Refuse baskets so dear that products of money would not fit."""
        largest = np.abs(self.amount.astype(np.float64)).sum()
        if largest < _MOST:
            return
        largest = float(np.add.reduceat(np.abs(self.amount.astype(np.float64)), self.heads).max())
        if largest >= _MOST:
            raise InvalidDataError(
                f"a basket of {largest:,.0f} minor units is too large for discounts to be exact in"
                " 64 bits; say fewer money digits."
            )

    def __repr__(self) -> str:
        """How many lines and baskets."""
        baskets = check.counted(self.baskets, "basket")
        return f"PricedLines({check.counted(len(self.amount), 'line')} of {baskets})"

    @property
    def baskets(self) -> int:
        """How many baskets there are."""
        return len(self.starts) - 1

    @property
    def heads(self) -> IntArray:
        """First line of each basket."""
        return self.starts[:-1]

    @cached_property
    def basket(self) -> IntArray:
        """Basket of each line."""
        return np.repeat(np.arange(self.baskets), np.diff(self.starts))

    def totals(self, figures: IntArray) -> IntArray:
        """Sum a figure of each line over the sales of each basket."""
        sums = starts_of(figures if self.sale is None else np.where(self.sale, figures, 0))
        return sums[self.starts[1:]] - sums[self.starts[:-1]]
