"""What a programme costs, and what would pay for it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import (
    DiscountRule,
    EarnRule,
    PercentOff,
    PerSpend,
    ProgrammeReturn,
    break_even_lift,
    breakage,
    programme_return,
)
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.ledger.entries import EntryKind
from loyalty_ledgers import HandLedger, Lot, Use, made

FUNDED = EarnRule("acme", amount=PerSpend(1, "1.00"), funding={"acme": "0.5"})


def margins(ledger: HandLedger, *figures: float) -> ck.LineValues:
    return ck.LineValues.of(ledger.history.tx, figures, name="margin")


def plain(*uses: Use, points: int = 10_000) -> HandLedger:
    return made([Lot(0, 0, points, sales=1_000_000)], uses, as_of=9)


# --- the lift ------------------------------------------------------------------------------------


def test_one_percent_back_at_a_quarter_of_margin() -> None:
    assert round(100 * break_even_lift("0.01", "0.25"), 2) == 4.17
    assert round(100 * break_even_lift("0.01", "0.25", breakage="0.2"), 2) == 3.31
    assert break_even_lift(0.01, 0.25, breakage=0.2, supplier_share=0.5) == 0.004 / 0.246


def test_no_lift_pays_for_rewards_that_take_the_margin() -> None:
    assert break_even_lift("0.25", "0.25") == math.inf
    assert break_even_lift("0.25", "0.2") == math.inf
    assert break_even_lift(0, 0) == 0


def test_shares_that_are_none_are_told_all_at_once() -> None:
    with pytest.raises(InvalidArgumentError) as told:
        break_even_lift("1 %", 25, breakage=-1)
    assert str(told.value).splitlines() == [
        "reward_rate: expected a number such as '1.5'; got '1 %'.",
        "margin_rate: expected a share from 0 to 1; got 25.",
        "breakage: expected a number that is not negative; got -1.",
    ]


def test_a_programme_of_one_percent_agrees_with_the_formula() -> None:
    # 10,000.00 sold at a quarter of margin, a point per 1.00 worth 0.01.
    spent = plain(Use(0, 1, 10_000))
    found = programme_return(spent, margins(spent, 2500), cost_per_point="0.01")
    assert found.break_even_lift == break_even_lift("0.01", "0.25")
    assert repr(found) == "ProgrammeReturn(net cost 100.00, pays at a lift of 4.17 %)"

    still_open = plain()
    found = programme_return(
        still_open, margins(still_open, 2500), cost_per_point="0.01", breakage="0.2"
    )
    assert found.net == 8000
    assert found.break_even_lift == break_even_lift("0.01", "0.25", breakage="0.2")


# --- cost ----------------------------------------------------------------------------------------


def test_cost_is_of_points_redeemed_unless_open_ones_count() -> None:
    ledger = plain(Use(0, 1, 3_000), Use(0, 2, 1_000, EntryKind.EXPIRE))
    figures = margins(ledger, 2500)

    def cost(**how: object) -> int:
        return programme_return(
            ledger,
            figures,
            cost_per_point="0.01",
            **how,  # type: ignore[arg-type]
        ).points

    assert cost() == 3000
    assert cost(breakage="0.5") == 5000
    assert cost(breakage=1) == 3000
    assert cost(breakage=0) == 9000
    estimate = breakage(ledger, ultimate="observed")
    assert cost(breakage=estimate) == round(3000 + 6000 * estimate.chances[0])


def test_return_on_what_is_left_to_the_shop() -> None:
    ledger = plain(Use(0, 1, 10_000))
    found = programme_return(
        ledger,
        margins(ledger, 2500),
        cost_per_point="0.01",
        running_cost="50.00",
        incremental_margin="180.00",
        valued_at="cost_of_goods",
    )

    assert (found.net, found.roi, found.valued_at) == (15_000, 0.2, "cost_of_goods")
    assert found.break_even_lift == pytest.approx(150 / 2350)
    assert math.isnan(programme_return(ledger, margins(ledger, 9), cost_per_point=1).roi)


def test_suppliers_pay_their_share_of_what_was_redeemed() -> None:
    lots = [Lot(0, 0, 100, sales=10_000), Lot(0, 1, 100, sales=10_000, rule=1)]
    rules = (EarnRule("base", amount=PerSpend(1, "1.00")), FUNDED)
    ledger = made(lots, [Use(0, 2, 100), Use(1, 3, 60)], as_of=9, rules=rules)

    found = programme_return(ledger, margins(ledger, 25, 25), cost_per_point="0.10")
    assert (found.points, found.paid_by, found.net) == (1600, {"acme": 300}, 1300)
    assert found.to_frame().to_dict("list") == {
        "part": ["points", "paid by acme", "net"],
        "amount": [16.0, -3.0, 13.0],
    }


def test_discounts_cost_and_are_funded_too() -> None:
    rule = DiscountRule("ten off", PercentOff("10"), funding={"brix": "0.25"})
    taken = Discounts(rules=("ten off",), rule=[0], line=[0], amount=[1000], price_left=[9000])
    ledger = made([Lot(0, 0, 90, sales=9_000)], as_of=9, rules=(FUNDED, rule), discounts=taken)

    found = programme_return(ledger, margins(ledger, 25), cost_per_point="0.10")
    assert (found.discounts, found.paid_by, found.net) == (1000, {"acme": 0, "brix": 250}, 750)


def test_only_margins_of_known_customers_count() -> None:
    tx = ck.Transactions.from_arrays(
        customer=[0, None], time=["1970-01-01T12:00"] * 2, basket=[0, 1], amount=[100.0, 50.0]
    )
    ledger = made([Lot(0, 0, 100, sales=10_000)], as_of=9, tx=tx)

    assert programme_return(ledger, margins(ledger, 25, 12), cost_per_point=1).margin == 2500


def test_no_lift_pays_where_the_cost_takes_the_margin() -> None:
    ledger = plain(Use(0, 1, 10_000))

    found = programme_return(ledger, margins(ledger, 99), cost_per_point="0.01")
    assert repr(found) == "ProgrammeReturn(net cost 100.00, no lift pays)"


# --- errors --------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once() -> None:
    ledger = plain()

    with pytest.raises(InvalidArgumentError) as told:
        programme_return(
            ledger,
            margins(ledger, 25),
            cost_per_point="a cent",
            running_cost=-1,
            incremental_margin="1.005",
            breakage=2,
        )
    assert [line.split(":")[0].split(" must")[0] for line in str(told.value).splitlines()] == [
        "cost_per_point",
        "running_cost",
        "incremental_margin",
        "breakage",
    ]


def test_margins_must_be_of_the_same_lines() -> None:
    ledger, other = plain(), plain()

    with pytest.raises(InvalidArgumentError, match="the margin was made for other lines"):
        programme_return(ledger, margins(other, 25), cost_per_point=1)
    with pytest.raises(InvalidArgumentError, match="margins must be LineValues"):
        programme_return(ledger, 25, cost_per_point=1)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="valued_at must be one of 'face'"):
        programme_return(
            ledger,
            margins(ledger, 25),
            cost_per_point=1,
            valued_at="cost",  # type: ignore[arg-type]
        )


# --- properties ----------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.booleans()), min_size=1),
    st.fractions(0, 1, max_denominator=12),
)
@settings(max_examples=40)
def test_costs_are_those_of_lots_one_by_one(
    rows: list[tuple[int, int, bool]], share: Fraction
) -> None:
    rules = (
        EarnRule("base", amount=PerSpend(1, "1.00")),
        EarnRule("paid", amount=PerSpend(1, "1.00"), funding={"acme": share}),
    )
    lots = [Lot(0, day, left + spent, rule=int(p)) for day, (left, spent, p) in enumerate(rows)]
    uses = [Use(k, k + 1, spent) for k, (_, spent, _) in enumerate(rows) if spent]
    ledger = made(lots, uses, as_of=len(rows) + 9, rules=rules)

    found = programme_return(ledger, margins(ledger, *np.zeros(len(rows))), cost_per_point="0.03")
    assert isinstance(found, ProgrammeReturn)
    assert found.points == 3 * sum(spent for _, spent, _ in rows)
    exact = 3 * share * sum(spent for _, spent, paid in rows if paid)
    assert abs(found.paid_by.get("acme", 0) - exact) <= Fraction(1, 2) + Fraction(1, 10**6)
    assert found.net == found.points - found.supplier_funded
