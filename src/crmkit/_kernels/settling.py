"""Settle lots and debits: on a line for all accounts where that is right, by steps for the others.

A return takes back points of the lot it undoes. As long as nothing has been spent beyond what it
leaves of that lot, those points were never touched: the lot may as well have been smaller from the
start, and no other debit notices. Accounts where that fails, where a debit is cut or declined, or
where younger lots die before older ones, are replayed step by step.
"""

from __future__ import annotations

import numpy as np

from crmkit._kernels.lot_steps import stepped
from crmkit._kernels.lots import ALLOW, Debits, Line, Lots, Settled, line_of, settled
from crmkit._kernels.segments import heads_of, running_sum
from crmkit.typing import BoolArray, IntArray


def settle(lots: Lots, debits: Debits, order: IntArray, end: int) -> Settled:
    """Return what becomes of lots and debits up to the clock *end*.

    Args:
        lots: in the order of (account, earning); accounts are small numbers.
        debits: in the order of (account, clock).
        order: which lots of an account are spent first.
        end: the last clock that counts.
    """
    accounts = 1 + max(int(lots.account.max(initial=-1)), int(debits.account.max(initial=-1)))
    odd = _out_of_order(lots, order, accounts)
    odd |= _shrunk_too_far(lots, debits, accounts)
    straight = _on_line(lots, debits, ~odd, end)
    odd |= straight[1]
    if not odd.any():
        return straight[0]
    if straight[1].any():
        straight = _on_line(lots, debits, ~odd, end)
    return _merged(straight[0], lots, debits, order, odd, end)


def _out_of_order(lots: Lots, order: IntArray, accounts: int) -> BoolArray:
    """Mark the accounts whose lots do not become active, die and go in the order of earning."""
    odd = np.zeros(accounts, dtype=np.bool_)
    same = lots.account[1:] == lots.account[:-1]
    for figures in (lots.active, lots.dead, order):
        falls = same & (figures[1:] < figures[:-1])
        odd[lots.account[1:][falls]] = True
    return odd


def _shrunk_too_far(lots: Lots, debits: Debits, accounts: int) -> BoolArray:
    odd = np.zeros(accounts, dtype=np.bool_)
    odd[lots.account[_shrinks(lots, debits) > lots.points]] = True
    return odd


def _shrinks(lots: Lots, debits: Debits) -> IntArray:
    """Return how much of each lot comes back."""
    shrinks = np.zeros(len(lots.points), dtype=np.int64)
    back = debits.own >= 0
    np.add.at(shrinks, debits.own[back], debits.points[back])
    return shrinks


def _on_line(
    lots: Lots, debits: Debits, keep: BoolArray, end: int
) -> tuple[Settled, BoolArray]:
    """Settle the accounts to keep on a line; say in which of them that is not right."""
    inside = keep[debits.account]
    back = inside & (debits.own >= 0)
    shrinks = np.where(keep[lots.account], _shrinks(lots, debits), lots.points)
    smaller = lots._replace(points=lots.points - shrinks)
    # Returns stay as rows of nothing, so that rows keep their places.
    points = np.where(inside & ~back, debits.points, 0)
    plain = debits._replace(points=points)
    line = line_of(smaller, plain, end)
    found = settled(smaller, plain, line, end)
    wrong = np.zeros(len(keep), dtype=np.bool_)
    wrong[debits.account[back][~_untouched(lots, debits, back, line, plain)]] = True
    available = found.available + _still_there(lots, debits, back, line)
    cut = inside & ~back & (debits.policy != ALLOW) & (available < debits.points)
    wrong[debits.account[cut]] = True
    return _with_returns(found, debits, back, shrinks * keep[lots.account], available), wrong


def _untouched(
    lots: Lots, debits: Debits, back: BoolArray, line: Line, plain: Debits
) -> BoolArray:
    """Say which returns find the end of their lot as it was earned."""
    clock, own = debits.clock[back], debits.own[back]
    pending = lots.active[own] > clock
    reached = line.before(plain)[back] > line.ends[own]
    return pending | ((lots.dead[own] > clock) & ~reached)


def _still_there(lots: Lots, debits: Debits, back: BoolArray, line: Line) -> IntArray:
    """Return, before each debit, the active points that will come back only later."""
    if not back.any():
        return np.zeros(len(debits.points), dtype=np.int64)
    active = lots.active[debits.own]
    open_ones = back & (active <= debits.clock)
    points = np.where(open_ones, debits.points, 0)
    came_back = running_sum(points, heads_of(debits.account)) - points
    keys = line.keys(debits.account[open_ones], active[open_ones])
    by = np.argsort(keys, kind="stable")
    sums = np.append(0, np.cumsum(points[open_ones][by]))
    first = np.searchsorted(keys[by], debits.account.astype(np.int64) * line.keys.span)
    upto = np.searchsorted(keys[by], line.debits, side="right")
    return np.asarray(sums[upto] - sums[first] - came_back)


def _with_returns(
    found: Settled, debits: Debits, back: BoolArray, shrinks: IntArray, available: IntArray
) -> Settled:
    rows = np.flatnonzero(back & (debits.points > 0))
    debit = np.concatenate([found.piece_debit, rows])
    order = np.argsort(debit, kind="stable")
    return found._replace(
        undone=shrinks,
        applied=np.where(back, debits.points, found.applied),
        own=np.where(back, debits.points, 0),
        available=available,
        piece_debit=debit[order],
        piece_lot=np.concatenate([found.piece_lot, debits.own[rows]])[order],
        piece_points=np.concatenate([found.piece_points, debits.points[rows]])[order],
    )


def _merged(
    straight: Settled, lots: Lots, debits: Debits, order: IntArray, odd: BoolArray, end: int
) -> Settled:
    """Replay the odd accounts by steps, and put both together."""
    of_lots, of_debits = np.flatnonzero(odd[lots.account]), np.flatnonzero(odd[debits.account])
    place = np.full(len(lots.points) + 1, -1)
    place[of_lots] = np.arange(len(of_lots))
    some = Debits(*(column[of_debits] for column in debits))
    part = stepped(
        Lots(*(column[of_lots] for column in lots)),
        some._replace(own=place[some.own]),
        order[of_lots],
        end,
    )
    merged = {}
    for name in ("expired", "left", "undone"):
        merged[name] = getattr(straight, name).copy()
        merged[name][of_lots] = getattr(part, name)
    for name in ("applied", "own", "available"):
        merged[name] = getattr(straight, name).copy()
        merged[name][of_debits] = getattr(part, name)
    keep = ~odd[debits.account[straight.piece_debit]]
    debit = np.concatenate([straight.piece_debit[keep], of_debits[part.piece_debit]])
    by = np.argsort(debit, kind="stable")
    lot = np.concatenate([straight.piece_lot[keep], of_lots[part.piece_lot]])
    points = np.concatenate([straight.piece_points[keep], part.piece_points])
    return Settled(
        **merged, piece_debit=debit[by], piece_lot=lot[by], piece_points=points[by]
    )
