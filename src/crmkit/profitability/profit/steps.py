"""The waterfall from gross sales to contribution: which steps there are, and where they sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from crmkit.typing import CostStep, ProfitFigure, ProfitStep, ProfitSubtotal

COST_STEPS: Final[tuple[CostStep, ...]] = get_args(CostStep)
"""Steps that a `CostModel` has sources for."""

STEPS: Final[tuple[ProfitStep, ...]] = ("gross_sales", "returns", *COST_STEPS)
"""Every step, in order; their sum is the contribution."""

SUBTOTALS: Final[Mapping[ProfitSubtotal, ProfitStep]] = {
    "net_sales": "markdown",
    "gross_margin": "landed",
    "adjusted_gross_margin": "cash_discount",
    "direct_product_profit": "shrink",
    "customer_contribution_before_marketing": "payment",
    "contribution": "retention",
}
"""Each subtotal, and the last step in it."""

FUNDING: Final[frozenset[CostStep]] = frozenset({"supplier_funding", "cash_discount"})
"""Steps that bring money in; all others of a cost model take it out."""


def waterfall_order() -> tuple[ProfitFigure, ...]:
    """Return steps and subtotals in the order of the waterfall."""
    after = {last: subtotal for subtotal, last in SUBTOTALS.items()}
    order: list[ProfitFigure] = []
    for step in STEPS:
        order.append(step)
        if step in after:
            order.append(after[step])
    return tuple(order)


def steps_of(figure: ProfitFigure) -> tuple[ProfitStep, ...]:
    """Return the steps that a figure is the sum of; a step is that of itself."""
    for subtotal, last in SUBTOTALS.items():
        if subtotal == figure:
            return STEPS[: STEPS.index(last) + 1]
    return tuple(step for step in STEPS if step == figure)
