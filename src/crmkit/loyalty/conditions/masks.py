"""Where a condition holds, as one boolean per line or per basket."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.account import (
    Anniversary,
    Birthday,
    FirstPurchaseSince,
    InSegment,
    NthPurchase,
    TierAtLeast,
)
from crmkit.loyalty.conditions.basket import (
    BasketQuantity,
    BasketTotal,
    Channel,
    HasProducts,
    Store,
    Tender,
)
from crmkit.loyalty.conditions.calendar import Between, TimeOfDay, Weekday
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Facts
from crmkit.loyalty.conditions.fields import Comparison, FieldCompares, FieldIn, FieldKnown
from crmkit.loyalty.conditions.grain import Grain, MoneyBase, ThresholdSide
from crmkit.loyalty.conditions.logic import Always, And, Condition, Never, Not, Or
from crmkit.typing import BoolArray, IntArray

Masks = dict[Condition, BoolArray]
DAY = 86_400


def mask(condition: Condition, facts: Facts, cache: Masks | None = None) -> BoolArray:
    """Return where a condition holds: by line if it is about lines, else by basket.

    With a *cache* each part is computed once, however many rules ask for it.
    """
    cache = {} if cache is None else cache
    if condition not in cache:
        cache[condition] = _mask(condition, facts, cache)
    return cache[condition]


def line_mask(condition: Condition, facts: Facts, cache: Masks | None = None) -> BoolArray:
    """Return where a condition holds, by line."""
    found = mask(condition, facts, cache)
    return found if condition.grain == Grain.LINE else np.repeat(found, np.diff(facts.starts))


def _mask(condition: Condition, facts: Facts, cache: Masks) -> BoolArray:
    match condition:
        case And() | Or():
            how = np.logical_and if isinstance(condition, And) else np.logical_or
            return _together(how, condition, facts, cache)
        case Not():
            return ~mask(condition.part, facts, cache)
        case Always() | Never():
            return np.full(facts.baskets, isinstance(condition, Always))
        case HasProducts():
            return facts.any(mask(condition.of, facts, cache) & facts.sale)
        case BasketTotal() | BasketQuantity():
            return _reaches(condition, facts, cache)
        case _:
            return _leaf(condition, facts)


def _together(how: np.ufunc, condition: And | Or, facts: Facts, cache: Masks) -> BoolArray:
    line: list[BoolArray] = []
    basket: list[BoolArray] = []
    for part in condition.parts:
        (line if part.grain == Grain.LINE else basket).append(mask(part, facts, cache))
    if not line:
        return np.asarray(reduce(how, basket))
    if basket:
        line.append(np.repeat(reduce(how, basket), np.diff(facts.starts)))
    return np.asarray(reduce(how, line))


def _leaf(condition: Condition, facts: Facts) -> BoolArray:
    match condition:
        case FieldIn():
            return is_one_of(facts.codes[condition.field], condition.values)
        case FieldKnown():
            return facts.codes[condition.field].codes >= 0
        case FieldCompares():
            return _compared(condition, facts)
        case Channel():
            return facts.any(is_one_of(facts.codes["channel"], condition.names))
        case Store():
            return facts.any(is_one_of(facts.codes["store"], condition.names))
        case Tender():
            nobody = np.zeros(facts.baskets, dtype=np.bool_)
            paid = (facts.tenders.get(name, nobody) for name in condition.names)
            return np.asarray(reduce(np.logical_or, paid, nobody))
        case Weekday():
            return np.asarray(_table(condition.days, 8)[(facts.day + 3) % 7 + 1])
        case TimeOfDay():
            return _within_day(condition, facts.time % DAY)
        case Between():
            first, stop = condition.seconds
            return (facts.time >= first) & (facts.time < stop)
        case _:
            return _of_account(condition, facts)


def _of_account(condition: Condition, facts: Facts) -> BoolArray:
    match condition:
        case NthPurchase():
            return np.asarray(facts.purchases == condition.n)
        case FirstPurchaseSince():
            return facts.since_last > condition.days * DAY
        case InSegment():
            codes, names = facts.segments[condition.labels]
            return (codes >= 0) & np.isin(np.array([*names, ""], dtype=object), condition.names)[
                codes
            ]
        case TierAtLeast():
            return facts.tier >= facts.tier_names.index(condition.name)
        case Birthday():
            return near_yearly_day(facts.birthday, facts.day, condition.before, condition.after, 0)
        case Anniversary():
            return near_yearly_day(facts.joined, facts.day, condition.before, condition.after, 1)
        case _:
            raise InvalidArgumentError(f"{condition!r} is no condition that can be evaluated.")


# --- leaves --------------------------------------------------------------------------------------


def is_one_of(codes: Any, values: tuple[Any, ...]) -> BoolArray:
    """Say which lines have one of some labels, by a table of codes; unknown has none."""
    table = np.zeros(len(codes.labels) + 1, dtype=np.bool_)  # the last place is code -1
    if len(codes.labels):
        wanted = set(values)
        table[:-1] = [label in wanted for label in codes.labels.tolist()]
    found: BoolArray = table[codes.codes]
    return found


def _table(places: tuple[int, ...], size: int) -> BoolArray:
    table = np.zeros(size, dtype=np.bool_)
    table[list(places)] = True
    return table


def _within_day(condition: TimeOfDay, second: IntArray) -> BoolArray:
    first, stop = (
        t.hour * 3600 + t.minute * 60 + t.second for t in (condition.start, condition.end)
    )
    if first < stop:
        return (second >= first) & (second < stop)
    return (second >= first) | (second < stop)


def near_yearly_day(
    born: IntArray | None, day: IntArray, before: int, after: int, since: int
) -> BoolArray:
    """Say where *day* lies near the yearly return of another day; 29 February moves to the 28th.

    *since* is the first year after it that counts: 0 for birthdays, 1 for anniversaries.
    """
    near = np.zeros(len(day), dtype=np.bool_)
    if born is None:
        return near
    known = born != UNKNOWN_DAY
    days, born = day[known], born[known]
    years = days.view("datetime64[D]").astype("datetime64[Y]").view(np.int64)
    born_year = born.view("datetime64[D]").astype("datetime64[Y]").view(np.int64)
    found = np.zeros(len(days), dtype=np.bool_)
    for year in (years - 1, years, years + 1):
        gap = days - _in_year(born, year)
        found |= (gap >= -before) & (gap <= after) & (year - born_year >= since)
    near[known] = found
    return near


def _in_year(born: IntArray, year: IntArray) -> IntArray:
    month = born.view("datetime64[D]").astype("datetime64[M]")
    day_of_month = born - month.astype("datetime64[D]").view(np.int64)
    there = year * 12 + month.view(np.int64) % 12
    start = there.view("datetime64[M]").astype("datetime64[D]").view(np.int64)
    last = (there + 1).view("datetime64[M]").astype("datetime64[D]").view(np.int64) - 1
    return np.asarray(np.minimum(start + day_of_month, last))


def _compared(condition: FieldCompares, facts: Facts) -> BoolArray:
    match condition.field:
        case "quantity":
            return _against(facts.quantity, condition.how, condition.bound * facts.quantity_scale)
        case "amount":
            return _against(_prices(facts), condition.how, _minor(condition.bound, facts))
        case "cost":
            assert facts.cost is not None
            return _against(facts.cost, condition.how, _minor(condition.bound, facts))
        case _:
            return _unit_price(condition, facts)


def _unit_price(condition: FieldCompares, facts: Facts) -> BoolArray:
    """Compare amounts with price times quantity; a quotient would have to be rounded."""
    bound = _minor(condition.bound, facts)
    digits = max(0, -int(bound.as_tuple().exponent))
    times = 10**digits
    over = _prices(facts) * (facts.quantity_scale * times) - facts.quantity * int(bound * times)
    return _against(over, condition.how, Decimal(0))


def _prices(facts: Facts) -> IntArray:
    return facts.money[MoneyBase.ORIGINAL]


def _minor(bound: Decimal, facts: Facts) -> Decimal:
    return bound.scaleb(facts.money_digits)


def _against(values: NDArray[Any], how: Comparison, bound: Decimal) -> BoolArray:
    """Compare whole numbers with a bound that may lie between two of them."""
    up = int(bound.to_integral_value(ROUND_CEILING))
    down = int(bound.to_integral_value(ROUND_FLOOR))
    match how:
        case Comparison.AT_LEAST:
            return np.asarray(values >= up)
        case Comparison.ABOVE:
            return np.asarray(values > down)
        case Comparison.AT_MOST:
            return np.asarray(values <= down)
        case Comparison.BELOW:
            return np.asarray(values < up)


def _reaches(condition: BasketTotal | BasketQuantity, facts: Facts, cache: Masks) -> BoolArray:
    chosen = facts.sale
    if condition.of is not None:
        chosen = chosen & mask(condition.of, facts, cache)
    if isinstance(condition, BasketQuantity):
        totals = facts.sums(np.where(chosen, facts.quantity, 0))
        return _against(totals, Comparison.AT_LEAST, condition.at_least * facts.quantity_scale)
    totals = facts.sums(np.where(chosen, facts.money[condition.money], 0))
    above = condition.side == ThresholdSide.ABOVE
    how = Comparison.ABOVE if above else Comparison.AT_LEAST
    return _against(totals, how, _minor(condition.at_least, facts))
