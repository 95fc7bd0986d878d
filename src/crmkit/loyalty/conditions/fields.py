"""Conditions on a line: its attributes, and its numbers."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal, Never, NoReturn, TypeAlias

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions import reading as read
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.logic import Condition, refuse_joining
from crmkit.loyalty.declaration.reading import checked, collecting, name, refuse_unread, word

NUMERIC = ("quantity", "amount", "unit_price", "cost")
"""Fields that are numbers; all others are categories."""


def _category(value: str) -> str:
    if name(value) in NUMERIC:
        raise InvalidArgumentError(
            f"{value} is a number: compare it, as in (Field({value!r}) >= '5')."
        )
    return str(value)


def _number(value: str) -> str:
    if name(value) not in NUMERIC:
        raise InvalidArgumentError(
            f"{value} is a category, which has no order: say Field({value!r}).isin({{...}})."
            f" Numbers are {', '.join(NUMERIC)}."
        )
    return str(value)


def _bound(value: read.IntoNumber) -> Decimal:
    return read.number(value, "'5.00'")


class Comparison(StrEnum):
    """How a number is compared.

    Examples:
        >>> from crmkit.loyalty import Comparison
        >>> Comparison(">=")
        <Comparison.AT_LEAST: '>='>
    """

    AT_LEAST = ">="
    ABOVE = ">"
    AT_MOST = "<="
    BELOW = "<"


IntoComparison: TypeAlias = Comparison | Literal[">=", ">", "<=", "<"]


def into_comparison(value: IntoComparison) -> Comparison:
    """Read how a number is compared."""
    return word(Comparison, value)


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class FieldIn(Condition):
    """An attribute of the line is one of some values; unknown is none of them.

    Attributes:
        field: the attribute.
        values: its values, sorted.

    Examples:
        >>> from crmkit.loyalty import Field
        >>> Field("category").isin({"produce", "floral"})
        Field('category').isin({'floral', 'produce'})
    """

    _grain: ClassVar[Grain] = Grain.LINE

    field: str = attrs.field(converter=_category)
    values: tuple[Any, ...] = attrs.field(converter=read.words)

    def __repr__(self) -> str:
        """Read as it was written."""
        values = f"{{{', '.join(map(repr, self.values))}}}" if self.values else "set()"
        return f"Field({self.field!r}).isin({values})"


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class FieldKnown(Condition):
    """An attribute of the line is known.

    Attributes:
        field: the attribute.

    Examples:
        >>> from crmkit.loyalty import Field
        >>> Field("brand").known()
        Field('brand').known()
    """

    _grain: ClassVar[Grain] = Grain.LINE

    field: str = attrs.field(converter=_category)

    def __repr__(self) -> str:
        """Read as it was written."""
        return f"Field({self.field!r}).known()"


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class FieldCompares(Condition):
    """A number of the line lies on one side of a bound.

    Attributes:
        field: quantity, amount, unit_price or cost.
        how: the comparison.
        bound: units, or money in major units.

    Examples:
        >>> from crmkit.loyalty import Field
        >>> Field("amount") >= "5.00"
        (Field('amount') >= '5.00')
    """

    _grain: ClassVar[Grain] = Grain.LINE

    field: str = attrs.field(converter=_number)
    how: Comparison = attrs.field(converter=into_comparison)
    bound: Decimal = attrs.field(converter=_bound)

    def __repr__(self) -> str:
        """Read as it was written."""
        return f"(Field({self.field!r}) {self.how} {str(self.bound)!r})"


@attrs.frozen(eq=False, hash=False, repr=False, field_transformer=collecting)
class Field:
    """A field of a line, to say conditions on: an attribute, or one of its numbers.

    Attributes:
        name: an attribute such as "category", or "product"; or "quantity", "amount", "unit_price"
            or "cost".

    Examples:
        >>> from crmkit.loyalty import Field
        >>> Field("category").isin({"produce"}) & (Field("quantity") >= 3)
        Field('category').isin({'produce'}) & (Field('quantity') >= '3')
    """

    name: str = attrs.field(validator=checked(name))

    def __attrs_post_init__(self) -> None:
        """Refuse a name that is none."""
        refuse_unread(self, "Field")

    def isin(self, values: read.IntoIds) -> FieldIn:
        """Say that the attribute is one of some values.

        Raises:
            InvalidArgumentError: the field is a number, or values that are no ids.

        Examples:
            >>> from crmkit.loyalty import Field
            >>> Field("brand").isin({"acme"})
            Field('brand').isin({'acme'})
        """
        return FieldIn(self.name, values)

    def known(self) -> FieldKnown:
        """Say that the attribute is known.

        Examples:
            >>> from crmkit.loyalty import Field
            >>> ~Field("brand").known()
            ~Field('brand').known()
        """
        return FieldKnown(self.name)

    def __ge__(self, bound: read.IntoNumber) -> FieldCompares:
        """At least."""
        return self._compared(Comparison.AT_LEAST, bound)

    def __gt__(self, bound: read.IntoNumber) -> FieldCompares:
        """More than."""
        return self._compared(Comparison.ABOVE, bound)

    def __le__(self, bound: read.IntoNumber) -> FieldCompares:
        """At most."""
        return self._compared(Comparison.AT_MOST, bound)

    def __lt__(self, bound: read.IntoNumber) -> FieldCompares:
        """Less than."""
        return self._compared(Comparison.BELOW, bound)

    def __eq__(self, other: object) -> NoReturn:
        """Refuse `==`, which would say whether two fields are the same."""
        self._refuse_equality(other, "==", "")

    def __ne__(self, other: object) -> NoReturn:
        """Refuse `!=`."""
        self._refuse_equality(other, "!=", "~")

    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: Never) -> NoReturn:
        """Refuse `&`, which joins conditions."""
        refuse_joining(self, "&")

    def __or__(self, other: Never) -> NoReturn:
        """Refuse `|`, which joins conditions."""
        refuse_joining(self, "|")

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> NoReturn:
        """Refuse `~`, which denies a condition."""
        raise self._no_condition_yet()

    def __repr__(self) -> str:
        """Read as it was written."""
        return f"Field({self.name!r})"

    def __bool__(self) -> NoReturn:
        """Refuse a field where a condition should stand."""
        raise self._no_condition_yet()

    def _no_condition_yet(self) -> InvalidArgumentError:
        return InvalidArgumentError(
            f"Field({self.name!r}) is no condition yet: say .isin({{...}}) or .known(), or compare"
            " it."
        )

    def _refuse_equality(self, other: object, sign: str, denied: str) -> NoReturn:
        right = f"{denied}Field({self.name!r}).isin({{{other!r}}})"
        if self.name in NUMERIC:
            one = f"Field({self.name!r})"
            right = f"{denied}(({one} >= {str(other)!r}) & ({one} <= {str(other)!r}))"
        raise InvalidArgumentError(f"{sign} makes no condition: write {right}.")

    def _compared(self, how: Comparison, bound: read.IntoNumber) -> FieldCompares:
        return FieldCompares(self.name, how, bound)
