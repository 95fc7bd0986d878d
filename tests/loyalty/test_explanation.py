"""Why a rule fired or not, against the codes of the oracle."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
from loyalty_agreement import ledger_of
from loyalty_oracle import replay
from loyalty_strategies import END, cases
from loyalty_world import World

# Not tiers that points win in the very basket: see the open points of the roadmap.
EVALUATED = {
    "restore_caps": False,
    "return_amounts": ("per_line", "none"),
    "same_basket": False,
}


@given(cases(redemptions=False, events=False, **EVALUATED))
def test_codes_and_points_are_those_of_the_oracle(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
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
