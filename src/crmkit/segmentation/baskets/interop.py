"""Itemsets as mlxtend writes them: a frame of supports and frozensets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingColumnsError
from crmkit.typing import FloatArray, IntArray

if TYPE_CHECKING:
    from crmkit.segmentation.baskets.itemsets import Itemsets

_ATTRIBUTE = "n_baskets"
_COLUMNS = ("support", "itemsets")
_TOLERANCE = 1e-6
"""Of the square root of n: shares times n are whole but for rounding, if n is right."""


def mlxtend_frame(itemsets: Itemsets) -> pd.DataFrame:
    """Return supports and frozensets, in the order of the answer's own frame.

    Raises:
        InvalidArgumentError: the subsets of some set are not there.
    """
    _prove_whole(itemsets)
    order = itemsets.order()
    sets = np.empty(len(order), dtype=object)
    sets[:] = [frozenset(map(_native, labels)) for labels in itemsets.labels(order)]
    support = itemsets.support[order] if len(order) else np.zeros(0)
    frame = pd.DataFrame({"support": support, "itemsets": pd.Series(sets, dtype=object)})
    frame.attrs[_ATTRIBUTE] = itemsets.n_baskets
    return frame


def _prove_whole(itemsets: Itemsets) -> None:
    if itemsets.kind != "frequent":
        why = f"these are only the {itemsets.kind} itemsets"
    elif not itemsets.lattice.is_complete:
        why = "some subsets of these are not there"
    else:
        return
    raise InvalidArgumentError(
        f"mlxtend's rules need the support of every subset, and {why}. Hand over"
        " frequent_itemsets(baskets, ...) of kind 'frequent'; for a look there is to_frame()."
    )


def _native(label: Any) -> Any:
    # mlxtend turns numpy scalars into int, text among them.
    return label.item() if isinstance(label, np.generic) else label


class Counted(NamedTuple):
    """Sets, their counts, and the number of all baskets."""

    sets: list[frozenset[Any]]
    counts: IntArray
    n_baskets: int


def read_mlxtend(frame: pd.DataFrame, n: int | None) -> Counted:
    """Read supports and frozensets.

    Raises:
        MissingColumnsError: no column "support" or "itemsets".
        InvalidArgumentError: the number of baskets is not known, or not the right one.
        InvalidDataError: itemsets that are text, or supports that are no shares.
    """
    check.instance(frame, pd.DataFrame, "frame", "mlxtend answers with pandas frames.")
    lost = [name for name in _COLUMNS if name not in frame]
    if lost:
        raise MissingColumnsError(
            f"the frame has no column {lost[0]!r}; mlxtend's frames of itemsets have"
            f" {', '.join(_COLUMNS)}. There are: {', '.join(map(str, frame.columns))}."
        )
    n = _known_n(frame, n)
    sets = [_proven_set(row, value) for row, value in enumerate(frame["itemsets"])]
    return Counted(sets, _counts(_shares(frame["support"]), n), n)


def _known_n(frame: pd.DataFrame, n: int | None) -> int:
    kept = frame.attrs.get(_ATTRIBUTE)
    if n is None and kept is None:
        raise InvalidArgumentError(
            "supports alone do not say how many baskets they are shares of; give"
            " n=len(the one-hot frame)."
        )
    if None not in (n, kept) and n != kept:
        raise InvalidArgumentError(
            f"n is {n!r}, and the frame was made of {kept:,} baskets; leave it out."
        )
    return check.whole_number(kept if n is None else n, "n", at_least=0)


def _proven_set(row: int, value: object) -> frozenset[Any]:
    if isinstance(value, str | bytes):
        raise InvalidDataError(
            f"itemsets are frozensets; row {row} has the text {value!r}. A CSV file turns sets into"
            " text: keep lists in a Parquet file instead, or mine again."
        )
    if not isinstance(value, Iterable):
        raise InvalidDataError(f"itemsets are frozensets; row {row} has {value!r}.")
    found = frozenset(value)
    if not found:
        raise InvalidDataError(f"row {row} is the empty set, which is no itemset; drop it.")
    return found


def _shares(support: pd.Series[Any]) -> FloatArray:
    try:
        # mlxtend's hmine gives objects.
        shares = support.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InvalidDataError(f"supports are shares of baskets; {error}.") from error
    odd = ~((shares > 0) & (shares <= 1))
    if odd.any():
        raise InvalidDataError(
            f"supports lie above 0 and not above 1; row {np.argmax(odd)} has"
            f" {shares[np.argmax(odd)]}."
        )
    return shares


def _counts(shares: FloatArray, n: int) -> IntArray:
    counts = np.rint(shares * n)
    wrong = (np.abs(shares * n - counts) > _TOLERANCE * np.sqrt(n)) | (counts < 1)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InvalidArgumentError(
            f"n = {n:,} cannot be right: support {shares[first]} in row {first} would be"
            f" {shares[first] * n:,.6g} baskets. Give the number of rows that were mined."
        )
    return counts.astype(np.int64)
