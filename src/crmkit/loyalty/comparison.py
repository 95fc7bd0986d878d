"""What another programme would have given over the same history."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.data.labels import Labels
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.evaluation import evaluate
from crmkit.loyalty.ledger.entries import EntryKind, in_points
from crmkit.loyalty.ledger.ledger import Ledger
from crmkit.loyalty.replay.history import Customers, History
from crmkit.typing import IntArray, IntoDay, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Differences(Answer):
    """Points earned under two programmes, by some key.

    Attributes:
        key: what the rows are of: rule, or the name of labels.
        names: the rows; None where no label says.
        before: units earned under the first programme.
        after: units earned under the second.
        winners: accounts that earn more under the second.
        losers: accounts that earn less.
        point_digits: decimals of a point.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, compare
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> one, two = (
        ...     Programme(rules=(EarnRule("base", amount=PerSpend(points, "1.00")),))
        ...     for points in (1, 2)
        ... )
        >>> compare(one, two, tx, as_of="2026-03-31").by_rule().to_frame()
           rule  before  after  change  winners  losers
        0  base      10     21      11        1       0
    """

    key: str
    names: NDArray[Any] = array()
    before: IntArray = array()
    after: IntArray = array()
    winners: IntArray = array()
    losers: IntArray = array()
    point_digits: int = 0

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.before)

    def __repr__(self) -> str:
        """What the rows are of, and how many."""
        return f"Differences(by {self.key}, {check.counted(len(self), 'row')})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            self.key: self.names,
            "before": in_points(self.before, self.point_digits),
            "after": in_points(self.after, self.point_digits),
            "change": in_points(self.after - self.before, self.point_digits),
            "winners": self.winners,
            "losers": self.losers,
        }


@attrs.frozen(kw_only=True, repr=False)
class ProgrammeComparison(Answer):
    """Two programmes over one history, account by account.

    Customers are taken to do what they did: nobody buys more because a rule is kinder.

    Attributes:
        before: the ledger of the first programme.
        after: the ledger of the second.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, compare
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> one, two = (
        ...     Programme(rules=(EarnRule("base", amount=PerSpend(points, "1.00")),))
        ...     for points in (1, 2)
        ... )
        >>> compare(one, two, tx, as_of="2026-03-31")
        ProgrammeComparison(10 to 21 points, 1 account earns more, 0 accounts earn less)
    """

    before: Ledger = attrs.field(eq=id)
    after: Ledger = attrs.field(eq=id)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many accounts."""
        return len(self.before.entries.accounts)

    def __repr__(self) -> str:
        """Points under both, and how many accounts earn more or less."""
        one, two = self._earned()
        digits = self.before.programme.policies.point_digits
        sums = in_points(np.array([one.sum(), two.sum()]), digits)
        more, less = np.count_nonzero(two > one), np.count_nonzero(two < one)
        return (
            f"ProgrammeComparison({sums[0]:,} to {sums[1]:,} points,"
            f" {check.counted(more, 'account')} {'earns' if more == 1 else 'earn'} more,"
            f" {check.counted(less, 'account')} {'earns' if less == 1 else 'earn'} less)"
        )

    def by_rule(self) -> Differences:
        """Return the points of each rule under both programmes; a rule that one lacks gives none.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, compare
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> compare(programme, programme, tx, as_of="2026-03-31").by_rule()
            Differences(by rule, 1 row)
        """
        names = list(dict.fromkeys([*self.before.entries.rules, *self.after.entries.rules]))
        tables = [_by_rule(ledger, names) for ledger in (self.before, self.after)]
        change = tables[1] - tables[0]
        return self._differences("rule", np.array(names, dtype=object), tables, change)

    def by_segment(self, labels: Labels) -> Differences:
        """Return the points of each class of customers under both programmes.

        Raises:
            InvalidArgumentError: labels of something else than customers.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, compare
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> loyal = ck.Labels.from_mapping({"ann": "loyal"}, entity="customer", name="segment")
            >>> compare(programme, programme, tx, as_of="2026-03-31").by_segment(loyal)
            Differences(by segment, 1 row)
        """
        check.instance(labels, Labels, "labels", "Labels.from_mapping(...) makes them.")
        if labels.entity != "customer":
            raise InvalidArgumentError(
                f"labels must be of customers; these are of {labels.entity}s."
            )
        codes = labels.codes_of(self.before.entries.accounts)
        kinds = np.arange(-1 if (codes < 0).any() else 0, len(labels.names))
        inside = codes[None, :] == kinds[:, None]
        tables = [np.where(inside, earned, 0) for earned in self._earned()]
        names = np.array([*labels.names, None], dtype=object)[kinds]
        return self._differences(labels.name, names, tables, tables[1] - tables[0])

    def tier_moves(self) -> pd.DataFrame:
        """Return how many accounts end in which tier under both: first programme in rows.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, compare
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> compare(programme, programme, tx, as_of="2026-03-31").tier_moves()
                  none
            none     1
        """
        sides = [_tiers(ledger) for ledger in (self.before, self.after)]
        table = np.zeros([len(names) for names, _ in sides], dtype=np.int64)
        np.add.at(table, (sides[0][1], sides[1][1]), 1)
        return pd.DataFrame(table, index=sides[0][0], columns=sides[1][0])

    def _earned(self) -> list[IntArray]:
        return [_earned(ledger) for ledger in (self.before, self.after)]

    def _differences(
        self, key: str, names: NDArray[Any], tables: list[IntArray], change: IntArray
    ) -> Differences:
        return Differences(
            key=key,
            names=names,
            before=tables[0].sum(axis=1),
            after=tables[1].sum(axis=1),
            winners=np.count_nonzero(change > 0, axis=1),
            losers=np.count_nonzero(change < 0, axis=1),
            point_digits=self.before.programme.policies.point_digits,
            frame_kind=self.frame_kind,
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        one, two = self._earned()
        digits = self.before.programme.policies.point_digits
        accounts: LabelArray = self.before.entries.accounts
        return {
            "customer": accounts,
            "before": in_points(one, digits),
            "after": in_points(two, digits),
            "change": in_points(two - one, digits),
        }


def compare(
    before: Programme,
    after: Programme,
    history: Transactions | History,
    *,
    customers: Customers | None = None,
    as_of: IntoDay,
) -> ProgrammeComparison:
    """Play two programmes over the same history, and compare what they give.

    Args:
        before: the programme as it is.
        after: the programme as it may be.
        history: as for `evaluate`.
        customers: as for `evaluate`.
        as_of: as for `evaluate`.

    Raises:
        InvalidArgumentError: points of different digits; and what `evaluate` raises.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import Cap, EarnRule, PerSpend, Programme, compare
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "bob"], time=["2026-03-01"] * 2, basket=[1, 2], amount=[90, 10]
        ... )
        >>> free, capped = (
        ...     Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00"), caps=caps),))
        ...     for caps in ((), (Cap(50, per="day"),))
        ... )
        >>> compare(free, capped, tx, as_of="2026-03-31").to_frame()
          customer  before  after  change
        0      ann      90     50     -40
        1      bob      10     10       0
    """
    digits = [programme.policies.point_digits for programme in (before, after)]
    if digits[0] != digits[1]:
        raise InvalidArgumentError(
            f"points of {digits[0]} and of {digits[1]} digits cannot be compared; say the same"
            " Policies(point_digits=...) in both programmes."
        )
    ledgers = [
        evaluate(programme, history, customers=customers, as_of=as_of)
        for programme in (before, after)
    ]
    return ProgrammeComparison(
        before=ledgers[0], after=ledgers[1], frame_kind=ledgers[0].frame_kind
    )


def _earned(ledger: Ledger) -> IntArray:
    """Return the units that each account earned."""
    entries = ledger.entries
    rows = entries.kind <= EntryKind.BONUS
    sums = np.zeros(len(entries.accounts), dtype=np.int64)
    np.add.at(sums, entries.account[rows], entries.points[rows])
    return sums


def _by_rule(ledger: Ledger, names: list[str]) -> IntArray:
    """Return units earned, shape (rules, accounts)."""
    entries = ledger.entries
    rows = np.flatnonzero((entries.kind <= EntryKind.BONUS) & (entries.rule >= 0))
    place = np.array([names.index(name) for name in entries.rules], dtype=np.int64)
    table = np.zeros((len(names), len(entries.accounts)), dtype=np.int64)
    np.add.at(table, (place[entries.rule[rows]], entries.account[rows]), entries.points[rows])
    return table


def _tiers(ledger: Ledger) -> tuple[list[str], IntArray]:
    """Return names of tiers, none first, and the place of each account among them."""
    return ["none", *ledger.tiers.tiers], ledger.tiers.rank.astype(np.int64) + 1
