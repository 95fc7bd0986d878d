"""How lines become periods, and what was left out or clipped on the way."""

from __future__ import annotations

import attrs

from crmkit import _validation as check
from crmkit.errors import ClippedReturnsWarning, InvalidArgumentError
from crmkit.typing import PeriodLength, ReturnPeriod, Weekday

_EIGHT_WEEKS = {"day": 56, "week": 8, "month": 2, "quarter": 1, "year": 1}
_MUCH = 0.05


@attrs.frozen(kw_only=True)
class PeriodOptions:
    """How `ProductPeriods.from_transactions` reads lines.

    A product that is first sold soon after the data begin was most likely launched before them,
    so its age is not known. "Soon" is within *unsure_periods*, or within *unsure_intervals* of
    its own mean times between periods with a sale, whichever is longer.

    Attributes:
        week_start: the day that weeks start on.
        returns: "own_period" takes returns off where they come in, so a product may return more
            than it sells there; "sale_period" takes them off the latest sales of the same product
            to the same customer, which rewrites past periods when new lines come.
        find_closed: periods without a line of any product are taken for closures.
        unsure_periods: None for eight weeks, in whole periods.
        unsure_intervals: 0 to go by *unsure_periods* alone; 3 is cautious with slow sellers.

    Raises:
        InvalidArgumentError: an option outside its domain.

    Examples:
        >>> from crmkit.data import PeriodOptions
        >>> PeriodOptions(week_start="sunday").unsure("week")
        8
    """

    week_start: Weekday = "monday"
    returns: ReturnPeriod = "own_period"
    find_closed: bool = True
    unsure_periods: int | None = None
    unsure_intervals: float = 0.0

    def __attrs_post_init__(self) -> None:
        """Check each option."""
        check.choice(self.week_start, Weekday, "week_start")
        check.choice(self.returns, ReturnPeriod, "returns")
        if self.unsure_periods is not None:
            check.whole_number(self.unsure_periods, "unsure_periods", at_least=0)
        if check.number(self.unsure_intervals, "unsure_intervals") < 0:
            raise InvalidArgumentError(
                f"unsure_intervals must be a number >= 0; got {self.unsure_intervals!r}."
            )

    def unsure(self, every: PeriodLength) -> int:
        """Return how many periods at the start of the data hide launches, at least.

        Examples:
            >>> from crmkit.data import PeriodOptions
            >>> PeriodOptions().unsure("month"), PeriodOptions(unsure_periods=4).unsure("month")
            (2, 4)
        """
        return _EIGHT_WEEKS[every] if self.unsure_periods is None else self.unsure_periods


@attrs.frozen(kw_only=True)
class PeriodsLeftOut:
    """What a product x period table does not show.

    Attributes:
        last_days: days after the last complete period.
        later_lines: lines after the last complete period.
        lines_without_product: lines of no known product.
        guest_lines: lines without a customer, where customers are counted or returns matched.
        unsold_products: products that are only returned, or not sold in the periods at all.
        unknown_launches: launch days given for products that no line knows.
        clipped_cells: periods of products with more returned than sold, counted as 0.
        clipped: how much more, in units or money.

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1, 2], time=["2026-01-05", "2026-01-13"], product=["tea", "tea"],
        ...     quantity=[2, 1],
        ... )
        >>> left = ck.ProductPeriods.from_transactions(tx, every="week").left_out
        >>> left.last_days, left.later_lines
        (2, 1)
    """

    last_days: int = 0
    later_lines: int = 0
    lines_without_product: int = 0
    guest_lines: int = 0
    unsold_products: int = 0
    unknown_launches: int = 0
    clipped_cells: int = 0
    clipped: float = 0.0

    def facts(self) -> list[str]:
        """Say in words what there is.

        Examples:
            >>> from crmkit.data import PeriodsLeftOut
            >>> PeriodsLeftOut(last_days=3, later_lines=10).facts()
            ['the last 3 days with 10 lines']
        """
        told = []
        if self.last_days or self.later_lines:
            days = "the last day" if self.last_days == 1 else f"the last {self.last_days:,} days"
            told.append(f"{days} with {check.counted(self.later_lines, 'line')}")
        counts = {
            ("line without a product", "lines without a product"): self.lines_without_product,
            ("guest line", "guest lines"): self.guest_lines,
            ("product without a sale", "products without a sale"): self.unsold_products,
            ("launch of no product known", "launches of no product known"): self.unknown_launches,
            ("cell below 0", "cells below 0"): self.clipped_cells,
        }
        return told + [f"{n:,} {many if n > 1 else one}" for (one, many), n in counts.items() if n]


def warn_of_clipped(clipped: float, sold: float) -> None:
    """Warn if much was returned where less was sold: 0 there says too much."""
    if clipped > _MUCH * sold:
        check.warn(
            f"returns exceed sales by {clipped:,.10g} in some periods of products, against sales of"
            f" {sold:,.10g} in all others; these cells count as 0. Take returns off their sales:"
            " options=PeriodOptions(returns='sale_period'), or look at sales alone:"
            " tx.purchases().",
            ClippedReturnsWarning,
        )
