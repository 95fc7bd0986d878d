"""Several ids of each line as one code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit.data.codes import Codes
from crmkit.typing import CodeArray, IntArray

_DENSE = 4
"""Combined codes are counted directly while there are at most so many per line."""


def combined(ids: Sequence[Codes]) -> tuple[IntArray, CodeArray]:
    """Return the row of each line, and the first line of each row, in label order."""
    rows, span = np.zeros(len(ids[0]), dtype=np.int64), 1
    for codes in ids:
        # Dense again after each field; unknown (-1) comes last.
        width = len(codes.labels) + 1
        together = rows * width + np.where(codes.codes < 0, width - 1, codes.codes)
        rows, span = _dense(together, span * width)
    firsts = np.zeros(span, dtype=np.int32)
    firsts[rows[::-1]] = np.arange(len(rows) - 1, -1, -1, dtype=np.int32)
    return rows, firsts


def _dense(codes: IntArray, span: int) -> tuple[IntArray, int]:
    """Number the codes that occur, in order."""
    if span > _DENSE * max(len(codes), 1 << 16):
        found, rows = np.unique(codes, return_inverse=True)
        return rows, len(found)
    there = np.zeros(span, dtype=np.bool_)
    there[codes] = True
    number = np.cumsum(there) - 1
    return number[codes], int(np.count_nonzero(there))
