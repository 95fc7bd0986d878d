"""A loyalty programme: rules, how they get along, and every policy, as one frozen value."""

from __future__ import annotations

import hashlib
import json
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.conditions.needs import needs
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.declaration.dicts import declaration_of, plain
from crmkit.loyalty.declaration.earning import EarnRule
from crmkit.loyalty.declaration.events import EventRule, Referral
from crmkit.loyalty.declaration.groups import Group
from crmkit.loyalty.declaration.policies import Policies, default_groups
from crmkit.loyalty.declaration.reading import Unread, checked, collecting, is_read, refuse_unread
from crmkit.loyalty.declaration.redemption import Redemption
from crmkit.loyalty.declaration.tiers import Tiers
from crmkit.loyalty.discounts.policy import DiscountPolicy
from crmkit.loyalty.discounts.rules import DiscountRule

if TYPE_CHECKING:
    from crmkit.loyalty.checking.finding import Finding

Rule: TypeAlias = EarnRule | DiscountRule | EventRule


def _rules(value: Sequence[Rule]) -> tuple[Rule, ...]:
    given: object = value  # not every caller asks a type checker
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InvalidArgumentError(f"expected a tuple of rules; got {value!r}.")
    odd = [one for one in given if not isinstance(one, EarnRule | DiscountRule | EventRule)]
    if odd:
        raise InvalidArgumentError(
            f"expected EarnRule, DiscountRule or EventRule; got {', '.join(map(repr, odd))}."
        )
    return tuple(value)


def _groups(value: Group | Sequence[Group]) -> tuple[Group, ...]:
    return read.several(read.one_of(Group))(value)


