"""A cost model: for each step of the waterfall what it goes by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias, get_args

import attrs

from crmkit import _validation as check
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.profit.activity import ActivityCost, ActivityModel
from crmkit.profitability.profit.sources import CostSource
from crmkit.profitability.profit.steps import COST_STEPS
from crmkit.typing import CostColumn, CostStep

IntoSource: TypeAlias = CostColumn | LineValues | CostSource
"""A column of the till, a figure per line, or a source."""
IntoSources: TypeAlias = IntoSource | list[IntoSource] | tuple[IntoSource, ...] | None
"""One source of a step, several, or none."""


def _sources(given: Any) -> tuple[Any, ...]:
    if given is None:
        return ()
    return tuple(given) if isinstance(given, list | tuple) else (given,)


@attrs.frozen(kw_only=True, repr=False)
class CostModel:
    """What each step from gross sales to contribution goes by; steps left out are zero.

    A step takes one source or a list of them: the column "cost" of the till, a `LineValues`, or a
    declaration such as `PercentOfSales`, `PerUnit`, `PerBasket`, `PerCustomer`, `Pool`,
    `ResourceDays`, `Capital`, `UnitCosts`, `ActivityCost`. Costs are given as positive figures, and
    so are discounts, funding and cash discounts.

    Mind what is counted twice: a discount that is inside the amounts already and again as a reward,
    points when they are earned and when they are spent, freight in landed cost and in transport, a
    supplier's rebate in the purchase price and in funding, people in a pool and in an activity.

    Attributes:
        discounts: till reductions the shop pays: card price, own coupons.
        markdown: initial price less current list price.
        purchase: what the goods cost.
        landed: inbound charges, where they are not in the purchase cost.
        supplier_funding: allowances, rebates, reimbursed coupons, retail media.
        cash_discount: settlement discount from suppliers.
        warehouse: storage of the goods.
        transport: from the warehouse to the shelf or the customer's region.
        shelf: the space the goods take in the shop.
        handling: picking, replenishing, unpacking.
        capital: interest on the goods on hand.
        shrink: theft, spoilage, write-offs.
        loyalty: rewards earned or spent, one of the two.
        service: calls, claims, the returns desk.
        channel: picking, packing, delivery, a marketplace's fee.
        payment: fees of cards and wallets.
        acquisition: winning customers.
        retention: keeping them.

    Raises:
        InvalidArgumentError: sources that are none, or figures in several currencies; all of them
            are listed.

    Examples:
        >>> from crmkit.profitability import CostModel, PercentOfSales, PerUnit
        >>> CostModel(purchase="cost", transport=PerUnit("0.12"), payment=PercentOfSales("0.01"))
        CostModel(purchase, transport, payment)
    """

    discounts: IntoSources = attrs.field(default=None, converter=_sources)
    markdown: IntoSources = attrs.field(default=None, converter=_sources)
    purchase: IntoSources = attrs.field(default=None, converter=_sources)
    landed: IntoSources = attrs.field(default=None, converter=_sources)
    supplier_funding: IntoSources = attrs.field(default=None, converter=_sources)
    cash_discount: IntoSources = attrs.field(default=None, converter=_sources)
    warehouse: IntoSources = attrs.field(default=None, converter=_sources)
    transport: IntoSources = attrs.field(default=None, converter=_sources)
    shelf: IntoSources = attrs.field(default=None, converter=_sources)
    handling: IntoSources = attrs.field(default=None, converter=_sources)
    capital: IntoSources = attrs.field(default=None, converter=_sources)
    shrink: IntoSources = attrs.field(default=None, converter=_sources)
    loyalty: IntoSources = attrs.field(default=None, converter=_sources)
    service: IntoSources = attrs.field(default=None, converter=_sources)
    channel: IntoSources = attrs.field(default=None, converter=_sources)
    payment: IntoSources = attrs.field(default=None, converter=_sources)
    acquisition: IntoSources = attrs.field(default=None, converter=_sources)
    retention: IntoSources = attrs.field(default=None, converter=_sources)

    def __attrs_post_init__(self) -> None:
        """Check that every source is one, and that figures are in one currency."""
        problems = [
            f"{step}: {_shown(source)} is no source. {_hint(source)}"
            for step, source in self.sources()
            if not _is_source(source)
        ]
        problems += [*_several_currencies(self), *_counted_twice(self)]
        if problems:
            raise InvalidArgumentError("\n".join(problems))

    def sources(self) -> Iterator[tuple[CostStep, IntoSource]]:
        """Go through steps and sources, in the order of the waterfall.

        Examples:
            >>> from crmkit.profitability import CostModel
            >>> list(CostModel(purchase="cost").sources())
            [('purchase', 'cost')]
        """
        for step in COST_STEPS:
            for source in getattr(self, step):
                yield step, source

    @property
    def assumed_zero(self) -> tuple[CostStep, ...]:
        """Steps that nobody supplied: zero by assumption, not by measurement."""
        return tuple(step for step in COST_STEPS if not getattr(self, step))

    def __repr__(self) -> str:
        """Which steps it has."""
        return f"CostModel({', '.join(step for step in COST_STEPS if getattr(self, step))})"


def _counted_twice(model: CostModel) -> list[str]:
    """Say which activities are the cost of more than one step."""
    done: dict[tuple[ActivityModel, str], str] = {}
    problems = []
    for step, source in model.sources():
        if not isinstance(source, ActivityCost):
            continue
        every = tuple(a.name for a in source.model.activities)
        for name in every if source.activities is None else source.activities:
            first = done.setdefault((source.model, name), step)
            if first != step:
                problems.append(f"{step}: activity {name!r} is a cost of {first} already.")
    return problems


def _several_currencies(model: CostModel) -> list[str]:
    figures = [(step, s) for step, s in model.sources() if isinstance(s, LineValues)]
    units = {s.unit: step for step, s in figures if s.unit is not None}
    if len(units) < 2:
        return []
    said = ", ".join(f"{step} in {unit}" for unit, step in units.items())
    return [f"figures are in several currencies: {said}. Convert them to that of the amounts."]


def _is_source(source: object) -> bool:
    known = source in get_args(CostColumn) if isinstance(source, str) else False
    made = hasattr(source, "post") and not isinstance(source, type)
    return known or isinstance(source, LineValues) or made


def _shown(source: object) -> str:
    if isinstance(source, type):
        return f"the class {source.__name__}"
    return str(source) if isinstance(source, int | float) else _brief(source)


def _brief(source: object) -> str:
    text = repr(source)
    return text if len(text) < 40 and "array" not in text else f"a {type(source).__name__}"


def _hint(source: object) -> str:
    if isinstance(source, str):
        return "As a word there is only 'cost', the column." + check.hint(source, ["cost"])
    return (
        "Say PercentOfSales(...), PerUnit(...), PerBasket(...), Pool(...), or"
        " LineValues.of(tx, figures, name=...) for a figure per line."
    )
