"""Hypergeometric tails against exact integers, scipy.stats, and 50-digit decimals."""

from __future__ import annotations

import decimal
import math
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from crmkit._kernels import hypergeometric as hyper

DIGITS = decimal.Context(prec=50)


@st.composite
def tables(draw, largest=60):
    """Draw (n11, n1, nY, n), empty and full margins included."""
    n = draw(st.integers(1, largest))
    n1, ny = draw(st.integers(0, n)), draw(st.integers(0, n))
    return draw(st.integers(max(0, n1 + ny - n), min(n1, ny))), n1, ny, n


def columns(rows):
    return tuple(np.array(rows, dtype=np.int64).reshape(-1, 4).T)


def probability(k, n1, ny, n):
    return Fraction(math.comb(ny, k) * math.comb(n - ny, n1 - k), math.comb(n, n1))


@given(st.lists(tables()))
def test_tails_are_the_exact_ones(rows):
    upper, lower = hyper.upper_tail(*columns(rows)), hyper.lower_tail(*columns(rows))
    for (k, n1, ny, n), up, low in zip(rows, upper, lower, strict=True):
        exact = [probability(j, n1, ny, n) for j in range(n1 + 1)]
        assert pytest.approx(float(sum(exact[k:])), rel=1e-12) == up
        assert pytest.approx(float(sum(exact[: k + 1])), rel=1e-12) == low


@given(st.lists(tables(), min_size=1), st.sampled_from([0.01, 0.5, 0.9, 0.95, 0.99, 0.999]))
def test_the_quantile_is_the_first_count_that_reaches_the_level(rows, level):
    _, n1, ny, n = columns(rows)
    exact = []
    for _, a, c, whole in rows:
        reached, q = Fraction(0), -1
        while reached < Fraction(str(level)):
            q += 1
            reached += probability(q, a, c, whole)
        exact.append(q)
    assert exact == hyper.quantile(level, n1, ny, n).tolist()


def random_tables(n, size, seed, reach):
    """Draw margins over four magnitudes, counts within *reach* standard deviations of chance."""
    rng = np.random.default_rng(seed)
    n1, ny = np.maximum((n * 10 ** rng.uniform(-4, 0, (2, size))).astype(np.int64), 1)
    mean = n1 * (ny / n)
    sd = np.sqrt(mean * (1 - n1 / n) * (1 - ny / n))
    both = np.round(mean + sd * rng.uniform(-reach, reach, size)).astype(np.int64)
    return np.clip(both, np.maximum(0, n1 + ny - n), np.minimum(n1, ny)), n1, ny


@pytest.mark.parametrize("n", [100, 10_000, 100_000])
def test_tails_and_quantiles_are_those_of_scipy(n):
    both, n1, ny = random_tables(n, 60, seed=n, reach=8)
    upper, lower = hypergeom.sf(both - 1, n, ny, n1), hypergeom.cdf(both, n, ny, n1)
    np.testing.assert_allclose(hyper.upper_tail(both, n1, ny, n), upper, rtol=2e-9)
    np.testing.assert_allclose(hyper.lower_tail(both, n1, ny, n), lower, rtol=2e-9)
    for level in (0.5, 0.99):
        expected = hypergeom.ppf(level, n, ny, n1).astype(np.int64)
        assert expected.tolist() == hyper.quantile(level, n1, ny, n).tolist()


@cache
def log_factorial(k):
    """Return log k! to 40 digits, from Stirling's series beyond 2000."""
    with decimal.localcontext(DIGITS):
        if k < 2000:
            return Decimal(math.factorial(k)).ln()
        pi = Decimal("3.1415926535897932384626433832795028841971693993751")
        bernoulli = [(1, 12), (-1, 360), (1, 1260), (-1, 1680), (1, 1188), (-691, 360360)]
        rest = sum(Decimal(a) / b / Decimal(k) ** (2 * j + 1) for j, (a, b) in enumerate(bernoulli))
        return k * Decimal(k).ln() - k + (2 * pi * k).ln() / 2 + rest


def slow_log_upper(k, n1, ny, n):
    """Sum over the side where terms fall, the first term in decimals."""
    if k <= max(0, n1 + ny - n):
        return Decimal(0)
    if (n1 - k) * (ny - k) > (k + 1) * (n - n1 - ny + k + 1):
        return (1 - slow_log_falling(n1 - k + 1, n1, n - ny, n).exp()).ln()
    return slow_log_falling(k, n1, ny, n)


