"""The scores of the accuracy report, on figures small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

import stage_scores as score
from stage_scores import AgeOnly

CHANCES = np.array(
    [
        [0.9, 0.1, 0.0, 0.0],
        [0.1, 0.7, 0.1, 0.1],
        [0.2, 0.2, 0.35, 0.25],
        [0.0, 0.0, 0.05, 0.95],
    ]
)
TRUTH = np.array([0, 1, 3, 1])


def test_accuracy_counts_the_likeliest_stages() -> None:
    assert score.right(CHANCES, TRUTH).tolist() == [True, True, False, False]
    assert score.accuracy(CHANCES, TRUTH) == 0.5


def test_a_stage_beside_the_true_one_is_adjacent() -> None:
    assert score.adjacent(CHANCES, TRUTH) == 0.75


def test_calibration_weighs_each_bin_by_its_products() -> None:
    bins = score.reliability(CHANCES, TRUTH)

    assert [b.products for b in bins] == [1, 1, 2]
    assert [b.right for b in bins] == [0.0, 1.0, 0.5]
    expected = (0.35 + 0.3 + 2 * (0.925 - 0.5)) / 4
    assert score.calibration_error(CHANCES, TRUTH) == pytest.approx(expected)


def test_certainty_of_one_belongs_to_the_last_bin() -> None:
    (last,) = score.reliability(np.array([[0, 0, 1.0, 0]]), np.array([2]))

    assert last == score.Bin(1, 1.0, 1.0)


@pytest.mark.parametrize(("share", "expected"), [(0.25, 0.0), (0.5, 0.5), (0.75, 2 / 3), (1, 0.5)])
def test_the_most_certain_come_first(share: float, expected: float) -> None:
    assert score.right_of_most_certain(CHANCES, TRUTH, share) == pytest.approx(expected)


def test_age_alone_names_the_commonest_stage_of_the_weeks_around() -> None:
    age = np.array([8, 8, 8, 11, 12, 13, 30])
    stage = np.array([0, 0, 1, 2, 2, 1, 3])
    learnt = AgeOnly.learn(age, stage, 40)

    assert learnt.chances(np.array([8, 11, 12, 29])).argmax(axis=1).tolist() == [0, 2, 2, 3]
    np.testing.assert_allclose(learnt.by_age.sum(axis=1), 1)


def test_the_youngest_age_stands_for_itself() -> None:
    learnt = AgeOnly.learn(np.array([8, 9, 9, 9]), np.array([0, 1, 1, 1]), 12)

    assert learnt.chances(np.array([8])).argmax() == 0


def test_the_commonest_stage_is_right_as_often_as_it_occurs() -> None:
    assert score.majority(np.array([1, 1, 2, 0])) == 0.5
