"""The tree that explains revenue: customers x visits x units x price, by cohort and group."""

from __future__ import annotations

from typing import NamedTuple, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.grouping import counts_by, occurring, sums_by
from crmkit._kernels.shapley import mixed_totals, rounded_to_targets, shapley_slopes
from crmkit.profitability.driver_lines import PeriodLines, PeriodPair
from crmkit.typing import BoolArray, CodeArray, Cohort, FloatArray, IntArray, PartitionLevel

COHORTS: tuple[Cohort, ...] = get_args(Cohort)
_ALL, _NEW, _LOST, _RETAINED, GUEST = range(len(COHORTS))
_LEVELS: tuple[PartitionLevel, ...] = get_args(PartitionLevel)


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


class Part(NamedTuple):
    """Money outside the tree per group, before and after; minor units."""

    before: IntArray
    after: IntArray


@attrs.frozen(kw_only=True, eq=False)
class DriverTree:
    """Factors of each cell in both periods, and what their moves contributed.

    The factors are customers, visits per customer, units per visit, share in the mix, price and,
    where margin is explained, cost. These are the rows of arrays.

    Attributes:
        cohort: cohort of each cell.
        group: group of each cell.
        before: shape (factors, cells); NaN where a ratio is 0/0.
        after: the same of the second period.
        contributions: shape (factors, cells), minor units.
        worth_before: revenue or margin of each cell, minor units.
        worth_after: the same of the second period.
        overall_before: the factors of all cells together; NaN for the mix.
        overall_after: the same of the second period.
        returned: returns outside the tree, per group.
        unitless: lines without units, per group.
        level: what lies wholly in one group; None without groups.
        guest_level: the same of guests.
    """

    cohort: CodeArray
    group: CodeArray
    before: FloatArray
    after: FloatArray
    contributions: IntArray
    worth_before: IntArray
    worth_after: IntArray
    overall_before: FloatArray
    overall_after: FloatArray
    returned: Part
    unitless: Part
    level: PartitionLevel | None
    guest_level: PartitionLevel | None

    @property
    def costed(self) -> bool:
        """Whether the last factor is cost."""
        return len(self.before) == 6

    def slopes(self) -> FloatArray:
        """Return what a unit of each factor is worth on the way from one period to the other."""
        return shapley_slopes(*filled(self.before, self.after), costed=self.costed)

    def money(self) -> tuple[CodeArray, CodeArray, IntArray, IntArray]:
        """Return cohort, group and money before and after of all cells, then of all parts."""
        groups = np.arange(len(self.returned.before), dtype=np.int32)
        parts = self.returned, self.unitless
        return (
            np.concatenate([self.cohort, *(np.full_like(groups, _ALL) for _ in parts)]),
            np.concatenate([self.group, *(groups for _ in parts)]),
            np.concatenate([self.worth_before, *(part.before for part in parts)]),
            np.concatenate([self.worth_after, *(part.after for part in parts)]),
        )

    def mixed_totals(self) -> FloatArray:
        """Return revenue or margin for every choice of which factors, and parts, have moved."""
        tree = mixed_totals(*filled(self.before, self.after), costed=self.costed)
        for part in (self.returned, self.unitless):
            tree = np.stack([tree + part.before.sum(), tree + part.after.sum()], axis=-1)
        return tree


