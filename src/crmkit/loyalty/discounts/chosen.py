"""The lines that a rule selects, and which of their units it reaches."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np

from crmkit._kernels.exact import muldiv
from crmkit._kernels.grouping import changes
from crmkit._kernels.ragged import starts_of
from crmkit.loyalty.declaration.groups import Scope
from crmkit.typing import IntArray


@attrs.frozen(kw_only=True, eq=False)
class Chosen:
    """Some lines, basket by basket, as a rule finds them at its turn.

    Attributes:
        line: number of each line, ascending.
        basket: number of its basket.
        money: what its units cost that can be discounted, minor units, above 0.
        units: how many those are, times the scale; 0 where units do not matter.
    """

    line: IntArray
    basket: IntArray
    money: IntArray
    units: IntArray

    @cached_property
    def heads(self) -> IntArray:
        """First entry of each basket that has any."""
        return np.flatnonzero(changes(self.basket)) if len(self.basket) else self.basket

    @cached_property
    def sizes(self) -> IntArray:
        """How many entries each of these baskets has."""
        return np.diff(np.append(self.heads, len(self.basket)))

    def sums(self, figures: IntArray) -> IntArray:
        """Sum a figure over each basket that has entries."""
        return np.add.reduceat(figures, self.heads) if len(figures) else figures

    def spans(self, scope: Scope) -> Spans:
        """Return what a limit of units holds for: each entry, or each basket."""
        if scope == Scope.BASKET:
            return Spans(self, self.sizes)
        return Spans(self, np.ones(len(self.line), dtype=np.int64))


@attrs.frozen(eq=False)
class Spans:
    """Chosen lines in spans of consecutive ones, in which units are counted together."""

    chosen: Chosen
    sizes: IntArray

    def repeated(self, figures: IntArray) -> IntArray:
        """Repeat a figure per span for each of its lines."""
        return np.repeat(figures, self.sizes)

    @cached_property
    def units(self) -> IntArray:
        """Units of each span."""
        sums = starts_of(self.chosen.units)
        edges = starts_of(self.sizes)
        return sums[edges[1:]] - sums[edges[:-1]]

    @cached_property
    def ends(self) -> IntArray:
        """How many units of its span are cheaper than each line's, or its own.

        Lines of one unit price go by their quantity, so that their order changes no total.
        """
        units = self.chosen.units
        price = self.chosen.money / np.maximum(units, 1)
        order = np.lexsort((units, price, self.repeated(np.arange(len(self.sizes)))))
        ends = np.empty_like(units)
        ends[order] = np.cumsum(units[order])
        # Each span is sorted within itself, so the units before it are those of the spans before.
        return ends - self.repeated(starts_of(self.units)[:-1])

    def cheapest(self, most: IntArray) -> IntArray:
        """Return how many units of each line are among the *most* cheapest of its span."""
        units = self.chosen.units
        return np.clip(self.repeated(most) - (self.ends - units), 0, units)


def share_of(money: IntArray, some: IntArray, units: IntArray) -> IntArray:
    """Return what some of a line's units cost: their share of it, whole, rounded down.

    A line without units costs nothing that units could reach.
    """
    shares = np.where(some > 0, money, 0)
    part = np.flatnonzero((some > 0) & (some < units))
    shares[part] = muldiv(money[part], some[part], units[part])[0]
    return shares
