"""Time-driven costs: published figures, conservation, and what does not fit."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import CapacityOverrunWarning, InvalidArgumentError, InvalidDataError
from crmkit.profitability import (
    Activity,
    ActivityCost,
    ActivityModel,
    CostModel,
    Resource,
    activity_rates,
    contribution,
)
from money_oracles import rounded
from shared_data import case

DAY = "2026-01-03"


def lines(customers, baskets, **more):
    n = len(customers)
    columns = {"amount": [1.0] * n, "quantity": [1] * n, **more}
    return ck.Transactions.from_arrays(
        customer=customers, basket=baskets, time=[DAY] * n, **columns
    )


def test_the_published_example():
    calls = Activity("calls", "desk", "customer", base=1, events={1: 578_600})
    model = ActivityModel([Resource("desk", 560_000, 700_000)], [calls])
    usage = model.usage(lines([1], [1]))
    frame = usage.to_frame()
    assert frame["rate"].tolist() == [0.80]
    assert usage.unused_cost.tolist() == [9_712_000]
    assert usage.used_cost.tolist() == [46_288_000]


def test_lines_baskets_and_calls():
    n = 1000
    tx = lines(np.arange(n) // 4 % 30, np.arange(n) // 4, quantity=np.arange(n) % 3 + 1)
    model = ActivityModel(
        [Resource("staff", 900, 1200)],
        [
            Activity("pick", "staff", base="0.6"),
            Activity("pack", "staff", "basket", base=2),
            Activity("calls", "staff", "customer", base=6, events={1: 10, 2: 8, 99: 12}),
        ],
    )
    with pytest.warns(CapacityOverrunWarning, match="1,280 minutes are used of 1,200"):
        usage = model.usage(tx)
    assert usage.used[0] == 1000 * Fraction("0.6") + 250 * 2 + 30 * 6
    assert usage.unused_cost[0] == 90_000 - 96_000


minutes = st.sampled_from([0, 1, "0.6", "2.25", Fraction(1, 3)])
activities = st.tuples(
    st.sampled_from(["line", "basket", "customer", "product"]),
    minutes,
    st.dictionaries(st.sampled_from(["quantity", "lines"]), minutes),
    st.sampled_from(["a", "b"]),
)


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 2), st.integers(1, 5)),
        min_size=1,
        max_size=12,
    ),
    drawn=st.lists(activities, min_size=1, max_size=4),
    costs=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
)
@settings(max_examples=60)
def test_used_and_unused_sum_to_what_was_supplied(rows, drawn, costs):
    customers, baskets, products, quantity = map(list, zip(*rows, strict=True))
    tx = lines(customers, baskets, product=products, quantity=quantity)
    done = [
        Activity(f"x{i}", resource, level, base=base, drivers=drivers)
        for i, (level, base, drivers, resource) in enumerate(drawn)
    ]
    names = sorted({a.resource for a in done})
    supplied = dict(zip("ab", costs, strict=True))
    model = ActivityModel([Resource(r, f"{supplied[r] / 100:.2f}", 1000) for r in names], done)
    split = [a.name for a in done]
    half = CostModel(
        handling=ActivityCost(model, split[::2]), service=ActivityCost(model, split[1::2])
    )
    earned = contribution(tx, half)
    total = -sum(int(earned.minor(step).sum()) for step in ("handling", "service"))
    assert total - earned.unallocated.total == sum(supplied[r] for r in names)
    usage = model.usage(tx)
    for k, name in enumerate(names):
        used = sum(oracle_minutes(a, rows) for a in done if a.resource == name)
        assert usage.used[k] == pytest.approx(float(used))
        assert usage.used_cost[k] == rounded(supplied[name] * used / 1000, "half_up")


def oracle_minutes(activity, rows):
    key = {
        "line": lambda i: i,
        "basket": lambda i: (rows[i][0], rows[i][1]),
        "customer": lambda i: rows[i][0],
        "product": lambda i: rows[i][2],
    }[activity.level]
    events = {key(i) for i in range(len(rows))}
    total = len(events) * Fraction(activity.base)
    total += sum(r[3] for r in rows) * Fraction(activity.drivers.get("quantity", 0))
    return total + len(rows) * Fraction(activity.drivers.get("lines", 0))


def test_events_reach_the_lines_they_are_of():
    tx = lines([1, 1, 2], [1, 1, 2], amount=[3.0, 1.0, 5.0])
    pack = Activity("pack", "a", "basket", base=1, drivers={"lines": 1})
    model = ActivityModel([Resource("a", 10, 10)], [pack])
    earned = contribution(tx, CostModel(channel=ActivityCost(model)))
    assert earned.minor("channel").tolist() == [-225, -75, -200]
    assert earned.unallocated.to_frame()["what"].tolist() == ["a"]
    assert earned.unallocated.total == -500


def test_customers_without_lines_are_unallocated():
    calls = Activity("calls", "a", "customer", base=1, events={1: 3, 7: 1})
    model = ActivityModel([Resource("a", 4, 4)], [calls])
    earned = contribution(lines([1], [1]), CostModel(service=ActivityCost(model)))
    assert earned.minor("service").tolist() == [-300]
    assert earned.unallocated.to_frame()["what"].tolist() == ["7"]


def test_returns_are_events_only_when_said():
    tx = lines([1, 1], [1, 2], amount=[3.0, -3.0], quantity=[1, -1])
    for rule, used in (("keep", 1.0), ("charge", 2.0)):
        model = ActivityModel([Resource("a", 4, 4)], [Activity("pick", "a", base=1)], returns=rule)
        assert model.usage(tx).used[0] == used


def test_full_absorption_rates():
    worked = case("landed.json", "abc-trad")
    given_, expected = worked["inputs"], worked["expected"]
    rates = activity_rates(given_["cost"], given_["shares"], given_["drivers"])
    assert rates.tolist() == pytest.approx(expected["rates"])


def test_within_capacity_nothing_is_warned():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ActivityModel([Resource("a", 4, 4)], [Activity("pick", "a", base=1)]).usage(lines([1], [1]))


def test_all_that_does_not_fit_at_once():
    with pytest.raises(InvalidArgumentError) as caught:
        ActivityModel(
            [Resource("desk", 5, 0), Resource("desk", -5, 1), Resource("van", 5, 1)],
            [
                Activity("call", "desk ", "custmer", base=-1),
                Activity("call", "desk", drivers={"units": 1}),
                Activity("x", "desk", events={1: 2.5}),
            ],
        )
    for words in (
        "resource 'desk' is there twice",
        "activity 'call' is there twice",
        "capacity must be positive; got 0",
        "there is no resource 'desk '; there are desk, desk, van. Hint: did you mean 'desk'?",
        "the cost must be a number >= 0; got -5",
        "resource 'van': no activity uses it",
        "events are counted, 0 or more; got 2.5",
        "level must be one of",
        "minutes must be numbers >= 0",
        "a driver must be one of 'quantity', 'lines'; got 'units'",
        "events go by an id",
    ):
        assert words in str(caught.value), str(caught.value)


def test_guests_take_minutes_that_nobody_carries():
    tx = lines([1, None], [1, 2])
    care = Activity("care", "a", "customer", base=1, drivers={"lines": 1})
    model = ActivityModel([Resource("a", 10, 10)], [care])
    earned = contribution(tx, CostModel(service=ActivityCost(model, "care")))
    assert earned.minor("service").tolist() == [-200, 0]
    rows = earned.unallocated.to_frame()
    assert rows["what"].tolist() == ["care of no customer", "a"]
    assert rows["amount"].tolist() == [-1.0, -7.0]


def test_no_activity_in_two_steps():
    model = ActivityModel([Resource("a", 4, 4)], [Activity("pick", "a", base=1)])
    cost = ActivityCost(model)
    with pytest.raises(InvalidArgumentError, match="service: activity 'pick' is a cost of handl"):
        contribution(lines([1], [1]), CostModel(handling=cost, service=cost))


def test_minutes_of_too_many_digits_are_refused():
    calls = Activity("calls", "a", "customer", base=0.1 + 0.2, events={1: 2460})
    model = ActivityModel([Resource("a", 4, 4)], [calls])
    with pytest.raises(InvalidDataError, match="too many digits"):
        model.usage(lines([1], [1]))


def test_unknown_activities_and_shares():
    model = ActivityModel([Resource("a", 4, 4)], [Activity("pick", "a", base=1)])
    with pytest.raises(InvalidArgumentError, match="did you mean 'pick'"):
        ActivityCost(model, ["pik"])
    with pytest.raises(InvalidArgumentError, match="sum to 1"):
        activity_rates(1, [0.5], [1])
    with pytest.raises(InvalidArgumentError, match="'keep' or 'charge'"):
        ActivityModel([], [], returns="reverse")


def test_what_no_step_takes_is_unallocated():
    done = [Activity("pick", "a", base=3), Activity("pack", "a", base=2), Activity("go", "b")]
    model = ActivityModel([Resource("a", 12, 12), Resource("b", 7, 1)], done)
    earned = contribution(lines([1], [1]), CostModel(service=ActivityCost(model, ["pack"])))
    assert earned.minor("service").tolist() == [-200]
    rows = earned.unallocated.to_frame()
    assert rows.to_dict("list") == {
        "step": ["service"] * 3,
        "what": ["pick in no step", "a", "b"],
        "amount": [-3.0, -7.0, -7.0],
    }


def test_an_overrun_is_said_once():
    done = [Activity("pick", "a", base=3), Activity("pack", "a", base=2)]
    model = ActivityModel([Resource("a", 12, 4)], done)
    parts = {"handling": ActivityCost(model, "pick"), "service": ActivityCost(model, "pack")}
    with pytest.warns(CapacityOverrunWarning) as warned:
        earned = contribution(lines([1], [1]), CostModel(**parts))
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert earned.unallocated.to_frame().to_numpy().tolist() == [["handling", "a", 3.0]]


def test_a_model_stands_for_all_of_its_activities():
    model = ActivityModel([Resource("a", 9, 12)], [Activity("pick", "a", base=3)])
    tx = lines([1, 2], [1, 2])
    whole, parts = (contribution(tx, CostModel(service=s)) for s in (model, ActivityCost(model)))
    assert whole.minor("service").tolist() == parts.minor("service").tolist() == [-225, -225]
    assert whole.unallocated == parts.unallocated


def test_minutes_by_a_figure_per_line():
    tx = lines([1, 1, 2, 2], [1, 1, 2, 3], amount=[3.0, 1.0, 5.0, -1.0], quantity=[9, 1, 1, -1])
    cases = ck.LineValues.of(tx, [1.5, 0, 2, 1], name="cases")
    done = Activity("stack", "a", "basket", base=1, drivers={"cases": ("0.4", cases), "lines": 1})
    model = ActivityModel([Resource("a", 10, 10)], [done])
    usage = model.usage(tx)
    assert usage.used.tolist() == [6.4]
    earned = contribution(tx, CostModel(channel=model))
    assert earned.minor("channel").tolist() == [-270, -90, -280, 0]
    assert earned.unallocated.total == -360


def test_what_each_activity_took():
    tx = lines([1, 1, 2], [1, 1, 2], quantity=[4, 1, 1])
    done = [
        Activity("pick", "a", drivers={"quantity": "0.5"}),
        Activity("pack", "a", "basket", base=2),
        Activity("calls", "desk", "customer", base=6, events={1: 2, 9: 1}),
        Activity("visits", "desk", "customer", base=6, events={}),
    ]
    model = ActivityModel([Resource("a", 10, 20), Resource("desk", 20, 40)], done)
    usage = model.usage(tx)
    frame = usage.activities.to_frame()
    assert frame["activity"].tolist() == ["pick", "pack", "calls", "visits"]
    assert frame["resource"].tolist() == ["a", "a", "desk", "desk"]
    assert frame["events"].tolist() == [3, 2, 3, 0]
    assert frame["minutes"].tolist() == [3.0, 4.0, 18.0, 0.0]
    assert frame["cost"].tolist() == [1.5, 2.0, 9.0, 0.0]
    np.testing.assert_allclose(frame["cost_per_event"], [0.5, 1.0, 3.0, np.nan])
    assert usage.used_cost.tolist() == [350, 900]
    assert "pack: 2 events, 4 minutes, 2.00" in repr(usage.activities)


def test_figures_that_are_no_drivers():
    tx = lines([1], [1])
    units = ck.LineValues.of(tx, [1], name="units")
    with pytest.raises(InvalidArgumentError) as caught:
        ActivityModel(
            [Resource("a", 4, 4)],
            [
                Activity("x", "a", drivers={"quantity": (1, units), "cases": (-1, units)}),
                Activity("y", "a", drivers={"quantiy": 1}),
            ],
        )
    assert str(caught.value).split("\n") == [
        "activity 'x': 'quantity' is a figure of the lines already; name your own otherwise.",
        "activity 'x': minutes must be numbers >= 0; got [0, 1, -1].",
        "activity 'y': a driver must be one of 'quantity', 'lines'; got 'quantiy'. Hint: did you"
        " mean 'quantity'? Any other goes by a figure per line: {'quantiy': (minutes,"
        " LineValues.of(tx, figures, name='quantiy'))}.",
    ]


def test_one_of_each_needs_no_list_and_others_are_refused():
    one, done = Resource("a", 4, 4), Activity("pick", "a", base=1)
    assert ActivityModel(one, done) == ActivityModel([one], [done])
    with pytest.raises(InvalidArgumentError, match="must be Activity; got Resource"):
        ActivityModel([one], [one])
