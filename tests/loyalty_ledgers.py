"""Ledgers made by hand: lots of points by day, what used them, and what baskets paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import attrs
import numpy as np

import crmkit as ck
from crmkit.loyalty import EarnRule, Expiry, PerSpend, Policies, Programme
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.ledger.entries import Entries, EntryKind, EntryReason
from crmkit.loyalty.ledger.lots import Lots, LotUses
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import CodeArray, IntArray

DAY = 86_400
NOON = DAY // 2
BASE = EarnRule("base", amount=PerSpend(1, "1.00"))


class Lot(NamedTuple):
    """Points of one basket: whose, the day they were earned, how many, their life, what it paid."""

    account: int
    day: int
    points: int
    life: int | None = 30
    sales: int = 0
    bought: bool = True
    rule: int = 0


class Use(NamedTuple):
    """Points of a lot that went: on which day, how many, by what."""

    lot: int
    day: int
    points: int
    kind: EntryKind = EntryKind.REDEEM


@attrs.frozen(kw_only=True, eq=False)
class HandLedger:
    """What the questions of worth read of a ledger."""

    programme: Programme
    lots: Lots
    uses: LotUses
    entries: Entries
    as_of: int
    history: History
    discounts: Discounts | None = None
    digits: int = 2
    basket_account: CodeArray
    basket_time: IntArray
    basket_sales: IntArray


def made(
    lots: Sequence[Lot],
    uses: Sequence[Use] = (),
    *,
    as_of: int,
    rules: tuple[EarnRule, ...] = (BASE,),
    expiry: Expiry | None = None,
    tx: ck.Transactions | None = None,
    **more: Any,
) -> HandLedger:
    """Make a ledger up to the end of day *as_of*; days count from 1970, lots are of noon."""
    bought = np.array([lot.bought for lot in lots], dtype=np.bool_)
    basket = np.where(bought, np.cumsum(bought) - 1, -1).astype(np.int32)
    account = np.array([lot.account for lot in lots], dtype=np.int32)
    earned = _ints(lot.day * DAY + NOON for lot in lots)
    tally = {kind: _tally(len(lots), uses, kind) for kind in EntryKind}
    granted = _ints(lot.points for lot in lots)
    spent = tally[EntryKind.REDEEM] + tally[EntryKind.ADJUST]
    gone = spent + tally[EntryKind.EXPIRE] + tally[EntryKind.REVERSE]
    names = np.arange(max((lot.account for lot in lots), default=-1) + 1)
    baskets = np.arange(int(bought.sum()))
    return HandLedger(
        programme=Programme(rules=rules, policies=Policies(expiry=expiry or Expiry(days=30))),
        lots=Lots(
            account=account,
            basket=basket,
            earned=earned,
            active=earned,
            dead_from=_ints(
                NEVER if lot.life is None else (lot.day + lot.life) * DAY + NOON for lot in lots
            ),
            granted=granted,
            remaining=granted - gone,
            spent=spent,
            expired=tally[EntryKind.EXPIRE],
            reversed=tally[EntryKind.REVERSE],
            accounts=names,
            baskets=baskets,
        ),
        uses=LotUses(
            lot=_ints(use.lot for use in uses),
            time=_ints(use.day * DAY + NOON for use in uses),
            points=_ints(use.points for use in uses),
            kind=np.array([use.kind for use in uses], dtype=np.int8),
        ),
        entries=Entries(
            account=account,
            basket=basket,
            rule=np.array([lot.rule for lot in lots], dtype=np.int16),
            kind=np.full(len(lots), EntryKind.EARN, dtype=np.int8),
            reason=np.full(len(lots), EntryReason.PURCHASE, dtype=np.int8),
            points=granted,
            time=earned,
            accounts=names,
            baskets=baskets,
            rules=tuple(rule.id for rule in rules),
        ),
        as_of=(as_of + 1) * DAY - 1,
        history=History(tx or _till(lots)),
        basket_account=account[bought],
        basket_time=earned[bought],
        basket_sales=_ints(lot.sales for lot in lots)[bought],
        **more,
    )


def _till(lots: Sequence[Lot]) -> ck.Transactions:
    rows = [lot for lot in lots if lot.bought]
    return ck.Transactions.from_arrays(
        customer=[lot.account for lot in rows] or [0],
        time=np.array([lot.day * DAY + NOON for lot in rows] or [0]).astype("datetime64[s]"),
        basket=list(range(len(rows))) or [0],
        amount=[lot.sales / 100 for lot in rows] or [0.0],
    )


def _ints(values: Any) -> IntArray:
    return np.array(list(values), dtype=np.int64)


def _tally(lots: int, uses: Sequence[Use], kind: EntryKind) -> IntArray:
    found = np.zeros(lots, dtype=np.int64)
    for use in uses:
        found[use.lot] += use.points * (use.kind == kind)
    return found


def day_of(date: str) -> int:
    """Return a calendar day as a number of days since 1970."""
    return int(np.datetime64(date, "D").astype(np.int64))
