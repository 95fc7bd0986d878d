"""The words of discounts: what systems do differently, as closed sets."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from crmkit.loyalty.declaration.reading import word


class Rounded(StrEnum):
    """Which figure is rounded: the discount, or the price that it leaves.

    They differ on halves: 25 % off 2.10 is 0.525; half up that is 0.53 off, or a price of 1.58.

    Examples:
        >>> from crmkit.loyalty import Rounded
        >>> Rounded("price")
        <Rounded.PRICE: 'price'>
    """

    DISCOUNT = "discount"
    PRICE = "price"


IntoRounded: TypeAlias = Rounded | Literal["discount", "price"]


def into_rounded(value: IntoRounded) -> Rounded:
    """Read which figure is rounded."""
    return word(Rounded, value)


class ThresholdBase(StrEnum):
    """Which prices reach a threshold: those before any discount, or those at the rule's turn.

    Examples:
        >>> from crmkit.loyalty import ThresholdBase
        >>> ThresholdBase("original")
        <ThresholdBase.ORIGINAL: 'original'>
    """

    ORIGINAL = "original"
    CURRENT = "current"


IntoThresholdBase: TypeAlias = ThresholdBase | Literal["original", "current"]


def into_threshold_base(value: IntoThresholdBase) -> ThresholdBase:
    """Read which prices reach a threshold."""
    return word(ThresholdBase, value)


class FreeUnits(StrEnum):
    """Whether the units given are among those of the basket, or come on top of them.

    Examples:
        >>> from crmkit.loyalty import FreeUnits
        >>> FreeUnits("included")
        <FreeUnits.INCLUDED: 'included'>
    """

    INCLUDED = "included"
    ADDED = "added"


IntoFreeUnits: TypeAlias = FreeUnits | Literal["included", "added"]


def into_free_units(value: IntoFreeUnits) -> FreeUnits:
    """Read where free units are."""
    return word(FreeUnits, value)


class UnitOrder(StrEnum):
    """Which units are given: the cheapest of all, or the cheapest of each group.

    Groups are filled from the dearest unit down, which is kinder to the customer: of six units
    of 6, 5, 4, 3, 2 and 1, every third one free is 2 + 1, or 4 + 1 group by group.

    Examples:
        >>> from crmkit.loyalty import UnitOrder
        >>> UnitOrder("cheapest")
        <UnitOrder.CHEAPEST: 'cheapest'>
    """

    CHEAPEST = "cheapest"
    GROUPED = "grouped"


IntoUnitOrder: TypeAlias = UnitOrder | Literal["cheapest", "grouped"]


def into_unit_order(value: IntoUnitOrder) -> UnitOrder:
    """Read which units are given."""
    return word(UnitOrder, value)
