"""Find the decimal grid that floating-point numbers were written on."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.blocks import blocks
from crmkit.typing import FloatArray, IntArray, NumberArray

MAX_DIGITS = 8
_SAMPLE = 1000
_STEP_TOLERANCE = 1e-9
_ULPS = 8 * np.finfo(np.float64).eps
_LARGEST_UNITS = 1e14
"""Above it the spacing of floats is no longer small against one unit."""
_LARGEST_TOTAL = float(2**62)
"""Sums of units in any order and any grouping then stay inside int64."""


def on_grid(values: FloatArray, digits: int) -> IntArray | None:
    """Return *values* as whole units of 10**-digits, or None if one of them lies off that grid.

    A value is on the grid when floating-point noise explains the distance: a few ulps, as
    6 * 2.55 = 15.299999999999999 has, or a billionth of a unit, as 19.99 - 19.98 has.
    """
    units = np.empty(len(values), dtype=np.int64)
    total = 0.0
    for block in blocks(0, len(values)):
        scaled = values[block] * 10.0**digits
        size = np.abs(scaled)
        total += float(size.sum())
        if not size.max() <= _LARGEST_UNITS or total > _LARGEST_TOTAL:
            return None
        nearest = np.rint(scaled)
        if np.any(np.abs(scaled - nearest) > _STEP_TOLERANCE + _ULPS * size):
            return None
        units[block] = nearest
    return units


def smallest_grid(values: FloatArray) -> tuple[IntArray, int] | None:
    """Return *values* on the coarsest decimal grid that holds them all, with its digits."""
    sample = values[:: max(1, len(values) // _SAMPLE)]
    for digits in range(MAX_DIGITS + 1):
        # The sample rules out most grids for the price of a thousand values.
        if on_grid(sample, digits) is not None:
            units = on_grid(values, digits)
            if units is not None:
                return units, digits
    return None


def is_summable(units: NumberArray) -> bool:
    """Say whether all sums of *units*, in any order and grouping, stay inside int64."""
    return float(np.abs(units.astype(np.float64)).sum()) <= _LARGEST_TOTAL
