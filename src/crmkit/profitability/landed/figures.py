"""The figures of landed cost, of lines, of lots, or summed: the same columns everywhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import FrozenMapping, array
from crmkit._kernels.grouping import sums_by
from crmkit.data.decimals import Decimals
from crmkit.typing import CodeArray, FloatArray, IntArray


@attrs.frozen(kw_only=True)
class CostFigures:
    """Quantities, and money in minor units, one entry per row.

    Attributes:
        quantity: units.
        value: paid for the goods.
        charges: by name, what was charged beside.
        inventory_value: what the goods are worth in the books: value and charges that are
            capitalised, without what is recoverable (IAS 2).
        recoverable: what comes back; it is in no cost.

    Examples:
        >>> from crmkit.profitability import ShipmentLines, landed_cost
        >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[2], value=[30])
        >>> landed_cost(lines, []).figures.landed_total
        array([3000])
    """

    quantity: Decimals
    value: IntArray = array()
    charges: Mapping[str, IntArray] = attrs.field(converter=FrozenMapping[IntArray])
    inventory_value: IntArray = array()
    recoverable: IntArray = array()

    @property
    def landed_total(self) -> IntArray:
        """Value and all charges, without what is recoverable."""
        return self.value + sum(self.charges.values(), -self.recoverable)

    def landed_unit(self, digits: int) -> FloatArray:
        """Landed total per unit in major units; NaN where there are no units.

        Examples:
            >>> import numpy as np
            >>> from crmkit.profitability import ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 1], product=["tea", "mug"], quantity=[2, 1], value=[30, 10]
            ... )
            >>> figures = landed_cost(lines, []).figures
            >>> figures.landed_unit(2)
            array([15., 10.])
        """
        units = self.quantity.values
        per = np.full(len(units), np.nan)
        np.divide(self.landed_total / 10.0**digits, units, out=per, where=units != 0)
        return per

    def each(self, change: Callable[[IntArray], IntArray], quantity: Decimals) -> CostFigures:
        """Return the same figures with *change* done to each column of money.

        Examples:
            >>> import numpy as np
            >>> from crmkit.profitability import ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 1], product=["tea", "mug"], quantity=[2, 1], value=[30, 10]
            ... )
            >>> figures = landed_cost(lines, []).figures
            >>> figures.each(np.negative, figures.quantity).value
            array([-3000, -1000])
        """
        return CostFigures(
            quantity=quantity,
            value=change(self.value),
            charges={name: change(amounts) for name, amounts in self.charges.items()},
            inventory_value=change(self.inventory_value),
            recoverable=change(self.recoverable),
        )

    def summed(self, codes: CodeArray, groups: int) -> CostFigures:
        """Sum the rows of each group.

        Examples:
            >>> import numpy as np
            >>> from crmkit.profitability import ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 1], product=["tea", "mug"], quantity=[2, 1], value=[30, 10]
            ... )
            >>> figures = landed_cost(lines, []).figures
            >>> figures.summed(np.array([0, 0], dtype=np.int32), 1).value
            array([4000])
        """
        return self.each(
            lambda amounts: np.asarray(sums_by(codes, groups, amounts), dtype=np.int64),
            self.quantity.sums_by(codes, groups),
        )

    def columns(self, digits: int) -> dict[str, NDArray[Any]]:
        """Return the figures in major units, as columns of a frame.

        The inventory value and what is recoverable have columns of their own where they say
        something: where they are not the landed total and nothing.

        Examples:
            >>> import numpy as np
            >>> from crmkit.profitability import ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 1], product=["tea", "mug"], quantity=[2, 1], value=[30, 10]
            ... )
            >>> figures = landed_cost(lines, []).figures
            >>> list(figures.columns(2))
            ['quantity', 'value', 'landed_total', 'landed_unit']
        """
        scale = 10.0**digits
        money = {"value": self.value, **self.charges}
        if self.recoverable.any() or not np.array_equal(self.inventory_value, self.landed_total):
            money |= {"inventory_value": self.inventory_value, "recoverable": self.recoverable}
        money["landed_total"] = self.landed_total
        return {
            "quantity": self.quantity.values,
            **{name: amounts / scale for name, amounts in money.items()},
            "landed_unit": self.landed_unit(digits),
        }
