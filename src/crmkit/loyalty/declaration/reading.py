"""Read what people write in a declaration, and tell all that is wrong with it at once.

A field that is read into something else has a named function as its `converter`; one that stays as
it was written has a `validator`. Both stand in plain sight, so that type checkers learn from them
what a caller may write. `collecting` makes attrs go on where one field cannot be read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

import attrs

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError
from crmkit.typing import IntoRate

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)
Reader: TypeAlias = Callable[[Any], Any]
IntoAmount: TypeAlias = str | int | Decimal
"""An amount of money in a rule: "1.00", 1, Decimal("1.00"), and never a float."""


@attrs.frozen(eq=False, repr=False)
class Unread:
    """A value that could not be read, and why; no declaration that holds one is handed out."""

    given: object
    message: str

    def __repr__(self) -> str:
        """Read as it was written, so that an error may name a rule by an id that is none."""
        return repr(self.given)


def collecting(_: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """Make fields keep what is wrong with them; call `refuse_unread` after all are set.

    Given to `attrs.frozen(field_transformer=...)`.
    """
    return [field.evolve(converter=_collected(field), validator=None) for field in fields]


def _collected(field: attrs.Attribute[Any]) -> Reader:
    """Join a field's converter and validator, and catch what they raise."""
    read: Any = field.converter
    validate = field.validator

    def convert(value: Any) -> Any:
        try:
            made = read(value) if read else value
            if validate:
                validate(None, field, made)
        except InvalidArgumentError as error:
            return Unread(value, str(error))
        return made

    # What help() says of the argument.
    convert.__annotations__["value"] = _argument_of(read) if read else field.type
    return convert


def _argument_of(read: Reader) -> Any:
    first, *_ = inspect.signature(read).parameters.values()
    return first.annotation


def checked(read: Reader) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """Return the validator of a field whose value stays as it was written, if *read* takes it."""

    def validate(_: Any, __: attrs.Attribute[Any], value: Any) -> None:
        read(value)

    return validate


def refuse_unread(declaration: Any, where: str, *more: str) -> None:
    """Raise one error with all fields of *declaration* that could not be read, and *more*."""
    values = ((f.name, getattr(declaration, f.name)) for f in attrs.fields(type(declaration)))
    problems = [f"{where}: {name}: {v.message}" for name, v in values if isinstance(v, Unread)]
    problems += [f"{where}: {problem}" for problem in more]
    if problems:
        raise InvalidArgumentError("\n".join(problems))


def is_read(*values: object) -> bool:
    """Say whether all *values* could be read, so that they can be compared."""
    return not any(isinstance(value, Unread) for value in values)


# --- readers -------------------------------------------------------------------------------------


def word(kind: type[Word], value: object) -> Word:
    """Read one word of an enumeration."""
    for member in kind:
        if value == member.value:
            return member
    words = [member.value for member in kind]
    raise InvalidArgumentError(
        f"expected one of {', '.join(map(repr, words))}; got {value!r}." + check.hint(value, words)
    )


def whole(at_least: int) -> Callable[[Any], int]:
    """Read a whole number that is not below *at_least*."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < at_least:
            raise InvalidArgumentError(f"expected a whole number >= {at_least}; got {value!r}.")
        return value

    return read


def money(value: IntoAmount) -> Decimal:
    """Read an amount of money above zero; a float is no amount in a rule."""
    amount = not_negative_money(value)
    if amount == 0:
        raise InvalidArgumentError("expected an amount above zero; got 0.")
    return amount


def not_negative_money(value: IntoAmount) -> Decimal:
    """Read an amount of money."""
    if isinstance(value, float):
        raise InvalidArgumentError(
            f"money in a rule is a text, a whole number or a Decimal; got the float {value!r}."
            f" Write '{value!r}'."
        )
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidArgumentError(f"expected an amount such as '1.00'; got {value!r}.")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidArgumentError(f"expected an amount such as '1.00'; got {value!r}.") from None
    if not amount.is_finite() or amount < 0:
        raise InvalidArgumentError(f"expected an amount that is not negative; got {value!r}.")
    return amount


def factor(value: IntoRate) -> Fraction:
    """Read an exact number that is not negative; a float is the decimal that it prints."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal | Fraction):
        raise InvalidArgumentError(f"expected a number such as '1.5'; got {value!r}.")
    try:
        number = Fraction(str(value) if isinstance(value, float) else value)
    except (ValueError, OverflowError, ZeroDivisionError):
        raise InvalidArgumentError(f"expected a number such as '1.5'; got {value!r}.") from None
    if number < 0:
        raise InvalidArgumentError(f"expected a number that is not negative; got {value!r}.")
    return number


def share(value: IntoRate) -> Fraction:
    """Read a share of a whole, 0 to 1."""
    number = factor(value)
    if number > 1:
        raise InvalidArgumentError(f"expected a share from 0 to 1; got {value!r}.")
    return number


def flag(value: Any) -> bool:
    """Read yes or no."""
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"expected True or False; got {value!r}.")
    return value


def name(value: Any) -> str:
    """Read a name that is not empty."""
    if not isinstance(value, str) or not value:
        raise InvalidArgumentError(f"expected a name; got {value!r}.")
    return value


def one_of(*kinds: type) -> Reader:
    """Read a declaration of one of some kinds."""

    def read(value: Any) -> Any:
        if not isinstance(value, kinds):
            names = " or ".join(kind.__name__ for kind in kinds)
            raise InvalidArgumentError(f"expected {names}; got {value!r}.")
        return value

    return read


def optional(read: Reader) -> Reader:
    """Read a value that may be left out."""
    return lambda value: None if value is None else read(value)


def several(read: Reader) -> Callable[[Any], tuple[Any, ...]]:
    """Read a list or tuple of values, or one alone."""

    def read_all(value: Any) -> tuple[Any, ...]:
        given = value if isinstance(value, list | tuple) else (value,)
        return tuple(read(one) for one in given)

    return read_all


def shares(value: Mapping[str, IntoRate]) -> FrozenMapping[Fraction]:
    """Read shares by name that make at most a whole."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(
            f"expected shares by name such as {{'acme': '0.5'}}; got {value!r}."
        )
    read = {name(who): share(part) for who, part in value.items()}
    if sum(read.values()) > 1:
        total = float(sum(read.values()))
        raise InvalidArgumentError(f"the shares make {total:g}, which is more than 1.")
    return FrozenMapping(dict(sorted(read.items())))
