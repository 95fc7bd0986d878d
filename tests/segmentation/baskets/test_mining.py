"""Frequent itemsets against a count of every subset, whatever way the search takes."""

from __future__ import annotations

import contextlib
import math
import re
import threading
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import crmkit as ck
from crmkit._kernels.itemsets import bitmaps, expansion, incidence, pairs, search
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import Baskets, Itemsets, frequent_itemsets
from crmkit.segmentation.baskets.thresholds import min_count_of
from effort import THIRD
from engines import ENGINES, kind_out
from itemset_oracles import (
    DENSE,
    KINDS,
    LETTERS,
    WIDE,
    frequent,
    largest_that_fits,
    least_count,
    shopping,
    up_to,
    without,
)

CLASSES = {(search, "_DENSE_CELLS"): 0}
WAYS: dict[str, dict[tuple[Any, str], int | float]] = {
    "as it comes": {},
    "whole columns": {(search, "_PAIR_COST"): 1e12},
    "whole columns, tiny parts and blocks": {
        (search, "_PAIR_COST"): 1e12,
        (search, "_PART_WORDS"): 2,
        (bitmaps, "_BLOCK"): 1,
    },
    "classes": CLASSES,
    "classes, sorted pair keys": CLASSES | {(pairs, "_CELLS"): 0},
    "classes, sorted pair keys in small batches": CLASSES
    | {(pairs, "_CELLS"): 0, (pairs, "_SORTED_KEYS"): 3, (incidence, "_CELLS"): 1},
    "classes, table filled in small batches": CLASSES
    | {(pairs, "_KEYS"): 1, (incidence, "_CELLS"): 1},
    "classes, a run for each": CLASSES | {(bitmaps, "_RUN_BITS"): 1},
    "classes, tiny parts": CLASSES | {(search, "_PART_WORDS"): 1},
    "classes, tiny blocks, sums by row": CLASSES
    | {(bitmaps, "_BLOCK"): 1, (bitmaps, "_ADD_COLUMNS_BELOW"): 0},
    "written out column by column": {(expansion, "_MASK_BITS"): 0},
}
"""By name: bounds that are set so that even little data take this way."""


@contextlib.contextmanager
def way_of(name):
    with pytest.MonkeyPatch.context() as patch:
        for (module, constant), value in WAYS[name].items():
            assert hasattr(module, constant)
            patch.setattr(module, constant, value)
        yield


every_main_way = pytest.mark.parametrize(
    "way",
    [
        "as it comes",
        "whole columns, tiny parts and blocks",
        "classes, sorted pair keys in small batches",
        "classes, tiny parts",
    ],
)
every_way = pytest.mark.parametrize("way", WAYS)
every_kind = pytest.mark.parametrize("kind", KINDS)


def sets_of(itemsets: Itemsets):
    """The answer as the oracle gives it; no set may come twice."""
    found = dict(zip(map(frozenset, itemsets.labels()), itemsets.counts.tolist(), strict=True))
    assert len(found) == len(itemsets)
    return found


# --- the same sets as by counting all subsets ----------------------------------------------------


@every_way
@given(lists=DENSE | WIDE, data=st.data())
def test_all_frequent_sets_are_found_with_their_counts(way, lists, data):
    least = data.draw(st.integers(1, max(len(lists), 1)))
    with way_of(way):
        found = frequent_itemsets(Baskets.from_lists(lists), least)

    assert frequent(lists, least) == sets_of(found)
    assert (found.complete, found.reason) == (True, "")
    assert (found.n_baskets, found.min_count, found.kind) == (len(lists), least, "frequent")


@every_kind
@given(
    lists=DENSE | WIDE,
    share=st.fractions(Fraction(1, 30), 1, max_denominator=30),
    max_len=st.none() | st.integers(1, 5),
)
def test_each_kind_is_judged_on_all_sets_and_cut_afterwards(kind, lists, share, max_len):
    found = frequent_itemsets(Baskets.from_lists(lists), share, max_len=max_len, kind=kind)

    every = frequent(lists, least_count(share, len(lists)))
    assert up_to(KINDS[kind](every, len(lists)), max_len) == sets_of(found)
    assert (found.kind, found.max_len, found.complete) == (kind, max_len, True)


