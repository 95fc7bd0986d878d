"""Time-driven activity-based costing: what people and machines cost, by their minutes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import check_digits
from crmkit.profitability.profit.activities import Activity, Resource, misfits
from crmkit.profitability.profit.activity_minutes import Used, used_of
from crmkit.profitability.profit.capacity import CapacityUsage, usage_of
from crmkit.profitability.profit.till import Posted, Till, Unallocated
from crmkit.typing import CostStep, FloatArray, IntoMoney, ReturnRule


def _several(given: Any) -> tuple[Any, ...]:
    return (given,) if isinstance(given, Resource | Activity) else tuple(given)


@attrs.frozen
class ActivityModel:
    """Resources and the activities that use them.

    Attributes:
        resources: what there is.
        activities: what is done.
        returns: whether lines of returns are events too, "charge"; "keep" leaves them out.

    Raises:
        InvalidArgumentError: names twice, unknown resources or drivers, capacity that is not
            positive, negative minutes; all of them are listed.

    Source: R. S. Kaplan and S. R. Anderson, Time-driven activity-based costing (2004).

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import Activity, ActivityModel, Resource
        >>> model = ActivityModel(
        ...     [Resource("staff", "90.00", 120)],
        ...     [
        ...         Activity("pick", "staff", base="0.6"),
        ...         Activity("pack", "staff", "basket", base=2),
        ...     ],
        ... )
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1, 1, 2], basket=[1, 1, 2], time=["2026-01-03"] * 3, amount=[5, 4, 3]
        ... )
        >>> model.usage(tx).to_frame()[["resource", "used", "used_cost", "unused_cost"]]
          resource  used  used_cost  unused_cost
        0    staff   5.8       4.35        85.65
    """

    resources: tuple[Resource, ...] = attrs.field(converter=_several)
    activities: tuple[Activity, ...] = attrs.field(converter=_several)
    returns: ReturnRule = attrs.field(default="keep", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that resources and activities fit together."""
        for every, kind in ((self.resources, Resource), (self.activities, Activity)):
            for one in every:
                check.instance(
                    one, kind, f"one of {len(every)}", f"Say {kind.__name__}(name, ...)."
                )
        problems = list(misfits(self.resources, self.activities))
        if self.returns not in ("keep", "charge"):
            problems.append(
                "time that was spent stays spent: returns must be 'keep' or 'charge'; got"
                f" {self.returns!r}."
            )
        if problems:
            raise InvalidArgumentError("\n".join(problems))

    def usage(self, tx: Transactions, *, digits: int = 2) -> CapacityUsage:
        """Return minutes and cost that the lines used of each resource, and what nobody used.

        Args:
            tx: the lines.
            digits: digits of the currency.

        Raises:
            MissingRoleError: the lines lack what a level or driver needs.

        Warns:
            CapacityOverrunWarning: more minutes are used than there are.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import Activity, ActivityModel, Resource
            >>> model = ActivityModel(
            ...     [Resource("desk", "560000", 700_000)],
            ...     [Activity("calls", "desk", "customer", base=1, events={1: 578_600})],
            ... )
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[5])
            >>> model.usage(tx)
            CapacityUsage(desk: 578,600 of 700,000 minutes, 462,880.00 used, 97,120.00 unused)
        """
        till = Till(tx=tx, digits=check_digits(digits), rounding="half_up")
        used = self._used(till)
        for of_resource in used:
            of_resource.warn_of_overrun()
        return usage_of(used, digits, tx.frame_kind)

    def _used(self, till: Till) -> list[Used]:
        def found() -> list[Used]:
            return [used_of(r, self.activities, till, self.returns) for r in self.resources]

        return till.once(self, found)


def _names(given: Iterable[str] | None) -> tuple[str, ...] | None:
    if given is None or isinstance(given, str):
        return given if given is None else (given,)
    return tuple(given)


