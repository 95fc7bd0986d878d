"""What every source of a model costs, booked to steps; and all that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._kernels.parallel import both
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.data.transactions import Transactions
from crmkit.errors import CrmkitError, InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.profitability.profit.activity import spare_capacity
from crmkit.profitability.profit.model import (
    CostModel,
    ReadSource,
    conflicts,
    problems_of_source,
)
from crmkit.profitability.profit.steps import FUNDING, STEPS
from crmkit.profitability.profit.till import QUESTION, Posted, Till
from crmkit.profitability.profit.unit_costs import UnitCosts
from crmkit.profitability.profit.waterfall import Unassigned
from crmkit.typing import BoolArray, CostStep, IntArray, ProfitStep

_Problem: TypeAlias = tuple[ProfitStep, CrmkitError]
"""A step, and what is wrong with it."""
_LARGEST = 2**62
"""Sums of minor units below it fit 64 bits in any order."""


@attrs.frozen(kw_only=True, eq=False)
class Booked:
    """Signed figures per line by step, what no line carries, and what became of some lines."""

    steps: Mapping[str, IntArray]
    unallocated: Unassigned
    excluded: BoolArray | None
    linked: BoolArray | None


def book(till: Till, model: CostModel, *, exclude: bool) -> Booked:
    """Book every source of the model; *exclude* leaves out lines without a unit cost.

    Raises:
        InvalidArgumentError, MissingRoleError, InvalidDataError: everything that is wrong; the
            first of these kinds that occurs.
    """
    excluded, problems = _excluded(till, model, exclude=exclude)
    if excluded is not None:
        till = attrs.evolve(till, counted=~excluded)
    till = _with_cost(till, model)
    posted, others = _posted(till, model)
    apart = conflicts(model, _currencies(till.tx))
    _refuse(problems + others + [(step, InvalidArgumentError(text)) for step, text in apart])
    for step, spare in spare_capacity(model.sources(), till):
        *_, last = posted[step]
        posted[step][-1] = attrs.evolve(last, unallocated=last.unallocated + spare)
    return Booked(
        steps=_steps(till, posted),
        unallocated=_unassigned(posted, till.digits),
        excluded=excluded,
        linked=_linked(till),
    )


def _with_cost(till: Till, model: CostModel) -> Till:
    """Take what the purchase comes to for the cost of the goods, where there is no column of it."""
    sources = [source for step, source in model.sources() if step == "purchase"]
    if till.tx.cost is not None or not sources:
        return till
    try:
        costs = [_post(till, source).lines for source in sources]
    except CrmkitError:
        return till  # Posting them with all others says why.
    return attrs.evolve(till, purchased=Decimals(np.sum(costs, axis=0), till.digits))


def _linked(till: Till) -> BoolArray | None:
    """Return which lines give back what their own sale carries."""
    if till.links is None:
        return None
    linked = np.zeros(len(till.tx), dtype=np.bool_)
    linked[till.links.rows] = True
    return linked


def _currencies(tx: Transactions) -> list[str]:
    """Return the currencies of the lines, where an attribute says them."""
    codes = tx.attributes.get("currency")
    return [] if codes is None else [str(label) for label in codes.labels[codes.used].tolist()]


def _excluded(
    till: Till, model: CostModel, *, exclude: bool
) -> tuple[BoolArray | None, list[_Problem]]:
    """Return the lines that some unit costs do not know, and what to say of them."""
    problems = list(_unreadable(till))
    if problems:
        return None, problems
    excluded = np.zeros(len(till.tx), dtype=np.bool_)
    for step, source in model.sources():
        # Without the role there is nothing to find; posting the source says so.
        if isinstance(source, UnitCosts) and till.tx.product is not None:
            unknown = source.lacking(till)
            excluded |= unknown
            if unknown.any() and not exclude:
                problems.append((step, _no_cost(till, unknown)))
    return (excluded if excluded.any() else None), problems


def _unreadable(till: Till) -> Iterator[_Problem]:
    """Try what every answer needs of the lines."""
    try:
        _ = till.net
    except CrmkitError as error:
        yield "gross_sales", error
    try:
        _ = till.links
    except CrmkitError as error:
        yield "returns", error


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
        lambda: [_attempt(till, source) for _, source in sources[::2]],
        lambda: [_attempt(till, source) for _, source in sources[1::2]],
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


def _attempt(till: Till, source: ReadSource) -> Posted | CrmkitError:
    try:
        return _post(till, source)
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


def _post(till: Till, source: ReadSource) -> Posted:
    if problems := problems_of_source(source):
        raise InvalidArgumentError("\n".join(problems))
    if isinstance(source, str):
        return Posted(lines=till.minor(till.cost, "cost"))
    if isinstance(source, LineValues):
        figures = till.counted_only(source.on(till.tx), source.name)
        return Posted(lines=till.minor(figures, source.name))
    return source.post(till)


def _steps(till: Till, posted: Mapping[CostStep, list[Posted]]) -> dict[str, IntArray]:
    """Return the signed figures of each step that somebody supplied, and of sales."""
    _check_size([till.net, *(part.lines for parts in posted.values() for part in parts)])
    steps: dict[str, IntArray] = {}
    for step, parts in posted.items():
        costs = parts[0].lines
        for part in parts[1:]:
            costs = costs + part.lines
        steps[step] = costs if step in FUNDING else _negated(costs)
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


def _check_size(figures: list[IntArray]) -> None:
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
