"""Figures of 2 x 2 tables: formulas only; what is 0/0 comes out as NaN, x/0 as infinity.

Callers silence numpy's warnings of division. The first index is X, the second Y, x sums over it:
n1x baskets have the antecedent, nx1 the consequent, n10 the antecedent without the consequent.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy.special import entr, erfc, xlog1py

from crmkit.typing import FloatArray, IntArray


class Table:
    """The tables of many rules, one element per rule; *smoothing* is added to each cell."""

    def __init__(
        self,
        both: IntArray,
        antecedent: IntArray,
        consequent: IntArray,
        n: int,
        smoothing: float = 0.0,
    ) -> None:
        """Take the counts; the rest is computed when asked for, once."""
        self._both, self._antecedent, self._consequent, self._n = both, antecedent, consequent, n
        self._k = smoothing
        self.n = n + 4 * smoothing

    def _cells(self, counts: IntArray, cells: int = 1) -> FloatArray:
        exact = counts.astype(np.float64)
        return exact + cells * self._k if self._k else exact

    @cached_property
    def n11(self) -> FloatArray:
        """X and Y."""
        return self._cells(self._both)

    @cached_property
    def n10(self) -> FloatArray:
        """X without Y: the counter-examples."""
        return self._cells(self._antecedent - self._both)

    @cached_property
    def n01(self) -> FloatArray:
        """Y without X."""
        return self._cells(self._consequent - self._both)

    @cached_property
    def n00(self) -> FloatArray:
        """Neither."""
        return self._cells(self._n - self._antecedent - self._consequent + self._both)

    @cached_property
    def n1x(self) -> FloatArray:
        """X."""
        return self._cells(self._antecedent, 2)

    @cached_property
    def n0x(self) -> FloatArray:
        """Not X."""
        return self._cells(self._n - self._antecedent, 2)

    @cached_property
    def nx1(self) -> FloatArray:
        """Y."""
        return self._cells(self._consequent, 2)

    @cached_property
    def nx0(self) -> FloatArray:
        """Not Y."""
        return self._cells(self._n - self._consequent, 2)

    @cached_property
    def d(self) -> FloatArray:
        """n11 n00 - n10 n01, n * n times the distance from independence."""
        # In int64 there is no cancellation, below 3e9 baskets no overflow either.
        exact = (self._n * self._both - self._antecedent * self._consequent).astype(np.float64)
        if not self._k:
            return exact
        return exact + self._k * (self.n11 + self.n00 - self.n10 - self.n01)

    @cached_property
    def margins(self) -> FloatArray:
        """The product of the four margins, which leaves int64 at a hundred thousand baskets."""
        return (self.n1x * self.n0x) * (self.nx1 * self.nx0)


# --- how often -----------------------------------------------------------------------------------


def support(t: Table) -> FloatArray:
    """Share of baskets with X and Y."""
    return t.n11 / t.n


def coverage(t: Table) -> FloatArray:
    """Share of baskets with X."""
    return t.n1x / t.n


def consequent_support(t: Table) -> FloatArray:
    """Share of baskets with Y: what confidence is by chance."""
    return t.nx1 / t.n


def confidence(t: Table) -> FloatArray:
    """Share of the baskets with X that have Y."""
    return t.n11 / t.n1x


def laplace(t: Table) -> FloatArray:
    """Confidence of two classes with one basket added to each."""
    return (t.n11 + 1) / (t.n1x + 2)


def confirmed_confidence(t: Table) -> FloatArray:
    """Examples less counter-examples, as a share of the baskets with X."""
    return (t.n11 - t.n10) / t.n1x


def sebag(t: Table) -> FloatArray:
    """Examples per counter-example (Sebag and Schoenauer 1988)."""
    return t.n11 / t.n10


def counter_example_rate(t: Table) -> FloatArray:
    """1 less the counter-examples per example."""
    return 1 - t.n10 / t.n11


def ralambondrainy(t: Table) -> FloatArray:
    """Share of baskets that are counter-examples."""
    return t.n10 / t.n


def least_contradiction(t: Table) -> FloatArray:
    """Examples per basket with Y, as arules has it; Azé (2003) takes counter-examples off."""
    return t.n11 / t.nx1


def rule_power_factor(t: Table) -> FloatArray:
    """Support times confidence."""
    return t.n11 * t.n11 / (t.n * t.n1x)


# --- how much more often than by chance ----------------------------------------------------------


def lift(t: Table) -> FloatArray:
    """Observed over expected."""
    return t.n * t.n11 / (t.n1x * t.nx1)


def varying_liaison(t: Table) -> FloatArray:
    """Lift less 1."""
    return t.d / (t.n1x * t.nx1)


def leverage(t: Table) -> FloatArray:
    """Observed less expected share (Piatetsky-Shapiro 1991)."""
    return t.d / (t.n * t.n)


def added_value(t: Table) -> FloatArray:
    """Confidence less the share of Y."""
    return t.d / (t.n * t.n1x)


def difference_of_confidence(t: Table) -> FloatArray:
    """Share of Y with X less share of Y without."""
    return t.d / (t.n1x * t.n0x)


def conviction(t: Table) -> FloatArray:
    """Expected over observed counter-examples; without any it is infinite (Brin et al. 1997)."""
    ratio = t.n1x * t.nx0 / (t.n * t.n10)
    return np.where((t.n10 == 0) & (t.n1x > 0), np.inf, ratio)


def certainty(t: Table) -> FloatArray:
    """1 - 1/conviction (Loevinger 1947); 0 when every basket has Y."""
    return np.where((t.nx0 == 0) & (t.n1x > 0), 0.0, t.d / (t.n1x * t.nx0))


def zhang(t: Table) -> FloatArray:
    """Difference of the confidences with and without X over the larger (Zhang 2000)."""
    larger = np.maximum(t.n11 * t.n0x, t.n1x * t.n01)
    return np.where((larger == 0) & (t.n1x > 0), 0.0, t.d / larger)


def relative_risk(t: Table) -> FloatArray:
    """Share of Y with X over share of Y without."""
    return t.n11 * t.n0x / (t.n1x * t.n01)


def importance(t: Table) -> FloatArray:
    """Decimal logarithm of the relative risk with one basket added to each cell."""
    return np.log10((t.n11 + 1) * (t.n0x + 2) / ((t.n01 + 1) * (t.n1x + 2)))


def implication_index(t: Table) -> FloatArray:
    """Counter-examples less expected ones, in Poisson deviations: strong when negative."""
    return -t.d / np.sqrt(t.n * t.n1x * t.nx0)


def lerman(t: Table) -> FloatArray:
    """Examples less expected ones, in Poisson deviations (Lerman 1981)."""
    return t.d / np.sqrt(t.n * t.n1x * t.nx1)


# --- how alike, whichever way ---------------------------------------------------------------------


def jaccard(t: Table) -> FloatArray:
    """Share of the baskets with X or Y that have both."""
    return t.n11 / (t.n1x + t.n01)


def kulczynski(t: Table) -> FloatArray:
    """Mean of the confidences of both directions."""
    return (t.n11 / t.n1x + t.n11 / t.nx1) / 2


def cosine(t: Table) -> FloatArray:
    """Geometric mean of the confidences of both directions."""
    # The root of one exact quotient: equal ones, of whatever counts, give equal cosines.
    return np.sqrt(t.n11 * t.n11 / (t.n1x * t.nx1))


def max_confidence(t: Table) -> FloatArray:
    """The larger of the confidences of both directions."""
    return t.n11 / np.minimum(t.n1x, t.nx1)


def imbalance(t: Table) -> FloatArray:
    """How unequal X and Y are (Wu, Chen, Han 2010): read it with Kulczynski's."""
    return np.abs(t.n10 - t.n01) / (t.n1x + t.n01)


