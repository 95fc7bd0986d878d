"""Shares of a count: intervals around them, and shares of few drawn towards that of all."""

from __future__ import annotations

import numpy as np

from crmkit.typing import FloatArray, NumberArray


def wilson(hits: FloatArray, trials: FloatArray | float, z: float) -> tuple[FloatArray, FloatArray]:
    """Return both ends of the score interval of *hits* among *trials*; NaN among none.

    Source: Wilson (1927), Journal of the American Statistical Association 22.
    """
    centre = hits + z * z / 2
    spread = z * np.sqrt(hits * (trials - hits) / trials + z * z / 4)
    low, high = (centre - spread) / (trials + z * z), (centre + spread) / (trials + z * z)
    # Where all are hits the upper end is 1, which the sum above may miss by its last digit.
    high = np.where((hits == trials) & ~np.isnan(high), 1.0, np.minimum(high, 1.0))
    return np.maximum(low, 0.0), high


def ratio(part: NumberArray | float, whole: NumberArray | float) -> FloatArray:
    """Divide; NaN where *whole* is not above 0."""
    under = np.asarray(whole, dtype=np.float64)
    there = under > 0
    return np.where(there, np.asarray(part) / np.where(there, under, 1.0), np.nan)


def shrunk(events: NumberArray, trials: NumberArray, weight: float) -> FloatArray:
    """Return events per trial as if each row had *weight* more trials like those of all rows.

    NaN in rows without trials.
    """
    pooled = ratio(events.sum(), trials.sum())
    there = trials > 0
    more = weight * np.where(there, pooled, 0.0)
    return np.where(there, ratio(events + more, (trials + weight).astype(np.float64)), np.nan)
