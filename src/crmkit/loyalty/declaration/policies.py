"""Every choice that systems make differently, each one named.

No choice is hidden: a programme that states none runs under `Policies.grocery()`, and `to_dict`
writes each of them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import attrs

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.changes import PolicyChanges
from crmkit.loyalty.declaration.groups import Group, Resolution
from crmkit.loyalty.declaration.reading import checked, collecting, is_read, refuse_unread
from crmkit.loyalty.declaration.words import (
    BelowZero,
    Consumption,
    ExpiryBoundary,
    ExpiryClock,
    ExpiryEnd,
    Overdraft,
    PaidWithPoints,
    PriceBase,
    RedemptionOrder,
    ReturnAmount,
    ReturnDebit,
    ReturnMatch,
    RoundingLevel,
    TaxBase,
    into_below_zero,
    into_consumption,
    into_expiry_boundary,
    into_expiry_clock,
    into_expiry_end,
    into_overdraft,
    into_paid_with_points,
    into_price_base,
    into_redemption_order,
    into_return_amount,
    into_return_debit,
    into_return_match,
    into_rounding_level,
    into_tax_base,
)
from crmkit.money.amounts import rounding_mode
from crmkit.typing import AllocationMethod, RoundingMode


def _tenders(value: str | Sequence[str]) -> tuple[str, ...]:
    return read.several(read.name)(value)


@attrs.frozen(kw_only=True, field_transformer=collecting)
class EarningBase:
    """The money that earns points.

    Attributes:
        price: list price, or after discounts.
        tax: included or excluded; excluded needs `History(tax=...)`.
        paid_with_points: whether the part paid with points earns.
        excluded: lines that never earn (gift cards, tobacco), a condition on lines.
        excluded_tenders: tenders that earn nothing for their share; need `History(payments=...)`.

    Examples:
        >>> from crmkit.loyalty import EarningBase
        >>> EarningBase(tax="excluded").tax
        <TaxBase.EXCLUDED: 'excluded'>
    """

    price: PriceBase = attrs.field(default=PriceBase.AFTER_ALL, converter=into_price_base)
    tax: TaxBase = attrs.field(default=TaxBase.INCLUDED, converter=into_tax_base)
    paid_with_points: PaidWithPoints = attrs.field(
        default=PaidWithPoints.EXCLUDED, converter=into_paid_with_points
    )
    excluded: Condition | None = attrs.field(
        default=None, validator=checked(read.optional(read.one_of(Condition)))
    )
    excluded_tenders: tuple[str, ...] = attrs.field(default=(), converter=_tenders)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "EarningBase")


@attrs.frozen(kw_only=True, field_transformer=collecting)
class Expiry:
    """How long points live. Without days, months and inactivity they live for ever.

    Attributes:
        days: life in days.
        months: life in months; a month without that day ends on its last one.
        end: where a life is extended to, such as the end of its month.
        inactivity_days: all points go after so many days without a purchase.
        clock: when life starts.
        boundary: whether points are gone at that moment, or can be used through that day.
        consumption: which points are spent first.

    Raises:
        InvalidArgumentError: several lives at once, or an end without a life.

    Examples:
        >>> from crmkit.loyalty import Expiry
        >>> Expiry(months=24, end="end_of_month").months
        24
    """

    days: int | None = attrs.field(default=None, validator=checked(read.optional(read.whole(1))))
    months: int | None = attrs.field(default=None, validator=checked(read.optional(read.whole(1))))
    end: ExpiryEnd = attrs.field(default=ExpiryEnd.EXACT, converter=into_expiry_end)
    inactivity_days: int | None = attrs.field(
        default=None, validator=checked(read.optional(read.whole(1)))
    )
    clock: ExpiryClock = attrs.field(default=ExpiryClock.EARNED, converter=into_expiry_clock)
    boundary: ExpiryBoundary = attrs.field(
        default=ExpiryBoundary.AT, converter=into_expiry_boundary
    )
    consumption: Consumption = attrs.field(default=Consumption.FIFO, converter=into_consumption)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read, and lives that contradict each other."""
        lives = [life for life in (self.days, self.months, self.inactivity_days) if life]
        more = []
        if len(lives) > 1:
            more.append("say one of days, months and inactivity_days.")
        if self.inactivity_days is not None and self.end != ExpiryEnd.EXACT:
            more.append("end: inactivity counts days; leave end out.")
        refuse_unread(self, "Expiry", *more)

    @property
    def never(self) -> bool:
        """Whether points live for ever."""
        bounded = self.days or self.months or self.inactivity_days
        return not bounded and self.end == ExpiryEnd.EXACT


