"""Rules that can never fire, or never give anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmkit.loyalty.checking.finding import Finding, FindingKind
from crmkit.loyalty.conditions.logic import Condition, Never
from crmkit.loyalty.declaration.amounts import Multiply
from crmkit.loyalty.declaration.earning import EarnRule
from crmkit.loyalty.declaration.groups import Group, Resolution
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.discounts.rules import DiscountRule
from crmkit.loyalty.replay.points import ordered


def reach_findings(programme: Programme) -> Iterator[Finding]:
    """Name rules that never fire, that others keep out, and multipliers of nothing."""
    for rule in programme.conditional:
        why = _never(rule, programme)
        if why is not None:
            yield Finding(FindingKind.UNREACHABLE, (rule.id,), why)
    for group in programme.groups:
        rules = [rule for _, rule in ordered(programme, group)]
        yield from _shadowed(rules, group)
    yield from _nothing_below(programme)


def _never(rule: EarnRule | DiscountRule, programme: Programme) -> str | None:
    """Say why a rule never gives anything; None if that is not seen."""
    if rule.when.canonical() == Never():
        return "its condition contradicts itself, so that it never holds."
    if _where(rule).canonical() == Never():
        return "its condition never holds while it is valid; move one of them."
    if rule.trigger_limit is not None and not rule.trigger_limit.limit:
        return "its trigger limit is 0, so that it never fires."
    return _never_earns(rule, programme) if isinstance(rule, EarnRule) else None


def _never_earns(rule: EarnRule, programme: Programme) -> str | None:
    if any(not cap.limit for cap in rule.caps):
        return "a cap of 0 leaves none of its points."
    excluded = programme.policies.base.excluded
    if excluded is not None and _where(rule).implies(excluded):
        return "policies.base.excluded takes out every line that it is about."
    return None


def _where(rule: EarnRule | DiscountRule) -> Condition:
    return rule.when if rule.valid is None else rule.when & rule.valid


# --- other rules that keep it out ----------------------------------------------------------------


def _shadowed(rules: Sequence[EarnRule], group: Group) -> Iterator[Finding]:
    """Name rules that a rule before them always keeps out."""
    for place, rule in enumerate(rules):
        reach = _where(rule)
        if reach.canonical() == Never():
            continue
        for other in rules[:place]:
            if _ends(other, group) and reach.implies(_where(other)):
                yield _kept_out(rule, other, group)
                break


def _ends(rule: EarnRule, group: Group) -> bool:
    """Say whether no rule of the group follows wherever this one's condition holds."""
    if group.resolution == Resolution.BEST or rule.trigger_limit is not None:
        return False
    alone = group.resolution == Resolution.EXCLUSIVE and rule.exclusive
    return rule.stop or alone or group.resolution == Resolution.FIRST


def _kept_out(rule: EarnRule, other: EarnRule, group: Group) -> Finding:
    both = rule.exclusive and other.exclusive and group.resolution == Resolution.EXCLUSIVE
    kind = FindingKind.SHADOWED_EXCLUSIVE if both else FindingKind.SHADOWED
    text = (
        f"wherever it holds {other.id!r} does too, comes first in group {group.name!r} and keeps it"
        " out; raise its priority, or narrow the other."
    )
    return Finding(kind, (rule.id, other.id), text)


# --- multipliers ---------------------------------------------------------------------------------


def _nothing_below(programme: Programme) -> Iterator[Finding]:
    for rule, seen in below(programme):
        if isinstance(rule.amount, Multiply) and not seen:
            text = "no rule comes before it, so that there is nothing to multiply; see groups."
            yield Finding(FindingKind.NO_BASE, (rule.id,), text)


def below(programme: Programme) -> Iterator[tuple[EarnRule, tuple[EarnRule, ...]]]:
    """Go through earn rules in the order of evaluation, with those whose points each one sees."""
    before: tuple[EarnRule, ...] = ()
    for group in programme.groups:
        rules = tuple(rule for _, rule in ordered(programme, group))
        chained = group.resolution in (Resolution.CHAIN, Resolution.EXCLUSIVE)
        for place, rule in enumerate(rules):
            yield rule, before + (rules[:place] if chained else ())
        before += rules
