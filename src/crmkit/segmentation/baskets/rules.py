"""If a basket holds these products, what else does it hold?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.itemsets.simpler import Rules
from crmkit.data import Transactions
from crmkit.data.answers import Answer
from crmkit.data.frames import build_frame
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.counting import count_itemsets
from crmkit.segmentation.baskets.evaluate import RecommendationScores, evaluated
from crmkit.segmentation.baskets.intervals import Interval, interval
from crmkit.segmentation.baskets.itemsets import Itemsets
from crmkit.segmentation.baskets.metrics import RuleCounts
from crmkit.segmentation.baskets.recommend import Recommendations, recommended
from crmkit.segmentation.baskets.redundancy import improvements
from crmkit.segmentation.baskets.rule_counts import rule_counts, rule_metric
from crmkit.segmentation.baskets.significance import Significance, tested
from crmkit.typing import (
    Adjustment,
    BoolArray,
    CodeArray,
    Frame,
    IntArray,
    MetricName,
    NumberArray,
    ProductWeights,
    QueryWeights,
)

_SHOWN: tuple[MetricName, ...] = ("count", "support", "confidence", "lift", "leverage")


@attrs.frozen(kw_only=True, repr=False)
class AssociationRules(Answer):
    """Rules "baskets with X hold Y as well", X and Y disjoint sets of products.

    A rule is three numbers of itemsets; what it says is computed from their counts when it is
    asked. As a frame: antecedent, consequent (tuples of labels), then metrics; ordered by
    antecedent and consequent, small and frequent sets first.

    Attributes:
        itemsets: the sets the rules are made of, with their counts.
        antecedent: number of the left side among the itemsets, int32; -1 for the empty set.
        consequent: number of the right side, int32.
        both: number of the two together, int32.
        ids: a number for each rule that filters keep, int64.
        min_confidence: the least confidence asked for.
        n_evaluated: rules that were judged to find these.
        significance: the test these rules passed, if they were tested.

    Examples:
        >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
        >>> baskets = Baskets.from_lists([["milk", "bread"], ["milk", "bread", "eggs"], ["milk"]])
        >>> rules = association_rules(frequent_itemsets(baskets, 2), min_confidence=0.6)
        >>> rules
        AssociationRules(2 rules of confidence 0.6 or more, of 2 judged, in 3 baskets)
        >>> rules.metric("lift")
        array([1., 1.])
    """

    itemsets: Itemsets
    antecedent: CodeArray = array()
    consequent: CodeArray = array()
    both: CodeArray = array()
    ids: IntArray = array()
    min_confidence: float
    n_evaluated: int
    significance: Significance | None = None

    def __len__(self) -> int:
        """How many rules."""
        return len(self.both)

    def __repr__(self) -> str:
        """How many rules, and what they had to pass."""
        passed = "" if self.significance is None else f", {self.significance}"
        whole = "" if self.itemsets.complete else "; the itemsets are incomplete"
        return (
            f"AssociationRules({check.counted(len(self), 'rule')} of confidence"
            f" {self.min_confidence:g} or more, of {self.n_evaluated:,} judged, in"
            f" {check.counted(self.itemsets.n_baskets, 'basket')}{passed}{whole})"
        )

    # --- figures ---------------------------------------------------------------------------------

    @cached_property
    def counts(self) -> RuleCounts:
        """What was counted for each rule: baskets with X, with Y, with both."""
        return rule_counts(self.itemsets, self.sides, self.min_confidence)

    @property
    def sides(self) -> Rules:
        """The rules as kernels take them."""
        return Rules(self.antecedent, self.consequent, self.both)

    def metric(self, name: MetricName, *, smoothing: float = 0.0) -> NumberArray:
        """Return one figure of each rule: float64, or int64 for "count".

        Args:
            name: which; `crmkit.segmentation.METRICS` has them all.
            smoothing: added to each of the four cells, e.g. 0.5, for metrics of cells.

        Raises:
            InvalidArgumentError: no such metric, or one that takes no smoothing.

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
            >>> association_rules(itemsets, min_confidence=0.9).metric("zhang")
            array([0.5])
        """
        return rule_metric(name, self.counts, self.itemsets, self.sides, smoothing)

    def confidence_interval(self, metric: MetricName, level: float = 0.95) -> Interval:
        """Return the ends between which the true figure of each rule lies, most likely.

        Args:
            metric: which.
            level: how likely, between 0 and 1.

        Raises:
            InvalidArgumentError: a metric without an interval (says why), or an impossible level.

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [30, 20, 20], 40)
            >>> rules = association_rules(itemsets, min_confidence=0.9)
            >>> rules.confidence_interval("confidence").low.round(2)
            array([0.84])
        """
        return interval(metric, self.counts, level=level)

    def to_frame(self, metrics: Sequence[MetricName] = _SHOWN) -> Frame:
        """Return the rules as a frame: antecedent, consequent, then the metrics asked for.

        Args:
            metrics: names, in the order of the columns.

        Raises:
            InvalidArgumentError: no such metric.

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
            >>> association_rules(itemsets, min_confidence=0.9).to_frame(metrics=("lift", "cosine"))
              antecedent consequent      lift    cosine
            0       (b,)       (a,)  1.333333  0.816497
        """
        if isinstance(metrics, str):
            raise InvalidArgumentError(f"metrics are named in a tuple: ({metrics!r},).")
        return build_frame(self._sides() | self._figures(metrics), self.frame_kind)

    def _columns(self) -> dict[str, NDArray[Any]]:
        return self._sides() | self._figures(_SHOWN)

    def _sides(self) -> dict[str, NDArray[Any]]:
        order = self.order()
        labels = np.append(self.itemsets.frame_labels(), np.empty(1, dtype=object))
        labels[-1] = ()
        return {
            "antecedent": labels[self.antecedent[order]],
            "consequent": labels[self.consequent[order]],
        }

    def _figures(self, metrics: Sequence[MetricName]) -> dict[str, NDArray[Any]]:
        order = self.order()
        return {name: self.metric(name)[order] for name in metrics}

    def order(self) -> NDArray[np.intp]:
        """Return the places of the rules as a frame lists them: by antecedent, then consequent.

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
            >>> association_rules(itemsets, min_confidence=0.1).order()
            array([1, 0])
        """
        rank = np.empty(len(self.itemsets) + 1, dtype=np.int64)
        rank[self.itemsets.order()] = np.arange(len(self.itemsets))
        rank[-1] = -1
        return np.lexsort((rank[self.consequent], rank[self.antecedent]))

    # --- parts -----------------------------------------------------------------------------------

    def where(self, mask: BoolArray) -> Self:
        """Return some of the rules, with their ids.

        Args:
            mask: one boolean for each rule.

        Raises:
            InvalidArgumentError: the mask is not one boolean per rule.

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
            >>> rules = association_rules(itemsets, min_confidence=0.1)
            >>> rules.where(rules.metric("confidence") > 0.9).ids
            array([0])
        """
        rows = check.line_mask(mask, len(self), "rule")
        return attrs.evolve(
            self,
            antecedent=self.antecedent[rows],
            consequent=self.consequent[rows],
            both=self.both[rows],
            ids=self.ids[rows],
        )

    def significant(
        self, alpha: float = 0.05, *, adjust: Adjustment = "holm", n_tests: int | None = None
    ) -> Self:
        """Keep the rules that chance alone would hardly bring about.

        Fisher's exact test, one-sided: the probability that so many baskets or more hold both
        sides if they were independent, adjusted for the number of tests. Rules that were filtered
        on confidence or lift before were tests as well: `n_tests=rules.n_evaluated` counts them.
        Baskets of one customer are not independent, and with millions of them every little
        attraction is significant: ask for effect too.

        Args:
            alpha: the largest adjusted p-value to keep, above 0 and below 1.
            adjust: "holm" or "bonferroni" bound the chance of any false rule, "fdr_bh" the share
                of false ones among those kept, "fdr_by" likewise whatever depends on what.
            n_tests: how many tests these are some of; the rules here, if not given.

        Raises:
            InvalidArgumentError: an option outside its domain.

        Source: Hahsler and Hornik (2007); Holm (1979); Benjamini and Yekutieli (2001).

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [30, 20, 20], 40)
            >>> len(association_rules(itemsets, min_confidence=0.1).significant(0.01))
            2
        """
        passed, kept = tested(self.counts.log_fisher_p, alpha, adjust, n_tests)
        return attrs.evolve(self.where(kept), significance=passed)

    def non_redundant(
        self, measure: MetricName = "confidence", *, min_improvement: float = 0.0
    ) -> Self:
        """Keep the rules that say more than all simpler ones with the same consequent.

        A rule X -> Y is redundant if some proper subset of X, the empty set included, foretells Y
        as well or better. Subsets are judged by the counts of the itemsets, whether or not their
        rules are here, so filters may come in any order.

        Args:
            measure: what "better" means; a metric of four cells that has a strong end.
            min_improvement: by how much a rule must beat every simpler one; beyond 0 always.

        Raises:
            InvalidArgumentError: a measure without a strong end, or a negative improvement.

        Source: Bayardo, Agrawal and Gunopulos (1999).

        Examples:
            >>> from crmkit.segmentation import Itemsets, association_rules
            >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [30, 20, 15], 40)
            >>> len(association_rules(itemsets, min_confidence=0.1).non_redundant())
            0
        """
        if not check.real(min_improvement) >= 0:
            raise InvalidArgumentError(
                f"min_improvement must be 0 or more; got {min_improvement!r}."
            )
        more = improvements(self.itemsets, self.sides, measure)
        return self.where((more > 0) & (more >= min_improvement))

    def rescore(self, baskets: Baskets) -> Self:
        """Count the same rules in other baskets, with the same ids.

        Rules that were picked for being strong look stronger than they are; baskets that had no
        part in the choice tell the truth.

        Args:
            baskets: e.g. of a later period; products they lack count 0.

        Examples:
            >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
            >>> first = Baskets.from_lists([["milk", "bread"], ["milk", "bread"], ["milk"]])
            >>> rules = association_rules(frequent_itemsets(first, 2), min_confidence=0.9)
            >>> rules.rescore(Baskets.from_lists([["milk", "bread"], ["bread"]])).metric("lift")
            array([1.])
        """
        recounted = count_itemsets(self.itemsets, baskets)
        return attrs.evolve(self, itemsets=recounted, significance=None)

    # --- use -------------------------------------------------------------------------------------

    def recommend(
        self,
        baskets: Baskets | Transactions,
        k: int = 5,
        *,
        by: MetricName = "confidence",
        exclude_owned: bool = True,
        weight: ProductWeights | None = None,
    ) -> Recommendations:
        """Say which products each basket or customer may want next, and which rule says so.

        A rule fires for a row that holds its whole antecedent; {} fires for all. A product gets
        the figure of the strongest rule that calls for it: adding several up would count nested
        rules twice. Equal figures stand by the count of the rule, then of its consequent, then by
        label. A rule with several products on the right calls for each of them with the figure
        that they have together, which understates them; rules of max_consequent=1 do not.

        Args:
            baskets: rows to recommend to, in the catalogue of the rules (products that it lacks
                are named in the answer). `Transactions` stand for their customers, each with all
                that it ever bought.
            k: the most products for each row.
            by: the figure that ranks products; the low ones first where low is strong.
            exclude_owned: whether to leave out products that the row holds. Of what is bought
                again and again they may be the best ones.
            weight: what showing a product may bring, such as its margin: by product, or as an
                array along `itemsets.products`. The score then is the figure times the weight, the
                gain expected if the product is shown; what is worth 0 or less is not shown.

        Raises:
            InvalidArgumentError: an option outside its domain, or a product that rules call for
                without a weight (near names are offered).

        Warns:
            MeaninglessScoreWarning: money times a figure that is no probability, such as lift.

        Time: what rows and antecedents have in common, and the claims that rules make for rows,
            some 20 ns each. Memory: bounded but for the answer.

        Examples:
            >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
            >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
            >>> itemsets = frequent_itemsets(Baskets.from_lists(lists), 0.5)
            >>> rules = association_rules(itemsets, min_confidence=0.6)
            >>> found = rules.recommend(Baskets.from_lists([["milk"]]), k=3).to_frame()
            >>> found[["basket", "rank", "product", "score", "antecedent"]]
               basket  rank product     score antecedent
            0       0     1   bread  0.666667    (milk,)
            1       0     2    eggs  0.666667    (milk,)
        """
        return recommended(self, baskets, k, by=by, exclude_owned=exclude_owned, weight=weight)

    def evaluate(
        self,
        held_out: Baskets,
        k: int = 5,
        *,
        by: MetricName = "confidence",
        weights: QueryWeights = "basket",
    ) -> RecommendationScores:
        """Say how often the rules find a product that was hidden from them, and whether that pays.

        Of each basket with two known products or more each product is hidden in turn, and asked
        for by the others. The rules stand beside the plainest recommender: the products that most
        baskets of the rules' own data hold. Hold out a later period; parts of one customer's
        baskets, taken at random, tell the rules what they are asked.

        Args:
            held_out: baskets that had no part in the rules.
            k: how many products are shown; a hit is a hidden product among them.
            by: the figure that ranks products.
            weights: "basket" lets each basket count once, "item" each hidden product, so that big
                baskets count more.

        Raises:
            InvalidArgumentError: an option outside its domain.

        Time: as `recommend`, for as many rows as there are products in the baskets.

        Source: Breese, Heckerman and Kadie (1998), "all but one".

        Examples:
            >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
            >>> early = Baskets.from_lists([["tea", "milk"], ["tea", "milk"], ["ale"], ["ale"]] * 2)
            >>> rules = association_rules(frequent_itemsets(early, 2), min_confidence=0.9)
            >>> scores = rules.evaluate(Baskets.from_lists([["tea", "milk"], ["ale"]]), k=1)
            >>> scores.to_frame()[["recommender", "queries", "hits", "hit_rate", "coverage"]]
              recommender  queries  hits  hit_rate  coverage
            0       rules        2     2       1.0       1.0
            1  popularity        2     0       0.0       1.0
        """
        return evaluated(self, held_out, k, by=by, weights=weights)
