"""Labels of products: put in order, and found again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit._validation import hint
from crmkit.data import Codes
from crmkit.data.encoding import RawIds, encode
from crmkit.data.problems import UnreadableError
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import CodeArray, LabelArray


def objects(labels: Iterable[Any]) -> NDArray[np.object_]:
    """Return labels as an array of objects; tuples stay whole."""
    listed = list(labels)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def listed_products(number: int, products: Iterable[Any], what: str) -> list[Any]:
    """Prove that a basket or a set is a list, and no text.

    Raises:
        InvalidDataError: it is not.
    """
    if isinstance(products, str | bytes) or not isinstance(products, Iterable):
        raise InvalidDataError(
            f"a {what} is a list of products; {what} {number} is {products!r}. Say [{products!r}]"
            f" for a {what} of one product."
        )
    return list(products)


def catalogue_of(labels: NDArray[np.object_]) -> Codes:
    """Encode labels in label order; of mixed types they stand by the name of their type first.

    Raises:
        InvalidDataError: a label is missing, or labels of one type have no order.
    """
    missing = pd.isna(labels)
    if missing.any():
        raise InvalidDataError(
            f"a product is missing ({labels[np.argmax(missing)]!r}, entry {np.argmax(missing):,}"
            " of all baskets one after another). Leave it out of its basket."
        )
    try:
        return encode(RawIds(values=labels))
    except UnreadableError:
        return _by_type(labels)


def _by_type(labels: NDArray[np.object_]) -> Codes:
    try:
        codes, different = pd.factorize(labels)
        order = sorted(range(len(different)), key=lambda k: _typed(different[k]))
    except TypeError as error:
        raise InvalidDataError(
            f"the products have no order: {error}. Use text or numbers as labels."
        ) from error
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Codes(place[codes], different[order])


def _typed(label: Any) -> tuple[str, Any]:
    return type(label).__name__, label


def catalogue_given(products: Sequence[Any] | LabelArray) -> LabelArray:
    """Prove that a catalogue names each product once.

    Raises:
        InvalidArgumentError: a label is missing or comes twice.
    """
    if isinstance(products, str | bytes):
        raise InvalidArgumentError(f"products are named in a list, not as the text {products!r}.")
    given = objects(products.tolist() if isinstance(products, np.ndarray) else products)
    if pd.isna(given).any():
        raise InvalidArgumentError("the catalogue has a label that is missing.")
    whole = pd.api.types.infer_dtype(given) == "integer"
    numbers = np.array(given.tolist()) if whole else given
    labels: LabelArray = numbers if numbers.dtype.kind in "iu" else given
    index = pd.Index(labels)
    if not index.is_unique:
        twice = labels[index.duplicated()][0]
        raise InvalidArgumentError(f"the catalogue names {twice!r} twice; each product once.")
    return labels


def find(products: LabelArray, labels: Iterable[Any] | LabelArray) -> CodeArray:
    """Return the code of each label among *products*; -1 for labels that are not there."""
    wanted = labels if isinstance(labels, np.ndarray) else objects(labels)
    return pd.Index(products).get_indexer(pd.Index(wanted)).astype(np.int32)


def codes_in(products: LabelArray, labels: Iterable[Any]) -> CodeArray:
    """Return the codes of labels.

    Raises:
        InvalidArgumentError: labels that no product has; near ones are offered.
    """
    if isinstance(labels, str | bytes) or not isinstance(labels, Iterable):
        raise InvalidArgumentError(f"products are named in a list: [{labels!r}], not {labels!r}.")
    wanted = objects(labels)
    try:
        codes = find(products, wanted)
    except TypeError as error:  # a list of lists
        raise InvalidArgumentError(f"products are named one by one; {error}.") from error
    if (codes < 0).any():
        lost = "\n".join(
            f"there is no product {label!r}.{hint(label, products)}" for label in wanted[codes < 0]
        )
        raise InvalidArgumentError(f"{lost}\nThe catalogue has {len(products):,} products.")
    return codes
