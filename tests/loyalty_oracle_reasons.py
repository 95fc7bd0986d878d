"""The oracle's reasons: why a rule found no line of a basket."""

from __future__ import annotations

from crmkit.loyalty.declaration.earning import EarnRule
from loyalty_oracle_facts import Facts, holds, parts

_LOGIC = ("And", "Or", "Not")


def why_not(rule: EarnRule, facts: Facts) -> str:
    """Return the first reason that applies: a missing fact, exclusions, the tier, a condition."""
    if _unknown(rule.when, facts):
        return "UNKNOWN"
    if any(holds(rule.when, facts, sale) for sale in facts.lines):
        return "EXCLUDED_PRODUCT"
    if facts.tier_names and _with_any_tier(rule.when, facts):
        return "TIER"
    return "CONDITION"


def _with_any_tier(condition: object, facts: Facts) -> bool:
    """Say whether another tier alone would make it hold."""
    for tier in range(-1, len(facts.tier_names)):
        if tier == facts.tier:
            continue
        other = Facts(**{**vars(facts), "tier": tier})
        if any(sale.earning and holds(condition, other, sale) for sale in facts.lines):
            return True
    return False


def _unknown(condition: object, facts: Facts) -> bool:
    """Say whether the first leaf that fails does so because a fact of the customer is missing."""
    kind = type(condition).__name__
    if any(holds(condition, facts, sale) for sale in facts.lines):
        return False
    if kind == "And":
        failing = next((p for p in parts(condition) if not _somewhere(p, facts)), None)
        return failing is not None and _unknown(failing, facts)
    if kind == "Or":
        return any(_unknown(part, facts) for part in parts(condition))
    person = facts.person
    match kind:
        case "Birthday":
            return person is None or person.birthday is None
        case "Anniversary":
            return person is None or person.joined is None
        case "InSegment":
            return person is None or condition.labels not in person.segments  # type: ignore[attr-defined]
    return False


def _somewhere(condition: object, facts: Facts) -> bool:
    return any(holds(condition, facts, sale) for sale in facts.lines)
