"""What discounts took off: by rule and line, and what is left to pay."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.errors import InvalidArgumentError
from crmkit.typing import IntArray


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Discounts:
    """The discounts on some lines, one entry per rule and line that it lowered.

    Attributes:
        rules: ids of the rules.
        rule: rule of each entry, an index of *rules*.
        line: line of each entry.
        amount: minor units that the rule took off the line, above 0.
        price_left: minor units left to pay on each line.
        added_rule: rule of each gift on top, an index of *rules*.
        added_basket: basket of each gift.
        added_units: units given on top, times the scale of the quantities.

    Examples:
        >>> import numpy as np
        >>> from crmkit.loyalty.discounts.result import Discounts
        >>> Discounts(rules=("a",), rule=[0], line=[1], amount=[25], price_left=[100, 75])
        Discounts(1 entry of 1 rule, 25 minor units)
    """

    rules: tuple[str, ...]
    rule: IntArray = array(dtype=np.int64)
    line: IntArray = array(dtype=np.int64)
    amount: IntArray = array(dtype=np.int64)
    price_left: IntArray = array(dtype=np.int64)
    added_rule: IntArray = attrs.field(factory=lambda: np.zeros(0, dtype=np.int64))
    added_basket: IntArray = attrs.field(factory=lambda: np.zeros(0, dtype=np.int64))
    added_units: IntArray = attrs.field(factory=lambda: np.zeros(0, dtype=np.int64))

    def __repr__(self) -> str:
        """How many entries and rules, and how much they took off."""
        count = check.counted(len(self.rule), "entry").replace("entrys", "entries")
        rules = check.counted(len(self.rules), "rule")
        return f"Discounts({count} of {rules}, {self.amount.sum():,} minor units)"

    def by_line(self, rule: str | None = None) -> IntArray:
        """Return what was taken off each line, by one rule or by all.

        Examples:
            >>> from crmkit.loyalty.discounts.result import Discounts
            >>> taken = Discounts(
            ...     rules=("a",), rule=[0], line=[1], amount=[25], price_left=[100, 75]
            ... )
            >>> taken.by_line()
            array([ 0, 25])
        """
        entries = slice(None) if rule is None else self.rule == self._index(rule)
        off = np.zeros(len(self.price_left), dtype=np.int64)
        np.add.at(off, self.line[entries], self.amount[entries])
        return off

    def _index(self, rule: str) -> int:
        if rule not in self.rules:
            raise InvalidArgumentError(
                f"there is no discount rule {rule!r}.{check.hint(rule, self.rules)}"
            )
        return self.rules.index(rule)
