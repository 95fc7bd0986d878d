"""Text as integers in text order: exact, and far cheaper to encode than text.

The ids of a shop are spelled alike: "B0001234" varies in a few places, and there within a few
letters. Each place is then a digit of a number whose base changes from place to place, like hours,
minutes and seconds. If the number fits 64 bits, no text needs to be hashed or compared, and no id
needs to become a Python string before it is known to be a label.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.blocks import blocks
from crmkit.typing import BoolArray, IntArray

Letters = NDArray[np.uint8]
"""One row per text: its UTF-8 bytes, then zeros. Byte order is code point order."""

_WIDEST = 64
_MOST_NUMBERS = 2**63


class Spelling(NamedTuple):
    """What occurs at each place of some texts.

    Digit 0 of a place is its lowest letter, or the end of a text if one ends before the place.
    """

    lowest: Letters
    ends: BoolArray
    bases: tuple[int, ...]


class Spelled(NamedTuple):
    """Texts as numbers: equal numbers are equal texts, and greater numbers greater texts."""

    numbers: IntArray
    spelling: Spelling


def letters_of(data: Letters, sizes: NDArray[np.integer]) -> Letters | None:
    """Cut bytes into texts of these sizes; None if they are long or hold the letter zero."""
    return _rows(data, sizes) if data.all() else None


def letters_of_joined(text: str, count: int) -> Letters | None:
    """Cut a text at its zeros into *count* texts; None if they are long or hold zeros too."""
    data = np.frombuffer(text.encode(errors="surrogatepass") + b"\0", dtype=np.uint8)
    ends = np.flatnonzero(data == 0)
    # The zero behind each text may stay: rows end in zeros anyway.
    return _rows(data, np.diff(ends, prepend=-1)) if len(ends) == count else None


def _rows(data: Letters, sizes: NDArray[np.integer]) -> Letters | None:
    width = int(sizes.max(initial=0))
    if width > _WIDEST:
        return None
    if width * len(sizes) == len(data):
        return data.reshape(len(sizes), width)
    letters = np.zeros((len(sizes), width), dtype=np.uint8)
    letters[np.arange(width) < sizes[:, None]] = data
    return letters


def spell(pieces: Iterable[Letters | None]) -> Spelled | None:
    """Turn texts, given piece by piece, into numbers; None if their numbers exceed 64 bits."""
    kept = []
    places = _Places()
    for letters in pieces:
        if letters is None or not places.take_in(letters):
            return None
        kept.append(letters)
    spelling = places.spelling()
    numbers = np.empty(sum(map(len, kept)), dtype=np.int64)
    start = 0
    for letters in kept:
        numbers[start : start + len(letters)] = _numbers(letters, spelling)
        start += len(letters)
    return Spelled(numbers, spelling)


class _Places:
    """Collects which letters occur where."""

    def __init__(self) -> None:
        self.below = np.full(_WIDEST, 255, dtype=np.uint8)
        self.highest = np.zeros(_WIDEST, dtype=np.uint8)
        self.ends = np.zeros(_WIDEST, dtype=np.bool_)

    def take_in(self, letters: Letters) -> bool:
        """Take in more texts; say whether the numbers of all so far fit."""
        by_place = np.ascontiguousarray(letters.T)
        width = len(by_place)
        # One less than the end of a text, 0, is 255: it does not count as a letter here.
        below = (by_place - np.uint8(1)).min(axis=1, initial=255)
        self.below[:width] = np.minimum(self.below[:width], below)
        self.highest[:width] = np.maximum(self.highest[:width], by_place.max(axis=1, initial=0))
        self.ends[:width] |= ~by_place.all(axis=1)
        self.ends[width:] |= len(letters) > 0
        return math.prod(self.spelling().bases) <= _MOST_NUMBERS

    def spelling(self) -> Spelling:
        width = np.count_nonzero(self.highest)
        lowest = self.below[:width] + np.uint8(1)
        ends = self.ends[:width].copy()
        bases = self.highest[:width] - lowest + np.int64(1) + ends
        return Spelling(lowest, ends, tuple(bases.tolist()))


def _numbers(letters: Letters, spelling: Spelling) -> IntArray:
    numbers = np.zeros(len(letters), dtype=np.int64)
    for place, (lowest, ends, base) in enumerate(zip(*spelling, strict=True)):
        if base == 1:
            continue
        numbers *= base
        if place < letters.shape[1]:
            zero = lowest - ends
            numbers += np.maximum(letters[:, place], zero) - zero
    return numbers


def texts_of(numbers: IntArray, spelling: Spelling) -> NDArray[np.object_]:
    """Turn numbers back into the texts they stand for."""
    texts = np.empty(len(numbers), dtype=object)
    for block in blocks(0, len(numbers)):
        texts[block] = _texts(numbers[block], spelling)
    return texts


def _texts(numbers: IntArray, spelling: Spelling) -> list[str]:
    letters = np.zeros((len(numbers), len(spelling.bases) + 1), dtype=np.uint8)
    for place, (lowest, ends, base) in reversed(list(enumerate(zip(*spelling, strict=True)))):
        higher = numbers // base
        digits = numbers - higher * base
        numbers = higher
        letters[:, place] = (digits + (int(lowest) - int(ends))) * ~(ends & (digits == 0))
    used = letters != 0
    used[:, -1] = True  # ends each text with a zero
    joined: str = letters[used].tobytes().decode(errors="surrogatepass")
    return joined.split("\0")[:-1]
