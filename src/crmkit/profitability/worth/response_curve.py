"""How many more say yes when more is spent on each? The response curve."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError


def refuse_unless(checks: dict[str, bool]) -> None:
    """Raise all sentences that do not hold, in one error."""
    problems = [problem for problem, holds in checks.items() if not holds]
    if problems:
        raise InvalidArgumentError("\n".join(problems))


@attrs.frozen
class ResponseCurve:
    """The rate of success that a spend per head buys: ceiling - (ceiling - floor) e^(-k spend).

    Attributes:
        ceiling: the rate that no spend exceeds, up to 1.
        floor: the rate without any spend.
        k: how fast the gap closes: a spend of ln(2) / k halves it.
        known: the point (spend, rate) the curve was drawn through, if it was.

    Raises:
        InvalidArgumentError: rates outside 0 .. 1 or out of order, k not above 0.

    Examples:
        >>> from crmkit.profitability import ResponseCurve
        >>> ResponseCurve(0.4, 0.0, 0.15)
        ResponseCurve(0 % to 40 %, half of the gap closed at 4.621)
    """

    ceiling: float
    floor: float
    k: float
    known: tuple[float, float] | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check the rates."""
        low, high, k = check.real(self.floor), check.real(self.ceiling), check.real(self.k)
        refuse_unless(
            {
                f"floor and ceiling must be rates, 0 <= floor < ceiling <= 1; got {self.floor!r}"
                f" and {self.ceiling!r}.": 0 <= low < high <= 1,
                f"k must be a number above 0; got {self.k!r}. from_point finds it.": 0 < k < np.inf,
            }
        )

    def __repr__(self) -> str:
        """Floor, ceiling, and the spend that closes half of the gap."""
        half = np.log(2) / self.k
        span = f"{self.floor * 100:.4g} % to {self.ceiling * 100:.4g} %"
        return f"ResponseCurve({span}, half of the gap closed at {half:.4g})"

    @classmethod
    def from_point(cls, spend: float, rate: float, ceiling: float, *, floor: float = 0.0) -> Self:
        """Draw the curve through what is known: today's spend per head and the rate it brings.

        Two points fit without residual, so nothing here says how good the guess of the ceiling
        is: see `CustomerEquity.sensitivity`.

        Raises:
            InvalidArgumentError: a spend not above 0, rates out of order; all are listed.

        Examples:
            >>> from crmkit.profitability import ResponseCurve
            >>> ResponseCurve.from_point(5, 0.2, ceiling=0.4)
            ResponseCurve(0 % to 40 %, half of the gap closed at 5)
        """
        low, at, high = (check.real(number) for number in (floor, rate, ceiling))
        refuse_unless(
            {
                f"spend must be a number above 0; got {spend!r}.": 0 < check.real(spend) < np.inf,
                "rates must be 0 <= floor < rate < ceiling <= 1;"
                f" got {floor!r}, {rate!r}, {ceiling!r}.": 0 <= low < at < high <= 1,
            }
        )
        k = -np.log1p(-(rate - floor) / (ceiling - floor)) / spend
        return cls(ceiling, floor, float(k), known=(spend, rate))

    def with_ceiling(self, ceiling: float) -> Self:
        """Return the curve with another ceiling, through the same known point if there is one.

        Examples:
            >>> from crmkit.profitability import ResponseCurve
            >>> ResponseCurve.from_point(5, 0.2, ceiling=0.4).with_ceiling(0.8)
            ResponseCurve(0 % to 80 %, half of the gap closed at 12.05)
        """
        if self.known is None:
            return attrs.evolve(self, ceiling=ceiling)
        return self.from_point(*self.known, ceiling, floor=self.floor)

    def rate(self, spend: float) -> float:
        """Return the rate of success at a spend per head.

        Examples:
            >>> from crmkit.profitability import ResponseCurve
            >>> round(ResponseCurve(0.4, 0.0, 0.15).rate(9.48), 3)
            0.304
        """
        return float(self.ceiling - (self.ceiling - self.floor) * np.exp(-self.k * spend))

    def slope(self, spend: float) -> float:
        """Return what one more unit of money per head adds to the rate.

        Examples:
            >>> from crmkit.profitability import ResponseCurve
            >>> round(ResponseCurve(0.4, 0.0, 0.15).slope(0), 3)
            0.06
        """
        return float(self.k * (self.ceiling - self.floor) * np.exp(-self.k * spend))

    def spend_at(self, slope: float) -> float:
        """Return the spend per head at which one more unit adds *slope*; 0 if none adds as much.

        Examples:
            >>> from crmkit.profitability import ResponseCurve
            >>> round(ResponseCurve(0.4, 0.0, 0.15).spend_at(0.0145), 2)
            9.47
        """
        steepest = self.k * (self.ceiling - self.floor)
        return max(float(np.log(steepest / slope)) / self.k, 0.0)
