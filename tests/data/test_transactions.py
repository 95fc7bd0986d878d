"""The lines themselves: definitions, parts, and what a shop's files really hold."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, LookalikeLabelsWarning, MissingRoleError
from shared_data import complete_journey, shared_file, uci_online_retail


@pytest.fixture
def tx() -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=["ann", "ann", "bob", None, "bob"],
        time=["2026-01-03", "2026-01-03", "2026-01-04", "2026-01-05", "2026-01-09"],
        basket=[1, 1, 2, 3, 4],
        product=["a", "b", "a", "a", "a"],
        quantity=[1, 0, 2, 1, -1],
        amount=[1.5, 0.0, 3.0, 1.5, -1.5],
        cost=[1.0, 0.2, 2.0, 1.0, -1.0],
        attributes={"channel": ["web", "web", "shop", "shop", None]},
    )


# --- what a line is ------------------------------------------------------------------------------


def test_free_goods_are_purchases_and_negative_lines_returns(tx: ck.Transactions) -> None:
    assert tx.is_return.tolist() == [False, False, False, False, True]
    assert len(tx.purchases()) == 4
    assert len(tx.returns()) == 1


@pytest.mark.parametrize(
    ("quantity", "amount", "is_return"),
    [(-1, 0.0, True), (1, -5.0, True), (0, 0.0, False), (0, 3.0, False), (-1, 2.0, True)],
)
def test_a_return_has_a_negative_quantity_or_a_negative_amount(
    quantity: int, amount: float, is_return: bool
) -> None:
    line = ck.Transactions.from_arrays(
        customer=[1], time=["2026-01-01"], quantity=[quantity], amount=[amount]
    )
    assert line.is_return.tolist() == [is_return]


def test_without_quantity_and_amount_no_line_is_a_return() -> None:
    line = ck.Transactions.from_arrays(customer=[1], time=["2026-01-01"])

    assert line.is_return.tolist() == [False]
    assert "return" not in repr(line)


def test_repr_counts_what_is_there(tx: ck.Transactions) -> None:
    assert repr(tx) == (
        "Transactions(5 lines, 2 customers, 4 baskets, 2 products, 2026-01-03 to 2026-01-09,"
        " 1 guest line, 1 return line)"
    )
    assert "<li>2 customers</li>" in tx._repr_html_()


def test_the_period_is_first_and_last_day(tx: ck.Transactions) -> None:
    assert list(map(str, tx.period)) == ["2026-01-03", "2026-01-09"]
    assert tx.days[0] == np.datetime64("2026-01-03")


def test_exact_duplicates_are_kept_and_counted(tx: ck.Transactions) -> None:
    doubled = ck.Transactions.from_arrays(
        customer=["a", "a", "a", None, None],
        time=["2026-01-01"] * 5,
        product=["x", "x", "y", "x", "x"],
    )
    assert (len(doubled), doubled.duplicates(), tx.duplicates()) == (5, 2, 0)


# --- parts ---------------------------------------------------------------------------------------


def test_between_takes_the_start_and_leaves_the_end_out(tx: ck.Transactions) -> None:
    part = tx.between("2026-01-03", "2026-01-05")

    assert list(map(str, part.period)) == ["2026-01-03", "2026-01-04"]
    assert len(part) == 3


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-02-01", "2026-01-01", "end .* lies before start"),
        ("soon", "2026-01-01", "start must be a day such as '2026-03-01'"),
        ("2026-01-01", "2026-01-01T12:00", "end must be a calendar day.*Say end='2026-01-01'"),
        (5, "2026-01-01", "start must be a day"),
        ("20260101", "2026-02-01", "start must be a day such as '2026-03-01'"),
        ("today", "2026-02-01", "start must be a day such as"),
        ("2026-01", "2026-02-01", "start must be a day such as"),
        ("2026-01-01T00:00Z", "2026-02-01", "start carries the time zone UTC"),
        (pd.NaT, "2026-02-01", "start must be a day"),
        (np.datetime64("NaT", "D"), "2026-02-01", "start must be a day"),
    ],
)
def test_between_explains_what_it_needs(
    tx: ck.Transactions, start: Any, end: Any, message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        tx.between(start, end)


def test_an_empty_period_holds_no_lines(tx: ck.Transactions) -> None:
    assert len(tx.between("2026-01-04", "2026-01-04")) == 0


def test_the_period_asked_for_is_kept_and_a_part_of_a_part_is_in_both(tx: ck.Transactions) -> None:
    part = tx.between("2026-01-01", "2026-02-01")
    inner = part.between("2025-12-01", "2026-01-05")
    apart = part.between("2026-03-01", "2026-04-01")

    assert (tx.since, tx.until) == (None, None)
    assert list(map(str, (part.since, part.until))) == ["2026-01-01", "2026-02-01"]
    assert list(map(str, (inner.since, inner.until))) == ["2026-01-01", "2026-01-05"]
    assert (len(apart), apart.since) == (0, apart.until)


@pytest.mark.parametrize("mask", [[0, 1, 2], np.ones(4, dtype=bool), np.ones(5)])
def test_a_mask_is_one_boolean_per_line(tx: ck.Transactions, mask: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="5 booleans, one per line"):
        tx.where(mask)


def test_parts_count_the_customers_they_hold(tx: ck.Transactions) -> None:
    part = tx.where(np.array([True, True, False, False, False]))

    assert part.customer.n_used == 1
    assert ck.CustomerSummary.from_transactions(part, as_of="2026-02-01").customer.tolist() == [
        "ann"
    ]


def test_nothing_can_be_written_through(tx: ck.Transactions) -> None:
    assert tx.amount is not None
    for array in (tx.time, tx.customer.codes, tx.customer.labels, tx.amount.units):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_transactions_and_columns_travel_between_processes(tx: ck.Transactions) -> None:
    columns = ck.Columns(attributes=("channel",))

    assert pickle.loads(pickle.dumps(tx)) == tx
    assert copy.deepcopy(tx) == tx
    assert pickle.loads(pickle.dumps(columns)) == columns


def test_attributes_cannot_be_changed(tx: ck.Transactions) -> None:
    assert list(tx.attributes) == ["channel"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        tx.attributes["channel"] = tx.customer  # type: ignore[index]


# --- roles and labels ----------------------------------------------------------------------------


def test_a_question_names_the_role_that_is_missing_and_how_to_give_it() -> None:
    lines = ck.Transactions.from_arrays(customer=[1], time=["2026-01-01"])

    with pytest.raises(MissingRoleError, match=r"needs the basket .*Columns\(basket=\.\.\.\)"):
        lines.ids("basket", question="this question")
    with pytest.raises(MissingRoleError, match=r"Columns\(attributes=\('region',\)\)"):
        lines.ids("region", question="this question")
    with pytest.raises(MissingRoleError, match="needs the amount"):
        lines.numbers("amount", question="this question")


def test_a_role_of_the_wrong_kind_is_refused_with_those_that_fit(tx: ck.Transactions) -> None:
    with pytest.raises(
        InvalidArgumentError,
        match=r"groups\(\) needs ids, and the amount .* are: customer, basket, product, channel\.",
    ):
        tx.groups("amount")
    with pytest.raises(InvalidArgumentError, match="needs ids, and the time"):
        tx.groups("time")
    with pytest.raises(
        InvalidArgumentError, match="needs numbers, and the basket .* quantity, amount, cost"
    ):
        tx.numbers("basket", question="this question")


def test_transactions_are_values_without_a_hash(tx: ck.Transactions) -> None:
    with pytest.raises(TypeError, match="unhashable type: 'Transactions'"):
        hash(tx)


def test_groups_hold_the_lines_of_each_code_in_row_order(tx: ck.Transactions) -> None:
    groups = tx.groups("customer")

    assert len(groups) == 2
    assert [groups.of_group(g).tolist() for g in range(2)] == [[0, 1], [2, 4]]
    assert tx.groups("customer") is groups


def test_labels_become_an_attribute(tx: ck.Transactions) -> None:
    tiers = ck.Labels.from_mapping({"bob": "gold", "zoe": "basic"}, entity="customer", name="tier")
    labelled = tx.with_labels("tier", tiers)

    assert labelled.attributes["tier"].decode().tolist() == [None, None, "gold", None, "gold"]
    assert tx.attributes.keys() == {"channel"}


def test_labels_may_be_of_products_or_of_attributes(tx: ck.Transactions) -> None:
    kinds = ck.Labels.from_mapping({"a": "food", "b": "toys"}, entity="product", name="kind")
    areas = ck.Labels.from_mapping({"web": "far", "shop": "near"}, entity="channel", name="area")

    assert tx.with_labels("kind", kinds).attributes["kind"].codes.tolist() == [0, 1, 0, 0, 0]
    assert tx.with_labels("area", areas).attributes["area"].codes.tolist() == [0, 0, 1, 1, -1]


def test_labels_from_the_answer_fit_the_lines_they_came_from(tx: ck.Transactions) -> None:
    scores = ck.segmentation.rfm(tx, as_of="2026-02-01", cuts=_BY_HAND)
    labelled = tx.with_labels("segment", scores.segments(_TWO_NAMES))

    assert labelled.attributes["segment"].decode().tolist()[:2] == ["Rest", "Rest"]


_BY_HAND = {"recency": (30,), "frequency": (1,), "monetary": (1,)}
_TWO_NAMES = ck.segmentation.SegmentRules(
    (ck.segmentation.SegmentRule("Best", 2, 2, 2),), bins=2, otherwise="Rest"
)


def test_labels_of_an_unknown_entity_or_a_role_name_are_refused(tx: ck.Transactions) -> None:
    labels = ck.Labels.from_mapping({"x": "y"}, entity="region", name="area")

    with pytest.raises(MissingRoleError, match="needs the region"):
        tx.with_labels("area", labels)
    with pytest.raises(InvalidArgumentError, match="'customer' is the name of a role"):
        tx.with_labels("customer", labels)
    with pytest.raises(InvalidArgumentError, match="already have an attribute 'channel'"):
        tx.with_labels("channel", labels)


# --- properties ----------------------------------------------------------------------------------

ids = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1, max_size=30),
    st.lists(st.integers(0, 20) | st.none(), min_size=1, max_size=30),
    st.lists(st.text(max_size=4) | st.none(), min_size=1, max_size=30),
)


@pytest.mark.filterwarnings("ignore::crmkit.errors.LookalikeLabelsWarning")
@pytest.mark.filterwarnings("ignore::crmkit.errors.PlaceholderIdsWarning")
@given(ids)
def test_codes_and_labels_are_the_ids_again_in_label_order(values: list[Any]) -> None:
    tx = ck.Transactions.from_arrays(
        customer=pd.Series(values, dtype=object), time=["2026-01-01"] * len(values)
    )
    decoded = np.ma.asarray(tx.customer.decode())
    gaps = np.ma.getmaskarray(decoded)

    assert [None if gap else v for gap, v in zip(gaps, decoded.data, strict=True)] == values
    assert tx.customer.labels.tolist() == sorted({v for v in values if v is not None})


# --- what files really hold ----------------------------------------------------------------------

UCI = ck.Columns(
    customer="CustomerID",
    time="InvoiceDate",
    basket="InvoiceNo",
    product="StockCode",
    quantity="Quantity",
    attributes={"description": "Description", "country": "Country"},
)


def uci() -> ck.Transactions:
    lines = uci_online_retail()
    # 112 of 4,070 stock codes would merge under strip and upper case.
    with pytest.warns(LookalikeLabelsWarning) as caught:
        tx = ck.Transactions.from_frame(lines, UCI)
    assert "112 of the 4,070 ids in column 'StockCode'" in str(caught[0].message)
    assert "17 of the 4,211 ids in column 'Description'" in str(caught[1].message)
    return tx


def test_uci_online_retail_comes_through_the_door_whole() -> None:
    tx = uci()

    # Counts from the data set's README.
    assert len(tx) == 541_909
    assert tx.customer.n_used == 4_372
    assert int(tx.is_guest.sum()) == 135_080
    assert tx.basket is not None
    assert tx.basket.n_used == 25_900
    assert tx.product is not None
    assert tx.product.n_used == 4_070
    assert tx.attributes["country"].n_used == 38
    assert int(tx.attributes["description"].missing.sum()) == 1_454
    assert tx.amount is not None
    assert tx.amount.exact
    assert tx.amount.total() == 9_747_747.934
    assert tx.duplicates() == 5_268
    assert tx.quantity is not None
    # 10,624 lines of negative quantity and two of bad debt with a positive one.
    assert int(tx.is_return.sum()) == 10_626


def test_the_complete_journey_comes_through_the_door_whole() -> None:
    columns = ck.Columns(
        customer="household_id",
        time="transaction_timestamp",
        basket="basket_id",
        product="product_id",
        amount="sales_value",
        attributes={"store": "store_id"},
    )
    tx = ck.Transactions.from_frame(complete_journey(), columns)

    # Counts from the data set's README; fuel is sold in thousandths of a gallon or so.
    assert len(tx) == 1_469_307
    assert (tx.customer.n_used, tx.attributes["store"].n_used) == (2_469, 457)
    assert tx.basket is not None
    assert tx.basket.n_used == 155_848
    assert tx.product is not None
    assert tx.product.n_used == 68_509
    assert tx.amount is not None
    assert (tx.amount.total(), tx.amount.digits) == (4_596_039.58, 2)
    assert tx.quantity is not None
    assert tx.quantity.units.max() == 89_638
    assert int((tx.quantity.units == 0).sum()) == 8_869
    assert not tx.is_return.any()


def test_the_groceries_label_with_a_trailing_blank_is_kept() -> None:
    items = pd.read_csv(shared_file("data", "groceries", "items.csv"))
    lines = items.assign(time=pd.Timestamp("2026-01-01"), customer=1)
    tx = ck.Transactions.from_frame(lines, ck.Columns(product="labels"))

    assert tx.product is not None
    assert "cream cheese " in tx.product.labels
    assert tx.product.n_used == 169
