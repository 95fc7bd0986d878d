"""How strong is a rule? Fifty figures from four counts, by the names the field knows them by."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import inf, isqrt

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit._kernels import contingency as cells
from crmkit._kernels import hypergeometric
from crmkit._kernels.blocks import blocks
from crmkit.errors import InvalidArgumentError
from crmkit.typing import Direction, FloatArray, IntArray, MetricName, NumberArray

_MOST_BASKETS = isqrt(2**63 - 1)  # n * n still fits int64


@attrs.frozen(kw_only=True)
class RuleCounts:
    """How many baskets hold the antecedent X and the consequent Y of each rule, X and Y disjoint.

    Attributes:
        both: baskets with X and Y.
        antecedent: baskets with X.
        consequent: baskets with Y.
        n: all baskets.
        rarest_item: baskets with the rarest single item of X and Y.
        commonest_item: baskets with the commonest one.
        min_support: the share that mining asked for; standardised lift needs it.
        min_confidence: likewise.

    Raises:
        InvalidArgumentError: the counts are of no possible baskets, or a threshold is no share.

    Examples:
        >>> counts = RuleCounts(both=[30, 8], antecedent=[40, 80], consequent=[60, 10], n=100)
        >>> counts.table.n10
        array([10., 72.])
    """

    both: IntArray = array(dtype=np.int64)
    antecedent: IntArray = array(dtype=np.int64)
    consequent: IntArray = array(dtype=np.int64)
    n: int
    rarest_item: IntArray | None = array(dtype=np.int64, optional=True)
    commonest_item: IntArray | None = array(dtype=np.int64, optional=True)
    min_support: float = 0.0
    min_confidence: float = 0.0

    def __attrs_post_init__(self) -> None:
        """Refuse what cannot have been counted."""
        if check.whole_number(self.n, "n", at_least=1) > _MOST_BASKETS:
            raise InvalidArgumentError(
                f"n is {self.n:,}; products of counts are exact up to {_MOST_BASKETS:,} baskets."
            )
        for name in ("min_support", "min_confidence"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidArgumentError(
                    f"{name} must be a share from 0 to 1; got {getattr(self, name)!r}."
                )
        self._check_shapes()
        self._check_cells()

    def _check_shapes(self) -> None:
        for name in ("both", "antecedent", "consequent", "rarest_item", "commonest_item"):
            counts = getattr(self, name)
            if counts is not None and (counts.ndim != 1 or len(counts) != len(self)):
                raise InvalidArgumentError(
                    f"all counts must have one element per rule: {name} has shape"
                    f" {counts.shape}, both {self.both.shape}."
                )

    def _check_cells(self) -> None:
        fewest = np.maximum(self.antecedent + self.consequent - self.n, 0)
        most = np.minimum(self.antecedent, self.consequent)
        wrong = np.flatnonzero((self.both < fewest) | (self.both > most))
        if len(wrong):
            row = int(wrong[0])
            raise InvalidArgumentError(
                f"{len(wrong):,} rules have impossible counts, first rule {row}: of {self.n:,}"
                f" baskets {self.antecedent[row]:,} hold the antecedent,"
                f" {self.consequent[row]:,} the consequent, {self.both[row]:,} both."
            )

    def __len__(self) -> int:
        """How many rules."""
        return len(self.both)

    @cached_property
    def table(self) -> cells.Table:
        """The cells n11, n10, n01, n00 of each rule and their margins."""
        return self.smoothed(0.0)

    def smoothed(self, smoothing: float, rules: slice = slice(None)) -> cells.Table:
        """Return the cells with so much added to each.

        Args:
            smoothing: how much.
            rules: which rules; all if not given.

        Examples:
            >>> counts = RuleCounts(both=[30], antecedent=[40], consequent=[60], n=100)
            >>> counts.smoothed(0.5).n11
            array([30.5])
        """
        return cells.Table(
            self.both[rules], self.antecedent[rules], self.consequent[rules], self.n, smoothing
        )

    @cached_property
    def log_fisher_p(self) -> FloatArray:
        """Log of Fisher's p-value; it ranks rules whose p-value is 0 as a float."""
        return hypergeometric.log_upper_tail(self.both, self.antecedent, self.consequent, self.n)


# --- figures that need more than the cells -------------------------------------------------------


def _fisher_p(counts: RuleCounts) -> FloatArray:
    return np.exp(counts.log_fisher_p)


def _hyper_confidence(counts: RuleCounts) -> FloatArray:
    return -np.expm1(counts.log_fisher_p)


def _hyper_lift(counts: RuleCounts) -> FloatArray:
    # Hahsler and Hornik (2007) put the count that chance exceeds in 1 % of cases for its mean.
    by_chance = hypergeometric.quantile(0.99, counts.antecedent, counts.consequent, counts.n)
    return counts.both / by_chance


