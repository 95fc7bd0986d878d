"""Why did revenue or margin change? More customers, more visits, fuller baskets, price, mix."""

from __future__ import annotations

from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import sums_by
from crmkit.data import Codes, Transactions
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.change.assumptions import DriverAssumptions, assumptions_of
from crmkit.profitability.change.counts import COHORTS, count, worth_by_cohort
from crmkit.profitability.change.lines import PeriodPair, read_pair
from crmkit.profitability.change.rows import FACTORS, Telling, overall, rows_of
from crmkit.profitability.change.totals import DriverRatios, DriverTotals, cohort_totals, ratios_of
from crmkit.profitability.change.tree import DriverTree, grow, mix_against_average
from crmkit.typing import (
    BoolArray,
    CodeArray,
    DriverMethod,
    FloatArray,
    IntArray,
    LabelArray,
    ReturnsInTree,
)


@attrs.frozen(kw_only=True, repr=False)
class Drivers(Answer):
    """What each factor contributed to the change, by cohort of customers and by group.

    One row per cohort, group and factor; as a frame: cohort, group (if asked by one), factor,
    before, after, contribution. The contributions of all rows add up to the change, those of a
    cohort or a group to its own change, to the last minor unit.

    Attributes:
        cohort: who: "new", "lost" and "retained" customers, "guest" lines, or "all".
        group: group of each row, -1 for lines of none; None if not asked by one.
        factor: what may have moved.
        before: the factor's value in the first period; NaN where it is undefined (0/0).
        after: the same in the second period.
        contribution_units: what the factor contributed, in units of 10**-digits; int64.
        digits: decimal digits of the money.
        assumptions: what was explained, how, and what was counted apart.

    Examples:
        >>> from crmkit import Transactions
        >>> from crmkit.profitability import drivers
        >>> may = Transactions.from_arrays(
        ...     customer=["ann", "bob"], time=["2026-05-03"] * 2, basket=[1, 2],
        ...     quantity=[2, 1], amount=[20, 10],
        ... )
        >>> june = Transactions.from_arrays(
        ...     customer=["ann", "cem"], time=["2026-06-03"] * 2, basket=[3, 4],
        ...     quantity=[3, 2], amount=[33, 22],
        ... )
        >>> drivers(may, june)
        Drivers(revenue 30 to 55, change +25: units_per_visit +21, price +4)
    """

    cohort: Codes
    group: Codes | None
    factor: Codes
    before: FloatArray = array()
    after: FloatArray = array()
    contribution_units: IntArray = array()
    digits: int
    assumptions: DriverAssumptions
    _tree: DriverTree = attrs.field(eq=False)
    _apart: tuple[IntArray, IntArray] | None = attrs.field(eq=False)
    _telling: Telling

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.before)

    def __repr__(self) -> str:
        """What changed, by how much, and what each factor contributed."""
        totals, form = self.by_factor(), f",.{self.digits}f"
        pairs = zip(totals.labels, totals.contribution, strict=True)
        moved = ", ".join(f"{name} {value:+{form}}" for name, value in pairs if value)
        return (
            f"Drivers({self.assumptions.measure} {self.total_before:{form}} to"
            f" {self.total_after:{form}}, change {self.total:+{form}}: {moved or 'nothing moved'})"
        )

    @property
    def contribution(self) -> FloatArray:
        """What each row contributed, major units."""
        return np.asarray(self.contribution_units / 10.0**self.digits, dtype=np.float64)

    @property
    def total(self) -> float:
        """The change, major units: the sum of all contributions."""
        return float(self.contribution_units.sum() / 10.0**self.digits)

    @property
    def total_before(self) -> float:
        """Revenue or margin of the first period with its returns, major units."""
        return float(self._tree.money()[2].sum() / 10.0**self.digits)

    @property
    def total_after(self) -> float:
        """Revenue or margin of the second period with its returns, major units."""
        return float(self._tree.money()[3].sum() / 10.0**self.digits)

    def by_factor(self) -> DriverTotals:
        """Sum the contributions of each factor over cohorts and groups.

        Before and after are the factor over all lines of the tree: customers, visits of one,
        units of a visit (guests' too), average price; what lies outside is money. A mix has no
        one value.

        Examples:
            >>> from crmkit import Transactions
            >>> from crmkit.profitability import drivers
            >>> days = {"customer": [7], "time": ["2026-05-03"], "quantity": [2]}
            >>> before = Transactions.from_arrays(amount=[20], **days)
            >>> after = Transactions.from_arrays(amount=[24], **days)
            >>> drivers(before, after).by_factor().to_frame()
                            factor  before  after  contribution
            0            customers     1.0    1.0           0.0
            1  visits_per_customer     1.0    1.0           0.0
            2      units_per_visit     2.0    2.0           0.0
            3                price    10.0   12.0           4.0
        """
        used = self.factor.used
        ends = overall(self._tree, self._telling)
        units = _summed(self.factor.codes, self.contribution_units, len(FACTORS))
        return DriverTotals(
            key="factor",
            labels=self.factor.labels[used],
            before=ends[0][used],
            after=ends[1][used],
            contribution_units=units[used],
            digits=self.digits,
            frame_kind=self.frame_kind,
        )

    def by_cohort(self) -> DriverTotals:
        """Tell new, lost, retained customers and guests; returns, and what has no units, are "all".

        Examples:
            >>> from crmkit import Transactions
            >>> from crmkit.profitability import drivers
            >>> may = Transactions.from_arrays(customer=[7], time=["2026-05-03"], amount=[9])
            >>> june = Transactions.from_arrays(customer=[8], time=["2026-06-03"], amount=[11])
            >>> drivers(may, june).by_cohort()
            DriverTotals(by cohort: new +11, lost -9)
        """
        cohort, _, before, after = self._tree.money()
        if self._apart is None:
            return self._of_money("cohort", self.cohort, cohort, (before, after))
        return cohort_totals(self._apart, (before, after), self.digits, self.frame_kind)

    def by_group(self) -> DriverTotals:
        """Sum the contributions of each group; before and after are its revenue or margin.

        Raises:
            InvalidArgumentError: the question was not asked by a group.

        Examples:
            >>> from crmkit import Transactions
            >>> from crmkit.profitability import drivers
            >>> days = {"customer": [7, 7], "time": ["2026-05-03"] * 2, "product": ["tea", "mug"]}
            >>> before = Transactions.from_arrays(amount=[2, 8], **days)
            >>> after = Transactions.from_arrays(amount=[3, 7], **days)
            >>> drivers(before, after, by="product").by_group()
            DriverTotals(by group: mug -1, tea +1)
        """
        group = self._groups("by_group()")
        _, code, before, after = self._tree.money()
        return self._of_money("group", group, code, (before, after))

    def mix(self) -> DriverTotals:
        """Return each group's part of the mix, measured against the average group.

        In the rows of the answer a group that gained share gained its whole worth, so that its
        rows add up to its own change. Here it gained what it is worth more than the average
        group of its cohort: moving to dear groups is positive, and so is moving away from cheap
        ones. Both add up to the same mix. Before and after are the groups' revenue or margin.

        Raises:
            InvalidArgumentError: the question was not asked by a group, or by "bennet", whose
                items have quantities and no shares.

        Examples:
            >>> from crmkit import Transactions
            >>> from crmkit.profitability import drivers
            >>> days = {"customer": [7, 7], "time": ["2026-05-03"] * 2, "product": ["tea", "mug"]}
            >>> before = Transactions.from_arrays(quantity=[5, 5], amount=[10, 40], **days)
            >>> after = Transactions.from_arrays(quantity=[4, 6], amount=[8, 48], **days)
            >>> drivers(before, after, by="product").mix()
            DriverTotals(by group: mug +3, tea +3)
        """
        group = self._groups("mix()")
        if self.assumptions.method == "bennet":
            raise InvalidArgumentError(
                "mix() needs shares, and method='bennet' has quantities. Ask with method='shapley'."
            )
        units = mix_against_average(self._tree, len(group.labels) + 1)
        return attrs.evolve(self.by_group(), contribution_units=units[_told(group)])

    def _groups(self, question: str) -> Codes:
        if self.group is None:
            raise InvalidArgumentError(
                f"{question} needs groups; ask for them: drivers(before, after, by='channel')."
            )
        return self.group

    def _of_money(
        self,
        key: Literal["cohort", "group"],
        codes: Codes,
        places: CodeArray,
        money: tuple[IntArray, IntArray],
    ) -> DriverTotals:
        told, size, scale = _told(codes), len(codes.labels) + 1, 10.0**self.digits
        before, after = (_summed(places, units, size)[told] for units in money)
        return DriverTotals(
            key=key,
            labels=_labels(codes, told),
            before=before / scale,
            after=after / scale,
            contribution_units=_summed(codes.codes, self.contribution_units, size)[told],
            digits=self.digits,
            frame_kind=self.frame_kind,
        )

    def ratios(self) -> DriverRatios:
        """Split the ratio of the periods, rather than their difference, into one per factor.

        The ratios multiply to after / before. With one product of factors each is the factor's
        own ratio; over cohorts and groups they are a generalised Fisher index. Guests' visits
        move with visits per customer, their quantity with units per visit. Every mixture of
        factors before and after must be worth more than 0; else all are NaN, and the answer says
        which is not.

        Time is 2**factors passes over cohorts and groups.

        Source: B. W. Ang, F. L. Liu and E. P. Chew, Perfect decomposition techniques in energy
        and environmental analysis (2003).

        Examples:
            >>> from crmkit import Transactions
            >>> from crmkit.profitability import drivers
            >>> days = {"customer": [7], "time": ["2026-05-03"], "quantity": [2]}
            >>> before = Transactions.from_arrays(amount=[20], **days)
            >>> after = Transactions.from_arrays(amount=[24], **days)
            >>> drivers(before, after).ratios().to_frame()
                            factor  ratio
            0            customers    1.0
            1  visits_per_customer    1.0
            2      units_per_visit    1.0
            3                price    1.2
        """
        names = self._telling.players(
            len(self._tree.before), set(self.factor.labels[self.factor.used])
        )
        # What is not told does not move, so one entry of its axis stands for both.
        axes = tuple(slice(None) if name else 0 for name in names)
        asked = tuple(name for name in names if name)
        totals = self._tree.mixed_totals()[axes]
        ratios = ratios_of(totals, asked, self.assumptions.measure)
        return attrs.evolve(ratios, frame_kind=self.frame_kind)

    def _columns(self) -> dict[str, NDArray[Any]]:
        groups = {} if self.group is None else {"group": self.group.decode()}
        return {
            "cohort": self.cohort.decode(),
            **groups,
            "factor": self.factor.decode(),
            "before": self.before,
            "after": self.after,
            "contribution": self.contribution,
        }


