"""What accounts give to each other: transfers, and points for friends who were brought."""

from __future__ import annotations

import math

import numpy as np

from crmkit._kernels.segments import heads_of
from crmkit.loyalty.declaration.events import Referral
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.ledger.entries import EntryReason
from crmkit.loyalty.replay.accounting import Books, Part
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.book import dead_at
from crmkit.loyalty.replay.clock import Rank, numbers_within
from crmkit.loyalty.replay.gifts import BY_POLICY, Gifts
from crmkit.loyalty.replay.page import Page
from crmkit.loyalty.replay.windows import DAY
from crmkit.typing import CodeArray, IntArray


def given_away(bound: Bound, page: Page) -> Gifts:
    """Return what accounts get from those of a page."""
    return Gifts.joined([_transferred(bound, page), _for_friends(bound, page)])


def _transferred(bound: Bound, page: Page) -> Gifts:
    """Return the pieces of lots that were given away; they keep the day on which they go."""
    requests, settled = page.part.requests, page.books.settled
    if not requests.transfers.any():
        return Gifts.none()
    source = page.books.spent.source[settled.piece_debit]
    pieces = np.flatnonzero((source >= 0) & requests.transfers[source])
    source = source[pieces]
    time = requests.time[source]
    return Gifts(
        account=requests.receiver[source],
        time=time,
        clock=bound.clock.received(time, requests.place[source]),
        units=settled.piece_points[pieces],
        rule=np.full(len(pieces), -1),
        reason=np.full(len(pieces), EntryReason.TRANSFER),
        dead=_deaths(bound.programme, page, settled.piece_lot[pieces], time),
    )


def _deaths(programme: Programme, page: Page, lots: IntArray, time: IntArray) -> IntArray:
    """Return when lots would go, as it stood at some moments."""
    books: Books = page.books
    if programme.policies.expiry.inactivity_days is None:
        return books.life.dead[lots]
    return dead_at(books.earned, books.activity, programme.policies.expiry, lots, time)


def _for_friends(bound: Bound, page: Page) -> Gifts:
    """Return the points of both for the first basket of each friend that is large enough."""
    terms = bound.programme.referral
    if terms is None:
        return Gifts.none()
    row, basket = _first_baskets(bound, page, terms)
    account, times = _of_baskets(bound, page.part)
    time, number = times[basket], numbers_within(account, times)[basket]
    own = bound.clock(time, number, Rank.APART)
    unit = 10**bound.programme.policies.point_digits
    parts = [
        _for_one(bound.brought.account[row], time, own, terms.referee * unit),
        _for_one(bound.brought.referrer[row], time, bound.clock.alone(time), terms.referrer * unit),
    ]
    return Gifts.joined(parts)


def _for_one(account: IntArray, time: IntArray, clock: IntArray, units: int) -> Gifts:
    rows = np.arange(len(account) if units else 0)
    none = np.full(len(rows), -1)
    return Gifts(
        account=account[rows],
        time=time[rows],
        clock=clock[rows],
        units=np.full(len(rows), units),
        rule=none,
        reason=np.full(len(rows), EntryReason.REFERRAL),
        dead=np.full(len(rows), BY_POLICY),
    )


def _of_baskets(bound: Bound, part: Part) -> tuple[CodeArray, IntArray]:
    return bound.baskets.account[part.baskets], bound.baskets.time[part.baskets]


def _first_baskets(bound: Bound, page: Page, terms: Referral) -> tuple[IntArray, IntArray]:
    """Return which friends bought enough in time, and the first basket in which they did."""
    brought, part = bound.brought, page.part
    minimum = math.ceil(terms.minimum * 10**bound.programme.policies.money_digits)
    account, time = _of_baskets(bound, part)
    sells = page.played.block.any(page.played.lines.sale) if len(account) else account < 0
    enough = np.flatnonzero(sells & (page.played.payable() >= minimum))
    rows = np.flatnonzero((brought.account >= part.first) & (brought.account < part.stop))
    place = np.searchsorted(brought.account[rows], account[enough])
    there = place < len(rows)
    enough, place = enough[there], rows[place[there]]
    same = brought.account[place] == account[enough]
    since = brought.since[place]
    late = time[enough] > since + terms.valid_days * DAY
    fits = same & (time[enough] > since) & ~late
    enough, place = enough[fits], place[fits]
    first = heads_of(place)
    return place[first], enough[first]
