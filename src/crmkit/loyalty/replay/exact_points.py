"""Points as whole numerators over one denominator, so that no fraction is lost on the way."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

import attrs
import numpy as np

from crmkit._kernels.exact import muldiv, rounds_away
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration.amounts import Multiply, PerSpend
from crmkit.loyalty.declaration.programme import Programme
from crmkit.typing import IntArray, RoundingMode

_INT64 = 2**63 - 1
_STEPS = 1000
"""Shares of a total are taken in steps of at least this fineness."""


@attrs.frozen(kw_only=True)
class Scale:
    """What numerators of points stand over.

    Attributes:
        base: the denominator before multipliers; shares of totals are rounded to steps of it.
        over: the denominator of all numerators, a multiple of *base*.
        point: units of one point (10**point_digits).
        money: minor units of one major unit of money.
        rounding: where a fraction of a unit goes.
    """

    base: int
    over: int
    point: int
    money: int
    rounding: RoundingMode

    def numerator(self, figure: Fraction) -> int:
        """Return a figure in points as a numerator."""
        whole = figure * self.point * self.over
        return whole.numerator // whole.denominator

    def rounded(self, numerators: IntArray) -> IntArray:
        """Round numerators to whole units of points."""
        quotients, remainders = np.divmod(np.abs(numerators), self.over)
        negative = numerators < 0
        up = rounds_away(
            quotients, remainders, np.full(len(quotients), self.over), self.rounding, negative
        )
        return np.where(negative, -(quotients + up), quotients + up)

    def step(self, totals: IntArray, parts: IntArray, wholes: IntArray) -> IntArray:
        """Return totals x parts / wholes, to the nearest step of the base, ties to even."""
        size = self.over // self.base
        steps = totals // size
        quotients, remainders = muldiv(np.abs(steps), parts, wholes)
        up = rounds_away(quotients, remainders, wholes, "half_even", negative=False)
        return np.sign(steps) * (quotients + up) * size


@lru_cache
def scale_of(programme: Programme) -> Scale:
    """Return the denominator that every amount of a programme fits.

    Raises:
        InvalidArgumentError: the rules' fractions need more than 64 bits.
    """
    policies = programme.policies
    point, money = 10**policies.point_digits, 10**policies.money_digits
    base, over = _STEPS, 1
    for rule in programme.earning:
        amount = rule.amount
        if isinstance(amount, Multiply):
            over *= amount.factor.denominator
        else:
            per, each = Fraction(1), amount.points * point
            if isinstance(amount, PerSpend):
                per = Fraction(amount.per) * money
                each = each if amount.whole else each / per
            base = math.lcm(base, per.numerator, each.denominator)
    if base * over > _INT64 >> 30:
        raise InvalidArgumentError(
            f"the fractions of this programme's rules need a denominator of {base * over:,}, which"
            " leaves no room for amounts in 64 bits; write rates with fewer digits."
        )
    return Scale(base=base, over=base * over, point=point, money=money, rounding=policies.rounding)
