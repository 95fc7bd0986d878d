"""What to do about each product, and the customers concerned."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.product_buyers import product_buyers
from crmkit.data import ProductPeriods, Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle import STANDARD_PLAYBOOK, StageActions, TwoWindow, stages

STAGES = ("introduction", "growth", "maturity", "decline", "indeterminate")
# By two windows of four weeks: maturity, growth, decline.
COUNTS = [[5] * 12, [1] * 8 + [9] * 4, [9] * 8 + [1] * 4]


def lines(rows: list[tuple[str, str, str]]) -> Transactions:
    customer, day, product = zip(*rows, strict=True)
    return Transactions.from_arrays(customer=customer, time=day, product=product)


def actions(tx: Transactions | None = None, **options) -> StageActions:
    periods = ProductPeriods.from_matrix(
        COUNTS, products=["salt", "kiwi", "fax"], start="2026-01-05"
    )
    return stages(periods, method=TwoWindow()).actions(tx=tx, **options)


BOUGHT = [
    ("ann", "2026-01-06", "salt"),
    ("ann", "2026-01-06", "fax"),
    ("ann", "2026-03-02", "salt"),
    ("bob", "2026-01-07", "kiwi"),
    ("bob", "2026-03-20", "kiwi"),
    ("cem", "2026-03-21", "kiwi"),
    ("cem", "2026-03-21", "kiwi"),
    ("dan", "2026-03-21", "soap"),
]


def test_every_product_has_the_action_of_its_stage():
    found = actions()
    frame = found.to_frame()

    assert frame["stage"].tolist() == ["maturity", "growth", "decline"]
    assert frame["audience"].tolist() == ["repeaters", "triers", "buyers"]
    assert frame["stock"][1].startswith("avoid stock-outs")
    assert "customers" not in frame.columns
    assert found.of("fax") is STANDARD_PLAYBOOK.decline
    assert repr(found) == "StageActions(3 products: 1 growth, 1 maturity, 1 decline)"


def test_customers_are_those_of_the_audience():
    found = actions(lines(BOUGHT))

    assert found.customers("salt").tolist() == ["ann"]  # bought on two days
    assert found.customers("kiwi").tolist() == ["cem"]  # on one day, twice
    assert found.customers("fax").tolist() == ["ann"]
    assert found.to_frame()["customers"].tolist() == [1, 1, 1]


def test_early_buyers_bought_other_products_soon_after_their_launch():
    early = attrs.evolve(STANDARD_PLAYBOOK.introduction, offer="samples")
    playbook = attrs.evolve(STANDARD_PLAYBOOK, growth=early)
    found = actions(lines(BOUGHT), playbook=playbook)

    # Ann bought salt and fax in their first weeks, bob only kiwi; cem came late.
    assert found.customers("kiwi").tolist() == ["ann"]
    assert found.to_frame()["customers"].tolist() == [1, 1, 1]


def test_returns_guests_and_unknown_products_concern_nobody():
    tx = Transactions.from_arrays(
        customer=["ann", None, "bob"],
        time=["2026-01-06"] * 3,
        product=["fax", "fax", "fax"],
        quantity=[1, 1, -1],
    )

    assert actions(tx).customers("fax").tolist() == ["ann"]


def test_nobody_is_asked_to_spend_where_the_stage_is_not_known():
    watch = STANDARD_PLAYBOOK["indeterminate"]

    assert watch.audience == "nobody"
    assert not watch.costs_money
    assert all(STANDARD_PLAYBOOK[stage].costs_money for stage in STAGES[:4])


def test_a_playbook_is_a_mapping():
    assert tuple(STANDARD_PLAYBOOK) == STAGES
    assert len(STANDARD_PLAYBOOK) == 5
    with pytest.raises(KeyError):
        STANDARD_PLAYBOOK["boom"]


def test_errors_teach():
    with pytest.raises(InvalidArgumentError, match="no customers are known; say actions"):
        actions().customers("fax")
    with pytest.raises(InvalidArgumentError, match="there is no product 'phax'"):
        actions().of("phax")
    with pytest.raises(InvalidArgumentError, match="audience must be one of"):
        attrs.evolve(STANDARD_PLAYBOOK.growth, audience="fans")
    with pytest.raises(InvalidArgumentError, match="growth must be StageAction; got str"):
        attrs.evolve(STANDARD_PLAYBOOK, growth="push")
    with pytest.raises(InvalidArgumentError, match="tx must be Transactions; got list"):
        actions([1, 2])
    with pytest.raises(InvalidArgumentError, match="playbook must be Playbook; got dict"):
        actions(playbook={})


rows = st.lists(st.tuples(*[st.integers(0, 3)] * 3), max_size=40)


@given(rows)
def test_pairs_of_product_and_customer_are_those_of_a_loop(bought):
    days: dict[tuple[int, int], set[int]] = {}
    for product, customer, day in bought:
        days.setdefault((product, customer), set()).add(day)
    columns = np.array(bought, dtype=np.int64).reshape(-1, 3).T

    found = product_buyers(*columns)
    expected = [(p, c, len(days[p, c]), min(days[p, c])) for p, c in sorted(days)]
    assert expected == list(zip(*(column.tolist() for column in found), strict=True))
