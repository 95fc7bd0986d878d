"""What drivers contributed, summed by factor, cohort or group; and as ratios."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._kernels.shapley import shapley_ratios
from crmkit.data.answers import Answer
from crmkit.profitability.change.counts import ALL, COHORTS
from crmkit.typing import FloatArray, FrameKind, IntArray, LabelArray

TotalsKey: TypeAlias = Literal["factor", "cohort", "group"]


@attrs.frozen(kw_only=True, repr=False)
class DriverTotals(Answer):
    """Contributions summed by factor, cohort or group; they add up to the change exactly.

    Attributes:
        key: what they are summed by.
        labels: one per row.
        before: the factor, or the money of the cohort or group, in the first period; major units.
        after: the same in the second period.
        contribution_units: in units of 10**-digits; int64.
        digits: decimal digits of the money.

    Examples:
        >>> from crmkit import Transactions
        >>> from crmkit.profitability import drivers
        >>> may = Transactions.from_arrays(customer=[7], time=["2026-05-03"], amount=[9])
        >>> june = Transactions.from_arrays(customer=[8], time=["2026-06-03"], amount=[11])
        >>> drivers(may, june).by_cohort().to_frame()
          cohort  before  after  contribution
        0    new     0.0   11.0          11.0
        1   lost     9.0    0.0          -9.0
    """

    key: TotalsKey
    labels: LabelArray = array()
    before: FloatArray = array()
    after: FloatArray = array()
    contribution_units: IntArray = array()
    digits: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def contribution(self) -> FloatArray:
        """What each row contributed, major units."""
        return np.asarray(self.contribution_units / 10.0**self.digits, dtype=np.float64)

    def __len__(self) -> int:
        """How many rows."""
        return len(self.labels)

    def __repr__(self) -> str:
        """What each row contributed, the first ten."""
        rows = [
            f"{label} {value:+,.{self.digits}f}"
            for label, value in zip(self.labels[:10], self.contribution, strict=False)
        ]
        more = ", ..." if len(self) > len(rows) else ""
        return f"DriverTotals(by {self.key}: {', '.join(rows)}{more})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            self.key: self.labels.copy(),  # a masked array is written to on its way to a frame
            "before": self.before,
            "after": self.after,
            "contribution": self.contribution,
        }


def cohort_totals(
    apart: tuple[IntArray, IntArray],
    whole: tuple[IntArray, IntArray],
    digits: int,
    frame_kind: FrameKind,
) -> DriverTotals:
    """Tell the money of cohorts before and after; what none of them has is of all."""
    before, after = (
        np.append(every.sum() - money[ALL + 1 :].sum(), money[ALL + 1 :])
        for money, every in zip(apart, whole, strict=True)
    )
    told = (before != 0) | (after != 0)
    return DriverTotals(
        key="cohort",
        labels=np.array(COHORTS, dtype=object)[told],
        before=before[told] / 10.0**digits,
        after=after[told] / 10.0**digits,
        contribution_units=(after - before)[told],
        digits=digits,
        frame_kind=frame_kind,
    )


@attrs.frozen(kw_only=True, repr=False)
class DriverRatios(Answer):
    """The ratio of two periods as a product of one ratio per factor.

    Attributes:
        factor: what may have moved.
        ratio: by what it multiplied revenue or margin; 1 for what did not move. NaN where the
            split is undefined.
        total: the second period over the first; NaN likewise.
        not_positive: which revenue or margin on the way is not positive, so that there is no
            ratio of it; empty where all are.

    Examples:
        >>> from crmkit import Transactions
        >>> from crmkit.profitability import drivers
        >>> days = {"customer": [7], "time": ["2026-05-03"]}
        >>> before = Transactions.from_arrays(quantity=[2], amount=[20], **days)
        >>> after = Transactions.from_arrays(quantity=[3], amount=[36], **days)
        >>> drivers(before, after).ratios().ratio
        array([1. , 1. , 1.5, 1.2])
    """

    factor: tuple[str, ...]
    ratio: FloatArray = array()
    total: float
    not_positive: str = ""

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many factors."""
        return len(self.factor)

    def __repr__(self) -> str:
        """The ratios, or why there are none."""
        if self.not_positive:
            return f"DriverRatios(undefined: {self.not_positive})"
        parts = [f"{n} x {r:.4g}" for n, r in zip(self.factor, self.ratio, strict=True)]
        return f"DriverRatios(x {self.total:.4g}: {', '.join(parts)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {"factor": np.array(self.factor, dtype=object), "ratio": self.ratio}


def ratios_of(totals: FloatArray, factors: tuple[str, ...], measure: str) -> DriverRatios:
    """Split the ratio of two periods; *totals* for every choice of factors that have moved."""
    first, last = totals.flat[0], totals.flat[-1]
    odd = np.argwhere(~(totals > 0))
    if len(odd):
        nothing = np.full(len(factors), np.nan)
        worst = _said(totals[tuple(odd[0])], odd[0], factors, measure)
        return DriverRatios(factor=factors, ratio=nothing, total=np.nan, not_positive=worst)
    return DriverRatios(factor=factors, ratio=shapley_ratios(totals), total=float(last / first))


def _said(value: float, moved: NDArray[np.intp], factors: tuple[str, ...], measure: str) -> str:
    which = [name for name, on in zip(factors, moved, strict=True) if on]
    if len(which) in (0, len(factors)):
        when = "before" if not which else "after"
        return f"{measure} {when} is {value:,.6g}, not positive"
    return f"{measure} with {', '.join(which)} as after and the rest as before is {value:,.6g}"
