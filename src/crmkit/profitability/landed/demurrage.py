"""What containers cost that stay too long: demurrage in the terminal, detention outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import read_only
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import check_digits, to_minor
from crmkit.typing import BoolArray, DayArray, DayCalendar, DayCount, IntArray, IntoMoney, TierStart

Tier: TypeAlias = tuple[int | None, IntoMoney]
"""How many days, and the rate for each; None for all that follow."""

_LARGEST: Final = 2.0**62
_ENDLESS: Final = 2**62


def _pairs(tiers: Sequence[Tier]) -> tuple[Tier, ...]:
    try:
        return tuple((length, rate) for length, rate in tiers)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"tiers must be pairs of days and rate, as ((5, '60'), (None, '90')); got {tiers!r}."
        ) from None


@attrs.frozen
class DayTariff:
    """A daily tariff: free days, then tiers of days, each with its rate per day.

    Attributes:
        free_days: days that cost nothing.
        tiers: how many days and the rate for each, in major units, in order; None for the days of
            the last tier means all that follow.
        counted_from: the first tier starts on the "first_billable" day, or on "day_one", so that
            free days use it up: five free days then leave ((10, "60"), ...) five at 60.
        digits: digits of the currency.

    Raises:
        InvalidArgumentError: days that are no whole numbers or leave a tier empty, rates that are
            negative or no amounts, words outside their domain; all are listed.

    Examples:
        >>> from crmkit.profitability import DayTariff
        >>> DayTariff(5, ((5, "60"), (5, "90"), (None, "150"))).rates
        array([ 6000,  9000, 15000])
    """

    free_days: int
    tiers: tuple[Tier, ...] = attrs.field(converter=_pairs)
    counted_from: TierStart = attrs.field(default="first_billable", kw_only=True)
    digits: int = attrs.field(default=2, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check days and rates."""
        check.choice(self.counted_from, TierStart, "counted_from")
        check_digits(self.digits)
        problems = [*self._odd_days(), *self._odd_rates()]
        if problems:
            raise InvalidArgumentError("\n".join(problems))

    def _odd_days(self) -> list[str]:
        problems = []
        if not _is_count(self.free_days, at_least=0):
            problems.append(f"free_days must be an integer >= 0; got {self.free_days!r}.")
        if not self.tiers:
            problems.append("tiers must hold at least one; say ((None, '60'),) for one rate.")
        for k, (length, _) in enumerate(self.tiers):
            last = k == len(self.tiers) - 1
            if not (_is_count(length, at_least=1) or (length is None and last)):
                problems.append(
                    f"tier {k + 1} must have a number of days >= 1, so that upper limits increase"
                    f" (None for the last tier only); got {length!r}."
                )
        return problems

    def _odd_rates(self) -> list[str]:
        problems = []
        for k, (_, rate) in enumerate(self.tiers):
            try:
                if to_minor(rate, digits=self.digits) < 0:
                    problems.append(f"the rate of tier {k + 1} is negative: {rate!r}.")
            except InvalidDataError as odd:
                problems.append(f"the rate of tier {k + 1}: {odd}")
        return problems

    @property
    def rates(self) -> IntArray:
        """The rate per day of each tier, minor units."""
        units = [to_minor(rate, digits=self.digits) for _, rate in self.tiers]
        return read_only(np.array(units, dtype=np.int64))

    @property
    def limits(self) -> IntArray:
        """The last day of each tier, counted from where tiers start; 2**62 for no end."""
        lengths = np.array([length or 0 for length, _ in self.tiers], dtype=np.int64)
        ends = lengths.cumsum()
        if self.tiers[-1][0] is None:
            ends[-1] = _ENDLESS
        return read_only(ends)


def _is_count(value: object, *, at_least: int) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and at_least <= int(value) < 10**9  # type: ignore[call-overload]


