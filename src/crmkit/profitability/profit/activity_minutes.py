"""Minutes of activities by event, and what they make of a resource's cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.errors import CapacityOverrunWarning, InvalidDataError
from crmkit.money import allocate
from crmkit.money.amounts import minor_units, round_ratio
from crmkit.profitability.profit.activities import Activity, Resource, exact
from crmkit.profitability.profit.sources import post_by_id
from crmkit.profitability.profit.till import QUESTION, Posted, Till, Unallocated
from crmkit.typing import IntArray, ReturnRule

_LARGEST = 2.0**60


@attrs.frozen(eq=False)
class Load:
    """An activity's minutes by entity, as whole numbers of 1 / *scale* minutes."""

    activity: Activity
    ids: Codes | None
    names: list[Any] | None
    weights: IntArray
    scale: int
    events: int
    of_nobody: int = 0

    @property
    def minutes(self) -> Fraction:
        """All of them, those of lines without the id included."""
        return Fraction(int(self.weights.sum()) + self.of_nobody, self.scale)

    def to_lines(self, till: Till, cost: int) -> Posted:
        """Bring a cost to events by minutes, and from there to lines."""
        if self.ids is None:
            return Posted(lines=till.spread_total(cost, self.weights))
        every = np.append(self.weights, self.of_nobody)
        *_, nobody = shares = allocate(cost, every) if cost else np.zeros_like(every)
        lost = (Unallocated(f"{self.activity.name} of no {self.activity.level}", int(nobody)),)
        shares = shares[:-1]
        by = till.sold
        if self.activity.level == "product":
            by = np.maximum(till.after_returns(np.asarray(till.pieces.units), "keep"), 0)
        if self.names is not None:
            found = post_by_id(till, self.ids, (self.names, shares), (by, till.present))
            return Posted(lines=found.lines, unallocated=found.unallocated + lost)
        lines = till.spread_over_ids(self.ids, shares, by, till.present)
        return Posted(lines=lines, unallocated=lost)


@attrs.frozen(eq=False)
class Used:
    """What the activities of a resource use of it, in minutes and minor units."""

    resource: Resource
    loads: list[Load]
    costs: IntArray
    minutes: Fraction
    supplied: int

    @property
    def cost(self) -> int:
        """Of all activities."""
        return int(self.costs.sum())

    def warn_of_overrun(self) -> None:
        """Say if there are more minutes than the resource has.

        Warns:
            CapacityOverrunWarning: there are.
        """
        capacity = exact(self.resource.capacity)
        if self.minutes > capacity:
            check.warn(
                f"{self.resource.name}: {float(self.minutes):,g} minutes are used of"
                f" {float(capacity):,g}; the unused cost is negative. Is the capacity practical,"
                " are the times right?",
                CapacityOverrunWarning,
            )


def used_of(
    resource: Resource, activities: Sequence[Activity], till: Till, returns: ReturnRule
) -> Used:
    """Return what activities use of a resource."""
    own = [a for a in activities if a.resource == resource.name]
    loads = [_load(activity, till, returns) for activity in own]
    minutes = sum((load.minutes for load in loads), Fraction(0))
    supplied = int(minor_units(np.array([str(resource.cost)]), till.digits, None, "cost")[0])
    share = supplied * minutes / exact(resource.capacity)
    used = round_ratio(share.numerator, share.denominator, till.rounding)
    scale = math.lcm(*(load.scale for load in loads)) if loads else 1
    weights = [int(load.minutes * scale) for load in loads]
    costs = allocate(used, weights) if any(weights) else np.zeros(len(loads), dtype=np.int64)
    return Used(resource, loads, costs, minutes, supplied)


def _load(activity: Activity, till: Till, returns: ReturnRule) -> Load:
    """Return the minutes of each event of an activity."""
    ids = _ids_of(activity, till)
    one = till.after_returns(till.present.astype(np.int64), returns)
    base, scale, per_line = _line_minutes(activity, till, returns)
    if ids is None:
        return Load(activity, None, None, per_line + _times(one, base), scale, int(one.sum()))
    found = till.sums_over_ids(ids, per_line)
    if activity.events is None:
        there = (till.sums_over_ids(ids, one) > 0).astype(np.int64)
        of_nobody = int(per_line[ids.missing].sum())
        events = int(there.sum())
        return Load(activity, ids, None, found + _times(there, base), scale, events, of_nobody)
    names = list(activity.events)
    places = pd.Index(ids.labels).get_indexer(pd.Index(names))
    counts = np.array(list(activity.events.values()), dtype=np.int64)
    happened = np.where(counts > 0, np.append(found, 0)[places], 0)
    minutes = happened + _times(counts, base)
    return Load(activity, ids, names, minutes, scale, int(counts.sum()))


def _line_minutes(activity: Activity, till: Till, returns: ReturnRule) -> tuple[int, int, IntArray]:
    """Return minutes of an event and of each line by its drivers, as 1 / scale minutes."""
    base = exact(activity.base)
    driven = [
        (minutes / 10 ** (figure.digits or 0), np.asarray(figure.units, dtype=np.int64))
        for minutes, figure in (
            (minutes, _figure(till, name, values)) for name, minutes, values in activity.driven()
        )
    ]
    scale = math.lcm(base.denominator, *(minutes.denominator for minutes, _ in driven))
    per_line = np.zeros(len(till.tx), dtype=np.int64)
    for minutes, units in driven:
        held = np.maximum(till.after_returns(units, returns), 0)
        per_line = per_line + _times(held, int(minutes * scale))
    return int(base * scale), scale, per_line


def _figure(till: Till, name: str, values: LineValues | None) -> Decimals:
    if values is not None:
        return till.signed(till.counted_only(values.on(till.tx), values.name))
    return till.pieces if name == "quantity" else Decimals(till.present.astype(np.int64), 0)


def _times(counts: IntArray, minutes: int) -> IntArray:
    """Multiply counts, none of them negative, refusing what 64 bits could not sum."""
    if float(counts.astype(np.float64).sum()) * minutes >= _LARGEST:
        raise InvalidDataError("minutes have too many digits for 64 bits; round them.")
    return counts * minutes


def _ids_of(activity: Activity, till: Till) -> Codes | None:
    if activity.level == "line":
        return None
    if activity.level == "basket" and activity.events is None:
        return till.visits
    return till.tx.ids(activity.level, question=QUESTION)
