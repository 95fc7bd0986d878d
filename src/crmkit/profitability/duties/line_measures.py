"""Quantities of lines in whole units of a decimal grid: what specific duties are charged by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit import _validation as check
from crmkit._kernels.decimals import smallest_grid
from crmkit.data.decimals import Decimals
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.duties.declaration import ImportDeclaration
from crmkit.profitability.duties.tariff_match import on_lines
from crmkit.profitability.duties.tariff_units import KNOWN_UNITS, LINE
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import BoolArray, FloatArray, IntArray

_FIELDS = {"unit": "quantity", "kg": "weight", "m3": "volume"}


class Measure(NamedTuple):
    """A quantity per line in units of 10**-digits, and where it is unknown."""

    units: IntArray
    digits: int
    unknown: BoolArray


class LineMeasures:
    """The quantities of some lines by name: "unit", "kg", "m3", "litre" ..."""

    def __init__(self, lines: ShipmentLines, declared: ImportDeclaration) -> None:
        """Take what is declared, or else what the lines have."""
        self._lines = lines
        self._declared = declared
        self._read: dict[str, Measure] = {}
        self.problems: list[str] = []
        for name, column in declared.measures.items():
            if column.shape != (len(lines),):
                raise InvalidArgumentError(
                    f"measures[{name!r}] must be one number per line: {len(lines):,} lines; got"
                    f" shape {column.shape}."
                )

    def of(self, name: str) -> Measure:
        """Return one measure; all of it unknown if nobody said it."""
        if name not in self._read:
            self._read[name] = self._measure(name)
        return self._read[name]

    def remedy(self, name: str) -> str:
        """Say how to give a measure."""
        field = _FIELDS.get(name)
        own = f"ImportDeclaration(measures={{{name!r}: [...]}})"
        if field:
            return f"Unknown is not 0: fill in the {field} of the lines, or say {own}."
        return f"Say it: {own}." + check.hint(name, KNOWN_UNITS) * (name not in KNOWN_UNITS)

    def _measure(self, name: str) -> Measure:
        lines = len(self._lines)
        declared = self._declared.measures.get(name)
        if declared is not None:
            return self._on_grid(name, declared)
        if name == LINE:
            return Measure(np.ones(lines, np.int64), 0, np.zeros(lines, np.bool_))
        values: Decimals | FloatArray | None = getattr(self._lines, _FIELDS.get(name, ""), None)
        if isinstance(values, Decimals) and values.digits is not None:
            units = values.units.astype(np.int64)
            self._note_negative(name, units < 0)
            return Measure(units, values.digits, np.zeros(lines, dtype=np.bool_))
        if isinstance(values, Decimals):
            values = values.values
        return self._on_grid(name, np.full(lines, np.nan) if values is None else values)

    def _on_grid(self, name: str, values: FloatArray) -> Measure:
        units = np.zeros(len(values), dtype=np.int64)
        known = np.isfinite(values)
        self._note_negative(name, values < 0)
        found = smallest_grid(values[known]) if known.any() else (units[:0], 0)
        if found is None:
            self.problems.append(
                f"the measure {name!r} lies on no decimal grid of up to 8 digits; round it, e.g."
                " to grams or millilitres."
            )
            return Measure(units, 0, ~known)
        units[known] = found[0]
        return Measure(units, found[1], ~known)

    def _note_negative(self, name: str, below: BoolArray) -> None:
        if below.any():
            self.problems.append(
                f"the measure {name!r} is negative {on_lines(below)}. Net returns against their"
                " lines first."
            )