def demurrage(days: ArrayLike, tariff: DayTariff, *, free_days_used: ArrayLike = 0) -> IntArray:
    """Return what each container costs for its days, by a daily tariff.

    Free time may be pooled. Under one tariff for terminal and road together, pass the sum of both
    days. Under two that share their free time, pass the days that the first has seen to the second:
    `demurrage(outside, detention_tariff, free_days_used=in_terminal)`.

    Args:
        days: days of each container, whole numbers; `days_between` counts them.
        tariff: free days, tiers and rates.
        free_days_used: days spent before that use up the free days, for all or one per container;
            tiers start anew.

    Returns:
        shape (containers,), int64 minor units of the tariff's digits; as the amounts of a charge,
        which are major units, write `from_minor(amounts)`. Such costs do not belong to the value
        of stock: `Charge(..., capitalise=False)`.

    Raises:
        InvalidDataError: days that are negative, or go beyond the last tier; amounts too large
            for 64 bits.
        InvalidArgumentError: days that are no whole numbers.

    Time: one pass over the containers per tier.

    Examples:
        >>> from crmkit.profitability import DayTariff, demurrage
        >>> tariff = DayTariff(5, ((5, "60"), (5, "90"), (None, "150")))
        >>> demurrage([18, 5, 7], tariff)
        array([120000,      0,  12000])
        >>> demurrage([3], tariff, free_days_used=[4])
        array([12000])
    """
    check.instance(tariff, DayTariff, "tariff", "Say DayTariff(5, ((5, '60'), (None, '90'))).")
    stayed = _whole_days(days, "days")
    used = _whole_days(free_days_used, "free_days_used")
    if len(used) not in (1, len(stayed)):
        raise InvalidArgumentError(
            f"free_days_used must be one number or one per container:"
            f" {check.counted(len(stayed), 'container')}, {len(used):,} numbers."
        )
    free = np.maximum(tariff.free_days - used, 0)
    start = free if tariff.counted_from == "first_billable" else np.zeros_like(free)
    _refuse_untold(stayed, free, start, tariff)
    amounts, floor = np.zeros(len(stayed), dtype=np.int64), free
    for limit, rate in zip(tariff.limits, tariff.rates, strict=True):
        reached = np.minimum(stayed, start + limit)
        amounts += rate * np.maximum(reached - floor, 0)
        floor = np.maximum(floor, start + limit)
    return amounts


def _whole_days(days: ArrayLike, name: str) -> IntArray:
    array = np.atleast_1d(np.asarray(days))
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise InvalidArgumentError(
            f"{name} must be whole numbers, one per container; got {array.dtype} of shape"
            f" {array.shape}. Containers without a known number of days have no amount yet: leave"
            " them out, or count to the day you ask about."
        )
    odd = (array < 0) | (array >= 10**9)
    if odd.any():
        raise InvalidDataError(
            f"{name} must be 0 or more, and below 10**9; {check.counted(odd.sum(), 'container')}"
            f" not so, the first at position {np.argmax(odd)}: {array[np.argmax(odd)]}."
        )
    return array.astype(np.int64)


def _refuse_untold(days: IntArray, free: IntArray, start: IntArray, tariff: DayTariff) -> None:
    """Refuse days that no tier tells the rate of, and amounts beyond 64 bits."""
    beyond = (days > free) & (days > start + tariff.limits[-1])
    if beyond.any():
        row = int(np.argmax(beyond))
        raise InvalidDataError(
            f"the tiers end after {tariff.limits[-1]} days, and"
            f" {check.counted(beyond.sum(), 'container')} stayed longer, the first at position"
            f" {row}: {days[row]} days. Give the last tier None for its days, or add one."
        )
    if float(days.max(initial=0)) * float(tariff.rates.max()) > _LARGEST:
        raise InvalidDataError(
            f"{days.max():,} days at {tariff.rates.max():,} minor units do not fit 64 bits."
        )


# --- days from dates -----------------------------------------------------------------------------

_WEEKMASK: Final = "Mon Tue Wed Thu Fri"


