"""Distinct days and baskets from purchase lines, against plain sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.summaries import (
    Column,
    Lines,
    count_baskets,
    count_days,
    days_since_epoch,
    visits_of,
)

CUSTOMERS, DAYS, BASKETS = 4, 3, 5
ROWS = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, CUSTOMERS - 1),
        st.integers(0, DAYS - 1),
        st.integers(0, BASKETS - 1),
    )
)
"""Purchase or not, customer, day, basket."""


def lines_of(rows) -> Lines:
    purchases = np.array([row[0] for row in rows], dtype=np.bool_)
    who, when, where = (np.array([row[k] for row in rows], dtype=np.int32) for k in (1, 2, 3))
    return Lines(purchases, Column(who, CUSTOMERS), Column(when, DAYS), Column(where, BASKETS))


@given(rows=ROWS, one_visit_each=st.booleans())
def test_days_and_baskets_are_counted_whether_baskets_are_shared_or_not(rows, one_visit_each):
    if one_visit_each:
        rows = [(bought, basket % CUSTOMERS, basket % DAYS, basket) for bought, *_, basket in rows]
    visits = visits_of(lines_of(rows))
    days, baskets = count_days(visits), count_baskets(visits)

    assert (visits.basket is None) or not one_visit_each
    for who in range(CUSTOMERS):
        own = [row for row in rows if row[0] and row[1] == who]
        when = sorted({row[2] for row in own})
        assert len(when) == days.counts[who]
        assert (when[0] if when else -1) == days.first[who]
        assert (when[-1] if when else -1) == days.last[who]
        assert len({row[3] for row in own}) == baskets[who]


@pytest.mark.parametrize("second", [(True, 1, 0, 0), (True, 0, 1, 0)], ids=["customer", "day"])
def test_a_basket_of_two_customers_or_days_is_no_single_visit(second):
    assert visits_of(lines_of([(True, 0, 0, 0), second])).basket is not None


def test_a_line_that_is_no_purchase_does_not_split_a_visit():
    visits = visits_of(lines_of([(True, 0, 0, 0), (False, 1, 2, 0), (True, 0, 0, 0)]))

    assert visits.basket is None
    assert [0] == visits.customer.codes.tolist()


def test_a_purchase_that_repeats_a_line_which_is_none_is_kept():
    rows = [(True, 0, 0, 0)] * 2 + [(False, 1, 0, 0)] + [(True, 1, 0, 0)] * 2
    visits = visits_of(lines_of(rows * 2))

    assert {(0, 0), (1, 0)} == set(zip(*(c.codes.tolist() for c in visits[:2]), strict=True))


def test_days_before_1970_are_floored():
    seconds = np.array([-86_401, -86_400, -1, 0, 86_399, 86_400])

    assert [-2, -1, -1, 0, 0, 1] == days_since_epoch(seconds).tolist()
