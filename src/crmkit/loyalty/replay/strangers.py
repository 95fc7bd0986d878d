"""List the lines that came back without a sale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from crmkit.loyalty.ledger.unmatched import Unmatched
from crmkit.loyalty.replay.accounting import Books
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.play import Played
from crmkit.typing import BoolArray, IntArray


class Strangers(NamedTuple):
    """Lines in the transactions that found no sale, and what is left of them."""

    row: IntArray
    account: IntArray
    left: IntArray
    in_money: BoolArray


def strangers_of(played: Played, books: Books) -> Strangers:
    """Return the lines of a part that came back without a sale."""
    undone = books.undone
    if undone is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Strangers(nothing, nothing, nothing, nothing.astype(np.bool_))
    line, lines = undone.unmatched, played.lines
    basket = np.searchsorted(lines.starts, line, side="right") - 1
    account = played.block.account[basket].astype(np.int64)
    return Strangers(lines.rows[line], account, undone.left, undone.in_money)


def unmatched(bound: Bound, parts: Sequence[Strangers]) -> Unmatched:
    """Put the lines of all parts together."""
    rows = Strangers(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    tx = bound.history.tx
    baskets = tx.ids("basket", question="evaluate()")
    product = np.full(len(rows.row), -1, dtype=np.int32)
    labels = np.zeros(0, dtype=object)
    if tx.product is not None:
        product, labels = tx.product.codes[rows.row], tx.product.labels
    return Unmatched(
        account=rows.account.astype(np.int32),
        basket=baskets.codes[rows.row],
        product=product,
        left=rows.left,
        in_money=rows.in_money,
        accounts=bound.accounts.labels,
        baskets=baskets.labels,
        products=labels,
        scale=1 if tx.quantity is None else 10 ** (tx.quantity.digits or 0),
        money_digits=bound.programme.policies.money_digits,
        frame_kind=tx.frame_kind,
    )