def slow_log_falling(k, n1, ny, n):
    a, b, c, d = k, n1 - k, ny - k, n - n1 - ny + k
    with decimal.localcontext(DIGITS):
        margins = sum(map(log_factorial, (n1, n - n1, ny, n - ny)))
        first = margins - sum(map(log_factorial, (n, a, b, c, d)))
    term, terms = 1.0, [1.0]
    while term > 1e-19 and b > 0 and c > 0:
        a, b, c, d, term = a + 1, b - 1, c - 1, d + 1, term * (b / (a + 1)) * (c / (d + 1))
        terms.append(term)
    return first + Decimal(math.fsum(terms)).ln()


@pytest.mark.parametrize(
    ("n", "accuracy"), [(10**5, 1e-11), (10**6, 1e-9), (10**8, 1e-9), (10**9, 1e-9)]
)
def test_logs_of_tails_are_right_for_many_baskets(n, accuracy):
    both, n1, ny = random_tables(n, 40, seed=n % 97, reach=36)
    found = hyper.log_upper_tail(both, n1, ny, n)
    rows = zip(both.tolist(), n1.tolist(), ny.tolist(), strict=True)
    expected = [slow_log_upper(*row, n) for row in rows]
    errors = [abs(Decimal(x) - e) for x, e in zip(found.tolist(), expected, strict=True)]
    assert max(errors) <= accuracy


@pytest.mark.parametrize("places", [0, 1, 400, 5_000, 20_000])
def test_margins_of_half_of_all_baskets_are_no_harder(places):
    # 2,500 baskets are one standard deviation; the tail from the mode has more than 20,000 terms.
    n, half = 10**8, 5 * 10**7
    row = (n // 4 + places, half, half)
    found = hyper.log_upper_tail(*(np.array([x]) for x in row), n)
    assert pytest.approx(float(slow_log_upper(*row, n)), rel=1e-9) == found[0]


def test_p_values_too_small_for_a_float_still_rank():
    both, margin = np.array([5_000, 6_000, 7_000]), np.full(3, 10_000)
    logs = hyper.log_upper_tail(both, margin, margin, 10**7)
    assert hyper.upper_tail(both, margin, margin, 10**7).tolist() == [0, 0, 0]
    assert np.all(np.diff(logs) < -1000)
    assert np.all(np.isfinite(logs))


@given(st.lists(tables(2_000), min_size=1))
def test_directions_of_a_rule_share_a_p_value_and_tails_overlap_in_one_count(rows):
    both, n1, ny, n = columns(rows)
    upper, lower = hyper.upper_tail(both, n1, ny, n), hyper.lower_tail(both, n1, ny, n)
    assert upper.tolist() == hyper.upper_tail(both, ny, n1, n).tolist()
    exact = [float(probability(*row)) for row in rows]
    np.testing.assert_allclose(upper + lower, 1 + np.array(exact), rtol=1e-11)


@given(st.lists(tables(400), min_size=1), st.integers(0, 99))
def test_each_rule_is_answered_on_its_own(rows, seed):
    doubled = np.random.default_rng(seed).permutation(len(rows) * 2)
    together = hyper.log_upper_tail(*columns([rows[j // 2] for j in doubled]))
    alone = [hyper.log_upper_tail(*columns([row]))[0] for row in rows]
    assert [alone[j // 2] for j in doubled] == together.tolist()


def test_no_rules_have_no_tails():
    none = np.array([], dtype=np.int64)
    assert hyper.upper_tail(none, none, none, 10).tolist() == []
    assert hyper.quantile(0.99, none, none, 10).tolist() == []


@pytest.mark.parametrize("level", [1e-12, 0.01, 0.99, 1 - 1e-12])
def test_quantiles_far_out_and_of_many_baskets_are_reached(level):
    _, n1, ny = random_tables(10**8, 30, seed=5, reach=1)
    q = hyper.quantile(level, n1, ny, 10**8)
    assert np.all(hyper.lower_tail(q, n1, ny, 10**8) >= level * (1 - 1e-9))
    above = q > np.maximum(0, n1 + ny - 10**8)
    short = hyper.lower_tail((q - 1)[above], n1[above], ny[above], 10**8)
    assert np.all(short < level * (1 + 1e-9))


def test_scipy_stats_is_not_loaded():
    code = "import sys, crmkit._kernels.hypergeometric; print('scipy.stats' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
