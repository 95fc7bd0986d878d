"""Rules against all ways to cut every set in two, and what can be asked of them afterwards."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import get_args

import attrs
import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
import itemset_oracles as oracle
from crmkit._kernels.itemsets import counting
from crmkit._kernels.itemsets import rules as rule_kernel
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import (
    METRICS,
    Baskets,
    Itemsets,
    Significance,
    association_rules,
    count_itemsets,
    frequent_itemsets,
)
from crmkit.typing import Adjustment, MetricName
from effort import HALF, THIRD
from engines import ENGINES
from itemset_oracles import DENSE, LETTERS, WIDE, Rule, frequent, shopping
from shared_data import groceries

BREAKFAST = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
FEW = st.lists(st.frozensets(st.sampled_from(LETTERS[:5])), min_size=1, max_size=12)
"""Baskets whose rules can be compared with all simpler ones."""
SIDES = ("antecedent", "consequent")
SHARES = st.fractions(0, 1, max_denominator=12)


def breakfast_rules(**options):
    itemsets = frequent_itemsets(Baskets.from_lists(BREAKFAST), 1)
    return association_rules(itemsets, **{"min_confidence": 0, **options})


def listed(rules):
    """The rules as the oracle gives them, in their order."""
    labels = [*map(frozenset, rules.itemsets.labels()), frozenset()]
    counts = rules.counts
    sides = rules.antecedent, rules.consequent, counts.both, counts.antecedent, counts.consequent
    found = [
        Rule(labels[x], labels[y], *figures)
        for x, y, *figures in zip(*(side.tolist() for side in sides), strict=True)
    ]
    wholes = [labels[both] for both in rules.both.tolist()]
    assert wholes == [rule.antecedent | rule.consequent for rule in found]
    return found


def rules_of(rules):
    """The answer as a set; no rule may come twice."""
    found = listed(rules)
    assert len(found) == len(set(found)) == len(rules)
    return set(found)


def given_counts(sets, n):
    return Itemsets.from_counts(sets.keys(), sets.values(), n=n)


def sets_of(itemsets):
    return dict(zip(map(frozenset, itemsets.labels()), itemsets.counts.tolist(), strict=True))


@st.composite
def holey_sets(draw):
    """Frequent sets of which some are missing, and the number of baskets."""
    lists = draw(FEW)
    sets = frequent(lists, 1)
    names = sorted(sets, key=lambda z: (len(z), sorted(z)))
    kept = draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
    return {z: sets[z] for z, keep in zip(names, kept, strict=True) if keep}, len(lists)


# --- the same rules as by cutting every set in two -----------------------------------------------


@given(
    lists=DENSE | WIDE,
    least=st.integers(1, 4),
    share=SHARES,
    max_consequent=st.none() | st.integers(1, 4),
    empty=st.booleans(),
)
def test_all_rules_are_found_with_their_counts(lists, least, share, max_consequent, empty):
    least = min(least, max(len(lists), 1))
    found = association_rules(
        frequent_itemsets(Baskets.from_lists(lists), least),
        min_confidence=float(share),
        max_consequent=max_consequent,
        empty_antecedent=empty,
    )

    ways = {"max_consequent": max_consequent, "baskets": len(lists) if empty else None}
    every = frequent(lists, least)
    assert set(oracle.rules(every, share, **ways)) == rules_of(found)
    assert len(oracle.rules(every, **ways)) == found.n_evaluated
    assert float(share) == found.min_confidence


@given(
    lists=DENSE,
    left=st.none() | st.frozensets(st.sampled_from(LETTERS)),
    right=st.none() | st.frozensets(st.sampled_from(LETTERS)),
    max_consequent=st.none() | st.integers(1, 3),
    empty=st.booleans(),
)
@HALF
def test_only_named_products_stand_on_a_restricted_side(lists, left, right, max_consequent, empty):
    right = right - left if left is not None and right is not None else right
    found = association_rules(
        frequent_itemsets(Baskets.from_lists(lists, products=list(LETTERS)), 1),
        min_confidence=0.4,
        antecedent=left,
        consequent=None if right is None else iter(right),
        max_consequent=max_consequent,
        empty_antecedent=empty,
    )

    def allowed(rule):
        return (left is None or rule.antecedent <= left) and (
            right is None or rule.consequent <= right
        )

    ways = {"max_consequent": max_consequent, "baskets": len(lists) if empty else None}
    judged = [rule for rule in oracle.rules(frequent(lists, 1), **ways) if allowed(rule)]
    assert {rule for rule in judged if rule.confidence >= Fraction(2, 5)} == rules_of(found)
    assert len(judged) == found.n_evaluated


EIGHTHS = st.integers(-8, 24).map(lambda k: Fraction(k, 8))


@given(
    lists=DENSE,
    metric=st.sampled_from(["lift", "leverage", "confidence"]),
    low=EIGHTHS,
    width=st.none() | EIGHTHS,
    least=st.none() | st.integers(1, 5),
)
@HALF
def test_bounds_hold_at_both_ends(lists, metric, low, width, least):
    bounds = {metric: float(low) if width is None else (float(low), float(low + width))}
    if least is not None:
        bounds["count"] = least
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    found = association_rules(itemsets, min_confidence=0.25, at_least=bounds)

    figure = getattr(oracle, metric)
    judged = oracle.rules(frequent(lists, 1))
    kept = {
        rule
        for rule in judged
        if rule.confidence >= Fraction(1, 4)
        and low <= figure(rule, len(lists))
        and (width is None or figure(rule, len(lists)) <= low + width)
        and rule.both >= (least or 0)
    }
    assert kept == rules_of(found)
    assert len(judged) == found.n_evaluated


@pytest.mark.parametrize("block", [1, 7, 300])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_consequent": 2, "empty_antecedent": True},
        {"consequent": [0, 1, 2, 3, 4]},
        {"at_least": {"lift": 2, "fisher_p": (0, 0.01)}},
    ],
)
def test_the_size_of_blocks_changes_nothing(block, options, monkeypatch):
    itemsets = frequent_itemsets(Baskets.from_lists(shopping(300, 12, seed=3)), 4)
    whole = association_rules(itemsets, min_confidence=0.3, **options)
    assert itemsets.sizes.max() >= 4
    assert len(whole) > 10

    monkeypatch.setattr(rule_kernel, "_BLOCK", block)
    parts = association_rules(itemsets, min_confidence=0.3, **options)
    assert rules_of(whole) == rules_of(parts)
    assert whole.n_evaluated == parts.n_evaluated
    assert whole.to_frame().equals(parts.to_frame())


@given(known=holey_sets(), share=SHARES, empty=st.booleans())
def test_missing_sets_block_only_the_rules_that_need_them(known, share, empty):
    sets, n = known
    found = association_rules(
        given_counts(sets, n), min_confidence=float(share), empty_antecedent=empty
    )

    ways = {"baskets": n if empty else None}
    assert set(oracle.rules(sets, share, **ways)) == rules_of(found)
    assert len(oracle.rules(sets, **ways)) == found.n_evaluated


@given(sets=st.permutations([list(z) for z in ("a", "b", "c", "ab", "ac", "bc", "abc")]))
def test_the_order_in_which_sets_are_given_changes_no_frame(sets):
    counts = {1: 6, 2: 4, 3: 3}
    itemsets = Itemsets.from_counts(sets, [counts[len(z)] for z in sets], n=9)
    frame = association_rules(itemsets, min_confidence=0).to_frame()

    sides = [("".join(x), "".join(y)) for x, y in zip(*map(frame.get, SIDES), strict=True)]
    singles = [("a", "b"), ("a", "c"), ("a", "bc"), ("b", "a"), ("b", "c"), ("b", "ac")]
    pairs = [("c", "a"), ("c", "b"), ("c", "ab"), ("ab", "c"), ("ac", "b"), ("bc", "a")]
    assert [*singles, *pairs] == sides


# --- confidence at its threshold -----------------------------------------------------------------


@pytest.mark.parametrize("n", [1_000, 9_835, 10_000, 88_162])
def test_105_of_350_are_three_tenths_in_any_number_of_baskets(n):
    with_both, with_x = ["x", "y"], ["x"]
    for both, there in ((105, True), (104, False)):
        rows = [with_both] * both + [with_x] * (350 - both) + [["z"]] * (n - 350)
        mined = frequent_itemsets(Baskets.from_lists(rows), 1)
        known = Itemsets.from_counts([["x"], ["y"], ["x", "y"]], [350, 200, both], n=n)
        for itemsets in (mined, known):
            found = association_rules(itemsets, min_confidence=0.3, antecedent=["x"])
            assert there == (len(found) == 1)
            at_least = association_rules(
                itemsets, min_confidence=0, antecedent=["x"], at_least={"confidence": 0.3}
            )
            assert there == (len(at_least) == 1)


@given(st.integers(1, 3_000), st.data())
def test_a_rule_at_its_threshold_is_kept_and_one_basket_less_is_not(x, data):
    both = data.draw(st.integers(1, x))
    for count in {both, max(both - 1, 1)}:
        itemsets = Itemsets.from_counts([["x"], ["y"], ["x", "y"]], [x, x, count], n=3 * x)
        found = association_rules(itemsets, min_confidence=both / x, antecedent=["x"])
        assert (count == both) == (len(found) == 1)


# --- published counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "confidence", "rules", "with_empty_antecedent"),
    [
        (0.1, 0.5, 5_668, 5_668),
        (0.1, 0.8, 410, 410),
        (0.6, 0.25, 463, 464),
        (1, 0.5, 15, 15),
        (0.5, 0.2, 872, 873),
        (1, 0.25, 170, 171),
    ],
)
def test_groceries_has_as_many_rules_as_published(
    percent, confidence, rules, with_empty_antecedent
):
    # Origin: examples of the R package arules; counted again by PyFIM 6.28.
    itemsets = frequent_itemsets(Baskets.from_lists(groceries()), percent / 100)
    limits = {"min_confidence": confidence, "max_consequent": 1}
    assert rules == len(association_rules(itemsets, **limits))
    assert with_empty_antecedent == len(
        association_rules(itemsets, **limits, empty_antecedent=True)
    )


def test_rules_of_groceries_have_the_figures_published():
    itemsets = frequent_itemsets(Baskets.from_lists(groceries()), 0.001)
    rules = association_rules(itemsets, min_confidence=0.6, max_consequent=1)
    lines = rules.to_frame(("count", "confidence", "lift")).itertuples(index=False, name=None)
    figures = {(x, y): list(rest) for x, y, *rest in lines}

    beer = figures[("liquor", "red/blush wine"), ("bottled beer",)]
    assert pytest.approx([19, 0.90476, 11.2353], rel=1e-5) == beer
    burger = figures[("Instant food products", "soda"), ("hamburger meat",)]
    assert pytest.approx([12, 0.63158, 18.9957], rel=1e-5) == burger


# --- what is refused, and what is empty ----------------------------------------------------------


@pytest.mark.parametrize("kind", ["closed", "maximal", "generator"])
def test_sets_without_their_subsets_make_no_rules(kind):
    itemsets = frequent_itemsets(Baskets.from_lists(BREAKFAST), 1, kind=kind)
    with pytest.raises(InvalidArgumentError, match=f"only the {kind} itemsets.*kind='frequent'"):
        association_rules(itemsets)
    with pytest.raises(InvalidArgumentError, match=kind):
        association_rules(count_itemsets(itemsets, Baskets.from_lists(BREAKFAST)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"antecedent": ["milk", "eggs"], "consequent": ["eggs"]}, "'eggs' named for both sides"),
        ({"antecedent": ["mlik"]}, "no product 'mlik'. Hint: did you mean 'milk'"),
        ({"consequent": ["milk", "beard"]}, "no product 'beard'. Hint: did you mean 'bread'"),
        ({"consequent": "milk"}, "['milk'], not 'milk'"),
        ({"antecedent": [["milk"]]}, "products are named one by one"),
        ({"max_consequent": 0}, "max_consequent must be an integer >= 1"),
        ({"max_consequent": 1.0}, "max_consequent must be an integer >= 1"),
        ({"min_confidence": -0.1}, "min_confidence must be a share"),
        ({"min_confidence": float("nan")}, "min_confidence must be a share"),
        ({"at_least": {"lfit": 1.1}}, "Hint: did you mean 'lift'"),
        ({"at_least": {"lift": "1.1"}}, "a number or (lowest, highest); that of 'lift' is '1.1'"),
        ({"at_least": {"lift": [1, 2]}}, "that of 'lift' is [1, 2]"),
        ({"at_least": {"lift": (1, 2, 3)}}, "that of 'lift' is (1, 2, 3)"),
        ({"at_least": {"lift": (None, 2)}}, "that of 'lift' is (None, 2)"),
        ({"at_least": 1.1}, "such as {'lift': 1.1}; got 1.1"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, message):
    for itemsets in (
        frequent_itemsets(Baskets.from_lists(BREAKFAST), 1),
        frequent_itemsets(Baskets.from_lists(BREAKFAST), 1, max_len=1),  # which makes no rule
    ):
        with pytest.raises(InvalidArgumentError, match=re.escape(message)):
            association_rules(itemsets, **options)


def test_baskets_are_no_itemsets():
    with pytest.raises(InvalidArgumentError, match="frequent_itemsets"):
        association_rules(Baskets.from_lists(BREAKFAST))
    with pytest.raises(InvalidArgumentError, match="frequent_itemsets"):
        count_itemsets(Baskets.from_lists(BREAKFAST), Baskets.from_lists(BREAKFAST))


def test_too_many_rules_are_refused_with_both_figures():
    # A set of 20 products alone makes 2**20 - 2 rules; 20 of them have one product on the right.
    itemsets = frequent_itemsets(Baskets.from_lists([range(20)] * 2), 2)
    every = 3**20 - 2 * 2**20 + 1
    single = 20 * (2**19 - 1)
    with pytest.raises(InvalidArgumentError, match=f"{every:,} rules.* {single:,} with max_cons"):
        association_rules(itemsets)
    with pytest.raises(InvalidArgumentError, match=f"{every + 2**20 - 1:,} rules"):
        association_rules(itemsets, empty_antecedent=True)


def test_few_products_on_the_right_make_few_rules():
    itemsets = frequent_itemsets(Baskets.from_lists([range(19)] * 2), 2)
    found = association_rules(itemsets, consequent=[3])
    assert 2**18 - 1 == len(found) == found.n_evaluated


def test_too_many_missing_subsets_are_refused():
    itemsets = Itemsets.from_counts([range(24), [1], [2]], [2, 3, 3], n=5)
    with pytest.raises(InvalidArgumentError, match=f"among {2**24 + 4:,}"):
        association_rules(itemsets, max_consequent=1)


@pytest.mark.parametrize("threshold", [1.5, 2, float("inf")])
def test_a_confidence_that_no_rule_reaches_is_no_error(threshold):
    rules = breakfast_rules(min_confidence=threshold, at_least={"lift": 1, "fisher_p": (0, 1)})

    assert 0 == len(rules)
    assert 12 == rules.n_evaluated
    assert 0 == len(rules.significant().non_redundant().rescore(Baskets.from_lists(BREAKFAST)))


NOTHING = {
    "no baskets": lambda: frequent_itemsets(Baskets.from_lists([]), 0.5),
    "no sets": lambda: Itemsets.from_counts([], [], n=9),
    "single products": lambda: Itemsets.from_counts([["a"], ["b"]], [2, 3], n=9),
    "no subsets": lambda: Itemsets.from_counts([["a", "b"]], [2], n=9),
    "empty baskets": lambda: frequent_itemsets(Baskets.from_lists([[], []]), 0.5),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_no_rules_are_a_well_formed_answer(name, kind):
    rules = association_rules(attrs.evolve(NOTHING[name](), frame_kind=kind))
    metrics = [name for name in METRICS if name not in OF_SINGLE_PRODUCTS]

    assert 0 == len(rules) == len(rules.order()) == rules.n_evaluated
    for answer in (rules, rules.significant(), rules.non_redundant(), rules.where(rules.ids > 0)):
        frame = answer.to_frame(metrics)
        assert kind == type(frame).__module__.partition(".")[0]
        assert (0, len(metrics) + 2) == frame.shape
        assert ["antecedent", "consequent", *metrics] == names_of(frame)
        assert "0 rules" in answer._repr_html_()
    assert 0 == len(rules.confidence_interval("lift").low)


OF_SINGLE_PRODUCTS = ("all_confidence", "cross_support")


def names_of(frame):
    return list(getattr(frame, "column_names", None) or frame.columns)


# --- as frames -----------------------------------------------------------------------------------


def test_rules_stand_by_antecedent_and_consequent_small_and_frequent_ones_first():
    frame = breakfast_rules().to_frame(())

    sides = [("/".join(x), "/".join(y)) for x, y in frame.itertuples(index=False)]
    # Bread and milk are in 3 baskets each, eggs in 2; bread and eggs together in 1.
    assert [
        ("bread", "milk"),
        ("bread", "eggs"),
        ("bread", "eggs/milk"),
        ("milk", "bread"),
        ("milk", "eggs"),
        ("milk", "bread/eggs"),
        ("eggs", "bread"),
        ("eggs", "milk"),
        ("eggs", "bread/milk"),
        ("bread/milk", "eggs"),
        ("eggs/milk", "bread"),
        ("bread/eggs", "milk"),
    ] == sides


@pytest.mark.parametrize("empty", [False, True])
def test_every_metric_is_a_column(empty):
    rules = breakfast_rules(empty_antecedent=empty)
    frame = rules.to_frame(get_args(MetricName))

    assert ["antecedent", "consequent", *get_args(MetricName)] == list(frame.columns)
    order = rules.order()
    for name in METRICS:
        expected = rules.metric(name)[order]
        assert np.array_equal(expected, frame[name].to_numpy(), equal_nan=True)
        assert expected.dtype == (np.int64 if name == "count" else np.float64)


def test_metrics_are_columns_in_the_order_asked_for():
    frame = breakfast_rules().to_frame(("zhang", "support", "confidence"))
    assert ["antecedent", "consequent", "zhang", "support", "confidence"] == list(frame.columns)
    assert (12, 2) == breakfast_rules().to_frame(()).shape
    with pytest.raises(InvalidArgumentError, match=re.escape("in a tuple: ('lift',)")):
        breakfast_rules().to_frame("lift")
    with pytest.raises(InvalidArgumentError, match="did you mean 'zhang'"):
        breakfast_rules().to_frame(("zang",))


def test_metrics_of_single_products_need_their_counts():
    itemsets = Itemsets.from_counts([["a"], ["b", "c"], ["a", "b", "c"]], [3, 3, 2], n=4)
    rules = association_rules(itemsets)
    assert 2 == len(rules.to_frame(("lift", "phi")))
    for name in OF_SINGLE_PRODUCTS:
        with pytest.raises(InvalidArgumentError, match=f"'{name}' needs the counts of single"):
            rules.to_frame((name,))


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_frames_are_of_the_kind_that_came_in(engine):
    lines = [(row, label) for row, basket in enumerate(BREAKFAST) for label in basket]
    frame = ENGINES[engine](
        {
            "customer": ["ann"] * len(lines),
            "time": np.array(["2026-01-02"] * len(lines), dtype="datetime64[us]"),
            "basket": [row for row, _ in lines],
            "product": [label for _, label in lines],
        }
    )
    baskets = Baskets.from_transactions(ck.Transactions.from_frame(frame))
    rules = association_rules(
        frequent_itemsets(baskets, 0.5), min_confidence=0.7, empty_antecedent=True
    )
    answer = rules.to_frame(("confidence", "lift"))

    assert engine == type(answer).__module__.partition(".")[0]
    left, right = (
        [list(x) for x in listed_values(answer[side])] for side in ("antecedent", "consequent")
    )
    assert [[], [], ["eggs"]] == left
    assert [["bread"], ["milk"], ["milk"]] == right
    assert [0.75, 0.75, 1.0] == np.asarray(answer["confidence"]).tolist()


def listed_values(column):
    return column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()


@given(lists=FEW, data=st.data())
@THIRD
def test_neither_the_order_of_baskets_nor_names_change_the_rules(lists, data):
    def frame(lists, products=LETTERS):
        baskets = Baskets.from_lists(lists, products=list(products))
        itemsets = frequent_itemsets(baskets, min(2, max(len(lists), 1)))
        return association_rules(itemsets, min_confidence=0.3).to_frame(("count", "lift", "phi"))

    whole = frame(lists)
    pd.testing.assert_frame_equal(whole, frame(data.draw(st.permutations(lists))))
    pd.testing.assert_frame_equal(whole, frame([list(basket) * 2 for basket in lists]))

    names = dict(zip(LETTERS, data.draw(st.permutations(LETTERS)), strict=True))
    renamed = frame([[names[x] for x in basket] for basket in lists])
    listed_otherwise = frame(lists, data.draw(st.permutations(LETTERS)))
    assert lines_of(whole, names) == lines_of(renamed, {x: x for x in LETTERS})
    assert lines_of(whole, names) == lines_of(listed_otherwise, names)


def lines_of(frame, names):
    def renamed(side):
        return "".join(sorted(names[x] for x in side))

    lines = frame.itertuples(index=False, name=None)
    return sorted((renamed(x), renamed(y), *map(str, figures)) for x, y, *figures in lines)


def test_a_line_says_what_the_rules_had_to_pass():
    rules = breakfast_rules(min_confidence=0.6)
    line = "AssociationRules(5 rules of confidence 0.6 or more, of 12 judged, in 4 baskets)"
    assert line == repr(rules)
    tested = rules.significant(0.9, adjust="fdr_bh", n_tests=rules.n_evaluated)
    assert repr(tested).endswith("in 4 baskets, significant at 0.9 (fdr_bh, 12 tests))")

    many = frequent_itemsets(Baskets.from_lists([list("abcd")] * 3), 3, max_itemsets=10)
    assert repr(association_rules(many)).endswith("in 3 baskets; the itemsets are incomplete)")


def test_a_notebook_shows_ten_rules_with_labels_as_text():
    itemsets = frequent_itemsets(Baskets.from_lists([["<b>", "&", "c"]] * 3), 2)
    shown = association_rules(itemsets)._repr_html_()
    assert "AssociationRules(12 rules" in shown
    assert "<p>10 of 12 rows</p>" in shown
    assert "<b>" not in shown
    assert "&lt;b&gt;" in shown


# --- parts ---------------------------------------------------------------------------------------


def test_ids_stay_with_their_rules_under_every_filter():
    lists = shopping(400, 12, seed=11)
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 5), min_confidence=0.2)
    known = dict(zip(rules.ids.tolist(), listed(rules), strict=True))
    assert len(known) == len(rules) > 100

    for part in (
        rules.where(rules.metric("lift") > 1.5),
        rules.where(rules.metric("lift") > 1.5).significant(0.05),
        rules.where(np.arange(len(rules)) % 3 == 0),
        rules.significant(0.05),
        rules.non_redundant(),
        rules.significant(0.05).non_redundant(),
    ):
        assert 0 < len(part) < len(rules)
        assert [known[number] for number in part.ids.tolist()] == listed(part)
        assert rules.n_evaluated == part.n_evaluated
    again = rules.rescore(Baskets.from_lists(shopping(50, 12, seed=12)))
    assert rules.ids.tolist() == again.ids.tolist()
    sides = [(rule.antecedent, rule.consequent) for rule in listed(rules)]
    assert sides == [(rule.antecedent, rule.consequent) for rule in listed(again)]


@pytest.mark.parametrize("mask", [[True], [1] * 12, "yes", [[True] * 12], [True] * 13])
def test_a_mask_is_one_boolean_for_each_rule(mask):
    with pytest.raises(InvalidArgumentError, match="12 booleans, one per rule"):
        breakfast_rules().where(mask)


def test_where_keeps_the_test_that_was_passed():
    rules = breakfast_rules().significant(0.9, adjust="bonferroni", n_tests=13)
    part = rules.where(np.zeros(len(rules), dtype=bool))
    assert Significance(alpha=0.9, adjust="bonferroni", n_tests=13) == part.significance
    assert breakfast_rules().significance is None


# --- significance --------------------------------------------------------------------------------


def p_values(rules):
    counts = rules.counts
    return scipy.stats.hypergeom.sf(counts.both - 1, counts.n, counts.consequent, counts.antecedent)


def adjusted(p, adjust, n_tests):
    """As textbooks and scipy have it; tests that are not here have p-values of 1."""
    p = np.concatenate([p, np.ones(n_tests - len(p))])
    if adjust.startswith("fdr"):
        return scipy.stats.false_discovery_control(p, method=adjust.removeprefix("fdr_"))
    if adjust == "bonferroni":
        return np.minimum(p * n_tests, 1)
    order, result, largest = np.argsort(p), np.empty(n_tests), 0.0
    for place, number in enumerate(order):
        largest = max(largest, min((n_tests - place) * p[number], 1.0))
        result[number] = largest
    return result


@pytest.mark.parametrize("adjust", get_args(Adjustment))
@pytest.mark.parametrize("alpha", [0.5, 0.05, 1e-4, 1e-9])
@pytest.mark.parametrize("every", [False, True])
def test_rules_are_kept_whose_adjusted_p_value_is_small(adjust, alpha, every):
    itemsets = frequent_itemsets(Baskets.from_lists(shopping(300, 12, seed=1)), 4)
    rules = association_rules(itemsets, min_confidence=0.25)
    n_tests = rules.n_evaluated if every else None
    found = rules.significant(alpha, adjust=adjust, n_tests=n_tests)

    tests = n_tests or len(rules)
    kept = adjusted(p_values(rules), adjust, tests)[: len(rules)] <= alpha
    assert rules.ids[kept].tolist() == found.ids.tolist()
    assert 0 < len(found) < len(rules)
    assert Significance(alpha=alpha, adjust=adjust, n_tests=tests) == found.significance


def test_p_values_are_those_of_scipy():
    itemsets = frequent_itemsets(Baskets.from_lists(shopping(500, 15, seed=2)), 3)
    rules = association_rules(itemsets, min_confidence=0, empty_antecedent=True)
    assert p_values(rules) == pytest.approx(rules.metric("fisher_p"), rel=1e-9)
    by_both = oracle.fisher_p(listed(rules)[5], 500)
    assert float(by_both) == pytest.approx(rules.metric("fisher_p")[5], rel=1e-12)
    assert np.all(rules.metric("fisher_p")[rules.antecedent < 0] == 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": 0}, "alpha must lie above 0"),
        ({"alpha": 1}, "alpha must lie above 0"),
        ({"alpha": -0.1}, "alpha must lie above 0"),
        ({"alpha": 5}, "alpha must lie above 0"),
        ({"alpha": float("nan")}, "alpha must lie above 0"),
        ({"adjust": "holms"}, "Hint: did you mean 'holm'"),
        ({"adjust": None}, "adjust must be one of"),
        ({"n_tests": 11}, "n_tests = 11 is less than the 12 rules tested"),
        ({"n_tests": 12.0}, "n_tests must be an integer"),
        ({"n_tests": -1}, "n_tests must be an integer"),
    ],
)
def test_tests_outside_their_domain_are_refused(options, message):
    with pytest.raises(InvalidArgumentError, match=message):
        breakfast_rules().significant(**options)


def test_independent_products_are_hardly_ever_significant():
    draw = random.Random(8)
    lists = [[k for k in range(14) if draw.random() < 0.3] for _ in range(600)]
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 20), min_confidence=0)
    assert len(rules) > 500
    assert 0 == len(rules.significant(0.01))
    assert 0 < np.count_nonzero(rules.metric("fisher_p") < 0.01) < 0.03 * len(rules)


# --- redundancy ----------------------------------------------------------------------------------

LOW = {"fisher_p": lambda rule, n: -oracle.fisher_p(rule, n)}
FIGURES = {name: getattr(oracle, name) for name in ("confidence", "lift", "leverage", "conviction")}


def improving(rules, name, sets, n, least=0):
    """Ids of the rules to keep, and of those that rounding may decide."""
    figure, ids = (FIGURES | LOW)[name], rules.ids.tolist()
    more = [oracle.improvement(rule, figure, sets, n) for rule in listed(rules)]
    kept = {k for k, gain in zip(ids, more, strict=True) if gain > 0 and gain >= least}
    close = {k for k, gain in zip(ids, more, strict=True) if abs(gain - least) < 1e-11}
    return kept, close


@pytest.mark.parametrize("name", [*FIGURES, *LOW])
@given(lists=FEW, least=st.sampled_from([0, Fraction(1, 8), Fraction(1, 2)]))
def test_a_rule_is_kept_if_it_beats_all_simpler_ones(name, lists, least):
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    rules = association_rules(itemsets, min_confidence=0.2, empty_antecedent=True)
    found = rules.non_redundant(name, min_improvement=float(least))

    kept, close = improving(rules, name, frequent(lists, 1), len(lists), least)
    if name != "fisher_p" or not least:  # ties are exact
        close.clear()
    assert kept - close == set(found.ids.tolist()) - close


@pytest.mark.parametrize("name", FIGURES)
@given(known=holey_sets())
def test_simpler_rules_count_that_are_reached_by_missing_sets_only(name, known):
    sets, n = known
    rules = association_rules(given_counts(sets, n), min_confidence=0, empty_antecedent=True)
    kept, _ = improving(rules, name, sets, n)
    assert kept == set(rules.non_redundant(name).ids.tolist())


def test_larger_data_have_the_same_redundant_rules():
    lists = shopping(500, 14, seed=21)
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 4), min_confidence=0.3)
    sets = frequent(lists, 4)
    assert rules.itemsets.sizes.max() >= 5
    for name in FIGURES:
        kept, _ = improving(rules, name, sets, 500)
        assert kept == set(rules.non_redundant(name).ids.tolist())
        assert 0 < len(kept) < len(rules)


def test_equal_confidence_of_different_counts_is_redundant():
    # 2/6 and 1/3: no rounding makes the longer rule the better one.
    counts = {"a": 6, "b": 6, "c": 9, "ab": 3, "ac": 2, "bc": 2, "abc": 1}
    itemsets = given_counts({tuple(z): c for z, c in counts.items()}, 90)
    rules = association_rules(itemsets, consequent=["c"], min_confidence=0)
    assert {"a", "b", "ab"} == {"".join(sorted(rule.antecedent)) for rule in listed(rules)}
    kept = {"".join(sorted(rule.antecedent)) for rule in listed(rules.non_redundant())}
    assert {"a", "b"} == kept


@pytest.mark.parametrize("measure", ["fisher_p", "hyper_confidence"])
def test_p_values_too_small_for_a_float_are_told_apart(measure):
    counts = {"a": 4_000, "b": 4_000, "y": 4_000, "ab": 3_800, "ay": 3_600, "by": 3_600}
    for all_three, kept in ((3_590, {"a", "b", "ab"}), (3_000, {"a", "b"})):
        sets = {tuple(z): count for z, count in (counts | {"aby": all_three}).items()}
        rules = association_rules(given_counts(sets, 20_000), consequent=["y"])
        assert [0, 0, 0] == rules.metric("fisher_p").tolist()
        found = listed(rules.non_redundant(measure))
        assert kept == {"".join(sorted(rule.antecedent)) for rule in found}
        by_much = rules.non_redundant(measure, min_improvement=0.01)
        assert {"a", "b"} == {"".join(sorted(rule.antecedent)) for rule in listed(by_much)}


def test_the_share_of_all_baskets_is_the_simplest_rule():
    # Three of four hold milk; so do three of four with bread.
    itemsets = Itemsets.from_counts([["rye"], ["milk"], ["rye", "milk"]], [4, 9, 3], n=12)
    rules = association_rules(itemsets, min_confidence=0)
    assert 2 == len(rules)
    assert 0 == len(rules.non_redundant())


def test_the_rule_of_the_empty_set_has_no_simpler_one():
    rules = breakfast_rules(empty_antecedent=True)
    kept = rules.non_redundant()
    assert np.count_nonzero(rules.antecedent < 0) == np.count_nonzero(kept.antecedent < 0) == 7


@pytest.mark.parametrize("name", [name for name, known in METRICS.items() if known.strong_when])
def test_every_measure_with_a_strong_end_is_taken(name):
    lists = shopping(200, 9, seed=5)
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 3), min_confidence=0.1)
    kept = rules.non_redundant(name)
    assert set(kept.ids.tolist()) <= set(rules.ids.tolist())
    again = kept.non_redundant(name)
    assert kept.ids.tolist() == again.ids.tolist()


@pytest.mark.parametrize("name", [name for name in METRICS if not METRICS[name].strong_when])
def test_a_measure_without_a_strong_end_is_refused(name):
    with pytest.raises(InvalidArgumentError, match=f"'{name}' has no strong end"):
        breakfast_rules().non_redundant(name)


def test_no_measure_and_no_improvement_are_refused():
    with pytest.raises(InvalidArgumentError, match="did you mean 'confidence'"):
        breakfast_rules().non_redundant("confidance")
    for least in (-0.1, float("nan")):
        with pytest.raises(InvalidArgumentError, match="min_improvement must be 0 or more"):
            breakfast_rules().non_redundant(min_improvement=least)


@pytest.mark.parametrize("adjust", get_args(Adjustment))
def test_filters_come_in_any_order_but_for_the_number_of_tests(adjust):
    lists = shopping(300, 12, seed=6)
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 4), min_confidence=0.2)
    first = rules.significant(0.01, adjust=adjust).non_redundant()
    last = rules.non_redundant().significant(0.01, adjust=adjust, n_tests=len(rules))

    # Of the same number of tests the fewer take the later ranks: never one rule more.
    assert 0 < len(last) <= len(first) < len(rules)
    assert set(last.ids.tolist()) <= set(first.ids.tolist())
    if adjust == "bonferroni":
        assert first.ids.tolist() == last.ids.tolist()
    by_chance = rules.where(np.arange(len(rules)) % 2 == 0).non_redundant()
    assert set(by_chance.ids.tolist()) == set(rules.non_redundant().ids.tolist()) & set(
        rules.ids[::2].tolist()
    )


# --- counted in other baskets --------------------------------------------------------------------

OTHERS = st.lists(st.frozensets(st.sampled_from(LETTERS[3:] + "xyz")), max_size=90)


@given(lists=DENSE, others=OTHERS | DENSE, chunk=st.sampled_from([1, 700, 1 << 29]))
def test_sets_are_counted_in_other_baskets(lists, others, chunk):
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_CHUNK_BITS", chunk)
        found = count_itemsets(itemsets, Baskets.from_lists(others))

    sets = list(map(frozenset, itemsets.labels()))
    assert [sum(z <= basket for basket in others) for z in sets] == found.counts.tolist()
    assert sets == list(map(frozenset, found.labels()))
    assert (len(others), 0) == (found.n_baskets, found.min_count)
    shares = found.counts / len(others) if others else np.full(len(sets), np.nan)
    assert np.array_equal(shares, found.support, equal_nan=True)
    assert found.counts.dtype == np.int64


@given(known=holey_sets(), others=OTHERS)
def test_sets_without_their_subsets_are_counted_too(known, others):
    itemsets = given_counts(*known)
    found = count_itemsets(itemsets, Baskets.from_lists(others))
    sets = map(frozenset, itemsets.labels())
    assert [sum(z <= basket for basket in others) for z in sets] == found.counts.tolist()


@pytest.mark.parametrize("chunk", [1, 64 * 40, 1 << 29])
def test_counting_in_the_own_baskets_gives_the_own_counts(chunk, monkeypatch):
    monkeypatch.setattr(counting, "_CHUNK_BITS", chunk)
    baskets = Baskets.from_lists(shopping(700, 15, seed=9))
    for kind in ("frequent", "closed", "maximal", "generator"):
        itemsets = frequent_itemsets(baskets, 3, kind=kind)
        assert itemsets.counts.tolist() == count_itemsets(itemsets, baskets).counts.tolist()


def test_labels_of_another_type_are_other_products():
    itemsets = frequent_itemsets(Baskets.from_lists([[1, 2], [1, 2]]), 1)
    assert [0, 0, 0] == count_itemsets(itemsets, Baskets.from_lists([["1", "2"]])).counts.tolist()
    mixed = Baskets.from_lists([[1, "1", 2], ["2", 2], [1]])
    assert sets_of(count_itemsets(itemsets, mixed)) == {
        frozenset([1]): 2,
        frozenset([2]): 2,
        frozenset([1, 2]): 1,
    }


@given(lists=FEW, others=OTHERS)
@HALF
def test_rules_are_counted_in_other_baskets(lists, others):
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    rules = association_rules(itemsets, min_confidence=0.5, empty_antecedent=True)
    again = rules.rescore(Baskets.from_lists(others))

    def held(z):
        return sum(z <= basket for basket in others)

    expected = [
        (rule.antecedent, rule.consequent, *map(held, (x_and_y(rule), *rule[:2])))
        for rule in listed(rules)
    ]
    assert expected == [tuple(rule) for rule in listed(again)]
    assert rules.ids.tolist() == again.ids.tolist()
    assert again.counts.n == max(len(others), 1)
    # Sets that do not occur foretell nothing, and no figure of them is a warning.
    shown = again.to_frame(get_args(MetricName))
    assert len(rules) == len(shown) == len(again.where(again.ids >= 0))
    assert set(again.non_redundant().ids.tolist()) <= set(rules.ids.tolist())
    assert set(again.significant(0.5).ids.tolist()) <= set(rules.ids.tolist())


def x_and_y(rule):
    return rule.antecedent | rule.consequent


@given(lists=FEW, others=OTHERS.filter(len))
def test_sets_counted_elsewhere_make_rules_of_what_occurs_there(lists, others):
    itemsets = frequent_itemsets(Baskets.from_lists(lists), 1)
    counted = count_itemsets(itemsets, Baskets.from_lists(others))
    there = {z: count for z, count in sets_of(counted).items() if count}

    found = association_rules(counted, min_confidence=0.25)
    assert set(oracle.rules(there, Fraction(1, 4))) == rules_of(found)


def test_rules_in_their_own_baskets_keep_their_figures():
    baskets = Baskets.from_lists(shopping(300, 12, seed=13))
    rules = association_rules(frequent_itemsets(baskets, 4), min_confidence=0.3)
    again = rules.rescore(baskets)
    assert listed(rules) == listed(again)
    for name in METRICS:
        if name != "standardised_lift":  # which depends on the support asked for
            assert np.array_equal(rules.metric(name), again.metric(name), equal_nan=True)
