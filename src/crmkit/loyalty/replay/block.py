"""Some whole accounts at once: their baskets and lines as columns, and masks over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.logic import Always, Condition
from crmkit.loyalty.conditions.masks import mask
from crmkit.loyalty.declaration.caps import Window
from crmkit.loyalty.replay.windows import window_ids
from crmkit.typing import BoolArray, CodeArray, IntArray

Figure = TypeVar("Figure", np.int64, np.bool_)


class Selection(NamedTuple):
    """The lines that a rule is about: None is all that earn; and the baskets that have some."""

    lines: BoolArray | None
    baskets: BoolArray


@attrs.frozen(kw_only=True, eq=False)
class Block:
    """The columns that rules are evaluated on.

    Attributes:
        facts: what conditions read.
        account: of each basket; -1 is a guest.
        earning: which lines can earn at all: sales that no exclusion names.
        basis: the money on each line that earns, minor units, for rules about whole baskets.
        own_basis: the same for rules about some lines.
        units: whole units on each line.
        headroom: units that a cap has on top of its limit in each basket, by the places of the
            rule and of the cap; below zero is what was used before the block.
        fired_before: firings of a rule before the block that count in each basket, by its place.
    """

    facts: Facts
    account: CodeArray
    earning: BoolArray
    basis: IntArray
    own_basis: IntArray
    quantity: IntArray
    quantity_scale: int
    headroom: Mapping[tuple[int, int], IntArray] = attrs.field(factory=dict)
    fired_before: Mapping[int, IntArray] = attrs.field(factory=dict)
    _masks: dict[Condition, BoolArray] = attrs.field(factory=dict, init=False)
    _sums: dict[str, IntArray] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        """How many baskets."""
        return len(self.account)

    @property
    def starts(self) -> IntArray:
        """Where the lines of each basket start; one more at the end."""
        return self.facts.starts

    @property
    def time(self) -> IntArray:
        """When each basket was, in seconds since 1970."""
        return self.facts.time

    def sums(self, figures: IntArray | BoolArray) -> IntArray:
        """Sum a figure of lines by basket."""
        return np.asarray(np.add.reduceat(figures, self.starts[:-1], dtype=np.int64))

    def any(self, lines: BoolArray) -> BoolArray:
        """Say which baskets have one of some lines."""
        return np.logical_or.reduceat(lines, self.starts[:-1])

    def over_lines(self, figures: NDArray[Figure]) -> NDArray[Figure]:
        """Repeat a figure of baskets for each of their lines."""
        return np.repeat(figures, np.diff(self.starts))

    def holds(self, condition: Condition) -> BoolArray:
        """Return where a condition holds: by line, or by basket."""
        return mask(condition, self.facts, self._masks)

    def selection(self, condition: Condition) -> Selection:
        """Return the earning lines that a condition selects."""
        if isinstance(condition, Always):
            return Selection(None, self._earns())
        if condition.grain == Grain.LINE:
            lines = self.holds(condition) & self.earning
            return Selection(lines, self.any(lines))
        return Selection(None, self.holds(condition) & self._earns())

    def lines_of(self, selection: Selection) -> BoolArray:
        """Return the mask of the selected lines, written out."""
        if selection.lines is not None:
            return selection.lines
        return self.earning & np.repeat(selection.baskets, np.diff(self.starts))

    def spent(self, selection: Selection) -> IntArray:
        """Return the money on the selected lines, by basket."""
        if selection.lines is not None:
            return self.sums(np.where(selection.lines, self.own_basis, 0))
        if "basis" not in self._sums:
            self._sums["basis"] = self.sums(self.basis)
        return np.where(selection.baskets, self._sums["basis"], 0)

    def money(self, selection: Selection) -> IntArray:
        """Return the money on each line that a rule about these lines counts."""
        return self.basis if selection.lines is None else self.own_basis

    def windows(self, window: Window) -> IntArray:
        """Return the window of each basket, numbered across accounts."""
        name = window.value
        if name not in self._sums:
            cut_off = self.facts.day_start
            self._sums[name] = window_ids(self.time, self.account, window, cut_off)
        return self._sums[name]

    def _earns(self) -> BoolArray:
        if "earns" not in self._sums:
            self._sums["earns"] = self.any(self.earning).view(np.int8).astype(np.int64)
        return self._sums["earns"].astype(np.bool_)
