"""Why a condition does not hold for a basket: which part is to blame, and what was seen there."""

from __future__ import annotations

from enum import StrEnum

import attrs
import numpy as np

from crmkit.loyalty.conditions.account import Anniversary, Birthday, InSegment, TierAtLeast
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Facts
from crmkit.loyalty.conditions.logic import And, Condition, Not, Or
from crmkit.loyalty.conditions.masks import line_mask
from crmkit.loyalty.conditions.observed import Observed, observed
from crmkit.typing import BoolArray

Path = tuple[int, ...]


class FailureCause(StrEnum):
    """What kind of thing keeps a condition from holding.

    Examples:
        >>> from crmkit.loyalty.conditions.failures import FailureCause
        >>> FailureCause("tier")
        <FailureCause.TIER: 'tier'>
    """

    UNKNOWN = "unknown"
    TIER = "tier"
    CONDITION = "condition"


@attrs.frozen(kw_only=True)
class Failure:
    """The part of a condition that keeps it from holding.

    Attributes:
        cause: a fact that is not known; the tier, and nothing else; or the condition.
        path: which part of which part, counted from 0, as the condition was declared.
        part: the part there: a leaf, or an "or" whose branches all fail.
        held: the part holds, and stands below a "not".
        observed: what was seen of it: numbers, labels, moments; None where nothing is.
        branches: where several parts are to blame together, each of them.

    Examples:
        >>> from crmkit.loyalty import Weekday
        >>> from crmkit.loyalty.conditions.failures import Failure, FailureCause
        >>> Failure(cause=FailureCause.CONDITION, path=(0,), part=Weekday({2}), observed=5).part
        Weekday({2})
    """

    cause: FailureCause = FailureCause.CONDITION
    path: Path
    part: Condition
    held: bool = False
    observed: Observed = None
    branches: tuple[Failure, ...] = ()


def failure(
    condition: Condition, facts: Facts, basket: int, among: BoolArray | None = None
) -> Failure | None:
    """Say why a condition holds for no line of a basket; None if it holds.

    Of "and" the first failing part is named, of "or" all, of "not" the part that held.

    Args:
        condition: as it was declared.
        facts: of a block.
        basket: its place in the block.
        among: which lines of the block count; its sales, unless said otherwise.

    Examples:
        >>> import numpy as np
        >>> from crmkit.loyalty import Weekday
        >>> from crmkit.loyalty.conditions.facts import Facts
        >>> from crmkit.loyalty.conditions.failures import failure
        >>> one = np.array([1])
        >>> facts = Facts(
        ...     starts=np.array([0, 1]), sale=one > 0, codes={}, money={}, quantity=one,
        ...     time=np.array([0]), purchases=one, since_last=-one, tier=-one.astype(np.int32),
        ... )
        >>> failure(Weekday({2}), facts, 0).observed  # 1 January 1970 was a Thursday
        4
    """
    lines = facts.sale if among is None else among
    asked = _Asked(
        facts.basket(basket), lines[int(facts.starts[basket]) : int(facts.starts[basket + 1])]
    )
    if asked.somewhere(condition):
        return None
    found = asked.failing(condition, ())
    if _is_unknown(found) or not asked.another_tier_would_do(condition):
        return found
    path, leaf = _tier_leaf(condition, (), asked)
    tier = observed(leaf, asked.facts, asked.lines)
    return Failure(cause=FailureCause.TIER, path=path, part=leaf, observed=tier)


def _is_unknown(found: Failure) -> bool:
    return found.cause == FailureCause.UNKNOWN


