"""Allocation against Fractions: conservation, bounds, symmetry, and what other systems do."""

import math
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit._kernels import allocation as kernel
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import AllocationRule, allocate
from money_oracles import allocated, as_fraction

WAYS = [
    ("largest_remainder", None),
    ("largest_weight", None),
    ("first", None),
    ("last", None),
    *((m, r) for m in ("last", "first", "largest_weight") for r in ("half_up", "up", "half_even")),
    ("last", "floor"),
    ("first", "ceiling"),
]
whole = st.integers(0, 10**6)
loads = st.one_of(
    st.integers(0, 6),
    whole,
    st.floats(0, 1e4).map(lambda x: round(x, 3)),
    st.integers(0, 10**12).map(lambda n: n / 1000),
)


@st.composite
def pools(draw, load=loads, most=8):
    """Some groups in shuffled order: amounts, weights, groups."""
    amounts, weights, groups = [], [], []
    for group in range(draw(st.integers(1, most))):
        lines = draw(st.lists(load, min_size=1, max_size=7))
        amount = draw(st.one_of(st.integers(-200, 200), st.integers(-(10**12), 10**12)))
        amounts.append(amount if any(lines) else 0)
        weights += lines
        groups += [group] * len(lines)
    order = draw(st.permutations(range(len(weights))))
    return amounts, [weights[i] for i in order], [groups[i] for i in order]


def by_group(weights, groups, *columns):
    rows = defaultdict(list)
    for row in zip(groups, weights, *columns, strict=True):
        rows[row[0]].append(row[1:])
    return rows


@pytest.mark.parametrize(("method", "rounding"), WAYS)
@pytest.mark.parametrize("ties", ["weight", "position"])
@given(given_=pools())
@settings(max_examples=25)
def test_shares_are_those_of_fractions(method, rounding, ties, given_):
    amounts, weights, groups = given_
    shares = allocate(amounts, weights, groups, method=method, rounding=rounding, ties=ties)
    for group, rows in by_group(weights, groups, shares.tolist()).items():
        loaded, got = zip(*rows, strict=True)
        how = {"method": method, "rounding": rounding, "ties": ties}
        assert list(got) == allocated(amounts[group], loaded, **how)


