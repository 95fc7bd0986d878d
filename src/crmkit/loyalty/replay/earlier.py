"""A ledger as it stood at an earlier moment."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
import numpy as np
import pandas as pd

from crmkit.data.line_values import LineValues
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.ledger.balances import Balances
from crmkit.loyalty.replay.binding import Bound, bind, last_second
from crmkit.loyalty.replay.history import Events, History, Payments, Redemptions, Transfers
from crmkit.loyalty.replay.writing import written
from crmkit.typing import BoolArray, IntoDay

Table = TypeVar("Table", Payments, Redemptions, Events, Transfers)


def balances_at(bound: Bound, at: IntoDay) -> Balances:
    """Replay what happened up to a moment, and return what each account held then.

    Raises:
        InvalidArgumentError: the moment is later than what was evaluated.
    """
    moment = last_second(at)
    if moment > bound.as_of:
        raise InvalidArgumentError(
            f"at must not be later than the end of the ledger, {np.datetime64(bound.as_of, 's')};"
            f" got {np.datetime64(moment, 's')}. Evaluate with a later as_of."
        )
    history = _until(bound.history, moment)
    return written(bind(bound.programme, history, bound.known, moment)).balances()


def _until(history: History, moment: int) -> History:
    """Return what happened up to a moment; labels stay, so that accounts do."""
    inside = history.tx.time.view(np.int64) <= moment
    tx = history.tx.where(inside)
    return History(
        tx,
        tax=_figures(history.tax, tx, inside),
        discount_given=_figures(history.discount_given, tx, inside),
        payments=_paid(history.payments, tx),
        redemptions=_redeemed(history, tx, moment),
        events=_before(history.events, moment),
        transfers=_before(history.transfers, moment),
        origin=history.origin,
    )


def _figures(figures: LineValues | None, tx: Transactions, inside: BoolArray) -> LineValues | None:
    if figures is None:
        return None
    numbers = figures.numbers[inside]
    return LineValues.of(tx, numbers, name=figures.name, unit=figures.unit)


def _paid(payments: Payments | None, tx: Transactions) -> Payments | None:
    if payments is None or tx.basket is None:
        return payments
    there = tx.basket.labels[tx.basket.used]
    return _rows(payments, pd.Index(payments.basket).isin(there))


def _redeemed(history: History, tx: Transactions, moment: int) -> Redemptions | None:
    """Keep what was redeemed by then; of a redemption in a basket the basket's time counts."""
    table = history.redemptions
    if table is None:
        return None
    inside = table.time.view(np.int64) <= moment
    if table.basket is not None and tx.basket is not None:
        given = ~np.asarray(pd.isna(table.basket))
        there = pd.Index(table.basket).isin(tx.basket.labels[tx.basket.used])
        inside = np.where(given, there, inside)
    return _rows(table, inside)


def _before(table: Table | None, moment: int) -> Table | None:
    if table is None or isinstance(table, Payments):
        return table
    return _rows(table, table.time.view(np.int64) <= moment)


def _rows(table: Table, which: BoolArray) -> Table:
    columns: dict[str, Any] = {}
    for field in attrs.fields(type(table)):
        column = getattr(table, field.name)
        columns[field.name] = None if column is None else column[which]
    return type(table)(**columns)
