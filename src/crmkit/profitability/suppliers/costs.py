"""The answer of `supplier_cost`: what each offer costs, part by part, and the risk beside it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.suppliers.delivery_history import on_time_ends, on_time_share
from crmkit.profitability.suppliers.frontier import SupplierFrontier, efficient
from crmkit.profitability.suppliers.offers import Demand, SupplierOffers
from crmkit.typing import (
    FloatArray,
    IntArray,
    LabelArray,
    ReliabilityMeasure,
    UnknownHistory,
)


@attrs.frozen(kw_only=True)
class SupplierCostParts:
    """What each offer is expected to cost per year, part by part; NaN where unknown.

    Attributes:
        purchase: demand at the comparable price.
        landed: further charges and duty; None if the offers have none.
        ordering: orders per year at the cost of one.
        cycle_stock: holding half an order.
        safety_stock: holding the safety stock; None without a target.
        pipeline: holding what is on the way; None without transit days.
        late: days late to expect, at the cost of one; None without that cost.
        defects: units lost and handled, less salvage; None without quality history.
        terms: negative where paying later, or the discount, saves money; None without terms.

    Examples:
        >>> from crmkit.profitability import CostRates, Demand, SupplierOffers, supplier_cost
        >>> offers = SupplierOffers(supplier=["acme"], price=[9.5])
        >>> rates = CostRates(order_cost=80, capital_rate=0.2)
        >>> supplier_cost(offers, Demand(per_year=7300), rates).parts.purchase
        array([69350.])
    """

    purchase: FloatArray = array()
    landed: FloatArray | None = array(optional=True)
    ordering: FloatArray = array()
    cycle_stock: FloatArray = array()
    safety_stock: FloatArray | None = array(optional=True)
    pipeline: FloatArray | None = array(optional=True)
    late: FloatArray | None = array(optional=True)
    defects: FloatArray | None = array(optional=True)
    terms: FloatArray | None = array(optional=True)

    @property
    def compared(self) -> dict[str, FloatArray]:
        """The parts that are there, by name."""
        return {name: part for name, part in self._all().items() if part is not None}

    @property
    def left_out(self) -> tuple[str, ...]:
        """The parts that nothing was said about; they are in no total."""
        return tuple(name for name, part in self._all().items() if part is None)

    def _all(self) -> dict[str, FloatArray | None]:
        return {field.name: getattr(self, field.name) for field in attrs.fields(type(self))}


@attrs.frozen(kw_only=True)
class SupplierRisk:
    """How far the supplier of each offer can be relied on; NaN where unknown.

    Attributes:
        deliveries: how many deliveries the shares are of.
        late: how many of them were late.
        late_probability: share late, drawn towards that of all suppliers.
        days_late: days late to expect of a late delivery.
        lead_time: mean days from order to delivery.
        lead_time_cv: standard deviation of the lead time over its mean.

    Examples:
        >>> from crmkit.profitability import CostRates, Demand, SupplierOffers, supplier_cost
        >>> offers = SupplierOffers(
        ...     supplier=["acme"], price=[9.5], lead_time=[40], lead_time_sd=[10]
        ... )
        >>> rates = CostRates(order_cost=80, capital_rate=0.2)
        >>> supplier_cost(offers, Demand(per_year=7300), rates).risk.lead_time_cv
        array([0.25])
    """

    deliveries: IntArray = array()
    late: IntArray = array()
    late_probability: FloatArray = array()
    days_late: FloatArray = array()
    lead_time: FloatArray = array()
    lead_time_cv: FloatArray = array()

    @property
    def on_time(self) -> FloatArray:
        """Share of deliveries that were not late; NaN where there are none."""
        return on_time_share(self.deliveries, self.late)

    def on_time_interval(self, *, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Return both ends of Wilson's interval for the share on time; NaN without deliveries.

        Args:
            level: probability with which it holds the true share.

        Raises:
            InvalidArgumentError: a level not between 0 and 1.

        Examples:
            >>> from crmkit.profitability import (
            ...     CostRates, DeliveryHistory, Demand, SupplierOffers, supplier_cost
            ... )
            >>> history = DeliveryHistory(
            ...     supplier=["a"], deliveries=[40], late=[4], days_late=[6]
            ... )
            >>> offers = SupplierOffers(supplier=["a", "b"], price=[9, 8], deliveries=history)
            >>> rates = CostRates(order_cost=80, capital_rate=0.2)
            >>> costs = supplier_cost(offers, Demand(per_year=7300), rates)
            >>> costs.risk.on_time_interval()[0].round(3)
            array([0.769,   nan])
        """
        return on_time_ends(self.deliveries, self.late, level)

    def reliability(
        self, measure: ReliabilityMeasure = "lower_bound", *, level: float = 0.95
    ) -> FloatArray:
        """Return the share of deliveries on time to count on.

        Args:
            measure: "lower_bound" of Wilson's interval, which asks for evidence; "on_time", the
                share as counted; or "shrunk", 1 - `late_probability`.
            level: that of the interval.

        Raises:
            InvalidArgumentError: no such measure, or a level not between 0 and 1.

        Examples:
            >>> from crmkit.profitability import (
            ...     CostRates, DeliveryHistory, Demand, SupplierOffers, supplier_cost
            ... )
            >>> history = DeliveryHistory(
            ...     supplier=["a", "b"], deliveries=[40, 2], late=[4, 0], days_late=[6, None]
            ... )
            >>> offers = SupplierOffers(supplier=["a", "b"], price=[9, 8], deliveries=history)
            >>> rates = CostRates(order_cost=80, capital_rate=0.2)
            >>> risk = supplier_cost(offers, Demand(per_year=7300), rates).risk
            >>> risk.reliability().round(3), risk.reliability("on_time")
            (array([0.769, 0.342]), array([0.9, 1. ]))
        """
        check.choice(measure, ReliabilityMeasure, "measure")
        low, _ = self.on_time_interval(level=level)
        if measure == "lower_bound":
            return low
        return self.on_time if measure == "on_time" else 1 - self.late_probability


