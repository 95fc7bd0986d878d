"""Which supplier is cheapest when all is counted?"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._kernels.intervals import ratio, shrunk
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.suppliers.costs import SupplierCostParts, SupplierCosts, SupplierRisk
from crmkit.profitability.suppliers.delivery_history import DeliveryHistory
from crmkit.profitability.suppliers.offers import CostRates, Demand, StockPolicy, SupplierOffers
from crmkit.profitability.suppliers.order_quantity import economic_order_quantity
from crmkit.profitability.suppliers.payment_terms import payment_terms_value
from crmkit.profitability.suppliers.ranges import NOT_NEGATIVE, bounded
from crmkit.profitability.suppliers.safety_stock import safety_stock
from crmkit.typing import FloatArray, UnknownHistory

_STEADY = StockPolicy()
_NO_HISTORY = DeliveryHistory(supplier=[], deliveries=[], late=[], days_late=[])
S = TypeVar("S", bound=np.generic)


def supplier_cost(
    offers: SupplierOffers,
    demand: Demand,
    rates: CostRates,
    *,
    policy: StockPolicy = _STEADY,
    unknown: UnknownHistory = "leave_out",
    prior_weight: float = 5.0,
) -> SupplierCosts:
    """Rank offers by what they cost in all, and show the risk apart from it.

    With D the demand of a year, c price and landed charges, Q the order quantity, h = (capital +
    storage rate) * c the cost to hold a unit for a year, and SS the safety stock:

        D c + K D / Q + h (Q / 2 + SS) + h D transit + late + defects + terms

    Late: D / Q orders at the days late to expect of one and the cost of a day. Defects: D * rate *
    (c + handling - salvage). Terms: what the price is less worth because it is paid later, or the
    discount if that is worth more. Parts about which neither offers nor rates say anything are in
    no total; `parts.left_out` names them.

    Shares late and defective are drawn towards those of all suppliers as if each had *prior_weight*
    more deliveries (or inspected units) like theirs. The order quantity weighs order cost and
    holding only, and every unit is replaced, not ordered anew, where it is defective.

    Args:
        offers: what is offered.
        demand: what is needed.
        rates: what the buyer's own time, money and trouble cost.
        policy: how much is ordered at a time and kept in reserve; without one, the economic order
            quantity and no safety stock.
        unknown: "leave_out" gives no rank to offers whose history is not known; "pool" takes
            the deliveries, lead times and defects of all suppliers together in its place.
        prior_weight: deliveries or inspected units that the pool counts for, >= 0.

    Returns:
        Expected costs per year as floats, in the unit of the prices, one entry per offer. Time and
        memory grow with the offers.

    Raises:
        InvalidArgumentError: an option outside its domain, or offers that lack what the rates or
            the policy ask for.

    Source: Degraeve and Roodhooft (1999) for total cost of ownership; Silver, Pyke and Thomas,
    Inventory and Production Management in Supply Chains, for stocks.

    Examples:
        >>> from crmkit.profitability import (
        ...     CostRates, DeliveryHistory, Demand, StockPolicy, SupplierOffers, supplier_cost
        ... )
        >>> history = DeliveryHistory(
        ...     supplier=["acme", "bolt"], deliveries=[40, 60], late=[12, 2], days_late=[9, 2],
        ...     lead_time=[45, 9], lead_time_sd=[10, 2],
        ... )
        >>> offers = SupplierOffers(
        ...     supplier=["acme", "bolt"], price=[9.5, 9.9], payment_days=[0, 60],
        ...     defect_rate=[0.02, 0.005], deliveries=history,
        ... )
        >>> rates = CostRates(order_cost=80, capital_rate=0.08, late_per_day=100)
        >>> costs = supplier_cost(
        ...     offers, Demand(per_year=7300, sd=6), rates, policy=StockPolicy(service_level=0.95)
        ... )
        >>> costs
        SupplierCosts(2 offers; cheapest 'bolt' at 9.977 per unit; without landed, pipeline)
        >>> costs.to_frame()[["supplier", "rank", "per_unit", "late", "defects", "terms"]].round(2)
          supplier  rank  per_unit     late  defects   terms
        0     bolt     1      9.98    88.78   361.35 -908.54
        1     acme     2     10.06  1486.53  1387.00    0.00
    """
    _prove(offers, demand, rates, policy)
    check.choice(unknown, UnknownHistory, "unknown")
    weight = float(bounded(prior_weight, "prior_weight", NOT_NEGATIVE))
    facts = _known(offers, _Belief(unknown == "pool", weight))
    case = _Case(offers, demand, rates, facts, policy)
    quantity = case.quantity()
    reserve = case.reserve(quantity)
    return SupplierCosts(
        offers=offers,
        demand=demand,
        quantity=quantity,
        safety_units=reserve,
        parts=case.parts(quantity, reserve),
        risk=facts.risk,
        unknown=unknown,
        frame_kind=offers.frame_kind,
    )


def _prove(offers: SupplierOffers, demand: Demand, rates: CostRates, policy: StockPolicy) -> None:
    check.instance(offers, SupplierOffers, "offers", "Say SupplierOffers(supplier=[...], ...).")
    check.instance(demand, Demand, "demand", "Say Demand(per_year=...).")
    check.instance(rates, CostRates, "rates", "Say CostRates(order_cost=..., capital_rate=...).")
    check.instance(policy, StockPolicy, "policy", "Leave it out, or say StockPolicy(...).")
    missing = []
    if policy.has_target and _lead_time_of(offers) is None:
        missing.append(
            "a safety stock needs lead times: SupplierOffers(..., lead_time=..., lead_time_sd=...),"
            " or deliveries with ordered days"
        )
    if rates.late_per_day is not None and offers.deliveries is None:
        missing.append("late_per_day needs SupplierOffers(..., deliveries=DeliveryHistory(...))")
    if missing:
        raise InvalidArgumentError("the offers say too little: " + "; ".join(missing) + ".")


# --- what is known of each offer -----------------------------------------------------------------


class _Belief(NamedTuple):
    """How history is read: does the pool stand for the unknown, and how much does it weigh?"""

    pools: bool
    weight: float

    def filled(self, values: FloatArray, pooled: FloatArray | float) -> FloatArray:
        """Put the pool's figure where there is none, if that is wanted."""
        return np.where(np.isnan(values), pooled, values) if self.pools else values


