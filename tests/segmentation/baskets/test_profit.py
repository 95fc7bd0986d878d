"""Sets of products that earn most, against the sum over every subset of every basket."""

from __future__ import annotations

import itertools
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit._kernels.itemsets import utility
from crmkit.errors import InexactSumsWarning, InvalidArgumentError
from crmkit.segmentation import Baskets, profitable_itemsets
from effort import THIRD
from engines import ENGINES

# --- the definition ------------------------------------------------------------------------------

LINES = st.lists(
    st.tuples(
        st.integers(1, 5), st.sampled_from("abcdef"), st.integers(-300, 500), st.integers(-1, 2)
    ),
    max_size=30,
)
"""Basket, product, cents, quantity."""


def by_definition(lines, least, *, group=None, barred=lambda itemset: False):
    """Add up every subset of every basket; *group* maps a product to the labels it goes by."""
    worth = defaultdict(lambda: defaultdict(int))
    for basket, product, cents, quantity in lines:
        for label in group(product) if group else (product,):
            if quantity > 0:
                worth[basket][label] += cents
    totals, counts = defaultdict(int), defaultdict(int)
    for own in worth.values():
        for size in range(1, len(own) + 1):
            for some in itertools.combinations(sorted(own), size):
                totals[frozenset(some)] += sum(own[label] for label in some)
                counts[frozenset(some)] += 1
    return {z: (counts[z], v) for z, v in totals.items() if v >= least and not barred(z)}


def asked(lines, least, *, level="product", group=None, **options):
    """Hand the same lines to the library; profits come back in cents."""
    columns = list(zip(*lines, strict=True)) or [[], [], [], []]
    attributes = {level[1]: [group(p)[1][1] for p in columns[1]]} if group else None
    tx = ck.Transactions.from_arrays(
        customer=[1] * len(lines),
        time=["2026-01-02"] * len(lines),
        basket=list(columns[0]),
        product=list(columns[1]),
        quantity=list(columns[3]),
        attributes=attributes,
    )
    margin = ck.LineValues.of(tx, np.array(columns[2], dtype=np.int64) / 100, name="margin")
    baskets = Baskets.from_transactions(tx, level=level)
    return profitable_itemsets(baskets, margin, least / 100, **options)


def as_dict(found):
    labels = map(frozenset, found.itemsets.labels())
    cents = np.rint(found.profit * 100).astype(int).tolist()
    return dict(zip(labels, zip(found.itemsets.counts.tolist(), cents, strict=True), strict=True))


@given(LINES, st.integers(1, 900))
def test_all_sets_are_found_whatever_is_negative(lines, least):
    assert as_dict(asked(lines, least)) == by_definition(lines, least)


@given(LINES, st.integers(1, 900), st.integers(1, 4))
def test_the_size_is_bounded(lines, least, longest):
    expected = by_definition(lines, least)

    found = asked(lines, least, max_len=longest)

    assert as_dict(found) == {z: v for z, v in expected.items() if len(z) <= longest}
    assert found.complete


@given(LINES, st.integers(1, 900), st.integers(1, 30))
def test_a_bound_leaves_whole_sizes(lines, least, most):
    expected = by_definition(lines, least)

    found = asked(lines, least, max_itemsets=most)

    if found.complete:
        assert as_dict(found) == expected
    else:
        size = int(found.reason.split("up to ")[1].split()[0]) if "up to" in found.reason else 0
        assert as_dict(found) == {z: v for z, v in expected.items() if len(z) <= size}
        assert f"max_itemsets = {most:,} was reached" in repr(found)


@pytest.mark.parametrize(("part", "cells"), [(1, 1), (3, 2), (50, 7)])
def test_small_parts_find_the_same(monkeypatch, part, cells):
    rng = np.random.default_rng(4)
    lines = [
        (int(b), "abcdef"[p], int(v), 1)
        for b, p, v in zip(
            rng.integers(0, 20, 120),
            rng.integers(0, 6, 120),
            rng.integers(-300, 500, 120),
            strict=True,
        )
    ]
    monkeypatch.setattr(utility, "_PART", part)
    monkeypatch.setattr(utility, "_PAIR_CELLS", cells)

    assert as_dict(asked(lines, 700)) == by_definition(lines, 700)


def family(product):
    return ("product", product), ("family", "vowel" if product in "ae" else "consonant")


@given(LINES, st.integers(1, 900))
def test_products_and_their_categories_together(lines, least):
    def barred(itemset):
        return any(set(family(label)) <= itemset for level, label in itemset if level == "product")

    found = asked(lines, least, level=("product", "family"), group=family)

    assert as_dict(found) == by_definition(lines, least, group=family, barred=barred)


@given(LINES, st.integers(1, 900), st.randoms(use_true_random=False))
@THIRD
def test_the_order_of_lines_does_not_matter(lines, least, random):
    shuffled = random.sample(lines, len(lines))

    one, other = asked(lines, least), asked(shuffled, least)

    assert one == other
    assert one.to_frame().equals(other.to_frame())


# --- a published case, and the answer ------------------------------------------------------------


def shop(values=(150, -50, 225, 1), unit="EUR"):
    tx = ck.Transactions.from_arrays(
        customer=["ann", "ann", "bob", "bob"],
        time=["2026-01-02"] * 4,
        basket=[1, 1, 2, 2],
        product=["ale", "bun", "ale", "cod"],
    )
    margin = ck.LineValues.of(tx, np.array(values) / 100, name="margin", unit=unit)
    return Baskets.from_transactions(tx), margin


