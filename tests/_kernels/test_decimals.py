"""Floats back on the decimal grid they were written on."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.decimals import MAX_DIGITS, is_summable, on_grid, smallest_grid


def digits_of(units, digits):
    """How many digits the longest of these decimals really has."""
    normal = [Decimal(u).scaleb(-digits).normalize() for u in units]
    return max(0, max((-x.as_tuple().exponent for x in normal if x), default=0))


@given(
    units=st.lists(st.integers(-(10**9), 10**9) | st.integers(-50, 50), max_size=50),
    digits=st.integers(0, MAX_DIGITS),
)
def test_decimal_numbers_come_back_as_whole_units_of_the_coarsest_grid(units, digits):
    values = np.array([float(Decimal(u).scaleb(-digits)) for u in units], dtype=np.float64)
    coarsest = digits_of(units, digits)

    found, at = smallest_grid(values)

    assert coarsest == at
    assert units == [x * 10 ** (digits - at) for x in found.tolist()]


@given(
    lines=st.lists(
        st.tuples(st.integers(-500, 500), st.integers(1, 500_000)), min_size=1, max_size=50
    )
)
def test_quantity_times_price_is_on_the_grid_of_the_price(lines):
    # As every till export computes it; the product carries float noise.
    values = np.array([quantity * (cents / 100) for quantity, cents in lines])
    expected = [quantity * cents for quantity, cents in lines]
    assert expected == on_grid(values, 2).tolist()


@pytest.mark.parametrize(
    ("value", "digits", "unit"),
    [
        (0.1 * 3, 1, 3),  # 0.30000000000000004
        (0.1 * 10, 0, 1),
        (6 * 2.55, 1, 153),  # 15.299999999999999
        (19.99 - 19.98, 2, 1),  # 0.00999999999999801
        (19.99, 2, 1999),  # int(19.99 * 100) is 1998
        (-19.99, 2, -1999),
        (0.07, 2, 7),  # 0.07 * 100 is 7.000000000000001
        (-0.0, 0, 0),
    ],
)
def test_noise_in_the_last_bits_is_not_a_digit(value, digits, unit):
    units, at = smallest_grid(np.array([value]))
    assert (digits, [unit]) == (at, units.tolist())


def test_ten_dimes_are_a_dollar():
    # Note, section 3.3: a decimal grid, not a binary one: 10 x 0.1 must equal 1.0.
    units, digits = smallest_grid(np.array([0.1] * 10 + [1.0]))
    assert int(units[:10].sum()) == int(units[10])
    assert digits == 1


@pytest.mark.parametrize(
    "value", [1 / 3, 2**0.5, 0.123456789, 1e15, 12345678901234.567, np.nan, np.inf]
)
def test_numbers_without_a_grid_have_none(value):
    assert smallest_grid(np.array([1.0, value])) is None


def test_one_long_number_among_thousands_decides_the_grid():
    for place in (0, 1, 4998, 4999):
        values = np.ones(5000)
        values[place] = 0.125
        units, digits = smallest_grid(values)
        assert digits == 3
        assert units[place] == 125


def test_a_column_without_numbers_has_the_coarsest_grid():
    units, digits = smallest_grid(np.array([]))
    assert (digits, units.tolist()) == (0, [])


def test_sums_must_fit_into_64_bits_in_every_order():
    assert is_summable(np.array([2**61, -(2**61)]))
    assert not is_summable(np.array([2**62, 2**62, -(2**62)]))
    assert is_summable(np.array([], dtype=np.int64))


def test_a_column_whose_sum_would_overflow_has_no_grid():
    # 60,000 lines of 10**14 units pass 2**62.
    assert smallest_grid(np.full(60_000, 1e14)) is None
    assert smallest_grid(np.full(40_000, 1e14)) is not None
