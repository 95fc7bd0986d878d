"""The best sets by support and by lift, ties included, against a count of every subset."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import Baskets, association_rules, top_itemsets

LISTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=6), max_size=14)


def counted(lists):
    return Counter(
        frozenset(some)
        for basket in map(set, lists)
        for size in range(1, len(basket) + 1)
        for some in itertools.combinations(basket, size)
    )


def best(values, k):
    """Keep the k largest and all that equal the last of them."""
    ranked = sorted(values.values(), reverse=True)[:k]
    return {z for z, value in values.items() if ranked and value >= ranked[-1]}


def sets_of(found):
    return set(map(frozenset, found.labels()))


@given(LISTS, st.integers(1, 60), st.integers(1, 4), st.integers(1, 3))
def test_by_support(lists, k, min_size, floor):
    floor = max(1, min(floor, len(lists)))
    counts = {z: c for z, c in counted(lists).items() if len(z) >= min_size and c >= floor}

    found = top_itemsets(Baskets.from_lists(lists), k, min_size=min_size, min_support=floor)

    assert sets_of(found) == best(counts, k)
    assert len(found) == len(sets_of(found))
    assert {z: counts[z] for z in sets_of(found)} == dict(
        zip(map(frozenset, found.labels()), found.counts.tolist(), strict=True)
    )
    assert found.complete


@given(LISTS, st.integers(1, 60), st.integers(1, 4), st.integers(1, 3))
def test_by_lift(lists, k, min_size, floor):
    floor = max(1, min(floor, len(lists)))
    counts = counted(lists)
    lifts = {
        z: Fraction(len(lists) ** (len(z) - 1) * c, math.prod(counts[frozenset(x)] for x in z))
        for z, c in counts.items()
        if len(z) >= max(2, min_size) and c >= floor
    }

    found = top_itemsets(
        Baskets.from_lists(lists), k, by="lift", min_support=floor, min_size=min_size
    )

    assert sets_of(found) == best(lifts, k)
    expected = [float(lifts[frozenset(labels)]) for labels in found.labels()]
    assert found.lift.tolist() == pytest.approx(expected, rel=1e-14)
    assert found.to_frame()["lift"].is_monotonic_decreasing


@given(LISTS, st.integers(1, 20), st.integers(1, 12))
def test_a_bound_leaves_what_is_above_the_tie(lists, k, most):
    counts = counted(lists)

    found = top_itemsets(Baskets.from_lists(lists), k, max_itemsets=most)

    if found.complete:
        assert sets_of(found) == best(counts, k)
    else:
        assert sets_of(found) == {z for z, c in counts.items() if c >= found.min_count}
        assert len(found) < k
        assert sum(c >= found.min_count - 1 for c in counts.values()) > most


FOUR = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]


def test_ties_at_the_last_place_are_kept_and_said():
    top = top_itemsets(Baskets.from_lists(FOUR), 3)

    assert top.to_frame().to_dict("list") == {
        "itemset": [("bread",), ("milk",), ("eggs",), ("bread", "milk"), ("eggs", "milk")],
        "size": [1, 1, 1, 2, 2],
        "count": [3, 3, 2, 2, 2],
        "support": [0.75, 0.75, 0.5, 0.5, 0.5],
    }
    assert repr(top) == (
        "TopItemsets(the 3 best by support are 5 with ties, in at least 2 of 4 baskets)"
    )
    assert repr(top_itemsets(Baskets.from_lists(FOUR), 2)) == (
        "TopItemsets(the 2 best by support, in at least 3 of 4 baskets)"
    )
    assert repr(top_itemsets(Baskets.from_lists(FOUR), 99)) == (
        "TopItemsets(the 99 best by support: there are 7, in at least 1 of 4 baskets)"
    )


def test_lifts_that_are_equal_stay_together_however_they_are_rounded():
    # 2 x 6 = 3 x 4 and the like: equal fractions, made of different counts.
    rng = np.random.default_rng(1)
    lists = [[f"p{k}" for k in range(40) if rng.random() < 1 / (2 + k % 7)] for _ in range(97)]
    baskets = Baskets.from_lists(lists)
    every = top_itemsets(baskets, 10**6, by="lift", min_support=3)
    counts = counted([basket for basket in lists if len(basket) < 14])

    assert len(counts)
    for k in (1, 10, 100):
        found = top_itemsets(baskets, k, by="lift", min_support=3)
        last = found.lift.min()
        assert len(found) >= k
        assert len(found) == np.count_nonzero(every.lift >= last * (1 - 1e-9))


def test_rules_follow_from_the_best_by_support():
    rules = association_rules(top_itemsets(Baskets.from_lists(FOUR), 3), min_confidence=0.6)

    assert len(rules) == 4


def test_one_long_basket_is_refused_its_ties():
    found = top_itemsets(Baskets.from_lists([range(60)]), 5)

    assert (len(found), found.complete) == (0, False)
    assert found.reason == (
        "more than max_itemsets = 1,000,000 sets are in 1 baskets or more; those in more than 1"
        " are here"
    )


def test_what_stands_above_a_wide_tie_is_there():
    found = top_itemsets(Baskets.from_lists([range(40), [1, 2], [1]]), 5)

    assert found.to_frame()["itemset"].tolist() == [(1,), (2,), (1, 2)]
    assert not found.complete


@pytest.mark.parametrize("by", ["support", "lift"])
def test_no_baskets_no_sets(by):
    assert len(top_itemsets(Baskets.from_lists([]), 3, by=by, min_support=0.5)) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "lift"}, "by='lift' needs min_support"),
        ({"by": "lft"}, "did you mean 'lift'"),
        ({"k": 0}, "k must be an integer >= 1"),
        ({"min_size": 0}, "min_size must be an integer >= 1"),
        ({"min_support": 2.0}, "min_support as a share"),
        ({"max_itemsets": 0}, "max_itemsets must be"),
        ({"baskets": FOUR}, "baskets must be Baskets; got list"),
    ],
)
def test_options_outside_their_domain(options, said):
    with pytest.raises(InvalidArgumentError, match=said):
        top_itemsets(**{"baskets": Baskets.from_lists(FOUR), "k": 3, **options})
