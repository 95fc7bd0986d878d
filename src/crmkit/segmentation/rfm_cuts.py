"""The cut points that turn recency, frequency and money into scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Self

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.binning import classes, quantile_cuts, quantile_cuts_within
from crmkit.data.answers import notebook_table
from crmkit.data.declarations import from_dict, to_dict
from crmkit.errors import InvalidArgumentError
from crmkit.typing import (
    BoolArray,
    CodeArray,
    FloatArray,
    Frequency,
    IntArray,
    Monetary,
    NumberArray,
    RfmMethod,
    ScoreArray,
)

DIMENSIONS = ("recency", "frequency", "monetary")


@attrs.frozen(kw_only=True, repr=False)
class RfmMeasures:
    """What is scored: one row per customer.

    Attributes:
        recency: shape (customers,), int64, days since the last purchase.
        frequency: shape (customers,), int64, baskets or days.
        monetary: shape (customers,), float64, money.
        digits: decimal digits that the money lies on; None for means, which lie on none.

    Examples:
        >>> import numpy as np
        >>> from crmkit.segmentation import RfmMeasures
        >>> RfmMeasures(recency=np.array([9]), frequency=np.array([5]), monetary=np.array([99.0]))
        RfmMeasures(1 customer)
    """

    recency: IntArray = array()
    frequency: IntArray = array()
    monetary: FloatArray = array()
    digits: int | None = None

    def __repr__(self) -> str:
        """How many customers."""
        return f"RfmMeasures({check.counted(len(self.recency), 'customer')})"


@attrs.frozen(repr=False)
class RfmTriples:
    """The scores of each customer, 1 .. bins, the highest the best.

    Attributes:
        r: shape (customers,), int8, recency scores.
        f: shape (customers,), int8, frequency scores.
        m: shape (customers,), int8, monetary scores.

    Examples:
        >>> import numpy as np
        >>> from crmkit.segmentation import STANDARD_SEGMENTS, RfmTriples
        >>> best, worst = np.array([[5], [1]], dtype=np.int8)
        >>> STANDARD_SEGMENTS.codes_of(RfmTriples(best, best, best), bins=5)
        array([0], dtype=int32)
    """

    r: ScoreArray = array()
    f: ScoreArray = array()
    m: ScoreArray = array()

    def __repr__(self) -> str:
        """How many customers."""
        return f"RfmTriples({check.counted(len(self.r), 'customer')})"


@attrs.frozen(kw_only=True, repr=False)
class RfmCuts:
    """Cut points of the three dimensions, with the definitions they were made for.

    A value equal to a cut is in the lower class. For recency the lower class is the better one,
    so there a tie gets the better score. Write thresholds of your own, or take `scores.cuts` to
    score another period on the same scale.

    Attributes:
        recency: shape (bins-1,), float64, in days; NaN if there was nobody to make quantiles of.
        frequency: shape (bins-1,), float64; nested: (bins, bins-1), a row for each r.
        monetary: shape (bins-1,), float64; nested: (bins, bins, bins-1), a row for each (r, f).
        frequency_by: what frequency counts.
        monetary_by: what monetary is.
        method: "independent" or "nested".
        window_days: length of the window the cuts were made on, `summary.window_days`; None for
            thresholds by hand.
        borrowed_frequency: nested: shape (bins,), the r that had no customers and took the cuts
            of all.
        borrowed_monetary: nested: shape (bins, bins), the (r, f) that had none and took those of
            the r, or of all.

    Raises:
        InvalidArgumentError: cuts that do not ascend, differ in number or are not finite;
            thresholds by hand that are equal.

    Examples:
        >>> from crmkit.segmentation import RfmCuts
        >>> cuts = RfmCuts(recency=[30, 90], frequency=[1, 3], monetary=[50, 200])
        >>> cuts
        RfmCuts(recency 30, 90; frequency 1, 3 baskets; monetary 50, 200 total)
        >>> RfmCuts.from_dict(cuts.to_dict()) == cuts
        True
    """

    recency: FloatArray = array(dtype=np.float64)
    frequency: FloatArray = array(dtype=np.float64)
    monetary: FloatArray = array(dtype=np.float64)
    frequency_by: Frequency = "baskets"
    monetary_by: Monetary = "total"
    method: RfmMethod = "independent"
    window_days: int | None = None
    borrowed_frequency: BoolArray | None = array(dtype=np.bool_, optional=True)
    borrowed_monetary: BoolArray | None = array(dtype=np.bool_, optional=True)

    def __attrs_post_init__(self) -> None:
        """Check that the three dimensions fit together."""
        check.choice(self.frequency_by, Frequency, "frequency_by")
        check.choice(self.monetary_by, Monetary, "monetary_by")
        check.choice(self.method, RfmMethod, "method")
        if not 2 <= self.bins <= 99:
            raise InvalidArgumentError(f"there must be 1 to 98 cuts; got {self.bins - 1}.")
        for name, shape in self._shapes().items():
            cuts = getattr(self, name)
            if cuts.shape != shape:
                raise InvalidArgumentError(
                    f"the {name} cuts of {self.bins} {self.method} bins must have shape {shape},"
                    f" as there are {self.bins - 1} recency cuts; got {cuts.shape}."
                )
            of_nobody = self.window_days is not None and bool(np.isnan(cuts).all())
            if not of_nobody:
                check_ascending(name, cuts, by_hand=self.window_days is None)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        one, b = self.bins - 1, self.bins
        if self.method == "nested":
            return {"recency": (one,), "frequency": (b, one), "monetary": (b, b, one)}
        return dict.fromkeys(DIMENSIONS, (one,))

    @property
    def bins(self) -> int:
        """How many classes each dimension has."""
        return self.recency.size + 1

    def __repr__(self) -> str:
        """The cuts if they are few, else how many; their definitions and window."""
        if self.method == "nested":
            facts = [f"{self.bins} nested bins", self.frequency_by, self.monetary_by]
        else:
            units = ("", f" {self.frequency_by}", f" {self.monetary_by}")
            facts = [self._said(name, of) for name, of in zip(DIMENSIONS, units, strict=True)]
        if self.window_days is not None:
            facts.append(f"window of {check.counted(self.window_days, 'day')}")
        return f"RfmCuts({'; '.join(facts)})"

    def _said(self, name: str, unit: str) -> str:
        cuts = getattr(self, name)
        few = ", ".join(f"{cut:g}" for cut in cuts[:10])
        return f"{name} {few}{' ...' if len(cuts) > 10 else ''}{unit}"

    def _repr_html_(self) -> str:
        rows = [row for name in DIMENSIONS for row in _rows(name, getattr(self, name), self.bins)]
        names = np.array([name for name, _ in rows], dtype=object)
        cuts = np.array([row for _, row in rows])
        columns = {f"cut {k + 1}": cuts[:, k] for k in range(self.bins - 1)}
        return notebook_table(repr(self), {"of": names, **columns})

    def score(self, measures: RfmMeasures) -> RfmTriples:
        """Score customers 1 .. bins in each dimension.

        Examples:
            >>> import numpy as np
            >>> from crmkit.segmentation import RfmCuts, RfmMeasures
            >>> cuts = RfmCuts(recency=[30], frequency=[1], monetary=[50])
            >>> days, visits, money = np.array([[9, 30, 99], [5, 1, 1], [99, 50, 10]])
            >>> cuts.score(RfmMeasures(recency=days, frequency=visits, monetary=money / 1)).r
            array([2, 2, 1], dtype=int8)
        """
        r = _turned(classes(measures.recency, self.recency), self.bins)
        if self.method == "independent":
            f = classes(measures.frequency, self.frequency)
            return RfmTriples(r, f, classes(measures.monetary, self.monetary))
        f = classes(measures.frequency, self.frequency[r - 1])
        return RfmTriples(r, f, classes(measures.monetary, self.monetary[r - 1, f - 1]))

    def borrowed(self, triples: RfmTriples) -> int:
        """Count customers who were scored by the cuts of a coarser level.

        Examples:
            >>> import numpy as np
            >>> from crmkit.segmentation import RfmCuts, RfmTriples
            >>> cuts = RfmCuts(recency=[30], frequency=[1], monetary=[50])  # not nested
            >>> cuts.borrowed(RfmTriples(*np.ones((3, 4), dtype=np.int8)))
            0
        """
        if self.borrowed_frequency is None or self.borrowed_monetary is None:
            return 0
        r, f = triples.r - 1, triples.f - 1
        return int(np.count_nonzero(self.borrowed_frequency[r] | self.borrowed_monetary[r, f]))

    def with_ties_above(self, *, shift: float = 0.0) -> Self:
        """Return thresholds *shift* higher, a value equal to one in the class above.

        Other tools score `lower <= value < upper`; the R package rfm also adds 1 to each quantile.
        `rfm(tx, as_of=..., cuts=scores.cuts.with_ties_above(shift=1))` then scores as it does.

        Args:
            shift: what to add to each threshold, in its own unit.

        Examples:
            >>> from crmkit.segmentation import RfmCuts
            >>> cuts = RfmCuts(recency=[30], frequency=[1], monetary=[50]).with_ties_above()
            >>> float(cuts.frequency[0]) < 1  # a single basket is above it
            True
        """
        # v >= c and v > nextafter(c, -inf) are the same for every float.
        moved = {name: np.nextafter(getattr(self, name) + shift, -np.inf) for name in DIMENSIONS}
        return attrs.evolve(self, **moved)

    def to_dict(self) -> dict[str, object]:
        """Return the cuts as plain dicts, lists and numbers, ready for JSON.

        Examples:
            >>> from crmkit.segmentation import RfmCuts
            >>> RfmCuts(recency=[30], frequency=[1], monetary=[50]).to_dict()["recency"]
            [30.0]
        """
        return to_dict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, object]) -> Self:
        """Return the cuts that `to_dict` made *plain* of.

        Raises:
            InvalidArgumentError: missing, unknown or unreadable entries.

        Examples:
            >>> from crmkit.segmentation import RfmCuts
            >>> RfmCuts.from_dict({"recency": [30], "frequency": [1], "monetary": [50]}).bins
            2
        """
        return from_dict(cls, plain)


def _rows(name: str, cuts: FloatArray, bins: int) -> list[tuple[str, FloatArray]]:
    """Name each row of cuts by the cell it is of."""
    cells = product(range(1, bins + 1), repeat=cuts.ndim - 1)
    where = (", ".join(f"{d} = {k}" for d, k in zip("rf", cell, strict=False)) for cell in cells)
    flat = cuts.reshape(-1, bins - 1)
    return [(f"{name} {of}".strip(), row) for of, row in zip(where, flat, strict=True)]


def independent_cuts(
    measures: RfmMeasures, bins: int, given: Mapping[str, FloatArray], **definitions: Any
) -> RfmCuts:
    """Cut each dimension at its type-7 quantiles over all customers, or where thresholds say."""

    def cut(name: str, values: NumberArray, digits: int | None) -> FloatArray:
        return given[name] if name in given else quantile_cuts(values, bins, digits)

    return RfmCuts(
        recency=cut("recency", measures.recency, 0),
        frequency=cut("frequency", measures.frequency, 0),
        monetary=cut("monetary", measures.monetary, measures.digits),
        **definitions,
    )


def nested_cuts(measures: RfmMeasures, bins: int, **definitions: Any) -> RfmCuts:
    """Cut recency over all, frequency within each r, and money within each (r, f)."""
    recency = quantile_cuts(measures.recency, bins)
    r = _turned(classes(measures.recency, recency), bins).astype(np.int32) - 1
    frequency, empty_r = _within(r, bins, measures.frequency, 0, _pooled(measures.frequency, bins))
    f = classes(measures.frequency, frequency[r]) - 1
    money, digits = measures.monetary, measures.digits
    of_r, _ = _within(r, bins, money, digits, _pooled(money, bins, digits))
    cell = r * np.int32(bins) + f
    monetary, empty_rf = _within(cell, bins, money, digits, np.repeat(of_r, bins, axis=0))
    return RfmCuts(
        recency=recency,
        frequency=frequency,
        monetary=monetary.reshape(bins, bins, bins - 1),
        method="nested",
        borrowed_frequency=empty_r,
        borrowed_monetary=empty_rf.reshape(bins, bins),
        **definitions,
    )


def _pooled(values: NumberArray, bins: int, digits: int | None = 0) -> FloatArray:
    """The cuts over all customers, once for each class of the level above."""
    return np.tile(quantile_cuts(values, bins, digits), (bins, 1))


def _within(
    cell: CodeArray, bins: int, values: NumberArray, digits: int | None, coarse: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Cut within cells; an empty cell takes the cuts of the coarser level and is marked."""
    cells = len(coarse)
    cuts = quantile_cuts_within(values, cell, (cells, bins), digits)
    empty = np.bincount(cell, minlength=cells) == 0
    cuts[empty] = coarse[empty]
    return cuts, empty


def _turned(ascending: ScoreArray, bins: int) -> ScoreArray:
    return np.asarray(bins + 1 - ascending, dtype=np.int8)


def thresholds_by_hand(name: str, thresholds: Sequence[float]) -> FloatArray:
    """Return thresholds that somebody wrote down as an array, proven to be a scale."""
    try:
        cuts = np.array(thresholds, dtype=np.float64)
    except (TypeError, ValueError):
        cuts = np.zeros((0, 0))
    if cuts.ndim != 1:
        raise InvalidArgumentError(
            f"{name} thresholds must be numbers such as (1, 2, 3, 5); got {thresholds!r}."
        )
    check_ascending(name, cuts, by_hand=True)
    return cuts


def check_ascending(name: str, cuts: FloatArray, *, by_hand: bool) -> None:
    """Refuse cuts that descend or are not finite; by hand, also equal ones."""
    steps = np.diff(cuts, axis=-1)
    if not np.isfinite(cuts).all() or np.any(steps < 0) or (by_hand and np.any(steps == 0)):
        raise InvalidArgumentError(
            f"{name} thresholds must be finite and ascend; got {cuts.tolist()}."
            + (" They are days since the last purchase." if name == "recency" else "")
        )
