"""Rules that declarations of cost keep, told when a model is used: one error then says all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import rationals
from crmkit.typing import ReturnRule

Rule = Callable[[Any], object]
"""Raises InvalidArgumentError for a value that does not keep it."""
_RULES: Final = "rules"


def kept(*rules: Rule) -> dict[str, Any]:
    """Return metadata of a field whose values keep *rules*."""
    return {_RULES: rules}


def problems_of(declaration: object) -> list[str]:
    """Say what is wrong with the fields of a declaration."""
    kind = type(declaration)
    problems = []
    for field in attrs.fields(kind) if attrs.has(kind) else ():
        for rule in field.metadata.get(_RULES, ()):
            try:
                rule(getattr(declaration, field.name))
            except InvalidArgumentError as error:
                problems.append(str(error))
    return problems


def frozen(tariff: Any) -> Any:
    """Freeze a mapping; anything else stays as it is."""
    return FrozenMapping(tariff) if isinstance(tariff, Mapping) else tariff


# --- rules ---------------------------------------------------------------------------------------


def a_rate(value: Any) -> None:
    """Prove that a rate is one number that is not negative."""
    try:
        fits = np.ndim(value) == 0 and rationals(value)[0][0] >= 0
    except InvalidDataError:
        fits = False
    if not fits:
        raise InvalidArgumentError(
            f"a rate must be one number >= 0 of at most 15 digits, such as '0.015'; got {value}."
        )


def a_share(value: Any) -> None:
    """Prove that a rate is a share: nobody means 150 %."""
    a_rate(value)
    if magnitude(value) > 1:
        raise InvalidArgumentError(
            f"a share must be 0 .. 1, '0.015' for 1.5 %; got {value}, which is"
            f" {magnitude(value):.0%}."
        )


def money(value: Any) -> None:
    """Prove that a tariff, one amount or many by id, has no amount below zero."""
    tariff = value if isinstance(value, Mapping) else {None: value}
    odd = {name: amount for name, amount in tariff.items() if not magnitude(amount) >= 0}
    for name, amount in list(odd.items())[:1]:
        of = "" if name is None else f" of {name!r}"
        more = f" and {len(odd) - 1:,} more" if len(odd) > 1 else ""
        raise InvalidArgumentError(
            f"the amount{of} must be a number >= 0, such as '3.50'; got {amount!s}{more}. Costs are"
            " given as positive figures."
        )


def amounts_of(what: str) -> Rule:
    """Rule that products use, or weigh, numbers that are not negative."""

    def rule(given: Any) -> None:
        for name, use in given.items() if isinstance(given, Mapping) else ():
            if not magnitude(use) >= 0:
                raise InvalidArgumentError(
                    f"the {what} of product {name!r} must be a number >= 0; got {use!s}."
                )

    return rule


def a_word(of: object, name: str) -> Rule:
    """Rule that a value is one of the words of a Literal."""
    return lambda value: check.choice(value, of, name)


RETURNS: Final = kept(a_word(ReturnRule, "returns"))
"""Of fields that hold a rule of returns."""


def magnitude(value: Any) -> float:
    """Return roughly what number *value* is, or is the text of; NaN if none, or not finite."""
    for read in (float, Fraction):
        try:
            number = float(read(value))
        except (TypeError, ValueError, OverflowError, ZeroDivisionError):
            continue
        return number if np.isfinite(number) else float("nan")
    return float("nan")
