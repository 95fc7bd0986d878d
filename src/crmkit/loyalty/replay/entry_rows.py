"""The entries of one part of the accounts: what came, what went, and why."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.ledger.entries import EntryKind, EntryReason
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.page import Page
from crmkit.loyalty.replay.standing import base_rules
from crmkit.typing import IntArray


class Rows(NamedTuple):
    """Entries of one kind: accounts and baskets numbered within the part."""

    account: IntArray
    basket: IntArray
    rule: IntArray
    kind: IntArray
    reason: IntArray
    points: IntArray
    time: IntArray


def rows_of(bound: Bound, page: Page) -> Rows:
    """Return the entries of a part in the order of account and time."""
    parts = [
        _earned(bound, page),
        _gifts(bound, page),
        _given_back(page),
        _spent(page),
        _expired(page),
    ]
    rows = Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    some = np.flatnonzero(rows.points)
    order = some[np.lexsort((rows.kind[some], rows.time[some], rows.account[some]))]
    rows = Rows(*(column[order] for column in rows))
    places = np.append(page.part.baskets, -1)
    return rows._replace(account=rows.account + page.part.first, basket=places[rows.basket])


def _earned(bound: Bound, page: Page) -> Rows:
    """Return one entry for each rule and basket."""
    programme, points = bound.programme, page.played.points
    base = base_rules(programme)
    number = {id(rule): k for k, rule in enumerate(programme.rules)}
    tables = []
    for outcome, units in zip(page.played.outcomes, points, strict=True):
        rule = programme.earning[outcome.rule]
        if rule.counts == Counter.QUALIFYING:
            continue
        rows = np.flatnonzero(units)
        kind = EntryKind.EARN if base[outcome.rule] else EntryKind.BONUS
        tables.append((rows, number[id(rule)], kind, units[rows]))
    basket = joined([table[0] for table in tables])
    sizes = [len(table[0]) for table in tables]
    account, time = _of_baskets(bound, page)
    return Rows(
        account[basket],
        basket,
        np.repeat(np.array([table[1] for table in tables], dtype=np.int64), sizes),
        np.repeat(np.array([table[2] for table in tables], dtype=np.int64), sizes),
        np.full(len(basket), EntryReason.PURCHASE),
        joined([table[3] for table in tables]),
        time[basket],
    )


def _of_baskets(bound: Bound, page: Page) -> tuple[IntArray, IntArray]:
    account = bound.baskets.account[page.part.baskets].astype(np.int64) - page.part.first
    return account, bound.baskets.time[page.part.baskets]


def joined(columns: list[IntArray]) -> IntArray:
    """Return columns one after another, none at all too."""
    return np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)


_OF_GIFTS = {
    EntryReason.EVENT: EntryKind.EARN,
    EntryReason.REFERRAL: EntryKind.BONUS,
    EntryReason.TRANSFER: EntryKind.ADJUST,
}


def _gifts(bound: Bound, page: Page) -> Rows:
    gifts, rules = page.part.gifts, bound.programme.rules
    number = [k for k, rule in enumerate(rules) if rule in bound.programme.events]
    spendable = gifts.counted(bound.programme.events, Counter.QUALIFYING)
    gifts = gifts.rows(np.flatnonzero(spendable))
    kinds = np.zeros(len(EntryReason), dtype=np.int64)
    kinds[list(_OF_GIFTS)] = list(_OF_GIFTS.values())
    return Rows(
        gifts.account - page.part.first,
        np.full(len(gifts), -1),
        np.array([*number, -1], dtype=np.int64)[gifts.rule],
        kinds[gifts.reason],
        gifts.reason,
        gifts.units,
        gifts.time,
    )


def _given_back(page: Page) -> Rows:
    """Return the points that came back with goods which points had paid."""
    earned = page.books.earned
    rows = np.flatnonzero(~earned.held & (earned.named >= 0))
    return Rows(
        earned.account[rows],
        earned.named[rows],
        np.full(len(rows), -1),
        np.full(len(rows), EntryKind.ADJUST),
        np.full(len(rows), EntryReason.GIVEN_BACK),
        earned.units[rows],
        earned.time[rows],
    )


def _spent(page: Page) -> Rows:
    spent = page.books.spent
    kind, reason = whys(page)
    return Rows(
        spent.account,
        spent.basket,
        np.full(len(spent), -1),
        kind,
        reason,
        -page.books.settled.applied,
        spent.time,
    )


def whys(page: Page) -> tuple[IntArray, IntArray]:
    """Return the kind and the reason of each debit."""
    source = page.books.spent.source
    given = np.append(page.part.requests.transfers, False)[source]
    why = [source < 0, given]
    kind = np.select(why, [EntryKind.REVERSE, EntryKind.ADJUST], EntryKind.REDEEM)
    reason = np.select(why, [EntryReason.RETURN, EntryReason.TRANSFER], EntryReason.REDEMPTION)
    return kind, reason


def _expired(page: Page) -> Rows:
    earned, gone = page.books.earned, page.books.settled.expired
    rows = np.flatnonzero(gone)
    return Rows(
        earned.account[rows],
        earned.named[rows],
        np.full(len(rows), -1),
        np.full(len(rows), EntryKind.EXPIRE),
        np.full(len(rows), EntryReason.END_OF_LIFE),
        -gone[rows],
        page.books.life.dead[rows],
    )
