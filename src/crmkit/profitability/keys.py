"""Several ids of each line as one code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit.data.codes import Codes
from crmkit.typing import CodeArray, IntArray

_DENSE = 4
"""Combined codes are counted directly while there are at most so many per line."""


def combined(ids: Sequence[Codes]) -> tuple[IntArray, CodeArray]:
    """Return the row of each line, rows in label order, and one line of each row."""
    rows, span = _dense(*_numbered(ids[0]))
    for codes in ids[1:]:
        numbers, width = _numbered(codes)
        rows, span = _dense(rows * width + numbers, span * width)
    lines = np.zeros(span, dtype=np.int32)
    lines[rows] = np.arange(len(rows), dtype=np.int32)
    return rows, lines


def _numbered(codes: Codes) -> tuple[IntArray, int]:
    """Return codes with the unknown (-1) as the last number, and how many numbers there are."""
    numbers = codes.codes.astype(np.int64)
    known = len(codes.labels)
    if numbers.min(initial=0) < 0:
        numbers[numbers < 0] = known
        return numbers, known + 1
    return numbers, known


def _dense(codes: IntArray, span: int) -> tuple[IntArray, int]:
    """Number the codes that occur, in order."""
    if span > _DENSE * max(len(codes), 1 << 16):
        found, rows = np.unique(codes, return_inverse=True)
        return rows, len(found)
    there = np.zeros(span, dtype=np.bool_)
    there[codes] = True
    if there.all():
        return codes, span
    number = np.cumsum(there) - 1
    return number[codes], int(np.count_nonzero(there))