@attrs.frozen(kw_only=True, field_transformer=collecting)
class Returns:
    """What a return undoes.

    Attributes:
        amount: which points it takes back.
        debit: from which lot.
        below_zero: what happens to a balance too small for it.
        match: which purchase it undoes if nothing says so.
        window_days: how long a purchase can be returned; the state keeps its lines so long.
        restore_caps: whether what it frees under a cap can be earned again.
        reverse_qualifying: whether it lowers the counter of tiers.
        give_back_spent: whether points spent in the returned basket come back.

    Examples:
        >>> from crmkit.loyalty import Returns
        >>> Returns(amount="none").amount
        <ReturnAmount.NONE: 'none'>
    """

    amount: ReturnAmount = attrs.field(default=ReturnAmount.PER_LINE, converter=into_return_amount)
    debit: ReturnDebit = attrs.field(default=ReturnDebit.OWN_LOT, converter=into_return_debit)
    below_zero: BelowZero = attrs.field(default=BelowZero.NEGATIVE, converter=into_below_zero)
    match: ReturnMatch = attrs.field(default=ReturnMatch.LATEST, converter=into_return_match)
    window_days: int = attrs.field(default=60, validator=checked(read.whole(0)))
    restore_caps: bool = attrs.field(default=False, validator=checked(read.flag))
    reverse_qualifying: bool = attrs.field(default=True, validator=checked(read.flag))
    give_back_spent: bool = attrs.field(default=False, validator=checked(read.flag))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, "Returns")


def _mode(value: RoundingMode) -> RoundingMode:
    mode = rounding_mode(value)
    if mode is None:
        raise InvalidArgumentError("expected a rounding mode such as 'floor'; got None.")
    return mode


def _method(value: AllocationMethod) -> AllocationMethod:
    return check.choice(value, AllocationMethod, "remainder")


