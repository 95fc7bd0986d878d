"""What a simulated shop is made of: its people, its goods and its habits."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError
from crmkit.typing import FloatArray, IntoDay

_ROUNDING = 1e-9


def _positive(value: float, name: str) -> None:
    if not 0 < value < np.inf:
        raise InvalidArgumentError(f"{name} must be a positive number; got {value!r}.")


def _not_negative(value: float, name: str) -> None:
    if not 0 <= value < np.inf:
        raise InvalidArgumentError(f"{name} must be a number >= 0; got {value!r}.")


def _share(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise InvalidArgumentError(f"{name} must be a share, 0 .. 1; got {value!r}.")


def _adding_up(shares: Mapping[str, float], name: str) -> None:
    for key, value in shares.items():
        _share(value, f"the share of {key!r} in {name}")
    total = sum(shares.values())
    if abs(total - 1) > _ROUNDING:
        raise InvalidArgumentError(f"the shares of {name} must add up to 1; they make {total:g}.")


def _in_order(shares: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    # The order decides which number is drawn for whom, so it is part of the value.
    return tuple(shares.items())


@attrs.frozen(kw_only=True)
class Population:
    """The distributions customers are drawn from: Pareto/NBD with a birth date.

    Attributes:
        r: shape of the gamma distribution of purchase rates.
        alpha: its rate, in weeks; the mean customer buys r/alpha times a week.
        s: shape of the gamma distribution of dropout rates.
        beta: its rate, in weeks.
        old_stock: share of customers who join in the first four weeks; the others join evenly
            over the whole period.
        spend_sigma: spread of the lognormal personal factor on basket sizes; its median is 1.

    Raises:
        InvalidArgumentError: a parameter that is not positive, or a share outside 0 .. 1.

    Source: Schmittlein, Morrison and Colombo (1987) for the names of the parameters.

    Examples:
        >>> from crmkit.datasets import Population
        >>> Population(alpha=14).alpha  # half as many visits
        14
    """

    r: float = 0.9
    alpha: float = 7.0
    s: float = 0.8
    beta: float = 40.0
    old_stock: float = 0.45
    spend_sigma: float = 0.4

    def __attrs_post_init__(self) -> None:
        """Check that the distributions exist."""
        for name in ("r", "alpha", "s", "beta"):
            _positive(getattr(self, name), name)
        _share(self.old_stock, "old_stock")
        _not_negative(self.spend_sigma, "spend_sigma")


@attrs.frozen
class Archetype:
    """A kind of customer without any spread: all have the same rate, lifetime and spend.

    Visits are still Poisson and basket sizes still vary, but nothing else does, so archetypes that
    lie far apart can be told apart with certainty, or nearly.

    Attributes:
        name: what to call them.
        rate: baskets a week while alive, after the first.
        lifetime_weeks: weeks from joining to leaving, for all the same.
        spend: factor on basket sizes; a basket has 1 + 2.6 * spend lines on average.
        join_week: the week they join in, at a moment drawn evenly from it.
        share: share of all customers.

    Raises:
        InvalidArgumentError: numbers that are negative, or a share outside 0 .. 1.

    Examples:
        >>> from crmkit.datasets import Archetype
        >>> Archetype("shy", rate=0.1, lifetime_weeks=500, spend=0.5, join_week=0, share=1).name
        'shy'
    """

    name: str
    rate: float
    lifetime_weeks: float
    spend: float
    join_week: float
    share: float

    def __attrs_post_init__(self) -> None:
        """Check that such people may exist."""
        for name in ("rate", "lifetime_weeks", "spend", "join_week"):
            _not_negative(getattr(self, name), name)
        _share(self.share, "share")


ARCHETYPES = (
    Archetype("champion", rate=1.0, lifetime_weeks=500, spend=3.0, join_week=0, share=0.15),
    Archetype("saver", rate=1.0, lifetime_weeks=500, spend=0.1, join_week=0, share=0.15),
    Archetype("occasional", rate=0.3, lifetime_weeks=500, spend=1.0, join_week=0, share=0.2),
    Archetype("newcomer", rate=1.0, lifetime_weeks=500, spend=1.0, join_week=100, share=0.15),
    Archetype("lapsed regular", rate=1.6, lifetime_weeks=60, spend=3.0, join_week=0, share=0.1),
    Archetype("lost trial", rate=0.15, lifetime_weeks=20, spend=1.0, join_week=0, share=0.25),
)
"""Six archetypes far apart, made for 104 weeks.