def phi(t: Table) -> FloatArray:
    """Correlation of X and Y."""
    return t.d / np.sqrt(t.margins)


def kappa(t: Table) -> FloatArray:
    """Agreement of X and Y beyond chance (Cohen 1960)."""
    return 2 * t.d / (t.n1x * t.nx0 + t.n0x * t.nx1)


def odds_ratio(t: Table) -> FloatArray:
    """Odds of Y with X over odds of Y without."""
    return t.n11 * t.n00 / (t.n10 * t.n01)


def yule_q(t: Table) -> FloatArray:
    """(odds ratio - 1) / (odds ratio + 1), defined for an infinite one as well."""
    return t.d / (t.n11 * t.n00 + t.n10 * t.n01)


def yule_y(t: Table) -> FloatArray:
    """The same of the root of the odds ratio."""
    along, across = np.sqrt(t.n11 * t.n00), np.sqrt(t.n10 * t.n01)
    # along - across would lose digits near independence.
    result: FloatArray = t.d / (along + across) ** 2
    return result


def rld(t: Table) -> FloatArray:
    """Relative linkage disequilibrium (Kenett and Salini 2008): unsigned, 0 by chance."""
    room = np.where(t.d > 0, np.minimum(t.n10, t.n01), np.minimum(t.n11, t.n00))
    excess = np.abs(t.d)
    return np.where(excess == 0, 0.0, excess / (excess + t.n * room))


