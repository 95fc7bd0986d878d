"""Cash flows: worked cases of others, exact sums in fractions, flows made of chosen rates."""

import datetime as dt
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import cash_flow
from shared_data import case

flows = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12).filter(any)
rates = st.sampled_from([Fraction(k, 20) for k in range(-9, 21)])


# --- worked cases --------------------------------------------------------------------------------


def test_npv_of_numpy_financial():
    worked = case("landed.json", "npv")
    given_, expected = worked["inputs"], worked["expected"]
    assert round(cash_flow(given_["cf"]).npv(given_["rate"]), 2) == expected["npv"]


def test_irr_of_numpy_financial():
    worked = case("landed.json", "irr")
    expected = worked["expected"]
    for amounts, rate in zip(worked["inputs"]["cfs"], expected["irr"], strict=True):
        found = cash_flow(amounts).irr
        assert np.isclose(found, rate, rtol=expected["rtol"]).any()


def test_mirr_of_numpy_financial():
    worked = case("landed.json", "mirr")
    given_ = worked["inputs"]
    found = cash_flow(given_["cf"]).mirr(given_["finance"], given_["reinvest"])
    assert round(found, 6) == worked["expected"]["mirr"]


# Solved with the roots of the polynomials, to four digits.
@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([-5, 10.5, 1, -8, 1], [-0.8702, 0.0886, 0.7096]),
        ([-100, 100, 0, -7], [-0.6789, -0.0833]),
        ([-100, 230, -132], [0.10, 0.20]),
        ([100, -300, 250], []),
        ([-1, 2, -1], [0]),
        ([-100, 210, -110.25], [0.05]),
        ([-100, 330, -363, 133.1], [0.10]),
        ([1, 2, 3], []),
        ([-100], []),
    ],
)
def test_every_rate_is_found(amounts, expected):
    assert np.round(cash_flow(amounts).irr, 4).tolist() == expected


# --- against fractions ---------------------------------------------------------------------------


@given(flows, rates)
def test_npv_is_the_sum_in_fractions(amounts, rate):
    exact = sum(a / (1 + rate) ** t for t, a in enumerate(amounts))
    gross = sum(abs(a) / (1 + rate) ** t for t, a in enumerate(amounts))
    assert abs(cash_flow(amounts).npv(float(rate)) - exact) <= 1e-12 * gross


@given(flows)
def test_npv_is_zero_at_every_rate(amounts):
    flow = cash_flow(amounts)
    signs = [a > 0 for a in amounts if a]
    assert len(flow.irr) <= sum(a != b for a, b in pairwise(signs))
    assert np.all(np.diff(flow.irr) > 0)
    for rate in flow.irr:
        gross = sum(abs(a) * (1 + rate) ** -t for t, a in enumerate(amounts))
        assert abs(flow.npv(rate)) <= 1e-9 * gross


def made_of(chosen, factor=(1,)):
    """Flows whose npv is the product of 1 - (1 + r) x, x = 1 / (1 + rate), and of the factor."""
    product = [Fraction(part) for part in factor]
    for rate in chosen:
        longer = [*product, Fraction(0)]
        product = [a - (1 + rate) * b for a, b in zip(longer, [Fraction(0), *product], strict=True)]
    return [float(-a) for a in product]


@given(
    st.lists(rates, max_size=4, unique=True),
    st.sampled_from([(1,), (1, 1), (3, 0, 1), (2, 1, 4)]),
)
def test_rates_that_flows_are_made_of_are_found(chosen, factor):
    found = cash_flow(made_of(chosen, factor)).irr
    np.testing.assert_allclose(found, np.array(sorted(chosen), dtype=float), atol=1e-7)


@given(rates, rates)
def test_a_rate_that_npv_only_touches_is_found_once(twice, once):
    chosen = sorted({twice, once})
    found = cash_flow(made_of([twice, twice] + [once] * (once != twice))).irr
    np.testing.assert_allclose(found, np.array(chosen, dtype=float), atol=1e-6)


def walked(amounts, rate):
    """Walk from flow to flow: when the gap closes within a period, and with its end."""
    balance, back, again = Fraction(0), None, False
    for t, amount in enumerate(amounts):
        flow = amount / (1 + rate) ** t
        if back is None and balance + flow >= 0:
            back = (t - 1 - balance / flow if t else Fraction(0), t)
        balance += flow
        again |= back is not None and balance < 0
    return back, again, balance


@given(flows, rates)
def test_payback_is_the_one_walked_through(amounts, rate):
    back, again, balance = walked(amounts, rate)
    for place, convention in enumerate(["interpolated", "end_of_period"]):
        found = cash_flow(amounts).payback(float(rate), convention=convention)
        assert (found.time is None) == (back is None)
        assert back is None or found.time == pytest.approx(float(back[place]), abs=1e-9)
        assert found.falls_below_again == again
        assert found.balance == pytest.approx(float(balance), rel=1e-9, abs=1e-9)


# --- times ---------------------------------------------------------------------------------------


