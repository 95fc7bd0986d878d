"""Products by age, as they are seen by some period."""

from __future__ import annotations

import numpy as np

from crmkit.data import ProductPeriods
from crmkit.lifecycle.series import looks_at

NAN = float("nan")


def test_age_runs_from_the_launch_to_the_last_period_observed():
    looks = looks_at(ProductPeriods.from_matrix([[NAN, 0, 3, 4, NAN], [1, 2, 3, 4, 5]]))

    assert looks.first.tolist() == [1, 0]
    assert looks.age.tolist() == [3, 5]
    assert looks.observed.tolist() == [3, 5]


def test_nothing_is_seen_after_the_last_period_asked_for():
    periods = ProductPeriods.from_matrix([[NAN, 2, 3, 4, 5]])
    looks = looks_at(periods, np.array([0, 0, 0]), np.array([0, 2, 4]))

    assert looks.age.tolist() == [0, 2, 4]
    assert [g.tolist() for g in looks.groups()] == [[1], [2]]
    assert looks.series(np.array([1])).sales.tolist() == [[2, 3]]


def test_closed_periods_have_no_exposure():
    periods = ProductPeriods.from_matrix([[1, 9, 3]], closed=[False, True, False])
    series = looks_at(periods).series(np.array([0]))

    assert series.sales.tolist() == [[1, 0, 3]]
    assert series.exposure is not None
    assert series.exposure.tolist() == [[1, 0, 1]]


def test_looks_of_one_kind_are_answered_together():
    counts = [[1, 2, 3], [NAN, 2, 3], [4, 5, 6], [NAN, 1, 1]]
    known = np.array([True, True, True, False])
    groups = looks_at(ProductPeriods.from_matrix(counts, age_known=known)).groups()

    assert sorted(g.tolist() for g in groups) == [[0, 2], [1], [3]]


def test_no_products_are_no_groups():
    looks = looks_at(ProductPeriods.from_matrix([[1, 2]]), np.zeros(0, dtype=np.int64))

    assert len(looks) == 0
    assert looks.groups() == []
