"""Which purchase each return undoes, and how much of it."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.matching import Rows, match_returns
from crmkit._kernels.segments import heads_of, running_sum
from crmkit.loyalty.declaration.policies import Returns
from crmkit.loyalty.declaration.words import ReturnMatch
from crmkit.loyalty.replay.lines import Lines
from crmkit.loyalty.replay.windows import DAY
from crmkit.typing import BoolArray, CodeArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Goods:
    """Lines of a block that were sold, or that came back.

    Attributes:
        line: their places in the block.
        basket: the basket of each.
        account: the account of each.
        time: when.
        product: what; -1 is none, and matches nothing.
        amount: how much, in the measure of the product.
    """

    line: IntArray
    basket: IntArray
    account: IntArray
    time: IntArray
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
    """

    sold: IntArray
    basket: IntArray
    at: IntArray
    before: IntArray
    after: IntArray
    whole: IntArray
    unmatched: IntArray

    def __len__(self) -> int:
        """How many parts."""
        return len(self.sold)

    def share(self, figures: IntArray) -> IntArray:
        """Return the part of a figure per line sold that goes back with each part.

        Rounded down on the running total, so that all parts of a line make the whole figure.
        """
        each = figures[self.sold]
        return each * self.after // self.whole - each * self.before // self.whole


def undone(
    lines: Lines, account: CodeArray, time: IntArray, product: CodeArray, policy: Returns
) -> Undone:
    """Match what came back with what was sold; *account* and *time* are of baskets, -1 a guest."""
    basket = np.repeat(np.arange(len(account)), np.diff(lines.starts))
    member = account[basket] >= 0
    by_value = _by_value(lines, product, account[basket].astype(np.int64))
    measure = np.where(by_value, np.abs(lines.amount), np.abs(lines.quantity))
    sold = _goods(np.flatnonzero(lines.sale & member), basket, account, time, product, measure)
    back = np.flatnonzero(lines.returned & member)
    came = _goods(back, basket, account, time, product, measure)
    found = _told(sold, came, lines, policy), _searched(sold, came, lines, policy)
    rows = [np.concatenate(column) for column in zip(*found, strict=True)]
    return _running(sold, came, rows)


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
    account: CodeArray,
    time: IntArray,
    product: CodeArray,
    measure: IntArray,
) -> Goods:
    rows = rows[product[rows] >= 0]
    return Goods(
        line=rows,
        basket=basket[rows],
        account=account[basket[rows]].astype(np.int64),
        time=time[basket[rows]],
        product=product[rows].astype(np.int64),
        amount=measure[rows],
    )


_Parts = tuple[IntArray, IntArray, IntArray]


def _told(sold: Goods, came: Goods, lines: Lines, policy: Returns) -> _Parts:
    """Match the returns that say which basket they undo."""
    if lines.origin is None:
        return _none()
    places = np.full(int(lines.baskets.max(initial=0)) + 2, -1)
    places[lines.baskets] = np.arange(len(lines.baskets))
    named = lines.origin[came.line]
    inside = np.where(named < len(places) - 1, named, -1)
    origin = np.where(named >= 0, places[inside], -1)
    rows = np.flatnonzero(origin >= 0)
    return _matched(sold, came, (sold.basket, origin[rows]), rows, policy)


def _searched(sold: Goods, came: Goods, lines: Lines, policy: Returns) -> _Parts:
    """Match the other returns with purchases of the same account."""
    if policy.match == ReturnMatch.SAME_BASKET:
        return _none()
    rows = np.arange(len(came.line))
    if lines.origin is not None:
        rows = rows[lines.origin[came.line] < 0]
    return _matched(sold, came, (sold.account, came.account[rows]), rows, policy)


def _none() -> _Parts:
    nothing = np.zeros(0, dtype=np.int64)
    return nothing, nothing, nothing


def _matched(
    sold: Goods, came: Goods, places: tuple[IntArray, IntArray], rows: IntArray, policy: Returns
) -> _Parts:
    """Return which goods sold came back in which goods, and how much of them."""
    if not len(rows):
        return _none()
    span = int(max(sold.product.max(initial=0), came.product.max(initial=0))) + 1
    keys = places[0] * span + sold.product, places[1] * span + came.product[rows]
    latest = policy.match != ReturnMatch.EARLIEST
    # Within a basket lines go in their order, from whichever end baskets are searched.
    within = -sold.line if latest else sold.line
    first = np.lexsort((within, sold.basket, sold.time, keys[0]))
    second = np.lexsort((came.line[rows], came.time[rows], keys[1]))
    found = match_returns(
        Rows(keys[0][first], sold.time[first], sold.amount[first]),
        Rows(keys[1][second], came.time[rows][second], came.amount[rows][second]),
        within=policy.window_days * DAY,
        latest=latest,
    )
    return first[found.sold], rows[second[found.returned]], found.amount


def _running(sold: Goods, came: Goods, rows: list[IntArray]) -> Undone:
    """Carry what had come back of each line before each part."""
    what, back, amount = rows
    order = np.lexsort((came.line[back], what))
    what, back, amount = what[order], back[order], amount[order]
    after = running_sum(amount, heads_of(what))
    matched = np.zeros(len(came.line), dtype=np.int64)
    np.add.at(matched, back, amount)
    return Undone(
        sold=sold.line[what],
        basket=sold.basket[what],
        at=came.basket[back],
        before=after - amount,
        after=after,
        whole=sold.amount[what],
        unmatched=came.line[matched < came.amount],
    )
