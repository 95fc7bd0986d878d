"""Conditions on an account or a customer at the time of a basket."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions import reading as read
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.declaration.reading import checked, collecting, name, whole


def _near(value: Any) -> int:
    days = whole(0)(value)
    if days > 365:
        raise InvalidArgumentError(f"expected at most 365 days; got {days}.")
    return days


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class NthPurchase(Condition):
    """The basket is the account's n-th purchase, this one counted.

    A purchase is a basket of positive net value. The history must go back to the first one.

    Attributes:
        n: 1 is the first.

    Examples:
        >>> from crmkit.loyalty import NthPurchase
        >>> NthPurchase(1)
        NthPurchase(1)
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    n: int = attrs.field(validator=checked(whole(1)))


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class FirstPurchaseSince(Condition):
    """The last purchase was more than some days ago; a first-ever purchase is not meant.

    Attributes:
        days: how many.

    Examples:
        >>> from crmkit.loyalty import FirstPurchaseSince
        >>> FirstPurchaseSince(365)
        FirstPurchaseSince(365)
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    days: int = attrs.field(validator=checked(whole(1)))


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class Birthday(Condition):
    """The basket was bought on the customer's birthday, or some days around it.

    Somebody born on 29 February has a birthday on the 28th in other years.

    Attributes:
        before: days before it that count too.
        after: days after it that count too.

    Examples:
        >>> from crmkit.loyalty import Birthday
        >>> Birthday(before=3)
        Birthday(before=3)
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    before: int = attrs.field(default=0, validator=checked(_near))
    after: int = attrs.field(default=0, validator=checked(_near))


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class Anniversary(Condition):
    """The basket was bought on a yearly return of the day of joining, or some days around it.

    Attributes:
        before: days before it that count too.
        after: days after it that count too.

    Examples:
        >>> from crmkit.loyalty import Anniversary
        >>> Anniversary(after=6)
        Anniversary(after=6)
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    before: int = attrs.field(default=0, validator=checked(_near))
    after: int = attrs.field(default=0, validator=checked(_near))


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class InSegment(Condition):
    """The customer belongs to one of some segments of labels given as `Customers(segments=...)`.

    Attributes:
        names: the segments.
        labels: the name of the labels.

    Examples:
        >>> from crmkit.loyalty import InSegment
        >>> InSegment({"champions"})
        InSegment({'champions'})
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    names: tuple[str, ...] = attrs.field(converter=read.names)
    labels: str = attrs.field(default="segment", kw_only=True, validator=checked(name))


@attrs.frozen(repr=False, cache_hash=True, field_transformer=collecting)
class TierAtLeast(Condition):
    """The account's tier is the one named, or a higher one.

    Attributes:
        name: the tier.

    Examples:
        >>> from crmkit.loyalty import TierAtLeast
        >>> TierAtLeast("gold")
        TierAtLeast('gold')
    """

    _grain: ClassVar[Grain] = Grain.ACCOUNT

    name: str = attrs.field(validator=checked(name))