def filled(before: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Take a ratio that one period leaves undefined from the other, so that it does not move."""
    one = np.where(np.isnan(before), after, before)
    two = np.where(np.isnan(after), before, after)
    return np.nan_to_num(one), np.nan_to_num(two)


def mix_against_average(tree: DriverTree, groups: int) -> IntArray:
    """Return each group's part of the mix against the average group of its cohort."""
    before, after = (values[3] for values in filled(tree.before, tree.after))
    slopes, moves, weights = tree.slopes()[3], after - before, (before + after) / 2
    result = np.zeros(groups, dtype=np.int64)
    for cohort in range(len(COHORTS)):
        rows = np.flatnonzero(tree.cohort == cohort)
        if not moves[rows].any():
            continue
        average = (weights[rows] * slopes[rows]).sum() / weights[rows].sum()
        parts = moves[rows] * (slopes[rows] - average)
        target = tree.contributions[3, rows].sum(keepdims=True)
        units = rounded_to_targets(parts[:, None], target, (moves[rows] != 0.0)[:, None])
        np.add.at(result, tree.group[rows], units[:, 0])
    return result


# --- cohorts and levels --------------------------------------------------------------------------


def _cohorts(pair: PeriodPair, apart: bool) -> CodeArray:
    """Return the cohort of each customer; the last entry, which code -1 finds, is the guests."""
    there = [
        occurring(np.where(p.bought, p.customer, np.int32(-1)), pair.customers)
        for p in (pair.before, pair.after)
    ]
    # Customers of returns only are lost: nothing of theirs is in the tree.
    kinds = np.array([_LOST, _LOST, _NEW, _RETAINED], dtype=np.int32)
    cohort = kinds[there[0] + 2 * there[1]]
    return np.append(cohort if apart else np.full_like(cohort, _ALL), np.int32(GUEST))


class _Holders(NamedTuple):
    """The cell that each customer and each visit was last seen in, and whether it was the only."""

    customer_cell: IntArray
    visit_cell: IntArray
    customers_whole: bool
    visits_whole: bool
    guest_visits_whole: bool


def _holders(lines: PeriodLines, cell: IntArray, customers: int) -> _Holders:
    rows = np.flatnonzero(lines.in_tree)
    customer, visit, cells = lines.customer[rows], lines.visit[rows], cell[rows]
    by_customer = np.full(customers + 1, -1, dtype=np.int64)
    by_visit = np.full(int(lines.visit.max(initial=-1)) + 1, -1, dtype=np.int64)
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
    return (0 if whole[0] else 1 if whole[1] else 2), (1 if guests else 2)


# --- counting ------------------------------------------------------------------------------------


def _tally(lines: PeriodLines, cell: IntArray, holders: _Holders, cells: int) -> Tally:
    rows = np.flatnonzero(lines.in_tree)
    bought = np.flatnonzero(lines.bought)
    groups = cells // len(COHORTS)
    counts = []
    ids = (lines.customer[bought], holders.customer_cell), (lines.visit[bought], holders.visit_cell)
    for codes, table in ids:
        counts.append(counts_by(table[occurring(codes, len(table))], cells))
    money = [
        sums_by(cell[rows].astype(np.int32), cells, values[rows]).astype(np.int64)
        for values in (lines.units, lines.revenue, lines.cost)
    ]
    by_cohort = [count.reshape(-1, groups).sum(axis=1) for count in counts]
    return Tally(*counts, *money, *by_cohort)


def _of_items(tally: Tally) -> Tally:
    """Count one customer and one visit throughout: what is left is units x price of each group."""
    cells, cohorts = np.ones_like(tally.visits), np.ones_like(tally.cohort_visits)
    return tally._replace(visits=cells, cohort_customers=cohorts, cohort_visits=cohorts)


def _with_guests(tally: Tally, has_baskets: bool) -> Tally:
    """Count one guest throughout, and one visit of guests where baskets are unknown."""
    customers, visits = tally.cohort_customers.copy(), tally.cohort_visits.copy()
    customers[GUEST] = 1
    if not has_baskets:
        visits[GUEST] = 1
    return tally._replace(cohort_customers=customers, cohort_visits=visits)


def _without_strays(tally: Tally, level: NDArray[np.int64], cohort: CodeArray) -> Tally:
    """Take out what no ratio can hold: net returns of cells that sold nothing, or less than that.

    Only with returns netted; a cell of sales has units and visits.
    """
    visits = np.where(level < 2, tally.visits, tally.cohort_visits[cohort])
    stray = (tally.units <= 0) | (visits <= 0)
    units, revenue, cost = (
        np.where(stray, 0, figure) for figure in (tally.units, tally.revenue, tally.cost)
    )
    return tally._replace(units=units, revenue=revenue, cost=cost)


# --- factors -------------------------------------------------------------------------------------


def _ratio(above: IntArray, below: IntArray) -> FloatArray:
    """Divide once, so that equal fractions are equal floats; 0/0 is NaN."""
    result = np.full(np.broadcast(above, below).shape, np.nan)
    return np.divide(above, below, out=result, where=np.asarray(below) != 0)


def _factors(tally: Tally, level: NDArray[np.int64], cohort: CodeArray, costed: bool) -> FloatArray:
    """Return the factors of each cell; the share in the mix stands where its groups partition."""
    all_customers, all_visits = tally.cohort_customers[cohort], tally.cohort_visits[cohort]
    all_units = np.zeros(len(COHORTS), dtype=np.int64)
    np.add.at(all_units, cohort, tally.units)
    above = level == 0, level <= 1
    customers = np.where(above[0], tally.customers, all_customers)
    visits = np.where(above[1], tally.visits, all_visits)
    units = np.where(above[1], tally.units, all_units[cohort])
    own = np.choose(level, [tally.customers, tally.visits, tally.units])
    everyones = np.choose(level, [all_customers, all_visits, all_units[cohort]])
    rows = [
        all_customers.astype(np.float64),
        _ratio(visits, customers),
        _ratio(units, visits),
        _ratio(own, everyones),
        _ratio(tally.revenue, tally.units),
    ]
    return np.array([*rows, _ratio(tally.cost, tally.units)] if costed else rows)


def _overall(tally: Tally, cohort: CodeArray, has_baskets: bool, costed: bool) -> FloatArray:
    """Return the factors of all cells together; guests count where they have what is counted."""
    customers = tally.cohort_customers[:GUEST].sum(keepdims=True)
    visits = tally.cohort_visits[:GUEST].sum(keepdims=True)
    known = cohort != GUEST
    units = tally.units.sum(keepdims=True)
    if has_baskets:
        per_visit = _ratio(units, visits + tally.cohort_visits[GUEST:])
    else:
        per_visit = _ratio(tally.units[known].sum(keepdims=True), visits)
    rows = [
        customers.astype(np.float64),
        _ratio(visits, customers),
        per_visit,
        np.array([np.nan]),
        _ratio(tally.revenue.sum(keepdims=True), units),
        _ratio(tally.cost.sum(keepdims=True), units),
    ]
    return np.concatenate(rows)[: 5 + costed]


# --- the whole -----------------------------------------------------------------------------------


def grow(pair: PeriodPair, *, per_item: bool, apart: bool) -> DriverTree:
    """Count both periods and split the change of each cell.

    Args:
        pair: the periods.
        per_item: quantity and price of each group only, whoever bought (Bennet).
        apart: new, lost and retained customers apart.
    """
    cohorts = np.full(pair.customers + 1, _ALL, dtype=np.int32)
    if not per_item:
        cohorts = _cohorts(pair, apart)
    groups = len(pair.groups) + 1
    sides = [
        (p, cohorts[p.customer] * np.int64(groups) + p.group) for p in (pair.before, pair.after)
    ]
    holders = [_holders(lines, cell, pair.customers) for lines, cell in sides]
    size = len(COHORTS) * groups
    tallies = [_tally(p, c, h, size) for (p, c), h in zip(sides, holders, strict=True)]
    if per_item:
        return _split(pair, [_of_items(tally) for tally in tallies], (1, 1), groups)
    tallies = [_with_guests(tally, pair.has_baskets) for tally in tallies]
    return _split(pair, tallies, _levels(holders, pair.has_baskets), groups)


def _split(
    pair: PeriodPair, tallies: list[Tally], levels: tuple[int, int], groups: int
) -> DriverTree:
    every = np.arange(len(COHORTS) * groups)
    cohort = (every // groups).astype(np.int32)
    level = np.where(cohort == GUEST, levels[1], levels[0])
    gross = tallies
    tallies = [_without_strays(tally, level, cohort) for tally in gross]
    strays = [(g.worth - t.worth).reshape(-1, groups).sum(axis=0) for g, t in zip(gross, tallies)]
    kept = np.flatnonzero((tallies[0].units != 0) | (tallies[1].units != 0))
    before, after = (_factors(t, level, cohort, pair.costed)[:, kept] for t in tallies)
    worth = [tally.worth[kept] for tally in tallies]
    one, two = filled(before, after)
    moves = two - one
    parts = shapley_slopes(one, two, costed=pair.costed) * moves
    overall = [_overall(t, cohort, pair.has_baskets, pair.costed) for t in tallies]
    asked = len(pair.groups) > 0
    return DriverTree(
        cohort=cohort[kept],
        group=(every % groups).astype(np.int32)[kept],
        before=before,
        after=after,
        contributions=rounded_to_targets(parts, worth[1] - worth[0], moves != 0.0),
        worth_before=worth[0],
        worth_after=worth[1],
        overall_before=overall[0],
        overall_after=overall[1],
        returned=_part(pair, groups, [p.returned for p in (pair.before, pair.after)], strays),
        unitless=_part(pair, groups, [p.without_units for p in (pair.before, pair.after)]),
        level=_LEVELS[levels[0]] if asked else None,
        guest_level=_LEVELS[levels[1]] if asked else None,
    )


def _part(
    pair: PeriodPair, groups: int, masks: list[BoolArray], more: list[IntArray] | None = None
) -> Part:
    sums = []
    for lines, mask in zip((pair.before, pair.after), masks, strict=True):
        rows = np.flatnonzero(mask)
        worth = lines.revenue[rows] - lines.cost[rows]
        sums.append(sums_by(lines.group[rows], groups, worth).astype(np.int64))
    if more is not None:
        sums = [a + b for a, b in zip(sums, more, strict=True)]
    return Part(*sums)
