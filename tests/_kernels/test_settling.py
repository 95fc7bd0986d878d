"""Lots and debits: the line and the steps against a replay with plain lists."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.lot_steps import stepped
from crmkit._kernels.lots import ALLOW, CLAMP, DECLINE, Debits, Lots, Settled
from crmkit._kernels.settling import settle

END = 40


class Lot(NamedTuple):
    account: int
    active: int
    dead: int
    points: int


class Debit(NamedTuple):
    account: int
    clock: int
    points: int
    own: int
    policy: int


def replayed(lots: list[Lot], debits: list[Debit], order: list[int]) -> dict[str, list[int]]:
    """One event at a time, with lists."""
    left = [0] * len(lots)
    pending = [lot.points for lot in lots]
    expired, undone, elsewhere = [0] * len(lots), [0] * len(lots), [0] * len(lots)
    applied, own, available = [0] * len(debits), [0] * len(debits), [0] * len(debits)
    deficit: dict[int, int] = {}
    events = [(lot.dead, 0, k) for k, lot in enumerate(lots) if lot.dead <= END]
    events += [(lot.active, 1, k) for k, lot in enumerate(lots) if lot.active <= END]
    events += [(debit.clock, 2, k) for k, debit in enumerate(debits)]
    for _, kind, k in sorted(events):
        if kind == 0:
            expired[k], left[k] = left[k], 0
            continue
        if kind == 1:
            account = lots[k].account
            paid = min(deficit.get(account, 0), pending[k])
            deficit[account] = deficit.get(account, 0) - paid
            left[k], pending[k] = pending[k] - paid, 0
            continue
        debit = debits[k]
        mine = sorted(
            (j for j, lot in enumerate(lots) if lot.account == debit.account),
            key=lambda j: order[j],
        )
        owed = deficit.get(debit.account, 0)
        there = sum(left[j] for j in mine)
        available[k] = there - owed
        wanted = debit.points
        if debit.own >= 0:
            j = debit.own
            from_pending = min(wanted, pending[j])
            pending[j] -= from_pending
            from_left = min(wanted - from_pending, left[j])
            left[j] -= from_left
            own[k] = from_pending + from_left
            undone[j] += own[k]
            spent = lots[j].points - left[j] - pending[j] - expired[j] - undone[j] - elsewhere[j]
            wanted = min(wanted - own[k], spent)
        there = sum(left[j] for j in mine)
        if debit.policy == DECLINE and wanted > there - owed:
            wanted = 0
        taken = 0
        for j in mine:
            part = min(left[j], wanted - taken)
            left[j] -= part
            taken += part
        short = wanted - taken if debit.policy == ALLOW else 0
        deficit[debit.account] = owed + short
        if debit.own >= 0:
            elsewhere[debit.own] += taken + short
        applied[k] = own[k] + taken + short
    return {
        "expired": expired,
        "left": [a + b for a, b in zip(left, pending, strict=True)],
        "undone": undone,
        "applied": applied,
        "own": own,
        "available": available,
    }


@st.composite
def histories(draw: st.DrawFn, *, mixed: bool) -> tuple[list[Lot], list[Debit], list[int]]:
    lots: list[Lot] = []
    for account in range(draw(st.integers(1, 4))):
        clocks = sorted(draw(st.lists(st.integers(0, 30), max_size=6)))
        life = draw(st.integers(1, 40))
        hold = draw(st.integers(0, 3))
        for clock in clocks:
            span = draw(st.integers(1, 40)) if mixed else life
            lots.append(Lot(account, clock + hold, clock + hold + span, draw(st.integers(0, 20))))
    rows = []
    for _ in range(draw(st.integers(0, 8))):
        account, clock = draw(st.integers(0, 3)), draw(st.integers(0, END))
        mine = [
            k for k, lot in enumerate(lots) if lot.account == account and lot.active - 3 <= clock
        ]
        own = draw(st.sampled_from([-1, *mine]))
        points = draw(st.integers(0, 12 if own < 0 else max(0, lots[own].points)))
        policy = draw(st.sampled_from([ALLOW, CLAMP, DECLINE] if own < 0 else [ALLOW, CLAMP]))
        rows.append(Debit(account, clock, points, own, policy))
    by_death = draw(st.booleans()) if mixed else False
    key = [(lot.dead, k) if by_death else (0, k) for k, lot in enumerate(lots)]
    ranked = sorted(range(len(lots)), key=lambda k: key[k])
    return (
        lots,
        sorted(rows, key=lambda d: (d.account, d.clock)),
        [ranked.index(k) for k in range(len(lots))],
    )


def arrays(lots: list[Lot], debits: list[Debit]) -> tuple[Lots, Debits]:
    of_lots = np.array(lots, dtype=np.int64).reshape(-1, 4).T
    of_debits = np.array(debits, dtype=np.int64).reshape(-1, 5).T
    return Lots(*of_lots), Debits(*of_debits)


def agrees(found: Settled, lots: list[Lot], debits: list[Debit], order: list[int]) -> None:
    expected = replayed(lots, debits, order)
    for name, figures in expected.items():
        assert getattr(found, name).tolist() == figures, name
    taken = np.zeros(len(debits), dtype=np.int64)
    np.add.at(taken, found.piece_debit, found.piece_points)
    from_lots = np.zeros(len(lots), dtype=np.int64)
    np.add.at(from_lots, found.piece_lot, found.piece_points)
    assert (taken <= found.applied).all()
    held = np.array([lot.points for lot in lots], dtype=np.int64)
    assert (from_lots + found.expired + found.left <= held).all()


@given(histories(mixed=True))
def test_steps_replay_every_policy_and_every_life(
    history: tuple[list[Lot], list[Debit], list[int]],
) -> None:
    lots, debits, order = history
    found = stepped(*arrays(lots, debits), np.array(order, dtype=np.int64), END)

    agrees(found, lots, debits, order)


@given(histories(mixed=False))
def test_the_line_agrees_where_it_is_used(
    history: tuple[list[Lot], list[Debit], list[int]],
) -> None:
    lots, debits, order = history
    found = settle(*arrays(lots, debits), np.array(order, dtype=np.int64), END)

    agrees(found, lots, debits, order)


@given(histories(mixed=True))
def test_settling_agrees_for_lives_out_of_order(
    history: tuple[list[Lot], list[Debit], list[int]],
) -> None:
    lots, debits, order = history
    found = settle(*arrays(lots, debits), np.array(order, dtype=np.int64), END)

    agrees(found, lots, debits, order)
