"""Friends who were brought to a programme, and by whom."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd

from crmkit._kernels.segments import heads_of
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.replay.accounts import Accounts
from crmkit.loyalty.replay.baskets import Baskets
from crmkit.loyalty.replay.history import History
from crmkit.loyalty.replay.visits import Visits
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import IntArray

REFERRAL = "referral"


@attrs.frozen(kw_only=True, eq=False)
class Brought:
    """Friends who were brought, in the order of their accounts; each once.

    Attributes:
        account: the friend.
        referrer: who brought the friend.
        since: when, seconds since 1970.
    """

    account: IntArray
    referrer: IntArray
    since: IntArray


def brought_of(
    programme: Programme, history: History, accounts: Accounts, baskets: Baskets, visits: Visits
) -> Brought:
    """Return who was brought before ever buying; the first who did it counts."""
    table = history.events
    if programme.referral is None or table is None or table.referrer is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Brought(account=nothing, referrer=nothing, since=nothing)
    rows = np.flatnonzero((table.event == REFERRAL) & ~np.asarray(pd.isna(table.referrer)))
    account = accounts.accounts_of(table.customer[rows])
    referrer = accounts.accounts_of(table.referrer[rows])
    since = table.time.view(np.int64)[rows]
    new = _first_purchases(accounts, baskets, visits)[account] > since
    some = np.flatnonzero(new & (account != referrer))
    order = some[np.lexsort((referrer[some], since[some], account[some]))]
    first = order[heads_of(account[order])]
    return Brought(account=account[first], referrer=referrer[first], since=since[first])


def _first_purchases(accounts: Accounts, baskets: Baskets, visits: Visits) -> IntArray:
    first = np.full(len(accounts.labels), NEVER)
    rows = np.flatnonzero(visits.purchase & (baskets.account >= 0))
    np.minimum.at(first, baskets.account[rows], baskets.time[rows])
    return first
