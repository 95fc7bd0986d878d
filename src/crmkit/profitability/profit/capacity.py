"""How much of each resource was used, by what, and what is left."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.profitability.profit.activities import exact
from crmkit.profitability.profit.activity_minutes import Used
from crmkit.typing import FloatArray, FrameKind, IntArray


@attrs.frozen(kw_only=True, repr=False)
class CapacityUsage(Answer):
    """What was used of each resource; used and unused cost sum to what was supplied.

    Attributes:
        resource: names.
        capacity: practical minutes.
        used: minutes used.
        used_cost: minor units.
        unused_cost: minor units; negative where more was used than there is.
        activities: what each activity took of them.
        digits: digits of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import Activity, ActivityModel, Resource
        >>> model = ActivityModel([Resource("a", 9, 12)], [Activity("pick", "a", base=3)])
        >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[5])
        >>> model.usage(tx).unused_cost
        array([675])
    """

    resource: tuple[str, ...]
    capacity: FloatArray = array()
    used: FloatArray = array()
    used_cost: IntArray = array()
    unused_cost: IntArray = array()
    activities: ActivityUsage
    digits: int

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many resources."""
        return len(self.resource)

    def __repr__(self) -> str:
        """Minutes and cost of each resource."""
        scale = 10.0**self.digits
        said = [
            f"{name}: {self.used[k]:,g} of {self.capacity[k]:,g} minutes,"
            f" {self.used_cost[k] / scale:,.{self.digits}f} used,"
            f" {self.unused_cost[k] / scale:,.{self.digits}f} unused"
            for k, name in enumerate(self.resource)
        ]
        return f"CapacityUsage({'; '.join(said)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        scale = 10.0**self.digits
        cost = (self.used_cost + self.unused_cost) / scale
        return {
            "resource": np.array(self.resource, dtype=object),
            "capacity": self.capacity,
            "cost": cost,
            "rate": cost / self.capacity,
            "used": self.used,
            "used_cost": self.used_cost / scale,
            "unused_cost": self.unused_cost / scale,
        }


@attrs.frozen(kw_only=True, repr=False)
class ActivityUsage(Answer):
    """Events, minutes and cost of each activity, resource by resource.

    Attributes:
        activity: names.
        resource: whose minutes they took.
        events: how often they were done.
        minutes: of all events.
        cost: minor units; those of a resource sum to its used cost.
        digits: digits of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import Activity, ActivityModel, Resource
        >>> model = ActivityModel([Resource("a", 9, 12)], [Activity("pick", "a", base=3)])
        >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[5])
        >>> model.usage(tx).activities
        ActivityUsage(pick: 1 event, 3 minutes, 2.25)
    """

    activity: tuple[str, ...]
    resource: tuple[str, ...]
    events: IntArray = array()
    minutes: FloatArray = array()
    cost: IntArray = array()
    digits: int

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many activities."""
        return len(self.activity)

    def __repr__(self) -> str:
        """Events, minutes and cost of each activity."""
        costs = self.cost / 10.0**self.digits
        said = [
            f"{name}: {check.counted(self.events[k], 'event')}, {self.minutes[k]:,g} minutes,"
            f" {costs[k]:,.{self.digits}f}"
            for k, name in enumerate(self.activity)
        ]
        return f"ActivityUsage({'; '.join(said)})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        costs = self.cost / 10.0**self.digits
        each = np.full(len(self), np.nan)
        np.divide(costs, self.events, out=each, where=self.events > 0)
        return {
            "activity": np.array(self.activity, dtype=object),
            "resource": np.array(self.resource, dtype=object),
            "events": self.events,
            "minutes": self.minutes,
            "cost": costs,
            "cost_per_event": each,
        }


def usage_of(used: list[Used], digits: int, frame_kind: FrameKind) -> CapacityUsage:
    """Tell what was used of each resource."""
    return CapacityUsage(
        resource=tuple(u.resource.name for u in used),
        capacity=np.array([float(exact(u.resource.capacity)) for u in used]),
        used=np.array([float(u.minutes) for u in used]),
        used_cost=np.array([u.cost for u in used], dtype=np.int64),
        unused_cost=np.array([u.supplied - u.cost for u in used], dtype=np.int64),
        activities=_of_activities(used, digits, frame_kind),
        digits=digits,
        frame_kind=frame_kind,
    )


def _of_activities(used: list[Used], digits: int, frame_kind: FrameKind) -> ActivityUsage:
    loads = [(of.resource.name, load) for of in used for load in of.loads]
    return ActivityUsage(
        activity=tuple(load.activity.name for _, load in loads),
        resource=tuple(resource for resource, _ in loads),
        events=np.array([load.events for _, load in loads], dtype=np.int64),
        minutes=np.array([float(load.minutes) for _, load in loads], dtype=np.float64),
        cost=np.concatenate([np.zeros(0, dtype=np.int64), *(of.costs for of in used)]),
        digits=digits,
        frame_kind=frame_kind,
    )
