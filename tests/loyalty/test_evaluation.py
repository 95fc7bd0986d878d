"""Evaluation in columns against the oracle, which takes one event at a time."""

from __future__ import annotations

import dataclasses

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import crmkit as ck
import shared_data
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import (
    Cap,
    Counter,
    EarnRule,
    Expiry,
    Field,
    Multiply,
    PerSpend,
    Policies,
    Programme,
    Returns,
    Weekday,
    evaluate,
)
from effort import HALF
from loyalty_agreement import agrees, has_units, ledger_of, rows_of
from loyalty_strategies import cases
from loyalty_world import World

NO_RETURNS = {"returns": False, "events": False}


@HALF
@given(cases(tiers=False, redemptions=False, inactivity=False, **NO_RETURNS))
def test_points_of_rules_groups_caps_and_triggers(drawn: tuple[Programme, World]) -> None:
    agrees(*drawn)


@HALF
@given(cases(redemptions=False, **NO_RETURNS))
def test_tiers_that_feed_back(drawn: tuple[Programme, World]) -> None:
    agrees(*drawn)


@HALF
@given(cases(tiers=False, returns=False))
def test_redemptions_expiry_and_events(drawn: tuple[Programme, World]) -> None:
    agrees(*drawn)


@HALF
@given(cases(tiers=False, returns=False, reject=True))
def test_redemptions_that_are_rejected(drawn: tuple[Programme, World]) -> None:
    agrees(*drawn)


@HALF
@given(cases(discounts=True, zero_quantities=False))
def test_returns_and_all_of_it_together(drawn: tuple[Programme, World]) -> None:
    assume(has_units(drawn[1]))
    agrees(*drawn)


@HALF
@given(cases(discounts=True, tiers=False, redemptions=False, **NO_RETURNS))
def test_discounts_before_points(drawn: tuple[Programme, World]) -> None:
    agrees(*drawn)


@HALF
@given(cases(returns=False), st.integers(0, 2**32 - 1))
def test_neither_rows_nor_names_of_baskets_matter(
    drawn: tuple[Programme, World], seed: int
) -> None:
    programme, world = drawn
    one = ledger_of(attrs.evolve(programme, policies=_lenient(programme)), world)
    rng = np.random.default_rng(seed)
    names = {b.label: f"n{k}" for b, k in zip(world.baskets, _mixed(rng, world), strict=True)}
    baskets = [dataclasses.replace(b, label=names[b.label]) for b in world.baskets]
    mixed = [baskets[k] for k in rng.permutation(len(baskets))]
    redemptions = [(w, t, p, names.get(b)) for w, t, p, b in world.redemptions]
    other = ledger_of(
        attrs.evolve(programme, policies=_lenient(programme)),
        World(mixed, redemptions, world.events, world.transfers, world.customers),
    )
    assert one.balances().to_frame().equals(other.balances().to_frame())


def _lenient(programme: Programme) -> Policies:
    return attrs.evolve(programme.policies, overdraft="allow")


def _mixed(rng: np.random.Generator, world: World) -> list[int]:
    return [int(k) for k in rng.permutation(len(world.baskets))]


def test_points_for_tiers_are_rounded_apart_from_points_to_spend() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
    )
    base = EarnRule("base", amount=PerSpend(1, "1.00"))
    status = EarnRule("status", amount=PerSpend(1, "1.00"), counts="qualifying")

    balances = evaluate(Programme(rules=(base, status)), tx, as_of="2026-03-31").balances()

    assert (balances.of("ann"), balances.qualifying.tolist()) == (10, [10])


def test_entries_say_what_suppliers_pay() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.00"]
    )
    shared = {"acme": "0.25", "bolt": "0.5"}
    rule = EarnRule("base", amount=PerSpend(1, "1.00"), funding=shared)
    ledger = evaluate(Programme(rules=(rule,)), tx, as_of="2026-03-31")

    assert ledger.entries.to_frame()["funded"].tolist() == [7.5]


@HALF
@given(cases(redemptions=False, returns=False, events=False))
def test_points_of_lines_sum_to_those_of_rules(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
    ledger = ledger_of(programme, world)
    entries = ledger.entries
    for k, rule in enumerate(entries.rules):
        if rule in {one.id for one in programme.earning if one.counts != Counter.QUALIFYING}:
            lines = ledger.points_by_line(rule).numbers.units
            assert lines.sum() == entries.points[entries.rule == k].sum()
    with pytest.raises(InvalidArgumentError, match="no earn rule is called"):
        ledger.points_by_line("nothing")


# --- a real year ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def journey() -> ck.Transactions:
    frame = shared_data.complete_journey()
    path = shared_data.shared_file("data", "complete_journey", "products.csv.gz")
    products = pd.read_csv(path, usecols=["product_id", "department"])
    columns = ck.Columns(
        customer="household_id",
        time="transaction_timestamp",
        basket="basket_id",
        product="product_id",
        quantity="quantity",
        amount="sales_value",
        attributes=("department",),
    )
    return ck.Transactions.from_frame(frame.merge(products, on="product_id", how="left"), columns)


def _year(journey: ck.Transactions, *rules: EarnRule, **policies: str) -> list[int]:
    settings = Policies(expiry=Expiry(), returns=Returns(amount="none"), **policies)
    entries = evaluate(
        Programme(rules=rules, policies=settings), journey, as_of="2018-01-31"
    ).entries
    return [int(entries.points[entries.rule == k].sum()) for k in range(len(rules))]


@pytest.mark.parametrize(
    ("level", "mode", "points"),
    [
        ("basket", "floor", 4_519_934),
        ("line", "floor", 3_855_155),
        ("basket", "half_up", 4_596_954),
        ("line", "half_up", 4_650_137),
    ],
)
def test_the_level_of_rounding_is_a_seventh_of_the_cost(
    journey: ck.Transactions, level: str, mode: str, points: int
) -> None:
    base = EarnRule("base", amount=PerSpend(1, "1.00"))

    assert _year(journey, base, rounding_level=level, rounding=mode) == [points]


@pytest.mark.parametrize(
    ("cap", "points", "bonus"), [(500, 4_518_953, 42_732), (60, 3_466_848, 31_730)]
)
def test_a_daily_cap_and_a_double_tuesday(
    journey: ck.Transactions, cap: int, points: int, bonus: int
) -> None:
    base = EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(cap, per="day"),))
    fresh = EarnRule(
        "fresh tuesday",
        when=Weekday({2}) & Field("department").isin({"PRODUCE"}),
        amount=Multiply(2),
        group="multipliers",
    )

    assert _year(journey, base, fresh) == [points, bonus]


def test_entries_are_the_same_twice(journey: ck.Transactions) -> None:
    programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
    part = journey.where(journey.customer.codes < 50)
    once, twice = (evaluate(programme, part, as_of="2018-01-31") for _ in range(2))

    assert rows_of(once) == rows_of(twice)
