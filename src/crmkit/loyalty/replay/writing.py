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
from crmkit.loyalty.replay.accounting import Part, keep_books
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.blocks import LINES_PER_BLOCK, Reader
from crmkit.loyalty.replay.exchange import given_away
from crmkit.loyalty.replay.gifts import Gifts
from crmkit.loyalty.replay.page import Page
from crmkit.loyalty.replay.pages import Leaf, leaf_of, ledger_of, paid_by_points
from crmkit.loyalty.replay.play import Assumed, Played, play, play_lines
from crmkit.loyalty.replay.restoring import restored
from crmkit.loyalty.replay.sofar import alone
from crmkit.loyalty.replay.standing import standings
from crmkit.typing import IntArray

NONE = -1


def written(bound: Bound) -> Ledger:
    """Play all parts and put their rows together.

    What accounts get from others depends only on what happened before it: parts that get something
    else than was assumed are played again, and each round is right one gift further.
    """
    before = received = Gifts.none()
    leaves, given = dict[int, Leaf](), dict[int, Gifts]()
    while True:
        writer = Writer.of(_with(bound, received))
        for part in writer.parts():
            if part.first not in leaves or not _same(part, before, received):
                page = writer.page(part)
                leaves[part.first] = leaf_of(bound, page)
                given[part.first] = given_away(bound, page)
        before, received = received, Gifts.joined(list(given.values()))
        if received.equals(before):
            return _ledger(writer, list(leaves.values()))


def _with(bound: Bound, received: Gifts) -> Bound:
    return attrs.evolve(bound, gifts=Gifts.joined([received, bound.gifts]))


def _same(part: Part, before: Gifts, received: Gifts) -> bool:
    return before.of(part.first, part.stop).equals(received.of(part.first, part.stop))


def _ledger(writer: Writer, leaves: list[Leaf]) -> Ledger:
    _refuse_overdrafts(writer.bound, leaves)
    return ledger_of(writer.bound, leaves, writer.guests())


def _refuse_overdrafts(bound: Bound, leaves: list[Leaf]) -> None:
    if bound.programme.policies.overdraft != Overdraft.REJECT:
        return
    over = np.concatenate([leaf.overdrawn for leaf in leaves], axis=1)
    if over.size:
        account, time, asked, there = over[:, 0].tolist()
        raise InvalidDataError(
            f"redemptions and transfers: {over.shape[1]:,} above the balance, the first is of"
            f" {bound.accounts.labels[account]!s} at {np.datetime64(time, 's')}: {asked:,} asked,"
            f" {max(there, 0):,} there. Correct them, or say Policies(overdraft='clamp'), 'decline'"
            " or 'allow'."
        )


@attrs.frozen(eq=False)
class Writer:
    """Plays parts of a history until what they assumed is what follows."""

    bound: Bound
    reader: Reader
    feeds_back: bool

    @classmethod
    def of(cls, bound: Bound) -> Writer:
        """Ask whether tiers, spent points or returns can change what is earned."""
        return cls(bound, Reader.of(bound), _feeds_back(bound))

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
            clock=self.bound.clock,
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
            follows = standings(self.bound, part, played, books, self._first(played))
            proven = Assumed(
                before=follows.found,
                tier=follows.in_force,
                paid=paid_by_points(self.bound, part, books),
                headroom=restored(played, books.taken),
            )
            if not self.feeds_back or proven.equals(assumed):
                return Page(part, played, books, follows)
            assumed = proven

    def _first(self, played: Played) -> Played | None:
        """Play each basket under the tier it finds, where its points may win one at once."""
        tiers = self.bound.programme.tiers
        if tiers is None or tiers.applies != TierApplies.SAME_BASKET or not self.feeds_back:
            return None
        if tiers.counter in (TierCounter.SPEND, TierCounter.VISITS):
            return None
        # By itself: what other baskets used of limits is as it was, under their own tiers.
        each = np.arange(len(played.block))
        found = attrs.evolve(alone(played, each), tier=played.assumed.before)
        return play_lines(self.reader, played.lines, each.astype(np.int32), found)


def _feeds_back(bound: Bound) -> bool:
    programme = bound.programme
    by_tier = any(needs(rule.when).tiers for rule in programme.conditional)
    by_tier |= any(isinstance(rule.discount, PriceLevel) for rule in programme.discounting)
    counted = programme.policies.base.paid_with_points == PaidWithPoints.COUNTED
    pays = bool((bound.requests.basket >= 0).any()) and not counted
    restores = programme.policies.returns.restore_caps and bool(bound.history.tx.is_return.any())
    restores &= any(rule.caps for rule in programme.earning)
    return bool(by_tier or pays or restores)
