"""Several codes of a line as one."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.profitability.keys import dense_codes


@pytest.mark.parametrize("largest", [3, 10**6, 2**40])
def test_different_rows_of_codes_get_different_numbers(largest):
    rng = np.random.default_rng(7)
    columns = [rng.choice([-1, 0, 1, largest], 50) for _ in range(3)]
    codes, example = dense_codes(*columns)

    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert len(set(rows)) == len(example) == len(set(codes.tolist()))
    assert rows == [rows[example[code]] for code in codes]
    assert example.tolist() == [rows.index(rows[k]) for k in example]


def test_no_lines_have_no_codes():
    codes, example = dense_codes(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32))
    assert len(codes) == len(example) == 0
