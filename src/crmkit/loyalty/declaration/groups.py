"""What an amount is computed on, and how the rules of a group get along."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

import attrs

from crmkit.loyalty.declaration.reading import checked, collecting, name, refuse_unread, word


class Scope(StrEnum):
    """What a rule computes its amount on: each selected line, or once on their sum.

    Examples:
        >>> from crmkit.loyalty import Scope
        >>> Scope("line")
        <Scope.LINE: 'line'>
    """

    LINE = "line"
    BASKET = "basket"


IntoScope: TypeAlias = Scope | Literal["line", "basket"]


def into_scope(value: IntoScope) -> Scope:
    """Read what an amount is computed on."""
    return word(Scope, value)


class Resolution(StrEnum):
    """What becomes of several rules of a group that all fire.

    Examples:
        >>> from crmkit.loyalty import Resolution
        >>> Resolution("best")
        <Resolution.BEST: 'best'>
    """

    SUM = "sum"
    CHAIN = "chain"
    BEST = "best"
    FIRST = "first"
    EXCLUSIVE = "exclusive"


IntoResolution: TypeAlias = Resolution | Literal["sum", "chain", "best", "first", "exclusive"]


def into_resolution(value: IntoResolution) -> Resolution:
    """Read how rules of a group get along."""
    return word(Resolution, value)


@attrs.frozen(field_transformer=collecting)
class Group:
    """A named group of rules and its resolution; groups run in the order they are declared.

    Attributes:
        name: what rules call it.
        resolution: how its rules get along.

    Examples:
        >>> from crmkit.loyalty import Group, Resolution
        >>> Group("base", Resolution.SUM)
        Group(name='base', resolution=<Resolution.SUM: 'sum'>)
    """

    name: str = attrs.field(validator=checked(name))
    resolution: Resolution = attrs.field(converter=into_resolution)

    def __attrs_post_init__(self) -> None:
        """Refuse what could not be read."""
        refuse_unread(self, f"group {self.name!r}")
