"""Itemsets and rules by counting every subset of every basket; slow, and written from definitions.

Only sets, dicts, integers and fractions: no numpy, no floats, nothing shared with `crmkit`. What
draws baskets for both sides stands at the end.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import comb
from typing import Any, NamedTuple

from hypothesis import strategies as st

Lists = Sequence[Collection[Any]]
Sets = dict[frozenset[Any], int]
"""Itemsets with the number of baskets that hold each."""

# --- itemsets ------------------------------------------------------------------------------------


def least_count(share: Fraction, baskets: int) -> int:
    """Count up from one until a share is reached."""
    return next((k for k in range(1, baskets + 1) if Fraction(k, baskets) >= share), 1)


def frequent(lists: Lists, least: int) -> Sets:
    """Count all subsets of all baskets, and keep those in enough of them."""
    counts = Counter(
        frozenset(some)
        for basket in map(set, lists)
        for size in range(1, len(basket) + 1)
        for some in itertools.combinations(basket, size)
    )
    return {itemset: count for itemset, count in counts.items() if count >= least}


def without(sets: Sets, pairs: Iterable[Collection[Any]]) -> Sets:
    """Leave out the sets that hold both products of any of the pairs."""
    barred = [set(pair) for pair in pairs]
    return {z: count for z, count in sets.items() if not any(pair <= z for pair in barred)}


def closed(sets: Sets, baskets: int) -> Sets:
    """Keep the sets with no larger one in as many baskets."""
    return {z: c for z, c in sets.items() if not any(z < y and c == d for y, d in sets.items())}


def maximal(sets: Sets, baskets: int) -> Sets:
    """Keep the sets with no larger one at all."""
    return {z: c for z, c in sets.items() if not any(z < y for y in sets)}


def generators(sets: Sets, baskets: int) -> Sets:
    """Keep the sets with no smaller one, the empty one included, in as many baskets."""
    with_empty = {**sets, frozenset(): baskets}
    return {
        z: c for z, c in sets.items() if not any(y < z and c == d for y, d in with_empty.items())
    }


KINDS = {
    "frequent": lambda sets, baskets: sets,
    "closed": closed,
    "maximal": maximal,
    "generator": generators,
}


def up_to(sets: Sets, size: int | None) -> Sets:
    """Keep the sets of so many products and fewer."""
    return {z: count for z, count in sets.items() if size is None or len(z) <= size}


def largest_that_fits(sets: Sets, most: int) -> int:
    """Return up to which size there are no more than *most* sets."""
    sizes = Counter(map(len, sets))
    room = itertools.accumulate(sizes[k] for k in range(1, max(sizes, default=0) + 1))
    return sum(1 for total in room if total <= most)


# --- rules ---------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """From X to Y: how many baskets hold both, X, and Y."""

    antecedent: frozenset[Any]
    consequent: frozenset[Any]
    both: int
    with_antecedent: int
    with_consequent: int

    @property
    def confidence(self) -> Fraction:
        """The share of the baskets with X that hold Y."""
        return Fraction(self.both, self.with_antecedent)


def rules(
    sets: Mapping[frozenset[Any], int],
    min_confidence: Fraction = Fraction(0),
    max_consequent: int | None = None,
    *,
    baskets: int | None = None,
) -> list[Rule]:
    """Cut every itemset in two in every way; sides that have no count make no rule.

    The empty set, which *baskets* hold, is an antecedent if their number is said.
    """
    known = dict(sets) if baskets is None else {**sets, frozenset(): baskets}
    found = []
    for itemset, both in sets.items():
        for size in range(1, len(itemset) + 1):
            for some in itertools.combinations(itemset, size):
                sides = itemset - set(some), frozenset(some)
                if all(side in known for side in sides):
                    found.append(Rule(*sides, both, *(known[side] for side in sides)))
    return [
        rule
        for rule in found
        if rule.confidence >= min_confidence
        and len(rule.consequent) <= (max_consequent or len(rule.consequent))
    ]


def simpler(rule: Rule, sets: Mapping[frozenset[Any], int], baskets: int) -> list[Rule]:
    """Make all rules with a proper part of the antecedent, the empty one included."""
    known, goal = {**sets, frozenset(): baskets}, rule.consequent
    parts = [
        frozenset(some)
        for size in range(len(rule.antecedent))
        for some in itertools.combinations(rule.antecedent, size)
    ]
    return [
        Rule(part, goal, known[part | goal], known[part], rule.with_consequent)
        for part in parts
        if part in known and part | goal in known
    ]


Figure = Callable[[Rule, int], Fraction]
"""A measure of a rule in so many baskets, larger for stronger rules; ZeroDivisionError if it is
infinite."""


def confidence(rule: Rule, baskets: int) -> Fraction:
    """Count how many of the baskets with X hold Y."""
    return rule.confidence


def lift(rule: Rule, baskets: int) -> Fraction:
    """Compare that with the share of all baskets that hold Y."""
    return rule.confidence / Fraction(rule.with_consequent, baskets)


def leverage(rule: Rule, baskets: int) -> Fraction:
    """Count the baskets beyond those by chance."""
    by_chance = Fraction(rule.with_antecedent * rule.with_consequent, baskets)
    return (rule.both - by_chance) / baskets


def conviction(rule: Rule, baskets: int) -> Fraction:
    """Compare the counter-examples by chance with those there are."""
    by_chance = Fraction(rule.with_antecedent * (baskets - rule.with_consequent), baskets)
    return by_chance / (rule.with_antecedent - rule.both)


def fisher_p(rule: Rule, baskets: int) -> Fraction:
    """Count the ways to lay the baskets with X, so that as many or more hold Y."""
    x, y = rule.with_antecedent, rule.with_consequent
    ways = sum(comb(y, k) * comb(baskets - y, x - k) for k in range(rule.both, min(x, y) + 1))
    return Fraction(ways, comb(baskets, x))


def improvement(
    rule: Rule, figure: Figure, sets: Mapping[frozenset[Any], int], baskets: int
) -> float | Fraction:
    """Return by how much a rule beats the best simpler one; two infinite figures tie."""

    def strength(rule: Rule) -> float | Fraction:
        try:
            return figure(rule, baskets)
        except ZeroDivisionError:
            return math.inf

    own = strength(rule)
    best = max((strength(other) for other in simpler(rule, sets, baskets)), default=-math.inf)
    return 0 if own == best else own - best


# --- what both sides are asked about -------------------------------------------------------------

LETTERS = "abcdefgh"

DENSE = st.lists(st.frozensets(st.sampled_from(LETTERS)), max_size=14)
"""Baskets in which most sets of the few products occur; empty ones among them."""

WIDE = st.lists(
    st.frozensets(st.integers(0, 60), max_size=5) | st.frozensets(st.integers(0, 5), max_size=6),
    max_size=25,
)
"""Baskets of few of many products, some of which come together often."""


def shopping(baskets: int, products: int, *, seed: int, longest: int = 7) -> list[list[int]]:
    """Make baskets around bundles, so that larger sets are frequent too."""
    draw = random.Random(seed)
    bundles = [draw.sample(range(products), draw.randint(2, 4)) for _ in range(products // 3)]
    popularity = [1 / (k + 1) for k in range(products)]
    rows = []
    for _ in range(baskets):
        bundle = draw.choice(bundles) if draw.random() < 0.6 else []
        others = draw.choices(range(products), popularity, k=draw.randint(0, longest - 4))
        rows.append([x for x in bundle if draw.random() < 0.9] + others)
    return rows
