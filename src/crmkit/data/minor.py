"""Numbers on a decimal grid as minor units of a currency."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.decimals import is_summable
from crmkit.data.decimals import Decimals
from crmkit.errors import InvalidDataError
from crmkit.money.amounts import minor_units
from crmkit.typing import IntArray, RoundingMode


def minor_of(
    numbers: Decimals, digits: int, name: str, rounding: RoundingMode | None = None
) -> IntArray:
    """Return numbers in units of 10**-digits.

    Raises:
        InvalidDataError: some are finer than the digits and no rounding is named, or all are too
            large to be summed.
    """
    if numbers.digits is None or numbers.digits > digits:
        return minor_units(numbers.values, digits, rounding, name)
    scale = 10 ** (digits - numbers.digits)
    units = np.asarray(numbers.units, dtype=np.int64)
    if scale == 1:
        return units
    # Asked in floats: in integers the product might already be wrong.
    if not is_summable(units.astype(np.float64) * scale):
        raise InvalidDataError(
            f"{name}: the figures are too large to be summed in units of"
            f" 10**-{digits} in 64 bits; say fewer digits."
        )
    return np.asarray(units * scale, dtype=np.int64)
