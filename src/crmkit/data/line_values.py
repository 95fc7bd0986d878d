"""One figure for each line of the till: margin, reward, landed cost."""

from __future__ import annotations

from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit.data.decimals import Decimals, inexact
from crmkit.data.transactions import Transactions
from crmkit.errors import InexactSumsWarning, InvalidArgumentError, InvalidDataError


@attrs.frozen(kw_only=True, repr=False)
class LineValues:
    """One figure for each line of one `Transactions`, e.g. its margin.

    Figures are how money is handed from one question to another. They belong to the lines they
    were made for and meet no others: a part of the lines, or the same lines in another order, need
    figures of their own.

    Attributes:
        transactions: the lines they belong to; the very object, not an equal one.
        numbers: one figure per line, on its decimal grid.
        name: what they are, e.g. "margin".
        unit: what they are counted in, e.g. "EUR"; None if nobody said.

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[20.0, 35.5], cost=[12.5, 40.0]
        ... )
        >>> ck.LineValues.margin(tx, unit="EUR")
        LineValues(margin of 2 lines, total 3.0 EUR)
    """

    transactions: Transactions = attrs.field(eq=id)
    numbers: Decimals
    name: str
    unit: str | None = None

    @classmethod
    def of(
        cls,
        tx: Transactions,
        values: ArrayLike | Decimals,
        *,
        name: str,
        unit: str | None = None,
    ) -> Self:
        """Give each line a figure.

        Args:
            tx: the lines.
            values: one finite number per line, in their order.
            name: what the figures are, e.g. "margin".
            unit: what they are counted in, e.g. "EUR".

        Raises:
            InvalidArgumentError: not one number per line.
            InvalidDataError: some are missing or infinite; the first is named.

        Warns:
            InexactSumsWarning: the numbers lie on no decimal grid.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03"] * 2)
            >>> ck.LineValues.of(tx, [0.25, 0.5], name="reward").numbers.values
            array([0.25, 0.5 ])
        """
        check.instance(tx, Transactions, "tx", "Transactions.from_frame makes them.")
        numbers = values if isinstance(values, Decimals) else _decimals(values, name)
        if len(numbers) != len(tx):
            raise InvalidArgumentError(
                f"{name} must be one number per line: {len(tx):,} lines, {len(numbers):,} numbers."
            )
        return cls(transactions=tx, numbers=numbers, name=name, unit=unit)

    @classmethod
    def margin(cls, tx: Transactions, *, unit: str | None = None) -> Self:
        """Return what each line earned: its amount less its cost, exact to the last digit.

        A return has a negative amount, and a negative cost where the goods come back to stock.

        Args:
            tx: lines with amount and cost.
            unit: the currency, e.g. "EUR".

        Raises:
            MissingRoleError: the lines lack amount or cost.

        Warns:
            InexactSumsWarning: amounts or costs lie on no decimal grid.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1], time=["2026-01-03"], amount=[19.99], cost=[19.98]
            ... )
            >>> ck.LineValues.margin(tx).numbers.values
            array([0.01])
        """
        check.instance(tx, Transactions, "tx", "Transactions.from_frame makes them.")
        question = "LineValues.margin()"
        margin = tx.numbers("amount", question=question) - tx.numbers("cost", question=question)
        if not margin.exact:
            check.warn(inexact("margin"), InexactSumsWarning)
        return cls(transactions=tx, numbers=margin, name="margin", unit=unit)

    def on(self, tx: Transactions) -> Decimals:
        """Return the figures, proven to belong to these lines.

        Args:
            tx: the lines a question is about.

        Raises:
            InvalidArgumentError: they were made for other lines.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03"] * 2)
            >>> ck.LineValues.of(tx, [3, 4], name="reward").on(tx).total()
            7.0
        """
        if tx is not self.transactions:
            raise InvalidArgumentError(
                f"the {self.name} was made for other lines: for {self.transactions}, not for {tx}."
                " Use the same Transactions for both; for a part of them make new figures, e.g."
                " LineValues.margin(part)."
            )
        return self.numbers

    def __len__(self) -> int:
        """How many lines."""
        return len(self.numbers)

    def __repr__(self) -> str:
        """What the figures are, of how many lines, and their sum."""
        unit = "" if self.unit is None else f" {self.unit}"
        total = f"{self.numbers.total():,.{self.numbers.digits or 0}f}"
        total = total if self.numbers.exact else f"{self.numbers.total():g}"
        return f"LineValues({self.name} of {check.counted(len(self), 'line')}, total {total}{unit})"


def _decimals(values: ArrayLike, name: str) -> Decimals:
    numbers = _numbers(values, name)
    odd = ~np.isfinite(numbers)
    if odd.any():
        raise InvalidDataError(
            f"{name} is missing or infinite on {check.counted(np.count_nonzero(odd), 'line')}, the"
            f" first of them line {np.argmax(odd)} (counted from 0). Say 0 if nothing is meant."
        )
    return Decimals.of(numbers, name=name)


def _numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    try:
        # Gaps (None, pandas.NA) and decimal.Decimal come as objects.
        numbers = array.astype(np.float64) if array.dtype.kind == "O" else array
    except (TypeError, ValueError):
        numbers = array
    if numbers.ndim != 1 or (len(numbers) and numbers.dtype.kind not in "iuf"):
        raise InvalidArgumentError(
            f"{name} must be a list of numbers, one per line; got {array.dtype} of shape"
            f" {array.shape}."
        )
    masked = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    return numbers if masked is None else np.where(masked, np.nan, numbers)
