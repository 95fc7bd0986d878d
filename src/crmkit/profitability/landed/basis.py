"""The weights by which a charge is spread: what a basis is on given lines."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from crmkit._kernels.grouping import sums_by
from crmkit.data.decimals import on_grid
from crmkit.errors import InvalidDataError
from crmkit.money.amounts import rationals
from crmkit.profitability.duties.duties import ImportDuties
from crmkit.profitability.landed.charges import Basis, ChargeableWeight, IntoBasis
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import FloatArray, IntArray, NumberArray

_LARGEST = 2.0**62


@attrs.frozen(kw_only=True, eq=False)
class Consignments:
    """Lines that share a charge, and which amount of it each belongs to."""

    lines: IntArray
    groups: IntArray
    n: int


def weights_of(
    basis: IntoBasis, lines: ShipmentLines, among: Consignments, duties: ImportDuties | None
) -> NumberArray:
    """Return the weight of each of the lines *among* which a charge is spread.

    Raises:
        InvalidDataError: the lines lack what the basis asks for.
    """
    if isinstance(basis, ChargeableWeight):
        return _chargeable(basis, lines, among)
    if isinstance(basis, Basis):
        return _measured(basis, lines, duties)[among.lines]
    return _own(basis, len(lines))[among.lines]


def _own(weights: Sequence[float] | NumberArray, lines: int) -> NumberArray:
    array = np.asarray(weights)
    if array.shape != (lines,) or array.dtype.kind not in "iuf":
        raise InvalidDataError(
            f"weights of one's own must be {lines:,} numbers, one per line; got {array.dtype} of"
            f" shape {array.shape}."
        )
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    return array.astype(np.int64)


def _measured(basis: Basis, lines: ShipmentLines, duties: ImportDuties | None) -> NumberArray:
    if basis in (Basis.CUSTOMS_VALUE, Basis.DUTY):
        return _assessed(basis, duties)
    if basis is Basis.VALUE:
        return lines.value.units
    if basis is Basis.QUANTITY:
        return lines.quantity.units
    if basis is Basis.EQUAL:
        # A line of nothing came with nothing: it carries no share.
        return np.asarray(lines.quantity.units != 0, dtype=np.int64)
    return _known(lines, basis.value)


def _assessed(basis: Basis, duties: ImportDuties | None) -> IntArray:
    if duties is None:
        raise InvalidDataError(
            f"a charge by {basis.value} needs duties: landed_cost(..., duties=import_duties(...))."
        )
    return duties.customs_value if basis is Basis.CUSTOMS_VALUE else duties.duty


def _known(lines: ShipmentLines, measure: str) -> FloatArray:
    figures: FloatArray | None = getattr(lines, measure, None)
    if figures is None:
        raise InvalidDataError(
            f"the lines have no {measure}; say it: ShipmentLines(..., {measure}=[...])."
        )
    return figures


def _chargeable(basis: ChargeableWeight, lines: ShipmentLines, among: Consignments) -> NumberArray:
    weight, volume = _known(lines, "weight")[among.lines], _known(lines, "volume")[among.lines]
    if not bool(np.isfinite(weight + volume).all()):
        # Which of the two binds is unknown; the allocator names the first such line.
        return weight + volume
    kilograms, cubic = _comparable(weight, volume, basis)
    if basis.per == "line":
        return np.maximum(kilograms, cubic)
    groups = among.groups.astype(np.int32)
    heavy = sums_by(groups, among.n, kilograms) >= sums_by(groups, among.n, cubic)
    return np.where(heavy[groups], kilograms, cubic)


def _comparable(
    weight: FloatArray, volume: FloatArray, basis: ChargeableWeight
) -> tuple[IntArray, IntArray]:
    """Return weights and dimensional weights as whole numbers of one unit."""
    kilograms, cubic = on_grid(weight), on_grid(volume)
    if kilograms.digits is None or cubic.digits is None:
        raise InvalidDataError("weights or volumes have more than 8 digits; round them.")
    top, bottom = (int(part[0]) for part in rationals(basis.kg_per_m3))
    digits = max(kilograms.digits, cubic.digits)
    scales = bottom * 10 ** (digits - kilograms.digits), top * 10 ** (digits - cubic.digits)
    parts = tuple(zip((kilograms.units, cubic.units), scales, strict=True))
    if any(float(np.sum(units.astype(np.float64))) * scale >= _LARGEST for units, scale in parts):
        raise InvalidDataError(
            "weights, volumes and kg_per_m3 have too many digits together; round them."
        )
    one, two = (units.astype(np.int64) * scale for units, scale in parts)
    return one, two