def test_the_frame_has_the_most_profitable_first():
    found = profitable_itemsets(*shop(), 1)

    assert found.to_frame().to_dict("list") == {
        "itemset": [("ale",), ("ale", "cod"), ("ale", "bun")],
        "size": [1, 2, 2],
        "baskets": [2, 1, 1],
        "profit": [3.75, 2.26, 1.0],
        "profit_per_basket": [1.875, 2.26, 1.0],
    }
    assert repr(found) == (
        "ProfitableItemsets(3 itemsets of up to 2 products, each of margin 1.0 EUR or more)"
    )
    assert "<table" in found._repr_html_()


def test_rows_of_customers_are_called_customers():
    _, margin = shop()

    found = profitable_itemsets(
        Baskets.from_transactions(margin.transactions, by="customer"), margin, 1
    ).to_frame()

    assert list(found.columns)[2:] == ["customers", "profit", "profit_per_customer"]


@pytest.mark.parametrize("least", [0.3, Decimal("0.3"), Fraction(3, 10), np.float64(0.3)])
def test_a_set_at_the_threshold_is_in(least):
    baskets, margin = shop([10, 20, 0, 0])

    found = profitable_itemsets(baskets, margin, least)

    assert found.itemsets.labels().tolist() == [("ale", "bun")]
    assert found.profit.tolist() == [0.3]


@pytest.mark.parametrize("least", [0.31, Decimal("0.30000000001"), Fraction(3001, 10000), 10**40])
def test_a_set_below_it_is_not(least):
    assert len(profitable_itemsets(*shop([10, 20, 0, 0]), least)) == 0


def test_profits_are_exact_beyond_what_floats_hold():
    baskets, margin = shop()
    numbers = ck.Decimals.of(np.array([2**53, 1, 0, 0]))

    found = profitable_itemsets(baskets, attrs.evolve(margin, numbers=numbers), Decimal(2**53 + 1))

    assert found.profits.units.tolist() == [2**53 + 1]


def test_figures_on_no_grid_add_up_in_any_order():
    with pytest.warns(InexactSumsWarning):
        baskets, margin = shop([100 / 3, 200 / 3, 1e-7, -50 / 3])

    found = profitable_itemsets(baskets, margin, 0.9)

    assert found.itemsets.labels().tolist() == [("ale", "bun")]
    assert found.profit == pytest.approx([1.0], rel=1e-15)


def test_nothing_is_bought():
    tx = ck.Transactions.from_arrays(customer=[], time=[], basket=[], product=[], amount=[])
    margin = ck.LineValues.of(tx, [], name="margin")

    found = profitable_itemsets(Baskets.from_transactions(tx), margin, 1)

    assert (len(found), len(found.to_frame()), found.complete) == (0, 0, True)


@pytest.mark.parametrize("engine", ["polars", "pyarrow"])
def test_numbered_products_of_two_levels_come_in_the_frames_of_the_lines(engine):
    frame = ENGINES[engine](
        {
            "customer": ["ann"],
            "time": np.array(["2026-01-02"], dtype="datetime64[us]"),
            "basket": [1],
            "product": [10],
            "category": ["dairy"],
        }
    )
    tx = ck.Transactions.from_frame(frame, ck.Columns(attributes=("category",)))
    ones = ck.LineValues.of(tx, [1], name="reward")
    baskets = Baskets.from_transactions(tx, level=("product", "category"))

    assert (2, 5) == profitable_itemsets(baskets, ones, 1).to_frame().shape


def test_a_basket_of_sixty_products_is_answered_up_to_a_size():
    tx = ck.Transactions.from_arrays(
        customer=[1] * 60, time=["2026-01-02"] * 60, basket=[1] * 60, product=range(60)
    )
    ones = ck.LineValues.of(tx, [1] * 60, name="reward")

    found = profitable_itemsets(Baskets.from_transactions(tx), ones, 1, max_itemsets=40_000)

    assert np.bincount(found.itemsets.sizes).tolist() == [0, 60, 1_770, 34_220]
    assert found.reason == (
        "max_itemsets = 40,000 was reached; all profitable sets of up to 3 products are here"
    )


def test_more_pairs_than_can_be_gone_through_leave_single_products(monkeypatch):
    monkeypatch.setattr(utility, "_MOST_PAIRS", 1)

    found = profitable_itemsets(*shop(), 1)

    assert found.itemsets.labels().tolist() == [("ale",)]
    assert found.reason == (
        "products stand together in baskets 2 times; all profitable sets of up to 1 product are"
        " here"
    )


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("least", [0, -1, Decimal(0)])
def test_the_threshold_is_above_zero(least):
    with pytest.raises(InvalidArgumentError, match="min_profit must be above 0"):
        profitable_itemsets(*shop(), least)


@pytest.mark.parametrize("least", [np.nan, "7", None, Decimal("NaN")])
def test_the_threshold_is_a_number(least):
    with pytest.raises(InvalidArgumentError, match="min_profit must be a finite number"):
        profitable_itemsets(*shop(), least)


def test_figures_are_of_the_lines_of_the_baskets():
    baskets, _ = shop()
    _, others = shop()

    with pytest.raises(InvalidArgumentError, match="made for other lines"):
        profitable_itemsets(baskets, others, 1)
    with pytest.raises(InvalidArgumentError, match="line_values must be LineValues; got list"):
        profitable_itemsets(baskets, [1, 2, 3, 4], 1)


def test_baskets_know_their_lines():
    baskets, margin = shop()

    for lost in (Baskets.from_lists([["ale"]]), baskets.where(np.array([True, False]))):
        with pytest.raises(InvalidArgumentError, match="do not know the lines"):
            profitable_itemsets(lost, margin, 1)
