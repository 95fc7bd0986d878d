"""Most sold against most profitable: two rankings of the same products."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.rank_correlation import kendall_tau_b, spearman
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.typing import FloatArray, IntArray


@attrs.frozen(kw_only=True, repr=False)
class RankingChange(Answer):
    """How a ranking changes from one figure to another; equal values share the smallest rank.

    Attributes:
        ids: the products, in label order.
        by: what they are.
        names: the two figures.
        first: the first figure of each.
        second: the second one.

    Example:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1] * 3, time=["2026-01-03"] * 3, product=["a", "b", "c"],
        ...     amount=[50, 40, 10], cost=[45, 10, 2],
        ... )
        >>> earned = contribution(tx, CostModel(purchase="cost"))
        >>> earned.ranking_change("net_sales", "gross_margin")
        RankingChange(net_sales to gross_margin of 3 products: Spearman -0.50, Kendall -0.33)
    """

    ids: Codes
    by: str
    names: tuple[str, str]
    first: FloatArray = array()
    second: FloatArray = array()

    __hash__ = None  # type: ignore[assignment]

    @property
    def spearman(self) -> float:
        """Correlation of the ranks; NaN where a figure does not vary."""
        return spearman(self.first, self.second)

    @property
    def kendall(self) -> float:
        """Kendall's tau-b; NaN where a figure does not vary."""
        return kendall_tau_b(self.first, self.second)

    def top_overlap(self, n: int) -> int:
        """Return how many of the first *n* by one figure are among the first *n* by the other.

        Those that tie with the last one are among the first as well.

        Args:
            n: how many.

        Raises:
            InvalidArgumentError: n is no whole number of at least 1.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1] * 3, time=["2026-01-03"] * 3, product=["a", "b", "c"],
            ...     amount=[50, 40, 10], cost=[45, 10, 2],
            ... )
            >>> earned = contribution(tx, CostModel(purchase="cost"))
            >>> earned.ranking_change("net_sales", "gross_margin").top_overlap(2)
            1
        """
        check.whole_number(n, "n", at_least=1)
        return int(np.count_nonzero((ranks(self.first) <= n) & (ranks(self.second) <= n)))

    def __len__(self) -> int:
        """How many products."""
        return len(self.first)

    def __repr__(self) -> str:
        """How alike the two rankings are."""
        return (
            f"RankingChange({self.names[0]} to {self.names[1]} of"
            f" {check.counted(len(self), self.by)}: Spearman {self.spearman:.2f}, Kendall"
            f" {self.kendall:.2f})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        before, after = ranks(self.first), ranks(self.second)
        return {
            self.by: self.ids.decode(),
            self.names[0]: self.first,
            self.names[1]: self.second,
            f"rank_by_{self.names[0]}": before,
            f"rank_by_{self.names[1]}": after,
            "shift": before - after,
        }


def ranks(values: FloatArray) -> IntArray:
    """Return competition ranks, the largest value first."""
    return np.searchsorted(np.sort(-values), -values) + 1
