"""Shares and counts of baskets, compared on integers."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np

from crmkit.errors import InvalidArgumentError
from crmkit.typing import IntoSupport


def min_count_of(min_support: IntoSupport, baskets: int, name: str = "min_support") -> int:
    """Return the smallest count of baskets that reaches a threshold.

    Raises:
        InvalidArgumentError: a count below 1 or above the baskets, a share not in (0, 1].
    """
    if isinstance(min_support, int | np.integer) and not isinstance(min_support, bool):
        return _proven_count(int(min_support), baskets, name)
    if not isinstance(min_support, float | np.floating | Fraction | Decimal):
        raise InvalidArgumentError(
            f"{name} must be a share such as 0.01 or a count such as 100; got {min_support!r}."
        )
    # A Decimal that is no number cannot even be compared.
    if not math.isfinite(min_support) or not 0 < min_support <= 1:
        many = math.isfinite(min_support) and min_support > 1
        meant = f" For a count say {name}={int(min_support)}." if many else ""
        raise InvalidArgumentError(
            f"{name} as a share must lie above 0 and not above 1; got {min_support!r}.{meant}"
        )
    return _count_of_share(min_support, baskets)


def _proven_count(count: int, baskets: int, name: str) -> int:
    if count < 1:
        raise InvalidArgumentError(
            f"{name} as a count must be 1 or more; got {count}. In a share of baskets say 0.01."
        )
    if count > baskets > 0:
        raise InvalidArgumentError(
            f"{name} asks for {count:,} baskets, and there are {baskets:,}. For a share of them say"
            f" a float, e.g. {name}=0.01."
        )
    return count


def _count_of_share(share: float | Fraction | Decimal, baskets: int) -> int:
    if isinstance(share, Fraction | Decimal):
        return max(1, math.ceil(Fraction(share) * baskets))
    # 0.07 * 100 is 7.000000000000001. One division of two integers is correctly rounded and
    # monotone, so both 0.07 and 7 / 100 reach their count.
    count = max(1, math.ceil(float(share) * baskets))
    while count > 1 and (count - 1) / baskets >= share:
        count -= 1
    while count < baskets and count / baskets < share:
        count += 1
    return count
