"""What each segment is like, against sums and medians over fractions."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import rfm
from oracles import (
    CUSTOMERS,
    Line,
    day_asked_about,
    lines_of,
    measures,
    profile,
    quietly,
    summarise,
    transactions,
)

CLASSES = ("gold", "nobody", "basic")


def labels_of(classes: dict[str, str], names=CLASSES) -> ck.Labels:
    return ck.Labels.from_mapping(classes, entity="customer", name="tier", names=names)


@st.composite
def labelled(draw):
    """Draw lines, and labels of some of the customers and of some who never came."""
    lines = draw(lines_of())
    ids = draw(st.lists(st.sampled_from([*CUSTOMERS, "STRANGER"]), unique=True))
    return lines, {i: draw(st.sampled_from(["gold", "basic"])) for i in ids}


@given(
    drawn=labelled(),
    frequency=st.sampled_from(["baskets", "purchase_days"]),
    monetary=st.sampled_from(["total", "mean"]),
)
def test_a_profile_is_the_sum_and_the_middle_of_its_customers(drawn, frequency, monetary):
    lines, classes = drawn
    as_of, options = day_asked_about(lines), {"frequency": frequency, "monetary": monetary}
    customers = summarise(lines)
    measured = measures(customers, as_of, **options)
    scores = quietly(rfm, transactions(lines), as_of=as_of, **options)

    found = scores.profile(labels_of(classes))

    expected = profile(CLASSES, classes, customers, measured, as_of)
    assert found.segment == CLASSES
    assert [row.customers for row in expected.values()] == found.customers.tolist()
    assert [row.baskets for row in expected.values()] == found.baskets.tolist()
    assert [row.cents / 100 for row in expected.values()] == found.revenue.tolist()
    assert sum(c not in classes for c in measured) == found.unlabelled
    for k, typical in enumerate((found.recency_days, found.frequency, found.monetary)):
        means = [float(row.mean[k]) if row.mean else math.nan for row in expected.values()]
        medians = [float(row.median[k]) if row.median else math.nan for row in expected.values()]
        assert pytest.approx(means, rel=1e-12, abs=1e-12, nan_ok=True) == typical.mean.tolist()
        assert pytest.approx(medians, rel=1e-15, nan_ok=True) == typical.median.tolist()
    tenures = [math.nan if r.mean_tenure is None else r.mean_tenure for r in expected.values()]
    assert pytest.approx(list(map(float, tenures)), nan_ok=True) == found.tenure_days.mean.tolist()


@given(lines=lines_of(min_size=5))
def test_shares_of_the_segments_sum_to_one_or_are_unknown(lines):
    scores = quietly(rfm, transactions(lines), as_of=day_asked_about(lines))

    found = scores.profile(scores.segments())

    assert found.segment == scores.segments().names
    assert found.unlabelled == 0
    for share, whole in (
        (found.customer_share, len(scores)),
        (found.basket_share, int(scores.summary.baskets.sum())),
        (found.revenue_share, round(100 * float(scores.summary.amount.total()))),
    ):
        if whole > 0:
            assert pytest.approx(1) == share.sum()
        else:
            assert np.isnan(share).all()


# The test below is its smallest case; shrinking to it would take minutes.
@settings(phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    lines=lines_of(max_size=12),
    names=st.permutations(range(len(CUSTOMERS))),
    monetary=st.sampled_from(["total", "mean"]),
)
def test_neither_names_nor_order_change_a_profile(lines, names, monetary):
    # DESIGN, rule 2: shuffling rows or renaming ids never changes an answer; not in the last bits.
    other = {None: None, **dict(zip(CUSTOMERS, names, strict=True))}
    renamed = [line._replace(customer=other[line.customer]) for line in reversed(lines)]
    options = {"as_of": day_asked_about(lines), "monetary": monetary}

    before = quietly(rfm, transactions(lines), **options)
    after = quietly(rfm, transactions(renamed), **options)

    assert before.profile(before.segments()) == after.profile(after.segments())
    assert before.profile() == after.profile()


def test_a_mean_does_not_depend_on_the_names_in_the_last_bits():
    # The smallest case of the rule above: 0.2 + 0.3 + 0.1 is 0.6, 0.2 + 0.1 + 0.3 is not.
    prices = [0.2, 0.3, 0.1]
    means = set()
    for names in ([1, 2, 3], [1, 3, 2], [3, 2, 1]):
        summary = ck.CustomerSummary.from_arrays(
            customer=names,
            last_day=["2026-02-01"] * 3,
            as_of="2026-03-01",
            baskets=[1, 1, 1],
            amount=prices,
        )
        scores = quietly(rfm, summary, as_of="2026-03-01")
        means.add(float(scores.profile().monetary.mean[0]))
    assert len(means) == 1


LINES = [
    Line("ANN", dt.datetime(2026, 1, 3), 1, 1, 1000),
    Line("ANN", dt.datetime(2026, 2, 3), 2, 1, 3000),
    Line("BOB", dt.datetime(2026, 1, 9), 3, 1, 500),
    Line("BOB", dt.datetime(2026, 2, 9), 4, -1, -4500),
    Line("CEM", dt.datetime(2026, 2, 1), 5, 1, 2000),
    Line(None, dt.datetime(2026, 2, 1), 6, 1, 9000),
]


@pytest.fixture
def scores():
    return quietly(rfm, transactions(LINES), as_of="2026-03-01")


def test_an_empty_segment_has_a_row_of_unknown_values(scores):
    found = scores.profile(labels_of({"ANN": "gold", "BOB": "basic", "CEM": "gold"}))
    row = found.to_frame().set_index("segment").loc["nobody"]
    assert tuple(row[["customers", "customer_share", "baskets", "basket_share", "revenue"]]) == (
        0,
        0,
        0,
        0,
        0,
    )
    for name in ("recency_days", "frequency", "monetary"):
        assert np.isnan([row[f"mean_{name}"], row[f"median_{name}"]]).all()
    assert np.isnan([row["revenue_per_customer"], row["revenue_per_basket"]]).all()


def test_the_frame_has_a_row_a_segment_and_the_columns_of_the_note(scores):
    # Note, section 4.7.
    frame = scores.profile(labels_of({"ANN": "gold", "BOB": "basic", "CEM": "gold"})).to_frame()
    gold = frame.set_index("segment").loc["gold"]
    expected = {
        "customers": 2,
        "customer_share": 2 / 3,
        "baskets": 3,
        "basket_share": 3 / 4,
        "revenue": 60.0,
        "mean_recency_days": 27.0,
        "median_recency_days": 27.0,
        "mean_frequency": 1.5,
        "median_frequency": 1.5,
        "mean_monetary": 30.0,
        "median_monetary": 30.0,
        "revenue_per_customer": 30.0,
        "revenue_per_basket": 20.0,
    }
    assert pytest.approx(expected) == gold[list(expected)].to_dict()
    assert list(CLASSES) == frame["segment"].tolist()


def test_a_revenue_share_of_nothing_or_less_is_unknown():
    # ANN 40.00, BOB -40.00: the whole is 0.
    scores = quietly(rfm, transactions(LINES[:4]), as_of="2026-03-01")
    found = scores.profile(labels_of({"ANN": "gold", "BOB": "basic"}))
    assert found.revenue.tolist() == [40.0, 0.0, -40.0]
    assert np.isnan(found.revenue_share).all()
    assert found.customer_share.tolist() == [0.5, 0.0, 0.5]


def test_labels_of_other_customers_are_matched_by_id(scores):
    found = scores.profile(labels_of({"ZOE": "basic", "CEM": "gold", "AMY": "gold"}))
    assert found.customers.tolist() == [1, 0, 0]
    assert found.revenue.tolist() == [20.0, 0.0, 0.0]
    assert found.unlabelled == 2


def test_without_labels_all_customers_are_one_row(scores):
    found = scores.profile()
    assert len(found) == 1
    assert found.customers.tolist() == [3]
    assert found.revenue.tolist() == [20.0]
    assert found.revenue_share.tolist() == [1.0]
    # Tenure: from 3 January, 9 January and 1 February to 1 March.
    assert found.tenure_days.median.tolist() == [51.0]


def test_a_profile_shows_its_size_and_who_is_in_no_segment(scores):
    found = scores.profile(labels_of({"ANN": "gold"}))

    assert repr(found).startswith("SegmentProfile(3 segments of 1 customer, 2 in none, revenue ")
    assert "<th>customer_share</th>" in found._repr_html_()


def test_labels_of_something_else_are_refused(scores):
    products = ck.Labels.from_mapping({"ANN": "new"}, entity="product", name="stage")
    with pytest.raises(InvalidArgumentError, match="customers"):
        scores.profile(products)


def test_what_is_not_known_has_no_column():
    tx = ck.Transactions.from_arrays(customer=["ANN"], time=["2026-01-03"], amount=[9.9])
    frame = quietly(rfm, tx, as_of="2026-03-01", frequency="purchase_days").profile().to_frame()
    assert not [name for name in frame if "basket" in name]


def test_a_profile_says_whom_it_leaves_out():
    lines = ck.Transactions.from_arrays(
        customer=["ann", None, "bob"],
        time=["2026-01-01"] * 3,
        basket=[1, 2, 3],
        amount=[10.0, 2.5, -4.0],
    )
    scores = rfm(
        lines, as_of="2026-01-02", cuts=dict.fromkeys(("recency", "frequency", "monetary"), (1,))
    )
    left_out = scores.profile().left_out

    assert (1, 2.5) == (left_out.guest_lines, left_out.guest_amount)
    assert (1, -4.0) == (left_out.returns_only, left_out.returns_only_amount)


def test_labels_of_ids_of_another_type_are_refused():
    lines = ck.Transactions.from_arrays(customer=[17], time=["2026-01-01"], basket=[1], amount=[1])
    scores = rfm(
        lines, as_of="2026-01-02", cuts={"recency": (1,), "frequency": (1,), "monetary": (1,)}
    )
    others = ck.Labels.from_mapping({"17": "gold"}, entity="customer", name="tier")

    with pytest.raises(InvalidArgumentError, match="ids such as '17', .*; make them one type"):
        scores.profile(others)
    with pytest.raises(InvalidArgumentError, match="labels must be Labels; got dict"):
        scores.profile({17: "gold"})
    with pytest.raises(InvalidArgumentError, match="rules must be SegmentRules; got str"):
        scores.segments("standard")
