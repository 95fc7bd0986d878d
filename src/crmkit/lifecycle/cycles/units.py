"""Does twice as much last twice as long? The exponent of units.

A gap opened by a purchase of u units is taken as (u / typical u) ** exponent times a gap of the
typical size: 1 is strict consumption, 0 means that units do not matter.
"""

from __future__ import annotations

import numpy as np

from crmkit._kernels.within import slopes_of, sums_within
from crmkit.lifecycle.cycles.levels import Level
from crmkit.lifecycle.cycles.observed import Observed
from crmkit.typing import FloatArray


def typical_units(seen: Observed) -> FloatArray:
    """Return the geometric mean of the units of an occasion, per item; 1 without occasions."""
    item = np.repeat(seen.item, np.diff(seen.occasions.starts))
    counts = np.maximum(np.bincount(item, minlength=len(seen.items)), 1)
    return np.exp(np.bincount(item, np.log(seen.units), len(seen.items)) / counts)


def unit_exponents(seen: Observed, levels: tuple[Level, ...]) -> FloatArray:
    """Return the exponent of each item: of its own level where that says something.

    The slope of ln gap on ln units within each customer and item, drawn to 0 by its own
    uncertainty (positive-part James and Stein) and kept within 0 and 1. One product alone says too
    little and is not asked.
    """
    exponent = np.zeros(len(seen.items))
    if not seen.with_units:
        return exponent
    x, y = np.log(seen.units[seen.gaps.opened_by]), np.log(seen.gaps.days)
    sums = sums_within(x, y, seen.gaps.pair, seen.gap_item, len(seen.items))
    for level in (level for level in levels if not level.alone):
        found = slopes_of(sums.put_together(level.codes, level.groups))
        enough = np.isfinite(found.slope) & (level.gaps(seen) >= level.least_gaps)
        own = level.of_items(enough, False)
        exponent[own] = level.of_items(_drawn_in(found.slope, found.error), 0.0)[own]
    return exponent


def _drawn_in(slope: FloatArray, error: FloatArray) -> FloatArray:
    size = np.nan_to_num(slope**2)
    kept = 1 - np.nan_to_num(error) ** 2 / np.where(size > 0, size, np.inf)
    return np.clip(np.nan_to_num(slope) * np.maximum(kept, 0.0), 0.0, 1.0) + 0.0  # no -0.0