@attrs.frozen
class _Facts:
    """What history says of each offer; NaN where it says nothing."""

    risk: SupplierRisk
    days_owed: FloatArray
    lead_time: FloatArray
    lead_time_sd: FloatArray
    defect_rate: FloatArray | None


def _known(offers: SupplierOffers, belief: _Belief) -> _Facts:
    history = _NO_HISTORY if offers.deliveries is None else offers.deliveries
    rows, pool, k = history.rows_of(offers.supplier), history.pool(), belief.weight
    probability, days_owed = (
        belief.filled(_at(rows, own, np.nan), pooled)
        for own, pooled in (
            (history.late_probability(prior_weight=k), pool.late_probability()),
            (history.expected_days_late(prior_weight=k), pool.expected_days_late()),
        )
    )
    lead_time, sd = _lead_time_of(offers) or _unknown_lead_time(offers)
    risk = SupplierRisk(
        deliveries=_at(rows, history.deliveries, 0),
        late=_at(rows, history.late, 0),
        late_probability=probability,
        days_late=ratio(days_owed, probability),
        lead_time=lead_time,
        lead_time_cv=ratio(sd, lead_time),
    )
    if pool.lead_time is not None and pool.lead_time_sd is not None:
        lead_time = belief.filled(lead_time, pool.lead_time)
        sd = belief.filled(sd, pool.lead_time_sd)
    return _Facts(risk, days_owed, lead_time, sd, _defect_rate(offers, belief))


def _at(rows: NDArray[np.intp], column: NDArray[S], missing: float) -> NDArray[S]:
    """Return the column's value for each row number; *missing* for -1."""
    return np.append(column, np.array(missing, dtype=column.dtype))[rows]


def _lead_time_of(offers: SupplierOffers) -> tuple[FloatArray, FloatArray] | None:
    if offers.lead_time is not None and offers.lead_time_sd is not None:
        return offers.lead_time, offers.lead_time_sd
    history = offers.deliveries
    if history is None or history.lead_time is None or history.lead_time_sd is None:
        return None
    rows = history.rows_of(offers.supplier)
    return _at(rows, history.lead_time, np.nan), _at(rows, history.lead_time_sd, np.nan)


def _unknown_lead_time(offers: SupplierOffers) -> tuple[FloatArray, FloatArray]:
    unknown = np.full(len(offers), np.nan)
    return unknown, unknown


