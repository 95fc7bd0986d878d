"""Policies that work against each other, and what makes an evaluation go round by round."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from crmkit.loyalty.checking.finding import Finding, FindingKind
from crmkit.loyalty.checking.reach import below
from crmkit.loyalty.conditions.grain import Grain
from crmkit.loyalty.conditions.needs import needs
from crmkit.loyalty.declaration.amounts import Multiply, PerSpend
from crmkit.loyalty.declaration.earning import EarnRule
from crmkit.loyalty.declaration.groups import Resolution, Scope
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.words import (
    BelowZero,
    Overdraft,
    PaidWithPoints,
    ReturnAmount,
    RoundingLevel,
)
from crmkit.loyalty.discounts.amounts import PriceLevel


def policy_findings(programme: Programme) -> Iterator[Finding]:
    """Name feedback, rounding that loses points, and policies that work against each other."""
    yield from _feedback(programme)
    yield from _rounding(programme)
    yield from _minimum(programme)
    yield from _hold(programme)


# --- feedback ------------------------------------------------------------------------------------


def _feedback(programme: Programme) -> Iterator[Finding]:
    for where, what in _loops(programme):
        text = f"{what}, so that accounts are played again until nothing changes any more."
        yield Finding(FindingKind.FEEDBACK, where, text)


def _loops(programme: Programme) -> Iterator[tuple[tuple[str, ...], str]]:
    by_tier = tuple(rule.id for rule in programme.conditional if needs(rule.when).tiers)
    by_tier += tuple(r.id for r in programme.discounting if isinstance(r.discount, PriceLevel))
    if by_tier and programme.tiers is not None:
        yield by_tier, "what they give goes by the tier, and the tier by what was bought before"
    excluded = programme.policies.base.paid_with_points == PaidWithPoints.EXCLUDED
    if programme.redemption is not None and excluded:
        yield (), "the part paid with points earns none, and what can be paid depends on points"
    if programme.redemption is not None and programme.policies.overdraft == Overdraft.DECLINE:
        yield (), "whether a redemption is declined depends on those before it"
    for group in programme.groups:
        limited = _limited_in(programme, group.name)
        if group.resolution == Resolution.BEST and limited:
            yield limited, "who is best uses up a trigger limit, which decides who is best later"


def _limited_in(programme: Programme, group: str) -> tuple[str, ...]:
    limited = (rule for rule in programme.earning if rule.trigger_limit is not None)
    return tuple(rule.id for rule in limited if rule.group == group)


# --- rounding ------------------------------------------------------------------------------------


def _rounding(programme: Programme) -> Iterator[Finding]:
    yield from _dropped_units(programme)
    yield from _shares_of_steps(programme)
    yield from _lost_on_lines(programme)


def _dropped_units(programme: Programme) -> Iterator[Finding]:
    """Two capped rules with fractions may leave a unit that neither can take."""
    if programme.policies.rounding_level != RoundingLevel.BASKET:
        return
    broken = _broken(programme)
    capped = tuple(rule.id for rule in programme.earning if rule.caps and rule.id in broken)
    if len(capped) > 1:
        text = (
            "they have caps and fractions of points: a unit that their fractions make together, and"
            " that no cap counted, is dropped. Cap one of them, or round by rule."
        )
        yield Finding(FindingKind.ROUNDING, capped, text)


def _broken(programme: Programme) -> set[str]:
    """Return the rules that may offer fractions of units of points."""
    found: set[str] = set()
    for rule, seen in below(programme):
        if isinstance(rule.amount, Multiply):
            parts = rule.amount.factor.denominator > 1 or any(one.id in found for one in seen)
        else:
            parts = _each(rule, programme).denominator > 1
        if parts:
            found.add(rule.id)
    return found


def _each(rule: EarnRule, programme: Programme) -> Fraction:
    """Return the units of points of one minor unit of money, of one step, or of one time."""
    amount, policies = rule.amount, programme.policies
    if isinstance(amount, Multiply):
        return Fraction(0)
    units = Fraction(amount.points * 10**policies.point_digits)
    if isinstance(amount, PerSpend) and not amount.whole:
        return Fraction(units, Fraction(amount.per) * 10**policies.money_digits)
    return units


def _shares_of_steps(programme: Programme) -> Iterator[Finding]:
    """Points of a whole basket's steps lie on no line; a multiplier of lines has to share them."""
    for rule, seen in below(programme):
        if not isinstance(rule.amount, Multiply):
            continue
        steps = tuple(one.id for one in seen if _in_basket_steps(one))
        if steps and (rule.when.grain == Grain.LINE or rule.amount.factor.denominator > 1):
            text = (
                f"it multiplies whole steps of {', '.join(steps)}, which no line makes alone: its"
                " part is a rounded share of them. Count steps by line, or in proportion."
            )
            yield Finding(FindingKind.ROUNDING, (rule.id, *steps), text)


def _in_basket_steps(rule: EarnRule) -> bool:
    return isinstance(rule.amount, PerSpend) and rule.amount.whole and rule.scope == Scope.BASKET


def _lost_on_lines(programme: Programme) -> Iterator[Finding]:
    policies = programme.policies
    loses = policies.rounding in ("floor", "down")
    if policies.rounding_level != RoundingLevel.LINE or not loses:
        return
    for rule in programme.earning:
        each = _each(rule, programme)
        if isinstance(rule.amount, PerSpend) and not rule.amount.whole and each.denominator > 1:
            least = float(1 / each / 10**policies.money_digits)
            text = (
                f"rounded down on each line, a line below {least:,.{policies.money_digits}f} earns"
                " nothing and every other one loses a part. Round by basket, or count more digits."
            )
            yield Finding(FindingKind.ROUNDING, (rule.id,), text)


# --- spending and returning ----------------------------------------------------------------------


def _minimum(programme: Programme) -> Iterator[Finding]:
    terms = programme.redemption
    if terms is None or not terms.minimum % terms.multiple:
        return
    least = -(-terms.minimum // terms.multiple) * terms.multiple
    text = (
        f"redemption: the minimum of {terms.minimum:,} is no multiple of {terms.multiple:,}: the"
        f" fewest points that can be spent are {least:,}. Say so."
    )
    yield Finding(FindingKind.REDEMPTION_MINIMUM, (), text)


def _hold(programme: Programme) -> Iterator[Finding]:
    policies, returns = programme.policies, programme.policies.returns
    clamps = returns.below_zero == BelowZero.CLAMP and returns.amount != ReturnAmount.NONE
    if clamps and policies.hold_days < returns.window_days:
        text = (
            f"policies: points can be spent after {policies.hold_days} days and goods returned for"
            f" {returns.window_days}, while a balance stops at zero: who spends first keeps points"
            " of goods that came back. Hold points as long, or let balances go below zero."
        )
        yield Finding(FindingKind.HOLD_BELOW_RETURNS, (), text)