def days_between(
    arrived: ArrayLike,
    left: ArrayLike,
    *,
    count: DayCount = "both",
    calendar: DayCalendar = "calendar",
    weekmask: str = _WEEKMASK,
    holidays: ArrayLike = (),
) -> IntArray:
    """Count the days that containers stayed, from their dates.

    Args:
        arrived: the first day of each container, datetime64; times of day are cut off.
        left: the last day, such as gate-out; one day for all that are still there.
        count: "both" counts both ends, so a container that leaves the day it came stayed one day;
            "one" starts with the day after arrival.
        calendar: all days, or "working" days only.
        weekmask: which days of the week are working days, as in `numpy.busday_count`.
        holidays: days that are not, datetime64.

    Returns:
        shape (containers,), int64.

    Raises:
        InvalidDataError: dates that are missing, or days left before they arrived.
        InvalidArgumentError: no datetime64, arrays of different length, a weekmask that is none,
            holidays without working days.

    Examples:
        >>> import numpy as np
        >>> from crmkit.profitability import days_between
        >>> arrived = np.array(["2026-03-02", "2026-03-06"], dtype="datetime64[D]")
        >>> left = np.array(["2026-03-19", "2026-03-09"], dtype="datetime64[D]")
        >>> days_between(arrived, left)
        array([18,  4])
        >>> days_between(arrived, left, count="one", calendar="working")
        array([13,  1])
    """
    check.choice(count, DayCount, "count")
    check.choice(calendar, DayCalendar, "calendar")
    start, end = _stays(_dates(arrived, "arrived"), _dates(left, "left"))
    closed = _dates(holidays, "holidays") if np.size(holidays) else np.zeros(0, "datetime64[D]")
    if calendar == "calendar" and (len(closed) or weekmask != _WEEKMASK):
        raise InvalidArgumentError(
            "weekmask and holidays matter to working days only; say calendar='working'."
        )
    first = start if count == "both" else start + 1
    if calendar == "calendar":
        return (end + 1 - first).astype(np.int64)
    return _working_days(first, end + 1, weekmask, closed)


def _working_days(first: DayArray, after: DayArray, weekmask: str, closed: DayArray) -> IntArray:
    try:
        counted = np.busday_count(first, after, weekmask=weekmask, holidays=closed)
    except ValueError as odd:
        raise InvalidArgumentError(
            f"weekmask must name working days, such as {_WEEKMASK!r}; got {weekmask!r} ({odd})."
        ) from None
    return np.asarray(counted, dtype=np.int64)


def _dates(days: ArrayLike, name: str) -> DayArray:
    array: NDArray[Any] = np.atleast_1d(np.asarray(days))
    if array.ndim != 1 or array.dtype.kind != "M":
        raise InvalidArgumentError(
            f"{name} must be datetime64, one per container; got {array.dtype} of shape"
            f" {array.shape}. Say np.array(['2026-03-02'], dtype='datetime64[D]')."
        )
    return array.astype("datetime64[D]")


def _stays(arrived: DayArray, left: DayArray) -> tuple[DayArray, DayArray]:
    if len(left) not in (1, len(arrived)):
        raise InvalidArgumentError(
            f"left must be one day, or one per container:"
            f" {check.counted(len(arrived), 'container')}, {len(left):,} days."
        )
    left = np.broadcast_to(left, arrived.shape)
    checks = {
        "without a day of arrival": np.isnat(arrived),
        "without a last day; count those still there to the day you ask about": np.isnat(left),
        "left before they arrived": left < arrived,
    }
    problems = [_first_of(what, bad, arrived, left) for what, bad in checks.items() if bad.any()]
    if problems:
        raise InvalidDataError("\n".join(problems))
    return arrived, left


def _first_of(what: str, bad: BoolArray, arrived: DayArray, left: DayArray) -> str:
    row = int(np.argmax(bad))
    return (
        f"{check.counted(np.count_nonzero(bad), 'container')} {what}; the first at position {row}:"
        f" {arrived[row]} to {left[row]}."
    )
