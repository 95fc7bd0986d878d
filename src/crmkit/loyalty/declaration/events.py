"""Points for what is no purchase: an account opened, a friend brought."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import attrs

from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.caps import Cap, trigger_limit
from crmkit.loyalty.declaration.earning import Counter, into_counter
from crmkit.loyalty.declaration.reading import checked, collecting, refuse_unread


@attrs.frozen(field_transformer=collecting)
class EventRule:
    """Points each time that a named event comes, such as an account opened.

    Attributes:
        id: the rule's name.
        event: the name of the event in `History(events=...)`.
        points: points each time, whole.
        trigger_limit: most times per window; a number alone is for a lifetime.
        counts: what the points are good for.
        funding: shares that suppliers pay.

    Examples:
        >>> from crmkit.loyalty import EventRule
        >>> EventRule("welcome", event="account_created", points=200).points
        200
    """

    id: str = attrs.field(validator=checked(read.name))
    event: str = attrs.field(kw_only=True, validator=checked(read.name))
    points: int = attrs.field(kw_only=True, validator=checked(read.whole(1)))
    trigger_limit: Cap | None = attrs.field(default=None, kw_only=True, converter=trigger_limit)
    counts: Counter = attrs.field(default=Counter.REDEEMABLE, kw_only=True, converter=into_counter)
    funding: Mapping[str, Fraction] = attrs.field(factory=dict, kw_only=True, converter=read.shares)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, f"rule {self.id!r}")


@attrs.frozen(kw_only=True, field_transformer=collecting)
class Referral:
    """Points for both when a friend who was brought makes a first purchase.

    Attributes:
        referrer: points for the one who brought the other.
        referee: points for the one who was brought.
        minimum: smallest first basket that counts.
        valid_days: days after the referral within which it must come.

    Examples:
        >>> from crmkit.loyalty import Referral
        >>> Referral(referrer=500, referee=250, minimum="20.00").referee
        250
    """

    referrer: int = attrs.field(validator=checked(read.whole(0)))
    referee: int = attrs.field(default=0, validator=checked(read.whole(0)))
    minimum: Decimal = attrs.field(default=Decimal(0), converter=read.not_negative_money)
    valid_days: int = attrs.field(default=180, validator=checked(read.whole(1)))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "referral")
