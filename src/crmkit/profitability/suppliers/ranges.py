"""Figures within their ranges: one argument at a time, or all columns of a table together."""

from __future__ import annotations

from numbers import Real
from typing import Any, cast

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import read_only, same_array
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import BoolArray, FloatArray, IntArray, LabelArray, NumberArray


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
    array = figures(values)
    if array.dtype.kind != "f":
        raise InvalidArgumentError(f"{name} must be numbers; got {values!r}.")
    bad = within.breaches(array)
    if bad.any():
        first = int(np.argmax(bad))
        place = f" (entry {first})" if array.ndim else ""
        raise InvalidArgumentError(f"{name} must be {within}; got {array.flat[first]!s}{place}.")
    return array


# --- columns of a table; converters of attrs fields must be plain functions for mypy to read ------

SAME = attrs.cmp_using(eq=same_array)
"""How attrs compares fields that hold arrays."""


def figures(values: ArrayLike) -> FloatArray:
    """Turn a column into floats; what is no number stays what it is, for `Faults` to name."""
    try:
        return read_only(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        return cast("FloatArray", np.asarray(values, dtype=object))


def maybe_figures(values: ArrayLike | None) -> FloatArray | None:
    """Turn a column into floats, if it is there."""
    return None if values is None else figures(values)


def counts(values: ArrayLike) -> IntArray:
    """Turn a column into integers; what is no whole number stays, for `Faults` to name."""
    read = figures(values)
    if read.dtype.kind == "f" and (np.isfinite(read) & (np.rint(read) == read)).all():
        return read_only(read.astype(np.int64))
    return cast("IntArray", read)


def maybe_counts(values: ArrayLike | None) -> IntArray | None:
    """Turn a column into integers, if it is there."""
    return None if values is None else counts(values)


def labels(values: ArrayLike) -> LabelArray:
    """Turn ids into an array; text becomes objects."""
    ids = np.asarray(values)
    return read_only(ids.astype(object) if ids.dtype.kind in "US" else ids)


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
        name = f"{self._names.tolist()[first]!r} in " if first < len(self._names) else ""
        count = check.counted(int(np.count_nonzero(bad)), self._noun)
        self.say(f"{what} in {count}, first {name}row {first}. {remedy}")

    def column(self, name: str, values: NumberArray | None, within: Range) -> None:
        """Note a column of another length, and its values that are none or outside a range."""
        if values is None:
            return
        if values.shape != (rows := self._names.shape):
            self.say(f"{name} has shape {values.shape}, not {rows}: one per {self._noun}.")
        flat = np.atleast_1d(values).ravel()
        other = np.zeros(len(flat), dtype=np.bool_)
        if flat.dtype.kind == "O":
            other = np.array([not isinstance(value, Real) for value in flat], dtype=np.bool_)
            self._note(name, flat, other, "be a number")
        unknown = ", or NaN if unknown" if within.unknown else ""
        outside = ~other & within.breaches(np.where(other, np.nan, flat).astype(np.float64))
        self._note(name, flat, outside, f"be {within}{unknown}")

    def counts(self, name: str, values: IntArray | None) -> None:
        """Note a column of another length, and what in it is no count."""
        self.column(name, values, NOT_NEGATIVE)
        if values is not None and values.dtype.kind == "f":
            self._note(name, values.ravel(), values.ravel() % 1 != 0, "be whole, 0 if none")

    def _note(self, name: str, values: NDArray[Any], bad: BoolArray, rule: str) -> None:
        if bad.any():
            value = values.tolist()[int(np.argmax(bad))]
            self.rows(bad, f"{name} out of range", f"It must {rule}; got {value!r}.")

    def fit(self, *columns: NumberArray | None) -> bool:
        """Say whether columns are there, one number per row, so that they can be compared."""
        return all(
            c is not None and c.shape == self._names.shape and c.dtype.kind in "if" for c in columns
        )

    def raise_all(self) -> None:
        """Raise one error that lists every fault, if there is any."""
        if self._found:
            lines = "\n".join(f"  - {what}" for what in self._found)
            count = check.counted(len(self._found), "problem")
            raise InvalidDataError(f"the {self._noun}s have {count}:\n{lines}")
