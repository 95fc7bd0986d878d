"""Returns and break-evens of programmes, against what their words say."""

from fractions import Fraction
from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.profitability import (
    breakeven_lift,
    campaign_breakeven,
    price_cut_breakeven,
    programme_roi,
)

shares = st.integers(0, 99).map(lambda k: Fraction(k, 100))


# --- return --------------------------------------------------------------------------------------


def test_the_worked_programme():
    found = programme_roi(12_000, 15_000, interval=(9_600, 20_400), supplier_share=0.25)
    assert (found.net_cost, found.gain) == (9_000, 6_000)
    assert round(found.roi, 2) == 0.67
    assert [round(end, 2) for end in found.roi_interval] == [0.07, 1.27]
    assert found.gain_interval == (600, 11_400)
    assert repr(found) == "ProgrammeRoi(67 % [7 %; 127 %], gain 6,000.00)"


def test_nothing_spent_has_a_gain_and_no_return():
    found = programme_roi(12_000, 15_000, interval=(1, 20_000), supplier_share=1)
    assert np.isnan(found.roi)
    assert np.isnan(found.roi_interval).all()
    assert (found.gain, found.gain_interval) == (15_000, (1, 20_000))
    assert repr(found) == "ProgrammeRoi(gain 15,000.00 at no net cost)"


def test_the_probability_of_a_gain_is_that_of_a_normal_margin():
    found = programme_roi(10_000, 12_000, standard_error=2_000)
    assert found.probability_of_gain == pytest.approx((1 + erf(1 / sqrt(2))) / 2)
    assert programme_roi(10_000, 10_000, standard_error=5).probability_of_gain == 0.5
    assert programme_roi(10_000, 10_001, standard_error=0).probability_of_gain == 1
    assert programme_roi(10_000, 10_000, standard_error=0).probability_of_gain == 0
    assert programme_roi(10_000, 12_000).probability_of_gain is None


def test_the_whole_chain_bears_the_whole_cost():
    found = programme_roi(12_000, 15_000, supplier_share=0.25, supplier_margin=6_000)
    assert (found.chain_gain, found.chain_roi) == (9_000, 0.75)
    assert np.isnan(programme_roi(12_000, 15_000).chain_roi)
    assert programme_roi(12_000, 15_000).roi_interval is None
    assert repr(programme_roi(100, 50)) == "ProgrammeRoi(-50 %, gain -50.00)"


def test_all_odd_figures_are_told_in_one_error():
    with pytest.raises(InvalidArgumentError) as refused:
        programme_roi(-1, np.nan, interval=(5, 1), standard_error=-2, supplier_share=1.5)
    told = str(refused.value).splitlines()
    names = ["cost", "standard_error", "incremental_margin", "supplier_share", "interval"]
    assert [line.split()[0] for line in told] == names


@pytest.mark.parametrize("interval", [(20, 30), (1, 2, 3), 5, (np.nan, 20)])
def test_intervals_hold_the_margin(interval):
    with pytest.raises(InvalidArgumentError, match="interval must be"):
        programme_roi(10, 15, interval=interval)


# --- break-even ----------------------------------------------------------------------------------


@given(st.integers(1, 10**6), shares, shares, st.integers(0, 10**5))
def test_at_the_lift_margin_pays_for_rewards_and_fixed_cost(sales, margin, reward, fixed):
    if reward >= margin:
        with pytest.raises(InvalidArgumentError, match="reward_rate must be below margin"):
            breakeven_lift(sales, float(margin), float(reward), fixed_cost=fixed)
        return
    lift = breakeven_lift(sales, float(margin), float(reward), fixed_cost=fixed)
    grown = sales * (1 + lift)
    before, after = sales * float(margin), grown * float(margin) - grown * float(reward) - fixed
    assert after == pytest.approx(before, rel=1e-9)


def test_worked_break_evens():
    assert round(breakeven_lift(10**6, 0.25, 0.01), 4) == 0.0417
    campaign = campaign_breakeven(0.60, 12, incentive=3, base_rate=0.02)
    assert round(campaign.incremental_rate * 100, 2) == 7.33
    assert repr(campaign) == "CampaignBreakeven(7.33 points above base)"
    assert price_cut_breakeven(0.1, 0.3) == pytest.approx(0.5)


@given(st.integers(0, 500), st.integers(1, 50), st.integers(0, 49), shares)
def test_at_the_response_a_campaign_earns_what_silence_does(contact, margin, incentive, base):
    if incentive >= margin:
        with pytest.raises(InvalidArgumentError, match="incentive must be below margin"):
            campaign_breakeven(contact / 100, margin, incentive=incentive, base_rate=float(base))
        return
    found = campaign_breakeven(contact / 100, margin, incentive=incentive, base_rate=float(base))
    earned = found.response_rate * (margin - incentive) - contact / 100
    assert earned == pytest.approx(float(base) * margin, abs=1e-9)


def test_more_than_all_contacts_cannot_respond():
    found = campaign_breakeven(5, 12, incentive=3, base_rate=0.7)
    assert not found.is_possible
    assert repr(found).endswith(": more than there are)")


@given(shares, shares)
def test_units_at_the_cut_price_earn_as_much(cut, margin):
    if cut >= margin:
        with pytest.raises(InvalidArgumentError, match="cut must be below margin"):
            price_cut_breakeven(float(cut), float(margin))
        return
    units = 1 + price_cut_breakeven(float(cut), float(margin))
    assert units * float(margin - cut) == pytest.approx(float(margin), rel=1e-9)


@pytest.mark.parametrize(
    ("question", "count"),
    [
        (lambda: breakeven_lift(0, 2, np.nan, fixed_cost=-1), 4),
        (lambda: campaign_breakeven(-1, np.inf, incentive=-2, base_rate=3), 4),
        (lambda: price_cut_breakeven(-0.1, "x"), 2),
    ],
)
def test_all_odd_numbers_of_break_evens_are_told_in_one_error(question, count):
    with pytest.raises(InvalidArgumentError) as refused:
        question()
    assert len(str(refused.value).splitlines()) == count
