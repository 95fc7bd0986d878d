"""What a unit of each product cost, as the pair of a total and a quantity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.decimals import Decimals
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import check_digits, minor_units, rounded_product
from crmkit.profitability.landed.rollup import CostRollup
from crmkit.profitability.profit.till import QUESTION, Posted, Till
from crmkit.typing import BoolArray, IntArray, IntoMoney, LabelArray


@attrs.frozen(kw_only=True, repr=False, eq=False)
class UnitCosts:
    """Cost by product, as totals and the quantities they are for: never a rounded unit cost.

    Sold units of a product cost units x total / quantity, rounded once for the product and spread
    over its lines by units; returns take back what the same units cost, whichever sign the till
    gives their quantity.

    Attributes:
        product: ids of the products.
        total: what the quantity of each cost, minor units.
        quantity: units of each, positive.
        digits: digits of the currency.

    Examples:
        >>> from crmkit.profitability import UnitCosts
        >>> UnitCosts.of(["tea", "mug"], ["130.00", "60.00"], [10, 5])
        UnitCosts(2 products)
    """

    product: LabelArray = array()
    total: IntArray = array()
    quantity: Decimals
    digits: int

    @classmethod
    def of(
        cls,
        product: Sequence[Any] | LabelArray,
        total: Sequence[IntoMoney] | IntArray,
        quantity: ArrayLike,
        *,
        digits: int = 2,
    ) -> Self:
        """Read totals in major units and the quantities they are for, per product.

        One quantity holds for all: 1 where the totals are costs of a unit.

        Raises:
            InvalidArgumentError: lists of different lengths, repeated products, negative totals, or
                quantities that are not positive.

        Examples:
            >>> from crmkit.profitability import UnitCosts
            >>> UnitCosts.of(["tea"], ["15.00"], [13]).total
            array([1500])
        """
        units = minor_units(np.asarray(total), check_digits(digits), None, "total")
        given = np.asarray(product)
        labels: LabelArray = given if given.dtype.kind in "iu" else given.astype(object)
        bought = np.asarray(quantity)
        shape = bought.shape or labels.shape
        pieces = Decimals.of(np.broadcast_to(bought, shape), name="quantities")
        if not len(labels) == len(units) == len(pieces):
            raise InvalidArgumentError(
                f"product, total and quantity must be equally long; got {len(labels):,},"
                f" {len(units):,} and {len(pieces):,}."
            )
        return cls(product=labels, total=units, quantity=pieces, digits=digits)

    @classmethod
    def from_rollup(cls, rollup: CostRollup) -> Self:
        """Take landed totals and quantities of products: `landed.by("product")`.

        Raises:
            InvalidArgumentError: the rollup is not by product alone.

        Examples:
            >>> from crmkit.profitability import ShipmentLines, UnitCosts, landed_cost
            >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[13], value=[15])
            >>> UnitCosts.from_rollup(landed_cost(lines, []).by("product"))
            UnitCosts(1 product)
        """
        if list(rollup.keys) != ["product"]:
            raise InvalidArgumentError(
                f"unit costs need costs by product; got them by {', '.join(rollup.keys)}. Say"
                " landed.by('product')."
            )
        figures = rollup.figures
        return cls(
            product=rollup.keys["product"].decode(),
            total=figures.landed_total,
            quantity=figures.quantity,
            digits=rollup.digits,
        )

    def __attrs_post_init__(self) -> None:
        """Check that each product has one cost of a positive quantity."""
        if not self.quantity.exact:
            raise InvalidArgumentError(
                "the quantities lie on no decimal grid of up to 8 digits; say total and quantity"
                " of the units bought, not a quotient."
            )
        problems = [
            f"product {first!r} {what}"
            for what, rows in (
                ("has more than one cost; sum totals and quantities.", _repeated(self.product)),
                ("has no positive quantity, so no unit cost.", self.quantity.units <= 0),
                ("has a negative total; costs are given as positive figures.", self.total < 0),
            )
            for first in self.product[rows][:1].tolist()
        ]
        if problems:
            raise InvalidArgumentError("\n".join(problems))

    def __repr__(self) -> str:
        """How many products."""
        return f"UnitCosts({check.counted(len(self.product), 'product')})"

    def lacking(self, till: Till) -> BoolArray:
        """Say which lines are of products without a cost.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, UnitCosts, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1], time=["2026-01-03"] * 2, product=["tea", "mug"],
            ...     quantity=[1, 1], amount=[2, 3],
            ... )
            >>> model = CostModel(purchase=UnitCosts.of(["tea"], [15], [13]))
            >>> contribution(tx, model, missing="exclude").n_excluded
            1
        """
        ids = till.tx.ids("product", question=QUESTION)
        places = pd.Index(self.product).get_indexer(pd.Index(ids.labels))
        return np.asarray((places < 0)[ids.codes])

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, UnitCosts, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2, 2], time=["2026-01-03"] * 3, amount=[20, 30, -20],
            ...     product=["tea"] * 3, quantity=[2, 3, -2],
            ... )
            >>> model = CostModel(landed=UnitCosts.of(["tea"], ["15.00"], [13]))
            >>> contribution(tx, model).minor("landed")
            array([-231, -346,  231])
        """
        units = np.asarray(till.pieces.units, dtype=np.int64)
        taken = till.both_ways(units, lambda some: self._spread(till, some), reverse=True)
        return Posted(lines=taken)

    def _spread(self, till: Till, units: IntArray) -> IntArray:
        ids = till.tx.ids("product", question=QUESTION)
        sums = till.sums_over_ids(ids, units)
        places = pd.Index(self.product).get_indexer(pd.Index(ids.labels))
        known = np.flatnonzero((places >= 0) & (sums > 0))
        at = places[known]
        # total x sold units / quantity, with the grids of money and of units brought together
        finer = till.digits - self.digits + (self.quantity.digits or 0) - (till.pieces.digits or 0)
        tops = _scaled(sums[known], max(finer, 0))
        bottoms = _scaled(self.quantity.units[at].astype(np.int64), max(-finer, 0))
        costs = np.zeros(len(ids.labels), dtype=np.int64)
        costs[known] = rounded_product(self.total[at], tops, bottoms, till.rounding)
        return till.spread_over_ids(ids, costs, units, till.present)


def _repeated(product: LabelArray) -> BoolArray:
    return np.asarray(pd.Series(product).duplicated(), dtype=np.bool_)


def _scaled(figures: IntArray, digits: int) -> IntArray:
    if float(figures.max(initial=0)) * 10**digits >= 2.0**62:
        raise InvalidDataError(
            f"quantities and totals span too many digits for 64 bits ({figures.max():,} in units of"
            f" 10**-{digits}); round the quantities."
        )
    scaled: IntArray = figures * 10**digits
    return scaled
