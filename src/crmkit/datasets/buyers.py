"""The customers behind simulated product lives: who tries, who comes back, and in which store."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import group_order
from crmkit._kernels.trial_and_repeat import Habits, Plan, plan
from crmkit.data import Transactions
from crmkit.data.answers import Answer
from crmkit.datasets._life_buyers import Purchases, simulate
from crmkit.datasets._life_phases import log_uniform
from crmkit.datasets._life_settings import Range, not_range, outside, refuse, span
from crmkit.datasets.lives import ProductLives
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, IntoDay

_STREAMS: Final = 3


@attrs.frozen(kw_only=True)
class BuyingHabits:
    """How the buyers of products buy; each product draws its own from these ranges.

    Attributes:
        tried_again: lowest and highest probability that a trier means to buy again, drawn evenly.
        stays: lowest and highest probability that a repeat buyer does, drawn evenly.
        cycle: shortest and longest mean weeks between purchases, drawn evenly on the log scale.
        regularity: shape of the gamma distribution of those weeks; 1 is without memory.

    Raises:
        InvalidArgumentError: numbers outside their domain; all of them are listed.

    Examples:
        >>> from crmkit.datasets import BuyingHabits
        >>> BuyingHabits(cycle=(4, 4)).cycle  # the same cycle for all products
        (4.0, 4.0)
    """

    tried_again: Range = attrs.field(default=(0.2, 0.8), converter=span)
    stays: Range = attrs.field(default=(0.7, 0.97), converter=span)
    cycle: Range = attrs.field(default=(2, 12), converter=span)
    regularity: float = attrs.field(default=2.5, converter=check.real)

    def __attrs_post_init__(self) -> None:
        """Check that such people may exist."""
        refuse(
            [
                *not_range(self.tried_again, "tried_again", at_least=0, below=1),
                *not_range(self.stays, "stays", at_least=0, below=1),
                *not_range(self.cycle, "cycle", at_least=0.5),
                *outside(
                    0 < self.regularity < np.inf,
                    "regularity must be a positive number",
                    self.regularity,
                ),
            ]
        )


@attrs.frozen(kw_only=True, repr=False)
class ProductBuyers(Answer):
    """Every purchase of simulated products, and what was expected of each week.

    Arrays by week have the shape (products, horizon), columns are weeks since launch. Only
    purchases up to the age of a product are there. No customer buys two products.

    Attributes:
        lives: the lives, whose stages are the truth here as well.
        tried_again: shape (products,), probability that a trier means to buy again.
        stays: shape (products,), probability that a repeat buyer does.
        cycle: shape (products,), mean weeks between purchases.
        expected_first: float64, triers expected of a week by the life alone.
        expected_again: float64, repeat purchases expected of a week by the life alone.
        customer: shape (purchases,), int64.
        product: shape (purchases,), int32, row of *lives*.
        store: shape (purchases,), int32; stores are numbered in the order they take it up.
        week: shape (purchases,), int64, weeks since the launch of the product.
        is_first: shape (purchases,), bool, whether the customer tries the product.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import product_buyers, product_lives
        >>> rng = np.random.default_rng(7)
        >>> product_buyers(rng, product_lives(rng, products=20, scenario="C"))
        ProductBuyers(20 products, 2,258 customers, 3,631 purchases)
    """

    lives: ProductLives
    tried_again: FloatArray = array()
    stays: FloatArray = array()
    cycle: FloatArray = array()
    expected_first: FloatArray = array()
    expected_again: FloatArray = array()
    customer: IntArray = array()
    product: CodeArray = array()
    store: CodeArray = array()
    week: IntArray = array()
    is_first: BoolArray = array()

    def __len__(self) -> int:
        """How many purchases."""
        return len(self.week)

    def __repr__(self) -> str:
        """How many products, customers and purchases."""
        return (
            f"ProductBuyers({check.counted(len(self.lives), 'product')},"
            f" {check.counted(len(np.unique(self.customer)), 'customer')},"
            f" {check.counted(len(self), 'purchase')})"
        )

    def first(self) -> IntArray:
        """Count the triers of each week.

        Returns:
            Shape (products, horizon), int64.

        Examples:
            >>> import numpy as np
            >>> from crmkit.datasets import product_buyers, product_lives
            >>> rng = np.random.default_rng(7)
            >>> buyers = product_buyers(rng, product_lives(rng, products=20, scenario="C"))
            >>> buyers.first().shape
            (20, 200)
        """
        return self._counted(self.is_first)

    def again(self) -> IntArray:
        """Count the repeat purchases of each week.

        Returns:
            Shape (products, horizon), int64.

        Examples:
            >>> import numpy as np
            >>> from crmkit.datasets import product_buyers, product_lives
            >>> rng = np.random.default_rng(7)
            >>> buyers = product_buyers(rng, product_lives(rng, products=20, scenario="C"))
            >>> int(buyers.first().sum() + buyers.again().sum()) == len(buyers)
            True
        """
        return self._counted(~self.is_first)

    def _counted(self, which: BoolArray) -> IntArray:
        shape = self.lives.stage.shape
        cell = self.product[which].astype(np.int64) * shape[1] + self.week[which]
        return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)

    def transactions(self, *, start: IntoDay) -> Transactions:
        """Return one line per purchase, of one unit, at noon of the first day of its week.

        Args:
            start: first day of the first of the *horizon* calendar weeks.

        Returns:
            Lines in order of time, with the store as an attribute.

        Examples:
            >>> import numpy as np
            >>> from crmkit.datasets import product_buyers, product_lives
            >>> rng = np.random.default_rng(7)
            >>> buyers = product_buyers(rng, product_lives(rng, products=20, scenario="C"))
            >>> len(buyers.transactions(start="2024-01-01")) == len(buyers)
            True
        """
        first_day = check.day(start, "start").astype("datetime64[s]")
        week = self.week + self.lives.launch[self.product]
        order, _ = group_order(week.astype(np.int32), self.lives.horizon)
        one = np.ones(len(self), dtype=np.int64)
        noon = 7 * 86_400 * week[order] + 43_200
        return Transactions.from_arrays(
            customer=self.customer[order],
            time=first_day + noon.astype("timedelta64[s]"),
            basket=np.arange(len(self)),
            product=self.product[order].astype(np.int64),
            quantity=one,
            amount=one,
            attributes={"store": self.store[order].astype(np.int64)},
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "customer": self.customer,
            "product": self.product,
            "store": self.store,
            "week": self.week,
            "is_first": self.is_first,
        }


def product_buyers(
    rng: np.random.Generator,
    lives: ProductLives,
    *,
    habits: BuyingHabits = BuyingHabits(),
) -> ProductBuyers:
    """Simulate the customers behind product lives, one by one.

    The noise-free total of a week is that of the life, and so are the stages. Who makes it up
    follows from how people buy, not from stages:

    - A trier means to buy again with one probability, after that each time with another one; gaps
      are gamma, rounded up to weeks; after a gap above 52 weeks nobody comes back. What is drawn
      per product: see *habits*. Half of the repeats happen elsewhere.
    - As many try the product as the life has more than repeats. Where it has less, nobody tries
      it, and as many of those due are lost for good as there are too many.
    - Sold in several stores, each has customers of its own: one that takes the product up late
      starts with triers only, while its total follows the life at once.
    - Season, promotions, launch spike and noise of the lives multiply trials, and the share of
      repeats that happen here; so a week can have twice its usual repeats at most. In weeks
      without stock nothing is bought here: trials are lost, those who bought before are not.

    Time is O(purchases + products * stores * weeks), a quarter of a second for a million purchases.

    Args:
        rng: where randomness comes from.
        lives: the products; their own *sold* is another draw and plays no part.
        habits: the ranges that repeat shares and cycles are drawn from.

    Returns:
        The purchases.

    Raises:
        InvalidArgumentError: *rng* is no Generator, *lives* no `ProductLives`.

    Source: Fourt and Woodlock (1960) and Eskin (1973) for sales as trials and depths of repeat.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import product_buyers, product_lives
        >>> rng = np.random.default_rng(7)
        >>> buyers = product_buyers(rng, product_lives(rng, products=20, scenario="C"))
        >>> total = buyers.expected_first + buyers.expected_again
        >>> bool(np.allclose(total, buyers.lives.curve))
        True
    """
    check.instance(lives, ProductLives, "lives", "Say product_lives(rng).")
    habit_stream, noise_stream, people = _streams(rng)
    drawn = _draw_habits(habit_stream, len(lives), habits)
    stores = _per_store(lives)
    of_row = _rows_of(drawn, lives.shapes.stores)
    planned = plan(stores.reshape(-1, lives.horizon), of_row)
    factor = np.repeat(_factor(noise_stream, lives), lives.shapes.stores, axis=0)
    ages = np.repeat(lives.age, lives.shapes.stores)
    bought = simulate(people, planned, of_row, factor, ages)
    return _answer(lives, drawn, planned, bought)


def _streams(rng: np.random.Generator) -> list[np.random.Generator]:
    if not isinstance(rng, np.random.Generator):
        raise InvalidArgumentError(
            f"rng must be a numpy Generator; got {rng!r}. Say np.random.default_rng(7)."
        )
    (buyers,) = rng.spawn(1)
    return buyers.spawn(_STREAMS)


def _draw_habits(rng: np.random.Generator, count: int, habits: BuyingHabits) -> Habits:
    return Habits(
        tried_again=rng.uniform(*habits.tried_again, count),
        stays=rng.uniform(*habits.stays, count),
        cycle=log_uniform(rng, *habits.cycle, count),
        regularity=habits.regularity,
    )


def _rows_of(habits: Habits, stores: int) -> Habits:
    tried_again, stays, cycle = (np.repeat(column, stores) for column in habits[:3])
    return Habits(tried_again, stays, cycle, habits.regularity)


def _per_store(lives: ProductLives) -> FloatArray:
    """Return the noise-free life of each store, shape (products, stores, horizon)."""
    stores = lives.shapes.stores
    selling = np.rint(lives.selling * stores)
    opened = np.arange(stores)[:, None] < selling[:, None, :]
    return opened * lives.curve[:, None, :] / stores


def _factor(rng: np.random.Generator, lives: ProductLives) -> FloatArray:
    """Return what multiplies a week's sales: noise, season, promotion, spike, stock."""
    variance = np.log1p(lives.scenario.cv**2)
    noise = np.exp(rng.normal(-variance / 2, np.sqrt(variance), lives.stage.shape))
    lift = lives.expected / (lives.curve * lives.selling)
    return np.where(lives.out_of_stock, 0.0, lift * noise)


def _answer(lives: ProductLives, habits: Habits, planned: Plan, bought: Purchases) -> ProductBuyers:
    stores = lives.shapes.stores
    shape = (len(lives), stores, lives.horizon)
    first = planned.first.reshape(shape).sum(axis=1)
    total = lives.curve * lives.selling
    return ProductBuyers(
        lives=lives,
        tried_again=habits.tried_again,
        stays=habits.stays,
        cycle=habits.cycle,
        expected_first=first,
        expected_again=total - first,
        customer=bought.customer,
        product=bought.row // np.int32(stores),
        store=bought.row % np.int32(stores),
        week=bought.week,
        is_first=bought.is_first,
    )
