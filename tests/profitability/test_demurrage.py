"""Demurrage day by day: each day walks through the free days and the tiers on its own."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import from_minor, to_minor
from crmkit.profitability import Basis, Charge, DayTariff, days_between, demurrage

WORKED = DayTariff(5, ((5, "60"), (5, "90"), (None, "150")))


def day_by_day(days, free, tiers, counted_from):
    """Add up the rate of every single day."""
    amount = 0
    for day in range(1, days + 1):
        if day > free:
            place = day if counted_from == "day_one" else day - free
            amount += rate_of(place, tiers)
    return amount


def rate_of(place, tiers):
    for length, rate in tiers:
        if length is None or place <= length:
            return rate
        place -= length
    raise AssertionError("beyond the last tier")


lengths = st.lists(st.integers(1, 6), max_size=4)
rates = st.lists(st.integers(0, 30000), min_size=5, max_size=5)


@given(
    stays=st.lists(st.integers(0, 40), min_size=1, max_size=8),
    free=st.integers(0, 12),
    lengths=lengths,
    rates=rates,
    counted_from=st.sampled_from(["first_billable", "day_one"]),
    used=st.integers(0, 15),
)
@settings(max_examples=80)
def test_each_container_pays_for_each_of_its_days(stays, free, lengths, rates, counted_from, used):
    tiers = list(zip([*lengths, None], rates, strict=False))
    tariff = DayTariff(
        free,
        [(length, from_minor(rate)) for length, rate in tiers],
        counted_from=counted_from,
    )
    left = max(free - used, 0)
    assert [day_by_day(n, free, tiers, counted_from) for n in stays] == demurrage(
        stays, tariff
    ).tolist()
    assert [day_by_day(n, left, tiers, counted_from) for n in stays] == demurrage(
        stays, tariff, free_days_used=used
    ).tolist()


def test_eighteen_days_cost_twelve_hundred():
    # 13 billable days: 5 x 60 + 5 x 90 + 3 x 150.
    amounts = demurrage([18, 5, 0, 6], WORKED)
    assert (np.int64, [120000, 0, 0, 6000]) == (amounts.dtype, amounts.tolist())


def test_tiers_from_day_one_are_used_up_by_free_days():
    tiers = ((10, "60"), (5, "90"), (None, "150"))
    from_day_one = DayTariff(5, tiers, counted_from="day_one")
    assert (
        demurrage(np.arange(30), from_day_one).tolist() == demurrage(np.arange(30), WORKED).tolist()
    )
    # A tier that lies within the free days is never charged.
    late = DayTariff(7, tiers[1:], counted_from="day_one")
    assert [15000] == demurrage([8], late).tolist()


@given(terminal=st.integers(0, 20), road=st.integers(0, 20), free=st.integers(0, 15))
def test_pooled_free_days_are_used_once(terminal, road, free):
    flat = DayTariff(free, [(None, "80.50")])
    apart = demurrage([terminal], flat) + demurrage([road], flat, free_days_used=[terminal])
    assert apart.tolist() == demurrage([terminal + road], flat).tolist()


def test_pooled_free_days_may_differ_by_container():
    detention = DayTariff(10, ((3, 10), (None, 20)))
    amounts = demurrage([4, 4, 4, 12], detention, free_days_used=[4, 7, 30, 0])
    assert [0, 1000, 5000, 2000] == amounts.tolist()


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_day_more_never_costs_less(one, other):
    short, long = demurrage(sorted([one, other]), WORKED).tolist()
    assert short <= long


def test_tariffs_of_other_digits():
    assert [24000] == demurrage([3], DayTariff(1, [(None, 12000)], digits=0)).tolist()
    assert [24] == demurrage([3], DayTariff(1, [(None, "0.012")], digits=3)).tolist()


def test_amounts_become_those_of_a_charge():
    amounts = demurrage([18, 6], WORKED)
    charge = Charge(
        "demurrage", from_minor(amounts), Basis.VALUE, shipment=["S1", "S2"], capitalise=False
    )
    assert amounts.tolist() == to_minor(charge.amount).tolist()


def test_a_tariff_says_all_that_is_wrong_with_it():
    with pytest.raises(InvalidArgumentError) as refused:
        DayTariff(-1, ((None, "60"), (0, "-1"), (2.5, "x"), (True, None)))
    problems = str(refused.value).splitlines()
    assert 8 == len(problems)
    assert "free_days must be an integer >= 0; got -1." == problems[0]
    assert "tier 1 must have a number of days >= 1" in problems[1]
    assert "tier 4" in problems[4]
    assert "the rate of tier 2 is negative: '-1'" in problems[5]


@pytest.mark.parametrize(
    ("arguments", "options", "match"),
    [
        ((5, ()), {}, "at least one"),
        ((5, (5, 60)), {}, "pairs of days and rate"),
        ((5, [(None, 1)]), {"counted_from": "day_1"}, "did you mean 'day_one'"),
        ((5, [(None, "0.5")]), {"digits": 0}, "rate of tier 1.*finer than 0 digits"),
    ],
)
def test_odd_tariffs_are_refused(arguments, options, match):
    with pytest.raises(InvalidArgumentError, match=match):
        DayTariff(*arguments, **options)


@pytest.mark.parametrize(
    ("days", "options", "error", "match"),
    [
        ([1.5], {}, InvalidArgumentError, "whole numbers, one per container; got float64"),
        ([np.nan], {}, InvalidArgumentError, "leave them out"),
        ([3, -1, -2], {}, InvalidDataError, "2 containers not so, the first at position 1: -1"),
        ([3, 4], {"free_days_used": [1, 2, 3]}, InvalidArgumentError, "2 containers, 3 numbers"),
        ([3], {"free_days_used": -1}, InvalidDataError, "free_days_used must be 0 or more"),
        ([[3]], {}, InvalidArgumentError, r"shape \(1, 1\)"),
    ],
)
def test_odd_days_are_refused(days, options, error, match):
    with pytest.raises(error, match=match):
        demurrage(days, WORKED, **options)


def test_days_beyond_the_last_tier_have_no_rate():
    tariff = DayTariff(5, ((5, "60"), (5, "90")))
    assert [75000] == demurrage([15], tariff).tolist()
    with pytest.raises(InvalidDataError, match="end after 10 days, and 2 .*position 1: 16 days"):
        demurrage([15, 16, 99], tariff)
    # Without a billable day there is nothing to ask of the tiers.
    short = DayTariff(5, [(3, "60")], counted_from="day_one")
    assert [0] == demurrage([5], short).tolist()
    with pytest.raises(InvalidDataError, match="position 0: 6 days"):
        demurrage([6], short)


def test_amounts_beyond_64_bits_are_refused():
    with pytest.raises(InvalidDataError, match="do not fit 64 bits"):
        demurrage([10**6], DayTariff(0, [(None, 10**14)]))


def test_a_tariff_is_wanted():
    with pytest.raises(InvalidArgumentError, match="tariff must be DayTariff; got int"):
        demurrage([1], 5)


def test_no_containers_cost_nothing():
    assert [] == demurrage([], WORKED).tolist()


# --- days from dates -----------------------------------------------------------------------------


def days(*texts):
    return np.array(texts, dtype="datetime64[D]")


def walked(arrived, left, count, calendar, holidays):
    """Walk from day to day."""
    day, counted = arrived, 0
    while day <= left:
        open_ = day.weekday() < 5 and day not in holidays
        counted += (count == "both" or day > arrived) and (calendar == "calendar" or open_)
        day += dt.timedelta(days=1)
    return counted


near = st.dates(dt.date(2026, 1, 1), dt.date(2026, 2, 10))


@given(
    arrived=near,
    stay=st.integers(0, 30),
    count=st.sampled_from(["both", "one"]),
    calendar=st.sampled_from(["calendar", "working"]),
    holidays=st.lists(near, max_size=5),
)
@settings(max_examples=60)
def test_days_are_those_one_walks_through(arrived, stay, count, calendar, holidays):
    holidays = holidays if calendar == "working" else []
    left = arrived + dt.timedelta(days=stay)
    found = days_between(
        days(arrived), days(left), count=count, calendar=calendar, holidays=days(*holidays)
    )
    assert [walked(arrived, left, count, calendar, holidays)] == found.tolist()


def test_times_of_day_are_cut_off_and_one_day_serves_all():
    arrived = np.array(["2026-03-02T23:59", "2026-03-05T00:01"], dtype="datetime64[m]")
    assert [5, 2] == days_between(arrived, np.datetime64("2026-03-06")).tolist()


def test_weekends_differ():
    friday_off = days_between(
        days("2026-03-05"), days("2026-03-08"), calendar="working", weekmask="Sun Mon Tue Wed Thu"
    )
    assert [2] == friday_off.tolist()


def test_all_odd_dates_are_told_in_one_error():
    arrived = days("NaT", "2026-03-05", "2026-03-05")
    left = days("2026-03-06", "NaT", "2026-03-01")
    with pytest.raises(InvalidDataError) as refused:
        days_between(arrived, left)
    first, second, third = str(refused.value).splitlines()
    assert "1 container without a day of arrival; the first at position 0" in first
    assert "1 container without a last day; count those still there" in second
    assert "left before they arrived; the first at position 2: 2026-03-05 to 2026-03-01" in third


@pytest.mark.parametrize(
    ("arguments", "options", "match"),
    [
        ((["2026-03-01"], days("2026-03-02")), {}, "arrived must be datetime64"),
        ((days("2026-03-01"), days("2026-03-02", "2026-03-02")), {}, "1 container, 2 days"),
        ((days("2026-03-01"),) * 2, {"count": "two"}, "count must be one of 'both', 'one'"),
        ((days("2026-03-01"),) * 2, {"calendar": "work"}, "did you mean 'working'"),
        ((days("2026-03-01"),) * 2, {"holidays": days("2026-03-01")}, "say calendar='working'"),
        (
            (days("2026-03-01"),) * 2,
            {"calendar": "working", "weekmask": "weekdays"},
            "weekmask must name working days",
        ),
    ],
)
def test_odd_questions_of_days_are_refused(arguments, options, match):
    with pytest.raises(InvalidArgumentError, match=match):
        days_between(*arguments, **options)
