"""The words of discounts: what systems do differently, as closed sets."""

from __future__ import annotations

from enum import StrEnum


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


class ThresholdBase(StrEnum):
    """Which prices reach a threshold: those before any discount, or those at the rule's turn.

    Examples:
        >>> from crmkit.loyalty import ThresholdBase
        >>> ThresholdBase("original")
        <ThresholdBase.ORIGINAL: 'original'>
    """

    ORIGINAL = "original"
    CURRENT = "current"


class FreeUnits(StrEnum):
    """Whether the units given are among those of the basket, or come on top of them.

    Examples:
        >>> from crmkit.loyalty import FreeUnits
        >>> FreeUnits("included")
        <FreeUnits.INCLUDED: 'included'>
    """

    INCLUDED = "included"
    ADDED = "added"


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
