"""The value that duties stand on: the price, with or without the way to the border."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crmkit.errors import InvalidArgumentError
from crmkit.profitability.duties.declaration import ImportDeclaration
from crmkit.profitability.duties.pools import LARGEST, exact_sum
from crmkit.profitability.duties.tariff_match import on_lines
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import IntArray, Valuation


def customs_value(
    lines: ShipmentLines, declared: ImportDeclaration, valuation: Valuation
) -> tuple[IntArray, list[str]]:
    """Return the customs value of each line in minor units, and what is wrong with it."""
    border = {"freight": declared.freight, "insurance": declared.insurance}
    parts = {"additions": declared.additions} | (border if valuation == "CIF" else {})
    given = {name: column for name, column in parts.items() if column is not None}
    check_lengths(given, len(lines))
    value, problems = _minor_values(lines, declared.digits)
    total = exact_sum([value, *given.values()], "customs value", len(lines))
    below = total < 0
    if below.any():
        problems.append(
            f"the customs value is negative {on_lines(below)}. Net returns against their lines"
            " first."
        )
    return total, problems


def check_lengths(columns: Mapping[str, IntArray], lines: int) -> None:
    """Refuse columns that are not one amount per line."""
    odd = {name: column for name, column in columns.items() if len(column) != lines}
    if odd:
        sizes = ", ".join(f"{name} {len(column):,}" for name, column in odd.items())
        raise InvalidArgumentError(
            f"there must be one amount per line: {lines:,} lines; got {sizes}. An amount of a"
            " whole shipment is spread first: crmkit.money.allocate."
        )


def _minor_values(lines: ShipmentLines, digits: int) -> tuple[IntArray, list[str]]:
    units, own = lines.value.units, lines.value.digits
    if own is None:
        return np.zeros(len(lines), dtype=np.int64), [
            "the values of the lines lie on no decimal grid: round them to the currency's digits."
        ]
    whole = units.astype(np.int64)
    if own <= digits:
        if float(np.abs(whole.astype(np.float64)).sum()) * 10.0 ** (digits - own) >= LARGEST:
            return whole, [f"the values are too large for {digits} digits in 64 bits."]
        return whole * 10 ** (digits - own), []
    step = 10 ** (own - digits)
    fine = whole % step != 0
    if not fine.any():
        return whole // step, []
    return whole // step, [
        f"the value is finer than {digits} digits {on_lines(fine)}: round it, or say the digits"
        " of the currency, ImportDeclaration(digits=...)."
    ]
