"""What suppliers offer, and what the buyer counts with when offers are compared."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.suppliers.delivery_history import DeliveryHistory
from crmkit.profitability.suppliers.ranges import (
    NOT_NEGATIVE,
    POSITIVE,
    PROPER_SHARE,
    SAME,
    Faults,
    Range,
    bounded,
    figures,
    labels,
    maybe_counts,
    maybe_figures,
)
from crmkit.typing import Discounting, FloatArray, IntArray, LabelArray

_MAYBE = Range(0, unknown=True)
_MAYBE_ANY = Range(unknown=True)
_MAYBE_SHARE = Range(0, 1, unknown=True)
_COUNTS = ("defective", "inspected")
_RANGES = {
    "price": POSITIVE,
    "landed": NOT_NEGATIVE,
    "lead_time": _MAYBE,
    "lead_time_sd": _MAYBE,
    "defect_rate": _MAYBE_SHARE,
    "payment_days": _MAYBE_ANY,
    "discount": Range(0, 1, open_high=True),
    "discount_days": NOT_NEGATIVE,
    "transit_days": _MAYBE,
    "minimum_quantity": NOT_NEGATIVE,
}


@attrs.frozen(kw_only=True, repr=False)
class SupplierOffers(Answer):
    """Offers for one product, one entry per offer.

    A supplier may make several: one for each price break, say, with its minimum quantity. Columns
    left out are not compared at all; NaN is "unknown", which is neither 0 nor good.

    Attributes:
        supplier: who offers.
        price: per unit, above 0, made comparable: with what the buyer pays besides under the
            Incoterm of the offer.
        landed: further charges and non-recoverable duty per unit; none if left out.
        lead_time: mean days from order to delivery; if left out, that of *deliveries*.
        lead_time_sd: its standard deviation; 0 if it never varies. Goes with *lead_time*.
        defect_rate: share of units that are defective.
        defective: in its place, how many units were, of the *inspected* ones.
        inspected: how many units were looked at; 0 where nothing is known.
        deliveries: what suppliers delivered when; those without a row there are unknown.
        payment_days: days from delivery to payment; negative in advance.
        discount: share of the price granted for payment by *discount_days*; 0 for none.
        discount_days: days from delivery.
        transit_days: days on the way during which the goods are the buyer's already.
        minimum_quantity: units per order, at least.

    Raises:
        InvalidDataError: columns of different lengths, values out of range, columns that
            contradict each other; all problems are named together.

    Examples:
        >>> from crmkit.profitability import SupplierOffers
        >>> SupplierOffers(
        ...     supplier=["acme", "bolt"], price=[9.5, 10.2], landed=[0.8, 0.1], lead_time=[45, 9],
        ...     lead_time_sd=[10, 1], defect_rate=[0.02, 0.005], payment_days=[0, 60],
        ... )
        SupplierOffers(2 offers of 2 suppliers at 9.5 to 10.2 per unit)
    """

    supplier: LabelArray = attrs.field(converter=labels, eq=SAME)
    price: FloatArray = attrs.field(converter=figures, eq=SAME)
    landed: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    lead_time: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    lead_time_sd: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    defect_rate: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    defective: IntArray | None = attrs.field(default=None, converter=maybe_counts, eq=SAME)
    inspected: IntArray | None = attrs.field(default=None, converter=maybe_counts, eq=SAME)
    deliveries: DeliveryHistory | None = None
    payment_days: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    discount: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    discount_days: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    transit_days: FloatArray | None = attrs.field(default=None, converter=maybe_figures, eq=SAME)
    minimum_quantity: FloatArray | None = attrs.field(
        default=None, converter=maybe_figures, eq=SAME
    )

    def __attrs_post_init__(self) -> None:
        """Check all columns together."""
        faults = Faults("offer", self.supplier)
        if self.deliveries is not None:
            way = "DeliveryHistory.from_dates makes it."
            check.instance(self.deliveries, DeliveryHistory, "deliveries", way)
        if len(self) == 0:
            faults.say("there are none: at least one is needed.")
        missing = pd.isna(pd.Series(self.supplier.ravel(), dtype=object)).to_numpy()
        faults.rows(missing, "supplier missing", "An offer needs a supplier.")
        for name, within in _RANGES.items():
            faults.column(name, getattr(self, name), within)
        for name in _COUNTS:
            faults.counts(name, getattr(self, name))
        self._note_contradictions(faults)
        self._note_strangers(faults)
        faults.raise_all()

    def _note_contradictions(self, faults: Faults) -> None:
        together = (
            ("lead_time", "lead_time_sd"),
            ("defective", "inspected"),
            ("discount", "discount_days"),
        )
        for one, other in together:
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                faults.say(f"{one} and {other} go together: say both or neither.")
        if self.defect_rate is not None and self.inspected is not None:
            faults.say("say either defect_rate, or defective and inspected.")
        if self.discount is not None and self.payment_days is None:
            faults.say("a discount needs payment_days: when is the full price due?")
        self._note_disorder(faults)

    def _note_disorder(self, faults: Faults) -> None:
        bad, seen = self.defective, self.inspected
        if bad is not None and seen is not None and faults.fit(bad, seen):
            remedy = "Count the defective as inspected."
            faults.rows(bad > seen, "defective exceeds inspected", remedy)
        share, early, due = self.discount, self.discount_days, self.payment_days
        if share is None or early is None or due is None or not faults.fit(share, early, due):
            return
        wrong = (share > 0) & (early > due)
        faults.rows(wrong, "discount_days exceeds payment_days", "A discount is for haste.")

    def _note_strangers(self, faults: Faults) -> None:
        if self.deliveries is not None and len(self):
            known = self.deliveries.rows_of(self.supplier) >= 0
            if not known.any():
                first, names = self.supplier.tolist()[0], self.deliveries.supplier
                faults.say(
                    f"none of the suppliers is in deliveries, e.g. {first!r}."
                    f"{check.hint(first, names)} Are these the same ids?"
                )

    def __len__(self) -> int:
        """How many offers."""
        return len(self.supplier)

    def __repr__(self) -> str:
        """How many offers of how many suppliers, and their prices."""
        offers = check.counted(len(self), "offer")
        suppliers = check.counted(len(set(self.supplier.tolist())), "supplier")
        low, high = self.price.min(), self.price.max()
        prices = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        return f"SupplierOffers({offers} of {suppliers} at {prices} per unit)"

    @property
    def unit_cost(self) -> FloatArray:
        """Price and landed charges per unit."""
        return self.price if self.landed is None else self.price + self.landed

    def _columns(self) -> dict[str, NDArray[Any]]:
        there = {name: getattr(self, name) for name in ("supplier", *_RANGES, *_COUNTS)}
        return {name: values for name, values in there.items() if values is not None}


def _number(within: Range, default: float | None = None) -> Any:
    def convert(value: Any, field: attrs.Attribute[Any]) -> float:
        return float(bounded(check.number(value, field.name), field.name, within))

    return attrs.field(
        default=attrs.NOTHING if default is None else default,
        converter=attrs.Converter(convert, takes_field=True),
    )


def _maybe(within: Range) -> Any:
    def convert(value: Any, field: attrs.Attribute[Any]) -> float | None:
        if value is None:
            return None
        return float(bounded(check.number(value, field.name), field.name, within))

    return attrs.field(
        default=None,
        converter=attrs.Converter(convert, takes_field=True),
    )


@attrs.frozen(kw_only=True)
class Demand:
    """What is sold of the product.

    Attributes:
        per_year: units per year of 365 days, > 0.
        sd: standard deviation of the demand of *period_days* days; those of different days are
            taken as independent.
        period_days: 1 for an sd of days, 7 for one of weeks.

    Raises:
        InvalidArgumentError: a figure outside its range.

    Examples:
        >>> from crmkit.profitability import Demand
        >>> demand = Demand(per_year=7300, sd=18, period_days=9)
        >>> demand.daily, demand.daily_sd
        (20.0, 6.0)
    """

    per_year: float = _number(POSITIVE)
    sd: float = _number(NOT_NEGATIVE, 0.0)
    period_days: float = _number(POSITIVE, 1.0)

    @property
    def daily(self) -> float:
        """Units per day."""
        return self.per_year / 365

    @property
    def daily_sd(self) -> float:
        """Standard deviation of the demand of one day."""
        return float(self.sd / np.sqrt(self.period_days))


@attrs.frozen(kw_only=True)
class CostRates:
    """What the buyer's own time, money and trouble cost.

    Attributes:
        order_cost: of one order, whatever its size.
        capital_rate: yearly cost of money, e.g. 0.08; for stock and payment terms.
        storage_rate: yearly cost of storage, insurance and risk as a share of the unit cost;
            capital comes on top of it.
        late_per_day: cost of one day by which one order is late, beyond that of the stock kept
            against it; None leaves lateness out.
        handling_per_defect: work on a defective unit, per unit.
        salvage: what a defective unit still brings, per unit.
        discounting: "compound" or "simple" interest on payment terms.

    Raises:
        InvalidArgumentError: a figure outside its range.

    Examples:
        >>> from crmkit.profitability import CostRates
        >>> CostRates(order_cost=80, capital_rate=0.08, storage_rate=0.12).holding_rate
        0.2
    """

    order_cost: float = _number(POSITIVE)
    capital_rate: float = _number(NOT_NEGATIVE)
    storage_rate: float = _number(NOT_NEGATIVE, 0.0)
    late_per_day: float | None = _maybe(NOT_NEGATIVE)
    handling_per_defect: float = _number(NOT_NEGATIVE, 0.0)
    salvage: float = _number(NOT_NEGATIVE, 0.0)
    discounting: Discounting = "compound"

    def __attrs_post_init__(self) -> None:
        """Check the choice."""
        check.choice(self.discounting, Discounting, "discounting")

    @property
    def holding_rate(self) -> float:
        """Yearly cost to hold goods, as a share of their unit cost."""
        return self.capital_rate + self.storage_rate


@attrs.frozen(kw_only=True)
class StockPolicy:
    """How much is ordered at a time, and how much is kept in reserve.

    Attributes:
        quantity: units per order; if left out, the demand between two reviews, or, without
            reviews, each offer's economic order quantity. Never below an offer's minimum.
        review_days: days between two looks at the stock; 0 for a steady look.
        service_level: share of order cycles without a shortage.
        fill_rate: in its place, share of the demand met from stock. With neither there is no
            safety stock to compare.

    Raises:
        InvalidArgumentError: a figure outside its range, or both targets.

    Examples:
        >>> from crmkit.profitability import StockPolicy
        >>> StockPolicy(service_level=0.95)
        StockPolicy(quantity=None, review_days=0.0, service_level=0.95, fill_rate=None)
    """

    quantity: float | None = _maybe(POSITIVE)
    review_days: float = _number(NOT_NEGATIVE, 0.0)
    service_level: float | None = _maybe(PROPER_SHARE)
    fill_rate: float | None = _maybe(PROPER_SHARE)

    def __attrs_post_init__(self) -> None:
        """Check that there is one target at most."""
        if self.service_level is not None and self.fill_rate is not None:
            raise InvalidArgumentError("say either service_level or fill_rate, and not both.")

    @property
    def has_target(self) -> bool:
        """Whether a safety stock is asked for."""
        return self.service_level is not None or self.fill_rate is not None
