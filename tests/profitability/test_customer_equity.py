"""Customer equity: the figures of the article's model, and optima against grids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.profitability import ResponseCurve, acquisition_vs_retention

WON, KEPT = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
WORKED = acquisition_vs_retention(40, WON, KEPT, discount=0.1)


@st.composite
def shops(draw):
    floors = draw(st.tuples(st.floats(0, 0.3), st.floats(0, 0.6)))
    gaps = draw(st.tuples(st.floats(0.05, 0.5), st.floats(0.05, 0.35)))
    paces = draw(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)))
    won, kept = (
        ResponseCurve(low + gap, low, k) for low, gap, k in zip(floors, gaps, paces, strict=True)
    )
    return acquisition_vs_retention(
        draw(st.floats(1, 200)), won, kept, discount=draw(st.floats(0.01, 0.4))
    )


def equities(shop, won_spends, kept_spends):
    """Customer equity written out as in the article: margins of all later periods, discounted."""
    a = shop.acquisition.ceiling - (shop.acquisition.ceiling - shop.acquisition.floor) * np.exp(
        -shop.acquisition.k * won_spends
    )
    r = shop.retention.ceiling - (shop.retention.ceiling - shop.retention.floor) * np.exp(
        -shop.retention.k * kept_spends
    )
    later = r / (1 + shop.discount)
    # Written with r' m - R / (1 + d), so that r = 0 needs no division.
    after = (later * shop.margin - kept_spends / (1 + shop.discount)) / (1 - later)
    return a * shop.margin - won_spends + a * after


# Computed from the closed form and checked on a grid: m 40, d .1, a .4 / .15, r .7 / .2.
def test_figures_of_the_worked_example():
    best = WORKED.optimum
    assert round(best.acquisition_spend, 2) == 9.48
    assert round(best.retention_spend, 2) == 11.35
    assert round(best.acquisition_rate, 3) == 0.304
    assert round(best.retention_rate, 3) == 0.628
    assert round(best.customer_value, 2) == 69.13
    assert round(best.equity, 2) == 11.50
    assert round(best.average_ratio, 1) == 1.7
    assert best.marginal_ratio == pytest.approx(1)
    assert repr(WORKED) == f"CustomerEquity(best {best!r})"
    # Without floors, all customers are owed to the spend.
    assert best.incremental_ratio == pytest.approx(best.average_ratio)


def test_the_worked_optimum_is_the_best_of_a_grid():
    won, kept = np.meshgrid(np.arange(0, 25, 0.05), np.arange(0, 25, 0.05), indexing="ij")
    found = equities(WORKED, won, kept)
    place = np.unravel_index(np.argmax(found), found.shape)
    assert abs(won[place] - WORKED.optimum.acquisition_spend) <= 0.05
    assert abs(kept[place] - WORKED.optimum.retention_spend) <= 0.05
    assert 0 <= WORKED.optimum.equity - found.max() < 1e-3


@given(shops())
def test_no_other_spend_does_better(shop):
    best = shop.optimum
    ends = 3 * best.acquisition_spend + 10, 1.1 * shop.margin
    grid = np.meshgrid(*(np.linspace(0, end, 120) for end in ends), indexing="ij")
    found = equities(shop, *grid)
    assert found.max() <= best.equity + 1e-9 * (1 + abs(best.equity))
    assert best.equity == pytest.approx(
        equities(shop, best.acquisition_spend, best.retention_spend), rel=1e-9, abs=1e-9
    )


@given(shops())
def test_where_both_are_worth_spending_on_the_next_customer_costs_the_same(shop):
    best = shop.optimum
    if best.acquisition_spend > 0 and best.retention_spend > 0:
        assert best.marginal_ratio == pytest.approx(1, rel=1e-6)
        assert shop.acquisition.slope(best.acquisition_spend) * best.customer_value == (
            pytest.approx(1, rel=1e-6)
        )


def test_spend_that_does_not_pay_is_none():
    dear = acquisition_vs_retention(
        1, ResponseCurve(0.5, 0.2, 0.1), ResponseCurve(0.5, 0.3, 0.1), discount=0.1
    )
    best = dear.optimum
    assert (best.acquisition_spend, best.retention_spend) == (0, 0)
    assert best.equity == pytest.approx(0.2 * 1.1 / 0.8)
    assert np.isnan(best.average_ratio)


def test_ratios_of_the_shops_own_figures():
    won = ResponseCurve.from_point(20, 0.2, ceiling=0.5)
    kept = ResponseCurve.from_point(8, 0.8, ceiling=0.9, floor=0.6)
    today = acquisition_vs_retention(60, won, kept, discount=0.1).at(20, 8)
    assert today.average_ratio == pytest.approx((20 / 0.2) / (8 / 0.8))
    assert today.incremental_ratio == pytest.approx((20 / 0.2) / (8 / 0.2))
    assert today.marginal_ratio == pytest.approx(kept.slope(8) / won.slope(20))


@given(shops(), st.floats(0, 1.5), st.integers(1, 500), st.integers(1, 500))
def test_no_other_split_of_a_budget_does_better(shop, part, prospects, customers):
    value, best = shop.optimum.customer_value, shop.optimum
    budget = part * (prospects * best.acquisition_spend + customers * best.retention_spend)
    split = shop.with_budget(budget, prospects=prospects, customers=customers)
    spent = prospects * split.acquisition_spend + customers * split.retention_spend
    assert spent + split.left == pytest.approx(budget, abs=1e-6)
    gained = value * (split.customers_won + split.customers_kept) - spent

    def gain(won, kept):
        rates = prospects * shop.acquisition.rate(won) + customers * shop.retention.rate(kept)
        return value * rates - prospects * won - customers * kept

    for used in np.linspace(0, 1, 12) * budget:
        for share in np.linspace(0, 1, 12):
            other = gain(used * share / prospects, used * (1 - share) / customers)
            assert other <= gained + 1e-6 * (1 + abs(gained))


def test_money_beyond_the_best_spends_is_left():
    split = WORKED.with_budget(10_000, prospects=100, customers=100)
    best = WORKED.optimum
    assert split.acquisition_spend == pytest.approx(best.acquisition_spend)
    assert split.retention_spend == pytest.approx(best.retention_spend)
    assert split.left == pytest.approx(10_000 - 100 * (9.48 + 11.35), abs=1)


def test_a_small_budget_goes_where_the_first_unit_adds_most():
    # Slopes at zero are 0.06 and 0.14.
    split = WORKED.with_budget(10, prospects=100, customers=100)
    assert (split.acquisition_spend, round(split.retention_spend, 6)) == (0, 0.1)


def test_other_ceilings_keep_the_known_point():
    won = ResponseCurve.from_point(9, 0.3, ceiling=0.4)
    shop = acquisition_vs_retention(40, won, KEPT, discount=0.1)
    frame = shop.sensitivity([0.35, 0.4], [0.6, 0.7, 0.8]).to_frame()
    assert list(frame.columns) == [
        "acquisition_ceiling",
        "retention_ceiling",
        "acquisition_spend",
        "retention_spend",
        "equity",
        "average_ratio",
    ]
    redrawn = ResponseCurve.from_point(9, 0.3, ceiling=0.35)
    first = acquisition_vs_retention(40, redrawn, ResponseCurve(0.6, 0, 0.2), discount=0.1).optimum
    assert frame.iloc[0]["equity"] == first.equity
    assert len(shop.sensitivity()) == 1
    with pytest.raises(InvalidArgumentError, match="floor < rate < ceiling <= 1"):
        shop.sensitivity([0.25])


def test_all_that_is_odd_is_told_in_one_error():
    with pytest.raises(InvalidArgumentError) as refused:
        acquisition_vs_retention(0, WON, ResponseCurve(1, 0, 1), discount=0)
    first, second = str(refused.value).splitlines()
    assert first == "margin must be a number above 0; got 0."
    assert "worth no end" in second
    with pytest.raises(InvalidArgumentError) as refused:
        WORKED.with_budget(-1, prospects=0, customers=np.nan)
    assert len(str(refused.value).splitlines()) == 3
    with pytest.raises(InvalidArgumentError, match="(?s)acquisition_spend.*-1.*retention_spend"):
        WORKED.at(-1, np.inf)
    with pytest.raises(InvalidArgumentError, match="retention must be ResponseCurve; got float"):
        acquisition_vs_retention(40, WON, 0.7, discount=0.1)
