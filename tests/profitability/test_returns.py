"""Returns whose sale is known give back what it carries."""

from __future__ import annotations

from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidDataError, MissingRoleError
from crmkit.profitability import (
    CostModel,
    PercentOfSales,
    PerUnit,
    Pool,
    UnitCosts,
    contribution,
)
from money_oracles import allocated, rounded
from profit_oracle import lines_of_a_till, transactions, units


def with_origin(lines, origins):
    tx = transactions(lines)
    codes = ck.Codes(np.array(origins, dtype=np.int32), np.array([1, 2, 3]))
    return attrs.evolve(tx, attributes={**tx.attributes, "origin": codes})


def pairs(lines, origins):
    """Return for each sale known the lines sold and those brought back, if no more than sold."""
    shared = len({line.visit for line in lines}) > len({line.basket for line in lines})
    found = {}
    for k, line in enumerate(lines):
        basket = origins[k] + 1 if line.returned else line.basket
        who = line.customer if shared else "anybody"
        if basket and who and line.quantity:
            pair = found.setdefault((who, basket, line.product), ([], []))
            pair[line.returned].append(k)
    size = {
        key: [sum(abs(lines[k].quantity) for k in side) for side in found[key]] for key in found
    }
    return [found[key] for key, (sold, back) in size.items() if 0 < back <= sold]


@given(
    lines_of_a_till(), st.lists(st.integers(-1, 2), min_size=9, max_size=9), st.sampled_from("su")
)
def test_linked_returns_give_back_shares_of_their_sale(lines, drawn, kind):
    origins = drawn[: len(lines)]
    source, base, times = {
        "s": (PercentOfSales("0.0333"), lambda line: line.amount, Fraction("0.0333")),
        "u": (PerUnit("0.125", returns="reverse"), units, Fraction("12.5")),
    }[kind]
    earned = contribution(with_origin(lines, origins), CostModel(service=source), origin="origin")

    linked = pairs(lines, origins)
    apart = {k for _, back in linked for k in back}
    figures = [Fraction(0) if k in apart else base(line) for k, line in enumerate(lines)]
    wanted = [0] * len(lines)
    for sign in (1, -1):
        loads = [max(sign * figure, Fraction(0)) for figure in figures]
        total = rounded(times * sum(loads), "half_up")
        for k, share in enumerate(allocated(total, loads)):
            wanted[k] += sign * share
    for sold, back in linked:
        brought = [abs(lines[k].quantity) for k in back]
        kept = sum(lines[k].quantity for k in sold) - sum(brought)
        parts = allocated(sum(wanted[k] for k in sold), [*brought, kept])
        for k, part in zip(back, parts, strict=False):
            wanted[k] = -part

    assert (-earned.minor("service")).tolist() == wanted
    assert np.flatnonzero(earned.linked).tolist() == sorted(apart)
    assert earned.n_unlinked == sum(line.returned for line in lines) - len(apart)


def till(**changes):
    columns = {
        "customer": ["ann", "ann", "bob", "bob"],
        "time": ["2026-01-03"] * 4,
        "basket": [1, 2, 3, 4],
        "product": ["tea"] * 4,
        "quantity": [3, 1, 3, -3],
        "amount": ["0.10", "0.10", "0.10", "-0.10"],
        "attributes": {"origin": [None, None, None, 1]},
    }
    return ck.Transactions.from_arrays(**(columns | changes))


def test_a_full_return_leaves_nothing_on_its_sale():
    model = CostModel(payment=PercentOfSales("0.17"), landed=UnitCosts.of(["tea"], ["0.11"], [4]))
    earned = contribution(till(), model, origin="origin")
    for step in ("payment", "landed"):
        sale, *_, back = earned.minor(step).tolist()
        assert back == -sale
    assert earned.linked.tolist() == [False, False, False, True]
    assert earned.n_unlinked == 0
    assert repr(earned).endswith("0 returns without a known sale)")
    # At the rate in force each side is rounded for itself.
    assert contribution(till(), model).minor("payment").tolist() == [-2, -2, -1, 2]
    assert contribution(till(), model).n_unlinked == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": [2, 1, 3, -3]},
        {"product": ["tea", "tea", "tea", "mug"]},
        {"attributes": {"origin": [None, None, None, 77]}},
        {"attributes": {"origin": [3, 2, 1, None]}},
        {"basket": [1, 2, 1, 1]},  # shared by customers, and this one was not bob's
    ],
)
def test_returns_of_unknown_sales_or_of_more_than_was_sold_carry_the_rate(changes):
    tx = till(**({"quantity": [3, 1, 1, -3]} | changes))
    model = CostModel(payment=PercentOfSales("0.17"))
    earned = contribution(tx, model, origin="origin")
    assert earned.n_unlinked == 1
    assert earned.minor("payment").tolist() == contribution(tx, model).minor("payment").tolist()


def test_events_stay_spent_and_lines_left_out_are_no_sales():
    model = CostModel(transport=PerUnit("0.10"), service=Pool("1.00", "lines"))
    both = [contribution(till(), model, origin=o) for o in (None, "origin")]
    for step in ("transport", "service"):
        assert both[0].minor(step).tolist() == both[1].minor(step).tolist()
    tx = till(product=["mug", "tea", "tea", "mug"])
    known = CostModel(landed=UnitCosts.of(["tea"], [1], [1]), payment=PercentOfSales("0.5"))
    earned = contribution(tx, known, missing="exclude", origin="origin")
    assert earned.minor("payment").tolist() == [0, -5, -5, 0]
    assert earned.n_unlinked == 0


def test_an_origin_that_names_no_baskets():
    tx = till(attributes={"origin": [None, None, None, "1"]})
    model = CostModel(service=Pool("100"))
    with pytest.raises(InvalidDataError, match="returns: 'origin' must name baskets: it holds '1'"):
        contribution(tx, CostModel(), origin="origin")
    with pytest.raises(ValueError, match="(?s)returns: .*service: the driver of a pool must be"):
        contribution(tx, model, origin="origin")
    with pytest.raises(MissingRoleError, match="returns: .* needs the orign of each line"):
        contribution(till(), CostModel(), origin="orign")
