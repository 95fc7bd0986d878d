"""Which offers are worth their cost? The efficient frontier of cost against reliability."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.typing import FloatArray, LabelArray, ReliabilityMeasure


@attrs.frozen(kw_only=True, repr=False)
class SupplierFrontier(Answer):
    """Offers than which none is both as cheap and more reliable, or as reliable and cheaper.

    As a frame: supplier, total, reliability; the cheapest first.

    Attributes:
        supplier: who offers.
        rows: which of the offers they are.
        total: cost per year.
        reliability: share of deliveries on time, as *measure* says.
        measure: "lower_bound", "on_time" or "shrunk".
        unknown: how many offers have no known cost or reliability, and are not compared.

    Examples:
        >>> from crmkit.profitability import (
        ...     CostRates, DeliveryHistory, Demand, SupplierOffers, supplier_cost
        ... )
        >>> history = DeliveryHistory(
        ...     supplier=["a", "b", "c"], deliveries=[50, 90, 80], late=[9, 2, 8],
        ...     days_late=[12, 3, 7],
        ... )
        >>> offers = SupplierOffers(
        ...     supplier=["a", "b", "c"], price=[9.5, 9.9, 10.1], deliveries=history
        ... )
        >>> rates = CostRates(order_cost=80, capital_rate=0.2)
        >>> supplier_cost(offers, Demand(per_year=7300), rates).frontier()
        SupplierFrontier(2 offers on time 69.2 to 92.3 % at 70,839.70 to 73,790.74 a year)
    """

    supplier: LabelArray = array()
    rows: NDArray[np.intp] = array()
    total: FloatArray = array()
    reliability: FloatArray = array()
    measure: ReliabilityMeasure
    unknown: int = 0

    def __len__(self) -> int:
        """How many offers."""
        return len(self.rows)

    def __repr__(self) -> str:
        """How many offers, how reliable and at what cost."""
        facts = [check.counted(len(self), "offer")]
        if len(self):
            low, high = 100 * self.reliability[[0, -1]]
            least, most = self.total[[0, -1]]
            facts[0] += f" on time {low:.1f} to {high:.1f} % at {least:,.2f} to {most:,.2f} a year"
        facts += [f"{self.unknown:,} unknown"] if self.unknown else []
        return f"SupplierFrontier({', '.join(facts)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "supplier": self.supplier,
            "total": self.total,
            "reliability": self.reliability,
        }


def efficient(cost: FloatArray, reliability: FloatArray) -> NDArray[np.intp]:
    """Return the rows than which none is better in one figure and no worse in the other.

    They come by cost; equal rows are all there, in their order.

    Examples:
        >>> import numpy as np
        >>> from crmkit.profitability.suppliers.frontier import efficient
        >>> efficient(np.array([3.0, 1.0, 2.0, 1.0]), np.array([0.9, 0.5, 0.4, 0.5]))
        array([1, 3, 0])
    """
    order = np.lexsort((-reliability, cost))
    sorted_cost, gained = cost[order], reliability[order]
    best_before = np.maximum.accumulate(np.append(-np.inf, gained[:-1]))[: len(order)]
    heads = np.ones(len(order), dtype=np.bool_)
    heads[1:] = (np.diff(sorted_cost) != 0) | (np.diff(gained) != 0)
    # Equal rows stand together; what is true of the first is true of all.
    kept: NDArray[np.intp] = order[(gained > best_before)[heads][np.cumsum(heads) - 1]]
    return kept
