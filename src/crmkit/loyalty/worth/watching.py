"""Which points were under watch at which age, to see how many are redeemed."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.survival import Spells, ages_of, at_risk_by_age, curve_of, redeemed_by_age
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.ledger.entries import EntryKind
from crmkit.loyalty.ledger.lots import Lots
from crmkit.loyalty.replay.windows import DAY, NEVER
from crmkit.loyalty.worth.views import LotLedger
from crmkit.typing import BoolArray, FloatArray, IntArray, IntoDay

ENDLESS = np.iinfo(np.int64).max


@attrs.frozen(kw_only=True)
class Watched:
    """What a breakage was estimated from.

    Attributes:
        spells: heaps of points under watch, by account and age.
        inactive: the heaps as they were open, where points go by inactivity; those that went so
            count as gone. None where points have a life.
        account: of each lot.
        life: of each lot, the days on which it can be redeemed; the largest number for no end.
        points: of each lot, granted and not taken back.
    """

    spells: Spells
    inactive: Spells | None
    account: IntArray = array()
    life: IntArray = array()
    points: IntArray = array()

    __hash__ = None  # type: ignore[assignment]


def watched_of(ledger: LotLedger, since: int | None) -> Watched:
    """Look at the lots of a ledger, from a day on."""
    lots = ledger.lots
    heaps, expired, last = _heaps(ledger, since)
    inactivity = ledger.programme.policies.expiry.inactivity_days is not None
    spells = heaps._replace(exit=np.where(expired, last, heaps.exit)) if inactivity else heaps
    gone = heaps._replace(redeemed=heaps.redeemed | expired) if inactivity else None
    return Watched(
        spells=spells,
        inactive=gone,
        account=lots.account.astype(np.int64),
        life=np.full(len(lots), ENDLESS) if inactivity else _lives(lots),
        points=lots.granted - lots.reversed,
    )


def still_open(watched: Watched, curve: FloatArray) -> FloatArray:
    """Return the share still open after each number of days, before lives end.

    It is the share not redeemed, but where points go by inactivity.
    """
    spells = watched.inactive
    if spells is None:
        return curve
    ages = max(ages_of(spells), len(curve) - 1)
    return curve_of(redeemed_by_age(spells, ages), at_risk_by_age(spells, ages))


def first_day(since: IntoDay | None, as_of: int) -> int | None:
    """Read the first day to look at, as days since 1970.

    Raises:
        InvalidArgumentError: it is after the ledger.
    """
    if since is None:
        return None
    day = check.day(since, "since")
    first = int(day.astype(np.int64))
    if first > as_of // DAY:
        last = np.datetime64(as_of, "s").astype("datetime64[D]")
        raise InvalidArgumentError(f"since={str(day)!r} is after the ledger, which ends on {last}.")
    return first


def _lives(lots: Lots) -> IntArray:
    """Return how many calendar days each lot can be redeemed on, the day of earning included."""
    last = (lots.dead_from - 1) // DAY - lots.earned // DAY
    return np.where(lots.dead_from == NEVER, ENDLESS, np.maximum(last + 1, 0))


def _heaps(ledger: LotLedger, since: int | None) -> tuple[Spells, BoolArray, IntArray]:
    """Cut lots into heaps that left together; what is open leaves now, unredeemed.

    Also returned: which of them expired, and how old they would be now.
    """
    lots, uses = ledger.lots, ledger.uses
    is_open = np.flatnonzero(lots.remaining > 0)
    lot = np.concatenate([uses.lot, is_open])
    kind = np.concatenate([uses.kind, np.full(len(is_open), -1)])
    # What expires at a moment could be redeemed until the second before it.
    left_at = uses.time - (uses.kind == EntryKind.EXPIRE)
    leaves = np.concatenate([left_at, np.full(len(is_open), ledger.as_of)]) // DAY
    earned = lots.earned[lot] // DAY
    spells = Spells(
        owner=lots.account[lot].astype(np.int64),
        entry=np.zeros_like(earned) if since is None else np.maximum(since - earned, 0),
        exit=np.maximum(leaves - earned, 0),
        points=np.concatenate([uses.points, lots.remaining[is_open]]),
        redeemed=kind == EntryKind.REDEEM,
    )
    seen = spells.exit >= spells.entry
    return (
        spells.where(seen),
        (kind == EntryKind.EXPIRE)[seen],
        (ledger.as_of // DAY - earned)[seen],
    )
