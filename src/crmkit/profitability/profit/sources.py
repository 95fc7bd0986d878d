"""Sources of cost: small declarations of what a step costs, and what it goes by.

Each source says what a return does to it. Costs that go by value (a percentage, a purchase price)
are given back by a return; costs of events (a delivery, a picked unit) stay spent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import minor_units, rationals
from crmkit.profitability.profit.till import QUESTION, Posted, Till, Unallocated
from crmkit.typing import IntArray, IntoMoney, IntoRate, ReturnRule


class CostSource(Protocol):
    """Anything that can say what each line costs."""

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units; positive is a cost."""
        ...


IntoCost: TypeAlias = "str | LineValues | CostSource"
"""A column of the till ("cost"), a figure per line, or a source."""


def valid_rate(value: Any) -> Any:
    """Prove that a rate is one number that is not negative."""
    tops, _ = rationals(value)
    if len(tops) != 1 or tops[0] < 0:
        raise InvalidArgumentError(f"a rate must be one number >= 0; got {value!r}.")
    return value


def frozen(tariff: Any) -> Any:
    """Freeze a mapping; anything else stays as it is."""
    return FrozenMapping(tariff) if isinstance(tariff, Mapping) else tariff


def return_rule(value: ReturnRule) -> ReturnRule:
    """Prove that *value* is a rule of returns."""
    return check.choice(value, ReturnRule, "returns")


