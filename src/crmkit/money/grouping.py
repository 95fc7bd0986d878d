"""Which lines an amount is spread over: the lines of each group, one after another."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit._kernels.grouping import changes, group_order
from crmkit._kernels.ragged import starts_of
from crmkit.errors import InvalidArgumentError
from crmkit.typing import CodeArray, IntArray


@attrs.frozen(eq=False)
class Grouping:
    """The lines of each group one after another.

    Attributes:
        starts: where each group that has lines starts, and where the last ends.
        codes: the codes of those groups.
        n: how many groups there are, with and without lines.
        order: line numbers in that order; None if lines stand so already.
    """

    starts: IntArray
    codes: IntArray
    n: int
    order: CodeArray | None

    @classmethod
    def of(cls, groups: ArrayLike | None, n: int, lines: int) -> Grouping:
        """Put the lines of *n* groups in order; one group if *groups* is None."""
        if groups is None:
            if n != 1:
                raise InvalidArgumentError(
                    f"without groups one amount is spread over all lines; got {n:,} amounts."
                    " Say groups=..., the group code of each line."
                )
            groups = np.zeros(lines, dtype=np.int32)
        codes = _codes(groups, n, lines)
        if np.all(codes[1:] >= codes[:-1]):
            heads = np.flatnonzero(changes(codes)) if lines else np.zeros(0, dtype=np.int64)
            return cls(np.append(heads, lines), codes[heads].astype(np.int64), n, None)
        order, offsets = group_order(codes.astype(np.int32), n)
        sizes = np.diff(offsets).astype(np.int64)
        there = np.flatnonzero(sizes)
        return cls(starts_of(sizes[there]), there, n, order)

    def gathered(self, figures: NDArray[Any]) -> NDArray[Any]:
        """Bring figures per line into the order of the groups."""
        return figures if self.order is None else figures[self.order]

    def scattered(self, shares: IntArray) -> IntArray:
        """Bring shares back into the order of the lines."""
        if self.order is None:
            return shares
        back = np.empty_like(shares)
        back[self.order] = shares
        return back

    def first_line(self, place: int) -> int:
        """Return the first line of a group that has lines."""
        start = int(self.starts[place])
        return start if self.order is None else int(self.order[start])


def _codes(groups: ArrayLike, n: int, lines: int) -> NDArray[np.integer[Any]]:
    codes = np.asarray(groups)
    if codes.shape != (lines,) or (lines and codes.dtype.kind not in "iu"):
        raise InvalidArgumentError(
            f"groups must be one whole number per weight: {lines:,} weights; got {codes.dtype} of"
            f" shape {codes.shape}. np.unique(ids, return_inverse=True) makes codes of ids."
        )
    if lines and not 0 <= int(codes.min()) <= int(codes.max()) < n:
        line = int(np.argmax((codes < 0) | (codes >= n)))
        raise InvalidArgumentError(
            f"groups must be codes 0 .. {n - 1}, one amount for each; line {line} has"
            f" {codes[line]}. np.unique(ids, return_inverse=True) makes codes of ids."
        )
    return codes if codes.dtype in (np.int32, np.int64) else codes.astype(np.int64)
