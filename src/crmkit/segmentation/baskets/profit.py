"""Which products, bought together, earn most?"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._kernels.itemsets.expansion import Sets
from crmkit._kernels.itemsets.utility import (
    ValuedFound,
    ValuedSets,
    ValueTask,
    valuable_sets,
)
from crmkit.data import Decimals, LineValues
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.itemsets import Itemsets, itemsets_of
from crmkit.segmentation.baskets.valued import Scale, values_of_entries
from crmkit.typing import BasketUnit, FloatArray

MAX_SETS = 1_000_000


@attrs.frozen(kw_only=True, repr=False)
class ProfitableItemsets(Answer):
    """Sets of products with what they earn in the baskets that hold all of them.

    As a frame: itemset (a tuple of labels), size, baskets (how many hold it), profit,
    profit_per_basket; the most profitable first, equal ones by size and then in label order.

    Attributes:
        itemsets: the sets, with the number of baskets that hold each.
        profits: what each earns, exact on the grid of the figures of the lines.
        min_profit: the least profit asked for.
        name: what is added up, e.g. "margin".
        unit: what it is counted in, e.g. "EUR"; None if nobody said.
        basket_unit: what a row of the baskets is: "basket" or "customer".
        complete: False if a bound was reached.
        reason: which bound, and what is there nevertheless; empty if complete.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.segmentation import Baskets, profitable_itemsets
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob"],
        ...     time=["2026-01-02"] * 3,
        ...     basket=[1, 1, 2],
        ...     product=["milk", "bread", "milk"],
        ...     amount=[1.0, 3.0, 1.0],
        ...     cost=[1.5, 1.0, 1.5],
        ... )
        >>> margin = ck.LineValues.margin(tx, unit="EUR")
        >>> profitable_itemsets(Baskets.from_transactions(tx), margin, 1)
        ProfitableItemsets(2 itemsets of up to 2 products, each of margin 1.0 EUR or more)
    """

    itemsets: Itemsets
    profits: Decimals
    min_profit: float | Decimal | Fraction
    name: str
    unit: str | None = None
    basket_unit: BasketUnit = "basket"
    complete: bool = True
    reason: str = ""

    def __len__(self) -> int:
        """How many sets."""
        return len(self.itemsets)

    def __repr__(self) -> str:
        """How many sets of which profit, and whether all are there."""
        sizes = self.itemsets.sizes
        most = f" of up to {check.counted(int(sizes.max()), 'product')}" if len(self) else ""
        unit = "" if self.unit is None else f" {self.unit}"
        bound = "" if self.complete else f"; incomplete: {self.reason}"
        return (
            f"ProfitableItemsets({check.counted(len(self), 'itemset')}{most}, each of {self.name}"
            f" {float(self.min_profit):,}{unit} or more{bound})"
        )

    @property
    def profit(self) -> FloatArray:
        """What each set earns, float64."""
        return self.profits.values

    @property
    def profit_per_basket(self) -> FloatArray:
        """What each set earns in a basket that holds it, on average; float64."""
        return self.profits.per(self.itemsets.counts)

    def order(self) -> NDArray[np.intp]:
        """Return the numbers of the sets as a frame lists them.

        The most profitable first; equal ones by size, and then in label order.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.segmentation import Baskets, profitable_itemsets
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1], time=["2026-01-02"] * 2, basket=[1, 1], product=["ale", "bun"]
            ... )
            >>> margin = ck.LineValues.of(tx, [2, 3], name="margin")
            >>> found = profitable_itemsets(Baskets.from_transactions(tx), margin, 1)
            >>> found.itemsets.labels(found.order())
            array([('ale', 'bun'), ('bun',), ('ale',)], dtype=object)
        """
        # The sets stand by size and, within a size, in label order.
        return np.argsort(-self.profits.units, kind="stable")

    def _columns(self) -> dict[str, NDArray[Any]]:
        order = self.order()
        return {
            "itemset": self.itemsets.frame_labels()[order],
            "size": self.itemsets.sizes[order],
            f"{self.basket_unit}s": self.itemsets.counts[order],
            "profit": self.profit[order],
            f"profit_per_{self.basket_unit}": self.profit_per_basket[order],
        }


def profitable_itemsets(
    baskets: Baskets,
    line_values: LineValues,
    min_profit: float | Decimal | Fraction,
    *,
    max_len: int | None = None,
    max_itemsets: int = MAX_SETS,
) -> ProfitableItemsets:
    """Find all sets of products that earn at least so much where they are bought together.

    The profit of a set is the sum, over the baskets that hold all of it, of the figures of its
    products there. Lines of one product in one basket add up; returns are left out, as they are
    from baskets. Figures may be negative: a product sold at a loss is in a profitable set if the
    others make good for it. A larger set may earn more than a smaller one, or less.

    Args:
        baskets: baskets made of till lines, at any level.
        line_values: the figures of the same lines, e.g. `LineValues.margin(tx)`.
        min_profit: the least profit, above 0, in the unit of the figures. A float means the
            decimal number it is shown as.
        max_len: the largest sets to return.
        max_itemsets: the most sets to keep in view: profitable ones, and those that may become so
            with more products. If there are more, the answer holds all profitable sets up to the
            largest size that fits, `complete` is False, and `reason` says so.

    Raises:
        InvalidArgumentError: an option outside its domain, baskets that were not made of lines, or
            figures that were made for other lines.

    Sums are exact; for figures on no decimal grid they are taken in binary units of at most
    2**-60 of the sum of all figures, so that the order of the lines does not matter.

    Time grows with the pairs of products that stand together in baskets, some 0.1 microseconds
    each, and with the baskets of all sets in view. Memory: some 60 bytes for each product of each
    basket, the same for each size of sets at worst, and some 0.4 GB of work space at most.

    Source: Liu, Liao and Choudhary (2005); Liu and Qu (2012); Fournier-Viger (2014) for negative
    figures.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.segmentation import Baskets, profitable_itemsets
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob"],
        ...     time=["2026-01-02"] * 3,
        ...     basket=[1, 1, 2],
        ...     product=["milk", "bread", "milk"],
        ...     amount=[1.0, 3.0, 1.0],
        ...     cost=[1.5, 1.0, 1.5],
        ... )
        >>> found = profitable_itemsets(Baskets.from_transactions(tx), ck.LineValues.margin(tx), 1)
        >>> found.to_frame()
                 itemset  size  baskets  profit  profit_per_basket
        0       (bread,)     1        1     2.0                2.0
        1  (bread, milk)     2        1     1.5                1.5
    """
    check.instance(baskets, Baskets, "baskets", "Baskets.from_transactions(tx) makes them.")
    most = check.whole_number(max_itemsets, "max_itemsets", at_least=1)
    longest = None if max_len is None else check.whole_number(max_len, "max_len", at_least=1)
    profit = _proven_profit(min_profit)
    values, scale = values_of_entries(baskets, line_values)
    largest = longest or max(len(baskets.products), 1)
    task = ValueTask(scale.least(profit), largest, most, baskets.relatives)
    found = valuable_sets(baskets.incidence, values, task)
    return _answer(baskets, line_values, scale, found, profit, most)


def _proven_profit(
    min_profit: float | Decimal | Fraction,
) -> float | Decimal | Fraction:
    is_exact = isinstance(min_profit, Fraction | Decimal) and math.isfinite(min_profit)
    profit = min_profit if is_exact else check.number(min_profit, "min_profit")
    if not profit > 0:
        raise InvalidArgumentError(
            f"min_profit must be above 0; got {min_profit!r}. Sets that no basket holds earn 0, and"
            " there is no end of them."
        )
    return profit


def _answer(
    baskets: Baskets,
    line_values: LineValues,
    scale: Scale,
    found: ValuedFound,
    profit: float | Decimal | Fraction,
    most: int,
) -> ProfitableItemsets:
    sizes = [_in_label_order(sets) for sets in found.sizes]
    nothing = np.zeros(0, dtype=np.int64)
    counts = np.concatenate([nothing, *(sets.counts for sets in sizes)])
    units = np.concatenate([nothing, *(sets.values for sets in sizes)])
    reason = _reason(found, most)
    return ProfitableItemsets(
        itemsets=itemsets_of(
            [Sets(sets.items, sets.counts) for sets in sizes],
            products=baskets.products,
            n_baskets=len(baskets),
            min_count=int(counts.min(initial=len(baskets))),
            complete=not reason,
            reason=reason,
            frame_kind=baskets.frame_kind,
        ),
        profits=scale.decimals(units),
        min_profit=profit,
        name=line_values.name,
        unit=line_values.unit,
        basket_unit=baskets.unit,
        complete=not reason,
        reason=reason,
        frame_kind=baskets.frame_kind,
    )


def _in_label_order(sets: ValuedSets) -> ValuedSets:
    order = np.lexsort(sets.items.T[::-1])
    return ValuedSets(sets.items[order], sets.counts[order], sets.values[order])


def _reason(found: ValuedFound, most: int) -> str:
    size = found.max_size
    if size is None:
        return ""
    why = found.why or f"max_itemsets = {most:,} was reached"
    products = check.counted(size, "product")
    here = f"all profitable sets of up to {products} are here" if size else "none is here"
    return f"{why}; {here}"
