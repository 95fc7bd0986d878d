"""Two contributions side by side, and what it takes to serve."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, MissingRoleError
from crmkit.profitability import (
    CostModel,
    PerBasket,
    PercentOfSales,
    PerCustomer,
    PerUnit,
    contribution,
)

WHO = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(-5, 9)), max_size=8)


def lines(rows):
    return ck.Transactions.from_arrays(
        customer=np.array([who for who, _ in rows], dtype=object),
        time=np.full(len(rows), "2026-01-03", dtype="datetime64[s]"),
        amount=np.array([money for _, money in rows], dtype=np.int64),
    )


def sold(rows):
    return contribution(lines(rows), CostModel())


def test_the_same_lines_under_two_models_differ_by_step():
    tx = lines([("a", 20), ("b", 10)])
    dearer = contribution(tx, CostModel(payment=PercentOfSales("0.02")))
    compared = contribution(tx, CostModel()).compare(dearer)

    assert {name: change.tolist() for name, change in compared.changes.items()} == {
        "gross_sales": [0],
        "net_sales": [0],
        "gross_margin": [0],
        "adjusted_gross_margin": [0],
        "direct_product_profit": [0],
        "payment": [-60],
        "customer_contribution_before_marketing": [-60],
        "contribution": [-60],
        "unallocated": [0],
    }
    assert "1 row, the whole" in repr(compared)


def test_what_no_line_carries_is_compared_for_the_whole():
    tx = lines([("a", 20)])
    served = contribution(tx, CostModel(service=PerCustomer({"a": 1, "z": 2})))
    compared = contribution(tx, CostModel()).compare(served)

    assert compared.changes["service"].tolist() == [-100]
    assert compared.changes["unallocated"].tolist() == [-200]


def test_ids_of_one_side_are_new_or_gone_and_missing_on_the_other():
    compared = sold([("a", 20), ("b", 5), (None, 1)]).compare(
        sold([("b", 7), ("c", 3)]), by="customer"
    )
    frame = compared.to_frame()
    before, after = compared.sides("net_sales")

    assert frame["status"].tolist() == ["gone", "both", "new", "gone"]
    assert frame["customer"].isna().tolist() == [False, False, False, True]
    assert frame["net_sales"].tolist() == [-20.0, 2.0, 3.0, -1.0]
    np.testing.assert_array_equal(before, [20, 5, np.nan, 1])
    np.testing.assert_array_equal(after, [np.nan, 7, 3, np.nan])
    assert repr(compared) == "ProfitComparison(4 rows, by customer: 1 both, 2 gone, 1 new)"


def test_a_measured_zero_is_not_missing():
    before, after = sold([("a", 5)]).compare(sold([("a", 0)]), by="customer").sides("net_sales")

    assert (before.tolist(), after.tolist()) == ([5.0], [0.0])


@given(WHO, WHO)
def test_changes_by_id_add_up_to_the_change_of_the_whole(one, two):
    first, second = sold(one), sold(two)
    by_id, whole = first.compare(second, "customer"), first.compare(second)
    back = second.compare(first, "customer")

    for figure in ("net_sales", "contribution"):
        assert by_id.changes[figure].sum() == whole.changes[figure].sum()
        assert (by_id.changes[figure] == -back.changes[figure]).all()
    assert len(by_id) == len({who for who, _ in one + two})
    status = {who: "new" for who, _ in two} | {who: "gone" for who, _ in one}
    status |= {who: "both" for who, _ in one if who in dict(two)}
    told = by_id.to_frame()
    names = [None if pd.isna(who) else who for who in told["customer"]]
    assert dict(zip(names, told["status"], strict=True)) == status


def test_periods_are_matched_by_label_whatever_their_codes():
    tx = ck.Transactions.from_arrays(
        customer=[9, 7, 9], time=["2026-01-03", "2026-02-03", "2026-02-03"], amount=[2, 5, 9]
    )
    january, february = (
        contribution(tx.between(*days), CostModel())
        for days in (("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"))
    )
    compared = january.compare(february, by="customer")

    assert compared.ids.tolist() == [7, 9]
    assert compared.changes["net_sales"].tolist() == [500, 700]


def test_signed_and_unsigned_ids_are_the_same_numbers():
    large = np.array([2**63 + 1], dtype=np.uint64)
    one, two = (
        contribution(
            ck.Transactions.from_arrays(customer=who, time=["2026-01-03"], amount=[3]), CostModel()
        )
        for who in (np.array([4]), large)
    )
    assert one.compare(two, by="customer").ids.tolist() == [4, 2**63 + 1]


def test_what_cannot_be_compared_is_refused():
    text, numbers = sold([("a", 3)]), sold([(1, 3)])
    with pytest.raises(InvalidArgumentError, match="mixed types.*cannot be matched"):
        text.compare(numbers, by="customer")
    with pytest.raises(InvalidArgumentError, match="digits differ: 2 and 3"):
        text.compare(contribution(text.transactions, CostModel(), digits=3))
    with pytest.raises(InvalidArgumentError, match="other must be Contribution"):
        text.compare(text.transactions)
    with pytest.raises(InvalidArgumentError, match="'net_sale'.*did you mean 'net_sales'"):
        text.compare(text).sides("net_sale")
    with pytest.raises(MissingRoleError, match="needs the product"):
        text.compare(text, by="product")


# --- cost to serve -------------------------------------------------------------------------------


def served():
    tx = ck.Transactions.from_arrays(
        customer=["ann", "ann", "bob", None],
        time=["2026-01-03"] * 4,
        basket=[1, 2, 3, 4],
        quantity=[4, 1, 2, 1],
        amount=[20, 0, 10, 5],
        cost=[8, 0, 4, 1],
        attributes={"channel": ["web", "store", "web", "store"]},
    )
    model = CostModel(
        purchase="cost",
        transport=PerUnit("0.50"),
        channel=PerBasket({"web": 2, "store": 0}, attribute="channel"),
        retention=PercentOfSales("0.10"),
    )
    return contribution(tx, model)


def test_serving_is_the_warehouse_to_the_payment_and_nothing_else():
    frame = served().cost_to_serve().to_frame()

    # Goods and retention are no service: ann 5 x 0.50 + 2, bob 2 x 0.50 + 2, a guest 0.50.
    assert frame["cost_to_serve"].tolist() == [4.5, 3.0, 0.5]
    assert frame["net_sales"].tolist() == [20.0, 10.0, 5.0]
    np.testing.assert_allclose(frame["share_of_sales"], [0.225, 0.3, 0.1])


def test_serving_by_customer_and_channel_adds_up():
    made = served()
    frame = made.cost_to_serve("customer", "channel").to_frame()

    assert len(frame) == 4
    assert frame["cost_to_serve"].sum() == made.cost_to_serve().to_frame()["cost_to_serve"].sum()
    # Ann took something free from the store: money, and no share of nothing.
    free = frame[frame["net_sales"] == 0]
    assert free["cost_to_serve"].tolist() == [0.5]
    assert free["share_of_sales"].isna().all()


def test_serving_is_the_difference_of_two_subtotals_where_nothing_is_funded():
    made = served()
    margin, end = (
        made.by("customer").minor(figure)
        for figure in ("adjusted_gross_margin", "customer_contribution_before_marketing")
    )
    assert (made.cost_to_serve().costs == margin - end).all()