@every_way
@pytest.mark.parametrize(("least", "max_len"), [(2, None), (12, None), (2, 2), (3, 3)])
def test_larger_data_with_bitmaps_of_many_words(way, least, max_len):
    lists = shopping(1_700, 20, seed=least, longest=6)
    with way_of(way):
        found = frequent_itemsets(Baskets.from_lists(lists), least, max_len=max_len)

    assert up_to(frequent(lists, least), max_len) == sets_of(found)


@every_way
def test_many_products_with_classes_of_different_widths(way):
    lists = shopping(900, 120, seed=7)
    with way_of(way):
        found = frequent_itemsets(Baskets.from_lists(lists), 3)

    expected = frequent(lists, 3)
    assert max(map(len, expected)) > 3
    assert expected == sets_of(found)


SIGNS = {
    "whole columns": (search, "item_bitmaps"),
    "classes": (search, "pair_buckets"),
    "classes, sorted pair keys": (pairs, "_by_sorting"),
    "classes, table filled in small batches": (pairs, "_by_table"),
    "written out column by column": (expansion, "_by_columns"),
}


@pytest.mark.parametrize("way", SIGNS)
def test_each_way_is_really_taken(way, monkeypatch):
    module, name = SIGNS[way]
    taken, original = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args: taken.append(name) or original(*args))
    baskets = Baskets.from_lists(shopping(300, 20, seed=1))
    with way_of(way):
        frequent_itemsets(baskets, 3)

    assert taken


# --- products and their categories ---------------------------------------------------------------


@every_main_way
@given(
    lists=DENSE,
    barred=st.sets(st.sampled_from([(x, y) for x in LETTERS for y in LETTERS if x < y])),
    data=st.data(),
)
def test_relatives_never_stand_together_and_all_else_is_found(way, lists, barred, data):
    least = data.draw(st.integers(1, max(len(lists), 1)))
    baskets = Baskets.from_lists(lists, products=LETTERS_LIST)
    codes = [[LETTERS.index(x) for x in pair] for pair in sorted(barred)]
    relatives = np.array(codes, dtype=np.int32).reshape(-1, 2).T
    with way_of(way):
        found = frequent_itemsets(attrs.evolve(baskets, relatives=relatives), least)

    assert without(frequent(lists, least), barred) == sets_of(found)


LETTERS_LIST = list(LETTERS)


@every_kind
@given(lists=DENSE, max_len=st.none() | st.integers(1, 3))
def test_kinds_are_judged_among_sets_without_relatives(kind, lists, max_len):
    relatives = np.array([[0, 2], [1, 3]], dtype=np.int32)
    baskets = attrs.evolve(Baskets.from_lists(lists, products=LETTERS_LIST), relatives=relatives)
    found = frequent_itemsets(baskets, 1, kind=kind, max_len=max_len)

    every = without(frequent(lists, 1), ["ab", "cd"])
    assert up_to(KINDS[kind](every, len(lists)), max_len) == sets_of(found)


OWN_CATEGORY = dict(zip(LETTERS, "xxxyyyzz", strict=True))


@given(lists=st.lists(st.frozensets(st.sampled_from(LETTERS), min_size=1), min_size=1, max_size=10))
def test_products_and_categories_are_mined_together(lists):
    lines = [(number, product) for number, basket in enumerate(lists) for product in basket]
    tx = ck.Transactions.from_arrays(
        customer=["ann"] * len(lines),
        time=["2026-01-02"] * len(lines),
        basket=[number for number, _ in lines],
        product=[product for _, product in lines],
        attributes={"category": [OWN_CATEGORY[product] for _, product in lines]},
    )
    baskets = Baskets.from_transactions(tx, level=("product", "category"))
    both = [
        {("product", x) for x in basket} | {("category", OWN_CATEGORY[x]) for x in basket}
        for basket in lists
    ]
    own = [{("product", x), ("category", y)} for x, y in OWN_CATEGORY.items()]

    for least in {1, len(lists)}:
        assert without(frequent(both, least), own) == sets_of(frequent_itemsets(baskets, least))