@attrs.frozen
class ActivityCost:
    """Some activities of a model as the cost of a step.

    Used cost reaches events by their minutes, and lines from there: of baskets and customers by
    what was paid, of products by units. Minutes of lines without the id, as of guests, are
    unallocated. So is, once, what a resource has unused, under its name, and what activities cost
    that no step of the cost model takes: all that was supplied is somewhere.

    Attributes:
        model: resources and activities.
        activities: names of the activities of this step; None is all.

    Raises:
        InvalidArgumentError: an activity that the model does not have.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import (
        ...     Activity, ActivityCost, ActivityModel, CostModel, Resource, contribution,
        ... )
        >>> model = ActivityModel([Resource("a", 9, 12)], [Activity("pick", "a", base=3)])
        >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[5])
        >>> earned = contribution(tx, CostModel(handling=ActivityCost(model)))
        >>> earned.minor("handling"), earned.unallocated.of("handling")
        (array([-225]), -675)
    """

    model: ActivityModel
    activities: tuple[str, ...] | None = attrs.field(default=None, converter=_names)

    def __attrs_post_init__(self) -> None:
        """Check that the activities are there."""
        check.instance(self.model, ActivityModel, "model", "Say ActivityCost(model, ['pick']).")
        known = [a.name for a in self.model.activities]
        for name in self.activities or ():
            if name not in known:
                raise InvalidArgumentError(
                    f"the model has no activity {name!r}; it has {', '.join(known)}."
                    + check.hint(name, known)
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the activities of this step."""
        every = tuple(a.name for a in self.model.activities)
        return every if self.activities is None else self.activities

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import (
            ...     Activity, ActivityCost, ActivityModel, CostModel, Resource, contribution,
            ... )
            >>> pack = Activity("pack", "a", "basket", base=3)
            >>> model = ActivityModel([Resource("a", 9, 12)], [pack])
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1], basket=[1, 1], time=["2026-01-03"] * 2, amount=[5, 4]
            ... )
            >>> contribution(tx, CostModel(channel=ActivityCost(model))).minor("channel")
            array([-125, -100])
        """
        lines = np.zeros(len(till.tx), dtype=np.int64)
        lost: list[Unallocated] = []
        for used in self.model._used(till):
            for load, cost in zip(used.loads, used.costs.tolist(), strict=True):
                if load.activity.name in self.names:
                    posted = load.to_lines(till, cost)
                    lines += posted.lines
                    lost += posted.unallocated
        return Posted(lines=lines, unallocated=tuple(u for u in lost if u.units))


def spare_capacity(
    sources: Iterable[tuple[CostStep, object]], till: Till
) -> Iterator[tuple[CostStep, tuple[Unallocated, ...]]]:
    """Return what resources have unused, and what activities cost that no step takes.

    Both belong to the first step that takes an activity of the resource, or of its model.

    Warns:
        CapacityOverrunWarning: more minutes are used than there are.
    """
    takers = [(step, source) for step, source in sources if isinstance(source, ActivityCost)]
    models: list[ActivityModel] = []
    for _, taker in takers:
        if taker.model not in models:
            models.append(taker.model)
    for model in models:
        steps = [(name, step) for step, t in takers if t.model == model for name in t.names]
        for used in model._used(till):
            used.warn_of_overrun()
            own = {load.activity.name for load in used.loads}
            first = next((step for name, step in steps if name in own), steps[0][1])
            yield first, _spare(used, {name for name, _ in steps})


def _spare(used: Used, taken: set[str]) -> tuple[Unallocated, ...]:
    of_no_step = [
        Unallocated(f"{load.activity.name} in no step", cost)
        for load, cost in zip(used.loads, used.costs.tolist(), strict=True)
        if load.activity.name not in taken
    ]
    every = (*of_no_step, Unallocated(used.resource.name, used.supplied - used.cost))
    return tuple(spare for spare in every if spare.units)


def activity_rates(cost: IntoMoney, shares: ArrayLike, volumes: ArrayLike) -> FloatArray:
    """Return the cost of one event of each activity, where all of a cost is absorbed.

    The classic form: a pool is split by surveyed shares of time, each divided by the volume of its
    driver. Unused capacity hides in these rates; `ActivityModel` shows it.

    Args:
        cost: of the pool, in major units.
        shares: of the pool by activity, summing to 1.
        volumes: events by activity.

    Raises:
        InvalidArgumentError: shares that do not sum to 1, or volumes that are not positive.

    Source: R. S. Kaplan and S. R. Anderson (2004).

    Examples:
        >>> from crmkit.profitability import activity_rates
        >>> activity_rates(560_000, [0.7, 0.1, 0.2], [49_000, 1_400, 2_500])
        array([ 8. , 40. , 44.8])
    """
    parts, events = np.asarray(shares, dtype=np.float64), np.asarray(volumes, dtype=np.float64)
    if not math.isclose(float(parts.sum()), 1.0) or (parts < 0).any() or not (events > 0).all():
        raise InvalidArgumentError(
            f"shares must sum to 1 and volumes be positive; got shares that sum to {parts.sum():g}"
            f" and volumes from {events.min():g}."
        )
    return np.asarray(float(cost) * parts / events)
