"""Going on from a state: January then February equals both."""

from __future__ import annotations

import datetime as dt

import attrs
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError, TruncatedHistoryWarning
from crmkit.loyalty import (
    Balances,
    Cap,
    Customers,
    EarnRule,
    Events,
    Flat,
    History,
    InSegment,
    Ledger,
    NthPurchase,
    PerSpend,
    Programme,
    Redemption,
    Redemptions,
    Tier,
    Tiers,
    evaluate,
)
from effort import HALF
from loyalty_agreement import ledger_of, rows_of
from loyalty_strategies import END, START, cases
from loyalty_world import World, to_history

BASE = EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(25, per="month"),))


def in_two(programme: Programme, world: World, moment: dt.datetime) -> Ledger:
    """Evaluate up to a moment, then go on from the state."""
    before, after = world.until(moment), world.after(moment)
    first = ledger_of(programme, before, moment, like=world)
    history, customers = to_history(after, programme.policies.money_digits, like=world)
    return evaluate(programme, history, customers=customers, state=first.state, as_of=END)


def test_two_months_equal_both() -> None:
    programme = Programme(
        rules=(BASE, EarnRule("tenth", amount=Flat(5), scope="basket", group="bonuses")),
        tiers=Tiers((Tier("silver", 30),)),
        redemption=Redemption(points=1, amount="0.01"),
    )
    both, january = bought("01-05", "01-20", "02-03"), bought("01-05", "01-20")
    february = bought("02-03", first=3)
    spent = Redemptions(customer=["ann"], time=["2026-02-04"], points=[7])
    whole = evaluate(programme, History(both, redemptions=spent), as_of="2026-02-28")
    first = evaluate(programme, january, as_of="2026-01-31")
    second = evaluate(
        programme, History(february, redemptions=spent), state=first.state, as_of="2026-02-28"
    )
    assert rows_of(second) == rows_of(whole)
    assert second.balances().to_frame().equals(whole.balances().to_frame())
    assert second.lots.to_frame().equals(whole.lots.to_frame())
    assert second.tiers.to_frame().equals(whole.tiers.to_frame())


def bought(*days: str, first: int = 1) -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=["ann"] * len(days),
        time=[f"2026-{day}" for day in days],
        basket=list(range(first, first + len(days))),
        amount=["20.00"] * len(days),
    )


@HALF
@given(
    case=cases(
        zero_quantities=False,
    ),
    day=st.integers(0, 120),
)
def test_a_history_may_be_split_at_any_moment(case: tuple[Programme, World], day: int) -> None:
    programme, world = case
    moment = START + dt.timedelta(days=day)
    if not world.until(moment).baskets or not world.after(moment).baskets:
        return
    whole = ledger_of(programme, world)
    second = in_two(programme, world, moment)
    assert rows_of(second) == rows_of(whole)
    assert second.balances().to_frame().equals(whole.balances().to_frame())
    assert second.lots.to_frame().equals(whole.lots.to_frame())


@HALF
@given(
    case=cases(
        zero_quantities=False,
    ),
    day=st.integers(0, 120),
)
def test_what_is_booked_stays_booked(case: tuple[Programme, World], day: int) -> None:
    programme, world = case
    moment = START + dt.timedelta(days=day)
    if not world.until(moment).baskets:
        return
    end = int(np.datetime64(moment, "s").astype(np.int64))
    ledger = ledger_of(programme, world)
    early = {row: n for row, n in rows_of(ledger).items() if row[5] <= end}
    then = ledger_of(programme, world.until(moment), moment, like=world)
    assert rows_of(then) == early
    if set(then.entries.accounts) == set(ledger.entries.accounts):
        one, other = (_by_customer(b) for b in (ledger.balances(moment), then.balances()))
        assert one.equals(other)


def _by_customer(balances: Balances) -> pd.DataFrame:
    frame: pd.DataFrame = balances.to_frame()
    return frame.sort_values("customer", ignore_index=True)


def test_a_state_shows_where_it_stands() -> None:
    state = evaluate(Programme(rules=(BASE,)), bought("01-05"), as_of="2026-01-31").state
    assert repr(state).startswith("State(as of 2026-01-31T23:59:59, 1 line, programme ")


