"""Similar products: exact against plain Python, ties kept, sensible in real shops."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit._kernels.itemsets import sharing
from crmkit.errors import InvalidArgumentError, MissingRoleError
from crmkit.segmentation import similar_products
from effort import THIRD
from shared_data import uci_online_retail

PRODUCTS = "abcdef"
LINES = st.lists(
    st.tuples(
        st.sampled_from([None, "ann", "bob", "cem", "dan", "eve"]),
        st.integers(1, 9),
        st.sampled_from(PRODUCTS),
        st.sampled_from([1, 2, 0, -1]),
    ),
    max_size=60,
)


def transactions(lines, *, baskets=True):
    customer, basket, product, quantity = zip(*lines, strict=True) if lines else [()] * 4
    return ck.Transactions.from_arrays(
        customer=np.array(customer, dtype=object),
        time=np.full(len(lines), np.datetime64("2026-01-02", "s")),
        basket=np.array(basket, dtype=np.int64) if baskets else None,
        product=np.array(product, dtype=object),
        quantity=np.array(quantity, dtype=np.int64),
    )


# --- the definition, pair by pair ----------------------------------------------------------------


def sets_of(lines, key):
    found = defaultdict(set)
    for line in lines:
        if line[3] > 0 and key(line) is not None:
            found[key(line)].add(line[2])
    return list(found.values())


def cells(sets, x, y):
    n11 = sum({x, y} <= s for s in sets)
    n1, ny = sum(x in s for s in sets), sum(y in s for s in sets)
    return n11, n1, ny, len(sets)


def similarity(by, n11, n1, ny, n):
    """Return the similarity; NaN if it is 0/0."""
    if by == "cosine":
        return math.sqrt(n11 * n11 / (n1 * ny))
    if by == "jaccard":
        return n11 / (n1 + ny - n11)
    agree, apart = n11 * (n - n1 - ny + n11), (n1 - n11) * (ny - n11)
    return (agree - apart) / (agree + apart) if agree + apart else math.nan


def slow(lines, by, k, least, min_customers):
    """Return {(product, other): (customers, similarity, rank, lift)}."""
    buyers = sets_of(lines, lambda line: line[0])
    baskets = sets_of(lines, lambda line: (line[0], line[1]))
    near = defaultdict(dict)
    for x, y in itertools.permutations(PRODUCTS, 2):
        n11, n1, ny, n = cells(buyers, x, y)
        if n11 and min(n1, ny) >= min_customers:
            value = similarity(by, n11, n1, ny, n)
            if not math.isnan(value) and (least is None or value >= least):
                near[x][y] = n11, value
    found = {}
    for x, others in near.items():
        for y, (shared, value) in others.items():
            rank = 1 + sum(other > value for _, other in others.values())
            if k is None or rank <= k:
                b11, b1, by_, b = cells(baskets, x, y)
                found[x, y] = shared, value, rank, b * b11 / (b1 * by_)
    return found


def as_dict(alike):
    columns = (alike.customers, alike.similarity, alike.rank, alike.basket_lift)
    labels = alike.products[alike.product].tolist(), alike.products[alike.other].tolist()
    return {(x, y): row for x, y, *row in zip(*labels, *columns, strict=True)}


@given(
    lines=LINES,
    by=st.sampled_from(["cosine", "jaccard", "yule_q"]),
    k=st.sampled_from([1, 2, 10, None]),
    least=st.sampled_from([None, -0.5, 0.0, 0.4]),
    min_customers=st.integers(1, 3),
)
def test_similar_products_follow_the_definition(lines, by, k, least, min_customers):
    if k is None and least is None:
        k = 3
    alike = similar_products(
        transactions(lines), by=by, k=k, min_similarity=least, min_customers=min_customers
    )
    expected = slow(lines, by, k, least, min_customers)
    found = as_dict(alike)

    assert found.keys() == expected.keys()
    for pair, row in expected.items():
        assert found[pair] == pytest.approx(row, rel=1e-12)


@given(lines=LINES, by=st.sampled_from(["cosine", "jaccard", "yule_q"]))
def test_blocks_make_no_difference(lines, by):
    whole = similar_products(transactions(lines), by=by, k=2, min_customers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "_ENTRIES", 1)
        assert similar_products(transactions(lines), by=by, k=2, min_customers=1) == whole


@given(lines=LINES, data=st.data())
@THIRD
def test_neither_rows_nor_names_matter(lines, data):
    names = dict(zip(PRODUCTS, data.draw(st.permutations("uvwxyz")), strict=True))
    shuffled = data.draw(st.permutations(lines))
    renamed = [(who, basket, names[product], n) for who, basket, product, n in shuffled]
    plain = as_dict(similar_products(transactions(lines), k=2, min_customers=1))
    other = as_dict(similar_products(transactions(renamed), k=2, min_customers=1))

    assert {(names[x], names[y]): row for (x, y), row in plain.items()} == other


@given(lines=LINES)
@THIRD
def test_similarity_is_the_same_both_ways(lines):
    table = similar_products(
        transactions(lines), k=None, min_similarity=0.0, min_customers=1
    ).matrix()

    assert (table != table.T).nnz == 0


def test_ties_at_the_last_place_are_all_kept():
    lines = [(who, 1, product, 1) for who in "pqr" for product in "abcd"]
    alike = similar_products(transactions(lines), k=1, min_customers=1)

    assert len(alike) == 12
    assert (alike.rank == 1).all()


def test_equal_ratios_of_different_counts_tie():
    # 3 / sqrt(3 * 6) and 1 / sqrt(1 * 2) are one number; as quotients by a root they differ.
    owners = {"a": "uvwxyz", "b": "uvw", "c": "u"}
    lines = [(who, 1, product, 1) for product, who_all in owners.items() for who in who_all]
    lines += [("u", 1, "d", 1), ("s", 1, "d", 1)]
    alike = as_dict(similar_products(transactions(lines), min_customers=1))

    assert alike["b", "a"][1] == alike["c", "d"][1]


# --- substitutes and complements -----------------------------------------------------------------


def test_lift_tells_substitutes_from_complements():
    rng = np.random.default_rng(4)
    lines = []
    for customer in range(300):
        for visit in range(6):
            drinks, likes_bread = customer % 2 == 0, customer % 3 == 0
            basket = [rng.choice(["cola", "pepsi"])] if drinks else ["tea"]
            if likes_bread and rng.random() < 0.5:
                basket += ["bread", "butter"]
            lines += [(customer, 6 * customer + visit, product, 1) for product in basket]
    alike = as_dict(similar_products(transactions(lines), by="yule_q", k=1))

    assert list(alike) == [
        ("bread", "butter"),
        ("butter", "bread"),
        ("cola", "pepsi"),
        ("pepsi", "cola"),
        *(pair for pair in alike if pair[0] == "tea"),
    ]
    assert alike["cola", "pepsi"][3] == 0
    assert alike["bread", "butter"][3] > 4


def test_a_gift_shop_sells_series():
    lines = uci_online_retail()
    lines = lines[~lines["InvoiceNo"].str.startswith(("C", "A"))]
    lines = lines.assign(StockCode=lines["StockCode"].str.upper())
    alike = similar_products(
        ck.Transactions.from_frame(
            lines,
            ck.Columns(
                customer="CustomerID",
                time="InvoiceDate",
                basket="InvoiceNo",
                product="StockCode",
                quantity="Quantity",
                amount="amount",
            ),
        ),
        by="jaccard",
        k=1,
    )
    name = dict(zip(lines["StockCode"], lines["Description"], strict=True))
    pairs = alike.to_frame().set_index("product")["other"].map(name)

    assert pairs["22916"] == "HERB MARKER ROSEMARY"  # of HERB MARKER THYME
    assert np.median(alike.basket_lift) > 10


# --- forms and edges -----------------------------------------------------------------------------


def test_without_baskets_there_is_no_lift():
    alike = similar_products(
        transactions([("p", 1, "a", 1), ("p", 1, "b", 1)], baskets=False), min_customers=1
    )

    assert alike.basket_lift is None
    assert alike.baskets is None
    assert "basket_lift" not in alike.to_frame()
    assert len(alike.where(np.array([True, False]))) == 1


def test_parts_keep_their_ranks():
    lines = [(who, basket, p, 1) for basket, who in enumerate("pqrst") for p in "abc"]
    lines += [("u", 9, "a", 1), ("u", 9, "b", 1)]
    alike = similar_products(transactions(lines), min_customers=1)
    second = alike.where(alike.rank == 2)

    assert second.to_frame()["rank"].tolist() == [2] * len(second)
    assert len(second.basket_lift) == len(second) == 2
    assert alike._repr_html_()


def test_other_levels_are_compared_alike():
    tx = ck.Transactions.from_arrays(
        customer=[1, 1, 2],
        time=["2026-01-02"] * 3,
        product=["a", "b", "c"],
        attributes={"brand": ["own", "dear", "own"]},
    )
    alike = similar_products(tx, level="brand", min_customers=1)

    assert alike.to_frame()["product"].tolist() == ["dear", "own"]
    assert (alike.level, alike.n_customers, alike.n_products) == ("brand", 2, 2)


@pytest.mark.parametrize("lines", [[], [(None, 1, "a", 1)], [("p", 1, "a", 1), ("p", 2, "b", -1)]])
@pytest.mark.parametrize("by", ["cosine", "jaccard", "yule_q"])
def test_nothing_to_compare_is_a_well_formed_answer(lines, by):
    alike = similar_products(transactions(lines), by=by, min_customers=1)

    assert len(alike) == len(alike.to_frame()) == alike.matrix().nnz == 0
    assert len(alike.basket_lift) == 0
    assert repr(alike).startswith("SimilarProducts(0 pairs")


def test_errors_say_what_to_do():
    tx = transactions([("p", 1, "a", 1)])

    with pytest.raises(InvalidArgumentError, match="did you mean 'cosine'"):
        similar_products(tx, by="cosin")
    with pytest.raises(InvalidArgumentError, match="say k=10 for the most similar"):
        similar_products(tx, k=None)
    with pytest.raises(InvalidArgumentError, match="k must be an integer >= 1"):
        similar_products(tx, k=0)
    with pytest.raises(InvalidArgumentError, match="min_customers must be an integer >= 1"):
        similar_products(tx, min_customers=0.1)
    with pytest.raises(InvalidArgumentError, match="min_similarity must be a finite number"):
        similar_products(tx, min_similarity=math.nan)
    with pytest.raises(InvalidArgumentError, match="tx must be Transactions"):
        similar_products([["a"]])
    with pytest.raises(MissingRoleError, match="needs the brand of each line"):
        similar_products(tx, level="brand")
    with pytest.raises(InvalidArgumentError, match="one level"):
        similar_products(tx, level=("product", "customer"))
