"""attrs fields that are frozen inside as well: arrays nobody writes through, mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)
V = TypeVar("V")


class FrozenMapping(Mapping[str, V]):
    """A mapping that nobody can change: in an order, hashable if its values are, picklable."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V]) -> None:
        """Copy *items*."""
        self._items = dict(items)

    def __getitem__(self, name: str) -> V:
        """Return one value."""
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in order."""
        return iter(self._items)

    def __len__(self) -> int:
        """How many names."""
        return len(self._items)

    def __hash__(self) -> int:
        """Equal mappings have equal hashes, whatever their order."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """Show it as the dict it was made of."""
        return repr(self._items)


def read_only(array: NDArray[S]) -> NDArray[S]:
    """Return *array* as a view that nobody can write through."""
    view = array.view()
    view.setflags(write=False)
    return view


def same_array(a: NDArray[Any] | None, b: NDArray[Any] | None) -> bool:
    """Say whether two arrays hold equal values; NaN and NaT equal themselves."""
    if a is None or b is None:
        return a is b
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return False
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fmM"))


by_value = attrs.cmp_using(eq=same_array)
"""For `attrs.field(eq=...)`: compare arrays by their values."""


def array(*, dtype: type[np.generic] | None = None, optional: bool = False) -> Any:
    """Declare an attrs field that holds an array: read-only, compared by its values.

    With a *dtype* lists are taken too. Arrays are not copied. Type checkers see no converter here,
    and take the field's own type only.
    """

    def convert(values: Any) -> Any:
        if values is None:
            return None
        return read_only(values if dtype is None else np.asarray(values, dtype=dtype))

    default = None if optional else attrs.NOTHING
    return attrs.field(default=default, converter=convert, eq=by_value)
