"""Several ids of each line as one code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit.data.codes import Codes
from crmkit.typing import CodeArray, IntArray

_DENSE = 4
"""Combined codes are counted directly while there are at most so many per line."""


def combined(ids: Sequence[Codes]) -> tuple[IntArray, list[Codes]]:
    """Return the row of each line, rows in label order, and what each row is of each id."""
    rows, keys = _combined([_numbered(codes) for codes in ids])
    return rows, [_keyed(codes, key) for codes, key in zip(ids, keys, strict=True)]


def dense_codes(*columns: CodeArray | IntArray) -> tuple[CodeArray, IntArray]:
    """Number the different rows of some code columns (-1 or more): codes, and the first of each."""
    numbers = [column.astype(np.int64) + 1 for column in columns]
    rows, keys = _combined([(column, int(column.max(initial=0)) + 1) for column in numbers])
    example = np.empty(len(keys[0]), dtype=np.int64)
    example[rows[::-1]] = np.arange(len(rows))[::-1]
    return rows.astype(np.int32), example


def _combined(columns: Sequence[tuple[IntArray, int]]) -> tuple[IntArray, list[IntArray]]:
    """Number the different rows of columns, each below its width; return what each row is of."""
    rows, found = _dense(*columns[0])
    keys = [found]
    for numbers, width in columns[1:]:
        rows, found = _dense(rows * width + numbers, len(found) * width)
        keys = [*(key[found // width] for key in keys), found % width]
    return rows, keys


def _keyed(codes: Codes, key: IntArray) -> Codes:
    known = np.where(key < len(codes.labels), key, -1)
    return Codes(known.astype(np.int32), codes.labels)


def _numbered(codes: Codes) -> tuple[IntArray, int]:
    """Return codes with the unknown (-1) as the last number, and how many numbers there are."""
    numbers = codes.codes.astype(np.int64)
    known = len(codes.labels)
    if numbers.min(initial=0) < 0:
        numbers[numbers < 0] = known
        return numbers, known + 1
    return numbers, known


def _dense(codes: IntArray, span: int) -> tuple[IntArray, IntArray]:
    """Number the codes that occur, in order; return the numbers, and which codes these are."""
    if span > _DENSE * max(len(codes), 1 << 16):
        found, rows = np.unique(codes, return_inverse=True)
        return rows, found
    there = np.zeros(span, dtype=np.bool_)
    there[codes] = True
    found = np.flatnonzero(there)
    if len(found) == span:
        return codes, found
    return (np.cumsum(there) - 1)[codes], found
