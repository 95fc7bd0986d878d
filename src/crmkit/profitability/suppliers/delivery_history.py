"""How reliable has each supplier been? Deliveries late and in time, and how long they took."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Self

import attrs
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from crmkit import _validation as check
from crmkit._kernels.grouping import counts_by
from crmkit._kernels.intervals import ratio, shrunk, wilson
from crmkit.data import frames
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.reader import ColumnReader
from crmkit.profitability.suppliers.ranges import (
    NOT_NEGATIVE,
    PROPER_SHARE,
    SAME,
    Faults,
    Range,
    bounded,
    counts,
    figures,
    labels,
    maybe_counts,
    maybe_figures,
)
from crmkit.typing import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    LabelArray,
    NumberArray,
    TimeArray,
)

_MAYBE = Range(0, unknown=True)
_MAYBE_POSITIVE = Range(0, open_low=True, unknown=True)


@attrs.frozen(kw_only=True, repr=False)
class DeliveryHistory(Answer):
    """What each supplier delivered when, counted.

    A supplier without deliveries is unknown: its shares are NaN, neither 0 nor 1.

    Attributes:
        supplier: ids, each once.
        deliveries: those with a promised day that have arrived.
        late: how many of them came after that day.
        days_late: mean days late of the late ones; NaN where there are none.
        lead_time: mean days from order to delivery, if known; NaN where there are none.
        lead_time_sd: their standard deviation (n - 1); NaN below two.
        timed: of how many deliveries the lead time is; None for all `deliveries`.
        undelivered: orders not delivered yet, if counted; in no other figure.
        unpromised: deliveries without a promised day, if counted; in no count of late ones.

    Raises:
        InvalidDataError: counts or days out of range; all problems are named together.

    Examples:
        >>> from crmkit.profitability import DeliveryHistory
        >>> DeliveryHistory(
        ...     supplier=["acme", "bolt"], deliveries=[40, 8], late=[4, 2], days_late=[6.5, 12.0]
        ... )
        DeliveryHistory(2 suppliers, 48 deliveries, 6 late (12.5 %) by 8.3 days on average)
    """

    supplier: LabelArray = attrs.field(converter=labels, eq=SAME)
    deliveries: IntArray = attrs.field(converter=counts, eq=SAME)
    late: IntArray = attrs.field(converter=counts, eq=SAME)
    days_late: FloatArray = attrs.field(converter=figures, eq=SAME)
    lead_time: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    lead_time_sd: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    timed: IntArray | None = attrs.field(default=None, converter=maybe_counts, eq=SAME)
    undelivered: IntArray | None = attrs.field(default=None, converter=maybe_counts, eq=SAME)
    unpromised: IntArray | None = attrs.field(default=None, converter=maybe_counts, eq=SAME)

    def __attrs_post_init__(self) -> None:
        """Check all columns together."""
        faults = Faults("supplier", self.supplier)
        repeated = pd.Series(self.supplier).duplicated().to_numpy()
        faults.rows(repeated, "repeated", "Each supplier must have one row; add them up.")
        for name in ("deliveries", "late", "timed", "undelivered", "unpromised"):
            faults.counts(name, getattr(self, name))
        faults.column("days_late", self.days_late, _MAYBE_POSITIVE)
        for name in ("lead_time", "lead_time_sd"):
            faults.column(name, getattr(self, name), _MAYBE)
        if faults.fit(self.deliveries, self.late, self.days_late):
            more = self.late > self.deliveries
            faults.rows(more, "late exceeds deliveries", "Late ones are deliveries too.")
            unsaid = (self.late > 0) & np.isnan(self.days_late)
            faults.rows(unsaid, "days_late missing", "Late deliveries need the mean days late.")
        if (self.lead_time is None) != (self.lead_time_sd is None):
            faults.say("lead_time and lead_time_sd go together: say both or neither.")
        faults.raise_all()

    @classmethod
    def from_dates(
        cls,
        supplier: ArrayLike,
        promised: ArrayLike,
        delivered: ArrayLike,
        *,
        ordered: ArrayLike | None = None,
    ) -> Self:
        """Count deliveries, one entry per order or order line.

        A delivery is late if its day is after the promised one. An order without a day of delivery
        has not arrived: whether it will be late is unknown, so it is counted apart. While open
        orders are overdue, the history looks better than it is. Time and memory grow with the
        orders.

        Args:
            supplier: ids.
            promised: days; missing where nothing was promised.
            delivered: days; missing where nothing has arrived yet.
            ordered: days, for lead times; missing where not recorded.

        Raises:
            InvalidDataError: suppliers missing, dates that cannot be read, or deliveries before
                their order; all are named together.
            InvalidArgumentError: arrays of different lengths.

        Examples:
            >>> from crmkit.profitability import DeliveryHistory
            >>> history = DeliveryHistory.from_dates(
            ...     ["acme", "acme", "acme", "bolt"],
            ...     promised=["2026-01-10", "2026-02-10", "2026-03-10", "2026-01-15"],
            ...     delivered=["2026-01-08", "2026-02-14", None, "2026-01-15"],
            ... )
            >>> history.deliveries, history.late, history.undelivered
            (array([2, 1]), array([1, 0]), array([1, 0]))
        """
        given = {"supplier": supplier, "promised": promised, "delivered": delivered}
        given |= {} if ordered is None else {"ordered": ordered}
        days = ("promised", "delivered", "ordered")
        reader = ColumnReader(_table(given, days))
        codes = reader.ids("supplier", "supplier", if_missing="A delivery needs a supplier.")
        times = {name: reader.times(name, name) for name in days if name in given}
        if "ordered" in times:
            early = times["delivered"] < times["ordered"]
            remedy = "Correct the dates, or leave out those of the order."
            reader.problems.rows("delivered", "delivered", "before ordered", early, remedy)
        if reader.problems:
            reader.problems.raise_all()
        reader.warn()
        return cls(supplier=codes.labels, **_counted(codes, **times))

    def __len__(self) -> int:
        """How many suppliers."""
        return len(self.supplier)

    def __repr__(self) -> str:
        """How many suppliers and deliveries, and how many of these were late."""
        facts = [check.counted(len(self), "supplier")]
        total, late = int(self.deliveries.sum()), int(self.late.sum())
        facts.append(f"{total:,} {'delivery' if total == 1 else 'deliveries'}")
        facts.append(f"{late:,} late")
        if late:
            days = self._days_owed.sum() / late
            facts[-1] += f" ({100 * late / total:.1f} %) by {days:.1f} days on average"
        return f"DeliveryHistory({', '.join(facts)})"

    @property
    def on_time(self) -> FloatArray:
        """Share of deliveries that were not late; NaN where there are none."""
        return on_time_share(self.deliveries, self.late)

    @property
    def _days_owed(self) -> FloatArray:
        """Days late of all late deliveries together."""
        return np.where(self.late > 0, self.late * self.days_late, 0.0)

    def on_time_interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Return both ends of Wilson's interval for the share on time; NaN without deliveries.

        Args:
            level: probability with which it holds the true share.

        Raises:
            InvalidArgumentError: a level not between 0 and 1.

        Examples:
            >>> from crmkit.profitability import DeliveryHistory
            >>> history = DeliveryHistory(
            ...     supplier=["acme", "new"], deliveries=[40, 0], late=[4, 0], days_late=[6, None]
            ... )
            >>> low, high = history.on_time_interval()
            >>> low.round(3), high.round(3)
            (array([0.769,   nan]), array([0.96,  nan]))
        """
        return on_time_ends(self.deliveries, self.late, level)

    def late_probability(self, *, prior_weight: float = 5.0) -> FloatArray:
        """Return how likely the next delivery is late: (late + k p0) / (n + k).

        Few deliveries say little, so each supplier's share is drawn towards p0, that of all
        together, as if *prior_weight* (k) more of its deliveries had been like theirs.

        Args:
            prior_weight: deliveries that the pool counts for, >= 0.

        Returns:
            Shares; NaN where there are no deliveries at all: unknown.

        Raises:
            InvalidArgumentError: a weight below 0.

        Source: the posterior mean of a beta prior; Gelman et al., Bayesian Data Analysis, ch. 2.

        Examples:
            >>> from crmkit.profitability import DeliveryHistory
            >>> history = DeliveryHistory(
            ...     supplier=["a", "b", "new"], deliveries=[95, 1, 0], late=[11, 1, 0],
            ...     days_late=[6, 2, None],
            ... )
            >>> history.late_probability().round(3)
            array([0.116, 0.271,   nan])
        """
        return self._shrunk(self.late, prior_weight)

    def expected_days_late(self, *, prior_weight: float = 5.0) -> FloatArray:
        """Return the days late to expect of the next delivery, 0 for one in time counted in.

        Shrunk like `late_probability`, by which it is the days late of a late one: with no late
        delivery of its own, a supplier's are as late as those of all.

        Args:
            prior_weight: deliveries that the pool counts for, >= 0.

        Returns:
            Days; NaN where there are no deliveries at all: unknown.

        Raises:
            InvalidArgumentError: a weight below 0.

        Examples:
            >>> from crmkit.profitability import DeliveryHistory
            >>> history = DeliveryHistory(
            ...     supplier=["a", "b"], deliveries=[95, 5], late=[9, 1], days_late=[6, 2]
            ... )
            >>> history.expected_days_late().round(2)
            array([0.57, 0.48])
        """
        return self._shrunk(self._days_owed, prior_weight)

    def _shrunk(self, events: NumberArray, prior_weight: float) -> FloatArray:
        weight = float(bounded(prior_weight, "prior_weight", NOT_NEGATIVE))
        return shrunk(events, self.deliveries, weight)

    def pool(self) -> Self:
        """Return the history of all suppliers together, as that of one, called "all".

        Its lead times vary within suppliers and between them: what to expect of one unknown.

        Examples:
            >>> from crmkit.profitability import DeliveryHistory
            >>> history = DeliveryHistory(
            ...     supplier=["a", "b"], deliveries=[95, 5], late=[9, 1], days_late=[6, 2]
            ... )
            >>> history.pool().days_late
            array([5.6])
        """
        late = self.late.sum()
        found: dict[str, Any] = {"deliveries": self.deliveries.sum(), "late": late}
        found["days_late"] = ratio(self._days_owed.sum(), late)
        found |= self._pooled_lead_times()
        for name in ("undelivered", "unpromised"):
            if (column := getattr(self, name)) is not None:
                found[name] = column.sum()
        rows: dict[str, Any] = {name: np.atleast_1d(value) for name, value in found.items()}
        return attrs.evolve(self, supplier=["all"], **rows)

    def _pooled_lead_times(self) -> dict[str, FloatArray]:
        if self.lead_time is None or self.lead_time_sd is None:
            return {}
        counts = self.deliveries if self.timed is None else self.timed.astype(np.float64)
        n = np.where(np.isnan(self.lead_time), 0.0, counts)
        mean = ratio((n * np.nan_to_num(self.lead_time)).sum(), n.sum())
        within = np.where(n > 1, (n - 1) * self.lead_time_sd**2, 0.0)
        between = n * np.nan_to_num(self.lead_time - mean) ** 2
        variance = ratio((within + between).sum(), np.maximum(n.sum() - 1, 0.0))
        return {"lead_time": mean, "lead_time_sd": np.sqrt(variance), "timed": n.sum()}

    def rows_of(self, suppliers: LabelArray) -> NDArray[np.intp]:
        """Return the row of each of *suppliers*; -1 for one without a row.

        Examples:
            >>> import numpy as np
            >>> from crmkit.profitability import DeliveryHistory
            >>> history = DeliveryHistory(
            ...     supplier=["a", "b"], deliveries=[95, 5], late=[9, 1], days_late=[6, 2]
            ... )
            >>> history.rows_of(np.array(["b", "new"], dtype=object))
            array([ 1, -1])
        """
        return pd.Index(self.supplier, dtype=object).get_indexer(pd.Index(suppliers, dtype=object))

    def _columns(self) -> dict[str, NDArray[Any]]:
        fields = [f.name for f in attrs.fields(type(self)) if f.name != "frame_kind"]
        there = {name: getattr(self, name) for name in fields}
        return {name: values for name, values in there.items() if values is not None}


