"""What does a programme owe? The part of past sales that is still to be earned, by IFRS 15."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.data.line_values import LineValues
from crmkit.data.minor import minor_of
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.ledger.entries import in_points
from crmkit.loyalty.worth.breakage import Breakage
from crmkit.loyalty.worth.cohorts import (
    Cohorts,
    cohorts_of,
    complete,
    expected_by_cohort,
    price_of_lines,
    without_purchase,
)
from crmkit.loyalty.worth.given import IntoBreakage, Reader, breakage_of, value_of
from crmkit.loyalty.worth.revenue import Kept, Sold, points_price, points_revenue, rounded
from crmkit.loyalty.worth.views import LotLedger, SalesLedger
from crmkit.typing import BoolArray, CohortPeriod, DayArray, FloatArray, IntArray, IntoRate


@attrs.frozen(kw_only=True, repr=False)
class Liability(Answer):
    """What points are owed for, a row per period of purchases.

    Money is int64 minor units; the frame holds major units, and whole points. In each row
    *goods* + *allocated* = *price* and *revenue* + *deferred* = *allocated*, to the last cent.

    Attributes:
        start: first day of the period.
        complete: whether the period was over.
        price: money received for the purchases.
        points: units granted and not taken back.
        allocated: the part of the price that the points are sold for.
        redeemed: units redeemed so far.
        expected: units that will have been redeemed in the end.
        revenue_before: revenue from points in the statement before, 0 without one.
        revenue: revenue from points to date.
        supplier_funded: the part of *deferred* that suppliers pay.
        provision: what is expected to be paid for open points that came without a purchase: no
            price can be allocated to them. Minor units, all periods together.
        rate: share of points that was expected to be redeemed, for periods allocated now.
        by: how long a period is.
        as_of: the last second that was evaluated.
        digits: digits of the currency.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate, liability
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["100.00"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> ledger = evaluate(programme, tx, as_of="2026-03-31")
        >>> liability(ledger, value_per_point="0.05", breakage="0.2")
        Liability(3.85 deferred of 3.85, 1 month, at 2026-03-31T23:59:59)
    """

    start: DayArray = array()
    complete: BoolArray = array()
    price: IntArray = array()
    points: IntArray = array()
    allocated: IntArray = array()
    redeemed: IntArray = array()
    expected: FloatArray = array()
    revenue_before: IntArray = array()
    revenue: IntArray = array()
    supplier_funded: IntArray = array()
    provision: int
    rate: float
    by: CohortPeriod
    as_of: int
    digits: int = 2
    point_digits: int = 0

    __hash__ = None  # type: ignore[assignment]

    @property
    def goods(self) -> IntArray:
        """The part of the price that the goods are sold for, minor units."""
        return self.price - self.allocated

    @property
    def deferred(self) -> IntArray:
        """What of the points' price is still to be earned: the liability, minor units."""
        return self.allocated - self.revenue

    @property
    def revenue_now(self) -> IntArray:
        """Revenue from points since the statement before, minor units.

        Cumulative less what was recognised; below zero where more is expected than was thought.
        """
        return self.revenue - self.revenue_before

    @property
    def total(self) -> int:
        """The liability of all periods, minor units; the provision is not in it."""
        return int(self.deferred.sum())

    def __len__(self) -> int:
        """How many periods."""
        return len(self.price)

    def __repr__(self) -> str:
        """What is deferred, of what, for how many periods, and when."""
        scale, digits = 10**self.digits, self.digits
        owed = f"{self.total / scale:,.{digits}f} deferred of"
        sold = f"{int(self.allocated.sum()) / scale:,.{digits}f}"
        periods = check.counted(len(self), self.by)
        return f"Liability({owed} {sold}, {periods}, at {np.datetime64(self.as_of, 's')})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        money = ("allocated", "goods", "revenue", "revenue_now", "deferred", "supplier_funded")
        points = ("points", "redeemed")
        return (
            {"period": self.start, "price": self.price / 10**self.digits}
            | {name: in_points(getattr(self, name), self.point_digits) for name in points}
            | {"expected": self.expected / 10**self.point_digits}
            | {name: getattr(self, name) / 10**self.digits for name in money}
        )


def liability(
    ledger: SalesLedger,
    *,
    value_per_point: IntoRate,
    breakage: IntoBreakage = "estimated",
    by: CohortPeriod = "month",
    standalone: LineValues | None = None,
    previous: Liability | None = None,
) -> Liability:
    """Say what the points of past purchases are owed for.

    A purchase sells goods and points. Its price is shared between them as each would sell alone:
    the points for their number x value x the share expected to be redeemed. The points' part
    becomes revenue as they are redeemed, redeemed / expected of it; what is left is deferred.
    Purchases of a period are taken together, each amount rounded once, half up.

    Points that suppliers pay are in all figures, and apart in *supplier_funded*: where a supplier
    owes the reward, that part is no revenue of the shop.

    Args:
        ledger: of an evaluation.
        value_per_point: in major units, what a point gives that customers without points do not
            get as well.
        breakage: "estimated" from the ledger, a `Breakage`, or the share never redeemed.
        by: how long the purchases last that are taken together.
        standalone: prices of goods by line if sold alone; what was paid for them if left out.
        previous: the statement before. Periods that were over by then keep the share of the price
            that points got, and revenue is told from there on.

    Raises:
        InvalidArgumentError: shares or values outside their domain, a breakage that the data do
            not tell or of another ledger, a statement of other periods; all are listed.

    Source: IFRS 15, paragraphs 74-80 and B39-B47.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate, liability
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["100.00"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> ledger = evaluate(programme, tx, as_of="2026-03-31")
        >>> owed = liability(ledger, value_per_point="0.05", breakage="0.2")
        >>> owed.goods, owed.allocated
        (array([9615]), array([385]))
    """
    check.choice(by, CohortPeriod, "by")
    reader = Reader()
    value = reader.read(lambda: value_of(value_per_point, "value_per_point"), Fraction(1))
    unread: Breakage | Fraction = Fraction(0)
    broken = reader.read(lambda: breakage_of(ledger, breakage), unread)
    reader.read(lambda: _fits(ledger, previous, by), None)
    reader.refuse()
    cohorts = cohorts_of(ledger, by)
    goods = cohorts.price if standalone is None else _alone(ledger, cohorts, standalone, by)
    worth = value * Fraction(10**ledger.digits, 10**ledger.lots.point_digits)
    return _statement(ledger, (cohorts, goods), (worth, broken), (by, _before(cohorts, previous)))


def _statement(
    ledger: SalesLedger,
    sold: tuple[Cohorts, IntArray],
    points: tuple[Fraction, Breakage | Fraction],
    told: tuple[CohortPeriod, list[Kept]],
) -> Liability:
    (cohorts, goods), (worth, broken), (by, before) = sold, points, told
    rate = 1 - (Fraction(broken.rate) if isinstance(broken, Breakage) else broken)
    sales = map(Sold, cohorts.price.tolist(), goods.tolist(), cohorts.points.tolist())
    alone = worth * rate
    allocated = [points_price(one, alone, was) for one, was in zip(sales, before, strict=True)]
    expected = expected_by_cohort(ledger, cohorts, broken)
    revenue = list(map(points_revenue, allocated, cohorts.redeemed.tolist(), expected))
    deferred = [sold - earned for sold, earned in zip(allocated, revenue, strict=True)]
    return Liability(
        start=cohorts.start,
        complete=complete(cohorts, ledger.as_of),
        price=cohorts.price,
        points=cohorts.points,
        allocated=_money(allocated),
        redeemed=cohorts.redeemed,
        expected=np.array([float(points) for points in expected]),
        revenue_before=_money([kept.revenue for kept in before]),
        revenue=_money(revenue),
        supplier_funded=_money(
            [rounded(owed * share) for owed, share in zip(deferred, cohorts.funded, strict=True)]
        ),
        provision=_provision(ledger, worth, broken),
        rate=float(rate),
        by=by,
        as_of=ledger.as_of,
        digits=ledger.digits,
        point_digits=ledger.lots.point_digits,
    )


def _money(amounts: list[int]) -> IntArray:
    return np.array(amounts, dtype=np.int64)


def _provision(ledger: SalesLedger, worth: Fraction, broken: Breakage | Fraction) -> int:
    free = without_purchase(ledger)
    (expected,) = expected_by_cohort(ledger, free, broken)
    return rounded(worth * (expected - int(free.redeemed[0])))


def _fits(ledger: LotLedger, previous: Liability | None, by: CohortPeriod) -> None:
    if previous is None:
        return
    check.instance(previous, Liability, "previous", "liability() of an earlier day makes it.")
    if previous.by != by:
        raise InvalidArgumentError(f"previous: it is by {previous.by!r}; say by={previous.by!r}.")
    if previous.as_of > ledger.as_of:
        raise InvalidArgumentError(
            f"previous: it is of {np.datetime64(previous.as_of, 's')}, after this ledger's"
            f" {np.datetime64(ledger.as_of, 's')}."
        )


def _alone(
    ledger: SalesLedger, cohorts: Cohorts, standalone: LineValues, by: CohortPeriod
) -> IntArray:
    check.instance(standalone, LineValues, "standalone", "LineValues.of(tx, prices, ...) makes it.")
    numbers = standalone.on(ledger.history.tx)
    return price_of_lines(ledger, cohorts, minor_of(numbers, ledger.digits, "standalone"), by)


def _before(cohorts: Cohorts, previous: Liability | None) -> list[Kept]:
    if previous is None:
        return [Kept(None, 0)] * len(cohorts)
    rows = {day: row for row, day in enumerate(previous.start.tolist())}
    found = [rows.get(day) for day in cohorts.start.tolist()]
    return [Kept(None, 0) if row is None else _kept(previous, row) for row in found]


def _kept(previous: Liability, row: int) -> Kept:
    price, allocated = int(previous.price[row]), int(previous.allocated[row])
    over = bool(previous.complete[row]) and price > 0
    return Kept(Fraction(allocated, price) if over else None, int(previous.revenue[row]))
