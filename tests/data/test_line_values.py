"""One figure per line: exact, of one set of lines, and of no other."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import (
    InexactSumsWarning,
    InvalidArgumentError,
    InvalidDataError,
    MissingRoleError,
)


def lines(**columns):
    count = len(next(iter(columns.values()), [0, 0]))
    return ck.Transactions.from_arrays(
        customer=range(count), time=["2026-01-03"] * count, **columns
    )


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(-(10**7), 10**7)), min_size=1))
def test_the_margin_is_exact_whatever_the_grids(rows):
    cents = [cents for cents, _ in rows]
    mills = [mills for _, mills in rows]
    tx = lines(amount=[c / 100 for c in cents], cost=[m / 1000 for m in mills])

    margin = ck.LineValues.margin(tx).numbers

    assert margin.exact
    expected = [float(Decimal(c) / 100 - Decimal(m) / 1000) for c, m in rows_of(cents, mills)]
    assert margin.values.tolist() == expected
    assert margin.total() == float(sum(Decimal(10 * c - m) for c, m in rows) / 1000)


def rows_of(cents, mills):
    return zip(cents, mills, strict=True)


def test_figures_meet_no_other_lines_equal_as_they_may_be():
    tx, twin = lines(amount=[1, 2], cost=[1, 1]), lines(amount=[1, 2], cost=[1, 1])
    margin = ck.LineValues.margin(tx)

    assert tx == twin
    assert margin.on(tx) is margin.numbers
    for others in (twin, tx.where(np.array([True, True]))):
        with pytest.raises(InvalidArgumentError, match=r"margin was made for other lines: .*2 lin"):
            margin.on(others)


def test_figures_are_equal_if_they_are_of_the_same_lines():
    tx, twin = lines(amount=[1, 2], cost=[1, 1]), lines(amount=[1, 2], cost=[1, 1])

    assert ck.LineValues.margin(tx) == ck.LineValues.margin(tx)
    assert ck.LineValues.margin(tx) != ck.LineValues.margin(twin)
    assert ck.LineValues.margin(tx) != ck.LineValues.margin(tx, unit="EUR")


@pytest.mark.parametrize(
    "values",
    [[1.5, -2], np.array([1.5, -2]), [Decimal("1.5"), -2], np.array([1.5, -2], np.float32)],
)
def test_figures_are_any_numbers(values):
    assert ck.LineValues.of(lines(), values, name="reward").numbers.values.tolist() == [1.5, -2.0]


def test_decimals_stay_what_they_are():
    tx = lines(amount=[1.5, 2.25])

    assert ck.LineValues.of(tx, tx.amount, name="revenue").numbers is tx.amount


def test_no_lines_no_figures():
    tx = lines(amount=[], cost=[])

    assert len(ck.LineValues.margin(tx)) == len(ck.LineValues.of(tx, [], name="reward")) == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1.0], "2 lines, 1 number"),
        ([[1.0, 2.0]], r"list of numbers, one per line; got float64 of shape \(1, 2\)"),
        (["1", "2"], "list of numbers, one per line; got <U1"),
        ([True, False], "got bool"),
        (["a", None], "got object"),
        (7, r"shape \(\)"),
    ],
)
def test_one_number_per_line(values, said):
    with pytest.raises(InvalidArgumentError, match=said):
        ck.LineValues.of(lines(), values, name="reward")


@pytest.mark.parametrize(
    "values", [[1, None], [1, np.nan], [1, np.inf], np.ma.MaskedArray([1, 2], mask=[0, 1])]
)
def test_a_gap_is_an_error_that_says_where(values):
    with pytest.raises(InvalidDataError, match=r"missing or infinite on 1 line, .* line 1 "):
        ck.LineValues.of(lines(), values, name="reward")


def test_the_margin_needs_amount_and_cost():
    with pytest.raises(MissingRoleError, match=r"LineValues.margin\(\) needs the cost"):
        ck.LineValues.margin(lines(amount=[1, 2]))
    with pytest.raises(InvalidArgumentError, match="tx must be Transactions; got list"):
        ck.LineValues.margin([1, 2])


def test_a_margin_on_no_grid_warns():
    with pytest.warns(InexactSumsWarning):
        tx = lines(amount=[1 / 3, 1], cost=[0.25, 1])
    with pytest.warns(InexactSumsWarning, match="margin"):
        margin = ck.LineValues.margin(tx)

    assert margin.numbers.values.tolist() == [1 / 3 - 0.25, 0.0]
    assert repr(margin) == "LineValues(margin of 2 lines, total 0.0833333)"


def test_grids_too_far_apart_for_64_bits_stay_floats():
    tx = lines(amount=[4 * 10**18, 1], cost=[0.25, 0.5])

    with pytest.warns(InexactSumsWarning, match="margin"):
        assert ck.LineValues.margin(tx).numbers.values.tolist() == [4e18, 0.5]
