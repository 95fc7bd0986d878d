"""Options of curves, banks and rules: what is refused, all of it at once."""

from __future__ import annotations

import pytest

from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle import BassCurves, PolliCook, RegimeCurves, TemplateBank, TwoWindow


def test_all_that_is_wrong_with_curves_is_said_at_once():
    with pytest.raises(InvalidArgumentError) as error:
        RegimeCurves(durations=((3, 40), (60, 4), (4, 120)), fads=2)

    message = str(error.value)
    assert "fads must be a share, 0 .. 1; got 2" in message
    assert "durations must be four ranges; got 3" in message
    assert "each of durations must be (low, high) with 1 <= low <= high; got (60.0, 4.0)" in message


def test_bass_curves_need_a_peak():
    with pytest.raises(InvalidArgumentError, match="peak_week must be"):
        BassCurves(peak_week=(0, 5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 10}, "size must be an integer >= 100"),
        ({"temperature": 0}, "temperature must lie above 0"),
        ({"prior": "flat"}, "prior must be one of"),
        ({"curves": "bass"}, "curves must be RegimeCurves or BassCurves; got str"),
    ],
)
def test_a_bank_refuses_options_outside_their_domain(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        TemplateBank(**options)


def test_rules_refuse_options_outside_their_domain():
    with pytest.raises(InvalidArgumentError, match="width must be an integer >= 1"):
        TwoWindow(width=0)
    with pytest.raises(InvalidArgumentError, match="threshold must be >= 0; got -1"):
        TwoWindow(threshold=-1)
    with pytest.raises(InvalidArgumentError, match="form must be one of"):
        PolliCook(form="weekly")


def test_banks_are_equal_by_their_options():
    assert TemplateBank() == TemplateBank(seed=0)
    assert hash(TemplateBank()) == hash(TemplateBank(seed=0))
