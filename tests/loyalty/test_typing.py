"""A type checker and the library agree: what one takes the other takes, and so for refusals."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import crmkit as ck

SEEN = Path(__file__).parents[2] / "typing_tests" / "loyalty.py"
REFUSED_FROM = "# What must not pass:"
TEXT = SEEN.read_text(encoding="utf-8")
FIRST_REFUSED = TEXT[: TEXT.index(REFUSED_FROM)].count("\n")


def _statements(*, refused: bool) -> list[ast.stmt]:
    body = ast.parse(TEXT).body
    return [each for each in body if (each.lineno > FIRST_REFUSED) == refused]


@cache
def _names() -> dict[str, Any]:
    """Run all that a type checker takes."""
    names: dict[str, Any] = {}
    taken = ast.Module(_statements(refused=False), type_ignores=[])
    exec(compile(taken, SEEN.name, "exec"), names)
    return names


def test_what_a_type_checker_takes_runs() -> None:
    assert _names()["ledger"].balances().of("ann") == 10


@pytest.mark.parametrize("statement", _statements(refused=True), ids=ast.unparse)
def test_what_a_type_checker_refuses_is_refused(statement: ast.stmt) -> None:
    with pytest.raises((ck.errors.InvalidArgumentError, TypeError, AttributeError)):
        exec(ast.unparse(statement), dict(_names()))
