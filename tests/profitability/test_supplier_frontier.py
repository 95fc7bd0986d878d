"""The efficient frontier against a comparison of all pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmkit.profitability.suppliers.frontier import efficient

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20)


def beaten(row, pairs):
    cost, reliability = pairs[row]
    return any(c <= cost and r >= reliability and (c, r) != pairs[row] for c, r in pairs)


@given(PAIRS)
def test_rows_are_kept_that_no_other_beats(pairs):
    cost, reliability = (np.array([p[k] for p in pairs], dtype=float) for k in (0, 1))
    kept = efficient(cost, reliability).tolist()
    assert sorted(kept) == [row for row in range(len(pairs)) if not beaten(row, pairs)]
    assert kept == sorted(kept, key=lambda row: (pairs[row], row))


def test_equal_rows_are_all_kept():
    assert efficient(np.array([2.0, 1, 1, 2]), np.array([0.9, 0.5, 0.5, 0.9])).tolist() == [
        1,
        2,
        0,
        3,
    ]


def test_nothing_has_no_frontier():
    assert len(efficient(np.array([]), np.array([]))) == 0
