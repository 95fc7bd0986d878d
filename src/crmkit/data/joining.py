"""Put later lines behind earlier ones, as one set of transactions."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.encoding import RawIds, encode
from crmkit.data.problems import UnreadableError
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import CodeArray, LabelArray

_OPTIONAL = ("basket", "product", "quantity", "amount", "cost")


def joined(earlier: Transactions, later: Transactions) -> Transactions:
    """Return both, the later lines last.

    Raises:
        InvalidArgumentError: only one of them has some role or attribute.
        InvalidDataError: ids of two kinds, numbers here and text there.
    """
    refuse_differences(_differences(earlier, later))
    return attrs.evolve(
        later,
        customer=_ids("customer", earlier.customer, later.customer),
        time=np.concatenate([earlier.time, later.time]),
        basket=_optional_ids("basket", earlier.basket, later.basket),
        product=_optional_ids("product", earlier.product, later.product),
        quantity=_numbers(earlier.quantity, later.quantity),
        amount=_numbers(earlier.amount, later.amount),
        cost=_numbers(earlier.cost, later.cost),
        attributes={
            name: _ids(name, codes, later.attributes[name])
            for name, codes in earlier.attributes.items()
        },
        since=earlier.since,
    )


def joined_numbers(earlier: Decimals, later: Decimals) -> Decimals:
    """Return the numbers of both, on the finer of their grids, or as floats if there is none."""
    digits = max(earlier.digits or 0, later.digits or 0)
    one, two = earlier.finer(digits), later.finer(digits)
    if one is None or two is None:
        return Decimals(np.concatenate([earlier.values, later.values]))
    return Decimals(np.concatenate([one, two]), digits)


def refuse_differences(names: list[str]) -> None:
    """Raise if only one of two histories has some parts.

    Raises:
        InvalidArgumentError: it lists them.
    """
    if names:
        raise InvalidArgumentError(
            f"only one of both histories has {', '.join(names)}; what is joined needs the same"
            " parts. Give them in both, or in neither."
        )


def _differences(earlier: Transactions, later: Transactions) -> list[str]:
    lone = [
        name
        for name in _OPTIONAL
        if (getattr(earlier, name) is None) != (getattr(later, name) is None)
    ]
    apart = set(earlier.attributes) ^ set(later.attributes)
    return lone + [f"the attribute {name!r}" for name in sorted(apart)]


def _numbers(earlier: Decimals | None, later: Decimals | None) -> Decimals | None:
    return None if earlier is None or later is None else joined_numbers(earlier, later)


def _optional_ids(name: str, earlier: Codes | None, later: Codes | None) -> Codes | None:
    return None if earlier is None or later is None else _ids(name, earlier, later)


def _ids(name: str, earlier: Codes, later: Codes) -> Codes:
    if np.array_equal(earlier.labels, later.labels):
        return Codes(np.concatenate([earlier.codes, later.codes]), later.labels)
    try:
        merged = encode(RawIds(values=np.concatenate(list(_labels(earlier, later)))))
    except UnreadableError as error:
        raise InvalidDataError(f"{name}: both histories do not fit: {error}") from None
    first, second = np.split(merged.codes, [len(earlier.labels)])
    return Codes(np.concatenate([_recoded(first, earlier), _recoded(second, later)]), merged.labels)


def _labels(earlier: Codes, later: Codes) -> Iterator[LabelArray]:
    """Yield the labels of both; none at all has the kind of the others."""
    kinds = {codes.labels.dtype for codes in (earlier, later) if len(codes.labels)}
    plain = kinds.pop() if len(kinds) == 1 else np.dtype(object)
    for codes in (earlier, later):
        yield codes.labels.astype(plain)


def _recoded(new: CodeArray, codes: Codes) -> CodeArray:
    return np.append(new, np.int32(-1)).astype(np.int32)[codes.codes]
