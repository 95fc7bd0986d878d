"""The baskets of a history, account by account and in the order in which they happened."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import changes
from crmkit._kernels.ragged import positions_of, positions_within, starts_of
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidDataError
from crmkit.loyalty.replay.accounts import Accounts
from crmkit.typing import CodeArray, IntArray

QUESTION = "evaluate()"


@attrs.frozen(kw_only=True)
class Baskets:
    """One row per basket: members' accounts first, in order, then the baskets of guests.

    Baskets of one account at one second stand in the order of what is in them, so that renaming
    them moves no points; their names decide last.

    Attributes:
        lines: which lines, basket by basket.
        starts: where the lines of each basket start in *lines*; one more at the end.
        code: the basket's code in the transactions.
        member: the customer, -1 for a guest.
        account: the account, -1 for a guest.
        time: seconds since 1970.
    """

    lines: IntArray = array()
    starts: IntArray = array()
    code: CodeArray = array()
    member: CodeArray = array()
    account: CodeArray = array()
    time: IntArray = array()

    def __len__(self) -> int:
        """How many baskets."""
        return len(self.code)

    @property
    def members(self) -> int:
        """How many baskets are of members; those of guests come after them."""
        return int(np.searchsorted(self.account < 0, True))


def baskets_of(tx: Transactions, accounts: Accounts) -> Baskets:
    """Put baskets in the order in which their accounts made them.

    Raises:
        MissingRoleError: the lines have no baskets.
        InvalidDataError: a basket of several customers or several times.
    """
    codes = tx.ids("basket", question=QUESTION)
    groups = tx.groups("basket")
    offsets = groups.offsets.astype(np.int64)
    used = np.flatnonzero(np.diff(offsets)).astype(np.int32)
    heads = groups.order[offsets[used]]
    member, time = tx.customer.codes[heads], tx.time.view(np.int64)[heads]
    _one_each(tx, groups.order, np.diff(offsets)[used], codes.labels[used], (member, time))
    account = np.append(accounts.of_member, np.int32(-1))[member]
    order = _in_order(tx, _Rows(used, account, time, groups.order, offsets))
    used = used[order]
    sizes = np.diff(offsets)[used]
    return Baskets(
        lines=groups.order[positions_of(offsets[used], sizes)].astype(np.int64),
        starts=starts_of(sizes),
        code=used,
        member=member[order],
        account=account[order],
        time=time[order],
    )


def _one_each(
    tx: Transactions,
    order: CodeArray,
    sizes: IntArray,
    labels: np.ndarray[tuple[int], np.dtype[np.generic]],
    heads: tuple[CodeArray, IntArray],
) -> None:
    """Refuse baskets of several customers, or several times."""
    problems = []
    columns = (tx.customer.codes, tx.time.view(np.int64))
    checked: zip[tuple[NDArray[Any], NDArray[Any], str]]
    checked = zip(columns, heads, ("customer", "time"), strict=True)
    for column, head, what in checked:
        differs = column[order] != np.repeat(head, sizes)
        if differs.any():
            several = np.unique(np.repeat(np.arange(len(sizes)), sizes)[differs])
            problems.append(
                f"{check.counted(len(several), 'basket')} of more than one {what}, the first is"
                f" {labels[several[0]]!s}. A basket is one {what}; make the basket ids distinct,"
                f" or give its lines one {what}."
            )
    if problems:
        raise InvalidDataError("\n".join(problems))


@attrs.frozen
class _Rows:
    """Baskets before they are in order."""

    code: CodeArray
    account: CodeArray
    time: IntArray
    lines: CodeArray
    offsets: IntArray


def _in_order(tx: Transactions, rows: _Rows) -> IntArray:
    # Guests are -1 and come last: as unsigned numbers they are the largest.
    account = rows.account.view(np.uint32)
    order = np.lexsort((rows.time, account))
    same = ~changes(account[order], rows.time[order]) & (rows.account[order] >= 0)
    if not same.any():
        return order
    tied = same.copy()
    tied[:-1] |= same[1:]
    places = np.flatnonzero(tied)
    by_content = _by_content(tx, rows, order[places])
    order[places] = order[places][by_content]
    return order


def _by_content(tx: Transactions, rows: _Rows, tied: IntArray) -> IntArray:
    """Order some baskets by account, time, and then what is in them."""
    sizes = np.diff(rows.offsets)[rows.code[tied]]
    lines = rows.lines[positions_of(rows.offsets[rows.code[tied]], sizes)]
    keys: list[NDArray[Any]] = [rows.code[tied], *_line_ranks(tx, lines, sizes), sizes]
    for numbers in (tx.quantity, tx.amount):
        if numbers is not None:
            units = np.asarray(numbers.units)[lines]
            keys += [np.add.reduceat(part, starts_of(sizes)[:-1]) for part in (units**2, units)]
    return np.lexsort((*keys, rows.time[tied], rows.account[tied]))


def _line_ranks(tx: Transactions, lines: CodeArray, sizes: IntArray) -> list[IntArray]:
    """Return, last first, what the first, second ... line of each basket holds, as ranks."""
    basket = np.repeat(np.arange(len(sizes)), sizes)
    content: list[NDArray[Any]] = [
        np.asarray(n.units)[lines] for n in (tx.quantity, tx.amount) if n is not None
    ]
    if tx.product is not None:
        content.append(tx.product.codes[lines])
    order = np.lexsort(content) if content else np.arange(len(lines))
    ranks = np.empty(len(lines), dtype=np.int64)
    ranks[order] = np.cumsum(changes(*(c[order] for c in content))) if content else 0
    ranks = ranks[np.lexsort((ranks, basket))]
    table = np.zeros((len(sizes), int(sizes.max())), dtype=np.int64)
    table[basket, positions_within(sizes)] = ranks
    return list(table.T[::-1])
