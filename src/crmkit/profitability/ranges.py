"""Figures within their ranges: one argument at a time, or all columns of a table together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import read_only, same_array
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import BoolArray, FloatArray, IntArray, NumberArray


@attrs.frozen
class Range:
    """A range of numbers.

    Attributes:
        low: its least number.
        high: its greatest.
        open_low: whether *low* itself lies outside.
        open_high: whether *high* itself lies outside.
        unknown: whether NaN is fine, as "unknown".
    """

    low: float = -np.inf
    high: float = np.inf
    open_low: bool = attrs.field(default=False, kw_only=True)
    open_high: bool = attrs.field(default=False, kw_only=True)
    unknown: bool = attrs.field(default=False, kw_only=True)

    def __str__(self) -> str:
        """Write the range as conditions, e.g. "finite and > 0"."""
        ends = [
            f"{'>' if self.open_low else '>='} {self.low:g}" if np.isfinite(self.low) else "",
            f"{'<' if self.open_high else '<='} {self.high:g}" if np.isfinite(self.high) else "",
        ]
        return " and ".join(["finite", *filter(None, ends)])

    def breaches(self, values: FloatArray) -> BoolArray:
        """Return which numbers lie outside."""
        low = values <= self.low if self.open_low else values < self.low
        high = values >= self.high if self.open_high else values > self.high
        outside: BoolArray = low | high | np.isinf(values)
        return outside if self.unknown else outside | np.isnan(values)


ANY = Range()
POSITIVE = Range(0, open_low=True)
NOT_NEGATIVE = Range(0)
PROPER_SHARE = Range(0, 1, open_low=True, open_high=True)
"""A share of some, but not of all."""


def bounded(values: ArrayLike, name: str, within: Range) -> FloatArray:
    """Prove that an argument, one number or an array of them, lies within a range."""
    array = numbers(values, name, InvalidArgumentError)
    bad = within.breaches(array)
    if bad.any():
        first = int(np.argmax(bad))
        place = f" (entry {first})" if array.ndim else ""
        raise InvalidArgumentError(f"{name} must be {within}; got {array.flat[first]!s}{place}.")
    return array


def numbers(values: ArrayLike, name: str, error: type[Exception]) -> FloatArray:
    """Read floats; what is no number raises *error*."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise error(f"{name} must be numbers; {fault}.") from fault


def figures(*, optional: bool = False) -> Any:
    """Declare an attrs field that holds one float per row, or nothing if *optional*."""

    def convert(values: Any, field: attrs.Attribute[Any]) -> FloatArray | None:
        if values is None and optional:
            return None
        return read_only(numbers(values, field.name, InvalidDataError))

    return _field(convert, optional)


def counts(*, optional: bool = False) -> Any:
    """Declare an attrs field that holds one whole number per row, or nothing if *optional*."""

    def convert(values: Any, field: attrs.Attribute[Any]) -> IntArray | None:
        if values is None and optional:
            return None
        array = numbers(values, field.name, InvalidDataError)
        if (odd := ~(np.rint(array) == array) | np.isinf(array)).any():
            raise InvalidDataError(
                f"{field.name} must be whole numbers; got {array[odd][0]!s} in row"
                f" {int(np.argmax(odd))}. Where nothing is known the count is 0."
            )
        return read_only(array.astype(np.int64))

    return _field(convert, optional)


def _field(convert: Callable[[Any, attrs.Attribute[Any]], Any], optional: bool) -> Any:
    return attrs.field(
        default=None if optional else attrs.NOTHING,
        converter=attrs.Converter(convert, takes_field=True),  # type: ignore[misc]
        eq=attrs.cmp_using(eq=same_array),
    )


def labels() -> Any:
    """Declare an attrs field that holds one id per row; text becomes objects."""

    def convert(values: Any) -> NDArray[Any]:
        ids = np.asarray(values)
        return read_only(ids.astype(object) if ids.dtype.kind in "US" else ids)

    return attrs.field(converter=convert, eq=attrs.cmp_using(eq=same_array))


class Faults:
    """Collects what is wrong with a table, so that one error can name it all."""

    def __init__(self, noun: str, names: NDArray[Any]) -> None:
        """Start with no fault in rows called *names*, each of them a *noun*."""
        self._noun, self._names = noun, names
        self._found: list[str] = []

    def say(self, what: str) -> None:
        """Note a fault of the table as a whole."""
        self._found.append(what)

    def rows(self, bad: BoolArray, what: str, remedy: str) -> None:
        """Note the rows in which something is wrong, if there are any."""
        if not bad.any():
            return
        first = int(np.argmax(bad))
        name = f"{self._names[first]!r}, " if first < len(self._names) else ""
        count = check.counted(int(np.count_nonzero(bad)), self._noun)
        self.say(f"{what} in {count}, first in that of {name}row {first}. {remedy}")

    def column(self, name: str, values: NumberArray | None, within: Range) -> None:
        """Note a column of another length, and its values outside a range."""
        if values is None:
            return
        if values.shape != (rows := self._names.shape):
            self.say(f"{name} has shape {values.shape}, not {rows}: one per {self._noun}.")
        if (bad := within.breaches(np.atleast_1d(values).astype(np.float64))).any():
            value = values.flat[int(np.argmax(bad))]
            unknown = ", NaN if unknown" if within.unknown else ""
            remedy = f"It must be {within}{unknown}; got {value!s}."
            self.rows(bad.ravel(), f"{name} out of range", remedy)

    def fit(self, *columns: NumberArray | None) -> bool:
        """Say whether columns are there, one value per row, so that they can be compared."""
        return all(c is not None and c.shape == self._names.shape for c in columns)

    def raise_all(self) -> None:
        """Raise one error that lists every fault, if there is any."""
        if self._found:
            lines = "\n".join(f"  - {what}" for what in self._found)
            count = check.counted(len(self._found), "problem")
            raise InvalidDataError(f"the {self._noun}s have {count}:\n{lines}")