@attrs.frozen(eq=False)
class _Asked:
    """One basket, and which of its lines count."""

    facts: Facts
    lines: BoolArray

    def somewhere(self, condition: Condition) -> bool:
        return bool((line_mask(condition, self.facts) & self.lines).any())

    def failing(self, condition: Condition, path: Path) -> Failure:
        """Find what is to blame for a condition that holds on no line."""
        match condition:
            case And(parts):
                place = self._first_failing(parts)
                return self.failing(parts[place], (*path, place))
            case Or():
                return self._several(condition, path, held=False)
            case Not(part):
                return self.holding(part, (*path, 0))
            case _:
                return self._leaf(condition, path, held=False)

    def holding(self, condition: Condition, path: Path) -> Failure:
        """Find what is to blame for the opposite of a condition, which holds on every line."""
        match condition:
            case And():
                return self._several(condition, path, held=True)
            case Or(parts):
                wide = [k for k, part in enumerate(parts) if self._everywhere(part)]
                if not wide:
                    return self._several(condition, path, held=True)
                return self.holding(parts[wide[0]], (*path, wide[0]))
            case Not(part):
                return self.failing(part, (*path, 0))
            case _:
                return self._leaf(condition, path, held=True)

    def another_tier_would_do(self, condition: Condition) -> bool:
        """Say whether the condition would hold if only the tier were another."""
        now = int(self.facts.tier[0])
        others = [rank for rank in range(-1, len(self.facts.tier_names)) if rank != now]
        return any(self._with_tier(rank).somewhere(condition) for rank in others)

    def _with_tier(self, rank: int) -> _Asked:
        tier = np.array([rank], dtype=self.facts.tier.dtype)
        return _Asked(attrs.evolve(self.facts, tier=tier), self.lines)

    def _everywhere(self, condition: Condition) -> bool:
        return bool(line_mask(condition, self.facts)[self.lines].all())

    def _first_failing(self, parts: tuple[Condition, ...]) -> int:
        """Return the first part that fails alone, or else after those before it."""
        alone = [k for k, part in enumerate(parts) if not self.somewhere(part)]
        if alone:
            return alone[0]
        left = self.lines
        for place, part in enumerate(parts):
            left = left & line_mask(part, self.facts)
            if not left.any():
                return place
        raise AssertionError("all of them hold together")

    def _several(self, condition: And | Or, path: Path, *, held: bool) -> Failure:
        blame = self._held if held else self.failing
        branches = tuple(blame(part, (*path, k)) for k, part in enumerate(condition.parts))
        unknown = not held and any(map(_is_unknown, branches))
        cause = FailureCause.UNKNOWN if unknown else FailureCause.CONDITION
        return Failure(cause=cause, path=path, part=condition, held=held, branches=branches)

    def _held(self, part: Condition, path: Path) -> Failure:
        return self.holding(part, path) if self._everywhere(part) else self._leaf(part, path, True)

    def _leaf(self, leaf: Condition, path: Path, held: bool) -> Failure:
        seen = observed(leaf, self.facts, self.lines)
        unknown = not held and _lacks_fact(leaf, self.facts)
        cause = FailureCause.UNKNOWN if unknown else FailureCause.CONDITION
        return Failure(cause=cause, path=path, part=leaf, held=held, observed=seen)


def _lacks_fact(leaf: Condition, facts: Facts) -> bool:
    match leaf:
        case Birthday():
            return facts.birthday is None or int(facts.birthday[0]) == UNKNOWN_DAY
        case Anniversary():
            return facts.joined is None or int(facts.joined[0]) == UNKNOWN_DAY
        case InSegment():
            return int(facts.segments[leaf.labels].codes[0]) < 0
        case _:
            return False


def _tier_leaf(condition: Condition, path: Path, asked: _Asked) -> tuple[Path, Condition]:
    """Return the first condition on the tier, preferably one that does not hold."""
    found = list(_tier_leaves(condition, path))
    failing = [pair for pair in found if not asked.somewhere(pair[1])]
    return (failing or found)[0]


def _tier_leaves(condition: Condition, path: Path) -> list[tuple[Path, Condition]]:
    match condition:
        case TierAtLeast():
            return [(path, condition)]
        case And(parts) | Or(parts):
            inside = (_tier_leaves(part, (*path, k)) for k, part in enumerate(parts))
            return [pair for pairs in inside for pair in pairs]
        case Not(part):
            return _tier_leaves(part, (*path, 0))
        case _:
            return []
