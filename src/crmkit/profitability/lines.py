"""The lines of shipments: what came, how much of it, and what was paid for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals, on_grid
from crmkit.data.reader import ColumnReader, require_columns
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.tariff_codes import normalised
from crmkit.typing import BoolArray, FloatArray, Frame, FrameKind, IntoFrame, ShipmentRole

_ROLES = get_args(ShipmentRole)
_REQUIRED = ("shipment", "product", "quantity", "value")
_MEASURES = ("weight", "volume")
_IDS = ("shipment", "product", "hs_code", "origin", "supplier", "category")
_TEXT_CODE = (
    "Tariff codes are text of 2, 4, 6, 8 or 10 digits, e.g. '0901.21'; as numbers they lose their"
    " leading zero: read the column as text."
)


@attrs.frozen(kw_only=True, repr=False, init=False)
class ShipmentLines:
    """What came with which shipment: one row per line of an order, invoice or receipt.

    All figures are of the whole line, not per unit. Weights and volumes may be unknown on some
    lines (NaN): a charge that is spread by them then says so, for unknown is not zero.

    Attributes:
        shipment: the consignment, container or receipt a line came with.
        product: what came.
        quantity: units of the line.
        value: money paid for the line, net of trade discounts, in major units.
        weight: kilograms, shape (lines,); NaN where unknown.
        volume: cubic metres, shape (lines,); NaN where unknown.
        hs_code: tariff code, digits only.
        origin: country of origin.
        supplier: who sent it.
        category: any grouping of products.
        currency: the currency of the values; None if nobody said.
        frame_kind: the frame library that answers come back in.

    Examples:
        >>> from crmkit.profitability import ShipmentLines
        >>> ShipmentLines(
        ...     shipment=["S1", "S1", "S2"],
        ...     product=["tea", "mug", "mug"],
        ...     quantity=[10, 5, 8],
        ...     value=["100.00", "50.00", "80.00"],
        ...     weight=[20.0, 5.0, 8.0],
        ... )
        ShipmentLines(3 lines, 2 shipments, 2 products, value 230)
    """

    shipment: Codes
    product: Codes
    quantity: Decimals
    value: Decimals
    weight: FloatArray | None = array(optional=True)
    volume: FloatArray | None = array(optional=True)
    hs_code: Codes | None = None
    origin: Codes | None = None
    supplier: Codes | None = None
    category: Codes | None = None
    currency: str | None = None
    frame_kind: FrameKind = attrs.field(default="pandas", eq=False)

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        shipment: ArrayLike,
        product: ArrayLike,
        quantity: ArrayLike,
        value: ArrayLike,
        weight: ArrayLike | None = None,
        volume: ArrayLike | None = None,
        hs_code: ArrayLike | None = None,
        origin: ArrayLike | None = None,
        supplier: ArrayLike | None = None,
        category: ArrayLike | None = None,
        currency: str | None = None,
    ) -> None:
        """Read lines from arrays or lists, one entry per line.

        Args:
            shipment: ids.
            product: ids.
            quantity: units per line.
            value: money per line: numbers, Decimals or texts such as "19.99".
            weight: kilograms per line; None or NaN where unknown.
            volume: cubic metres per line; None or NaN where unknown.
            hs_code: tariff codes, as text; dots and blanks are taken out.
            origin: countries of origin.
            supplier: ids.
            category: any grouping of products.
            currency: the currency of the values, e.g. "EUR".

        Raises:
            InvalidDataError: missing or unreadable values; all columns are checked together.
            InvalidArgumentError: arrays of different lengths.
        """
        every = (shipment, product, quantity, value, weight, volume, hs_code, origin, supplier)
        named = zip(_ROLES, (*every, category), strict=True)
        given = {role: values for role, values in named if values is not None}
        frame = frames.frame_of_arrays(given, times=())
        self._admit(frame, dict.fromkeys(given, ""), currency)

    @classmethod
    def from_frame(
        cls,
        frame: IntoFrame,
        columns: Mapping[ShipmentRole, str] | None = None,
        *,
        currency: str | None = None,
    ) -> Self:
        """Read the lines of a data frame.

        Args:
            frame: pandas, Polars, PyArrow, DuckDB, or what else narwhals reads.
            columns: which column plays which role, e.g. {"shipment": "ASN"}; other roles are taken
                from columns of their own names, if the frame has them.
            currency: the currency of the values.

        Raises:
            MissingColumnsError: a column is not in the frame; says which are.
            InvalidDataError: missing or unreadable values; all columns are checked together.

        Examples:
            >>> import pandas as pd
            >>> from crmkit.profitability import ShipmentLines
            >>> frame = pd.DataFrame(
            ...     {"ASN": ["S1"], "product": ["tea"], "quantity": [10], "value": [99.5]}
            ... )
            >>> ShipmentLines.from_frame(frame, {"shipment": "ASN"})
            ShipmentLines(1 line, 1 shipment, 1 product, value 99.5)
        """
        lines = cls.__new__(cls)
        lines._admit(frame, columns or {}, currency)
        return lines

    def _admit(self, frame: IntoFrame, columns: Mapping[Any, str], currency: str | None) -> None:
        opened = frames.open_frame(frame)
        wanted = _wanted(columns, opened.collect_schema().names())
        table = frames.collect(opened, list(dict.fromkeys(wanted.values())))
        reader = ColumnReader(table)
        found: dict[str, Any] = {
            role: _read(reader, role, column) for role, column in wanted.items()
        }
        if reader.problems:
            reader.problems.raise_all()
        reader.warn()
        kind = frames.kind_of(table)
        self.__attrs_init__(**found, currency=currency, frame_kind=kind)

    def __len__(self) -> int:
        """How many lines."""
        return len(self.shipment)

    def __repr__(self) -> str:
        """How many lines, shipments and products, and their value."""
        facts = [
            check.counted(len(self), "line"),
            check.counted(self.shipment.n_used, "shipment"),
            check.counted(self.product.n_used, "product"),
            f"value {self.value.total():,.{self.value.digits or 0}f}",
        ]
        return f"ShipmentLines({', '.join(facts)})"

    def ids(self, field: str) -> Codes:
        """Return the codes of an id field: shipment, product, supplier ...

        Raises:
            InvalidArgumentError: there is no such field, or these lines do not have it.

        Examples:
            >>> from crmkit.profitability import ShipmentLines
            >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[2], value=[3])
            >>> lines.ids("product").labels
            array(['tea'], dtype=object)
        """
        if field not in _IDS:
            known = ", ".join(map(repr, _IDS))
            raise InvalidArgumentError(
                f"{field!r} is no id of shipment lines; these are: {known}."
                + check.hint(field, _IDS)
            )
        codes: Codes | None = getattr(self, field)
        if codes is None:
            raise InvalidArgumentError(
                f"these lines have no {field}; say it: ShipmentLines(..., {field}=[...])."
            )
        return codes

    def reversed(self) -> Self:
        """Return the same lines with quantities and values of the other sign.

        Examples:
            >>> from crmkit.profitability import ShipmentLines
            >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[2], value=[3])
            >>> lines.reversed()
            ShipmentLines(1 line, 1 shipment, 1 product, value -3)
        """
        turned = self.__class__.__new__(self.__class__)
        fields = attrs.asdict(self, recurse=False)
        fields |= {name: _turned(fields[name]) for name in ("quantity", "value")}
        turned.__attrs_init__(**fields)
        return turned

    def to_frame(self) -> Frame:
        """Return the lines as a data frame of the kind that came in.

        Examples:
            >>> from crmkit.profitability import ShipmentLines
            >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[2], value=["3.10"])
            >>> lines.to_frame()
               shipment product  quantity  value
            0         1     tea       2.0    3.1
        """
        return frames.build_frame(self.columns(), self.frame_kind)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns that are there, in the order of the roles.

        Examples:
            >>> from crmkit.profitability import ShipmentLines
            >>> list(ShipmentLines(shipment=[1], product=[2], quantity=[3], value=[4]).columns())
            ['shipment', 'product', 'quantity', 'value']
        """
        there = {role: getattr(self, role) for role in _ROLES}
        return {role: _plain(column) for role, column in there.items() if column is not None}


