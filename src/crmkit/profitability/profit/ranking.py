"""Most sold against most profitable: two rankings of the same products."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.rank_correlation import competition_ranks, kendall_tau_b, spearman
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.profitability.profit.entities import Entities
from crmkit.typing import FloatArray, IntArray, ProfitFigure, SoldFigure


@attrs.frozen(kw_only=True)
class TopOverlap:
    """The first n by two figures; those that tie with the last one are among the first.

    Attributes:
        n: how many were asked for.
        n_first: how many are among the first n by the first figure; more than n where they tie.
        n_second: the same by the second figure.
        n_both: how many are among the first by both.
        n_losing: how many of the first by the first figure are negative by the second.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1] * 3, time=["2026-01-03"] * 3, product=["a", "b", "c"],
        ...     amount=[50, 50, 10], cost=[55, 10, 2],
        ... )
        >>> earned = contribution(tx, CostModel(purchase="cost"))
        >>> earned.ranking_change("net_sales", "gross_margin").top(1)
        TopOverlap(n=1, n_first=2, n_second=1, n_both=1, n_losing=1)
    """

    n: int
    n_first: int
    n_second: int
    n_both: int
    n_losing: int


@attrs.frozen(kw_only=True, repr=False)
class RankingChange(Answer):
    """How a ranking changes from one figure to another; equal values share the smallest rank.

    Attributes:
        ids: the products, in label order.
        by: what they are.
        names: the two figures.
        first: the first figure of each.
        second: the second one.

    Examples:
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
    def rank_first(self) -> IntArray:
        """Rank by the first figure, the largest first; equal values share the smallest rank."""
        return competition_ranks(self.first)

    @property
    def rank_second(self) -> IntArray:
        """Rank by the second figure."""
        return competition_ranks(self.second)

    @property
    def shift(self) -> IntArray:
        """Places won from the first ranking to the second; negative where lost."""
        return self.rank_first - self.rank_second

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

        Examples:
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
        return self.top(n).n_both

    def top(self, n: int) -> TopOverlap:
        """Return what the first *n* by both figures have in common, and how many ties let in.

        Args:
            n: how many.

        Raises:
            InvalidArgumentError: n is no whole number of at least 1.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1] * 2, time=["2026-01-03"] * 2, product=["a", "b"], amount=[50, 40]
            ... )
            >>> contribution(tx, CostModel()).ranking_change("net_sales", "contribution").top(1)
            TopOverlap(n=1, n_first=1, n_second=1, n_both=1, n_losing=0)
        """
        check.whole_number(n, "n", at_least=1)
        first, second = self.rank_first <= n, self.rank_second <= n
        return TopOverlap(
            n=n,
            n_first=int(np.count_nonzero(first)),
            n_second=int(np.count_nonzero(second)),
            n_both=int(np.count_nonzero(first & second)),
            n_losing=int(np.count_nonzero(first & (self.second < 0))),
        )

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
        one, two = self.names
        return {
            self.by: self.ids.decode(),
            one: self.first,
            two: self.second,
            f"rank_by_{one}": self.rank_first,
            f"rank_by_{two}": self.rank_second,
            "shift": self.shift,
        }


def ranking_change_of(entities: Entities, first: SoldFigure, second: ProfitFigure) -> RankingChange:
    """Set two figures of the same entities side by side."""
    return RankingChange(
        ids=entities.ids,
        by=entities.by,
        names=(first, second),
        first=_figures(entities, first),
        second=entities.major(second),
        frame_kind=entities.rollup.frame_kind,
    )


def _figures(entities: Entities, figure: SoldFigure) -> FloatArray:
    if figure == "quantity":
        return entities.pieces("ranking_change()").values
    return entities.major(figure)
