"""A whole shop, drawn from stated distributions, with the truth beside the till's lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import group_order, occurring
from crmkit.data import Transactions
from crmkit.datasets._customers import CustomerTruth, draw_customers
from crmkit.datasets._products import PlantedPairs, ProductTruth, draw_pairs, draw_products
from crmkit.datasets._settings import ShopSettings
from crmkit.datasets._streams import Streams
from crmkit.datasets._till import (
    Baskets,
    Returns,
    Sales,
    draw_baskets,
    draw_returns,
    draw_sales,
)
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, TimeArray


@attrs.frozen(kw_only=True, repr=False)
class LineTruth:
    """What is true of each line, in the order of the transactions.

    Attributes:
        planted: shape (lines,), bool, whether the line was added by a planted pair.
        buyer: shape (lines,), int32, id of the customer who bought, also where the till saw a
            guest.
        original_line: shape (lines,), int64, for a return the line it takes back, else -1.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import shop
        >>> _, truth = shop(np.random.default_rng(7), customers=100)
        >>> truth.lines
        LineTruth(2,587 lines, 19 planted, 79 returns)
    """

    planted: BoolArray = array()
    buyer: CodeArray = array()
    original_line: IntArray = array()

    def __len__(self) -> int:
        """How many lines."""
        return len(self.buyer)

    def __repr__(self) -> str:
        """How many lines, and how many are planted or returns."""
        planted = np.count_nonzero(self.planted)
        returned = np.count_nonzero(self.original_line >= 0)
        return (
            f"LineTruth({check.counted(len(self), 'line')}, {planted:,} planted,"
            f" {check.counted(returned, 'return')})"
        )


@attrs.frozen(kw_only=True, repr=False)
class ShopTruth:
    """What a simulated shop's questions should find.

    Ids of customers and products are rows of the truth, so what is true of those in the
    transactions, in their order, is `truth.customers.rate[tx.customer.labels]` and
    `truth.products.kind.codes[tx.product.labels]`.

    Attributes:
        settings: what the shop was made of.
        customers: one row per customer.
        products: one row per product.
        pairs: the planted associations.
        lines: one row per line of the transactions.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import shop
        >>> _, truth = shop(np.random.default_rng(7), customers=100)
        >>> len(truth.customers), len(truth.products), truth.end
        (100, 800, np.datetime64('2025-12-29'))
    """

    settings: ShopSettings
    customers: CustomerTruth
    products: ProductTruth
    pairs: PlantedPairs
    lines: LineTruth

    @property
    def end(self) -> np.datetime64:
        """The day after the last, a natural *as_of*; datetime64[D]."""
        return self.settings.end

    def __repr__(self) -> str:
        """Sizes and period."""
        return (
            f"ShopTruth({check.counted(len(self.customers), 'customer')},"
            f" {check.counted(len(self.products), 'product')},"
            f" {check.counted(len(self.pairs), 'planted pair')},"
            f" {check.counted(len(self.lines), 'line')},"
            f" {self.settings.first_day} up to {self.end})"
        )


def shop(
    rng: np.random.Generator,
    *,
    customers: int = 5_000,
    settings: ShopSettings = ShopSettings(),  # noqa: B008 - frozen
) -> tuple[Transactions, ShopTruth]:
    """Simulate a shop: the lines its till would hold, and what is true behind them.

    - Customers buy as in Pareto/NBD from the day they join: purchase rates are Gamma(r, alpha),
      dropout rates Gamma(s, beta), lifetimes exponential, visits Poisson. See `Population`; or
      plant a few sharp kinds of customer with `ARCHETYPES`.
    - A basket has 1 + Poisson(2.6 * spend * Gamma(2, mean 1)) lines, spend being the customer's
      own lognormal factor; a line has a geometric number of units, one unit in three of four.
    - Products are drawn by popularity (rank ** -0.9) times a planted curve of the week: see
      `ProductTruth`. Prices are lognormal about 4.06 and end in 9 cents; unit costs are a
      Beta(12, 7) share of them, 63 % on average.
    - Baskets with the first product of a planted pair get the second with probability q.
    - Some baskets after a customer's first are guests', 0.6 times as large; their region is that
      of the store, which is the buyer's, their channel drawn from the shares of all.
    - Some identified lines come back, 1 + geometric days later (8 on average), as the exact
      negative of the line in a basket of their own; never after the end. They keep the channel.
    - Each customer's channel preference is Dirichlet(0.6 * share), so most keep to one.
    - A share of customers, none by default, are losers: they buy little, often, cheap and
      remotely, and return much; `contribution` should find them. See `CustomerTruth`.

    Everything happens between 8:00 and 20:00. Lines are sorted by time, then basket; baskets are
    numbered in that order. Money is exact on cents. Customers and products are numbered from 0.

    The parts draw from streams of their own, spawned from *rng* in a fixed order (customers,
    visits, products, associations, sizes, choices, planting, quantities, guests, channels, returns,
    shuffle, losers). So a shop depends on the seed of *rng* and on how often it has spawned before,
    not on the numbers drawn from it; two shops from one generator differ.

    Time is O(lines + customers + products * weeks), about half a second for a million lines
    (38,000 customers over 104 weeks); memory at the peak some 250 bytes a line.

    Args:
        rng: where randomness comes from.
        customers: how many customers ever buy.
        settings: everything else.

    Returns:
        The lines, with channel and region as attributes, and the truth.

    Raises:
        InvalidArgumentError: *rng* is no Generator, *customers* no positive integer, or there are
            too few products for the planted pairs.

    Source: Schmittlein, Morrison and Colombo (1987) for the customers, Bass (1969) for the fads.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import shop
        >>> tx, truth = shop(np.random.default_rng(7), customers=100)
        >>> tx.customer.n_used, tuple(tx.attributes)
        (100, ('channel', 'region'))
        >>> truth.products
        ProductTruth(480 mature, 96 growing, 96 declining, 64 seasonal, 64 fad)
        >>> len(truth.lines) == len(tx)
        True
    """
    count = check.whole_number(customers, "customers", at_least=1)
    streams = Streams.of(rng)
    world = _draw_world(streams, count, settings)
    lines = _draw_lines(streams, world)
    return _transactions(world, lines), _truth(world, lines)


class _World(NamedTuple):
    """All that does not depend on the order of lines."""

    settings: ShopSettings
    people: CustomerTruth
    products: ProductTruth
    pairs: PlantedPairs
    baskets: Baskets
    sales: Sales
    returns: Returns


@attrs.frozen(kw_only=True, eq=False)
class _Lines:
    """The lines in the order they are handed out.

    Attributes:
        sale: the row of `Sales` that each line is, or takes back.
        is_return: which lines take back.
        original: the place of the line taken back; -1 for sales.
        receipt: number of the receipt, in order of time.
        second: seconds from the start of the first day.
    """

    sale: IntArray
    is_return: BoolArray
    original: IntArray
    receipt: CodeArray
    second: IntArray


def _draw_world(streams: Streams, count: int, settings: ShopSettings) -> _World:
    people = draw_customers(streams, count, settings)
    products = draw_products(streams.products, settings)
    pairs = draw_pairs(streams.associations, products, settings)
    baskets = draw_baskets(streams, people, settings)
    sales = draw_sales(streams, baskets, people, products, pairs)
    returns = draw_returns(streams.returns, sales, baskets, people, settings)
    return _World(settings, people, products, pairs, baskets, sales, returns)


# --- order ---------------------------------------------------------------------------------------


def _draw_lines(streams: Streams, world: _World) -> _Lines:
    """Number the receipts by time, and bring the lines into their order or out of it."""
    sold = len(world.sales.basket)
    sale = np.concatenate([np.arange(sold), world.returns.sale])
    number, second = _receipts(world)
    baskets = len(world.baskets.second)
    receipt = number[np.concatenate([world.sales.basket, np.arange(baskets, len(number))])]
    order, _ = group_order(receipt, len(number))
    if world.settings.shuffle:
        order = streams.shuffle.permutation(order)
    receipt = receipt[order]
    return _Lines(
        sale=sale[order],
        is_return=order >= sold,
        original=_originals(order, sale, sold),
        receipt=receipt,
        second=second[receipt],
    )


def _receipts(world: _World) -> tuple[CodeArray, IntArray]:
    """Return the number of each receipt, baskets before returns, and the seconds by number."""
    second = np.concatenate([world.baskets.second, world.returns.second])
    order = np.argsort(second, kind="stable")
    return _inverse(order), second[order]


def _originals(order: CodeArray, sale: IntArray, sold: int) -> IntArray:
    original = np.full(len(order), -1, dtype=np.int64)
    returns = np.flatnonzero(order >= sold)
    original[returns] = _inverse(order)[sale[order[returns]]]
    return original


def _inverse(order: CodeArray | IntArray) -> CodeArray:
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place


# --- columns -------------------------------------------------------------------------------------


def _transactions(world: _World, lines: _Lines) -> Transactions:
    """Put the lines through the door, as a frame's would go."""
    sales, baskets = world.sales, world.baskets
    product, basket = sales.product[lines.sale], sales.basket[lines.sale]
    units = np.where(lines.is_return, -1, 1) * sales.quantity[lines.sale]
    buyer = baskets.buyer[basket]
    region = world.people.region.codes[buyer]
    return Transactions.from_arrays(
        customer=np.where(baskets.guest[basket], np.nan, buyer),
        time=_times(world.settings, lines.second),
        basket=lines.receipt,
        product=product,
        quantity=units,
        amount=_money(units * world.products.price_cents[product]),
        cost=_money(units * world.products.cost_cents[product]),
        attributes={
            "channel": _categories(baskets.channel[basket], world.settings.channels),
            "region": _categories(region, world.settings.regions),
        },
    )


def _times(settings: ShopSettings, second: IntArray) -> TimeArray:
    start = settings.first_day.astype("datetime64[s]").astype(np.int64)
    times: TimeArray = (start + second).astype("datetime64[s]")
    return times


def _money(cents: IntArray) -> FloatArray:
    # The float nearest to each decimal number, as a file of amounts would be read.
    return cents / 100


def _categories(codes: CodeArray, names: Iterable[str]) -> pd.Series[str]:
    # Already encoded, the names need not be hashed line by line.
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(list(names))))


def _truth(world: _World, lines: _Lines) -> ShopTruth:
    sales, baskets = world.sales, world.baskets
    known = occurring(baskets.buyer[~baskets.guest], len(world.people))
    sold = occurring(sales.product, len(world.products))
    return ShopTruth(
        settings=world.settings,
        customers=attrs.evolve(world.people, seen=known),
        products=attrs.evolve(world.products, seen=sold),
        pairs=world.pairs,
        lines=LineTruth(
            planted=sales.planted[lines.sale] & ~lines.is_return,
            buyer=baskets.buyer[sales.basket[lines.sale]],
            original_line=lines.original,
        ),
    )
