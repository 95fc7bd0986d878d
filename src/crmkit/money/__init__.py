"""Exact money: whole minor units in int64, rounding that is named, amounts spread to the cent.

    >>> from crmkit.money import allocate
    >>> allocate([1000, -500], weights=[1, 1, 1, 3, 7], groups=[0, 0, 0, 1, 1])
    array([ 334,  333,  333, -150, -350])

A minor unit is the smallest amount of the books: a cent at two digits, a yen at none, a fils at
three. Amounts are read by `to_minor`, written by `from_minor`, multiplied by rates with `multiply`,
spread over lines by `allocate` and over receipts in time by `cumulative_shares`.
"""

from crmkit.money.allocation import AllocationRule, allocate
from crmkit.money.amounts import Rounding, from_minor, multiply, to_minor
from crmkit.money.running import cumulative_shares

__all__ = [
    "AllocationRule",
    "Rounding",
    "allocate",
    "cumulative_shares",
    "from_minor",
    "multiply",
    "to_minor",
]
