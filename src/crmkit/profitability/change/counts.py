"""What two periods count: customers, visits, units and money by cohort and group."""

from __future__ import annotations

from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.grouping import counts_by, occurring, sums_by
from crmkit.profitability.change.lines import PeriodLines, PeriodPair
from crmkit.typing import CodeArray, Cohort, IntArray

COHORTS: tuple[Cohort, ...] = get_args(Cohort)
ALL, NEW, LOST, RETAINED, GUEST = range(len(COHORTS))
CUSTOMER, BASKET, LINE = range(3)
"""What lies wholly in one group, the highest first."""


class Counts(NamedTuple):
    """Both periods counted in cells, and the level at which the mix stands in each cell.

    Cells are cohort x group, group after group; strays are money per group that no cell can hold.
    """

    before: Tally
    after: Tally
    cohort: CodeArray
    group: CodeArray
    level: NDArray[np.int64]
    strays: tuple[IntArray, IntArray]

    def level_of(self, cohort: int) -> int:
        """Return the level of a cohort's cells."""
        return int(self.level[np.argmax(self.cohort == cohort)])


class Tally(NamedTuple):
    """What one period counts: per cell (cohort and group), and per cohort.

    Customers and visits of a cell mean something only if each lies in one group.
    """

    customers: IntArray
    visits: IntArray
    units: IntArray
    revenue: IntArray
    cost: IntArray
    cohort_customers: IntArray
    cohort_visits: IntArray

    @property
    def worth(self) -> IntArray:
        """Revenue or margin per cell."""
        return self.revenue - self.cost


# --- cohorts and levels --------------------------------------------------------------------------


def _cohorts(pair: PeriodPair, apart: bool) -> CodeArray:
    """Return the cohort of each customer; the last entry, which code -1 finds, is the guests."""
    there = [
        occurring(np.where(p.bought, p.customer, np.int32(-1)), pair.customers)
        for p in pair.periods
    ]
    # Customers who bought in neither have nothing in the tree; any cohort will do for them.
    kinds = np.array([LOST, LOST, NEW, RETAINED], dtype=np.int32)
    cohort = kinds[there[0] + 2 * there[1]]
    return np.append(cohort if apart else np.full_like(cohort, ALL), np.int32(GUEST))


def worth_by_cohort(pair: PeriodPair) -> tuple[IntArray, IntArray]:
    """Return revenue or margin of new, lost and retained customers and guests, in both periods."""
    cohorts = _cohorts(pair, apart=True)
    sums = [
        sums_by(cohorts[p.customer], len(COHORTS), np.where(p.in_tree, p.revenue - p.cost, 0))
        for p in pair.periods
    ]
    return sums[0].astype(np.int64), sums[1].astype(np.int64)


class _Holders(NamedTuple):
    """The cell that each customer and each visit was last seen in, and whether it was the only."""

    customer_cell: CodeArray
    visit_cell: CodeArray
    customers_whole: bool
    visits_whole: bool
    guest_visits_whole: bool


def _holders(lines: PeriodLines, cell: CodeArray, customers: int) -> _Holders:
    rows = np.flatnonzero(lines.in_tree)
    customer, visit, cells = lines.customer[rows], lines.visit[rows], cell[rows]
    by_customer = np.full(customers + 1, -1, dtype=np.int32)
    by_visit = np.full(int(lines.visit.max(initial=-1)) + 1, -1, dtype=np.int32)
    by_customer[customer] = cells
    by_visit[visit] = cells
    known = customer >= 0
    stays = by_visit[visit] == cells
    return _Holders(
        by_customer[:-1],
        by_visit,
        bool(np.all((by_customer[customer] == cells) | ~known)),
        bool(np.all(stays | ~known)),
        bool(np.all(stays | known)),
    )


def _levels(holders: list[_Holders], has_baskets: bool) -> tuple[int, int]:
    """Return the highest level that partitions in both periods: of customers, and of guests."""
    whole = all(h.customers_whole for h in holders), all(h.visits_whole for h in holders)
    guests = has_baskets and all(h.guest_visits_whole for h in holders)
    return (CUSTOMER if whole[0] else BASKET if whole[1] else LINE), (BASKET if guests else LINE)


# --- counting ------------------------------------------------------------------------------------