@attrs.frozen(kw_only=True, repr=False)
class SupplierCosts(Answer):
    """What each offer is expected to cost per year, and apart from it the risk.

    Costs are expectations in the unit of the prices, so they are floats; nothing here is posted.
    As a frame: supplier, rank, total, per_unit, quantity, safety_units, the parts of the cost,
    deliveries, on_time with its 95 % interval, late_probability and lead_time_cv; the cheapest
    first.

    Attributes:
        offers: what was compared.
        demand: at which demand.
        quantity: units per order.
        safety_units: units in reserve; NaN where unknown. None without a target.
        parts: the cost, part by part.
        risk: how far each supplier can be relied on.
        unknown: what was done about offers without history.

    Examples:
        >>> from crmkit.profitability import CostRates, Demand, SupplierOffers, supplier_cost
        >>> offers = SupplierOffers(
        ...     supplier=["acme", "bolt"], price=[9.5, 9.8], defect_rate=[0.05, 0.01]
        ... )
        >>> rates = CostRates(order_cost=80, capital_rate=0.2)
        >>> costs = supplier_cost(offers, Demand(per_year=7300), rates)
        >>> costs.per_unit.round(2), costs.rank
        (array([10.18, 10.11]), array([2, 1]))
    """

    offers: SupplierOffers
    demand: Demand
    parts: SupplierCostParts
    risk: SupplierRisk
    unknown: UnknownHistory
    quantity: FloatArray = array()
    safety_units: FloatArray | None = array(optional=True)

    def __len__(self) -> int:
        """How many offers."""
        return len(self.offers)

    def __repr__(self) -> str:
        """How many offers, the cheapest, what is unknown and what was left out."""
        facts = [check.counted(len(self), "offer")]
        if len(known := self.order()[: int((self.rank > 0).sum())]):
            best = known[0]
            name, cost = self.supplier.tolist()[best], self.per_unit[best]
            facts.append(f"cheapest {name!r} at {cost:,.4g} per unit")
        if unranked := int((self.rank < 0).sum()):
            facts.append(f"{unranked:,} of unknown {', '.join(self._unknown_parts())}")
        if self.parts.left_out:
            facts.append(f"without {', '.join(self.parts.left_out)}")
        return f"SupplierCosts({'; '.join(facts)})"

    def _unknown_parts(self) -> list[str]:
        return [name for name, part in self.parts.compared.items() if np.isnan(part).any()]

    @property
    def supplier(self) -> LabelArray:
        """Who offers."""
        return self.offers.supplier

    @property
    def total(self) -> FloatArray:
        """Cost per year, all parts together; NaN where one of them is unknown."""
        total: FloatArray = np.sum(list(self.parts.compared.values()), axis=0)
        return total

    @property
    def per_unit(self) -> FloatArray:
        """Cost per unit, all parts together; NaN where one of them is unknown."""
        return self.total / self.demand.per_year

    @property
    def rank(self) -> IntArray:
        """1 for the cheapest; equal costs share a rank; -1 where the cost is unknown."""
        total = self.total
        known = ~np.isnan(total)
        cheaper = np.searchsorted(np.sort(total[known]), total)
        return np.where(known, cheaper + 1, -1)

    def frontier(
        self, measure: ReliabilityMeasure = "lower_bound", *, level: float = 0.95
    ) -> SupplierFrontier:
        """Return the efficient frontier of cost against reliability.

        An offer is on it if no other is cheaper and as reliable, or as cheap and more reliable.
        Offers equal in both are all on it; those of which either is unknown are not compared.

        Args:
            measure: what reliability is, as for `risk.reliability`.
            level: that of the interval.

        Raises:
            InvalidArgumentError: offers without delivery history, no such measure, or a level not
                between 0 and 1.

        Time grows as that of sorting the offers.

        Examples:
            >>> from crmkit.profitability import (
            ...     CostRates, DeliveryHistory, Demand, SupplierOffers, supplier_cost
            ... )
            >>> history = DeliveryHistory(
            ...     supplier=["a", "b"], deliveries=[50, 90], late=[9, 2], days_late=[12, 3]
            ... )
            >>> offers = SupplierOffers(supplier=["a", "b"], price=[9.5, 9.9], deliveries=history)
            >>> rates = CostRates(order_cost=80, capital_rate=0.2)
            >>> costs = supplier_cost(offers, Demand(per_year=7300), rates)
            >>> costs.frontier().to_frame().round(3)
              supplier      total  reliability
            0        a  70839.698        0.692
            1        b  73790.737        0.923
        """
        if self.offers.deliveries is None:
            raise InvalidArgumentError(
                "a frontier needs to know how reliable suppliers are:"
                " SupplierOffers(..., deliveries=DeliveryHistory.from_dates(...))."
            )
        total, reliability = self.total, self.risk.reliability(measure, level=level)
        known = np.flatnonzero(~np.isnan(total + reliability))
        rows = known[efficient(total[known], reliability[known])]
        return SupplierFrontier(
            supplier=self.supplier[rows],
            rows=rows,
            total=total[rows],
            reliability=reliability[rows],
            measure=measure,
            unknown=len(self) - len(known),
            frame_kind=self.frame_kind,
        )

    def order(self) -> NDArray[np.intp]:
        """Return the numbers of the offers as a frame lists them: by cost, the unknown last.

        Examples:
            >>> from crmkit.profitability import CostRates, Demand, SupplierOffers, supplier_cost
            >>> offers = SupplierOffers(supplier=["acme", "bolt"], price=[9.5, 9.3])
            >>> rates = CostRates(order_cost=80, capital_rate=0.2)
            >>> supplier_cost(offers, Demand(per_year=7300), rates).order()
            array([1, 0])
        """
        return np.argsort(self.total, kind="stable")

    def _columns(self) -> dict[str, NDArray[Any]]:
        low, high = self.risk.on_time_interval()
        columns: dict[str, NDArray[Any]] = {
            "supplier": self.supplier,
            "rank": self.rank,
            "total": self.total,
            "per_unit": self.per_unit,
            "quantity": self.quantity,
            **({} if self.safety_units is None else {"safety_units": self.safety_units}),
            **self.parts.compared,
            "deliveries": self.risk.deliveries,
            "on_time": self.risk.on_time,
            "on_time_low": low,
            "on_time_high": high,
            "late_probability": self.risk.late_probability,
            "lead_time_cv": self.risk.lead_time_cv,
        }
        order = self.order()
        return {name: values[order] for name, values in columns.items()}
