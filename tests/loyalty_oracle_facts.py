"""The oracle's reading of conditions: one line of one basket at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from loyalty_world import Person

DAY = 86_400
EPOCH = dt.datetime(1970, 1, 1)


def seconds(moment: dt.datetime) -> int:
    """Return a moment as whole seconds since 1970."""
    return (moment - EPOCH) // dt.timedelta(seconds=1)


def moment_of(time: int) -> dt.datetime:
    """Return seconds since 1970 as a moment."""
    return EPOCH + dt.timedelta(seconds=time)


@dataclass
class Sale:
    """A line that was sold, with its money at the stages of an evaluation (minor units)."""

    product: str
    quantity: Fraction
    amount: int
    attributes: dict[str, str]
    tax: int = 0
    discount_given: int = 0
    price: int = 0
    own_price: int = 0
    basis: int | None = None
    own_basis: int = 0
    earning: bool = True
    discounts: dict[str, int] = field(default_factory=dict)

    @property
    def content(self) -> tuple[Any, ...]:
        """What tells lines of a basket apart, so that their order does not matter."""
        return (str(self.product), self.amount, self.quantity, sorted(self.attributes.items()))


@dataclass
class Facts:
    """What conditions may ask about a basket."""

    lines: list[Sale]
    time: int
    tenders: dict[str, int]
    person: Person | None
    money_digits: int
    cut_off: int = 0
    purchase: int = 1
    since_last: int | None = None
    tier: int = -1
    found: int = -1
    tier_names: tuple[str, ...] = ()
    guest: bool = False

    @property
    def trading_day(self) -> dt.date:
        """The day that the basket counts for."""
        return moment_of(self.time - self.cut_off).date()


def is_of_lines(condition: Any) -> bool:
    """Say whether a condition selects lines, or holds for whole baskets."""
    return str(condition.grain.value) == "line"


def holds(condition: Any, facts: Facts, line: Sale | None = None) -> bool:
    """Say whether a condition holds, on a line or for a basket."""
    return _LEAVES[type(condition).__name__](condition, facts, line)


def _minor(money: Any, facts: Facts) -> Fraction:
    return Fraction(money) * 10**facts.money_digits


# --- logic ---------------------------------------------------------------------------------------


def _and(c: Any, facts: Facts, line: Sale | None) -> bool:
    return all(holds(part, facts, line) for part in parts(c))


def _or(c: Any, facts: Facts, line: Sale | None) -> bool:
    return any(holds(part, facts, line) for part in parts(c))


def _not(c: Any, facts: Facts, line: Sale | None) -> bool:
    return not holds(parts(c)[0], facts, line)


def parts(condition: Any) -> tuple[Any, ...]:
    """Return the conditions inside a condition."""
    inside = getattr(condition, "parts", None)
    return (condition.part,) if inside is None else tuple(inside)


# --- lines ---------------------------------------------------------------------------------------


def _value(name: str, line: Sale) -> str | None:
    return line.product if name == "product" else line.attributes.get(name)


def _is_in(c: Any, facts: Facts, line: Sale | None) -> bool:
    assert line is not None
    value = _value(c.field, line)
    return value is not None and value in c.values


def _known(c: Any, facts: Facts, line: Sale | None) -> bool:
    assert line is not None
    return _value(c.field, line) is not None


def _compare(c: Any, facts: Facts, line: Sale | None) -> bool:
    assert line is not None
    asked = Fraction(c.bound)
    match c.field:
        case "quantity":
            return _ordered(c.how, line.quantity, asked)
        case "amount":
            return _ordered(c.how, line.amount, _minor(asked, facts))
        case _:
            return _ordered(c.how, line.amount, _minor(asked, facts) * line.quantity)


def _ordered(operator: str, left: Fraction | int, right: Fraction | int) -> bool:
    match str(operator):
        case ">=":
            return left >= right
        case ">":
            return left > right
        case "<=":
            return left <= right
        case _:
            return left < right


# --- baskets -------------------------------------------------------------------------------------


def _of(c: Any, facts: Facts) -> list[Sale]:
    return [s for s in facts.lines if c.of is None or holds(c.of, facts, s)]


def _total(c: Any, facts: Facts, line: Sale | None) -> bool:
    def money(sale: Sale) -> int:
        match str(c.money.value):
            case "original":
                return sale.amount
            case "basis" if sale.basis is not None:
                return sale.basis
            case _:
                return sale.price

    total = sum(money(sale) for sale in _of(c, facts))
    above = c.side is not None and c.side.value == "above"
    return _ordered(">" if above else ">=", total, _minor(c.at_least, facts))


def _quantity(c: Any, facts: Facts, line: Sale | None) -> bool:
    return sum(sale.quantity for sale in _of(c, facts)) >= Fraction(c.at_least)


def _has_products(c: Any, facts: Facts, line: Sale | None) -> bool:
    return bool(_of(c, facts))


def _carries(name: str) -> Any:
    def carries(c: Any, facts: Facts, line: Sale | None) -> bool:
        return any(sale.attributes.get(name) in c.names for sale in facts.lines)

    return carries


def _tender(c: Any, facts: Facts, line: Sale | None) -> bool:
    return any(facts.tenders.get(tender, 0) > 0 for tender in c.names)


def _weekday(c: Any, facts: Facts, line: Sale | None) -> bool:
    return facts.trading_day.isoweekday() in c.days


def _time_of_day(c: Any, facts: Facts, line: Sale | None) -> bool:
    clock = moment_of(facts.time).time()
    if c.start < c.end:
        return bool(c.start <= clock < c.end)
    return bool(clock >= c.start or clock < c.end)


def _between(c: Any, facts: Facts, line: Sale | None) -> bool:
    closed = str(getattr(c.closed, "value", c.closed))
    now = moment_of(facts.time)
    return _from(c.start, now, closed in ("left", "both")) and _to(
        c.end, now, closed in ("right", "both")
    )


def _from(start: Any, now: dt.datetime, included: bool) -> bool:
    if start is None:
        return True
    if not isinstance(start, dt.datetime):
        return now.date() >= start if included else now.date() > start
    return now >= start if included else now > start


def _to(end: Any, now: dt.datetime, included: bool) -> bool:
    if end is None:
        return True
    if not isinstance(end, dt.datetime):
        return now.date() <= end if included else now.date() < end
    return now <= end if included else now < end


# --- accounts ------------------------------------------------------------------------------------


def _nth(c: Any, facts: Facts, line: Sale | None) -> bool:
    return not facts.guest and facts.purchase == c.n


def _since(c: Any, facts: Facts, line: Sale | None) -> bool:
    return facts.since_last is not None and facts.since_last > c.days * DAY


def _birthday(c: Any, facts: Facts, line: Sale | None) -> bool:
    born = facts.person.birthday if facts.person else None
    return _near(born, c, facts.trading_day, first_year=None)


def _anniversary(c: Any, facts: Facts, line: Sale | None) -> bool:
    joined = facts.person.joined if facts.person else None
    return _near(joined, c, facts.trading_day, first_year=joined.year + 1 if joined else None)


def _near(day: dt.date | None, c: Any, today: dt.date, first_year: int | None) -> bool:
    if day is None:
        return False
    for year in (today.year - 1, today.year, today.year + 1):
        if first_year is not None and year < first_year:
            continue
        feast = _in_year(day, year)
        if feast - dt.timedelta(days=c.before) <= today <= feast + dt.timedelta(days=c.after):
            return True
    return False


def _in_year(day: dt.date, year: int) -> dt.date:
    if (day.month, day.day) == (2, 29):
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        return dt.date(year, 2, 29 if leap else 28)
    return day.replace(year=year)


def _in_segment(c: Any, facts: Facts, line: Sale | None) -> bool:
    return bool(facts.person) and facts.person.segments.get(c.labels) in c.names


def _tier(c: Any, facts: Facts, line: Sale | None) -> bool:
    return facts.tier >= facts.tier_names.index(c.name)


_LEAVES: dict[str, Any] = {
    "And": _and,
    "Or": _or,
    "Not": _not,
    "Always": lambda c, facts, line: True,
    "Never": lambda c, facts, line: False,
    "FieldIn": _is_in,
    "FieldKnown": _known,
    "FieldCompares": _compare,
    "BasketTotal": _total,
    "BasketQuantity": _quantity,
    "HasProducts": _has_products,
    "Channel": _carries("channel"),
    "Store": _carries("store"),
    "Tender": _tender,
    "Weekday": _weekday,
    "TimeOfDay": _time_of_day,
    "Between": _between,
    "NthPurchase": _nth,
    "FirstPurchaseSince": _since,
    "Birthday": _birthday,
    "Anniversary": _anniversary,
    "InSegment": _in_segment,
    "TierAtLeast": _tier,
}