def test_dates_are_years_of_365_days_from_the_first_in_any_order():
    days = [dt.date(2025, 1, 1), dt.date(2024, 1, 1), dt.date(2024, 7, 1)]
    flow = cash_flow([108, -100, 3], days)
    assert flow.times.tolist() == [0, 182 / 365, 366 / 365]
    assert flow.npv(0.08) == pytest.approx(
        -100 + 3 * 1.08 ** (-182 / 365) + 108 / 1.08 ** (366 / 365)
    )
    same = cash_flow([-100, 3, 108], np.array(sorted(days), dtype="datetime64[s]"))
    assert flow == same
    assert list(flow.to_frame().columns) == ["date", "time", "amount", "cumulative"]


def test_irregular_times_scale_the_rate():
    yearly, monthly = cash_flow([-100, 230, -132]), cash_flow([-100, 230, -132], [0, 12, 24])
    np.testing.assert_allclose((1 + monthly.irr) ** 12, 1 + yearly.irr)


def test_flows_of_the_same_time_are_netted():
    flow = cash_flow([-100, 40, 110, 5], [0, 1, 1, 1])
    assert (flow.times.tolist(), flow.amounts.tolist()) == ([0, 1], [-100, 155])


def test_the_first_flow_is_not_discounted_unless_it_is_late():
    assert cash_flow([100, 0]).npv(0.25) == 100
    assert cash_flow([100], [2]).npv(0.25) == 64


def test_rates_and_values_beyond_floats_are_inf():
    assert cash_flow([-100, 0, 100], [0, 400, 401]).npv(-0.999) == np.inf
    assert cash_flow([-1, 1000], ["2026-01-01", "2026-01-02"]).irr.tolist() == [np.inf]


# --- conventions ---------------------------------------------------------------------------------


def test_cents_that_close_the_gap_exactly_do_so_in_floats():
    assert cash_flow([-0.3, 0.1, 0.1, 0.1]).payback().time == 3


def test_mirr_counts_all_periods():
    # 121 earned after two of four periods grow to 121 x 1.1**2 = 146.41 = 100 x 1.1**4.
    assert cash_flow([-100, 0, 121, 0, 0]).mirr(0, 0.1) == pytest.approx(0.1)


@given(st.floats(-0.5, 2))
def test_index_of_one_outlay_is_one_and_npv_per_outlay(rate):
    flow = cash_flow([-80, 30, 40, 50])
    assert flow.profitability_index(rate) == pytest.approx(1 + flow.npv(rate) / 80)


def test_short_words():
    flow = cash_flow([-100, 230, -132])
    assert repr(flow) == (
        "CashFlow(3 flows over 2 periods, IRR 10.0 %, 20.0 %: several, ask npv or mirr)"
    )
    assert repr(flow.payback()) == ("Payback(0.4348 at 0 %, interpolated, below zero again later)")
    assert repr(cash_flow([5])) == "CashFlow(1 flow over 0 periods, IRR none)"
    assert repr(cash_flow([-4, 3]).payback(0.5)) == "Payback(never: 2.00 short at 50 %)"
    assert "10.0 %, 20.0 %" in flow._repr_html_()


def test_answers_cannot_be_written_to():
    flow = cash_flow([-100, 110])
    with pytest.raises(ValueError, match="read-only"):
        flow.irr[0] = 1


# --- refused -------------------------------------------------------------------------------------


def test_all_odd_flows_are_told_in_one_error():
    with pytest.raises(InvalidDataError) as refused:
        cash_flow([1, np.nan, None, 4], [0, 1, np.inf])
    first, second, third = str(refused.value).splitlines()
    assert "amounts: 2 values missing or not finite, the first at position 1: nan" in first
    assert "Unknown is not 0" in first
    assert "times: 1 value missing or not finite, the first at position 2: inf" in second
    assert third == "times must be one per amount: 4 amounts, 3 times."


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([0, 0],), "all flows are zero"),
        (([5, -5], [1, 1]), "all flows are zero"),
        (([],), "at least one flow"),
        ((["x"],), "amounts must be numbers"),
        (([[1, 2]],), r"shape \(1, 2\)"),
        (([1, 2], ["2026-01-01", "soon"]), "times must be a day.*'soon'"),
        (([1, 2], np.array(["2026-01-01", "NaT"], dtype="datetime64[D]")), "position 1: NaT"),
    ],
)
def test_odd_flows_are_refused(arguments, match):
    with pytest.raises(InvalidDataError, match=match):
        cash_flow(*arguments)


def test_odd_rates_are_refused():
    flow = cash_flow([-100, 110])
    with pytest.raises(InvalidArgumentError, match="rate must be a finite number above -1.*-1"):
        flow.npv(-1)
    with pytest.raises(InvalidArgumentError, match="rate .*nan"):
        flow.payback(np.nan)
    with pytest.raises(InvalidArgumentError, match="(?s)finance_rate.*'x'.*reinvest_rate.*-2"):
        flow.mirr("x", -2)
    with pytest.raises(InvalidArgumentError, match="did you mean 'interpolated'"):
        flow.payback(convention="interpolate")


def test_ratios_want_money_in_and_out():
    with pytest.raises(InvalidDataError, match="mirr compares .* nothing goes out"):
        cash_flow([1, 2]).mirr(0.1, 0.1)
    with pytest.raises(InvalidDataError, match="index compares .* nothing comes in"):
        cash_flow([-1, -2]).profitability_index(0.1)
