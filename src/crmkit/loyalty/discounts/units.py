"""Which units of the chosen lines a rule reaches, without a row per unit."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit.loyalty.declaration.groups import Scope
from crmkit.loyalty.discounts.amounts import BuyGet
from crmkit.loyalty.discounts.chosen import Chosen, Spans, share_of
from crmkit.loyalty.discounts.words import FreeUnits, UnitOrder
from crmkit.typing import IntArray


@attrs.frozen(eq=False)
class Reach:
    """What a rule reaches.

    Attributes:
        reached: the chosen lines, with the money and number of the units reached.
        used: units of each line that serve the rule: those reached, and those paid for them.
    """

    reached: Chosen
    used: IntArray


def of_units(chosen: Chosen, hit: IntArray, used: IntArray | None = None) -> Reach:
    """Return the reach of a rule that hits some units of each line."""
    money = share_of(chosen.money, hit, chosen.units)
    return Reach(attrs.evolve(chosen, money=money, units=hit), hit if used is None else used)


def limited(chosen: Chosen, most: int | None, scope: Scope, scale: int) -> Reach:
    """Return the reach of a rule for at most so many units, the cheapest first."""
    if most is None:
        return Reach(chosen, chosen.units)
    spans = chosen.spans(scope)
    return of_units(chosen, spans.cheapest(np.full(len(spans.sizes), most * scale)))


def given_units(offer: BuyGet, chosen: Chosen, scope: Scope, scale: int) -> tuple[Reach, IntArray]:
    """Return which units an offer gives, and how many come on top, per basket with chosen lines."""
    spans = chosen.spans(scope)
    buy, get = offer.buy * scale, offer.get * scale
    if offer.free == FreeUnits.ADDED:
        groups = _groups(offer, spans, buy)
        paid = _dearest(chosen, spans, buy * groups)
        return of_units(chosen, np.zeros_like(paid), paid), _by_basket(chosen, spans, get * groups)
    groups = _groups(offer, spans, buy + get)
    if offer.order == UnitOrder.GROUPED:
        reach = _last_of_each_group(chosen, spans, groups, (buy, get))
    else:
        hit = spans.cheapest(get * groups)
        reach = of_units(chosen, hit, hit + _dearest(chosen, spans, buy * groups))
    return reach, np.zeros(len(chosen.heads), dtype=np.int64)


def _groups(offer: BuyGet, spans: Spans, size: int) -> IntArray:
    groups = spans.units // size
    return groups if offer.max_groups is None else np.minimum(groups, offer.max_groups)


def _dearest(chosen: Chosen, spans: Spans, most: IntArray) -> IntArray:
    """Return how many units of each line are among the dearest of its span."""
    dearer = spans.repeated(spans.units) - spans.ends
    return np.clip(spans.repeated(most) - dearer, 0, chosen.units)


def _last_of_each_group(
    chosen: Chosen, spans: Spans, groups: IntArray, sizes: tuple[int, int]
) -> Reach:
    """Give the last units of each group, filled from the dearest unit down."""
    start = spans.repeated(spans.units) - spans.ends
    in_groups = spans.repeated(groups * sum(sizes))
    used = np.clip(in_groups - start, 0, chosen.units)
    begin = np.minimum(start, in_groups)
    hit = _given_before(begin + used, sizes) - _given_before(begin, sizes)
    return of_units(chosen, hit, used)


def _given_before(position: IntArray, sizes: tuple[int, int]) -> IntArray:
    """Return how many of the units before a position are given: the last of each group."""
    buy, get = sizes
    return position // (buy + get) * get + np.maximum(position % (buy + get) - buy, 0)


def _by_basket(chosen: Chosen, spans: Spans, figures: IntArray) -> IntArray:
    return figures if len(spans.sizes) == len(chosen.heads) else chosen.sums(figures)
