"""How the law computes each kind of duty: what it stands on, and where it is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import attrs

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import rounding_mode
from crmkit.typing import DutyKind, RoundingMode, TaxLevel

KINDS: tuple[DutyKind, ...] = get_args(DutyKind)
"""In the order in which duties are computed."""
BASIC: tuple[DutyKind, ...] = ("third_country", "preference", "suspension")
"""One of these is the basic duty of a line."""


@attrs.frozen(kw_only=True)
class DutyRule:
    """How the law computes one kind of duty.

    Attributes:
        rounding: where amounts between two minor units go; excise is often rounded "down".
        level: what is rounded once: the "line", or the tariff "item" (shipment x tariff code x
            origin), which is then spread over its lines.
        on: what rates stand on. Additional duties do not compound: name kinds of duty beside the
            customs value only where the law says so; "basic_duty" is whichever of the
            third-country duty, preference and suspension applies.

    Raises:
        InvalidArgumentError: a word outside its domain.

    Examples:
        >>> from crmkit.profitability import DutyRule
        >>> DutyRule(rounding="down").on
        ('customs_value',)
    """

    rounding: RoundingMode = "half_up"
    level: TaxLevel = "line"
    on: tuple[str, ...] = attrs.field(default=("customs_value",), converter=tuple)

    def __attrs_post_init__(self) -> None:
        rounding_mode(self.rounding)
        check.choice(self.level, TaxLevel, "level")
        if self.level == "shipment":
            raise InvalidArgumentError(
                "level='shipment': the rows of a shipment have different rates and units, so"
                " duties are rounded per 'line' or per tariff 'item'. Taxes know that level."
            )
        known = ("customs_value", "basic_duty", *KINDS)
        if odd := [name for name in self.on if name not in known]:
            raise InvalidArgumentError(
                f"on: {odd[0]!r} is nothing that a duty stands on; these are: {', '.join(known)}."
                + check.hint(odd[0], known)
            )


DEFAULT_RULE = DutyRule()


def checked_rules(rules: Mapping[DutyKind, DutyRule]) -> FrozenMapping[DutyRule]:
    """Prove that every kind of duty stands on what is computed before it, and only once."""
    for kind, rule in rules.items():
        check.choice(kind, DutyKind, "a kind of rules")
        check.instance(rule, DutyRule, f"rules[{kind!r}]", "DutyRule(rounding='down') is one.")
        later: list[str] = [name for name in rule.on if name in KINDS[KINDS.index(kind) :]]
        if kind in BASIC and "basic_duty" in rule.on:
            later.append("basic_duty")
        if later:
            raise InvalidArgumentError(
                f"{kind} stands on {later[0]!r}, which is not computed before"
                f" it. The order is: {', '.join(KINDS)}."
            )
        basics = set(rule.on) & {*BASIC} if "basic_duty" in rule.on else set()
        if basics or len(set(rule.on)) < len(rule.on):
            raise InvalidArgumentError(f"{kind} stands on one thing twice: {', '.join(rule.on)}.")
    return FrozenMapping({str(kind): rule for kind, rule in rules.items()})
