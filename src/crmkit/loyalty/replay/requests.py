"""Redemptions and events of a history, bound to its accounts and baskets."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit.data.codes import Codes
from crmkit.errors import InvalidDataError
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.accounts import Accounts
from crmkit.loyalty.replay.baskets import Baskets
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.limits import first_within
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Requests:
    """Redemptions in the order of (account, time).

    Attributes:
        account: who.
        time: when; of one in a basket the basket's time.
        units: how many are asked for.
        basket: the place of the basket they pay, -1 for none.
        row: the row in the table.
    """

    account: IntArray
    time: IntArray
    units: IntArray
    basket: IntArray
    row: IntArray

    def __len__(self) -> int:
        """How many."""
        return len(self.units)

    def of(self, first: int, stop: int) -> Requests:
        """Return those of a run of accounts."""
        part = slice(*np.searchsorted(self.account, [first, stop]))
        return Requests(**{f.name: getattr(self, f.name)[part] for f in attrs.fields(Requests)})


def requests_of(
    programme: Programme, history: History, accounts: Accounts, baskets: Baskets, places: IntArray
) -> Requests:
    """Bind redemptions; *places* says where the basket of each label stands.

    Raises:
        InvalidDataError: points that are not above zero, or baskets that are not there.
    """
    table = history.redemptions
    if table is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Requests(account=nothing, time=nothing, units=nothing, basket=nothing, row=nothing)
    wrong = np.flatnonzero(table.points <= 0)
    if len(wrong):
        raise InvalidDataError(
            f"redemptions: {len(wrong):,} of zero points or less, the first is row {wrong[0]}:"
            f" {table.points[wrong[0]]}. Redemptions are given as positive points."
        )
    account = accounts.of_member[accounts.codes_of(table.customer)].astype(np.int64)
    basket = _baskets(history.tx.basket, table.basket, len(table), places)
    time = np.where(basket >= 0, baskets.time[basket], table.time.view(np.int64))
    _own_baskets(account, basket, baskets)
    units = table.points * 10**programme.policies.point_digits
    order = np.lexsort((units, time, account))
    return Requests(
        account=account[order],
        time=time[order],
        units=units[order],
        basket=basket[order],
        row=order,
    )


def _baskets(
    codes: Codes | None, named: NDArray[Any] | None, rows: int, places: IntArray
) -> IntArray:
    if named is None or codes is None:
        return np.full(rows, -1)
    given: BoolArray = ~np.asarray(pd.isna(named))
    found = np.full(rows, -1)
    at = pd.Index(codes.labels).get_indexer(pd.Index(named[given]))
    if (at < 0).any():
        lost = np.asarray(named)[given][np.flatnonzero(at < 0)[0]]
        raise InvalidDataError(
            f"redemptions: {np.count_nonzero(at < 0):,} pay baskets that are not in the lines, the"
            f" first is basket {lost!s}."
        )
    found[given] = places[at]
    return found


def _own_baskets(account: IntArray, basket: IntArray, baskets: Baskets) -> None:
    strange = (basket >= 0) & (baskets.account[basket] != account)
    if strange.any():
        row = np.flatnonzero(strange)[0]
        raise InvalidDataError(
            f"redemptions: {np.count_nonzero(strange):,} pay baskets of other accounts, the first"
            f" is row {row}."
        )


@attrs.frozen(kw_only=True, eq=False)
class Gifts:
    """Points for events, in the order of (account, time).

    Attributes:
        account: who.
        time: when.
        units: how many.
        rule: the event rule, a place among the programme's event rules.
    """

    account: IntArray
    time: IntArray
    units: IntArray
    rule: IntArray

    def of(self, first: int, stop: int) -> Gifts:
        """Return those of a run of accounts."""
        part = slice(*np.searchsorted(self.account, [first, stop]))
        return Gifts(**{f.name: getattr(self, f.name)[part] for f in attrs.fields(Gifts)})


def gifts_of(programme: Programme, history: History, accounts: Accounts) -> Gifts:
    """Bind events to the rules that wait for them, within the limits of these."""
    nothing = np.zeros(0, dtype=np.int64)
    parts = [(nothing, nothing, nothing, nothing)]
    for place, rule in enumerate(programme.events):
        account, time = _happened(history, accounts, rule.event)
        if rule.trigger_limit is not None:
            start = programme.policies.day_starts_at * 3600
            inside = first_within(rule.trigger_limit, account.astype(np.int32), time, start)
            account, time = account[inside], time[inside]
        units = rule.points * 10**programme.policies.point_digits
        parts.append((account, time, np.full(len(time), units), np.full(len(time), place)))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[3], columns[1], columns[0]))
    account, time, units, rules = (column[order] for column in columns)
    return Gifts(account=account, time=time, units=units, rule=rules)


def _happened(history: History, accounts: Accounts, event: str) -> tuple[IntArray, IntArray]:
    """Return who an event happened to, and when, in order."""
    table = history.events
    if table is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero(table.event == event)
    account = accounts.of_member[accounts.codes_of(table.customer[rows])].astype(np.int64)
    time = table.time.view(np.int64)[rows]
    order = np.lexsort((time, account))
    return account[order], time[order]
