"""The waterfall of a whole shop: steps and subtotals in order, and what no line carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import from_minor
from crmkit.profitability.profit.steps import STEPS, SUBTOTALS, steps_of, waterfall_order
from crmkit.typing import CostStep, IntArray, ProfitFigure, ProfitStep


@attrs.frozen(kw_only=True, repr=False)
class Unassigned(Answer):
    """Costs that no line carries, by step and by what they are of.

    Attributes:
        step: steps of the waterfall.
        what: the product, customer or resource.
        amounts: minor units, cost negative.
        digits: digits of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, PerCustomer, contribution
        >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
        >>> contribution(tx, CostModel(service=PerCustomer({2: "1.50"}))).unallocated.to_frame()
              step what  amount
        0  service    2    -1.5
    """

    step: tuple[CostStep, ...]
    what: tuple[str, ...]
    amounts: IntArray = array()
    digits: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def total(self) -> int:
        """All of them, in minor units."""
        return int(self.amounts.sum())

    def __len__(self) -> int:
        """How many rows."""
        return len(self.step)

    def __repr__(self) -> str:
        """How many rows, and their sum."""
        total = from_minor(self.total, digits=self.digits)
        return f"Unassigned({check.counted(len(self), 'row')}, {total:,})"

    def of(self, step: ProfitStep) -> int:
        """Return what of one step no line carries, in minor units.

        Raises:
            InvalidArgumentError: there is no such step.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerCustomer, contribution
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
            >>> contribution(tx, CostModel(service=PerCustomer({2: 1}))).unallocated.of("service")
            -100
        """
        if step not in STEPS:
            raise InvalidArgumentError(
                f"{step!r} is no step of the waterfall.{check.hint(step, STEPS)}"
            )
        return int(self.amounts[np.array([s == step for s in self.step], dtype=np.bool_)].sum())

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "step": np.array(self.step, dtype=object),
            "what": np.array(self.what, dtype=object),
            "amount": self.amounts / 10.0**self.digits,
        }


@attrs.frozen(kw_only=True, repr=False)
class Waterfall(Answer):
    """Every step and subtotal of the shop in order; the last row is what no line carries.

    Attributes:
        figure: names of steps and subtotals, "unallocated" last.
        amounts: minor units; the last subtotal and the unallocated row are the shop's result.
        is_subtotal: which rows sum those before.
        digits: digits of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1], time=["2026-01-03"], amount=[20], cost=[12]
        ... )
        >>> contribution(tx, CostModel(purchase="cost")).waterfall()
        Waterfall(contribution 8.00, unallocated 0.00)
    """

    figure: tuple[str, ...]
    amounts: IntArray = array()
    is_subtotal: tuple[bool, ...]
    digits: int

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.figure)

    def __repr__(self) -> str:
        """What it ends with."""
        end, lost = from_minor(self.amounts[-2:], digits=self.digits)
        return f"Waterfall(contribution {end:,}, unallocated {lost:,})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "figure": np.array(self.figure, dtype=object),
            "amount": self.amounts / 10.0**self.digits,
            "is_subtotal": np.array(self.is_subtotal),
        }


def waterfall_of(steps: Mapping[str, IntArray], lost: Unassigned) -> Waterfall:
    """Sum the steps of all lines."""
    totals = {step: int(amounts.sum()) for step, amounts in steps.items()}
    order: tuple[ProfitFigure, ...] = waterfall_order()
    amounts = [sum(totals.get(step, 0) for step in steps_of(figure)) for figure in order]
    return Waterfall(
        figure=(*order, "unallocated"),
        amounts=np.array([*amounts, lost.total], dtype=np.int64),
        is_subtotal=(*(figure in SUBTOTALS for figure in order), False),
        digits=lost.digits,
        frame_kind=lost.frame_kind,
    )
