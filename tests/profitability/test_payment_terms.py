"""The worth of payment terms: figures worked by hand, and what must hold between them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.profitability import discount_rate, payment_terms_value

RATES = st.floats(0, 1)
DAYS = st.integers(-365, 730)


def test_one_by_15_or_net_45():
    # 1/99 over 30 days: 12 times a year of 360 days, or compounded 365/30 times.
    assert discount_rate(0.01, 15, 45, year=360) == pytest.approx(12 / 99)
    assert round(float(discount_rate(0.01, 15, 45, year=360)), 4) == 0.1212
    effective = discount_rate(0.01, 15, 45, year=365, method="effective")
    assert effective == pytest.approx((100 / 99) ** (365 / 30) - 1)
    assert round(float(effective), 4) == 0.1301


def test_two_by_10_or_net_30_is_the_textbooks_372_per_mille():
    # 2/98 x 365/20 = 37.2 % simple, 44.6 % effective: found in any text on trade credit.
    assert round(float(discount_rate(0.02, 10, 30, year=365)), 3) == 0.372
    assert round(float(discount_rate(0.02, 10, 30, year=365, method="effective")), 3) == 0.446


def test_simple_value_is_the_plain_product():
    exact = Fraction(250) * Fraction(8, 100) * Fraction(45, 360)
    found = payment_terms_value(250, 45, 0.08, method="simple", year=360)
    assert found == pytest.approx(float(exact))


def test_a_year_at_25_per_cent_is_worth_a_fifth():
    assert payment_terms_value(100, 365, 0.25) == pytest.approx(20)


@given(st.floats(0, 1e6), DAYS, RATES)
def test_what_is_saved_and_what_is_still_paid_make_the_price(price, days, rate):
    saved = payment_terms_value(price, days, rate)
    assert (price - saved) * (1 + rate) ** (days / 365) == pytest.approx(price, abs=1e-6)


@given(DAYS, RATES)
def test_simple_interest_saves_more_than_compound_discounts_within_a_year(days, rate):
    # log(1 + i) <= i, and 1 - exp(-x) <= x.
    saved = [payment_terms_value(1, days, rate, method=m) for m in ("compound", "simple")]
    if days >= 0:
        assert saved[0] <= saved[1] + 1e-12


@given(st.floats(0, 0.5), st.integers(0, 30), st.integers(1, 90))
def test_a_buyer_whose_money_costs_the_effective_rate_does_not_care(discount, early, more):
    rate = discount_rate(discount, early, early + more, year=365, method="effective")
    if rate < 1e6:
        late = 1 - payment_terms_value(1, early + more, rate)
        soon = (1 - discount) * (1 - payment_terms_value(1, early, rate))
        assert late == pytest.approx(float(soon), rel=1e-6)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: payment_terms_value(-1, 30, 0.1), "price must be finite and >= 0; got -1.0"),
        (lambda: payment_terms_value(1, 30, -0.1), "rate must be finite and >= 0"),
        (lambda: payment_terms_value([1, 2], [3, float("nan")], 0), r"days .* got nan \(entry 1\)"),
        (lambda: payment_terms_value(1, 30, 0.1, method="componud"), "did you mean 'compound'"),
        (lambda: payment_terms_value(1, 30, 0.1, year=364), "year must be one of 360, 365"),
        (lambda: payment_terms_value("dear", 30, 0.1), "price must be numbers; got 'dear'"),
        (lambda: discount_rate(1, 15, 45, year=360), "discount must be finite and >= 0 and < 1"),
        (lambda: discount_rate(0.01, 45, 45, year=360), "later than discount_days"),
    ],
)
def test_errors_name_the_argument_and_its_range(ask, message):
    with pytest.raises(InvalidArgumentError, match=message):
        ask()
