"""How many points a rule gives: per spend, per unit, flat, or by multiplying."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import attrs

from crmkit.loyalty.declaration.reading import (
    checked,
    collecting,
    factor,
    flag,
    money,
    refuse_unread,
)


@attrs.frozen(field_transformer=collecting)
class PerSpend:
    """Points for money: so many *points* per so much.

    Attributes:
        points: points per step.
        per: money of a step, such as "1.00".
        whole: only whole steps count: 7 points per 2.00 on 15.50 are 49 in whole steps, and 54.25
            in proportion.

    Raises:
        InvalidArgumentError: points or money that are none, or money as a float.

    Examples:
        >>> from crmkit.loyalty import PerSpend
        >>> PerSpend(points=1, per="1.00")
        PerSpend(points=Fraction(1, 1), per=Decimal('1.00'), whole=False)
    """

    points: Fraction = attrs.field(converter=factor)
    per: Decimal = attrs.field(converter=money)
    whole: bool = attrs.field(default=False, kw_only=True, validator=checked(flag))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "PerSpend")


@attrs.frozen(field_transformer=collecting)
class PerUnit:
    """Points for units bought; parts of a unit earn nothing.

    Mind goods whose units are no pieces: fuel in hundredths of a litre earns a fortune.

    Attributes:
        points: points per unit.

    Examples:
        >>> from crmkit.loyalty import PerUnit
        >>> PerUnit(5)
        PerUnit(points=Fraction(5, 1))
    """

    points: Fraction = attrs.field(converter=factor)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "PerUnit")


@attrs.frozen(field_transformer=collecting)
class Flat:
    """The same points each time: per selected line, or once per basket.

    Attributes:
        points: points each time.

    Examples:
        >>> from crmkit.loyalty import Flat
        >>> Flat(100)
        Flat(points=Fraction(100, 1))
    """

    points: Fraction = attrs.field(converter=factor)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Flat")


@attrs.frozen(field_transformer=collecting)
class Multiply:
    """The points of earlier groups on the selected lines, times *factor*.

    What is booked is the difference, (factor - 1) times those points, as an entry of its own; a
    factor below 1 takes points away.

    Attributes:
        factor: 2 doubles.

    Examples:
        >>> from crmkit.loyalty import Multiply
        >>> Multiply("1.5")
        Multiply(factor=Fraction(3, 2))
    """

    factor: Fraction = attrs.field(converter=factor)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Multiply")


EarnAmount: TypeAlias = PerSpend | PerUnit | Flat | Multiply
"""What an earn rule may give."""
