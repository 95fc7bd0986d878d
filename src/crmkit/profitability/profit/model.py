"""A cost model: for each step of the waterfall what it goes by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, get_args

import attrs

from crmkit import _validation as check
from crmkit.data.line_values import LineValues
from crmkit.profitability.profit.activity import ActivityCost, ActivityModel
from crmkit.profitability.profit.rules import magnitude, problems_of
from crmkit.profitability.profit.sources import CostSource
from crmkit.profitability.profit.steps import COST_STEPS
from crmkit.typing import CostColumn, CostStep, ProfitStep

ReadSource: TypeAlias = CostColumn | LineValues | CostSource
"""A column of the till, a figure per line, or a declaration."""
IntoSource: TypeAlias = ReadSource | ActivityModel
"""What a step takes; an activity model stands for all of its activities."""
IntoSources: TypeAlias = IntoSource | list[IntoSource] | tuple[IntoSource, ...] | None
"""One source of a step, several, or none."""


def _sources(given: Any) -> tuple[Any, ...]:
    if given is None:
        return ()
    every = given if isinstance(given, list | tuple) else (given,)
    return tuple(ActivityCost(s) if isinstance(s, ActivityModel) else s for s in every)


@attrs.frozen(kw_only=True, repr=False)
class CostModel:
    """What each step from gross sales to contribution goes by; steps left out are zero.

    A step takes one source or a list of them: the column "cost" of the till, a `LineValues`, or a
    declaration such as `PercentOfSales`, `PerUnit`, `PerBasket`, `PerCustomer`, `Pool`,
    `ResourceDays`, `Capital`, `UnitCosts`, `ActivityModel` or `ActivityCost`. Costs are given as
    positive figures, and so are discounts, funding and cash discounts.

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

    What is wrong with a model is said by `contribution`, with all that is wrong with the data.

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

    def sources(self) -> Iterator[tuple[CostStep, ReadSource]]:
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


def conflicts(model: CostModel, currencies: Iterable[str]) -> Iterator[tuple[ProfitStep, str]]:
    """Say what sources do not go together: those of the model, and the currency of the lines."""
    yield from _counted_twice(model)
    units: dict[str, ProfitStep] = dict.fromkeys(currencies, "gross_sales")
    for step, source in model.sources():
        if isinstance(source, LineValues) and source.unit is not None:
            units.setdefault(source.unit, step)
    if len(units) > 1:
        said = ", ".join(f"{step} in {unit}" for unit, step in units.items())
        for first in dict.fromkeys(units.values()):
            yield first, f"several currencies: {said}. Convert them to that of the amounts."


def _counted_twice(model: CostModel) -> Iterator[tuple[CostStep, str]]:
    """Say which activities are the cost of more than one step."""
    done: list[tuple[ActivityModel, str, CostStep]] = []
    for step, source in model.sources():
        if not isinstance(source, ActivityCost):
            continue
        for name in source.names:
            first = next((s for m, n, s in done if n == name and m == source.model), None)
            if first is None:
                done.append((source.model, name, step))
            else:
                yield step, f"activity {name!r} is a cost of {first} already."


def problems_of_source(source: object) -> list[str]:
    """Say why *source* is none, or what is wrong with it."""
    known = source in get_args(CostColumn) if isinstance(source, str) else False
    made = hasattr(source, "post") and not isinstance(source, type)
    if known or isinstance(source, LineValues) or made:
        return problems_of(source)
    return [f"{_shown(source)} is no source. {_hint(source)}"]


def _shown(source: object) -> str:
    if isinstance(source, type):
        return f"the class {source.__name__}"
    text = str(source) if isinstance(source, int | float) else repr(source)
    plain = len(text) < 40 and "array" not in text and "\n" not in text
    return text if plain else f"a {type(source).__name__}"


def _hint(source: object) -> str:
    if not math.isnan(magnitude(source)):
        return (
            f"A number does not say what it is of: PerUnit('{source}'), PerBasket('{source}'),"
            f" PercentOfSales('{source}'), or Pool('{source}', 'net_sales') for a total."
        )
    if isinstance(source, str):
        return "As a word there is only 'cost', the column." + check.hint(source, ["cost"])
    if isinstance(source, Mapping):
        return "For costs by product say UnitCosts.of(products, totals, quantities)."
    return (
        "Say PercentOfSales(...), PerUnit(...), PerBasket(...), Pool(...), or"
        " LineValues.of(tx, figures, name=...) for a figure per line."
    )
