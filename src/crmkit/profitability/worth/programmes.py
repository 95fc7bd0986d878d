"""Did the programme or campaign pay, and what would it take to? Returns and break-evens."""

from __future__ import annotations

import attrs
import numpy as np
from scipy.special import ndtr

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.worth.response_curve import refuse_unless

Interval = tuple[float, float]


def _known(**numbers: float | None) -> dict[str, bool]:
    return {
        f"{name} must be a finite number; got {value!r}.": bool(np.isfinite(check.real(value)))
        for name, value in numbers.items()
        if value is not None
    }


def _not_negative(**numbers: float | None) -> dict[str, bool]:
    return {
        f"{name} must be a number >= 0; got {value!r}.": 0 <= check.real(value) < np.inf
        for name, value in numbers.items()
        if value is not None
    }


def _share(**numbers: float) -> dict[str, bool]:
    return {
        f"{name} must be 0 .. 1, 0.05 for 5 %; got {value!r}.": 0 <= check.real(value) <= 1
        for name, value in numbers.items()
    }


@attrs.frozen(kw_only=True, repr=False)
class ProgrammeRoi:
    """What a programme cost and what it brought; ratios are NaN where nothing was spent.

    Attributes:
        cost: of the programme, in money.
        incremental_margin: margin that came only because of it, rewards deducted.
        interval: of the incremental margin, lowest and highest.
        standard_error: of the incremental margin.
        supplier_share: part of the cost that suppliers bear.
        supplier_margin: what the programme brought the suppliers; None if not known.

    Examples:
        >>> from crmkit.profitability import programme_roi
        >>> found = programme_roi(12_000, 15_000, supplier_share=0.25, supplier_margin=6000)
        >>> found.gain, found.chain_roi
        (6000.0, 0.75)
    """

    cost: float
    incremental_margin: float
    interval: Interval | None = None
    standard_error: float | None = None
    supplier_share: float = 0.0
    supplier_margin: float | None = None

    @property
    def net_cost(self) -> float:
        """What the retailer bears: also the incremental margin that breaks even."""
        return self.cost * (1 - self.supplier_share)

    @property
    def gain(self) -> float:
        """Incremental margin less net cost, in money."""
        return self.incremental_margin - self.net_cost

    @property
    def gain_interval(self) -> Interval | None:
        """The gain at both ends of the margin's interval; None without one."""
        ends = self.interval
        return ends and (ends[0] - self.net_cost, ends[1] - self.net_cost)

    @property
    def roi(self) -> float:
        """Gain per unit of net cost; NaN if suppliers bore it all or it cost nothing."""
        return _per(self.gain, self.net_cost)

    @property
    def roi_interval(self) -> Interval | None:
        """The return at both ends of the margin's interval: it is linear in the margin."""
        ends = self.gain_interval
        return ends and (_per(ends[0], self.net_cost), _per(ends[1], self.net_cost))

    @property
    def probability_of_gain(self) -> float | None:
        """How likely the gain is above 0, the margin being normal; None without standard error."""
        if self.standard_error is None:
            return None
        if self.standard_error == 0:
            return float(self.gain > 0)
        return float(ndtr(self.gain / self.standard_error))

    @property
    def chain_gain(self) -> float:
        """Margin of retailer and suppliers less the whole cost; NaN if theirs is not known."""
        theirs = np.nan if self.supplier_margin is None else self.supplier_margin
        return self.incremental_margin + theirs - self.cost

    @property
    def chain_roi(self) -> float:
        """Gain of retailer and suppliers per unit of the whole cost; NaN if not known."""
        return _per(self.chain_gain, self.cost)

    def __repr__(self) -> str:
        """The return with its interval, or the money alone where nothing was spent."""
        ends = self.roi_interval
        if self.net_cost == 0:
            return f"ProgrammeRoi(gain {self.gain:,.2f} at no net cost)"
        span = "" if ends is None else f" [{ends[0] * 100:.0f} %; {ends[1] * 100:.0f} %]"
        return f"ProgrammeRoi({self.roi * 100:.0f} %{span}, gain {self.gain:,.2f})"


def _per(gain: float, cost: float) -> float:
    return gain / cost if cost else float("nan")


def programme_roi(
    cost: float,
    incremental_margin: float,
    *,
    interval: Interval | None = None,
    standard_error: float | None = None,
    supplier_share: float = 0.0,
    supplier_margin: float | None = None,
) -> ProgrammeRoi:
    """Ask what a programme returned on its cost.

    What its members bought is not what it brought: the margin wanted is the one they would not
    have brought without it, from a test against a control group, with rewards deducted. Rewards
    count at what redeemed ones cost, goods at purchase cost.

    Args:
        cost: of the programme, not negative.
        incremental_margin: as said, in money.
        interval: of the incremental margin, lowest and highest.
        standard_error: of the incremental margin, for the probability of a gain.
        supplier_share: part of the cost that suppliers bear, 0 .. 1.
        supplier_margin: incremental margin of the suppliers, for the return of the whole chain.

    Raises:
        InvalidArgumentError: numbers missing or out of range, an interval that does not hold the
            margin; all problems are listed.

    Examples:
        >>> from crmkit.profitability import programme_roi
        >>> programme_roi(12_000, 15_000, interval=(9600, 20_400), supplier_share=0.25)
        ProgrammeRoi(67 % [7 %; 127 %], gain 6,000.00)
    """
    refuse_unless(
        {
            **_not_negative(cost=cost, standard_error=standard_error),
            **_known(incremental_margin=incremental_margin, supplier_margin=supplier_margin),
            **_share(supplier_share=supplier_share),
            "interval must be (lowest, highest) with the incremental margin between;"
            f" got {interval!r} for {incremental_margin!r}.": _holds(interval, incremental_margin),
        }
    )
    return ProgrammeRoi(
        cost=cost,
        incremental_margin=incremental_margin,
        interval=interval,
        standard_error=standard_error,
        supplier_share=supplier_share,
        supplier_margin=supplier_margin,
    )


