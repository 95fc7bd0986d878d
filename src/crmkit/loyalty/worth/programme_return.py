"""Does a programme pay? What it costs, who bears it, and how much more must be sold for it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.data.answers import Answer
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.loyalty.worth.breakage import Breakage
from crmkit.loyalty.worth.cohorts import redeemed_by_lot
from crmkit.loyalty.worth.funding import funded, share_of_rule, suppliers_of
from crmkit.loyalty.worth.given import IntoBreakage, Reader, breakage_of, value_of
from crmkit.loyalty.worth.revenue import rounded
from crmkit.loyalty.worth.views import CostLedger
from crmkit.money import to_minor
from crmkit.typing import FloatArray, IntoMoney, IntoRate, RewardValue


@attrs.frozen(kw_only=True, repr=False)
class ProgrammeReturn(Answer):
    """What a programme costs and what would pay for it; a row per part of the cost.

    Money is int minor units; the frame holds major units.

    Attributes:
        points: cost of points redeemed, or expected to be.
        discounts: what discount rules took off.
        running: cost of running the programme.
        paid_by: what each supplier pays of points and discounts.
        margin: margin of all sales to customers who are known, before these costs.
        incremental_margin: margin that is there only because of the programme; None if nobody
            measured it.
        valued_at: what the cost of a point is.
        digits: digits of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate, programme_return
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["100.00"], cost=["75.00"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> ledger = evaluate(programme, tx, as_of="2026-03-31")
        >>> margins = ck.LineValues.margin(tx)
        >>> programme_return(ledger, margins, cost_per_point="0.01", breakage="0.2").to_frame()
             part  amount
        0  points     0.8
        1     net     0.8
    """

    points: int
    discounts: int
    running: int
    paid_by: Mapping[str, int] = attrs.field(converter=FrozenMapping[int])
    margin: int
    incremental_margin: int | None
    valued_at: RewardValue
    digits: int = 2

    @property
    def supplier_funded(self) -> int:
        """What all suppliers pay, minor units."""
        return sum(self.paid_by.values())

    @property
    def net(self) -> int:
        """What is left for the shop to pay, minor units."""
        return self.points + self.discounts + self.running - self.supplier_funded

    @property
    def roi(self) -> float:
        """Incremental margin less net cost, per unit of net cost.

        NaN where nobody measured the margin, or there is no cost.
        """
        if self.incremental_margin is None or self.net <= 0:
            return float("nan")
        return (self.incremental_margin - self.net) / self.net

    @property
    def break_even_lift(self) -> float:
        """By what share sales must be above those without the programme to pay for it.

        Infinite where the cost takes all of the margin.
        """
        return _lift(Fraction(self.net), Fraction(self.margin))

    def __repr__(self) -> str:
        """The net cost, and the lift that pays for it."""
        net = f"{self.net / 10**self.digits:,.{self.digits}f}"
        lift = self.break_even_lift
        pays = "no lift pays" if np.isinf(lift) else f"pays at a lift of {lift:.2%}"
        return f"ProgrammeReturn(net cost {net}, {pays.replace('%', ' %')})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        costs = {"points": self.points, "discounts": self.discounts, "running": self.running}
        costs |= {f"paid by {who}": -paid for who, paid in self.paid_by.items()}
        parts = {part: amount for part, amount in costs.items() if amount} | {"net": self.net}
        return {
            "part": np.array(list(parts), dtype=object),
            "amount": np.array(list(parts.values()), dtype=np.int64) / 10**self.digits,
        }


@attrs.frozen(kw_only=True)
class _Given:
    """What a caller said of money, read: exact major units per point, minor units else."""

    per_point: Fraction
    running: int
    incremental: int | None
    breakage: Breakage | Fraction | None


def programme_return(
    ledger: CostLedger,
    margins: LineValues,
    *,
    cost_per_point: IntoRate,
    valued_at: RewardValue = "face",
    running_cost: IntoMoney = 0,
    incremental_margin: IntoMoney | None = None,
    breakage: IntoBreakage | None = None,
) -> ProgrammeReturn:
    """Say what a programme costs, what suppliers bear of it, and what would pay for it.

    Incremental margin is what would not be there without the programme: from a test with customers
    who had none. What members spend is no measure of it; they would have bought most of that
    anyway. Without a measure, look at the lift that breaks even, and ask if it is likely.

    Args:
        ledger: of an evaluation.
        margins: margin of each line, before rewards and discounts of the programme.
        cost_per_point: what a redeemed point costs, in major units.
        valued_at: what that is: "face", the money it pays, or "cost_of_goods", what the goods for
            it cost.
        running_cost: of cards, people and systems, in major units.
        incremental_margin: margin that the programme brought, in major units.
        breakage: counts points that are still open as far as they are expected to be redeemed; see
            `liability`. Only points redeemed so far count if left out.

    Raises:
        InvalidArgumentError: amounts or shares outside their domain, margins of other lines, a
            breakage that the data do not tell; all are listed.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate, programme_return
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["100.00"], cost=["75.00"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> ledger = evaluate(programme, tx, as_of="2026-03-31")
        >>> margins = ck.LineValues.margin(tx)
        >>> programme_return(ledger, margins, cost_per_point="0.01", breakage="0.2")
        ProgrammeReturn(net cost 0.80, pays at a lift of 3.31 %)
    """
    check.choice(valued_at, RewardValue, "valued_at")
    check.instance(margins, LineValues, "margins", "LineValues.margin(tx) makes them.")
    margins.on(ledger.history.tx)
    digits, reader = ledger.digits, Reader()
    given = _Given(
        per_point=reader.read(lambda: value_of(cost_per_point, "cost_per_point"), Fraction(1)),
        running=reader.read(lambda: _not_negative(running_cost, "running_cost", digits), 0),
        incremental=reader.read(lambda: _amount(incremental_margin, digits), None),
        breakage=reader.read(lambda: _optional_breakage(ledger, breakage), None),
    )
    reader.refuse()
    per_unit = given.per_point * Fraction(10**digits, 10**ledger.lots.point_digits)
    redeemed = _redemptions(ledger, given.breakage)
    return ProgrammeReturn(
        points=rounded(per_unit * _total(redeemed)),
        discounts=sum(_discounts(ledger).values()),
        running=given.running,
        paid_by={
            who: rounded(per_unit * _funded_points(ledger, redeemed, who) + _off(ledger, who))
            for who in suppliers_of(ledger.programme)
        },
        margin=_margin(margins, digits),
        incremental_margin=given.incremental,
        valued_at=valued_at,
        digits=digits,
    )


def break_even_lift(
    reward_rate: IntoRate,
    margin_rate: IntoRate,
    *,
    breakage: IntoRate = 0,
    supplier_share: IntoRate = 0,
) -> float:
    """Return by what share sales must rise to pay for rewards on all of them.

    Rewards go to old sales as well as new ones: with r of each sale given back and a margin m, the
    lift is r / (m - r).

    Args:
        reward_rate: what points are worth, as a share of sales.
        margin_rate: margin as a share of sales, before rewards.
        breakage: share of points never redeemed.
        supplier_share: share of rewards that suppliers pay.

    Returns:
        the lift as a share; infinite where rewards take all of the margin.

    Raises:
        InvalidArgumentError: shares outside 0 to 1; all are listed.

    Examples:
        >>> from crmkit.loyalty import break_even_lift
        >>> round(break_even_lift("0.01", "0.25"), 4)
        0.0417
        >>> round(break_even_lift("0.01", "0.25", breakage="0.2"), 4)
        0.0331
    """
    reader = Reader()
    reward = reader.share(reward_rate, "reward_rate")
    margin = reader.share(margin_rate, "margin_rate")
    broken = reader.share(breakage, "breakage")
    borne = reader.share(supplier_share, "supplier_share")
    reader.refuse()
    return _lift(reward * (1 - broken) * (1 - borne), margin)


def _lift(cost: Fraction, margin: Fraction) -> float:
    if cost <= 0:
        return 0.0
    return float(cost / (margin - cost)) if margin > cost else float("inf")


# --- what was given ------------------------------------------------------------------------------


def _amount(value: IntoMoney | None, digits: int, name: str = "incremental_margin") -> int | None:
    return None if value is None else _minor(value, name, digits)


def _not_negative(value: IntoMoney, name: str, digits: int) -> int:
    units = _minor(value, name, digits)
    if units < 0:
        raise InvalidArgumentError(f"{name} must not be negative; got {value!r}.")
    return units


def _minor(value: IntoMoney, name: str, digits: int) -> int:
    try:
        return to_minor(value, digits=digits)
    except InvalidDataError as odd:
        raise InvalidArgumentError(f"{name}: {odd}") from None


def _optional_breakage(
    ledger: CostLedger, breakage: IntoBreakage | None
) -> Breakage | Fraction | None:
    return None if breakage is None else breakage_of(ledger, breakage)


# --- counting ------------------------------------------------------------------------------------


def _redemptions(ledger: CostLedger, breakage: Breakage | Fraction | None) -> FloatArray:
    """Return the units of each lot that were, or are expected to be, redeemed."""
    redeemed, remaining = redeemed_by_lot(ledger).astype(np.float64), ledger.lots.remaining
    if breakage is None:
        return redeemed
    if isinstance(breakage, Breakage):
        return np.asarray(redeemed + remaining * breakage.chances)
    lots, still = ledger.lots, int(remaining.sum())
    wanted = (1 - breakage) * int((lots.granted - lots.reversed).sum()) - int(redeemed.sum())
    chance = min(max(float(wanted) / still, 0.0), 1.0) if still else 0.0
    return np.asarray(redeemed + remaining * chance)


def _total(values: FloatArray) -> Fraction:
    """Sum numbers in an order of their own, so that the order of rows is not in the sum."""
    return Fraction(float(np.sort(values).sum()))


def _funded_points(ledger: CostLedger, redeemed: FloatArray, supplier: str) -> Fraction:
    paid = funded(ledger, supplier)
    granted = ledger.lots.granted.astype(np.float64) * paid.scale
    share = np.divide(paid.parts, granted, out=np.zeros(len(granted)), where=granted > 0)
    return _total(share * redeemed)


def _discounts(ledger: CostLedger) -> dict[str, int]:
    """Return what each discount rule took off."""
    found = ledger.discounts
    if found is None:
        return {}
    taken = np.zeros(len(found.rules), dtype=np.int64)
    np.add.at(taken, found.rule, found.amount)
    return dict(zip(found.rules, taken.tolist(), strict=True))


def _off(ledger: CostLedger, supplier: str) -> Fraction:
    shares = (
        amount * share_of_rule(ledger.programme, rule, supplier)
        for rule, amount in _discounts(ledger).items()
    )
    return sum(shares, Fraction(0))


def _margin(margins: LineValues, digits: int) -> int:
    """Sum the margins of known customers, and round once."""
    member = margins.transactions.customer.codes >= 0
    units = np.asarray(margins.numbers.units)[member]
    if margins.numbers.digits is None:
        return rounded(Fraction(float(np.sort(units).sum())) * 10**digits)
    return rounded(Fraction(int(units.sum()) * 10**digits, 10**margins.numbers.digits))