def _told(codes: Codes) -> BoolArray:
    """Say which labels occur, and, as the last, whether lines of none do."""
    return np.append(codes.used, codes.missing.any())


def _labels(codes: Codes, told: BoolArray) -> LabelArray:
    places = np.append(np.arange(len(codes.labels), dtype=np.int32), np.int32(-1))
    return Codes(places[told], codes.labels).decode()


def _summed(codes: CodeArray, units: IntArray, size: int) -> IntArray:
    """Sum per label; code -1 goes to the last of *size*."""
    return sums_by(codes % np.int32(size), size, units).astype(np.int64)


def drivers(
    before: Transactions,
    after: Transactions,
    *,
    by: str | None = None,
    method: DriverMethod = "shapley",
    cohorts: bool = False,
    returns: ReturnsInTree = "apart",
) -> Drivers:
    """Explain why revenue or margin changed from one period to another.

    Revenue is customers x visits per customer x units per visit x price; where both periods have
    costs, margin is the same with (price - cost). The change is split by Shapley's value: what a
    factor adds, on average over all orders in which the factors may have moved. The contributions
    add up to the change exactly, each within one minor unit of its exact share; a factor that did
    not move contributes exactly 0, and swapping the periods negates every one.

    `Drivers.by_cohort` tells the money of new customers (none of their sales lie in the first
    period), lost and retained ones. With *cohorts*, the new and the lost contribute all of it to
    "customers", and what moved for retained ones splits the rest. Guests have a tree of their own:
    visits x units per visit x price. Lines of money and no units (services, deposits) stay outside,
    as "without_units". Without baskets, visits are purchase days, and guests have units x price
    only; without quantities, units are lines.

    The split explains arithmetic, not causes: a price rise that drove customers away shows as
    price up and customers down. Price is the average of all units, so that without *by* a move
    to dearer goods shows as price; goods counted in other units than the rest (litres of fuel)
    are better left out, or asked about by category.

    Args:
        before: lines of the first period. Customers and groups are matched by their ids, so the
            periods may come from different frames, or from one by `tx.between`.
        after: lines of the second period, as long as the first: nothing is scaled by days.
        by: an attribute of customers (segment), baskets (channel) or lines (category), or
            "product". The mix then is a factor too, at the highest level at which nothing lies in
            two groups within a period: shares of customers, visits or units. The answer says
            which, in `assumptions.level`.
        method: "shapley"; or "bennet", quantity and price per product (or per group of *by*)
            whoever bought, where items of one period only are quantity.
        cohorts: whether new, lost and retained customers have trees of their own.
        returns: "apart" keeps return lines outside the tree, as "returns"; "net" nets them
            against sales, which lowers units rather than price; those of customers who bought
            nothing in the period stay outside.

    Raises:
        MissingRoleError: a period lacks amounts, or only one has baskets, quantities or *by*.
        InvalidArgumentError: an option outside its domain, or a *by* that neither period has.
        InvalidDataError: numbers on no decimal grid or too large to split exactly; ids that are
            text in one period and numbers in the other. All problems are listed.

    Time is O(lines), plus a sort of the lines where baskets are unknown or shared by customers.

    Source: L. S. Shapley, A value for n-person games (1953); G. Owen, Multilinear extensions of
    games (1972), for the integral; T. L. Bennet, The theory of measurement of changes in cost of
    living (1920).

    Examples:
        >>> from crmkit import Transactions
        >>> from crmkit.profitability import drivers
        >>> lines = {"customer": [7, 7], "time": ["2026-05-03"] * 2, "product": ["tea", "mug"]}
        >>> before = Transactions.from_arrays(quantity=[100, 50], amount=[1000, 1000], **lines)
        >>> after = Transactions.from_arrays(quantity=[80, 60], amount=[880, 1140], **lines)
        >>> drivers(before, after, method="bennet")
        Drivers(revenue 2,000 to 2,020, change +20: quantity -15, price +35)
    """
    check.choice(method, DriverMethod, "method")
    check.choice(returns, ReturnsInTree, "returns")
    check.instance(cohorts, bool, "cohorts", "False makes one tree of all customers.")
    pair = read_pair(before, after, by, method, returns)
    counts = count(pair, per_item=method == "bennet", apart=cohorts)
    tree = grow(pair, counts)
    telling = Telling(
        per_item=method == "bennet",
        has_baskets=pair.has_baskets,
        has_mix=by is not None,
        digits=pair.digits,
        unit_digits=pair.unit_digits,
    )
    rows = rows_of(tree, telling)
    return Drivers(
        cohort=Codes(rows.cohort, np.array(COHORTS, dtype=object)),
        group=_group_codes(rows.group, pair) if pair.keyed else None,
        factor=Codes(rows.factor, np.array(FACTORS, dtype=object)),
        before=rows.before,
        after=rows.after,
        contribution_units=rows.contribution,
        digits=pair.digits,
        assumptions=assumptions_of((before, after), pair, counts, (method, cohorts, returns)),
        frame_kind=before.frame_kind,
        tree=tree,
        apart=None if cohorts and method == "shapley" else worth_by_cohort(pair),
        telling=telling,
    )


def _group_codes(places: CodeArray, pair: PeriodPair) -> Codes:
    known = places < len(pair.groups)
    return Codes(np.where(known, places, np.int32(-1)), pair.groups)
