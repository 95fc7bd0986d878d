"""Who belongs to what."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from engines import ENGINES, kind_out


@pytest.fixture
def tiers() -> ck.Labels:
    classes = {"cem": "gold", "ann": "basic", "bob": "gold"}
    return ck.Labels.from_mapping(
        classes, entity="customer", name="tier", names=("gold", "silver", "basic")
    )


def test_labels_count_every_class_in_its_own_order(tiers: ck.Labels) -> None:
    assert tiers.counts().tolist() == [2, 0, 1]
    assert repr(tiers) == "Labels(tier of 3 customers: gold 2, silver 0, basic 1)"


def test_members_of_a_class_are_listed_by_name(tiers: ck.Labels) -> None:
    assert tiers.members("gold").tolist() == ["bob", "cem"]
    with pytest.raises(InvalidArgumentError, match="no tier 'godl'.*did you mean 'gold'"):
        tiers.members("godl")


def test_labels_answer_for_ids_of_other_data(tiers: ck.Labels) -> None:
    other = np.array(["zoe", "cem", "ann"], dtype=object)

    assert tiers.codes_of(other).tolist() == [-1, 0, 2]


def test_labels_are_a_frame_of_ids_and_classes(tiers: ck.Labels) -> None:
    frame = tiers.to_frame()

    assert isinstance(frame, pd.DataFrame)
    assert frame.to_dict("list") == {
        "customer": ["ann", "bob", "cem"],
        "tier": ["basic", "gold", "gold"],
    }


def test_ids_of_mixed_types_and_unknown_classes_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="mixed types"):
        ck.Labels.from_mapping({1: "a", "1": "b"}, entity="customer", name="tier")
    with pytest.raises(InvalidArgumentError, match=r"classes \['b'\] are not among"):
        ck.Labels.from_mapping({1: "b"}, entity="customer", name="tier", names=("a",))


@pytest.mark.parametrize(
    ("classes", "options", "says"),
    [
        (["ann", "bob"], {}, "classes must be a mapping .*got list"),
        ({"ann": 3}, {}, "classes must be text; got 3"),
        ({"ann": None}, {}, "classes must be text; got None. Leave ids without a class out"),
        ({"ann": "gold"}, {"names": "gold"}, "names must be a tuple of classes"),
        ({"ann": "gold"}, {"names": ("gold", "gold")}, "each class must be named once"),
        ({"ann": "gold"}, {"name": "customer"}, "both called 'customer'"),
        ({None: "gold"}, {}, "Ids may be integers, text or UUIDs"),
    ],
    ids=str,
)
def test_odd_mappings_are_refused(classes, options, says) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        ck.Labels.from_mapping(classes, **({"entity": "customer", "name": "tier"} | options))


def test_no_ids_have_no_classes() -> None:
    labels = ck.Labels.from_mapping({}, entity="customer", name="tier")

    assert repr(labels) == "Labels(tier of 0 customers: no class)"
    assert len(labels.to_frame()) == 0


@pytest.mark.parametrize("engine", list(ENGINES))
def test_answers_come_back_in_the_kind_of_frame_that_came_in(engine: str) -> None:
    lines = {
        "customer": ["ann", "bob", "cem"],
        "time": np.array(["2026-01-01"] * 3, dtype="datetime64[us]"),
        "basket": [1, 2, 3],
        "amount": [1.0, 2.0, 3.0],
    }
    tx = ck.Transactions.from_frame(ENGINES[engine](lines))
    scores = ck.segmentation.rfm(tx, as_of="2026-01-02", cuts=_CUTS)
    segments = scores.segments(_RULES)
    summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-01-02")

    for answer in (scores, segments, scores.profile(segments), summary):
        frame = nw.from_native(answer.to_frame(), eager_only=True)
        assert frame.implementation.value == kind_out(engine)
        assert frame.shape[0] == len(answer)


_CUTS = {"recency": (30,), "frequency": (1,), "monetary": (1,)}
_RULES = ck.segmentation.SegmentRules(
    (ck.segmentation.SegmentRule("Best", 2, 1, 2),), bins=2, otherwise="Rest"
)
