"""Lines grouped by one key, sorted once."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import group_order
from crmkit.typing import CodeArray


@attrs.frozen(repr=False)
class Groups:
    """The lines of each code, one group after another.

    `order[offsets[g]:offsets[g + 1]]` are the positions of group *g*, in row order. Lines of
    code -1 are in no group. Memory: 4 bytes a line and 4 a group.

    Attributes:
        order: shape (lines in groups,), int32, positions of lines.
        offsets: shape (groups + 1,), int32, where each group starts in *order*.

    Examples:
        >>> import numpy as np
        >>> from crmkit.data import Groups
        >>> Groups.of(np.array([1, 0, 1, -1], dtype=np.int32), 2).of_group(1)
        array([0, 2], dtype=int32)
    """

    order: CodeArray = array()
    offsets: CodeArray = array()

    @classmethod
    def of(cls, codes: CodeArray, groups: int) -> Self:
        """Group lines by codes 0 .. groups-1 in O(lines + groups).

        Examples:
            >>> import numpy as np
            >>> from crmkit import Groups
            >>> Groups.of(np.array([1, 0, 1], dtype=np.int32), 2)
            Groups(2 groups of 3 lines)
        """
        known = codes >= 0
        if known.all():
            return cls(*group_order(codes, groups))
        order, offsets = group_order(codes[known], groups)
        return cls(np.flatnonzero(known).astype(np.int32)[order], offsets)

    def __repr__(self) -> str:
        """How many groups, and how many lines are in one."""
        lines = check.counted(len(self.order), "line")
        return f"Groups({check.counted(len(self), 'group')} of {lines})"

    def __len__(self) -> int:
        """How many groups."""
        return len(self.offsets) - 1

    def of_group(self, group: int) -> CodeArray:
        """Return the positions of one group's lines.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[7, 9, 7], time=["2026-01-02"] * 3)
            >>> tx.groups("customer").of_group(tx.customer.code_of(7))
            array([0, 2], dtype=int32)
        """
        return self.order[self.offsets[group] : self.offsets[group + 1]]
