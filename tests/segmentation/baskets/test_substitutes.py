"""Substitutes: exact against plain Python, honest about chance, sensible in real shops."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

import crmkit as ck
from crmkit._kernels.itemsets import sharing
from crmkit._kernels.testability import log_none_together
from crmkit.datasets import shop
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import (
    Baskets,
    Itemsets,
    Substitutes,
    association_rules,
    frequent_itemsets,
    substitutes,
)
from shared_data import case, complete_journey, groceries, shared_file

PRODUCTS = "abcdef"
KINDS = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}  # f has none
SHOPS = st.lists(st.sets(st.sampled_from(PRODUCTS)), max_size=40)
# No p-value of small tables equals a share of these.
ALPHAS = st.sampled_from([0.0437, 0.171, 0.3113])


# --- the definition, pair by pair ----------------------------------------------------------------


def parts_of(shop, kinds, min_size):
    """Cut baskets by category; returns the parts that count for each category."""
    parts = defaultdict(list)
    for number, basket in enumerate(shop):
        for kind in set(kinds.values()):
            part = {product for product in basket if kinds.get(product) == kind}
            if len(part) >= min_size:
                parts[kind].append((number, part))
    return parts


def tarone(smallest, alpha):
    """The smallest m so that at most m pairs can have a p-value of alpha / m."""
    m = 1
    while sum(p <= alpha / m for p in smallest) > m:
        m += 1
    return m


def holm(p_values):
    ranked = sorted(p_values)
    return [
        max(min(1, (len(ranked) - i) * p) for i, p in enumerate(ranked) if p <= own)
        for own in p_values
    ]


def slow(shop, kinds, min_size, alpha):
    """Return {pair: (together, n1, nY, n, p, adjusted p)} and how many pairs were tested."""
    tables, smallest = {}, {}
    for kind, parts in parts_of(shop, kinds, min_size).items():
        sets = [part for _, part in parts]
        for x, y in itertools.combinations(sorted(p for p in kinds if kinds[p] == kind), 2):
            n, n1, ny = len(sets), sum(x in s for s in sets), sum(y in s for s in sets)
            both = sum({x, y} <= s for s in sets)
            if n1 and ny:
                tables[x, y] = both, n1, ny, n, hypergeom.cdf(both, n, n1, ny)
                smallest[x, y] = hypergeom.cdf(max(0, n1 + ny - n), n, n1, ny)
    m = tarone(smallest.values(), alpha)
    tested = [pair for pair, p in smallest.items() if p <= alpha / m]
    adjusted = holm([tables[pair][-1] for pair in tested])
    return {
        pair: (*tables[pair], a)
        for pair, a in zip(tested, adjusted, strict=True)
        if a <= alpha and tables[pair][0] * tables[pair][3] < tables[pair][1] * tables[pair][2]
    }, len(tested)


def as_dict(found: Substitutes):
    columns = (found.together, found.count_a, found.count_b, found.baskets, found.p)
    labels = found.products[found.a].tolist(), found.products[found.b].tolist()
    rows = zip(*labels, *columns, found.p_adjusted, strict=True)
    return {
        tuple(sorted((a, b))): (k, *((n1, ny) if a < b else (ny, n1)), n, p, adjusted)
        for a, b, k, n1, ny, n, p, adjusted in rows
    }


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for pair, row in expected.items():
        assert found[pair] == pytest.approx(row, rel=1e-9)


@given(shop=SHOPS, min_size=st.integers(0, 3), alpha=ALPHAS)
def test_pairs_of_a_shop_follow_the_definition(shop, min_size, alpha):
    found = substitutes(Baskets.from_lists(shop), min_size=min_size, alpha=alpha)
    expected, n_tested = slow(shop, dict.fromkeys(PRODUCTS, "shop"), min_size, alpha)

    assert found.n_tested == n_tested
    assert found.n_baskets == sum(len(basket) >= min_size for basket in shop)
    assert_same(as_dict(found), expected)


@given(shop=SHOPS, min_size=st.integers(0, 3), alpha=ALPHAS)
def test_pairs_within_categories_follow_the_definition(shop, min_size, alpha):
    baskets = Baskets.from_lists(shop)
    found = substitutes(baskets, within=KINDS, min_size=min_size, alpha=alpha)
    expected, n_tested = slow(shop, KINDS, min_size, alpha)

    assert found.n_tested == n_tested
    assert found.without_category == any("f" in basket for basket in shop)
    assert_same(as_dict(found), expected)


@given(shop=SHOPS, alpha=ALPHAS)
def test_blocks_make_no_difference(shop, alpha):
    whole = substitutes(Baskets.from_lists(shop), alpha=alpha)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "_ENTRIES", 1)
        assert substitutes(Baskets.from_lists(shop), alpha=alpha) == whole


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_the_smallest_p_value_is_that_of_never_together(n1, ny, spare):
    n = n1 + ny + spare
    log_p = log_none_together(np.array([n1]), np.array([ny]), np.array([n]))

    assert math.exp(log_p[0]) == pytest.approx(hypergeom.pmf(0, n, n1, ny), rel=1e-9)


# --- nothing hangs on order or names -------------------------------------------------------------


@given(shop=SHOPS, data=st.data())
def test_neither_rows_nor_names_matter(shop, data):
    rows = data.draw(st.permutations(shop))
    names = dict(zip(PRODUCTS, data.draw(st.permutations("uvwxyz")), strict=True))
    renamed = [[names[product] for product in basket] for basket in rows]
    plain = as_dict(substitutes(Baskets.from_lists(shop), alpha=0.3))
    other = substitutes(Baskets.from_lists(renamed), alpha=0.3)

    assert {frozenset(pair): sorted(row) for pair, row in as_dict(other).items()} == {
        frozenset(names[x] for x in pair): sorted(row) for pair, row in plain.items()
    }


def test_the_commoner_product_stands_left_and_the_strongest_pair_first():
    shop = [["cola", "ice"]] * 30 + [["ale", "ice"]] * 60 + [["gin", "ice"]] * 20
    found = substitutes(Baskets.from_lists(shop))

    assert found.to_frame()["product_a"].tolist() == ["ale", "ale", "cola"]
    assert found.to_frame()["product_b"].tolist() == ["cola", "gin", "gin"]
    assert np.all(np.diff(found.p) >= 0)


# --- known truth ---------------------------------------------------------------------------------


def independent_shop(rng, baskets=150, products=10):
    """Every product is in each basket by its own coin."""
    return rng.random((baskets, products)) < rng.uniform(0.2, 0.6, products)


def test_chance_alone_is_found_no_more_often_than_agreed():
    rng = np.random.default_rng(20)
    shops = 400
    false = sum(
        len(substitutes(Baskets.from_matrix(independent_shop(rng)), min_size=0, alpha=0.1)) > 0
        for _ in range(shops)
    )

    assert false / shops <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / shops)
    assert false > 0  # the test is no dead one either


def test_planted_substitutes_are_found_and_no_others():
    rng = np.random.default_rng(21)
    bought = independent_shop(rng, baskets=3_000, products=12)
    for a, b in [(0, 1), (2, 3)]:  # three of four who would take both take one
        drops = bought[:, a] & bought[:, b] & (rng.random(len(bought)) < 0.75)
        bought[drops, np.where(rng.random(drops.sum()) < 0.5, a, b)] = False
    found = substitutes(Baskets.from_matrix(bought), min_size=0)

    assert set(as_dict(found)) == {(0, 1), (2, 3)}
    assert (found.lift < 0.6).all()


def test_pairs_never_together_are_found_where_no_rule_exists():
    baskets = Baskets.from_lists([["cola", "chips"]] * 20 + [["pepsi", "chips"]] * 20)
    rules = association_rules(frequent_itemsets(baskets, 1), min_confidence=0.01)
    sides = {frozenset(x + y) for x, y in rules.to_frame().iloc[:, :2].itertuples(index=False)}

    assert frozenset({"cola", "pepsi"}) not in sides
    assert as_dict(substitutes(baskets)).keys() == {("cola", "pepsi")}


def test_baskets_of_one_product_repel_everything_and_do_not_count():
    singles = [["a"], ["b"], ["c"]] * 100
    pairs = [["a", "b"], ["b", "c"], ["a", "c"]] * 100

    assert len(substitutes(Baskets.from_lists(singles + pairs), min_size=1)) == 3
    assert substitutes(Baskets.from_lists(singles), min_size=2).n_baskets == 0


def test_the_usual_lift_tells_what_sizes_of_baskets_do():
    # Filled at random with two of ten products: each pair has half the lift of independence.
    rng = np.random.default_rng(3)
    shop = [rng.choice(10, 2, replace=False).tolist() for _ in range(20_000)]
    found = substitutes(Baskets.from_lists(shop))

    assert found.overall_lift == pytest.approx(5 / 9, rel=0.01)
    assert (found.usual_lift == found.overall_lift).all()
    assert len(found) == 45
    assert len(found.where(found.lift < found.usual_lift / 2)) == 0


def test_the_usual_lift_is_of_the_category():
    shop = [["a", "b"], ["b", "c"], ["a", "c"]] * 50 + [["a", "b", "c"]] * 9
    found = substitutes(Baskets.from_lists(shop), within=KINDS, min_size=1)
    n, counts = 159, [109, 109, 109]
    expected = sum(x * y / n for x, y in itertools.combinations(counts, 2))

    assert found.usual_lift == pytest.approx([(150 + 27) / expected] * 3)


@functools.cache
def simulated():
    """A shop of independent choices: only the seasons of products and basket sizes differ."""
    tx, truth = shop(np.random.default_rng(7), customers=5_000)
    return Baskets.from_transactions(tx), {i: f"shelf {i % 40}" for i in range(len(truth.products))}


def test_products_of_a_category_that_are_chosen_independently_are_no_substitutes():
    baskets, shelves = simulated()

    assert len(substitutes(baskets, within=shelves)) == 0


def test_baskets_picked_for_their_category_make_anything_a_substitute():
    # Known, and said in the docstring: who came for one product of a shelf takes no other.
    baskets, shelves = simulated()
    among_its_own = substitutes(baskets, within=shelves, min_size=1)

    assert len(among_its_own) > 0.5 * among_its_own.n_tested
    assert among_its_own.overall_lift < 0.2


def test_coexistence_takes_away_the_fads_that_never_met():
    baskets, _ = simulated()

    assert len(substitutes(baskets)) > 0
    assert len(substitutes(baskets, coexisting=True)) == 0


# --- successors ----------------------------------------------------------------------------------


def visits(baskets):
    """Transactions of one basket a day, from the first of January on."""
    lines = [(day, product) for day, basket in enumerate(baskets) for product in basket]
    return ck.Transactions.from_arrays(
        customer=[None] * len(lines),
        time=[dt.datetime(2026, 1, 1) + dt.timedelta(days=day) for day, _ in lines],
        basket=[day for day, _ in lines],
        product=[product for _, product in lines],
    )


def slow_windows(shop, kinds, min_size):
    """Return {pair: (n1, nY, n)} counted from the later first sale to the earlier last one."""
    found = {}
    for kind, parts in parts_of(shop, kinds, min_size).items():
        days = {p: [day for day, part in parts if p in part] for p in kinds if kinds[p] == kind}
        for x, y in itertools.combinations(sorted(p for p in days if days[p]), 2):
            start, end = max(days[x][0], days[y][0]), min(days[x][-1], days[y][-1])
            whole = range(len(shop)) if min_size == 0 else [day for day, _ in parts]
            found[x, y] = tuple(
                sum(start <= day <= end for day in each) for each in (days[x], days[y], whole)
            )
    return found


FILLED = st.lists(st.sets(st.sampled_from(PRODUCTS), min_size=1), min_size=1, max_size=40)


@given(shop=FILLED, min_size=st.integers(0, 2), kinds=st.sampled_from([KINDS, None]))
def test_coexistence_counts_between_first_and_last_sales(shop, min_size, kinds):
    baskets = Baskets.from_transactions(visits(shop))
    found = substitutes(
        baskets, within=kinds, min_size=min_size, alpha=0.9, adjust="fdr_bh", coexisting=True
    )
    windows = slow_windows(shop, kinds or dict.fromkeys(PRODUCTS, "shop"), min_size)

    for pair, (together, n1, ny, n, p, _) in as_dict(found).items():
        assert (n1, ny, n) == windows[pair]
        assert p == pytest.approx(hypergeom.cdf(together, n, n1, ny), rel=1e-9)


def test_a_successor_is_no_substitute():
    shop = [["old", "x"], ["y", "x"]] * 40 + [["new", "x"], ["y", "x"]] * 40
    baskets = Baskets.from_transactions(visits(shop))

    assert ("new", "old") in as_dict(substitutes(baskets))
    assert as_dict(substitutes(baskets, coexisting=True)).keys() == {("new", "y"), ("old", "y")}


# --- real shops ----------------------------------------------------------------------------------


def test_milk_in_cartons_and_uht_milk_replace_each_other():
    found = substitutes(Baskets.from_lists(groceries()))

    assert found.to_frame().iloc[0, :2].tolist() == ["whole milk", "UHT-milk"]


def test_a_grocer_sells_one_milk_or_another():
    products = pd.read_csv(shared_file("data", "complete_journey", "products.csv.gz"))
    milk = products[products["product_type"] == "FLUID MILK WHITE ONLY"]
    kind_of = dict.fromkeys(milk["product_id"], "milk")
    tx = ck.Transactions.from_frame(
        complete_journey(),
        ck.Columns(
            customer="household_id",
            time="transaction_timestamp",
            basket="basket_id",
            product="product_id",
            quantity="quantity",
            amount="sales_value",
        ),
    )
    found = substitutes(Baskets.from_transactions(tx), within=kind_of)

    assert found.to_frame().iloc[0, :3].tolist() == [1029743, 995242, 67]
    assert len(found) == 22
    assert np.median(found.lift) < 0.2


def test_the_published_filter_of_rules_by_lift_is_a_mask():
    # That finder reads a table of rules; here it is `rules.where(rules.metric("lift") < most)`,
    # which like it sees no pair that is never together. `substitutes` is the other question.
    published = case("basket.json", "ru-substitutes")
    itemsets = Itemsets.from_counts(
        [["A"], ["B"], ["A", "B"], ["C"], ["D"], ["C", "D"]],
        [100, 50, 10, 100, 64, 80 - 16],
        n=200,
    )
    rules = association_rules(itemsets, min_confidence=0.05, antecedent=["A", "C"])
    kept = rules.where(rules.metric("lift") < published["params"]["max_lift"])
    expected = [(tuple(r["antecedent"]), tuple(r["consequent"])) for r in published["expected"]]

    assert list(kept.to_frame().iloc[:, :2].itertuples(index=False, name=None)) == expected
    assert kept.metric("lift").tolist() == [r["lift"] for r in published["expected"]]


# --- edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("shop", [[], [[]], [["a"]], [["a", "b"]]])
@pytest.mark.parametrize("within", [None, {}, {"a": "x"}])
@pytest.mark.parametrize("min_size", [0, 1, 2])
def test_nothing_to_find_is_a_well_formed_answer(shop, within, min_size):
    found = substitutes(Baskets.from_lists(shop), within=within, min_size=min_size)

    assert len(found) == found.n_tested == 0
    assert len(found.to_frame()) == 0
    assert repr(found).startswith("Substitutes(0 pairs of 0 tested in ")


def test_categories_as_labels_name_their_column():
    baskets = Baskets.from_lists([["a", "d"]] * 30 + [["b", "d"]] * 30)
    labels = ck.Labels.from_mapping({"a": "x", "b": "x"}, entity="product", name="shelf")
    found = substitutes(baskets, within=labels, min_size=1)

    assert found.to_frame()["shelf"].tolist() == ["x"]
    assert found.without_category == 1
    assert found._repr_html_()
    assert "60 baskets by shelf" in repr(found)
    assert "1 product without category" in repr(found)


@pytest.mark.parametrize("adjust", ["bonferroni", "holm", "fdr_bh", "fdr_by"])
def test_every_adjustment_is_said_in_the_answer(adjust):
    found = substitutes(Baskets.from_lists([["a", "c"], ["b", "c"]] * 20), adjust=adjust)

    assert (found.adjust, found.alpha, len(found)) == (adjust, 0.05, 1)


def test_errors_say_what_to_do():
    baskets = Baskets.from_lists([["a", "b"]])
    tiers = ck.Labels.from_mapping({"ann": "gold"}, entity="customer", name="tier")
    tx = ck.Transactions.from_arrays(
        customer=[1], time=["2026-01-02"], basket=[1], product=["a"], attributes={"kind": ["x"]}
    )
    levels = Baskets.from_transactions(tx, level=("product", "kind"))
    customers = Baskets.from_transactions(tx, by="customer")

    with pytest.raises(InvalidArgumentError, match="Baskets.from_lists"):
        substitutes([["a"]])
    with pytest.raises(InvalidArgumentError, match="labels of products; got the tier of each cust"):
        substitutes(baskets, within=tiers)
    with pytest.raises(InvalidArgumentError, match="mapping from product to category"):
        substitutes(baskets, within="category")
    with pytest.raises(InvalidArgumentError, match="alpha must lie above 0"):
        substitutes(baskets, alpha=0)
    with pytest.raises(InvalidArgumentError, match="did you mean 'holm'"):
        substitutes(baskets, adjust="holms")
    with pytest.raises(InvalidArgumentError, match="min_size must be an integer >= 0"):
        substitutes(baskets, min_size=-1)
    with pytest.raises(InvalidArgumentError, match="of one level"):
        substitutes(levels)
    for timeless in (baskets, customers):
        with pytest.raises(InvalidArgumentError, match="when each basket was bought"):
            substitutes(timeless, coexisting=True)
