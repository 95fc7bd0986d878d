"""The words of policies: what systems do differently, as closed sets."""

from __future__ import annotations

from enum import StrEnum


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


class TaxBase(StrEnum):
    """Whether tax earns.

    Examples:
        >>> from crmkit.loyalty import TaxBase
        >>> TaxBase("included")
        <TaxBase.INCLUDED: 'included'>
    """

    INCLUDED = "included"
    EXCLUDED = "excluded"


class PaidWithPoints(StrEnum):
    """Whether the part of a basket that was paid with points earns points.

    Examples:
        >>> from crmkit.loyalty import PaidWithPoints
        >>> PaidWithPoints("excluded")
        <PaidWithPoints.EXCLUDED: 'excluded'>
    """

    EXCLUDED = "excluded"
    COUNTED = "counted"


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


class RedemptionOrder(StrEnum):
    """Whether points are spent before the basket earns its own, or after.

    Examples:
        >>> from crmkit.loyalty import RedemptionOrder
        >>> RedemptionOrder("redeem_first")
        <RedemptionOrder.REDEEM_FIRST: 'redeem_first'>
    """

    REDEEM_FIRST = "redeem_first"
    EARN_FIRST = "earn_first"


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


class ExpiryClock(StrEnum):
    """When the life of points starts: when they are earned, or when they can be spent.

    Examples:
        >>> from crmkit.loyalty import ExpiryClock
        >>> ExpiryClock("earned")
        <ExpiryClock.EARNED: 'earned'>
    """

    EARNED = "earned"
    ACTIVATED = "activated"


class ExpiryBoundary(StrEnum):
    """Whether points are gone at the moment their life ends, or only after that day.

    Examples:
        >>> from crmkit.loyalty import ExpiryBoundary
        >>> ExpiryBoundary("at")
        <ExpiryBoundary.AT: 'at'>
    """

    AT = "at"
    AFTER = "after"


class Consumption(StrEnum):
    """Which points are spent first: the oldest, or those that expire first.

    Examples:
        >>> from crmkit.loyalty import Consumption
        >>> Consumption("fifo")
        <Consumption.FIFO: 'fifo'>
    """

    FIFO = "fifo"
    EARLIEST_EXPIRY = "earliest_expiry"


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


class ReturnDebit(StrEnum):
    """Which points a return takes: those of the basket it undoes, or the oldest.

    Examples:
        >>> from crmkit.loyalty import ReturnDebit
        >>> ReturnDebit("own_lot")
        <ReturnDebit.OWN_LOT: 'own_lot'>
    """

    OWN_LOT = "own_lot"
    OLDEST = "oldest"


class BelowZero(StrEnum):
    """What a return does to a balance too small for it: below zero, or down to zero only.

    Examples:
        >>> from crmkit.loyalty import BelowZero
        >>> BelowZero("negative")
        <BelowZero.NEGATIVE: 'negative'>
    """

    NEGATIVE = "negative"
    CLAMP = "clamp"


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
