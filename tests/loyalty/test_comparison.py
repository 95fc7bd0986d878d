"""Two programmes over one history."""

from __future__ import annotations

import pytest

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import Cap, EarnRule, PerSpend, Policies, Programme, Tier, Tiers, compare

BASE = EarnRule("base", amount=PerSpend(1, "1.00"))


@pytest.fixture
def tx() -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=["ann", "bob", "cem"],
        time=["2026-03-01", "2026-03-02", "2026-03-03"],
        basket=[1, 2, 3],
        amount=["90.00", "10.00", "30.00"],
    )


def test_a_programme_and_itself_differ_in_nothing(tx: ck.Transactions) -> None:
    programme = Programme(rules=(BASE,))

    same = compare(programme, programme, tx, as_of="2026-03-31")

    assert same.to_frame()["change"].tolist() == [0, 0, 0]
    assert (same.by_rule().winners == 0).all()


def test_winners_and_losers_by_segment_and_rule(tx: ck.Transactions) -> None:
    capped = EarnRule("base", amount=PerSpend(1, "1.00"), caps=(Cap(50, per="day"),))
    extra = EarnRule("extra", amount=PerSpend(1, "10.00"), group="bonuses")
    found = compare(
        Programme(rules=(BASE,)), Programme(rules=(capped, extra)), tx, as_of="2026-03-31"
    )
    labels = ck.Labels.from_mapping({"ann": "big", "bob": "small"}, entity="customer", name="size")

    assert found.to_frame()["change"].tolist() == [-31, 1, 3]
    assert found.by_rule().to_frame()["change"].tolist() == [-40, 13]
    segments = found.by_segment(labels)
    assert segments.to_frame()["change"].tolist() == [3, -31, 1]
    assert segments.losers.tolist() == [0, 1, 0]


def test_moves_between_tiers(tx: ck.Transactions) -> None:
    one = Programme(rules=(BASE,), tiers=Tiers((Tier("gold", 50),)))
    two = Programme(rules=(BASE,), tiers=Tiers((Tier("silver", 20), Tier("gold", 80))))

    moves = compare(one, two, tx, as_of="2026-03-31").tier_moves()

    assert moves.loc["none"].tolist() == [1, 1, 0]
    assert moves.loc["gold"].tolist() == [0, 0, 1]


def test_points_of_different_digits_are_not_compared(tx: ck.Transactions) -> None:
    cents = Programme(rules=(BASE,), policies=Policies(point_digits=2))

    with pytest.raises(InvalidArgumentError, match="of 0 and of 2 digits"):
        compare(Programme(rules=(BASE,)), cents, tx, as_of="2026-03-31")


def test_segments_are_of_customers(tx: ck.Transactions) -> None:
    same = compare(Programme(rules=(BASE,)), Programme(rules=(BASE,)), tx, as_of="2026-03-31")
    kinds = ck.Labels.from_mapping({"milk": "food"}, entity="product", name="kind")

    with pytest.raises(InvalidArgumentError, match="labels must be of customers"):
        same.by_segment(kinds)