@attrs.frozen(field_transformer=collecting, cache_hash=True)
class Programme:
    """Everything a loyalty programme says, to be evaluated, compared and kept as a dict.

    Discounts come first, group by group, each seeing the price that is left; then points, group by
    group, multipliers seeing the points of the groups before them.

    Attributes:
        rules: earn, discount and event rules.
        groups: the groups that rules name, in the order they run; those of the preset if left out.
        policies: every choice that systems make differently.
        discounts: how discounts are rounded and spread.
        tiers: what customers climb, if they do.
        redemption: what points pay, if they do.
        referral: points for bringing a friend.
        pooled: whether a household shares one account; needs `Customers(household=...)`.

    Raises:
        InvalidArgumentError: ids that are there twice, groups or tiers that are not there; all
            problems are listed.

    Examples:
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme
        >>> Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        Programme(1 rule, policies of grocery)
    """

    rules: tuple[Rule, ...] = attrs.field(kw_only=True, converter=_rules)
    groups: tuple[Group, ...] = attrs.field(default=(), kw_only=True, converter=_groups)
    policies: Policies = attrs.field(
        factory=Policies, kw_only=True, validator=checked(read.one_of(Policies))
    )
    discounts: DiscountPolicy = attrs.field(
        factory=DiscountPolicy, kw_only=True, validator=checked(read.one_of(DiscountPolicy))
    )
    tiers: Tiers | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.one_of(Tiers)))
    )
    redemption: Redemption | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.one_of(Redemption)))
    )
    referral: Referral | None = attrs.field(
        default=None, kw_only=True, validator=checked(read.optional(read.one_of(Referral)))
    )
    pooled: bool = attrs.field(default=False, kw_only=True, validator=checked(read.flag))

    def __attrs_post_init__(self) -> None:
        """Fill in the groups of the preset, and check names against each other."""
        if not self.groups and is_read(self.policies, self.rules, self.discounts):
            object.__setattr__(self, "groups", _preset_groups(self))
        whole = not any(isinstance(getattr(self, f.name), Unread) for f in attrs.fields(Programme))
        refuse_unread(self, "programme", *(_problems(self) if whole else ()))

    def __repr__(self) -> str:
        """How many rules, and whose policies."""
        tiers = f", tiers {', '.join(self.tiers.names)}" if self.tiers else ""
        count = f"{len(self.rules)} rule{'' if len(self.rules) == 1 else 's'}"
        return f"Programme({count}{tiers}, policies of {self.policies.preset})"

    @cached_property
    def earning(self) -> tuple[EarnRule, ...]:
        """The rules that give points for baskets, as declared."""
        return tuple(rule for rule in self.rules if isinstance(rule, EarnRule))

    @cached_property
    def discounting(self) -> tuple[DiscountRule, ...]:
        """The rules that lower prices, as declared."""
        return tuple(rule for rule in self.rules if isinstance(rule, DiscountRule))

    @cached_property
    def conditional(self) -> tuple[EarnRule | DiscountRule, ...]:
        """The rules that have a condition and a group: for points first, then discounts."""
        return (*self.earning, *self.discounting)

    @cached_property
    def events(self) -> tuple[EventRule, ...]:
        """The rules that give points for events, as declared."""
        return tuple(rule for rule in self.rules if isinstance(rule, EventRule))

    def check(self) -> tuple[Finding, ...]:
        """Say what is odd about the programme; nothing of it is an error.

        What is found is so: a rule named unreachable never gives anything. What is not found may
        still be odd, since not every condition can be compared with every other.

        Examples:
            >>> from crmkit.loyalty import Cap, EarnRule, PerSpend, Programme, Weekday
            >>> caps = (Cap(500, per="day"), Cap(400, per="month"))
            >>> base = EarnRule("base", amount=PerSpend(1, "1.00"), caps=caps)
            >>> never = EarnRule(
            ...     "weekend", amount=PerSpend(1, "1.00"), when=Weekday({6}) & Weekday({7})
            ... )
            >>> for finding in Programme(rules=(base, never)).check():
            ...     print(finding.kind, finding.where)
            unreachable ('weekend',)
            dead_cap ('base',)
        """
        # Imported when asked: what looks programmes over knows them.
        from crmkit.loyalty.checking.findings import findings_of

        return findings_of(self)

    @property
    def digest(self) -> str:
        """A short text that two programmes share only if they say the same."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_dict(self) -> dict[str, Any]:
        """Return the programme as plain dicts, lists and texts, every policy written out.

        Examples:
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> programme.to_dict()["policies"]["rounding_level"]
            'basket'
        """
        return plain(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Programme:
        """Read a programme that `to_dict` wrote, or that somebody wrote by hand.

        Raises:
            InvalidArgumentError: unknown names, or values that are none.

        Examples:
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> Programme.from_dict(programme.to_dict()) == programme
            True
        """
        return declaration_of(given, cls)


def _preset_groups(programme: Programme) -> tuple[Group, ...]:
    discounting = (rule.group for rule in programme.rules if isinstance(rule, DiscountRule))
    lanes = [Group(name, programme.discounts.resolution) for name in dict.fromkeys(discounting)]
    return (*lanes, *default_groups(programme.policies.preset))


def _problems(programme: Programme) -> list[str]:
    return [*_twice(programme), *_unknown_groups(programme), *_unknown_tiers(programme)]


def _twice(programme: Programme) -> list[str]:
    ids = Tally(rule.id for rule in programme.rules)
    groups = Tally(group.name for group in programme.groups)
    found = [f"rule {name!r}: id: {n} rules have it." for name, n in ids.items() if n > 1]
    return found + [f"group {name!r}: {n} groups have it." for name, n in groups.items() if n > 1]


def _unknown_groups(programme: Programme) -> list[str]:
    names = [group.name for group in programme.groups]
    return [
        f"rule {rule.id!r}: group: there is no group {rule.group!r}; there are {', '.join(names)}."
        for rule in programme.conditional
        if rule.group not in names
    ]


def _unknown_tiers(programme: Programme) -> list[str]:
    names = programme.tiers.names if programme.tiers else ()
    there = f"there are {', '.join(names)}" if names else "the programme has none"
    return [
        f"rule {rule.id!r}: when: no tier {tier!r}; {there}."
        for rule in programme.conditional
        for tier in sorted(needs(rule.when).tiers - set(names))
    ]
