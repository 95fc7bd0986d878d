"""Distinct days and baskets from purchase lines, against plain sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.summaries import (
    Column,
    count_baskets,
    count_days,
    days_since_epoch,
    purchase_lines,
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


def columns(rows):
    who, when, where = (np.array([row[k] for row in rows], dtype=np.int32) for k in (1, 2, 3))
    purchases = np.array([row[0] for row in rows], dtype=np.bool_)
    return purchases, Column(who, CUSTOMERS), Column(when, DAYS), Column(where, BASKETS)


@given(rows=ROWS, times=st.sampled_from([1, 4]))
def test_days_and_baskets_are_counted_with_and_without_runs(rows, times):
    # Every line four times over is till order: few lines differ from the one before.
    rows = [row for row in rows for _ in range(times)]
    lines = purchase_lines(*columns(rows))
    days, baskets = count_days(lines), count_baskets(lines)

    for who in range(CUSTOMERS):
        own = [row for row in rows if row[0] and row[1] == who]
        when = sorted({row[2] for row in own})
        assert len(when) == days.counts[who]
        assert (when[0] if when else -1) == days.first[who]
        assert (when[-1] if when else -1) == days.last[who]
        assert len({row[3] for row in own}) == baskets[who]


@given(rows=ROWS)
def test_heads_stand_for_every_purchase(rows):
    purchases, *keys = columns(rows * 4)
    lines = purchase_lines(purchases, *keys)
    heads = np.flatnonzero(purchases) if lines.heads is None else lines.heads

    kept = {tuple(int(key.codes[k]) for key in keys) for k in heads}
    assert {row[1:] for row in rows if row[0]} == kept
    assert purchases[heads].all()


def test_a_purchase_that_repeats_a_line_which_is_none_is_kept():
    one = np.zeros(5, dtype=np.int32)
    purchases = np.array([True, True, False, True, True])
    lines = purchase_lines(purchases, Column(one, 1), Column(one, 1), None)

    assert lines.heads is not None
    assert [0, 3] == lines.heads.tolist()
    assert count_baskets(lines) is None


def test_days_before_1970_are_floored():
    seconds = np.array([-86_401, -86_400, -1, 0, 86_399, 86_400])

    assert [-2, -1, -1, 0, 0, 1] == days_since_epoch(seconds).tolist()
