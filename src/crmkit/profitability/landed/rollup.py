"""Landed costs summed by fields of the lines: product, supplier, shipment ..."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.keys import combined
from crmkit.profitability.landed.figures import CostFigures
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import FloatArray, LineField


@attrs.frozen(kw_only=True, repr=False)
class CostRollup(Answer):
    """Landed costs per product, supplier or any combination; one row each, in label order.

    Attributes:
        keys: by field, the codes of each row; -1 where lines have none.
        figures: quantity and money per row, in minor units.
        digits: digits of the currency.

    Examples:
        >>> from crmkit.profitability import ShipmentLines, landed_cost
        >>> lines = ShipmentLines(
        ...     shipment=[1, 2], product=["tea", "tea"], quantity=[3, 1], value=[3, 1]
        ... )
        >>> landed_cost(lines, []).by("product", "shipment")
        CostRollup(2 rows by product, shipment)
    """

    keys: Mapping[str, Codes] = attrs.field(converter=FrozenMapping[Codes])
    figures: CostFigures
    digits: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def landed_unit(self) -> FloatArray:
        """Landed total per unit, major units; NaN for rows of no units."""
        return self.figures.landed_unit(self.digits)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.figures.value)

    def __repr__(self) -> str:
        """How many rows, and by what."""
        return f"CostRollup({check.counted(len(self), 'row')} by {', '.join(self.keys)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        decoded = {field: codes.decode() for field, codes in self.keys.items()}
        return decoded | self.figures.columns(self.digits)


def rolled_up(
    lines: ShipmentLines, figures: CostFigures, fields: Sequence[LineField], digits: int
) -> CostRollup:
    """Sum *figures* of lines by *fields*."""
    if not fields:
        raise InvalidArgumentError("by() needs a field to sum by, e.g. by('product').")
    ids = {field: lines.ids(field) for field in fields}
    rows, keys = combined(list(ids.values()))
    return CostRollup(
        keys=dict(zip(ids, keys, strict=True)),
        figures=figures.summed(rows.astype(np.int32), len(keys[0])),
        digits=digits,
        frame_kind=lines.frame_kind,
    )