# --- what must not matter, and what must hold ----------------------------------------------------


@every_main_way
@given(lists=DENSE | WIDE, random=st.randoms(use_true_random=False))
@THIRD
def test_the_order_of_the_rows_changes_nothing(way, lists, random):
    shuffled = random.sample([random.sample(sorted(row), len(row)) for row in lists], len(lists))
    with way_of(way):
        one = frequent_itemsets(Baskets.from_lists(lists), 1, max_len=4)
        other = frequent_itemsets(Baskets.from_lists(shuffled), 1, max_len=4)

    assert one == other


@every_kind
@given(lists=DENSE, new=st.permutations(LETTERS_LIST))
def test_other_names_give_the_same_sets_under_other_names(kind, lists, new):
    name = dict(zip(LETTERS, new, strict=True))
    renamed = [[name[x] for x in basket] for basket in lists]
    one = sets_of(frequent_itemsets(Baskets.from_lists(lists), 1, kind=kind))
    other = sets_of(frequent_itemsets(Baskets.from_lists(renamed), 1, kind=kind))

    assert {frozenset(name[x] for x in z): count for z, count in one.items()} == other


@given(lists=DENSE | WIDE)
def test_a_set_is_in_no_more_baskets_than_any_of_its_parts(lists):
    found = sets_of(frequent_itemsets(Baskets.from_lists(lists), 1))

    for itemset, count in found.items():
        for item in itemset:
            assert count <= found.get(itemset - {item}, len(lists))


@given(lists=DENSE, least=st.integers(1, 4))
def test_closed_sets_give_every_count_back_and_maximal_ones_every_set(lists, least):
    least = min(least, max(len(lists), 1))
    every, closed, maximal = (
        sets_of(frequent_itemsets(Baskets.from_lists(lists), least, kind=kind))
        for kind in ("frequent", "closed", "maximal")
    )

    assert {z: max(c for y, c in closed.items() if z <= y) for z in every} == every
    assert {z for z in frequent(lists, 1) if any(z <= y for y in maximal)} == set(every)
    assert maximal.keys() <= closed.keys() <= every.keys()


def test_frames_list_sets_by_size_then_count_then_label():
    lists = [["b", "a"], ["b", "c"], ["a", "b", "c"], ["d"], ["d"]]
    found = frequent_itemsets(Baskets.from_lists(lists), 1)
    frame = found.to_frame()

    keys = [
        (size, -count, labels)
        for labels, size, count in zip(frame["itemset"], frame["size"], frame["count"], strict=True)
    ]
    assert sorted(keys) == keys
    assert frame["support"].tolist() == [count / 5 for count in frame["count"]]
    assert [found.labels_of(k) for k in found.order()] == frame["itemset"].tolist()
    assert list(frame.columns) == ["itemset", "size", "count", "support"]


# --- shares at their boundary --------------------------------------------------------------------


