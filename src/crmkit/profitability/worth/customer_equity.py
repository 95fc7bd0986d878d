"""Win customers or keep them? The balance of both by response curves (Blattberg and Deighton)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import wrightomega

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.profitability.worth.response_curve import ResponseCurve, refuse_unless
from crmkit.typing import FloatArray


@attrs.frozen(kw_only=True, repr=False)
class SpendPoint:
    """What a spend on both ends brings, and how much dearer a new customer is than a kept one.

    Attributes:
        acquisition_spend: per prospect.
        retention_spend: per customer and period.
        acquisition_rate: part of the prospects won.
        retention_rate: part of the customers kept.
        customer_value: what a customer won is worth, retention spend deducted.
        equity: per prospect: rate won times customer value, less the acquisition spend.
        average_ratio: spend per customer won over spend per customer kept; NaN if nothing is
            spent to keep them.
        incremental_ratio: the same, counting only customers that the spend has added.
        marginal_ratio: what the next customer costs, won over kept; 1 at the optimum. An average
            ratio of five thus never says that keeping is the better use of the next unit of money.

    Examples:
        >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
        >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
        >>> acquisition_vs_retention(40, won, kept, discount=0.1).at(5, 5)
        SpendPoint(5.00 per prospect, 5.00 per customer, equity 7.52, average ratio 2.1)
    """

    acquisition_spend: float
    retention_spend: float
    acquisition_rate: float
    retention_rate: float
    customer_value: float
    equity: float
    average_ratio: float
    incremental_ratio: float
    marginal_ratio: float

    def __repr__(self) -> str:
        """Both spends, what they bring, and the average ratio."""
        return (
            f"SpendPoint({self.acquisition_spend:,.2f} per prospect, {self.retention_spend:,.2f}"
            f" per customer, equity {self.equity:,.2f}, average ratio {self.average_ratio:.1f})"
        )


@attrs.frozen(kw_only=True, repr=False)
class BudgetSplit:
    """The best use of one period's budget.

    Attributes:
        acquisition_spend: per prospect.
        retention_spend: per customer.
        customers_won: expected.
        customers_kept: expected.
        customer_value: what each of them is worth.
        left: what is not worth spending.

    Examples:
        >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
        >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
        >>> equity = acquisition_vs_retention(40, won, kept, discount=0.1)
        >>> equity.with_budget(10_000, prospects=500, customers=300)
        BudgetSplit(9.48 per prospect, 11.35 per customer, 1,853.46 left)
    """

    acquisition_spend: float
    retention_spend: float
    customers_won: float
    customers_kept: float
    customer_value: float
    left: float

    def __repr__(self) -> str:
        """Both spends, and what is left."""
        return (
            f"BudgetSplit({self.acquisition_spend:,.2f} per prospect, {self.retention_spend:,.2f}"
            f" per customer, {self.left:,.2f} left)"
        )


@attrs.frozen(kw_only=True, repr=False)
class CeilingSensitivity(Answer):
    """The optimum under other ceilings; a row per pair of them.

    Attributes:
        acquisition_ceiling: of the prospects.
        retention_ceiling: of the customers.
        acquisition_spend: per prospect, at the optimum.
        retention_spend: per customer and period, at the optimum.
        equity: per prospect.
        average_ratio: spend per customer won over spend per customer kept.

    Examples:
        >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
        >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
        >>> found = acquisition_vs_retention(40, won, kept, discount=0.1).sensitivity([0.3, 0.4])
        >>> found.to_frame()[["acquisition_ceiling", "acquisition_spend", "equity"]].round(2)
           acquisition_ceiling  acquisition_spend  equity
        0                  0.3               7.57    6.51
        1                  0.4               9.48   11.50
    """

    acquisition_ceiling: FloatArray = array(dtype=np.float64)
    retention_ceiling: FloatArray = array(dtype=np.float64)
    acquisition_spend: FloatArray = array(dtype=np.float64)
    retention_spend: FloatArray = array(dtype=np.float64)
    equity: FloatArray = array(dtype=np.float64)
    average_ratio: FloatArray = array(dtype=np.float64)

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.equity)

    def __repr__(self) -> str:
        """How many pairs, and the range of equity."""
        return (
            f"CeilingSensitivity({check.counted(len(self), 'pair')} of ceilings, equity"
            f" {self.equity.min():,.2f} to {self.equity.max():,.2f})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        return attrs.asdict(self, filter=lambda field, _: field.name != "frame_kind")


@attrs.frozen(kw_only=True, repr=False)
class CustomerEquity:
    """A shop's prospects and customers, and what money does for each.

    Attributes:
        margin: of a customer per period, before retention spend; the first comes at once.
        discount: rate per period.
        acquisition: what spend per prospect wins.
        retention: what spend per customer and period keeps.

    Examples:
        >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
        >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
        >>> equity = acquisition_vs_retention(40, won, kept, discount=0.1)
        >>> round(equity.optimum.average_ratio, 1), round(equity.optimum.marginal_ratio, 6)
        (1.7, 1.0)
    """

    margin: float
    discount: float
    acquisition: ResponseCurve
    retention: ResponseCurve

    def __repr__(self) -> str:
        """The best spends and what they bring."""
        return f"CustomerEquity(best {self.optimum!r})"

    @property
    def optimum(self) -> SpendPoint:
        """The spends of the highest equity: there the next customer costs as much won or kept."""
        kept = self._best_retention_spend()
        return self.at(self.acquisition.spend_at(1 / self._value(kept)), kept)

    def _value(self, retention_spend: float) -> float:
        r = self.retention.rate(retention_spend)
        return (self.margin * (1 + self.discount) - retention_spend) / (1 + self.discount - r)

    def _best_retention_spend(self) -> float:
        """Solve slope(R) * value(R) = 1.

        With y = k (M - R) - 1, M the margin a period on, that is y e^y = e^z, and Wright's omega
        function of z is its solution. Below zero, even the first unit of money does not pay.
        """
        curve, full = self.retention, self.margin * (1 + self.discount)
        missed = 1 + self.discount - curve.ceiling
        z = np.log(missed / (curve.ceiling - curve.floor)) + curve.k * full - 1
        return max(float(full - (1 + wrightomega(z)) / curve.k), 0.0)

    def at(self, acquisition_spend: float, retention_spend: float) -> SpendPoint:
        """Return what given spends bring, such as today's.

        Raises:
            InvalidArgumentError: spends that are negative or no numbers.

        Examples:
            >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
            >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
            >>> acquisition_vs_retention(40, won, kept, discount=0.1).at(5, 5)
            SpendPoint(5.00 per prospect, 5.00 per customer, equity 7.52, average ratio 2.1)
        """
        refuse_unless(
            _not_negative(acquisition_spend=acquisition_spend, retention_spend=retention_spend)
        )
        spent = (acquisition_spend, retention_spend)
        curves = (self.acquisition, self.retention)
        a, r = (c.rate(s) for c, s in zip(curves, spent, strict=True))
        added = (a - self.acquisition.floor, r - self.retention.floor)
        value = self._value(retention_spend)
        return SpendPoint(
            acquisition_spend=float(acquisition_spend),
            retention_spend=float(retention_spend),
            acquisition_rate=a,
            retention_rate=r,
            customer_value=value,
            equity=a * value - acquisition_spend,
            average_ratio=_times_dearer(spent, (a, r)),
            incremental_ratio=_times_dearer(spent, added),
            marginal_ratio=_times_dearer(
                (1.0, 1.0), (curves[0].slope(spent[0]), curves[1].slope(spent[1]))
            ),
        )

    def with_budget(self, budget: float, *, prospects: float, customers: float) -> BudgetSplit:
        """Return the best use of one period's budget, over the prospects and customers of today.

        A customer won and one kept are both worth what they are under the best spends of the
        periods to come. So the next unit of money goes where it adds more customers: slopes of
        both curves are equal, or one spend is 0. What would not pay back is left.

        Args:
            budget: money for this period.
            prospects: how many can be addressed.
            customers: how many there are to keep.

        Raises:
            InvalidArgumentError: a negative budget, nobody to spend it on; all are listed.

        Examples:
            >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
            >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
            >>> equity = acquisition_vs_retention(40, won, kept, discount=0.1)
            >>> equity.with_budget(10_000, prospects=1000, customers=1000)
            BudgetSplit(3.29 per prospect, 6.71 per customer, 0.00 left)
        """
        refuse_unless(
            {
                **_not_negative(budget=budget),
                **_above_zero(prospects=prospects, customers=customers),
            }
        )
        curves, heads = (self.acquisition, self.retention), (prospects, customers)
        # Against s = -ln(slope) the money spent is a straight line from where a curve starts.
        starts = np.array([-np.log(curve.slope(0.0)) for curve in curves])
        per_step = np.array([n / curve.k for n, curve in zip(heads, curves, strict=True)])
        value = self._value(self._best_retention_spend())
        slope = np.exp(-min(_filled(starts, per_step, budget), np.log(value)))
        won, kept = (curve.spend_at(float(slope)) for curve in curves)
        return BudgetSplit(
            acquisition_spend=won,
            retention_spend=kept,
            customers_won=prospects * self.acquisition.rate(won),
            customers_kept=customers * self.retention.rate(kept),
            customer_value=value,
            left=max(budget - prospects * won - customers * kept, 0.0),
        )

    def sensitivity(
        self,
        acquisition_ceilings: Sequence[float] | None = None,
        retention_ceilings: Sequence[float] | None = None,
    ) -> CeilingSensitivity:
        """Return the optimum under other ceilings, which are guesses: every pair of them.

        A curve drawn through a known point still goes through it.

        Args:
            acquisition_ceilings: None for the one of the curve.
            retention_ceilings: None for the one of the curve.

        Raises:
            InvalidArgumentError: ceilings that no such curve can have.

        Examples:
            >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
            >>> won, kept = ResponseCurve(0.4, 0, 0.15), ResponseCurve(0.7, 0, 0.2)
            >>> equity = acquisition_vs_retention(40, won, kept, discount=0.1)
            >>> equity.sensitivity(retention_ceilings=[0.6, 0.7, 0.8])
            CeilingSensitivity(3 pairs of ceilings, equity 8.37 to 16.88)
        """
        won = _variants(self.acquisition, acquisition_ceilings)
        kept = _variants(self.retention, retention_ceilings)
        cases = [attrs.evolve(self, acquisition=a, retention=r) for a in won for r in kept]
        best = [case.optimum for case in cases]
        return CeilingSensitivity(
            acquisition_ceiling=_column(case.acquisition.ceiling for case in cases),
            retention_ceiling=_column(case.retention.ceiling for case in cases),
            acquisition_spend=_column(point.acquisition_spend for point in best),
            retention_spend=_column(point.retention_spend for point in best),
            equity=_column(point.equity for point in best),
            average_ratio=_column(point.average_ratio for point in best),
        )


def _column(values: Iterable[float]) -> FloatArray:
    return np.fromiter(values, dtype=np.float64)


def _variants(curve: ResponseCurve, ceilings: Sequence[float] | None) -> list[ResponseCurve]:
    return [curve] if ceilings is None else [curve.with_ceiling(c) for c in ceilings]


def _filled(starts: FloatArray, per_step: FloatArray, budget: float) -> float:
    """Return the level at which two vessels, open from *starts* upwards, hold the budget."""
    first = int(np.argmin(starts))
    alone = float(starts[first] + budget / per_step[first])
    if alone <= starts[1 - first]:
        return alone
    return float((budget + per_step @ starts) / per_step.sum())


def _times_dearer(spent: tuple[float, float], gained: tuple[float, float]) -> float:
    """Return spend per customer won over spend per customer kept; NaN where there is none."""
    over = spent[1] * gained[0]
    return spent[0] * gained[1] / over if over > 0 else float("nan")


def _not_negative(**numbers: float) -> dict[str, bool]:
    return {
        f"{name} must be a number >= 0; got {value!r}.": 0 <= check.real(value) < np.inf
        for name, value in numbers.items()
    }


def _above_zero(**numbers: float) -> dict[str, bool]:
    return {
        f"{name} must be a number above 0; got {value!r}.": 0 < check.real(value) < np.inf
        for name, value in numbers.items()
    }


def acquisition_vs_retention(
    margin: float, acquisition: ResponseCurve, retention: ResponseCurve, *, discount: float
) -> CustomerEquity:
    """Ask how much to spend on winning customers, and how much on keeping them.

    A prospect costs A and is won at the rate a(A); a customer won is worth
    V(R) = (margin (1 + discount) - R) / (1 + discount - r(R)), where R is spent every period to
    keep them at the rate r(R). Customer equity per prospect is a V - A. The best R does not
    depend on A: it is found first.

    Args:
        margin: of a customer per period, before retention spend; the first comes at once.
        acquisition: rate of prospects won against spend per prospect.
        retention: rate of customers kept against spend per customer and period.
        discount: rate per period, not negative.

    Returns:
        the optimum, and answers for other spends, for a budget, for other ceilings.

    Raises:
        InvalidArgumentError: a margin not above 0, a negative discount, or a retention that may
            become certain without a discount, where value has no end; all are listed.

    Source: R. C. Blattberg and J. Deighton, "Manage marketing by the customer equity test",
    Harvard Business Review (1996).

    Examples:
        >>> from crmkit.profitability import ResponseCurve, acquisition_vs_retention
        >>> won = ResponseCurve(0.4, 0, 0.15)
        >>> kept = ResponseCurve(0.7, 0, 0.2)
        >>> acquisition_vs_retention(40, won, kept, discount=0.1).optimum
        SpendPoint(9.48 per prospect, 11.35 per customer, equity 11.50, average ratio 1.7)
    """
    say = "Say ResponseCurve.from_point(spend, rate, ceiling)."
    check.instance(acquisition, ResponseCurve, "acquisition", say)
    check.instance(retention, ResponseCurve, "retention", say)
    refuse_unless(
        {
            **_above_zero(margin=margin),
            **_not_negative(discount=discount),
            "retention's ceiling of 1 needs a discount above 0: customers who never leave are"
            " worth no end.": retention.ceiling < 1 or check.real(discount) != 0,
        }
    )
    return CustomerEquity(
        margin=float(margin),
        discount=float(discount),
        acquisition=acquisition,
        retention=retention,
    )
