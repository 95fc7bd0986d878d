"""Play a programme over a history, and keep its ledger."""

from __future__ import annotations

from crmkit import _validation as check
from crmkit.data.transactions import Transactions
from crmkit.errors import TruncatedHistoryWarning
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.ledger.ledger import Ledger
from crmkit.loyalty.replay.binding import bind, last_second
from crmkit.loyalty.replay.history import Customers, History
from crmkit.loyalty.replay.inputs import needed
from crmkit.loyalty.replay.state import State, known_of, resumed
from crmkit.loyalty.replay.writing import written
from crmkit.typing import IntoDay


def evaluate(
    programme: Programme,
    history: Transactions | History,
    *,
    customers: Customers | None = None,
    state: State | None = None,
    as_of: IntoDay,
) -> Ledger:
    """Say what a programme gives over a whole history: every point, where it came from and went.

    Baskets of each account are taken in the order of time; discounts come first, then points, then
    returns. The answer depends neither on the order of the lines nor on the names of ids.

    Args:
        programme: the rules and policies.
        history: the lines of the till, alone or in a `History` with what else the programme needs.
        customers: birthdays, households and segments, where conditions ask for them.
        state: the `Ledger.state` of an earlier evaluation; *history* then is what came since, and
            the answer is the ledger of both, as if all had been evaluated at once. What was known
            of customers before still holds for what happened before.
        as_of: the last day, to its end, or the last moment; nothing may come after it.

    Returns:
        entries, balances, lots, tiers and discounts.

    Raises:
        MissingRoleError: the lines have no baskets or no amounts.
        InvalidArgumentError: a rule or policy reads what is not there; all of it is listed. Or
            the state is of another programme.
        InvalidDataError: amounts finer than the currency, baskets of several customers or times,
            redemptions above the balance where the programme rejects them, or something that the
            state covers already.
        LinesAfterAsOfError: lines, redemptions or events after *as_of*.

    Warns:
        TruncatedHistoryWarning: rules count purchases, and the lines were cut at their start.

    Time grows with lines times rules, memory with entries: about 28 bytes each, one per rule and
    basket, and some hundred bytes per line of a block of 250,000 lines.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import Cap, EarnRule, PerSpend, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob"],
        ...     time=["2026-03-01T10:00", "2026-03-01T18:00", "2026-03-02T09:00"],
        ...     basket=[1, 2, 3],
        ...     amount=["40.00", "25.50", "12.90"],
        ... )
        >>> programme = Programme(
        ...     rules=(EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(50, per="day"),)),)
        ... )
        >>> evaluate(programme, tx, as_of="2026-03-31").balances().balance
        array([50, 12])
    """
    check.instance(programme, Programme, "programme", "Say Programme(rules=(...)).")
    if not isinstance(history, History):
        history = History(history)
    moment = last_second(as_of)
    if state is not None:
        check.instance(state, State, "state", "It is the state of a Ledger: ledger.state.")
        history = resumed(state, programme, history, moment)
    _warn_of_cuts(programme, history)
    return written(bind(programme, history, known_of(state, customers), moment))


def _warn_of_cuts(programme: Programme, history: History) -> None:
    since = history.tx.since
    counting = [where for where, need in needed(programme).items() if need.history]
    if since is not None and counting:
        check.warn(
            f"{', '.join(counting)}: purchases are counted, and the lines start at {since}: the"
            " first one there may not be a customer's first. Evaluate from the beginning, or go on"
            " from a state.",
            TruncatedHistoryWarning,
        )
