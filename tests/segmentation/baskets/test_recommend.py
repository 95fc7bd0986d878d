"""Recommendations: what rules call for, in which order, and why."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit._kernels.itemsets import firing
from crmkit.errors import InvalidArgumentError, MeaninglessScoreWarning
from crmkit.segmentation import (
    AssociationRules,
    Baskets,
    Itemsets,
    Recommendations,
    association_rules,
    frequent_itemsets,
)
from effort import HALF, THIRD
from recommending import LISTS, PRODUCTS, best_products, rules_in, some_rules

BREAKFAST = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]


def breakfast_rules(**options: Any) -> AssociationRules:
    itemsets = frequent_itemsets(Baskets.from_lists(BREAKFAST), 0.5)
    return association_rules(itemsets, **({"min_confidence": 0.6} | options))


def picks(found: Recommendations) -> list[tuple[int, str, int]]:
    products = found.rules.itemsets.products[found.product].tolist()
    ids = found.rules.ids[found.rule].tolist()
    return list(zip(found.row.tolist(), products, ids, strict=True))


def products_of(found: Recommendations) -> list[str]:
    return [product for _, product, _ in picks(found)]


# --- by definition -------------------------------------------------------------------------------


def test_the_example_of_the_readme_works_as_written() -> None:
    baskets = Baskets.from_lists(BREAKFAST)
    rules = association_rules(frequent_itemsets(baskets, 0.5), min_confidence=0.6)

    found = rules.recommend(Baskets.from_lists([["milk"]], products=baskets.products), k=3)

    frame = cast("pd.DataFrame", found.to_frame())
    assert list(frame.columns) == [
        "basket",
        "rank",
        "product",
        "score",
        "rule",
        "antecedent",
        "confidence",
        "lift",
        "count",
    ]
    assert frame["product"].tolist() == ["bread", "eggs"]
    assert frame["rank"].tolist() == [1, 2]
    assert frame["antecedent"].tolist() == [("milk",), ("milk",)]
    assert frame["score"].tolist() == [2 / 3, 2 / 3]
    assert frame["count"].tolist() == [2, 2]


@given(
    rules=some_rules(),
    lists=LISTS,
    k=st.integers(1, 4),
    by=st.sampled_from(["confidence", "lift"]),
    exclude_owned=st.booleans(),
    budget=st.sampled_from([1, 10, 1 << 20]),
)
def test_the_same_products_and_rules_as_by_definition(
    rules: AssociationRules,
    lists: list[list[str]],
    k: int,
    by: Any,
    exclude_owned: bool,
    budget: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firing, "_BUDGET", budget)
        found = rules.recommend(Baskets.from_lists(lists), k, by=by, exclude_owned=exclude_owned)

    listed, n = rules_in(rules), rules.itemsets.n_baskets
    answers = [
        best_products(listed, set(basket), k, n=n, by=by, exclude_owned=exclude_owned)
        for basket in lists
    ]
    assert picks(found) == [(row, *pick) for row, own in enumerate(answers) for pick in own]
    assert found.rank.tolist() == [rank for own in answers for rank in range(1, len(own) + 1)]
    assert np.array_equal(found.score, rules.metric(by)[found.rule])
    assert found.without_answer == sum(not own for own in answers)
    assert found.without_rule == sum(
        not any(set(rule.antecedent) <= set(basket) for rule in listed) for basket in lists
    )


@given(
    rules=some_rules(),
    lists=LISTS,
    worth=st.lists(st.integers(-1, 3), min_size=len(PRODUCTS), max_size=len(PRODUCTS)),
)
def test_weights_rank_by_what_showing_a_product_may_bring(
    rules: AssociationRules, lists: list[list[str]], worth: list[int]
) -> None:
    weight = dict(zip(PRODUCTS, worth, strict=True))

    found = rules.recommend(Baskets.from_lists(lists), 3, weight=weight)

    listed, n = rules_in(rules), rules.itemsets.n_baskets
    answers = [best_products(listed, set(b), 3, n=n, weight=weight) for b in lists]
    assert picks(found) == [(row, *pick) for row, own in enumerate(answers) for pick in own]
    along = rules.recommend(Baskets.from_lists(lists), 3, weight=np.array(worth, dtype=float))
    assert picks(along) == picks(found)


@given(rules=some_rules(), lists=LISTS, data=st.data())
@THIRD
def test_the_order_of_rows_changes_no_answer(
    rules: AssociationRules, lists: list[list[str]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(lists))))
    straight = rules.recommend(Baskets.from_lists(lists))
    shuffled = rules.recommend(Baskets.from_lists([lists[row] for row in order]))

    back = sorted((order[row], product, rule) for row, product, rule in picks(shuffled))
    assert back == sorted(picks(straight))


@given(lists=LISTS, data=st.data())
@THIRD
def test_the_order_of_the_training_baskets_changes_no_answer(
    lists: list[list[str]], data: st.DataObject
) -> None:
    def answers(training: list[list[str]]) -> pd.DataFrame:
        rules = association_rules(frequent_itemsets(Baskets.from_lists(training), 1))
        found = rules.recommend(Baskets.from_lists(lists)).to_frame()
        return cast("pd.DataFrame", found).drop(columns="rule")

    pd.testing.assert_frame_equal(answers(lists), answers(data.draw(st.permutations(lists))))


@pytest.mark.parametrize("span", [7, 2**30, 2**31 - 1])
def test_pairs_are_sorted_with_short_and_long_keys(span: int) -> None:
    row, number = np.array([3, 0, 3, 1], dtype=np.int32), np.array([5, 6, 2, 0], dtype=np.int32)

    found = firing._sorted_pairs(row, number, span)

    assert [part.tolist() for part in found] == [[0, 1, 3, 3], [6, 0, 2, 5]]


# --- ties ----------------------------------------------------------------------------------------


def counted(counts: dict[str, int], n: int = 100) -> AssociationRules:
    itemsets = Itemsets.from_counts(map(list, counts), counts.values(), n=n)
    return association_rules(itemsets, min_confidence=0.01)


def test_equal_scores_stand_by_the_count_of_the_rule() -> None:
    rules = counted({"a": 10, "b": 20, "y": 30, "z": 30, "ay": 5, "bz": 10})

    assert products_of(rules.recommend(Baskets.from_lists([["a", "b"]]))) == ["z", "y"]


def test_then_by_the_count_of_the_product() -> None:
    rules = counted({"a": 10, "y": 30, "z": 40, "ay": 5, "az": 5})

    assert products_of(rules.recommend(Baskets.from_lists([["a"]]))) == ["z", "y"]


def test_then_by_label() -> None:
    rules = counted({"a": 10, "y": 30, "z": 30, "ay": 5, "az": 5})

    assert products_of(rules.recommend(Baskets.from_lists([["a"]]))) == ["y", "z"]


def test_of_equal_rules_the_simpler_one_explains() -> None:
    rules = counted({"a": 10, "b": 20, "z": 30, "ab": 10, "az": 5, "bz": 5, "abz": 5})

    found = rules.recommend(Baskets.from_lists([["a", "b"]]))

    assert cast("pd.DataFrame", found.to_frame())["antecedent"].tolist() == [("a",)]


def test_figures_that_are_strong_when_low_rank_the_low_ones_first() -> None:
    rules = counted({"a": 20, "y": 30, "z": 30, "ay": 8, "az": 18})

    found = rules.recommend(Baskets.from_lists([["a"]]), by="fisher_p")

    assert products_of(found) == ["z", "y"]
    assert found.score[0] < found.score[1]


def test_a_figure_that_is_no_number_recommends_nothing() -> None:
    rules = counted({"a": 100, "z": 100, "az": 100})  # phi is 0/0

    found = rules.recommend(Baskets.from_lists([["a"]]), by="phi")

    assert len(found) == 0
    assert (found.without_answer, found.without_rule) == (1, 0)


# --- weights -------------------------------------------------------------------------------------


def test_a_dear_product_comes_before_a_likely_one() -> None:
    found = breakfast_rules().recommend(
        Baskets.from_lists([["milk"]]), weight={"milk": 1, "bread": 1, "eggs": 3}
    )

    assert products_of(found) == ["eggs", "bread"]
    assert found.score.tolist() == [2.0, 2 / 3]


@pytest.mark.parametrize("worth", [0, -1])
def test_what_is_worth_nothing_is_not_recommended_but_explained(worth: float) -> None:
    found = breakfast_rules().recommend(
        Baskets.from_lists([["milk"]]), weight={"milk": 1, "bread": 1, "eggs": worth}
    )

    assert products_of(found) == ["bread"]
    assert len(found.explain(0)) == 2


def test_a_product_that_rules_call_for_needs_a_weight() -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        breakfast_rules().recommend(
            Baskets.from_lists([["milk"]]), weight={"milk": 1, "Bread": 1, "egg": 3}
        )

    assert str(raised.value) == (
        "weight has no value for 2 products that rules recommend:\n"
        "  'bread' Hint: did you mean 'Bread'?\n"
        "  'eggs' Hint: did you mean 'egg'?\n"
        "Give each a value; 0 if it is not to be recommended."
    )


def test_many_products_without_a_weight_are_not_all_named() -> None:
    counts = {"a": 50} | dict.fromkeys("mnopqrst", 20) | {f"a{p}": 20 for p in "mnopqrst"}
    with pytest.raises(InvalidArgumentError, match="9 products(.|\n)*'p'\n  and 4 more"):
        counted(counts).recommend(Baskets.from_lists([["a"]]), weight={})


def test_a_product_that_no_rule_calls_for_needs_none() -> None:
    rules = breakfast_rules(consequent=["eggs"])

    found = rules.recommend(Baskets.from_lists([["milk"]]), weight={"eggs": 2.0, "beer": 9.0})

    assert products_of(found) == ["eggs"]
    along = np.array([np.nan, 2.0, np.nan])
    assert products_of(rules.recommend(Baskets.from_lists([["milk"]]), weight=along)) == ["eggs"]


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (pd.Series({"bread": 1.0}), "weight.to_dict()"),
        (np.ones(2), "one value for each of the 3 products .* got shape \\(2,\\)"),
        (np.array([1.0, np.inf, 1.0]), "finite"),
        ({"bread": "dear", "eggs": 1, "milk": 1}, "weight must hold numbers"),
    ],
)
def test_weights_of_other_kinds_are_refused(weight: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        breakfast_rules().recommend(Baskets.from_lists([["milk"]]), weight=weight)


def test_lift_times_money_is_warned_about() -> None:
    weight = {"bread": 1.0, "eggs": 2.0, "milk": 1.0}
    with pytest.warns(MeaninglessScoreWarning, match="'lift' times money is no expected gain"):
        breakfast_rules().recommend(Baskets.from_lists([["milk"]]), by="lift", weight=weight)


def test_a_p_value_times_money_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="'fisher_p' is strong when it is low"):
        breakfast_rules().recommend(
            Baskets.from_lists([["milk"]]), by="fisher_p", weight=np.ones(3)
        )


# --- rows ----------------------------------------------------------------------------------------


def till() -> ck.Transactions:
    return ck.Transactions.from_arrays(
        customer=["bob", "ann", "ann", "cat", None],
        time=["2026-01-02"] * 5,
        basket=[1, 2, 3, 4, 5],
        product=["milk", "milk", "bread", "tea", "milk"],
    )


def test_transactions_stand_for_their_customers() -> None:
    found = breakfast_rules().recommend(till())

    assert cast("pd.DataFrame", found.to_frame())[["customer", "product"]].values.tolist() == [
        ["ann", "eggs"],
        ["bob", "bread"],
        ["bob", "eggs"],
    ]
    customers = Baskets.from_transactions(till(), by="customer")
    assert picks(breakfast_rules().recommend(customers)) == picks(found)
    assert found.unknown == ("tea",)
    assert (found.without_answer, found.without_rule) == (1, 1)


def test_baskets_are_named_by_their_ids() -> None:
    found = breakfast_rules().recommend(Baskets.from_transactions(till()), 1)

    assert cast("pd.DataFrame", found.to_frame())["basket"].tolist() == [1, 2, 3, 5]


def test_products_are_matched_by_label_whatever_their_codes() -> None:
    ours = Baskets.from_lists([["milk"]], products=["zinc", "milk", "ale"])

    found = breakfast_rules().recommend(ours)

    assert products_of(found) == ["bread", "eggs"]
    assert found.unknown == ()


def test_unknown_products_are_named() -> None:
    ours = Baskets.from_lists([["milk", "ale"], ["zinc"]], products=["milk", "ale", "rye"])

    found = breakfast_rules().recommend(ours)

    assert found.unknown == ("zinc", "ale")
    assert repr(found) == (
        "Recommendations(2 products for 1 of 2 baskets; 1 without a rule that fires;"
        " 2 labels unknown)"
    )


def test_rows_that_own_everything_get_no_answer() -> None:
    found = breakfast_rules().recommend(Baskets.from_lists([["milk", "bread", "eggs"]]))

    assert (
        repr(found) == "Recommendations(0 products for 0 of 1 basket; 1 with nothing else to want)"
    )
    assert (found.without_answer, found.without_rule) == (1, 0)


def test_what_is_owned_may_be_asked_for() -> None:
    ours = Baskets.from_lists([["milk", "bread", "eggs"]])

    found = breakfast_rules().recommend(ours, exclude_owned=False)

    assert products_of(found) == ["milk", "bread", "eggs"]


@pytest.mark.parametrize("lists", [[], [[]], [["milk"], ["bread"]]])
def test_no_rules_recommend_nothing(lists: list[list[str]]) -> None:
    rules = association_rules(frequent_itemsets(Baskets.from_lists(lists), 2 if lists[1:] else 1))

    found = rules.recommend(Baskets.from_lists([["milk"]]))

    assert len(found) == 0
    assert len(cast("pd.DataFrame", found.to_frame())) == 0
    assert found.without_rule == 1


def test_no_baskets_get_nothing() -> None:
    found = breakfast_rules().recommend(Baskets.from_lists([]))

    assert (len(found), found.without_answer) == (0, 0)


def test_empty_antecedents_fire_for_everybody() -> None:
    rules = breakfast_rules(empty_antecedent=True)

    found = rules.recommend(Baskets.from_lists([[], ["bread", "milk"]]), 2)

    assert picks(found)[:2] == [(0, "bread", found.rules.ids[found.rule[0]]), (0, "milk", 1)]
    assert cast("pd.DataFrame", found.to_frame())["antecedent"].tolist()[0] == ()


def test_answers_come_in_the_frames_that_the_lines_came_in() -> None:
    lines = pl.DataFrame(
        {
            "customer": ["ann"],
            "time": [pd.Timestamp("2026-01-02")],
            "product": ["milk"],
        }
    )
    found = breakfast_rules().recommend(ck.Transactions.from_frame(lines))

    frame = found.to_frame()
    assert isinstance(frame, pl.DataFrame)
    assert frame["antecedent"].to_list() == [["milk"], ["milk"]]
    assert isinstance(found.explain("ann").to_frame(), pl.DataFrame)


def test_products_and_categories_mined_together() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann", "ann", "bob", "bob", "cat"],
        time=["2026-01-02"] * 5,
        basket=[1, 1, 2, 2, 3],
        product=["milk", "rye", "oat milk", "rye", "milk"],
        attributes={"category": ["dairy", "bread", "dairy", "bread", "dairy"]},
    )
    baskets = Baskets.from_transactions(tx, level=("product", "category"))
    rules = association_rules(frequent_itemsets(baskets, 2), min_confidence=0.6)

    frame = cast("pd.DataFrame", rules.recommend(baskets).to_frame())

    assert frame["basket"].tolist() == [3, 3]
    assert frame["product"].tolist() == [("product", "rye"), ("category", "bread")]


# --- explanations --------------------------------------------------------------------------------


def test_all_rules_that_fired_are_explained() -> None:
    found = breakfast_rules(max_consequent=2, min_confidence=0.3).recommend(till(), 1)

    why = found.explain("ann")

    frame = cast("pd.DataFrame", why.to_frame())
    assert list(frame.columns) == [
        "product",
        "score",
        "owned",
        "rule",
        "antecedent",
        "consequent",
        "confidence",
        "lift",
        "count",
    ]
    assert frame["product"].tolist() == ["bread", "milk", "eggs"]
    assert frame["owned"].tolist() == [True, True, False]
    assert set(frame["antecedent"]) == {("milk",), ("bread",)}
    assert repr(why) == "FiredRules(3 rules fired for customer 'ann')"
    assert len(why) == 3


@given(rules=some_rules(), lists=LISTS)
@HALF
def test_the_first_of_each_product_not_owned_is_what_was_recommended(
    rules: AssociationRules, lists: list[list[str]]
) -> None:
    found = rules.recommend(Baskets.from_lists(lists), len(PRODUCTS))

    for row, basket in enumerate(lists):
        why = found.explain(row)
        fired = [rule for rule in rules_in(rules) if set(rule.antecedent) <= set(basket)]
        assert set(rules.ids[why.rule].tolist()) == {rule.number for rule in fired}
        assert len(why) == sum(len(rule.consequent) for rule in fired)
        own = pd.DataFrame({"product": why.product, "rule": why.rule})[~why.owned]
        first = own.drop_duplicates("product")
        assert first["product"].tolist() == found.product[found.row == row].tolist()
        assert first["rule"].tolist() == found.rule[found.row == row].tolist()


def test_nobody_of_that_id() -> None:
    found = breakfast_rules().recommend(till())

    with pytest.raises(InvalidArgumentError, match="no customer 'Ann' .* did you mean 'ann'"):
        found.explain("Ann")


@pytest.mark.parametrize("row", [1, -1, "milk"])
def test_no_row_of_that_number(row: object) -> None:
    found = breakfast_rules().recommend(Baskets.from_lists([["milk"]]))

    with pytest.raises(InvalidArgumentError, match="there is no basket"):
        found.explain(row)


def test_a_till_number_that_comes_again_is_not_one_basket() -> None:
    tx = ck.Transactions.from_arrays(
        customer=["ann", "bob"], time=["2026-01-02"] * 2, basket=[7, 7], product=["milk", "eggs"]
    )
    found = breakfast_rules().recommend(Baskets.from_transactions(tx))

    with pytest.raises(InvalidArgumentError, match="basket 7 is rows 0, 1"):
        found.explain(7)


# --- options -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be an integer >= 1"),
        ({"by": "confidense"}, "did you mean 'confidence'"),
        ({"by": "imbalance"}, "'imbalance' has no strong end"),
        ({"baskets": [["milk"]]}, "baskets must be Baskets; got list"),
    ],
)
def test_options_outside_their_domain(options: dict[str, Any], message: str) -> None:
    asked = {"baskets": Baskets.from_lists([["milk"]])} | options
    with pytest.raises(InvalidArgumentError, match=message):
        breakfast_rules().recommend(**asked)


def test_a_notebook_shows_the_first_rows() -> None:
    found = breakfast_rules().recommend(Baskets.from_lists([["milk"]]))

    assert "<td>bread</td>" in found._repr_html_()
