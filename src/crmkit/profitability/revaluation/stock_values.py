"""Follow-up answers of a revaluation: what stock is worth, and what goes on past issues."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.money.amounts import from_minor
from crmkit.profitability.revaluation.layers import StockLayers, money_of
from crmkit.typing import IntArray


@attrs.frozen(kw_only=True, repr=False)
class StockValues(Answer):
    """What the stock of each product is worth before and after a charge.

    As a frame: product, on_hand, value_before, to_stock, value_after.

    Attributes:
        layers: the receipts.
        value_before: without the charge, int64 minor units per product code.
        to_stock: what of the charge stays with the stock.

    Examples:
        >>> from crmkit.profitability import StockLayers, revalue
        >>> layers = StockLayers(received=[10], left=[8], value=["150.00"])
        >>> revalue(layers, "100").by_product()
        StockValues(1 product, 120.00 before, 200.00 after)
    """

    layers: StockLayers
    value_before: IntArray = array()
    to_stock: IntArray = array()

    def __len__(self) -> int:
        """How many products."""
        return len(self.to_stock)

    def __repr__(self) -> str:
        """The value of all products."""
        sums = (int(part.sum()) for part in (self.value_before, self.value_after))
        before, after = (from_minor(total, digits=self.layers.digits) for total in sums)
        products = check.counted(len(self), "product")
        return f"StockValues({products}, {before:,} before, {after:,} after)"

    @property
    def value_after(self) -> IntArray:
        """With the charge, int64 minor units per product code."""
        return self.value_before + self.to_stock

    def _columns(self) -> dict[str, NDArray[Any]]:
        product = self.layers.product
        columns: dict[str, NDArray[Any]] = {} if product is None else {"product": product.labels}
        columns["on_hand"] = self.layers.on_hand() / 10.0 ** (self.layers.left.digits or 0)
        for name in ("value_before", "to_stock", "value_after"):
            columns[name] = money_of(getattr(self, name), self.layers.digits)
        return columns


@attrs.frozen(kw_only=True, repr=False)
class RestatedIssues(Answer):
    """How much of a charge goes back on past issues, per layer that they took from.

    As a frame: product, move, layer, quantity, amount; by layer, then in time.

    Attributes:
        layers: the receipts.
        move: which move the issue is.
        layer: which layer it took from.
        units: how much, on the decimal grid of the layers' quantities.
        amount: int64 minor units.

    Examples:
        >>> from crmkit.profitability import StockMoves, revalue
        >>> moves = StockMoves(quantity=[3, -1, -1])
        >>> revalue(moves, "1.00", policy="restate").issues().amount
        array([34, 33])
    """

    layers: StockLayers
    move: IntArray = array()
    layer: IntArray = array()
    units: IntArray = array()
    amount: IntArray = array()

    def __len__(self) -> int:
        """How many pairs of an issue and a layer."""
        return len(self.move)

    def __repr__(self) -> str:
        """How many issues, and how much goes on them."""
        total = from_minor(int(self.amount.sum()), digits=self.layers.digits)
        issues = check.counted(len(np.unique(self.move)), "issue")
        return f"RestatedIssues({total:,} on {issues})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        ids = self.layers.product_ids()
        columns: dict[str, NDArray[Any]] = {} if ids is None else {"product": ids[self.layer]}
        return columns | {
            "move": self.move,
            "layer": self.layer,
            "quantity": self.units / 10.0 ** (self.layers.received.digits or 0),
            "amount": money_of(self.amount, self.layers.digits),
        }
