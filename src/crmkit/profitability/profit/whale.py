"""The whale curve: how much of the profit the best customers make, and how much others lose."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import from_minor
from crmkit.profitability.profit.rollup import ProfitRollup
from crmkit.typing import FloatArray, IntArray, ProfitFigure


@attrs.frozen(kw_only=True, repr=False)
class WhaleCurve(Answer):
    """Customers (or products ...) from the most to the least profitable, and their running total.

    The curve climbs to a peak, what all who earn make together, and falls by what the others
    lose. Ratios to the total are missing (NaN) where the total is not positive; amounts always
    stand. Lines without an id, such as guests, are not on the curve; their sum is `left_out`.

    Attributes:
        ids: who they are, from the most to the least profitable.
        figure: the step or subtotal that the curve is of.
        values: minor units, descending.
        left_out: minor units of lines without an id.
        digits: digits of the currency.

    Example:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=list("abcde"), time=["2026-01-03"] * 5,
        ...     amount=[70, 60, 30, 15, 5], cost=[10, 10, 10, 20, 30],
        ... )
        >>> contribution(tx, CostModel(purchase="cost")).whale_curve()
        WhaleCurve(contribution by customer: total 100.00, peak 130.00 at 3 of 5, 130.0 %)
    """

    ids: Codes
    by: str
    figure: ProfitFigure
    values: IntArray = array()
    left_out: int
    digits: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def total(self) -> int:
        """What all on the curve make, minor units."""
        return int(self.values.sum())

    @property
    def peak(self) -> int:
        """What those who earn make together, minor units."""
        return int(self.values[self.values > 0].sum())

    @property
    def n_profitable(self) -> int:
        """How many earn; the curve has its peak there."""
        return int(np.count_nonzero(self.values > 0))

    @property
    def loss_tail(self) -> int:
        """What the others lose, minor units, not negative."""
        return self.peak - self.total

    @property
    def profitable_share(self) -> float:
        """Share of those who earn; NaN where there is nobody."""
        return self.n_profitable / len(self) if len(self) else float("nan")

    @property
    def break_even_share(self) -> float:
        """Share of those who neither earn nor lose; NaN where there is nobody."""
        return float(np.mean(self.values == 0)) if len(self) else float("nan")

    @property
    def peak_share(self) -> float:
        """The peak over the total; NaN where the total is not positive."""
        return self._ratio(self.peak)

    def top_share(self, share: float) -> float:
        """Return what the best *share* of customers make, over the total.

        Between two customers the curve is a straight line, so those of equal profit are never
        told apart.

        Args:
            share: of customers, 0 to 1.

        Returns:
            a ratio, above 1 where others lose; NaN where the total is not positive.

        Raises:
            InvalidArgumentError: a share outside 0 to 1.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2, 3, 4, 5], time=["2026-01-03"] * 5, amount=[60, 20, 10, 5, 5]
            ... )
            >>> contribution(tx, CostModel()).whale_curve().top_share(0.2)
            0.6
        """
        if not 0 <= check.number(share, "share") <= 1:
            raise InvalidArgumentError(f"share must lie from 0 to 1; got {share!r}.")
        places = np.arange(len(self) + 1)
        # share x n may miss a whole number by a last bit.
        at = np.round(share * len(self), 9)
        return self._ratio(float(np.interp(at, places, np.append(0, self.cumulative))))

    def _ratio(self, amount: float) -> float:
        return amount / self.total if self.total > 0 else float("nan")

    @property
    def cumulative(self) -> IntArray:
        """Running total, minor units."""
        return np.cumsum(self.values)

    @property
    def rank(self) -> IntArray:
        """Rank of each; equal values share the smallest."""
        return np.searchsorted(-self.values, -self.values) + 1

    def __len__(self) -> int:
        """How many are on the curve."""
        return len(self.values)

    def __repr__(self) -> str:
        """Total, peak and where it is."""
        total, peak = (f"{from_minor(x, digits=self.digits):,}" for x in (self.total, self.peak))
        ratio = "" if np.isnan(self.peak_share) else f", {self.peak_share:.1%}".replace("%", " %")
        return (
            f"WhaleCurve({self.figure} by {self.by}: total {total}, peak {peak} at"
            f" {self.n_profitable:,} of {len(self):,}{ratio})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        scale = 10.0**self.digits
        shares: FloatArray = np.arange(1, len(self) + 1) / max(len(self), 1)
        return {
            "rank": self.rank,
            self.by: self.ids.decode(),
            self.figure: self.values / scale,
            "cumulative": self.cumulative / scale,
            f"share_of_{self.by}s": shares,
        }


def whale_curve_of(rollup: ProfitRollup, by: str, figure: ProfitFigure) -> WhaleCurve:
    """Put the rows of a rollup in order of profit; equal ones in label order."""
    ids, values = rollup.keys[by], rollup.minor(figure)
    known = ~ids.missing
    order = np.flatnonzero(known)[np.argsort(-values[known], kind="stable")]
    return WhaleCurve(
        ids=ids[order],
        by=by,
        figure=figure,
        values=values[order],
        left_out=int(values[~known].sum()),
        digits=rollup.digits,
        frame_kind=rollup.frame_kind,
    )