@attrs.frozen
class PercentOfSales:
    """A share of net sales: a marketplace fee, a royalty, shelf cost by turnover.

    Attributes:
        rate: the share, exact; 0.015 is 1.5 %.
        returns: what a return does to it.

    Raises:
        InvalidArgumentError: a negative rate, or an unknown word.

    Example:
        >>> from crmkit.profitability import PercentOfSales
        >>> PercentOfSales(0.015)
        PercentOfSales(rate=0.015, returns='reverse')
    """

    rate: IntoRate = attrs.field(converter=valid_rate)
    returns: ReturnRule = attrs.field(default="reverse", converter=return_rule, kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Example:
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

    Attributes:
        rate: the share of the cost column, exact.
        returns: what a return does to it.

    Raises:
        InvalidArgumentError: a negative rate, or an unknown word.

    Example:
        >>> from crmkit.profitability import PercentOfCost
        >>> PercentOfCost("0.02").rate
        '0.02'
    """

    rate: IntoRate = attrs.field(converter=valid_rate)
    returns: ReturnRule = attrs.field(default="reverse", converter=return_rule, kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units; see `PercentOfSales.post`.

        Example:
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

    Attributes:
        amount: for one unit, in major units, as fine as you like: "0.0125".
        per: the line's figure it goes by instead of the quantity, e.g. kilograms.
        returns: what a return does to it; it costs nothing and gives nothing back by default.

    Raises:
        InvalidArgumentError: a negative amount, or an unknown word.

    Example:
        >>> from crmkit.profitability import PerUnit
        >>> PerUnit("0.12").returns
        'keep'
    """

    amount: IntoRate = attrs.field(converter=valid_rate)
    per: LineValues | None = attrs.field(default=None, kw_only=True)
    returns: ReturnRule = attrs.field(default="keep", converter=return_rule, kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerUnit, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[10, 5], quantity=[3, 1]
            ... )
            >>> contribution(tx, CostModel(transport=PerUnit("0.125"))).minor("transport")
            array([-38, -12])
        """
        base = till.pieces if self.per is None else till.counted_only(self.per.on(till.tx))
        return Posted(lines=till.rated(base, self.amount, self.returns))


@attrs.frozen
class PerBasket:
    """An amount for each basket, by channel or any other attribute: packing, delivery, a till slip.

    It reaches the lines of the basket by what was paid for them; evenly if all were free.

    Attributes:
        tariff: one amount for all, or an amount for each value of *attribute*.
        attribute: what the tariff is by, e.g. "channel".
        returns: whether baskets of returns only are charged too; "keep" leaves them out.

    Raises:
        InvalidArgumentError: a tariff by attribute without one, or a negative amount.

    Example:
        >>> from crmkit.profitability import PerBasket
        >>> PerBasket({"web": "3.50", "store": "0.80"}, attribute="channel").attribute
        'channel'
    """

    tariff: IntoMoney | Mapping[Any, IntoMoney] = attrs.field(converter=frozen)
    attribute: str | None = None
    returns: ReturnRule = attrs.field(default="keep", converter=return_rule, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that tariff and attribute go together."""
        if isinstance(self.tariff, Mapping) == (self.attribute is None):
            raise InvalidArgumentError(
                "a tariff by channel needs the attribute it is by, and one amount for all baskets"
                " needs none: PerBasket({'web': '3.50'}, attribute='channel') or PerBasket('0.80')."
            )
        if self.returns == "reverse":
            raise InvalidArgumentError(
                "a basket that was served stays served: returns must be 'keep' or 'charge'."
            )

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidDataError: a value of the attribute without a tariff, or a basket with two.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerBasket, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1], time=["2026-01-03"] * 2, amount=[10, 5], basket=[7, 7]
            ... )
            >>> contribution(tx, CostModel(channel=PerBasket("0.80"))).minor("channel")
            array([-53, -27])
        """
        ids = till.visits
        served = till.events > 0
        if self.returns == "keep":
            served &= ~till.tx.is_return
        there = np.bincount(ids.codes[served], minlength=len(ids.labels)) > 0
        amounts = np.where(there, self._amounts(till, ids), 0)
        return Posted(lines=till.spread_over_ids(ids, amounts, till.sold))

    def _amounts(self, till: Till, ids: Codes) -> IntArray:
        if self.attribute is None:
            return np.full(len(ids.labels), _money(till, [self.tariff])[0])
        values = till.tx.ids(self.attribute, question=QUESTION)
        assert isinstance(self.tariff, Mapping)
        tariff = _by_label(till, self.tariff, values, self.attribute)
        return tariff[_one_each(till, ids, values, self.attribute)]


def _money(till: Till, amounts: list[Any]) -> IntArray:
    units = minor_units(np.array([str(a) for a in amounts]), till.digits, None, "tariff")
    if units.min(initial=0) < 0:
        raise InvalidDataError(f"tariff: an amount is negative ({min(amounts)}); costs are not.")
    return units


def _by_label(till: Till, tariff: Mapping[Any, IntoMoney], values: Codes, name: str) -> IntArray:
    """Return the amount of each value of an attribute; the last one is of no value."""
    places = pd.Index(list(tariff)).get_indexer(pd.Index(values.labels))
    lacking = (places < 0) & values.used
    if lacking.any():
        first = values.labels[lacking].tolist()[0]
        raise InvalidDataError(
            f"the tariff names no amount for {check.counted(np.count_nonzero(lacking), 'value')}"
            f" of {name}, the first of them {first!r}." + check.hint(first, map(str, tariff))
        )
    if values.missing.any():
        line = int(np.argmax(values.missing))
        raise InvalidDataError(
            f"{check.counted(np.count_nonzero(values.missing), 'line')} have no {name}, the first"
            f" of them line {line}; the tariff cannot say what they cost. Fill it, e.g. 'unknown'."
        )
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
            f"{check.counted(len(np.unique(ids.codes[odd])), 'basket')} have lines of more than"
            f" one {name}, the first of them {basket!r}. Split such baskets by {name}."
        )
    return found


@attrs.frozen
class PerCustomer:
    """An amount for each customer: a welcome offer, calls, mailings.

    It reaches the customer's lines by what was paid for them. Amounts of customers without a line
    are unallocated; guests carry nothing.

    Attributes:
        amounts: one amount for everybody who bought, or an amount by customer id.

    Example:
        >>> from crmkit.profitability import PerCustomer
        >>> PerCustomer({"ann": "4.00"}).amounts
        {'ann': '4.00'}
    """

    amounts: IntoMoney | Mapping[Any, IntoMoney] = attrs.field(converter=frozen)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Example:
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
            amounts = np.where(till.occurs(ids), _money(till, [self.amounts])[0], 0)
            return Posted(lines=till.spread_over_ids(ids, amounts, till.sold))
        return post_by_id(
            till, ids, (list(self.amounts), _money(till, list(self.amounts.values())))
        )


def post_by_id(
    till: Till, ids: Codes, given: tuple[list[Any], IntArray], weights: IntArray | None = None
) -> Posted:
    """Post an amount per id; what no line can carry is unallocated."""
    names, units = given
    places = pd.Index(ids.labels).get_indexer(pd.Index(names))
    known = (places >= 0) & (np.append(till.occurs(ids), False)[places])
    amounts = np.zeros(len(ids.labels), dtype=np.int64)
    np.add.at(amounts, places[known], units[known])
    lost = [
        Unallocated(str(names[k]), int(units[k])) for k in np.flatnonzero(~known & (units != 0))
    ]
    lines = till.spread_over_ids(ids, amounts, till.sold if weights is None else weights)
    return Posted(lines=lines, unallocated=tuple(lost))
