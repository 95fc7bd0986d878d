"""Write the ledger of a bound history, part by part."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from crmkit.errors import InvalidDataError
from crmkit.loyalty.conditions.needs import needs
from crmkit.loyalty.declaration.tiers import TierApplies, TierCounter
from crmkit.loyalty.declaration.words import Overdraft, PaidWithPoints
from crmkit.loyalty.discounts.amounts import PriceLevel
from crmkit.loyalty.ledger.ledger import Ledger
from crmkit.loyalty.replay.accounting import Books, Part, keep_books
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.blocks import LINES_PER_BLOCK, Reader
from crmkit.loyalty.replay.clock import Clock
from crmkit.loyalty.replay.pages import Page, leaf_of, ledger_of, paid_by_points
from crmkit.loyalty.replay.play import Assumed, Played, play
from crmkit.loyalty.replay.standing import standings
from crmkit.typing import IntArray

NONE = -1


def written(bound: Bound) -> Ledger:
    """Play all parts and put their rows together."""
    writer = Writer.of(bound)
    leaves = [leaf_of(bound, writer.page(part)) for part in writer.parts()]
    return ledger_of(bound, leaves, writer.guests())


@attrs.frozen(eq=False)
class Writer:
    """Plays parts of a history until what they assumed is what follows."""

    bound: Bound
    reader: Reader
    clock: Clock
    feeds_back: bool

    @classmethod
    def of(cls, bound: Bound) -> Writer:
        """Ask whether tiers or spent points can change what is earned."""
        baskets = bound.baskets
        clock = Clock.of(baskets.account, baskets.time)
        return cls(bound, Reader.of(bound), clock, _feeds_back(bound))

    def parts(self) -> Iterator[Part]:
        """Cut the accounts into runs with about so many lines each; guests come last."""
        baskets, accounts = self.bound.baskets, len(self.bound.accounts.labels)
        starts = np.searchsorted(baskets.account[: baskets.members], np.arange(accounts + 1))
        number = baskets.starts[starts[:-1]] // LINES_PER_BLOCK
        edges = np.flatnonzero(np.diff(number, prepend=-1)) if accounts else np.zeros(0, int)
        if not accounts:
            yield self._part(0, 0, np.zeros(0, dtype=np.int64))
            return
        for first, stop in zip(edges, [*edges[1:], accounts], strict=True):
            yield self._part(int(first), int(stop), np.arange(starts[first], starts[stop]))

    def account(self, account: int) -> Part:
        """Return the part of one account."""
        member = self.bound.baskets.account[: self.bound.baskets.members]
        start, stop = np.searchsorted(member, [account, account + 1])
        return self._part(account, account + 1, np.arange(start, stop))

    def _part(self, first: int, stop: int, baskets: IntArray) -> Part:
        return Part(
            first=first,
            accounts=stop - first,
            baskets=baskets,
            requests=self.bound.requests.of(first, stop),
            gifts=self.bound.gifts.of(first, stop),
            clock=self.clock,
        )

    def guests(self) -> Played | None:
        """Play the baskets of guests, who have discounts but no points."""
        baskets = self.bound.baskets
        rows = np.arange(baskets.members, len(baskets))
        if not len(rows) or not self.bound.programme.discounting:
            return None
        none = np.full(len(rows), NONE)
        return play(self.reader, rows, Assumed(before=none, tier=none, paid=np.zeros_like(none)))

    def page(self, part: Part) -> Page:
        """Play a part; as long as what follows differs from what was assumed, play it again.

        What is assumed of a basket depends only on what came before it, so that each round is
        right at least one basket further into every account.
        """
        no_tier = np.full(len(part.baskets), NONE)
        assumed = Assumed(
            before=no_tier,
            tier=no_tier,
            paid=np.zeros(len(part.baskets), dtype=np.int64),
        )
        while True:
            played = play(self.reader, part.baskets, assumed)
            books = keep_books(self.bound, part, played)
            follows = standings(self.bound, part, played, books, self._first(part, assumed))
            proven = Assumed(
                before=follows.found,
                tier=follows.in_force,
                paid=paid_by_points(self.bound, part, books),
            )
            if not self.feeds_back or proven.equals(assumed):
                self._refuse_overdrafts(part, books)
                return Page(part, played, books, follows)
            assumed = proven

    def _first(self, part: Part, assumed: Assumed) -> Played | None:
        """Play under the tiers that baskets find, where their points may win one at once."""
        tiers = self.bound.programme.tiers
        if tiers is None or tiers.applies != TierApplies.SAME_BASKET or not self.feeds_back:
            return None
        if tiers.counter in (TierCounter.SPEND, TierCounter.VISITS):
            return None
        return play(self.reader, part.baskets, attrs.evolve(assumed, tier=assumed.before))

    def _refuse_overdrafts(self, part: Part, books: Books) -> None:
        if self.bound.programme.policies.overdraft != Overdraft.REJECT:
            return
        spent, available = books.spent, books.settled.available
        over = np.flatnonzero((spent.source >= 0) & (available < spent.units))
        if len(over):
            first = over[0]
            who = self.bound.accounts.labels[spent.account[first] + part.first]
            raise InvalidDataError(
                f"redemptions: {len(over):,} above the balance, the first is of {who!s} at"
                f" {np.datetime64(int(spent.time[first]), 's')}: {spent.units[first]:,} asked,"
                f" {max(int(available[first]), 0):,} there. Correct them, or say"
                " Policies(overdraft='clamp'), 'decline' or 'allow'."
            )


def _feeds_back(bound: Bound) -> bool:
    programme = bound.programme
    by_tier = any(needs(rule.when).tiers for rule in programme.conditional)
    by_tier |= any(isinstance(rule.discount, PriceLevel) for rule in programme.discounting)
    counted = programme.policies.base.paid_with_points == PaidWithPoints.COUNTED
    pays = bool((bound.requests.basket >= 0).any()) and not counted
    return bool(by_tier or pays)
