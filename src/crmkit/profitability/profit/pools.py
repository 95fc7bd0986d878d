"""Costs that are known as totals: pools spread by a driver, resources by what products use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._kernels.decimals import is_summable
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidDataError
from crmkit.money import allocate
from crmkit.money.amounts import minor_units, rationals, rounded_product
from crmkit.profitability.profit.sources import (
    frozen,
    post_by_id,
    valid_rate,
)
from crmkit.profitability.profit.till import QUESTION, Posted, Till
from crmkit.typing import IntArray, IntoMoney, IntoRate, NumberArray, YearDays

Driver: TypeAlias = Literal["net_sales", "quantity", "lines", "cost"]
"""What a pool can go by: money, units, lines, or what the goods cost."""


@attrs.frozen
class Pool:
    """A total that is spread by a driver: a warehouse's rent, a service desk, retail media.

    It is spread over the lines that are no returns; all of it.

    Attributes:
        amount: the total, in major units; negative is income, as of a funding pool.
        driver: "net_sales", "quantity", "lines" or "cost"; a figure per line; or a weight for each
            product, such as its share of the shelf. What products without a sale would carry is
            unallocated.

    Example:
        >>> from crmkit.profitability import Pool
        >>> Pool("1200.00", "quantity").driver
        'quantity'
    """

    amount: IntoMoney
    driver: Driver | LineValues | Mapping[Any, IntoRate] = attrs.field(converter=frozen)

    def __attrs_post_init__(self) -> None:
        """Check that the driver is one."""
        if not isinstance(self.driver, LineValues | Mapping):
            check.choice(self.driver, Driver, "driver")

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidDataError: the driver is zero on every line.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, Pool, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2, 3], time=["2026-01-03"] * 3, amount=[10, 10, 10]
            ... )
            >>> contribution(tx, CostModel(service=Pool("1.00", "lines"))).minor("service")
            array([-34, -33, -33])
        """
        total = int(minor_units(np.array([str(self.amount)]), till.digits, None, "pool")[0])
        if isinstance(self.driver, Mapping):
            return self._by_product(till, total)
        weights = np.maximum(till.after_returns(self._weights(till), "keep"), 0)
        if total and not weights.any():
            raise InvalidDataError(
                f"a pool of {self.amount} goes by {self._name()}, which is zero on every line."
                " Spread it by another driver."
            )
        return Posted(lines=till.spread_total(total, weights))

    def _name(self) -> str:
        return self.driver.name if isinstance(self.driver, LineValues) else str(self.driver)

    def _weights(self, till: Till) -> IntArray:
        if isinstance(self.driver, LineValues):
            return np.asarray(till.counted_only(self.driver.on(till.tx)).units, dtype=np.int64)
        figures: dict[object, Callable[[], NumberArray]] = {
            "net_sales": lambda: till.net,
            "lines": lambda: till.events,
            "quantity": lambda: till.pieces.units,
            "cost": lambda: till.cost.units,
        }
        return np.asarray(figures[self.driver](), dtype=np.int64)

    def _by_product(self, till: Till, total: int) -> Posted:
        assert isinstance(self.driver, Mapping)
        weights = [float(w) for w in self.driver.values()]
        shares = allocate(total, weights)
        ids = till.tx.ids("product", question=QUESTION)
        return post_by_id(till, ids, (list(self.driver), shares))


