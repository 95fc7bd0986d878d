"""Amounts in and out, and times a rate, against Python's decimals and fractions."""

import decimal
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.exact import is_provable, muldiv
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import Rounding, from_minor, multiply, to_minor
from money_oracles import rounded

MODES = [mode.value for mode in Rounding]
cents = st.integers(-(10**15), 10**15)


@given(units=st.lists(cents, max_size=20), digits=st.integers(0, 3))
def test_text_decimal_and_float_are_read_alike(units, digits):
    amounts = from_minor(units, digits=digits)
    assert to_minor(amounts, digits=digits).tolist() == units
    assert to_minor([str(a) for a in amounts], digits=digits).tolist() == units
    assert to_minor(amounts.astype(float), digits=digits).tolist() == units


@pytest.mark.parametrize("mode", MODES)
@given(
    value=st.decimals(-(10**6), 10**6, allow_nan=False, places=5),
    digits=st.integers(0, 4),
)
def test_rounding_is_that_of_decimal(mode, value, digits):
    step = Decimal(1).scaleb(-digits)
    expected = value.quantize(step, rounding=getattr(decimal, f"ROUND_{mode.upper()}"))
    assert from_minor(to_minor(value, digits=digits, rounding=mode), digits=digits) == expected
    assert to_minor([value], digits=digits, rounding=Rounding(mode))[0] == int(
        expected.scaleb(digits)
    )


@given(values=st.lists(st.floats(-(10**9), 10**9), max_size=20), mode=st.sampled_from(MODES))
def test_a_float_is_the_decimal_it_prints(values, mode):
    expected = [rounded(Fraction(repr(value)) * 100, mode) for value in values]
    assert to_minor(values, rounding=mode).tolist() == expected


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (19.99, {}, 1999),
        (1.15, {}, 115),
        (3, {}, 300),
        (np.float64(0.1), {}, 10),
        (np.int32(7), {"digits": 3}, 7000),
        (" 5.5 ", {}, 550),
        ("1e3", {}, 100_000),
        ("92233720368547758.07", {}, 2**63 - 1),
        (2.675, {"rounding": "half_up"}, 268),
        ("0.0049999999999999999999999", {"rounding": "half_up"}, 0),
        (1500, {"digits": 0}, 1500),
    ],
)
def test_known_amounts(value, options, expected):
    got = to_minor(value, **options)
    assert (got, type(got)) == (expected, int)


def test_arrays_of_any_kind():
    assert to_minor(np.array([1, 2], dtype=np.int8)).tolist() == [100, 200]
    assert to_minor(pd.Series(["1.5", "2"])).tolist() == [150, 200]
    assert to_minor(pd.Series([1.5, 2.25])).tolist() == [150, 225]
    assert to_minor([Decimal("1.10"), 2, "3"]).tolist() == [110, 200, 300]
    assert to_minor([]).tolist() == []
    assert to_minor([1.5, 2.25]).dtype == np.int64


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["1.005", "2"], r"1 value finer than 2 digits; the first is '1.005' at position 0"),
        ([1.005], "rounding='half_up'"),
        ("1.00000000000000000001", "finer than 2 digits"),
        ([None, "1"], "1 value missing.*Unknown is not 0"),
        ([np.nan, 1.0], "missing"),
        (["", "1"], "missing"),
        (["1,50"], "no number.*no thousands separator"),
        (["EUR 5", "x"], "2 values no number"),
        ([np.inf], "no number"),
        (["1e40"], "too large for 64 bits"),
        ([1e15], "15 digits as floats.*Decimal"),
        ([2**62], "does not fit 64 bits"),
    ],
)
def test_amounts_refused(values, words):
    with pytest.raises(InvalidDataError, match=words):
        to_minor(values)


def test_all_problems_at_once():
    with pytest.raises(InvalidDataError) as caught:
        to_minor(["1.234", None, "abc", "7"])
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert "'1.234' at position 0" in lines[0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: to_minor(1, digits=9), "at most 8"),
        (lambda: to_minor(1, rounding="half-up"), "did you mean 'half_up'"),
        (lambda: to_minor([[1.0]]), "shape"),
        (lambda: to_minor(np.array([True])), "bool"),
        (lambda: from_minor(1.5), "whole numbers"),
        (lambda: multiply(1.5, "0.1"), "whole minor units"),
        (lambda: multiply([1, 2, 3], ["0.1", "0.2"]), "3 amounts, 2 rates"),
    ],
)
def test_arguments_refused(call, words):
    with pytest.raises(InvalidArgumentError, match=words):
        call()


# --- rates ---------------------------------------------------------------------------------------


@given(
    amount=st.integers(-(10**13), 10**13),
    rate=st.one_of(
        st.decimals(-100, 100, places=6),
        st.fractions(-5, 5, max_denominator=1000),
        st.integers(-100, 100),
        st.floats(-10, 10).map(lambda x: round(x, 8)),
    ),
    mode=st.sampled_from(MODES),
)
def test_products_are_rounded_once(amount, rate, mode):
    exact = amount * (Fraction(repr(rate)) if isinstance(rate, float) else Fraction(rate))
    assert multiply(amount, rate, rounding=mode) == rounded(exact, mode)
    assert multiply([amount, 1], [rate, rate], rounding=mode)[0] == rounded(exact, mode)


def test_conversions():
    assert multiply(10_000, "0.6125") == 6125  # JPY 10,000 at 0.006125, in cents
    assert multiply(10_000, Fraction(10, 629)) == 159  # divided by 62.9
    assert multiply([999, 1], 0.5).tolist() == [500, 1]


@pytest.mark.parametrize("rate", ["x", None, True, float("nan"), "1/0"])
def test_rates_refused(rate):
    with pytest.raises(InvalidDataError, match="no number"):
        multiply(1, [rate])


def test_products_too_large_are_refused():
    with pytest.raises(InvalidDataError, match="too large to be exact"):
        multiply(2**62, 3)
    with pytest.raises(InvalidDataError, match="too many digits"):
        multiply(1, Decimal("0.1234567890123456789"))


def test_muldiv_on_the_edges_of_its_proof():
    rng = np.random.default_rng(11)
    divisors = rng.integers(1, 2**59, 20_000)
    factors = (divisors * rng.random(20_000)).astype(np.int64)
    factors[:2000], factors[2000:4000] = divisors[:2000], 0
    amounts = rng.integers(0, 2**53, 20_000)
    # products that lie at multiples of the divisor, where a float quotient errs
    amounts[4000:8000] = divisors[4000:8000] >> 7
    factors[4000:8000] = divisors[4000:8000] - 1
    assert is_provable(amounts.astype(float), divisors.astype(float)).all()
    quotients, remainders = muldiv(amounts, factors, divisors)
    for a, f, d, q, r in zip(
        *map(np.ndarray.tolist, (amounts, factors, divisors, quotients, remainders)), strict=True
    ):
        assert divmod(a * f, d) == (q, r)
