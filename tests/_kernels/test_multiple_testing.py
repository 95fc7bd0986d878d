"""Adjusted p-values against scipy, R's p.adjust and the definitions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from crmkit._kernels.multiple_testing import adjusted

METHODS = ["bonferroni", "holm", "fdr_bh", "fdr_by"]
# Few different values, so that ties are common.
P = st.lists(
    st.sampled_from([0.0, 0.001, 0.01, 0.02, 0.5, 1.0]) | st.floats(0, 1, allow_subnormal=False),
    min_size=1,
)


def slow(p, method, m):
    """Adjust by the definitions: j is a rank, each p the minimum or maximum over ranks."""
    ordered = sorted(map(Fraction, p))
    ranks = range(1, len(ordered) + 1)
    if method == "bonferroni":
        by_rank = [m * x for x in ordered]
    elif method == "holm":
        by_rank = [max((m - i + 1) * ordered[i - 1] for i in ranks if i <= j) for j in ranks]
    else:
        weight = sum(Fraction(1, i) for i in range(1, m + 1)) if method == "fdr_by" else 1
        by_rank = [min(m * weight * ordered[i - 1] / i for i in ranks if i >= j) for j in ranks]
    return [float(min(1, by_rank[ordered.index(Fraction(x))])) for x in p]


@pytest.mark.parametrize("method", METHODS)
@given(p=P, unseen=st.integers(0, 40))
def test_adjusted_values_follow_the_definitions(method, p, unseen):
    m = len(p) + unseen
    expected = slow(p, method, m)
    assert pytest.approx(expected, rel=1e-12) == adjusted(np.array(p), method, m).tolist()


@pytest.mark.parametrize(("method", "name"), [("fdr_bh", "bh"), ("fdr_by", "by")])
@given(p=P)
def test_false_discovery_rates_are_those_of_scipy(method, name, p):
    expected = false_discovery_control(p, method=name)
    np.testing.assert_allclose(adjusted(np.array(p), method, len(p)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("holm", [0.05, 0.12, 0.12, 0.12, 0.5]),
        ("bonferroni", [0.05, 0.15, 0.15, 0.15, 1.0]),
        ("fdr_bh", [0.0375, 0.0375, 0.0375, 0.0375, 0.5]),
    ],
)
def test_ties_share_one_value(method, expected):
    # By hand. Holm counts the first of the ties, 4 * .03; Benjamini-Hochberg the last, 5 * .03 / 4.
    p = np.array([0.01, 0.03, 0.03, 0.03, 0.5])
    found = adjusted(p, method, 5)
    assert pytest.approx(expected) == found.tolist()
    assert found[1] == found[2] == found[3]


@pytest.mark.parametrize("method", METHODS)
@given(p=P, more=st.integers(1, 10**9), seed=st.integers(0, 9))
def test_more_tests_never_make_a_p_value_smaller(method, p, more, seed):
    values = np.array(p)
    few, many = (adjusted(values, method, len(p) + k) for k in (0, more))
    assert np.all(few >= values * (1 - 1e-12))
    assert np.all(many >= few * (1 - 1e-12))
    assert np.all(many <= 1)
    shuffled = np.random.default_rng(seed).permutation(len(p))
    assert np.array_equal(few[shuffled], adjusted(values[shuffled], method, len(p)))


@pytest.mark.parametrize("method", METHODS)
def test_no_rules_need_no_adjustment(method):
    assert adjusted(np.array([]), method, 7).tolist() == []
