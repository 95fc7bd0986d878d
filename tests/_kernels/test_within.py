"""Slopes within pairs, against dummy variables."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.within import slopes_of, sums_within


def test_the_slope_is_that_of_a_regression_with_a_constant_per_pair() -> None:
    rng = np.random.default_rng(1)
    pair = np.sort(rng.integers(0, 30, 200))
    group = pair % 2
    x = rng.normal(size=200)
    y = 0.6 * x + rng.normal(size=30)[pair] + rng.normal(scale=0.3, size=200)

    found = slopes_of(sums_within(x, y, pair, group, 3))

    for g in range(2):
        rows = group == g
        names, dummy = np.unique(pair[rows], return_inverse=True)
        design = np.column_stack([x[rows], np.eye(len(names))[dummy]])
        fit, squares, *_ = np.linalg.lstsq(design, y[rows], rcond=None)
        variance = squares[0] / (rows.sum() - design.shape[1])
        error = np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0])
        np.testing.assert_allclose([found.slope[g], found.error[g]], [fit[0], error], rtol=1e-9)
    assert np.isnan(found.slope[2])


def test_a_group_in_which_nobody_varies_has_no_slope() -> None:
    x, y = np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0, 5.0])

    found = slopes_of(sums_within(x, y, np.array([0, 0, 1, 1]), np.zeros(4, dtype=np.int64), 1))

    assert np.isnan(found.slope[0])
    assert np.isnan(found.error[0])


def test_groups_put_together_are_those_of_their_rows_together() -> None:
    rng = np.random.default_rng(2)
    pair = np.sort(rng.integers(0, 20, 100))
    x, y = rng.normal(size=100), rng.normal(size=100)
    codes = np.array([0, 1, 0, -1])

    apart = sums_within(x, y, pair, pair % 4, 4).put_together(codes, 2)

    kept = pair % 4 < 3
    rows = (x[kept], y[kept], pair[kept], codes[pair % 4][kept])
    for one, two in zip(apart, sums_within(*rows, 2), strict=True):
        np.testing.assert_allclose(one, two)
