"""Do recommendations find what was hidden from them, more often than the best sellers do?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from crmkit import _validation as check
from crmkit._kernels.itemsets.firing import (
    Picks,
    best_of_block,
    best_of_order,
    blocks_within_budget,
    hiding_each,
)
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.ragged import starts_of
from crmkit.data.answers import Answer
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.claims import Claims, claims_of, known_rows, prove_metric
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.typing import (
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    MetricName,
    QueryWeights,
)

if TYPE_CHECKING:
    from crmkit.segmentation.baskets.rules import AssociationRules


@attrs.frozen(kw_only=True)
class RecommenderScore:
    """How well one recommender finds hidden products. Shares are NaN where there was no query.

    Attributes:
        queries: products hidden, each asked for once.
        answered: queries that got any product.
        hits: queries whose hidden product was among those shown.
        products_shown: different products shown in any answer.
        products: in the catalogue.
        hit_rate: share of hits.
        mrr: mean of 1 / rank of the hidden product, 0 where it was not shown.
        coverage: share of queries answered.
        hit_rate_answered: share of hits among those.
        catalogue_coverage: share of the catalogue that is shown in any answer.

    Examples:
        >>> from crmkit.segmentation import Baskets, Itemsets, association_rules
        >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
        >>> rules = association_rules(itemsets, min_confidence=0.9)
        >>> score = rules.evaluate(Baskets.from_lists([["a", "b"]])).rules
        >>> score.queries, score.hits, score.hit_rate, score.hit_rate_answered
        (2, 1, 0.5, 1.0)
    """

    queries: int
    answered: int
    hits: int
    products_shown: int
    products: int
    hit_rate: float
    mrr: float
    coverage: float
    hit_rate_answered: float

    @property
    def catalogue_coverage(self) -> float:
        """Share of the catalogue that is shown in any answer."""
        return self.products_shown / self.products if self.products else float("nan")


_FIGURES = (
    "queries",
    "answered",
    "hits",
    "products_shown",
    "hit_rate",
    "mrr",
    "coverage",
    "hit_rate_answered",
    "catalogue_coverage",
)


@attrs.frozen(kw_only=True, repr=False)
class RecommendationScores(Answer):
    """How well rules find hidden products, beside the best sellers.

    As a frame: recommender ("rules", "popularity"), then counts (queries, answered, hits,
    products_shown) and shares (hit_rate, mrr, coverage, hit_rate_answered, catalogue_coverage).

    Attributes:
        rules: the score of the rules.
        popularity: the score of the k best sellers that a basket does not hold yet.
        only_rules: queries that only the rules hit.
        only_popularity: queries that only the best sellers hit.
        p_value: how likely the hits are to differ so much by chance.
        k: how many products were shown.
        by: the figure that ranked them.
        weights: what counted once in the shares, a basket or a hidden product.
        n_baskets: baskets asked.
        too_small: baskets left out: fewer than two products that the rules' catalogue has.
        unknown: labels in the baskets that it does not have.

    Examples:
        >>> from crmkit.segmentation import Baskets, Itemsets, association_rules
        >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
        >>> rules = association_rules(itemsets, min_confidence=0.9)
        >>> rules.evaluate(Baskets.from_lists([["a", "b"]]), k=1)
        RecommendationScores(hit rate at 1: 0.5 by rules, 1 by popularity; hits alone 0 : 1, p = 1)
    """

    rules: RecommenderScore
    popularity: RecommenderScore
    only_rules: int
    only_popularity: int
    k: int
    by: MetricName
    weights: QueryWeights
    n_baskets: int
    too_small: int
    unknown: tuple[object, ...] = ()

    @property
    def p_value(self) -> float:
        """How likely the hits are to differ so much by chance: McNemar's exact test, two-sided.

        It compares the queries that only one of the two hit, each of which counts once whatever
        *weights* says. Queries of one basket, and of one customer, depend on each other, so that
        it comes out too small.
        """
        apart = self.only_rules + self.only_popularity
        return min(1.0, 2 * float(bdtr(min(self.only_rules, self.only_popularity), apart, 0.5)))

    def __len__(self) -> int:
        """Two recommenders."""
        return 2

    def __repr__(self) -> str:
        """Both hit rates, and the hits of each that the other misses."""
        left_out = f"; {check.counted(self.too_small, 'basket')} left out" if self.too_small else ""
        return (
            f"RecommendationScores(hit rate at {self.k}: {self.rules.hit_rate:.3g} by rules,"
            f" {self.popularity.hit_rate:.3g} by popularity; hits alone"
            f" {self.only_rules:,} : {self.only_popularity:,}, p = {self.p_value:.2g}{left_out})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        both = (self.rules, self.popularity)
        names = np.array(["rules", "popularity"], dtype=object)
        figures = {name: np.array([getattr(one, name) for one in both]) for name in _FIGURES}
        return {"recommender": names, **figures}


def evaluated(
    rules: AssociationRules,
    held_out: Baskets,
    k: int,
    *,
    by: MetricName,
    weights: QueryWeights,
) -> RecommendationScores:
    """Hide each product in turn; see `AssociationRules.evaluate`."""
    check.instance(held_out, Baskets, "held_out", "Baskets.from_transactions(...) makes them.")
    check.choice(weights, QueryWeights, "weights")
    check.whole_number(k, "k", at_least=1)
    prove_metric(by)
    every, unknown = known_rows(rules.itemsets.products, held_out)
    rows = _large_enough(every)
    claims = claims_of(rules, by, None).worth_showing(None)
    outcomes = _outcomes(claims, _best_sellers(rules.itemsets), rows, int(k))
    by_rules, by_popularity = (_Outcome.joined(parts) for parts in zip(*outcomes, strict=True))
    counted = _weights(rows, weights)
    return RecommendationScores(
        rules=by_rules.score(counted, rows.n_items),
        popularity=by_popularity.score(counted, rows.n_items),
        only_rules=int(np.count_nonzero(by_rules.hit & ~by_popularity.hit)),
        only_popularity=int(np.count_nonzero(by_popularity.hit & ~by_rules.hit)),
        k=int(k),
        by=by,
        weights=weights,
        n_baskets=rows.n_rows,
        too_small=len(held_out) - rows.n_rows,
        unknown=unknown,
        frame_kind=held_out.frame_kind,
    )


def _large_enough(rows: Incidence) -> Incidence:
    sizes = np.diff(rows.starts)
    kept = sizes >= 2
    return Incidence(starts_of(sizes[kept]), rows.items[np.repeat(kept, sizes)], rows.n_items)


def _weights(rows: Incidence, weights: QueryWeights) -> FloatArray:
    """Return what each query counts."""
    sizes = np.diff(rows.starts)
    counted = 1 / sizes if weights == "basket" else np.ones(len(sizes))
    return np.repeat(counted, sizes)


def _best_sellers(itemsets: Itemsets) -> CodeArray:
    """Return products with a known count, the most frequent first, equals in label order."""
    single = itemsets.sizes == 1
    codes: CodeArray = itemsets.items[itemsets.starts[:-1][single]]
    best = np.lexsort((codes, -itemsets.counts[single]))
    return codes[best]


class _Outcome(NamedTuple):
    """What came of queries.

    Attributes:
        rank: of the hidden product, from 1; 0 if it was not shown.
        answered: whether anything was shown.
        shown: different products shown in any answer.
    """

    rank: IntArray
    answered: BoolArray
    shown: CodeArray

    @classmethod
    def of(cls, picks: Picks, product: CodeArray, hidden: CodeArray) -> _Outcome:
        """Look for the hidden products among those picked."""
        found = product == hidden[picks.row]
        rank = np.zeros(len(hidden), dtype=np.int64)
        rank[picks.row[found]] = picks.rank[found] + 1
        answered = np.bincount(picks.row, minlength=len(hidden)) > 0
        return cls(rank, answered, np.unique(product))

    @classmethod
    def joined(cls, parts: tuple[_Outcome, ...]) -> _Outcome:
        """Put blocks together."""
        rank, answered, shown = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(rank, answered, np.unique(shown))

    @property
    def hit(self) -> BoolArray:
        return self.rank > 0

    def score(self, weight: FloatArray, products: int) -> RecommenderScore:
        """Count and average."""
        reciprocal = np.where(self.hit, 1 / np.maximum(self.rank, 1), 0.0)
        return RecommenderScore(
            queries=len(self.rank),
            answered=int(np.count_nonzero(self.answered)),
            hits=int(np.count_nonzero(self.hit)),
            products_shown=len(self.shown),
            products=products,
            hit_rate=_mean(self.hit, weight),
            mrr=_mean(reciprocal, weight),
            coverage=_mean(self.answered, weight),
            hit_rate_answered=_mean(self.hit[self.answered], weight[self.answered]),
        )


def _mean(values: FloatArray | BoolArray, weight: FloatArray) -> float:
    return float(values @ weight / weight.sum()) if len(values) else float("nan")


def _outcomes(
    claims: Claims, best_sellers: CodeArray, rows: Incidence, k: int
) -> Iterator[tuple[_Outcome, _Outcome]]:
    """Go through all queries; what comes of them by claims, and by the best sellers."""
    book = claims.book()
    sizes = np.diff(rows.starts)
    costs = np.repeat(book.costs(rows) + sizes + k, sizes)
    for part in blocks_within_budget(costs) if len(costs) else (slice(0, 0),):
        queries, hidden = hiding_each(rows, part), rows.items[part]
        picks = best_of_block(book, queries, k, exclude_owned=True).picks
        plain = best_of_order(best_sellers, queries, k)
        yield (
            _Outcome.of(picks, claims.product[picks.choice], hidden),
            _Outcome.of(plain, best_sellers[plain.choice], hidden),
        )
