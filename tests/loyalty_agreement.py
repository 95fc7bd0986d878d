"""Whether evaluation in columns says what the oracle says, entry by entry."""

from __future__ import annotations

import datetime as dt
from collections import Counter as Tally
from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
import pytest

from crmkit.errors import InvalidDataError
from crmkit.loyalty import EntryKind, EntryReason, Events, Ledger, Programme, evaluate
from loyalty_oracle import OverdrawnError, Result, net, replay
from loyalty_strategies import END
from loyalty_world import World, to_history


def ledger_of(
    programme: Programme, world: World, as_of: dt.date = END, like: World | None = None
) -> Ledger:
    history, customers = to_history(world, programme.policies.money_digits, like)
    if (programme.events or programme.referral) and history.events is None:
        none = Events(customer=[], time=[], event=[], referrer=[])
        history = attrs.evolve(history, events=none)
    return evaluate(programme, history, customers=customers, as_of=as_of)


def rows_of(ledger: Ledger) -> Tally[Any]:
    entries = ledger.entries
    baskets = [*entries.baskets.tolist(), None]
    rules = [*entries.rules, None]
    return _summed(
        (
            entries.accounts[entries.account[k]],
            baskets[entries.basket[k]],
            "referral" if entries.reason[k] == EntryReason.REFERRAL else rules[entries.rule[k]],
            EntryKind(entries.kind[k]).word,
            int(entries.points[k]),
            int(entries.time[k]),
        )
        for k in range(len(entries))
    )


def expected_rows(result: Result, programme: Programme) -> Tally[Any]:
    return _summed(tuple(entry) for entry in result.entries)


def _summed(rows: Iterable[Any]) -> Tally[Any]:
    """Count rows; points given to others are one figure, however many lots they were of."""
    given: Tally[Any] = Tally()
    found: Tally[Any] = Tally()
    for account, basket, rule, kind, points, time in rows:
        if kind == "adjust" and basket is None:
            given[account, time, points > 0] += points
        else:
            found[account, basket, rule, kind, points, time] += 1
    for (account, time, _), points in given.items():
        found[account, None, None, "adjust", points, time] += 1
    return found


def agrees(programme: Programme, world: World) -> None:
    try:
        result = replay(programme, world, END)
    except OverdrawnError:
        with pytest.raises(InvalidDataError, match="above the balance"):
            ledger_of(programme, world)
        return
    ledger = ledger_of(programme, world)
    assert rows_of(ledger) == expected_rows(result, programme)
    balances = ledger.balances()
    for k, label in enumerate(balances.customers.tolist()):
        expected = result.balances.get(label)
        if expected is None:
            continue
        assert balances.balance[k] == expected.balance, label
        assert balances.available[k] == expected.available, label
        assert balances.pending[k] == expected.pending, label
        tier = balances.tiers[balances.tier[k]] if balances.tier[k] >= 0 else None
        assert tier == expected.tier, label
    assert int(ledger.entries.points.sum()) == int(np.sum(balances.balance))
    assert astray(ledger) == Tally((basket, product) for basket, product, _ in result.unmatched)


def has_units(world: World) -> bool:
    """Say whether all goods are measured in units, and nobody is paid for what they bring back."""
    nets = [net(basket) for basket in world.baskets]
    lines = [line for sales, returns in nets for line in [*returns, *(sale for _, sale in sales)]]
    paid = any(line.amount > 0 for _, returns in nets for line in returns)
    return all(line.quantity for line in lines) and not paid


def astray(ledger: Ledger) -> Tally[Any]:
    lines = ledger.unmatched
    return Tally(
        zip(
            lines.baskets[lines.basket].tolist(),
            lines.products[lines.product].tolist(),
            strict=True,
        )
    )
