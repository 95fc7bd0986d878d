"""Exact allocation and landed cost, against one sort of the same rows and what people write.

    python benchmarks/peers/landed.py --rounds 5

`allocate` is compared with one `np.lexsort` of the same rows, which any ranking of remainders
needs, with pandas groupby-apply, and with a loop over `decimal.Decimal` that gets its money as
decimals; the shares are checked equal before anything is timed. `landed_cost` spreads ten charges
of every shipment over lines in no order.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal
from typing import TypeAlias

import numpy as np
import pandas as pd

from crmkit.money import allocate, from_minor
from crmkit.profitability import import_duties, landed_cost
from crmkit.typing import IntArray
from side_by_side import compare, heading, peak_extra_bytes
from waybills import Freight, shipment_lines, tariff, ten_charges

SIZES = [100_000, 1_000_000, 10_000_000]
SLOW_LINES = 1_000_000
Money: TypeAlias = tuple[list[Decimal], list[Decimal]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    heading("Allocation and landed cost", ("crmkit", "numpy", "pandas"))
    for shuffled in (False, True):
        slow(Freight.of(SLOW_LINES, shuffled=shuffled), shuffled, options.rounds)
    for lines in SIZES:
        for shuffled in (False, True):
            sort(Freight.of(lines, shuffled=shuffled), shuffled, options.rounds)
    for lines in SIZES[:2]:
        land(lines, options.rounds)
        match(lines, options.rounds)


def sort(freight: Freight, shuffled: bool, rounds: int) -> None:
    compare(
        f"{len(freight.values):,} lines, {'shuffled' if shuffled else 'contiguous'}",
        {
            "crmkit": lambda: allocate(freight.amounts, freight.values, freight.shipment),
            "np.lexsort alone": lambda: np.lexsort((-freight.values, freight.shipment)),
        },
        rounds=rounds,
    )


def slow(freight: Freight, shuffled: bool, rounds: int) -> None:
    ours = allocate(freight.amounts, freight.values, freight.shipment)
    assert np.array_equal(ours, with_pandas(freight))
    money = as_decimals(freight)
    by_line = with_decimals(freight, money)
    assert from_minor(ours).tolist() == [by_line[line] for line in range(len(ours))]
    compare(
        f"{len(freight.values):,} lines, {'shuffled' if shuffled else 'contiguous'}",
        {
            "crmkit": lambda: allocate(freight.amounts, freight.values, freight.shipment),
            "pandas groupby-apply": lambda: with_pandas(freight),
            "decimal.Decimal loop": lambda: with_decimals(freight, money),
        },
        rounds=min(rounds, 3),
    )


def with_pandas(freight: Freight) -> IntArray:
    frame = pd.DataFrame({"shipment": freight.shipment, "value": freight.values})
    amounts = freight.amounts

    def spread(values: pd.Series) -> pd.Series:
        amount, weights = int(amounts[values.name]), values.to_numpy()
        quotient, rest = np.divmod(abs(amount) * weights, weights.sum())
        best = np.lexsort((-weights, -rest))[: abs(amount) - quotient.sum()]
        quotient[best] += 1
        return pd.Series(np.sign(amount) * quotient, index=values.index)

    shares = frame.groupby("shipment")["value"].apply(spread)
    return shares.droplevel(0).sort_index().to_numpy()


CENT = Decimal("0.01")


def with_decimals(freight: Freight, money: Money) -> dict[int, Decimal]:
    """Spread money in major units as an ERP does it, from decimals to decimals."""
    values, amounts = money
    rows = defaultdict(list)
    for line, shipment in enumerate(freight.shipment.tolist()):
        rows[shipment].append(line)
    shares = {}
    for shipment, lines in rows.items():
        amount = abs(amounts[shipment])
        total = sum(values[line] for line in lines)
        whole = {line: amount * values[line] for line in lines}
        floors = {line: (x / total).quantize(CENT, ROUND_FLOOR) for line, x in whole.items()}
        # Quotients have 28 digits, too few to rank remainders by; these are exact.
        rests = {line: floors[line] * total - x for line, x in whole.items()}
        order = sorted(lines, key=lambda line: (rests[line], -values[line], line))
        for line in order[: int((amount - sum(floors.values())) / CENT)]:
            floors[line] += CENT
        for line in lines:
            shares[line] = floors[line].copy_sign(amounts[shipment])
    return shares


def as_decimals(freight: Freight) -> Money:
    return from_minor(freight.values).tolist(), from_minor(freight.amounts).tolist()


def land(lines: int, rounds: int) -> None:
    shipped = shipment_lines(lines)
    charges = ten_charges(shipped)
    compare(
        f"ten charges, {lines:,} lines, {shipped.shipment.n_used:,} shipments",
        {"crmkit landed_cost": lambda: landed_cost(shipped, charges)},
        rounds=rounds,
    )
    extra = peak_extra_bytes(lambda: landed_cost(shipped, charges))
    print(f"Peak beyond the lines: {extra / 1e6:,.0f} MB\n")


def match(lines: int, rounds: int) -> None:
    shipped, schedule = shipment_lines(lines), tariff()
    compare(
        f"duties, {lines:,} lines, {len(schedule):,} rows of a tariff",
        {
            "crmkit import_duties": lambda: import_duties(
                shipped, schedule, as_of="2026-03-01", valuation="FOB"
            )
        },
        rounds=rounds,
    )


if __name__ == "__main__":
    main()
