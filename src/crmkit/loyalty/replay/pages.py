"""Put what was played part by part together as a ledger."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np

from crmkit.loyalty.ledger.entries import Entries, EntryKind, EntryReason
from crmkit.loyalty.ledger.ledger import Ledger
from crmkit.loyalty.ledger.lots import Lots, LotUses
from crmkit.loyalty.ledger.tier_history import TierHistory
from crmkit.loyalty.replay.accounting import Books, Part
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.standing import base_rules
from crmkit.loyalty.replay.tiers import Standing
from crmkit.typing import IntArray


@attrs.frozen(eq=False)
class Page:
    """What one part of the accounts adds to the ledger."""

    part: Part
    played: Played
    books: Books
    standing: Standing


class _Rows(NamedTuple):
    """Entries of one kind: accounts and baskets numbered within the part."""

    account: IntArray
    basket: IntArray
    rule: IntArray
    kind: IntArray
    reason: IntArray
    points: IntArray
    time: IntArray


def ledger_of(bound: Bound, pages: list[Page]) -> Ledger:
    """Return the ledger of all pages."""
    lots, uses = _lots(bound, pages)
    return Ledger(
        programme=bound.programme,
        as_of=bound.as_of,
        entries=_entries(bound, pages),
        lots=lots,
        uses=uses,
        tiers=_tiers(bound, pages),
        bound=bound,
        frame_kind=bound.history.tx.frame_kind,
    )


# --- entries -------------------------------------------------------------------------------------


def _entries(bound: Bound, pages: list[Page]) -> Entries:
    tables = [_of_page(bound, page) for page in pages]
    columns = [np.concatenate(column) for column in zip(*tables, strict=True)]
    rows = _Rows(*columns) if columns else _Rows(*(np.zeros(0, dtype=np.int64),) * 7)
    codes = np.append(bound.baskets.code, np.int32(-1))
    tx = bound.history.tx
    return Entries(
        account=rows.account.astype(np.int32),
        basket=codes[rows.basket],
        rule=rows.rule.astype(np.int16),
        kind=rows.kind.astype(np.int8),
        reason=rows.reason.astype(np.int8),
        points=rows.points,
        time=rows.time,
        accounts=bound.accounts.labels,
        baskets=tx.ids("basket", question="evaluate()").labels,
        rules=tuple(rule.id for rule in bound.programme.rules),
        point_digits=bound.programme.policies.point_digits,
        frame_kind=tx.frame_kind,
    )


def _of_page(bound: Bound, page: Page) -> _Rows:
    """Return the entries of a part in the order of account and time."""
    parts = [_earned(bound, page), _gifts(bound, page), _spent(page), _expired(page)]
    rows = _Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    some = np.flatnonzero(rows.points)
    order = some[np.lexsort((rows.kind[some], rows.time[some], rows.account[some]))]
    rows = _Rows(*(column[order] for column in rows))
    places = np.append(page.part.baskets, -1)
    return rows._replace(account=rows.account + page.part.first, basket=places[rows.basket])


def _earned(bound: Bound, page: Page) -> _Rows:
    """Return one entry for each rule and basket."""
    programme, points = bound.programme, page.played.points
    base = base_rules(programme)
    number = {id(rule): k for k, rule in enumerate(programme.rules)}
    tables = []
    for outcome, units in zip(page.played.outcomes, points, strict=True):
        rule = programme.earning[outcome.rule]
        if rule.counts == "qualifying":
            continue
        rows = np.flatnonzero(units)
        kind = EntryKind.EARN if base[outcome.rule] else EntryKind.BONUS
        tables.append((rows, number[id(rule)], kind, units[rows]))
    basket = _joined([table[0] for table in tables])
    sizes = [len(table[0]) for table in tables]
    account, time = _of_baskets(bound, page)
    return _Rows(
        account[basket],
        basket,
        np.repeat(np.array([table[1] for table in tables], dtype=np.int64), sizes),
        np.repeat(np.array([table[2] for table in tables], dtype=np.int64), sizes),
        np.full(len(basket), EntryReason.PURCHASE),
        _joined([table[3] for table in tables]),
        time[basket],
    )


def _of_baskets(bound: Bound, page: Page) -> tuple[IntArray, IntArray]:
    account = bound.baskets.account[page.part.baskets].astype(np.int64) - page.part.first
    return account, bound.baskets.time[page.part.baskets]


def _joined(columns: list[IntArray]) -> IntArray:
    return np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64)


def _gifts(bound: Bound, page: Page) -> _Rows:
    gifts, rules = page.part.gifts, bound.programme.rules
    number = [k for k, rule in enumerate(rules) if rule in bound.programme.events]
    count = len(gifts.units)
    return _Rows(
        gifts.account - page.part.first,
        np.full(count, -1),
        np.array([*number, -1], dtype=np.int64)[gifts.rule],
        np.full(count, EntryKind.EARN),
        np.full(count, EntryReason.EVENT),
        gifts.units,
        gifts.time,
    )


def _spent(page: Page) -> _Rows:
    spent = page.books.spent
    redeemed = spent.source >= 0
    return _Rows(
        spent.account,
        spent.basket,
        np.full(len(spent), -1),
        np.where(redeemed, EntryKind.REDEEM, EntryKind.REVERSE),
        np.where(redeemed, EntryReason.REDEMPTION, EntryReason.RETURN),
        -page.books.settled.applied,
        spent.time,
    )


def _expired(page: Page) -> _Rows:
    earned, gone = page.books.earned, page.books.settled.expired
    rows = np.flatnonzero(gone)
    return _Rows(
        earned.account[rows],
        earned.basket[rows],
        np.full(len(rows), -1),
        np.full(len(rows), EntryKind.EXPIRE),
        np.full(len(rows), EntryReason.END_OF_LIFE),
        -gone[rows],
        page.books.life.dead[rows],
    )


# --- lots ----------------------------------------------------------------------------------------


def _lots(bound: Bound, pages: list[Page]) -> tuple[Lots, LotUses]:
    codes = np.append(bound.baskets.code, np.int32(-1))
    columns: dict[str, list[IntArray]] = {}
    uses: list[tuple[IntArray, IntArray, IntArray, IntArray]] = []
    before = 0
    for page in pages:
        found, earned = page.books.settled, page.books.earned
        places = np.append(page.part.baskets, -1)
        spent = earned.units - found.left - found.expired - found.undone
        rows = {
            "account": earned.account + page.part.first,
            "basket": codes[places[earned.basket]],
            "earned": earned.time,
            "active": page.books.life.active,
            "dead_from": page.books.life.dead,
            "granted": earned.units,
            "remaining": found.left,
            "spent": spent,
            "expired": found.expired,
            "reversed": found.undone,
        }
        for name, column in rows.items():
            columns.setdefault(name, []).append(column)
        uses.append(_uses(page, before))
        before += len(earned)
    tables = {name: _joined(parts) for name, parts in columns.items()}
    account = tables.pop("account").astype(np.int32)
    basket = tables.pop("basket").astype(np.int32)
    lot, time, points, kind = (_joined(list(column)) for column in zip(*uses, strict=True))
    lots = Lots(
        account=account,
        basket=basket,
        earned=tables["earned"],
        active=tables["active"],
        dead_from=tables["dead_from"],
        granted=tables["granted"],
        remaining=tables["remaining"],
        spent=tables["spent"],
        expired=tables["expired"],
        reversed=tables["reversed"],
        accounts=bound.accounts.labels,
        baskets=bound.history.tx.ids("basket", question="evaluate()").labels,
        point_digits=bound.programme.policies.point_digits,
        frame_kind=bound.history.tx.frame_kind,
    )
    return lots, LotUses(lot=lot, time=time, points=points, kind=kind.astype(np.int8))


def _uses(page: Page, before: int) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return which points of which lot went when: to debits, and by death."""
    found, spent = page.books.settled, page.books.spent
    dead = np.flatnonzero(found.expired)
    kinds = np.where(spent.source >= 0, EntryKind.REDEEM, EntryKind.REVERSE)
    lot = np.concatenate([found.piece_lot, dead])
    time = np.concatenate([spent.time[found.piece_debit], page.books.life.dead[dead]])
    kind = np.concatenate([kinds[found.piece_debit], np.full(len(dead), EntryKind.EXPIRE)])
    points = np.concatenate([found.piece_points, found.expired[dead]])
    # A deficit is paid when the lot that pays it can be spent.
    time = np.maximum(time, page.books.life.active[lot])
    order = np.lexsort((time, lot))
    return lot[order] + before, time[order], points[order], kind[order]


# --- tiers ---------------------------------------------------------------------------------------


def _tiers(bound: Bound, pages: list[Page]) -> TierHistory:
    moved = [page.standing for page in pages]
    firsts = [page.part.first for page in pages]
    account = _joined([s.account + first for s, first in zip(moved, firsts, strict=True)])
    return TierHistory(
        account=account.astype(np.int32),
        time=_joined([s.time for s in moved]),
        before=_joined([s.before for s in moved]).astype(np.int32),
        after=_joined([s.after for s in moved]).astype(np.int32),
        rank=_joined([s.rank for s in moved]).astype(np.int32),
        counter=_joined([s.counter for s in moved]),
        accounts=bound.accounts.labels,
        tiers=bound.programme.tiers.names if bound.programme.tiers else (),
        frame_kind=bound.history.tx.frame_kind,
    )
