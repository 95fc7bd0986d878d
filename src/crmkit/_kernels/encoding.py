"""Integers to dense codes in label order, without hashing where the range is compact."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.blocks import blocks
from crmkit._kernels.grouping import changes
from crmkit.typing import CodeArray

I = TypeVar("I", bound=np.integer)  # noqa: E741
S = TypeVar("S", bound=np.generic)

_SMALL_SPAN = 1 << 16
_SPAN_PER_VALUE = 4
_WIDEST_KEY = 32


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


def run_heads(values: NDArray[S]) -> tuple[NDArray[S], CodeArray]:
    """Return the values that differ from the one before, and for each value which one it is.

    Lines of one basket follow one another, so hashing the heads alone may save two thirds of it.
    """
    new = changes(values)
    return values[new], np.cumsum(new, dtype=np.int32) - np.int32(1)


def text_order(labels: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return the order of distinct texts by code point."""
    text = "".join(labels)
    sizes = np.fromiter(map(len, labels), dtype=np.int64, count=len(labels))
    width = int(sizes.max(initial=0))
    if width > _WIDEST_KEY or not text.isascii() or "\0" in text:
        return np.argsort(labels.astype(np.dtypes.StringDType()))
    # Eight characters at a time as one big-endian number: three times as fast as comparing texts.
    letters = np.zeros((len(labels), -(-width // 8) * 8), dtype=np.uint8)
    letters[np.arange(letters.shape[1]) < sizes[:, None]] = np.frombuffer(text.encode(), np.uint8)
    keys = letters.view(">u8").astype(np.uint64)
    return np.lexsort(keys.T[::-1]) if width else np.arange(len(labels))


def merged_codes(
    codes: NDArray[np.integer], order: NDArray[np.intp], ordered: NDArray[S]
) -> tuple[CodeArray, NDArray[S]]:
    """Renumber codes so that the k-th different label of *ordered* = labels[order] gets code k."""
    new = changes(ordered)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.cumsum(new, dtype=np.int32) - np.int32(1)
    return rank[codes], ordered[new]
