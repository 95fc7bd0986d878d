"""Conditions on a basket: what is in it, where it was bought, how it was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions import reading as read
from crmkit.loyalty.conditions.fields import FieldIn
from crmkit.loyalty.conditions.grain import (
    Grain,
    MoneyBase,
    ThresholdSide,
    into_money_base,
    into_threshold_side,
)
from crmkit.loyalty.conditions.logic import Always, Condition, Never
from crmkit.loyalty.declaration.reading import checked, collecting, optional


def _of_lines(value: object) -> Condition:
    if isinstance(value, Condition) and (value.grain == Grain.LINE or _is_plain(value)):
        return value
    raise InvalidArgumentError(
        f"expected a condition on lines, such as Field('category').isin({{'wine'}}); got {value!r}."
    )


def _is_plain(value: Condition) -> bool:
    return isinstance(value, Always | Never)


def _total(value: read.IntoNumber) -> Decimal:
    return read.number(value, "'50.00'")


def _units(value: read.IntoNumber) -> Decimal:
    return read.number(value, "6")


def _products(value: Condition | read.IntoIds) -> Condition:
    return _of_lines(value if isinstance(value, Condition) else FieldIn("product", value))


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class BasketTotal(Condition):
    """The money of the basket reaches a threshold; returned goods do not count.

    Attributes:
        at_least: the threshold, such as "50.00".
        money: which money: what earns, before discounts, or what earlier discounts left.
        of: only lines for which this holds.
        side: whether reaching the threshold is enough.

    Raises:
        InvalidArgumentError: a threshold that is no amount, or a condition that is not on lines.

    Examples:
        >>> from crmkit.loyalty import BasketTotal
        >>> BasketTotal("50.00").at_least
        Decimal('50.00')
    """

    _grain: ClassVar[Grain] = Grain.BASKET

    at_least: Decimal = attrs.field(converter=_total)
    money: MoneyBase = attrs.field(default=MoneyBase.BASIS, kw_only=True, converter=into_money_base)
    of: Condition | None = attrs.field(
        default=None, kw_only=True, validator=checked(optional(_of_lines))
    )
    side: ThresholdSide = attrs.field(
        default=ThresholdSide.AT_LEAST, kw_only=True, converter=into_threshold_side
    )


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class BasketQuantity(Condition):
    """The units in the basket reach a threshold; returned goods do not count.

    Attributes:
        at_least: the threshold, units.
        of: only lines for which this holds.

    Raises:
        InvalidArgumentError: a threshold that is no number, or a condition that is not on lines.

    Examples:
        >>> from crmkit.loyalty import BasketQuantity, Field
        >>> BasketQuantity(6, of=Field("category").isin({"wine"})).at_least
        Decimal('6')
    """

    _grain: ClassVar[Grain] = Grain.BASKET

    at_least: Decimal = attrs.field(converter=_units)
    of: Condition | None = attrs.field(
        default=None, kw_only=True, validator=checked(optional(_of_lines))
    )


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class HasProducts(Condition):
    """The basket has a line for which a condition holds, or one of some products.

    Attributes:
        of: a condition on lines; a set of products is read as one.

    Examples:
        >>> from crmkit.loyalty import Field, HasProducts
        >>> ~HasProducts(Field("category").isin({"gift card"}))
        ~HasProducts(Field('category').isin({'gift card'}))
        >>> HasProducts({"milk"})
        HasProducts(Field('product').isin({'milk'}))
    """

    _grain: ClassVar[Grain] = Grain.BASKET

    of: Condition = attrs.field(converter=_products)


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class _OneOf(Condition):
    _grain: ClassVar[Grain] = Grain.BASKET

    names: tuple[Any, ...] = attrs.field(converter=read.words)


@attrs.frozen(repr=False, cache_hash=True)
class Channel(_OneOf):
    """The basket was bought through one of some channels; needs the attribute "channel".

    Attributes:
        names: the channels.

    Examples:
        >>> from crmkit.loyalty import Channel
        >>> Channel({"web", "app"})
        Channel({'app', 'web'})
    """


@attrs.frozen(repr=False, cache_hash=True)
class Store(_OneOf):
    """The basket was bought in one of some stores; needs the attribute "store".

    Attributes:
        names: the stores.

    Examples:
        >>> from crmkit.loyalty import Store
        >>> Store({"north"})
        Store({'north'})
    """


@attrs.frozen(repr=False, cache_hash=True)
class Tender(_OneOf):
    """Part of the basket was paid by one of some tenders; needs `History(payments=...)`.

    Attributes:
        names: the tenders.

    Examples:
        >>> from crmkit.loyalty import Tender
        >>> Tender({"own card"})
        Tender({'own card'})
    """
