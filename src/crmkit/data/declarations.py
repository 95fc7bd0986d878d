"""Declarations (cut points, rules) to plain dicts and back, ready for JSON, YAML or a database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_origin

import attrs
import cattrs
import numpy as np

from crmkit.errors import CrmkitError, InvalidArgumentError

T = TypeVar("T", bound=attrs.AttrsInstance)


def _is_array(kind: object) -> bool:
    return kind is np.ndarray or get_origin(kind) is np.ndarray


_converter = cattrs.Converter(forbid_extra_keys=True)
_converter.register_unstructure_hook_func(_is_array, lambda array: array.tolist())
_converter.register_structure_hook_func(_is_array, lambda values, _: np.asarray(values))


def _said(error: BaseException, kind: type | None) -> str:
    return str(error) if isinstance(error, CrmkitError) else cattrs.v.format_exception(error, kind)


def to_dict(declaration: attrs.AttrsInstance) -> dict[str, Any]:
    """Return a declaration as dicts, lists, numbers and text."""
    plain: dict[str, Any] = _converter.unstructure(declaration)
    return plain


def from_dict(kind: type[T], plain: Mapping[str, Any]) -> T:
    """Return the declaration that `to_dict` made *plain* of.

    Raises:
        InvalidArgumentError: missing, unknown or unreadable entries, all of them named.
    """
    try:
        return _converter.structure(plain, kind)
    except cattrs.BaseValidationError as error:
        problems = "; ".join(cattrs.transform_error(error, format_exception=_said))
        raise InvalidArgumentError(f"this is no {kind.__name__}: {problems}.") from error
