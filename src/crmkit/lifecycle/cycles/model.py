"""When will somebody buy again, given when they bought before? A model of cycles."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._kernels import gap_likelihood as kernel
from crmkit._kernels.gap_likelihood import Histories, Parameters
from crmkit.errors import InvalidArgumentError
from crmkit.typing import FloatArray


@attrs.frozen(kw_only=True, repr=False)
class CycleModel:
    """Gamma gaps, rates that differ between customers, and dropout.

    A customer's gaps are gamma(k, rate); rates are gamma(r, alpha) over customers; after every
    purchase the customer stops for good with a probability that is *dropout* on average and differs
    between customers as a beta variable: whoever has gone on n times stops with the probability
    dropout * weight / (weight + n). What is known of a customer is
    the number n of completed gaps, their sum, the sum of their logarithms (for the likelihood
    alone) and the open gap since the last purchase. Everything has a closed form in the
    regularised incomplete beta function. Gaps are in days, or in the unit alpha is in.

    Attributes:
        k: regularity: 1 is a Poisson buyer, 2 an Erlang-2, below 1 is clumpy.
        r: shape of the rates.
        alpha: rate of the rates, in days.
        dropout: mean probability to stop after a purchase, from 0 to below 1.
        dropout_weight: how many purchases of a customer's own the mean weighs: infinite if all
            customers stop with the same probability.

    Raises:
        InvalidArgumentError: parameters outside their domain; all are listed.

    Source: Chatfield and Goodhardt (1973) for gamma gaps, Platzer and Reutterer (2016) for their
    regularity in models of buyers, Fader, Hardie and Lee (2005) for dropout.

    Examples:
        >>> from crmkit.lifecycle import CycleModel
        >>> model = CycleModel(k=2.5, r=4, alpha=65.8, dropout=0.25)
        >>> model
        CycleModel(median cycle 39.0 days, mean 54.8, k 2.5, dropout 25 %)
    """

    k: float
    r: float
    alpha: float
    dropout: float = 0.0
    dropout_weight: float = np.inf

    def __attrs_post_init__(self) -> None:
        """Check the parameters."""
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in ("k", "r", "alpha"))
        positive = all(0 < check.real(v) < np.inf for v in (self.k, self.r, self.alpha))
        problems = [] if positive else [f"k, r and alpha must be numbers above 0; got {shown}."]
        if not 0 <= check.real(self.dropout) < 1:
            problems.append(f"dropout must be a probability below 1; got {self.dropout!r}.")
        if not check.real(self.dropout_weight) > 0:
            problems.append(f"dropout_weight must be above 0; got {self.dropout_weight!r}.")
        if problems:
            raise InvalidArgumentError("\n".join(problems))

    def __repr__(self) -> str:
        """The cycle, regularity and dropout."""
        return (
            f"CycleModel(median cycle {self.median_cycle:.1f} days, mean {self.mean_cycle:.1f},"
            f" k {self.k:.3g}, dropout {self.dropout * 100:.3g} %)"
        )

    @property
    def mean_cycle(self) -> float:
        """Mean gap over customers, in days; infinite for r <= 1."""
        return float(kernel.mean_gap(*self._with(0, 0))[0])

    @property
    def median_cycle(self) -> float:
        """Median gap of a customer of whom nothing is known, in days."""
        return float(kernel.next_gap(*self._with(0, 0), 0.5)[0])

    def active(self, n: ArrayLike, total: ArrayLike, open_gap: ArrayLike) -> FloatArray:
        """Return the probability that each customer has not stopped.

        Args:
            n: completed gaps.
            total: their sum, in days.
            open_gap: days since the last purchase.

        Examples:
            >>> from crmkit.lifecycle import CycleModel
            >>> model = CycleModel(k=2.5, r=4, alpha=65.8, dropout=0.25)
            >>> model.active([0, 5], [0, 150], 60).round(2)
            array([0.48, 0.29])
        """
        return kernel.active(*self._with(n, total, open_gap))

    def buys_within(
        self, days: ArrayLike, n: ArrayLike, total: ArrayLike, open_gap: ArrayLike
    ) -> FloatArray:
        """Return the probability that each customer buys within some *days* from now.

        Examples:
            >>> from crmkit.lifecycle import CycleModel
            >>> model = CycleModel(k=2.5, r=4, alpha=65.8, dropout=0.25)
            >>> model.buys_within(28, [0, 5], [0, 150], 20).round(2)
            array([0.34, 0.45])
        """
        past, at = self._with(n, total, open_gap)
        return buys_within(past, at, np.asarray(days, dtype=np.float64))

    def next_gap(
        self, quantile: float, n: ArrayLike, total: ArrayLike, open_gap: ArrayLike = 0.0
    ) -> FloatArray:
        """Return a quantile of the days from last purchase to the next, if the customer is active.

        It is conditional on the open gap: never below it.

        Raises:
            InvalidArgumentError: *quantile* is not between 0 and 1.

        Examples:
            >>> from crmkit.lifecycle import CycleModel
            >>> model = CycleModel(k=2.5, r=4, alpha=65.8)
            >>> model.next_gap(0.5, [0, 5], [0, 150]).round(1)
            array([39., 29.])
        """
        if not 0 < check.number(quantile, "quantile") < 1:
            raise InvalidArgumentError(f"quantile must lie between 0 and 1; got {quantile!r}.")
        return kernel.next_gap(*self._with(n, total, open_gap), quantile)

    def log_likelihood(
        self, n: ArrayLike, total: ArrayLike, total_log: ArrayLike, open_gap: ArrayLike
    ) -> FloatArray:
        """Return the log-likelihood of each customer's gaps.

        Examples:
            >>> from crmkit.lifecycle import CycleModel
            >>> CycleModel(k=1, r=1, alpha=1).log_likelihood(1, 1, 0, 0).round(4)
            array([-1.3863])
        """
        return kernel.log_likelihood(*self._with(n, total, open_gap, total_log))

    def _with(
        self, n: ArrayLike, total: ArrayLike, open_gap: ArrayLike = 0.0, logs: ArrayLike = 0.0
    ) -> tuple[Histories, Parameters]:
        given = [np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (n, total, logs, open_gap)]
        columns: list[NDArray[np.float64]] = list(np.broadcast_arrays(*given))
        if any((column < 0).any() for column in (columns[0], columns[1], columns[3])):
            raise InvalidArgumentError(
                "completed gaps, their sum and the open gap must not be negative; got n from"
                f" {columns[0].min():g}, total from {columns[1].min():g}, open_gap from"
                f" {columns[3].min():g}."
            )
        ones = np.ones(columns[0].shape)
        own = (self.k, self.r, self.alpha, self.dropout, self.dropout_weight)
        return Histories(*columns), Parameters(*(value * ones for value in own))


def buys_within(past: Histories, at: Parameters, days: FloatArray) -> FloatArray:
    """Return the probability of a purchase within some days from now, dropout included."""
    now = kernel.log_survival(past, at, past.open)
    later = kernel.log_survival(past, at, past.open + days)
    return np.asarray(kernel.active(past, at) * -np.expm1(later - now), dtype=np.float64)
