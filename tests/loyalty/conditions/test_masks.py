"""Masks agree with one line looked at after the other, and the named pitfalls of each condition."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given

import loyalty_oracle_facts as oracle
from crmkit.data.codes import Codes
from crmkit.loyalty import (
    Always,
    Anniversary,
    BasketTotal,
    Between,
    Birthday,
    Condition,
    Field,
    FirstPurchaseSince,
    Grain,
    HasProducts,
    InSegment,
    MoneyBase,
    Never,
    NthPurchase,
    Tender,
    TierAtLeast,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Classes, Facts
from crmkit.loyalty.conditions.masks import line_mask, mask
from loyalty_conditions import conditions, facts
from loyalty_world import Person

DAY = 86_400


def day(text: str) -> int:
    return (dt.date.fromisoformat(text) - dt.date(1970, 1, 1)).days


def seconds(text: str) -> int:
    return int((dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1)).total_seconds())


def baskets(**given: Any) -> Facts:
    """The facts of baskets of one line each; what is not given is dull."""
    size = len(next(iter(given.values())))
    ones = np.ones(size, dtype=np.int64)
    columns: dict[str, Any] = {
        "starts": np.arange(size + 1),
        "sale": ones > 0,
        "codes": {},
        "money": dict.fromkeys(MoneyBase, 100 * ones),
        "quantity": ones,
        "time": 0 * ones,
        "purchases": ones,
        "since_last": -ones,
        "tier": -ones.astype(np.int32),
    }
    arrays = {name: np.asarray(value) for name, value in given.items()}
    return Facts(**columns | arrays)


def holds(condition: Condition, **given: Any) -> list[bool]:
    found: list[bool] = mask(condition, baskets(**given)).tolist()
    return found


# --- against the oracle --------------------------------------------------------------------------


def _date(days: int) -> dt.date | None:
    return None if days == UNKNOWN_DAY else dt.date(1970, 1, 1) + dt.timedelta(days=int(days))


def _sale(known: Facts, line: int) -> oracle.Sale:
    codes = {name: int(c.codes[line]) for name, c in known.codes.items()}
    said = {name: str(known.codes[name].labels[k]) for name, k in codes.items() if k >= 0}
    money = {base: int(column[line]) for base, column in known.money.items()}
    return oracle.Sale(
        product=said.get("product"),  # type: ignore[arg-type]
        quantity=Fraction(int(known.quantity[line]), known.quantity_scale),
        amount=money[MoneyBase.ORIGINAL],
        attributes=said,
        price=money[MoneyBase.CURRENT],
        basis=money[MoneyBase.BASIS],
    )


def _basket(known: Facts, k: int) -> oracle.Facts:
    assert known.birthday is not None
    assert known.joined is not None
    segment, names = known.segments["segment"]
    return oracle.Facts(
        lines=[_sale(known, line) for line in range(*known.starts[k : k + 2].tolist())],
        time=int(known.time[k]),
        tenders={name: int(paid[k]) for name, paid in known.tenders.items()},
        person=Person(
            birthday=_date(known.birthday[k]),
            joined=_date(known.joined[k]),
            segments={"segment": names[segment[k]]} if segment[k] >= 0 else {},
        ),
        money_digits=known.money_digits,
        cut_off=known.day_start,
        purchase=int(known.purchases[k]),
        since_last=None if known.since_last[k] < 0 else int(known.since_last[k]),
        tier=int(known.tier[k]),
        tier_names=known.tier_names,
    )


@given(conditions().filter(lambda c: "'cost'" not in repr(c)), facts(sales_only=True))
def test_masks_agree_with_looking_at_each_line(condition: Condition, known: Facts) -> None:
    expected = [
        oracle.holds(condition, basket, sale)
        for basket in (_basket(known, k) for k in range(known.baskets))
        for sale in basket.lines
    ]

    assert line_mask(condition, known).tolist() == expected


@given(conditions(), facts())
def test_a_mask_has_the_grain_of_its_condition(condition: Condition, known: Facts) -> None:
    size = len(known.sale) if condition.grain == Grain.LINE else known.baskets

    assert mask(condition, known).shape == (size,)


@given(conditions(), conditions(), facts())
def test_a_shared_cache_changes_nothing(one: Condition, two: Condition, known: Facts) -> None:
    cache: dict[Condition, Any] = {}
    shared = [mask(c, known, cache) for c in (one, two, one & two, ~one)]
    fresh = [mask(c, attrs.evolve(known, tables={})) for c in (one, two, one & two, ~one)]

    for a, b in zip(shared, fresh, strict=True):
        np.testing.assert_array_equal(a, b)


@given(conditions(), facts())
def test_a_basket_alone_is_what_it_is_among_others(condition: Condition, known: Facts) -> None:
    alone = [line_mask(condition, known.basket(k)) for k in range(known.baskets)]

    np.testing.assert_array_equal(line_mask(condition, known), np.concatenate(alone))


# --- leaf by leaf --------------------------------------------------------------------------------


def test_weekdays_are_iso_even_before_1970() -> None:
    days = np.arange(day("1969-12-20"), day("1970-01-20"))
    iso = [(dt.date(1970, 1, 1) + dt.timedelta(days=int(d))).isoweekday() for d in days]

    for weekday in range(1, 8):
        assert holds(Weekday({weekday}), time=days * DAY) == [w == weekday for w in iso]


def test_the_trading_day_decides_the_weekday_but_not_the_hour() -> None:
    late = seconds("2026-03-03T01:00")  # a Tuesday
    known = baskets(time=[late], day_start=4 * 3600)

    assert mask(Weekday({1}), known).tolist() == [True]
    assert mask(TimeOfDay("00:00", "04:00"), known).tolist() == [True]


def test_an_hour_ends_before_its_end_and_a_night_wraps() -> None:
    clock = [seconds(f"2026-03-03T{t}") for t in ("16:59:59", "17:00", "19:59:59", "20:00")]
    night = [seconds(f"2026-03-03T{t}") for t in ("21:59:59", "22:00", "01:00", "06:00")]

    assert holds(TimeOfDay("17:00", "20:00"), time=clock) == [False, True, True, False]
    assert holds(TimeOfDay("22:00", "06:00"), time=night) == [False, True, True, False]


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ("left", [True, False, False]),
        ("both", [True, True, False]),
        ("right", [False, True, False]),
    ],
)
def test_days_are_whole_days(closed: str, expected: list[bool]) -> None:
    time = [seconds(t) for t in ("2026-03-01T23:59:59", "2026-03-02T23:59:59", "2026-03-03")]

    assert holds(Between("2026-03-01", "2026-03-02", closed=closed), time=time) == expected


def test_between_two_days_that_follow_one_another_there_is_none() -> None:
    with pytest.raises(ValueError, match="no moment from 2026-03-01 to 2026-03-02"):
        Between("2026-03-01", "2026-03-02", closed="neither")


def test_moments_are_closed_to_the_second() -> None:
    time = [seconds(f"2026-03-01T12:00:0{s}") for s in range(4)]
    both = Between("2026-03-01T12:00:01", "2026-03-01T12:00:02", closed="both")

    assert holds(both, time=time) == [False, True, True, False]


def test_a_birthday_reaches_over_new_year() -> None:
    born = [day("1990-01-02"), day("1990-12-30")]
    time = np.array([day("2026-12-31"), day("2027-01-01")]) * DAY

    assert holds(Birthday(before=2), time=time, birthday=born) == [True, False]
    assert holds(Birthday(after=2), time=time, birthday=born) == [False, True]


def test_29_february_moves_to_the_28th() -> None:
    born = [day("1996-02-29")] * 4
    time = [day(t) * DAY for t in ("2026-02-28", "2026-03-01", "2028-02-28", "2028-02-29")]

    assert holds(Birthday(), time=time, birthday=born) == [True, False, False, True]


def test_the_day_of_joining_is_no_anniversary() -> None:
    joined = [day("2025-03-01")] * 3
    time = [day(t) * DAY for t in ("2025-03-01", "2026-02-28", "2026-03-01")]

    assert holds(Anniversary(), time=time, joined=joined) == [False, False, True]
    assert holds(Anniversary(before=1), time=time, joined=joined) == [False, True, True]


def test_an_unknown_birthday_never_comes() -> None:
    assert holds(Birthday(), time=[0, 0], birthday=[UNKNOWN_DAY, 0]) == [False, True]
    assert holds(Birthday(), time=[0]) == [False]


def test_a_first_ever_purchase_is_no_return() -> None:
    since = [-1, 30 * DAY, 30 * DAY + 1]

    assert holds(FirstPurchaseSince(30), since_last=since) == [False, False, True]
    assert holds(NthPurchase(2), purchases=[1, 2, 3]) == [False, True, False]


def test_a_tier_counts_those_above_it() -> None:
    known = attrs.evolve(
        baskets(tier=np.array([-1, 0, 1, 2], dtype=np.int32)), tier_names=("low", "mid", "top")
    )

    assert mask(TierAtLeast("mid"), known).tolist() == [False, False, True, True]


def test_a_customer_without_a_segment_is_in_none() -> None:
    classes = Classes(np.array([-1, 0, 1], dtype=np.int32), ("new", "vip"))
    known = attrs.evolve(baskets(time=[0, 0, 0]), segments={"segment": classes})

    assert mask(InSegment({"vip"}), known).tolist() == [False, False, True]
    assert mask(~InSegment({"vip"}), known).tolist() == [True, True, False]


def test_a_tender_that_nobody_used_holds_nowhere() -> None:
    assert holds(Tender({"own card"}), time=[0, 0]) == [False, False]


# --- lines ---------------------------------------------------------------------------------------


def one_basket(category: list[int], **given: Any) -> Facts:
    lines = len(category)
    codes = Codes(np.array(category, dtype=np.int32), np.array(["dairy", "gift"], dtype=object))
    ones = np.ones(lines, dtype=np.int64)
    columns: dict[str, Any] = {
        "starts": np.array([0, lines]),
        "sale": ones > 0,
        "money": dict.fromkeys(MoneyBase, 100 * ones),
        "quantity": ones,
    }
    alone = baskets(time=[0])
    return attrs.evolve(alone, codes={"category": codes}, **columns | given)


def test_a_missing_category_is_none_of_any() -> None:
    known = one_basket([-1, 0, 1])
    dairy = Field("category").isin({"dairy"})

    assert mask(dairy, known).tolist() == [False, True, False]
    assert mask(~dairy, known).tolist() == [True, False, True]
    assert mask(Field("category").known(), known).tolist() == [False, True, True]


def test_a_basket_without_gift_cards_is_not_its_other_lines() -> None:
    known = one_basket([0, 1])
    gift = Field("category").isin({"gift"})

    assert mask(~HasProducts(gift), known).tolist() == [False]
    assert mask(~gift, known).tolist() == [True, False]


def test_a_label_that_does_not_occur_selects_nothing() -> None:
    assert mask(Field("category").isin({"cheese", 7}), one_basket([0, 1])).tolist() == [False] * 2


def test_returned_goods_reach_no_threshold() -> None:
    known = one_basket([0, 0], sale=np.array([True, False]))

    assert mask(BasketTotal("1.00"), known).tolist() == [True]
    assert mask(BasketTotal("1.01"), known).tolist() == [False]
    assert mask(HasProducts(Field("category").known()), known).tolist() == [True]


def test_a_threshold_is_reached_or_passed() -> None:
    known = one_basket([0])

    assert mask(BasketTotal("1.00"), known).tolist() == [True]
    assert mask(BasketTotal("1.00", side="above"), known).tolist() == [False]
    assert mask(BasketTotal("1.005"), known).tolist() == [False]
    assert mask(BasketTotal("0.995", side="above"), known).tolist() == [True]


def test_a_total_looks_at_the_money_it_names() -> None:
    money = {
        MoneyBase.ORIGINAL: np.array([300]),
        MoneyBase.CURRENT: np.array([200]),
        MoneyBase.BASIS: np.array([100]),
    }
    known = one_basket([0], money=money)
    found = [mask(BasketTotal(2, money=base), known).item() for base in MoneyBase]

    assert found == [True, True, False]


def test_a_unit_price_is_no_quotient() -> None:
    """1.00 for three is more than 0.333 and less than 0.334 each."""
    known = one_basket([0], quantity=np.array([3]))
    price = Field("unit_price")

    assert mask((price > "0.333") & (price < "0.334"), known).tolist() == [True]
    assert mask(price >= "0.3333333333333333333334", known).tolist() == [False]
    assert mask(price >= "0.3333333333333333333333", known).tolist() == [True]


def test_the_unit_price_of_returned_goods_is_that_of_the_goods() -> None:
    money = dict.fromkeys(MoneyBase, np.array([-200, 0, 100]))
    known = one_basket([0, 0, 0], money=money, quantity=np.array([-2, 0, 0]))

    assert mask(Field("unit_price") >= 1, known).tolist() == [True, False, True]
    assert mask(Field("unit_price") < 1, known).tolist() == [False, True, False]


def test_large_numbers_do_not_overflow() -> None:
    money = dict.fromkeys(MoneyBase, np.array([2**62]))
    known = one_basket([0], money=money, quantity=np.array([2**40]), quantity_scale=10**8)

    assert mask(Field("unit_price") >= "0.01", known).tolist() == [True]
    assert mask(Field("unit_price") >= 10**30, known).tolist() == [False]
    assert mask(Field("amount") >= 10**30, known).tolist() == [False]


def test_cost_is_compared_as_money() -> None:
    known = one_basket([0, 0], cost=np.array([99, 100]))

    assert mask(Field("cost") >= "1.00", known).tolist() == [False, True]


def test_a_condition_on_lines_that_always_holds_is_still_about_lines() -> None:
    known = one_basket([0, -1, 1])
    either = Field("category").known() | ~Field("category").known()

    assert mask(either, known).tolist() == [True] * 3
    assert line_mask(Always(), known).tolist() == [True] * 3
    assert mask(Never(), known).tolist() == [False]
