"""Read what people write in conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

import numpy as np

from crmkit.errors import InvalidArgumentError

IntoId: TypeAlias = str | int | np.integer[Any]
IntoIds: TypeAlias = IntoId | Iterable[IntoId]
"""Ids of products, stores or categories, or one alone."""
IntoNumber: TypeAlias = str | int | Decimal | np.integer[Any]
"""A number of units or money: "5.00", 5, Decimal("5.00"), and never a float."""
IntoMoment: TypeAlias = str | dt.date | np.datetime64
"""A day such as "2026-03-01", or a moment such as "2026-03-01T17:00"."""


def words(values: IntoIds) -> tuple[Any, ...]:
    """Read a set of ids as a sorted tuple; one alone is a set of one."""
    if isinstance(values, str | int | np.generic):
        values = [values]
    if not isinstance(values, Iterable):
        raise InvalidArgumentError(f"expected a set such as {{'web'}}; got {values!r}.")
    found: set[Any] = {value.item() if isinstance(value, np.generic) else value for value in values}
    if odd := [value for value in found if value is None or isinstance(value, float)]:
        raise InvalidArgumentError(
            f"expected ids, which are text or whole numbers; got {odd[0]!r}. Lines without a value"
            " are ~Field(...).known()."
        )
    return tuple(sorted(found, key=lambda value: (type(value).__name__, value)))


def names(values: str | Iterable[str]) -> tuple[str, ...]:
    """Read a set of names as a sorted tuple."""
    found = words(values)
    if odd := [value for value in found if not isinstance(value, str) or not value]:
        raise InvalidArgumentError(f"expected names such as {{'web'}}; got {odd[0]!r}.")
    return found


def weekdays(values: int | Iterable[int]) -> tuple[int, ...]:
    """Read a set of days of the week."""
    found = words(values)
    wrong = [n for n in found if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= 7]
    if wrong:
        raise InvalidArgumentError(
            "days are 1 (Monday) to 7 (Sunday), as in ISO 8601; got"
            f" {', '.join(map(repr, wrong))}. Elsewhere 0 may be Sunday or Monday: look it up."
        )
    return found


def number(value: IntoNumber, example: str) -> Decimal:
    """Read a number of units or money, exactly; a float is none."""
    if isinstance(value, float):
        raise InvalidArgumentError(
            "a number in a condition is a text, a whole number or a Decimal; got the float"
            f" {value!r}. Write '{value!r}'."
        )
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | np.integer):
        raise InvalidArgumentError(f"expected a number such as {example}; got {value!r}.")
    return _finite(value, example)


def _finite(value: Any, example: str) -> Decimal:
    try:
        read = Decimal(value if isinstance(value, str | Decimal) else int(value))
    except InvalidOperation:
        read = Decimal("NaN")
    if not read.is_finite():
        raise InvalidArgumentError(f"expected a number such as {example}; got {value!r}.")
    return read


def clock(value: str | dt.time) -> dt.time:
    """Read a time of day, to the second."""
    try:
        read = value if isinstance(value, dt.time) else dt.time.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"expected a time such as '17:00'; got {value!r}. Midnight is '00:00'."
        ) from None
    _refuse_zone(read, value)
    return read


def moment(value: IntoMoment) -> dt.date | dt.datetime:
    """Read a day, or a moment of it to the second."""
    read = _parsed(value)
    if isinstance(read, dt.datetime):
        _refuse_zone(read, value)
        return dt.datetime(*read.timetuple()[:6])
    if not isinstance(read, dt.date):
        raise InvalidArgumentError(
            f"expected a day or moment such as '2026-03-01' or '2026-03-01T17:00'; got {value!r}."
        )
    return read


def _parsed(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[D]" if value.dtype == "<M8[D]" else "datetime64[us]").item()
    if not isinstance(value, str):
        return value
    try:
        whole = len(value) == len("2026-03-01")
        return dt.date.fromisoformat(value) if whole else dt.datetime.fromisoformat(value)
    except ValueError:
        return None


def _refuse_zone(read: dt.time | dt.datetime, value: Any) -> None:
    if read.tzinfo is not None:
        raise InvalidArgumentError(f"crmkit works in naive local time; got {value!r} with a zone.")
    if read.microsecond:
        raise InvalidArgumentError(f"times are whole seconds; got {value!r}.")
