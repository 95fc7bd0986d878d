"""What does a product or a customer really earn? From gross sales to contribution, per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.parallel import both
from crmkit.data.answers import Answer
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.data.transactions import Transactions
from crmkit.errors import CrmkitError, InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.money.amounts import check_digits, from_minor
from crmkit.profitability.profit.model import CostModel, IntoSource
from crmkit.profitability.profit.rollup import (
    ProfitRollup,
    rolled_up,
    shown,
    steps_field,
    summed,
)
from crmkit.profitability.profit.steps import FUNDING, STEPS
from crmkit.profitability.profit.till import QUESTION, Posted, Till
from crmkit.profitability.profit.unit_costs import UnitCosts
from crmkit.profitability.profit.waterfall import Unassigned, Waterfall, waterfall_of
from crmkit.typing import BoolArray, CostStep, IntArray, ProfitFigure, RoundingMode

_Problem: TypeAlias = tuple[str, CrmkitError]
"""A step, and what is wrong with it."""
_LARGEST = 2**62


def contribution(
    tx: Transactions,
    model: CostModel,
    *,
    digits: int = 2,
    rounding: RoundingMode = "half_up",
    missing: Literal["raise", "exclude"] = "raise",
) -> Contribution:
    """Follow each line from gross sales to what it contributes, to the last cent.

    Every step is a figure per line in whole minor units; steps sum to the contribution on every
    line, for every customer and product, and for the shop. Rates are never rounded line by line:
    a step's total is rounded once and spread over the lines. Costs of baskets and customers reach
    their lines by what was paid for them. What no line can carry is `unallocated`.

    Amounts are taken as they are, without value added tax: do not mix prices with tax and costs
    without. Each line's cent belongs to these lines: a part of them, computed alone, may differ by
    a cent a line.

    Args:
        tx: the lines, with amount and what the sources of the model need.
        model: what each step goes by.
        digits: digits of the currency.
        rounding: where totals between two minor units go.
        missing: "raise" refuses lines of products without a unit cost; "exclude" takes them out of
            sales and costs alike, and counts them.

    Raises:
        InvalidDataError: figures finer than the digits, tariffs without a value that occurs,
            products without a cost ...
        MissingRoleError: the lines lack what a source needs.
        InvalidArgumentError: figures made for other lines, options outside their domain.

    All problems of all steps are in one error; where they are of several kinds it is an
    InvalidArgumentError if any is, else a MissingRoleError.

    Time and memory grow with lines x supplied steps, 8 bytes each.

    Source: R. S. Kaplan and R. Cooper, Cost & Effect (1998); direct product profit after the
    unified method of the Food Marketing Institute (1986).

    Example:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, PerBasket, PercentOfSales, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob"], time=["2026-01-03"] * 3, basket=[1, 1, 2],
        ...     amount=["20.00", "10.00", "4.00"], cost=["12.00", "7.00", "3.00"],
        ... )
        >>> model = CostModel(
        ...     purchase="cost", shelf=PercentOfSales(0.015), channel=PerBasket("0.80")
        ... )
        >>> earned = contribution(tx, model)
        >>> earned
        Contribution(3 lines, net sales 34.00, contribution 9.89, 15 steps assumed zero)
        >>> earned.by("customer").to_frame()[["customer", "net_sales", "contribution"]]
          customer  net_sales  contribution
        0      ann       30.0          9.75
        1      bob        4.0          0.14
    """
    check.instance(tx, Transactions, "tx", "Transactions.from_frame makes them.")
    check.instance(model, CostModel, "model", "Say CostModel(purchase='cost', ...).")
    check.choice(rounding, RoundingMode, "rounding")
    check.choice(missing, Literal["raise", "exclude"], "missing")
    everything = Till(tx=tx, digits=check_digits(digits), rounding=rounding)
    excluded, problems = _excluded(everything, model, missing)
    till = everything if excluded is None else attrs.evolve(everything, counted=~excluded)
    posted, others = _posted(till, model)
    _refuse(problems + others)
    return Contribution(
        transactions=tx,
        model=model,
        digits=digits,
        steps=_steps(till, posted),
        unallocated=_unassigned(posted, digits),
        excluded=excluded,
        frame_kind=tx.frame_kind,
    )


def _excluded(
    till: Till, model: CostModel, missing: str
) -> tuple[BoolArray | None, list[_Problem]]:
    """Return the lines that some unit costs do not know, and what to say of them."""
    try:
        _ = till.net
    except CrmkitError as error:
        return None, [("gross_sales", error)]
    excluded = np.zeros(len(till.tx), dtype=np.bool_)
    problems: list[_Problem] = []
    for step, source in model.sources():
        # Without the role there is nothing to find; posting the source says so.
        if isinstance(source, UnitCosts) and till.tx.product is not None:
            unknown = source.lacking(till)
            excluded |= unknown
            if missing == "raise" and unknown.any():
                problems.append((step, _no_cost(till, unknown)))
    return (excluded if excluded.any() else None), problems


def _no_cost(till: Till, unknown: BoolArray) -> InvalidDataError:
    ids = till.tx.ids("product", question=QUESTION)[unknown]
    first = ids.labels[ids.codes[:1]].tolist()[0]
    sizes = np.abs(till.net.astype(np.float64))
    share = sizes[unknown].sum() / max(sizes.sum(), 1.0)
    return InvalidDataError(
        f"{check.counted(ids.n_used, 'product')} without a cost, on"
        f" {check.counted(np.count_nonzero(unknown), 'line')} ({share:.1%} of sales), the first of"
        f" them {first!r}. Give them one, or say missing='exclude' to leave their sales out too."
    )


def _posted(till: Till, model: CostModel) -> tuple[dict[CostStep, list[Posted]], list[_Problem]]:
    """Post every source; return what they cost, and what is wrong with the others."""
    sources = list(model.sources())
    even, odd = both(
        lambda: [_attempt(till, *source) for source in sources[::2]],
        lambda: [_attempt(till, *source) for source in sources[1::2]],
        lines=len(till.tx),
    )
    problems: list[_Problem] = []
    posted: dict[CostStep, list[Posted]] = {}
    for at, (step, _) in enumerate(sources):
        found = (odd if at % 2 else even)[at // 2]
        if isinstance(found, CrmkitError):
            problems.append((step, found))
        else:
            posted.setdefault(step, []).append(found)
    return posted, problems


def _attempt(till: Till, step: CostStep, source: IntoSource) -> Posted | CrmkitError:
    try:
        return _post(till, step, source)
    except CrmkitError as error:
        return error


def _refuse(problems: list[_Problem]) -> None:
    """Raise one error of all problems; what several steps trip over is said once."""
    steps: dict[str, list[str]] = {}
    for step, error in problems:
        steps.setdefault(str(error), []).append(step)
    if steps:
        kinds = {type(error) for _, error in problems}
        graver = (kind for kind in (InvalidArgumentError, MissingRoleError) if kind in kinds)
        raise next(graver, InvalidDataError)(
            "\n".join(f"{', '.join(dict.fromkeys(s))}: {text}" for text, s in steps.items())
        )


def _post(till: Till, step: CostStep, source: IntoSource) -> Posted:
    if isinstance(source, str):
        return Posted(lines=till.minor(till.cost, "cost"))
    if isinstance(source, LineValues):
        figures = till.counted_only(source.on(till.tx), source.name)
        return Posted(lines=till.minor(figures, source.name))
    return source.post(till)


def _steps(till: Till, posted: Mapping[CostStep, list[Posted]]) -> dict[str, IntArray]:
    """Return the signed figures of each step that somebody supplied, and of sales."""
    steps: dict[str, IntArray] = {}
    for step, parts in posted.items():
        costs = parts[0].lines
        for part in parts[1:]:
            costs = costs + part.lines
        steps[step] = costs if step in FUNDING else _negated(costs)
    _summable([till.net, *steps.values()])
    gross = till.net
    for step in ("discounts", "markdown"):
        gross = gross - steps[step] if step in steps else gross
    returned = till.tx.is_return
    if returned.any():
        # Lines given back have no gross sales: what they gave back is net of reductions.
        steps["returns"] = np.where(returned, gross, 0)
        gross = np.where(returned, 0, gross)
    steps["gross_sales"] = gross
    order: tuple[str, ...] = STEPS
    return {step: steps[step] for step in order if step in steps}


def _summable(figures: list[IntArray]) -> None:
    """Refuse figures whose sums over lines and steps may not fit 64 bits."""
    sizes = [max(int(f.max(initial=0)), -int(f.min(initial=0))) * len(f) for f in figures]
    if sum(sizes) >= _LARGEST and sum(float(np.abs(f / 1.0).sum()) for f in figures) >= _LARGEST:
        raise InvalidDataError(
            "the steps are too large to be summed in 64 bits; say fewer digits, and look for rates"
            " in minor units: they are in major ones."
        )


def _negated(costs: IntArray) -> IntArray:
    # In place where the figures are our own: fresh memory costs more than the arithmetic.
    return np.negative(costs, out=costs if costs.flags.writeable else None)


def _unassigned(posted: Mapping[CostStep, list[Posted]], digits: int) -> Unassigned:
    rows = [
        (step, lost.what, lost.units if step in FUNDING else -lost.units)
        for step, parts in posted.items()
        for part in parts
        for lost in part.unallocated
    ]
    return Unassigned(
        step=tuple(row[0] for row in rows),
        what=tuple(row[1] for row in rows),
        amounts=np.array([row[2] for row in rows], dtype=np.int64),
        digits=digits,
    )


# --- the answer ----------------------------------------------------------------------------------


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

    Example:
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

    __hash__ = None  # type: ignore[assignment]

    @property
    def assumed_zero(self) -> tuple[CostStep, ...]:
        """Steps that nobody supplied: zero by assumption, not by measurement."""
        return self.model.assumed_zero

    @property
    def n_excluded(self) -> int:
        """How many lines were left out because their product has no cost."""
        return 0 if self.excluded is None else int(np.count_nonzero(self.excluded))

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
        ]
        return f"Contribution({', '.join(facts)})"

    def minor(self, figure: ProfitFigure) -> IntArray:
        """Return a step or subtotal per line, in minor units.

        Raises:
            InvalidArgumentError: there is no such figure.

        Example:
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

        Example:
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

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[20, 5],
            ...     attributes={"channel": ["web", "store"]},
            ... )
            >>> contribution(tx, CostModel()).by("channel", "customer")
            ProfitRollup(2 rows by channel, customer)
        """
        return rolled_up(self.transactions, self.steps, fields, self.digits)

    def waterfall(self) -> Waterfall:
        """Return the steps of all lines in order, and what no line carries.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
            >>> contribution(tx, CostModel()).waterfall()
            Waterfall(contribution 20.00, unallocated 0.00)
        """
        return waterfall_of(self.steps, self.unallocated)

    def _columns(self) -> dict[str, NDArray[Any]]:
        ids = {"customer": self.transactions.customer, "product": self.transactions.product}
        columns: dict[str, NDArray[Any]] = {n: c.decode() for n, c in ids.items() if c is not None}
        for figure in shown(self.steps):
            columns[figure] = self.minor(figure) / 10.0**self.digits
        return columns
