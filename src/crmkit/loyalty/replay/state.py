"""Where a programme stands: all that evaluating what comes next must know of what came before."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.data.joining import joined, joined_numbers, refuse_differences
from crmkit.data.line_values import LineValues
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.history import (
    Customers,
    Events,
    History,
    Payments,
    Redemptions,
    Transfers,
    moments_of,
)
from crmkit.loyalty.replay.known import Known

if TYPE_CHECKING:
    from crmkit.loyalty.replay.outlook import Outlook

Table = TypeVar("Table", Payments, Redemptions, Events, Transfers)


@attrs.frozen(kw_only=True, repr=False)
class State:
    """Where a programme stood at a moment, so that it can go on from there.

    It holds what happened so far, under the names that the data use, and what was known of
    customers then: what was booked is booked, whatever is learnt of them later. Memory is that of
    the lines so far; going on takes the time of all of them.

    Attributes:
        programme: whose state it is; another programme cannot go on from it.
        as_of: the last second it covers, since 1970.
        history: all that happened so far.
        known: what was known of customers, and until when.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
        >>> def lines(day, amount, basket):
        ...     return ck.Transactions.from_arrays(
        ...         customer=["ann"], time=[day], basket=[basket], amount=[amount]
        ...     )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> january = evaluate(programme, lines("2026-01-05", "10.50", 1), as_of="2026-01-31")
        >>> february = evaluate(
        ...     programme,
        ...     lines("2026-02-05", "20.00", 2),
        ...     state=january.state,
        ...     as_of="2026-02-28",
        ... )
        >>> february.balances().balance
        array([30])
    """

    programme: Programme
    as_of: int
    history: History
    known: tuple[Known, ...]

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def outlook(self) -> Outlook:
        """What `preview` must know of each account; made when it is first asked for."""
        # Imported when asked: what looks ahead writes ledgers, and ledgers have states.
        from crmkit.loyalty.replay.binding import bind
        from crmkit.loyalty.replay.outlook import Outlook
        from crmkit.loyalty.replay.writing import written

        bound = bind(self.programme, self.history, self.known, self.as_of)
        return Outlook.of(written(bound).bound)

    def __repr__(self) -> str:
        """Until when, how many lines, and of which programme."""
        lines = f"{len(self.history.tx):,} line{'' if len(self.history.tx) == 1 else 's'}"
        moment = np.datetime64(self.as_of, "s")
        return f"State(as of {moment}, {lines}, programme {self.programme.digest})"


def resumed(state: State, programme: Programme, history: History, as_of: int) -> History:
    """Return the history so far and what came since, as one.

    Raises:
        InvalidArgumentError: the state is of another programme, or of a later day; or only one
            of both histories has some part.
        InvalidDataError: lines or other events that the state covers already.
    """
    refuse_other(state, programme)
    if as_of < state.as_of:
        raise InvalidArgumentError(
            f"as_of must not lie before the state's {np.datetime64(state.as_of, 's')};"
            f" got {np.datetime64(as_of, 's')}."
        )
    refuse_covered(state, history)
    return _joined(state.history, history)


def known_of(state: State | None, customers: Customers | None) -> tuple[Known, ...]:
    """Return what was known when: by the state until its end, by *customers* since."""
    if state is None:
        return (Known(until=None, customers=customers),)
    before = (*state.known[:-1], attrs.evolve(state.known[-1], until=state.as_of))
    since = state.known[-1].customers if customers is None else customers
    if since is before[-1].customers:
        return (*before[:-1], Known(until=None, customers=since))
    return (*before, Known(until=None, customers=since))


def refuse_other(state: State, programme: Programme) -> None:
    """Refuse the state of another programme.

    Raises:
        InvalidArgumentError: it names both.
    """
    if state.programme != programme:
        raise InvalidArgumentError(
            f"the state is of another programme: of {state.programme!r}, digest"
            f" {state.programme.digest}, not {programme!r}, digest {programme.digest}. Evaluate"
            " the new programme over the whole history, or go on with the old one."
        )


def refuse_covered(state: State, history: History) -> None:
    """Refuse what is not later than a state.

    Raises:
        InvalidDataError: it names the first row of each table.
    """
    problems = []
    for name, times in moments_of(history).items():
        early = np.flatnonzero(times <= state.as_of)
        if len(early):
            when = np.datetime64(int(times[early[0]]), "s")
            problems.append(
                f"{len(early):,} of the {name} are not later than the state, which ends at"
                f" {np.datetime64(state.as_of, 's')}; the first is row {early[0]} at {when}."
                " Give only what came since; what is late needs an evaluation of the whole."
            )
    if problems:
        raise InvalidDataError("\n".join(problems))


def _joined(earlier: History, later: History) -> History:
    lone = [
        name
        for name in ("tax", "discount_given")
        if (getattr(earlier, name) is None) != (getattr(later, name) is None)
    ]
    refuse_differences(lone)
    tx = joined(earlier.tx, later.tx)
    return History(
        tx,
        tax=_figures(tx, earlier.tax, later.tax),
        discount_given=_figures(tx, earlier.discount_given, later.discount_given),
        payments=_stacked(earlier.payments, later.payments),
        redemptions=_stacked(earlier.redemptions, later.redemptions),
        events=_stacked(earlier.events, later.events),
        transfers=_stacked(earlier.transfers, later.transfers),
        origin=later.origin or earlier.origin,
    )


def _figures(
    tx: Transactions, earlier: LineValues | None, later: LineValues | None
) -> LineValues | None:
    if earlier is None or later is None:
        return None
    numbers = joined_numbers(earlier.numbers, later.numbers)
    return LineValues.of(tx, numbers, name=later.name, unit=later.unit)


def _stacked(earlier: Table | None, later: Table | None) -> Table | None:
    """Return the rows of both tables."""
    if earlier is None or later is None:
        return later if earlier is None else earlier
    columns: dict[str, Any] = {
        field.name: _column(
            [getattr(earlier, field.name), getattr(later, field.name)], (len(earlier), len(later))
        )
        for field in attrs.fields(type(earlier))
    }
    return type(earlier)(**columns)


def _column(parts: list[NDArray[np.generic] | None], sizes: tuple[int, int]) -> object:
    if all(part is None for part in parts):
        return None
    given = [
        np.full(size, None, dtype=object) if part is None else part
        for part, size in zip(parts, sizes, strict=True)
    ]
    return np.concatenate(given)
