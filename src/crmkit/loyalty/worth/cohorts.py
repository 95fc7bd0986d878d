"""Points by the period in which they were sold: granted, redeemed, still expected."""

from __future__ import annotations

from fractions import Fraction

import attrs
import numpy as np

from crmkit._fields import array
from crmkit._kernels.grouping import whole_sums_by
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.ledger.entries import EntryKind
from crmkit.loyalty.replay.windows import DAY
from crmkit.loyalty.worth.breakage import Breakage, refuse_unknown
from crmkit.loyalty.worth.funding import funded
from crmkit.loyalty.worth.views import CostLedger, LotLedger, SalesLedger
from crmkit.typing import BoolArray, CohortPeriod, DayArray, FloatArray, IntArray

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@attrs.frozen(kw_only=True)
class Cohorts:
    """Points of purchases, a row per period; units of points and minor units of money.

    Attributes:
        start: first day of each period.
        end: the day after its last one.
        price: money received.
        points: granted and not taken back.
        redeemed: redeemed so far.
        open: neither redeemed nor gone.
        funded: share of the points that suppliers pay.
        of_lot: the period of each lot; -1 for points without a purchase.
    """

    start: DayArray = array()
    end: DayArray = array()
    price: IntArray = array()
    points: IntArray = array()
    redeemed: IntArray = array()
    open: IntArray = array()
    funded: tuple[Fraction, ...]
    of_lot: IntArray = array()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many periods."""
        return len(self.start)


def redeemed_by_lot(ledger: LotLedger) -> IntArray:
    """Return the units of each lot that were redeemed."""
    uses = ledger.uses
    spent = uses.kind == EntryKind.REDEEM
    found = np.zeros(len(ledger.lots), dtype=np.int64)
    np.add.at(found, uses.lot[spent], uses.points[spent])
    return found


def cohorts_of(ledger: SalesLedger, by: CohortPeriod) -> Cohorts:
    """Put the baskets of members, and their lots, into periods."""
    member = np.flatnonzero(ledger.basket_account >= 0)
    number = _periods(ledger.basket_time, by)
    first = int(number[member].min()) if len(member) else 0
    count = int(number[member].max()) - first + 1 if len(member) else 0
    of_lot = np.where(ledger.lots.basket >= 0, np.append(number, 0)[ledger.lots.basket] - first, -1)
    starts = np.arange(first, first + count + 1) * _MONTHS[by]
    price = _sums(number[member] - first, count, ledger.basket_sales[member])
    return _tallied(ledger, of_lot, starts.astype("datetime64[M]"), price)


def without_purchase(ledger: CostLedger) -> Cohorts:
    """Put the lots that came with no purchase into one row: no money was received for them."""
    of_lot = np.where(ledger.lots.basket >= 0, -1, 0)
    ends = np.array([0, 0]).astype("datetime64[M]")
    return _tallied(ledger, of_lot, ends, np.zeros(1, dtype=np.int64))


def _tallied(ledger: CostLedger, of_lot: IntArray, starts: DayArray, price: IntArray) -> Cohorts:
    lots, count, days = ledger.lots, len(price), starts.astype("datetime64[D]")
    shares = funded(ledger)
    granted, parts = _sums(of_lot, count, lots.granted), _sums(of_lot, count, shares.parts)
    return Cohorts(
        start=days[:-1],
        end=days[1:],
        price=price,
        points=_sums(of_lot, count, lots.granted - lots.reversed),
        redeemed=_sums(of_lot, count, redeemed_by_lot(ledger)),
        open=_sums(of_lot, count, lots.remaining),
        funded=tuple(
            Fraction(part, whole * shares.scale) if whole else Fraction(0)
            for part, whole in zip(parts.tolist(), granted.tolist(), strict=True)
        ),
        of_lot=of_lot,
    )


def _periods(time: IntArray, by: CohortPeriod) -> IntArray:
    days = (time // DAY).view("datetime64[D]")
    return days.astype("datetime64[M]").view(np.int64) // _MONTHS[by]


def _sums(codes: IntArray, groups: int, values: IntArray) -> IntArray:
    there = codes >= 0
    return whole_sums_by(codes[there].astype(np.int32), groups, values[there])


def expected_by_cohort(
    ledger: LotLedger, cohorts: Cohorts, breakage: Breakage | Fraction
) -> tuple[Fraction, ...]:
    """Return the points of each period that will have been redeemed in the end.

    An estimate gives each open lot its own chance by its age. A rate is of all points of a period:
    what it leaves to be redeemed is at least what was redeemed, and at most that and what is open.
    """
    rows = range(len(cohorts))
    redeemed, is_open = cohorts.redeemed.tolist(), cohorts.open.tolist()
    if isinstance(breakage, Breakage):
        later = _chance_sums(ledger, cohorts, breakage.chances)
        return tuple(redeemed[k] + Fraction(later[k]) for k in rows)
    wanted = [(1 - breakage) * int(points) for points in cohorts.points]
    return tuple(min(max(wanted[k], redeemed[k]), redeemed[k] + is_open[k]) for k in rows)


def _chance_sums(ledger: LotLedger, cohorts: Cohorts, chances: FloatArray) -> list[float]:
    """Sum open points times their chance, in an order that is not that of rows."""
    remaining = ledger.lots.remaining
    order = np.lexsort((remaining, chances))
    order = order[(cohorts.of_lot >= 0)[order]]
    sums = np.zeros(len(cohorts))
    np.add.at(sums, cohorts.of_lot[order], chances[order] * remaining[order])
    return [float(points) for points in sums]


def complete(cohorts: Cohorts, as_of: int) -> BoolArray:
    """Say which periods were over at a moment."""
    return np.asarray(cohorts.end.astype("datetime64[s]").view(np.int64) <= as_of + 1)


def fitting(found: Breakage, ledger: LotLedger) -> Breakage:
    """Prove that an estimate is known, and of this ledger.

    Raises:
        InvalidArgumentError: it is not.
    """
    if len(found.chances) != len(ledger.lots):
        raise InvalidArgumentError(
            f"breakage was estimated on another ledger: {len(found.chances):,} lots, not"
            f" {len(ledger.lots):,}. Say breakage(ledger) of this one, or a rate."
        )
    refuse_unknown(found)
    return found


def price_of_lines(
    ledger: SalesLedger, cohorts: Cohorts, prices: IntArray, by: CohortPeriod
) -> IntArray:
    """Sum prices of lines, minor units, over the baskets of members by period."""
    basket = ledger.history.tx.ids("basket", question="liability()").codes
    lines = np.flatnonzero(basket >= 0)
    lines = lines[ledger.basket_account[basket[lines]] >= 0]
    number = _periods(ledger.basket_time[basket[lines]], by)
    first = _periods(cohorts.start[:1].astype("datetime64[s]").view(np.int64), by)
    return _sums(number - first.sum(), len(cohorts), prices[lines])
