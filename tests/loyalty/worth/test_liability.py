"""What a programme owes: published figures, and every cent of the price."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import attrs
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import EarnRule, Expiry, PerSpend, breakage, liability, points_revenue
from crmkit.loyalty.ledger.entries import EntryKind
from loyalty_ledgers import HandLedger, Lot, Use, day_of, made
from shared_data import case

FOR_YEARS = Expiry(months=36)


# --- goldens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case_id", ["IF-02", "IF-03"])
def test_revenue_of_points_as_in_the_handbook(case_id: str) -> None:
    # KPMG, IFRS 15 handbook, examples 10A and 10B.
    worked = case("loyalty.json", case_id)
    given = worked["inputs"]

    found = points_revenue(
        given["allocated_points"],
        given["redeemed_cum"],
        given["expected_total"],
        given.get("recognised_before", 0),
    )
    assert found == worked["expected"]["revenue_period"]


def three_years(year: int) -> HandLedger:
    """60,000.00 sold in 2023 with 6,000 points; 2,000, 3,900, then 4,300 redeemed by year end."""
    uses = [
        Use(0, day_of("2023-11-05"), 2000),
        Use(0, day_of("2024-05-05"), 1900),
        Use(0, day_of("2025-05-05"), 400),
        Use(0, day_of("2025-12-01"), 1700, EntryKind.EXPIRE),
    ]
    end = day_of(f"{year}-12-31")
    lot = Lot(0, day_of("2023-06-01"), 6000, life=1095, sales=6_000_000)
    return made([lot], [use for use in uses if use.day <= end], as_of=end, expiry=FOR_YEARS)


def test_three_years_of_a_programme() -> None:
    first = liability(three_years(2023), value_per_point="0.50", breakage="0.2", by="year")
    assert (first.allocated.tolist(), first.goods.tolist()) == ([230_769], [5_769_231])
    assert (first.revenue.tolist(), first.deferred.tolist()) == ([96_154], [134_615])

    # More is expected now, 5,200 of 6,000; the share of the price stays.
    rate = Fraction(800, 6000)
    second = liability(
        three_years(2024), value_per_point="0.50", breakage=rate, by="year", previous=first
    )
    assert second.allocated.tolist() == [230_769]
    assert second.expected.tolist() == [5200.0]
    assert (second.revenue_now.tolist(), second.deferred.tolist()) == ([76_923], [57_692])

    third = liability(
        three_years(2025), value_per_point="0.50", breakage=rate, by="year", previous=second
    )
    assert third.expected.tolist() == [4300.0]
    assert (third.revenue_now.tolist(), third.total) == ([57_692], 0)


def test_revenue_falls_where_more_is_expected_than_was_thought() -> None:
    assert points_revenue(1000, 50, 100) == 500
    assert points_revenue(1000, 50, 200, recognised_before=500) == -250
    assert points_revenue(1000, 0, 0, recognised_before=300) == 700


def test_impossible_counts_of_points_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="got redeemed=12, expected=10"):
        points_revenue(100, 12, 10)


# --- periods -------------------------------------------------------------------------------------


def test_periods_are_rows_and_empty_ones_stay() -> None:
    lots = [Lot(0, day_of("2026-01-31"), 100, sales=10_000), Lot(1, day_of("2026-03-01"), 50)]
    ledger = made(lots, as_of=day_of("2026-03-15"))

    found = liability(ledger, value_per_point="0.01", breakage=0)
    assert found.start.astype(str).tolist() == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert found.points.tolist() == [100, 0, 50]
    assert found.complete.tolist() == [True, True, False]
    quarter = liability(ledger, value_per_point="0.01", breakage=0, by="quarter")
    assert (quarter.price.tolist(), quarter.points.tolist()) == ([10_000], [150])
    assert repr(quarter) == "Liability(1.48 deferred of 1.48, 1 quarter, at 2026-03-15T23:59:59)"


def test_guests_sell_no_points() -> None:
    ledger = made([Lot(0, 0, 100, sales=10_000), Lot(1, 0, 0, sales=5_000)], as_of=9)
    ledger = attrs.evolve(ledger, basket_account=np.array([0, -1], dtype=np.int32))

    assert liability(ledger, value_per_point="0.01", breakage=0).price.tolist() == [10_000]


def test_a_period_that_was_not_over_is_shared_anew() -> None:
    lots = [Lot(0, day_of("2026-01-05"), 100, sales=10_000)]
    first = liability(made(lots, as_of=day_of("2026-01-10")), value_per_point="0.10", breakage=0)
    more = [*lots, Lot(1, day_of("2026-01-20"), 100, sales=0)]

    second = liability(
        made(more, as_of=day_of("2026-02-10")), value_per_point="0.10", breakage=0, previous=first
    )
    assert first.allocated.tolist() == [909]
    assert second.allocated.tolist() == [1667]


def test_returns_undo_price_and_points_at_the_share_that_was_settled() -> None:
    lots = [Lot(0, day_of("2026-01-05"), 100, sales=10_000)]
    whole = made(lots, as_of=day_of("2026-01-31"))
    first = liability(whole, value_per_point="0.10", breakage=0)
    half = made(
        [lots[0]._replace(sales=5_000)],
        [Use(0, day_of("2026-02-02"), 50, EntryKind.REVERSE)],
        as_of=day_of("2026-02-03"),
    )

    second = liability(half, value_per_point="0.20", breakage=0, previous=first)
    assert (second.allocated.tolist(), second.points.tolist()) == ([455], [50])


def test_goods_can_have_prices_of_their_own() -> None:
    ledger = made([Lot(0, 0, 100, sales=8_000)], as_of=9)
    prices = ck.LineValues.of(ledger.history.tx, [100.0], name="list price")

    found = liability(ledger, value_per_point="0.25", breakage=0, standalone=prices)
    assert found.allocated.tolist() == [1600]  # 80 x 25 / 125


# --- breakage ------------------------------------------------------------------------------------


def test_each_open_lot_is_expected_by_its_own_age() -> None:
    old = [Lot(0, 0, 10, 6, sales=1000)]
    uses = [Use(0, day, 1) for day in range(6)] + [Use(0, 6, 4, EntryKind.EXPIRE)]
    ledger = made([*old, Lot(1, 33, 5, 6, sales=500)], uses, as_of=35)

    estimate = breakage(ledger)
    found = liability(ledger, value_per_point="0.10")
    assert found.expected.tolist() == pytest.approx([6, 5 * estimate.chances[1]])
    assert found.rate == pytest.approx(1 - estimate.rate)
    assert found.deferred[0] == 0
    same = liability(ledger, value_per_point="0.10", breakage=estimate)
    assert same == found


def test_a_rate_never_expects_less_than_was_redeemed_or_more_than_is_there() -> None:
    lots = [Lot(k, 40 * k, 10, 30, sales=1000) for k in range(2)]
    uses = [Use(0, 3, 2), Use(0, 30, 8, EntryKind.EXPIRE), Use(1, 41, 9)]

    found = liability(made(lots, uses, as_of=45), value_per_point="0.10", breakage="0.5")
    assert found.expected.tolist() == [2, 9]
    assert found.revenue.tolist() == found.allocated.tolist()


def test_points_without_a_purchase_have_no_price() -> None:
    lots = [Lot(0, 0, 100, sales=10_000), Lot(0, 1, 200, bought=False)]

    found = liability(made(lots, as_of=9), value_per_point="0.05", breakage="0.2")
    assert found.points.tolist() == [100]
    assert found.provision == 800


def test_points_may_have_decimals() -> None:
    ledger = made([Lot(0, 0, 10_000, sales=10_000)], as_of=9)
    fine = attrs.evolve(ledger, lots=attrs.evolve(ledger.lots, point_digits=2))

    found = liability(fine, value_per_point="0.05", breakage="0.2")
    assert found.allocated.tolist() == [385]
    assert found.to_frame()["points"].tolist() == [100.0]


# --- funding -------------------------------------------------------------------------------------


def test_what_suppliers_pay_is_apart() -> None:
    rules = (
        EarnRule("base", amount=PerSpend(1, "1.00")),
        EarnRule("acme", amount=PerSpend(1, "1.00"), funding={"acme": "0.5", "brix": "0.25"}),
    )
    lots = [Lot(0, 0, 100, sales=10_000, rule=0), Lot(0, 1, 300, sales=30_000, rule=1)]

    found = liability(made(lots, as_of=9, rules=rules), value_per_point="0.10", breakage=0)
    assert found.supplier_funded[0] == round(found.deferred[0] * 0.75 * 0.75)


# --- errors --------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once() -> None:
    ledger = made([Lot(0, 0, 100, 400, sales=10_000)], as_of=9)
    later = liability(made([Lot(0, 0, 9)], as_of=20), value_per_point=1, breakage=0)

    with pytest.raises(InvalidArgumentError) as told:
        liability(ledger, value_per_point=0, breakage="estimate", previous=later)
    assert "value_per_point: expected an amount above zero; got 0." in str(told.value)
    assert "breakage: expected a number such as '1.5'; got 'estimate'." in str(told.value)
    assert "previous: it is of 1970-01-21T23:59:59, after this ledger's" in str(told.value)


def test_a_breakage_must_be_known_and_of_this_ledger() -> None:
    ledger = made([Lot(0, 0, 100, 400, sales=10_000)], as_of=9)

    with pytest.raises(InvalidArgumentError, match="up to 401 days.*Say a rate"):
        liability(ledger, value_per_point="0.01")
    other = breakage(made([Lot(0, 0, 9), Lot(0, 1, 9)], as_of=9), ultimate="observed")
    with pytest.raises(InvalidArgumentError, match="another ledger: 2 lots, not 1"):
        liability(ledger, value_per_point="0.01", breakage=other)


def test_periods_of_statements_must_agree() -> None:
    ledger = made([Lot(0, 0, 100, sales=10_000)], as_of=9)
    before = liability(ledger, value_per_point="0.01", breakage=0)

    with pytest.raises(InvalidArgumentError, match="previous: it is by 'month'"):
        liability(ledger, value_per_point="0.01", breakage=0, by="year", previous=before)
    with pytest.raises(InvalidArgumentError, match="by must be one of 'month', 'quarter', 'year'"):
        liability(ledger, value_per_point="0.01", breakage=0, by="week")  # type: ignore[arg-type]


# --- properties ----------------------------------------------------------------------------------


@st.composite
def sold(draw: st.DrawFn) -> tuple[list[Lot], list[Use]]:
    lots, uses = [], []
    for place in range(draw(st.integers(1, 8))):
        points, day = draw(st.integers(0, 500)), draw(st.integers(0, 90))
        lots.append(Lot(draw(st.integers(0, 3)), day, points, 30, draw(st.integers(0, 99_999))))
        spent = draw(st.integers(0, points))
        if spent:
            uses.append(Use(place, day + draw(st.integers(0, 29)), spent))
        if points - spent and draw(st.booleans()):
            uses.append(Use(place, day + 30, points - spent, EntryKind.EXPIRE))
    return lots, uses


@given(sold(), st.fractions(0, 1, max_denominator=20), st.sampled_from(["month", "year"]))
@settings(max_examples=60)
def test_every_cent_of_the_price_is_somewhere(
    ledger: tuple[list[Lot], list[Use]], rate: Fraction, by: str
) -> None:
    found = liability(
        made(*ledger, as_of=130),
        value_per_point="0.07",
        breakage=rate,
        by=by,  # type: ignore[arg-type]
    )

    assert (found.goods + found.allocated).tolist() == found.price.tolist()
    assert (found.revenue + found.deferred).tolist() == found.allocated.tolist()
    assert np.all((found.deferred >= 0) & (found.allocated <= found.price))
    settled = found.points == found.redeemed
    assert np.all(found.deferred[settled] == 0)


@given(sold(), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_order_and_names_of_lots_do_not_matter(
    ledger: tuple[list[Lot], list[Use]], random: Random
) -> None:
    lots, uses = ledger
    order = list(range(len(lots)))
    random.shuffle(order)
    moved = [lots[k]._replace(account=3 - lots[k].account) for k in order]
    again = [use._replace(lot=order.index(use.lot)) for use in reversed(uses)]

    ledgers = [made(lots, uses, as_of=130), made(moved, again, as_of=130)]
    estimates = [breakage(one, ultimate="observed") for one in ledgers]
    assume(not np.isnan(estimates[0].rate))
    found, same = (
        liability(one, value_per_point="0.07", breakage=estimate)
        for one, estimate in zip(ledgers, estimates, strict=True)
    )
    assert same == found


@given(sold(), st.fractions(0, 1, max_denominator=20))
@settings(max_examples=40)
def test_rows_are_those_of_a_slow_sum_in_fractions(
    ledger: tuple[list[Lot], list[Use]], rate: Fraction
) -> None:
    lots, uses = ledger
    found = liability(made(lots, uses, as_of=130), value_per_point="0.07", breakage=rate, by="year")

    price, points = sum(lot.sales for lot in lots), sum(lot.points for lot in lots)
    worth = 7 * points * (1 - rate)
    exact = price * worth / (price + worth) if price + worth else Fraction(0)
    assert found.allocated.tolist() == [int(exact + Fraction(1, 2))]
    redeemed = sum(use.points for use in uses if use.kind == EntryKind.REDEEM)
    gone = sum(use.points for use in uses)
    expected = min(max((1 - rate) * points, redeemed), redeemed + points - gone)
    if expected:
        earned = found.allocated[0] * Fraction(redeemed) / expected
        assert found.revenue.tolist() == [int(earned + Fraction(1, 2))]


def test_a_ledger_without_baskets_owes_nothing() -> None:
    found = liability(made([], as_of=9), value_per_point="0.01", breakage=0)

    assert (len(found), found.total, found.provision) == (0, 0, 0)
