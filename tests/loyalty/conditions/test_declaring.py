"""What cannot be meant is refused where it is written, with the right spelling."""

from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import crmkit.loyalty as loyalty
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import (
    Always,
    And,
    BasketQuantity,
    BasketTotal,
    Between,
    Birthday,
    Channel,
    Condition,
    Field,
    FieldIn,
    FirstPurchaseSince,
    Grain,
    HasProducts,
    InSegment,
    Not,
    NthPurchase,
    TierAtLeast,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.declaration.dicts import declaration_of, plain
from loyalty_conditions import conditions

DAIRY = Field("category").isin({"dairy"})


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda: DAIRY & Field("amount") >= 5, r"put brackets around it, as in .* & \(Field"),
        (lambda: Field("amount") >= 5 & DAIRY, r"& joins two conditions, and 5 is none"),
        (lambda: Field("amount") >= 5 | DAIRY, r"\| joins two conditions, and 5 is none"),
        (lambda: Field("a") & DAIRY, r"Field\('a'\) is none"),
        (lambda: DAIRY | Field("a"), r"Field\('a'\) is none"),
        (lambda: Field("a") & Field("b"), r"Field\('a'\) is none"),
        (lambda: ~Field("a"), r"no condition yet: say \.isin"),
        (lambda: Field("a") and DAIRY, r"no condition yet: say \.isin"),
        (lambda: DAIRY and Weekday({1}), "write & for and"),
        (lambda: not DAIRY, "~ for not"),
        (lambda: 1 < Field("amount") < 5, "with brackets around comparisons"),
        (lambda: Field("channel") == "web", r"write Field\('channel'\)\.isin\(\{'web'\}\)"),
        (lambda: Field("channel") != "web", r"write ~Field\('channel'\)\.isin\(\{'web'\}\)"),
        (
            lambda: Field("amount") == 5,
            r"\(Field\('amount'\) >= '5'\) & \(Field\('amount'\) <= '5'",
        ),
        (lambda: Field("category") >= 5, "category is a category, which has no order"),
        (lambda: Field("amount").isin({5}), r"amount is a number: compare it"),
        (lambda: Field("cost").known(), r"cost is a number: compare it"),
        (lambda: Field("amount") >= 5.0, r"got the float 5\.0\. Write '5\.0'"),
        (lambda: Field("amount") >= True, "expected a number such as '5.00'; got True"),
        (lambda: Field("amount") >= "NaN", "expected a number such as '5.00'; got 'NaN'"),
        (lambda: Field("amount") >= "5 EUR", "got '5 EUR'"),
        (lambda: Field(""), "expected a name"),
        (lambda: FieldIn("category", 5.5), "expected a set such as"),
        (lambda: Field("category").isin({None}), r"~Field\(\.\.\.\)\.known\(\)"),
        (lambda: Field("category").isin({1.5}), r"text or whole numbers; got 1\.5"),
        (lambda: Weekday({0, 2, 8}), r"Weekday: days: days are 1 \(Monday\) to 7 .* got 0, 8"),
        (lambda: Weekday({True}), "got True"),
        (lambda: TimeOfDay("25:00", "x"), "(?s)start: expected a time.*end: expected a time"),
        (lambda: TimeOfDay("24:00", "01:00"), "Midnight is '00:00'"),
        (lambda: TimeOfDay("10:00", "10:00"), r"the whole day is Always\(\)"),
        (lambda: TimeOfDay(dt.time(1, tzinfo=dt.UTC), "10:00"), "naive local time"),
        (lambda: TimeOfDay(dt.time(1, 0, 0, 5), "10:00"), "whole seconds"),
        (lambda: Between("2026-03-02", "2026-03-01"), "no moment from 2026-03-02 to 2026-03-01"),
        (lambda: Between("2026-03-01", "2026-03-01"), "closed='both'"),
        (lambda: Between("March", 5), "(?s)start: expected a day.*end: expected a day"),
        (lambda: Between("2026-03-01T10:00+01:00", "2026-03-02"), "naive local time"),
        (lambda: Between("2026-03-01", "2026-04-01", closed="lef"), "did you mean 'left'"),
        (lambda: BasketTotal(5.0, money="orignal"), "(?s)float 5.0.*did you mean 'original'"),
        (lambda: BasketTotal(5, side="over"), "expected one of 'at_least', 'above'"),
        (lambda: BasketTotal(5, of=Weekday({1})), r"of: expected a condition on lines.*Weekday"),
        (lambda: BasketQuantity("many"), "BasketQuantity: at_least: expected a number such as 6"),
        (lambda: HasProducts(Weekday({1})), "HasProducts: of: expected a condition on lines"),
        (lambda: Channel(None), "expected a set such as {'web'}; got None"),
        (lambda: NthPurchase(0), "NthPurchase: n: expected a whole number >= 1; got 0"),
        (lambda: FirstPurchaseSince("30"), "FirstPurchaseSince: days: expected a whole number"),
        (
            lambda: Birthday(before=-1, after=400),
            "(?s)before: .*>= 0; got -1.*after: .*at most 365",
        ),
        (lambda: InSegment({3}), "expected names such as"),
        (lambda: TierAtLeast(""), "TierAtLeast: name: expected a name"),
        (lambda: And(("x",)), "And: parts: expected a condition"),
        (lambda: And("x"), "expected conditions in a tuple"),
        (lambda: Not("x"), "Not: part: expected a condition"),
    ],
)
def test_it_is_refused(write: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        write()


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (
            DAIRY & (Field("amount") >= 5),
            "Field('category').isin({'dairy'}) & (Field('amount') >= '5')",
        ),
        (~(DAIRY | Weekday({6, 7})), "~(Field('category').isin({'dairy'}) | Weekday({6, 7}))"),
        (TimeOfDay("17:00", "20:00"), "TimeOfDay('17:00:00', '20:00:00')"),
        (Between("2026-03-01", "2026-04-01"), "Between('2026-03-01', '2026-04-01')"),
        (BasketTotal("50.00", money="current"), "BasketTotal('50.00', money='current')"),
        (HasProducts({"milk"}), "HasProducts(Field('product').isin({'milk'}))"),
        (Birthday(before=3), "Birthday(before=3)"),
        (InSegment("vip", labels="rfm"), "InSegment({'vip'}, labels='rfm')"),
        (Channel(set()), "Channel(set())"),
        (Field("brand").isin(()), "Field('brand').isin(set())"),
    ],
)
def test_it_reads_as_it_is_written(condition: Condition, text: str) -> None:
    assert repr(condition) == text


