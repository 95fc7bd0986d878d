"""Which purchase each return undoes, and how much of it."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.matching import Rows, match_returns
from crmkit._kernels.segments import heads_of, running_sum
from crmkit.loyalty.declaration.policies import Returns
from crmkit.loyalty.declaration.words import ReturnMatch
from crmkit.loyalty.replay.lines import NO_ORIGIN, Lines
from crmkit.typing import BoolArray, CodeArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Goods:
    """Lines of a block that were sold, or that came back.

    Attributes:
        line: their places in the block.
        basket: the basket of each.
        account: the account of each.
        time: when, as a clock.
        since: the first clock of what they can undo.
        product: what; -1 is none, and matches nothing.
        amount: how much, in the measure of the product.
    """

    line: IntArray
    basket: IntArray
    account: IntArray
    time: IntArray
    since: IntArray
    product: IntArray
    amount: IntArray


@attrs.frozen(kw_only=True, eq=False)
class Undone:
    """Parts of returns that found their sale, in the order of time for each line sold.

    Attributes:
        sold: the line that was sold.
        basket: its basket.
        at: the basket that brings it back.
        before: what of the line had come back before, in the measure of *whole*.
        after: the same with this part.
        whole: what was sold of the line.
        unmatched: lines that found no sale for all they bring back.
        left: how much of each of these found none.
        in_money: whether that is money, for want of units.
    """

    sold: IntArray
    basket: IntArray
    at: IntArray
    before: IntArray
    after: IntArray
    whole: IntArray
    unmatched: IntArray
    left: IntArray
    in_money: BoolArray

    def __len__(self) -> int:
        """How many parts."""
        return len(self.sold)

    def share(self, figures: IntArray) -> IntArray:
        """Return the part of a figure per line sold that goes back with each part.

        Rounded down on the running total, so that all parts of a line make the whole figure.
        """
        each = figures[self.sold]
        return each * self.after // self.whole - each * self.before // self.whole


@attrs.frozen(kw_only=True, eq=False)
class Moments:
    """Whose baskets those of a block are, and when, among all that happens.

    Attributes:
        account: of each basket, -1 for a guest.
        earns: the clock at which its goods are sold.
        returns: the clock at which what it brings back is.
        since: the first clock of a sale that it can still undo.
    """

    account: CodeArray
    earns: IntArray
    returns: IntArray
    since: IntArray


def undone(lines: Lines, baskets: Moments, product: CodeArray, policy: Returns) -> Undone:
    """Match what came back with what was sold."""
    account = baskets.account
    basket = np.repeat(np.arange(len(account)), np.diff(lines.starts))
    member = account[basket] >= 0
    by_value = _by_value(lines, product, account[basket].astype(np.int64))
    measure = np.where(by_value, np.abs(lines.amount), np.abs(lines.quantity))
    there = np.flatnonzero(lines.sale & member & (product >= 0))
    back = np.flatnonzero(lines.returned & member)
    sold = _goods(there, basket, (account, baskets.earns, baskets.since), product, measure)
    came = _goods(back, basket, (account, baskets.returns, baskets.since), product, measure)
    rows = _matched(sold, came, _reach(came, lines, baskets, policy), policy)
    return _running(sold, came, rows, by_value)


def _by_value(lines: Lines, product: CodeArray, account: IntArray) -> BoolArray:
    """Say for each line whether it is measured in money, for want of units.

    Goods of one product and account have one measure, or parts of them could not be compared.
    """
    span = int(product.max(initial=-1)) + 2
    _, key = np.unique((account + 1) * span + product, return_inverse=True)
    matters = (lines.sale | lines.returned) & (lines.quantity == 0)
    without = np.zeros(int(key.max(initial=-1)) + 1, dtype=np.bool_)
    without[key[matters]] = True
    return np.asarray(without[key])


def _goods(
    rows: IntArray,
    basket: IntArray,
    of_baskets: tuple[CodeArray, IntArray, IntArray],
    product: CodeArray,
    measure: IntArray,
) -> Goods:
    account, time, since = of_baskets
    return Goods(
        line=rows,
        basket=basket[rows],
        account=account[basket[rows]].astype(np.int64),
        time=time[basket[rows]],
        since=since[basket[rows]],
        product=product[rows].astype(np.int64),
        amount=measure[rows],
    )


_Parts = tuple[IntArray, IntArray, IntArray]


def _reach(
    came: Goods, lines: Lines, baskets: Moments, policy: Returns
) -> tuple[IntArray, IntArray]:
    """Return the first and the last clock of the sales that goods can undo; last < first is none.

    Goods that name a basket undo its sales only; it must be of their account, and be there.
    """
    since, until = came.since, came.time
    none = since - 1
    lone = none if policy.match == ReturnMatch.SAME_BASKET else until
    if lines.origin is None:
        return since, lone
    origin = lines.origin[came.line]
    places = np.full(int(lines.baskets.max(initial=0)) + 2, -1)
    places[lines.baskets] = np.arange(len(lines.baskets))
    inside = places[np.where((origin >= 0) & (origin < len(places) - 1), origin, -1)]
    own = (inside >= 0) & (baskets.account[inside] == came.account)
    moment = baskets.earns[inside]
    named = np.where(own, np.minimum(until, moment), none)
    told = origin != NO_ORIGIN
    return np.where(told & own, np.maximum(since, moment), since), np.where(told, named, lone)


def _matched(sold: Goods, came: Goods, reach: tuple[IntArray, IntArray], policy: Returns) -> _Parts:
    """Return which goods sold came back in which goods, and how much of them."""
    span = int(max(sold.product.max(initial=0), came.product.max(initial=0))) + 2
    keys = sold.account * span + sold.product + 1, came.account * span + came.product + 1
    latest = policy.match != ReturnMatch.EARLIEST
    # Within a basket lines go in their order, from whichever end baskets are searched.
    within = -sold.line if latest else sold.line
    first = np.lexsort((within, sold.basket, sold.time, keys[0]))
    second = np.lexsort((came.line, came.time, keys[1]))
    found = match_returns(
        Rows(keys[0][first], sold.time[first], sold.amount[first]),
        Rows(keys[1][second], reach[1][second], came.amount[second]),
        reach[0][second],
        latest=latest,
    )
    return first[found.sold], second[found.returned], found.amount


def _running(sold: Goods, came: Goods, rows: _Parts, by_value: BoolArray) -> Undone:
    """Carry what had come back of each line before each part."""
    what, back, amount = rows
    order = np.lexsort((came.line[back], what))
    what, back, amount = what[order], back[order], amount[order]
    after = running_sum(amount, heads_of(what))
    matched = np.zeros(len(came.line), dtype=np.int64)
    np.add.at(matched, back, amount)
    lone = matched < came.amount
    return Undone(
        sold=sold.line[what],
        basket=sold.basket[what],
        at=came.basket[back],
        before=after - amount,
        after=after,
        whole=sold.amount[what],
        unmatched=came.line[lone],
        left=(came.amount - matched)[lone],
        in_money=by_value[came.line[lone]],
    )
