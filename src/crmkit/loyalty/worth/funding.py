"""Who pays for points: what suppliers take of each lot, by the rules that gave them."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.ledger.entries import Entries, EntryKind
from crmkit.loyalty.ledger.lots import Lots
from crmkit.loyalty.worth.views import CostLedger
from crmkit.typing import BoolArray, IntArray


class Funded(NamedTuple):
    """Units of points that suppliers pay of each lot, in parts of *scale*."""

    parts: IntArray
    scale: int


def suppliers_of(programme: Programme) -> tuple[str, ...]:
    """Return who pays a share of any rule, by name."""
    return tuple(sorted({who for rule in programme.rules for who in rule.funding}))


def share_of_rule(programme: Programme, rule: str, supplier: str | None = None) -> Fraction:
    """Return the share of a rule that one supplier pays, or all together."""
    funding = next((one.funding for one in programme.rules if one.id == rule), {})
    if supplier is not None:
        return funding.get(supplier, Fraction(0))
    return sum(funding.values(), Fraction(0))


def funded(ledger: CostLedger, supplier: str | None = None) -> Funded:
    """Return what one supplier, or all together, pay of the points of each lot."""
    entries, lots = ledger.entries, ledger.lots
    shares = [share_of_rule(ledger.programme, rule, supplier) for rule in entries.rules]
    scale = lcm(*(share.denominator for share in shares))
    # The last one is for entries of no rule.
    tops = np.array([int(share * scale) for share in shares] + [0], dtype=np.int64)
    paid = np.flatnonzero(_earned(entries) & (tops[entries.rule] > 0))
    lot = _lots_of(entries, lots, paid)
    parts = np.zeros(len(lots), dtype=np.int64)
    there = lot >= 0
    np.add.at(parts, lot[there], (entries.points[paid] * tops[entries.rule[paid]])[there])
    return Funded(parts, scale)


def _earned(entries: Entries) -> BoolArray:
    return np.isin(entries.kind, (EntryKind.EARN, EntryKind.BONUS))


def _lots_of(entries: Entries, lots: Lots, rows: IntArray) -> IntArray:
    """Return the lot that each entry went into: of the same account, moment and basket."""
    wanted = (entries.account[rows], entries.time[rows], entries.basket[rows])
    there = (lots.account, lots.earned, lots.basket)
    both = [np.concatenate([ours, theirs]) for ours, theirs in zip(there, wanted, strict=True)]
    order = np.lexsort((*both[::-1],))
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = np.any([column[order][1:] != column[order][:-1] for column in both], axis=0)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    place = np.full(int(new.sum()), -1)
    place[group[: len(lots)][::-1]] = np.arange(len(lots))[::-1]
    return place[group[len(lots) :]]
