"""Who pays for data that retailer and suppliers share? Fees that leave everyone better off."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import factorial
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import allocate, to_minor
from crmkit.typing import BoolArray, IntArray, IntoMoney, SharingRule

_MOST_ENUMERATED: Final = 16
"""Suppliers whose coalitions are gone through one by one: 65,536 of them."""


@attrs.frozen(kw_only=True, repr=False)
class SupplierProgramme(Answer):
    """Who bears which part of a programme's cost; a row per party, the retailer first.

    Arrays are int64 minor units; the frame holds major units.

    Attributes:
        party: "retailer", then the suppliers.
        value: what the programme is worth to each.
        fee: what each bears of the cost. The retailer's is the cost less all fees of suppliers,
            below zero where these bring more than the programme costs.
        net: value less fee; nets add up to all values less the cost.
        rule: how fees were set.
        digits: digits of the currency.

    Examples:
        >>> from crmkit.profitability import supplier_programme
        >>> supplier_programme(600, 500, {"Acme": 300, "Brix": 100}).to_frame()
              party  value     fee     net
        0  retailer  500.0  333.33  166.67
        1      Acme  300.0  200.00  100.00
        2      Brix  100.0   66.67   33.33
    """

    party: NDArray[np.object_] = array()
    value: IntArray = array()
    fee: IntArray = array()
    rule: SharingRule
    digits: int = 2

    @property
    def net(self) -> IntArray:
        """Value less fee, minor units."""
        return self.value - self.fee

    @property
    def cost(self) -> int:
        """What the programme costs: all fees, minor units."""
        return int(self.fee.sum())

    def __len__(self) -> int:
        """How many parties, the retailer included."""
        return len(self.party)

    def __repr__(self) -> str:
        """How many suppliers, what they pay of the cost, and the rule."""
        scale = 10**self.digits
        paid = f"{self.fee[1:].sum() / scale:,.{self.digits}f}"
        return (
            f"SupplierProgramme({check.counted(len(self) - 1, 'supplier')} pay {paid} of"
            f" {self.cost / scale:,.{self.digits}f}, {self.rule})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        money = {"value": self.value, "fee": self.fee, "net": self.net}
        return {"party": self.party} | {n: units / 10**self.digits for n, units in money.items()}


def supplier_programme(
    cost: IntoMoney,
    retailer_value: IntoMoney,
    supplier_values: Mapping[str, IntoMoney],
    *,
    rule: SharingRule = "proportional",
    digits: int = 2,
) -> SupplierProgramme:
    """Share the cost of a programme whose data serve the retailer and its suppliers alike.

    Under every rule no one pays more than it is worth to them, no supplier is paid, and nets add
    up to the minor unit. Values are estimates: ask again with the low and the high ones. The rules
    take them as they are; a supplier for whom the data are worth less once a competitor has them
    is beyond these rules.

    Args:
        cost: of the programme, in major units.
        retailer_value: what it is worth to the retailer, who runs it, before the cost.
        supplier_values: what the data are worth to each supplier, by name.
        rule: "proportional" shares the cost in proportion to value. "equal_surplus" gives everyone
            the same net; a supplier for whom it is worth less than that pays nothing, and the
            others share anew. "shapley" pays everyone what they add on average, whoever comes
            first; nothing happens without the retailer. Each supplier then pays half of its value
            if the retailer would run the programme alone; if not, coalitions are gone through one
            by one, for up to 16 suppliers.
        digits: digits of the currency.

    Raises:
        InvalidDataError: amounts that are negative or no amounts, a programme that is worth no
            more than it costs; all problems are listed.
        InvalidArgumentError: an unknown rule, more suppliers than can be gone through.

    Source: L. S. Shapley, "A value for n-person games" (1953).

    Examples:
        >>> from crmkit.profitability import supplier_programme
        >>> supplier_programme(600, 700, {"Acme": 300, "Brix": 100}, rule="shapley")
        SupplierProgramme(2 suppliers pay 200.00 of 600.00, shapley)
    """
    check.choice(rule, SharingRule, "rule")
    check.instance(supplier_values, Mapping, "supplier_values", "Say {'Acme': 300, 'Brix': 100}.")
    amounts = {"cost": cost, "retailer_value": retailer_value}
    amounts |= {f"supplier_values[{name!r}]": value for name, value in supplier_values.items()}
    total, *values = _minor(amounts, digits)
    value = np.array(values, dtype=np.int64)
    if value.sum() <= total:
        raise InvalidDataError(
            f"the programme costs {total / 10**digits:,.{digits}f} and is worth"
            f" {value.sum() / 10**digits:,.{digits}f} to all together: there is no gain to share."
        )
    return SupplierProgramme(
        party=np.array(["retailer", *supplier_values], dtype=object),
        value=value,
        fee=_fees(total, value, rule),
        rule=rule,
        digits=digits,
    )


def _minor(amounts: Mapping[str, IntoMoney], digits: int) -> list[int]:
    """Read amounts, none of them negative; all that is wrong is told at once."""
    units, problems = [], []
    for name, amount in amounts.items():
        try:
            units.append(to_minor(amount, digits=digits))
        except InvalidDataError as odd:
            problems.append(f"{name}: {odd}")
        else:
            if units[-1] < 0:
                problems.append(f"{name} must not be negative; got {amount!r}.")
    if problems:
        raise InvalidDataError("\n".join(problems))
    if sum(units) >= 2**62:
        raise InvalidDataError("the amounts together do not fit 64 bits; say fewer digits.")
    return units


def _fees(cost: int, value: IntArray, rule: SharingRule) -> IntArray:
    if rule == "proportional":
        return allocate(cost, value)
    if rule == "equal_surplus":
        return _equal_surplus(cost, value)
    return value - _shapley_nets(cost, value)


def _equal_surplus(cost: int, value: IntArray) -> IntArray:
    """Give everyone the same net, but for suppliers that would have to be paid for it."""
    sharing = np.ones(len(value), dtype=np.bool_)
    while (poor := _below_equal_net(cost, value, sharing)).any():
        sharing &= ~poor
    fees = np.zeros(len(value), dtype=np.int64)
    surplus = int(value[sharing].sum()) - cost
    fees[sharing] = value[sharing] - allocate(surplus, np.ones(sharing.sum(), dtype=np.int64))
    return fees


def _below_equal_net(cost: int, value: IntArray, sharing: BoolArray) -> BoolArray:
    # Values are whole: one is below the exact net if, and only if, it is below the net rounded up.
    heads, surplus = int(sharing.sum()), int(value[sharing].sum()) - cost
    poor = sharing & (value < -(-surplus // heads))
    poor[0] = False
    return poor


def _shapley_nets(cost: int, value: IntArray) -> IntArray:
    own, theirs = int(value[0]), value[1:]
    if own >= cost:
        halves = np.append(2 * (own - cost) + theirs.sum(), theirs)
        return allocate(int(value.sum()) - cost, halves)
    if len(theirs) > _MOST_ENUMERATED:
        raise InvalidArgumentError(
            f"rule='shapley' with a retailer for whom it is worth less than the cost goes through"
            f" all coalitions of suppliers: at most {_MOST_ENUMERATED}; got {len(theirs)}. Join"
            " small suppliers, or say rule='proportional' or 'equal_surplus'."
        )
    exact = _enumerated(cost - own, theirs)
    return _rounded([int(value.sum()) - cost - sum(exact, Fraction(0)), *exact])


def _enumerated(gap: int, values: IntArray) -> list[Fraction]:
    """Return what each supplier adds on average; a coalition needs the retailer, and the gap."""
    n = len(values)
    members = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    sizes, worth = members.sum(axis=1), np.maximum(members @ values - gap, 0)
    weights = [Fraction(factorial(k) * factorial(n - k), factorial(n + 1)) for k in range(n + 1)]
    nets = []
    for j in range(n):
        joined = np.flatnonzero(members[:, j])
        added = worth[joined] - worth[joined - (1 << j)]
        # The size with j counts those before j: the retailer, and the suppliers but j.
        parts = [int(added[sizes[joined] == k].sum()) * weights[k] for k in range(1, n + 1)]
        nets.append(sum(parts, Fraction(0)))
    return nets


def _rounded(exact: list[Fraction]) -> IntArray:
    """Floor, then give the units left over to the largest fractions, the first on ties."""
    floors = [share.__floor__() for share in exact]
    order = sorted(range(len(exact)), key=lambda k: floors[k] - exact[k])
    for k in order[: int(sum(exact)) - sum(floors)]:
        floors[k] += 1
    return np.array(floors, dtype=np.int64)