def _table(arrays: Mapping[str, ArrayLike], days: Collection[str]) -> frames.Table:
    frame = frames.frame_of_arrays(arrays, times=days)
    return frames.collect(frames.open_frame(frame), list(arrays))


def on_time_share(deliveries: IntArray, late: IntArray) -> FloatArray:
    """Return the share of deliveries that were not late; NaN where there are none.

    Examples:
        >>> import numpy as np
        >>> from crmkit.profitability.suppliers.delivery_history import on_time_share
        >>> on_time_share(np.array([40, 0]), np.array([4, 0]))
        array([0.9, nan])
    """
    return ratio(deliveries - late, deliveries)


def on_time_ends(
    deliveries: IntArray, late: IntArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return both ends of Wilson's interval for that share.

    Examples:
        >>> import numpy as np
        >>> from crmkit.profitability.suppliers.delivery_history import on_time_ends
        >>> low, high = on_time_ends(np.array([40, 0]), np.array([4, 0]), 0.95)
        >>> low.round(3), high.round(3)
        (array([0.769,   nan]), array([0.96,  nan]))
    """
    z = float(ndtri((1 + bounded(level, "level", PROPER_SHARE)) / 2))
    n = np.where(deliveries > 0, deliveries, np.nan)
    return wilson(n - late, n, z)


def _counted(
    codes: Codes, promised: TimeArray, delivered: TimeArray, ordered: TimeArray | None = None
) -> dict[str, Any]:
    arrived, due = ~np.isnat(delivered), ~np.isnat(promised)
    days = _days_between(promised, delivered)
    judged, late = arrived & due, days > 0  # NaN is not above 0
    found: dict[str, Any] = {
        name: _rows_of_each(codes, rows)
        for name, rows in (
            ("deliveries", judged),
            ("late", late),
            ("undelivered", ~arrived),
            ("unpromised", arrived & ~due),
        )
    }
    found["days_late"] = ratio(_sums(codes, np.where(late, days, 0.0)), found["late"])
    return found if ordered is None else found | _lead_times(codes, ordered, delivered)


def _lead_times(codes: Codes, ordered: TimeArray, delivered: TimeArray) -> dict[str, FloatArray]:
    days = _days_between(ordered, delivered)
    known = ~np.isnan(days)
    n = _rows_of_each(codes, known)
    mean = ratio(_sums(codes, np.where(known, days, 0.0)), n)
    off = np.where(known, days - mean[codes.codes], 0.0)
    variance = ratio(_sums(codes, off * off), n - 1)
    return {"lead_time": mean, "lead_time_sd": np.sqrt(variance), "timed": n}


def _days_between(first: TimeArray, last: TimeArray) -> FloatArray:
    """Count calendar days; NaN where one of both is missing."""
    days = last.astype("datetime64[D]") - first.astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.float64))


def _rows_of_each(codes: Codes, rows: BoolArray) -> IntArray:
    used: CodeArray = codes.codes[rows]
    return counts_by(used, len(codes.labels))


def _sums(codes: Codes, values: FloatArray) -> FloatArray:
    sums: FloatArray = np.bincount(codes.codes, values, len(codes.labels)).astype(np.float64)
    return sums
