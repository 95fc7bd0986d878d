"""How many points will never be redeemed? Estimated from those that still wait as well."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.survival import (
    ages_of,
    at_risk_by_age,
    covered_ages,
    curve_of,
    redeemed_by_age,
    resampled,
)
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.declaration import reading as read
from crmkit.loyalty.replay.windows import DAY
from crmkit.loyalty.worth.views import LotLedger
from crmkit.loyalty.worth.watching import ENDLESS, Watched, first_day, still_open, watched_of
from crmkit.typing import FloatArray, IntArray, IntoDay, IntoRate

_CARRIED = 31
"""Most days by which a curve goes on flat: lives that end with a month differ by so many."""
Ultimate: TypeAlias = IntoRate | Literal["observed"] | None
_Share: TypeAlias = float | Literal["observed"] | None


@attrs.frozen(kw_only=True, repr=False)
class Breakage(Answer):
    """How points go by age: a row per day since they were earned.

    Attributes:
        age: days since the day of earning.
        at_risk: units of points open and under watch at that age.
        redeemed: units redeemed at that age.
        left: share of points not redeemed after that day, if nothing expired.
        rate: share of all points that is never redeemed; NaN where nobody has watched points grow
            so old, and no *ultimate* was given.
        chances: chance that the open points of each lot are redeemed.
        covered: days of age that were watched.
        ultimate: the share never redeemed of points that outlive the watched ages, as given.
        watched: what it was estimated from.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, breakage, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> ledger = evaluate(programme, tx, as_of="2026-03-02")
        >>> breakage(ledger, ultimate="0.2")
        Breakage(20.0 % of points, 2 days of age watched)
    """

    age: IntArray = array()
    at_risk: IntArray = array()
    redeemed: IntArray = array()
    left: FloatArray = array()
    rate: float
    chances: FloatArray = array()
    covered: int
    ultimate: float | Literal["observed"] | None
    watched: Watched = attrs.field(eq=False)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """The rate, and how far the data reach."""
        rate = "unknown share" if np.isnan(self.rate) else f"{self.rate:.1%}".replace("%", " %")
        days = check.counted(self.covered, "day")
        return f"Breakage({rate} of points, {days} of age watched)"

    @property
    def at_most(self) -> float:
        """The share left at the oldest age that was watched: breakage can be no more."""
        return float(self.left[self.covered - 1]) if self.covered else 1.0

    def interval(
        self, rng: np.random.Generator, *, level: float = 0.95, draws: int = 500
    ) -> tuple[float, float]:
        """Return a range that holds the rate with probability *level*.

        Customers are drawn with replacement, all their points together: points of one person are
        not independent. A share given as *ultimate* is taken as certain.

        Args:
            rng: where chance comes from, e.g. numpy.random.default_rng(7).
            level: between 0 and 1.
            draws: how many samples of customers.

        Raises:
            InvalidArgumentError: a level or number outside its domain, or a rate that is unknown.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, breakage, evaluate
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
            ... )
            >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
            >>> found = breakage(evaluate(programme, tx, as_of="2026-03-02"), ultimate="0.2")
            >>> low, high = found.interval(np.random.default_rng(7), draws=50)
            >>> print(f"{low:.2f} to {high:.2f}")
            0.20 to 0.20
        """
        check.instance(rng, np.random.Generator, "rng", "Say numpy.random.default_rng(seed).")
        check.whole_number(draws, "draws", at_least=2)
        if not 0 < check.real(level) < 1:
            raise InvalidArgumentError(f"level must lie between 0 and 1; got {level!r}.")
        refuse_unknown(self)
        outside = (1 - level) / 2
        low, high = np.quantile(self._rates(rng, draws), [outside, 1 - outside])
        return float(low), float(high)

    def _rates(self, rng: np.random.Generator, draws: int) -> FloatArray:
        watched = self.watched
        accounts, owner = np.unique(watched.account, return_inverse=True)
        lives, kind = np.unique(watched.life, return_inverse=True)
        places = np.searchsorted(accounts, watched.spells.owner)
        rates = []
        shape = (len(accounts), len(self.age), len(lives))
        lots = (owner, kind, watched.points)
        for draw in resampled(watched.spells._replace(owner=places), lots, shape, draws, rng):
            curve = curve_of(draw.redeemed, draw.at_risk)
            ends = _ends(curve, lives, self.covered, self.ultimate)
            granted = draw.granted.sum(axis=1)
            rates.append((draw.granted * ends).sum(axis=1)[granted > 0] / granted[granted > 0])
        return np.concatenate(rates)

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "age": self.age,
            "at_risk": self.at_risk,
            "redeemed": self.redeemed,
            "left": self.left,
        }


def breakage(
    ledger: LotLedger, *, since: IntoDay | None = None, ultimate: Ultimate = None
) -> Breakage:
    """Estimate which share of points is never redeemed, from how points go by age.

    Points that are still open say that they lasted so long; they count as watched until now, and
    so do points that expired or were taken back. To divide what expired by what was issued leaves
    them out, and is far too low in a programme that grows.

    A life of a lot ends when it expires; breakage is what is then left. Where lives are longer
    than the data, or have no end, the data cannot tell how the curve goes on: the rate is unknown
    until you say an *ultimate* share. A last month that nobody has watched, or a tenth of the ages
    if that is less, goes on flat.

    Where points go by inactivity, those that went stay in view as points that are not redeemed:
    who stops buying loses them, and that is no sign of how others go on.

    Args:
        ledger: of an evaluation.
        since: look only at what happened from this day on, at every age, if habits have changed.
        ultimate: share of points never redeemed, among those that outlive the watched ages;
            "observed" says that nobody redeems after those ages.

    Raises:
        InvalidArgumentError: a share outside 0 to 1, one that the data contradict, or a *since*
            after the data.

    Source: Kaplan and Meier (1958), with points as weights and late entry under *since*.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, breakage, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.50"]
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> breakage(evaluate(programme, tx, as_of="2026-03-02"))
        Breakage(unknown share of points, 2 days of age watched)
    """
    share = _ultimate(ultimate)
    watched = watched_of(ledger, first_day(since, ledger.as_of))
    ages = ages_of(watched.spells)
    redeemed = redeemed_by_age(watched.spells, ages)
    at_risk = at_risk_by_age(watched.spells, ages)
    curve, covered = curve_of(redeemed, at_risk), covered_ages(at_risk)
    _refuse_contradicted(share, curve[covered], covered)
    return Breakage(
        age=np.arange(ages),
        at_risk=at_risk,
        redeemed=redeemed,
        left=curve[1:],
        rate=_rate(watched, curve, covered, share),
        chances=_chances(ledger, watched, curve, (covered, share)),
        covered=covered,
        ultimate=share,
        watched=watched,
    )


def refuse_unknown(found: Breakage) -> None:
    """Refuse a breakage whose rate the data do not tell.

    Raises:
        InvalidArgumentError: it is unknown.
    """
    if not np.isnan(found.rate):
        return
    life = found.watched.life
    if not len(life):
        raise InvalidArgumentError(
            "breakage: there are no points to estimate it from. Say a rate, e.g. breakage='0.2'."
        )
    ending = life[life != ENDLESS]
    longest = "for ever" if len(ending) < len(life) else f"up to {ending.max():,} days"
    raise InvalidArgumentError(
        f"breakage: points live {longest}, and the data watch them for"
        f" {check.counted(found.covered, 'day')} of age, when {found.at_most:.1%} are left: what"
        " comes after is not in the data. Say a rate, e.g. breakage='0.2', or how many are never"
        " redeemed, e.g. breakage(ledger, ultimate='0.2'); ultimate='observed' says nobody redeems"
        " later."
    )


# --- the end of the curve ------------------------------------------------------------------------


def _ultimate(value: Ultimate) -> _Share:
    if value is None:
        return None
    if value == "observed":
        return "observed"
    return float(share_of(value, "ultimate"))


def share_of(value: IntoRate, name: str) -> Fraction:
    """Read a share from 0 to 1 as an exact number.

    Raises:
        InvalidArgumentError: it is none; the message names it.
    """
    try:
        return read.share(value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{name}: {error}") from None


def _refuse_contradicted(share: object, left: float, covered: int) -> None:
    if isinstance(share, float) and share > left:
        raise InvalidArgumentError(
            f"ultimate={share:g}: after {check.counted(covered, 'day')} only {left:.1%} of points"
            f" are left unredeemed, so no more can stay so. Say at most {left:.4f}, or 'observed'."
        )


def _ends(
    curve: FloatArray,
    lives: IntArray,
    covered: int,
    share: _Share,
) -> FloatArray:
    """Return the share left at the end of each life; NaN where nobody knows."""
    last = curve[..., covered, None]
    if share is None:
        beyond = np.where(last > 0, np.nan, 0.0)  # nothing is left of nothing, whatever comes
    else:
        beyond = last if share == "observed" else np.minimum(share, last)
    known = curve[..., np.minimum(lives, covered)]
    carried = min(_CARRIED, covered // 10)
    return np.where(lives - carried <= covered, known, beyond)


def _rate(watched: Watched, curve: FloatArray, covered: int, share: _Share) -> float:
    lives, kind = np.unique(watched.life, return_inverse=True)
    points = np.zeros(len(lives), dtype=np.int64)
    np.add.at(points, kind, watched.points)
    there = points > 0
    if not there.any():
        return float("nan")
    ends = _ends(curve, lives[there], covered, share)
    return float((points[there] * ends).sum() / points[there].sum())


def _chances(
    ledger: LotLedger, watched: Watched, curve: FloatArray, end: tuple[int, _Share]
) -> FloatArray:
    """Return the chance of each lot's open points to be redeemed; 0 where none are open.

    Of those points that are open at an age, the part is redeemed by which the curve still falls.
    """
    lots, chances = ledger.lots, np.zeros(len(ledger.lots))
    places = np.flatnonzero(lots.remaining > 0)
    days = ledger.as_of // DAY - lots.earned[places] // DAY + 1
    there = still_open(watched, curve)[days]
    falls = curve[days] - _ends(curve, watched.life[places], *end)
    # None is left open of those that grew as old: they were all redeemed by then.
    chances[places] = np.divide(falls, there, out=np.ones(len(days)), where=there > 0)
    return np.clip(chances, 0.0, 1.0)
