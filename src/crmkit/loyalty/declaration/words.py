"""The words of policies: what systems do differently, as closed sets."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

from crmkit.loyalty.declaration.reading import word


class RoundingLevel(StrEnum):
    """Where fractions of points end: on each line, each rule, or once per basket.

    Examples:
        >>> from crmkit.loyalty import RoundingLevel
        >>> RoundingLevel("basket")
        <RoundingLevel.BASKET: 'basket'>
    """

    LINE = "line"
    RULE = "rule"
    BASKET = "basket"


IntoRoundingLevel: TypeAlias = RoundingLevel | Literal["line", "rule", "basket"]


def into_rounding_level(value: IntoRoundingLevel) -> RoundingLevel:
    """Read where fractions of points end."""
    return word(RoundingLevel, value)


class PriceBase(StrEnum):
    """Which price earns: the list price, less discounts aimed at these lines, or less all.

    Examples:
        >>> from crmkit.loyalty import PriceBase
        >>> PriceBase("list")
        <PriceBase.LIST: 'list'>
    """

    LIST = "list"
    AFTER_OWN = "after_own"
    AFTER_ALL = "after_all"


IntoPriceBase: TypeAlias = PriceBase | Literal["list", "after_own", "after_all"]


def into_price_base(value: IntoPriceBase) -> PriceBase:
    """Read which price earns."""
    return word(PriceBase, value)


class TaxBase(StrEnum):
    """Whether tax earns.

    Examples:
        >>> from crmkit.loyalty import TaxBase
        >>> TaxBase("included")
        <TaxBase.INCLUDED: 'included'>
    """

    INCLUDED = "included"
    EXCLUDED = "excluded"


IntoTaxBase: TypeAlias = TaxBase | Literal["included", "excluded"]


def into_tax_base(value: IntoTaxBase) -> TaxBase:
    """Read whether tax earns."""
    return word(TaxBase, value)


class PaidWithPoints(StrEnum):
    """Whether the part of a basket that was paid with points earns points.

    Examples:
        >>> from crmkit.loyalty import PaidWithPoints
        >>> PaidWithPoints("excluded")
        <PaidWithPoints.EXCLUDED: 'excluded'>
    """

    EXCLUDED = "excluded"
    COUNTED = "counted"


IntoPaidWithPoints: TypeAlias = PaidWithPoints | Literal["excluded", "counted"]


def into_paid_with_points(value: IntoPaidWithPoints) -> PaidWithPoints:
    """Read whether what points paid earns."""
    return word(PaidWithPoints, value)


class Overdraft(StrEnum):
    """What becomes of a redemption above the balance: an error, skipped, cut, or a deficit.

    Examples:
        >>> from crmkit.loyalty import Overdraft
        >>> Overdraft("reject")
        <Overdraft.REJECT: 'reject'>
    """

    REJECT = "reject"
    DECLINE = "decline"
    CLAMP = "clamp"
    ALLOW = "allow"


IntoOverdraft: TypeAlias = Overdraft | Literal["reject", "decline", "clamp", "allow"]


def into_overdraft(value: IntoOverdraft) -> Overdraft:
    """Read what becomes of a redemption above the balance."""
    return word(Overdraft, value)


class RedemptionOrder(StrEnum):
    """Whether points are spent before the basket earns its own, or after.

    Examples:
        >>> from crmkit.loyalty import RedemptionOrder
        >>> RedemptionOrder("redeem_first")
        <RedemptionOrder.REDEEM_FIRST: 'redeem_first'>
    """

    REDEEM_FIRST = "redeem_first"
    EARN_FIRST = "earn_first"


IntoRedemptionOrder: TypeAlias = RedemptionOrder | Literal["redeem_first", "earn_first"]


def into_redemption_order(value: IntoRedemptionOrder) -> RedemptionOrder:
    """Read whether points are spent or earned first."""
    return word(RedemptionOrder, value)


class ExpiryEnd(StrEnum):
    """Where a life that ends within a month or a year is extended to.

    Examples:
        >>> from crmkit.loyalty import ExpiryEnd
        >>> ExpiryEnd("end_of_month")
        <ExpiryEnd.END_OF_MONTH: 'end_of_month'>
    """

    EXACT = "exact"
    END_OF_MONTH = "end_of_month"
    END_OF_YEAR = "end_of_year"


IntoExpiryEnd: TypeAlias = ExpiryEnd | Literal["exact", "end_of_month", "end_of_year"]


def into_expiry_end(value: IntoExpiryEnd) -> ExpiryEnd:
    """Read where a life is extended to."""
    return word(ExpiryEnd, value)


class ExpiryClock(StrEnum):
    """When the life of points starts: when they are earned, or when they can be spent.

    Examples:
        >>> from crmkit.loyalty import ExpiryClock
        >>> ExpiryClock("earned")
        <ExpiryClock.EARNED: 'earned'>
    """

    EARNED = "earned"
    ACTIVATED = "activated"


IntoExpiryClock: TypeAlias = ExpiryClock | Literal["earned", "activated"]


def into_expiry_clock(value: IntoExpiryClock) -> ExpiryClock:
    """Read when the life of points starts."""
    return word(ExpiryClock, value)


class ExpiryBoundary(StrEnum):
    """Whether points are gone at the moment their life ends, or only after that day.

    Examples:
        >>> from crmkit.loyalty import ExpiryBoundary
        >>> ExpiryBoundary("at")
        <ExpiryBoundary.AT: 'at'>
    """

    AT = "at"
    AFTER = "after"


IntoExpiryBoundary: TypeAlias = ExpiryBoundary | Literal["at", "after"]


def into_expiry_boundary(value: IntoExpiryBoundary) -> ExpiryBoundary:
    """Read whether points outlive their last moment."""
    return word(ExpiryBoundary, value)


class Consumption(StrEnum):
    """Which points are spent first: the oldest, or those that expire first.

    Examples:
        >>> from crmkit.loyalty import Consumption
        >>> Consumption("fifo")
        <Consumption.FIFO: 'fifo'>
    """

    FIFO = "fifo"
    EARLIEST_EXPIRY = "earliest_expiry"


IntoConsumption: TypeAlias = Consumption | Literal["fifo", "earliest_expiry"]


def into_consumption(value: IntoConsumption) -> Consumption:
    """Read which points are spent first."""
    return word(Consumption, value)


class ReturnAmount(StrEnum):
    """What a return takes back: its line's points, a share by value, a rebuilt basket, nothing.

    Examples:
        >>> from crmkit.loyalty import ReturnAmount
        >>> ReturnAmount("per_line")
        <ReturnAmount.PER_LINE: 'per_line'>
    """

    PER_LINE = "per_line"
    PRO_RATA_VALUE = "pro_rata_value"
    REBUILD = "rebuild"
    NONE = "none"


IntoReturnAmount: TypeAlias = (
    ReturnAmount | Literal["per_line", "pro_rata_value", "rebuild", "none"]
)


def into_return_amount(value: IntoReturnAmount) -> ReturnAmount:
    """Read what a return takes back."""
    return word(ReturnAmount, value)


class ReturnDebit(StrEnum):
    """Which points a return takes: those of the basket it undoes, or the oldest.

    Examples:
        >>> from crmkit.loyalty import ReturnDebit
        >>> ReturnDebit("own_lot")
        <ReturnDebit.OWN_LOT: 'own_lot'>
    """

    OWN_LOT = "own_lot"
    OLDEST = "oldest"


IntoReturnDebit: TypeAlias = ReturnDebit | Literal["own_lot", "oldest"]


def into_return_debit(value: IntoReturnDebit) -> ReturnDebit:
    """Read which points a return takes."""
    return word(ReturnDebit, value)


class BelowZero(StrEnum):
    """What a return does to a balance too small for it: below zero, or down to zero only.

    Examples:
        >>> from crmkit.loyalty import BelowZero
        >>> BelowZero("negative")
        <BelowZero.NEGATIVE: 'negative'>
    """

    NEGATIVE = "negative"
    CLAMP = "clamp"


IntoBelowZero: TypeAlias = BelowZero | Literal["negative", "clamp"]


def into_below_zero(value: IntoBelowZero) -> BelowZero:
    """Read what becomes of a balance too small."""
    return word(BelowZero, value)


class ReturnMatch(StrEnum):
    """Which purchase a return without an origin undoes: the latest or earliest of its product.

    Or none but that of its own basket, where a sale and its return are a void.

    Examples:
        >>> from crmkit.loyalty import ReturnMatch
        >>> ReturnMatch("latest")
        <ReturnMatch.LATEST: 'latest'>
    """

    SAME_BASKET = "same_basket"
    LATEST = "latest"
    EARLIEST = "earliest"


IntoReturnMatch: TypeAlias = ReturnMatch | Literal["same_basket", "latest", "earliest"]


def into_return_match(value: IntoReturnMatch) -> ReturnMatch:
    """Read which purchase a return undoes."""
    return word(ReturnMatch, value)
