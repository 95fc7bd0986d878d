"""How sure is a rule's figure? Intervals that allow for the baskets being a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import attrs
import numpy as np
from scipy.special import expit, logit, ndtri

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.contingency import Table
from crmkit._kernels.intervals import wilson
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.metrics import METRICS, RuleCounts, metric
from crmkit.typing import FloatArray, MetricName

Ends = tuple[FloatArray, FloatArray]
Method = Callable[[RuleCounts, float], Ends]


@attrs.frozen(kw_only=True)
class Interval:
    """Both ends of an interval for each rule; NaN where the figure itself is.

    Attributes:
        low: lower ends.
        high: upper ends.

    Examples:
        >>> from crmkit.segmentation import Itemsets, association_rules
        >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [30, 20, 15], 40)
        >>> lift = association_rules(itemsets).confidence_interval("lift")
        >>> (lift.high > lift.low).all()
        np.True_
    """

    low: FloatArray = array()
    high: FloatArray = array()


def interval(name: MetricName, counts: RuleCounts, *, level: float = 0.95) -> Interval:
    """Return an interval that holds the true figure of each rule with probability *level*.

    Baskets count as independent draws; those of one customer are not, and rules picked for being
    strong look stronger than they are. The interval holds the figure observed, and stays within
    the metric's range.

    Args:
        name: which metric.
        counts: what was counted.
        level: between 0 and 1.

    Returns:
        The ends, one per rule.

    Raises:
        InvalidArgumentError: no such metric, one without an interval (the message says why), or a
            level not between 0 and 1.

    Source:
        Wilson (1927) for shares, Katz et al. (1978) for relative risk, Gart (1966) for the odds
        ratio, Newcombe (1998) for the difference of confidence; else the delta method on
        multinomial counts.

    Examples:
        >>> counts = RuleCounts(both=[30], antecedent=[40], consequent=[60], n=100)
        >>> found = interval("confidence", counts)
        >>> found.low.round(3), found.high.round(3)
        (array([0.598]), array([0.858]))
    """
    check.choice(name, MetricName, "metric")
    if not 0 < level < 1:
        raise InvalidArgumentError(f"level must lie between 0 and 1; got {level!r}.")
    if name in _WITHOUT:
        raise InvalidArgumentError(f"{name!r} has no interval: {_WITHOUT[name]}.")
    value = metric(name, counts).astype(np.float64)
    with np.errstate(all="ignore"):
        low, high = _METHODS[name](counts, float(ndtri((1 + level) / 2)))
    return _holding(value, low, high, name)


def _holding(value: FloatArray, low: FloatArray, high: FloatArray, name: MetricName) -> Interval:
    """Keep the ends in range and around the value; NaN in it spreads to both."""
    # Half a basket added to each cell keeps the variance honest, but draws the interval away from
    # a value at the edge of its range: an odds ratio that is infinite, a lift of 0.
    least, most = METRICS[name].low, METRICS[name].high
    return Interval(
        low=np.minimum(np.maximum(low, least), value),
        high=np.maximum(np.minimum(high, most), value),
    )


# --- shares --------------------------------------------------------------------------------------


def _share(hits: str, trials: str) -> Method:
    """Let one count of the table be a share of another."""

    def ends(counts: RuleCounts, z: float) -> Ends:
        return wilson(getattr(counts.table, hits), getattr(counts.table, trials), z)

    return ends


def _count(counts: RuleCounts, z: float) -> Ends:
    low, high = wilson(counts.table.n11, counts.table.n, z)
    return low * counts.n, high * counts.n


def _laplace(counts: RuleCounts, z: float) -> Ends:
    low, high = _confidence(counts, z)
    with_x = counts.table.n1x
    return (low * with_x + 1) / (with_x + 2), (high * with_x + 1) / (with_x + 2)


def _jaccard(counts: RuleCounts, z: float) -> Ends:
    # Given how many baskets hold X or Y, those with both are binomial.
    t = counts.table
    return wilson(t.n11, t.n1x + t.n01, z)


def _difference(counts: RuleCounts, z: float) -> Ends:
    """Join the Wilson intervals of both confidences (Newcombe's method 10)."""
    t = counts.table
    with_x, without = t.n11 / t.n1x, t.n01 / t.n0x
    (low_1, high_1), (low_0, high_0) = wilson(t.n11, t.n1x, z), wilson(t.n01, t.n0x, z)
    down = np.hypot(with_x - low_1, high_0 - without)
    up = np.hypot(high_1 - with_x, without - low_0)
    return with_x - without - down, with_x - without + up


# --- ratios, on the scale of their logarithm ------------------------------------------------------


def _around(ratio: FloatArray, variance: FloatArray, z: float) -> Ends:
    factor = np.exp(z * np.sqrt(np.maximum(variance, 0.0)))
    return ratio / factor, ratio * factor


def _lift(counts: RuleCounts, z: float) -> Ends:
    return _log_lift(counts.smoothed(0.5), z)


def _log_lift(t: Table, z: float) -> Ends:
    variance = 1 / t.n11 - 1 / t.n1x - 1 / t.nx1 + 2 * t.n11 / (t.n1x * t.nx1) - 1 / t.n
    return _around(t.n * t.n11 / (t.n1x * t.nx1), variance, z)


def _conviction(counts: RuleCounts, z: float) -> Ends:
    # Conviction is 1 over the lift of X -> not Y.
    counter_examples = counts.antecedent - counts.both
    without_y = counts.n - counts.consequent
    low, high = _log_lift(Table(counter_examples, counts.antecedent, without_y, counts.n, 0.5), z)
    return 1 / high, 1 / low


def _odds_ratio(counts: RuleCounts, z: float) -> Ends:
    t = counts.smoothed(0.5)
    variance = 1 / t.n11 + 1 / t.n10 + 1 / t.n01 + 1 / t.n00
    return _around(t.n11 * t.n00 / (t.n10 * t.n01), variance, z)


def _relative_risk(counts: RuleCounts, z: float) -> Ends:
    t = counts.table
    n11, n1x, n01, n0x = t.n11 + 0.5, t.n1x + 0.5, t.n01 + 0.5, t.n0x + 0.5
    return _around(n11 * n0x / (n1x * n01), 1 / n11 - 1 / n1x + 1 / n01 - 1 / n0x, z)


def _zhang_of(risk: FloatArray) -> FloatArray:
    return np.where(risk > 1, 1 - 1 / risk, risk - 1)


def _through(increasing: Callable[[FloatArray], FloatArray], method: Method) -> Method:
    """Carry an interval over to an increasing function of its figure."""

    def ends(counts: RuleCounts, z: float) -> Ends:
        low, high = method(counts, z)
        return increasing(low), increasing(high)

    return ends


# --- smooth figures of three shares --------------------------------------------------------------


class _Shares(NamedTuple):
    """Shares of baskets with X and Y, with X, with Y; and the figure made of them."""

    s: FloatArray
    a: FloatArray
    c: FloatArray
    figure: FloatArray


Slopes = tuple[FloatArray, FloatArray, FloatArray]
"""The figure's partial derivatives by s, a and c."""


def _delta(name: MetricName, slopes: Callable[[_Shares], Slopes]) -> Method:
    """Use the delta method on multinomial counts, on the log-odds within the metric's range."""
    least, width = METRICS[name].low, METRICS[name].high - METRICS[name].low

    def ends(counts: RuleCounts, z: float) -> Ends:
        # Half a basket in each cell, and log-odds, lift the coverage of nominal 95 % intervals at
        # four baskets with X and Y from about 90 to 93 .. 95 % (simulated).
        t = counts.smoothed(0.5)
        figure = metric(name, counts, smoothing=0.5).astype(np.float64)
        shares = _Shares(t.n11 / t.n, t.n1x / t.n, t.nx1 / t.n, figure)
        place = (figure - least) / width
        spread = z * _standard_error(t, slopes(shares)) / (width * place * (1 - place))
        middle = logit(place)
        return least + width * expit(middle - spread), least + width * expit(middle + spread)

    return ends


def _standard_error(t: Table, slopes: Slopes) -> FloatArray:
    by_s, by_a, by_c = slopes
    # A basket with X and Y moves all three shares, one with X alone a, one with Y alone c.
    moved = by_s + by_a + by_c
    mean = (t.n11 * moved + t.n10 * by_a + t.n01 * by_c) / t.n
    square = (t.n11 * moved**2 + t.n10 * by_a**2 + t.n01 * by_c**2) / t.n
    error: FloatArray = np.sqrt(np.maximum(square - mean**2, 0.0) / t.n)
    return error


def _leverage(p: _Shares) -> Slopes:
    return np.ones_like(p.s), -p.c, -p.a


def _added_value(p: _Shares) -> Slopes:
    return 1 / p.a, -p.s / p.a**2, -np.ones_like(p.s)


def _rule_power_factor(p: _Shares) -> Slopes:
    return 2 * p.s / p.a, -p.figure / p.a, np.zeros_like(p.s)


def _cosine(p: _Shares) -> Slopes:
    return 1 / np.sqrt(p.a * p.c), -p.figure / (2 * p.a), -p.figure / (2 * p.c)


def _kulczynski(p: _Shares) -> Slopes:
    return (1 / p.a + 1 / p.c) / 2, -p.s / (2 * p.a**2), -p.s / (2 * p.c**2)


def _phi(p: _Shares) -> Slopes:
    in_x, in_y = p.a * (1 - p.a), p.c * (1 - p.c)
    root = np.sqrt(in_x * in_y)
    by_a = -p.c / root - p.figure * (0.5 - p.a) / in_x
    return 1 / root, by_a, -p.a / root - p.figure * (0.5 - p.c) / in_y


def _kappa(p: _Shares) -> Slopes:
    chance = p.a * (1 - p.c) + (1 - p.a) * p.c
    by_a = -(2 * p.c + p.figure * (1 - 2 * p.c)) / chance
    return 2 / chance, by_a, -(2 * p.a + p.figure * (1 - 2 * p.a)) / chance


# --- which figure has which ----------------------------------------------------------------------

_confidence = _share("n11", "n1x")

_METHODS: Mapping[MetricName, Method] = {
    "support": _share("n11", "n"),
    "count": _count,
    "coverage": _share("n1x", "n"),
    "consequent_support": _share("nx1", "n"),
    "confidence": _confidence,
    "laplace": _laplace,
    "confirmed_confidence": _through(lambda share: 2 * share - 1, _confidence),
    "sebag": _through(lambda share: share / (1 - share), _confidence),
    "counter_example_rate": _through(lambda share: 2 - 1 / share, _confidence),
    "ralambondrainy": _share("n10", "n"),
    "least_contradiction": _share("n11", "nx1"),
    "jaccard": _jaccard,
    "difference_of_confidence": _difference,
    "lift": _lift,
    "varying_liaison": _through(lambda lift: lift - 1, _lift),
    "conviction": _conviction,
    "certainty": _through(lambda conviction: 1 - 1 / conviction, _conviction),
    "relative_risk": _relative_risk,
    "zhang": _through(_zhang_of, _relative_risk),
    "importance": _through(np.log10, _relative_risk),
    "odds_ratio": _odds_ratio,
    "yule_q": _through(lambda odds: (odds - 1) / (odds + 1), _odds_ratio),
    "yule_y": _through(lambda odds: (np.sqrt(odds) - 1) / (np.sqrt(odds) + 1), _odds_ratio),
    "leverage": _delta("leverage", _leverage),
    "added_value": _delta("added_value", _added_value),
    "rule_power_factor": _delta("rule_power_factor", _rule_power_factor),
    "cosine": _delta("cosine", _cosine),
    "kulczynski": _delta("kulczynski", _kulczynski),
    "phi": _delta("phi", _phi),
    "kappa": _delta("kappa", _kappa),
}

_KINKED = "it has a kink where two counts are equal, and no normal error there"
_STATISTIC = "a test statistic grows with the number of baskets and estimates nothing"
_CHANCE = "it is itself a statement about chance"
_FLAT = "it is flat at independence, where its error is not normal"
_WITHOUT: Mapping[MetricName, str] = {
    "representativity": "it is 1 by definition",
    "imbalance": _KINKED,
    "max_confidence": _KINKED,
    "all_confidence": _KINKED,
    "cross_support": _KINKED,
    "rld": _KINKED,
    "lambda": _KINKED,
    "standardised_lift": _KINKED,
    "standardised_lift_uncorrected": _KINKED,
    "chi2": _STATISTIC,
    "chi2_yates": _STATISTIC,
    "implication_index": _STATISTIC,
    "lerman": _STATISTIC,
    "chi2_p": _CHANCE,
    "chi2_yates_p": _CHANCE,
    "fisher_p": _CHANCE,
    "hyper_confidence": _CHANCE,
    "hyper_lift": _CHANCE,
    "gini": _FLAT,
    "j_measure": _FLAT,
    "mutual_information": _FLAT,
    "mutual_information_raw": _FLAT,
}
