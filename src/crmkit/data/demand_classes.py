"""How does each product sell: smoothly, now and then, in uneven sizes, or both?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.demand import Demand, demand_of
from crmkit._kernels.grouping import counts_by
from crmkit.data.answers import Answer
from crmkit.data.labels import Labels
from crmkit.data.period_cells import Cell, PeriodBlock
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, LabelArray, SizeSpread

DEMAND_CLASSES: Final = ("smooth", "intermittent", "erratic", "lumpy", "unclassified")


@attrs.frozen(kw_only=True)
class DemandRule:
    """Where the four classes of Syntetos and Boylan (2005) meet.

    Attributes:
        interval: mean periods between sales (ADI) from which demand is intermittent or lumpy.
        variation: squared coefficient of variation of sizes (CV2) from which it is erratic or
            lumpy.
        spread: whether the variance divides by n - 1 ("sample") or by n ("population").

    Raises:
        InvalidArgumentError: cuts that are no numbers above 0, or another spread.

    Examples:
        >>> from crmkit.data import DemandRule
        >>> DemandRule(variation=0.5)
        DemandRule(interval=1.32, variation=0.5, spread='sample')
    """

    interval: float = 1.32
    variation: float = 0.49
    spread: SizeSpread = "sample"

    def __attrs_post_init__(self) -> None:
        """Check the cuts."""
        for name in ("interval", "variation"):
            if check.number(getattr(self, name), name) <= 0:
                raise InvalidArgumentError(
                    f"{name} must be a number above 0; got {getattr(self, name)!r}."
                )
        check.choice(self.spread, SizeSpread, "spread")

    def codes_of(self, interval: FloatArray, variation: FloatArray) -> CodeArray:
        """Return the place of each class in `DemandClasses.names`; NaN is unclassified.

        Examples:
            >>> import numpy as np
            >>> from crmkit.data import DemandRule
            >>> DemandRule().codes_of(np.array([1.0, 2.5, np.nan]), np.array([0.6, 0.1, np.nan]))
            array([2, 1, 4], dtype=int32)
        """
        code = (interval >= self.interval) + 2 * (variation >= self.variation)
        return np.where(np.isnan(interval), 4, code).astype(np.int32)


@attrs.frozen(kw_only=True, repr=False)
class DemandClasses(Answer):
    """The demand class of each product, with the figures it follows from.

    Periods that are closed or not observed are bridged, not counted. The time from launch to the
    first sale counts as an interval where the launch was told and is in sight; the time after the
    last sale never does. With fewer than two periods with a sale a product is "unclassified".

    As a frame: product, periods_with_sale, interval, variation, demand_class.

    Attributes:
        products: shape (products,), their ids.
        sales: shape (products,), int64, periods with a sale.
        interval: shape (products,), mean periods between sales (ADI); NaN if unclassified.
        variation: shape (products,), squared coefficient of variation of sizes (CV2); NaN
            likewise.
        codes: shape (products,), int32, place of the class in *names*.
        rule: where the classes meet.

    Examples:
        >>> import crmkit as ck
        >>> sold = [[0, 0, 3, 0, 4, 0, 0, 5, 0, 2], [7, 8, 7, 6, 7, 8, 7, 7, 0, 0]]
        >>> ck.ProductPeriods.from_matrix(sold, products=["oil", "tea"]).demand_class()
        DemandClasses(2 products: smooth 1, intermittent 1, erratic 0, lumpy 0, unclassified 0)
    """

    products: LabelArray = array()
    sales: IntArray = array()
    interval: FloatArray = array()
    variation: FloatArray = array()
    codes: CodeArray = array()
    rule: DemandRule

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in their order."""
        return DEMAND_CLASSES

    def __len__(self) -> int:
        """How many products."""
        return len(self.products)

    def __repr__(self) -> str:
        """How many products, and how many of each class."""
        counts = counts_by(self.codes, len(self.names))
        told = ", ".join(f"{n} {c:,}" for n, c in zip(self.names, counts, strict=True))
        return f"DemandClasses({check.counted(len(self), 'product')}: {told})"

    def labels(self) -> Labels:
        """Return the classes as labels of products.

        Examples:
            >>> import crmkit as ck
            >>> periods = ck.ProductPeriods.from_matrix([[2, 0, 0, 1]], products=["oil"])
            >>> periods.demand_class().labels().members("intermittent")
            array(['oil'], dtype=object)
        """
        return Labels(
            entity="product",
            name="demand_class",
            ids=self.products,
            codes=self.codes,
            names=self.names,
            frame_kind=self.frame_kind,
        )

    def decode(self) -> NDArray[Any]:
        """Return the class of each product as text.

        Examples:
            >>> import crmkit as ck
            >>> ck.ProductPeriods.from_matrix([[2, 0, 0, 1]]).demand_class().decode()
            array(['intermittent'], dtype=object)
        """
        return np.array(self.names, dtype=object)[self.codes]

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "product": self.products,
            "periods_with_sale": self.sales,
            "interval": self.interval,
            "variation": self.variation,
            "demand_class": self.decode(),
        }


def classes_of(
    products: LabelArray, blocks: Iterable[PeriodBlock], launched: BoolArray, rule: DemandRule
) -> DemandClasses:
    """Classify all products, block by block; where *launched*, the first sale ends an interval."""
    found = _measured(blocks, launched, ddof=1 if rule.spread == "sample" else 0)
    codes = rule.codes_of(found.interval, found.variation)
    return DemandClasses(products=products, codes=codes, rule=rule, **found._asdict())


def _measured(blocks: Iterable[PeriodBlock], launched: BoolArray, *, ddof: int) -> Demand:
    parts, first = [], 0
    for block in blocks:
        observed = (block.cells == Cell.SALE) | (block.cells == Cell.NO_SALE)
        known = launched[first : first + len(observed)]
        parts.append(demand_of(block.values, observed, known, ddof=ddof))
        first += len(observed)
    return Demand(*(np.concatenate(column) for column in zip(*parts, strict=True)))
