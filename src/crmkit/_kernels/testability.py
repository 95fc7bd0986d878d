"""Which pairs are common enough that standing apart could mean anything?

If X and Y are rare, they are hardly ever together by chance either: even never together has a large
p-value. Such pairs cannot be found and need not be corrected for (Tarone 1990). Which ones they are
depends on the margins only, and a p-value given the margins knows nothing of that choice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from crmkit._kernels.ragged import starts_of
from crmkit.typing import FloatArray, IntArray


class Margins(NamedTuple):
    """Items in groups; only pairs of one group are of interest.

    Attributes:
        group: of each item.
        counts: rows with the item, among the rows of its group.
        rows: rows of each group.
    """

    group: IntArray
    counts: IntArray
    rows: IntArray


class Partners(NamedTuple):
    """The testable pairs of items in an order: item *i* with `order[first[i]:stop[i]]`.

    Attributes:
        order: items by group and count.
        first: where the partners of each item start, counted in that order; behind the item.
        stop: where they end.
    """

    order: IntArray
    first: IntArray
    stop: IntArray

    @property
    def total(self) -> int:
        """How many pairs."""
        return int((self.stop - self.first).sum())


def testable_pairs(margins: Margins, alpha: float) -> Partners:
    """Return the pairs whose smallest possible P(C <= n11) is at most alpha / m.

    m is the smallest number for which no more than m pairs are left (Tarone 1990), so each of
    them could still be found after a correction for all of them.
    """
    shelf = _Shelf(margins)
    fewest, most = 1, max(1, shelf.partners(alpha).total)
    while fewest < most:
        m = (fewest + most) // 2
        if shelf.partners(alpha / m).total <= m:
            most = m
        else:
            fewest = m + 1
    return _without_idle(shelf.partners(alpha / fewest))


def _without_idle(partners: Partners) -> Partners:
    """Leave out the items that are in no pair; a partner of any item is in one."""
    end = len(partners.order) + 1
    opened = np.bincount(partners.first, minlength=end) - np.bincount(partners.stop, minlength=end)
    used = (partners.first < partners.stop) | (np.cumsum(opened)[:-1] > 0)
    before = starts_of(used)
    return Partners(partners.order[used], before[partners.first[used]], before[partners.stop[used]])


class _Shelf:
    """Items by group and count, where the partners of an item stand side by side."""

    def __init__(self, margins: Margins) -> None:
        start = np.cumsum(margins.rows + 1) - margins.rows - 1  # counts are 0 .. rows
        keys = start[margins.group] + margins.counts
        self.order = np.argsort(keys, kind="stable")
        self.keys = keys[self.order]
        # Items of one group and one count have the same partners.
        self.different, at, self.which = np.unique(
            self.keys, return_index=True, return_inverse=True
        )
        item = self.order[at]
        self.start = start[margins.group[item]]
        self.count, self.rows = margins.counts[item], margins.rows[margins.group[item]]

    def partners(self, level: float) -> Partners:
        """Return the pairs that can have a p-value of *level* or less."""
        # Together at least max(0, n1 + nY - n) times. The p-value of that falls with nY as long
        # as it is 0 times; beyond, baskets without X and baskets without Y are what never meet.
        log_level = float(np.log(level))
        low = _fewest_partners(self.count, self.rows, log_level)
        high = self.rows - _fewest_partners(self.rows - self.count, self.rows, log_level)
        first = np.searchsorted(self.keys, self.start + low, side="left")[self.which]
        stop = np.searchsorted(self.keys, self.start + high, side="right")[self.which]
        first = np.maximum(first, np.arange(1, len(self.keys) + 1))  # each pair once
        return Partners(self.order, first, np.maximum(first, stop))


def _fewest_partners(count: IntArray, rows: IntArray, log_level: float) -> IntArray:
    """Return the smallest nY <= n - n1 with P(C = 0) <= level; n - n1 + 1 if there is none."""
    low, high = np.zeros_like(count), rows - count + 1
    while (searching := low < high).any():
        middle = (low + high) // 2
        enough = log_none_together(count, middle, rows) <= log_level
        high = np.where(searching & enough, middle, high)
        low = np.where(searching & ~enough, middle + 1, low)
    return low


def log_none_together(antecedent: IntArray, consequent: IntArray, n: IntArray) -> FloatArray:
    """Return log P(C = 0) for antecedent + consequent <= n."""
    # Beyond, as the last middle of a finished search may be, any answer does.
    n00 = np.maximum(n - antecedent - consequent, 0)
    without_either = gammaln(n - antecedent + 1) + gammaln(n - consequent + 1)
    result: FloatArray = without_either - gammaln(n + 1) - gammaln(n00 + 1)
    return result
