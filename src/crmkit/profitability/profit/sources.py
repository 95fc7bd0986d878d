"""Sources of cost: small declarations of what a step costs, and what it goes by.

Each source says what a return does to it. Costs that go by value (a percentage, a purchase price)
are given back by a return; costs of events (a delivery, a picked unit) stay spent. What is wrong
with a source is said when a model with it is used, together with all else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import minor_units
from crmkit.profitability.profit.rules import RETURNS, a_rate, a_share, frozen, kept, money
from crmkit.profitability.profit.till import QUESTION, Posted, Till, Unallocated, occurring
from crmkit.typing import BoolArray, IntArray, IntoMoney, IntoRate, ReturnRule


class CostSource(Protocol):
    """Anything that can say what each line costs."""

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units; positive is a cost."""
        ...


def _per_line(per: object) -> None:
    if per is not None:
        check.instance(per, LineValues, "per", "LineValues.of(tx, kg, name='kg').")


def _of_events(returns: object) -> None:
    check.choice(returns, ReturnRule, "returns")
    if returns == "reverse":
        raise InvalidArgumentError(
            "a basket that was served stays served: returns must be 'keep' or 'charge'."
        )


@attrs.frozen
class PercentOfSales:
    """A share of net sales: a marketplace fee, a royalty, shelf cost by turnover.

    Attributes:
        rate: the share, 0 .. 1, exact; 0.015 is 1.5 %.
        returns: what a return does to it.

    Examples:
        >>> from crmkit.profitability import PercentOfSales
        >>> PercentOfSales(0.015)
        PercentOfSales(rate=0.015, returns='reverse')
    """

    rate: IntoRate = attrs.field(metadata=kept(a_share))
    returns: ReturnRule = attrs.field(default="reverse", metadata=RETURNS, kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PercentOfSales, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=["10.00", "0.50"]
            ... )
            >>> contribution(tx, CostModel(payment=PercentOfSales("0.01"))).minor("payment")
            array([-10,  -1])
        """
        return Posted(lines=till.rated(Decimals(till.net, till.digits), self.rate, self.returns))


@attrs.frozen
class PercentOfCost:
    """A share of what the goods cost: a supplier's rebate, a settlement discount, shrink at cost.

    Cost is the cost column; where there is none, what the purchase step comes to.

    Attributes:
        rate: the share of the cost, 0 .. 1, exact.
        returns: what a return does to it.

    Examples:
        >>> from crmkit.profitability import PercentOfCost
        >>> PercentOfCost("0.02").rate
        '0.02'
    """

    rate: IntoRate = attrs.field(metadata=kept(a_share))
    returns: ReturnRule = attrs.field(default="reverse", metadata=RETURNS, kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units; see `PercentOfSales.post`.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PercentOfCost, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1], time=["2026-01-03"], amount=[10], cost=[8]
            ... )
            >>> model = CostModel(purchase="cost", supplier_funding=PercentOfCost("0.05"))
            >>> contribution(tx, model).minor("supplier_funding")
            array([40])
        """
        return Posted(lines=till.rated(till.cost, self.rate, self.returns))


@attrs.frozen
class PerUnit:
    """An amount for each unit sold: freight, picking, a deposit.

    Units of a return count as negative, whichever sign the till gives them.

    Attributes:
        amount: for one unit, in major units, as fine as you like: "0.0125".
        per: the line's figure it goes by instead of the quantity, e.g. kilograms.
        returns: what a return does to it; it costs nothing and gives nothing back by default.

    Examples:
        >>> from crmkit.profitability import PerUnit
        >>> PerUnit("0.12").returns
        'keep'
    """

    amount: IntoRate = attrs.field(metadata=kept(a_rate))
    per: LineValues | None = attrs.field(default=None, metadata=kept(_per_line), kw_only=True)
    returns: ReturnRule = attrs.field(default="keep", metadata=RETURNS, kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerUnit, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[10, 5], quantity=[3, 1]
            ... )
            >>> contribution(tx, CostModel(transport=PerUnit("0.125"))).minor("transport")
            array([-38, -12])
        """
        base = till.pieces
        if self.per is not None:
            base = till.signed(till.counted_only(self.per.on(till.tx), self.per.name))
        return Posted(lines=till.rated(base, self.amount, self.returns))


@attrs.frozen
class PerBasket:
    """An amount for each basket, by channel or any other attribute: packing, delivery, a till slip.

    It reaches the lines sold in the basket by what was paid for them; evenly if all were free.
    Basket numbers that several customers use are several baskets.

    Attributes:
        tariff: one amount for all, or an amount for each value of *attribute*.
        attribute: what the tariff is by, e.g. "channel".
        returns: "keep" costs baskets with a sale; "charge" costs baskets of returns only as well,
            evenly over their lines.

    Examples:
        >>> from crmkit.profitability import PerBasket
        >>> PerBasket({"web": "3.50", "store": "0.80"}, attribute="channel").attribute
        'channel'
    """

    tariff: IntoMoney | Mapping[Any, IntoMoney] = attrs.field(
        converter=frozen, metadata=kept(money)
    )
    attribute: str | None = None
    returns: ReturnRule = attrs.field(default="keep", metadata=kept(_of_events), kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidArgumentError: a tariff by attribute without one, or one amount with one.
            InvalidDataError: a value of the attribute without a tariff, lines without a value, or
                a basket with two.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerBasket, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1], time=["2026-01-03"] * 2, amount=[10, 5], basket=[7, 7]
            ... )
            >>> contribution(tx, CostModel(channel=PerBasket("0.80"))).minor("channel")
            array([-53, -27])
        """
        if isinstance(self.tariff, Mapping) == (self.attribute is None):
            raise InvalidArgumentError(
                "a tariff by channel needs the attribute it is by, and one amount for all baskets"
                " needs none: PerBasket({'web': '3.50'}, attribute='channel') or PerBasket('0.80')."
            )
        ids = till.visits
        served = till.sales if self.returns == "keep" else till.present
        amounts = np.where(occurring(ids, served), self._amounts(till, ids), 0)
        return Posted(lines=till.spread_over_ids(ids, amounts, till.sold, served))

    def _amounts(self, till: Till, ids: Codes) -> IntArray:
        if self.attribute is None:
            return np.full(len(ids.labels), _money(till, [self.tariff])[0])
        values = till.tx.ids(self.attribute, question=QUESTION)
        assert isinstance(self.tariff, Mapping)
        tariff = _by_label(till, self.tariff, values, self.attribute)
        return tariff[_one_each(till, ids, values, self.attribute)]


