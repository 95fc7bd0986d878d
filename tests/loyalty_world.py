"""A small world to replay: baskets and what happened besides, in plain Python."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

import crmkit as ck
from crmkit.loyalty.replay.history import (
    Customers,
    Events,
    History,
    Payments,
    Redemptions,
    Transfers,
)


@dataclass
class Line:
    """One line of a basket; money in minor units, a negative quantity or amount is a return."""

    product: str
    quantity: Fraction
    amount: int
    attributes: dict[str, str] = field(default_factory=dict)
    origin: Any = None
    tax: int = 0
    discount_given: int = 0

    @property
    def is_return(self) -> bool:
        """Whether goods came back."""
        return self.quantity < 0 or self.amount < 0


@dataclass
class Basket:
    """One basket of one customer at one time; a guest is None."""

    label: Any
    customer: Any
    time: dt.datetime
    lines: list[Line]
    tenders: dict[str, int] = field(default_factory=dict)


@dataclass
class Person:
    """What is known of a customer."""

    birthday: dt.date | None = None
    joined: dt.date | None = None
    household: Any = None
    segments: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """All that happened.

    Redemptions are (customer, time, points, basket label or None), with whole points; events are
    (customer, time, name, referrer or None); transfers are (sender, receiver, time, points).
    """

    baskets: list[Basket] = field(default_factory=list)
    redemptions: list[tuple[Any, dt.datetime, int, Any]] = field(default_factory=list)
    events: list[tuple[Any, dt.datetime, str, Any]] = field(default_factory=list)
    transfers: list[tuple[Any, Any, dt.datetime, int]] = field(default_factory=list)
    customers: dict[Any, Person] = field(default_factory=dict)

    def until(self, moment: dt.datetime) -> World:
        """Return what happened up to *moment*, itself included."""
        return self._where(lambda time: time <= moment)

    def after(self, moment: dt.datetime) -> World:
        """Return what happened after *moment*."""
        return self._where(lambda time: time > moment)

    def _where(self, keep: Any) -> World:
        whens = {basket.label: basket.time for basket in self.baskets}
        return World(
            [basket for basket in self.baskets if keep(basket.time)],
            [r for r in self.redemptions if keep(whens.get(r[3], r[1]) if r[3] else r[1])],
            [event for event in self.events if keep(event[1])],
            [transfer for transfer in self.transfers if keep(transfer[2])],
            self.customers,
        )


def to_history(
    world: World, digits: int = 2, like: World | None = None
) -> tuple[History, Customers | None]:
    """Return the same world as crmkit reads it; at least one line is needed.

    It has the columns that *like* needs, or it alone if nothing else is said.
    """
    rows = [(basket, line) for basket in world.baskets for line in basket.lines]
    shape = [line for basket in (like or world).baskets for line in basket.lines]
    names = sorted({name for line in shape for name in line.attributes})
    attributes = {
        name: np.array([line.attributes.get(name) for _, line in rows], dtype=object)
        for name in names
    }
    if any(line.origin is not None for line in shape):
        attributes["origin"] = np.array([line.origin for _, line in rows], dtype=object)
    tx = ck.Transactions.from_arrays(
        customer=np.array([basket.customer for basket, _ in rows], dtype=object),
        time=np.array([basket.time for basket, _ in rows], dtype="datetime64[s]"),
        basket=[basket.label for basket, _ in rows],
        product=[line.product for _, line in rows],
        quantity=[_decimal(line.quantity) for _, line in rows],
        amount=[_money(line.amount, digits) for _, line in rows],
        attributes=attributes,
    )
    history = History(
        tx,
        tax=_values(tx, [line.tax for _, line in rows], "tax", digits)
        if any(line.tax for line in shape)
        else None,
        discount_given=_values(tx, [line.discount_given for _, line in rows], "discount", digits)
        if any(line.discount_given for line in shape)
        else None,
        payments=_payments(world, digits),
        redemptions=_redemptions(world),
        events=_events(world),
        transfers=_transfers(world),
        origin="origin" if "origin" in attributes else None,
    )
    return history, _customers(world)


def _decimal(number: Fraction) -> str:
    return f"{number.numerator * 1000 // number.denominator / 1000:.3f}"


def _money(minor: int, digits: int) -> str:
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def _values(tx: ck.Transactions, minor: list[int], name: str, digits: int) -> Any:
    figures = [int(value) / 10**digits for value in minor]
    return ck.LineValues.of(tx, figures, name=name)


def _payments(world: World, digits: int) -> Payments | None:
    rows = [(b.label, tender, paid) for b in world.baskets for tender, paid in b.tenders.items()]
    if not rows:
        return None
    return Payments(
        basket=[row[0] for row in rows],
        tender=[row[1] for row in rows],
        amount=np.array([_money(row[2], digits) for row in rows], dtype=object),
    )


def _stamps(times: list[dt.datetime]) -> Any:
    return np.array(times, dtype="datetime64[s]")


def _redemptions(world: World) -> Redemptions | None:
    if not world.redemptions:
        return None
    customer, time, points, basket = zip(*world.redemptions, strict=True)
    return Redemptions(
        customer=np.array(customer, dtype=object),
        time=_stamps(list(time)),
        points=np.array(points, dtype=np.int64),
        basket=np.array(basket, dtype=object) if any(b is not None for b in basket) else None,
    )


def _events(world: World) -> Events | None:
    if not world.events:
        return None
    customer, time, name, referrer = zip(*world.events, strict=True)
    return Events(
        customer=np.array(customer, dtype=object),
        time=_stamps(list(time)),
        event=np.array(name, dtype=object),
        referrer=np.array(referrer, dtype=object) if any(referrer) else None,
    )


def _transfers(world: World) -> Transfers | None:
    if not world.transfers:
        return None
    sender, receiver, time, points = zip(*world.transfers, strict=True)
    return Transfers(
        sender=np.array(sender, dtype=object),
        receiver=np.array(receiver, dtype=object),
        time=_stamps(list(time)),
        points=np.array(points, dtype=np.int64),
    )


def _customers(world: World) -> Customers | None:
    if not world.customers:
        return None
    people = world.customers
    segments = sorted({name for person in people.values() for name in person.segments})
    return Customers(
        customer=np.array(list(people), dtype=object),
        birthday=_dates([person.birthday for person in people.values()]),
        joined=_dates([person.joined for person in people.values()]),
        household=np.array([person.household for person in people.values()], dtype=object),
        segments=tuple(
            ck.Labels.from_mapping(
                {who: p.segments[name] for who, p in people.items() if name in p.segments},
                entity="customer",
                name=name,
            )
            for name in segments
        ),
    )


def _dates(days: list[dt.date | None]) -> Any:
    return np.array([np.datetime64("NaT") if d is None else d for d in days], "datetime64[D]")
