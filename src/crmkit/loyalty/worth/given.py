"""What a caller says of breakage, points and money, read and proven."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal, TypeAlias, TypeVar

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.worth.breakage import Breakage, share_of
from crmkit.loyalty.worth.breakage import breakage as estimated
from crmkit.loyalty.worth.cohorts import fitting
from crmkit.loyalty.worth.views import LotLedger
from crmkit.typing import IntoRate

IntoBreakage: TypeAlias = Literal["estimated"] | Breakage | IntoRate
T = TypeVar("T")


class Reader:
    """Reads one value after another, and keeps what is wrong with them to tell it at once."""

    def __init__(self) -> None:
        """Start without a problem."""
        self._problems: list[str] = []

    def read(self, reading: Callable[[], T], instead: T) -> T:
        """Return what was read; *instead* if it could not be."""
        try:
            return reading()
        except (InvalidArgumentError, InvalidDataError) as error:
            self._problems.append(str(error))
            return instead

    def share(self, value: IntoRate, name: str) -> Fraction:
        """Return a share from 0 to 1; 0 if it is none."""
        return self.read(lambda: share_of(value, name), Fraction(0))

    def refuse(self) -> None:
        """Raise one error of all problems, if there are any."""
        if self._problems:
            raise InvalidArgumentError("\n".join(self._problems))


def breakage_of(ledger: LotLedger, given: IntoBreakage) -> Breakage | Fraction:
    """Read a breakage: to be estimated, estimated already, or a share.

    Raises:
        InvalidArgumentError: it is none of these, or one that does not fit.
    """
    if isinstance(given, str) and given == "estimated":
        return fitting(estimated(ledger), ledger)
    if isinstance(given, Breakage):
        return fitting(given, ledger)
    return share_of(given, "breakage")


def value_of(value: IntoRate, name: str) -> Fraction:
    """Read what a point is worth.

    Raises:
        InvalidArgumentError: it is no amount above zero.
    """
    try:
        number = read.factor(value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{name}: {error}") from None
    if number == 0:
        raise InvalidArgumentError(f"{name}: expected an amount above zero; got {value!r}.")
    return number