# --- tests and information -----------------------------------------------------------------------


def chi2(t: Table) -> FloatArray:
    """Pearson's statistic of independence."""
    return t.n * t.d * t.d / t.margins


def chi2_yates(t: Table) -> FloatArray:
    """The same with half a basket off every distance, never beyond 0 (Yates 1934)."""
    corrected = np.maximum(np.abs(t.d) - t.n / 2, 0.0)
    return t.n * corrected * corrected / t.margins


def chi2_p(t: Table) -> FloatArray:
    """Two-sided p-value of Pearson's statistic."""
    return _tail_of_chi2(chi2(t))


def chi2_yates_p(t: Table) -> FloatArray:
    """Two-sided p-value of Yates's statistic."""
    return _tail_of_chi2(chi2_yates(t))


def _tail_of_chi2(statistic: FloatArray) -> FloatArray:
    p: FloatArray = erfc(np.sqrt(statistic / 2))
    return p


def goodman_kruskal_lambda(t: Table) -> FloatArray:
    """How much fewer mistakes in guessing Y when X is known."""
    known = np.maximum(t.n11, t.n10) + np.maximum(t.n01, t.n00)
    return (known - np.maximum(t.nx1, t.nx0)) / np.minimum(t.nx1, t.nx0)


def gini(t: Table) -> FloatArray:
    """How much purer Y is when X is known."""
    distance = t.d / t.n
    return 2 * distance * distance / (t.n1x * t.n0x)


def j_measure(t: Table) -> FloatArray:
    """Information about Y in the baskets with X, in nats (Smyth and Goodman 1992)."""
    told = _told(t.n11, t.d, t.n1x * t.nx1) + _told(t.n10, -t.d, t.n1x * t.nx0)
    return np.maximum(told / t.n, 0.0)


def mutual_information_raw(t: Table) -> FloatArray:
    """Information of X about Y and of Y about X, in nats."""
    told = _told(t.n01, -t.d, t.n0x * t.nx1) + _told(t.n00, t.d, t.n0x * t.nx0)
    told += _told(t.n11, t.d, t.n1x * t.nx1) + _told(t.n10, -t.d, t.n1x * t.nx0)
    return np.maximum(told / t.n, 0.0)


def _told(cell: FloatArray, d: FloatArray, expected: FloatArray) -> FloatArray:
    """Return o ln(o/e), with 0 ln 0 = 0, from the distance (o - e)/e = d / expected."""
    # Nothing is expected in an empty margin, and d is 0 then: any divisor does.
    told: FloatArray = xlog1py(cell, d / np.where(expected > 0, expected, 1.0))
    return told


def mutual_information(t: Table) -> FloatArray:
    """The same as a share of the smaller of the entropies of X and Y."""
    entropy_x = entr(t.n1x / t.n) + entr(t.n0x / t.n)
    entropy_y = entr(t.nx1 / t.n) + entr(t.nx0 / t.n)
    result: FloatArray = mutual_information_raw(t) / np.minimum(entropy_x, entropy_y)
    return result