def _turned(numbers: Decimals) -> Decimals:
    return Decimals(-numbers.units, numbers.digits)


def _plain(column: Codes | Decimals | FloatArray) -> NDArray[Any]:
    if isinstance(column, Codes):
        return column.decode()
    return column.values if isinstance(column, Decimals) else column


def _wanted(columns: Mapping[Any, str], available: list[str]) -> dict[str, str]:
    if odd := [role for role in columns if role not in _ROLES]:
        raise InvalidArgumentError(
            f"{odd[0]!r} is no role of a shipment line; these are: {', '.join(_ROLES)}."
            + check.hint(odd[0], _ROLES)
        )
    named = {role: column or role for role, column in columns.items()}
    required = {role: named.get(role, role) for role in (*_REQUIRED, *named)}
    require_columns(required, available, "Say which is which: columns={'shipment': 'ASN', ...}.")
    return {role: named.get(role, role) for role in _ROLES if named.get(role, role) in available}


def _read(reader: ColumnReader, role: str, column: str) -> Codes | Decimals | FloatArray:
    if role in _MEASURES:
        return _measure(reader, role, column)
    if role in ("quantity", "value"):
        return reader.numbers(role, column)
    needed = "A line needs one." if role in _REQUIRED else None
    codes = reader.ids(role, column, if_missing=needed)
    if role != "hs_code":
        return codes
    codes, odd = normalised(codes)
    reader.problems.rows(role, column, "no tariff code", odd, _TEXT_CODE)
    return codes


def _measure(reader: ColumnReader, role: str, column: str) -> FloatArray:
    """Read what may be unknown, as the floats nearest to its decimals."""
    values, missing, unparsable = frames.read_numbers(reader.table.get_column(column))
    measured = np.where(missing, np.nan, values.astype(np.float64))
    bad: BoolArray = unparsable | np.isinf(measured) | (measured < 0)
    remedy = "Measures are numbers >= 0; missing where unknown."
    reader.problems.rows(role, column, "no measure", bad, remedy)
    known = np.isfinite(measured)
    measured[known] = on_grid(measured[known]).values
    return measured
