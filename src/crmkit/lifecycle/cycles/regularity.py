"""Is a product bought at even intervals, by chance, or in clumps? Two estimates of regularity."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.lifecycle.cycles.histories import ScaledGaps
from crmkit.lifecycle.cycles.words import counted_units
from crmkit.typing import CycleUnit, FloatArray, IntArray, LabelArray

_FEWEST = 30
_REGULAR, _CLUMPY = 1.25, 0.8


@attrs.frozen(kw_only=True, repr=False)
class CycleRegularity(Answer):
    """The regularity k of the gaps of each product.

    Where k is 1 the time since the last purchase says nothing about the next; where it is less,
    reminders by date are pointless: whoever just bought is likelier to buy again.

    Attributes:
        by: whether gaps are between purchases of a product or of a category.
        item: ids of the product or category.
        k: by maximum likelihood in the model of cycles, from the level that `level` names.
        wheat_morrison: k from the ratios of adjacent gaps, free of how fast each customer buys;
            NaN with fewer than 30 ratios.
        ratios: int64, how many there are.
        pattern: "regular" for k of 1.25 and more, "clumpy" for 0.8 and less, "random" between.
        level: whose gaps k was learnt from.

    Source: Wheat and Morrison (1990), Journal of Marketing Research 27.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> replenishment(tx).regularity()
        CycleRegularity(734 products: 0 regular, 734 random, 0 clumpy, 0 unknown)
    """

    by: CycleUnit
    item: LabelArray = array()
    k: FloatArray = array()
    wheat_morrison: FloatArray = array()
    ratios: IntArray = array()
    pattern: NDArray[np.object_] = array()
    level: NDArray[np.object_] = array()

    def __len__(self) -> int:
        """How many products or categories."""
        return len(self.item)

    def __repr__(self) -> str:
        """How many products have which pattern."""
        words = ("regular", "random", "clumpy", "unknown")
        counts = ", ".join(f"{np.count_nonzero(self.pattern == w):,} {w}" for w in words)
        return f"CycleRegularity({counted_units(len(self), self.by)}: {counts})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = ("k", "wheat_morrison", "ratios", "pattern", "level")
        return {self.by: self.item} | {name: getattr(self, name) for name in names}


def regularity_columns(gaps: ScaledGaps, k: FloatArray) -> dict[str, Any]:
    """Return the figures of every item."""
    ratios, estimate = _wheat_morrison(gaps)
    kinds = [np.isnan(k), k >= _REGULAR, k <= _CLUMPY]
    pattern = np.select(kinds, ["unknown", "regular", "clumpy"], "random")
    return {
        "k": k,
        "wheat_morrison": np.where(ratios >= _FEWEST, estimate, np.nan),
        "ratios": ratios,
        "pattern": pattern.astype(object),
    }


def _wheat_morrison(gaps: ScaledGaps) -> tuple[IntArray, FloatArray]:
    """Return how many ratios each item has, and k = (1 - 4 V) / (8 V) of their variance about 1/2.

    A gap enters one ratio only: the first with the second, the third with the fourth ...
    """
    seen = gaps.seen
    pair, items = seen.gaps.pair, len(seen.items)
    within = np.arange(len(pair)) - (np.cumsum(seen.completed) - seen.completed)[pair]
    first = np.flatnonzero((within % 2 == 0) & (within + 1 < seen.completed[pair]))
    share = gaps.gaps[first] / (gaps.gaps[first] + gaps.gaps[first + 1])
    item = seen.gap_item[first]
    count = np.bincount(item, minlength=items)
    spread = np.bincount(item, (share - 0.5) ** 2, items) / np.maximum(count, 1)
    # All ratios one half: gaps without any spread.
    even = np.where(count > 0, np.inf, np.nan)
    return count, np.where(
        spread > 0, (1 - 4 * spread) / (8 * np.where(spread > 0, spread, 1)), even
    )
