"""The waterfall by customer, product, channel or any combination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array, same_array
from crmkit._kernels.grouping import whole_sums_by
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.keys import combined
from crmkit.profitability.profit.steps import SUBTOTALS, steps_of, waterfall_order
from crmkit.typing import IntArray, ProfitFigure


def _same_steps(a: Mapping[str, IntArray], b: Mapping[str, IntArray]) -> bool:
    return a.keys() == b.keys() and all(same_array(a[step], b[step]) for step in a)


def steps_field() -> Any:
    """Declare an attrs field of figures by step, compared by their values."""
    return attrs.field(
        converter=FrozenMapping[IntArray], eq=attrs.cmp_using(eq=_same_steps, class_name="Steps")
    )


@attrs.frozen(kw_only=True, repr=False)
class ProfitRollup(Answer):
    """Steps and subtotals by one or more fields, in label order; unknown ids (guests) come last.

    Attributes:
        keys: by field, the codes of each row; -1 is unknown, e.g. guests.
        lines: how many lines each row sums.
        steps: by step, minor units per row; income positive, cost negative.
        digits: digits of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", None], time=["2026-01-03"] * 2, amount=[20, 5]
        ... )
        >>> by_customer = contribution(tx, CostModel()).by("customer")
        >>> by_customer, by_customer.minor("net_sales")
        (ProfitRollup(2 rows by customer), array([2000,  500]))
    """

    keys: Mapping[str, Codes] = attrs.field(converter=FrozenMapping[Codes])
    lines: IntArray = array()
    steps: Mapping[str, IntArray] = steps_field()
    digits: int

    __hash__ = None  # type: ignore[assignment]

    def minor(self, figure: ProfitFigure) -> IntArray:
        """Return a step or subtotal per row, in minor units.

        Raises:
            InvalidArgumentError: there is no such figure.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
            >>> contribution(tx, CostModel()).by("customer").minor("contribution")
            array([2000])
        """
        return summed(self.steps, figure, len(self.lines))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.lines)

    def __repr__(self) -> str:
        """How many rows, and by what."""
        return f"ProfitRollup({check.counted(len(self), 'row')} by {', '.join(self.keys)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {f: c.decode() for f, c in self.keys.items()}
        columns["lines"] = self.lines
        for figure in shown(self.steps):
            columns[figure] = self.minor(figure) / 10.0**self.digits
        return columns


def shown(steps: Mapping[str, IntArray]) -> list[ProfitFigure]:
    """Return the steps that are there and all subtotals, in the order of the waterfall."""
    return [f for f in waterfall_order() if f in steps or len(steps_of(f)) > 1]


def summed(steps: Mapping[str, IntArray], figure: ProfitFigure, n: int) -> IntArray:
    """Return a step, or the sum of steps that a subtotal is."""
    if figure not in waterfall_order():
        raise InvalidArgumentError(
            f"{figure!r} is no step of the waterfall."
            + (check.hint(figure, waterfall_order()) or f" It goes to {', '.join(SUBTOTALS)}.")
        )
    total = np.zeros(n, dtype=np.int64)
    for step in steps_of(figure):
        if step in steps:
            total += steps[step]
    return total


def rolled_up(
    tx: Transactions, steps: Mapping[str, IntArray], fields: Sequence[str], digits: int
) -> ProfitRollup:
    """Sum steps of lines by fields."""
    if not fields:
        raise InvalidArgumentError("by() needs a field to sum by, e.g. by('customer').")
    for field in fields:
        check.instance(field, str, "a field of by()", "Say by('channel', 'customer').")
    ids = {field: tx.ids(field, question=f"by({field!r})") for field in fields}
    rows, keys = combined(list(ids.values()))
    groups = len(keys[0])
    return ProfitRollup(
        keys=dict(zip(ids, keys, strict=True)),
        lines=np.bincount(rows, minlength=groups),
        steps=_sums(rows, groups, steps),
        digits=digits,
        frame_kind=tx.frame_kind,
    )


def _sums(rows: IntArray, groups: int, steps: Mapping[str, IntArray]) -> dict[str, IntArray]:
    """Sum every step by row, exactly."""
    codes = rows.astype(np.int32)
    return {step: whole_sums_by(codes, groups, amounts) for step, amounts in steps.items()}
