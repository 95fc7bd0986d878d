"""Why a rule fired or not, against the codes of the oracle."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import (
    Cap,
    EarningBase,
    EarnRule,
    Explanation,
    Flat,
    Group,
    History,
    Payments,
    PerSpend,
    Policies,
    Programme,
    Redemption,
    Redemptions,
    evaluate,
)
from effort import HALF
from loyalty_agreement import has_units, ledger_of
from loyalty_oracle import replay
from loyalty_strategies import END, cases
from loyalty_world import World


@HALF
@given(cases(redemptions=False, events=False))
def test_codes_and_points_are_those_of_the_oracle(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
    if not has_units(world):
        return
    policies = attrs.evolve(programme.policies, overdraft="allow")
    programme = attrs.evolve(programme, policies=policies)
    result, ledger = replay(programme, world, END), ledger_of(programme, world)
    for basket in world.baskets[:3]:
        told = ledger.explain(basket.label)
        codes = {reason.rule: reason.code.name for reason in told.reasons}
        assert codes == {
            rule: code for (label, rule), code in result.codes.items() if label == basket.label
        }
        mine = ledger.entries.basket == _place(ledger, basket.label)
        earned = mine & (ledger.entries.kind <= 1)
        assert told.points == int(ledger.entries.points[earned].sum())


def _place(ledger, label):  # type: ignore[no-untyped-def]
    return ledger.entries.baskets.tolist().index(label)


def test_a_basket_that_is_not_there() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann", None], time=["2026-03-01"] * 2, basket=[1, 2], amount=["10.50", "3.00"]
    )
    ledger = evaluate(
        Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),)), tx, as_of="2026-03-31"
    )

    with pytest.raises(InvalidArgumentError, match="there is no basket 9"):
        ledger.explain(9)
    assert ledger.explain(2).reasons[0].code == "guest"
    assert ledger.explain(1).to_frame()["points"].tolist() == [10]


# --- details -------------------------------------------------------------------------------------

BASE = EarnRule("base", amount=PerSpend(1, "1.00"))


def told(programme: Programme, *, payments: Payments | None = None) -> Explanation:
    """Explain the second of two baskets of 40.00 on one day."""
    tx = ck.Transactions.from_arrays(
        customer=["ann"] * 2,
        time=["2026-03-01T10:00", "2026-03-01T18:00"],
        basket=[1, 2],
        amount=["40.00"] * 2,
    )
    return evaluate(programme, History(tx, payments=payments), as_of="2026-03-31").explain(2)


def test_a_cap_says_how_much_of_it_was_used() -> None:
    caps = (Cap(50, per="day"), Cap(500, per="month"))
    (reason,) = told(Programme(rules=(attrs.evolve(BASE, caps=caps),))).reasons
    assert (reason.code, reason.points, reason.cut) == ("capped", 10, 30)
    assert (reason.limit, reason.used) == (caps[0], 40)


def test_a_trigger_limit_says_how_often_it_was_used() -> None:
    rule = attrs.evolve(BASE, trigger_limit=1)
    (reason,) = told(Programme(rules=(rule,))).reasons
    assert (reason.code, reason.limit, reason.used) == ("trigger_spent", rule.trigger_limit, 1)


@pytest.mark.parametrize("resolution", ["best", "first"])
def test_who_lost_says_to_whom(resolution: str) -> None:
    rules = (BASE, EarnRule("little", amount=Flat(1), scope="basket"))
    groups = (Group("base", resolution),)  # type: ignore[arg-type]
    explained = told(Programme(rules=rules, groups=groups))
    assert [(r.code, r.winner) for r in explained.reasons] == [("fired", None), ("lost", "base")]
    assert "little: lost, to base" in repr(explained)


def test_what_was_paid_by_an_excluded_tender_earns_nothing() -> None:
    base = EarningBase(excluded_tenders=("gift card",))
    paid = Payments(basket=[2], tender=["gift card"], amount=["40.00"])
    programme = Programme(rules=(BASE,), policies=Policies(base=base))
    assert told(programme, payments=paid).reasons[0].code == "excluded_tender"


@pytest.mark.parametrize(
    ("asked", "terms", "hold", "code", "applied"),
    [
        (40, {}, 0, "applied", 40),
        (60, {}, 0, "over_balance", 40),
        (60, {}, 5, "over_balance", 0),
        (30, {}, 5, "pending", 0),
        (30, {"multiple": 20}, 0, "not_multiple", 20),
        (30, {"minimum": 35}, 0, "below_minimum", 0),
        (30, {"amount": "1.00", "share_of_basket": "0.5"}, 0, "over_share", 20),
    ],
)
def test_a_redemption_says_what_cut_it(
    asked: int, terms: dict[str, str], hold: int, code: str, applied: int
) -> None:
    programme = Programme(
        rules=(BASE,),
        redemption=Redemption(**terms),  # type: ignore[arg-type]
        policies=Policies(overdraft="clamp", hold_days=hold),
    )
    tx = ck.Transactions.from_arrays(
        customer=["ann"] * 2,
        time=["2026-03-01", "2026-03-02"],
        basket=[1, 2],
        amount=["40.00"] * 2,
    )
    spent = Redemptions(customer=["ann"], time=["2026-03-02"], points=[asked], basket=[2])
    ledger = evaluate(programme, History(tx, redemptions=spent), as_of="2026-03-31")
    (reason,) = ledger.explain(2).redemptions
    assert (reason.code, reason.applied) == (code, applied)
    assert f"redeemed: {applied} points of {asked} points" in repr(ledger.explain(2))


@HALF
@given(cases(discounts=True, overdrafts=("clamp", "decline", "allow")))
def test_redemptions_are_cut_as_the_oracle_cuts_them(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
    if programme.redemption is None:
        return
    result, ledger = replay(programme, world, END), ledger_of(programme, world)
    for basket in world.baskets[:3]:
        expected = result.redemptions.get(basket.label, [])
        found = ledger.explain(basket.label).redemptions
        if basket.customer is not None:
            amounts = sorted((one.asked, one.applied) for one in found)
            # The oracle sells nothing in a basket that was voided, and asks for no points there.
            assert amounts == sorted((o[0], o[1]) for o in expected) or not expected
            assert expected or not any(one.applied for one in found)
            assert [o.code == "applied" for o in found] == [o.asked == o.applied for o in found]
