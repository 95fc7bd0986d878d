"""Baskets from lines, lists and tables: what is in one, what is left out, and how that is said."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import crmkit as ck
from crmkit.errors import (
    InvalidArgumentError,
    InvalidDataError,
    MissingRoleError,
    UnsupportedFrameError,
)
from crmkit.segmentation import Baskets, frequent_itemsets
from engines import ENGINES
from itemset_oracles import DENSE, LETTERS, WIDE


def rows_of(baskets):
    """The baskets as lists of labels."""
    parts = itertools.pairwise(baskets.starts.tolist())
    return [baskets.products[baskets.items[start:stop]].tolist() for start, stop in parts]


def till(*lines, **more):
    """Lines of (customer, basket, product, quantity)."""
    customer, basket, product, quantity = zip(*lines, strict=True)
    return ck.Transactions.from_arrays(
        customer=np.array(customer, dtype=object),
        time=["2026-01-02"] * len(lines),
        basket=basket,
        product=product,
        quantity=quantity,
        **more,
    )


# --- of lines ------------------------------------------------------------------------------------


def test_a_basket_is_a_set_of_what_was_bought():
    tx = till(
        ("ann", 1, "milk", 2),
        ("ann", 1, "milk", 1),
        ("ann", 1, "rye", 1),
        ("bob", 2, "rye", 1),
    )
    baskets = Baskets.from_transactions(tx)

    assert [["milk", "rye"], ["rye"]] == rows_of(baskets)
    assert [1, 2] == baskets.ids.tolist()
    assert (baskets.without_purchase, baskets.unlabelled_lines) == (0, 0)
    assert baskets.source is tx


def test_returns_and_zero_quantities_are_in_no_basket():
    tx = till(
        ("ann", 1, "milk", 1),
        ("ann", 1, "rye", -1),
        ("ann", 1, "tea", 0),
        ("bob", 2, "milk", -1),
        ("bob", 3, "tea", 0),
    )
    baskets = Baskets.from_transactions(tx)

    assert [["milk"]] == rows_of(baskets)
    assert 2 == baskets.without_purchase
    assert "2 baskets without a purchase" in repr(baskets)


def test_what_is_sold_and_returned_in_one_basket_stays_in_it():
    assert [["milk"]] == rows_of(
        Baskets.from_transactions(till(("ann", 1, "milk", 1), ("ann", 1, "milk", -1)))
    )


def test_a_line_of_negative_amount_is_a_return_whatever_its_quantity():
    tx = till(("ann", 1, "milk", 1), ("ann", 1, "rye", 1), amount=[1.0, -1.0])
    assert [["milk"]] == rows_of(Baskets.from_transactions(tx))


def test_without_quantities_every_line_is_bought():
    tx = ck.Transactions.from_arrays(
        customer=["ann"] * 2, time=["2026-01-02"] * 2, basket=[1, 1], product=["milk", "rye"]
    )
    assert [["milk", "rye"]] == rows_of(Baskets.from_transactions(tx))


def test_basket_numbers_that_come_again_are_other_baskets():
    tx = till(
        ("ann", 1, "milk", 1),
        ("bob", 1, "rye", 1),
        (None, 1, "tea", 1),
        ("ann", 1, "tea", 1),
        ("ann", 2, "rye", 1),
        ("bob", 2, "rye", -1),
    )
    baskets = Baskets.from_transactions(tx)

    assert [["tea"], ["milk", "tea"], ["rye"], ["rye"]] == rows_of(baskets)
    assert [1, 1, 1, 2] == baskets.ids.tolist()
    assert 1 == baskets.without_purchase


def test_guests_have_baskets_and_are_no_customers():
    tx = till((None, 1, "milk", 1), (None, 2, "rye", 1), ("ann", 3, "rye", 1), ("ann", 4, "tea", 1))

    assert 4 == len(Baskets.from_transactions(tx))
    of_customers = Baskets.from_transactions(tx, by="customer")
    assert [["rye", "tea"]] == rows_of(of_customers)
    assert (["ann"], "customer") == (of_customers.ids.tolist(), of_customers.unit)


def test_guests_alone_are_no_customers_at_all():
    baskets = Baskets.from_transactions(till((None, 1, "milk", 1)), by="customer")

    assert (0, ["milk"]) == (len(baskets), baskets.products.tolist())


def test_customers_without_a_purchase_are_counted():
    tx = till(("ann", 1, "milk", 1), ("bob", 2, "milk", -1), (None, 3, "milk", -1))

    assert 1 == Baskets.from_transactions(tx, by="customer").without_purchase
    assert 2 == Baskets.from_transactions(tx).without_purchase


def test_categories_are_mapped_first_and_missing_ones_left_out_and_counted():
    tx = till(
        ("ann", 1, "milk", 1),
        ("ann", 1, "kefir", 1),
        ("ann", 1, "bag", 1),
        ("bob", 2, "bag", 1),
        ("bob", 2, "bag", -1),
        attributes={"category": ["dairy", "dairy", None, None, None]},
    )
    baskets = Baskets.from_transactions(tx, level="category")

    assert [["dairy"], []] == rows_of(baskets)  # the second basket is one, and counts
    assert ["dairy"] == baskets.products.tolist()
    assert 2 == baskets.unlabelled_lines
    assert "2 lines without a label" in repr(baskets)


LEVELS = [("product", "category"), ("category", "product")]


@pytest.mark.parametrize("levels", LEVELS)
def test_the_order_of_the_levels_does_not_matter(levels):
    tx = till(
        ("ann", 1, "milk", 1),
        ("ann", 1, "bag", 1),
        ("bob", 2, "milk", 1),
        attributes={"category": ["dairy", None, "milk"]},
    )
    baskets = Baskets.from_transactions(tx, level=levels)

    milk, bag = ("product", "milk"), ("product", "bag")
    dairy, named_milk = ("category", "dairy"), ("category", "milk")
    assert [{milk, bag, dairy}, {milk, named_milk}] == list(map(set, rows_of(baskets)))
    relatives = {frozenset(baskets.products[pair]) for pair in baskets.relatives.T}
    assert {frozenset({milk, dairy}), frozenset({milk, named_milk})} == relatives
    assert 1 == baskets.unlabelled_lines


def test_three_levels_are_all_related():
    tx = till(
        ("ann", 1, "milk", 1),
        ("ann", 1, "rye", 1),
        attributes={"category": ["dairy", "bread"], "brand": ["alm", "alm"]},
    )
    baskets = Baskets.from_transactions(tx, level=("product", "category", "brand"))
    pairs = [set(z) for z in frequent_itemsets(baskets, 1).labels() if len(z) == 2]

    milk, rye = ("product", "milk"), ("product", "rye")
    dairy, bread = ("category", "dairy"), ("category", "bread")
    together = [{milk, rye}, {milk, bread}, {rye, dairy}, {dairy, bread}]
    assert len(pairs) == 4
    assert all(pair in pairs for pair in together)


WRONG_LEVELS = {
    "none": ([], InvalidArgumentError, "level names what a basket is a set of"),
    "one twice": (("product", "product"), InvalidArgumentError, "each level once"),
    "unknown": ("colour", MissingRoleError, r"Columns(attributes=('colour',))"),
}


@pytest.mark.parametrize("wrong", WRONG_LEVELS)
def test_levels_that_are_not_there_are_refused(wrong):
    level, error, message = WRONG_LEVELS[wrong]
    with pytest.raises(error) as caught:
        Baskets.from_transactions(till(("ann", 1, "milk", 1)), level=level)
    assert message in str(caught.value)


def test_lines_without_baskets_have_customers_still():
    tx = ck.Transactions.from_arrays(
        customer=["ann", "ann"], time=["2026-01-02"] * 2, product=["milk", "rye"]
    )

    assert [["milk", "rye"]] == rows_of(Baskets.from_transactions(tx, by="customer"))
    with pytest.raises(MissingRoleError, match=r"Columns\(basket=\.\.\.\)"):
        Baskets.from_transactions(tx)
    with pytest.raises(InvalidArgumentError, match="did you mean 'customer'"):
        Baskets.from_transactions(tx, by="customers")
    with pytest.raises(InvalidArgumentError, match=r"got list. Transactions\.from_frame makes"):
        Baskets.from_transactions([["milk"]])


def test_of_no_lines_come_no_baskets():
    tx = till(("ann", 1, "milk", 1)).where(np.array([False]))

    for by in ("basket", "customer"):
        baskets = Baskets.from_transactions(tx, by=by)
        assert (0, 0) == (len(baskets), baskets.without_purchase)


LINE = st.tuples(
    st.sampled_from(["ann", "bob", None]),
    st.integers(1, 3),
    st.sampled_from("abc"),
    st.sampled_from([1, 1, 2, 0, -1]),
)


@given(lines=st.lists(LINE, min_size=1, max_size=15))
def test_baskets_are_what_a_dict_of_sets_says(lines):
    held = {(basket, customer or ""): set() for customer, basket, *_ in lines}
    for customer, basket, product, quantity in lines:
        held[basket, customer or ""] |= {product} if quantity > 0 else set()
    baskets = Baskets.from_transactions(till(*lines))

    filled = {pair: products for pair, products in held.items() if products}
    assert [sorted(filled[pair]) for pair in sorted(filled)] == rows_of(baskets)
    assert [basket for basket, _ in sorted(filled)] == baskets.ids.tolist()
    assert len(held) - len(filled) == baskets.without_purchase


# --- of lists ------------------------------------------------------------------------------------


@given(lists=DENSE | WIDE)
def test_lists_come_back_as_they_went_in(lists):
    baskets = Baskets.from_lists(lists)

    assert [sorted(basket) for basket in lists] == rows_of(baskets)
    assert sorted(set().union(*lists)) == baskets.products.tolist()
    assert (str(baskets.starts.dtype), str(baskets.items.dtype)) == ("int64", "int32")


def test_iterators_are_read_once():
    lists = [["milk", "rye"], [], ["rye", "rye"]]
    one_shot = (iter(basket) for basket in lists)

    assert Baskets.from_lists(lists) == Baskets.from_lists(one_shot)
    assert [["milk", "rye"], [], ["rye"]] == rows_of(Baskets.from_lists(map(tuple, lists)))


def test_sets_dicts_arrays_and_series_are_lists_too():
    for lists in (
        [{"b", "a"}, {"a": 2}],
        [np.array(["b", "a"]), np.array(["a"])],
        pd.Series([["b", "a"], ["a"]], index=[7, 3]),
        np.array([["b", "a"], ["a", "a"]]),
    ):
        assert [["a", "b"], ["a"]] == rows_of(Baskets.from_lists(lists))


def test_labels_of_mixed_types_are_products_of_their_own():
    baskets = Baskets.from_lists([[1, "1"], ["1", "1", 1], [2.5, ("a", 1)], [b"1"]])

    assert [b"1", 2.5, 1, "1", ("a", 1)] == baskets.products.tolist()
    assert [[1, "1"], [1, "1"], [2.5, ("a", 1)], [b"1"]] == rows_of(baskets)
    assert [0, 1] == baskets.containing([1]).tolist()
    assert [2] == baskets.containing([("a", 1)]).tolist()


@pytest.mark.filterwarnings("ignore::crmkit.errors.LookalikeLabelsWarning")
def test_blanks_at_the_end_of_a_label_are_part_of_it():
    baskets = Baskets.from_lists([["soap ", "soap"], ["soap "]])

    assert ["soap", "soap "] == baskets.products.tolist()
    assert [2, 1] == [len(baskets.containing([label])) for label in ("soap ", "soap")]


def test_integers_stay_integers():
    products = Baskets.from_lists([[30, 4], [4]]).products
    assert ([4, 30], "i") == (products.tolist(), products.dtype.kind)


def test_a_given_catalogue_keeps_its_order_and_names_what_it_lacks():
    baskets = Baskets.from_lists(
        [["tea", "rye"], ["ale", "oil"], ["oil"], []], products=["rye", "ale", "bun"]
    )

    assert [["rye"], ["ale"], [], []] == rows_of(baskets)
    assert ["rye", "ale", "bun"] == baskets.products.tolist()
    assert ("oil", "tea") == baskets.unknown
    assert "2 unknown labels" in repr(baskets)


@pytest.mark.parametrize("first", [[[3, 1], [2]], [["b"], ["a"]], [[1, "1"]], [[("a", 1), ("b",)]]])
def test_the_catalogue_of_other_baskets_is_a_catalogue(first):
    known = Baskets.from_lists(first)
    for products in (known.products, known.products.tolist()):
        again = Baskets.from_lists([*first, ["?"]], products=products)
        assert known.products.tolist() == again.products.tolist()
        assert ([*rows_of(known), []], ("?",)) == (rows_of(again), again.unknown)


WRONG_LISTS = {
    "a text for a basket": (["milk"], "basket 0 is 'milk'. Say ['milk']"),
    "bytes": ([["a"], b"milk"], "basket 1 is b'milk'"),
    "a number": ([["a"], 7], "basket 1 is 7. Say [7]"),
    "None for a basket": ([["a"], None], "basket 1 is None"),
    "None in a basket": ([["a", None]], "a product is missing (None, entry 1"),
    "NaN in a basket": ([["a"], ["b", float("nan")]], "a product is missing (nan, entry 2"),
    "NA in a basket": ([[pd.NA]], "a product is missing (<NA>, entry 0"),
    "None": (None, "got NoneType"),
    "a text": ("milk", "got str"),
    "a frame": (pd.DataFrame({"milk": [1]}), "there is Baskets.from_matrix"),
    "lists in lists": ([[["a"], ["b"]]], "unhashable"),
    "no order": ([[1j, 2j]], "the products have no order"),
}


@pytest.mark.parametrize("wrong", WRONG_LISTS)
def test_lists_that_are_none_are_refused(wrong):
    lists, message = WRONG_LISTS[wrong]
    with pytest.raises(InvalidDataError) as caught:
        Baskets.from_lists(lists)
    assert message in str(caught.value)


WRONG_CATALOGUES = {
    "twice": (["a", "b", "a"], "names 'a' twice"),
    "a text": ("ab", "named in a list, not as the text 'ab'"),
    "missing": (["a", None], "a label that is missing"),
}


@pytest.mark.parametrize("wrong", WRONG_CATALOGUES)
def test_catalogues_name_each_product_once(wrong):
    products, message = WRONG_CATALOGUES[wrong]
    with pytest.raises(InvalidArgumentError) as caught:
        Baskets.from_lists([["a"]], products=products)
    assert message in str(caught.value)


# --- of tables -----------------------------------------------------------------------------------

TABLE = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 0]])
HELD = [["ale", "cod"], ["bun", "cod"], [], ["ale", "bun", "cod"]]
NAMES = ["ale", "bun", "cod", "dab"]

ARRAYS = {
    name: lambda name=name: TABLE.astype(name)
    for name in ("bool", "int8", "uint8", "int64", "float32", "float64", "complex128", "object")
} | {
    "in columns": lambda: np.asfortranarray(TABLE),
    "a matrix": lambda: TABLE.view(np.matrix),
    "a view": lambda: np.repeat(TABLE, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_every_type_give_the_same_baskets(kind):
    baskets = Baskets.from_matrix(ARRAYS[kind](), products=NAMES)

    assert HELD == rows_of(baskets)
    assert NAMES == baskets.products.tolist()


def sparse_frame(fill):
    frame = pd.DataFrame(TABLE, columns=NAMES).astype(type(fill))
    return frame.astype(pd.SparseDtype(type(fill), fill))


def arrow_bools():
    pytest.importorskip("pyarrow")
    return pd.DataFrame(TABLE == 1, columns=NAMES).astype("bool[pyarrow]")


PANDAS = {
    name: lambda name=name: pd.DataFrame(TABLE, columns=NAMES).astype(name)
    for name in ("bool", "boolean", "Int64", "int8", "UInt8", "float64", "Float64", "object")
} | {
    "sparse, filled with False": lambda: sparse_frame(False),
    "sparse, filled with True": lambda: sparse_frame(True),
    "sparse, filled with 0": lambda: sparse_frame(0),
    "sparse, filled with 1": lambda: sparse_frame(1),
    "sparse, filled with 0.0": lambda: sparse_frame(0.0),
    "bool[pyarrow]": arrow_bools,
    "mixed": lambda: pd.DataFrame(TABLE, columns=NAMES).astype({"ale": "boolean", "cod": "int8"}),
}


@pytest.mark.parametrize("kind", PANDAS)
def test_one_hot_frames_of_every_type_give_the_same_baskets(kind):
    baskets = Baskets.from_matrix(PANDAS[kind]())

    assert HELD == rows_of(baskets)
    assert NAMES == baskets.products.tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", [np.bool_, np.int64, np.float64])
def test_one_hot_frames_of_every_engine_give_the_same_baskets(engine, dtype):
    columns = {name: TABLE[:, k].astype(dtype) for k, name in enumerate(NAMES)}
    assert HELD == rows_of(Baskets.from_matrix(ENGINES[engine](columns)))


@pytest.mark.parametrize("kind", ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"])
@pytest.mark.parametrize("form", ["array", "matrix"])
@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.float64])
def test_sparse_tables_of_every_format_give_the_same_baskets(kind, form, dtype):
    table = getattr(sparse, f"{kind}_{form}")(TABLE.astype(dtype))
    assert HELD == rows_of(Baskets.from_matrix(table, products=NAMES))


def test_zeros_that_are_stored_do_not_count():
    table = sparse.csr_array(np.ones_like(TABLE))
    table.data[:] = TABLE.ravel()

    assert table.nnz == TABLE.size
    assert HELD == rows_of(Baskets.from_matrix(table, products=NAMES))


@pytest.mark.parametrize("times", [2, 128, 255, 256, 257, 512])
def test_coordinates_that_are_repeated_count_once(times):
    rows, items = (np.repeat(part, times) for part in np.nonzero(TABLE))
    for dtype in (np.bool_, np.int8, np.uint8, np.int64):
        table = sparse.coo_array((np.ones(len(rows), dtype), (rows, items)), shape=TABLE.shape)
        assert HELD == rows_of(Baskets.from_matrix(table, products=NAMES))


def test_products_without_names_are_numbered():
    assert [0, 1, 2, 3] == Baskets.from_matrix(TABLE).products.tolist()
    assert [[0, 2], [1, 2], [], [0, 1, 2]] == rows_of(Baskets.from_matrix(TABLE))


def test_names_given_go_before_those_of_a_frame():
    frame = pd.DataFrame(TABLE, columns=[1, "1", 2.0, ("a", 1)])

    assert [1, "1", 2.0, ("a", 1)] == Baskets.from_matrix(frame).products.tolist()
    assert HELD == rows_of(Baskets.from_matrix(frame, products=NAMES))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (3, 2)])
def test_tables_without_a_mark_are_empty_baskets(shape):
    empty = np.zeros(shape)
    for table in (empty, sparse.coo_array(empty), sparse.csr_array(empty), pd.DataFrame(empty)):
        baskets = Baskets.from_matrix(table)
        assert (shape, 0) == ((len(baskets), len(baskets.products)), len(baskets.items))
        assert 0 == len(frequent_itemsets(baskets, 0.5))


@pytest.mark.parametrize("odd", [2, -1, 0.5, np.nan, np.inf])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array, sparse.coo_array, pd.DataFrame])
def test_values_that_are_not_zero_or_one_are_named_with_their_place(odd, form):
    table = TABLE.astype(type(odd))
    table[3, 1] = odd

    with pytest.raises(InvalidDataError) as caught:
        Baskets.from_matrix(form(table))
    assert f"found {odd}" in str(caught.value)
    assert "in row 3, column 1 (counted from 0)" in str(caught.value)
    assert "For quantities say matrix > 0" in str(caught.value)


def test_how_many_more_odd_values_there_are_is_said():
    with pytest.raises(InvalidDataError, match="found 3 in row 0, column 0 .* and 6 more"):
        Baskets.from_matrix(TABLE * 3)


@pytest.mark.parametrize("gap", [None, float("nan"), pd.NA, "", "1"])
def test_gaps_and_texts_in_a_table_of_objects_are_not_taken_for_zero(gap):
    table = TABLE.astype(object)
    table[1, 1] = gap
    with pytest.raises(InvalidDataError, match="in row 1, column 1"):
        Baskets.from_matrix(table)


def test_gaps_in_other_frames_are_errors_too():
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    for make in (polars.DataFrame, pyarrow.table, pd.DataFrame):
        with pytest.raises(InvalidDataError, match="found nan in row 1, column 0"):
            Baskets.from_matrix(make({"ale": [True, None], "bun": [1, 0]}))


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2)])
def test_other_than_two_dimensions_are_refused(shape):
    with pytest.raises(InvalidArgumentError) as caught:
        Baskets.from_matrix(np.ones(shape, dtype=bool))
    assert f"got shape {shape}" in str(caught.value)


def test_sparse_rows_alone_are_refused():
    with pytest.raises(InvalidArgumentError, match="two dimensions"):
        Baskets.from_matrix(sparse.coo_array(np.array([1, 0])))


WRONG_TABLES = {
    "lists": (TABLE.tolist(), {}, InvalidArgumentError, "Say numpy.array(matrix)"),
    "too few names": (TABLE, {"products": NAMES[:3]}, InvalidArgumentError, "4 columns and"),
    "names twice": (TABLE, {"products": list("aabc")}, InvalidArgumentError, "names 'a' twice"),
    "columns twice": (
        pd.DataFrame(TABLE, columns=list("abca")),
        {},
        InvalidArgumentError,
        "names 'a' twice",
    ),
    "a column of text": (
        pd.DataFrame({"who": ["ann", "bob"], "ale": [0, 1]}),
        {},
        InvalidArgumentError,
        "column 'who' of a one-hot frame must hold 0 and 1",
    ),
    "no table": (object(), {}, UnsupportedFrameError, "got object"),
}


@pytest.mark.parametrize("wrong", WRONG_TABLES)
def test_tables_that_are_none_are_refused(wrong):
    table, options, error, message = WRONG_TABLES[wrong]
    with pytest.raises(error) as caught:
        Baskets.from_matrix(table, **options)
    assert message in str(caught.value)


@given(lists=DENSE)
def test_lists_and_tables_are_the_same_baskets(lists):
    table = np.array([[x in basket for x in LETTERS] for basket in lists], dtype=bool)
    of_lists = Baskets.from_lists(lists, products=list(LETTERS))
    of_table = Baskets.from_matrix(table.reshape(-1, len(LETTERS)), products=list(LETTERS))

    assert of_lists == of_table


# --- asking them ---------------------------------------------------------------------------------


@given(lists=DENSE, wanted=st.lists(st.sampled_from(LETTERS)))
def test_containing_returns_the_rows_that_hold_all(lists, wanted):
    found = Baskets.from_lists(lists, products=list(LETTERS)).containing(wanted)

    assert [k for k, basket in enumerate(lists) if set(wanted) <= basket] == found.tolist()
    assert found.dtype == np.int64


@given(data=st.data(), lists=DENSE)
def test_where_keeps_rows_and_the_catalogue(data, lists):
    mask = data.draw(st.lists(st.booleans(), min_size=len(lists), max_size=len(lists)))
    baskets = Baskets.from_lists(lists)
    some = baskets.where(np.array(mask, dtype=bool))

    assert list(itertools.compress(rows_of(baskets), mask)) == rows_of(some)
    assert baskets.products.tolist() == some.products.tolist()
    assert (some.starts.dtype, some.items.dtype) == (baskets.starts.dtype, baskets.items.dtype)


def test_where_keeps_ids_and_relatives():
    tx = till(
        ("ann", 1, "milk", 1),
        ("bob", 2, "rye", 1),
        attributes={"category": ["dairy", "bread"]},
    )
    some = Baskets.from_transactions(tx, level=("product", "category")).where([False, True])

    assert ([2], None) == (some.ids.tolist(), some.source)
    assert [1, 1] == frequent_itemsets(some, 1).counts.tolist()


WRONG_QUESTIONS = {
    "a near label": (["mlik"], "no product 'mlik'. Hint: did you mean 'milk'?"),
    "two labels": (["xyz", 7], "no product 'xyz'.\nthere is no product 7."),
    "a text": ("milk", "named in a list: ['milk'], not 'milk'"),
    "a number": (7, "named in a list: [7], not 7"),
    "lists in a list": ([["milk"]], "one by one"),
    "None": ([None], "no product None"),
}


@pytest.mark.parametrize("wrong", WRONG_QUESTIONS)
def test_unknown_products_are_named_with_near_ones(wrong):
    items, message = WRONG_QUESTIONS[wrong]
    with pytest.raises(InvalidArgumentError) as caught:
        Baskets.from_lists([["milk", "rye"]]).containing(items)
    assert message in str(caught.value)


@pytest.mark.parametrize("mask", [[True], [0, 1], np.array([0, 1]), "ab", [[True, False]]])
def test_masks_are_one_boolean_for_each_basket(mask):
    with pytest.raises(InvalidArgumentError, match="the mask must be 2 booleans"):
        Baskets.from_lists([["a"], ["b"]]).where(mask)


def test_no_baskets_are_well_formed():
    for baskets in (Baskets.from_lists([]), Baskets.from_lists([["a"]]).where([False])):
        assert (0, [0], []) == (len(baskets), baskets.starts.tolist(), baskets.items.tolist())
        assert repr(baskets).startswith("Baskets(0 baskets of ")
        assert [] == baskets.containing(baskets.products).tolist()


def test_baskets_cannot_be_changed():
    baskets = Baskets.from_lists([["a"]])
    with pytest.raises(ValueError, match="read-only"):
        baskets.items[0] = 1
