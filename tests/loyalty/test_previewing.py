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
    EarnRule,
    EntryKind,
    Flat,
    History,
    NthPurchase,
    PercentOff,
    PerSpend,
    Programme,
    Redemption,
    Redemptions,
    TierAtLeast,
    Tier,
    Tiers,
    DiscountRule,
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


def assert_same(seen: ck.loyalty.Preview, ledger: ck.loyalty.Ledger, basket: Basket) -> None:
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