def _defect_rate(offers: SupplierOffers, belief: _Belief) -> FloatArray | None:
    if offers.defective is not None and offers.inspected is not None:
        pooled = ratio(offers.defective.sum(), offers.inspected.sum())
        return belief.filled(shrunk(offers.defective, offers.inspected, belief.weight), pooled)
    if offers.defect_rate is None:
        return None
    known = offers.defect_rate[~np.isnan(offers.defect_rate)]
    return belief.filled(offers.defect_rate, ratio(known.sum(), len(known)))


# --- what it costs -------------------------------------------------------------------------------


@attrs.frozen
class _Case:
    """All that a cost is made of."""

    offers: SupplierOffers
    demand: Demand
    rates: CostRates
    facts: _Facts
    policy: StockPolicy

    @property
    def holding(self) -> FloatArray:
        """Cost to hold a unit for a year."""
        return self.rates.holding_rate * self.offers.unit_cost

    def quantity(self) -> FloatArray:
        """Units per order."""
        least = self.offers.minimum_quantity
        wanted = self._wanted()
        return wanted if least is None else np.maximum(wanted, least)

    def _wanted(self) -> FloatArray:
        if self.policy.quantity is not None:
            return np.full(len(self.offers), self.policy.quantity)
        if self.policy.review_days > 0:
            return np.full(len(self.offers), self.demand.daily * self.policy.review_days)
        if self.rates.holding_rate == 0:
            raise InvalidArgumentError(
                "without a cost to hold goods there is no economic order quantity; say"
                " CostRates(capital_rate=...) above 0, or StockPolicy(quantity=...)."
            )
        yearly, per_order = self.demand.per_year, self.rates.order_cost
        return economic_order_quantity(yearly, per_order, self.holding).quantity

    def reserve(self, quantity: FloatArray) -> FloatArray | None:
        """Units of safety stock, if there is a target."""
        if not self.policy.has_target:
            return None
        return safety_stock(
            (self.demand.daily, self.demand.daily_sd),
            (self.facts.lead_time, self.facts.lead_time_sd),
            service_level=self.policy.service_level,
            fill_rate=self.policy.fill_rate,
            quantity=quantity,
            review=self.policy.review_days,
        )

    def parts(self, quantity: FloatArray, reserve: FloatArray | None) -> SupplierCostParts:
        """Return the cost of a year, part by part."""
        offers, yearly = self.offers, self.demand.per_year
        orders, transit = yearly / quantity, offers.transit_days
        return SupplierCostParts(
            purchase=yearly * offers.price,
            landed=None if offers.landed is None else yearly * offers.landed,
            ordering=self.rates.order_cost * orders,
            cycle_stock=self.holding * quantity / 2,
            safety_stock=None if reserve is None else self.holding * reserve,
            pipeline=None if transit is None else self.holding * yearly * transit / 365,
            late=self._late(orders),
            defects=self._defects(),
            terms=self._terms(),
        )

    def _late(self, orders: FloatArray) -> FloatArray | None:
        a_day = self.rates.late_per_day
        return None if a_day is None else orders * self.facts.days_owed * a_day

    def _defects(self) -> FloatArray | None:
        if self.facts.defect_rate is None:
            return None
        lost = self.offers.unit_cost + self.rates.handling_per_defect - self.rates.salvage
        if (lost < 0).any():
            first = self.offers.supplier[int(np.argmax(lost < 0))]
            raise InvalidArgumentError(
                f"a defective unit would earn money: salvage={self.rates.salvage:g} is more than"
                f" the unit cost and handling of the offer of {first!r}. Salvage is per unit."
            )
        return self.demand.per_year * self.facts.defect_rate * lost

    def _terms(self) -> FloatArray | None:
        """Return what the goods are worth less for being paid as is best; less is better."""
        offers = self.offers
        if offers.payment_days is None:
            return None
        saved = self._saved(offers.price, offers.payment_days)
        if offers.discount is not None and offers.discount_days is not None:
            granted = offers.price * offers.discount
            early = granted + self._saved(offers.price - granted, offers.discount_days)
            saved = np.where(offers.discount > 0, np.maximum(saved, early), saved)
        # Less 0 rather than minus 0, which would be shown as "-0".
        return 0 - self.demand.per_year * saved

    def _saved(self, price: FloatArray, days: FloatArray) -> FloatArray:
        rate, known = self.rates.capital_rate, np.nan_to_num(days)
        saved = payment_terms_value(price, known, rate, method=self.rates.discounting)
        return np.where(np.isnan(days), np.nan, saved)
