"""Safety stock: figures worked by hand, and factors against a root finder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from crmkit.errors import InvalidArgumentError
from crmkit.profitability import safety_stock
from crmkit.profitability.suppliers.safety_stock import inverse_loss, loss


def test_the_worked_example():
    # sqrt(9 * 36 + 400 * 4) = 43.86; times 1.645 is 72.2 (field note, section 9).
    found = safety_stock((20, 6), (9, 2), service_level=ndtr(1.645))
    assert round(float(found), 1) == 72.2
    assert found == pytest.approx(1.645 * np.sqrt(1924))


@pytest.mark.parametrize("z", [-3.0, -0.5, 0.0, 0.7, 2.5, 6.0])
def test_loss_is_the_mean_excess_of_a_normal_figure(z):
    expected, _ = quad(lambda x: (x - z) * norm.pdf(x), z, z + 40)
    assert loss(z) == pytest.approx(expected, rel=1e-7)


@given(st.lists(st.floats(-14, 5).map(np.exp), min_size=1, max_size=5))
def test_the_inverse_of_the_loss_is_its_root(shortages):
    expected = [brentq(lambda z, s=s: float(loss(z)) - s, -200, 40) for s in shortages]
    assert inverse_loss(shortages) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("shortage", [1e-300, 1e-100, 1e-20, 0.3989, 1.0, 1e5, 1e12])
def test_extreme_shortages_have_a_factor(shortage):
    assert loss(inverse_loss(shortage)) == pytest.approx(shortage, rel=1e-9)


@given(st.floats(1, 100), st.floats(0.1, 50), st.floats(0, 60), st.floats(0, 20))
def test_a_fill_rate_leaves_just_its_shortage_per_order(d, sd, length, varies):
    quantity, fill_rate = 30 * d, 0.98
    found = float(safety_stock((d, sd), (length, varies), fill_rate=fill_rate, quantity=quantity))
    spread = np.sqrt(length * sd**2 + (d * varies) ** 2)
    if found > 0:
        short = spread * float(loss(found / spread))
        assert short == pytest.approx((1 - fill_rate) * quantity, rel=1e-6)
    elif spread > 0:
        assert spread * float(loss(0.0)) <= (1 - fill_rate) * quantity * (1 + 1e-9)


def test_a_review_period_counts_as_lead_time():
    steady = safety_stock((20, 6), (16, 2), service_level=0.9)
    assert safety_stock((20, 6), (9, 2), service_level=0.9, review=7) == steady


def test_nothing_that_varies_needs_no_stock():
    assert safety_stock((20, 0), (9, 0), service_level=0.99) == 0
    assert safety_stock((20, 0), (9, 0), fill_rate=0.99, quantity=100) == 0


def test_stock_is_never_negative():
    assert safety_stock((20, 6), (9, 2), service_level=0.3) == 0
    assert safety_stock((20, 6), (9, 2), fill_rate=0.3, quantity=1000) == 0


def test_an_unknown_lead_time_stays_unknown():
    for target in ({"service_level": 0.9}, {"fill_rate": 0.9, "quantity": 100}):
        found = safety_stock((20, 6), ([9, np.nan, 9], [2, 2, np.nan]), **target)
        assert np.isnan(found).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either service_level or fill_rate"),
        ({"service_level": 0.9, "fill_rate": 0.9}, "either service_level or fill_rate"),
        ({"service_level": 1}, "service_level must be finite and > 0 and < 1; got 1.0"),
        ({"service_level": 95}, "service_level must be"),
        ({"fill_rate": 0.9}, "needs the quantity per order"),
        ({"fill_rate": 0.9, "quantity": 0}, "quantity must be finite and > 0"),
        ({"service_level": 0.9, "review": -1}, "review must be finite and >= 0"),
    ],
)
def test_errors_say_what_is_needed(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        safety_stock((20, 6), (9, 2), **options)


def test_a_negative_lead_time_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"lead_time must be .* got -1.0 \(entry 1\)"):
        safety_stock((20, 6), ([9, -1], 2), service_level=0.9)
