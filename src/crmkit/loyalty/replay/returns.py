"""Which purchase each return undoes, and how much of it.

What is undone is a product in a basket: all its lines there together. It is measured in units, or
in money where some of them have no units.
"""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.grouping import changes
from crmkit._kernels.matching import Rows, match_returns
from crmkit.loyalty.declaration.policies import Returns
from crmkit.loyalty.declaration.words import ReturnMatch
from crmkit.loyalty.replay.windows import DAY
from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Goods:
    """Lines of a block as goods: what came of one product in one basket.

    Attributes:
        line: the first line of each.
        basket: its basket in the block.
        product: its product.
        quantity: units, never negative.
        money: minor units, never negative.
        of_line: for each line of the block the goods it belongs to; -1 for none.
    """

    line: IntArray
    basket: IntArray
    product: IntArray
    quantity: IntArray
    money: IntArray
    of_line: IntArray

    def __len__(self) -> int:
        """How many goods."""
        return len(self.line)


@attrs.frozen(kw_only=True, eq=False)
class Undone:
    """Parts of returns that found their sale, in the order of time for each sale.

    Attributes:
        sold: which goods were sold.
        at: the basket that brings them back.
        before: what of them had come back before, in the measure of *whole*.
        after: the same with this part.
        whole: what was sold.
        unmatched: lines that found no sale.
    """

    sold: IntArray
    at: IntArray
    before: IntArray
    after: IntArray
    whole: IntArray
    unmatched: IntArray

    def wanted(self, points: IntArray) -> IntArray:
        """Return how many of the points of what was sold each part takes back.

        Rounded down on the running total, so that all parts of a whole return make all points.
        """
        each = points[self.sold]
        return each * self.after // self.whole - each * self.before // self.whole


def goods_of(chosen: BoolArray, basket: IntArray, product: IntArray, figures: Figures) -> Goods:
    """Put the chosen lines of a product in a basket together."""
    rows = np.flatnonzero(chosen)
    order = rows[np.lexsort((rows, product[rows], basket[rows]))]
    of_line = np.full(len(chosen), -1)
    if not len(order):
        nothing = np.zeros(0, dtype=np.int64)
        return Goods(
            line=nothing,
            basket=nothing,
            product=nothing,
            quantity=nothing,
            money=nothing,
            of_line=of_line,
        )
    new = changes(basket[order], product[order])
    heads = np.flatnonzero(new)
    of_line[order] = np.cumsum(new) - 1
    first = order[heads]
    return Goods(
        line=first,
        basket=basket[first],
        product=product[first].astype(np.int64),
        quantity=np.abs(np.add.reduceat(figures.quantity[order], heads)),
        money=np.abs(np.add.reduceat(figures.amount[order], heads)),
        of_line=of_line,
    )


@attrs.frozen(eq=False)
class Figures:
    """What lines are measured in."""

    quantity: IntArray
    amount: IntArray


@attrs.frozen(kw_only=True, eq=False)
class Where:
    """Where returns and sales were: the account and time of each basket of the block."""

    account: IntArray
    time: IntArray


def undone(sold: Goods, came: Goods, origin: IntArray, where: Where, policy: Returns) -> Undone:
    """Match what came back with what was sold.

    Args:
        sold: goods of sales.
        came: goods of returns.
        origin: for each of *came* the basket of the block it undoes, -1 if nothing says so.
        where: accounts and times of baskets.
        policy: which purchase is undone if nothing says so, and how long it can be.
    """
    by_value = _without_units(sold, came)
    amounts = [np.where(by_value[g.product], g.money, g.quantity) for g in (sold, came)]
    told = origin >= 0
    parts = [_matched(sold, came, amounts, np.flatnonzero(told), origin, where, policy)]
    if policy.match != ReturnMatch.SAME_BASKET:
        parts.append(_matched(sold, came, amounts, np.flatnonzero(~told), None, where, policy))
    rows = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return _running(sold, came, amounts, rows, where)


def _without_units(sold: Goods, came: Goods) -> BoolArray:
    """Mark the products that some line sells or takes back without units."""
    products = np.concatenate([sold.product, came.product])
    units = np.concatenate([sold.quantity, came.quantity])
    by_value = np.zeros(int(products.max(initial=-1)) + 1, dtype=np.bool_)
    by_value[products[units == 0]] = True
    return by_value


def _matched(
    sold: Goods,
    came: Goods,
    amounts: list[IntArray],
    rows: IntArray,
    origin: IntArray | None,
    where: Where,
    policy: Returns,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return which goods came back of which goods sold, and how much."""
    place_sold = sold.basket if origin is not None else where.account[sold.basket]
    place_came = origin[rows] if origin is not None else where.account[came.basket[rows]]
    span = int(max(sold.product.max(initial=0), came.product.max(initial=0))) + 1
    keys = place_sold * span + sold.product, place_came * span + came.product[rows]
    times = where.time[sold.basket], where.time[came.basket[rows]]
    orders = [np.lexsort((when, key)) for key, when in zip(keys, times, strict=True)]
    ordered = [
        Rows(key[o], when[o], amount[o])
        for key, when, amount, o in zip(
            keys, times, (amounts[0], amounts[1][rows]), orders, strict=True
        )
    ]
    latest = policy.match != ReturnMatch.EARLIEST
    found = match_returns(ordered[0], ordered[1], within=policy.window_days * DAY, latest=latest)
    return orders[0][found.sold], rows[orders[1][found.returned]], found.amount


def _running(
    sold: Goods, came: Goods, amounts: list[IntArray], rows: list[IntArray], where: Where
) -> Undone:
    """Carry what had come back of each sale before each part."""
    what, back, amount = rows
    order = np.lexsort((back, where.time[came.basket[back]], what))
    what, back, amount = what[order], back[order], amount[order]
    running = np.cumsum(amount)
    heads = np.flatnonzero(changes(what)) if len(what) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.append(heads, len(what)))
    start = np.repeat((running - amount)[heads], sizes)
    matched = np.zeros(len(came), dtype=np.int64)
    np.add.at(matched, back, amount)
    return Undone(
        sold=what,
        at=came.basket[back],
        before=running - amount - start,
        after=running - start,
        whole=amounts[0][what],
        unmatched=came.line[matched < amounts[1]],
    )
