"""Winners, sleepers, traffic builders, losers: volume against profit per unit."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import means_and_medians
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.labels import Labels
from crmkit.typing import BoolArray, CodeArray, FloatArray, ProfitFigure

QUADRANTS: Final = ("winners", "sleepers", "traffic builders", "losers")
"""High volume and unit profit; high unit profit; high volume; neither."""


@attrs.frozen(kw_only=True, repr=False)
class Quadrants(Answer):
    """Products by volume and profit per unit, each against the median.

    A value equal to the median is high. What sold no units has no profit per unit; it is left
    out and counted. A loss per unit is flagged: the lower half may well earn.

    Attributes:
        ids: the products, in label order.
        by: what they are, e.g. "product".
        figure: the step or subtotal that profit is.
        volume: units sold net of returns.
        unit_profit: profit per unit, major units.
        quadrant: code of the quadrant: 0 winners, 1 sleepers, 2 traffic builders, 3 losers.
        left_out: how many sold no units.

    Example:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1] * 4, time=["2026-01-03"] * 4, product=["a", "b", "c", "d"],
        ...     quantity=[100, 10, 90, 5], amount=[500, 60, 90, 4], cost=[200, 20, 100, 3],
        ... )
        >>> contribution(tx, CostModel(purchase="cost")).quadrants()
        Quadrants(4 products: 1 winners, 1 sleepers, 1 traffic builders, 1 losers; 1 at a loss)
    """

    ids: Codes
    by: str
    figure: ProfitFigure
    volume: FloatArray = array()
    unit_profit: FloatArray = array()
    quadrant: CodeArray = array()
    left_out: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def at_a_loss(self) -> BoolArray:
        """Which lose money on each unit."""
        return np.asarray(self.unit_profit < 0)

    def labels(self) -> Labels:
        """Return the quadrants as labels, for other questions.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1] * 2, time=["2026-01-03"] * 2, product=["a", "b"],
            ...     quantity=[10, 5], amount=[50, 5],
            ... )
            >>> contribution(tx, CostModel()).quadrants().labels()
            Labels(quadrant of 2 products: winners 1, sleepers 0, traffic builders 0, losers 1)
        """
        return Labels(
            entity=self.by,
            name="quadrant",
            ids=self.ids.decode(),
            codes=self.quadrant,
            names=QUADRANTS,
        )

    def __len__(self) -> int:
        """How many products."""
        return len(self.quadrant)

    def __repr__(self) -> str:
        """How many are in each quadrant."""
        counts = np.bincount(self.quadrant, minlength=4)
        said = ", ".join(f"{n:,} {name}" for n, name in zip(counts, QUADRANTS, strict=True))
        loss = np.count_nonzero(self.at_a_loss)
        left = f", {self.left_out:,} without units left out" if self.left_out else ""
        return f"Quadrants({check.counted(len(self), self.by)}: {said}; {loss:,} at a loss{left})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            self.by: self.ids.decode(),
            "volume": self.volume,
            "unit_profit": self.unit_profit,
            "quadrant": np.array(QUADRANTS, dtype=object)[self.quadrant],
            "at_a_loss": self.at_a_loss,
        }


def quadrant_codes(
    volume: FloatArray, unit_profit: FloatArray, group: CodeArray, groups: int
) -> CodeArray:
    """Say where each stands against the medians of its group."""
    high = [
        values >= means_and_medians(values, group, groups)[1][group]
        for values in (volume, unit_profit)
    ]
    return (2 * ~high[1] + ~high[0]).astype(np.int32)
