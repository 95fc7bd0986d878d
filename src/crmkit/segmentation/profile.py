"""What is each segment like? Its share of customers, baskets, revenue, and what is typical."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._kernels.grouping import counts_by, means_and_medians
from crmkit._validation import counted
from crmkit.data import CustomerSummary, Decimals, Labels
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.rfm_cuts import RfmMeasures
from crmkit.typing import CodeArray, FloatArray, IntArray, NumberArray


@attrs.frozen(kw_only=True)
class LeftOut:
    """What could not be scored.

    Attributes:
        guest_lines: lines without a customer.
        guest_amount: their net money.
        returns_only: customers without a purchase line, who have no recency.
        returns_only_amount: their net money.

    Examples:
        >>> from crmkit.segmentation import LeftOut
        >>> nobody = LeftOut(guest_lines=0, guest_amount=0, returns_only=0, returns_only_amount=0)
        >>> nobody.guest_lines
        0
    """

    guest_lines: int
    guest_amount: float
    returns_only: int
    returns_only_amount: float


@attrs.frozen
class Typical:
    """Mean and median of one measure per segment; NaN for an empty segment.

    Attributes:
        mean: shape (segments,), float64.
        median: shape (segments,), float64.

    Examples:
        >>> import numpy as np
        >>> from crmkit.segmentation import Typical
        >>> Typical(mean=np.array([2.5]), median=np.array([2.0])).median
        array([2.])
    """

    mean: FloatArray = array()
    median: FloatArray = array()


@attrs.frozen(kw_only=True, repr=False)
class SegmentProfile(Answer):
    """One row per segment, in the order of the rules, empty segments included.

    Shares are of the customers who are in a segment; they are NaN when the whole is not positive.
    As a frame it has sizes, shares, means, medians (`mean_frequency`, `median_frequency` ...), and
    revenue per customer and per basket.

    Attributes:
        segment: names.
        customers: shape (segments,), int64, how many.
        baskets: shape (segments,), int64, their purchase baskets; None when not known.
        revenue: shape (segments,), float64, their net money.
        recency_days: typical days since the last purchase.
        frequency: typical frequency.
        monetary: typical monetary value.
        tenure_days: typical days since the first purchase; None when that is not known.
        unlabelled: customers scored who are in no segment.
        left_out: guests and customers with returns only, who are in no row either.

    Examples:
        >>> import crmkit as ck
        >>> figures = {"last_day": ["2026-02-20", "2025-11-02"], "baskets": [5, 1]}
        >>> summary = ck.CustomerSummary.from_arrays(
        ...     as_of="2026-03-01", customer=["ann", "bob"], amount=[99.0, 12.0], **figures
        ... )
        >>> by_hand = {"recency": (30,), "frequency": (1,), "monetary": (50,)}
        >>> ck.segmentation.rfm(summary, as_of="2026-03-01", cuts=by_hand).profile()
        SegmentProfile(1 segment of 2 customers, revenue 111.00)
    """

    segment: tuple[str, ...]
    customers: IntArray = array()
    baskets: IntArray | None = array(optional=True)
    revenue: FloatArray = array()
    recency_days: Typical
    frequency: Typical
    monetary: Typical
    tenure_days: Typical | None = None
    unlabelled: int
    left_out: LeftOut

    def __len__(self) -> int:
        """How many segments."""
        return len(self.segment)

    def __repr__(self) -> str:
        """How many segments, customers in them and without one, and their revenue."""
        size = f"{counted(len(self), 'segment')} of {counted(self.customers.sum(), 'customer')}"
        rest = f", {self.unlabelled:,} in none" if self.unlabelled else ""
        return f"SegmentProfile({size}{rest}, revenue {self.revenue.sum():,.2f})"

    @property
    def customer_share(self) -> FloatArray:
        """Share of all customers who are in a segment, float64."""
        return _shares(self.customers)

    @property
    def basket_share(self) -> FloatArray | None:
        """Share of all baskets of such customers, float64; None when baskets are not known."""
        return None if self.baskets is None else _shares(self.baskets)

    @property
    def revenue_share(self) -> FloatArray:
        """Share of all revenue of such customers, float64; NaN unless the total is positive."""
        return _shares(self.revenue)

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any] | None] = {
            "segment": np.array(self.segment, dtype=object),
            "customers": self.customers,
            "customer_share": self.customer_share,
            "baskets": self.baskets,
            "basket_share": self.basket_share,
            "revenue": self.revenue,
            "revenue_share": self.revenue_share,
        }
        for name in ("recency_days", "frequency", "monetary", "tenure_days"):
            typical = getattr(self, name)
            if typical is not None:
                columns |= {f"mean_{name}": typical.mean, f"median_{name}": typical.median}
        columns["revenue_per_customer"] = _ratio(self.revenue, self.customers)
        if self.baskets is not None:
            columns["revenue_per_basket"] = _ratio(self.revenue, self.baskets)
        return {name: values for name, values in columns.items() if values is not None}


def segment_profile(
    summary: CustomerSummary, measures: RfmMeasures, labels: Labels | None, left_out: LeftOut
) -> SegmentProfile:
    """Describe the classes of *labels* among the customers of *summary*; all in one without."""
    names = ("All customers",) if labels is None else labels.names
    codes = _classes(summary, labels)
    known = np.flatnonzero(codes >= 0)
    rows, groups = codes[known], len(names)
    part = summary[known]
    return SegmentProfile(
        segment=names,
        customers=counts_by(rows, groups),
        baskets=None if part.baskets is None else _totals(part.baskets, rows, groups),
        revenue=_revenue(part.amount, rows, groups),
        recency_days=_typical(measures.recency[known], rows, groups),
        frequency=_typical(measures.frequency[known], rows, groups),
        monetary=_typical(measures.monetary[known], rows, groups),
        tenure_days=_tenure(part, rows, groups),
        unlabelled=len(codes) - len(known),
        left_out=left_out,
        frame_kind=summary.frame_kind,
    )


def _classes(summary: CustomerSummary, labels: Labels | None) -> CodeArray:
    if labels is None:
        return np.zeros(len(summary), dtype=np.int32)
    ours, theirs = summary.customer, labels.ids
    if len(ours) and len(theirs) and ours.dtype.kind != theirs.dtype.kind:
        raise InvalidArgumentError(
            f"the labels are of ids such as {theirs[0]!r}, the customers scored have ids such as"
            f" {ours[0]!r}; make them one type."
        )
    return labels.codes_of(ours)


def _totals(values: IntArray, codes: CodeArray, groups: int) -> IntArray:
    return np.asarray(Decimals(values, 0).sums_by(codes, groups).units, dtype=np.int64)


def _revenue(amount: Decimals | None, codes: CodeArray, groups: int) -> FloatArray:
    return np.full(groups, np.nan) if amount is None else amount.sums_by(codes, groups).values


def _typical(values: NumberArray, codes: CodeArray, groups: int) -> Typical:
    return Typical(*means_and_medians(values, codes, groups))


def _tenure(summary: CustomerSummary, codes: CodeArray, groups: int) -> Typical | None:
    if summary.first_day is None:
        return None
    days = (summary.as_of - summary.first_day).astype(np.int64)
    return _typical(days, codes, groups)


def _shares(parts: NumberArray) -> FloatArray:
    whole = parts.sum()
    return parts / whole if whole > 0 else np.full(len(parts), np.nan)


def _ratio(total: NumberArray, count: IntArray) -> FloatArray:
    ratios = np.full(len(count), np.nan)
    np.divide(total, count, out=ratios, where=count > 0)
    return ratios
