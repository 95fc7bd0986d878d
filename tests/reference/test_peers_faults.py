"""Faults seen in other miners (field note, sections 8, 11, 15): none of them is ours."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from scipy import sparse

from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import Baskets, Itemsets, association_rules, frequent_itemsets
from itemset_oracles import frequent, maximal, shopping


def counts_of(itemsets):
    held = dict(zip(map(frozenset, itemsets.labels()), itemsets.counts.tolist(), strict=True))
    assert len(held) == len(itemsets)  # rusket's LCM: 1,955 rows of 1,947 sets
    return held


@pytest.mark.parametrize("n", [100, 1_000, 9_835, 10_000])
@pytest.mark.parametrize("percent", [7, 14, 28, 29, 55, 56, 57, 58])
def test_sets_exactly_at_the_threshold_are_kept(n, percent):
    # mlxtend's hmine and low_memory, rusket: 0.07 * 100 = 7.000000000000001. Python's own
    # 0.28 * 100, 0.29 * 100, 0.55 * 100 ... are off too.
    count = -(-percent * n // 100)
    baskets = Baskets.from_lists([["at"]] * count + [["below"]] * (count - 1) + [[]] * n)
    found = frequent_itemsets(baskets.where(np.arange(len(baskets)) < n), percent / 100)
    assert count == counts_of(found)[frozenset(["at"])]
    if 2 * count - 1 <= n:
        assert 1 == len(found)


def test_labels_keep_their_types():
    # rusket turned labels into text, and refused mixed ones.
    baskets = Baskets.from_lists([[1, "1", 1.5], [1, "1"], [1]])
    found = counts_of(frequent_itemsets(baskets, 1))

    assert (3, 2, 2) == (found[frozenset([1])], found[frozenset(["1"])], found[frozenset([1, "1"])])
    kinds = {type(label) for labels in found for label in labels}
    assert {int, str, float} == kinds


def test_what_is_in_every_basket_is_found():
    # PyFIM has one set fewer on mushroom.
    lists = [["bag", "milk"], ["bag"], ["bag", "rye"]]
    for kind, sets in {"frequent": 1, "closed": 1, "maximal": 1, "generator": 0}.items():
        assert sets == len(frequent_itemsets(Baskets.from_lists(lists), 1.0, kind=kind))


def test_no_size_is_cut_silently():
    # Efficient-Apriori stops at 8 items, arules at 10.
    found = frequent_itemsets(Baskets.from_lists([range(14)] * 3 + [range(15)]), 3)

    assert 2**14 - 1 == len(found)
    assert 14 == found.sizes.max()


@pytest.mark.parametrize("least", [22, 18, 1])
def test_thirty_baskets_of_fifty_are_answered_or_refused(least):
    # mlxtend issue 909 froze.
    draw = random.Random(5)
    lists = [draw.sample(range(60), 50) for _ in range(30)]
    found = frequent_itemsets(Baskets.from_lists(lists), least, max_itemsets=200_000)

    single = [sum(k in row for row in lists) for k in range(60)]
    assert sum(count >= least for count in single) == np.count_nonzero(found.sizes == 1)
    assert found.complete or len(found) <= 200_000
    for number in np.linspace(0, len(found) - 1, 50).astype(int).tolist():
        labels = set(found.labels_of(number))
        assert found.counts[number] == sum(labels <= set(row) for row in lists)


def test_one_basket_of_twenty_eight_is_refused_with_its_figure():
    # mlxtend issue 1049.
    found = frequent_itemsets(Baskets.from_lists([range(28), [1, 2], [3]]), 1, max_itemsets=9_999)

    assert f"there are {2**28 - 1:,} itemsets" in found.reason
    assert not found.complete


def test_three_hundred_thousand_products_need_no_table():
    # mlxtend issue 948: 899 GiB asked for a one-hot table.
    n = 300_000
    items = np.concatenate([np.arange(n), np.arange(n) // 2])
    rows = np.concatenate([np.arange(n) // 2, np.arange(n) // 4])
    shape = (n // 2, n)
    marks = sparse.coo_array((np.ones(len(rows), np.int8), (rows, items)), shape=shape)
    found = frequent_itemsets(Baskets.from_matrix(marks), 1, max_len=2)

    pairs = {(2 * k, 2 * k + 1) for k in range(n // 2)}
    assert n == np.count_nonzero(found.sizes == 1)
    assert pairs <= set(map(tuple, found.by_size[1].items.tolist()))


def test_maximal_sets_have_their_own_counts():
    # mlxtend issue 692: fpmax said 2,696 where 2,504 baskets held the set.
    draw = random.Random(692)
    lists = [[k for k in range(9) if draw.random() < 0.6] for _ in range(400)]
    for least in (20, 60, 120):
        found = frequent_itemsets(Baskets.from_lists(lists), least, kind="maximal")
        assert maximal(frequent(lists, least), len(lists)) == counts_of(found)


def test_a_count_is_no_share():
    # mlxtend issue 583: min_support=50 gave an empty answer.
    baskets = Baskets.from_lists([["a"]] * 4)
    for count in (50, 50.0):
        with pytest.raises(InvalidArgumentError, match="min_support"):
            frequent_itemsets(baskets, count)


def test_neither_row_order_nor_names_change_an_answer():
    lists = [list("abc"), list("bc"), list("ab"), list("abd"), list("d")]
    known = counts_of(frequent_itemsets(Baskets.from_lists(lists), 2))
    for rows in itertools.islice(itertools.permutations(lists), 0, 120, 7):
        assert known == counts_of(frequent_itemsets(Baskets.from_lists(rows), 2))
    for names in itertools.permutations("abcd"):
        named = dict(zip("abcd", names, strict=True))
        renamed = [[named[x] for x in row] for row in lists]
        found = counts_of(frequent_itemsets(Baskets.from_lists(renamed), 2))
        assert {frozenset(named[x] for x in z): count for z, count in known.items()} == found


def test_an_item_listed_twice_counts_once():
    # Line 10,102 of kosarak lists item 86 twice.
    found = counts_of(frequent_itemsets(Baskets.from_lists([[86, 1, 86], [86], [1, 1]]), 1))
    assert {frozenset([86]): 2, frozenset([1]): 2, frozenset([1, 86]): 1} == found


# --- rules ---------------------------------------------------------------------------------------


def sides_of(rules):
    return set(rules.to_frame(()).itertuples(index=False, name=None))


@pytest.mark.parametrize("n", [1_000, 9_835, 10_000, 88_162])
@pytest.mark.parametrize(("both", "with_x", "share"), [(105, 350, 0.3), (7, 25, 0.28), (3, 5, 0.6)])
def test_rules_exactly_at_the_threshold_are_kept(n, both, with_x, share):
    # mlxtend and rusket divide supports, and lose 105 of 350 at 0.3 for some n.
    for less in (0, 1):
        counts = [with_x, both, both - less]
        itemsets = Itemsets.from_counts([["x"], ["y"], ["x", "y"]], counts, n=n)
        found = association_rules(itemsets, min_confidence=share, antecedent=["x"])
        assert 1 - less == len(found)


def test_redundancy_does_not_depend_on_earlier_filters():
    # arules compares with the rules that are still there.
    itemsets = frequent_itemsets(Baskets.from_lists(shopping(400, 12, seed=4)), 4)
    every = association_rules(itemsets, min_confidence=0)
    kept = sides_of(every.non_redundant())
    for part in (
        association_rules(itemsets, min_confidence=0.6),
        association_rules(itemsets, min_confidence=0, at_least={"lift": 2}),
        association_rules(itemsets, min_confidence=0, max_consequent=1),
        every.where(itemsets.sizes[every.antecedent] > 1),
        every.significant(0.01),
    ):
        assert 0 < len(part.non_redundant()) < len(part)
        assert kept & sides_of(part) == sides_of(part.non_redundant())


def test_the_empty_antecedent_makes_rules_redundant_though_it_is_no_rule():
    # arules compares with {} -> Y only if it was mined.
    lists = [["rye", "milk"], ["rye", "milk"], ["rye"], ["milk"], ["milk"], ["milk"]]
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    for empty in (False, True):
        rules = association_rules(itemsets, min_confidence=0.5, empty_antecedent=empty)
        assert (("rye",), ("milk",)) in sides_of(rules)
        assert (("rye",), ("milk",)) not in sides_of(rules.non_redundant())


def test_redundancy_of_half_a_million_rules_needs_no_table_of_pairs():
    # arules issue 4: 250 GB for 260,000 rules.
    rules = association_rules(frequent_itemsets(Baskets.from_lists([range(12)] * 2), 2))
    assert 3**12 - 2 * 2**12 + 1 == len(rules) > 500_000
    assert 0 == len(rules.non_redundant())


def test_rules_keep_the_types_of_their_labels():
    # rusket turned labels into text.
    rules = association_rules(frequent_itemsets(Baskets.from_lists([[1, "1"], [1, "1"]]), 1))
    assert {((1,), ("1",)), (("1",), (1,))} == sides_of(rules)


def test_a_rule_without_exception_has_an_infinite_conviction():
    # Efficient-Apriori says 1e9 or so, PyFIM 0, arules nothing.
    lists = [["rye", "milk"], ["milk"], ["tea"]]
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 1), antecedent=["rye"])
    assert [np.inf] == rules.metric("conviction").tolist()
    assert [1.0] == rules.metric("certainty").tolist()


def test_products_that_repel_have_negative_figures():
    # PyFIM's measures of difference lose their sign.
    lists = [["tea"]] * 4 + [["ale"]] * 4 + [["tea", "ale"], []]
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    rules = association_rules(itemsets, min_confidence=0)
    for name in (
        "leverage",
        "added_value",
        "difference_of_confidence",
        "zhang",
        "phi",
        "certainty",
    ):
        assert (rules.metric(name) < 0).all()


def test_no_clock_cuts_the_rules():
    # arules stops after five seconds, Efficient-Apriori at eight products.
    itemsets = frequent_itemsets(Baskets.from_lists([range(11)] * 3 + [range(12)]), 3)
    found = {len(association_rules(itemsets, max_consequent=1)) for _ in range(2)}
    assert {11 * (2**10 - 1)} == found


def test_sets_that_were_left_out_cost_only_their_own_rules():
    # mlxtend raises KeyError: the frame lacks an antecedent or a consequent.
    lists = [list("abc")] * 3 + [list("ab")] * 2
    sets = counts_of(frequent_itemsets(Baskets.from_lists(lists), 1))
    del sets[frozenset("ab")]
    itemsets = Itemsets.from_counts(sets.keys(), sets.values(), n=5)
    rules = {("".join(x), "".join(y)) for x, y in sides_of(association_rules(itemsets))}
    assert {("a", "c"), ("c", "a"), ("b", "c"), ("c", "b")} <= rules
    assert {("a", "bc"), ("b", "ac"), ("bc", "a"), ("ac", "b")} == rules - {
        ("a", "c"),
        ("c", "a"),
        ("b", "c"),
        ("c", "b"),
    }
