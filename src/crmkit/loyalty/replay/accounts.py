"""Who holds a balance: each customer, or each household of a pooled programme."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty.replay.history import Customers, History
from crmkit.typing import CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True)
class Accounts:
    """The members of a history and the accounts that they book on.

    Attributes:
        members: labels of customers, those of the lines first, then those who only have events.
        labels: labels of accounts.
        of_member: the account of each member, int32.
    """

    members: LabelArray = array()
    labels: LabelArray = array()
    of_member: CodeArray = array()

    def codes_of(self, ids: NDArray[Any]) -> CodeArray:
        """Return the member codes of *ids*, -1 for strangers."""
        return pd.Index(self.members).get_indexer(pd.Index(ids)).astype(np.int32)

    def accounts_of(self, ids: NDArray[Any]) -> IntArray:
        """Return the accounts of members who are there."""
        return self.of_member[self.codes_of(ids)].astype(np.int64)


def accounts_of(history: History, customers: Customers | None, *, pooled: bool) -> Accounts:
    """Number members and accounts.

    Raises:
        InvalidArgumentError: a pooled programme without households.
        InvalidDataError: ids of two kinds, such as numbers in one table and text in another.
    """
    members = _members(history)
    if not pooled:
        own = np.arange(len(members), dtype=np.int32)
        return Accounts(members=members, labels=members, of_member=own)
    if customers is None or customers.household is None:
        raise InvalidArgumentError(
            "a pooled programme needs the household of each customer: say"
            " customers=Customers(customer=..., household=...)."
        )
    return _pooled(members, customers, customers.household)


def _members(history: History) -> LabelArray:
    labels = history.tx.customer.labels
    for ids, where in _other_ids(history):
        if (ids.dtype.kind in "iu") != (labels.dtype.kind in "iu") and len(labels) and len(ids):
            raise InvalidDataError(
                f"{where} are {ids.dtype} and the customers of the lines {labels.dtype}; ids must"
                " be of one kind to be found again."
            )
        strangers = pd.unique(ids[pd.Index(labels).get_indexer(pd.Index(ids)) < 0])
        if len(strangers):
            more = np.sort(np.asarray(strangers, dtype=labels.dtype))
            labels = np.concatenate([labels, more])
    return labels


def _other_ids(history: History) -> list[tuple[NDArray[Any], str]]:
    columns = {
        "redemptions": ("customer",),
        "events": ("customer", "referrer"),
        "transfers": ("sender", "receiver"),
    }
    found = []
    for table, names in columns.items():
        for name in names:
            ids = getattr(getattr(history, table), name, None)
            if ids is not None:
                found.append((_known(ids), f"{table}.{name}"))
    return found


def _known(ids: NDArray[Any]) -> NDArray[Any]:
    return ids if ids.dtype.kind in "iu" else ids[~pd.isna(ids)]


def _pooled(members: LabelArray, customers: Customers, household: LabelArray) -> Accounts:
    rows = pd.Index(customers.customer).get_indexer(pd.Index(members))
    named = (rows >= 0) & ~pd.isna(household)[rows]
    # A pair, so that a household and a customer of one name stay apart.
    names: list[tuple[str, Any]] = [("customer", label) for label in members.tolist()]
    for place, label in zip(np.flatnonzero(named), household[rows[named]].tolist(), strict=True):
        names[place] = ("household", label)
    codes, distinct = pd.factorize(pd.Series(names))
    labels = np.array([label for _, label in distinct], dtype=object)
    return Accounts(members=members, labels=labels, of_member=codes.astype(np.int32))
