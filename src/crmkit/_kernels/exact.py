"""Exact arithmetic in int64: a rate times an amount, rounding, and decimals of floats.

A product of two 63-bit numbers needs 126 bits. The quotient is estimated in float64 and the
remainder computed modulo 2**64, where it is true as long as it fits 63 bits; a wrong estimate then
shows in the remainder and is corrected from it.
"""

from __future__ import annotations

import numpy as np

from crmkit._kernels.blocks import blocks
from crmkit.typing import BoolArray, FloatArray, IntArray, RoundingMode

_ULPS = 5.01 * 2.0**-53
"""Five roundings: three conversions, a product and a quotient."""
LARGEST_DECIMAL = 10**15
"""Fifteen significant digits survive a double, so below it a printed decimal is unique."""
_LARGEST_WHOLE = 2.0**53
MOST_PLACES = 15


def is_provable(quotients: FloatArray, divisors: FloatArray) -> BoolArray:
    """Say where `muldiv` is proven exact, given upper bounds of quotients and the divisors.

    The estimate is off by at most E = ceil(5.01 q / 2**53) + 1, the first remainder then lies
    within (E + 1) divisors, and that must fit 63 bits.
    """
    off = np.ceil(quotients * _ULPS) + 1.0
    return np.asarray((quotients <= 2.0**62) & ((off + 1.0) * divisors < 2.0**63))


def muldiv(amounts: IntArray, factors: IntArray, divisors: IntArray) -> tuple[IntArray, IntArray]:
    """Return floor(amount x factor / divisor) and the remainder, in 0 .. divisor-1.

    Amounts are not negative, divisors positive, all of one shape; `is_provable` must hold.
    """
    quotients = np.floor(amounts * factors.astype(np.float64) / divisors).astype(np.int64)
    remainders = _wrapped(amounts, factors) - _wrapped(quotients, divisors)
    return corrected(quotients, remainders.view(np.int64), divisors)


def corrected(
    quotients: IntArray, remainders: IntArray, divisors: IntArray
) -> tuple[IntArray, IntArray]:
    """Carry what lies outside 0 .. divisor-1 from the remainders into the quotients, in place."""
    # As unsigned numbers, negative remainders are large ones.
    wrong = np.flatnonzero(remainders.view(np.uint64) >= divisors.view(np.uint64))
    if len(wrong):
        carry = remainders[wrong] // divisors[wrong]
        quotients[wrong] += carry
        remainders[wrong] -= carry * divisors[wrong]
    return quotients, remainders


def _wrapped(a: IntArray, b: IntArray) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return a.view(np.uint64) * b.view(np.uint64)


def rounds_away(
    quotients: IntArray,
    remainders: IntArray,
    divisors: IntArray,
    mode: RoundingMode,
    negative: BoolArray | bool,
) -> BoolArray:
    """Say where a magnitude quotient + remainder / divisor goes to the next whole number.

    *negative* are the signs of the numbers: floor and ceiling ask for them.
    """
    rest = divisors - remainders  # never twice the remainder, which may overflow
    if mode in ("half_up", "half_down"):
        return np.asarray(remainders >= rest if mode == "half_up" else remainders > rest)
    if mode == "half_even":
        return np.asarray((remainders > rest) | ((remainders == rest) & (quotients % 2 == 1)))
    if mode == "down":
        return np.zeros(len(quotients), dtype=np.bool_)
    there = remainders > 0
    return (
        there if mode == "up" else there & (negative if mode == "floor" else ~np.asarray(negative))
    )


def scaled_floats(values: FloatArray, digits: int) -> tuple[IntArray, BoolArray]:
    """Return floats in units of 10**-digits, and which of them print as exactly that many."""
    units = np.zeros(len(values), dtype=np.int64)
    fits = np.zeros(len(values), dtype=np.bool_)
    for block in blocks(0, len(values)):
        nearest = np.rint(values[block] * 10.0**digits)
        small = np.abs(nearest) <= LARGEST_DECIMAL
        # Both are exact doubles, so their quotient is the double nearest to that decimal number.
        fits[block] = small & (nearest / 10.0**digits == values[block])
        units[block] = np.where(small, nearest, 0.0)
    return units, fits


def decimal_places(values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return how many decimal places each float prints, and its digits as a whole number.

    The places are -1 where a number prints more than 15 places, or more digits than 2**53 holds.
    """
    places = np.full(len(values), -1, dtype=np.int64)
    whole = np.zeros(len(values))
    still = np.arange(len(values))
    for k in range(MOST_PLACES + 1):
        if len(still) == 0:
            break
        nearest = np.rint(values[still] * 10.0**k)
        found = (nearest / 10.0**k == values[still]) & (np.abs(nearest) <= _LARGEST_WHOLE)
        places[still[found]] = k
        whole[still[found]] = nearest[found]
        still = still[~found]
    return places, whole
