"""The points that returns take back: of which basket, and of which rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from crmkit._kernels.segments import heads_of, running_max, running_sum
from crmkit.loyalty.declaration.earning import Counter
from crmkit.loyalty.declaration.words import ReturnAmount
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.rebuilding import rebuilt
from crmkit.loyalty.replay.returns import Undone
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class TakenBack:
    """What each basket that brings goods back takes of each basket that it undoes.

    Attributes:
        at: the basket that brings goods back.
        basket: the basket that sold them.
        units: units taken back; never more in all than the basket earned.
        by_rule: units of each rule with caps, by its place, where returns restore caps.
    """

    at: IntArray
    basket: IntArray
    units: IntArray
    by_rule: Mapping[int, IntArray]


def taken_back(played: Played, undone: Undone | None) -> TakenBack | None:
    """Return what returns take back, or None if they take nothing."""
    programme = played.reader.bound.programme
    returns = programme.policies.returns
    if undone is None or not len(undone) or returns.amount == ReturnAmount.NONE:
        return None
    case = _Case.of(played, undone)
    taken = _WAYS[returns.amount](case)
    rules = np.array([r.counts != Counter.QUALIFYING for r in programme.earning], dtype=np.bool_)
    places = np.arange(len(rules))
    capped = [k for k in places[rules].tolist() if programme.earning[k].caps]
    return TakenBack(
        at=case.at,
        basket=case.basket,
        units=_within_granted(case, rules, taken(rules)),
        by_rule={k: taken(places == k) for k in capped} if returns.restore_caps else {},
    )


def by_pair(undone: Undone, units: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Sum units by the basket that brings goods back and the basket that it undoes."""
    case_at, case_basket, place = _pairs(undone)
    return case_at, case_basket, _summed(units, place, len(case_at))


def by_value(played: Played, undone: Undone, points: IntArray) -> IntArray:
    """Return points of baskets in proportion to the value that came back, as it adds up."""
    price = np.where(played.lines.sale, np.maximum(played.prices(), 0), 0)
    block = played.block
    worthless = block.over_lines(block.sums(price) == 0)
    price = np.where(worthless & played.lines.sale, 1, price)
    totals = block.sums(price)
    order = np.lexsort((undone.at, undone.basket))
    basket = undone.basket[order]
    value = undone.share(price)[order]
    after = running_sum(value, heads_of(basket))
    wanted = np.empty(len(order), dtype=np.int64)
    whole = totals[basket]
    wanted[order] = points[basket] * after // whole - points[basket] * (after - value) // whole
    return wanted


@attrs.frozen(kw_only=True, eq=False)
class _Case:
    """Returns of a block: pairs of baskets, in the order of what was sold and then of returns."""

    played: Played
    undone: Undone
    at: IntArray
    basket: IntArray
    place: IntArray

    @classmethod
    def of(cls, played: Played, undone: Undone) -> _Case:
        at, basket, place = _pairs(undone)
        return cls(played=played, undone=undone, at=at, basket=basket, place=place)

    def summed(self, parts: IntArray) -> IntArray:
        """Sum a figure of the parts of returns by pair."""
        return _summed(parts, self.place, len(self.at))

    def points(self, rules: BoolArray) -> IntArray:
        """Return the units of some rules in each basket."""
        return _of_rules(self.played, self.played.points, rules)


def _pairs(undone: Undone) -> tuple[IntArray, IntArray, IntArray]:
    """Return the pairs of baskets, by what was sold and then by return; and that of each part."""
    span = int(max(undone.at.max(initial=0), undone.basket.max(initial=0))) + 1
    keys, place = np.unique(undone.basket * span + undone.at, return_inverse=True)
    return keys % span, keys // span, place


def _summed(units: IntArray, place: IntArray, pairs: int) -> IntArray:
    sums = np.zeros(pairs, dtype=np.int64)
    np.add.at(sums, place, units)
    return sums


def _of_rules(played: Played, points: IntArray, rules: BoolArray) -> IntArray:
    """Sum units by rule over some of the rules."""
    places = np.array([outcome.rule for outcome in played.outcomes], dtype=np.int64)
    return np.asarray(points[rules[places]].sum(axis=0, dtype=np.int64))


# --- ways to take back: what the points of some rules come to, by pair ----------------------------

_Taken = Callable[[BoolArray], IntArray]


def _per_line(case: _Case) -> _Taken:
    """Each line takes back what it earned."""
    lines, method = case.played.lines, case.played.reader.bound.programme.policies.remainder
    baskets = np.unique(case.basket)
    inside = np.zeros(len(case.played.block), dtype=np.bool_)
    inside[baskets] = True
    chosen = case.played.block.over_lines(inside)

    def taken(rules: BoolArray) -> IntArray:
        points = np.zeros(len(lines.rows), dtype=np.int64)
        points[chosen] = case.played.points_of_lines(baskets, rules, method)
        return case.summed(case.undone.share(np.maximum(points, 0)))

    return taken


def _pro_rata(case: _Case) -> _Taken:
    """What came back takes the share of the points that it has in the value of its basket."""

    def taken(rules: BoolArray) -> IntArray:
        points = np.maximum(case.points(rules), 0)
        return case.summed(by_value(case.played, case.undone, points))

    return taken


def _rebuilt(case: _Case) -> _Taken:
    """What the basket would not have earned without the goods, as far as not taken before."""
    left = rebuilt(case.played, case.undone, case.at, case.basket)
    heads = heads_of(case.basket)

    def taken(rules: BoolArray) -> IntArray:
        due = case.points(rules)[case.basket] - _of_rules(case.played, left, rules)
        most = running_max(np.maximum(due, 0), heads)
        before = np.append(0, most[:-1])
        before[heads] = 0
        return np.asarray(most - before)

    return taken


_WAYS: dict[ReturnAmount, Callable[[_Case], _Taken]] = {
    ReturnAmount.PER_LINE: _per_line,
    ReturnAmount.PRO_RATA_VALUE: _pro_rata,
    ReturnAmount.REBUILD: _rebuilt,
}


def _within_granted(case: _Case, rules: BoolArray, units: IntArray) -> IntArray:
    """Take back no more than a basket earned; lines may hold more, where others hold less."""
    most = np.maximum(case.points(rules), 0)[case.basket]
    after = running_sum(units, heads_of(case.basket))
    return np.asarray(np.minimum(after, most) - np.minimum(after - units, most))
