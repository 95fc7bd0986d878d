"""What every answer can do, and the small questions of codes and decimals."""

from __future__ import annotations

import numpy as np
import pytest

import crmkit as ck
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError

CUTS = {"recency": (30,), "frequency": (1,), "monetary": (1,)}


@pytest.fixture
def tx() -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=["<b>", "bob", None],
        time=["2026-01-01"] * 3,
        basket=[1, 2, 3],
        amount=[1.0, 2.0, 3.0],
    )


def test_answers_show_their_first_rows_in_a_notebook(tx: ck.Transactions) -> None:
    scores = ck.segmentation.rfm(tx, as_of="2026-01-02", cuts=CUTS)

    shown = scores._repr_html_()
    assert "2 customers as of 2026-01-02" in shown
    assert "<th>recency_days</th>" in shown
    assert "&lt;b&gt;" in shown
    assert "<td><b></td>" not in shown


def test_a_long_answer_shows_ten_rows() -> None:
    labels = ck.Labels.from_mapping(dict.fromkeys(range(50), "a"), entity="customer", name="tier")

    assert labels._repr_html_().count("<tr") == 11
    assert "10 of 50 rows" in labels._repr_html_()


def test_a_short_answer_does_not_count_its_rows() -> None:
    labels = ck.Labels.from_mapping({1: "a"}, entity="customer", name="tier")

    assert "rows" not in labels._repr_html_()


def test_representations_say_what_is_there(tx: ck.Transactions) -> None:
    scores = ck.segmentation.rfm(tx, as_of="2026-01-02", cuts=CUTS)

    assert repr(scores) == (
        "RfmScores(2 customers as of 2026-01-02, 2 independent bins, frequency = baskets,"
        " monetary = total; left out: 1 guest line, 0 customers with returns only)"
    )
    assert repr(scores.profile()) == ("SegmentProfile(1 segment of 2 customers, revenue 3.00)")
    assert repr(scores.summary) == "CustomerSummary(2 customers as of 2026-01-02)"


def test_columns_of_lines_show_their_size_and_not_their_content(tx: ck.Transactions) -> None:
    assert repr(tx.customer) == "Codes(3 lines, 2 ids, 1 missing)"
    assert repr(tx.amount) == "Decimals(3 numbers of 0 digits, total 6)"
    assert repr(ck.Decimals(np.array([459603958]), 2)) == (
        "Decimals(1 number of 2 digits, total 4,596,039.58)"
    )
    assert repr(ck.Decimals(np.array([0.5]))) == "Decimals(1 number on no grid, total 0.5)"
    assert repr(tx.groups("customer")) == "Groups(2 groups of 2 lines)"


def test_an_answer_must_say_its_columns() -> None:
    with pytest.raises(NotImplementedError):
        Answer().to_frame()


def test_a_label_is_found_by_its_code_and_back(tx: ck.Transactions) -> None:
    assert tx.customer.code_of("bob") == 1
    with pytest.raises(InvalidArgumentError, match="'zoe' is none of the 2 labels"):
        tx.customer.code_of("zoe")


def test_decimals_are_equal_if_their_numbers_are() -> None:
    coarse, fine = ck.Decimals.of(np.array([1.5])), ck.Decimals(np.array([1500]), 3)

    assert coarse == fine
    assert coarse != ck.Decimals.of(np.array([1.6]))
    assert coarse != 1.5
    assert len(fine) == 1


def test_integers_too_large_to_sum_in_64_bits_become_floats() -> None:
    with pytest.warns(ck.errors.InexactSumsWarning):
        huge = ck.Decimals.of(np.array([2**62, 2**62]))
    assert not huge.exact


def test_rfm_says_what_it_takes() -> None:
    with pytest.raises(InvalidArgumentError, match="takes Transactions or a CustomerSummary"):
        ck.segmentation.rfm("sales", as_of="2026-01-01")  # type: ignore[arg-type]


def test_scores_without_amounts_or_baskets_say_which_role_is_missing() -> None:
    bare = ck.Transactions.from_arrays(customer=[1], time=["2026-01-01"])
    paid = ck.Transactions.from_arrays(customer=[1], time=["2026-01-01"], amount=[1])

    with pytest.raises(
        ck.errors.MissingRoleError,
        match=r"rfm\(\) by baskets \(frequency='purchase_days' needs none\) needs the basket",
    ):
        ck.segmentation.rfm(paid, as_of="2026-01-02")
    with pytest.raises(ck.errors.MissingRoleError, match=r"Columns\(amount=\.\.\.\)"):
        ck.segmentation.rfm(bare, as_of="2026-01-02", frequency="purchase_days")


def test_scores_of_a_summary_say_which_column_it_lacks() -> None:
    bare = ck.CustomerSummary.from_arrays(as_of=DAY, customer=[1], last_day=[DAY])
    paid = ck.CustomerSummary.from_arrays(as_of=DAY, customer=[1], last_day=[DAY], amount=[1])

    with pytest.raises(ck.errors.MissingRoleError, match="needs the baskets of each customer"):
        ck.segmentation.rfm(paid, as_of=DAY)
    with pytest.raises(
        ck.errors.MissingRoleError, match="purchase_days .*has: customer, last_day, amount"
    ):
        ck.segmentation.rfm(paid, as_of=DAY, frequency="purchase_days")
    with pytest.raises(ck.errors.MissingRoleError, match="baskets"):
        ck.segmentation.rfm(bare, as_of=DAY)


DAY = "2026-01-01"


def test_one_customer_is_not_customers() -> None:
    one = ck.CustomerSummary.from_arrays(as_of=DAY, customer=[1], last_day=[DAY])

    assert repr(one) == "CustomerSummary(1 customer as of 2026-01-01)"