@attrs.frozen
class ResourceDays:
    """What products use of a resource, times its rate: pallet-days, m3-days, facing-metre-days.

    Each product's cost is rounded once and reaches its sold units; the cost of a product without a
    sale is unallocated, under its name.

    Attributes:
        rate: for one unit of the resource, in major units, exact.
        used: by product, how much of it: pallets x days, metres x facings x days.

    Raises:
        InvalidArgumentError: a negative rate.

    Example:
        >>> from crmkit.profitability import ResourceDays
        >>> ResourceDays("0.35", {"tea": 120, "mug": 400.5}).rate
        '0.35'
    """

    rate: IntoRate = attrs.field(converter=valid_rate)
    used: Mapping[Any, IntoRate] = attrs.field(converter=frozen)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidDataError: a negative use.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, ResourceDays, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2], time=["2026-01-03"] * 2, amount=[10, 5],
            ...     product=["tea", "tea"], quantity=[2, 1],
            ... )
            >>> model = CostModel(warehouse=ResourceDays("0.10", {"tea": 30, "mug": 50}))
            >>> earned = contribution(tx, model)
            >>> earned.minor("warehouse"), earned.unallocated.total
            (array([-200, -100]), -500)
        """
        tops, bottoms = rationals(list(self.used.values()))
        if tops.min(initial=0) < 0:
            name = list(self.used)[int(np.argmin(tops))]
            raise InvalidDataError(f"the use of a resource by {name!r} is negative.")
        top, bottom = (int(part[0]) for part in rationals(self.rate))
        minor = np.full(len(tops), top * 10**till.digits, dtype=np.int64)
        costs = rounded_product(minor, tops, bottoms * bottom, till.rounding)
        ids = till.tx.ids("product", question=QUESTION)
        units = np.maximum(till.after_returns(np.asarray(till.pieces.units), "keep"), 0)
        return post_by_id(till, ids, (list(self.used), costs), units)


@attrs.frozen
class Capital:
    """What the money in the goods costs while they are on hand: cost x yearly rate x days / year.

    Attributes:
        rate: yearly rate, exact; "0.08" is 8 %.
        days: days on hand; one number for all, or by product.
        year: days of a year of interest.

    Raises:
        InvalidArgumentError: a negative rate, or another year.

    Example:
        >>> from crmkit.profitability import Capital
        >>> Capital("0.08", days=45).year
        365
    """

    rate: IntoRate = attrs.field(converter=valid_rate)
    days: int | Mapping[Any, int] = attrs.field(converter=frozen, kw_only=True)
    year: YearDays = attrs.field(default=365, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check the year."""
        check.choice(self.year, YearDays, "year")

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidDataError: products without their days.

        Example:
            >>> import crmkit as ck
            >>> from crmkit.profitability import Capital, CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1], time=["2026-01-03"], amount=[100], cost=[80]
            ... )
            >>> model = CostModel(purchase="cost", capital=Capital("0.10", days=73))
            >>> contribution(tx, model).minor("capital")
            array([-160])
        """
        top, bottom = (int(part[0]) for part in rationals(self.rate))
        yearly = Fraction(top, bottom * self.year)
        if not isinstance(self.days, Mapping):
            return Posted(lines=till.rated(till.cost, yearly * self.days, "keep"))
        days = per_product(till, self.days, "days on hand")
        ids = till.tx.ids("product", question=QUESTION)
        held = np.asarray(till.cost.units, dtype=np.int64) * days[ids.codes]
        if not is_summable(held):
            raise InvalidDataError("cost x days is too large to sum in 64 bits; use fewer digits.")
        return Posted(lines=till.rated(Decimals(held, till.cost.digits), yearly, "keep"))


def per_product(till: Till, given: Mapping[Any, int], name: str) -> IntArray:
    """Return a figure for each product of the till.

    Raises:
        InvalidDataError: products that were sold and have none.
    """
    ids = till.tx.ids("product", question=QUESTION)
    places = pd.Index(list(given)).get_indexer(pd.Index(ids.labels))
    lacking = (places < 0) & ids.used
    if lacking.any():
        first = ids.labels[lacking].tolist()[0]
        raise InvalidDataError(
            f"{check.counted(np.count_nonzero(lacking), 'product')} have no {name}, the first of"
            f" them {first!r}. Unknown is not 0: say it."
        )
    figures: IntArray = np.append(np.array(list(given.values()), dtype=np.int64), 0)[places]
    return figures
