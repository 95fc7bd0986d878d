"""Integers to dense codes in label order, without hashing where the range is compact."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.blocks import blocks
from crmkit._kernels.grouping import changes
from crmkit._kernels.spelling import Letters, letters_of_joined
from crmkit.typing import CodeArray

I = TypeVar("I", bound=np.integer)  # noqa: E741
S = TypeVar("S", bound=np.generic)

_SMALL_SPAN = 1 << 16
_SPAN_PER_VALUE = 4


def is_compact(low: int, high: int, count: int) -> bool:
    """Say whether a look-up table over low .. high is cheaper than hashing *count* values."""
    return high - low <= max(_SPAN_PER_VALUE * count, _SMALL_SPAN)


def compact_codes(values: NDArray[I], low: I, high: I) -> tuple[CodeArray, NDArray[I]]:
    """Encode integers that all lie in low .. high by a look-up table; labels ascend."""
    # Unsigned subtraction wraps around, so the offsets are right whatever the sign of *low*.
    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    raw, base = values.view(unsigned), low.view(unsigned)
    present = np.zeros(int(high) - int(low) + 1, dtype=np.bool_)
    codes = np.empty(len(values), dtype=np.int32)
    for block in blocks(0, len(values)):
        offsets = raw[block] - base
        present[offsets] = True
        codes[block] = offsets
    found = np.flatnonzero(present)
    labels = (found.astype(unsigned) + base).view(values.dtype)
    if len(found) < len(present):
        table = np.cumsum(present, dtype=np.int32) - np.int32(1)
        for block in blocks(0, len(codes)):
            codes[block] = table[codes[block]]
    return codes, labels


def text_order(labels: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return the order of texts by code point."""
    letters = letters_of_joined("\0".join(labels.tolist()), len(labels))
    if letters is None:
        return np.argsort(labels)  # numpy's own text type stops at a zero before 2.5
    return _order_of_words(_words(letters))


def _words(letters: Letters) -> NDArray[np.uint64]:
    """Return eight letters at a time as one number, one row per place in the text."""
    padded = np.zeros((len(letters), max(-(-letters.shape[1] // 8), 1) * 8), dtype=np.uint8)
    padded[:, : letters.shape[1]] = letters
    return np.ascontiguousarray(padded.view(">u8").T, dtype=np.uint64)


def _order_of_words(words: NDArray[np.uint64]) -> NDArray[np.intp]:
    # Sorting numbers is many times as fast as sorting by several keys, and ids that vary at the
    # front, such as UUIDs, mostly need the first word only; what ties goes on to the next.
    order = np.argsort(words[0])
    new = changes(words[0][order])
    for word in words[1:]:
        tied = np.flatnonzero(~(new & np.append(new[1:], True)))
        group = np.cumsum(new)[tied]
        rows = order[tied]
        order[tied] = rows[np.lexsort((word[rows], group))]
        new[tied] = changes(group, word[order[tied]])
    return order


def merged_codes(
    codes: NDArray[np.integer], order: NDArray[np.intp], ordered: NDArray[S]
) -> tuple[CodeArray, NDArray[S]]:
    """Renumber codes so that the k-th different label of *ordered* = labels[order] gets code k."""
    new = changes(ordered)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    return looked_up(rank, codes), ordered[new]


def looked_up(table: CodeArray, places: NDArray[np.integer]) -> CodeArray:
    """Return table[places], in blocks."""
    found = np.empty(len(places), dtype=np.int32)
    for block in blocks(0, len(places)):
        found[block] = table[places[block]]
    return found
