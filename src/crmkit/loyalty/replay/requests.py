"""Redemptions and transfers of a history, bound to its accounts and baskets."""

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
from crmkit.loyalty.replay.clock import numbers_within
from crmkit.loyalty.replay.history import History
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Requests:
    """Points asked for, to be redeemed or given to others, in the order of (account, time).

    Attributes:
        account: who.
        time: when; of a redemption in a basket the basket's time.
        units: how many are asked for.
        basket: the place of the basket they pay, -1 for none.
        receiver: the account that gets them, -1 for a redemption.
        place: which transfer of its second it is, 0 for a redemption.
    """

    account: IntArray
    time: IntArray
    units: IntArray
    basket: IntArray
    receiver: IntArray
    place: IntArray

    def __len__(self) -> int:
        """How many."""
        return len(self.units)

    def of(self, first: int, stop: int) -> Requests:
        """Return those of a run of accounts."""
        part = slice(*np.searchsorted(self.account, [first, stop]))
        return Requests(**{f.name: getattr(self, f.name)[part] for f in attrs.fields(Requests)})

    @property
    def transfers(self) -> BoolArray:
        """Which of them are given to others."""
        return self.receiver >= 0

    @property
    def most_at_once(self) -> int:
        """The most transfers within one second."""
        return int(self.place.max(initial=-1)) + 1


def requests_of(
    programme: Programme, history: History, accounts: Accounts, baskets: Baskets, places: IntArray
) -> Requests:
    """Bind redemptions and transfers; *places* says where the basket of each label stands.

    Raises:
        InvalidDataError: points that are not above zero, or baskets that are not there.
    """
    _refuse_nothing(history)
    unit = 10**programme.policies.point_digits
    parts = [_redeemed(history, accounts, baskets, places), _transferred(history, accounts)]
    account, time, points, basket, receiver, place = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.lexsort((points, time, account))
    return Requests(
        account=account[order],
        time=time[order],
        units=points[order] * unit,
        basket=basket[order],
        receiver=receiver[order],
        place=place[order],
    )


def _refuse_nothing(history: History) -> None:
    problems = []
    for name, table in (("redemptions", history.redemptions), ("transfers", history.transfers)):
        if table is not None and (table.points <= 0).any():
            wrong = np.flatnonzero(table.points <= 0)
            problems.append(
                f"{name}: {len(wrong):,} of zero points or less, the first is row {wrong[0]}:"
                f" {table.points[wrong[0]]}. They are given as positive points."
            )
    if problems:
        raise InvalidDataError("\n".join(problems))


_Columns = tuple[IntArray, IntArray, IntArray, IntArray, IntArray, IntArray]


def _redeemed(history: History, accounts: Accounts, baskets: Baskets, places: IntArray) -> _Columns:
    table = history.redemptions
    if table is None:
        return _no_columns()
    account = accounts.accounts_of(table.customer)
    basket = _baskets(history.tx.basket, table.basket, len(table), places)
    time = np.where(basket >= 0, baskets.time[basket], table.time.view(np.int64))
    _own_baskets(account, basket, baskets)
    none = np.full(len(table), -1)
    return account, time, table.points, basket, none, np.zeros_like(none)


def _transferred(history: History, accounts: Accounts) -> _Columns:
    """Return what accounts give to others; what stays in an account is no transfer."""
    table = history.transfers
    if table is None:
        return _no_columns()
    sender, receiver = (accounts.accounts_of(ids) for ids in (table.sender, table.receiver))
    rows = np.flatnonzero(sender != receiver)
    time, points = table.time.view(np.int64)[rows], table.points[rows]
    sender, receiver = sender[rows], receiver[rows]
    order = np.lexsort((receiver, sender, points, time))
    place = np.empty(len(rows), dtype=np.int64)
    place[order] = numbers_within(np.zeros(len(rows), dtype=np.int32), time[order])
    return sender, time, points, np.full(len(rows), -1), receiver, place


def _no_columns() -> _Columns:
    nothing = np.zeros(0, dtype=np.int64)
    return nothing, nothing, nothing, nothing, nothing, nothing


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
