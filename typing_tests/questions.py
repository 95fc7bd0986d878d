"""What a type checker sees of the public names; mypy --strict reads it, nothing runs it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import assert_type

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

import crmkit as ck
from crmkit.segmentation import (
    METRICS,
    AssociationRules,
    Baskets,
    FiredRules,
    Interval,
    Itemsets,
    Metric,
    Recommendations,
    RecommendationScores,
    RfmCuts,
    RfmScores,
    RuleCounts,
    SegmentProfile,
    Significance,
    association_rules,
    count_itemsets,
    frequent_itemsets,
    metric,
    rfm,
)
from crmkit.typing import Frame

pandas_frame = pd.DataFrame({"customer": [1], "time": pd.to_datetime(["2026-01-01"])})
tx = ck.Transactions.from_frame(pandas_frame)
assert_type(tx, ck.Transactions)
ck.Transactions.from_frame(pl.DataFrame({"customer": [1]}), ck.Columns(amount="paid"))
ck.Transactions.from_frame(pl.LazyFrame({"customer": [1]}), on_invalid="drop")

ck.Transactions.from_frame(pandas_frame, ck.Columns(basket=None))

assert_type(tx.customer, ck.Codes)
assert_type(tx.basket, ck.Codes | None)
assert_type(tx.amount, ck.Decimals | None)
assert_type(tx.between("2026-01-01", np.datetime64("2026-02-01")), ck.Transactions)
assert_type(tx.is_return, NDArray[np.bool_])

scores = rfm(tx, as_of="2026-03-01", cuts={"frequency": (1, 2, 3, 5)})
assert_type(scores, RfmScores)
assert_type(scores.cuts, RfmCuts)
assert_type(scores.r, NDArray[np.int8])
assert_type(scores.segments(), ck.Labels)
assert_type(scores.profile(scores.segments()), SegmentProfile)
assert_type(scores.to_frame(), Frame)

baskets = Baskets.from_lists([["milk", "bread"], ("milk",), {"bread"}], products=["bread", "milk"])
assert_type(baskets, Baskets)
assert_type(Baskets.from_lists(iter([iter([1, "1"])])), Baskets)
assert_type(Baskets.from_transactions(tx, level="category"), Baskets)
assert_type(Baskets.from_transactions(tx, level=("product", "category")), Baskets)
assert_type(Baskets.from_matrix(np.eye(2, dtype=bool)), Baskets)
assert_type(Baskets.from_matrix(pandas_frame), Baskets)
assert_type(baskets.containing(["milk"]), NDArray[np.int64])

itemsets = frequent_itemsets(baskets, 0.5)
assert_type(itemsets, Itemsets)
frequent_itemsets(baskets, 2, max_len=3, kind="closed", progress=lambda done, total: None)
frequent_itemsets(baskets, Fraction(1, 2))
frequent_itemsets(baskets, Decimal("0.07"))
assert_type(itemsets.counts, NDArray[np.int64])
assert_type(itemsets.support, NDArray[np.float64])
assert_type(itemsets.to_frame(), Frame)
assert_type(count_itemsets(itemsets, baskets), Itemsets)
assert_type(Itemsets.from_counts([["a"], ["a", "b"]], [3, 2], n=4), Itemsets)

rules = association_rules(itemsets, min_confidence=0.6, at_least={"lift": 1.1})
assert_type(rules, AssociationRules)
association_rules(itemsets, at_least={"fisher_p": (0, 0.01)}, consequent=["milk"], max_consequent=1)
assert_type(rules.metric("zhang", smoothing=0.5), NDArray[np.float64] | NDArray[np.int64])
assert_type(rules.counts, RuleCounts)
assert_type(metric("lift", rules.counts), NDArray[np.float64] | NDArray[np.int64])
assert_type(METRICS["lift"], Metric)
assert_type(rules.where(rules.metric("lift") > 1), AssociationRules)
assert_type(rules.significant(0.05, adjust="fdr_bh").non_redundant("lift"), AssociationRules)
assert_type(rules.significance, Significance | None)
assert_type(rules.confidence_interval("lift", 0.9), Interval)
assert_type(rules.rescore(baskets), AssociationRules)
assert_type(rules.to_frame(("support", "confidence")), Frame)

shown = rules.recommend(baskets, 3, by="lift", weight={"milk": 0.2, "bread": 0.5})
assert_type(shown, Recommendations)
assert_type(rules.recommend(tx, weight=np.array([0.2, 0.5])), Recommendations)
assert_type(shown.score, NDArray[np.float64])
assert_type(shown.explain(0), FiredRules)
assert_type(rules.evaluate(baskets, weights="item"), RecommendationScores)

# What must not pass:
Baskets.from_lists(5)  # type: ignore[arg-type]
frequent_itemsets(baskets)  # type: ignore[call-arg]
frequent_itemsets(baskets, "0.5")  # type: ignore[arg-type]
frequent_itemsets(baskets, 0.5, kind="close")  # type: ignore[arg-type]
frequent_itemsets(baskets, 0.5, 3)  # type: ignore[call-arg]
association_rules(baskets)  # type: ignore[arg-type]
association_rules(itemsets, 0.5)  # type: ignore[call-arg]
association_rules(itemsets, at_least={"lfit": 1.1})  # type: ignore[dict-item]
association_rules(itemsets, at_least={"lift": "1.1"})  # type: ignore[dict-item]
rules.metric("lfit")  # type: ignore[arg-type]
rules.to_frame(("confidence", "lfit"))  # type: ignore[arg-type]
rules.significant(adjust="holms")  # type: ignore[arg-type]
rules.recommend(itemsets)  # type: ignore[arg-type]
rules.evaluate(baskets, weights="customer")  # type: ignore[arg-type]
rules.ids = rules.ids  # type: ignore[misc]
rfm(tx)  # type: ignore[call-arg]
rfm(tx, as_of=5)  # type: ignore[arg-type]
rfm(tx, as_of="2026-03-01", frequency="lines")  # type: ignore[arg-type]
rfm(tx, as_of="2026-03-01", cuts={"frequnecy": (1,)})  # type: ignore[dict-item]
ck.Transactions.from_frame("sales.csv")  # type: ignore[arg-type]
ck.Transactions.from_frame(pandas_frame, on_invalid="ignore")  # type: ignore[arg-type]
ck.Columns("who")  # type: ignore[call-arg]
ck.Columns(customer=None)  # type: ignore[arg-type]
scores.r = scores.f  # type: ignore[misc]
