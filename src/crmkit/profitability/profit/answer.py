"""What lines contribute: figures per line, and the views of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import from_minor
from crmkit.profitability.profit.comparison import ProfitComparison, compared, compared_whole
from crmkit.profitability.profit.cost_to_serve import CostToServe, cost_to_serve_of
from crmkit.profitability.profit.entities import Entities
from crmkit.profitability.profit.model import CostModel
from crmkit.profitability.profit.quadrants import Quadrants, quadrants_of
from crmkit.profitability.profit.ranking import RankingChange, ranking_change_of
from crmkit.profitability.profit.rollup import (
    ProfitRollup,
    rolled_up,
    shown,
    steps_field,
    summed,
)
from crmkit.profitability.profit.waterfall import Unassigned, Waterfall, waterfall_of
from crmkit.profitability.profit.whale import WhaleCurve, whale_curve_of
from crmkit.typing import (
    BoolArray,
    CostStep,
    IntArray,
    ProfitFigure,
    SalesVolume,
    SoldFigure,
)


@attrs.frozen(kw_only=True, repr=False)
class Contribution(Answer):
    """What each line contributes, step by step; income is positive, cost negative.

    Attributes:
        transactions: the lines.
        model: what each step goes by.
        digits: digits of the currency.
        steps: by step, minor units per line; cost steps that nobody supplied are left out, and so
            are returns where there are none.
        unallocated: what no line carries: unused capacity, costs of products without a sale and
            of customers without a line.
        excluded: which lines are left out because their product has no cost; None if none are.
            They are zero in every step.
        linked: which returns give back what their own sale carries; None if nobody said where
            sales are named. Other returns carry the rates in force.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1], time=["2026-01-03"], amount=["20.00"], cost=["12.00"]
        ... )
        >>> contribution(tx, CostModel(purchase="cost")).minor("gross_margin")
        array([800])
    """

    transactions: Transactions = attrs.field(eq=id)
    model: CostModel
    digits: int
    steps: Mapping[str, IntArray] = steps_field()
    unallocated: Unassigned
    excluded: BoolArray | None = array(optional=True)
    linked: BoolArray | None = array(optional=True)

    __hash__ = None  # type: ignore[assignment]

    @property
    def assumed_zero(self) -> tuple[CostStep, ...]:
        """Steps that nobody supplied: zero by assumption, not by measurement."""
        return self.model.assumed_zero

    @property
    def n_excluded(self) -> int:
        """How many lines were left out because their product has no cost."""
        return 0 if self.excluded is None else int(np.count_nonzero(self.excluded))

    @property
    def n_unlinked(self) -> int:
        """How many returns carry the rates in force, their sale being unknown."""
        returned = self.transactions.is_return
        for apart in (self.excluded, self.linked):
            returned = returned if apart is None else returned & ~apart
        return int(np.count_nonzero(returned))

    def __len__(self) -> int:
        """How many lines."""
        return len(self.transactions)

    def __repr__(self) -> str:
        """Net sales and contribution of the lines, what they do not carry, what is assumed."""
        sums = (int(self.minor(figure).sum()) for figure in ("net_sales", "contribution"))
        net, end = (f"{from_minor(total, digits=self.digits):,}" for total in sums)
        lost = self.unallocated.total
        facts = [
            check.counted(len(self), "line"),
            f"net sales {net}",
            f"contribution {end}",
            *([f"unallocated {from_minor(lost, digits=self.digits):,}"] if lost else []),
            f"{check.counted(len(self.assumed_zero), 'step')} assumed zero",
            *([f"{check.counted(self.n_excluded, 'line')} left out"] if self.n_excluded else []),
            *([self._said_of_links()] if self.linked is not None else []),
        ]
        return f"Contribution({', '.join(facts)})"

    def _said_of_links(self) -> str:
        return f"{check.counted(self.n_unlinked, 'return')} without a known sale"

    def minor(self, figure: ProfitFigure) -> IntArray:
        """Return a step or subtotal per line, in minor units.

        Raises:
            InvalidArgumentError: there is no such figure.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
            >>> contribution(tx, CostModel()).minor("net_sales")
            array([2000])
        """
        return summed(self.steps, figure, len(self))

    def line_values(self, figure: ProfitFigure) -> LineValues:
        """Return a step or subtotal as figures of these lines, for other questions.

        Raises:
            InvalidArgumentError: there is no such figure.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
            >>> contribution(tx, CostModel()).line_values("contribution")
            LineValues(contribution of 1 line, total 20.00)
        """
        numbers = Decimals(self.minor(figure), self.digits)
        return LineValues.of(self.transactions, numbers, name=figure)

    def by(self, *fields: str) -> ProfitRollup:
        """Sum the waterfall by customer, product, basket, an attribute, or any combination.

        Lines without the id have a row of their own: guests, unknown channels. To sum by segments
        or suppliers make them an attribute first: `tx.with_labels("segment", labels)`.

        Raises:
            InvalidArgumentError: no field, or a field of numbers.
            MissingRoleError: the lines lack a field.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[20, 5],
            ...     attributes={"channel": ["web", "store"]},
            ... )
            >>> contribution(tx, CostModel()).by("channel", "customer")
            ProfitRollup(2 rows by channel, customer)
        """
        tx, steps = self._counted()
        return rolled_up(tx, steps, fields, self.digits)

    def waterfall(self) -> Waterfall:
        """Return the steps of all lines in order, and what no line carries.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
            >>> contribution(tx, CostModel()).waterfall()
            Waterfall(contribution 20.00, unallocated 0.00)
        """
        return waterfall_of(self.steps, self.unallocated)

    def _counted(self) -> tuple[Transactions, Mapping[str, IntArray]]:
        """Return the lines that were counted, and their steps: unknown profit is not zero."""
        if self.excluded is None:
            return self.transactions, self.steps
        rows = ~self.excluded
        return self.transactions.where(rows), {s: a[rows] for s, a in self.steps.items()}

    def _entities(self, by: str) -> Entities:
        tx, steps = self._counted()
        return Entities.of(tx, steps, by, self.digits)

    def whale_curve(
        self, by: str = "customer", *, figure: ProfitFigure = "contribution"
    ) -> WhaleCurve:
        """Rank customers by profit and add it up: who makes it, and who takes it back.

        Args:
            by: "customer", "product" or another id of the lines; unknown ones are left out.
            figure: the step or subtotal to draw; at gross margin the curve is tame.

        Raises:
            InvalidArgumentError: there is no such figure.
            MissingRoleError: the lines lack that id.

        Source: R. S. Kaplan and V. G. Narayanan, Measuring and managing customer profitability
        (2001).

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[20, 5], cost=[5, 8]
            ... )
            >>> contribution(tx, CostModel(purchase="cost")).whale_curve().loss_tail
            300
        """
        return whale_curve_of(self._entities(by), figure)

    def quadrants(
        self,
        by: str = "product",
        *,
        figure: ProfitFigure = "direct_product_profit",
        volume: SalesVolume = "quantity",
        within: str | None = None,
        cuts: tuple[float, float] | None = None,
    ) -> Quadrants:
        """Sort products into winners, sleepers, traffic builders and losers.

        Args:
            by: "product" or another id of the lines.
            figure: the step or subtotal that profit is.
            volume: "quantity", units net of returns, or "net_sales"; profit per unit then is
                profit per unit of money.
            within: an attribute to take medians within, e.g. "category"; None is the whole shop.
            cuts: volume and profit per unit, in major units, from which values are high; None
                takes the medians.

        Raises:
            MissingRoleError: the lines lack the id, the attribute, or quantities.
            InvalidDataError: a product of several classes; the first is named.
            InvalidArgumentError: no such figure, options outside their domain, cuts by hand
                together with *within*.

        Source: Blanchard and Criner, Journal of Food Distribution Research (1992).

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1] * 2, time=["2026-01-03"] * 2, product=["a", "b"],
            ...     quantity=[10, 5], amount=[50, 5],
            ... )
            >>> quadrants = contribution(tx, CostModel()).quadrants()
            >>> quadrants.to_frame()[["product", "volume", "unit_profit", "quadrant"]]
              product  volume  unit_profit quadrant
            0       a    10.0          5.0  winners
            1       b     5.0          1.0   losers
        """
        return quadrants_of(self._entities(by), figure, volume, within, cuts)

    def ranking_change(
        self, first: SoldFigure, second: ProfitFigure, by: str = "product"
    ) -> RankingChange:
        """Compare two rankings: are the most sold the most profitable?

        Args:
            first: a step or subtotal, or "quantity".
            second: a step or subtotal.
            by: "product", "customer" or another id of the lines.

        Raises:
            InvalidArgumentError: there is no such figure.
            MissingRoleError: the lines lack the id, or quantities.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1] * 2, time=["2026-01-03"] * 2, product=["a", "b"],
            ...     amount=[50, 40], cost=[45, 10],
            ... )
            >>> earned = contribution(tx, CostModel(purchase="cost"))
            >>> earned.ranking_change("net_sales", "gross_margin").to_frame()["shift"].tolist()
            [-1, 1]
        """
        return ranking_change_of(self._entities(by), first, second)

    def cost_to_serve(self, *fields: str) -> CostToServe:
        """Return what it takes to bring goods to each customer: warehouse to payment.

        Args:
            fields: what to sum by; customer if none is named.

        Raises:
            MissingRoleError: the lines lack a field.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, PerUnit, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[20, 5], quantity=[4, 5]
            ... )
            >>> contribution(tx, CostModel(transport=PerUnit("0.50"))).cost_to_serve().to_frame()
               customer  net_sales  cost_to_serve  share_of_sales
            0         1       20.0            2.0             0.1
            1         2        5.0            2.5             0.5
        """
        return cost_to_serve_of(self.by(*(fields or ("customer",))))

    def compare(self, other: Contribution, by: str | None = None) -> ProfitComparison:
        """Compare with another contribution: another model, or a later period.

        Args:
            other: the later one, or the alternative; changes are *other* less this one.
            by: an id to match by label; None compares the sums of all lines.

        Raises:
            InvalidArgumentError: contributions of different digits, ids of different types.
            MissingRoleError: the lines of one of them lack the id.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann", "bob"], time=["2026-01-03", "2026-02-03"], amount=[20, 5]
            ... )
            >>> january = contribution(tx.between("2026-01-01", "2026-02-01"), CostModel())
            >>> february = contribution(tx.between("2026-02-01", "2026-03-01"), CostModel())
            >>> january.compare(february, by="customer")
            ProfitComparison(2 rows, by customer: 0 both, 1 gone, 1 new)
        """
        check.instance(other, Contribution, "other", "contribution(...) makes them.")
        if other.digits != self.digits:
            raise InvalidArgumentError(
                f"the digits differ: {self.digits} and {other.digits}; compute both alike."
            )
        if by is None:
            return compared_whole(self.waterfall(), other.waterfall())
        return compared(self._entities(by).rollup, other._entities(by).rollup, by)

    def _columns(self) -> dict[str, NDArray[Any]]:
        ids = {"customer": self.transactions.customer, "product": self.transactions.product}
        columns: dict[str, NDArray[Any]] = {n: c.decode() for n, c in ids.items() if c is not None}
        for figure in shown(self.steps):
            columns[figure] = self.minor(figure) / 10.0**self.digits
        return columns
