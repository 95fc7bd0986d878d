"""Gaps on the scale of a typical purchase: what the model of cycles is fitted to."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np

from crmkit._kernels.gap_likelihood import Histories
from crmkit.lifecycle.cycles.observed import Observed
from crmkit.typing import FloatArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class ScaledGaps:
    """Gaps divided by (units / typical units) ** exponent of the purchase that opened them.

    Attributes:
        seen: the purchases.
        exponent: of units, per item.
        typical: units of a typical purchase, per item.
    """

    seen: Observed
    exponent: FloatArray
    typical: FloatArray

    @cached_property
    def gaps(self) -> FloatArray:
        """Each completed gap."""
        gaps = self.seen.gaps
        factor = self._factor(gaps.opened_by, self.seen.item[gaps.pair])
        return np.asarray(gaps.days / factor, dtype=np.float64)

    @cached_property
    def last_factor(self) -> FloatArray:
        """By what the open gap of each pair is divided."""
        return self._factor(self.seen.occasions.starts[1:] - 1, self.seen.item)

    def _factor(self, occasion: IntArray, item: IntArray) -> FloatArray:
        if not self.exponent.any():
            return np.ones(len(occasion))
        relative = np.log(self.seen.units[occasion]) - np.log(self.typical)[item]
        return np.asarray(np.exp(self.exponent[item] * relative), dtype=np.float64)

    def open_gaps(self, end: int) -> FloatArray:
        """Return the open gap of each pair on day *end*."""
        return np.asarray((end - self.seen.last) / self.last_factor, dtype=np.float64)

    def histories(self, end: int) -> Histories:
        """Return what the gaps of each pair come to, with the open one as of day *end*."""
        pair, pairs = self.seen.gaps.pair, self.seen.pairs
        return Histories(
            self.seen.completed.astype(np.float64),
            np.bincount(pair, self.gaps, pairs).astype(np.float64),
            np.bincount(pair, np.log(self.gaps), pairs).astype(np.float64),
            self.open_gaps(end),
        )
