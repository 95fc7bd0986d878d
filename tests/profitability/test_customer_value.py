"""Margin multiples against sums taken term by term."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import customer_value, margin_multiple
from shared_data import case

TIMINGS = ["end_of_period", "immediate"]


def summed(retention, rate, timing, growth, periods):
    """Add up margin by margin; the first is not grown."""
    first = 0 if timing == "immediate" else 1
    return sum((retention / (1 + rate)) ** (k + first) * (1 + growth) ** k for k in range(periods))


@given(
    st.floats(0, 1),
    st.floats(0, 0.5),
    st.sampled_from(TIMINGS),
    st.floats(-0.3, 0.3),
    st.integers(1, 60),
)
def test_a_number_of_periods_is_their_sum(retention, rate, timing, growth, periods):
    found = margin_multiple(retention, rate, timing=timing, growth=growth, periods=periods)
    expected = summed(retention, rate, timing, growth, periods)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(st.floats(0, 0.95), st.floats(0.05, 0.5), st.sampled_from(TIMINGS), st.floats(-0.3, 0.04))
def test_without_end_it_is_the_sum_of_very_many(retention, rate, timing, growth):
    found = margin_multiple(retention, rate, timing=timing, growth=growth)
    assert found == pytest.approx(summed(retention, rate, timing, growth, 500), abs=1e-9)


@given(st.floats(0, 0.99), st.floats(0.01, 0.5))
def test_at_once_is_one_margin_more(retention, rate):
    late, at_once = (margin_multiple(retention, rate, timing=timing) for timing in TIMINGS)
    assert at_once == pytest.approx(late + 1)


def test_multiple_of_gupta_and_lehmann():
    worked = case("landed.json", "clv-gl")
    given_ = worked["inputs"]
    found = margin_multiple(given_["r"], given_["i"])
    assert isinstance(found, float)
    assert round(found, 4) == worked["expected"]["margin_multiple"]


def test_customer_value_of_farris():
    worked = case("landed.json", "clv-darden")
    given_, expected = worked["inputs"], worked["expected"]
    for timing in TIMINGS:
        found = customer_value(
            given_["M"], given_["r"], given_["d"], retention_spend=given_["R"], timing=timing
        )
        assert found.value.round(2).tolist() == [expected[f"clv_{timing}"]]
        assert found.timing == timing


def test_margins_that_neither_shrink_nor_grow_are_counted():
    assert margin_multiple(1, 0, periods=5) == 5
    assert margin_multiple(1, 0.1, growth=0.1, timing="immediate", periods=[1, 7]).tolist() == [
        1,
        7,
    ]
    assert margin_multiple(0, 0.1, timing="immediate") == 1
    assert margin_multiple(0, 0.1) == 0


def test_arrays_go_together():
    found = margin_multiple(np.array([[0.5], [0.8]]), [0.1, 0.2, 0.3])
    assert found.shape == (2, 3)
    assert found[1, 0] == margin_multiple(0.8, 0.1)


def test_values_are_a_table():
    found = customer_value([100, 50], [0.6, 0.9], 0.1, retention_spend=[0, 5], acquisition_cost=30)
    frame = found.to_frame()
    assert frame["value"].round(6).tolist() == [90, 172.5]
    assert frame["rate"].tolist() == [0.1, 0.1]
    assert repr(found) == "CustomerValues(2 cases, 90.00 to 172.50, end_of_period)"
    assert repr(customer_value([], [], 0.1)) == "CustomerValues(0 cases)"


def test_all_odd_numbers_are_told_in_one_error():
    with pytest.raises(InvalidDataError) as refused:
        margin_multiple([0.5, 1.2, np.nan], -1, growth=-2, periods=0)
    told = str(refused.value).splitlines()
    assert told[0] == ("retention must be 0 .. 1; 2 values not so, the first at position 1: 1.2.")
    assert [line.split()[0] for line in told] == ["retention", "rate", "growth", "periods"]


def test_all_odd_money_is_told_in_one_error():
    with pytest.raises(InvalidDataError) as refused:
        customer_value([np.inf, 1], 0.5, 0.1, retention_spend=-1, acquisition_cost=[0, -5])
    told = str(refused.value).splitlines()
    assert "margin must be a finite number; 1 value not so, the first at position 0" in told[0]
    assert "retention_spend must not be negative; 2 values not so" in told[1]
    assert (
        "acquisition_cost must not be negative; 1 value not so, the first at position 1" in told[2]
    )


def test_margins_without_end_that_do_not_shrink_have_no_sum():
    with pytest.raises(InvalidDataError, match="2 values not so, the first at position 1"):
        margin_multiple([0.5, 1, 1], 0.1, growth=[0, 0.1, 0.2])
    with pytest.raises(InvalidDataError, match="below 1 \\+ rate"):
        customer_value(10, 1, 0)


def test_other_questions_are_refused():
    with pytest.raises(InvalidArgumentError, match="did you mean 'immediate'"):
        margin_multiple(0.5, 0.1, timing="immediately")
    with pytest.raises(InvalidDataError, match="arrays of one length"):
        customer_value([1, 2, 3], [0.5, 0.6], 0.1)
    with pytest.raises(InvalidDataError, match="must be numbers"):
        margin_multiple("high", 0.1)
    with pytest.raises(InvalidDataError, match="arrays of one length"):
        margin_multiple([0.5, 0.6], 0.1, periods=[1, 2, 3])
    with pytest.raises(InvalidArgumentError, match=r"shape \(1, 2\)"):
        customer_value([[1, 2]], 0.5, 0.1)
