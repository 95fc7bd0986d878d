"""Points for what is no purchase: an account opened, a friend brought."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import attrs

from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.caps import Cap, trigger_limit
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.reading import declared, refuse_unread


@attrs.frozen
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

    id: str = declared(read.name, kw_only=False)
    event: str = declared(read.name)
    points: int = declared(read.whole(1))
    trigger_limit: Cap | None = declared(read.optional(trigger_limit), None)
    counts: Counter = declared(read.word(Counter), Counter.REDEEMABLE)
    funding: Mapping[str, Fraction] = declared(read.shares, attrs.Factory(dict))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, f"rule {self.id!r}")


@attrs.frozen(kw_only=True)
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

    referrer: int = declared(read.whole(0))
    referee: int = declared(read.whole(0), 0)
    minimum: Decimal = declared(read.not_negative_money, Decimal(0))
    valid_days: int = declared(read.whole(1), 180)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "referral")
