"""ProductPeriods from a ready matrix: what each cell means, further exposure and closures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.data import Cell
from crmkit.errors import ClippedReturnsWarning, InvalidArgumentError, InvalidDataError
from effort import THIRD

NAN = math.nan
NUMBERS = st.sampled_from([NAN, 0, 0, 1, 2.5, 70])


def matrices(rows: int = 5, periods: int = 8) -> st.SearchStrategy[list[list[float]]]:
    """Rows of one length with a number in each."""
    row = st.lists(NUMBERS, min_size=periods, max_size=periods)
    known = row.filter(lambda values: not all(map(math.isnan, values)))
    return st.lists(known, min_size=1, max_size=rows)


def cell_of(row: list[float], at: int, closed: bool) -> str:
    """What a cell is, by its definition."""
    known = [t for t, value in enumerate(row) if not math.isnan(value)]
    if at < known[0]:
        return "NOT_LAUNCHED"
    if at > known[-1]:
        return "NOT_OBSERVED"
    if closed:
        return "CLOSED"
    if math.isnan(row[at]):
        return "NOT_OBSERVED"
    return "SALE" if row[at] > 0 else "NO_SALE"


def names(periods: ck.ProductPeriods) -> list[list[str]]:
    return [[Cell(cell).name for cell in row] for row in periods.block(slice(None)).cells]


@given(counts=matrices(), closed=st.lists(st.booleans(), min_size=40, max_size=40))
def test_each_cell_is_what_its_definition_says(counts, closed):
    mask = np.array(closed).reshape(5, 8)[: len(counts)]

    periods = ck.ProductPeriods.from_matrix(counts, closed=mask)

    expected = [[cell_of(row, t, mask[k, t]) for t in range(8)] for k, row in enumerate(counts)]
    assert expected == names(periods)
    assert np.nan_to_num(counts).tolist() == periods.block(slice(None)).values.tolist()


@given(counts=matrices(), size=st.integers(1, 6))
@THIRD
def test_blocks_are_the_table_in_parts(counts, size):
    periods = ck.ProductPeriods.from_matrix(counts)

    parts = list(periods.blocks(size))

    for k, whole in enumerate(periods.block(slice(None))):
        np.testing.assert_array_equal(np.concatenate([part[k] for part in parts]), whole)


@pytest.mark.parametrize("empty", [0, 100])
def test_full_and_empty_tables_are_held_apart_and_say_the_same(empty):
    rng = np.random.default_rng(1)
    counts = np.vstack([rng.integers(1, 9, (4, 6)), np.zeros((empty, 6))])

    periods = ck.ProductPeriods.from_matrix(counts)

    assert (periods.cells.sales.starts is None) == (empty == 0)
    assert counts.tolist() == periods.block(slice(None)).values.tolist()
    assert counts.sum(axis=1).tolist() == periods.to_frame()["total"].tolist()
    assert [6] * 4 == periods.to_frame()["periods_with_sale"].tolist()[:4]
    assert counts[2:4].tolist() == periods[2:4].block(slice(None)).values.tolist()


def test_leading_nan_leading_zero_and_trailing_nan_are_three_things():
    periods = ck.ProductPeriods.from_matrix([[NAN, 0, 3, 0], [0, 0, 3, NAN]], age_known=False)

    assert ["NOT_LAUNCHED", "NO_SALE", "SALE", "NO_SALE"] == names(periods)[0]
    assert ["NO_SALE", "NO_SALE", "SALE", "NOT_OBSERVED"] == names(periods)[1]
    assert [3, 3] == periods.age.tolist()
    assert [1, 0] == periods.launch.tolist()
    assert not periods.age_known.any()
    assert np.isnat(periods.through)


def test_values_that_float32_does_not_hold_are_kept():
    amounts = [[20.29, 2**24 + 1, 1 / 3]]

    assert amounts == ck.ProductPeriods.from_matrix(amounts).block(slice(None)).values.tolist()


@pytest.mark.parametrize(
    ("every", "start", "third", "last"),
    [
        ("day", "2026-02-27", "2026-03-01", "2026-03-01"),
        ("week", "2026-02-25", "2026-03-11", "2026-03-17"),
        ("month", "2025-12-01", "2026-02-01", "2026-02-28"),
        ("quarter", "2025-10-01", "2026-04-01", "2026-06-30"),
        ("year", "2024-01-01", "2026-01-01", "2026-12-31"),
    ],
)
def test_periods_follow_the_calendar(every, start, third, last):
    periods = ck.ProductPeriods.from_matrix([[1, 2, 3]], start=start, every=every)

    assert (third, last) == (str(periods.starts[2]), str(periods.through))
    given_all = ck.ProductPeriods.from_matrix([[1, 2, 3]], start=periods.starts, every=every)
    assert periods == given_all


def test_everything_wrong_is_told_at_once():
    counts = [[1, 2, 3], [NAN, NAN, NAN], [1, math.inf, 0], [0, 0, 1]]
    days = ["2026-01-05", "2026-01-12", "2026-02-12"]

    with pytest.raises(InvalidDataError) as caught:
        ck.ProductPeriods.from_matrix(counts, products=["a", "b", "a", "c"], start=days)

    told = str(caught.value)
    assert told.startswith("the matrix has 4 problems:")
    assert "infinite numbers in 1 row, first in row 2 (counted from 0)" in told
    assert "nothing but NaN in 1 row, first in row 1" in told
    assert "products that stand in several rows in 2 rows, first in row 0" in told
    assert "column 2 (counted from 0)" in told
    assert "2026-01-12 to 2026-02-12 are 31 days" in told


@pytest.mark.parametrize(
    ("start", "every", "told"),
    [
        ("2026-01-05", "month", "must be the first day of a month; got 2026-01-05, .* 2026-01-01"),
        (["2026-01-05", "2026-01-05"], "week", "2026-01-05 repeats"),
        (["2026-01-12", "2026-01-05"], "week", "2026-01-12 to 2026-01-05 are -7 days"),
        (["2026-01-01", "2026-02-01"], "week", "2026-01-01 to 2026-02-01 are 31 days"),
        (["2026-01-05"], "week", "start has 1 days? for 2 periods"),
    ],
)
def test_starts_that_are_no_run_of_periods_are_refused(start, every, told):
    with pytest.raises(InvalidDataError, match=told):
        ck.ProductPeriods.from_matrix([[1, 2]], start=start, every=every)


@pytest.mark.parametrize(
    ("counts", "question", "told"),
    [
        ([1, 2, 3], {}, "matrix of products x periods.*got shape \\(3,\\)"),
        ([[1, 2], [3]], {}, "rows of one length"),
        ([["a"]], {}, "counts must be numbers"),
        ([[]], {}, "at least one period"),
        ([[1, 2]], {"every": "weekly"}, "did you mean 'week'"),
        ([[1, 2]], {"value": "units"}, "value must be one of"),
        ([[1, 2]], {"closed": [0, 1]}, "closed must be 2 booleans"),
        ([[1, 2]], {"closed": [True]}, "closed must be 2 booleans"),
        ([[1, 2]], {"age_known": [True, False]}, "age_known must be True, False or 1 booleans"),
        ([[1, 2]], {"start": "today"}, "start must be a day"),
    ],
)
def test_options_outside_their_domain_are_refused(counts, question, told):
    with pytest.raises(InvalidArgumentError, match=told):
        ck.ProductPeriods.from_matrix(counts, **question)


@pytest.mark.parametrize(
    ("products", "told"),
    [(["a"], "2 rows need as many products"), (["a", 1], "mixed types"), ([1.5, 2.5], "floats")],
)
def test_ids_that_cannot_be_read_are_refused(products, told):
    with pytest.raises(InvalidDataError, match=told):
        ck.ProductPeriods.from_matrix([[1, 2], [3, 4]], products=np.array(products, dtype=object))


def test_ids_of_no_text_stay_what_they_are():
    periods = ck.ProductPeriods.from_matrix([[1, 2], [3, 4]], products=[9, 7])

    assert (np.int64, [9, 7]) == (periods.products.dtype, periods.products.tolist())


def test_numbers_below_zero_count_as_zero_and_are_warned_of():
    with pytest.warns(ClippedReturnsWarning, match="by 2 in some periods"):
        periods = ck.ProductPeriods.from_matrix([[5, -2, 3]])

    assert [[5, 0, 3]] == periods.block(slice(None)).values.tolist()
    assert ["1 cell below 0"] == periods.left_out.facts()


def test_further_exposure_is_multiplied_in():
    periods = ck.ProductPeriods.from_matrix([[1, 2], [3, 4], [5, 6]])

    twice = periods.with_exposure([1, 2]).with_exposure([[3, 3], [5, 5], [1, 1]])

    assert [[3, 6], [5, 10], [1, 2]] == twice.block(slice(None)).exposure.tolist()
    assert [[1, 2]] == twice[2:].block(slice(None)).exposure.tolist()
    assert [[1, 1]] * 3 == periods.block(slice(None)).exposure.tolist()


def test_exposure_must_be_above_zero_and_fit():
    periods = ck.ProductPeriods.from_matrix([[1, 2], [3, 4], [5, 6]])

    with pytest.raises(InvalidArgumentError, match="exposure must be 2 numbers.*shape \\(3,\\)"):
        periods.with_exposure([1, 2, 3])
    with pytest.raises(InvalidArgumentError, match="above 0.*with_closed"):
        periods.with_exposure([1, 0])


def test_other_closures_replace_those_given_and_keep_what_is_not_observed():
    counts = [[1, NAN, 2, 3, 4], [1, 1, 1, 1, 1]]
    periods = ck.ProductPeriods.from_matrix(counts, closed=[False, False, True, False, False])
    mask = np.zeros((2, 5), dtype=bool)
    mask[0, 3] = True

    single = periods.with_closed(mask)
    shop = single.with_closed([False, False, False, False, True])

    assert ["SALE", "NOT_OBSERVED", "CLOSED", "SALE", "SALE"] == names(periods)[0]
    assert ["SALE", "NOT_OBSERVED", "SALE", "CLOSED", "SALE"] == names(single)[0]
    assert ["SALE", "NOT_OBSERVED", "SALE", "SALE", "CLOSED"] == names(shop)[0]
    assert names(single[:1]) == names(single)[:1]


def test_equal_tables_are_equal_and_others_are_not():
    one, two = (ck.ProductPeriods.from_matrix([[1, NAN, 2]]) for _ in range(2))

    assert one == two
    assert one != ck.ProductPeriods.from_matrix([[1, 0, 2]])
    assert one != one.with_exposure([1, 1, 2])


def test_a_table_shows_its_first_rows():
    periods = ck.ProductPeriods.from_matrix(np.ones((3, 2)), start="2026-01-05", value="amount")

    assert "ProductPeriods(3 products x 2 weeks from 2026-01-05, amount)" == repr(periods)
    assert "<table" in periods._repr_html_()
    assert (3, 6) == periods.to_frame().shape
