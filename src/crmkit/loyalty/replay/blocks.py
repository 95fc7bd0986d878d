"""Cut a bound history into blocks of whole accounts, with the columns that rules read."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.grouping import changes
from crmkit._kernels.ragged import positions_of, starts_of
from crmkit.data.codes import Codes
from crmkit.data.minor import minor_of
from crmkit.loyalty.conditions.facts import Classes, Facts
from crmkit.loyalty.conditions.grain import MoneyBase
from crmkit.loyalty.conditions.needs import Needs
from crmkit.loyalty.replay.baskets import QUESTION
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.inputs import all_needed
from crmkit.loyalty.replay.known import Register
from crmkit.loyalty.replay.lines import Lines
from crmkit.loyalty.replay.voids import netted
from crmkit.typing import BoolArray, IntArray

LINES_PER_BLOCK = 250_000


def parts(bound: Bound) -> list[IntArray]:
    """Cut the baskets into runs of whole accounts with about so many lines each."""
    baskets = bound.baskets
    if not len(baskets):
        return []
    heads = np.flatnonzero(changes(baskets.account))
    number = baskets.starts[heads] // LINES_PER_BLOCK
    edges = heads[np.flatnonzero(np.diff(number, prepend=-1))].tolist()
    return [np.arange(a, b) for a, b in zip(edges, [*edges[1:], len(baskets)], strict=True)]


def lines_of(bound: Bound, part: IntArray) -> Lines:
    """Gather the lines of some baskets."""
    tx, baskets = bound.history.tx, bound.baskets
    sizes = np.diff(baskets.starts)[part]
    starts = starts_of(sizes)
    rows = baskets.lines[positions_of(baskets.starts[part], sizes)]
    if bound.programme.discounting or tx.is_return[rows].any():
        rows = _by_content(bound, rows, sizes)
    quantity, scale = np.ones(len(rows), dtype=np.int64), 1
    if tx.quantity is not None:
        scale = 10 ** (tx.quantity.digits or 0)
        quantity = np.asarray(tx.quantity.units)[rows].astype(np.int64)
    returned = tx.is_return[rows]
    lines = Lines(
        baskets=part,
        rows=rows,
        starts=starts,
        amount=bound.amount[rows],
        quantity=quantity,
        scale=scale,
        sale=~returned & ((bound.amount[rows] > 0) | (quantity > 0)),
        returned=returned,
        origin=_origins(bound, rows),
    )
    return netted(lines, tx.product) if returned.any() and tx.product is not None else lines


def _by_content(bound: Bound, rows: IntArray, sizes: IntArray) -> IntArray:
    """Put the lines of each basket in the order of what they are, where their order matters."""
    tx = bound.history.tx
    keys: list[NDArray[Any]] = [bound.amount[rows], np.repeat(np.arange(len(sizes)), sizes)]
    if tx.product is not None:
        keys.insert(1, tx.product.codes[rows])
    if tx.quantity is not None:
        keys.insert(0, np.asarray(tx.quantity.units)[rows])
    return rows[np.lexsort(keys)]


def _origins(bound: Bound, rows: IntArray) -> IntArray | None:
    """Return the place of the basket that each line says it undoes."""
    name = bound.history.origin
    if name is None:
        return None
    return bound.origins[bound.history.tx.attributes[name].codes[rows]]


@attrs.frozen(eq=False)
class Reader:
    """Reads from a bound history what conditions need, block by block.

    Attributes:
        bound: the history.
        need: what the programme's conditions read together.
    """

    bound: Bound
    need: Needs
    _tables: dict[Any, BoolArray] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(cls, bound: Bound) -> Reader:
        """Ask the programme what it reads."""
        return cls(bound, all_needed(bound.programme))

    def facts(self, lines: Lines, tier: IntArray) -> Facts:
        """Return what conditions read of a block; *tier* is the rank in force in each basket."""
        bound, part = self.bound, lines.baskets
        money = dict.fromkeys(MoneyBase, lines.amount)
        return Facts(
            starts=lines.starts,
            sale=lines.sale,
            tables=self._tables,
            codes=self._codes(lines),
            money=money,
            quantity=lines.quantity,
            quantity_scale=lines.scale,
            cost=self._cost(lines),
            money_digits=bound.programme.policies.money_digits,
            time=bound.baskets.time[part],
            day_start=bound.programme.policies.day_starts_at * 3600,
            purchases=bound.visits.number[part],
            since_last=bound.visits.since_last[part],
            tier=tier,
            tier_names=bound.programme.tiers.names if bound.programme.tiers else (),
            birthday=self._days("birthday", part),
            joined=self._days("joined", part),
            segments=self._segments(part),
            tenders={name: bound.tenders[name][part] > 0 for name in self.need.tenders},
        )

    def _codes(self, lines: Lines) -> dict[str, Codes]:
        tx = self.bound.history.tx
        names = set(self.need.attributes)
        if tx.product is not None:
            names.add("product")
        return {name: tx.ids(name, question=QUESTION)[lines.rows] for name in sorted(names)}

    def _cost(self, lines: Lines) -> IntArray | None:
        if "cost" not in self.need.numbers:
            return None
        cost = self.bound.history.tx.numbers("cost", question=QUESTION)[lines.rows]
        digits = self.bound.programme.policies.money_digits
        return lines.left_of(minor_of(cost, digits, "cost", "half_even"))

    def _days(self, fact: str, part: IntArray) -> IntArray | None:
        if fact not in self.need.customer:
            return None
        baskets = self.bound.baskets
        return self._register().days(fact, baskets.member[part], baskets.time[part])

    def _segments(self, part: IntArray) -> dict[str, Classes]:
        baskets = self.bound.baskets
        return {
            labels: self._register().classes(labels, baskets.member[part], baskets.time[part])
            for labels in sorted({labels for labels, _ in self.need.segments})
        }

    def _register(self) -> Register:
        return Register(self.bound.known, self.bound.accounts.members)
