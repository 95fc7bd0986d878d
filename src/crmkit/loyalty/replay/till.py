"""One basket at the till, evaluated with what is known of its account."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.tiers import TierApplies, TierCounter, Tiers
from crmkit.loyalty.declaration.words import RedemptionOrder
from crmkit.loyalty.ledger.entries import EntryReason
from crmkit.loyalty.replay.accounting import Part, keep_books
from crmkit.loyalty.replay.binding import Bound, bind
from crmkit.loyalty.replay.blocks import Reader
from crmkit.loyalty.replay.clock import Rank
from crmkit.loyalty.replay.gifts import Gifts
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.outlook import Limits, Outlook
from crmkit.loyalty.replay.pages import paid_by_points
from crmkit.loyalty.replay.play import Assumed, Played, play
from crmkit.loyalty.replay.standing import counted
from crmkit.loyalty.replay.state import State
from crmkit.loyalty.replay.tiers import rules_of
from crmkit.loyalty.replay.visits import FIRST, Visits
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import BoolArray, IntArray

_NOBODY = -1
_ONE = np.zeros(1, dtype=np.int64)


@attrs.frozen(kw_only=True, eq=False)
class Seen:
    """What a basket gets.

    Attributes:
        account: the label of its account; None for a guest.
        played: what the rules gave.
        spendable: of each rule, whether its points can be spent.
        tier: the tier in force.
        available: units that could be spent before it.
        redeemed: units that it spends.
    """

    account: object
    played: Played
    spendable: BoolArray
    tier: str | None
    available: int
    redeemed: int


def at_till(state: State, history: History) -> Seen:
    """Evaluate one basket on top of a state.

    Raises:
        InvalidArgumentError: it is not one basket.
    """
    outlook = state.outlook
    time = history.tx.time.view(np.int64)
    bound = bind(outlook.rules, history, state.known[-1:], int(time.max(initial=0)))
    if len(bound.baskets) != 1:
        raise InvalidArgumentError(
            f"preview() takes one basket; got {len(bound.baskets):,}. Ask for one after another,"
            " or evaluate(..., state=...) all of them."
        )
    return _Till(bound, outlook, _account(bound, outlook)).seen()


def _account(bound: Bound, outlook: Outlook) -> int:
    """Return the account of the basket among those of the state, -1 if it is new or a guest."""
    if bound.baskets.account[0] < 0:
        return _NOBODY
    label = bound.accounts.labels[bound.baskets.account[0]]
    return outlook.account_of(label)


class _Till:
    """A basket and its account."""

    def __init__(self, bound: Bound, outlook: Outlook, account: int) -> None:
        self.outlook, self.account = outlook, account
        self.time = int(bound.baskets.time[0])
        self.member = int(bound.baskets.account[0]) >= 0
        self.bound = attrs.evolve(bound, visits=self._visits(bound))
        self.reader = Reader.of(self.bound)
        self.available = self._available(Rank.SPENDING)

    def seen(self) -> Seen:
        """Play the basket until what points pay, and the tier it wins, are what was assumed."""
        assumed = self._assumed()
        while True:
            played = play(self.reader, _ONE, assumed)
            part = self._part()
            books = keep_books(self.bound, part, played) if len(part.requests) else None
            paid = assumed.paid if books is None else paid_by_points(self.bound, part, books)
            redeemed = 0 if books is None else int(books.applied.sum())
            tier = self._in_force(assumed, played, redeemed)
            if (paid == assumed.paid).all() and tier == assumed.tier[0]:
                return self._answer(played, tier, redeemed)
            assumed = attrs.evolve(assumed, paid=paid, tier=np.array([tier]))

    def _answer(self, played: Played, tier: int, redeemed: int) -> Seen:
        programme = self.bound.programme
        labels, account = self.bound.accounts.labels, self.bound.baskets.account
        counts = [programme.earning[outcome.rule].counts for outcome in played.outcomes]
        return Seen(
            account=labels[account[0]] if self.member else None,
            played=played,
            spendable=np.array([count != Counter.QUALIFYING for count in counts], dtype=np.bool_),
            tier=programme.tiers.names[tier] if programme.tiers and tier >= 0 else None,
            available=self.available,
            redeemed=redeemed,
        )

    # --- what is known of the account ------------------------------------------------------------

    def _known(self) -> bool:
        return self.account != _NOBODY

    def _visits(self, bound: Bound) -> Visits:
        if not self._known():
            return bound.visits
        last = int(self.outlook.last[self.account])
        since = FIRST if last == FIRST else self.time - last
        return Visits(
            purchase=bound.visits.purchase,
            number=self.outlook.purchases[self.account : self.account + 1] + 1,
            since_last=np.array([since]),
        )

    def _available(self, rank: Rank) -> int:
        clock = self.outlook.bound.clock(np.array([self.time]), 0, rank)
        return self.outlook.available(self.account, int(clock[0])) if self._known() else 0

    def _standing(self) -> tuple[int, int]:
        """Return the rank and the counter that the basket finds."""
        tiers = self.bound.programme.tiers
        if tiers is None or not self.member:
            return _NOBODY, 0
        lowest = int(rules_of(tiers, self.bound.programme.policies).reached(_ONE)[0])
        if not self._known():
            return lowest, 0
        clock = self.outlook.bound.clock(np.array([self.time]), 0, Rank.EARNING)
        return self.outlook.standing(self.account, int(clock[0])) or (lowest, 0)

    def _assumed(self) -> Assumed:
        """Take for granted what follows from all that happened before."""
        rank, self.counter = self._standing()
        tier = np.array([rank])
        used: dict[Limits, dict[tuple[int, int], IntArray]] = {kind: {} for kind in Limits}
        found = self.outlook.used(self.account, self.time) if self._known() else {}
        for limit, units in found.items():
            used[limit.kind][limit.rule, limit.place] = np.array([units])
        return Assumed(
            before=tier,
            tier=tier,
            paid=_ONE,
            headroom={place: -units for place, units in used[Limits.CAPS].items()},
            fired_before={rule: n for (rule, _), n in used[Limits.EARNING].items()},
            discounted_before={rule: n for (rule, _), n in used[Limits.DISCOUNTING].items()},
        )

    def _part(self) -> Part:
        """Return the account with what it could spend as one lot."""
        requests = self.bound.requests
        opening = Gifts.none()
        if self.available > 0 and len(requests):
            opening = Gifts(
                account=_ONE,
                time=np.array([self.time]),
                clock=self.bound.clock(np.array([self.time]), 0, Rank.DEATH),
                units=np.array([self.available]),
                rule=np.array([-1]),
                reason=np.array([int(EntryReason.TRANSFER)]),
                dead=np.array([NEVER]),
            )
        return Part(
            first=0,
            accounts=int(self.member),
            baskets=_ONE,
            requests=requests,
            gifts=opening,
            clock=self.bound.clock,
        )

    def _in_force(self, assumed: Assumed, played: Played, redeemed: int) -> int:
        """Return the tier whose benefits the basket has: that it finds, or that it wins."""
        tiers, found = self.bound.programme.tiers, int(assumed.before[0])
        if tiers is None or not self.member or tiers.applies != TierApplies.SAME_BASKET:
            return found
        if assumed.tier[0] != found:
            played = play(self.reader, _ONE, attrs.evolve(assumed, tier=assumed.before))
        adds = counted(tiers, self.bound, self._part(), played)
        rules = rules_of(tiers, self.bound.programme.policies)
        return max(found, int(rules.reached(self._counter(tiers, redeemed) + adds)[0]))

    def _counter(self, tiers: Tiers, redeemed: int) -> int:
        if tiers.counter != TierCounter.BALANCE:
            return self.counter
        first = self.bound.programme.policies.redemption_order == RedemptionOrder.REDEEM_FIRST
        return self.available - (redeemed if first else 0)
