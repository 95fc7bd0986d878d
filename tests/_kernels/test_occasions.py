"""Purchase days and gaps, against lines taken one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from crmkit._kernels.occasions import Lines, gaps_of, occasions_of
from cycle_worlds import LINES, Line, purchase_days

CUSTOMERS, PRODUCTS = ["ann", "bob", "cem"], ["milk", "soap"]


def columns(lines: list[Line], units: type) -> Lines:
    known = [line for line in lines if line.customer is not None]
    who = [CUSTOMERS.index(line.customer) for line in known if line.customer]
    what = [PRODUCTS.index(line.product) for line in known]
    codes = (np.array(c, dtype=np.int32) for c in (who, what, [line.day for line in known]))
    return Lines(*codes, np.array([line.units for line in known], dtype=units))


@given(LINES)
def test_occasions_and_gaps_are_those_of_lines_taken_one_by_one(lines: list[Line]) -> None:
    expected = purchase_days(lines)
    for kind in (np.int64, np.float64):
        found = occasions_of(columns(lines, kind), 3, 31)
        gaps = gaps_of(found)

        pairs = zip(found.item.tolist(), found.customer.tolist(), strict=True)
        assert [(PRODUCTS[i], CUSTOMERS[c]) for i, c in pairs] == list(expected)
        for place, days in enumerate(expected.values()):
            mine = slice(found.starts[place], found.starts[place + 1])
            assert dict(zip(found.day[mine], found.units[mine], strict=True)) == days
            assert gaps.days[gaps.pair == place].tolist() == np.diff(list(days)).tolist()
        assert (found.day[gaps.opened_by + 1] - found.day[gaps.opened_by] == gaps.days).all()


def test_no_lines_are_no_occasions() -> None:
    found = occasions_of(columns([], np.int64), 3, 31)

    assert len(found.day) == len(found.item) == len(gaps_of(found).days) == 0
    assert found.starts.tolist() == [0]