@attrs.frozen(kw_only=True, field_transformer=collecting, cache_hash=True)
class Policies:
    """The choices of a programme; the classmethods are the settings of known systems.

    Attributes:
        preset: whose settings these were made from.
        rounding: where a fraction of a point goes.
        rounding_level: where fractions end.
        point_digits: decimals of a point; 0 is whole points.
        money_digits: decimals of the currency.
        remainder: which lines get the units that rounding leaves over.
        base: the money that earns.
        expiry: how long points live.
        hold_days: days until points can be spent.
        overdraft: what becomes of a redemption above the balance.
        redemption_order: whether a basket's own points can pay it.
        returns: what a return undoes.
        day_starts_at: hour of the night at which the trading day starts.

    Raises:
        InvalidArgumentError: words or numbers that are none; a hold as long as the life of points;
            spending a basket's own points while the part paid with points earns nothing.

    Examples:
        >>> from crmkit.loyalty import Policies
        >>> Policies.grocery().rounding, Policies.setono_like(rounding="half_up").rounding
        ('floor', 'half_up')
    """

    preset: str = attrs.field(default="grocery", validator=checked(read.name))
    rounding: RoundingMode = attrs.field(default="floor", converter=_mode)
    rounding_level: RoundingLevel = attrs.field(
        default=RoundingLevel.BASKET, converter=into_rounding_level
    )
    point_digits: int = attrs.field(default=0, validator=checked(read.whole(0)))
    money_digits: int = attrs.field(default=2, validator=checked(read.whole(0)))
    remainder: AllocationMethod = attrs.field(default="largest_remainder", converter=_method)
    base: EarningBase = attrs.field(
        default=EarningBase(), validator=checked(read.one_of(EarningBase))
    )
    expiry: Expiry = attrs.field(
        default=Expiry(months=24, end=ExpiryEnd.END_OF_MONTH),
        validator=checked(read.one_of(Expiry)),
    )
    hold_days: int = attrs.field(default=0, validator=checked(read.whole(0)))
    overdraft: Overdraft = attrs.field(default=Overdraft.REJECT, converter=into_overdraft)
    redemption_order: RedemptionOrder = attrs.field(
        default=RedemptionOrder.REDEEM_FIRST, converter=into_redemption_order
    )
    returns: Returns = attrs.field(default=Returns(), validator=checked(read.one_of(Returns)))
    day_starts_at: int = attrs.field(default=0, validator=checked(read.whole(0)))

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read, and choices that contradict each other."""
        refuse_unread(self, "policies", *_contradictions(self))

    @classmethod
    def grocery(cls, **changes: Unpack[PolicyChanges]) -> Policies:
        """Return what a grocer would expect; what `Programme` takes if nothing is said.

        Examples:
            >>> from crmkit.loyalty import Policies
            >>> Policies.grocery() == Policies()
            True
        """
        return cls(**changes)

    @classmethod
    def setono_like(cls, **changes: Unpack[PolicyChanges]) -> Policies:
        """Return the settings of Setono's plugin for Sylius: whole steps, rounded once.

        Examples:
            >>> from crmkit.loyalty import Policies
            >>> Policies.setono_like().overdraft
            <Overdraft.CLAMP: 'clamp'>
        """
        settings: PolicyChanges = {
            "preset": "setono_like",
            "base": EarningBase(paid_with_points=PaidWithPoints.COUNTED),
            "expiry": Expiry(consumption=Consumption.EARLIEST_EXPIRY),
            "overdraft": Overdraft.CLAMP,
            "returns": Returns(amount=ReturnAmount.PRO_RATA_VALUE, give_back_spent=True),
        }
        return cls(**(settings | changes))

    @classmethod
    def open_loyalty_like(cls, **changes: Unpack[PolicyChanges]) -> Policies:
        """Return the settings of Open Loyalty: list prices earn, spent points count.

        Examples:
            >>> from crmkit.loyalty import Policies
            >>> Policies.open_loyalty_like().base.price
            <PriceBase.LIST: 'list'>
        """
        settings: PolicyChanges = {
            "preset": "open_loyalty_like",
            "base": EarningBase(price=PriceBase.LIST, paid_with_points=PaidWithPoints.COUNTED),
            "expiry": Expiry(),
            "overdraft": Overdraft.CLAMP,
            "returns": Returns(amount=ReturnAmount.PRO_RATA_VALUE),
        }
        return cls(**(settings | changes))

    @classmethod
    def odoo_like(cls, **changes: Unpack[PolicyChanges]) -> Policies:
        """Return the settings of Odoo: points of two decimals, rounded down by rule.

        Examples:
            >>> from crmkit.loyalty import Policies
            >>> Policies.odoo_like().point_digits
            2
        """
        settings: PolicyChanges = {
            "preset": "odoo_like",
            "rounding_level": RoundingLevel.RULE,
            "point_digits": 2,
            "base": EarningBase(price=PriceBase.AFTER_OWN, paid_with_points=PaidWithPoints.COUNTED),
            "expiry": Expiry(
                boundary=ExpiryBoundary.AFTER, consumption=Consumption.EARLIEST_EXPIRY
            ),
            "redemption_order": RedemptionOrder.EARN_FIRST,
        }
        return cls(**(settings | changes))

    @classmethod
    def erpnext_like(cls, **changes: Unpack[PolicyChanges]) -> Policies:
        """Return the settings of ERPNext: truncated on the invoice, spent points earn nothing.

        Examples:
            >>> from crmkit.loyalty import Policies
            >>> Policies.erpnext_like().rounding
            'down'
        """
        settings: PolicyChanges = {
            "preset": "erpnext_like",
            "rounding": "down",
            "expiry": Expiry(boundary=ExpiryBoundary.AFTER),
            "returns": Returns(amount=ReturnAmount.REBUILD),
        }
        return cls(**(settings | changes))

    @classmethod
    def square_like(cls, **changes: Unpack[PolicyChanges]) -> Policies:
        """Return the settings of Square: fractions dropped by rule, balances may go below zero.

        Examples:
            >>> from crmkit.loyalty import Policies
            >>> Policies.square_like().overdraft
            <Overdraft.ALLOW: 'allow'>
        """
        settings: PolicyChanges = {
            "preset": "square_like",
            "rounding": "down",
            "rounding_level": RoundingLevel.RULE,
            "base": EarningBase(paid_with_points=PaidWithPoints.COUNTED),
            "overdraft": Overdraft.ALLOW,
        }
        return cls(**(settings | changes))


def default_groups(preset: str) -> tuple[Group, ...]:
    """Return the groups of points that a system has, in the order they run."""
    named = _GROUPS.get(preset, _GROUPS["grocery"])
    return tuple(Group(name, how) for name, how in zip(_NAMES, named, strict=True))


_NAMES = ("base", "multipliers", "bonuses")
_GROUPS = {
    "grocery": (Resolution.SUM, Resolution.SUM, Resolution.SUM),
    "setono_like": (Resolution.EXCLUSIVE, Resolution.EXCLUSIVE, Resolution.SUM),
    "open_loyalty_like": (Resolution.SUM, Resolution.CHAIN, Resolution.SUM),
    "odoo_like": (Resolution.SUM, Resolution.SUM, Resolution.SUM),
    "erpnext_like": (Resolution.FIRST, Resolution.SUM, Resolution.SUM),
    "square_like": (Resolution.BEST, Resolution.FIRST, Resolution.SUM),
}


def _contradictions(policies: Policies) -> list[str]:
    found = []
    expiry, base = policies.expiry, policies.base
    if is_read(expiry, policies.hold_days) and _held_to_death(expiry, policies.hold_days):
        found.append("hold_days: points would expire before they can be spent; hold them shorter.")
    own = policies.redemption_order == RedemptionOrder.EARN_FIRST
    if own and is_read(base) and base.paid_with_points == PaidWithPoints.EXCLUDED:
        found.append(
            "redemption_order: 'earn_first' lets a basket's points pay it, and"
            " base.paid_with_points='excluded' lets the paid part earn none: each waits for the"
            " other. Say 'counted'."
        )
    if is_read(policies.day_starts_at) and policies.day_starts_at > 23:
        found.append(f"day_starts_at: expected an hour 0 to 23; got {policies.day_starts_at}.")
    return found


def _held_to_death(expiry: Expiry, hold_days: int) -> bool:
    if expiry.clock == ExpiryClock.ACTIVATED:
        return False
    days = expiry.days or (28 * expiry.months if expiry.months else None)
    return days is not None and hold_days >= days
