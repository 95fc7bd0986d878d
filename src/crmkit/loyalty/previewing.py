"""What would this basket earn? Asked at the till, before it is paid."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit.data.answers import Answer
from crmkit.data.transactions import Transactions
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.ledger.entries import in_points
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.state import State, refuse_covered, refuse_other
from crmkit.loyalty.replay.till import at_till


@attrs.frozen(kw_only=True, repr=False)
class Preview(Answer):
    """What a basket would earn, rule by rule.

    Attributes:
        customer: the account; None for a guest.
        rules: ids of the rules that give points for baskets, as they were tried.
        points: whole units that each of them would book.
        counted: of each rule, whether its points can be spent; others only count for tiers.
        tier: the tier whose benefits the basket has; None for none.
        available: units that could be spent before it.
        redeemed: units that it would spend.
        discounts: what discount rules would take off its lines; None if there are none.
        payable: what is to be paid for its sales after discounts, minor units; what points pay
            is still in it.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate, preview
        >>> def basket(number, day):
        ...     return ck.Transactions.from_arrays(
        ...         customer=["ann"], time=[day], basket=[number], amount=["10.50"]
        ...     )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> state = evaluate(programme, basket(1, "2026-03-01"), as_of="2026-03-31").state
        >>> preview(programme, basket(2, "2026-04-01"), state)
        Preview(10 points, of base 10)
    """

    customer: object
    rules: tuple[str, ...]
    points: NDArray[np.int64]
    counted: NDArray[np.bool_]
    tier: str | None
    available: int
    redeemed: int
    discounts: Discounts | None
    payable: int
    point_digits: int = 0

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many rules."""
        return len(self.rules)

    @property
    def earned(self) -> int:
        """Units that the basket would earn and that can be spent."""
        return int(self.points[self.counted].sum())

    def __repr__(self) -> str:
        """How many points, and from which rules."""
        named = zip(self.rules, self._shown(self.points).tolist(), strict=True)
        some = [f"{rule} {points:,}" for rule, points in named if points]
        total = f"{self._shown(np.array([self.earned]))[0]:,} points"
        return f"Preview({total}{', of ' if some else ''}{', '.join(some)})"

    def _shown(self, units: NDArray[np.int64]) -> NDArray[Any]:
        return in_points(units, self.point_digits)

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "rule": np.array(self.rules, dtype=object),
            "points": self._shown(self.points),
            "spendable": self.counted,
        }


def preview(programme: Programme, basket: Transactions | History, state: State) -> Preview:
    """Say what one basket would earn, given all that happened before; nothing changes.

    It is the very evaluation of whole histories, on one basket. What goods that come back take
    away is left out: it belongs to the baskets that they were bought in.

    Args:
        programme: the rules and policies.
        basket: the lines of one basket, alone or in a `History` with its tax, payments and
            redemptions.
        state: the `Ledger.state` of an evaluation up to a moment before the basket.

    Raises:
        InvalidArgumentError: more or less than one basket, the state of another programme, or
            something that a rule reads is not there.
        InvalidDataError: the basket is not later than the state, or what `evaluate` refuses.

    The first call for a state replays its history; each further one takes less than a
    millisecond for twenty rules.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import Cap, EarnRule, PerSpend, Programme, evaluate, preview
        >>> def basket(number, time):
        ...     return ck.Transactions.from_arrays(
        ...         customer=["ann"], time=[time], basket=[number], amount=["40.00"]
        ...     )
        >>> rule = EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(50, per="day"),))
        >>> programme = Programme(rules=(rule,))
        >>> ledger = evaluate(programme, basket(1, "2026-03-01T10:00"), as_of="2026-03-01T12:00")
        >>> preview(programme, basket(2, "2026-03-01T18:00"), ledger.state).earned
        10
    """
    check.instance(programme, Programme, "programme", "Say Programme(rules=(...)).")
    check.instance(state, State, "state", "It is the state of a Ledger: ledger.state.")
    history = basket if isinstance(basket, History) else History(basket)
    refuse_other(state, programme)
    refuse_covered(state, history)
    seen = at_till(state, history)
    return Preview(
        customer=seen.account,
        rules=tuple(programme.earning[outcome.rule].id for outcome in seen.played.outcomes),
        points=seen.played.points[:, 0],
        counted=seen.spendable,
        tier=seen.tier,
        available=seen.available,
        redeemed=seen.redeemed,
        discounts=seen.played.discounts,
        payable=int(seen.played.payable()[0]),
        point_digits=programme.policies.point_digits,
        frame_kind=history.tx.frame_kind,
    )
