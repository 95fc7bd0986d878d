"""When will customers need a product again? Consumption cycles from the till."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit._kernels.gap_likelihood import Histories, Parameters, mean_gap, next_gap
from crmkit.data.answers import Answer
from crmkit.errors import (
    InvalidArgumentError,
    LinesAfterAsOfError,
    PooledGapsWarning,
    UnobservedDaysWarning,
)
from crmkit.lifecycle.cycles.drift import CycleDrift, drift_columns
from crmkit.lifecycle.cycles.due import Asked, DuePurchases, due_purchases
from crmkit.lifecycle.cycles.fitting import CycleFits
from crmkit.lifecycle.cycles.gap_curves import (
    GapCurve,
    GapMedians,
    curve_columns,
    median_columns,
)
from crmkit.lifecycle.cycles.histories import ScaledGaps
from crmkit.lifecycle.cycles.model import CycleModel
from crmkit.lifecycle.cycles.observed import CyclesLeftOut
from crmkit.lifecycle.cycles.regularity import CycleRegularity, regularity_columns
from crmkit.lifecycle.cycles.words import counted_units
from crmkit.typing import (
    CycleUnit,
    FloatArray,
    GapChoice,
    IntArray,
    IntoDay,
    LabelArray,
)

_DAY = np.timedelta64(1, "D")
_SLACK = 7


@attrs.frozen(kw_only=True, repr=False)
class ReplenishmentCycles(Answer):
    """The consumption cycle of each product, and the customers' purchases behind it.

    A cycle is told by five parameters: see `CycleModel`. As a frame: one row per product (or
    category), `median_cycle` in days after a purchase of typical size.

    Attributes:
        by: whether cycles are of products or of categories.
        item: ids of the products or categories that somebody bought.
        unit_exponent: by which power of its units a purchase lasts longer: 1 is strict
            consumption, 0 means that units do not matter.
        typical_units: geometric mean of the units of a purchase; 1 where they are not known.
        level: whose gaps the cycle was learnt from: the product's own, its category's or the
            shop's; "unknown" where even the shop has too few.
        fits: by level, the parameters fitted and how that went: "shop", "category", "product", and
            "rest_of_shop" and "rest_of_category", the items without a cycle of their own.
        left_out: lines and days the cycles do not speak of.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> replenishment(tx)
        ReplenishmentCycles(734 products, 6 with a cycle of their own, 728 of the shop)
    """

    by: CycleUnit
    item: LabelArray = array()
    unit_exponent: FloatArray = array()
    typical_units: FloatArray = array()
    level: NDArray[np.object_] = array()
    fits: Mapping[str, CycleFits] = attrs.field(converter=FrozenMapping[CycleFits])
    left_out: CyclesLeftOut
    _parameters: Parameters = attrs.field(eq=False)
    _gaps: ScaledGaps = attrs.field(eq=False)

    def __len__(self) -> int:
        """How many products or categories."""
        return len(self.item)

    def __repr__(self) -> str:
        """How many products, and whose gaps their cycles were learnt from."""
        items = counted_units(len(self), self.by)
        names = [name for name in ("product", "category", "shop") if name in self.fits]
        counts = {name: int(np.count_nonzero(self.level == name)) for name in names}
        own = f"{counts.pop(self.by):,} with a cycle of their own"
        rest = [f"{n:,} of the {name}" for name, n in counts.items() if n]
        unknown = int(np.count_nonzero(self.level == "unknown"))
        rest += [f"{unknown:,} unknown"] if unknown else []
        return f"ReplenishmentCycles({', '.join([items, own, *rest])})"

    @property
    def observed_until(self) -> np.datetime64:
        """The last day that the data speak of; datetime64[D]."""
        return self._gaps.seen.last_day

    @property
    def customers(self) -> IntArray:
        """Customers who bought each product; all of them are censored by their open gap."""
        return self._gaps.seen.pairs_per_item

    @property
    def completed_gaps(self) -> IntArray:
        """Gaps between two purchase days of one customer, per product."""
        return self._gaps.seen.gaps_per_item

    @property
    def k(self) -> FloatArray:
        """Regularity of the gaps of each product; NaN where unknown, as are all parameters."""
        return self._parameters.k

    @property
    def r(self) -> FloatArray:
        """Shape of the rates: the smaller, the more customers differ."""
        return self._parameters.r

    @property
    def alpha(self) -> FloatArray:
        """Rate of the rates, in days of a purchase of typical size."""
        return self._parameters.alpha

    @property
    def dropout(self) -> FloatArray:
        """Mean probability to stop for good after a purchase."""
        return self._parameters.dropout

    @property
    def dropout_weight(self) -> FloatArray:
        """How many purchases of a customer's own the mean dropout weighs."""
        return self._parameters.dropout_weight

    @property
    def median_cycle(self) -> FloatArray:
        """Median gap of a customer of whom nothing else is known, in days; NaN where unknown."""
        return next_gap(self._nothing(), self._parameters, 0.5)

    @property
    def mean_cycle(self) -> FloatArray:
        """Mean gap over customers, in days; infinite where r <= 1: some hardly ever buy."""
        mean = mean_gap(self._nothing(), self._parameters)
        return np.where(np.isnan(self.k), np.nan, mean)

    def _nothing(self) -> Histories:
        return Histories(*(np.zeros(len(self)) for _ in range(4)))

    def model(self, item: object) -> CycleModel:
        """Return the model of one product or category, to ask about any history.

        Raises:
            InvalidArgumentError: nobody bought it (near names are given), or its cycle is unknown.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.lifecycle import replenishment
            >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
            >>> replenishment(tx).model(0)
            CycleModel(median cycle 96.7 days, mean 350.2, k 0.974, dropout 31.6 %)
        """
        place = self._place(item)
        if self.level[place] == "unknown":
            raise InvalidArgumentError(
                f"the cycle of {item!r} is unknown: the whole shop has too few repeat purchases."
                " Ask replenishment() for fewer with least_gaps=..., or bring a longer period."
            )
        k, r, alpha, dropout, weight = (float(column[place]) for column in self._parameters)
        return CycleModel(k=k, r=r, alpha=alpha, dropout=dropout, dropout_weight=weight)

    def due(self, as_of: IntoDay, *, horizon: int = 28, least: float = 0.0) -> DuePurchases:
        """Say who is expected to buy what again, and when, in O(customers x products bought).

        Args:
            as_of: the day asked about: on it, nothing but what is in the data has been bought.
            horizon: days from *as_of* in which a purchase counts.
            least: leave out what is less probable than this within the horizon. Rows of an
                unknown cycle stay, last.

        Raises:
            InvalidArgumentError: not a day, a horizon below 1, or *least* outside 0 .. 1.
            LinesAfterAsOfError: the data go past *as_of*.

        Warns:
            UnobservedDaysWarning: the data end more than a week before *as_of*.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.lifecycle import replenishment
            >>> tx, truth = ck.datasets.shop(np.random.default_rng(7), customers=400)
            >>> len(replenishment(tx).due(truth.end, least=0.25))
            29
        """
        day = self._asked(as_of)
        days = check.whole_number(horizon, "horizon", at_least=1)
        if not 0 <= check.number(least, "least") <= 1:
            raise InvalidArgumentError(f"least must be a probability; got {least!r}.")
        asked = Asked(self._number_of(day), days, least)
        columns = due_purchases(self._gaps, self._parameters, asked, self.level)
        return DuePurchases(
            by=self.by, as_of=day, horizon=days, frame_kind=self.frame_kind, **columns
        )

    def drift(self, as_of: IntoDay) -> CycleDrift:
        """Say whose cycles grow longer than their own past and the season explain.

        Raises:
            InvalidArgumentError: not a day.
            LinesAfterAsOfError: the data go past *as_of*.

        Warns:
            UnobservedDaysWarning: the data end more than a week before *as_of*.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.lifecycle import replenishment
            >>> tx, truth = ck.datasets.shop(np.random.default_rng(7), customers=400)
            >>> replenishment(tx).drift(truth.end)
            CycleDrift(334 rows as of 2025-12-29, 7 lengthening)
        """
        day = self._asked(as_of)
        columns = drift_columns(self._gaps, self._parameters, self._number_of(day))
        return CycleDrift(by=self.by, as_of=day, frame_kind=self.frame_kind, **columns)

    def regularity(self) -> CycleRegularity:
        """Say how even the intervals of each product are, by two estimates.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.lifecycle import replenishment
            >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
            >>> print(replenishment(tx).regularity().ratios[:3])
            [196 111  63]
        """
        return CycleRegularity(
            by=self.by,
            item=self.item,
            level=self.level,
            frame_kind=self.frame_kind,
            **regularity_columns(self._gaps, self.k),
        )

    def gap_medians(self, choice: GapChoice = "first") -> GapMedians:
        """Return the median gap of each product without a model, by Kaplan and Meier.

        Args:
            choice: "first" takes each customer's first gap, "weighted" all completed gaps with one
                vote per customer; both are free of the bias of "pooled", which counts a frequent
                buyer as often as that customer buys.

        Raises:
            InvalidArgumentError: another choice.

        Warns:
            PooledGapsWarning: the gaps are pooled.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.lifecycle import replenishment
            >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
            >>> replenishment(tx).gap_medians("weighted")
            GapMedians(weighted gaps, 12 of 734 with a median)
        """
        _warn_if_pooled(check.choice(choice, GapChoice, "choice"))
        columns = median_columns(self._gaps.seen, choice)
        return GapMedians(
            by=self.by, choice=choice, item=self.item, frame_kind=self.frame_kind, **columns
        )

    def gap_curve(self, item: object, choice: GapChoice = "first") -> GapCurve:
        """Return the survival curve of the gaps of one product or category, without a model.

        Args:
            item: the product or category.
            choice: as for `gap_medians`.

        Raises:
            InvalidArgumentError: nobody bought it (near names are given), or another choice.

        Warns:
            PooledGapsWarning: the gaps are pooled.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.lifecycle import replenishment
            >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=400)
            >>> replenishment(tx).gap_curve(0).to_frame()[["days", "survival"]].head(2).round(3)
               days  survival
            0     0     1.000
            1     1     0.992
        """
        _warn_if_pooled(check.choice(choice, GapChoice, "choice"))
        place = self._place(item)
        columns = curve_columns(self._gaps.seen, place, choice)
        return GapCurve(item=item, choice=choice, frame_kind=self.frame_kind, **columns)

    def _place(self, item: object) -> int:
        found = np.flatnonzero(self.item == item)
        if not len(found):
            raise InvalidArgumentError(
                f"no known customer bought the {self.by} {item!r}."
                + check.hint(item, self.item.tolist())
            )
        return int(found[0])

    def _asked(self, as_of: IntoDay) -> np.datetime64:
        day, last = check.day(as_of, "as_of"), self.observed_until
        if np.isnat(last):
            return day
        if day < last:
            raise LinesAfterAsOfError(
                f"the data speak of days up to {last}, later than as_of={day}; what was bought"
                " since would leak into the answer. Ask about that day or later, or learn from"
                f" less: replenishment(tx.between('{self._gaps.seen.first_day}', '{day}'))."
            )
        if (day - last) // _DAY > _SLACK:
            check.warn(
                f"the data end on {last}, {int((day - last) // _DAY)} days before as_of={day}; the"
                " days between are taken as days without a purchase. If that is known, say so:"
                f" replenishment(tx.between('{self._gaps.seen.first_day}', '{day}')).",
                UnobservedDaysWarning,
            )
        return day

    def _number_of(self, day: np.datetime64) -> int:
        first = self._gaps.seen.first_day
        return 0 if np.isnat(first) else int((day - first).astype(np.int64))

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {self.by: self.item, "level": self.level}
        names: tuple[str, ...] = ("customers", "completed_gaps", "median_cycle")
        names += ("k", "dropout", "unit_exponent", "typical_units")
        return columns | {name: getattr(self, name) for name in names}


def _warn_if_pooled(choice: GapChoice) -> None:
    if choice == "pooled":
        check.warn(
            "pooled gaps count a customer as often as that customer buys, so the curve is that of"
            " frequent buyers: too short. Say 'first' or 'weighted'.",
            PooledGapsWarning,
        )
