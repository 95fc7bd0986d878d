"""What a discount rule takes off: a percentage, money, units, or a price of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.reading import (
    IntoAmount,
    checked,
    collecting,
    is_read,
    refuse_unread,
)
from crmkit.loyalty.discounts.words import FreeUnits, UnitOrder, into_free_units, into_unit_order
from crmkit.typing import IntoRate

Pairs: TypeAlias = tuple[tuple[Any, Any], ...]
IntoSteps: TypeAlias = (
    Mapping[str, IntoRate]
    | Mapping[int, IntoRate]
    | Mapping[Decimal, IntoRate]
    | Sequence[tuple[IntoAmount, IntoRate]]
)
"""Percentages by threshold, such as {"20.00": 15}."""
IntoPrices: TypeAlias = (
    Mapping[str, IntoAmount] | Mapping[int, IntoAmount] | Sequence[tuple[str | int, IntoAmount]]
)
"""Prices by product, such as {"milk": "0.99"}."""
IntoLevels: TypeAlias = Mapping[str, IntoPrices] | Sequence[tuple[str, IntoPrices]]
"""Prices by tier and product, such as {"gold": {"milk": "0.99"}}."""
IntoProducts: TypeAlias = str | int | Sequence[str | int] | AbstractSet[str | int]
"""Ids of products, or one alone."""


def _money_or_none(value: IntoAmount | None) -> Decimal | None:
    return None if value is None else read.money(value)


def _percent(value: IntoRate) -> Fraction:
    number = read.factor(value)
    if not 0 < number <= 100:
        raise InvalidArgumentError(f"expected a percentage above 0 and up to 100; got {value!r}.")
    return number


def _percent_or_none(value: IntoRate) -> Fraction:
    return Fraction(0) if value in (0, "0") else _percent(value)


def _pairs(value: Any, shape: str) -> Pairs:
    """Read a mapping, or the pairs that a dict of a programme keeps it as."""
    if isinstance(value, Mapping):
        return tuple(value.items())
    pairs = tuple(value) if isinstance(value, list | tuple) else ()
    if not pairs or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise InvalidArgumentError(f"expected {shape}; got {value!r}.")
    return tuple((first, second) for first, second in pairs)


def _steps(value: IntoSteps) -> Pairs:
    pairs = _pairs(value, "percentages by threshold such as {'20.00': 15}")
    steps = sorted((read.money(total), _percent(percent)) for total, percent in pairs)
    if not steps or len({total for total, _ in steps}) < len(steps):
        raise InvalidArgumentError(f"expected different thresholds, one at least; got {value!r}.")
    return tuple(steps)


def _levels(value: IntoLevels) -> Pairs:
    shape = "prices by tier and product such as {'gold': {'milk': '0.99'}}"
    levels = ((read.name(tier), _prices(prices)) for tier, prices in _pairs(value, shape))
    return tuple(sorted(levels, key=lambda level: level[0]))


def _prices(value: IntoPrices) -> Pairs:
    pairs = _pairs(value, "prices by product such as {'milk': '0.99'}")
    prices = ((product, read.not_negative_money(price)) for product, price in pairs)
    return tuple(sorted(prices, key=lambda pair: str(pair[0])))


def _products(value: IntoProducts) -> tuple[Any, ...]:
    if isinstance(value, str | int):
        return (value,)
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        raise InvalidArgumentError(f"expected ids of products such as {{'mug'}}; got {value!r}.")
    return tuple(sorted(value, key=str))


@attrs.frozen(field_transformer=collecting)
class PercentOff:
    """A percentage off the selected lines.

    The rule's scope says whether it is rounded, and limited, on each line or once on the basket.
    The cheapest item free is `PercentOff(100, max_units=1)`.

    Attributes:
        percent: above 0 and up to 100.
        max_amount: most money that it takes off.
        max_units: how many units it reaches, the cheapest first; all if left out.

    Raises:
        InvalidArgumentError: a percentage, money or number of units that is none.

    Examples:
        >>> from crmkit.loyalty import PercentOff
        >>> PercentOff("12.5", max_amount="9.00")
        PercentOff(percent=Fraction(25, 2), max_amount=Decimal('9.00'), max_units=None)
    """

    percent: Fraction = attrs.field(converter=_percent)
    max_amount: Decimal | None = attrs.field(default=None, kw_only=True, converter=_money_or_none)
    max_units: int | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.whole(1)))
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "PercentOff")


@attrs.frozen(field_transformer=collecting)
class AmountOff:
    """Money off the selected lines: once, or for each unit; never more than they cost.

    Taken off a basket it is spread over its selected lines in proportion to what they cost.

    Attributes:
        amount: money, such as "5.00".
        each_unit: off every unit, instead of once.
        max_units: how many units it reaches, the cheapest first; all if left out.

    Raises:
        InvalidArgumentError: money or units that are none, or money as a float.

    Examples:
        >>> from crmkit.loyalty import AmountOff
        >>> AmountOff("0.50", each_unit=True)
        AmountOff(amount=Decimal('0.50'), each_unit=True, max_units=None)
    """

    amount: Decimal = attrs.field(converter=read.money)
    each_unit: bool = attrs.field(default=False, kw_only=True, validator=checked(read.flag))
    max_units: int | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.whole(1)))
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "AmountOff")


@attrs.frozen(field_transformer=collecting)
class BuyGet:
    """Buy so many, get so many free, or at a percentage off.

    Systems read "buy 3, get 1" in two ways. With the free units `INCLUDED` in the basket, four
    units make a group, of which one is free. With free units `ADDED` by the shop, three units in
    the basket earn a fourth on top: prices stay, and the units given are counted.

    Attributes:
        buy: units paid in each group.
        get: units given in each group.
        percent: what is taken off the units given.
        free: whether they are in the basket, or come on top.
        order: which units are given.
        max_groups: how often it holds per basket (per line under line scope); as often as it can
            if left out.

    Raises:
        InvalidArgumentError: numbers that are none, or a percentage off units that come on top.

    Examples:
        >>> from crmkit.loyalty import BuyGet
        >>> BuyGet(2, 1)
        BuyGet(2, 1, 100 % off, included, cheapest)
    """

    buy: int = attrs.field(validator=checked(read.whole(1)))
    get: int = attrs.field(validator=checked(read.whole(1)))
    percent: Fraction = attrs.field(default=Fraction(100), kw_only=True, converter=_percent)
    free: FreeUnits = attrs.field(
        default=FreeUnits.INCLUDED, kw_only=True, converter=into_free_units
    )
    order: UnitOrder = attrs.field(
        default=UnitOrder.CHEAPEST, kw_only=True, converter=into_unit_order
    )
    max_groups: int | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.whole(1)))
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        added = self.free == FreeUnits.ADDED
        odd = added and is_read(self.percent) and self.percent != 100
        refuse_unread(self, "BuyGet", *(["percent: units that come on top are free."] * odd))

    def __repr__(self) -> str:
        """Show the offer as a shop would write it."""
        off = f"{float(self.percent):g} % off"
        return f"BuyGet({self.buy}, {self.get}, {off}, {self.free.value}, {self.order.value})"


@attrs.frozen(field_transformer=collecting)
class TieredPercent:
    """A percentage off that grows with the total of the basket.

    The total is that of all lines, as the policy's threshold base sees them; a total that equals
    a threshold has reached it.

    Attributes:
        base: percentage below the first threshold; 0 is none.
        steps: percentages by threshold, such as {"20.00": 15, "30.00": 20}; kept as pairs.

    Raises:
        InvalidArgumentError: percentages or thresholds that are none, or money as a float.

    Examples:
        >>> from crmkit.loyalty import TieredPercent
        >>> TieredPercent(10, {"20.00": 15}).steps
        ((Decimal('20.00'), Fraction(15, 1)),)
    """

    base: Fraction = attrs.field(converter=_percent_or_none)
    steps: tuple[tuple[Decimal, Fraction], ...] = attrs.field(converter=_steps)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "TieredPercent")


@attrs.frozen(field_transformer=collecting)
class FlexiRate:
    """Money off the first unit, and other money off each unit more; parts of a unit count none.

    Attributes:
        first: off the first unit.
        additional: off each unit after it.
        max_units: how many units count; all if left out.

    Raises:
        InvalidArgumentError: money or units that are none, or money as a float.

    Examples:
        >>> from crmkit.loyalty import FlexiRate
        >>> FlexiRate("1.13", "2.11", max_units=5)
        FlexiRate(first=Decimal('1.13'), additional=Decimal('2.11'), max_units=5)
    """

    first: Decimal = attrs.field(converter=read.not_negative_money)
    additional: Decimal = attrs.field(converter=read.not_negative_money)
    max_units: int | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.whole(1)))
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "FlexiRate")


@attrs.frozen(field_transformer=collecting)
class PriceLevel:
    """Prices of their own for the members of a tier; a dearer one never raises a price.

    A tier that is not named has no prices of its own, those above a named one included.

    Attributes:
        levels: price of a unit by tier and product, such as {"gold": {"milk": "0.99"}}; kept as
            pairs.

    Raises:
        InvalidArgumentError: prices that are none, or money as a float.

    Examples:
        >>> from crmkit.loyalty import PriceLevel
        >>> PriceLevel({"gold": {"milk": "0.99"}}).tiers
        ('gold',)
    """

    levels: tuple[tuple[str, tuple[tuple[Any, Decimal], ...]], ...] = attrs.field(converter=_levels)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "PriceLevel")

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers that have prices of their own."""
        return tuple(tier for tier, _ in self.levels)


