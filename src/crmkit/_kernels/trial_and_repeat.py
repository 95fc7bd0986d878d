"""Expected trials and repeats of products whose total is known.

Repeats follow from earlier trials and repeats by how people buy; trials are what is missing to the
total. So a curve of sales is taken apart without being told anything but habits.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from scipy.special import gammainc

from crmkit.typing import FloatArray

LONGEST_GAP: Final = 52
"""Weeks after which nobody comes back."""
SEEN: Final = 0.5
"""Share of the repeat purchases that happen in this shop in an ordinary week."""


class Habits(NamedTuple):
    """How the customers of each row buy, all of shape (rows,).

    Attributes:
        tried_again: probability that a trier means to buy again.
        stays: probability that a repeat buyer does.
        cycle: mean weeks between two purchases.
        regularity: shape of the gamma distribution of those weeks.
    """

    tried_again: FloatArray
    stays: FloatArray
    cycle: FloatArray
    regularity: float

    def gaps(self) -> FloatArray:
        """Return the probability of each whole gap 1 .. 52, shape (rows, 52)."""
        scale = self.cycle[:, None] / self.regularity
        cdf = gammainc(self.regularity, np.arange(LONGEST_GAP + 1) / scale)
        return np.diff(cdf, axis=1)


class Plan(NamedTuple):
    """What is expected of each row and week, so that the total is the life.

    Attributes:
        first: triers.
        due: those who would buy again, here or elsewhere.
        kept: probability that one who would come back finds no reason not to, for good.
    """

    first: FloatArray
    due: FloatArray
    kept: FloatArray


def plan(total: FloatArray, habits: Habits) -> Plan:
    """Find the trials that make trials and repeats add up to *total* in every week.

    Where repeats alone would be more, nobody tries the product and some buyers are lost for good.
    Scaling a total scales its trials. Time is O(rows * weeks * 52).
    """
    gaps = habits.gaps()[:, ::-1]
    rows, weeks = total.shape
    first, kept = np.zeros_like(total), np.ones_like(total)
    # A year of emptiness before the launch spares the first weeks a case of their own.
    due, sources = np.zeros_like(total), np.zeros((rows, LONGEST_GAP + weeks))
    for week in range(weeks):
        returning = np.einsum("rg,rg->r", sources[:, week : week + LONGEST_GAP], gaps)
        wanted = total[:, week] / SEEN
        surplus = returning > wanted
        kept[surplus, week] = wanted[surplus] / returning[surplus]
        due[:, week] = np.minimum(returning, wanted)
        first[:, week] = np.where(surplus, 0, total[:, week] - SEEN * returning)
        sources[:, LONGEST_GAP + week] = (
            habits.tried_again * first[:, week] + habits.stays * due[:, week]
        )
    return Plan(first, due, kept)
