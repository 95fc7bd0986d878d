"""Itemsets to and from mlxtend, whose own miners and rules are the oracle."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingColumnsError
from crmkit.segmentation import (
    Baskets,
    Itemsets,
    association_rules,
    frequent_itemsets,
    top_itemsets,
)

mlxtend = pytest.importorskip("mlxtend.frequent_patterns")

SHARED = {
    "antecedent support": "coverage",
    "consequent support": "consequent_support",
    "support": "support",
    "confidence": "confidence",
    "lift": "lift",
    "representativity": "representativity",
    "leverage": "leverage",
    "conviction": "conviction",
    "zhangs_metric": "zhang",
    "jaccard": "jaccard",
    "certainty": "certainty",
    "kulczynski": "kulczynski",
}
"""mlxtend's columns and our metrics."""


def one_hot(seed, baskets=300, products=12):
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.15, 0.6, products)
    names = [f"p{k}" for k in range(products)]
    return pd.DataFrame(rng.random((baskets, products)) < shares, columns=names)


def as_dict(frame):
    return dict(zip(frame["itemsets"], frame["support"], strict=True))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_mine_the_same_sets(seed):
    table = one_hot(seed)
    # At 0.07 itself theirs loses sets in 21 of 300 baskets: 0.07 * 300 is above 21 in floats.
    theirs = mlxtend.fpgrowth(table, min_support=20.5 / 300, use_colnames=True)

    ours = frequent_itemsets(Baskets.from_matrix(table), 0.07).to_mlxtend()

    assert as_dict(ours) == as_dict(theirs)
    assert ours["support"].dtype == np.float64
    assert ours.index.equals(pd.RangeIndex(len(theirs)))
    assert ours.attrs == {"n_baskets": 300}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_shared_metrics_are_equal(seed):
    table = one_hot(seed)
    itemsets = frequent_itemsets(Baskets.from_matrix(table), 0.07)
    theirs = mlxtend.association_rules(
        mlxtend.fpgrowth(table, min_support=20.5 / 300, use_colnames=True),
        metric="confidence",
        min_threshold=0.4,
    ).set_index(["antecedents", "consequents"])

    ours = association_rules(itemsets, min_confidence=0.4)

    # Theirs loses rules at the threshold itself, where a quotient of supports rounds down.
    sides = ours.to_frame(metrics=("confidence",))
    keys = [
        (frozenset(a), frozenset(c))
        for a, c in zip(sides["antecedent"], sides["consequent"], strict=True)
    ]
    lost = set(keys) - set(theirs.index)
    assert set(theirs.index) <= set(keys)
    assert all(sides["confidence"][keys.index(rule)] == 0.4 for rule in lost)
    theirs = theirs.reindex([key for key in keys if key not in lost])
    there = np.array([key not in lost for key in keys])
    frame = ours.to_frame(metrics=tuple(SHARED.values()))
    for column, name in SHARED.items():
        expected = theirs[column].to_numpy(np.float64)
        np.testing.assert_allclose(
            frame[name].to_numpy()[there], expected, rtol=1e-9, atol=1e-12, err_msg=name
        )


def test_their_rules_take_our_frame():
    itemsets = frequent_itemsets(Baskets.from_matrix(one_hot(5)), 0.1)

    theirs = mlxtend.association_rules(itemsets.to_mlxtend(), min_threshold=0.5)

    assert len(theirs) == len(association_rules(itemsets, min_confidence=0.5)) > 0


@given(
    st.lists(st.lists(st.sampled_from([1, 2, "a", "b", ("c", 3)]), max_size=5), max_size=12),
    st.integers(1, 3),
)
def test_there_and_back(lists, least):
    itemsets = frequent_itemsets(Baskets.from_lists(lists), min(least, max(len(lists), 1)))

    again = Itemsets.from_mlxtend(itemsets.to_mlxtend())

    assert counts_of(again) == counts_of(itemsets)
    assert again.n_baskets == itemsets.n_baskets


def counts_of(itemsets):
    return dict(zip(map(frozenset, itemsets.labels()), itemsets.counts.tolist(), strict=True))


@pytest.mark.parametrize("miner", ["fpgrowth", "apriori", "fpmax"])
def test_frames_of_their_miners_are_read(miner):
    table = one_hot(7)
    frame = getattr(mlxtend, miner)(table, min_support=0.2, use_colnames=True)

    found = Itemsets.from_mlxtend(frame, n=len(table))

    baskets = Baskets.from_matrix(table)
    assert found.counts.tolist() == [
        len(baskets.containing(found.labels_of(k))) for k in range(len(found))
    ]


