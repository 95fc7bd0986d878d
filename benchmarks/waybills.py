"""Invented shipments for benchmarks: amounts of shipments, and lines to spread them over."""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np
import pandas as pd

from crmkit.profitability import Basis, Charge, ChargeableWeight, DutySchedule, ShipmentLines
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


COUNTRIES = 60


@cache
def tariff(rows: int = 20_000) -> DutySchedule:
    """Invent a tariff: a duty for every heading, longer codes and anti-dumping among the rows."""
    rng = np.random.default_rng(3)
    headings = [f"{code:04d}" for code in range(100, 1100)]
    longer = rng.integers(0, 1000, rows - len(headings))
    tails = rng.integers(0, 10_000, len(longer))
    prefixes = [headings[h] + f"{t:04d}" for h, t in zip(longer, tails, strict=True)]
    frame = pd.DataFrame(
        {
            "hs_prefix": headings + prefixes,
            "kind": np.where(np.arange(rows) % 10 == 9, "anti_dumping", "third_country"),
            "origin": [f"C{c:02d}" if c else None for c in rng.integers(0, COUNTRIES, rows)],
            "ad_valorem": rng.integers(0, 300, rows) / 1000,
        }
    )
    frame.loc[: len(headings) - 1, ["kind", "origin"]] = ["third_country", None]
    return DutySchedule.from_frame(frame.drop_duplicates(["hs_prefix", "kind", "origin"]))


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
        hs_code=np.char.mod("%04d", rng.integers(100, 1100, lines)).astype(object)
        + np.char.mod("%04d", rng.integers(0, 10_000, lines)).astype(object),
        origin=np.char.mod("C%02d", rng.integers(1, COUNTRIES, lines)).astype(object),
    )


def ten_charges(lines: ShipmentLines) -> list[Charge]:
    """Return ten charges on every shipment, by six bases."""
    rng = np.random.default_rng(2)
    there = lines.shipment.labels[lines.shipment.used]
    return [
        Charge(f"charge {i}", rng.integers(0, 50_000, len(there)) / 100, basis, shipment=there)
        for i, basis in enumerate(BASES)
    ]