def _tally(lines: PeriodLines, cell: CodeArray, holders: _Holders, cells: int) -> Tally:
    rows, bought = np.flatnonzero(lines.in_tree), np.flatnonzero(lines.bought)
    customers = _counted(lines.customer[bought], holders.customer_cell, cells)
    visits = _counted(lines.visit[bought], holders.visit_cell, cells)
    units, revenue, cost = (
        sums_by(cell[rows], cells, values[rows]).astype(np.int64)
        for values in (lines.units, lines.revenue, lines.cost)
    )
    return Tally(customers, visits, units, revenue, cost, _by_cohort(customers), _by_cohort(visits))


def _counted(codes: CodeArray, table: CodeArray, cells: int) -> IntArray:
    """Count the customers, or visits, of each cell that *table* puts them in."""
    return counts_by(table[occurring(codes, len(table))], cells)


def _by_cohort(counts: IntArray) -> IntArray:
    sums: IntArray = counts.reshape(len(COHORTS), -1).sum(axis=1)
    return sums


def _of_items(tally: Tally) -> Tally:
    """Count one customer and one visit throughout: what is left is units x price of each group."""
    one = np.zeros_like(tally.cohort_visits)
    one[ALL] = 1
    visits = np.ones_like(tally.visits)
    return tally._replace(visits=visits, cohort_customers=one, cohort_visits=one)


def _with_guests(tally: Tally, has_baskets: bool) -> Tally:
    """Count one guest throughout, and one visit of guests where baskets are unknown."""
    customers, visits = tally.cohort_customers.copy(), tally.cohort_visits.copy()
    customers[GUEST] = 1
    if not has_baskets:
        visits[GUEST] = 1
    return tally._replace(cohort_customers=customers, cohort_visits=visits)


def _held(tally: Tally, level: NDArray[np.int64], cohort: CodeArray) -> Tally:
    """Take out what no ratio can hold: net returns of cells that sold nothing, or less than that.

    Only with returns netted; a cell of sales has units and visits.
    """
    visits = np.where(level < LINE, tally.visits, tally.cohort_visits[cohort])
    stray = (tally.units <= 0) | (visits <= 0)
    units, revenue, cost = (
        np.where(stray, 0, figure) for figure in (tally.units, tally.revenue, tally.cost)
    )
    return tally._replace(units=units, revenue=revenue, cost=cost)


# --- both periods --------------------------------------------------------------------------------


def count(pair: PeriodPair, *, per_item: bool, apart: bool) -> Counts:
    """Count both periods.

    Args:
        pair: the periods.
        per_item: units and money of each group only, whoever bought (Bennet).
        apart: new, lost and retained customers apart.
    """
    groups, size = len(pair.groups) + 1, len(COHORTS) * (len(pair.groups) + 1)
    cohorts = np.full(pair.customers + 1, ALL, dtype=np.int32)
    if not per_item:
        cohorts = _cohorts(pair, apart)
    sides = [(p, cohorts[p.customer] * np.int32(groups) + p.group) for p in pair.periods]
    holders = [_holders(lines, cell, pair.customers) for lines, cell in sides]
    tallies = [_tally(p, c, h, size) for (p, c), h in zip(sides, holders, strict=True)]
    if per_item:
        tallies, levels = [_of_items(tally) for tally in tallies], (BASKET, BASKET)
    else:
        tallies = [_with_guests(tally, pair.has_baskets) for tally in tallies]
        levels = _levels(holders, pair.has_baskets)
    return _without_strays((tallies[0], tallies[1]), levels, groups)


def _without_strays(tallies: tuple[Tally, Tally], levels: tuple[int, int], groups: int) -> Counts:
    cells = np.arange(len(COHORTS) * groups, dtype=np.int32)
    cohort = cells // np.int32(groups)
    level = np.where(cohort == GUEST, levels[1], levels[0])
    held = [_held(tally, level, cohort) for tally in tallies]
    gone = [
        (all_.worth - in_tree.worth).reshape(-1, groups).sum(axis=0)
        for all_, in_tree in zip(tallies, held, strict=True)
    ]
    return Counts(
        held[0], held[1], cohort, cells % np.int32(groups), level, strays=(gone[0], gone[1])
    )