def _all_confidence(counts: RuleCounts) -> FloatArray:
    return counts.both / _items(counts.commonest_item, "commonest_item")


def _cross_support(counts: RuleCounts) -> FloatArray:
    rarest = _items(counts.rarest_item, "rarest_item")
    return rarest / _items(counts.commonest_item, "commonest_item")


def _items(counts: IntArray | None, name: str) -> IntArray:
    if counts is None:
        raise InvalidArgumentError(
            "this metric is about single items, whose counts these rules lack;"
            f" say RuleCounts({name}=...)."
        )
    return counts


def _standardised_lift(counts: RuleCounts) -> FloatArray:
    """Place lift between the least and the most that margins and thresholds allow."""
    # McNicholas, Murphy and O'Regan (2008); their bounds of lift times n1 nY / n are counts.
    share, confidence = counts.min_support, counts.min_confidence
    expected = counts.table.n1x * counts.table.nx1 / counts.n
    thresholds = np.maximum(
        _count_at(share, np.array([counts.n])), _count_at(confidence, counts.antecedent)
    )
    fewest = np.maximum(thresholds, 4 * share / (1 + share) ** 2 * expected)
    return _between(counts, np.maximum(fewest, _fewest(counts)))


def _standardised_lift_uncorrected(counts: RuleCounts) -> FloatArray:
    return _between(counts, _fewest(counts))


def _fewest(counts: RuleCounts) -> FloatArray:
    fewest: IntArray = np.maximum(counts.antecedent + counts.consequent - counts.n, 1)
    return fewest.astype(np.float64)


def _between(counts: RuleCounts, fewest: FloatArray) -> FloatArray:
    most = np.minimum(counts.antecedent, counts.consequent)
    return np.where(most == fewest, 1.0, (counts.both - fewest) / (most - fewest))


def _count_at(share: float, whole: IntArray) -> FloatArray:
    # 0.07 * 100 is not 7 but 7 / 100 is 0.07: a rule at its threshold must come out as 0.
    product = share * whole
    nearest = np.rint(product)
    return np.where(nearest / whole == share, nearest, product)


# --- the register --------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Metric:
    """How a metric is computed and read.

    Attributes:
        formula: from the counts and what is added to each cell.
        strong_when: which end speaks for the rule; None if neither does.
        low: the least possible value.
        high: the largest.
        smooths: whether something may be added to each cell.

    Examples:
        >>> from crmkit.segmentation import METRICS
        >>> METRICS["implication_index"].strong_when, METRICS["lift"].smooths
        ('low', True)
    """

    formula: Callable[[RuleCounts, float], NumberArray]
    strong_when: Direction | None
    low: float
    high: float
    smooths: bool


def _of_cells(
    formula: Callable[[cells.Table], FloatArray],
    low: float = 0.0,
    high: float = 1.0,
    *,
    strong_when: Direction | None = "high",
    smooths: bool = True,
) -> Metric:
    def of_table(counts: RuleCounts, smoothing: float) -> FloatArray:
        figures = np.empty(len(counts))
        # Half a dozen temporary arrays a formula: in blocks they stay in the cache.
        for block in blocks(0, len(counts)):
            figures[block] = formula(counts.smoothed(smoothing, block))
        return figures

    return Metric(formula=of_table, strong_when=strong_when, low=low, high=high, smooths=smooths)


def _of_counts(
    formula: Callable[[RuleCounts], NumberArray],
    high: float = 1.0,
    *,
    strong_when: Direction | None = "high",
) -> Metric:
    def of_counts(counts: RuleCounts, smoothing: float) -> NumberArray:
        return formula(counts)

    return Metric(formula=of_counts, strong_when=strong_when, low=0.0, high=high, smooths=False)


