"""What is left of each receipt: the layers that a late charge is spread over."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array, same_array
from crmkit._kernels.grouping import group_order, sums_by
from crmkit.data import frames
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals, on_grid
from crmkit.data.reader import ColumnReader
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import check_digits, minor_units
from crmkit.typing import CodeArray, FloatArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class History:
    """How layers came to be: moves net of what came back, product after product and in time.

    Attributes:
        moves: which move each entry is.
        changes: units received, net of what went back to the supplier; or minus units issued, net
            of what customers brought back.
        layers: which layer a receipt is; -1 for issues.
        products: codes, ascending.
        issued_moves: which issue took from *issued_layers*, in order of layers and then of time.
        issued_layers: which layer was taken from.
        issued_units: how many units.
    """

    moves: IntArray
    changes: IntArray
    layers: IntArray
    products: CodeArray
    issued_moves: IntArray
    issued_layers: IntArray
    issued_units: IntArray


@attrs.frozen(kw_only=True, repr=False, init=False, eq=False)
class StockLayers(Answer):
    """Receipts of goods, what is left of each, and what was paid for it.

    As a frame: product, layer, received, left, value. For those who know what is left; where the
    moves of the stock are known, `StockMoves.layers` finds it, and answers more questions.

    Attributes:
        product: what was received; None for one product.
        received: units, net of what went back to the supplier.
        left: units still on hand.
        value: money paid for the units received, int64 minor units; None if unknown.
        digits: digits of the currency.
        history: the moves behind the layers; None if they are not known.

    Examples:
        >>> from crmkit.profitability import StockLayers
        >>> layers = StockLayers(received=[8, 12], left=[3, 12], value=["80.00", "144.00"])
        >>> layers
        StockLayers(2 layers of 1 product, 15 of 20 units left)
        >>> layers.to_frame()
           layer  received  left  value
        0      0       8.0   3.0   80.0
        1      1      12.0  12.0  144.0
    """

    product: Codes | None
    received: Decimals
    left: Decimals
    value: IntArray | None = array(optional=True)
    digits: int = 2
    history: History | None = None

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        received: ArrayLike,
        left: ArrayLike,
        value: ArrayLike | None = None,
        product: ArrayLike | None = None,
        digits: int = 2,
    ) -> None:
        """Read layers from arrays or lists, one entry per receipt, in order of time.

        Args:
            received: units that came, less those that went back to the supplier.
            left: units of the receipt still on hand.
            value: money paid for the units received; None if only charges are of interest.
            product: ids; None if all is one product.
            digits: digits of the currency.

        Raises:
            InvalidDataError: missing or negative quantities, more left than received, money that
                is none or finer than the digits. All are listed.
            InvalidArgumentError: arrays of different lengths.
        """
        check_digits(digits)
        given = {"received": received, "left": left, "product": product}
        table = {name: values for name, values in given.items() if values is not None}
        reader = ColumnReader(frames.collect(_opened(table), list(table)))
        ids = None if product is None else reader.ids("product", "product", if_missing=_NAME_IT)
        units = _quantities(reader)
        if reader.problems:
            reader.problems.raise_all()
        reader.warn()
        money = None if value is None else minor_units(np.asarray(value), digits, None, "value")
        if money is not None and len(money) != len(units[0]):
            raise InvalidArgumentError(
                f"value must be one amount per layer; got {len(money):,} for {len(units[0]):,}."
            )
        self.__attrs_init__(
            product=ids,
            received=units[0],
            left=units[1],
            value=money,
            digits=digits,
        )

    def __len__(self) -> int:
        """How many layers."""
        return len(self.received)

    def __repr__(self) -> str:
        """How many layers and products, and what is left."""
        left, received = (f"{numbers.total():,.10g}" for numbers in (self.left, self.received))
        return (
            f"StockLayers({check.counted(len(self), 'layer')} of"
            f" {check.counted(self.n_products, 'product')}, {left} of {received} units left)"
        )

    def __eq__(self, other: object) -> bool:
        """Whether these are the same receipts with the same left of them."""
        return (
            isinstance(other, StockLayers)
            and self.digits == other.digits
            and self.received == other.received
            and self.left == other.left
            and same_array(self.value, other.value)
            and same_array(self.product_ids(), other.product_ids())
        )

    @property
    def n_products(self) -> int:
        """How many products have layers."""
        return min(len(self), 1) if self.product is None else self.product.n_used

    @property
    def product_codes(self) -> CodeArray:
        """The product of each layer as a code; int32."""
        if self.product is None:
            return np.zeros(len(self), dtype=np.int32)
        return self.product.codes

    @property
    def product_span(self) -> int:
        """One more than the largest code there may be."""
        return 1 if self.product is None else len(self.product.labels)

    def product_ids(self) -> NDArray[Any] | None:
        """Return the product of each layer; None if all are one.

        Examples:
            >>> from crmkit.profitability import StockLayers
            >>> StockLayers(received=[8, 5], left=[3, 5], product=["tea", "mug"]).product_ids()
            array(['tea', 'mug'], dtype=object)
        """
        return None if self.product is None else self.product.decode()

    def name(self, layer: int) -> str:
        """Name one layer, for a message.

        Examples:
            >>> from crmkit.profitability import StockLayers
            >>> StockLayers(received=[8], left=[3], product=["tea"]).name(0)
            "layer 0 (product 'tea')"
        """
        ids = self.product_ids()
        return f"layer {layer}" + ("" if ids is None else f" (product {ids[layer]!r})")

    def on_hand(self) -> IntArray:
        """Return the units on hand per product code, on the decimal grid of `left`.

        Examples:
            >>> from crmkit.profitability import StockLayers
            >>> StockLayers(received=[8, 12], left=[3, 12]).on_hand()
            array([15])
        """
        units = sums_by(self.product_codes, self.product_span, self.left.units)
        return np.asarray(units, dtype=np.int64)

    def earlier(self) -> IntArray:
        """Return what was received of a layer's product before it, on the grid of `received`.

        Examples:
            >>> from crmkit.profitability import StockLayers
            >>> StockLayers(received=[8, 12, 5], left=[0, 0, 5]).earlier()
            array([ 0,  8, 20])
        """
        order, offsets = group_order(self.product_codes, self.product_span)
        units = self.received.units.astype(np.int64)[order]
        before = np.cumsum(units) - units
        heads = np.append(before, 0)[offsets[:-1]]
        found = np.empty(len(self), dtype=np.int64)
        found[order] = before - np.repeat(heads, np.diff(offsets))
        return found

    def values(self) -> IntArray:
        """Return what was paid for each layer, in minor units.

        Raises:
            InvalidArgumentError: nobody said.

        Examples:
            >>> from crmkit.profitability import StockLayers
            >>> StockLayers(received=[8], left=[3], value=["80.00"]).values()
            array([8000])
        """
        if self.value is None:
            raise InvalidArgumentError(
                "what was paid for the receipts is not known, so the stock has no value. Say"
                " value=[...], the money per receipt."
            )
        return self.value

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns = self.keys()
        if self.value is not None:
            columns["value"] = money_of(self.value, self.digits)
        return columns

    def keys(self) -> dict[str, NDArray[Any]]:
        """Return the columns that say which layer it is and what is left of it.

        Examples:
            >>> from crmkit.profitability import StockLayers
            >>> list(StockLayers(received=[8], left=[3], product=["tea"]).keys())
            ['product', 'layer', 'received', 'left']
        """
        ids = self.product_ids()
        columns: dict[str, NDArray[Any]] = {} if ids is None else {"product": ids}
        numbers = {"received": self.received.values, "left": self.left.values}
        return {**columns, "layer": np.arange(len(self)), **numbers}


def proven_layers(**fields: Any) -> StockLayers:
    """Make layers of fields that need no reading."""
    layers = StockLayers.__new__(StockLayers)
    layers.__attrs_init__(**fields)
    return layers


_NAME_IT = "A layer is of one product; leave product out if all are of one."


def _opened(table: dict[str, ArrayLike]) -> Any:
    return frames.open_frame(frames.frame_of_arrays(table, times=()))


def _quantities(reader: ColumnReader) -> tuple[Decimals, Decimals]:
    """Read both quantities onto one grid, and note what is impossible."""
    received, left = (reader.numbers(name, name) for name in ("received", "left"))
    note = reader.problems.rows
    for name, numbers in (("received", received), ("left", left)):
        note(name, name, "negative", numbers.units < 0, "Net returns against their receipt first.")
    if reader.problems:
        return received, left
    over = left.values > received.values
    note("left", "left", "more left than was received", over, "Say what the receipt itself has.")
    return one_grid(received, left)


def one_grid(received: Decimals, left: Decimals) -> tuple[Decimals, Decimals]:
    """Bring both onto one decimal grid, so that their ratios are ratios of integers."""
    both = on_grid(np.concatenate([received.values, left.values]))
    if both.digits is None:
        raise InvalidDataError(
            "the quantities lie on no decimal grid of up to 8 digits that fits 64 bits, so shares"
            " of them are not exact. Round them, e.g. to whole grams."
        )
    cut = len(received)
    return (Decimals(both.units[:cut], both.digits), Decimals(both.units[cut:], both.digits))


def money_of(units: IntArray, digits: int) -> FloatArray:
    """Write minor units as floats of major units, for a frame."""
    return np.asarray(units / 10.0**digits, dtype=np.float64)
