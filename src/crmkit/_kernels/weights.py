"""Floating-point weights as whole numbers, exactly, so that shares can be ranked in integers.

A weight is the decimal number that its float prints: only then are [0.1, 0.3] and [1, 3] the same
weights. Numbers of too many digits are taken as the binary fraction that they are.
"""

from __future__ import annotations

import numpy as np

from crmkit._kernels.exact import decimal_places
from crmkit._kernels.ragged import slices_of
from crmkit.typing import BoolArray, FloatArray, IntArray

_BLOCK = 1 << 15
LARGEST_TOTAL = 2.0**62
"""Totals of a group are trusted in int64 below it."""


def whole_weights(weights: FloatArray, starts: IntArray) -> tuple[IntArray, BoolArray]:
    """Return finite weights as integers with the same proportions within each group.

    Groups follow one another and none is empty; *starts* has one entry more than there are groups.
    The second array says for which groups there are such integers within the largest total.
    """
    whole = np.zeros(len(weights), dtype=np.int64)
    held = np.ones(len(starts) - 1, dtype=np.bool_)
    for part in slices_of(np.diff(starts), _BLOCK):
        lines = slice(int(starts[part.start]), int(starts[part.stop]))
        heads = starts[part] - lines.start
        whole[lines], held[part] = _whole(weights[lines], heads)
    return whole, held


def _whole(weights: FloatArray, heads: IntArray) -> tuple[IntArray, BoolArray]:
    sizes = np.diff(heads, append=len(weights))
    places, digits = decimal_places(weights)
    odd = np.minimum.reduceat(places, heads) < 0
    shift = np.repeat(np.maximum.reduceat(places, heads), sizes) - places
    # In floats first: in integers a product might already be wrong.
    scaled = digits * 10.0**shift
    if odd.any():
        scaled = np.where(np.repeat(odd, sizes), _binary(weights, heads, sizes), scaled)
    held = np.add.reduceat(np.abs(scaled), heads) < LARGEST_TOTAL
    scaled[np.repeat(~held, sizes)] = 0.0
    decimal = np.repeat(held & ~odd, sizes)
    exact = digits.astype(np.int64) * 10 ** np.where(decimal, shift, 0)
    return np.where(decimal, exact, scaled.astype(np.int64)), held


def _binary(weights: FloatArray, heads: IntArray, sizes: IntArray) -> FloatArray:
    """Return m * 2**e over the group's smallest e: exact where the result stays finite."""
    mantissas, exponents = np.frexp(weights)
    there = weights != 0
    smallest = np.minimum.reduceat(np.where(there, exponents, np.iinfo(np.int32).max), heads)
    shift = np.where(there, exponents - np.repeat(smallest, sizes), 0)
    with np.errstate(over="ignore"):
        return np.asarray(np.ldexp(mantissas * 2.0**53, shift))