@given(conditions())
def test_the_text_of_a_condition_makes_it_again(condition: Condition) -> None:
    assert eval(repr(condition), vars(loyalty).copy()) == condition


@given(conditions())
def test_a_condition_survives_dicts_and_pickling(condition: Condition) -> None:
    assert declaration_of(plain(condition), type(condition)) == condition
    assert pickle.loads(pickle.dumps(condition)) == condition


@given(conditions())
def test_equal_conditions_hash_alike(condition: Condition) -> None:
    again = pickle.loads(pickle.dumps(condition))

    assert hash(again) == hash(condition)


def test_values_are_a_sorted_tuple_of_plain_values() -> None:
    values = Field("store").isin(np.array([3, 1, 3])).values

    assert values == (1, 3)
    assert [type(value) for value in values] == [int, int]


def test_numbers_are_exact() -> None:
    assert (Field("amount") >= Decimal("0.10")).bound == Decimal("0.10")
    assert (Field("quantity") < np.int64(2)).bound == 2


def test_days_may_come_from_numpy_and_datetime() -> None:
    day, moment = np.datetime64("2026-03-01"), np.datetime64("2026-03-01T12:00")

    assert Between(day, "2026-03-02") == Between(dt.date(2026, 3, 1), dt.date(2026, 3, 2))
    assert Between(moment, "2026-03-02").start == dt.datetime(2026, 3, 1, 12)


@pytest.mark.parametrize(
    ("condition", "grain"),
    [
        (Always(), Grain.ACCOUNT),
        (TierAtLeast("gold") & NthPurchase(1), Grain.ACCOUNT),
        (TierAtLeast("gold") | Weekday({1}), Grain.BASKET),
        (~HasProducts(DAIRY), Grain.BASKET),
        (Weekday({1}) & ~DAIRY, Grain.LINE),
    ],
)
def test_the_grain_is_that_of_the_finest_part(condition: Condition, grain: Grain) -> None:
    assert condition.grain == grain
