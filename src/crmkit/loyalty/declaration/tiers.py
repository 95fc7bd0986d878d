"""Tiers: what customers climb, by which counter, and when they fall."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.grain import ThresholdSide, into_threshold_side
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.caps import Rolling
from crmkit.loyalty.declaration.reading import checked, collecting, is_read, refuse_unread, word


class TierCounter(StrEnum):
    """What makes a tier: money spent, visits, points of base rules, qualifying points, balance.

    Examples:
        >>> from crmkit.loyalty import TierCounter
        >>> TierCounter("spend")
        <TierCounter.SPEND: 'spend'>
    """

    SPEND = "spend"
    VISITS = "visits"
    POINTS = "points"
    STATUS_POINTS = "status_points"
    BALANCE = "balance"


IntoTierCounter: TypeAlias = (
    TierCounter | Literal["spend", "visits", "points", "status_points", "balance"]
)


def into_tier_counter(value: IntoTierCounter) -> TierCounter:
    """Read what makes a tier."""
    return word(TierCounter, value)


class TierWindow(StrEnum):
    """How long the counter remembers: for ever, or a calendar year, quarter or month.

    Examples:
        >>> from crmkit.loyalty import TierWindow
        >>> TierWindow("year")
        <TierWindow.YEAR: 'year'>
    """

    LIFETIME = "lifetime"
    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"


class TierApplies(StrEnum):
    """From when a tier reached counts: in the basket that reaches it, or from the next one.

    Examples:
        >>> from crmkit.loyalty import TierApplies
        >>> TierApplies("next_basket")
        <TierApplies.NEXT_BASKET: 'next_basket'>
    """

    SAME_BASKET = "same_basket"
    NEXT_BASKET = "next_basket"


IntoTierApplies: TypeAlias = TierApplies | Literal["same_basket", "next_basket"]


def into_tier_applies(value: IntoTierApplies) -> TierApplies:
    """Read from when a tier counts."""
    return word(TierApplies, value)


class TierKept(StrEnum):
    """How long a tier earned in a calendar window is kept.

    Examples:
        >>> from crmkit.loyalty import TierKept
        >>> TierKept("end_of_next_period")
        <TierKept.END_OF_NEXT_PERIOD: 'end_of_next_period'>
    """

    END_OF_PERIOD = "end_of_period"
    END_OF_NEXT_PERIOD = "end_of_next_period"


IntoTierKept: TypeAlias = TierKept | Literal["end_of_period", "end_of_next_period"]


def into_tier_kept(value: IntoTierKept) -> TierKept:
    """Read how long a tier is kept."""
    return word(TierKept, value)


class Downgrade(StrEnum):
    """How far a tier falls: to what the counter says, one level at most, or never.

    Examples:
        >>> from crmkit.loyalty import Downgrade
        >>> Downgrade("one_level")
        <Downgrade.ONE_LEVEL: 'one_level'>
    """

    REQUALIFY = "requalify"
    ONE_LEVEL = "one_level"
    NEVER = "never"


IntoDowngrade: TypeAlias = Downgrade | Literal["requalify", "one_level", "never"]


def into_downgrade(value: IntoDowngrade) -> Downgrade:
    """Read how far a tier falls."""
    return word(Downgrade, value)


@attrs.frozen(field_transformer=collecting)
class Tier:
    """A tier and where it starts.

    Attributes:
        name: what conditions and benefits call it.
        threshold: money, visits or points, as the counter counts.

    Examples:
        >>> from crmkit.loyalty import Tier
        >>> Tier("gold", "3000")
        Tier(name='gold', threshold=Decimal('3000'))
    """

    name: str = attrs.field(validator=checked(read.name))
    threshold: Decimal = attrs.field(converter=read.not_negative_money)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, f"tier {self.name!r}")


IntoTierWindow: TypeAlias = TierWindow | Rolling | Literal["lifetime", "year", "quarter", "month"]


def _window(value: IntoTierWindow) -> TierWindow | Rolling:
    return value if isinstance(value, Rolling) else word(TierWindow, value)


def _levels(value: Sequence[Tier]) -> tuple[Tier, ...]:
    given: object = value  # not every caller asks a type checker
    if not isinstance(given, Sequence) or not all(isinstance(one, Tier) for one in given):
        raise InvalidArgumentError(
            f"expected tiers such as (Tier('silver', 1000),); got {value!r}."
        )
    return tuple(value)


@attrs.frozen(field_transformer=collecting, cache_hash=True)
class Tiers:
    """The tiers of a programme, from low to high. Below the first one a customer has none.

    Attributes:
        levels: tiers with rising thresholds.
        counter: what is counted.
        window: how far back.
        applies: whether the basket that reaches a tier has its benefits.
        kept: how long a tier of a calendar window is kept.
        downgrade: how far it falls then.
        grace_days: days after the end of a period in which it can still be won again.
        side: whether reaching a threshold is enough, or it must be passed.

    Raises:
        InvalidArgumentError: tiers named twice, thresholds that do not rise, grace without a
            calendar window.

    Examples:
        >>> from crmkit.loyalty import Tier, Tiers
        >>> Tiers((Tier("silver", 1000), Tier("gold", 3000)), window="year").names
        ('silver', 'gold')
    """

    levels: tuple[Tier, ...] = attrs.field(converter=_levels)
    counter: TierCounter = attrs.field(
        default=TierCounter.SPEND, kw_only=True, converter=into_tier_counter
    )
    window: TierWindow | Rolling = attrs.field(
        default=TierWindow.YEAR, kw_only=True, converter=_window
    )
    applies: TierApplies = attrs.field(
        default=TierApplies.NEXT_BASKET, kw_only=True, converter=into_tier_applies
    )
    kept: TierKept = attrs.field(
        default=TierKept.END_OF_NEXT_PERIOD, kw_only=True, converter=into_tier_kept
    )
    downgrade: Downgrade = attrs.field(
        default=Downgrade.REQUALIFY, kw_only=True, converter=into_downgrade
    )
    grace_days: int = attrs.field(default=0, kw_only=True, validator=checked(read.whole(0)))
    side: ThresholdSide = attrs.field(
        default=ThresholdSide.AT_LEAST, kw_only=True, converter=into_threshold_side
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read, and levels that are no ladder."""
        refuse_unread(self, "tiers", *_no_ladder(self))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the tiers, from low to high."""
        return tuple(level.name for level in self.levels)

    def rank(self, name: str) -> int:
        """Return the rank of a tier, 0 for the lowest.

        Raises:
            InvalidArgumentError: there is no such tier.

        Examples:
            >>> from crmkit.loyalty import Tier, Tiers
            >>> Tiers((Tier("silver", 1000), Tier("gold", 3000))).rank("gold")
            1
        """
        if name not in self.names:
            raise InvalidArgumentError(f"no tier {name!r}; there are {', '.join(self.names)}.")
        return self.names.index(name)


def _no_ladder(tiers: Tiers) -> list[str]:
    if not is_read(tiers.levels, tiers.window, tiers.grace_days):
        return []
    found = []
    thresholds = [level.threshold for level in tiers.levels]
    if not thresholds:
        found.append("levels: name at least one tier.")
    if any(high <= low for low, high in itertools.pairwise(thresholds)):
        found.append(f"levels: thresholds must rise; got {', '.join(map(str, thresholds))}.")
    twice = {name for name in tiers.names if tiers.names.count(name) > 1}
    found += [f"levels: tier {name!r} is there twice." for name in sorted(twice)]
    if tiers.grace_days and tiers.window in (TierWindow.LIFETIME,):
        found.append("grace_days: a lifetime window never ends, so no grace follows it.")
    return found
