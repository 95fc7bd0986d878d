"""What points are worth when they are spent, and how many may be."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import attrs

from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.reading import checked, collecting, refuse_unread


@attrs.frozen(kw_only=True, field_transformer=collecting)
class Redemption:
    """Points pay: so many *points* are worth so much money.

    What is asked for is cut to the balance (as the overdraft policy says), to the share of the
    basket, to whole multiples, and to nothing if it is below the minimum, in this order.

    Attributes:
        points: points of one conversion.
        amount: what they pay, such as "1.00".
        minimum: fewest points that can be spent at once.
        multiple: points are spent in steps of so many.
        share_of_basket: most of a basket that points can pay.

    Raises:
        InvalidArgumentError: a conversion of zero points or zero money, or numbers that are none.

    Examples:
        >>> from crmkit.loyalty import Redemption
        >>> Redemption(points=100, amount="1.00", minimum=500).value_per_point
        Fraction(1, 100)
    """

    points: int = attrs.field(default=1, validator=checked(read.whole(1)))
    amount: Decimal = attrs.field(default=Decimal("0.01"), converter=read.money)
    minimum: int = attrs.field(default=0, validator=checked(read.whole(0)))
    multiple: int = attrs.field(default=1, validator=checked(read.whole(1)))
    share_of_basket: Fraction = attrs.field(default=Fraction(1), converter=read.share)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "redemption")

    @property
    def value_per_point(self) -> Fraction:
        """What one point pays, in major units of money."""
        return Fraction(self.amount) / self.points
