"""The units that specific duties are charged by: per piece, kilogram, 100 kg, hectolitre ..."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

LINE = "line"
"""The unit of an amount that is charged once per line."""
_KNOWN = {
    "unit": ("unit", Fraction(1)),
    "piece": ("unit", Fraction(1)),
    LINE: (LINE, Fraction(1)),
    "kg": ("kg", Fraction(1)),
    "g": ("kg", Fraction(1, 1000)),
    "tonne": ("kg", Fraction(1000)),
    "dtn": ("kg", Fraction(100)),
    "m3": ("m3", Fraction(1)),
    "litre": ("litre", Fraction(1)),
    "hl": ("litre", Fraction(100)),
    "lpa": ("lpa", Fraction(1)),
    "hlpa": ("lpa", Fraction(100)),
}
KNOWN_UNITS = tuple(_KNOWN)
_UNIT = re.compile(r"\s*([1-9][0-9]{0,8})?\s*([^\W\d]\w*)\s*")


class TariffUnit(NamedTuple):
    """A unit as so many of a measure that lines have: "100 kg" is 100 of "kg"."""

    measure: str
    size: Fraction


def tariff_unit(text: str) -> TariffUnit | None:
    """Read a unit such as "kg", "100 kg" or "hl"; None if it is none.

    Names that are not known here are measures of the caller's own, one of each.
    """
    found = _UNIT.fullmatch(text)
    if found is None:
        return None
    count, name = found.groups()
    measure, size = _KNOWN.get(name, (name, Fraction(1)))
    return TariffUnit(measure, size * int(count or 1))
