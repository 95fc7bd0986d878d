"""The charge of each layer: one amount spread over all, or amounts of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.allocation import allocate
from crmkit.money.amounts import minor_units
from crmkit.profitability.revaluation.layers import StockLayers
from crmkit.typing import IntArray, IntoMoney

IntoLayerCharge: TypeAlias = (
    IntoMoney | Mapping[int, IntoMoney] | Sequence[IntoMoney] | NDArray[Any]
)
"""One amount, an amount by layer, or one amount per layer."""


def per_layer(layers: StockLayers, charge: IntoLayerCharge, by: str | ArrayLike | None) -> IntArray:
    """Return the charge of each layer in minor units; see `crmkit.profitability.revalue`.

    Raises:
        InvalidDataError: layers that are not there, money that is none, nothing to spread over.
        InvalidArgumentError: amounts or weights that are not one per layer.
    """
    one = np.ndim(charge) == 0 and not isinstance(charge, Mapping)  # type: ignore[arg-type]
    if one:
        amount = minor_units(np.array([str(charge)]), layers.digits, None, "charge")
        return allocate(amount, _weights(layers, by), np.zeros(len(layers), dtype=np.int64))
    if by is not None:
        raise InvalidArgumentError(
            "by= spreads one amount over the layers; amounts per layer are spread already."
            " Leave by out."
        )
    if isinstance(charge, Mapping):
        return _by_layer(layers, charge)
    units = minor_units(np.asarray(charge), layers.digits, None, "charge")
    if len(units) != len(layers):
        raise InvalidArgumentError(
            f"charge must be one amount, or one per layer: {len(layers):,} layers, {len(units):,}"
            " amounts. A mapping {layer: amount} names the layers that have one."
        )
    return units


def _by_layer(layers: StockLayers, charge: Mapping[int, IntoMoney]) -> IntArray:
    odd = [key for key in charge if not _is_layer(key, len(layers))]
    if odd:
        raise InvalidDataError(
            f"charges on layers that are not there: {len(odd):,}, the first of them on"
            f" {odd[0]!r}. Layers are numbered 0 .. {len(layers) - 1}, in the order of the"
            " receipts."
        )
    units = np.zeros(len(layers), dtype=np.int64)
    texts = np.array([str(amount) for amount in charge.values()], dtype=np.str_)
    units[list(charge)] = minor_units(texts, layers.digits, None, "charge")
    return units


def _is_layer(key: object, layers: int) -> bool:
    whole = isinstance(key, int | np.integer) and not isinstance(key, bool)
    return whole and key in range(layers)


def _weights(layers: StockLayers, by: str | ArrayLike | None) -> ArrayLike:
    if by is None or isinstance(by, str):
        named = "quantity" if by is None else by
        if named not in ("quantity", "value"):
            raise InvalidArgumentError(
                f"by must be 'quantity', 'value', or weights, one per layer; got {by!r}."
                + check.hint(named, ("quantity", "value"))
            )
        return layers.received.units if named == "quantity" else layers.values()
    weights = np.asarray(by)
    if weights.shape != (len(layers),):
        raise InvalidArgumentError(
            f"by must be one weight per layer: {len(layers):,} layers; got shape {weights.shape}."
        )
    return weights
