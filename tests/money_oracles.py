"""Exact money the slow way: Fractions and Python integers, one group and one line at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def as_fraction(number: float | str | Decimal) -> Fraction:
    """Return the decimal number that *number* prints."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def rounded(x: Fraction, mode: str) -> int:
    """Round to a whole number."""
    below, above = math.floor(x), math.ceil(x)
    if below == above:
        return below
    to_zero, from_zero = (below, above) if x > 0 else (above, below)
    if mode in ("floor", "ceiling", "down", "up"):
        return {"floor": below, "ceiling": above, "down": to_zero, "up": from_zero}[mode]
    rest = abs(x) - abs(to_zero)
    if rest != Fraction(1, 2):
        return from_zero if rest > Fraction(1, 2) else to_zero
    even = below if below % 2 == 0 else above
    return {"half_up": from_zero, "half_down": to_zero, "half_even": even}[mode]


def allocated(
    amount: int,
    weights: Sequence[float | int],
    *,
    method: str = "largest_remainder",
    rounding: str | None = None,
    ties: str = "weight",
    step: int = 1,
) -> list[int]:
    """Spread one amount over the lines of one group."""
    loads = [as_fraction(w) for w in weights]
    total = sum(loads)
    if amount == 0:
        return [0] * len(loads)
    if method == "last" or rounding is not None:
        return _rounded_shares(amount // step, loads, method, rounding or "half_up", step)
    sign, size = (-1 if amount < 0 else 1), abs(amount) // step
    exact = [size * load / total for load in loads]
    shares = [math.floor(x) for x in exact]
    left = size - sum(shares)
    for line in _order(exact, loads, method, ties)[:left]:
        shares[line] += 1
    return [sign * step * share for share in shares]


def _order(exact: list[Fraction], loads: list[Fraction], method: str, ties: str) -> list[int]:
    lines = [line for line, load in enumerate(loads) if load != 0]
    if method == "first":
        return lines
    if method == "largest_weight":
        return sorted(lines, key=lambda line: (-loads[line], line))
    second = {line: -loads[line] if ties == "weight" else 0 for line in lines}
    return sorted(lines, key=lambda line: (-(exact[line] % 1), second[line], line))


def _rounded_shares(
    amount: int, loads: list[Fraction], method: str, mode: str, step: int
) -> list[int]:
    total = sum(loads)
    shares = [rounded(amount * load / total, mode) for load in loads]
    lines = [line for line, load in enumerate(loads) if load != 0]
    receiver = {
        "last": lines[-1],
        "first": lines[0],
        "largest_weight": max(lines, key=lambda line: (loads[line], -line)),
    }[method]
    shares[receiver] += amount - sum(shares)
    return [share * step for share in shares]


def running(amount: int, quantities: Sequence[int], total: int, mode: str) -> list[int]:
    """Share an amount over receipts by its rounded running total."""
    marks = [0]
    for came in quantities:
        marks.append(min(marks[-1] + came, total))
    posted = [rounded(Fraction(amount * mark, total), mode) for mark in marks]
    return [after - before for before, after in itertools.pairwise(posted)]


def declining(amount: int, quantities: Sequence[int], total: int, mode: str) -> list[int]:
    """Share what is left of an amount over receipts, one after another."""
    shares, value, quantity = [], amount, total
    for came in quantities:
        shares.append(rounded(Fraction(value * came, quantity), mode) if quantity else 0)
        value, quantity = value - shares[-1], quantity - came
    return shares
