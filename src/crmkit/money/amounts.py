"""Read, write and multiply amounts of money without losing a cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._kernels.exact import (
    decimal_places,
    is_provable,
    muldiv,
    rounds_away,
    scaled_floats,
)
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.typing import BoolArray, IntArray, IntoMoney, IntoRate, RoundingMode

_MOST_DIGITS = 8
_INT64 = 2**63 - 1
_SAFE_TEXT = 16
"""A text this short has at most 15 digits beside its point, which a float keeps."""


class Rounding(StrEnum):
    """Where an amount between two minor units goes.

    Half modes differ only on exact halves: to the even unit, away from zero (up) or to zero
    (down). Down is to zero and up away from it; floor and ceiling follow the number line, so an
    amount and its reversal no longer cancel under them.

    Examples:
        >>> from crmkit.money import Rounding, to_minor
        >>> [to_minor("-0.125", rounding=mode) for mode in Rounding]
        [-12, -13, -12, -12, -13, -13, -12]
    """

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    DOWN = "down"
    UP = "up"
    FLOOR = "floor"
    CEILING = "ceiling"


def rounding_mode(value: RoundingMode | None, name: str = "rounding") -> RoundingMode | None:
    """Prove that *value* is a rounding mode, by name or as a `Rounding`, or None."""
    return None if value is None else check.choice(value, RoundingMode, name)


# --- in ------------------------------------------------------------------------------------------


@overload
def to_minor(  # type: ignore[overload-overlap]  # a text is one amount, not a list of letters
    values: IntoMoney, *, digits: int = ..., rounding: RoundingMode | None = ...
) -> int: ...
@overload
def to_minor(
    values: Sequence[IntoMoney] | NDArray[Any],
    *,
    digits: int = ...,
    rounding: RoundingMode | None = ...,
) -> IntArray: ...
def to_minor(
    values: IntoMoney | Sequence[IntoMoney] | NDArray[Any],
    *,
    digits: int = 2,
    rounding: RoundingMode | None = None,
) -> int | IntArray:
    """Read amounts in major units ("19.99", 20, Decimal, float) as whole minor units.

    A float is the decimal number that it prints, never its binary value: 1.15 is 115 cents. From
    10**15 minor units on floats no longer print every cent, so text or `Decimal` is wanted there.

    Args:
        values: one amount, or an array or list of them; integers are major units, 3 is 300.
        digits: digits of the currency: 2 for most, 0 for JPY, 3 for KWD.
        rounding: what to do with amounts between two units; None refuses them.

    Returns:
        an int, or an int64 array of the same length.

    Raises:
        InvalidDataError: amounts that are missing, no numbers, too large, or that do not fit the
            digits; all of them are counted, and the first of each kind is shown.
        InvalidArgumentError: digits or rounding outside their domain.

    Examples:
        >>> from crmkit.money import to_minor
        >>> to_minor(["19.99", "5", "-0.10"])
        array([1999,  500,  -10])
        >>> to_minor(2.675, rounding="half_up"), to_minor(1500, digits=0)
        (268, 1500)
    """
    check_digits(digits)
    mode = rounding_mode(rounding)
    if _is_one(values):
        # Text keeps numbers of any size apart, where an array would need one type for them.
        return int(minor_units(np.array([str(values)]), digits, mode)[0])
    return minor_units(np.asarray(values), digits, mode)


def _is_one(values: object) -> bool:
    return isinstance(values, str | int | float | Decimal | np.number) or values is None


def check_digits(digits: int) -> int:
    """Prove that *digits* is a number of decimal digits."""
    if check.whole_number(digits, "digits", at_least=0) > _MOST_DIGITS:
        raise InvalidArgumentError(f"digits must be at most {_MOST_DIGITS}; got {digits}.")
    return digits


def minor_units(
    values: NDArray[Any], digits: int, mode: RoundingMode | None, name: str = "amounts"
) -> IntArray:
    """Read an array of amounts; see `to_minor`."""
    if values.ndim != 1:
        raise InvalidArgumentError(
            f"{name} must be one amount or a list of them; got an array of shape {values.shape}."
        )
    if values.dtype.kind in "iu":
        return _whole_amounts(values, digits, name)
    if values.dtype.kind == "f":
        units, fits = scaled_floats(values.astype(np.float64), digits)
    elif values.dtype.kind in "OUT" or len(values) == 0:
        values = values.astype(np.str_)
        units, fits = _short_texts(values, digits)
    else:
        raise InvalidArgumentError(f"{name} must be numbers or texts; got {values.dtype}.")
    _read_rest(values, units, np.flatnonzero(~fits), (digits, mode, name))
    return units


def _whole_amounts(values: NDArray[Any], digits: int, name: str) -> IntArray:
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    if largest * 10**digits > _INT64:
        raise InvalidDataError(
            f"{name}: {largest:,} in units of 10**-{digits} does not fit 64 bits."
            " Whole numbers are major units; pass amounts of such a size in fewer digits."
        )
    return np.asarray(np.multiply(values, 10**digits, dtype=np.int64))


def _short_texts(texts: NDArray[np.str_], digits: int) -> tuple[IntArray, BoolArray]:
    """Read short texts as floats; those of more digits are left for the slow way."""
    try:
        floats = texts.astype(np.float64)
    except ValueError:
        floats = np.full(len(texts), np.nan)
    units, fits = scaled_floats(floats, digits)
    return units, fits & (np.strings.str_len(texts) <= _SAFE_TEXT)


def _read_rest(
    values: NDArray[Any],
    units: IntArray,
    rows: IntArray,
    how: tuple[int, RoundingMode | None, str],
) -> None:
    """Read the few amounts that are no short decimals one by one, and list what is wrong."""
    digits, mode, name = how
    problems: dict[str, list[int]] = {}
    for row in rows.tolist():
        found = _exactly(values[row].item(), digits, mode)
        if isinstance(found, str):
            problems.setdefault(found, []).append(row)
        else:
            units[row] = found
    if problems:
        raise InvalidDataError(
            "\n".join(
                f"{name}: {check.counted(len(rows), 'value')} {what.format(digits=digits)}; the"
                f" first is {values[rows[0]].item()!r} at position {rows[0]}. {_REMEDIES[what]}"
                for what, rows in problems.items()
            )
        )


_MISSING = "missing"
_NO_NUMBER = "no number"
_TOO_FINE = "finer than {digits} digits"
_TOO_LARGE = "too large for 64 bits"
_TOO_LONG = "of more than 15 digits as floats"
_REMEDIES = {
    _MISSING: "Unknown is not 0: leave the line out, or say the amount.",
    _NO_NUMBER: "Write amounts plainly, as '1234.50': no thousands separator, no currency sign.",
    _TOO_FINE: "Round them, e.g. to_minor(..., rounding='half_up'), or say more digits.",
    _TOO_LARGE: "Say fewer digits.",
    _TOO_LONG: "Floats do not hold every cent there: pass text or decimal.Decimal.",
}


def _exactly(value: object, digits: int, mode: RoundingMode | None) -> int | str:
    """Return the minor units of one amount, or which problem it has."""
    try:
        number = Decimal(repr(value) if isinstance(value, float) else str(value).strip())
    except InvalidOperation:
        return _MISSING if str(value).strip() in ("", "None", "<NA>", "NaT") else _NO_NUMBER
    if not number.is_finite():
        return _MISSING if number.is_nan() else _NO_NUMBER
    top, bottom = number.as_integer_ratio()
    if mode is None and top * 10**digits % bottom:
        return _TOO_FINE
    units = round_ratio(top * 10**digits, bottom, mode or "half_up")
    if abs(units) > _INT64:
        return _TOO_LARGE
    return _TOO_LONG if isinstance(value, float) and abs(units) > 10**15 else units


def round_ratio(top: int, bottom: int, mode: RoundingMode) -> int:
    """Round top / bottom, Python integers of any size, to a whole number."""
    whole, rest = divmod(abs(top), bottom)
    # Ranked as small numbers: below, at or above one half.
    half = 0 if rest == 0 else 2 + (2 * rest > bottom) - (2 * rest < bottom)
    odd, rank, span = (np.array([n], dtype=np.int64) for n in (whole % 2, half, 4))
    size = whole + int(rounds_away(odd, rank, span, mode, top < 0)[0])
    return -size if top < 0 else size


# --- out -----------------------------------------------------------------------------------------


@overload
def from_minor(units: int, *, digits: int = ...) -> Decimal: ...
@overload
def from_minor(
    units: Sequence[int] | NDArray[np.integer[Any]], *, digits: int = ...
) -> NDArray[np.object_]: ...
def from_minor(
    units: int | Sequence[int] | NDArray[np.integer[Any]], *, digits: int = 2
) -> Decimal | NDArray[np.object_]:
    """Write minor units as `Decimal` amounts in major units, exactly.

    Args:
        units: whole minor units, one or many.
        digits: digits of the currency.

    Returns:
        a Decimal, or an object array of them.

    Raises:
        InvalidArgumentError: not whole numbers.

    Examples:
        >>> from crmkit.money import from_minor
        >>> print(from_minor(333), *from_minor([-5, 1000]))
        3.33 -0.05 10.00
    """
    check_digits(digits)
    array = np.asarray(units)
    if len(array.ravel()) and array.dtype.kind not in "iu":
        raise InvalidArgumentError(
            f"minor units are whole numbers; got {array.dtype}. to_minor makes them."
        )
    amounts = [Decimal(unit).scaleb(-digits) for unit in array.ravel().tolist()]
    if array.ndim == 0:
        return amounts[0]
    written = np.empty(len(amounts), dtype=object)
    written[:] = amounts
    return written


# --- times a rate --------------------------------------------------------------------------------


@overload
def multiply(amounts: int, rate: IntoRate, *, rounding: RoundingMode = ...) -> int: ...
@overload
def multiply(
    amounts: Sequence[int] | NDArray[np.integer[Any]],
    rate: IntoRate | Sequence[IntoRate] | NDArray[Any],
    *,
    rounding: RoundingMode = ...,
) -> IntArray: ...
def multiply(
    amounts: int | Sequence[int] | NDArray[np.integer[Any]],
    rate: IntoRate | Sequence[IntoRate] | NDArray[Any],
    *,
    rounding: RoundingMode = "half_up",
) -> int | IntArray:
    """Multiply amounts by a rate, exactly, and round once: a tax, a commission, a conversion.

    Args:
        amounts: minor units.
        rate: one factor, or one per amount; "0.0035" and 0.0035 are 35/10000, and
            Fraction(10, 629) divides by 62.9. Between currencies of different digits the factor
            carries the power of ten: 10,000 JPY at 0.006125 are multiply(10_000, "0.6125") cents.
        rounding: where results between two units go.

    Returns:
        minor units: an int for one amount, else an int64 array.

    Raises:
        InvalidDataError: a rate that is no number, or a result that int64 cannot be proven to
            hold.
        InvalidArgumentError: amounts that are no whole numbers, an unknown rounding.

    Examples:
        >>> from crmkit.money import multiply
        >>> multiply([20000, 333], "0.065"), multiply(10_000, "0.6125")
        (array([1300,   22]), 6125)
    """
    mode = check.choice(rounding, RoundingMode, "rounding")
    units = whole_units(amounts, "amounts")
    tops, bottoms = rationals(rate)
    if len(tops) not in (1, len(units)):
        raise InvalidArgumentError(
            f"rate must be one number, or one per amount: {len(units):,} amounts,"
            f" {len(tops):,} rates."
        )
    product = rounded_product(units, tops, bottoms, mode)
    return int(product[0]) if np.ndim(amounts) == 0 else product


def whole_units(amounts: object, name: str) -> IntArray:
    """Prove that *amounts* are minor units; one of them becomes an array of one."""
    array = np.atleast_1d(np.asarray(amounts))
    if array.ndim != 1 or (array.dtype.kind not in "iu" and len(array)):
        raise InvalidArgumentError(
            f"{name} must be whole minor units, such as cents; got {array.dtype} of shape"
            f" {array.shape}. to_minor('19.99') makes them."
        )
    # The smallest int64 has no positive counterpart.
    if len(array) and (int(array.max()) > _INT64 or int(array.min()) < -_INT64):
        raise InvalidArgumentError(f"{name} must fit 64 bits; the largest is {array.max():,}.")
    return array.astype(np.int64)


def rationals(rates: object) -> tuple[IntArray, IntArray]:
    """Return rates as fractions of whole numbers, numerators and denominators."""
    array = np.atleast_1d(np.asarray(rates))
    if array.dtype.kind == "f":
        places, whole = decimal_places(np.asarray(array, dtype=np.float64))
        if bool(np.all(places >= 0)):
            return whole.astype(np.int64), 10**places
    fractions = [_fraction(rate, row) for row, rate in enumerate(array.tolist())]
    tops = [fraction.numerator for fraction in fractions]
    bottoms = [fraction.denominator for fraction in fractions]
    if max(map(abs, tops + bottoms), default=0) >= 2**62:
        raise InvalidDataError("a rate has too many digits for 64 bits; round it to 15 or fewer.")
    return np.array(tops, dtype=np.int64), np.array(bottoms, dtype=np.int64)


def _fraction(rate: object, row: int) -> Fraction:
    try:
        if isinstance(rate, bool):
            raise TypeError
        return rate if isinstance(rate, Fraction) else Fraction(str(rate))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise InvalidDataError(
            f"the rate at position {row} is {rate!r}, no number. Write '0.065' for 6.5 %."
        ) from None


def rounded_product(
    units: IntArray, tops: IntArray, bottoms: IntArray, mode: RoundingMode
) -> IntArray:
    """Return units x tops / bottoms, rounded once."""
    tops, bottoms = (np.broadcast_to(part, units.shape) for part in (tops, bottoms))
    sizes, factors = np.abs(units), np.abs(tops)
    bounds = sizes.astype(np.float64) * factors / bottoms
    beyond = ~is_provable(bounds, bottoms.astype(np.float64))
    if beyond.any():
        row = int(np.argmax(beyond))
        raise InvalidDataError(
            f"{units[row]:,} times {tops[row]}/{bottoms[row]} is too large to be exact in 64 bits;"
            " round the rate to fewer digits."
        )
    negative = (units < 0) ^ (tops < 0)
    quotients, rests = muldiv(sizes, factors, np.ascontiguousarray(bottoms))
    quotients += rounds_away(quotients, rests, bottoms, mode, negative)
    return np.where(negative, -quotients, quotients)
