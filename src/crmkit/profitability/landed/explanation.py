"""How the shares of one line came about: amount, weight, exact share, and what was posted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.landed.charges import Basis, Charge, ChargeableWeight
from crmkit.profitability.landed.posting import Books, pool_of
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import FloatArray, IntArray


@attrs.frozen(kw_only=True, repr=False)
class ShareExplanation(Answer):
    """One row per charge that reaches a line.

    Attributes:
        line: position of the line.
        charge: names of the charges.
        basis: what each is spread by; "fixed" where its amount is pinned on the line.
        amount: what of each charge is spread over the line's shipment, major units.
        weight: the line's weight in the basis; of chargeable weights in units of their own.
        total_weight: the weight of all lines it is spread over.
        exact: amount x weight / total weight, before rounding.
        share: what was posted, major units.

    Examples:
        >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
        >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[3], value=["1.00"])
        >>> landed_cost(lines, [Charge("freight", 5, Basis.VALUE)]).explain(0)
        ShareExplanation(line 0, 1 charge)
    """

    line: int
    charge: tuple[str, ...]
    basis: tuple[str, ...]
    amount: FloatArray = array()
    weight: FloatArray = array()
    total_weight: FloatArray = array()
    exact: FloatArray = array()
    share: FloatArray = array()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many charges."""
        return len(self.charge)

    def __repr__(self) -> str:
        """Which line, and how many charges."""
        return f"ShareExplanation(line {self.line}, {check.counted(len(self), 'charge')})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "charge": np.array(self.charge, dtype=object),
            "basis": np.array(self.basis, dtype=object),
            "amount": self.amount,
            "weight": self.weight,
            "total_weight": self.total_weight,
            "exact": self.exact,
            "share": self.share,
        }


def explained(
    charges: Sequence[Charge], amounts: IntArray, line: int, lines: ShipmentLines, books: Books
) -> ShareExplanation:
    """Explain the shares of one line."""
    if check.whole_number(line, "line", at_least=0) >= len(lines):
        raise InvalidArgumentError(f"there are lines 0 to {len(lines) - 1}; got {line}.")
    scale = 10.0**books.digits
    rows = []
    for charge, shares in zip(charges, amounts, strict=False):  # duties follow the charges
        found = _found(charge, line, lines, books)
        if found is not None:
            rows.append((charge.name, *found, shares[line] / scale))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    name, basis, amount, weight, total, exact, share = columns
    return ShareExplanation(
        line=line,
        charge=name,
        basis=basis,
        amount=np.array(amount, dtype=np.float64),
        weight=np.array(weight, dtype=np.float64),
        total_weight=np.array(total, dtype=np.float64),
        exact=np.array(exact, dtype=np.float64),
        share=np.array(share, dtype=np.float64),
        frame_kind=lines.frame_kind,
    )


def _found(
    charge: Charge, line: int, lines: ShipmentLines, books: Books
) -> tuple[str, float, float, float, float] | None:
    """Return basis, amount, weight, total weight and exact share; None if it does not reach."""
    pool, scale = pool_of(charge, lines, books), 10.0**books.digits
    if pool.pins.there[line]:
        pinned = pool.pins.units[line] / scale
        return "fixed", pinned, np.nan, np.nan, pinned
    place = np.flatnonzero(pool.among.lines == line)
    if len(place) == 0:
        return None
    group = pool.among.groups[place[0]]
    amount, weight = pool.amounts[group] / scale, float(pool.weights[place[0]])
    total = float(pool.weights[pool.among.groups == group].sum())
    exact = amount * weight / total if total else np.nan
    return _basis_name(charge), amount, weight, total, exact


def _basis_name(charge: Charge) -> str:
    if isinstance(charge.basis, Basis):
        return charge.basis.value
    return "chargeable_weight" if isinstance(charge.basis, ChargeableWeight) else "own"
