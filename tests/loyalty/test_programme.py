"""Declaring a programme: round trips, and all that is wrong with it in one error."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError, LinesAfterAsOfError
from crmkit.loyalty import (
    Birthday,
    Cap,
    Customers,
    EarnRule,
    Events,
    Expiry,
    Field,
    Flat,
    Group,
    History,
    InSegment,
    Multiply,
    PerSpend,
    Policies,
    Programme,
    Redemption,
    Redemptions,
    Referral,
    Rolling,
    Tender,
    Tier,
    TierAtLeast,
    Tiers,
    evaluate,
)
from loyalty_strategies import programmes

BASE = EarnRule("base", amount=PerSpend(1, "1.00"))


@pytest.fixture
def tx() -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=["ann", "bob"],
        time=["2026-03-01", "2026-03-02"],
        basket=[1, 2],
        amount=["10.00", "20.00"],
    )


@given(programmes(discounts=True))
def test_programmes_come_back_from_json(programme: Programme) -> None:
    text = json.dumps(programme.to_dict())

    assert Programme.from_dict(json.loads(text)) == programme
    assert Programme.from_dict(json.loads(text)).digest == programme.digest
    assert hash(programme) == hash(Programme.from_dict(programme.to_dict()))


def test_every_policy_is_written_out() -> None:
    policies = Programme(rules=(BASE,)).to_dict()["policies"]

    assert policies["rounding_level"] == "basket"
    assert policies["expiry"]["months"] == 24
    assert policies["returns"]["debit"] == "own_lot"


@pytest.mark.parametrize("preset", ["setono", "open_loyalty", "odoo", "erpnext", "square"])
def test_presets_name_themselves(preset: str) -> None:
    policies = getattr(Policies, f"{preset}_like")()

    assert policies.preset == f"{preset}_like"
    assert f"policies of {preset}_like" in repr(Programme(rules=(BASE,), policies=policies))


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (lambda: PerSpend(1, 1.0), "money in a rule is a text.*Write '1.0'"),
        (lambda: PerSpend("x", "0"), "points: expected a number.*\n.*above zero"),
        (
            lambda: Cap(-1, per="fortnight"),
            "limit: expected a whole number >= 0.*\n.*per: expected",
        ),
        (lambda: Rolling(0), "whole number >= 1"),
        (lambda: EarnRule("", amount=3), "id: expected a name.*\n.*amount: expected PerSpend or"),
        (lambda: EarnRule("a", amount=Flat(1), funding={"x": "0.7", "y": "0.6"}), "more than 1"),
        (lambda: EarnRule("a", amount=Flat(1), scope="lines"), "did you mean 'line'"),
        (
            lambda: EarnRule("a", amount=Multiply("0.5"), caps=(Cap(1, per="day"),)),
            "a factor below 1 takes points away",
        ),
        (lambda: Redemption(points=0), "whole number >= 1; got 0"),
        (lambda: Expiry(days=3, months=2), "say one of days, months"),
        (lambda: Policies(hold_days=30, expiry=Expiry(days=30)), "expire before they can be spent"),
        (lambda: Policies(redemption_order="earn_first"), "each waits for the other"),
        (lambda: Policies(rounding="up a bit"), "rounding must be one of"),
        (lambda: Tiers((Tier("a", 5), Tier("a", 5))), "must rise.*\n.*is there twice"),
        (lambda: Programme(rules=(BASE, BASE)), "2 rules have it"),
        (
            lambda: Programme(rules=(EarnRule("a", amount=Flat(1), group="extra"),)),
            "there is no group 'extra'; there are base, multipliers, bonuses",
        ),
        (
            lambda: Programme(rules=(EarnRule("a", amount=Flat(1), when=TierAtLeast("gold")),)),
            "rule 'a': when: no tier 'gold'; the programme has none",
        ),
        (lambda: Programme(rules=(3,)), "expected EarnRule, DiscountRule or EventRule; got 3"),
        (lambda: Programme.from_dict({"rule": []}), "no field 'rule'. Hint: did you mean 'rules'"),
        (lambda: Programme.from_dict({"rules": [{"type": "Earn"}]}), "no declaration is called"),
    ],
)
def test_mistakes_of_declarations(declare: Any, says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        declare()


def test_groups_of_ones_own() -> None:
    programme = Programme(rules=(BASE,), groups=(Group("base", "best"),))

    assert [group.name for group in programme.groups] == ["base"]


def test_all_that_a_history_lacks_is_told_at_once(tx: ck.Transactions) -> None:
    when = Field("brand").isin({"x"}) & InSegment("vip") & Birthday() & Tender({"card"})
    programme = Programme(
        rules=(EarnRule("a", amount=Flat(1), when=when),),
        policies=Policies(base=Policies().base.__class__(tax="excluded")),
    )

    with pytest.raises(InvalidArgumentError) as caught:
        evaluate(programme, tx, as_of="2026-03-31")

    for part in ("'brand'", "segment", "birthday", "payments", "base.tax='excluded' needs"):
        assert part in str(caught.value)
    assert "rule 'a': when" in str(caught.value)


def test_a_referral_needs_events(tx: ck.Transactions) -> None:
    programme = Programme(rules=(BASE,), referral=Referral(referrer=1))
    with pytest.raises(InvalidArgumentError, match=r"referral: need History\(events="):
        evaluate(programme, tx, as_of="2026-03-31")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"redemptions": Redemptions(customer=["ann"], time=["2026-03-05"], points=[0])}, "zero"),
        (
            {"redemptions": Redemptions(customer=["ann"], time=["2026-03-05"], points=[11])},
            "above the balance, the first is of ann.*11 asked, 10 there",
        ),
        (
            {
                "redemptions": Redemptions(
                    customer=["ann"], time=["2026-03-05"], points=[1], basket=[9]
                )
            },
            "not in the lines, the first is basket 9",
        ),
        (
            {
                "redemptions": Redemptions(
                    customer=["ann"], time=["2026-03-05"], points=[1], basket=[2]
                )
            },
            "pay baskets of other accounts",
        ),
    ],
)
def test_redemptions_that_cannot_be(tx: ck.Transactions, more: Any, says: str) -> None:
    programme = Programme(rules=(BASE,), redemption=Redemption())

    with pytest.raises(InvalidDataError, match=says):
        evaluate(programme, History(tx, **more), as_of="2026-03-31")


def test_nothing_comes_after_as_of(tx: ck.Transactions) -> None:
    with pytest.raises(LinesAfterAsOfError, match="1 of the lines come after as_of"):
        evaluate(Programme(rules=(BASE,)), tx, as_of="2026-03-01")


def test_a_basket_is_one_customer_at_one_time() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann", "bob"], time=["2026-03-01", "2026-03-02"], basket=[1, 1], amount=[1, 2]
    )

    with pytest.raises(InvalidDataError, match=r"more than one customer(.|\n)*more than one time"):
        evaluate(Programme(rules=(BASE,)), tx, as_of="2026-03-31")


def test_a_household_shares_an_account(tx: ck.Transactions) -> None:
    programme = Programme(rules=(BASE,), pooled=True)
    customers = Customers(customer=["ann", "bob"], household=["h", "h"])

    balances = evaluate(programme, tx, customers=customers, as_of="2026-03-31").balances()

    assert balances.of("h") == 30
    with pytest.raises(InvalidArgumentError, match="needs the household"):
        evaluate(programme, tx, as_of="2026-03-31")


def test_customers_who_only_have_events(tx: ck.Transactions) -> None:
    from crmkit.loyalty import EventRule

    programme = Programme(rules=(BASE, EventRule("hello", event="joined", points=5)))
    events = Events(customer=["cem"], time=["2026-03-05"], event=["joined"])

    balances = evaluate(programme, History(tx, events=events), as_of="2026-03-31").balances()

    assert balances.of("cem") == 5
    with pytest.raises(InvalidArgumentError, match="there is no account 'dan'"):
        balances.of("dan")


def test_funding_is_exact() -> None:
    rule = EarnRule("a", amount=Flat(1), funding={"acme": "0.1", "b": Fraction(1, 3)})

    assert dict(rule.funding) == {"acme": Fraction(1, 10), "b": Fraction(1, 3)}
