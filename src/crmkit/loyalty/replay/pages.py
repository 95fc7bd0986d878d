"""Put what was played part by part together as a ledger."""

from __future__ import annotations

from fractions import Fraction

import attrs
import numpy as np

from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.ledger.entries import Entries, EntryKind
from crmkit.loyalty.ledger.ledger import BasketSales, Ledger
from crmkit.loyalty.ledger.lots import Lots, LotUses
from crmkit.loyalty.ledger.tier_history import TierHistory
from crmkit.loyalty.replay.accounting import Books, Part
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.entry_rows import Rows, joined, rows_of, whys
from crmkit.loyalty.replay.page import Page
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.spending import worth
from crmkit.loyalty.replay.strangers import Strangers, strangers_of, unmatched
from crmkit.loyalty.replay.tiers import Standing
from crmkit.typing import IntArray


@attrs.frozen(kw_only=True, eq=False)
class Leaf:
    """The rows of a page, without all that they were made of."""

    first: int
    entries: Rows
    lots: dict[str, IntArray]
    uses: tuple[IntArray, IntArray, IntArray, IntArray]
    standing: Standing
    baskets: IntArray
    received: IntArray
    discounts: tuple[Discounts, IntArray] | None
    overdrawn: IntArray
    strangers: Strangers


def leaf_of(bound: Bound, page: Page) -> Leaf:
    """Return the rows that a page adds to the ledger."""
    return Leaf(
        first=page.part.first,
        entries=rows_of(bound, page),
        lots=_lots_of(bound, page),
        uses=_uses(page),
        standing=page.standing._replace(found=joined([]), in_force=joined([]), track=None),
        baskets=page.part.baskets,
        received=_received(bound, page),
        discounts=discounts_of(page.played),
        overdrawn=_overdrawn(page),
        strangers=strangers_of(page.played, page.books),
    )


def _overdrawn(page: Page) -> IntArray:
    """Return account, time, points asked for and there of each request above the balance."""
    spent, available = page.books.spent, page.books.settled.available
    over = np.flatnonzero((spent.source >= 0) & (available < spent.units))
    account = spent.account[over] + page.part.first
    return np.stack([account, spent.time[over], spent.units[over], available[over]])


def discounts_of(played: Played) -> tuple[Discounts, IntArray] | None:
    """Return the discounts of a block, and its lines in the transactions."""
    return None if played.discounts is None else (played.discounts, played.lines.rows)


def ledger_of(bound: Bound, leaves: list[Leaf], guests: Played | None) -> Ledger:
    """Return the ledger of all pages; guests have discounts, but no points."""
    lots, uses = _lots(bound, leaves)
    found = [leaf.discounts for leaf in leaves] + [guests and discounts_of(guests)]
    return Ledger(
        discounts=_discounts(bound, [discounts for discounts in found if discounts]),
        sales=_sales(bound, leaves),
        programme=bound.programme,
        as_of=bound.as_of,
        entries=_entries(bound, leaves),
        lots=lots,
        uses=uses,
        tiers=_tiers(bound, leaves),
        unmatched=unmatched(bound, [leaf.strangers for leaf in leaves]),
        bound=bound,
        frame_kind=bound.history.tx.frame_kind,
    )


def paid_by_points(bound: Bound, part: Part, books: Books) -> IntArray:
    """Return the money of each basket of a part that points paid."""
    paid = np.zeros(len(part.baskets), dtype=np.int64)
    terms, scale = bound.programme.redemption, bound.scale
    inside = part.requests.basket >= 0
    if terms is not None and inside.any():
        units = np.zeros(len(paid), dtype=np.int64)
        place = part.requests.basket[inside] - part.baskets[0]
        np.add.at(units, place, books.applied[inside])
        paid = worth(units, terms, (scale.point, scale.money))
    return paid


def _discounts(bound: Bound, found: list[tuple[Discounts, IntArray]]) -> Discounts | None:
    """Return what discounts took off, with lines as the transactions number them."""
    if not found:
        return None
    left = bound.amount.copy()
    for discounts, rows in found:
        left[rows] = discounts.price_left
    return Discounts(
        rules=tuple(rule.id for rule in bound.programme.discounting),
        rule=joined([discounts.rule for discounts, _ in found]),
        line=joined([rows[discounts.line] for discounts, rows in found]),
        amount=joined([discounts.amount for discounts, _ in found]),
        price_left=left,
    )


