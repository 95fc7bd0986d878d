"""Products that moved from one stage to another."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.data import Labels, ProductPeriods
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle import TemplateBank, TwoWindow, stages
from crmkit.lifecycle.transitions import StageTransitions, stage_transitions

NAMES = ("introduction", "growth", "maturity", "decline", "indeterminate")


def labels(**stage_of: str) -> Labels:
    return Labels.from_mapping(stage_of, entity="product", name="stage", names=NAMES)


def moves() -> StageTransitions:
    return stage_transitions(
        labels(a="growth", b="decline", c="maturity", d="indeterminate", e="growth"),
        labels(a="maturity", b="growth", c="maturity", d="growth", f="introduction"),
    )


def test_every_product_of_either_day_is_counted_once():
    counts = moves().counts()

    assert counts.sum() == len(moves()) == 6
    assert counts[1, 2] == counts[3, 1] == counts[2, 2] == counts[4, 1] == 1
    assert counts[1, 5] == 1  # e is gone
    assert counts[5, 0] == 1  # f is new


def test_moves_can_be_asked_by_name():
    assert moves().moved("growth", "maturity").tolist() == ["a"]
    assert moves().moved("growth", "gone").tolist() == ["e"]
    assert moves().moved("new", "introduction").tolist() == ["f"]
    assert moves().backward().tolist() == ["b"]


def test_the_frame_lists_pairs_that_occur():
    frame = moves().to_frame()

    assert frame["products"].sum() == 6
    assert ("growth", "gone") in zip(frame["earlier"], frame["later"], strict=True)
    assert (
        repr(moves()) == "StageTransitions(6 products: 3 moved, 1 of them backward; 1 new, 1 gone)"
    )


def test_a_stage_nobody_knows_is_refused():
    with pytest.raises(InvalidArgumentError, match="there is no stage 'grow' here"):
        moves().moved("grow", "decline")


def test_two_definitions_cannot_be_compared():
    periods = ProductPeriods.from_matrix([[1, 2, 3]])
    bank = TemplateBank(size=200, pool=2_000)
    one = stages(periods, method=bank)
    other = stages(periods, definition="bass_inflection")

    with pytest.raises(InvalidArgumentError, match="cannot be compared"):
        one.transitions(other)
    with pytest.raises(InvalidArgumentError, match="earlier must be ProductStages; got ndarray"):
        one.transitions(np.zeros(3))
    assert len(one.transitions(stages(periods, method=TwoWindow()))) == 1
