"""The people of a simulated shop: who they are, and how long they stay."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._fields import array
from crmkit._validation import counted
from crmkit.data import Labels
from crmkit.datasets._settings import Archetype, Population, ShopSettings, shares_of
from crmkit.datasets._streams import Streams
from crmkit.typing import BoolArray, CodeArray, FloatArray

_OLD_STOCK_WEEKS = 4.0
_HORIZON_WEEKS = 52.0
_SLOWEST_DROPOUT = 1e-12
"""A gamma variate of a small shape may underflow to 0, and lifetimes divide by it."""
_PREFERENCE_WEIGHT = 0.6
"""Below 1 most customers keep to one channel."""
_LOSER_RATE = 0.5
_LOSER_SPEND = 0.05


@attrs.frozen(kw_only=True, repr=False)
class CustomerTruth:
    """What is true of each customer; the id of a customer is the row here.

    `truth.customers.rate[tx.customer.labels]` is in the order of the transactions' customers.

    Attributes:
        seen: bool, whether the customer has an identified line, and so a code in the transactions.
        join_week: float64, moment of the first basket, in weeks from the start.
        death_week: float64, moment of leaving for good, in weeks from the start; may lie after the
            end.
        alive_at_end: bool, whether that moment lies after the end.
        rate: float64, baskets a week while alive, guest baskets included.
        dropout: float64, probability rate of leaving per week; NaN for archetypes, whose lifetime
            is fixed.
        spend: float64, personal factor on basket sizes.
        future_baskets: float64, baskets expected in the 52 weeks after the end if alive at the
            end.
        channel_preference: float64, probability of each channel at the start, before any drift;
            shape (customers, channels), in the order of the settings.
        region: where each lives.
        archetype: of which archetype each is; no names, and code -1, in a shop without.
        loser: bool, whether the customer was planted to cost more than to bring: at least one
            basket in two weeks, a twentieth as large besides its first line, of goods from the
            tenth with the least margin per unit; unless as a guest all in the last channel, and
            30 % of the lines come back. What planted pairs add is as for anybody.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import shop
        >>> _, truth = shop(np.random.default_rng(7), customers=100)
        >>> truth.customers
        CustomerTruth(100 customers, 45 alive at the end)
    """

    seen: BoolArray = array()
    join_week: FloatArray = array()
    death_week: FloatArray = array()
    alive_at_end: BoolArray = array()
    rate: FloatArray = array()
    dropout: FloatArray = array()
    spend: FloatArray = array()
    future_baskets: FloatArray = array()
    channel_preference: FloatArray = array()
    region: Labels
    archetype: Labels
    loser: BoolArray = array()

    def __len__(self) -> int:
        """How many customers, seen or not."""
        return len(self.rate)

    def __repr__(self) -> str:
        """How many customers, how many are alive at the end, and the losers among them."""
        alive, losers = np.count_nonzero(self.alive_at_end), np.count_nonzero(self.loser)
        planted = f", {counted(losers, 'loser')}" if losers else ""
        return (
            f"CustomerTruth({counted(len(self), 'customer')}, {alive:,} alive at the end{planted})"
        )


@attrs.frozen(kw_only=True, eq=False)
class _Lives:
    """How often, how long, how much and from when each customer buys."""

    rate: FloatArray
    dropout: FloatArray
    lifetime: FloatArray
    spend: FloatArray
    join: FloatArray
    archetype: CodeArray


def draw_customers(streams: Streams, count: int, settings: ShopSettings) -> CustomerTruth:
    """Draw *count* customers; `seen` is True until the lines are known."""
    rng = streams.customers
    loser = streams.losers.random(count) < settings.losers
    lives = _often_and_little(_lives(rng, count, settings), loser)
    regions = shares_of(settings.regions)
    homes = rng.choice(len(regions), size=count, p=regions).astype(np.int32)
    channels = _PREFERENCE_WEIGHT * shares_of(settings.channels)
    death = lives.join + lives.lifetime
    return CustomerTruth(
        seen=np.ones(count, dtype=np.bool_),
        join_week=lives.join,
        death_week=death,
        alive_at_end=death > settings.weeks,
        rate=lives.rate,
        dropout=lives.dropout,
        spend=lives.spend,
        future_baskets=_future_baskets(lives, death - settings.weeks),
        channel_preference=_last_only(_preferences(rng, channels, count), loser),
        region=_labels("region", homes, tuple(settings.regions)),
        archetype=_labels(
            "archetype", lives.archetype, tuple(kind.name for kind in settings.archetypes)
        ),
        loser=loser,
    )


def _lives(rng: np.random.Generator, count: int, settings: ShopSettings) -> _Lives:
    if settings.archetypes:
        return _lives_of_archetypes(rng, count, settings.archetypes)
    return _lives_of_population(rng, count, settings.population, settings.weeks)


def _lives_of_population(
    rng: np.random.Generator, count: int, population: Population, weeks: int
) -> _Lives:
    rate = rng.gamma(population.r, 1 / population.alpha, count)
    dropout = np.maximum(rng.gamma(population.s, 1 / population.beta, count), _SLOWEST_DROPOUT)
    lifetime = rng.standard_exponential(count) / dropout
    old = rng.random(count) < population.old_stock
    join = rng.random(count) * np.where(old, min(_OLD_STOCK_WEEKS, weeks), weeks)
    return _Lives(
        rate=rate,
        dropout=dropout,
        lifetime=lifetime,
        spend=rng.lognormal(0.0, population.spend_sigma, count),
        join=join,
        archetype=np.full(count, -1, dtype=np.int32),
    )


def _lives_of_archetypes(
    rng: np.random.Generator, count: int, archetypes: tuple[Archetype, ...]
) -> _Lives:
    shares = shares_of({kind.name: kind.share for kind in archetypes})
    drawn = rng.choice(len(archetypes), size=count, p=shares)
    numbers = np.array([attrs.astuple(kind)[1:5] for kind in archetypes], dtype=np.float64)
    rate, lifetime, spend, join = np.ascontiguousarray(numbers[drawn].T)
    return _Lives(
        rate=rate,
        dropout=np.full(count, np.nan),
        lifetime=lifetime,
        spend=spend,
        # Within the week, lest all of them stand at the till in the same second.
        join=join + rng.random(count),
        archetype=drawn.astype(np.int32),
    )


def _often_and_little(lives: _Lives, loser: BoolArray) -> _Lives:
    return attrs.evolve(
        lives,
        rate=np.where(loser, np.maximum(lives.rate, _LOSER_RATE), lives.rate),
        spend=np.where(loser, _LOSER_SPEND * lives.spend, lives.spend),
    )


def _future_baskets(lives: _Lives, remaining: FloatArray) -> FloatArray:
    """Integrate rate * P(still alive) over the year after the end, given alive at its start."""
    exponent = _HORIZON_WEEKS * lives.dropout
    forgetful = -np.expm1(-exponent) / exponent * _HORIZON_WEEKS
    fixed = np.clip(remaining, 0.0, _HORIZON_WEEKS)
    return lives.rate * np.where(np.isnan(lives.dropout), fixed, forgetful)


def _preferences(rng: np.random.Generator, weights: FloatArray, count: int) -> FloatArray:
    # The Dirichlet distribution wants positive weights; a channel of share 0 is never preferred.
    used = weights > 0
    preferences = np.zeros((count, len(weights)))
    preferences[:, used] = rng.dirichlet(weights[used], size=count)
    return preferences


def _last_only(preferences: FloatArray, loser: BoolArray) -> FloatArray:
    last = np.arange(preferences.shape[1]) == preferences.shape[1] - 1
    return np.where(loser[:, None], last, preferences)


def _labels(name: str, codes: CodeArray, names: tuple[str, ...]) -> Labels:
    ids = np.arange(len(codes), dtype=np.int64)
    return Labels(entity="customer", name=name, ids=ids, codes=codes, names=names)
