"""Two periods of till lines in codes that both share, ready to be counted."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._fields import same_array
from crmkit.data import Codes, Decimals, Transactions
from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.typing import BoolArray, CodeArray, DriverMethod, IntArray, LabelArray, ReturnsInTree

_LARGEST_SUM = 2.0**50
"""Below it, quotients of whole numbers that differ are floats that differ."""


@attrs.frozen(kw_only=True, eq=False)
class PeriodLines:
    """The lines of one period.

    Attributes:
        customer: code, -1 for guests.
        group: code of what the question is asked by; 0 without.
        visit: which basket of which customer, or which day.
        units: in units of 10**-digits; 1 a line where quantities are unknown.
        revenue: minor units.
        cost: minor units; 0 where revenue is explained.
        bought: lines that are sales of units.
        in_tree: lines that customers x visits x units x price speaks of.
        returned: returns kept apart; what is in neither has no units.
    """

    customer: CodeArray
    group: CodeArray
    visit: CodeArray
    units: IntArray
    revenue: IntArray
    cost: IntArray
    bought: BoolArray
    in_tree: BoolArray
    returned: BoolArray

    @property
    def guests(self) -> int:
        """How many lines have no customer."""
        return int(np.count_nonzero(self.customer < 0))

    @property
    def without_units(self) -> BoolArray:
        """Lines of money and no units: services, deposits."""
        money: BoolArray = (self.revenue != 0) | (self.cost != 0)
        return money & ~self.in_tree & ~self.returned


@attrs.frozen(kw_only=True, eq=False)
class PeriodPair:
    """Both periods, and what their codes and digits mean.

    Attributes:
        before: lines of the first period.
        after: lines of the second.
        customers: how many customers there are in either.
        groups: labels of the groups; lines of none have the code after the last.
        keyed: whether groups were asked for.
        costed: whether costs are known in both, so that margin is explained.
        has_baskets: whether visits are baskets; else they are purchase days.
        has_quantity: whether units are quantities; else they are lines.
        digits: of money.
        unit_digits: of quantities.
    """

    before: PeriodLines
    after: PeriodLines
    customers: int
    groups: LabelArray
    keyed: bool
    costed: bool
    has_baskets: bool
    has_quantity: bool
    digits: int
    unit_digits: int

    @property
    def periods(self) -> tuple[PeriodLines, PeriodLines]:
        """Both, the first first."""
        return self.before, self.after


# --- what is asked of the data -------------------------------------------------------------------


def read_pair(
    before: Transactions,
    after: Transactions,
    by: str | None,
    method: DriverMethod,
    returns: ReturnsInTree,
) -> PeriodPair:
    """Check both periods and bring them into common codes and digits."""
    way = "Transactions.from_frame(frame, Columns(...)) makes them."
    check.instance(before, Transactions, "before", way)
    check.instance(after, Transactions, "after", way)
    key = "product" if method == "bennet" and by is None else by
    _refuse_what_lacks(before, after, key)
    _refuse_what_cannot_match(before, after, key)
    costed, digits = _costed(before, after), _digits(before, after)
    customers, one, two = _matched(before.customer, after.customer)
    groups, group_one, group_two = _group_codes(before, after, key)
    sides = (before, one, group_one), (after, two, group_two)
    lines = [_lines(tx, customer, group, digits, costed, returns) for tx, customer, group in sides]
    return PeriodPair(
        before=lines[0],
        after=lines[1],
        customers=len(customers),
        groups=groups,
        keyed=key is not None,
        costed=costed,
        has_baskets=before.basket is not None,
        has_quantity=before.quantity is not None,
        digits=digits[0],
        unit_digits=digits[1],
    )


def _refuse_what_lacks(before: Transactions, after: Transactions, by: str | None) -> None:
    sides = {"before": before, "after": after}
    problems = [
        f"{side} lacks the amount of each line. Say Columns(amount=...)."
        for side, tx in sides.items()
        if tx.amount is None
    ]
    for role in ("basket", "quantity"):
        there = [side for side, tx in sides.items() if getattr(tx, role) is not None]
        if len(there) == 1:
            problems.append(
                f"only {there[0]} has a {role}, so the periods cannot be compared in it. Bring it"
                f" for both, or leave it out of both: attrs.evolve({there[0]}, {role}=None)."
            )
    unknown = _unknown_key(sides, by)
    if unknown and not problems and _nowhere(sides, by):
        raise InvalidArgumentError(unknown)
    if unknown:
        problems.append(unknown)
    if problems:
        raise MissingRoleError("drivers() cannot answer:\n" + _listed(problems))


def _listed(problems: list[str]) -> str:
    return "\n".join(f"  - {problem}" for problem in problems)


def _keys(tx: Transactions) -> list[str]:
    return [*tx.attributes, *(["product"] if tx.product is not None else [])]


def _nowhere(sides: dict[str, Transactions], by: str | None) -> bool:
    return by != "product" and not any(by in _keys(tx) for tx in sides.values())


def _unknown_key(sides: dict[str, Transactions], by: str | None) -> str:
    lacking = [side for side, tx in sides.items() if by is not None and by not in _keys(tx)]
    if not lacking:
        return ""
    if len(lacking) == 2:
        there = sorted({key for tx in sides.values() for key in _keys(tx)})
        return (
            f"by must be an attribute of the lines, or 'product'; got {by!r}. There are:"
            f" {', '.join(there) or 'none'}." + check.hint(by, there)
        )
    other = "after" if lacking[0] == "before" else "before"
    return (
        f"{lacking[0]} has no {by!r}, which {other} has; {lacking[0]} has:"
        f" {', '.join(_keys(sides[lacking[0]])) or 'no attributes'}. Bring it for both periods."
    )


def _refuse_what_cannot_match(before: Transactions, after: Transactions, by: str | None) -> None:
    problems = list(_unmatched(before, after, by))
    money, units = _digits(before, after)
    grids = {"amount": money, "quantity": units}
    if _costed(before, after):
        grids["cost"] = money
    for side, tx in (("before", before), ("after", after)):
        problems += [f"{side}: {problem}" for problem in _inexact(tx, grids)]
    if problems:
        raise InvalidDataError("these periods cannot be compared exactly:\n" + _listed(problems))


def _unmatched(before: Transactions, after: Transactions, by: str | None) -> Iterator[str]:
    for role in ("customer", *((by,) if by else ())):
        one, two = before.ids(role, question="drivers()"), after.ids(role, question="drivers()")
        kinds = {codes.labels.dtype == object for codes in (one, two) if codes.n_used}
        if len(kinds) == 2:
            yield (
                f"the {role} is text in one period and a number in the other, so nothing would"
                f" match: {one.labels[0]!r} and {two.labels[0]!r}. Bring both as one kind."
            )


def _inexact(tx: Transactions, grids: dict[str, int]) -> Iterator[str]:
    for role, digits in grids.items():
        numbers = getattr(tx, role)
        if numbers is None:
            continue
        if not numbers.exact:
            yield (
                f"the {role} of the lines lies on no decimal grid of up to 8 digits. Round them to"
                " the digits your till works in; for costs computed from rates, see"
                " crmkit.money.allocate."
            )
        elif _size(numbers) * 10.0**digits >= _LARGEST_SUM:
            yield (
                f"the {role} of the lines adds up to 2**50 units of {digits} digits or"
                " more, beyond what can be split exactly. Use fewer digits, or shorter periods."
            )


def _size(numbers: Decimals) -> float:
    return float(np.abs(numbers.units).sum(dtype=np.float64)) / 10.0 ** (numbers.digits or 0)


def _digits(before: Transactions, after: Transactions) -> tuple[int, int]:
    """Return the digits of money, and of units, that both periods fit in."""
    money = [before.amount, after.amount]
    if _costed(before, after):
        money += [before.cost, after.cost]
    return _common_digits(money), _common_digits([before.quantity, after.quantity])


def _costed(before: Transactions, after: Transactions) -> bool:
    return before.cost is not None and after.cost is not None


def _common_digits(numbers: list[Decimals | None]) -> int:
    return max((n.digits or 0 for n in numbers if n is not None), default=0)


# --- common codes --------------------------------------------------------------------------------


def _matched(one: Codes, two: Codes) -> tuple[LabelArray, CodeArray, CodeArray]:
    """Return the labels of both, and the codes of both in them."""
    if same_array(one.labels, two.labels):
        return one.labels, one.codes, two.codes
    first, second = pd.Index(one.labels), pd.Index(two.labels)
    more = two.labels[first.get_indexer(second) < 0]
    if not len(one.labels) or not len(two.labels):
        labels = one.labels if len(one.labels) else two.labels
    else:
        kind = one.labels.dtype if one.labels.dtype == two.labels.dtype else np.dtype(object)
        labels = np.concatenate([one.labels.astype(kind), more.astype(kind)])
    places = pd.Index(labels).get_indexer(second).astype(np.int32)
    return labels, one.codes, np.append(places, np.int32(-1))[two.codes]


def _group_codes(
    before: Transactions, after: Transactions, by: str | None
) -> tuple[LabelArray, CodeArray, CodeArray]:
    """Return the groups in label order, and the group of each line; the last is "unknown"."""
    if by is None:
        codes = [np.zeros(len(tx), dtype=np.int32) for tx in (before, after)]
        return np.zeros(0, dtype=np.int64), codes[0], codes[1]
    one, two = before.ids(by, question="drivers()"), after.ids(by, question="drivers()")
    labels, *codes = _matched(one, two)
    place = np.arange(len(labels) + 1, dtype=np.int32)
    if _ascending(one.labels) and _ascending(two.labels):
        order = np.argsort(labels, kind="stable")
        place[order] = np.arange(len(labels), dtype=np.int32)
        labels = labels[order]
    return labels, place[codes[0]], place[codes[1]]


def _ascending(labels: LabelArray) -> bool:
    return bool(np.all(labels[1:] >= labels[:-1]))


# --- lines ---------------------------------------------------------------------------------------


def _lines(
    tx: Transactions,
    customer: CodeArray,
    group: CodeArray,
    digits: tuple[int, int],
    costed: bool,
    returns: ReturnsInTree,
) -> PeriodLines:
    nothing = np.zeros(len(tx), dtype=np.int64)
    revenue = nothing if tx.amount is None else _on_digits(tx.amount, digits[0])
    cost = nothing if tx.cost is None or not costed else _on_digits(tx.cost, digits[0])
    units = _units(tx, digits[1])
    bought = ~tx.is_return & (units > 0)
    in_tree = bought
    if returns == "net":
        in_tree = (units != 0) & _of_buyers(customer, bought)
    return PeriodLines(
        customer=customer,
        group=group,
        visit=_visits(tx, customer),
        units=units,
        revenue=revenue,
        cost=cost,
        bought=bought,
        in_tree=in_tree,
        returned=tx.is_return & ~in_tree,
    )


def _of_buyers(customer: CodeArray, bought: BoolArray) -> BoolArray:
    """Say which lines are of customers who bought in this period, or of guests."""
    buys = np.zeros(int(customer.max(initial=-1)) + 2, dtype=np.bool_)
    buys[customer[bought]] = True
    buys[-1] = True  # where code -1 looks
    return buys[customer]


def _on_digits(numbers: Decimals, digits: int) -> IntArray:
    units: IntArray = numbers.units.astype(np.int64)
    units *= 10 ** (digits - (numbers.digits or 0))
    return units


def _units(tx: Transactions, digits: int) -> IntArray:
    if tx.quantity is None:
        return 1 - 2 * tx.is_return.astype(np.int64)
    return _on_digits(tx.quantity, digits)


def _visits(tx: Transactions, customer: CodeArray) -> CodeArray:
    """Number the visits: a basket of a customer, or a day of one."""
    if tx.basket is not None and _one_customer_each(tx.basket, customer):
        return tx.basket.codes
    if tx.basket is not None:
        what, span = tx.basket.codes.astype(np.int64), len(tx.basket.labels)
    else:
        day = tx.days.astype(np.int64)
        what = day - day.min(initial=0)
        span = int(what.max(initial=0)) + 1
    pairs = (customer + np.int64(1)) * span + what
    visits: CodeArray = np.unique(pairs, return_inverse=True)[1].astype(np.int32)
    return visits


def _one_customer_each(basket: Codes, customer: CodeArray) -> bool:
    owner = np.full(len(basket.labels), -1, dtype=np.int32)
    owner[basket.codes] = customer
    return bool(np.array_equal(owner[basket.codes], customer))
