"""Sets that a condition leaves: some values or all but some, or stretches of a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

import attrs

Cut: TypeAlias = tuple[Decimal | int, int]
"""A place on a line: just before a number (0), or just after it (1)."""


@attrs.frozen
class Choices:
    """Some values, or all values but some."""

    values: frozenset[Any]
    others: bool = False

    def __and__(self, other: Choices) -> Choices:
        """What is in both."""
        match self.others, other.others:
            case False, False:
                return Choices(self.values & other.values)
            case False, True:
                return Choices(self.values - other.values)
            case True, False:
                return Choices(other.values - self.values)
            case _:
                return Choices(self.values | other.values, others=True)

    def __or__(self, other: Choices) -> Choices:
        """What is in one of them."""
        return ~(~self & ~other)

    def __invert__(self) -> Choices:
        """All the rest."""
        return Choices(self.values, others=not self.others)

    def __le__(self, other: Choices) -> bool:
        """Whether all of it is in *other*."""
        return (self & ~other).is_empty

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.values and not self.others

    @property
    def is_full(self) -> bool:
        """Whether everything is in it."""
        return not self.values and self.others


@attrs.frozen
class Stretches:
    """Stretches of a line: inside or not at its far left, and changing at each cut.

    A line with ends is the stretch between them: *ends* are what `~` leaves nothing beyond.
    """

    cuts: tuple[Cut, ...]
    from_left: bool = False
    ends: tuple[Cut, Cut] | None = None

    @classmethod
    def above(cls, cut: Cut) -> Stretches:
        """All that lies right of a cut."""
        return cls((cut,))

    def __and__(self, other: Stretches) -> Stretches:
        """What is in both."""
        return self._merged(other, lambda one, two: one and two)

    def __or__(self, other: Stretches) -> Stretches:
        """What is in one of them."""
        return self._merged(other, lambda one, two: one or two)

    def __invert__(self) -> Stretches:
        """All the rest of the line."""
        rest = attrs.evolve(self, from_left=not self.from_left)
        return rest if self.ends is None else rest & attrs.evolve(self, cuts=self.ends)

    def __le__(self, other: Stretches) -> bool:
        """Whether all of it is in *other*."""
        return (self & ~other).is_empty

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self.cuts and not self.from_left

    @property
    def is_full(self) -> bool:
        """Whether the whole line is in it."""
        return (~self).is_empty

    def pieces(self) -> Iterator[tuple[Cut | None, Cut | None]]:
        """Go through the stretches, None where one has no end."""
        edges = ([None] if self.from_left else []) + list(self.cuts)
        edges += [None] * (len(edges) % 2)
        yield from zip(edges[::2], edges[1::2], strict=True)

    def holds_after(self, cut: Cut) -> bool:
        """Whether what lies just right of a cut is in it."""
        return self.from_left ^ bool(bisect_right(self.cuts, cut) % 2)

    def _merged(self, other: Stretches, how: Callable[[bool, bool], bool]) -> Stretches:
        left = state = how(self.from_left, other.from_left)
        kept = []
        for cut in sorted({*self.cuts, *other.cuts}):
            now = how(self.holds_after(cut), other.holds_after(cut))
            if now != state:
                kept.append(cut)
            state = now
        return Stretches(tuple(kept), left, self.ends)