def _holds(interval: Interval | None, margin: float) -> bool:
    if interval is None:
        return True
    try:
        low, high = (check.real(end) for end in interval)
    except (TypeError, ValueError):
        return False
    # A margin that is no number is told on its own.
    return low <= high and not (check.real(margin) < low or check.real(margin) > high)


# --- what it would take --------------------------------------------------------------------------


def breakeven_lift(
    sales: float, margin: float, reward_rate: float, *, fixed_cost: float = 0.0
) -> float:
    """Return the lift of members' sales at which a reward on all their sales pays for itself.

    The reward is owed on what they would have bought anyway, so
    lift = (reward_rate sales + fixed_cost) / (sales (margin - reward_rate)).

    Args:
        sales: of the members without the programme, above 0.
        margin: contribution margin as part of sales.
        reward_rate: cost of rewards as part of sales, as redeemed.
        fixed_cost: of the programme.

    Raises:
        InvalidArgumentError: numbers out of range; a reward that is not below the margin, for
            which there is no such lift; all problems are listed.

    Examples:
        >>> from crmkit.profitability import breakeven_lift
        >>> round(breakeven_lift(1_000_000, 0.25, 0.01), 4)
        0.0417
    """
    refuse_unless(
        {
            f"sales must be a number above 0; got {sales!r}.": 0 < check.real(sales) < np.inf,
            **_share(margin=margin, reward_rate=reward_rate),
            **_not_negative(fixed_cost=fixed_cost),
        }
    )
    _refuse_hopeless(reward_rate, margin, "reward_rate", "margin")
    return (reward_rate * sales + fixed_cost) / (sales * (margin - reward_rate))


def _refuse_hopeless(given_away: float, margin: float, name: str, of: str) -> None:
    if given_away >= margin:
        raise InvalidArgumentError(
            f"{name} must be below {of}, or every further sale loses money and nothing breaks even;"
            f" got {given_away!r} of {margin!r}."
        )


@attrs.frozen(kw_only=True, repr=False)
class CampaignBreakeven:
    """The response at which a campaign pays for itself.

    Attributes:
        contact_cost: per contact.
        margin: per response, before the incentive.
        incentive: given to everyone who responds.
        base_rate: part of the contacts that would have bought anyway.

    Examples:
        >>> from crmkit.profitability import campaign_breakeven
        >>> round(campaign_breakeven(0.60, 12, incentive=3, base_rate=0.02).response_rate, 4)
        0.0933
    """

    contact_cost: float
    margin: float
    incentive: float = 0.0
    base_rate: float = 0.0

    @property
    def incremental_rate(self) -> float:
        """Part of the contacts that must buy on top of those who would have anyway."""
        needed = self.contact_cost + self.base_rate * self.incentive
        return needed / (self.margin - self.incentive)

    @property
    def response_rate(self) -> float:
        """All who buy, base rate included."""
        return self.base_rate + self.incremental_rate

    @property
    def is_possible(self) -> bool:
        """Whether that many contacts are left to win."""
        return self.response_rate <= 1

    def __repr__(self) -> str:
        """Points above the base rate."""
        never = "" if self.is_possible else ": more than there are"
        return f"CampaignBreakeven({self.incremental_rate * 100:.2f} points above base{never})"


def campaign_breakeven(
    contact_cost: float, margin: float, *, incentive: float = 0.0, base_rate: float = 0.0
) -> CampaignBreakeven:
    """Ask which response a campaign needs to pay for itself.

    The incentive also goes to those who would have bought without it, which costs
    base_rate x incentive a contact before anything is won.

    Args:
        contact_cost: per contact, not negative.
        margin: per response, before the incentive.
        incentive: given to everyone who responds, not negative and below the margin.
        base_rate: part of the contacts that would have bought anyway, 0 .. 1.

    Raises:
        InvalidArgumentError: numbers out of range; all problems are listed.

    Examples:
        >>> from crmkit.profitability import campaign_breakeven
        >>> campaign_breakeven(0.60, 12, incentive=3, base_rate=0.02)
        CampaignBreakeven(7.33 points above base)
    """
    refuse_unless(
        {
            **_not_negative(contact_cost=contact_cost, incentive=incentive),
            **_known(margin=margin),
            **_share(base_rate=base_rate),
        }
    )
    _refuse_hopeless(incentive, margin, "incentive", "margin")
    return CampaignBreakeven(
        contact_cost=contact_cost, margin=margin, incentive=incentive, base_rate=base_rate
    )


def price_cut_breakeven(cut: float, margin: float) -> float:
    """Return how many more units a price cut must sell to earn as much as before.

    Args:
        cut: part of the price, 0 .. 1.
        margin: contribution margin as part of the price before the cut, 0 .. 1.

    Returns:
        further units as part of the units before: cut / (margin - cut).

    Raises:
        InvalidArgumentError: numbers out of range; a cut that is not below the margin.

    Examples:
        >>> from crmkit.profitability import price_cut_breakeven
        >>> round(price_cut_breakeven(0.10, 0.30), 4)
        0.5
    """
    refuse_unless(_share(cut=cut, margin=margin))
    _refuse_hopeless(cut, margin, "cut", "margin")
    return cut / (margin - cut)
