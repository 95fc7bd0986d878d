"""What it takes to bring goods to a customer, in money and as a share of sales."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.profitability.profit.rollup import ProfitRollup
from crmkit.profitability.profit.steps import COST_STEPS
from crmkit.typing import CostStep, FloatArray, IntArray

_FIRST, _LAST = COST_STEPS.index("warehouse"), COST_STEPS.index("payment")
SERVING: Final[tuple[CostStep, ...]] = COST_STEPS[_FIRST : _LAST + 1]
"""Steps from the warehouse to the payment."""


@attrs.frozen(kw_only=True, repr=False)
class CostToServe(Answer):
    """Cost to serve of customers, channels ...: the steps from warehouse to payment.

    Attributes:
        rollup: the waterfall that it is taken from.
        costs: minor units per row, a cost is positive.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, PerUnit, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1], time=["2026-01-03"], amount=[20], quantity=[4]
        ... )
        >>> contribution(tx, CostModel(transport=PerUnit("0.50"))).cost_to_serve()
        CostToServe(1 row by customer)
    """

    rollup: ProfitRollup
    costs: IntArray = array()

    __hash__ = None  # type: ignore[assignment]

    @property
    def share_of_sales(self) -> FloatArray:
        """Cost over net sales; NaN where net sales are not positive."""
        sales = self.rollup.minor("net_sales")
        shares = np.full(len(sales), np.nan)
        np.divide(self.costs, sales, out=shares, where=sales > 0)
        return shares

    def __len__(self) -> int:
        """How many rows."""
        return len(self.costs)

    def __repr__(self) -> str:
        """How many rows, and by what."""
        return f"CostToServe({check.counted(len(self), 'row')} by {', '.join(self.rollup.keys)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        scale = 10.0**self.rollup.digits
        columns: dict[str, NDArray[Any]] = {f: c.decode() for f, c in self.rollup.keys.items()}
        return columns | {
            "net_sales": self.rollup.minor("net_sales") / scale,
            "cost_to_serve": self.costs / scale,
            "share_of_sales": self.share_of_sales,
        }


def cost_to_serve_of(rollup: ProfitRollup) -> CostToServe:
    """Sum the steps of serving per row."""
    costs = np.zeros(len(rollup), dtype=np.int64)
    for step in SERVING:
        if step in rollup.steps:
            costs -= rollup.steps[step]
    return CostToServe(rollup=rollup, costs=costs, frame_kind=rollup.frame_kind)
