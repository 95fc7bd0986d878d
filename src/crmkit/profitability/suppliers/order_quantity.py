"""How much to order at a time: economic order quantities and quantity discounts."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability.suppliers.ranges import POSITIVE, SAME, bounded, figures
from crmkit.typing import FloatArray, IntArray


@attrs.frozen(kw_only=True)
class OrderQuantity:
    """How much to order at a time, and what ordering and holding then cost.

    Attributes:
        quantity: units per order.
        cost_without_price: cost per year of orders, stock and backorders; not of the goods.
        backordered: the share of each order that is owed to customers when it arrives.

    Examples:
        >>> from crmkit.profitability import economic_order_quantity
        >>> found = economic_order_quantity(1300, 8, 0.225, backorder_cost=0.9)
        >>> found.quantity.round(1), found.cost_without_price.round(2), found.backordered
        (np.float64(339.9), np.float64(61.19), array(0.2))
    """

    quantity: FloatArray = array(dtype=np.float64)
    cost_without_price: FloatArray = array(dtype=np.float64)
    backordered: FloatArray = array(dtype=np.float64)

    def cost_at(self, quantity: ArrayLike) -> FloatArray:
        """Return the cost per year, without the price, of ordering *quantity* at a time instead.

        Raises:
            InvalidArgumentError: a quantity that is not above 0.

        Examples:
            >>> from crmkit.profitability import economic_order_quantity
            >>> economic_order_quantity(1300, 8, 0.225).cost_at([250, 300, 350]).round(2)
            array([69.73, 68.42, 69.09])
        """
        return np.asarray(self.cost_without_price * cost_ratio(quantity, self.quantity))


def economic_order_quantity(
    demand: ArrayLike,
    order_cost: ArrayLike,
    holding_cost: ArrayLike,
    *,
    production: ArrayLike | None = None,
    backorder_cost: ArrayLike | None = None,
) -> OrderQuantity:
    """Return the order quantity at which ordering and holding together cost least.

    With K the cost of an order, D the demand and h the cost to hold a unit for a year, it is
    sqrt(2 K D / h), at a cost of sqrt(2 K D h) per year. Goods that come in at a rate P while they
    are sold fill the stock more slowly: h * (1 - D / P) stands for h. Where a shortage costs b per
    unit and year, it is best to let the share h / (h + b) of each order wait for it, and
    h * b / (h + b) stands for h. Both may hold.

    Args:
        demand: units per year, D.
        order_cost: of one order, whatever its size, K.
        holding_cost: per unit and year, h.
        production: units per year at which an order comes in, above the demand; at once if None.
        backorder_cost: per unit owed and year, b; no shortages if None.

    Returns:
        Quantities and costs; arguments broadcast.

    Raises:
        InvalidArgumentError: an argument that is not above 0, or production not above demand.

    Source: Harris (1913) for the quantity, Taft (1918) for the production rate; Snyder and Shen,
    Fundamentals of Supply Chain Theory, ch. 3.

    Examples:
        >>> from crmkit.profitability import economic_order_quantity
        >>> found = economic_order_quantity(1300, 8, 0.225)
        >>> found.quantity.round(2), found.cost_without_price.round(2)
        (np.float64(304.05), np.float64(68.41))
    """
    sold = bounded(demand, "demand", POSITIVE)
    per_order = bounded(order_cost, "order_cost", POSITIVE)
    held = bounded(holding_cost, "holding_cost", POSITIVE)
    met = _share_met(held, backorder_cost)
    effective = held * met * _share_stocked(sold, production)
    cost = np.sqrt(2 * per_order * sold * effective)
    quantity, owed = np.broadcast_arrays(np.sqrt(2 * per_order * sold / effective), 1 - met)
    return OrderQuantity(quantity=quantity[()], cost_without_price=cost[()], backordered=owed[()])


def _share_met(held: FloatArray, backorder_cost: ArrayLike | None) -> FloatArray:
    if backorder_cost is None:
        return np.ones_like(held)
    owed = bounded(backorder_cost, "backorder_cost", POSITIVE)
    return np.asarray(owed / (held + owed))


def _share_stocked(sold: FloatArray, production: ArrayLike | None) -> FloatArray:
    if production is None:
        return np.ones_like(sold)
    made = bounded(production, "production", POSITIVE)
    if (made <= sold).any():
        raise InvalidArgumentError(
            f"production must exceed the demand, else stock never builds up; got {production!r} for"
            f" a demand of {sold.max():g}. Leave it out where an order comes in at once."
        )
    return np.asarray(1 - sold / made)


def cost_ratio(quantity: ArrayLike, optimum: ArrayLike) -> FloatArray:
    """Return how many times the least cost it costs to order another quantity than the best one.

    (Q / Q* + Q* / Q) / 2 for each of the quantities that `economic_order_quantity` finds; what the
    goods themselves cost is not in it. Twice as much, or half, costs a quarter more.

    Args:
        quantity: units per order, Q.
        optimum: the best quantity, Q*.

    Raises:
        InvalidArgumentError: a quantity that is not above 0.

    Source: Snyder and Shen, Fundamentals of Supply Chain Theory, ch. 3.

    Examples:
        >>> from crmkit.profitability import cost_ratio
        >>> cost_ratio([50, 100, 200], 100)
        array([1.25, 1.  , 1.25])
    """
    ratio = bounded(quantity, "quantity", POSITIVE) / bounded(optimum, "optimum", POSITIVE)
    return np.asarray((ratio + 1 / ratio) / 2)


@attrs.frozen(kw_only=True)
class PriceBreaks:
    """Prices that fall with the quantity ordered: price j from *starts* j on.

    Attributes:
        starts: where each price begins, in units per order; the first at 0, each above the last.
        price: per unit, each below the last.

    Raises:
        InvalidDataError: starts or prices out of order or range; all problems are named.

    Examples:
        >>> from crmkit.profitability import PriceBreaks
        >>> PriceBreaks(starts=[0, 200, 500], price=[500, 475, 450])
        PriceBreaks(starts=array([  0., 200., 500.]), price=array([500., 475., 450.]))
    """

    starts: FloatArray = attrs.field(converter=figures, eq=SAME)
    price: FloatArray = attrs.field(converter=figures, eq=SAME)

    def __attrs_post_init__(self) -> None:
        """Check both columns together."""
        if self.starts.ndim != 1 or self.starts.shape != self.price.shape or not self.starts.size:
            raise InvalidDataError(
                "price breaks need one price per start, and one at least; got"
                f" {self.starts.size} starts and {self.price.size} prices."
            )
        if found := self._strange() or self._faults():
            raise InvalidDataError("the price breaks are no discount: " + "; ".join(found) + ".")

    def _strange(self) -> list[str]:
        columns = {"starts": self.starts, "prices": self.price}
        odd = {name: column for name, column in columns.items() if column.dtype.kind == "O"}
        return [f"{name} must be numbers; got {column.tolist()}" for name, column in odd.items()]

    def _faults(self) -> list[str]:
        starts, price = self.starts, self.price
        found = []
        if starts[0] != 0:
            found.append(f"the first price must start at 0, not at {starts[0]:g}")
        # Written so that NaN is a fault too.
        if (up := ~(np.diff(starts) > 0) | np.isinf(starts[1:])).any():
            at = int(np.argmax(up))
            found.append(f"starts must increase; {starts[at + 1]:g} follows {starts[at]:g}")
        if (down := ~(np.diff(price) < 0)).any():
            at = int(np.argmax(down))
            found.append(f"prices must fall; {price[at + 1]:g} follows {price[at]:g}")
        if (odd := ~((price > 0) & np.isfinite(price))).any():
            found.append(f"prices must be finite and > 0; got {price[int(np.argmax(odd))]:g}")
        return found

    def __len__(self) -> int:
        """How many prices."""
        return len(self.price)

    @property
    def extra_paid(self) -> FloatArray:
        """What the units below each start cost beyond that price, if discounts are incremental."""
        saved = -np.diff(self.price, prepend=self.price[:1]) * self.starts
        return np.cumsum(saved)

    def nearest(self, quantity: FloatArray) -> FloatArray:
        """Bring quantities, one per price in the last axis, into the range of their price.

        Examples:
            >>> import numpy as np
            >>> from crmkit.profitability import PriceBreaks
            >>> PriceBreaks(starts=[0, 200], price=[500, 475]).nearest(np.array([250.0, 100.0]))
            array([200., 200.])
        """
        return np.clip(quantity, self.starts, np.append(self.starts[1:], np.inf))


@attrs.frozen(kw_only=True)
class DiscountedQuantity:
    """How much to order at a time where the price depends on it.

    Attributes:
        quantity: units per order.
        region: which of the prices is reached, from 0.
        unit_price: paid per unit, on average over the order.
        cost_with_price: cost per year of goods, orders and stock.

    Examples:
        >>> from crmkit.profitability import PriceBreaks, all_units_discount
        >>> breaks = PriceBreaks(starts=[0, 200], price=[500, 475])
        >>> all_units_discount(1000, 200, 0.2, breaks).region
        array(1)
    """

    quantity: FloatArray = array(dtype=np.float64)
    region: IntArray = array(dtype=np.int64)
    unit_price: FloatArray = array(dtype=np.float64)
    cost_with_price: FloatArray = array(dtype=np.float64)

    @classmethod
    def _least(cls, quantity: FloatArray, unit_price: FloatArray, cost: FloatArray) -> Self:
        """Take, along the last axis, the price at which the year costs least."""
        best = np.argmin(cost, axis=-1)
        at = best[..., np.newaxis]
        found = (np.take_along_axis(c, at, axis=-1)[..., 0] for c in (quantity, unit_price, cost))
        units, price, least = found
        return cls(quantity=units, region=best, unit_price=price, cost_with_price=least)


def all_units_discount(
    demand: ArrayLike, order_cost: ArrayLike, holding_rate: ArrayLike, breaks: PriceBreaks
) -> DiscountedQuantity:
    """Return the best order quantity where one price holds for all units of an order.

    At each price c the candidate is sqrt(2 K D / (i c)), or the start of the price if that lies
    higher; the least of D c + K D / Q + i c Q / 2 wins, and among equal ones the smallest order.

    Args:
        demand: units per year, D.
        order_cost: of one order, K.
        holding_rate: cost to hold goods for a year, as a share of their price, i.
        breaks: the prices.

    Returns:
        Quantities and costs; arguments broadcast.

    Raises:
        InvalidArgumentError: an argument that is not above 0.

    Source: Snyder and Shen, Fundamentals of Supply Chain Theory, ch. 3. Time and memory grow with
    prices times cases.

    Examples:
        >>> from crmkit.profitability import PriceBreaks, all_units_discount
        >>> breaks = PriceBreaks(starts=[0, 200, 500], price=[500, 475, 450])
        >>> found = all_units_discount(1000, 200, 0.2, breaks)
        >>> found.quantity, found.region, found.cost_with_price
        (array(500.), array(2), array(472900.))
    """
    sold, per_order, rate = _discount_arguments(demand, order_cost, holding_rate, breaks)
    held = rate * breaks.price
    # The end of a range is sold at the next price already, which costs less: it never wins here.
    quantity = breaks.nearest(np.sqrt(2 * per_order * sold / held))
    cost = sold * breaks.price + per_order * sold / quantity + held * quantity / 2
    return DiscountedQuantity._least(quantity, np.broadcast_to(breaks.price, cost.shape), cost)


def incremental_discount(
    demand: ArrayLike, order_cost: ArrayLike, holding_rate: ArrayLike, breaks: PriceBreaks
) -> DiscountedQuantity:
    """Return the best order quantity where each price holds for the units beyond its start.

    An order that reaches price c pays a_j = sum over k <= j of (c_(k-1) - c_k) b_k more than its
    units at that price; a_j acts as a cost of the order. The candidate is
    sqrt(2 (K + a_j) D / (i c)) within the range of the price; the least of
    D c + i a_j / 2 + (K + a_j) D / Q + i c Q / 2 wins.

    Args:
        demand: units per year, D.
        order_cost: of one order, K.
        holding_rate: cost to hold goods for a year, as a share of what they cost, i.
        breaks: the prices.

    Returns:
        Quantities and costs; arguments broadcast.

    Raises:
        InvalidArgumentError: an argument that is not above 0.

    Source: Snyder and Shen, Fundamentals of Supply Chain Theory, ch. 3. Time and memory grow with
    prices times cases.

    Examples:
        >>> from crmkit.profitability import PriceBreaks, incremental_discount
        >>> breaks = PriceBreaks(starts=[0, 200, 500], price=[500, 475, 450])
        >>> found = incremental_discount(1000, 200, 0.2, breaks)
        >>> found.quantity.round(1), found.cost_with_price.round(2)
        (np.float64(63.2), np.float64(506324.56))
    """
    sold, per_order, rate = _discount_arguments(demand, order_cost, holding_rate, breaks)
    extra, held = breaks.extra_paid, rate * breaks.price
    # Prices meet at their ends, where the cost has a kink upwards: a minimum is never there.
    quantity = breaks.nearest(np.sqrt(2 * (per_order + extra) * sold / held))
    price = breaks.price + extra / quantity
    cost = sold * price + per_order * sold / quantity + rate * price * quantity / 2
    return DiscountedQuantity._least(quantity, price, cost)


def _discount_arguments(
    demand: ArrayLike, order_cost: ArrayLike, holding_rate: ArrayLike, breaks: PriceBreaks
) -> tuple[FloatArray, FloatArray, FloatArray]:
    check.instance(breaks, PriceBreaks, "breaks", "Say PriceBreaks(starts=[0, ...], price=[...]).")
    sold = bounded(demand, "demand", POSITIVE)
    per_order = bounded(order_cost, "order_cost", POSITIVE)
    rate = bounded(holding_rate, "holding_rate", POSITIVE)
    return sold[..., np.newaxis], per_order[..., np.newaxis], rate[..., np.newaxis]
