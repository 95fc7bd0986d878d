"""Metrics of rules: exact fractions, published figures, conventions at the edges, errors."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction as F  # noqa: N817
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.metrics import METRICS, RuleCounts, metric
from crmkit.typing import MetricName
from effort import HALF, THIRD
from shared_data import ARULES, case

NAMES = get_args(MetricName)
NAN, INF = math.nan, math.inf
SMOOTHED = [name for name in NAMES if METRICS[name].smooths]


# --- the definitions, one rule at a time ---------------------------------------------------------


def over(x, y):
    """Divide, exactly if both are exact; 0/0 is NaN, x/0 infinite."""
    x, y = (F(value) if isinstance(value, int) else value for value in (x, y))
    if y:
        return x / y
    return math.copysign(INF, x) if x and x == x else NAN


def told(o, e):
    return float(o) * math.log(o / e) if o else 0.0


def entropy(*shares):
    return -sum(float(p) * math.log(p) for p in shares if p)


def tail(k, n1, ny, n):
    """P(C >= k) in integers."""
    ways = sum(math.comb(ny, j) * math.comb(n - ny, n1 - j) for j in range(k, n1 + 1))
    return F(ways, math.comb(n, n1))


def by_definition(n11, n1, ny, n):
    """Return the metrics of cells, as the textbooks define them; cells may be fractions."""
    n10, n01 = n1 - n11, ny - n11
    n0, nn = n - n1, n - ny
    n00 = n0 - n01
    s, a, c = over(n11, n), over(n1, n), over(ny, n)
    d, root = s - a * c, math.sqrt
    conf, back, without = over(n11, n1), over(n11, ny), over(n01, n0)
    pairs = list(zip((n11, n10, n01, n00), expected(n1, ny, n), strict=True))
    chi2 = sum(over((o - e) ** 2, e) for o, e in pairs)
    yates = over(n * max(abs(n11 * n00 - n10 * n01) - F(n) / 2, 0) ** 2, n1 * n0 * ny * nn)
    information = sum(told(o, e) for o, e in pairs) / float(n)
    odds = [root(n11 * n00), root(n10 * n01)]
    room = min(n10, n01) if d > 0 else min(n11, n00)
    agree = a * c + (1 - a) * (1 - c)
    larger = max(s * (1 - a), a * (c - s))
    return {
        "support": s,
        "count": n11,
        "coverage": a,
        "consequent_support": c,
        "representativity": 1,
        "confidence": conf,
        "laplace": over(n11 + 1, n1 + 2),
        "confirmed_confidence": over(n11 - n10, n1),
        "sebag": over(n11, n10),
        "counter_example_rate": 1 - over(n10, n11),
        "ralambondrainy": over(n10, n),
        "least_contradiction": back,
        "rule_power_factor": s * conf,
        "lift": over(conf, c),
        "varying_liaison": over(conf, c) - 1,
        "leverage": d,
        "added_value": conf - c,
        "difference_of_confidence": conf - without,
        "conviction": over(a * (1 - c), over(n10, n)) if n10 or not n1 else INF,
        "certainty": over(conf - c, 1 - c) if nn or not n1 else 0,
        "zhang": over(d, larger) if larger or not n1 else 0,
        "relative_risk": over(conf, without),
        "importance": math.log10((n11 + 1) * (n0 + 2) / ((n01 + 1) * (n1 + 2))),
        "implication_index": over(float(n10 - n1 * nn / F(n)), root(n1 * nn / F(n))),
        "lerman": over(float(n11 - n1 * ny / F(n)), root(n1 * ny / F(n))),
        "jaccard": over(n11, n1 + n01),
        "kulczynski": (conf + back) / 2,
        "cosine": over(float(n11), root(n1 * ny)),
        "max_confidence": over(n11, min(n1, ny)),
        "imbalance": over(abs(n1 - ny), n1 + n01),
        "phi": over(float(d), root(a * (1 - a) * c * (1 - c))),
        "kappa": over(s + over(n00, n) - agree, 1 - agree),
        "odds_ratio": over(n11 * n00, n10 * n01),
        "yule_q": over(n11 * n00 - n10 * n01, n11 * n00 + n10 * n01),
        "yule_y": over(odds[0] - odds[1], sum(odds)),
        "rld": over(abs(d), abs(d) + over(room, n)) if d else 0,
        "chi2": chi2,
        "chi2_p": math.erfc(root(chi2 / 2)),
        "chi2_yates": yates,
        "chi2_yates_p": math.erfc(root(yates / 2)),
        "lambda": over(max(n11, n10) + max(n01, n00) - max(ny, nn), min(ny, nn)),
        "gini": a * (conf**2 + (1 - conf) ** 2)
        + (1 - a) * (without**2 + (1 - without) ** 2)
        - c**2
        - (1 - c) ** 2,
        "j_measure": (told(n11, n1 * ny / F(n)) + told(n10, n1 * nn / F(n))) / float(n),
        "mutual_information_raw": information,
        "mutual_information": over(information, min(entropy(a, 1 - a), entropy(c, 1 - c))),
    }


def expected(n1, ny, n):
    return [x * y / F(n) for x in (n1, n - n1) for y in (ny, n - ny)]


def by_counting(n11, n1, ny, n, *, items=(1, 1), support=0, confidence=0):
    """Return the metrics that need whole counts, single items or the thresholds of mining."""
    a, c, m = F(n1, n), F(ny, n), F(support)
    exceeds = (tail(q + 1, n1, ny, n) for q in range(n + 1))
    chance = next(q for q, p in enumerate(exceeds) if 1 - p >= F(99, 100))
    found = {
        "fisher_p": tail(n11, n1, ny, n),
        "hyper_confidence": 1 - tail(n11, n1, ny, n),
        "hyper_lift": over(n11, chance),
        "all_confidence": over(n11, items[1]),
        "cross_support": over(*items),
    }
    if a and c:
        lift, high, low = n11 / (n * a * c), 1 / max(a, c), max(a + c - 1, F(1, n)) / (a * c)
        found["standardised_lift_uncorrected"] = over(lift - low, high - low) if high > low else 1
        low = max(low, 4 * m / (1 + m) ** 2, m / (a * c), F(confidence) / c)
        found["standardised_lift"] = over(lift - low, high - low) if high != low else 1
    return found


def close(expected, found, name=""):
    # Information is a small difference of large logarithms, on both sides.
    least = (
        1e-10 if name in {"j_measure", "mutual_information", "mutual_information_raw"} else 1e-13
    )
    return pytest.approx(float(expected), rel=1e-9, abs=least, nan_ok=True) == found


@st.composite
def tables(draw, largest=40, least=0):
    """Draw (n11, n1, nY, n); margins may be full, and empty down to *least*."""
    n = draw(st.integers(max(least, 1), largest))
    n1, ny = draw(st.integers(least, n)), draw(st.integers(least, n))
    return draw(st.integers(max(0, n1 + ny - n), min(n1, ny))), n1, ny, n


def counts_of(n11, n1, ny, n, **more):
    return RuleCounts(both=[n11], antecedent=[n1], consequent=[ny], n=n, **more)


@given(tables() | tables(10**6))
def test_metrics_of_cells_follow_their_definitions(row):
    counts = counts_of(*row)
    for name, expected_value in by_definition(*row).items():
        assert close(expected_value, metric(name, counts)[0], name), name


@given(tables() | tables(10**5), st.sampled_from([F(1, 2), F(1), F(1, 8)]))
def test_smoothing_is_the_definition_on_cells_with_so_much_more(row, k):
    n11, n1, ny, n = row
    exact = by_definition(n11 + k, n1 + 2 * k, ny + 2 * k, n + 4 * k)
    for name in SMOOTHED:
        found = metric(name, counts_of(*row), smoothing=float(k))[0]
        assert close(exact[name], found, name), name
        assert np.isfinite(found), name


@given(
    tables(least=1),
    st.tuples(st.integers(1, 40), st.integers(1, 40)).map(sorted),
    st.sampled_from([0, F(1, 8), F(1, 4)]),
    st.sampled_from([0, F(1, 2), F(3, 4)]),
)
def test_metrics_of_counts_follow_their_definitions(row, items, support, confidence):
    counts = counts_of(
        *row,
        rarest_item=[items[0]],
        commonest_item=[items[1]],
        min_support=float(support),
        min_confidence=float(confidence),
    )
    exact = by_counting(*row, items=items, support=support, confidence=confidence)
    for name, expected_value in exact.items():
        assert close(expected_value, metric(name, counts)[0], name), name


def test_every_metric_has_a_definition_here():
    counted = by_counting(1, 2, 2, 4)
    assert set(NAMES) == set(METRICS) == {*by_definition(1, 2, 2, 4), *counted}
    assert {*SMOOTHED} <= set(by_definition(1, 2, 2, 4))


@given(st.lists(tables(3_000, least=1), min_size=1, max_size=20), st.integers(1, 10**6))
@HALF
def test_values_stay_in_their_range(rows, scale):
    for n11, n1, ny, n in rows:
        big = [x * scale for x in (n11, n1, ny, n)] if n * scale < 10**6 else (n11, n1, ny, n)
        counts = counts_of(*big, rarest_item=[min(big[1], big[2])], commonest_item=[big[3]])
        for name, known in METRICS.items():
            if name.startswith("standardised"):
                continue  # without thresholds a rule that never holds lies below 0
            value = metric(name, counts)[0]
            assert np.isnan(value) or known.low - 1e-12 <= value <= known.high + 1e-12, name


# --- published figures ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 4, 13, 16, 31, 51])
def test_rules_of_adult_have_the_figures_of_arules(number):
    worked = case("basket.json", f"ar-measures-adult-{number}")
    cell = worked["input"]["contingency"]
    counts = counts_of(
        cell["n11"], cell["n11"] + cell["n10"], cell["n11"] + cell["n01"], sum(cell.values())
    )
    for theirs, value in worked["expected"].items():
        if value is not None:  # arules leaves information out when a cell is empty
            found = metric(ARULES.get(theirs, theirs), counts)[0]
            assert value == pytest.approx(found, abs=5.001e-4), theirs


def test_information_is_known_with_an_empty_cell():
    # Note, section 8: case ar-measures-adult-13, where arules has none.
    counts = counts_of(42525, 44807, 46560, 48842)
    assert metric("mutual_information", counts)[0] == pytest.approx(0.02188, abs=5e-6)


@pytest.mark.parametrize("n", [1_000, 9_835, 10_000, 88_162])
def test_confidence_at_a_threshold_reaches_it(n):
    # case own-confidence-105of350: dividing supports instead of counts loses it at some n.
    assert metric("confidence", counts_of(105, 350, 400, n))[0] >= 0.3


# --- at the edges --------------------------------------------------------------------------------

# name: (confidence 1, Y in every basket, X in every basket, both in every basket, never together)
EDGES = {
    "confidence": (1, 1, 0.4, 1, 0),
    "lift": (2.5, 1, 1, 1, 0),
    "leverage": (0.12, 0, 0, 0, -0.08),
    "conviction": (INF, INF, 1, INF, 0.6),
    "certainty": (1, 0, 0, 0, -2 / 3),
    "zhang": (0.75, 0, 0, 0, -1),
    "jaccard": (0.5, 0.2, 0.4, 1, 0),
    "kulczynski": (0.75, 0.6, 0.7, 1, 0),
    "phi": (math.sqrt(0.375), NAN, NAN, NAN, -0.4082482904638631),
    "chi2": (3.75, NAN, NAN, NAN, 10 / 6),
    "chi2_p": (0.05280751141611, NAN, NAN, NAN, 0.1967056024589),
    "odds_ratio": (INF, NAN, NAN, NAN, 0),
    "yule_q": (1, NAN, NAN, NAN, -1),
    "yule_y": (1, NAN, NAN, NAN, -1),
    "relative_risk": (4, 1, NAN, NAN, 0),
    "difference_of_confidence": (0.75, 0, NAN, NAN, -0.5),
    "kappa": (6 / 11, 0, 0, NAN, -4 / 11),
    "lambda": (0.5, NAN, 0, NAN, 0),
    "gini": (0.18, 0, NAN, NAN, 0.08),
    "implication_index": (-math.sqrt(1.2), NAN, 0, NAN, 0.8 / math.sqrt(1.2)),
    "sebag": (INF, INF, 2 / 3, INF, 0),
    "counter_example_rate": (1, 1, -0.5, 1, -INF),
    "rld": (1, 0, 0, 0, 1),
    "fisher_p": (2 / 15, 1, 1, 1, 1),
    "hyper_lift": (1, 1, 1, 1, 0),
    "standardised_lift": (1, 1, 1, 1, -1),
}
EDGE_COUNTS = RuleCounts(
    both=[2, 2, 4, 10, 0],
    antecedent=[2, 2, 10, 10, 2],
    consequent=[4, 10, 4, 10, 4],
    n=10,
)


@pytest.mark.parametrize("name", EDGES)
def test_full_margins_have_the_agreed_values(name):
    # Note, section 8; conviction, certainty and zhang as mlxtend has them.
    for expected_value, found in zip(EDGES[name], metric(name, EDGE_COUNTS), strict=True):
        assert close(expected_value, found)


def test_an_antecedent_that_never_occurs_leaves_its_figures_unknown():
    # Rules scored again on a later period may meet it; 0 would say that they do not hold.
    counts = counts_of(0, 0, 4, 10)
    for name in ("confidence", "lift", "conviction", "certainty", "zhang", "relative_risk"):
        assert np.isnan(metric(name, counts)[0]), name


def test_ten_to_the_nine_baskets_lose_no_digit():
    # n1 nY is 4.5e17 here; the distance from independence is 1.
    counts = counts_of(450_000_001, 900_000_000, 500_000_001, 10**9)
    exact = F(450_000_001 * 10**9 - 900_000_000 * 500_000_001, 10**18)
    assert metric("leverage", counts)[0] == float(exact)


def test_a_rule_at_both_thresholds_has_standardised_lift_0():
    # 0.07 * 100 is 7.000000000000001.
    counts = counts_of(7, 10, 20, 100, min_support=0.07, min_confidence=0.7)
    assert metric("standardised_lift", counts).tolist() == [0.0]
    assert metric("standardised_lift_uncorrected", counts)[0] == pytest.approx(6 / 9)


def test_p_values_of_0_still_rank():
    counts = RuleCounts(
        both=[5_000, 6_000], antecedent=[9_999] * 2, consequent=[9_999] * 2, n=10**7
    )
    assert metric("fisher_p", counts).tolist() == [0.0, 0.0]
    assert counts.log_fisher_p[0] > counts.log_fisher_p[1] > -INF


def test_no_rules_have_no_figures():
    counts = RuleCounts(
        both=[], antecedent=[], consequent=[], n=5, rarest_item=[], commonest_item=[]
    )
    assert all(len(metric(name, counts)) == 0 for name in NAMES)


def test_count_is_whole_and_everything_else_a_float():
    counts = counts_of(2, 3, 4, 9, rarest_item=[2], commonest_item=[4])
    kinds = {name: metric(name, counts).dtype.name for name in NAMES}
    assert {name for name, kind in kinds.items() if kind != "float64"} == {"count"}
    assert kinds["count"] == "int64"


def test_only_metrics_with_a_strong_end_have_one():
    assert {n for n in NAMES if METRICS[n].strong_when == "low"} == {
        "fisher_p",
        "chi2_p",
        "chi2_yates_p",
        "implication_index",
        "ralambondrainy",
    }
    neither = {n for n in NAMES if METRICS[n].strong_when is None}
    assert {"coverage", "consequent_support", "imbalance", "count", "support"} < neither


@given(st.lists(tables(30), min_size=1, max_size=8))
@THIRD
def test_no_warning_leaks(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for row in rows:
            counts = counts_of(*row, rarest_item=[0], commonest_item=[0])
            for name in NAMES:
                metric(name, counts)


# --- errors --------------------------------------------------------------------------------------


def test_an_unknown_metric_names_the_nearest():
    with pytest.raises(InvalidArgumentError, match="did you mean 'leverage'"):
        metric("levrage", counts_of(1, 2, 2, 4))


def test_counts_must_be_counts():
    with pytest.raises(InvalidArgumentError, match="counts must be RuleCounts; got dict"):
        metric("lift", {})


@pytest.mark.parametrize("smoothing", [-0.5, NAN, INF])
def test_smoothing_must_not_be_negative(smoothing):
    with pytest.raises(InvalidArgumentError, match="smoothing must be a number >= 0"):
        metric("lift", counts_of(1, 2, 2, 4), smoothing=smoothing)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(SMOOTHED)))
def test_supports_exact_tests_and_items_take_no_smoothing(name):
    counts = counts_of(1, 2, 2, 4, rarest_item=[1], commonest_item=[2])
    with pytest.raises(InvalidArgumentError, match=f"'{name}' is not computed from smoothed"):
        metric(name, counts, smoothing=0.5)


@pytest.mark.parametrize(
    ("name", "missing"), [("all_confidence", "commonest_item"), ("cross_support", "rarest_item")]
)
def test_figures_of_single_items_need_their_counts(name, missing):
    with pytest.raises(InvalidArgumentError, match=rf"say RuleCounts\({missing}="):
        metric(name, counts_of(1, 2, 2, 4))


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ((3, 2, 2, 4), "2 hold the antecedent, 2 the consequent, 3 both"),
        ((0, 3, 3, 4), "first rule 0: of 4 baskets"),
        ((-1, 0, 0, 4), "impossible counts"),
        ((1, 1, 1, 0), "n must be an integer >= 1; got 0"),
        ((1, 1, 1, 4 * 10**9), "exact up to 3,037,000,499 baskets"),
    ],
)
def test_impossible_counts_are_refused(row, wrong):
    with pytest.raises(InvalidArgumentError, match=wrong):
        counts_of(*row)


def test_thresholds_are_shares():
    with pytest.raises(InvalidArgumentError, match="min_support must be a share from 0 to 1"):
        counts_of(1, 2, 2, 4, min_support=3)


def test_counts_have_one_element_per_rule():
    with pytest.raises(InvalidArgumentError, match="one element per rule: commonest_item"):
        counts_of(1, 2, 2, 4, commonest_item=[2, 3])


def test_counts_compare_by_value():
    assert counts_of(1, 2, 2, 4) == counts_of(1, 2, 2, 4)
    assert counts_of(1, 2, 2, 4) != counts_of(1, 2, 3, 4)
