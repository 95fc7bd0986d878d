"""Products by period: sold, not sold, closed, not launched, not observed are five things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit._kernels.sparse_rows import row_totals
from crmkit.data.answers import Answer
from crmkit.data.calendars import last_day
from crmkit.data.codes import Codes
from crmkit.data.demand_classes import DemandClasses, DemandRule, classes_of
from crmkit.data.labels import Labels
from crmkit.data.launch_days import Launches
from crmkit.data.period_cells import PeriodBlock, PeriodCells
from crmkit.data.period_lines import Asked, read_periods
from crmkit.data.period_matrix import (
    cells_of,
    closed_of,
    earlier_of,
    exposure_profiles,
    matrix_of,
    refuse_unusable,
)
from crmkit.data.period_options import PeriodOptions, PeriodsLeftOut
from crmkit.data.seasonal_index import (
    SeasonalIndex,
    SeasonSource,
    category_of,
    index_of,
)
from crmkit.data.transactions import Transactions
from crmkit.typing import (
    BoolArray,
    CodeArray,
    DayArray,
    IntArray,
    IntoDay,
    LabelArray,
    PeriodFigure,
    PeriodLength,
)


@attrs.frozen(kw_only=True, repr=False)
class ProductPeriods(Answer):
    """What each product sold in each period, and what it means where it sold nothing.

    Each cell has a value, a state (see `Cell`) and an exposure: how much chance to sell there was,
    1 by default. They are held small and spread out a block of rows at a time. Values are never
    below 0: where more was returned than sold, the cell is 0 and `left_out` counts it.

    As a frame: product, launch, age, age_known, periods_with_sale, total.

    Attributes:
        products: shape (products,), their ids.
        starts: shape (periods,), first day of each period, datetime64[D]; 0, 1, 2 ... for a
            matrix that was given without a start.
        every: how long a period is.
        value: what was counted.
        earlier: shape (products,), int32, periods on sale before `launch`: 0 where the launch
            is in sight, -1 where nobody knows.
        launch_told: shape (products,), whether `launch` was told, not taken from the first sale.
        cells: what is in the cells.
        attributes: categories that products have, by name.
        left_out: what the table does not show.

    Examples:
        >>> import crmkit as ck
        >>> nan = float("nan")
        >>> counts = [[nan, 2, 0, 5], [7, 8, 6, 9]]
        >>> periods = ck.ProductPeriods.from_matrix(
        ...     counts, products=["oats", "tea"], start="2026-01-05"
        ... )
        >>> periods.to_frame()
          product     launch  age  age_known  periods_with_sale  total
        0    oats 2026-01-12    3       True                  2    7.0
        1     tea 2026-01-05    4       True                  4   30.0
    """

    products: LabelArray = array()
    starts: DayArray | IntArray = array()
    every: PeriodLength
    value: PeriodFigure
    earlier: CodeArray = array()
    launch_told: BoolArray = array()
    cells: PeriodCells
    attributes: Mapping[str, Codes] = attrs.field(factory=dict, converter=FrozenMapping[Codes])
    left_out: PeriodsLeftOut = PeriodsLeftOut()

    @classmethod
    def from_matrix(
        cls,
        counts: ArrayLike,
        *,
        products: ArrayLike | None = None,
        start: IntoDay | ArrayLike | None = None,
        every: PeriodLength = "week",
        value: PeriodFigure = "quantity",
        closed: ArrayLike | None = None,
        age_known: bool | BoolArray = True,
    ) -> Self:
        """Take a matrix as it stands: one row per product, one column per period.

        NaN before the first number of a row is not launched, NaN after the last one is not
        observed, and so is NaN between; 0 is on sale without a sale, from the first column on.
        Numbers below 0 count as 0.

        Args:
            counts: shape (products, periods).
            products: their ids, each once; numbers from 0 if not given.
            start: first day of the first period, or of each; numbered periods if not given.
            every: how long a period is.
            value: what was counted.
            closed: when nothing could be sold: booleans, one per period or one per cell.
            age_known: whether a product was launched where its row begins, not before: for all,
                or one boolean per product.

        Raises:
            InvalidArgumentError: no matrix, or an option outside its domain.
            InvalidDataError: infinite numbers, rows of nothing but NaN, ids that repeat or cannot
                be read, periods that repeat, lack or are not of the length said; all in one error.

        Warns:
            ClippedReturnsWarning: numbers below 0 are more than a twentieth of those above.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> ck.ProductPeriods.from_matrix([[4, 0, 3], [1, 1, 0]], closed=[False, True, False])
            ProductPeriods(2 products x 3 weeks, quantity; 1 closed)
        """
        check.choice(every, PeriodLength, "every")
        check.choice(value, PeriodFigure, "value")
        values = matrix_of(counts)
        ids, starts = refuse_unusable(values, products, start, every)
        earlier = earlier_of(age_known, len(values))
        cells, left_out = cells_of(values, closed)
        return cls(
            products=ids,
            starts=starts,
            every=every,
            value=value,
            earlier=earlier,
            launch_told=earlier == 0,
            cells=cells,
            left_out=left_out,
        )

    @classmethod
    def from_transactions(
        cls,
        tx: Transactions,
        *,
        every: PeriodLength = "week",
        value: PeriodFigure = "quantity",
        launched: Mapping[Any, IntoDay | None] | None = None,
        through: IntoDay | None = None,
        options: PeriodOptions = PeriodOptions(),
    ) -> Self:
        """Sum lines by product and period, in O(lines + cells with a sale).

        A product is on sale from the day it was launched or, where that is not told, from its
        first sale; sold soon after the data begin, its age is not known. Its first period counts
        by the share of days on sale, and so does the first period of the data. The last period,
        if incomplete, is left out. Periods without any line of the shop are closures, so read all
        lines of the shop and choose products afterwards.

        "customers" is the least noisy value and the least moved by promotions; it leaves guests
        out. "new_customers" are those who never bought the product before in these lines.

        Args:
            tx: lines with their product.
            every: how long a period is.
            value: what is counted.
            launched: day of launch by product, as far as known; a launch before the data makes
                the age known too.
            through: the last day that the lines are complete for; where `tx.between` ended, or
                the day of the last line, if not given.
            options: the day weeks start on, where returns go, what hides a launch.

        Raises:
            MissingRoleError: lines without product, or without what is to be counted.
            InvalidArgumentError: an option outside its domain.
            InvalidDataError: no lines, no complete period, or sales before the launch given.

        Warns:
            ClippedReturnsWarning: returns beyond the sales of a period are more than a twentieth
                of all sales.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 2, 2, 1], product=["tea", "tea", "oats", "tea"],
            ...     time=["2026-01-05", "2026-01-13", "2026-01-28", "2026-02-02"],
            ...     quantity=[2, 1, 4, 1],
            ... )
            >>> launched = {"tea": "2025-12-01"}
            >>> periods = ck.ProductPeriods.from_transactions(tx, launched=launched)
            >>> periods.block(slice(2)).values
            array([[0., 0., 0., 4.],
                   [2., 1., 0., 0.]])
            >>> periods.left_out.facts(), periods.earlier
            (['the last day with 1 line'], array([-1,  5], dtype=int32))
        """
        check.instance(tx, Transactions, "tx", "Transactions.from_frame(frame, ...) makes them.")
        check.choice(every, PeriodLength, "every")
        check.choice(value, PeriodFigure, "value")
        check.instance(options, PeriodOptions, "options", "Say PeriodOptions(week_start=...).")
        asked = Asked(every, value, through, options)
        product = tx.ids("product", question="ProductPeriods.from_transactions()")
        read = read_periods(tx, Launches.of(launched, product), asked)
        return cls(every=every, value=value, frame_kind=tx.frame_kind, **read._asdict())

    def __len__(self) -> int:
        """How many products."""
        return len(self.products)

    def __repr__(self) -> str:
        """How many products and periods, what was counted, and what the table does not show."""
        facts = [f"{check.counted(len(self), 'product')} x {self._run()}, {self.value}"]
        if closed := np.count_nonzero(self.cells.closed):
            facts.append(f"{closed:,} closed")
        if unknown := np.count_nonzero(~self.age_known):
            facts.append(f"{unknown:,} launched out of sight")
        if left := self.left_out.facts():
            facts.append(f"left out: {', '.join(left)}")
        return f"ProductPeriods({'; '.join(facts)})"

    def _run(self) -> str:
        length = check.counted(len(self.starts), self.every)
        return f"{length} from {self.starts[0]}" if self.starts.dtype.kind == "M" else length

    @property
    def launch(self) -> CodeArray:
        """First period on sale of each product, counted from 0; int32, never negative."""
        return self.cells.launch

    @property
    def age_known(self) -> BoolArray:
        """Whether the launch is in sight, so that what a row shows is the whole life so far."""
        known: BoolArray = self.earlier == 0
        return known

    @property
    def age(self) -> CodeArray:
        """Periods on sale up to the last one observed, int32; at least, where `earlier` is -1."""
        return self.cells.end - self.cells.launch + np.maximum(self.earlier, 0)

    @property
    def through(self) -> np.datetime64:
        """Last day of the last period; NaT where periods have numbers only."""
        return last_day(self.starts, self.every)

    def block(self, rows: slice | IntArray | BoolArray) -> PeriodBlock:
        """Spread out the cells of some products.

        Examples:
            >>> import crmkit as ck
            >>> periods = ck.ProductPeriods.from_matrix([[4, 0, 3], [1, 1, 0]])
            >>> periods.block(slice(1, 2)).values
            array([[1., 1., 0.]])
        """
        return self.cells.block(np.arange(len(self))[rows])

    def blocks(self, size: int | None = None) -> Iterator[PeriodBlock]:
        """Spread out all products, *size* at a time: a million of them need not fit at once.

        If not given, *size* makes blocks of about half a million cells.

        Examples:
            >>> import crmkit as ck
            >>> periods = ck.ProductPeriods.from_matrix([[4, 0, 3], [1, 1, 0], [0, 2, 5]])
            >>> [len(block.values) for block in periods.blocks(2)]
            [2, 1]
        """
        step = None if size is None else check.whole_number(size, "size", at_least=1)
        for rows in self.cells.slices(step):
            yield self.block(rows)

    def __getitem__(self, rows: slice | IntArray | BoolArray) -> Self:
        """Return the table of some products."""
        places = np.arange(len(self))[rows]
        return attrs.evolve(
            self,
            products=self.products[places],
            earlier=self.earlier[places],
            launch_told=self.launch_told[places],
            cells=self.cells.of(places),
            attributes={name: codes[places] for name, codes in self.attributes.items()},
        )

    def with_exposure(self, exposure: SeasonalIndex | ArrayLike) -> Self:
        """Return the table with further exposure, multiplied into what there is.

        Args:
            exposure: a seasonal index, or numbers above 0: one per period, or per product and
                period, for example shops selling.

        Raises:
            InvalidArgumentError: other numbers, another shape, or an index of other periods.

        Examples:
            >>> import crmkit as ck
            >>> periods = ck.ProductPeriods.from_matrix([[4, 0, 3], [1, 1, 0]])
            >>> periods.with_exposure([1, 1, 2]).block(slice(1)).exposure
            array([[1., 1., 2.]])
        """
        if isinstance(exposure, SeasonalIndex):
            profiles, profile = exposure.profiles_of(self.products, self.starts, self.every)
        else:
            profiles, profile = exposure_profiles(exposure, (len(self), len(self.starts)))
        changed = attrs.evolve(self.cells, exposure=self.cells.exposure.times(profiles, profile))
        return attrs.evolve(self, cells=changed)

    def with_closed(self, closed: ArrayLike) -> Self:
        """Return the table with other closures, in place of those found or given.

        Args:
            closed: booleans: one per period for the whole shop, or one per product and period for
                single products out of stock or of a closed department.

        Raises:
            InvalidArgumentError: no booleans, or another shape.

        Examples:
            >>> import crmkit as ck
            >>> periods = ck.ProductPeriods.from_matrix([[4, 0, 3], [1, 1, 0]])
            >>> periods.with_closed([False, True, False]).block(slice(1)).cells
            array([[4, 2, 4]], dtype=uint8)
        """
        shop, single = closed_of(closed, (len(self), len(self.starts)))
        return attrs.evolve(self, cells=self.cells.with_closed(shop, single))

    def seasonal_index(
        self, by: str | Labels | None = None, *, shrinkage: float = 4.0
    ) -> SeasonalIndex:
        """Pool a seasonal index per category, in O(cells).

        The index of a week is what products sold over what the half year around it let expect. Only
        products on sale all that time count, so growth does not tilt it. They must have been
        launched at different times: else life and season are one. Eighteen months of data reach
        every week; in less, some have no `cells` and an index of 1.

        Args:
            by: an attribute that each product has one of, or labels of products; one index for all
                if not given.
            shrinkage: how many periods of products an index of 1 weighs as much as.

        Raises:
            InvalidArgumentError: no such attribute, or periods of a year.
            InvalidDataError: less than a year of data, or no category that allows an index.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> season = 1 + 0.3 * np.sin(np.arange(156) / 52 * 2 * np.pi)
            >>> periods = ck.ProductPeriods.from_matrix(
            ...     np.outer([100, 300], season), start="2023-01-02", age_known=False
            ... )
            >>> periods.seasonal_index()
            SeasonalIndex(1 category by week of the year, 0.82 to 1.18)
        """
        category = category_of(by, self.products, self.attributes)
        source = SeasonSource(self.every, self.starts, self.cells, self.age_known)
        found = index_of(source, category, self.products, shrinkage)
        return attrs.evolve(found, frame_kind=self.frame_kind)

    def demand_class(self, rule: DemandRule = DemandRule()) -> DemandClasses:
        """Say how each product sells: smooth, intermittent, erratic or lumpy.

        Examples:
            >>> import crmkit as ck
            >>> sold = [[0, 0, 3, 0, 4, 0, 0, 5, 0, 2]]
            >>> ck.ProductPeriods.from_matrix(sold).demand_class().to_frame()
               product  periods_with_sale  interval  variation  demand_class
            0        0                  4       2.5   0.136054  intermittent
        """
        check.instance(rule, DemandRule, "rule", "Leave it out for the standard cuts.")
        # A launch taken from the first sale would make the first interval 1, whatever the pace.
        counted = self.launch_told & self.age_known
        found = classes_of(self.products, self.blocks(), counted, rule)
        return attrs.evolve(found, frame_kind=self.frame_kind)

    def _columns(self) -> dict[str, NDArray[Any]]:
        sold, total = row_totals(self.cells.sales)
        return {
            "product": self.products,
            "launch": self.starts[self.launch],
            "age": self.age,
            "age_known": self.age_known,
            "periods_with_sale": sold,
            "total": total,
        }
