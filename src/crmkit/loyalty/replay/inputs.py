"""What a programme asks for beyond the lines, and an error that lists all that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, reduce

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.conditions.needs import Needs, needs
from crmkit.loyalty.declaration.amounts import PerUnit
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.words import TaxBase
from crmkit.loyalty.replay.history import Customers, History


@lru_cache
def needed(programme: Programme) -> Mapping[str, Needs]:
    """Return what each part of a programme reads, by the words that an error names it with."""
    return {where: needs(condition) for where, condition in _conditions(programme)}


@lru_cache
def all_needed(programme: Programme) -> Needs:
    """Return what all parts of a programme read together."""
    return reduce(Needs.__or__, needed(programme).values(), Needs())


def refuse_missing(programme: Programme, history: History, customers: Customers | None) -> None:
    """Refuse a history that lacks what a programme reads; lists all of it.

    Raises:
        InvalidArgumentError: attributes, tables, segments or facts of customers are not there.
    """
    problems = []
    if any(_lacking(all_needed(programme), history, customers)):
        problems = [
            f"{where}: {problem}"
            for where, need in needed(programme).items()
            for problem in _lacking(need, history, customers)
        ]
    problems += [*_policies(programme, history), *_tables(programme, history)]
    if problems:
        raise InvalidArgumentError("\n".join(problems))


def _conditions(programme: Programme) -> Iterator[tuple[str, Condition]]:
    for rule in programme.conditional:
        yield f"rule {rule.id!r}: when", rule.when
        if rule.valid is not None:
            yield f"rule {rule.id!r}: valid", rule.valid
    if programme.policies.base.excluded is not None:
        yield "policies: base.excluded", programme.policies.base.excluded


def _lacking(need: Needs, history: History, customers: Customers | None) -> Iterator[str]:
    tx = history.tx
    for name in sorted(need.attributes - set(tx.attributes) - {"product", "basket", "customer"}):
        there = ", ".join(tx.attributes) or "none"
        hint = check.hint(name, tx.attributes)
        yield f"the lines have no attribute {name!r}; they have {there}.{hint}"
    for name in sorted(need.numbers):
        if getattr(tx, name) is None:
            yield f"the lines have no {name}; say Columns({name}=...)."
    if need.tenders and history.payments is None:
        yield "tenders need History(payments=Payments(basket=..., tender=..., amount=...))."
    yield from _unknown_of_customers(need, customers)


def _unknown_of_customers(need: Needs, customers: Customers | None) -> Iterator[str]:
    for fact in sorted(need.customer):
        if customers is None or getattr(customers, fact) is None:
            yield f"needs the {fact} of customers: evaluate(..., customers=Customers({fact}=...))."
    there = {labels.name: labels for labels in customers.segments} if customers else {}
    known = ", ".join(sorted(there)) or "none"
    for labels, name in sorted(need.segments):
        if labels not in there:
            yield f"no labels {labels!r}; there are {known}. Say Customers(segments=...)."
        elif name not in there[labels].names:
            names = there[labels].names
            yield f"no {labels} {name!r}; there are {', '.join(names)}.{check.hint(name, names)}"


def _policies(programme: Programme, history: History) -> Iterator[str]:
    base = programme.policies.base
    if base.tax == TaxBase.EXCLUDED and history.tax is None:
        yield "policies: base.tax='excluded' needs History(tax=LineValues.of(tx, ...))."
    if base.excluded_tenders and history.payments is None:
        yield "policies: base.excluded_tenders needs History(payments=Payments(...))."
    for rule in programme.earning:
        if isinstance(rule.amount, PerUnit) and history.tx.quantity is None:
            yield f"rule {rule.id!r}: amount: PerUnit needs quantities; say Columns(quantity=...)."


def _tables(programme: Programme, history: History) -> Iterator[str]:
    tx = history.tx
    if history.redemptions is not None and programme.redemption is None:
        yield "redemptions are given, and the programme has none; say Programme(redemption=...)."
    waits = [rule.id for rule in programme.events]
    if (waits or programme.referral) and history.events is None:
        yield f"rules {', '.join(waits) or 'referral'}: need History(events=Events(...))."
    if history.origin is not None and history.origin not in tx.attributes:
        yield (
            f"origin: the lines have no attribute {history.origin!r}; say"
            f" Columns(attributes=({history.origin!r},))."
        )
