"""Response curves: through their point, between floor and ceiling, slope against differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.profitability import ResponseCurve


@given(st.floats(0.1, 1000), st.floats(0, 0.3), st.floats(0.35, 0.6), st.floats(0.65, 1))
def test_the_curve_goes_through_its_point_under_any_ceiling(spend, floor, rate, ceiling):
    curve = ResponseCurve.from_point(spend, rate, ceiling, floor=floor)
    for drawn in (curve, curve.with_ceiling(0.99)):
        assert drawn.rate(spend) == pytest.approx(rate)
        assert drawn.rate(0) == pytest.approx(floor)
        assert drawn.rate(1e9) == pytest.approx(drawn.ceiling)


@given(st.floats(0, 30))
def test_slope_is_that_of_small_steps_and_spend_at_finds_it_back(spend):
    curve = ResponseCurve(0.7, 0.1, 0.2)
    step = (curve.rate(spend + 1e-5) - curve.rate(spend - 1e-5)) / 2e-5
    assert curve.slope(spend) == pytest.approx(step, rel=1e-4)
    assert curve.spend_at(curve.slope(spend)) == pytest.approx(spend, abs=1e-9)


def test_no_spend_is_as_steep_as_that():
    assert ResponseCurve(0.7, 0.1, 0.2).spend_at(0.121) == 0


def test_without_a_point_another_ceiling_keeps_the_pace():
    moved = ResponseCurve(0.4, 0.1, 0.15).with_ceiling(0.6)
    assert (moved.ceiling, moved.floor, moved.k) == (0.6, 0.1, 0.15)


def test_all_that_is_odd_is_told_in_one_error():
    with pytest.raises(InvalidArgumentError) as refused:
        ResponseCurve(0.2, 0.3, 0)
    first, second = str(refused.value).splitlines()
    assert first == "floor and ceiling must be rates, 0 <= floor < ceiling <= 1; got 0.3 and 0.2."
    assert "k must be a number above 0; got 0" in second
    with pytest.raises(InvalidArgumentError) as refused:
        ResponseCurve.from_point(-5, 0.5, 0.4)
    first, second = str(refused.value).splitlines()
    assert first == "spend must be a number above 0; got -5."
    assert "floor < rate < ceiling <= 1; got 0.0, 0.5, 0.4" in second
    with pytest.raises(InvalidArgumentError, match="got nan and 'high'"):
        ResponseCurve("high", np.nan, 1)
