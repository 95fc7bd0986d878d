"""Splits of products against sums over subsets, in Fractions."""

from fractions import Fraction
from itertools import combinations, permutations
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.shapley import (
    mixed_totals,
    rounded_to_targets,
    shapley_ratios,
    shapley_slopes,
)


def worth(values, costed):
    *counts, price = values[:-1] if costed else values
    return prod(counts) * (price - (values[-1] if costed else 0))


def by_subsets(before, after, costed):
    """Shapley's value as it is defined, term by term."""
    n, shares = len(before), []
    for i in range(n):
        others, share = [j for j in range(n) if j != i], Fraction(0)
        for size in range(n):
            weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
            for moved in combinations(others, size):
                without = [after[j] if j in moved else before[j] for j in range(n)]
                joined = [after[j] if j in (*moved, i) else before[j] for j in range(n)]
                share += weight * (worth(joined, costed) - worth(without, costed))
        shares.append(share)
    return shares


def split(before, after, *, costed):
    ends = [np.array([values], dtype=np.float64).T for values in (before, after)]
    return (shapley_slopes(*ends, costed=costed) * (ends[1] - ends[0]))[:, 0]


def ends_of(least):
    numbers = st.integers(-20, 20).map(lambda k: k / 4)
    return st.integers(least, 6).flatmap(
        lambda n: st.tuples(*[st.lists(numbers, min_size=n, max_size=n)] * 2)
    )


@given(ends_of(1))
def test_the_integral_is_the_sum_over_subsets(ends):
    exact = by_subsets(*[[Fraction(x) for x in values] for values in ends], costed=False)

    assert split(*ends, costed=False) == pytest.approx([float(x) for x in exact], abs=1e-9)


@given(ends_of(3))
def test_price_and_cost_are_factors_of_their_own(ends):
    exact = by_subsets(*[[Fraction(x) for x in values] for values in ends], costed=True)

    assert split(*ends, costed=True) == pytest.approx([float(x) for x in exact], abs=1e-9)


@given(ends_of(3), st.booleans())
def test_swapping_the_ends_negates_to_the_last_bit(ends, costed):
    there, back = split(*ends, costed=costed), split(*ends[::-1], costed=costed)

    assert np.array_equal(there, -back)


@given(ends_of(1))
def test_what_does_not_move_gets_nothing_at_all(ends):
    before, after = ends
    after = [before[0], *after[1:]]

    assert split(before, after, costed=False)[0] == 0.0


def test_equal_factors_get_equal_shares():
    one, two, price = split([2, 2, 5], [3, 3, 4], costed=False)

    assert one == two == pytest.approx(11 + 1 / 6)
    assert price == pytest.approx(-(6 + 1 / 3))


def test_no_products_have_no_shares():
    assert shapley_slopes(np.zeros((5, 0)), np.zeros((5, 0)), costed=False).shape == (5, 0)


# --- rounding ------------------------------------------------------------------------------------


def test_units_left_over_go_to_the_largest_remainders():
    parts = np.array([[22.0, 187 / 6, -50 / 3, -39.25, -39.25]]).T

    units = rounded_to_targets(parts, np.array([-42]), np.ones((5, 1), dtype=bool))

    assert units[:, 0].tolist() == [22, 31, -17, -39, -39]


@given(st.lists(st.integers(-4000, 4000), min_size=1, max_size=6))
def test_rounded_parts_reach_the_target_within_a_unit_and_negate(quarters):
    parts = np.array([quarters]).T / 4
    target = np.round(parts.sum(axis=0)).astype(np.int64)
    moved = parts != 0
    units = rounded_to_targets(parts, target, moved)
    back = rounded_to_targets(-parts, -target, moved)

    assert units.sum() == target[0] or not moved.any()
    assert np.all(units[~moved] == 0)
    # A target half a unit from the sum of parts costs one part up to half a unit more.
    assert np.all(np.abs(units - parts) <= 1.5)
    assert np.array_equal(units, -back)


# --- ratios --------------------------------------------------------------------------------------


def test_two_factors_over_groups_make_fishers_ideal_index():
    # Quantities 10, 20 -> 12, 15 at prices 3, 2 -> 4, 5.
    before = np.array([[10.0, 20.0], [3.0, 2.0]])
    after = np.array([[12.0, 15.0], [4.0, 5.0]])

    ratios = shapley_ratios(mixed_totals(before, after, costed=False))

    laspeyres, paasche = (10 * 4 + 20 * 5) / 70, (12 * 4 + 15 * 5) / (12 * 3 + 15 * 2)
    assert ratios[1] == pytest.approx((laspeyres * paasche) ** 0.5)
    assert np.prod(ratios) == pytest.approx(123 / 70)


@given(ends_of(3), st.booleans())
def test_every_order_of_moves_counts_alike_in_a_ratio(ends, costed):
    before, after = (np.abs(np.array([values])).T + 1 for values in ends)
    if costed:
        before[-1] /= 100  # a margin that stays positive
        after[-1] /= 100
    totals = mixed_totals(before, after, costed=costed)
    assert (totals > 0).all()
    n = totals.ndim
    logs = np.zeros(n)
    for order in permutations(range(n)):
        at = [0] * n
        for i in order:
            start = totals[tuple(at)]
            at[i] = 1
            logs[i] += np.log(totals[tuple(at)] / start) / factorial(n)

    ratios = shapley_ratios(totals)

    assert ratios == pytest.approx(np.exp(logs))
    assert np.prod(ratios) == pytest.approx(totals.flat[-1] / totals.flat[0])
