"""What returns undo: points, room under caps, and what found no sale."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import assume, given

import crmkit as ck
from crmkit.loyalty import (
    BasketTotal,
    Cap,
    EarnRule,
    Flat,
    History,
    Ledger,
    PerSpend,
    Policies,
    Programme,
    ReasonCode,
    Returns,
    Rolling,
    evaluate,
    preview,
)
from loyalty_agreement import agrees, has_units
from loyalty_strategies import cases
from loyalty_world import World

BASE = EarnRule("base", amount=PerSpend(1, "1.00"))
LARGE = EarnRule("large", when=BasketTotal("20.00"), amount=Flat(50), scope="basket")


@given(
    cases(
        tiers=False,
        redemptions=False,
        events=False,
        transfers=False,
        referral=False,
        zero_quantities=False,
        customers=1,
        guests=False,
    )
)
def test_room_under_caps_and_baskets_built_again(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
    assume(has_units(world))
    returns = attrs.evolve(programme.policies.returns, restore_caps=True)
    policies = attrs.evolve(programme.policies, returns=returns)
    agrees(attrs.evolve(programme, policies=policies), world)


Row = tuple[str, int, str, int, str]


def _lines(rows: list[Row]) -> ck.Transactions:
    """Return lines of (time, basket, product, quantity, amount)."""
    time, basket, product, quantity, amount = zip(*rows, strict=True)
    return ck.Transactions.from_arrays(
        customer=["ann"] * len(rows),
        time=list(time),
        basket=list(basket),
        product=list(product),
        quantity=list(quantity),
        amount=list(amount),
    )


def _ledger(rows: list[Row], *rules: EarnRule, **returns: object) -> Ledger:
    programme = Programme(rules=rules, policies=Policies(returns=Returns(**returns)))
    return evaluate(programme, _lines(rows), as_of="2026-12-31")


@pytest.mark.parametrize(("amount", "left"), [("rebuild", 12), ("per_line", 12 + 29)])
def test_a_basket_built_again_loses_what_it_no_longer_reaches(amount: str, left: int) -> None:
    rows = [
        ("2026-03-01", 1, "milk", 1, "12.00"),
        ("2026-03-01", 1, "bread", 1, "9.00"),
        ("2026-03-02", 2, "bread", -1, "-9.00"),
    ]

    assert _ledger(rows, BASE, LARGE, amount=amount).balances().of("ann") == left


def test_each_return_of_a_basket_takes_what_those_before_it_left() -> None:
    rows = [
        ("2026-03-01", 1, "milk", 3, "30.00"),
        ("2026-03-02", 2, "milk", -1, "-10.00"),
        ("2026-03-03", 3, "milk", -1, "-10.00"),
        ("2026-03-04", 4, "milk", -1, "-10.00"),
    ]
    entries = _ledger(rows, BASE, LARGE, amount="rebuild").entries

    assert entries.points.tolist() == [30, 50, -10, -60, -10]


@pytest.mark.parametrize("per", ["day", "lifetime", Rolling(2)])
@pytest.mark.parametrize(("restore", "points"), [(True, 10), (False, 0)])
def test_a_return_gives_room_under_a_cap(per: object, restore: bool, points: int) -> None:
    rows = [
        ("2026-03-01T09:00", 1, "milk", 1, "15.00"),
        ("2026-03-01T10:00", 2, "milk", -1, "-15.00"),
        ("2026-03-01T11:00", 3, "bread", 1, "15.00"),
        ("2026-03-01T12:00", 4, "bread", 1, "15.00"),
    ]
    capped = attrs.evolve(BASE, caps=(Cap(10, per=per),))

    assert _ledger(rows, capped, restore_caps=restore).balances().of("ann") == points


def test_what_came_back_is_not_told_as_used() -> None:
    rows = [
        ("2026-03-01", 1, "milk", 1, "15.00"),
        ("2026-03-02", 2, "milk", -1, "-15.00"),
        ("2026-03-03", 3, "bread", 1, "15.00"),
    ]
    capped = attrs.evolve(BASE, caps=(Cap(10, per="month"),))
    (reason,) = _ledger(rows, capped, restore_caps=True).explain(3).reasons

    assert (reason.code, reason.points, reason.used) == (ReasonCode.CAPPED, 10, 0)


def test_room_is_given_in_the_window_of_the_sale() -> None:
    rows = [
        ("2026-03-01", 1, "milk", 1, "15.00"),
        ("2026-03-02", 2, "milk", -1, "-15.00"),
        ("2026-03-02", 3, "bread", 1, "15.00"),
        ("2026-03-02", 4, "bread", 1, "15.00"),
    ]
    capped = attrs.evolve(BASE, caps=(Cap(10, per="day"),))

    assert _ledger(rows, capped, restore_caps=True).balances().of("ann") == 10


@pytest.mark.parametrize("per", ["month", Rolling(20)])
def test_a_till_knows_the_room_that_returns_gave(per: object) -> None:
    rows = [
        ("2026-03-01", 1, "milk", 1, "15.00"),
        ("2026-03-02", 2, "bread", 1, "4.00"),
        ("2026-03-03", 3, "milk", -1, "-15.00"),
        ("2026-03-12", 4, "bread", 1, "20.00"),
    ]
    capped = attrs.evolve(BASE, caps=(Cap(16, per=per),))
    settings = Policies(returns=Returns(restore_caps=True))
    programme = Programme(rules=(capped,), policies=settings)
    state = evaluate(programme, _lines(rows[:3]), as_of="2026-03-10").state

    assert preview(programme, _lines(rows[3:]), state).earned == 15


def test_what_found_no_sale_is_listed() -> None:
    rows = [
        ("2026-03-01", 1, "milk", 1, "5.00"),
        ("2026-03-02", 2, "milk", -3, "-15.00"),
        ("2026-03-03", 3, "bread", -1, "-2.00"),
    ]
    ledger = _ledger(rows, BASE)

    assert repr(ledger) == (
        "Ledger(1 account, 2 entries, 0 points; 2 lines came back without a sale)"
    )
    frame = ledger.unmatched.to_frame()
    assert frame[["basket", "product", "quantity"]].to_numpy().tolist() == [
        [2, "milk", 2.0],
        [3, "bread", 1.0],
    ]


def test_goods_without_units_are_measured_in_money() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann"] * 3,
        time=["2026-03-01", "2026-03-02", "2026-03-03"],
        basket=[1, 2, 3],
        product=["milk"] * 3,
        amount=["10.00", "-4.00", "-7.00"],
    )
    ledger = evaluate(Programme(rules=(BASE,)), tx, as_of="2026-03-31")

    assert ledger.entries.points.tolist() == [10, -4, -6]
    assert ledger.unmatched.to_frame()["amount"].tolist() == [1.0]


def _told(*origins: object) -> Ledger:
    """Buy two bottles in basket 1, then bring one back per origin named."""
    count = len(origins)
    tx = ck.Transactions.from_arrays(
        customer=["ann"] * (count + 1),
        time=["2026-03-01", *(f"2026-03-{k + 2:02}" for k in range(count))],
        basket=["b1", *(f"r{k}" for k in range(count))],
        product=["milk"] * (count + 1),
        quantity=[2, *[-1] * count],
        amount=["20.00", *["-10.00"] * count],
        attributes={"receipt": [None, *origins]},
    )
    history = History(tx, origin="receipt")
    return evaluate(Programme(rules=(BASE,)), history, as_of="2026-03-31")


def test_returns_with_and_without_a_receipt_share_what_was_sold() -> None:
    ledger = _told("b1", None, "b1")

    assert ledger.balances().of("ann") == 0
    assert len(ledger.unmatched) == 1


def test_a_receipt_that_nobody_knows_undoes_nothing() -> None:
    ledger = _told("b9")

    assert ledger.balances().of("ann") == 20
    assert len(ledger.unmatched) == 1
