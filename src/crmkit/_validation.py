"""Checks at the door: each returns the value it has proven, or raises an error that teaches."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import sys
import warnings
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

import numpy as np

from crmkit.errors import CrmkitWarning, InvalidArgumentError
from crmkit.typing import BoolArray, IntoDay

T = TypeVar("T")


def choice(value: T, allowed: object, name: str) -> T:
    """Prove that *value* is one of the words of the Literal *allowed*."""
    words = get_args(allowed)
    if value not in words:
        raise InvalidArgumentError(
            f"{name} must be one of {', '.join(map(repr, words))}; got {value!r}."
            + hint(value, words)
        )
    return value


def instance(value: object, kind: type, name: str, way: str) -> None:
    """Prove that *value* is a *kind*; *way* says how to get one."""
    if not isinstance(value, kind):
        raise InvalidArgumentError(
            f"{name} must be {kind.__name__}; got {type(value).__name__}. {way}"
        )


def hint(word: object, known: Iterable[object]) -> str:
    """Name the known word nearest to *word*, or nothing."""
    close = difflib.get_close_matches(str(word), [str(k) for k in known], n=1)
    return f" Hint: did you mean {close[0]!r}?" if close else ""


def counted(count: int | np.integer[Any], noun: str) -> str:
    """Write a count and its noun: 1 line, 2 lines."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def whole_number(value: object, name: str, *, at_least: int) -> int:
    """Prove that *value* is an integer not below *at_least*."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < at_least:
        raise InvalidArgumentError(f"{name} must be an integer >= {at_least}; got {value!r}.")
    return int(value)


def number(value: object, name: str) -> float:
    """Prove that *value* is a finite number."""
    if not isinstance(value, int | float | np.number) or not np.isfinite(float(value)):
        raise InvalidArgumentError(f"{name} must be a finite number; got {value!r}.")
    return float(value)


def real(value: object) -> float:
    """Return a number as a float, NaN for what is none: no range holds that."""
    return float(value) if isinstance(value, int | float | np.number) else float("nan")


def bins(value: object) -> int:
    """Prove that *value* is a number of classes that scores can have."""
    classes = whole_number(value, "bins", at_least=2)
    if classes > 99:
        raise InvalidArgumentError(f"bins must be at most 99; got {classes}.")
    return classes


def day(value: IntoDay, name: str) -> np.datetime64:
    """Turn *value* into one calendar day (datetime64[D]), refusing zones and times of day."""
    moment = _moment(_parsed(value, name) if isinstance(value, str) else value, name)
    result: np.datetime64 = moment.astype("datetime64[D]")
    if result != moment:
        raise InvalidArgumentError(
            f"{name} must be a calendar day; got {value!r}, which has a time of day."
            f" Say {name}={str(result)!r}."
        )
    return result


def _parsed(text: str, name: str) -> dt.datetime:
    # numpy would read "today" from the clock, and "20260301" as a year.
    try:
        if _STARTS_WITH_DAY.match(text):
            return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    raise _no_day(text, name)


def _moment(value: object, name: str) -> np.datetime64:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        raise InvalidArgumentError(
            f"{name} carries the time zone {value.tzinfo}; crmkit works in naive local time."
            f" Say {name}={value.date().isoformat()!r}."
        )
    if not isinstance(value, dt.date | np.datetime64) or value != value:  # NaT is not itself
        raise _no_day(value, name)
    return np.datetime64(value)


def _no_day(value: object, name: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{name} must be a day such as '2026-03-01', a datetime.date or a numpy datetime64;"
        f" got {value!r}."
    )


_STARTS_WITH_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def line_mask(mask: object, lines: int, noun: str = "line") -> BoolArray:
    """Prove that *mask* is one boolean per line (or basket, rule ...)."""
    array = np.asarray(mask)
    if array.dtype != np.bool_ or array.shape != (lines,):
        raise InvalidArgumentError(
            f"the mask must be {lines:,} booleans, one per {noun};"
            f" got {array.dtype} of shape {array.shape}."
        )
    return array


def warn(message: str, category: type[CrmkitWarning]) -> None:
    """Warn at the line outside crmkit that asked the question."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("crmkit."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level + 1)
