"""The tree that explains revenue: customers x visits x units x price, by cohort and group."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np

from crmkit._kernels.grouping import sums_by
from crmkit._kernels.shapley import mixed_totals, rounded_to_targets, shapley_slopes
from crmkit.profitability.change.counts import ALL, BASKET, COHORTS, CUSTOMER, GUEST, Counts, Tally
from crmkit.profitability.change.lines import PeriodPair
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray


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
            np.concatenate([self.cohort, *(np.full_like(groups, ALL) for _ in parts)]),
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


# --- factors -------------------------------------------------------------------------------------


def _ratio(above: IntArray, below: IntArray) -> FloatArray:
    """Divide once, so that equal fractions are equal floats; 0/0 is NaN."""
    result = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=result, where=below != 0)
    return result


def _factors(tally: Tally, counts: Counts, costed: bool) -> FloatArray:
    """Return the factors of each cell; the share in the mix stands where its groups partition."""
    cohort, level = counts.cohort, counts.level
    units_of_cohort = np.zeros(len(COHORTS), dtype=np.int64)
    np.add.at(units_of_cohort, cohort, tally.units)
    own = [tally.customers, tally.visits, tally.units]
    whole = [tally.cohort_customers[cohort], tally.cohort_visits[cohort], units_of_cohort[cohort]]
    # Above the mix stand figures of the cohort, below it those of the group.
    by_customer, by_visit = level == CUSTOMER, level <= BASKET
    rows = [
        whole[0].astype(np.float64),
        _ratio(np.where(by_customer, own[1], whole[1]), np.where(by_customer, own[0], whole[0])),
        _ratio(np.where(by_visit, own[2], whole[2]), np.where(by_visit, own[1], whole[1])),
        _ratio(np.choose(level, own), np.choose(level, whole)),
        _ratio(tally.revenue, tally.units),
        _ratio(tally.cost, tally.units),
    ]
    return np.array(rows[: 5 + costed])


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


def grow(pair: PeriodPair, counts: Counts) -> DriverTree:
    """Split the change of each cell."""
    kept = np.flatnonzero((counts.before.units != 0) | (counts.after.units != 0))
    tallies = counts.before, counts.after
    before, after = (_factors(tally, counts, pair.costed)[:, kept] for tally in tallies)
    worth = [tally.worth[kept] for tally in tallies]
    one, two = filled(before, after)
    parts = shapley_slopes(one, two, costed=pair.costed) * (two - one)
    overall = [_overall(t, counts.cohort, pair.has_baskets, pair.costed) for t in tallies]
    return DriverTree(
        cohort=counts.cohort[kept],
        group=counts.group[kept],
        before=before,
        after=after,
        contributions=rounded_to_targets(parts, worth[1] - worth[0], two != one),
        worth_before=worth[0],
        worth_after=worth[1],
        overall_before=overall[0],
        overall_after=overall[1],
        returned=_part(pair, [p.returned for p in pair.periods], counts.strays),
        unitless=_part(pair, [p.without_units for p in pair.periods], (0, 0)),
    )


def _part(
    pair: PeriodPair, masks: list[BoolArray], more: tuple[IntArray | int, IntArray | int]
) -> Part:
    """Sum the lines under *masks* per group, and add what was found elsewhere."""
    sums = []
    for lines, mask, extra in zip(pair.periods, masks, more, strict=True):
        rows = np.flatnonzero(mask)
        worth = lines.revenue[rows] - lines.cost[rows]
        sums.append(
            sums_by(lines.group[rows], len(pair.groups) + 1, worth).astype(np.int64) + extra
        )
    return Part(*sums)
