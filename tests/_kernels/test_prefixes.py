"""Longest prefixes by date and origin, and rows that nothing decides between."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit._kernels.prefixes import ALL_YEAR, DatedRows, Wanted, is_in_season, longest_match, ties

ANY = 0


def dated(*rows):
    """Rows of (prefix, origin, start, end) or with a season as well."""
    full = [(*row, *ALL_YEAR) if len(row) == 4 else row for row in rows]
    columns = [np.array(column) for column in zip(*(row[1:] for row in full), strict=True)]
    codes = np.array([int(row[0].ljust(10, "0")) for row in full])
    return DatedRows(codes, np.array([len(row[0]) for row in full]), *columns)


def found(rows, code, *, origin=ANY, day=100, month_day=615):
    tables = [[np.array([origin])], [np.array([ANY])]]
    wanted = Wanted(
        codes=np.array([int(code.ljust(10, "0"))]),
        lengths=np.array([len(code)]),
        code=np.zeros(1, dtype=np.int64),
        origin=np.zeros(1, dtype=np.int64),
        day=np.array([day]),
        month_day=np.array([month_day]),
        tiers=tables,
    )
    return longest_match(rows, wanted).tolist()


def test_the_longest_prefix_wins_over_the_exact_origin():
    rows = dated(("0901", 1, 0, 200), ("090121", ANY, 0, 200))

    assert [1] == found(rows, "09012100", origin=1)


def test_a_row_longer_than_the_code_does_not_match_its_zeros():
    rows = dated(("0901210000", ANY, 0, 200), ("09", ANY, 0, 200))

    assert [1] == found(rows, "09012100")
    assert [0] == found(rows, "0901210000")


def test_an_expired_later_row_does_not_hide_an_earlier_one():
    rows = dated(("0901", ANY, 0, 200), ("0901", ANY, 50, 60), ("0901", ANY, 70, 80))

    assert [[0], [1], [2], [-1]] == [found(rows, "0901", day=day) for day in (100, 60, 70, 201)]


def test_nothing_is_wanted_of_nothing():
    rows = dated(("0901", ANY, 0, 200))
    nothing = np.zeros(0, dtype=np.int64)

    assert [] == longest_match(rows, Wanted(*[nothing] * 6, tiers=[[nothing]])).tolist()
    assert [-1] == found(rows.some(nothing), "0901")


@pytest.mark.parametrize(
    ("month_day", "expected"), [(1114, False), (1115, True), (101, True), (228, True), (301, False)]
)
def test_a_season_may_span_the_new_year(month_day, expected):
    ends = (np.array([1115]), np.array([228]))

    assert [expected] == is_in_season(np.array([month_day]), *ends).tolist()


def test_rows_tie_only_if_their_seasons_share_a_day():
    winter, summer = ("09", ANY, 0, 9, 1115, 228), ("09", ANY, 0, 9, 301, 1114)
    spring = ("09", ANY, 0, 9, 228, 531)
    kinds = np.zeros(2, dtype=np.int64)
    december = ("09", ANY, 0, 9, 1201, 1231)

    assert ties(dated(winter, summer), kinds) is None
    assert (0, 1) == ties(dated(december, winter), kinds)
    assert (0, 1) == ties(dated(winter, spring), kinds)
    assert ties(dated(winter, spring), np.array([0, 1])) is None