def test_what_the_state_covers_is_refused_table_by_table() -> None:
    programme = Programme(rules=(BASE,), redemption=Redemption())
    state = evaluate(programme, bought("01-05"), as_of="2026-01-31").state
    late = History(
        bought("01-31", "02-03", first=2),
        redemptions=Redemptions(customer=["ann"], time=["2026-01-07"], points=[1]),
        events=Events(customer=["ann"], time=["2026-02-07"], event=["joined"]),
    )
    with pytest.raises(InvalidDataError) as error:
        evaluate(programme, late, state=state, as_of="2026-02-28")
    lines = str(error.value).split("\n")
    assert len(lines) == 2
    assert "1 of the lines are not later than the state" in lines[0]
    assert "2026-01-31T23:59:59" in lines[0]
    assert "row 0" in lines[0]
    assert "redemptions" in lines[1]


def test_a_state_of_another_programme_is_refused() -> None:
    programme = Programme(rules=(BASE,))
    other = Programme(rules=(attrs.evolve(BASE, id="other"),))
    state = evaluate(programme, bought("01-05"), as_of="2026-01-31").state
    with pytest.raises(InvalidArgumentError, match="another programme") as error:
        evaluate(other, bought("02-05", first=2), state=state, as_of="2026-02-28")
    assert programme.digest in str(error.value)
    assert other.digest in str(error.value)


def test_a_state_of_a_later_day_is_refused() -> None:
    programme = Programme(rules=(BASE,))
    state = evaluate(programme, bought("01-05"), as_of="2026-03-31").state
    with pytest.raises(InvalidArgumentError, match="as_of must not lie before"):
        evaluate(programme, bought("04-05", first=2), state=state, as_of="2026-02-28")


def test_a_state_is_no_ledger() -> None:
    programme = Programme(rules=(BASE,))
    ledger = evaluate(programme, bought("01-05"), as_of="2026-01-31")
    with pytest.raises(InvalidArgumentError, match=r"ledger\.state"):
        evaluate(programme, bought("02-05", first=2), state=ledger, as_of="2026-02-28")


def test_histories_of_different_parts_are_refused() -> None:
    programme = Programme(rules=(BASE,))
    state = evaluate(programme, bought("01-05"), as_of="2026-01-31").state
    with_products = ck.Transactions.from_arrays(
        customer=["ann"], time=["2026-02-05"], basket=[2], amount=["1.00"], product=["milk"]
    )
    with pytest.raises(InvalidArgumentError, match="only one of both histories has product"):
        evaluate(programme, with_products, state=state, as_of="2026-02-28")


def test_new_facts_of_customers_do_not_change_what_was() -> None:
    rule = EarnRule("vip", when=InSegment({"vip"}, labels="value"), amount=PerSpend(1, "1.00"))
    programme = Programme(rules=(rule,))

    def known(name: str) -> Customers:
        labels = ck.Labels.from_mapping(
            {"ann": name}, entity="customer", name="value", names=("plain", "vip")
        )
        return Customers(customer=["ann"], segments=(labels,))

    first = evaluate(programme, bought("01-05"), customers=known("vip"), as_of="2026-01-31")
    later = bought("02-05", first=2)
    second = evaluate(
        programme, later, customers=known("plain"), state=first.state, as_of="2026-02-28"
    )
    assert second.balances().balance.tolist() == [20]
    third = evaluate(
        programme,
        bought("03-05", first=3),
        customers=known("vip"),
        state=second.state,
        as_of="2026-03-31",
    )
    assert third.balances().balance.tolist() == [40]
    unchanged = evaluate(programme, later, state=first.state, as_of="2026-02-28")
    assert unchanged.balances().balance.tolist() == [40]


def test_balances_of_the_past() -> None:
    ledger = evaluate(Programme(rules=(BASE,)), bought("01-05", "02-05"), as_of="2026-02-28")
    assert ledger.balances("2026-01-31").balance.tolist() == [20]
    assert ledger.balances("2026-01-01").balance.tolist() == [0]
    with pytest.raises(InvalidArgumentError, match="must not be later than the end of the ledger"):
        ledger.balances("2026-03-01")


def test_purchases_counted_in_the_middle_are_warned_of() -> None:
    welcome = EarnRule("welcome", when=NthPurchase(1), amount=Flat(5), scope="basket")
    tx = bought("01-05", "02-05")
    programme = Programme(rules=(welcome,))
    later = tx.between("2026-02-01", "2026-03-01")
    with pytest.warns(TruncatedHistoryWarning, match=r"rule 'welcome'.*start at 2026-02-01"):
        evaluate(programme, later, as_of="2026-02-28")
    state = evaluate(programme, tx.where(tx.days < np.datetime64("2026-02-01")), as_of="2026-01-31")
    resumed = evaluate(programme, later, state=state.state, as_of="2026-02-28")
    assert resumed.balances().balance.tolist() == [5]
