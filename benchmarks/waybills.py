"""Invented shipments for benchmarks: amounts of shipments, and lines to spread them over."""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np

from crmkit.profitability import Basis, Charge, ChargeableWeight, ShipmentLines
from crmkit.typing import IntArray
from till import SIZE

LINES_PER_SHIPMENT = 10


@attrs.frozen(eq=False)
class Freight:
    """Amounts in cents, one per shipment, and the values and shipments of lines."""

    amounts: IntArray
    values: IntArray
    shipment: IntArray

    @classmethod
    def of(cls, lines: int, *, shuffled: bool) -> Freight:
        """Invent freight for this many lines, ten to a shipment."""
        rng = np.random.default_rng(lines)
        shipments = max(lines // LINES_PER_SHIPMENT, 1)
        shipment = np.sort(rng.integers(0, shipments, lines))
        values = rng.integers(1, 100_000, lines)
        amounts = rng.integers(-10_000, 1_000_000, shipments)
        amounts[np.bincount(shipment, minlength=shipments) == 0] = 0
        order = rng.permutation(lines) if shuffled else slice(None)
        return cls(amounts, values[order], shipment[order])


BASES = [
    Basis.VALUE,
    Basis.QUANTITY,
    Basis.WEIGHT,
    Basis.VOLUME,
    Basis.EQUAL,
    ChargeableWeight("166.67"),
    Basis.VALUE,
    Basis.WEIGHT,
    Basis.QUANTITY,
    Basis.VOLUME,
]


@cache
def shipment_lines(lines: int = SIZE) -> ShipmentLines:
    """Invent lines in no order."""
    rng = np.random.default_rng(1)
    freight = Freight.of(lines, shuffled=True)
    return ShipmentLines(
        shipment=freight.shipment,
        product=rng.integers(0, max(lines // 50, 1), lines),
        quantity=rng.integers(1, 50, lines),
        value=freight.values / 100,
        weight=rng.integers(1, 50_000, lines) / 1000,
        volume=rng.integers(1, 10_000, lines) / 10_000,
    )


def ten_charges(lines: ShipmentLines) -> list[Charge]:
    """Return ten charges on every shipment, by six bases."""
    rng = np.random.default_rng(2)
    there = lines.shipment.labels[lines.shipment.used]
    return [
        Charge(f"charge {i}", rng.integers(0, 50_000, len(there)) / 100, basis, shipment=there)
        for i, basis in enumerate(BASES)
    ]
