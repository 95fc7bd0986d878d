"""What people write in a declaration is read, and all that is wrong with it is told at once."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from crmkit import loyalty
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import Cap, EarnRule, Group, PerSpend, Tiers


def _readers() -> Iterator[Callable[[Any], Any]]:
    for found in pkgutil.walk_packages(loyalty.__path__, "crmkit.loyalty."):
        functions = inspect.getmembers(importlib.import_module(found.name), inspect.isfunction)
        for _, function in functions:
            if list(inspect.signature(function).parameters) == ["value"]:
                yield function


def _taken(reader: Callable[[Any], Any]) -> tuple[Any, ...]:
    return get_args(get_type_hints(reader)["value"])


def _literals(reader: Callable[[Any], Any]) -> list[Any]:
    literals = [kind for kind in _taken(reader) if get_origin(kind) is Literal]
    return [word for literal in literals for word in get_args(literal)]


def _enums(reader: Callable[[Any], Any]) -> list[type[StrEnum]]:
    kinds = [kind for kind in _taken(reader) if inspect.isclass(kind)]
    return [kind for kind in kinds if issubclass(kind, StrEnum)]


READERS_OF_WORDS = sorted(
    {reader for reader in _readers() if _enums(reader)}, key=lambda reader: reader.__qualname__
)


def test_each_closed_set_of_words_has_a_reader() -> None:
    read = {enum.__name__ for reader in READERS_OF_WORDS for enum in _enums(reader)}
    public = [value for value in vars(loyalty).values() if inspect.isclass(value)]
    words = {kind.__name__ for kind in public if issubclass(kind, StrEnum)}

    # Conditions have a grain, explanations and findings a reason; nobody writes them.
    assert words - read == {"FindingKind", "Grain", "ReasonCode", "RedemptionCode"}


@pytest.mark.parametrize("reader", READERS_OF_WORDS, ids=lambda one: one.__name__)
def test_type_checkers_know_the_words_that_are_read(reader: Callable[[Any], Any]) -> None:
    (enum,) = _enums(reader)

    assert _literals(reader) == [member.value for member in enum]
    assert [reader(word) for word in _literals(reader)] == list(enum)
    assert [reader(member) for member in enum] == list(enum)
    with pytest.raises(InvalidArgumentError, match="expected one of .*; got 'no such word'"):
        reader("no such word")


def test_all_fields_that_cannot_be_read_are_in_one_error() -> None:
    declare: Any = EarnRule  # a type checker would refuse each of them

    with pytest.raises(InvalidArgumentError) as error:
        declare("base", amount=2, scope="lines", priority=1.5, funding={"acme": 2})

    assert str(error.value).splitlines() == [
        "rule 'base': amount: expected PerSpend or PerUnit or Flat or Multiply; got 2.",
        "rule 'base': scope: expected one of 'line', 'basket'; got 'lines'. Hint: did you mean"
        " 'line'?",
        "rule 'base': priority: expected a whole number >= -2147483648; got 1.5.",
        "rule 'base': funding: expected a share from 0 to 1; got 2.",
    ]


def test_groups_tell_what_is_wrong_as_rules_do() -> None:
    declare: Any = Group

    with pytest.raises(InvalidArgumentError, match="group '': name: expected a name") as error:
        declare("", "summ")

    assert "resolution: expected one of 'sum'," in str(error.value)


def test_signatures_say_what_may_be_written() -> None:
    said = {kind: inspect.signature(kind).parameters for kind in (Cap, PerSpend, EarnRule, Tiers)}

    assert said[Cap]["per"].annotation == "IntoWindow"
    assert said[PerSpend]["per"].annotation == "IntoAmount"
    assert said[EarnRule]["caps"].annotation == "Cap | Sequence[Cap]"
    assert said[Tiers]["grace_days"].annotation == "int"