def _sales(bound: Bound, leaves: list[Leaf]) -> BasketSales:
    """Return what each basket of a member brought in, net of what came back and points paid."""
    labels = len(bound.history.tx.ids("basket", question="evaluate()").labels)
    account = np.full(labels, -1, dtype=np.int32)
    time, money = np.zeros(labels, dtype=np.int64), np.zeros(labels, dtype=np.int64)
    baskets = bound.baskets
    account[baskets.code], time[baskets.code] = baskets.account, baskets.time
    for leaf in leaves:
        money[baskets.code[leaf.baskets]] = leaf.received
    return BasketSales(account=account, time=time, money=money)


def _received(bound: Bound, page: Page) -> IntArray:
    played, undone = page.played, page.books.undone
    if not len(page.part.baskets):
        return joined([])
    money = played.payable()
    if undone is not None and len(undone):
        prices = np.where(played.lines.sale, played.prices(), 0)
        np.subtract.at(money, undone.basket, undone.share(prices))
    return money - paid_by_points(bound, page.part, page.books)


# --- entries -------------------------------------------------------------------------------------


def _entries(bound: Bound, leaves: list[Leaf]) -> Entries:
    tables = [leaf.entries for leaf in leaves]
    rows = Rows(*(np.concatenate(column) for column in zip(*tables, strict=True)))
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
        funding=tuple(sum(rule.funding.values(), Fraction(0)) for rule in bound.programme.rules),
        point_digits=bound.programme.policies.point_digits,
        frame_kind=tx.frame_kind,
    )


# --- lots ----------------------------------------------------------------------------------------


def _lots_of(bound: Bound, page: Page) -> dict[str, IntArray]:
    codes = np.append(bound.baskets.code, np.int32(-1))
    found, earned = page.books.settled, page.books.earned
    places = np.append(page.part.baskets, -1)
    return {
        "account": earned.account + page.part.first,
        "basket": codes[places[earned.basket]].astype(np.int64),
        "earned": earned.time,
        "active": page.books.life.active,
        "dead_from": page.books.life.dead,
        "granted": earned.units,
        "remaining": found.left,
        "spent": earned.units - found.left - found.expired - found.undone,
        "expired": found.expired,
        "reversed": found.undone,
    }


def _lots(bound: Bound, leaves: list[Leaf]) -> tuple[Lots, LotUses]:
    names = leaves[0].lots
    tables = {name: joined([leaf.lots[name] for leaf in leaves]) for name in names}
    sizes = np.array([len(leaf.lots["granted"]) for leaf in leaves], dtype=np.int64)
    before = np.repeat(np.cumsum(sizes) - sizes, [len(leaf.uses[0]) for leaf in leaves])
    parts = zip(*(leaf.uses for leaf in leaves), strict=True)
    lot, time, points, kind = (joined(list(part)) for part in parts)
    lots = Lots(
        account=tables["account"].astype(np.int32),
        basket=tables["basket"].astype(np.int32),
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
    return lots, LotUses(lot=lot + before, time=time, points=points, kind=kind.astype(np.int8))


def _uses(page: Page) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return which points of which lot went when: to debits, and by death."""
    found, spent = page.books.settled, page.books.spent
    dead = np.flatnonzero(found.expired)
    kinds, _ = whys(page)
    lot = np.concatenate([found.piece_lot, dead])
    time = np.concatenate([spent.time[found.piece_debit], page.books.life.dead[dead]])
    kind = np.concatenate([kinds[found.piece_debit], np.full(len(dead), EntryKind.EXPIRE)])
    points = np.concatenate([found.piece_points, found.expired[dead]])
    # A deficit is paid when the lot that pays it can be spent.
    time = np.maximum(time, page.books.life.active[lot])
    order = np.lexsort((time, lot))
    return lot[order], time[order], points[order], kind[order]


# --- tiers ---------------------------------------------------------------------------------------


def _tiers(bound: Bound, leaves: list[Leaf]) -> TierHistory:
    moved = [leaf.standing for leaf in leaves]
    firsts = [leaf.first for leaf in leaves]
    account = joined([s.account + first for s, first in zip(moved, firsts, strict=True)])
    return TierHistory(
        account=account.astype(np.int32),
        time=joined([s.time for s in moved]),
        before=joined([s.before for s in moved]).astype(np.int32),
        after=joined([s.after for s in moved]).astype(np.int32),
        rank=joined([s.rank for s in moved]).astype(np.int32),
        counter=joined([s.counter for s in moved]),
        accounts=bound.accounts.labels,
        tiers=bound.programme.tiers.names if bound.programme.tiers else (),
        frame_kind=bound.history.tx.frame_kind,
    )