def test_a_share_that_is_computed_reaches_its_own_count():
    for n in (*range(1, 150), 1_000, 9_835, 88_162, 990_002):
        step = max(1, n // 150)
        for k in range(1, n + 1, step):
            assert (k, n) == (min_count_of(k / n, n), n)
            assert (k, n) == (min_count_of(Fraction(k, n), n), n)
            assert (k, n) == (min_count_of(np.float64(k) / n, n), n)


@pytest.mark.parametrize("n", [7, 100, 1_000, 9_835, 10_000, 88_162, 1_000_000])
def test_a_share_that_is_written_down_means_what_it_says(n):
    for thousandths in range(1, 1_001):
        exact = max(1, math.ceil(Fraction(thousandths, 1_000) * n))
        for share in (thousandths / 1_000, Decimal(thousandths) / 1_000):
            assert (exact, share) == (min_count_of(share, n), share)


@pytest.mark.parametrize("share", [0.07, Fraction(7, 100), Decimal("0.07"), 7 / 100, 7, np.int8(7)])
@every_kind
def test_seven_of_a_hundred_are_in_at_seven_percent(share, kind):
    # 0.07 * 100 is 7.000000000000001.
    lists = [["a"]] * 7 + [["b"]] * 6 + [[]] * 87
    assert {frozenset("a"): 7} == sets_of(
        frequent_itemsets(Baskets.from_lists(lists), share, kind=kind)
    )


@given(share=st.fractions(0, 1).filter(bool), n=st.integers(1, 60))
def test_fractions_are_compared_exactly(share, n):
    assert least_count(share, n) == min_count_of(share, n)


def test_one_basket_and_all_baskets_are_told_apart():
    baskets = Baskets.from_lists([["a", "b"], ["a"]])

    assert 3 == len(frequent_itemsets(baskets, 1))
    assert [("a",)] == frequent_itemsets(baskets, 1.0).labels().tolist()


# --- too many sets -------------------------------------------------------------------------------


def size_said(found):
    """Up to which size all sets are there, as the reason says."""
    if found.reason.endswith("; none is here"):
        return 0
    return int(re.search(r"; all of up to (\d+) products are here$", found.reason)[1])


@every_main_way
@given(lists=DENSE | WIDE, most=st.integers(1, 60), max_len=st.none() | st.integers(1, 4))
def test_a_bound_leaves_whole_sizes_and_as_many_as_fit(way, lists, most, max_len):
    every = up_to(frequent(lists, 1), max_len)
    with way_of(way):
        found = frequent_itemsets(Baskets.from_lists(lists), 1, max_len=max_len, max_itemsets=most)

    size = largest_that_fits(every, most)
    assert up_to(every, size) == sets_of(found)
    assert (len(every) <= most) == found.complete
    if not found.complete:
        assert f"max_itemsets = {most:,} was reached" in found.reason
        assert size == size_said(found)
        assert found.reason in repr(found)


@pytest.mark.parametrize("kind", ["closed", "maximal", "generator"])
@given(lists=DENSE, most=st.integers(1, 60), max_len=st.none() | st.integers(1, 4))
def test_of_a_bounded_search_only_what_can_be_judged_is_kept(kind, lists, most, max_len):
    found = frequent_itemsets(
        Baskets.from_lists(lists), 1, kind=kind, max_len=max_len, max_itemsets=most
    )

    every = frequent(lists, 1)
    truth = up_to(KINDS[kind](every, len(lists)), max_len)
    if found.complete:
        assert truth == sets_of(found)
    else:
        assert up_to(truth, size_said(found)) == sets_of(found)
        assert size_said(found) <= max(largest_that_fits(every, most) - 1, 0)


def test_a_basket_of_sixty_is_refused_with_the_exact_figure():
    found = frequent_itemsets(Baskets.from_lists([range(60)]), 1)

    assert f"there are {2**60 - 1:,} itemsets" in found.reason
    assert not found.complete
    assert [math.comb(60, k) for k in (1, 2, 3, 4)] == [len(s.items) for s in found.by_size]


def test_the_figure_counts_up_to_the_largest_size_asked_for():
    found = frequent_itemsets(Baskets.from_lists([range(60)]), 1, max_len=6)

    total = sum(math.comb(60, k) for k in range(1, 7))
    assert f"there are {total:,} itemsets" in found.reason


def test_a_basket_of_sixty_among_others_has_the_exact_figure_too():
    lists = [range(60), range(30, 90), [1, 2], [95]] * 2
    found = frequent_itemsets(Baskets.from_lists(lists), 2)

    total = 2 * (2**60 - 1) - (2**30 - 1) + 1
    assert f"there are {total:,} itemsets" in found.reason


def test_a_basket_of_thousands_has_a_figure_that_can_be_read():
    alone = frequent_itemsets(Baskets.from_lists([range(15_000)]), 1)
    among_others = frequent_itemsets(Baskets.from_lists([range(1_000), [0], []]), 1)

    assert "there are about 10**4515 itemsets; all of up to 1 products are here" in alone.reason
    assert "there are about 10**301 itemsets; all of up to 2 products are here" in (
        among_others.reason
    )


def test_what_fits_exactly_is_complete():
    baskets = Baskets.from_lists([range(10)])

    assert frequent_itemsets(baskets, 1, max_itemsets=1_023).complete
    assert not frequent_itemsets(baskets, 1, max_itemsets=1_022).complete


# --- progress ------------------------------------------------------------------------------------


@every_main_way
@pytest.mark.parametrize("least", [2, 600])
def test_progress_grows_ends_and_changes_nothing(way, least):
    baskets = Baskets.from_lists(shopping(600, 60, seed=3))
    heard = []

    def progress(done, total):
        heard.append((done, total, threading.get_ident()))

    with way_of(way):
        watched = frequent_itemsets(baskets, least, max_len=4, progress=progress)
        alone = frequent_itemsets(baskets, least, max_len=4)

    done, totals, threads = zip(*heard, strict=True)
    assert sorted(set(done)) == list(done)
    assert {done[-1]} == set(totals)
    assert {threading.get_ident()} == set(threads)
    assert len(heard) <= 100
    assert alone == watched


def test_progress_is_told_more_than_the_end():
    heard = []
    with way_of("classes, a run for each"):
        frequent_itemsets(
            Baskets.from_lists(shopping(600, 60, seed=3)), 2, progress=lambda *at: heard.append(at)
        )
    assert len(heard) > 5


@pytest.mark.parametrize("lists", [[], [[]], [["a"]]])
def test_progress_reaches_the_end_of_nothing(lists):
    heard = []
    frequent_itemsets(Baskets.from_lists(lists), 1, progress=lambda *at: heard.append(at))
    assert [(100, 100)] == heard


def test_an_error_in_progress_stops_the_search():
    def stop(done, total):
        raise TimeoutError

    with pytest.raises(TimeoutError):
        frequent_itemsets(Baskets.from_lists([["a"]]), 1, progress=stop)


# --- what is refused -----------------------------------------------------------------------------

WRONG = {
    "no basket": (0, "as a count must be 1 or more; got 0. In a share"),
    "fewer than no basket": (-1, "as a count must be 1 or more; got -1"),
    "no share": (0.0, "must lie above 0 and not above 1; got 0.0"),
    "a share below 0": (-0.1, "must lie above 0 and not above 1; got -0.1"),
    "a share above 1": (1.5, "must lie above 0 and not above 1; got 1.5. For a count say"),
    "a percentage": (5.0, "For a count say min_support=5"),
    "a decimal above 1": (Decimal("1.01"), "must lie above 0 and not above 1"),
    "a fraction below 0": (Fraction(-1, 2), "must lie above 0 and not above 1"),
    "not a number": (math.nan, "must lie above 0 and not above 1; got nan"),
    "a decimal that is no number": (Decimal("nan"), "must lie above 0 and not above 1"),
    "infinite": (math.inf, "must lie above 0 and not above 1; got inf"),
    "more than there are": (5, "asks for 5 baskets, and there are 4. For a share of them say"),
    "true": (True, "must be a share such as 0.01 or a count such as 100; got True"),
    "numpy's true": (np.True_, "must be a share such as 0.01 or a count"),
    "a text": ("0.1", "must be a share such as 0.01 or a count such as 100; got '0.1'"),
    "nothing": (None, "must be a share such as 0.01 or a count"),
    "a list": ([0.1], "must be a share such as 0.01 or a count"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_supports_that_mean_nothing_are_refused(wrong):
    min_support, message = WRONG[wrong]
    baskets = Baskets.from_lists([["a"], ["b"], ["a"], []])

    with pytest.raises(InvalidArgumentError) as caught:
        frequent_itemsets(baskets, min_support)
    assert str(caught.value).startswith("min_support ")
    assert message in str(caught.value)


OPTIONS = {
    "no size": ({"max_len": 0}, "max_len must be an integer >= 1; got 0"),
    "a broken size": ({"max_len": 2.0}, "max_len must be an integer >= 1; got 2.0"),
    "a true size": ({"max_len": True}, "max_len must be an integer >= 1; got True"),
    "no sets": ({"max_itemsets": 0}, "max_itemsets must be an integer >= 1; got 0"),
    "a kind in capitals": ({"kind": "Closed"}, "did you mean 'closed'?"),
    "half a kind": ({"kind": "max"}, "did you mean 'maximal'?"),
    "a strange kind": ({"kind": "unicorn"}, "'frequent', 'closed', 'maximal', 'generator'"),
    "progress as a switch": ({"progress": True}, "progress must be callable"),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_options_outside_their_domain_are_refused(option):
    options, message = OPTIONS[option]
    with pytest.raises(InvalidArgumentError) as caught:
        frequent_itemsets(Baskets.from_lists([["a"]]), 1, **options)
    assert message in str(caught.value)


def test_plain_lists_are_not_baskets():
    with pytest.raises(InvalidArgumentError, match=r"Baskets\.from_lists"):
        frequent_itemsets([["a"]], 1)


# --- nothing to find -----------------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize(
    ("lists", "support"),
    [([], 0.5), ([], 3), ([[], []], 0.5), ([["a"], ["b"]], 2), ([["a"], ["b"]], 1.0)],
)
def test_nothing_found_is_a_well_formed_answer(kind, lists, support):
    found = frequent_itemsets(Baskets.from_lists(lists), support, kind=kind, max_len=3)
    frame = found.to_frame()

    assert (len(found), len(found.by_size), len(frame)) == (0, 0, 0)
    assert list(frame.columns) == ["itemset", "size", "count", "support"]
    assert [found.starts.tolist(), found.items.tolist()] == [[0], []]
    assert found.complete
    assert "0 " in repr(found)


# --- how answers come back -----------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("level", ["product", "category", ("product", "category")])
def test_answers_come_in_the_frames_of_the_lines(engine, level):
    frame = ENGINES[engine](
        {
            "customer": ["ann", "ann", "bob"],
            "time": np.array(["2026-01-02"] * 3, dtype="datetime64[us]"),
            "basket": [1, 1, 2],
            "product": ["milk", "rye", "milk"],
            "category": ["dairy", "bread", "dairy"],
        }
    )
    tx = ck.Transactions.from_frame(frame, ck.Columns(attributes=("category",)))
    found = frequent_itemsets(Baskets.from_transactions(tx, level=level), 1)
    answer = found.to_frame()

    assert kind_out(engine) == type(answer).__module__.partition(".")[0]
    assert (len(found), 4) == answer.shape


def test_arrays_have_the_types_they_promise():
    for kind in KINDS:
        found = frequent_itemsets(Baskets.from_lists([["a", "b"], ["a"]]), 1, kind=kind)
        kinds = Counter(str(part.dtype) for part in (found.starts, found.counts, found.sizes))
        assert ({"int64": 3}, "int32") == (kinds, str(found.items.dtype))
        assert found.support.dtype == np.float64


@pytest.mark.parametrize("engine", ["polars", "pyarrow"])
def test_numbered_products_and_categories_come_in_the_frames_of_the_lines(engine):
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
    baskets = Baskets.from_transactions(tx, level=("product", "category"))

    assert (2, 4) == frequent_itemsets(baskets, 1).to_frame().shape


@given(
    lists=st.lists(st.lists(st.integers(0, 7), max_size=8), min_size=1, max_size=12),
    least=st.integers(1, 3),
    room=st.integers(5, 60),
    kind=st.sampled_from(["closed", "maximal"]),
)
def test_closed_and_maximal_sets_under_a_bound_are_those_without_it(lists, least, room, kind):
    baskets = Baskets.from_lists(lists)
    assume(least <= len(baskets))
    bounded = frequent_itemsets(baskets, least, kind=kind, max_itemsets=room)
    every = frequent_itemsets(baskets, least, kind=kind)

    counts = dict(zip(every.labels().tolist(), every.counts.tolist(), strict=True))
    some = dict(zip(bounded.labels().tolist(), bounded.counts.tolist(), strict=True))
    assert some.items() <= counts.items()
    assert not bounded.complete or some == counts
