"""Cut a bound history into blocks of whole accounts, with the columns that rules read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import attrs
import numpy as np

from crmkit._kernels.grouping import changes
from crmkit.data.codes import Codes
from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.needs import Needs
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.voids import netted
from crmkit.typing import BoolArray, IntArray

LINES_PER_BLOCK = 250_000


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """The lines of a block, basket by basket.

    Attributes:
        baskets: which baskets, a run of them.
        rows: the lines in the transactions.
        starts: where the lines of each basket start; one more at the end.
        amount: minor units.
        quantity: units over *scale*; ones where the lines have none.
        scale: units of one piece.
        sale: which are sales.
        returned: which are returns; a line that was scanned and voided is neither.
    """

    baskets: slice
    rows: IntArray
    starts: IntArray
    amount: IntArray
    quantity: IntArray
    scale: int
    sale: BoolArray
    returned: BoolArray


def slices(bound: Bound) -> list[slice]:
    """Cut the baskets into runs of whole accounts with about so many lines each."""
    baskets = bound.baskets
    if not len(baskets):
        return []
    heads = np.flatnonzero(changes(baskets.account))
    number = baskets.starts[heads] // LINES_PER_BLOCK
    edges = heads[np.flatnonzero(np.diff(number, prepend=-1))].tolist()
    return [slice(a, b) for a, b in zip(edges, [*edges[1:], len(baskets)], strict=True)]


def lines_of(bound: Bound, part: slice) -> Lines:
    """Gather the lines of some baskets."""
    tx, baskets = bound.history.tx, bound.baskets
    starts = baskets.starts[part.start : part.stop + 1]
    rows = baskets.lines[starts[0] : starts[-1]]
    quantity, scale = np.ones(len(rows), dtype=np.int64), 1
    if tx.quantity is not None:
        scale = 10 ** (tx.quantity.digits or 0)
        quantity = np.asarray(tx.quantity.units)[rows].astype(np.int64)
    returned = tx.is_return[rows]
    lines = Lines(
        baskets=part,
        rows=rows,
        starts=starts - starts[0],
        amount=bound.amount[rows],
        quantity=quantity,
        scale=scale,
        sale=~returned,
        returned=returned,
    )
    return netted(lines, tx.product) if returned.any() and tx.product is not None else lines


def facts_of(bound: Bound, lines: Lines, need: Needs, tier: IntArray) -> Facts:
    """Return what conditions read of a block; *tier* is the rank in force in each basket."""
    part = lines.baskets
    members = bound.baskets.member[part]
    tiers = bound.programme.tiers
    return Facts(
        starts=lines.starts,
        codes=_codes(bound, lines, need),
        numbers=_numbers(bound, lines, need),
        scales={"quantity": lines.scale},
        prices={},
        money_digits=bound.programme.policies.money_digits,
        sale=lines.sale,
        time=bound.baskets.time[part],
        purchases=bound.visits.number[part],
        since_last=bound.visits.since_last[part],
        tier=tier,
        tier_names=tiers.names if tiers else (),
        birthday=_days(bound, members, "birthday"),
        joined=_days(bound, members, "joined"),
        segments=_segments(bound, members, need),
        tenders=_tenders(bound, part, need),
        day_cut_off_seconds=bound.programme.policies.day_starts_at * 3600,
    )


def all_needs(needs: Mapping[str, Needs]) -> Needs:
    """Return what several parts of a programme read together."""
    return reduce(lambda a, b: a | b, needs.values(), Needs())


def _codes(bound: Bound, lines: Lines, need: Needs) -> dict[str, Codes]:
    tx = bound.history.tx
    return {name: tx.ids(name, question="evaluate()")[lines.rows] for name in need.attributes}


def _numbers(bound: Bound, lines: Lines, need: Needs) -> dict[str, IntArray]:
    found = {"quantity": lines.quantity, "amount": lines.amount}
    if "cost" in need.numbers:
        found["cost"] = bound.cost()[lines.rows]
    return found


def _rows_of_customers(bound: Bound, members: IntArray) -> IntArray:
    """Return for each member the row in the table of customers, or -1."""
    assert bound.customers is not None
    rows = bound.customer_rows()
    return np.append(rows, -1)[members]


def _days(bound: Bound, members: IntArray, fact: str) -> IntArray | None:
    customers = bound.customers
    days = None if customers is None else getattr(customers, fact)
    if days is None:
        return None
    unknown = np.int64(np.iinfo(np.int64).min)
    return np.append(days.view(np.int64), unknown)[_rows_of_customers(bound, members)]


def _segments(
    bound: Bound, members: IntArray, need: Needs
) -> dict[str, tuple[IntArray, tuple[str, ...]]]:
    if bound.customers is None:
        return {}
    return {
        labels.name: (
            np.append(labels.codes_of(bound.accounts.members), np.int32(-1))[members],
            labels.names,
        )
        for labels in bound.customers.segments
        if labels.name in need.segments
    }


def _tenders(bound: Bound, part: slice, need: Needs) -> dict[str, BoolArray]:
    return {tender: bound.paid_by(tender)[part] > 0 for tender in sorted(need.tenders)}