def _money(till: Till, amounts: list[Any]) -> IntArray:
    return minor_units(np.array([str(a) for a in amounts]), till.digits, None, "tariff")


def _by_label(till: Till, tariff: Mapping[Any, IntoMoney], values: Codes, name: str) -> IntArray:
    """Return the amount of each value of an attribute; the last one is of no value."""
    places = pd.Index(list(tariff)).get_indexer(pd.Index(values.labels))
    lacking = (places < 0) & values.used
    problems = []
    if lacking.any():
        first = values.labels[lacking].tolist()[0]
        problems.append(
            f"the tariff names no amount for {check.counted(np.count_nonzero(lacking), 'value')}"
            f" of {name}, the first of them {first!r}; it names"
            f" {', '.join(map(repr, tariff)) or 'none'}." + check.hint(first, tariff)
        )
    if values.missing.any():
        line = int(np.argmax(values.missing))
        problems.append(
            f"{check.counted(np.count_nonzero(values.missing), 'line')} without {name}, the first"
            f" of them line {line}; the tariff cannot say what they cost. Fill it, e.g. 'unknown'."
        )
    if problems:
        raise InvalidDataError("\n".join(problems))
    units: IntArray = np.append(_money(till, list(tariff.values())), 0)[places]
    return units


def _one_each(till: Till, ids: Codes, values: Codes, name: str) -> IntArray:
    """Return the value of each basket; a basket of two values is an error."""
    found = np.zeros(len(ids.labels), dtype=np.int64)
    found[ids.codes] = values.codes
    odd = np.flatnonzero(found[ids.codes] != values.codes)
    if len(odd):
        basket = till.tx.ids("basket", question=QUESTION)[odd[:1]].decode().tolist()[0]
        raise InvalidDataError(
            f"{check.counted(len(np.unique(ids.codes[odd])), 'basket')} with lines of more than"
            f" one {name}, the first of them {basket!r}. Split such baskets by {name}."
        )
    return found


@attrs.frozen
class PerCustomer:
    """An amount for each customer: a welcome offer, calls, mailings.

    It reaches the customer's lines by what was paid for them, evenly if nothing was. Amounts of
    customers without a line are unallocated; guests carry nothing.

    Attributes:
        amounts: one amount for everybody with a line, or an amount by customer id.

    Examples:
        >>> from crmkit.profitability import PerCustomer
        >>> PerCustomer({"ann": "4.00"}).amounts
        {'ann': '4.00'}
    """

    amounts: IntoMoney | Mapping[Any, IntoMoney] = attrs.field(
        converter=frozen, metadata=kept(money)
    )

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerCustomer, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann", "bob"], time=["2026-01-03"] * 2, amount=[10, 5]
            ... )
            >>> model = CostModel(retention=PerCustomer({"ann": "4.00", "eve": 1}))
            >>> earned = contribution(tx, model)
            >>> earned.minor("retention"), earned.unallocated.total
            (array([-400,    0]), -100)
        """
        ids = till.tx.customer
        if not isinstance(self.amounts, Mapping):
            there = occurring(ids, till.present)
            amounts = np.where(there, _money(till, [self.amounts])[0], 0)
            return Posted(lines=till.spread_over_ids(ids, amounts, till.sold, till.present))
        given = list(self.amounts), _money(till, list(self.amounts.values()))
        return post_by_id(till, ids, given, (till.sold, till.present))


def post_by_id(
    till: Till,
    ids: Codes,
    given: tuple[list[Any], IntArray],
    by: tuple[IntArray, BoolArray],
) -> Posted:
    """Post an amount per id by weights of its carriers; what no line carries is unallocated."""
    (names, units), (weights, carriers) = given, by
    places = pd.Index(ids.labels).get_indexer(pd.Index(names))
    known = (places >= 0) & (np.append(occurring(ids, carriers), False)[places])
    amounts = np.zeros(len(ids.labels), dtype=np.int64)
    np.add.at(amounts, places[known], units[known])
    lost = [
        Unallocated(str(names[k]), int(units[k])) for k in np.flatnonzero(~known & (units != 0))
    ]
    lines = till.spread_over_ids(ids, amounts, weights, carriers)
    return Posted(lines=lines, unallocated=tuple(lost))