@pytest.mark.parametrize("products", [np.array(["ale", "bun"]), np.array([7, 9]), [7, 9]])
def test_labels_become_plain(products):
    itemsets = frequent_itemsets(Baskets.from_matrix(np.ones((2, 2)), products=products), 1)

    kinds = {type(label) for one in itemsets.to_mlxtend()["itemsets"] for label in one}

    assert kinds <= {str, int}


def frame(support=(0.75, 0.5, 0.5), itemsets=({"a"}, {"b"}, {"a", "b"})):
    return pd.DataFrame({"support": list(support), "itemsets": list(map(as_given, itemsets))})


def as_given(value):
    return frozenset(value) if isinstance(value, set) else value


def test_supports_as_objects_are_numbers():
    there = frame().astype({"support": object})

    assert Itemsets.from_mlxtend(there, n=4).counts.tolist() == [3, 2, 2]


def test_the_number_of_baskets_is_read_where_it_is_kept():
    there = frame()
    with pytest.raises(InvalidArgumentError, match="supports alone do not say"):
        Itemsets.from_mlxtend(there)
    there.attrs["n_baskets"] = 8
    assert Itemsets.from_mlxtend(there).counts.tolist() == [6, 4, 4]
    with pytest.raises(InvalidArgumentError, match="n is 4, and the frame was made of 8"):
        Itemsets.from_mlxtend(there, n=4)


@pytest.mark.parametrize("wrong", [3, 5, 1, 9_999_999])
def test_a_wrong_number_of_baskets_is_refused(wrong):
    with pytest.raises(InvalidArgumentError, match=rf"n = {wrong:,} cannot be right"):
        Itemsets.from_mlxtend(frame(), n=wrong)


def test_shares_of_many_baskets_come_back_as_counts():
    counts = np.array([1, 2, 333_333, 700_001, 9_999_999])
    sets = [{k} for k in range(5)]

    found = Itemsets.from_mlxtend(frame(counts / 10_000_000, sets), n=10_000_000)

    assert found.counts.tolist() == counts.tolist()


def test_sets_that_a_csv_file_turned_into_text():
    file = io.StringIO(frame().to_csv(index=False))

    with pytest.raises(InvalidDataError, match=r"row 0 has the text .*CSV"):
        Itemsets.from_mlxtend(pd.read_csv(file), n=4)


@pytest.mark.parametrize(
    ("there", "error", "said"),
    [
        (frame(itemsets=({"a"}, {"b"}, set())), InvalidDataError, "row 2 is the empty set"),
        (frame(itemsets=({"a"}, {"b"}, 7)), InvalidDataError, "row 2 has 7"),
        (frame(itemsets=({"a"}, {"b"}, {"a"})), InvalidArgumentError, r"\['a'\] is given twice"),
        (frame(support=(0.75, 0.5, 2)), InvalidDataError, "row 2 has 2.0"),
        (frame(support=(0.75, np.nan, 0.5)), InvalidDataError, "row 1 has nan"),
        (frame(support=(0.75, 0.5, "x")), InvalidDataError, "supports are shares"),
        (frame().rename(columns={"support": "s"}), MissingColumnsError, "no column 'support'"),
        ([1], InvalidArgumentError, "frame must be DataFrame; got list"),
    ],
)
def test_frames_that_are_none_of_mlxtend(there, error, said):
    with pytest.raises(error, match=said):
        Itemsets.from_mlxtend(there, n=4)


@pytest.mark.parametrize("kind", ["closed", "maximal", "generator"])
def test_rules_need_all_subsets(kind):
    baskets = Baskets.from_lists([["a", "b"], ["a", "b"], ["b"]])

    with pytest.raises(InvalidArgumentError, match=rf"only the {kind} itemsets"):
        frequent_itemsets(baskets, 1, kind=kind).to_mlxtend()
    with pytest.raises(InvalidArgumentError, match="some subsets of these are not there"):
        top_itemsets(baskets, 1, by="lift", min_support=1).to_mlxtend()


def test_no_sets_at_all():
    nothing = frequent_itemsets(Baskets.from_lists([]), 1).to_mlxtend()

    assert nothing.dtypes.tolist() == [np.float64, object]
    assert len(Itemsets.from_mlxtend(nothing)) == 0
