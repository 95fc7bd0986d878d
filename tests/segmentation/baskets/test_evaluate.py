"""Recommenders judged by the products that are hidden from them."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crmkit._kernels.itemsets import firing
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import (
    AssociationRules,
    Baskets,
    Itemsets,
    RecommendationScores,
    RecommenderScore,
    association_rules,
    frequent_itemsets,
)
from effort import THIRD
from recommending import LISTS, PRODUCTS, best_products, rules_in, some_rules

Query = tuple[float, str, list[str]]  # what it counts, the hidden product, the products shown


def queries(lists: list[list[str]], weights: str) -> list[tuple[float, str, set[str]]]:
    known = [sorted(set(basket) & set(PRODUCTS)) for basket in lists]
    return [
        (1 / len(basket) if weights == "basket" else 1.0, hidden, set(basket) - {hidden})
        for basket in known
        if len(basket) >= 2
        for hidden in basket
    ]


def best_sellers(itemsets: Itemsets, visible: set[str], k: int) -> list[str]:
    singles = [
        (-int(count), itemsets.labels_of(number)[0])
        for number, count in enumerate(itemsets.counts)
        if itemsets.sizes[number] == 1
    ]
    return [label for _, label in sorted(singles) if label not in visible][:k]


def check_score(score: RecommenderScore, asked: list[Query]) -> None:
    total = math.fsum(w for w, _, _ in asked)
    answered = [q for q in asked if q[2]]
    hits = [q for q in asked if q[1] in q[2]]
    assert (score.queries, score.answered, score.hits) == (len(asked), len(answered), len(hits))
    assert score.products_shown == len({p for _, _, shown in asked for p in shown})
    assert score.products == len(PRODUCTS)
    assert score.catalogue_coverage == score.products_shown / len(PRODUCTS)
    reciprocal = math.fsum(w / (shown.index(hidden) + 1) for w, hidden, shown in hits)
    expected = {
        "hit_rate": (math.fsum(w for w, _, _ in hits), total),
        "mrr": (reciprocal, total),
        "coverage": (math.fsum(w for w, _, _ in answered), total),
        "hit_rate_answered": (
            math.fsum(w for w, _, _ in hits),
            math.fsum(w for w, _, _ in answered),
        ),
    }
    for name, (part, whole) in expected.items():
        share = part / whole if whole else math.nan
        assert getattr(score, name) == pytest.approx(share, nan_ok=True), name


@given(
    rules=some_rules(),
    lists=LISTS,
    k=st.integers(1, 3),
    weights=st.sampled_from(["basket", "item"]),
    by=st.sampled_from(["confidence", "lift"]),
    budget=st.sampled_from([1, 30, 1 << 20]),
)
def test_the_same_scores_as_by_definition(
    rules: AssociationRules, lists: list[list[str]], k: int, weights: Any, by: Any, budget: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(firing, "_BUDGET", budget)
        scores = rules.evaluate(Baskets.from_lists(lists), k, by=by, weights=weights)

    listed, n = rules_in(rules), rules.itemsets.n_baskets
    asked = queries(lists, weights)
    ours = [
        (w, hidden, [p for p, _ in best_products(listed, visible, k, n=n, by=by)])
        for w, hidden, visible in asked
    ]
    plain = [(w, hidden, best_sellers(rules.itemsets, visible, k)) for w, hidden, visible in asked]
    check_score(scores.rules, ours)
    check_score(scores.popularity, plain)
    hits = [
        (hidden in shown, hidden in best)
        for (_, hidden, shown), (_, _, best) in zip(ours, plain, strict=True)
    ]
    assert scores.only_rules == hits.count((True, False))
    assert scores.only_popularity == hits.count((False, True))
    assert scores.too_small == sum(len(set(basket)) < 2 for basket in lists)
    assert scores.n_baskets == len(lists) - scores.too_small


@given(rules=some_rules(), lists=LISTS, data=st.data())
@THIRD
def test_the_order_of_rows_changes_no_score(
    rules: AssociationRules, lists: list[list[str]], data: st.DataObject
) -> None:
    straight = rules.evaluate(Baskets.from_lists(lists))
    shuffled = rules.evaluate(Baskets.from_lists(data.draw(st.permutations(lists))))

    pd.testing.assert_frame_equal(
        cast("pd.DataFrame", straight.to_frame()), cast("pd.DataFrame", shuffled.to_frame())
    )


def test_hidden_products_worked_by_hand() -> None:
    itemsets = Itemsets.from_counts(
        [["ale"], ["milk"], ["tea"], ["milk", "tea"]], [50, 20, 10, 8], n=100
    )
    rules = association_rules(itemsets, min_confidence=0.3)  # both ways
    held_out = Baskets.from_lists(
        [["milk", "tea"], ["ale", "milk", "tea"], ["ale", "milk"], ["ale"]]
    )

    scores = rules.evaluate(held_out, k=1, weights="item")

    # Rules show the other one of milk and tea; nothing for ale alone, and no more for both. Best
    # sellers show ale, or milk where ale is there, or tea where both are.
    assert cast("pd.DataFrame", scores.to_frame()).to_dict("list") == {
        "recommender": ["rules", "popularity"],
        "queries": [7, 7],
        "answered": [5, 7],
        "hits": [4, 5],
        "products_shown": [2, 3],
        "hit_rate": [4 / 7, 5 / 7],
        "mrr": [4 / 7, 5 / 7],
        "coverage": [5 / 7, 1.0],
        "hit_rate_answered": [4 / 5, 5 / 7],
        "catalogue_coverage": [2 / 3, 1.0],
    }
    assert (scores.only_rules, scores.only_popularity) == (2, 3)
    assert scores.p_value == 1.0
    basket = rules.evaluate(held_out, k=1, weights="basket")
    assert basket.rules.hit_rate == pytest.approx((2 / 2 + 2 / 3 + 0 / 2) / 3)
    assert repr(scores) == (
        "RecommendationScores(hit rate at 1: 0.571 by rules, 0.714 by popularity; hits alone"
        " 2 : 3, p = 1; 1 basket left out)"
    )
    assert len(scores) == 2


@given(ours=st.integers(0, 3000), plain=st.integers(0, 3000))
def test_the_p_value_is_that_of_a_binomial_test(ours: int, plain: int) -> None:
    nobody = RecommenderScore(
        queries=0,
        answered=0,
        hits=0,
        products_shown=0,
        products=0,
        hit_rate=0.0,
        mrr=0.0,
        coverage=0.0,
        hit_rate_answered=0.0,
    )
    scores = RecommendationScores(
        rules=nobody,
        popularity=nobody,
        only_rules=ours,
        only_popularity=plain,
        k=5,
        by="confidence",
        weights="basket",
        n_baskets=0,
        too_small=0,
    )

    expected = stats.binomtest(ours, ours + plain).pvalue if ours + plain else 1.0
    assert scores.p_value == pytest.approx(expected, rel=1e-9, abs=1e-250)


def test_only_known_products_are_hidden() -> None:
    rules = association_rules(frequent_itemsets(Baskets.from_lists([["a", "b"]] * 3), 2))

    scores = rules.evaluate(Baskets.from_lists([["a", "x"], ["a", "b", "x"]]))

    assert scores.rules.queries == 2
    assert scores.rules.hits == 2
    assert (scores.n_baskets, scores.too_small, scores.unknown) == (1, 1, ("x",))


@pytest.mark.parametrize("held_out", [[], [[]], [["a"]], [["x", "y"]]])
def test_without_a_query_shares_are_not_known(held_out: list[list[str]]) -> None:
    rules = association_rules(frequent_itemsets(Baskets.from_lists([["a", "b"]] * 3), 2))

    scores = rules.evaluate(Baskets.from_lists(held_out))

    assert scores.rules.queries == 0
    assert math.isnan(scores.rules.hit_rate)
    assert math.isnan(scores.popularity.hit_rate_answered)
    assert scores.rules.catalogue_coverage == 0.0
    assert scores.p_value == 1.0


@pytest.mark.parametrize("training", [[], [[]], [["a"], ["b"]]])
def test_no_rules_answer_nothing(training: list[list[str]]) -> None:
    rules = association_rules(frequent_itemsets(Baskets.from_lists(training), 1))

    scores = rules.evaluate(Baskets.from_lists([["a", "b"]]), 1)

    assert (scores.rules.answered, scores.rules.hits) == (0, 0)
    assert scores.popularity.hits == (2 if training[1:] else 0)
    assert math.isnan(scores.rules.catalogue_coverage) == (not training[1:])


def test_rules_find_what_goes_together_better_than_best_sellers() -> None:
    rng = np.random.default_rng(7)
    pairs = [[f"p{2 * i}", f"p{2 * i + 1}"] for i in range(20)]

    def shop(n: int) -> Baskets:
        return Baskets.from_lists([pairs[i] for i in rng.integers(0, 20, n)])

    rules = association_rules(frequent_itemsets(shop(2_000), 10))
    scores = rules.evaluate(shop(500), k=3)

    assert scores.rules.hit_rate == 1.0
    assert scores.popularity.hit_rate < 0.3
    assert scores.p_value < 1e-20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be an integer >= 1"),
        ({"by": "coverage"}, "'coverage' has no strong end"),
        ({"weights": "customer"}, "weights must be one of 'basket', 'item'"),
        ({"held_out": [["a", "b"]]}, "held_out must be Baskets; got list"),
    ],
)
def test_options_outside_their_domain(options: dict[str, Any], message: str) -> None:
    rules = association_rules(frequent_itemsets(Baskets.from_lists([["a", "b"]]), 1))
    asked = {"held_out": Baskets.from_lists([["a", "b"]])} | options
    with pytest.raises(InvalidArgumentError, match=message):
        rules.evaluate(**asked)
