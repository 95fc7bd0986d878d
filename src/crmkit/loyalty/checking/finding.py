"""Something odd about a programme."""

from __future__ import annotations

from enum import StrEnum

import attrs


class FindingKind(StrEnum):
    """What is odd.

    Examples:
        >>> from crmkit.loyalty import FindingKind
        >>> FindingKind("dead_cap")
        <FindingKind.DEAD_CAP: 'dead_cap'>
    """

    UNREACHABLE = "unreachable"
    SHADOWED = "shadowed"
    SHADOWED_EXCLUSIVE = "shadowed_exclusive"
    DEAD_CAP = "dead_cap"
    CAPS_DO_NOT_NEST = "caps_do_not_nest"
    NO_BASE = "no_base"
    FEEDBACK = "feedback"
    ROUNDING = "rounding"
    REDEMPTION_MINIMUM = "redemption_minimum"
    HOLD_BELOW_RETURNS = "hold_below_returns"


@attrs.frozen(repr=False)
class Finding:
    """Something that a programme says and that its author may not have meant.

    Attributes:
        kind: what is odd.
        where: the rules it is about, by id; empty if it is about policies.
        text: what it comes to, and what to do.

    Examples:
        >>> from crmkit.loyalty import Finding, FindingKind
        >>> Finding(FindingKind.NO_BASE, ("double",), "there is nothing to multiply.")
        Finding(no_base, double: there is nothing to multiply.)
    """

    kind: FindingKind
    where: tuple[str, ...]
    text: str

    def __repr__(self) -> str:
        """The kind, the rules, and the text."""
        names = f", {', '.join(self.where)}" if self.where else ""
        return f"Finding({self.kind}{names}: {self.text})"
