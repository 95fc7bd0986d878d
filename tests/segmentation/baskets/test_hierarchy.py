"""Products and their categories mined together, against a count of every subset."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.segmentation import Baskets, frequent_itemsets

CATEGORY = {"ale": "drink", "bun": "bread", "cob": "bread", "dip": "dip", "egg": "egg"}
"""A category of two products, three of one; two of them are called as their product."""

LINES = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(sorted(CATEGORY))), max_size=25)


def by_definition(lines, least):
    """Count subsets of baskets of products and categories, without a product and its own one."""
    baskets = defaultdict(set)
    for basket, product in lines:
        baskets[basket] |= {("product", product), ("category", CATEGORY[product])}
    counts = Counter(
        frozenset(some)
        for own in baskets.values()
        for size in range(1, len(own) + 1)
        for some in itertools.combinations(sorted(own), size)
    )
    trivial = [{("product", p), ("category", c)} for p, c in CATEGORY.items()]
    return {
        z: count
        for z, count in counts.items()
        if count >= least and not any(pair <= z for pair in trivial)
    }


@given(LINES, st.integers(1, 3))
def test_no_set_holds_a_product_with_its_own_category(lines, least):
    tx = ck.Transactions.from_arrays(
        customer=[1] * len(lines),
        time=["2026-01-02"] * len(lines),
        basket=[basket for basket, _ in lines],
        product=[product for _, product in lines],
        attributes={"category": [CATEGORY[product] for _, product in lines]},
    )
    baskets = Baskets.from_transactions(tx, level=("product", "category"))

    found = frequent_itemsets(baskets, min(least, max(len(baskets), 1)))

    assert dict(zip(map(frozenset, found.labels()), found.counts.tolist(), strict=True)) == (
        by_definition(lines, min(least, max(len(baskets), 1)))
    )
