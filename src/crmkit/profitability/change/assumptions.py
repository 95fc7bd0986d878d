"""What a split of a change rests on."""

from __future__ import annotations

from typing import Literal, get_args

import attrs
import numpy as np

from crmkit.data import Transactions
from crmkit.profitability.change.counts import GUEST, RETAINED, Counts
from crmkit.profitability.change.lines import PeriodPair
from crmkit.typing import BoolArray, DriverMethod, PartitionLevel, ReturnsInTree

_LEVELS: tuple[PartitionLevel, ...] = get_args(PartitionLevel)


@attrs.frozen(kw_only=True)
class DriverAssumptions:
    """What a split rests on, echoed beside it.

    Pairs are counts of lines (before, after).

    Attributes:
        measure: what is explained.
        method: how it is split.
        cohorts: whether new, lost and retained customers stand apart.
        level: where the mix stands: what lies wholly in one group; None without groups.
        guest_level: the same of guests' lines; None without guests.
        returns: a part of their own, or netted.
        visits: what a visit is; purchase days where baskets are unknown.
        units: what a unit is; lines where quantities are unknown.
        guest_lines: lines without a customer.
        return_lines: lines of negative quantity or amount.
        lines_without_units: lines of money and no units, in the part "without_units".

    Examples:
        >>> from crmkit import Transactions
        >>> from crmkit.profitability import drivers
        >>> may = Transactions.from_arrays(customer=[7], time=["2026-05-03"], amount=[9.9])
        >>> drivers(may, may).assumptions.visits
        'purchase_days'
    """

    measure: Literal["revenue", "margin"]
    method: DriverMethod
    cohorts: bool
    level: PartitionLevel | None
    guest_level: PartitionLevel | None
    returns: ReturnsInTree
    visits: Literal["baskets", "purchase_days"]
    units: Literal["quantity", "lines"]
    guest_lines: tuple[int, int]
    return_lines: tuple[int, int]
    lines_without_units: tuple[int, int]


def assumptions_of(
    given: tuple[Transactions, Transactions],
    pair: PeriodPair,
    counts: Counts,
    options: tuple[DriverMethod, bool, ReturnsInTree],
) -> DriverAssumptions:
    """Echo what was asked and counted; *options* are method, cohorts and returns."""
    method, cohorts, returns = options
    before, after = pair.periods
    per_item = method == "bennet"
    levels = [_LEVELS[-1 if per_item else counts.level_of(c)] for c in (RETAINED, GUEST)]
    return DriverAssumptions(
        measure="margin" if pair.costed else "revenue",
        method=method,
        cohorts=cohorts and not per_item,
        level=levels[0] if pair.keyed else None,
        guest_level=levels[1] if pair.keyed and before.guests + after.guests else None,
        returns=returns,
        visits="baskets" if pair.has_baskets else "purchase_days",
        units="quantity" if pair.has_quantity else "lines",
        guest_lines=(before.guests, after.guests),
        return_lines=(_count(given[0].is_return), _count(given[1].is_return)),
        lines_without_units=(_count(before.without_units), _count(after.without_units)),
    )


def _count(mask: BoolArray) -> int:
    return int(np.count_nonzero(mask))
