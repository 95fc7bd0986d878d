"""A basket previewed at the till earns what it earns when it is evaluated."""

from __future__ import annotations

import datetime as dt

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty import (
    Cap,
    DiscountRule,
    EarnRule,
    EntryKind,
    Expiry,
    Flat,
    History,
    Ledger,
    NthPurchase,
    PercentOff,
    PerSpend,
    Policies,
    Preview,
    Programme,
    Redemption,
    Redemptions,
    Tier,
    TierAtLeast,
    Tiers,
    evaluate,
    preview,
)
from effort import HALF
from loyalty_agreement import ledger_of
from loyalty_strategies import cases
from loyalty_world import Basket, World, to_history

SECOND = dt.timedelta(seconds=1)
BASE = EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(50, per="month"),))


def only(world: World, basket: Basket) -> World:
    redemptions = [r for r in world.redemptions if r[3] == basket.label]
    return World([basket], redemptions, customers=world.customers)


def has_returns(basket: Basket) -> bool:
    return any(line.is_return for line in basket.lines)


def check_preview(programme: Programme, world: World, place: int) -> None:
    """Compare a basket that is alone at its second with the ledger that ends with it."""
    basket = world.baskets[place % len(world.baskets)]
    times = [b.time for b in world.baskets]
    before = world.until(basket.time - SECOND)
    if times.count(basket.time) > 1 or has_returns(basket) or not before.baskets:
        return
    state = ledger_of(programme, before, basket.time - SECOND, like=world).state
    with_it = World(
        [*before.baskets, basket],
        [*before.redemptions, *only(world, basket).redemptions],
        before.events,
        before.transfers,
        world.customers,
    )
    ledger = ledger_of(programme, with_it, basket.time, like=world)
    history, _ = to_history(only(world, basket), programme.policies.money_digits, like=world)
    seen = preview(programme, history, state)
    assert_same(seen, ledger, basket)


def assert_same(seen: Preview, ledger: Ledger, basket: Basket) -> None:
    entries = ledger.entries
    mine = entries.basket == ledger.bound.history.tx.basket.labels.tolist().index(basket.label)
    mine &= entries.time == int(np.datetime64(basket.time, "s").astype(np.int64))
    earned = dict.fromkeys(entries.rules, 0)
    for rule, points, kind in zip(
        entries.rule[mine], entries.points[mine], entries.kind[mine], strict=True
    ):
        if kind in (EntryKind.EARN, EntryKind.BONUS):
            earned[entries.rules[rule]] += int(points)
    for rule, points, spendable in zip(seen.rules, seen.points, seen.counted, strict=True):
        assert not spendable or earned[rule] == points, rule
    spent = entries.points[mine & (entries.kind == EntryKind.REDEEM)]
    assert seen.redeemed == -spent.sum()


@HALF
@given(
    case=cases(discounts=True, same_basket=True, overdrafts=("clamp", "decline"), voids=False),
    place=st.integers(0, 100),
)
def test_a_preview_says_what_the_ledger_says(case: tuple[Programme, World], place: int) -> None:
    check_preview(*case, place)


def lines(
    *days: str, first: int = 1, customer: str | None = "ann", amount: str = "40.00"
) -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=np.array([customer] * len(days), dtype=object),
        time=[f"2026-{day}" for day in days],
        basket=list(range(first, first + len(days))),
        amount=[amount] * len(days),
    )


def test_limits_of_windows_that_are_still_open_are_respected() -> None:
    programme = Programme(rules=(BASE,))
    state = evaluate(programme, lines("03-05"), as_of="2026-03-10").state
    assert preview(programme, lines("03-11", first=2), state).earned == 10
    assert preview(programme, lines("04-11", first=2), state).earned == 40
    assert preview(programme, lines("03-11", first=2, customer="new"), state).earned == 40


def test_a_guest_has_discounts_and_no_points() -> None:
    off = DiscountRule("off", discount=PercentOff(10))
    programme = Programme(rules=(BASE, off))
    state = evaluate(programme, lines("03-05"), as_of="2026-03-10").state
    seen = preview(programme, lines("03-11", first=2, customer=None), state)
    assert (seen.earned, seen.customer, seen.payable) == (0, None, 3600)


def test_tiers_fall_while_nobody_looks() -> None:
    gold = EarnRule("gold", when=TierAtLeast("gold"), amount=Flat(5), scope="basket")
    tiers = Tiers((Tier("gold", 40),), window="month", kept="end_of_next_period")
    programme = Programme(rules=(gold,), tiers=tiers)
    state = evaluate(programme, lines("03-05"), as_of="2026-03-10").state
    seen = [preview(programme, lines(day, first=2), state) for day in ("03-11", "04-30", "05-01")]
    assert [one.tier for one in seen] == ["gold", "gold", None]
    assert [one.earned for one in seen] == [5, 5, 0]


def test_points_that_are_spent_come_from_what_is_left_by_then() -> None:
    programme = Programme(
        rules=(EarnRule("base", amount=PerSpend(1, "1.00")),),
        redemption=Redemption(points=1, amount="0.01"),
        policies=Policies(expiry=Expiry(days=10), overdraft="clamp"),
    )
    state = evaluate(programme, lines("03-05", "03-10"), as_of="2026-03-12").state
    for day, left in (("03-13", 80), ("03-16", 40), ("03-25", 0)):
        basket = lines(day, first=3)
        spent = Redemptions(customer=["ann"], time=[f"2026-{day}"], points=[1000], basket=[3])
        seen = preview(programme, History(basket, redemptions=spent), state)
        assert (seen.available, seen.redeemed) == (left, left)


def test_a_preview_counts_purchases_from_the_first() -> None:
    third = EarnRule("third", when=NthPurchase(3), amount=Flat(9), scope="basket")
    programme = Programme(rules=(third,))
    state = evaluate(programme, lines("03-05", "03-06"), as_of="2026-03-10").state
    assert preview(programme, lines("03-11", first=3), state).earned == 9
    assert (
        repr(preview(programme, lines("03-11", first=3), state)) == "Preview(9 points, of third 9)"
    )


@pytest.mark.parametrize("days", [(), ("03-11", "03-12")])
def test_a_preview_takes_one_basket(days: tuple[str, ...]) -> None:
    programme = Programme(rules=(BASE,))
    state = evaluate(programme, lines("03-05"), as_of="2026-03-10").state
    with pytest.raises(InvalidArgumentError, match="takes one basket; got"):
        preview(programme, lines(*days, first=2), state)


def test_a_preview_is_of_what_comes_after_the_state() -> None:
    programme = Programme(rules=(BASE,))
    state = evaluate(programme, lines("03-05"), as_of="2026-03-10").state
    with pytest.raises(InvalidDataError, match="not later than the state"):
        preview(programme, lines("03-09", first=2), state)
    other = Programme(rules=(attrs.evolve(BASE, id="other"),))
    with pytest.raises(InvalidArgumentError, match="another programme"):
        preview(other, lines("03-11", first=2), state)
