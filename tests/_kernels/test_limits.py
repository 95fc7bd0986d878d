"""Limits on windows that do not nest, against one row at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit._kernels.limits import granted_stepwise


@st.composite
def _accounts(draw: st.DrawFn) -> list[list[tuple[int, list[int], list[int]]]]:
    """Return rows of (wanted, how many rows back each window reaches, limit of each window)."""
    windows = draw(st.integers(1, 3))
    row = st.tuples(
        st.integers(0, 9),
        st.lists(st.integers(0, 4), min_size=windows, max_size=windows),
        st.lists(st.integers(-5, 25), min_size=windows, max_size=windows),
    )
    account = st.lists(row, min_size=1, max_size=6)
    return draw(st.lists(account, min_size=1, max_size=40))


def _one_by_one(account: list[tuple[int, list[int], list[int]]]) -> list[int]:
    granted: list[int] = []
    for k, (wanted, reach, limits) in enumerate(account):
        for back, limit in zip(reach, limits, strict=True):
            wanted = min(wanted, limit - sum(granted[max(k - back, 0) :]))
        granted.append(max(wanted, 0))
    return granted


@settings(max_examples=60)
@given(_accounts())
def test_limits_may_differ_by_row_and_be_used_up_before(
    accounts: list[list[tuple[int, list[int], list[int]]]],
) -> None:
    sizes = np.array([len(account) for account in accounts])
    heads = np.cumsum(sizes) - sizes
    rows = [row for account in accounts for row in account]
    own = np.repeat(heads, sizes)
    reach = np.array([row[1] for row in rows]).T
    starts = [np.maximum(np.arange(len(rows)) - back, own) for back in reach]
    limits = list(np.array([row[2] for row in rows]).T)

    granted = granted_stepwise(np.array([row[0] for row in rows]), heads, starts, limits)

    assert granted.tolist() == [units for account in accounts for units in _one_by_one(account)]
