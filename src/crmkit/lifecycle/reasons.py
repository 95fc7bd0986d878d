"""Why an answer about a stage says little: a closed list."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray


class StageReason(IntFlag):
    """What to know about a product's stage; several may hold at once.

    Examples:
        >>> from crmkit.lifecycle import StageReason
        >>> both = StageReason.ALL_ZERO | StageReason.AGE_UNKNOWN
        >>> both.text
        'nothing sold; age unknown'
        >>> StageReason.ALL_ZERO in both
        True
    """

    NOT_LAUNCHED = 1
    ALL_ZERO = 2
    TOO_SHORT = 4
    UNCERTAIN = 8
    AGE_UNKNOWN = 16
    MUCH_MASKED = 32
    UNLIKE_ANY_CURVE = 64
    OLDER_THAN_CURVES = 128
    TOLD_BY_AGE = 256

    @property
    def text(self) -> str:
        """The reasons in words, "" for none."""
        return "; ".join(words for reason, words in _WORDS.items() if reason in self)


_WORDS = {
    StageReason.NOT_LAUNCHED: "not on sale yet",
    StageReason.ALL_ZERO: "nothing sold",
    StageReason.TOO_SHORT: "fewer than 8 periods",
    StageReason.UNCERTAIN: "no stage is likely enough",
    StageReason.AGE_UNKNOWN: "age unknown",
    StageReason.MUCH_MASKED: "many periods without observation",
    StageReason.UNLIKE_ANY_CURVE: "unlike any curve",
    StageReason.OLDER_THAN_CURVES: "older than any curve",
    StageReason.TOLD_BY_AGE: "sales say little beyond the age",
}


def texts(flags: NDArray[np.uint16]) -> NDArray[np.object_]:
    """Return the words of each row's reasons."""
    known = np.array([StageReason(code).text for code in range(512)], dtype=object)
    found: NDArray[np.object_] = known[flags]
    return found
