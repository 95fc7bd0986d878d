"""Conditions: how they are written, what they mean, and the errors of typical mistakes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import (
    Always,
    Anniversary,
    BasketQuantity,
    BasketTotal,
    Between,
    Birthday,
    Channel,
    Condition,
    Field,
    FirstPurchaseSince,
    HasProducts,
    InSegment,
    MoneyBase,
    Never,
    NthPurchase,
    Store,
    Tender,
    TierAtLeast,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Classes, Facts
from crmkit.loyalty.conditions.masks import line_mask, mask
from crmkit.loyalty.conditions.needs import needs

NAMES = np.array(["bakery", "dairy"], dtype=object)


def facts(times: list[str], **more: Any) -> Facts:
    """Baskets of one line each: one unit of dairy for 5.00."""
    n = len(times)
    amounts = np.full(n, 500)
    base: dict[str, Any] = {
        "starts": np.arange(n + 1),
        "sale": np.ones(n, dtype=np.bool_),
        "codes": {"category": Codes(np.ones(n, dtype=np.int32), NAMES)},
        "money": dict.fromkeys(MoneyBase, amounts),
        "quantity": np.ones(n, dtype=np.int64),
        "time": np.array(times, dtype="datetime64[s]").view(np.int64),
        "purchases": np.arange(1, n + 1),
        "since_last": np.full(n, -1),
        "tier": np.full(n, -1),
    }
    return Facts(**(base | more))


def days(*dates: str) -> np.ndarray[Any, Any]:
    return np.array(dates, dtype="datetime64[D]").view(np.int64)


@given(st.lists(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2100, 1, 1)), min_size=1))
def test_weekdays_are_iso(times: list[dt.datetime]) -> None:
    whole = [time.replace(microsecond=0).isoformat() for time in times]

    found = mask(Weekday({1, 6}), facts(whole))

    assert found.tolist() == [time.isoweekday() in (1, 6) for time in times]


def test_hours_are_half_open_and_wrap_midnight() -> None:
    block = facts([f"2026-03-01T{hour}" for hour in ("05:59", "06:00", "21:59", "22:00")])

    assert mask(TimeOfDay("06:00", "22:00"), block).tolist() == [False, True, True, False]
    assert mask(TimeOfDay("22:00", "06:00"), block).tolist() == [True, False, False, True]


def test_the_trading_day_starts_when_it_is_said_to() -> None:
    monday_night = facts(["2026-03-03T02:00"], day_start=4 * 3600)  # a Tuesday by the calendar

    assert mask(Weekday({1}), monday_night).all()


@pytest.mark.parametrize(
    ("closed", "inside"),
    [
        ("left", [True, True, False, False]),
        ("both", [True, True, True, False]),
        ("right", [False, True, True, False]),
        ("neither", [False, True, False, False]),
    ],
)
def test_the_ends_of_intervals_of_days_are_named(closed: str, inside: list[bool]) -> None:
    block = facts(["2026-03-01T12:00", "2026-03-02", "2026-03-03T23:59:59", "2026-03-04"])

    assert mask(Between("2026-03-01", "2026-03-03", closed=closed), block).tolist() == inside


def test_an_interval_of_moments_ends_to_the_second() -> None:
    black_friday = Between("2026-11-27T00:00:00", "2026-11-28T00:00:00", closed="both")
    block = facts(["2026-11-28T00:00:00", "2026-11-28T00:00:01"])

    assert mask(black_friday, block).tolist() == [True, False]


def test_birthdays_near_the_turn_of_the_year_and_on_leap_days() -> None:
    block = facts(
        ["2026-12-31", "2026-02-28", "2028-02-29", "2026-06-01"],
        birthday=np.append(days("1980-01-02", "2000-02-29", "2000-02-29"), UNKNOWN_DAY),
    )

    assert mask(Birthday(before=2), block).tolist() == [True, True, True, False]
    assert mask(Birthday(), block).tolist() == [False, True, True, False]


def test_the_day_of_joining_is_no_anniversary() -> None:
    block = facts(["2025-05-01", "2026-05-01"], joined=days("2025-05-01", "2025-05-01"))

    assert mask(Anniversary(), block).tolist() == [False, True]


def test_thresholds_are_reached_or_passed() -> None:
    block = facts(["2026-03-01"])

    assert mask(BasketTotal("5.00"), block).all()
    assert not mask(BasketTotal("5.00", side="above"), block).any()
    assert not mask(BasketTotal("5.001"), block).any()
    assert mask(BasketQuantity(1), block).all()
    assert not mask(BasketQuantity(1, of=Field("category").isin({"bakery"})), block).any()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Field("unit_price") >= "2.50", [True, False]),
        (Field("unit_price") > "2.50", [False, False]),
        (Field("unit_price") < "2.51", [True, True]),
        (Field("amount") <= "5.00", [True, True]),
        (Field("quantity") > 2, [False, True]),
    ],
)
def test_prices_are_compared_without_a_quotient(condition: Condition, holds: list[bool]) -> None:
    block = facts(["2026-03-01"] * 2, quantity=np.array([2, 3]))

    assert mask(condition, block).tolist() == holds


def test_what_is_unknown_is_none_of_the_values() -> None:
    codes = Codes(np.array([-1, 0, 1], dtype=np.int32), NAMES)
    block = facts(["2026-03-01"] * 3, codes={"category": codes})
    dairy = Field("category").isin({"dairy"})

    assert mask(dairy, block).tolist() == [False, False, True]
    assert mask(~dairy, block).tolist() == [True, True, False]
    assert mask(Field("category").known(), block).tolist() == [False, True, True]


def test_not_any_is_not_any_not() -> None:
    codes = Codes(np.array([0, 1, 1], dtype=np.int32), NAMES)
    block = facts(
        ["2026-03-01"] * 2,
        starts=np.array([0, 2, 3]),
        sale=np.ones(3, dtype=np.bool_),
        codes={"category": codes},
        money=dict.fromkeys(MoneyBase, np.full(3, 500)),
        quantity=np.ones(3, dtype=np.int64),
    )
    bakery = Field("category").isin({"bakery"})

    assert mask(~HasProducts(bakery), block).tolist() == [False, True]
    assert mask(HasProducts(~bakery), block).tolist() == [True, True]
    assert line_mask(HasProducts(bakery), block).tolist() == [True, True, False]
    assert mask(bakery & HasProducts(bakery), block).tolist() == [True, False, False]


def test_facts_of_accounts() -> None:
    block = facts(
        ["2026-03-01"] * 3,
        since_last=np.array([-1, 86_400 * 30, 86_400 * 30 + 1]),
        tier=np.array([-1, 0, 1]),
        tier_names=("silver", "gold"),
        segments={"segment": Classes(np.array([-1, 0, 1], dtype=np.int32), ("loyal", "new"))},
        tenders={"card": np.array([True, False, False])},
        codes={
            "channel": Codes(
                np.array([0, 1, -1], dtype=np.int32), np.array(["app", "web"], object)
            ),
            "store": Codes(np.array([0, 0, 0], dtype=np.int32), np.array(["north"], object)),
        },
    )

    assert mask(NthPurchase(2), block).tolist() == [False, True, False]
    assert mask(FirstPurchaseSince(30), block).tolist() == [False, False, True]
    assert mask(TierAtLeast("gold"), block).tolist() == [False, False, True]
    assert mask(InSegment("new"), block).tolist() == [False, False, True]
    assert mask(Tender({"card", "cash"}), block).tolist() == [True, False, False]
    assert mask(Channel({"web"}), block).tolist() == [False, True, False]
    assert mask(Store("north"), block).all()
    assert mask(Always() | Never(), block).all()


# --- mistakes ------------------------------------------------------------------------------------


def test_comparisons_need_brackets() -> None:
    with pytest.raises(InvalidArgumentError, match="put brackets around it"):
        bool(Field("category").isin({"dairy"}) & Field("amount") >= 5)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda: bool(Weekday({1}) and Weekday({2})), "write & for and"),
        (lambda: not Weekday({1}), "write & for and"),
        (lambda: 1 < (Field("amount") > 2) < 3, "'<' not supported|write & for and"),
        (lambda: Field("channel") == "web", r"write Field\('channel'\).isin"),
        (lambda: Field("channel") != "web", r"write ~Field\('channel'\).isin"),
        (lambda: Field("channel") >= "web", "is a category, which has no order"),
        (lambda: Field("amount").isin({5}), "is a number: compare it"),
        (lambda: Field("amount") >= 5.5, "Write '5.5'"),
        (lambda: bool(Field("brand")), "is no condition yet"),
        (lambda: Weekday({0}), "as in ISO 8601; got 0"),
        (lambda: TimeOfDay("25:00", "26:00"), "expected a time such as"),
        (lambda: TimeOfDay("10:00", "10:00"), "the whole day is Always"),
        (lambda: Between("2026-03-02", "2026-03-01"), "swap them"),
        (lambda: NthPurchase(0), "n: expected a whole number >= 1"),
        (lambda: HasProducts(Weekday({1})), "expected a condition on lines"),
        (lambda: Weekday({1}) & "web", "joins two conditions"),
    ],
)
def test_mistakes_are_told_with_the_right_spelling(write: Any, says: str) -> None:
    with pytest.raises((InvalidArgumentError, TypeError), match=says):
        write()


def test_what_a_condition_reads() -> None:
    condition = Field("category").isin({"a"}) & ~InSegment("vip") | BasketTotal("5") & Birthday()

    read = needs(condition | TierAtLeast("gold") | HasProducts({"milk"}))

    assert read.attributes == {"category", "product"}
    assert read.segments == {("segment", "vip")}
    assert read.customer == {"birthday"}
    assert read.tiers == {"gold"}
    assert read.money == {MoneyBase.BASIS}
