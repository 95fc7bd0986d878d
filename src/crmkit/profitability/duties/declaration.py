"""What an importer declares beside the lines: costs to the border, claims, net quantities."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, read_only, same_array
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import check_digits, rationals, whole_units
from crmkit.typing import BoolArray, FloatArray, IntArray, IntoRate


def _same_columns(one: Mapping[str, NDArray[Any]], two: Mapping[str, NDArray[Any]]) -> bool:
    return set(one) == set(two) and all(same_array(one[name], two[name]) for name in one)


_SAME = attrs.cmp_using(eq=same_array)
_SAME_COLUMNS = attrs.cmp_using(eq=_same_columns)


def _money(values: ArrayLike | None) -> IntArray | None:
    if values is None:
        return None
    return read_only(whole_units(values, "freight, insurance and additions"))


def _money_by_name(values: Mapping[str, ArrayLike]) -> Mapping[str, IntArray]:
    named = {name: whole_units(column, f"incidental[{name!r}]") for name, column in values.items()}
    return FrozenMapping({name: read_only(column) for name, column in named.items()})


def _mask(values: ArrayLike | None) -> NDArray[Any] | None:
    return None if values is None else read_only(np.asarray(values))


def _measures(values: Mapping[str, ArrayLike]) -> Mapping[str, FloatArray]:
    try:
        floats = {name: np.asarray(column, dtype=np.float64) for name, column in values.items()}
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"measures are numbers per line; {error}.") from None
    return FrozenMapping({name: read_only(column) for name, column in floats.items()})


def _rates(values: Mapping[str, IntoRate]) -> Mapping[str, Fraction]:
    read = {name: rationals(rate) for name, rate in values.items()}
    rates = {name: Fraction(int(top[0]), int(bottom[0])) for name, (top, bottom) in read.items()}
    if odd := [name for name, rate in rates.items() if rate <= 0]:
        raise InvalidArgumentError(f"rates[{odd[0]!r}] must be above 0; got {values[odd[0]]!r}.")
    return FrozenMapping(rates)


@attrs.frozen(kw_only=True)
class ImportDeclaration:
    """What is said at the border about each line, beside what the shipment lines say.

    Money is in minor units of the currency of the lines, one amount per line, as an allocation
    of freight or insurance returns it.

    Attributes:
        freight: main carriage to the border; part of a CIF value only.
        insurance: of that carriage; part of a CIF value only.
        additions: assists, royalties, packing: part of either value.
        incidental: other costs by name, such as inland carriage to the first destination: part of
            no customs value, but a tax may name them as its base.
        preference: which lines claim a preference, with proof of origin; None for none. It is
            taken where it is claimed, never because it is cheaper.
        suspension: which lines claim a suspension of the duty; None for none.
        measures: quantities that specific duties are charged by and shipment lines do not have,
            e.g. {"litre": [...], "lpa": [...]}, or that differ from theirs: "kg" for net weights,
            "unit" for other units than those of the lines.
        rates: what one unit of a tariff's currency is in that of the lines, e.g. {"EUR": "1.09"}.
        digits: digits of the currency of the lines.

    Raises:
        InvalidArgumentError: money that is no whole minor units, a rate that is no number.

    Examples:
        >>> from crmkit.profitability import ImportDeclaration
        >>> declared = ImportDeclaration(freight=[60000], insurance=[4000], rates={"EUR": 1.09})
        >>> declared.freight, declared.rates["EUR"]
        (array([60000]), Fraction(109, 100))
    """

    freight: IntArray | None = attrs.field(default=None, converter=_money, eq=_SAME)
    insurance: IntArray | None = attrs.field(default=None, converter=_money, eq=_SAME)
    additions: IntArray | None = attrs.field(default=None, converter=_money, eq=_SAME)
    incidental: Mapping[str, IntArray] = attrs.field(
        factory=dict, converter=_money_by_name, eq=_SAME_COLUMNS
    )
    preference: BoolArray | None = attrs.field(default=None, converter=_mask, eq=_SAME)
    suspension: BoolArray | None = attrs.field(default=None, converter=_mask, eq=_SAME)
    measures: Mapping[str, FloatArray] = attrs.field(
        factory=dict, converter=_measures, eq=_SAME_COLUMNS
    )
    rates: Mapping[str, Fraction] = attrs.field(factory=dict, converter=_rates)
    digits: int = attrs.field(default=2, converter=check_digits)

    __hash__ = None  # type: ignore[assignment]

    def claim(self, kind: str, lines: int) -> BoolArray:
        """Return which lines claim a "preference" or "suspension".

        Raises:
            InvalidArgumentError: the mask is no boolean per line.

        Examples:
            >>> from crmkit.profitability import ImportDeclaration
            >>> ImportDeclaration(preference=[True, False]).claim("preference", 2)
            array([ True, False])
        """
        mask = getattr(self, kind)
        if mask is None:
            return np.zeros(lines, dtype=np.bool_)
        return check.line_mask(mask, lines)
