"""The whale curve: how much of the profit the best customers make, and how much others lose."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit._kernels.grouping import changes
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import from_minor
from crmkit.profitability.profit.entities import Entities
from crmkit.profitability.profit.rollup import summed
from crmkit.typing import FloatArray, IntArray, ProfitFigure


@attrs.frozen(kw_only=True, repr=False)
class WhaleCurve(Answer):
    """Customers (or products ...) from the most to the least profitable, and their running total.

    The curve climbs to a peak, what all who earn make together, and falls by what the others
    lose. Ratios to the total are missing (NaN) where the total is not positive; amounts always
    stand. Equal values are never told apart: they share a rank, and a point of the curve, the end
    of their straight line. Lines without an id, such as guests, are not on the curve; they are
    counted.

    Attributes:
        ids: who they are, from the most to the least profitable; equal ones in label order.
        by: what they are.
        figure: the step or subtotal that the curve is of.
        values: what each makes, minor units, descending.
        steps: by step, minor units of each.
        left_out: minor units of lines without an id.
        left_out_lines: how many lines have no id.
        digits: digits of the currency.

    Examples:
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
    steps: Mapping[str, IntArray] = attrs.field(converter=FrozenMapping[IntArray], eq=False)
    left_out: int
    left_out_lines: int
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

    def top_share(self, share: float, *, of: ProfitFigure | None = None) -> float:
        """Return what the best *share* of customers make, over the total.

        Between two customers the curve is a straight line, and so it is over those of equal
        profit: those at the cut count in proportion, whatever their order.

        Args:
            share: of customers, 0 to 1.
            of: another figure of the same customers, e.g. "net_sales"; None is that of the curve.

        Returns:
            a ratio, above 1 where others lose; NaN where the total is not positive.

        Raises:
            InvalidArgumentError: a share outside 0 to 1, or no such figure.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2, 3, 4, 5], time=["2026-01-03"] * 5, amount=[60, 20, 10, 5, 5]
            ... )
            >>> contribution(tx, CostModel()).whale_curve().top_share(0.2)
            0.6
        """
        total = int(self._of(of).sum())
        amount = self._top(share, self._of(of))
        return float(amount / total) if total > 0 else float("nan")

    def top_amount(self, share: float, *, of: ProfitFigure | None = None) -> float:
        """Return what the best *share* of customers make, in minor units; see `top_share`.

        It stands where a ratio is missing, and is no whole number where the cut is inside a
        customer.

        Raises:
            InvalidArgumentError: a share outside 0 to 1, or no such figure.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[60, 20]
            ... )
            >>> contribution(tx, CostModel()).whale_curve().top_amount(0.75)
            7000.0
        """
        return float(self._top(share, self._of(of)))

    def _of(self, figure: ProfitFigure | None) -> IntArray:
        return self.values if figure is None else summed(self.steps, figure, len(self))

    def _top(self, share: float, values: IntArray) -> Fraction:
        """Sum *values* of the best, those of equal profit in proportion."""
        cut = _share(share) * len(self)
        if cut == 0:
            return Fraction(0)
        ends = self._tie_ends
        at = int(np.searchsorted(ends, -(-cut.numerator // cut.denominator)))
        first, last = (0 if at == 0 else int(ends[at - 1])), int(ends[at])
        before, tied = int(values[:first].sum()), int(values[first:last].sum())
        return before + (cut - first) * Fraction(tied, last - first)

    def _ratio(self, amount: float) -> float:
        return amount / self.total if self.total > 0 else float("nan")

    @cached_property
    def _tie_ends(self) -> IntArray:
        """How many make at least as much, for each different value."""
        starts = np.flatnonzero(changes(self.values)) if len(self) else np.zeros(0, np.int64)
        return np.append(starts[1:], len(self))

    @cached_property
    def _end(self) -> IntArray:
        """How many make at least as much as each."""
        ends = self._tie_ends
        return np.repeat(ends, np.diff(ends, prepend=0))

    @property
    def cumulative(self) -> IntArray:
        """What all make who make at least as much, minor units; the last is the total."""
        return np.cumsum(self.values)[self._end - 1]

    @property
    def cumulative_share(self) -> FloatArray:
        """The running total over the total; NaN where the total is not positive."""
        if self.total <= 0:
            return np.full(len(self), np.nan)
        return np.asarray(self.cumulative / self.total)

    @property
    def entity_share(self) -> FloatArray:
        """Share of those who make at least as much."""
        return np.asarray(self._end / max(len(self), 1))

    @property
    def rank(self) -> IntArray:
        """Rank of each; equal values share the smallest."""
        ends = self._tie_ends
        starts = np.append(0, ends[:-1])
        return np.repeat(starts + 1, ends - starts)

    def __len__(self) -> int:
        """How many are on the curve."""
        return len(self.ids)

    def __repr__(self) -> str:
        """Total, peak and where it is."""
        total, peak = (f"{from_minor(x, digits=self.digits):,}" for x in (self.total, self.peak))
        left = ""
        if self.left_out_lines:
            lines = check.counted(self.left_out_lines, "line")
            left = f"; {lines} without {self.by}, {from_minor(self.left_out, digits=self.digits):,}"
        ratio = "" if np.isnan(self.peak_share) else f", {self.peak_share:.1%}".replace("%", " %")
        return (
            f"WhaleCurve({self.figure} by {self.by}: total {total}, peak {peak} at"
            f" {self.n_profitable:,} of {len(self):,}{ratio}{left})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        scale = 10.0**self.digits
        return {
            "rank": self.rank,
            self.by: self.ids.decode(),
            self.figure: self.values / scale,
            "cumulative": self.cumulative / scale,
            "cumulative_share": self.cumulative_share,
            f"share_of_{self.by}s": self.entity_share,
        }


def whale_curve_of(entities: Entities, figure: ProfitFigure) -> WhaleCurve:
    """Put customers, products ... in order of profit."""
    # Stable, and ids come in label order.
    values = entities.minor(figure)
    order = np.argsort(-values, kind="stable")
    rollup = entities.rollup
    return WhaleCurve(
        ids=entities.ids[order],
        by=entities.by,
        figure=figure,
        values=values[order],
        # The row of unknown ids is the last one, beyond all of the order.
        steps={step: amounts[order] for step, amounts in rollup.steps.items()},
        left_out=entities.unknown_minor(figure),
        left_out_lines=entities.unknown_lines,
        digits=rollup.digits,
        frame_kind=rollup.frame_kind,
    )


def _share(share: float) -> Fraction:
    """Return a share as the decimal number that it prints: share x n may miss a whole number."""
    found = Fraction(str(check.number(share, "share")))
    if not 0 <= found <= 1:
        raise InvalidArgumentError(f"share must lie from 0 to 1; got {share!r}.")
    return found