@attrs.frozen(field_transformer=collecting)
class CatalogueReward:
    """A product free for points: one unit for every so many points redeemed on this rule.

    Attributes:
        products: ids of the products to choose from.
        points: points of one unit.

    Raises:
        InvalidArgumentError: no products, or points that are none.

    Examples:
        >>> from crmkit.loyalty import CatalogueReward
        >>> CatalogueReward({"mug"}, points=500)
        CatalogueReward(products=('mug',), points=500)
    """

    products: tuple[Any, ...] = attrs.field(converter=_products)
    points: int = attrs.field(validator=checked(read.whole(1)))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "CatalogueReward")


@attrs.frozen(field_transformer=collecting)
class PerPoint:
    """Money off for each point redeemed on this rule.

    Attributes:
        amount: money of one point, such as "0.01"; it may be finer than a cent.

    Raises:
        InvalidArgumentError: money that is none, or a float.

    Examples:
        >>> from crmkit.loyalty import PerPoint
        >>> PerPoint("0.005")
        PerPoint(amount=Decimal('0.005'))
    """

    amount: Decimal = attrs.field(converter=read.money)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "PerPoint")


Discount: TypeAlias = (
    PercentOff
    | AmountOff
    | BuyGet
    | TieredPercent
    | FlexiRate
    | PriceLevel
    | CatalogueReward
    | PerPoint
)
"""What a discount rule may take off."""
KINDS: tuple[type, ...] = (
    PercentOff,
    AmountOff,
    BuyGet,
    TieredPercent,
    FlexiRate,
    PriceLevel,
    CatalogueReward,
    PerPoint,
)