def random_groups(seed, n=4000, weight=1000):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, n // 5, n)
    amounts = rng.integers(-5000, 5000, n // 5)
    amounts[np.bincount(groups, minlength=len(amounts)) == 0] = 0
    return amounts, rng.integers(1, weight, n), groups


@pytest.mark.parametrize("weight", [3, 1000, 10**9])
def test_thousands_of_groups_keep_every_promise(weight):
    amounts, weights, groups = random_groups(1, weight=weight)
    shares = allocate(amounts, weights, groups)
    assert np.array_equal(np.bincount(groups, shares, len(amounts)).astype(int), amounts)
    assert np.array_equal(allocate(-amounts, weights, groups), -shares)
    assert np.array_equal(allocate(amounts, weights * 7, groups), shares)
    assert np.array_equal(allocate(amounts, weights / 1000, groups), shares)
    totals = np.bincount(groups, weights)
    exact = [
        Fraction(int(amounts[g]) * int(w), int(totals[g]))
        for g, w in zip(groups, weights, strict=True)
    ]
    assert all(abs(int(s) - x) < 1 for s, x in zip(shares, exact, strict=True))


def test_groups_and_their_order_do_not_matter():
    amounts, weights, groups = random_groups(2)
    shares = allocate(amounts, weights, groups)
    renamed = np.random.default_rng(3).permutation(len(amounts))
    moved = np.empty_like(amounts)
    moved[renamed] = amounts
    assert np.array_equal(allocate(moved, weights, renamed[groups]), shares)
    alone = groups == groups[0]
    assert np.array_equal(allocate([amounts[groups[0]]], weights[alone]), shares[alone])


@given(given_=pools(load=st.integers(0, 9)), seed=st.integers(0, 9))
def test_permuting_lines_permutes_shares_up_to_equal_weights(given_, seed):
    amounts, weights, groups = map(np.array, given_)
    order = np.random.default_rng(seed).permutation(len(weights))
    here = by_group(weights, groups, allocate(amounts, weights, groups))
    there = by_group(
        weights[order], groups[order], allocate(amounts, weights[order], groups[order])
    )
    assert {g: sorted(rows) for g, rows in here.items()} == {
        g: sorted(rows) for g, rows in there.items()
    }


@pytest.mark.parametrize("block", [1, 7, 64])
def test_blocks_do_not_matter(monkeypatch, block):
    amounts, weights, groups = random_groups(4)
    shares = allocate(amounts, weights, groups)
    monkeypatch.setattr(kernel, "_BLOCK", block)
    assert np.array_equal(allocate(amounts, weights, groups), shares)


@pytest.mark.parametrize("method", ["largest_remainder", "largest_weight", "first"])
@pytest.mark.parametrize("ties", ["weight", "position"])
@pytest.mark.parametrize("weight", [1, 4, 1000, 10**12])
def test_one_group_too_large_for_the_cache(monkeypatch, method, ties, weight):
    rng = np.random.default_rng(weight)
    weights = rng.integers(0, weight + 1, 400)
    how = {"method": method, "ties": ties}
    amounts = [-12_345, 7, 0, 10**9 + 7]
    expected = [allocated(amount, weights.tolist(), **how) for amount in amounts]
    monkeypatch.setattr(kernel, "_LARGE", 10)
    monkeypatch.setattr(kernel, "_BUCKET_BITS", 3)
    assert [allocate(amount, weights, **how).tolist() for amount in amounts] == expected


@pytest.mark.parametrize("bits", [12, 20, 40])
def test_scores_too_coarse_to_tell_remainders_apart_change_nothing(monkeypatch, bits):
    amounts, weights, groups = random_groups(5, n=600)
    expected = [allocate(amounts, weights, groups, ties=t) for t in ("weight", "position")]
    monkeypatch.setattr(kernel, "_KEY_BITS", bits + 17)
    got = [allocate(amounts, weights, groups, ties=t) for t in ("weight", "position")]
    assert np.array_equal(got, expected)


@given(given_=pools(most=3), step=st.sampled_from([5, 100]))
def test_a_step_hands_out_multiples(given_, step):
    amounts, weights, groups = given_
    stepped = [amount * step for amount in amounts]
    expected = allocate(amounts, weights, groups) * step
    assert np.array_equal(allocate(stepped, weights, groups, step=step), expected)


@given(
    amount=st.integers(-1000, 1000),
    weights=st.lists(st.integers(-20, 50), min_size=1, max_size=6).filter(lambda w: sum(w) > 0),
)
def test_negative_weights_when_allowed(amount, weights):
    shares = allocate(amount, weights, negative_weights=True)
    total = sum(weights)
    assert shares.sum() == amount
    for share, w in zip(shares.tolist(), weights, strict=True):
        assert abs(share - Fraction(amount * w, total)) < 1


@pytest.mark.parametrize("amount", [2**53, 2**62, 10**15 + 7])
def test_products_beyond_64_bits_stay_exact(amount):
    rng = np.random.default_rng(amount % 97)
    weights = rng.integers(1, 2**40 if amount < 2**60 else 2**20, 300)
    assert allocate(amount, weights).tolist() == allocated(amount, weights.tolist())


def test_many_digits_are_exact_or_refused():
    assert allocate(10, [0.1 + 0.2, 0.3]).tolist() == [5, 5]
    assert allocate(7, [1e20, 2e20]).tolist() == [2, 5]
    with pytest.raises(InvalidDataError, match=r"group 0, first line 0.*64 bits.*grams"):
        allocate(10, [1e-9, 1e12])
    with pytest.raises(InvalidDataError, match="64 bits"):
        allocate(2**61, [2**60, 1])
    assert allocate([0, 3], [2.0**61, 2.0**61, 1], [0, 0, 1]).tolist() == [0, 0, 3]


def test_decimals_are_the_weights_that_floats_print():
    for amount in range(50):
        assert allocate(amount, [0.1, 0.3]).tolist() == allocate(amount, [1, 3]).tolist()
    assert as_fraction(0.3) == 3 * as_fraction(0.1)
    assert allocate(100, [Decimal("0.1"), Decimal("0.2")]).tolist() == [33, 67]


# --- known limits and known systems --------------------------------------------------------------


def test_the_alabama_paradox_is_a_known_limit():
    assert allocate(3, [1, 3, 3]).tolist() == [1, 1, 1]
    assert allocate(4, [1, 3, 3]).tolist() == [0, 2, 2]


def test_naive_rounding_fails_where_allocation_sums():
    amounts, weights, groups = random_groups(6)
    totals = np.bincount(groups, weights)
    naive = np.floor(np.abs(amounts)[groups] * weights / totals[groups] + 0.5)
    naive_sums = np.bincount(groups, naive, len(amounts))
    assert np.mean(naive_sums != np.abs(amounts)) > 0.3
    shares = allocate(amounts, weights, groups)
    assert np.array_equal(np.bincount(groups, shares, len(amounts)), amounts)


def test_the_closest_whole_numbers():
    rng = np.random.default_rng(8)
    for _ in range(100):
        weights, amount = rng.integers(1, 9, 3), int(rng.integers(1, 15))
        exact = amount * weights / weights.sum()
        best = min(
            np.abs(np.array([i, j, amount - i - j]) - exact).sum()
            for i in range(amount + 1)
            for j in range(amount - i + 1)
        )
        assert math.isclose(np.abs(allocate(amount, weights) - exact).sum(), best, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("amount", "weights", "rule", "expected"),
    [
        # metasfresh: percents held at two decimals, the rest to the last line
        (500_000, [14.29] * 6 + [14.26], {}, [71450] * 6 + [71300]),
        # an amount below the number of lines: a late remainder line turns negative
        (4, [1] * 7, {"method": "last"}, [1, 1, 1, 1, 1, 1, -2]),
        (4, [1] * 7, {}, [1, 1, 1, 1, 0, 0, 0]),
        (5, [7, 3], {}, [4, 1]),
        (-5, [7, 3], {}, [-4, -1]),
        (7, [0, 0], {"on_zero": "equal"}, [4, 3]),
        (10_000, [1, 2, 3, 7], {"step": 5, "method": "first"}, [770, 1540, 2310, 5380]),
    ],
)
def test_conventions(amount, weights, rule, expected):
    assert allocate(amount, weights, **rule).tolist() == expected


# --- empty, and refused --------------------------------------------------------------------------


def test_nothing_to_spread():
    assert allocate([], [], []).tolist() == []
    assert allocate([0, 0], [], []).tolist() == []
    assert allocate(0, [0, 0]).tolist() == [0, 0]


def test_all_problems_at_once():
    with pytest.raises(InvalidDataError) as caught:
        allocate([10, 5, 7], [1, np.nan, -2], [0, 0, 2], step=5)
    message = str(caught.value)
    for words in ("group 2: 7 is no multiple", "group 1: an amount of 5 and no line", "is nan on"):
        assert words in message
    assert "group 2, first line 2: the weight is negative (-2.0) on 1 line" in message


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: allocate(10, [0, 0]), "weights sum to 0, and there are 10 units"),
        (lambda: allocate(10, [1, -1], negative_weights=True), "weights sum to 0"),
        (
            lambda: allocate(10, [1, -1], negative_weights=True, on_zero="equal"),
            "weights sum to 0",
        ),
        (
            lambda: allocate(10, [1, -3], negative_weights=True, on_zero="equal"),
            "weights sum to -2",
        ),
        (lambda: allocate(10, [np.inf]), "is inf on 1 line"),
    ],
)
def test_refused_data(call, words):
    with pytest.raises(InvalidDataError, match=words.replace("(", r"\(")):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: allocate(19.99, [1]), "whole minor units.*to_minor"),
        (lambda: allocate([1, 2], [1, 1]), "without groups one amount"),
        (lambda: allocate([1], [1, 1], [0, 1]), "codes 0 .. 0.*line 1 has 1"),
        (lambda: allocate([1], [1, 1], [0]), "one whole number per weight"),
        (lambda: allocate([1], [1, 1], ["a", "b"]), "one whole number per weight"),
        (lambda: allocate(1, [[1]]), "list of numbers"),
        (lambda: allocate(1, ["x"]), "list of numbers"),
        (lambda: allocate(1, [None, "x"]), "weights must be numbers"),
        (lambda: allocate(2**63, [1]), "fit 64 bits"),
        (lambda: allocate(1, [1], method="largest"), "did you mean 'largest_weight'|did you mean"),
        (lambda: allocate(1, [1], rounding="half_up"), "floors all.*method='last'"),
        (lambda: allocate(1, [1], step=0), "step must be an integer >= 1"),
        (lambda: allocate(1, np.array([2**63], dtype=np.uint64)), "below 2"),
    ],
)
def test_refused_arguments(call, words):
    with pytest.raises(InvalidArgumentError, match=words):
        call()


def test_a_rule_is_a_value():
    assert AllocationRule(method="first") == AllocationRule(method="first")
    assert len({AllocationRule(), AllocationRule(), AllocationRule(step=5)}) == 2
