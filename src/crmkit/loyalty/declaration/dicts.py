"""Declarations as plain dicts and back, by cattrs.

Each declaration becomes a dict of its fields and its "type"; exact numbers become text, so that
JSON and YAML keep them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import ModuleType
from typing import Any, TypeVar

import attrs
import cattrs

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.declaration import (
    amounts,
    caps,
    earning,
    events,
    groups,
    policies,
    redemption,
    tiers,
)
from crmkit.loyalty.discounts import amounts as discount_amounts
from crmkit.loyalty.discounts import policy as discount_policy
from crmkit.loyalty.discounts import rules as discount_rules

D = TypeVar("D")

_MODULES: tuple[ModuleType, ...] = (
    amounts,
    caps,
    earning,
    events,
    groups,
    policies,
    redemption,
    tiers,
    discount_amounts,
    discount_policy,
    discount_rules,
)


def plain(declaration: Any) -> dict[str, Any]:
    """Return a declaration as dicts, lists, texts and whole numbers."""
    as_dict: dict[str, Any] = _converter.unstructure(declaration)
    return as_dict


def declaration_of(given: Mapping[str, Any], kind: type[D]) -> D:
    """Read a *kind* of declaration from what `plain` wrote."""
    check.instance(given, Mapping, "the dict of a programme", "to_dict() writes one.")
    read = _read({"type": kind.__name__, **given}, _classes() | {kind.__name__: kind})
    check.instance(read, kind, "the dict", f"Its 'type' must be {kind.__name__!r}.")
    return read  # type: ignore[no-any-return]


def _tagged(declaration: Any) -> dict[str, Any]:
    fields = (f for f in attrs.fields(type(declaration)) if f.init)
    values = {f.alias: _converter.unstructure(getattr(declaration, f.name)) for f in fields}
    return {"type": type(declaration).__name__, **values}


def _listed(values: Any) -> list[Any]:
    return [_converter.unstructure(value) for value in values]


def _mapped(values: Any) -> dict[Any, Any]:
    return {key: _converter.unstructure(value) for key, value in values.items()}


_converter = cattrs.Converter()
_converter.register_unstructure_hook_func(attrs.has, _tagged)
_converter.register_unstructure_hook(tuple, _listed)
_converter.register_unstructure_hook(FrozenMapping, _mapped)
_converter.register_unstructure_hook(StrEnum, lambda member: member.value)
for _exact in (Fraction, Decimal):
    _converter.register_unstructure_hook(_exact, str)
for _moment in (dt.date, dt.datetime, dt.time):
    _converter.register_unstructure_hook(_moment, lambda moment: moment.isoformat())


# --- back ----------------------------------------------------------------------------------------


def _classes() -> dict[str, type]:
    kinds = [kind for module in _MODULES for kind in vars(module).values()]
    named = {k.__name__: k for k in kinds if isinstance(k, type) and attrs.has(k)}
    return named | {kind.__name__: kind for kind in _below(Condition)}


def _below(kind: type) -> Iterator[type]:
    children: list[type] = kind.__subclasses__()
    for child in children:
        yield child
        yield from _below(child)


def _read(value: Any, kinds: Mapping[str, type]) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_read(one, kinds) for one in value)
    if not isinstance(value, Mapping):
        return value
    inside = {key: _read(one, kinds) for key, one in value.items() if key != "type"}
    if "type" not in value:
        return inside
    return _made(_kind(value["type"], kinds), inside)


def _kind(named: Any, kinds: Mapping[str, type]) -> type:
    if named not in kinds:
        raise InvalidArgumentError(
            f"no declaration is called {named!r}." + check.hint(named, kinds)
        )
    return kinds[named]


def _made(kind: type, values: Mapping[str, Any]) -> Any:
    fields = [f.alias for f in attrs.fields(kind) if f.init]
    unknown = [name for name in values if name not in fields]
    needed = [f.alias for f in attrs.fields(kind) if f.init and f.default is attrs.NOTHING]
    problems = [f"no field {name!r}.{check.hint(name, fields)}" for name in unknown]
    problems += [f"{name!r} is missing." for name in needed if name not in values]
    if problems:
        raise InvalidArgumentError("\n".join(f"{kind.__name__}: {problem}" for problem in problems))
    return kind(**values)
