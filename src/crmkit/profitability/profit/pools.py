"""Costs that are known as totals: pools spread by a driver, resources by what products use."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Literal, TypeAlias, get_args

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._kernels.decimals import is_summable
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import minor_units, rationals, round_ratio, rounded_product
from crmkit.profitability.profit.rules import (
    a_rate,
    a_word,
    amounts_of,
    frozen,
    kept,
    magnitude,
)
from crmkit.profitability.profit.sources import post_by_id
from crmkit.profitability.profit.till import QUESTION, Posted, Till, occurring
from crmkit.typing import BoolArray, IntArray, IntoMoney, IntoRate, NumberArray, YearDays

_PLAIN = 2**53

Driver: TypeAlias = Literal["net_sales", "quantity", "lines", "cost"]
"""What a pool can go by: money, units, lines, or what the goods cost."""


def _an_amount(amount: object) -> None:
    if math.isnan(magnitude(amount)):
        raise InvalidArgumentError(
            f"the amount of a pool must be a number, such as '1200.00'; got {amount!s}."
        )


def _a_driver(driver: object) -> None:
    if isinstance(driver, str):
        check.choice(driver, Driver, "driver")
    elif not isinstance(driver, Mapping | LineValues):
        got = "none" if driver is None else type(driver).__name__
        raise InvalidArgumentError(
            f"the driver of a pool must be one of {', '.join(map(repr, get_args(Driver)))}, figures"
            " per line (LineValues.of(tx, figures, name='kg')) or a mapping of weights by product;"
            f" got {got}."
        )


@attrs.frozen
class Pool:
    """A total that is spread by a driver: a warehouse's rent, a service desk, retail media.

    It is spread over the lines that are no returns; all of it.

    Attributes:
        amount: the total, in major units; negative takes the other direction, e.g. a credit note.
        driver: "net_sales", "quantity", "lines" or "cost"; a figure per line; or a weight for each
            product, such as its share of the shelf, which reaches the product's lines by what was
            paid for them. What products without a sale would carry is unallocated.

    Examples:
        >>> from crmkit.profitability import Pool
        >>> Pool("1200.00", "quantity").driver
        'quantity'
    """

    amount: IntoMoney = attrs.field(metadata=kept(_an_amount))
    driver: Driver | LineValues | Mapping[Any, IntoRate] | None = attrs.field(
        default=None, converter=frozen, metadata=kept(_a_driver, amounts_of("weight"))
    )

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidDataError: the driver is negative on a sale, or zero on all of them; no product
                has a weight.

        Examples:
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
        weights = till.after_returns(self._weights(till), "keep")
        self._check(weights, total, "sale")
        return Posted(lines=till.spread_total(total, weights))

    def _check(self, weights: IntArray, total: int, noun: str) -> None:
        if weights.min(initial=0) < 0:
            raise InvalidDataError(
                f"a pool of {self.amount} goes by {self._name()}, which is negative on"
                f" {check.counted(np.count_nonzero(weights < 0), noun)}. Spread it by another"
                " driver, or set those to 0."
            )
        if total and not weights.any():
            raise InvalidDataError(
                f"a pool of {self.amount} goes by {self._name()}, which is zero on every {noun}."
                " Spread it by another driver."
            )

    def _name(self) -> str:
        if isinstance(self.driver, LineValues):
            return self.driver.name
        return self.driver if isinstance(self.driver, str) else "weights by product"

    def _weights(self, till: Till) -> IntArray:
        if isinstance(self.driver, LineValues):
            figures = till.counted_only(self.driver.on(till.tx), self.driver.name)
            return np.asarray(figures.units, dtype=np.int64)
        drivers: dict[object, Callable[[], NumberArray | BoolArray]] = {
            "net_sales": lambda: till.net,
            "lines": lambda: till.present,
            "quantity": lambda: till.pieces.units,
            "cost": lambda: till.cost.units,
        }
        return np.asarray(drivers[self.driver](), dtype=np.int64)

    def _by_product(self, till: Till, total: int) -> Posted:
        assert isinstance(self.driver, Mapping)
        weights = _whole_weights(self.driver)
        self._check(weights, total, "product")
        ids = till.tx.ids("product", question=QUESTION)
        shares = till.spread_total(total, weights)
        return post_by_id(till, ids, (list(self.driver), shares), (till.sold, till.sales))


def _whole_weights(given: Mapping[Any, IntoRate]) -> IntArray:
    """Return weights as whole numbers in the same proportion."""
    tops, bottoms = rationals(list(given.values()))
    grid = math.lcm(*bottoms.tolist())
    if float(np.abs(tops.astype(np.float64)).sum()) * grid >= 2.0**62:
        raise InvalidDataError("the weights by product have too many digits; round them.")
    whole: IntArray = tops * (grid // bottoms)
    return whole


def _by_product(used: object) -> None:
    check.instance(used, Mapping, "used", "Say {'tea': 120}: by product, how much.")


@attrs.frozen
class ResourceDays:
    """What products use of a resource, times its rate: pallet-days, m3-days, facing-metre-days.

    Each product's cost is rounded once and reaches its sold units, its lines evenly if there are
    none; the cost of a product without a sale is unallocated, under its name.

    Attributes:
        rate: for one unit of the resource, in major units, exact.
        used: by product, how much of it: pallets x days, metres x facings x days.

    Examples:
        >>> from crmkit.profitability import ResourceDays
        >>> ResourceDays("0.35", {"tea": 120, "mug": 400.5}).rate
        '0.35'
    """

    rate: IntoRate = attrs.field(metadata=kept(a_rate))
    used: Mapping[Any, IntoRate] = attrs.field(
        converter=frozen, metadata=kept(_by_product, amounts_of("use"))
    )

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Examples:
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
        ids = till.tx.ids("product", question=QUESTION)
        units = till.after_returns(np.asarray(till.pieces.units, dtype=np.int64), "keep")
        return post_by_id(till, ids, (list(self.used), self._costs(till)), (units, till.sales))

    def _costs(self, till: Till) -> IntArray:
        """Return the cost of each product, in minor units."""
        tops, bottoms = rationals(list(self.used.values()))
        top, bottom = (int(part[0]) for part in rationals(self.rate))
        top *= 10**till.digits
        if max(top, bottom * int(bottoms.max(initial=1))) < _PLAIN:
            sizes = np.full(len(tops), top, dtype=np.int64)
            return rounded_product(sizes, tops, bottoms * bottom, till.rounding)
        # Rates and uses of so many digits that their product exceeds 64 bits.
        pairs = zip(tops.tolist(), bottoms.tolist(), strict=True)
        costs = [round_ratio(top * use, bottom * grid, till.rounding) for use, grid in pairs]
        if max(costs, default=0) >= 2**62:
            raise InvalidDataError(
                f"{max(costs):,} minor units for one product are too large for 64 bits. Is the"
                " rate for one unit of what is used?"
            )
        return np.array(costs, dtype=np.int64)


def _whole_days(given: Any) -> None:
    by_product = isinstance(given, Mapping)
    for days in given.values() if by_product else [given]:
        if isinstance(days, bool) or not isinstance(days, int | np.integer):
            of = " of every product" if by_product else ""
            raise InvalidArgumentError(f"the days{of} must be a whole number; got {days!s}.")


@attrs.frozen
class Capital:
    """What the money in the goods costs while they are on hand: cost x yearly rate x days / year.

    Cost is the cost column; where there is none, what the purchase step comes to.

    Attributes:
        rate: yearly rate, exact; "0.08" is 8 %.
        days: whole days on hand, one number for all or by product; less the supplier's days of
            credit where `cash_discount` does not hold them, so they may be negative.
        year: days of a year of interest.

    Examples:
        >>> from crmkit.profitability import Capital
        >>> Capital("0.08", days=45).year
        365
    """

    rate: IntoRate = attrs.field(metadata=kept(a_rate))
    days: int | Mapping[Any, int] = attrs.field(
        converter=frozen, metadata=kept(_whole_days), kw_only=True
    )
    year: YearDays = attrs.field(default=365, metadata=kept(a_word(YearDays, "year")), kw_only=True)

    def post(self, till: Till) -> Posted:
        """Return the cost of each line in minor units.

        Raises:
            InvalidDataError: products without their days.

        Examples:
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
            return Posted(lines=till.rated(till.cost, yearly * int(self.days), "keep"))
        days = per_product(till, self.days, "days on hand")
        ids = till.tx.ids("product", question=QUESTION)
        cost = np.asarray(till.cost.units, dtype=np.int64)
        if not is_summable(cost * days[ids.codes].astype(np.float64)):
            raise InvalidDataError("cost x days is too large to sum in 64 bits; use fewer digits.")
        held = Decimals(cost * days[ids.codes], till.cost.digits)
        return Posted(lines=till.rated(held, yearly, "keep"))


def per_product(till: Till, given: Mapping[Any, int], name: str) -> IntArray:
    """Return a figure for each product of the till.

    Raises:
        InvalidDataError: products that were sold and have none.
    """
    ids = till.tx.ids("product", question=QUESTION)
    places = pd.Index(list(given)).get_indexer(pd.Index(ids.labels))
    lacking = (places < 0) & occurring(ids, till.present)
    if lacking.any():
        first = ids.labels[lacking].tolist()[0]
        raise InvalidDataError(
            f"{check.counted(np.count_nonzero(lacking), 'product')} without {name}, the first of"
            f" them {first!r}. Unknown is not 0: say it."
        )
    figures: IntArray = np.append(np.array(list(given.values()), dtype=np.int64), 0)[places]
    return figures