At the end the first four have bought within 140 days, the last two have not for 300; frequency is
about 90 (champion, saver, lapsed regular), 28 (occasional) or below 13; a champion spends some
seven times what a saver does.
"""


@attrs.frozen(kw_only=True)
class ShopSettings:
    """Everything about a simulated shop but its number of customers and its seed.

    Attributes:
        start: first day. Weeks are counted from it, so a Monday makes them calendar weeks.
        weeks: how long the shop is observed.
        population: distributions of the customers.
        archetypes: kinds of customer to draw from instead of *population*, shares adding up to 1;
            `ARCHETYPES` are six that lie far apart.
        products: how many products.
        associations: for each planted pair, the probability that a basket with its first product
            gets its second besides chance.
        channels: share of each channel over all customers.
        channel_drift: share of the baskets elsewhere that move to the last of *channels* each year.
        regions: share of customers living in each region.
        guest_share: share of baskets after a customer's first in which nobody knows who it is;
            0.25 is much, as in the UCI online retail data.
        return_share: share of identified lines that are brought back.
        losers: share of customers who cost more than they bring, whatever else they are: see
            `CustomerTruth`. They buy in the last of *channels* only.
        shuffle: hand the lines out in random order instead of by time and basket.

    Raises:
        InvalidArgumentError: numbers outside their domain; shares that do not add up to 1;
            archetypes who join after the end.

    Examples:
        >>> from crmkit.datasets import ShopSettings
        >>> ShopSettings(weeks=52, channels={"store": 0.9, "online": 0.1}).products
        800
    """

    start: IntoDay = "2024-01-01"
    weeks: int = 104
    population: Population = Population()
    archetypes: tuple[Archetype, ...] = attrs.field(default=(), converter=tuple)
    products: int = 800
    associations: tuple[float, ...] = attrs.field(default=(0.5, 0.4, 0.3, 0.2), converter=tuple)
    channels: Mapping[str, float] = attrs.field(
        default={"store": 0.7, "app": 0.1, "online": 0.2},
        converter=FrozenMapping[float],
        eq=_in_order,
    )
    channel_drift: float = 0.0
    regions: Mapping[str, float] = attrs.field(
        default={"North": 0.3, "East": 0.2, "South": 0.25, "West": 0.25},
        converter=FrozenMapping[float],
        eq=_in_order,
    )
    guest_share: float = 0.12
    return_share: float = 0.03
    losers: float = 0.0
    shuffle: bool = False

    def __attrs_post_init__(self) -> None:
        """Check each setting, and that archetypes join before the end."""
        check.day(self.start, "start")
        check.whole_number(self.weeks, "weeks", at_least=1)
        check.whole_number(self.products, "products", at_least=1)
        for q in self.associations:
            _share(q, "each of associations")
        for name in ("channel_drift", "guest_share", "return_share", "losers"):
            _share(getattr(self, name), name)
        _adding_up(self.channels, "channels")
        _adding_up(self.regions, "regions")
        if self.archetypes:
            self._check_archetypes()

    def _check_archetypes(self) -> None:
        shares = {kind.name: kind.share for kind in self.archetypes}
        if len(shares) < len(self.archetypes):
            raise InvalidArgumentError(f"two archetypes have the same name: {list(shares)}.")
        _adding_up(shares, "archetypes")
        late = [kind.name for kind in self.archetypes if kind.join_week + 1 > self.weeks]
        if late:
            raise InvalidArgumentError(
                f"archetypes must join within the {self.weeks} weeks observed; later do:"
                f" {', '.join(late)}. Say weeks=... or give them another join_week."
            )

    @property
    def first_day(self) -> np.datetime64:
        """The first day, datetime64[D]."""
        return check.day(self.start, "start")

    @property
    def end(self) -> np.datetime64:
        """The day after the last, datetime64[D]."""
        return self.first_day + np.timedelta64(7 * self.weeks, "D")


def shares_of(mapping: Mapping[str, float]) -> FloatArray:
    """Return the shares of a mapping in its order, as probabilities."""
    shares = np.array(list(mapping.values()), dtype=np.float64)
    return np.asarray(shares / shares.sum(), dtype=np.float64)
