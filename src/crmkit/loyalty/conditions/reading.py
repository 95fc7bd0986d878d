"""Read what people write in conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from crmkit.errors import InvalidArgumentError


def words(values: Any) -> tuple[Any, ...]:
    """Read a set of ids as a sorted tuple; one alone is a set of one."""
    if isinstance(values, str | int):
        values = [values]
    if not isinstance(values, Iterable):
        raise InvalidArgumentError(f"expected a set such as {{'web'}}; got {values!r}.")
    found = set(values)
    return tuple(sorted(found, key=lambda value: (str(type(value)), value)))


def numbers_within(values: Any, low: int, high: int, what: str) -> tuple[int, ...]:
    """Read a set of whole numbers between two bounds."""
    found = words(values)
    wrong = [
        n for n in found if isinstance(n, bool) or not isinstance(n, int) or not low <= n <= high
    ]
    if wrong:
        raise InvalidArgumentError(
            f"{what} are {low} to {high}; got {', '.join(map(repr, wrong))}."
        )
    return found


def amount(value: Any) -> Decimal:
    """Read a number of units or money, exactly; a float is none."""
    if isinstance(value, float):
        raise InvalidArgumentError(
            f"a number in a condition is a text, a whole number or a Decimal; got the float"
            f" {value!r}. Write '{value!r}'."
        )
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidArgumentError(f"expected a number such as '5.00'; got {value!r}.")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise InvalidArgumentError(f"expected a number such as '5.00'; got {value!r}.") from None
    if not number.is_finite():
        raise InvalidArgumentError(f"expected a finite number; got {value!r}.")
    return number


def count(value: Any, at_least: int, what: str) -> int:
    """Read a whole number not below a bound."""
    if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
        raise InvalidArgumentError(f"{what} must be a whole number >= {at_least}; got {value!r}.")
    return value


def clock(value: Any) -> dt.time:
    """Read a time of day."""
    try:
        return value if isinstance(value, dt.time) else dt.time.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(f"expected a time such as '17:00'; got {value!r}.") from None


def moment(value: Any) -> dt.date | dt.datetime:
    """Read a day, or a moment of it."""
    if isinstance(value, dt.date):
        if isinstance(value, dt.datetime) and value.tzinfo is not None:
            raise InvalidArgumentError(f"times are naive local times; got {value!r}.")
        return value
    try:
        if len(value) == len("2026-03-01"):
            return dt.date.fromisoformat(value)
        return dt.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"expected a day or moment such as '2026-03-01' or '2026-03-01T17:00'; got {value!r}."
        ) from None
