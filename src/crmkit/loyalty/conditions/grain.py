"""What a condition is about, and which money it looks at."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from crmkit.loyalty.declaration.reading import word


class Grain(StrEnum):
    """What a condition is about: a line, a basket, or an account at a time.

    Examples:
        >>> from crmkit.loyalty import Field
        >>> Field("category").isin({"produce"}).grain
        <Grain.LINE: 'line'>
    """

    LINE = "line"
    BASKET = "basket"
    ACCOUNT = "account"


class MoneyBase(StrEnum):
    """Which money of a basket: before discounts, what is left of it, or what earns.

    Examples:
        >>> from crmkit.loyalty import MoneyBase
        >>> MoneyBase("original")
        <MoneyBase.ORIGINAL: 'original'>
    """

    ORIGINAL = "original"
    CURRENT = "current"
    BASIS = "basis"


IntoMoneyBase: TypeAlias = MoneyBase | Literal["original", "current", "basis"]


def into_money_base(value: IntoMoneyBase) -> MoneyBase:
    """Read which money is meant."""
    return word(MoneyBase, value)


class ThresholdSide(StrEnum):
    """Whether reaching a threshold is enough, or it must be passed.

    Examples:
        >>> from crmkit.loyalty import ThresholdSide
        >>> ThresholdSide("at_least")
        <ThresholdSide.AT_LEAST: 'at_least'>
    """

    AT_LEAST = "at_least"
    ABOVE = "above"


IntoThresholdSide: TypeAlias = ThresholdSide | Literal["at_least", "above"]


def into_threshold_side(value: IntoThresholdSide) -> ThresholdSide:
    """Read whether reaching a threshold is enough."""
    return word(ThresholdSide, value)


def finest(grains: list[Grain]) -> Grain:
    """Return the finest of some grains: a line is finer than a basket."""
    for grain in (Grain.LINE, Grain.BASKET):
        if grain in grains:
            return grain
    return Grain.ACCOUNT
