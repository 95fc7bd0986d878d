"""How many points are never redeemed: known truths, and what data do not tell."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import Breakage, Expiry, breakage
from crmkit.loyalty.ledger.entries import EntryKind
from loyalty_ledgers import HandLedger, Lot, Use, made

ENDLESS = Expiry()


def growing(seed: int, *, customers: int = 400, days: int = 500) -> tuple[HandLedger, float]:
    """A programme that grows; each customer redeems at a rate of their own. Life is 200 days."""
    rng = np.random.default_rng(seed)
    lots, uses, lost, issued, life = [], [], 0, 0, 200
    for account in range(customers):
        mean = rng.choice([40.0, 160.0, 900.0])
        start = int(days * np.sqrt(rng.random()))
        for day in range(start, days, 25):
            points, wait = int(rng.integers(1, 60)), int(rng.exponential(mean))
            issued, lost = issued + points, lost + points * (wait >= life)
            lots.append(Lot(account, day, points, life))
            if wait < life and day + wait < days:
                uses.append(Use(len(lots) - 1, day + wait, points))
            elif day + life < days:
                uses.append(Use(len(lots) - 1, day + life, points, EntryKind.EXPIRE))
    return made(lots, uses, as_of=days - 1), lost / issued


# --- known truth ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2])
def test_open_points_count_as_points_that_lasted_so_long(seed: int) -> None:
    ledger, truth = growing(seed)

    expired = ledger.lots.expired.sum()
    assert abs(breakage(ledger).rate - truth) < 0.03
    assert expired / ledger.lots.granted.sum() < truth - 0.1
    assert expired / (expired + ledger.lots.spent.sum()) < truth - 0.03


def test_an_open_lot_has_the_chance_of_points_that_grew_as_old() -> None:
    # Of 10 points one is gone each day; 4 are left at the end of 6 days.
    old = [Lot(0, 0, 10, 6)]
    uses = [Use(0, day, 1) for day in range(6)] + [Use(0, 6, 4, EntryKind.EXPIRE)]
    ledger = made([*old, Lot(1, 19, 5, 6)], uses, as_of=21)

    found = breakage(ledger)

    # The open lot was watched on its first three days, too, and nothing was redeemed.
    curve = [14 / 15, 13 / 14, 12 / 13, 6 / 7, 5 / 6, 4 / 5]
    assert found.left[:6] == pytest.approx(np.cumprod(curve))
    assert found.chances.tolist() == pytest.approx([0, 1 - 6 / 7 * 5 / 6 * 4 / 5])
    assert found.rate == pytest.approx(np.prod(curve))


def test_points_taken_back_are_neither_redeemed_nor_left() -> None:
    lots, uses = [Lot(0, 0, 10, 5)], [Use(0, 2, 6, EntryKind.REVERSE), Use(0, 3, 1)]
    ended = made(lots, [*uses, Use(0, 5, 3, EntryKind.EXPIRE)], as_of=9)

    assert breakage(ended).rate == pytest.approx(3 / 4)


def test_a_lot_can_be_redeemed_on_the_morning_it_dies() -> None:
    # It dies at noon of the fifth day: six calendar days have a part of its life.
    ledger = made([Lot(0, 0, 4, 5)], [Use(0, 5, 4, EntryKind.EXPIRE)], as_of=9)

    assert breakage(ledger).watched.life.tolist() == [6]
    assert breakage(ledger).covered == 6


# --- what the data do not tell -------------------------------------------------------------------


def test_points_without_an_end_have_no_rate_until_somebody_says_it() -> None:
    ledger = made([Lot(0, 0, 10, None)], [Use(0, 1, 4)], as_of=9, expiry=ENDLESS)

    found = breakage(ledger)
    assert np.isnan(found.rate)
    assert found.at_most == pytest.approx(0.6)
    assert repr(found) == "Breakage(unknown share of points, 10 days of age watched)"
    assert breakage(ledger, ultimate="0.3").rate == pytest.approx(0.3)
    assert breakage(ledger, ultimate="0.3").chances.tolist() == pytest.approx([0.5])
    assert breakage(ledger, ultimate="observed").rate == pytest.approx(0.6)
    with pytest.raises(InvalidArgumentError, match="live for ever.*watch them for 10 days"):
        found.interval(np.random.default_rng(1))


def test_lives_longer_than_the_data_have_no_rate_either() -> None:
    young = made([Lot(0, 0, 10, 400)], [Use(0, 1, 4)], as_of=99)

    with pytest.raises(InvalidArgumentError, match="up to 401 days.*60.0% are left"):
        breakage(young).interval(np.random.default_rng(1))


def test_a_last_month_that_nobody_watched_goes_on_flat() -> None:
    lots = [Lot(0, 0, 10, 400), Lot(1, 0, 10, 420), Lot(1, 400, 10, 440)]
    uses = [Use(0, 3, 5), Use(0, 400, 5, EntryKind.EXPIRE), Use(1, 420, 10, EntryKind.EXPIRE)]

    assert breakage(made(lots, uses, as_of=430)).rate == pytest.approx(25 / 30)


def test_inactivity_leaves_the_end_of_a_life_open() -> None:
    expiry = Expiry(inactivity_days=90)
    ledger = made([Lot(0, 0, 10, 90)], [Use(0, 1, 4)], as_of=200, expiry=expiry)

    assert np.isnan(breakage(ledger).rate)


def test_points_lost_by_inactivity_are_points_not_redeemed() -> None:
    # Of 100 customers 60 redeem on the tenth day; the others stop, and lose all on day 90.
    lots = [Lot(k, 0, 10, 90) for k in range(100)] + [Lot(100, 395, 10, 90)]
    uses = [Use(k, 10, 10) for k in range(60)]
    uses += [Use(k, 90, 10, EntryKind.EXPIRE) for k in range(60, 100)]
    ledger = made(lots, uses, as_of=400, expiry=Expiry(inactivity_days=90))

    found = breakage(ledger, ultimate="observed")
    assert found.rate == pytest.approx(0.4)
    assert found.at_risk[[0, 11, 100]].tolist() == [1010, 400, 400]
    assert found.chances[-1] == pytest.approx(0.6)


def test_an_open_lot_is_likelier_to_be_redeemed_than_those_that_went() -> None:
    # Half go at 20 days, half of the rest are redeemed at 50: so is half of what is open at 30.
    lots = [Lot(k, 0, 10, 20) for k in range(40)] + [Lot(40, 70, 10, 90)]
    uses = [Use(k, 20, 10, EntryKind.EXPIRE) for k in range(20)]
    uses += [Use(k, 50, 10) for k in range(20, 30)]
    ledger = made(lots, uses, as_of=100, expiry=Expiry(inactivity_days=90))

    assert breakage(ledger, ultimate="observed").chances[-1] == pytest.approx(0.5, abs=0.02)


def test_a_share_that_the_data_contradict_is_refused() -> None:
    ledger = made([Lot(0, 0, 10, None)], [Use(0, 1, 4)], as_of=9, expiry=ENDLESS)

    with pytest.raises(InvalidArgumentError, match="after 10 days only 60.0% of points are left"):
        breakage(ledger, ultimate=0.7)
    with pytest.raises(InvalidArgumentError, match="ultimate: expected a share from 0 to 1"):
        breakage(ledger, ultimate=7)


def test_no_points_have_no_rate() -> None:
    empty = breakage(made([], as_of=9))

    assert np.isnan(empty.rate)
    assert len(empty.age) == 0
    with pytest.raises(InvalidArgumentError, match="no points to estimate it from"):
        empty.interval(np.random.default_rng(1))


# --- recent habits -------------------------------------------------------------------------------


def test_since_looks_at_all_ages_but_only_at_recent_days() -> None:
    # Nobody redeemed before day 100, all do on the fifth day since.
    before = [Lot(k, 10 * k, 10, 20) for k in range(6)]
    after = [Lot(k, 100 + 10 * k, 10, 20) for k in range(6)]
    uses = [Use(k, 10 * k + 20, 10, EntryKind.EXPIRE) for k in range(6)]
    uses += [Use(6 + k, 105 + 10 * k, 10) for k in range(6)]
    ledger = made(before + after, uses, as_of=170)

    assert breakage(ledger).rate == pytest.approx(0.5)
    recent = breakage(ledger, since="1970-04-11")
    assert recent.left[5] == 0
    assert recent.rate == 0


def test_points_open_on_the_day_enter_at_their_age() -> None:
    ledger = made([Lot(0, 0, 10, 20), Lot(1, 8, 10, 20)], [Use(0, 12, 10)], as_of=28)

    found = breakage(ledger, since="1970-01-11")
    assert found.at_risk[:13].tolist() == [0, 0, *[10] * 8, 20, 20, 20]
    assert found.covered == 0


def test_a_day_after_the_ledger_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="after the ledger, which ends on 1970-01-10"):
        breakage(made([Lot(0, 0, 10)], as_of=9), since="1970-01-11")


# --- intervals -----------------------------------------------------------------------------------


def test_an_interval_holds_the_truth_and_is_wider_for_fewer_customers() -> None:
    many, truth = growing(3)
    few, _ = growing(3, customers=40)

    low, high = breakage(many).interval(np.random.default_rng(7), draws=200)
    assert low < truth < high
    ends = breakage(few).interval(np.random.default_rng(7), draws=200)
    assert ends[1] - ends[0] > 2 * (high - low)
    assert (low, high) == breakage(many).interval(np.random.default_rng(7), draws=200)


def test_customers_who_are_all_alike_leave_no_doubt() -> None:
    lots = [Lot(k, 0, 10, 5) for k in range(4)]
    uses = [Use(k, 2, 4) for k in range(4)] + [Use(k, 5, 6, EntryKind.EXPIRE) for k in range(4)]

    ends = breakage(made(lots, uses, as_of=9)).interval(np.random.default_rng(1), draws=20)
    assert ends == pytest.approx((0.6, 0.6))


def test_what_an_interval_needs_is_asked_for() -> None:
    found = breakage(made([Lot(0, 0, 10, 5)], [Use(0, 5, 10, EntryKind.EXPIRE)], as_of=9))

    with pytest.raises(InvalidArgumentError, match="rng must be Generator"):
        found.interval(7)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="level must lie between 0 and 1; got 95"):
        found.interval(np.random.default_rng(1), level=95)


# --- properties ----------------------------------------------------------------------------------


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[Lot], list[Use]]:
    lots, uses = [], []
    for place in range(draw(st.integers(1, 8))):
        lot = Lot(draw(st.integers(0, 3)), draw(st.integers(0, 30)), draw(st.integers(1, 20)), 10)
        lots.append(lot)
        left = lot.points
        for wait in sorted(draw(st.lists(st.integers(0, 9), max_size=3))):
            kind = draw(st.sampled_from([EntryKind.REDEEM, EntryKind.REDEEM, EntryKind.REVERSE]))
            points = draw(st.integers(0, left))
            if points and lot.day + wait <= 35:
                uses.append(Use(place, lot.day + wait, points, kind))
                left -= points
        if left and lot.day + 10 <= 35:
            uses.append(Use(place, lot.day + 10, left, EntryKind.EXPIRE))
    return lots, uses


@given(ledgers(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_order_and_names_of_lots_do_not_matter(
    given_ledger: tuple[list[Lot], list[Use]], random: Random
) -> None:
    lots, uses = given_ledger
    order = list(range(len(lots)))
    random.shuffle(order)
    moved = [lots[k]._replace(account=3 - lots[k].account) for k in order]
    again = [use._replace(lot=order.index(use.lot)) for use in reversed(uses)]

    found, same = breakage(made(lots, uses, as_of=35)), breakage(made(moved, again, as_of=35))
    np.testing.assert_equal(same.rate, found.rate)
    np.testing.assert_equal(same.chances, found.chances[order])
    np.testing.assert_equal(same.left, found.left)


@given(ledgers())
@settings(max_examples=40)
def test_shares_fall_and_chances_are_shares(given_ledger: tuple[list[Lot], list[Use]]) -> None:
    found = breakage(made(*given_ledger, as_of=35), ultimate="observed")

    assert np.all(np.diff(found.left, prepend=1.0) <= 0)
    assert np.all((found.chances >= 0) & (found.chances <= 1))
    assert np.isnan(found.rate) or 0 <= found.rate <= 1


def test_the_table_has_a_row_per_day_of_age() -> None:
    frame = breakage(made([Lot(0, 0, 10, 5)], [Use(0, 1, 4)], as_of=3)).to_frame()

    assert isinstance(breakage(made([Lot(0, 0, 10, 5)], as_of=3)), Breakage)
    assert frame.to_dict("list") == {
        "age": [0, 1, 2, 3],
        "at_risk": [10, 10, 6, 6],
        "redeemed": [0, 4, 0, 0],
        "left": [1.0, 0.6, 0.6, 0.6],
    }