METRICS: FrozenMapping[Metric] = FrozenMapping(
    {
        # how often
        "support": _of_cells(cells.support, strong_when=None, smooths=False),
        "count": _of_counts(lambda counts: counts.both, inf, strong_when=None),
        "coverage": _of_cells(cells.coverage, strong_when=None, smooths=False),
        "consequent_support": _of_cells(cells.consequent_support, strong_when=None, smooths=False),
        "representativity": _of_counts(lambda counts: np.ones(len(counts)), strong_when=None),
        "confidence": _of_cells(cells.confidence),
        "laplace": _of_cells(cells.laplace),
        "confirmed_confidence": _of_cells(cells.confirmed_confidence, -1.0),
        "sebag": _of_cells(cells.sebag, 0.0, inf),
        "counter_example_rate": _of_cells(cells.counter_example_rate, -inf),
        "ralambondrainy": _of_cells(cells.ralambondrainy, strong_when="low"),
        "least_contradiction": _of_cells(cells.least_contradiction),
        "rule_power_factor": _of_cells(cells.rule_power_factor),
        # how much more often than by chance
        "lift": _of_cells(cells.lift, 0.0, inf),
        "varying_liaison": _of_cells(cells.varying_liaison, -1.0, inf),
        "standardised_lift": _of_counts(_standardised_lift),
        "standardised_lift_uncorrected": _of_counts(_standardised_lift_uncorrected),
        "leverage": _of_cells(cells.leverage, -0.25, 0.25),
        "added_value": _of_cells(cells.added_value, -1.0),
        "difference_of_confidence": _of_cells(cells.difference_of_confidence, -1.0),
        "conviction": _of_cells(cells.conviction, 0.0, inf),
        "certainty": _of_cells(cells.certainty, -inf),
        "zhang": _of_cells(cells.zhang, -1.0),
        "relative_risk": _of_cells(cells.relative_risk, 0.0, inf),
        "importance": _of_cells(cells.importance, -inf, inf),
        "implication_index": _of_cells(cells.implication_index, -inf, inf, strong_when="low"),
        "lerman": _of_cells(cells.lerman, -inf, inf),
        # how alike, whichever way
        "jaccard": _of_cells(cells.jaccard),
        "kulczynski": _of_cells(cells.kulczynski),
        "cosine": _of_cells(cells.cosine),
        "max_confidence": _of_cells(cells.max_confidence),
        "all_confidence": _of_counts(_all_confidence),
        "cross_support": _of_counts(_cross_support),
        "imbalance": _of_cells(cells.imbalance, strong_when=None),
        "phi": _of_cells(cells.phi, -1.0),
        "kappa": _of_cells(cells.kappa, -1.0),
        "odds_ratio": _of_cells(cells.odds_ratio, 0.0, inf),
        "yule_q": _of_cells(cells.yule_q, -1.0),
        "yule_y": _of_cells(cells.yule_y, -1.0),
        "rld": _of_cells(cells.rld),
        # tests and information
        "chi2": _of_cells(cells.chi2, 0.0, inf),
        "chi2_p": _of_cells(cells.chi2_p, strong_when="low"),
        "chi2_yates": _of_cells(cells.chi2_yates, 0.0, inf),
        "chi2_yates_p": _of_cells(cells.chi2_yates_p, strong_when="low"),
        "fisher_p": _of_counts(_fisher_p, strong_when="low"),
        "hyper_confidence": _of_counts(_hyper_confidence),
        "hyper_lift": _of_counts(_hyper_lift, inf),
        "lambda": _of_cells(cells.goodman_kruskal_lambda),
        "gini": _of_cells(cells.gini, 0.0, 0.5),
        "j_measure": _of_cells(cells.j_measure, 0.0, inf),
        "mutual_information": _of_cells(cells.mutual_information),
        "mutual_information_raw": _of_cells(cells.mutual_information_raw, 0.0, inf),
    }
)
"""Every metric by its name."""


def metric(name: MetricName, counts: RuleCounts, *, smoothing: float = 0.0) -> NumberArray:
    """Compute one figure of each rule.

    What is 0/0 is NaN and x/0 infinite, with the exceptions that the field agrees on: conviction
    is infinite at confidence 1, certainty and Zhang's metric are 0 when every basket has Y.
    Chi-squared, gini, rld and information are unsigned: high for rules that repel as well.

    Args:
        name: which figure; `METRICS[name]` tells its range and which end is strong.
        counts: what was counted.
        smoothing: added to each of the four cells, so that infinite ratios become finite: 0.5 is
            Haldane's and Anscombe's, 1 Laplace's. Supports, exact tests, hyper-lift and figures of
            single items take none.

    Returns:
        One float per rule; integers for "count".

    Raises:
        InvalidArgumentError: no such metric, smoothing below 0 or of a metric that takes none, or
            counts that lack what the metric needs.

    Source:
        Tan, Kumar and Srivastava (2004), "Selecting the right objective measure for association
        analysis"; Geng and Hamilton (2006), "Interestingness measures for data mining".

    Examples:
        >>> counts = RuleCounts(both=[30, 8], antecedent=[40, 80], consequent=[60, 10], n=100)
        >>> metric("lift", counts)
        array([1.25, 1.  ])
        >>> metric("conviction", counts).round(3)
        array([1.6, 1. ])
    """
    chosen = METRICS[check.choice(name, MetricName, "metric")]
    check.instance(counts, RuleCounts, "counts", "Say RuleCounts(both=..., antecedent=..., ...).")
    added = _smoothing(smoothing, name, chosen)
    with np.errstate(all="ignore"):
        return chosen.formula(counts, added)


def _smoothing(smoothing: float, name: MetricName, chosen: Metric) -> float:
    if not 0 <= smoothing < inf:
        raise InvalidArgumentError(f"smoothing must be a number >= 0; got {smoothing!r}.")
    if smoothing and not chosen.smooths:
        raise InvalidArgumentError(
            f"{name!r} is not computed from smoothed cells; leave smoothing at 0."
        )
    return float(smoothing)
