"""What a rule offers: exact numerators of points by basket, and by line where lines make them."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, lru_cache

import attrs
import numpy as np

from crmkit.loyalty.declaration.amounts import Flat, Multiply, PerSpend, PerUnit
from crmkit.loyalty.declaration.earning import EarnRule
from crmkit.loyalty.declaration.groups import Scope
from crmkit.loyalty.declaration.words import RoundingLevel
from crmkit.loyalty.replay.block import Block, Selection
from crmkit.loyalty.replay.exact_points import Scale
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(eq=False)
class Given:
    """The points of one rule: totals by basket, and how they lie on lines.

    Attributes:
        total: numerators by basket.
        lines: numerators by line, where lines make the total; None where it is one for a basket.
        weights: what a total that lines do not make is spread by.
        selection: the lines that the rule is about.
        cut: baskets in which a cap left a part of the total.
        raw: the total before it was rounded, where it was.
    """

    total: IntArray
    lines: IntArray | None
    weights: IntArray | None
    selection: Selection
    cut: BoolArray | None = None
    raw: IntArray | None = None

    def on(self, selection: Selection, block: Block, scale: Scale) -> IntArray:
        """Return the points that lie on some lines, by basket."""
        if selection.lines is None:
            return np.where(selection.baskets, self.total, 0)
        if self.lines is None:
            return self._share(selection.lines, block, scale)
        exact = block.sums(np.where(selection.lines, self.lines, 0))
        if self.cut is None or not self.cut.any():
            return exact
        return np.where(self.cut, self._share(selection.lines, block, scale), exact)

    def is_whole(self) -> BoolArray:
        """Say in which baskets there are points that lines do not make."""
        some: BoolArray = self.total != 0
        if self.lines is None:
            return some
        return np.zeros_like(some) if self.cut is None else some & self.cut

    def marked(self, cut: BoolArray) -> BoolArray:
        """Return the baskets whose total lines do not make any more, with some more of them."""
        return cut if self.cut is None else cut | self.cut

    def only(self, won: BoolArray, block: Block) -> Given:
        """Return the points of the baskets that were won."""
        if not self.total[~won].any():
            return self
        lines = self.lines
        if lines is not None:
            lines = np.where(block.over_lines(won), lines, 0)
        return attrs.evolve(self, total=np.where(won, self.total, 0), lines=lines)

    def spread_by(self, block: Block) -> IntArray:
        """Return the weight of each line in the total of its basket."""
        weights = self.lines if self.lines is not None else self.weights
        if weights is None:
            weights = np.where(block.lines_of(self.selection), block.money(self.selection), 0)
        weights = np.abs(weights)
        empty = block.sums(weights) == 0
        if empty.any():
            alone = np.repeat(empty, np.diff(block.starts))
            weights = np.where(alone, block.lines_of(self.selection), weights)
        return weights.astype(np.int64)

    def _share(self, lines: BoolArray, block: Block, scale: Scale) -> IntArray:
        weights = self.spread_by(block)
        part, whole = block.sums(np.where(lines, weights, 0)), block.sums(weights)
        inside = (part > 0) & (part < whole)
        result = np.where(part == whole, self.total, 0)
        result[inside] = scale.step(self.total[inside], part[inside], whole[inside])
        return result


def offer(rule: EarnRule, selection: Selection, block: Block, scale: Scale, seen: Before) -> Given:
    """Return what a rule offers on its lines, before any cap."""
    amount = rule.amount
    if isinstance(amount, Multiply):
        return _multiplied(amount, selection, block, scale, seen)
    if rule.scope == Scope.LINE or _made_of_lines(amount):
        return _by_line(amount, selection, block, scale)
    return _once(amount, selection, block, scale)


def _made_of_lines(amount: object) -> bool:
    return isinstance(amount, PerSpend) and not amount.whole


def _by_line(
    amount: PerSpend | PerUnit | Flat, selection: Selection, block: Block, scale: Scale
) -> Given:
    """Return points that lines make: in proportion, or step by step on each."""
    if isinstance(amount, PerSpend) and not amount.whole:
        each = _rate(amount, scale)
        money = np.where(block.lines_of(selection), block.money(selection), 0)
        return Given(block.spent(selection) * each, money * each, None, selection)
    chosen = block.lines_of(selection)
    counts = np.where(
        chosen, _counts(amount, block.money(selection), block.quantity, block, scale), 0
    )
    lines = counts * scale.numerator(amount.points)
    return Given(block.sums(lines), lines, None, selection)


@lru_cache
def _rate(amount: PerSpend, scale: Scale) -> int:
    """Return the numerator of points for one minor unit of money."""
    return scale.numerator(amount.points / (Fraction(amount.per) * scale.money))


def _once(
    amount: PerSpend | PerUnit | Flat, selection: Selection, block: Block, scale: Scale
) -> Given:
    """Return points that a basket makes as a whole."""
    chosen = block.lines_of(selection)
    units = np.where(chosen, block.quantity, 0)
    counts = _counts(amount, block.spent(selection), block.sums(units), block, scale)
    total = np.where(selection.baskets, counts * scale.numerator(amount.points), 0)
    return Given(total, None, units if isinstance(amount, PerUnit) else None, selection)


def _counts(
    amount: PerSpend | PerUnit | Flat,
    money: IntArray,
    quantity: IntArray,
    block: Block,
    scale: Scale,
) -> IntArray:
    """Return how many times an amount is given: steps of money, units, or once."""
    match amount:
        case PerSpend():
            per = Fraction(amount.per) * scale.money
            return money * per.denominator // per.numerator
        case PerUnit():
            return np.maximum(quantity, 0) // block.quantity_scale
        case _:
            return np.ones(len(money), dtype=np.int64)


def _multiplied(
    amount: Multiply, selection: Selection, block: Block, scale: Scale, seen: Before
) -> Given:
    """Return what a multiplier adds to the points before it, on its lines."""
    more = amount.factor - 1
    base = seen.on(selection, scale)
    total = base * more.numerator // more.denominator
    lines = seen.lines * more.numerator // more.denominator
    if seen.some_whole:
        lines = np.where(block.over_lines(seen.whole), block.money(selection), lines)
    lines = np.where(block.lines_of(selection), lines, 0)
    return Given(total, lines, None, selection, seen.whole)


@attrs.frozen(eq=False)
class Before:
    """The points of all rules before one, summed once for all that look at them.

    Attributes:
        given: what each of them gave.
        block: the baskets.
    """

    given: tuple[Given, ...]
    block: Block

    def __add__(self, given: Given) -> Before:
        """Return the same with one more."""
        return Before((*self.given, given), self.block)

    @cached_property
    def total(self) -> IntArray:
        """Numerators by basket."""
        nothing = np.zeros(len(self.block), dtype=np.int64)
        return sum((given.total for given in self.given), start=nothing)

    @cached_property
    def lines(self) -> IntArray:
        """Numerators by line, where lines make them."""
        nothing = np.zeros(len(self.block.earning), dtype=np.int64)
        return sum((g.lines for g in self.given if g.lines is not None), start=nothing)

    @cached_property
    def whole(self) -> BoolArray:
        """In which baskets there are points that lines do not make."""
        found = np.zeros(len(self.block), dtype=np.bool_)
        for given in self.given:
            found |= given.is_whole()
        return found

    @cached_property
    def some_whole(self) -> bool:
        """Whether there are some."""
        return bool(self.whole.any())

    def on(self, selection: Selection, scale: Scale) -> IntArray:
        """Return the points that lie on some lines, by basket."""
        if selection.lines is None:
            return np.where(selection.baskets, self.total, 0)
        if not self.some_whole:
            return self.block.sums(np.where(selection.lines, self.lines, 0))
        nothing = np.zeros(len(self.block), dtype=np.int64)
        return sum((g.on(selection, self.block, scale) for g in self.given), start=nothing)


def rounded(given: Given, level: RoundingLevel, block: Block, scale: Scale) -> Given:
    """Round an offer where the policy says so: each line, or the rule's total."""
    if level == RoundingLevel.BASKET:
        return given
    given = attrs.evolve(given, raw=given.total)
    total = scale.rounded(given.total) * scale.over
    if level == RoundingLevel.RULE or given.lines is None:
        return attrs.evolve(given, total=total, cut=given.marked(total != given.total))
    lines = scale.rounded(given.lines) * scale.over
    if given.cut is None:
        return attrs.evolve(given, total=block.sums(lines), lines=lines)
    of_lines = np.where(block.over_lines(given.cut), given.lines, lines)
    return attrs.evolve(given, total=np.where(given.cut, total, block.sums(lines)), lines=of_lines)
