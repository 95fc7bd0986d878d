"""What comes first at one moment: deaths, activations, spending, earning, returns."""

from __future__ import annotations

from enum import IntEnum

import attrs
import numpy as np

from crmkit._kernels.grouping import changes
from crmkit._kernels.segments import over_rows
from crmkit.loyalty.replay.windows import NEVER
from crmkit.typing import CodeArray, IntArray


class Rank(IntEnum):
    """The order of what happens to an account at one moment."""

    DEATH = 0
    ACTIVATION = 1
    REVIEW = 2
    SPENDING = 3
    EARNING = 4
    SPENDING_AFTER = 5
    RETURN = 6
    APART = 7


@attrs.frozen
class Clock:
    """Turns moments into numbers in the order in which things happen to an account.

    Baskets of one account at one second have numbers of their own; what is no part of a basket
    and comes before them has number 0. After them come redemptions by themselves, then transfers
    one after another, then points for events.

    Attributes:
        bits: bits of the number within a second.
        transfers: the most transfers within one second.
    """

    bits: int
    transfers: int = 0

    @classmethod
    def of(cls, account: CodeArray, time: IntArray, transfers: int) -> Clock:
        """Leave room for the most baskets that an account has at one second."""
        most = int(numbers_within(account, time).max(initial=0)) + transfers + 4
        return cls(most.bit_length(), transfers)

    def __call__(self, time: IntArray, number: IntArray | int, rank: Rank) -> IntArray:
        """Return clocks; moments that never come keep the largest number."""
        shift = self.bits + 3
        never = time == NEVER
        found = (np.where(never, 0, time) << shift) + (np.int64(1) * number << 3) + rank
        return np.where(never, NEVER, found)

    def end(self, time: int) -> int:
        """Return the last clock of a second."""
        return ((time + 1) << (self.bits + 3)) - 1

    def alone(self, time: IntArray) -> IntArray:
        """Return clocks of redemptions by themselves."""
        return self(time, self._after_baskets(0), Rank.APART)

    def transferred(self, time: IntArray, place: IntArray) -> IntArray:
        """Return clocks at which points are given away; *place* counts within a second."""
        return self(time, self._after_baskets(1) + place, Rank.SPENDING)

    def received(self, time: IntArray, place: IntArray) -> IntArray:
        """Return clocks at which these points arrive."""
        return self(time, self._after_baskets(1) + place, Rank.APART)

    def told(self, time: IntArray) -> IntArray:
        """Return clocks of events such as an account opened."""
        return self(time, self._after_baskets(self.transfers + 1), Rank.APART)

    def _after_baskets(self, place: int) -> int:
        return (1 << self.bits) - (self.transfers + 2) + place


def numbers_within(account: CodeArray, time: IntArray) -> IntArray:
    """Number the baskets of one account at one second, from 0."""
    if not len(time):
        return time
    heads = np.flatnonzero(changes(account, time))
    return np.arange(len(time)) - over_rows(heads, heads, len(time))
