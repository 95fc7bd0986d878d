"""A programme and a history bound to each other: all columns that rules will read, checked once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit.data.codes import Codes
from crmkit.data.line_values import LineValues
from crmkit.data.minor import minor_of
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidDataError, LinesAfterAsOfError
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.accounts import Accounts, accounts_of
from crmkit.loyalty.replay.baskets import QUESTION, Baskets, baskets_of
from crmkit.loyalty.replay.brought import Brought, brought_of
from crmkit.loyalty.replay.clock import Clock
from crmkit.loyalty.replay.exact_points import Scale, scale_of
from crmkit.loyalty.replay.gifts import Gifts, gifts_of
from crmkit.loyalty.replay.history import History, moments_of
from crmkit.loyalty.replay.inputs import refuse_missing
from crmkit.loyalty.replay.known import Known
from crmkit.loyalty.replay.lines import NO_ORIGIN, UNKNOWN_ORIGIN
from crmkit.loyalty.replay.requests import Requests, requests_of
from crmkit.loyalty.replay.visits import Visits, visits_of
from crmkit.loyalty.replay.windows import DAY
from crmkit.money.amounts import minor_units
from crmkit.typing import IntArray, IntoDay


@attrs.frozen(kw_only=True, eq=False)
class Bound:
    """Everything that an evaluation reads, in the order of accounts and time.

    Attributes:
        programme: what is evaluated.
        history: what it is evaluated on.
        accounts: who holds balances.
        baskets: the baskets in order.
        scale: the denominator of points.
        as_of: the last second evaluated.
        amount: money of each line of the transactions, minor units.
        known: what is known of customers, and until when.
        visits: which purchase each basket is, and how long after the last one.
        tax: tax in each line, minor units, if it matters.
        given: discounts in each amount already, minor units, if known.
        tenders: money of each basket by tender, minor units.
        clock: orders what happens at one moment.
        requests: redemptions and transfers.
        gifts: points for events.
        brought: friends who were brought.
        origins: for each code of the attribute of origins the place of the basket it names.
    """

    programme: Programme
    history: History
    accounts: Accounts
    baskets: Baskets
    scale: Scale
    as_of: int
    amount: IntArray
    known: tuple[Known, ...]
    visits: Visits
    tax: IntArray | None
    given: IntArray | None
    tenders: Mapping[str, IntArray]
    clock: Clock
    requests: Requests
    gifts: Gifts
    brought: Brought
    origins: IntArray

    @property
    def day_start(self) -> int:
        """The second of the night at which trading days start."""
        return self.programme.policies.day_starts_at * 3600


def bind(programme: Programme, history: History, known: tuple[Known, ...], moment: int) -> Bound:
    """Check that a history has all that a programme asks for, and put it in order.

    *moment* is the last second that counts.

    Raises:
        InvalidArgumentError: what a rule, policy or table needs is not there; all is listed.
        LinesAfterAsOfError: lines, redemptions or events after *as_of*.
        InvalidDataError: amounts finer than the currency, baskets of several customers or times.
    """
    tx, customers = history.tx, known[-1].customers
    refuse_missing(programme, history, customers)
    _no_later(history, moment)
    accounts = accounts_of(history, customers, pooled=programme.pooled)
    baskets = baskets_of(tx, accounts)
    digits = programme.policies.money_digits
    places = basket_places(tx.ids("basket", question=QUESTION), baskets)
    amount = minor_of(tx.numbers("amount", question=QUESTION), digits, "amount")
    visits = visits_of(baskets, amount)
    requests = requests_of(programme, history, accounts, baskets, places)
    clock = Clock.of(baskets.account, baskets.time, requests.most_at_once)
    return Bound(
        programme=programme,
        history=history,
        accounts=accounts,
        baskets=baskets,
        scale=scale_of(programme),
        as_of=moment,
        amount=amount,
        known=known,
        visits=visits,
        tax=_minor(history.tax, tx, digits, "tax"),
        given=_minor(history.discount_given, tx, digits, "discount_given"),
        tenders=_tenders(history, baskets, digits),
        clock=clock,
        requests=requests,
        gifts=gifts_of(programme, history, accounts, clock),
        brought=brought_of(programme, history, accounts, baskets, visits),
        origins=_origins(history, baskets),
    )


def _origins(history: History, baskets: Baskets) -> IntArray:
    """Return the place of the basket that each label of origin names; the last is of no label."""
    if history.origin is None or history.tx.basket is None:
        return np.full(1, NO_ORIGIN)
    named = pd.Index(history.tx.basket.labels).get_indexer(
        pd.Index(history.tx.attributes[history.origin].labels)
    )
    places = np.append(basket_places(history.tx.basket, baskets), UNKNOWN_ORIGIN)[named]
    return np.append(np.where(places < 0, UNKNOWN_ORIGIN, places), NO_ORIGIN)


def _minor(figures: LineValues | None, tx: Transactions, digits: int, name: str) -> IntArray | None:
    return None if figures is None else minor_of(figures.on(tx), digits, name)


def _tenders(history: History, baskets: Baskets, digits: int) -> dict[str, IntArray]:
    """Return the money of each basket by tender."""
    paid = history.payments
    if paid is None or history.tx.basket is None:
        return {}
    places = basket_places(history.tx.basket, baskets)
    rows = places[codes_in(history.tx.basket.labels, paid.basket, "payments.basket")]
    money = minor_units(np.asarray(paid.amount), digits, None, "payments.amount")
    by_tender: dict[str, IntArray] = {}
    for tender in sorted(set(paid.tender.tolist())):
        of_it = paid.tender == tender
        by_tender[tender] = np.zeros(len(baskets), dtype=np.int64)
        np.add.at(by_tender[tender], rows[of_it], money[of_it])
    return by_tender


def basket_places(codes: Codes, baskets: Baskets) -> IntArray:
    """Return for each basket label its place among the baskets in order; -1 for none."""
    places = np.full(len(codes.labels), -1, dtype=np.int64)
    places[baskets.code] = np.arange(len(baskets))
    return places


def last_second(as_of: IntoDay) -> int:
    """Return the last second that *as_of* covers: of a day its end, of a moment itself."""
    if _is_moment(as_of):
        return int(np.datetime64(as_of, "s").astype(np.int64))  # type: ignore[call-overload]
    day = check.day(as_of, "as_of")
    return (int(day.astype(np.int64)) + 1) * DAY - 1


def _is_moment(as_of: IntoDay) -> bool:
    if isinstance(as_of, np.datetime64):
        return np.datetime_data(as_of.dtype)[0] not in ("Y", "M", "W", "D")
    return isinstance(as_of, dt.datetime) or (isinstance(as_of, str) and "T" in as_of)


def _no_later(history: History, moment: int) -> None:
    problems = []
    for name, times in moments_of(history).items():
        late = np.flatnonzero(times > moment)
        if len(late):
            when = np.datetime64(int(times[late[0]]), "s")
            problems.append(
                f"{len(late):,} of the {name} come after as_of, the first is row {late[0]} at"
                f" {when}. Ask about a later day, or leave them out."
            )
    if problems:
        raise LinesAfterAsOfError("\n".join(problems))


def codes_in(labels: NDArray[Any], ids: NDArray[Any], what: str) -> IntArray:
    """Return where *ids* stand among *labels*.

    Raises:
        InvalidDataError: some are not there; the first is named.
    """
    found = pd.Index(labels).get_indexer(pd.Index(ids))
    lost = np.flatnonzero(found < 0)
    if len(lost):
        raise InvalidDataError(
            f"{len(lost):,} {what} are not in the lines, the first is {ids[lost[0]]!s}."
        )
    return np.asarray(found, dtype=np.int64)
