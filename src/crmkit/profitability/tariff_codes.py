"""Tariff codes are text of the Harmonised System: chapter, heading, subheading, national digits."""

from __future__ import annotations

import re

import numpy as np

from crmkit.data.codes import Codes
from crmkit.typing import BoolArray, LabelArray

LONGEST = 10
_SEPARATORS = re.compile(r"[.\s]")
_CODE = re.compile(r"(\d\d){1,5}")


def without_separators(text: str) -> str:
    """Return a tariff code without dots and spaces: "0901.21" is "090121"."""
    return _SEPARATORS.sub("", text)


def is_tariff_code(text: str) -> bool:
    """Say whether *text* is two, four, six, eight or ten digits."""
    return _CODE.fullmatch(text) is not None


def normalised(codes: Codes) -> tuple[Codes, BoolArray]:
    """Return codes without separators, and on which lines they are no tariff code.

    Numbers are none: 0901 read as a number has lost its chapter.
    """
    texts = [without_separators(x) if isinstance(x, str) else "" for x in codes.labels.tolist()]
    odd = np.array([not is_tariff_code(text) for text in texts], dtype=np.bool_)
    labels, places = np.unique(np.array(texts, dtype=np.str_), return_inverse=True)
    recoded = np.append(places, -1).astype(np.int32)[codes.codes]
    return Codes(recoded, _objects(labels)), np.append(odd, False)[codes.codes]


def _objects(texts: np.ndarray[tuple[int], np.dtype[np.str_]]) -> LabelArray:
    return texts.astype(object)
