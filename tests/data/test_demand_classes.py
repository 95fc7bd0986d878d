"""Demand classes against their definition, product by product."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.data import DemandRule
from crmkit.errors import InvalidArgumentError

NAN = math.nan


def demand(row: list[float], launched: bool, spread: str = "sample") -> tuple[float, float] | None:
    """Mean interval and squared coefficient of variation; NaN is bridged."""
    known = [value for value in row if not math.isnan(value)]
    at = [t for t, value in enumerate(known) if value > 0]
    if len(at) < 2:
        return None
    before = [-1, *at] if launched else at
    intervals = [b - a for a, b in itertools.pairwise(before)]
    sizes = [known[t] for t in at]
    sd = statistics.stdev(sizes) if spread == "sample" else statistics.pstdev(sizes)
    return statistics.mean(intervals), (sd / statistics.mean(sizes)) ** 2


def name_of(figures: tuple[float, float] | None) -> str:
    if figures is None:
        return "unclassified"
    often, even = figures[0] < 1.32, figures[1] < 0.49
    return {
        (True, True): "smooth",
        (False, True): "intermittent",
        (True, False): "erratic",
        (False, False): "lumpy",
    }[often, even]


ROWS = st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 40, NAN]), min_size=9, max_size=9).map(
    lambda row: [0.0, *row]
)


@given(rows=st.lists(ROWS, min_size=1, max_size=6), launched=st.booleans())
def test_a_class_is_its_definition(rows, launched):
    found = ck.ProductPeriods.from_matrix(rows, age_known=launched).demand_class()

    figures = [demand(row, launched) for row in rows]
    assert [name_of(x) for x in figures] == found.decode().tolist()
    expected = np.array([x or (NAN, NAN) for x in figures])
    np.testing.assert_allclose(found.interval, expected[:, 0], rtol=1e-12)
    np.testing.assert_allclose(found.variation, expected[:, 1], rtol=1e-9, atol=1e-15)


def test_the_tail_of_a_dead_product_is_no_interval():
    alive, dead = [3, 2, 3, 2], [3, 2, 3, 2, *[0] * 40]

    found = [ck.ProductPeriods.from_matrix([row]).demand_class() for row in (alive, dead)]

    assert ["smooth", "smooth"] == [x.decode()[0] for x in found]


def test_closures_are_bridged():
    row, closed = [3, 0, 0, 2, 3, 0, 2], [False, True, True, False, False, True, False]

    found = ck.ProductPeriods.from_matrix([row], closed=closed).demand_class()

    assert 1.0 == found.interval[0]


def test_cuts_and_spread_can_be_chosen():
    row = [0, 0, 3, 0, 4, 0, 0, 5, 0, 2]
    periods = ck.ProductPeriods.from_matrix([row], products=["oil"])

    found = periods.demand_class(DemandRule(interval=3, variation=0.1, spread="population"))

    assert ["erratic"] == found.decode().tolist()
    assert pytest.approx(0.10204082) == found.variation[0]
    assert found.labels().codes.tolist() == [2]
    assert "DemandClasses(1 product: smooth 0, intermittent 0, erratic 1" in repr(found)


def test_cuts_outside_their_domain_are_refused():
    with pytest.raises(InvalidArgumentError, match="interval must be a number above 0; got 0"):
        DemandRule(interval=0)
    with pytest.raises(InvalidArgumentError, match="spread must be one of 'sample', 'population'"):
        DemandRule(spread="both")
    with pytest.raises(InvalidArgumentError, match="rule must be DemandRule"):
        ck.ProductPeriods.from_matrix([[1, 2]]).demand_class(1.32)
