"""Turn an id column, already out of its frame, into `Codes`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit._kernels.blocks import blocks
from crmkit._kernels.encoding import compact_codes, is_compact, looked_up, merged_codes, text_order
from crmkit._kernels.grouping import changes
from crmkit._kernels.spelling import Letters, Spelling, letters_of_joined, spell, texts_of
from crmkit.data.codes import Codes
from crmkit.data.problems import UnreadableError
from crmkit.typing import BoolArray, LabelArray

_FEW_RUNS = 0.7
_FLOAT_WHOLE = float(2**53)
_KINDS = "Ids may be integers, text, categoricals or UUIDs; convert them, e.g. with str."


@attrs.frozen(kw_only=True, eq=False)
class RawIds:
    """An id column as plain arrays.

    Attributes:
        values: ids, or positions in *categories*, or numbers that *spelling* turns into text.
        missing: which rows have no id; None when all have one.
        categories: what the positions stand for.
        ordered: whether *categories* stand in an order of their own.
        spelling: what the numbers stand for.
    """

    values: NDArray[Any]
    missing: BoolArray | None = None
    categories: NDArray[Any] | None = None
    ordered: bool = False
    spelling: Spelling | None = None


def encode(ids: RawIds) -> Codes:
    """Encode ids as dense codes in label order.

    Raises:
        UnreadableError: ids of mixed types, fractional numbers, or objects without an order.
    """
    if ids.missing is not None and ids.missing.any():
        present = encode(attrs.evolve(ids, values=ids.values[~ids.missing], missing=None))
        codes = np.full(len(ids.values), -1, dtype=np.int32)
        codes[~ids.missing] = present.codes
        return Codes(codes, present.labels)
    if ids.categories is not None:
        return _encode_positions(ids.values, ids.categories, ordered=ids.ordered)
    if ids.spelling is not None:
        return _encode_spelled(ids.values, ids.spelling)
    if ids.values.dtype.kind == "O" and (spelled := spell(_letters(ids.values))) is not None:
        return _encode_spelled(*spelled)
    return _encode_values(_readable(ids.values))


def _letters(values: NDArray[np.object_]) -> Iterator[Letters | None]:
    for block in blocks(0, len(values)):
        try:
            joined = "\0".join(values[block].tolist())
        except TypeError:  # not all of them are text
            yield None
        else:
            yield letters_of_joined(joined, block.stop - block.start)


def _encode_spelled(numbers: NDArray[np.int64], spelling: Spelling) -> Codes:
    used = _encode_integers(numbers)
    return Codes(used.codes, texts_of(used.labels.astype(np.int64, copy=False), spelling))


def _readable(values: NDArray[Any]) -> NDArray[Any]:
    """Return ids as integers, booleans or objects that can be told apart and put in order."""
    if values.dtype.kind == "f":
        return _whole_numbers(values)
    if values.dtype.kind in "biu":
        return values
    if values.dtype.kind != "O":
        raise UnreadableError(f"ids are {values.dtype}", _KINDS)
    kind = pd.api.types.infer_dtype(values, skipna=False)
    if kind == "integer":
        return _as_integers(values)
    if kind == "floating":
        return _whole_numbers(values.astype(np.float64))
    if kind not in ("string", "empty") and not _all_uuid(values):
        raise _mixed(values)
    return values


def _encode_values(values: NDArray[Any]) -> Codes:
    if values.dtype.kind in "iu":
        return _encode_integers(values)
    if values.dtype.kind == "b":
        both = np.array([False, True], dtype=object)
        return _encode_positions(values.astype(np.int8), both, ordered=True)
    return _encode_by_hashing(values)


def _encode_by_hashing(values: NDArray[Any]) -> Codes:
    # Lines of one basket follow one another, so hashing the heads of runs may save two thirds of
    # it; among lines in random order there are no runs to save, only copies to make.
    heads = changes(values)
    if np.count_nonzero(heads) > _FEW_RUNS * len(values):
        return _hashed(values)
    coded = _hashed(values[heads])
    places = np.cumsum(heads, dtype=np.int32)
    places -= 1
    return Codes(looked_up(coded.codes, places), coded.labels)


def _hashed(values: NDArray[Any]) -> Codes:
    if values.dtype.kind == "O":
        return _in_label_order(*pd.factorize(values))
    if np.all(values[1:] > values[:-1]):  # receipt numbers mostly come in order
        return Codes(np.arange(len(values), dtype=np.int32), _integer_labels(values))
    positions, labels = pd.factorize(values)
    return _in_label_order(positions, _integer_labels(labels))


def _encode_integers(values: NDArray[Any]) -> Codes:
    if len(values) == 0:
        return Codes(np.zeros(0, dtype=np.int32), values.astype(np.int64))
    low, high = values.min(), values.max()
    if is_compact(int(low), int(high), len(values)):
        codes, labels = compact_codes(values, low, high)
        return Codes(codes, _integer_labels(labels))
    return _encode_by_hashing(values)


def _integer_labels(labels: NDArray[np.integer[Any]]) -> LabelArray:
    fits = labels.max(initial=0) <= np.iinfo(np.int64).max
    return labels.astype(np.int64) if fits else labels.astype(np.uint64)


def _encode_positions(positions: NDArray[Any], categories: NDArray[Any], *, ordered: bool) -> Codes:
    used = _encode_integers(positions)
    labels = categories[used.labels]
    if ordered:
        if len(set(map(type, labels))) > 1:
            raise _mixed(labels)
        return Codes(used.codes, labels)
    return _in_label_order(used.codes, _readable(labels))


def _in_label_order(codes: NDArray[np.integer[Any]], labels: NDArray[Any]) -> Codes:
    """Renumber codes by the order of their labels; a label listed twice gets one code."""
    if np.all(labels[1:] > labels[:-1]):  # receipt numbers mostly come in order
        return Codes(np.asarray(codes, dtype=np.int32), labels)
    order = text_order(labels) if _is_text(labels) else np.argsort(labels)
    return Codes(*merged_codes(codes, order, labels[order]))


def _as_integers(values: NDArray[np.object_]) -> NDArray[Any]:
    try:
        return values.astype(np.int64)
    except OverflowError:
        return values.astype(np.uint64)


def _whole_numbers(values: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    odd = ~(np.isfinite(values) & (values == np.rint(values)) & (np.abs(values) <= _FLOAT_WHOLE))
    if odd.any():
        row = int(np.argmax(odd))
        raise UnreadableError(
            f"ids are floats that are not whole numbers below 2**53, e.g. {values[row].item()}"
            f" (value {row} of those present)",
            "Read ids as text or as integers; cut what is measured into classes first, e.g."
            " pd.cut(frame[{column}], 5).",
        )
    return values.astype(np.int64)


def _all_uuid(values: NDArray[np.object_]) -> bool:
    return set(map(type, values)) == {uuid.UUID}


def _mixed(values: NDArray[np.object_]) -> UnreadableError:
    first = values[0]
    other = next((v for v in values if type(v) is not type(first)), None)
    if other is None:
        return UnreadableError(
            f"ids are objects of type {type(first).__name__}, e.g. {first!r}",
            _KINDS,
        )
    return UnreadableError(
        f"ids are of mixed types, e.g. {first!r} ({type(first).__name__}) and"
        f" {other!r} ({type(other).__name__})",
        "Make them one type, e.g. frame[{column}].astype(str) where present.",
    )


def placeholders(codes: Codes) -> dict[str, int]:
    """Find text ids that read like a missing value, and in how many lines each occurs."""
    if not _is_text(codes.labels):
        return {}
    # Text stands in order, so each spelling is found by bisection. It need not where somebody has
    # declared an order of categories, but who has listed "none" there means it.
    places = np.searchsorted(codes.labels, _PLACEHOLDERS)
    near = zip(places.clip(max=len(codes.labels) - 1).tolist(), _PLACEHOLDERS, strict=True)
    found = [place for place, spelling in near if codes.labels[place] == spelling]
    return {codes.labels[k]: int(np.count_nonzero(codes.codes == k)) for k in found}


def _spellings(word: str) -> list[str]:
    return ["".join(letters) for letters in product(*({x, x.upper()} for x in word))]


_PLACEHOLDERS = np.array(
    sorted(s for word in ("", "nan", "none", "null", "n/a", "<na>") for s in _spellings(word)),
    dtype=object,
)


def lookalikes(labels: LabelArray) -> tuple[int, str, str] | None:
    """Find labels that differ from another only by outer blanks or case: how many, and a pair."""
    if not (_is_text(labels) and _may_look_alike(labels)):
        return None
    folded, uniques = pd.factorize(np.array([_folded(x) for x in labels], dtype=object))
    merged = len(labels) - len(uniques)
    return (merged, *_first_pair(labels, folded)) if merged else None


def _is_text(labels: NDArray[Any]) -> bool:
    return labels.dtype.kind == "O" and len(labels) > 0 and isinstance(labels[0], str)


def _folded(label: str) -> str:
    return label.strip().casefold()


def _may_look_alike(labels: LabelArray) -> bool:
    # Scans of one long text rule most columns out without a Python call per label: no label has
    # an outer blank, and all letters are of one case.
    text = "\n".join(["", *labels, ""])
    blanks = " " in text and ("\n " in text or " \n" in text)
    return blanks or "\t" in text or (text != text.upper() and text != text.lower())


def _first_pair(labels: LabelArray, folded: NDArray[np.intp]) -> tuple[str, str]:
    order = np.argsort(folded, kind="stable")
    twin = int(np.argmax(folded[order][1:] == folded[order][:-1]))
    return labels[order[twin]], labels[order[twin + 1]]
