"""What happens at the till of a simulated shop: baskets, their lines, and what comes back."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np

from crmkit.datasets._customers import CustomerTruth
from crmkit.datasets._products import PlantedPairs, ProductTruth
from crmkit.datasets._settings import ShopSettings, shares_of
from crmkit.datasets._streams import Streams
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray

DAY_SECONDS: Final = 86_400
_OPENS: Final = 8 * 3600
_OPEN_SECONDS: Final = 12 * 3600
_EXTRA_LINES: Final = 2.6
_GUEST_FACTOR: Final = 0.6
_SINGLE_UNIT: Final = 0.75
_RETURN_HAZARD: Final = 1 / 8
_LOSER_RETURNS: Final = 0.3
_BARGAINS: Final = 0.1
_HARDLY: Final = 1e-9
"""Weight of all other goods for losers, who buy them in weeks without a bargain."""
_YEAR_WEEKS: Final = 52.0


@attrs.frozen(kw_only=True, eq=False)
class Baskets:
    """The baskets in order of time.

    Attributes:
        buyer: id of the customer, known to the shop or not.
        second: seconds from the start of the first day.
        week: weeks from the start.
        guest: whether the shop does not know the buyer.
        channel: place in the channels of the settings.
    """

    buyer: CodeArray
    second: IntArray
    week: CodeArray
    guest: BoolArray
    channel: CodeArray


@attrs.frozen(kw_only=True, eq=False)
class Sales:
    """The lines sold: basket (a row of `Baskets`), product, units, and whether planted."""

    basket: CodeArray
    product: CodeArray
    quantity: IntArray
    planted: BoolArray


@attrs.frozen(kw_only=True, eq=False)
class Returns:
    """The lines that come back: which line sold (a row of `Sales`), and at which second."""

    sale: IntArray
    second: IntArray


def draw_baskets(streams: Streams, people: CustomerTruth, settings: ShopSettings) -> Baskets:
    """Draw when everybody comes, whether known, and through which channel."""
    buyer, moment, is_first = _draw_visits(streams.visits, people, settings.weeks)
    second = _opening_second(moment)
    order = np.argsort(second, kind="stable")
    buyer, second = buyer[order], second[order]
    guest = (streams.guests.random(len(buyer)) < settings.guest_share) & ~is_first[order]
    week = (second // (7 * DAY_SECONDS)).astype(np.int32)
    chances = _channel_chances(people, buyer, guest, settings)
    return Baskets(
        buyer=buyer,
        second=second,
        week=week,
        guest=guest,
        channel=_draw_channels(streams.channels, chances, week, settings.channel_drift),
    )


def _draw_visits(
    rng: np.random.Generator, people: CustomerTruth, weeks: int
) -> tuple[CodeArray, FloatArray, BoolArray]:
    """Return buyer, moment in weeks, and whether it is the buyer's first basket."""
    stretch = np.minimum(people.death_week, weeks) - people.join_week
    everybody = np.arange(len(people), dtype=np.int32)
    again = np.repeat(everybody, rng.poisson(people.rate * stretch))
    # Given their number, the points of a Poisson process lie evenly and independently.
    later = people.join_week[again] + rng.random(len(again)) * stretch[again]
    moment = np.concatenate([people.join_week, later])
    # A sum may round up to the end itself, which is no longer observed.
    moment = np.minimum(moment, np.nextafter(float(weeks), 0.0))
    first = np.arange(len(moment)) < len(people)
    return np.concatenate([everybody, again]), moment, first


def _opening_second(moment: FloatArray) -> IntArray:
    """Squeeze each day into the opening hours, 8:00 to 20:00; the order stays."""
    days = 7 * moment
    day = np.floor(days)
    seconds = day * DAY_SECONDS + _OPENS + np.floor((days - day) * _OPEN_SECONDS)
    return seconds.astype(np.int64)


def _channel_chances(
    people: CustomerTruth, buyer: CodeArray, guest: BoolArray, settings: ShopSettings
) -> FloatArray:
    """Return the cumulative probabilities of all channels but the last, baskets x channels."""
    chances = np.cumsum(people.channel_preference[:, :-1], axis=1)[buyer]
    chances[guest] = np.cumsum(shares_of(settings.channels)[:-1])
    return chances


def _draw_channels(
    rng: np.random.Generator, chances: FloatArray, week: CodeArray, drift: float
) -> CodeArray:
    point = rng.random(len(week))[:, None]
    channel: CodeArray = np.count_nonzero(point >= chances, axis=1).astype(np.int32)
    moved = 1 - (1 - drift) ** (week / _YEAR_WEEKS)
    channel[rng.random(len(week)) < moved] = chances.shape[1]
    return channel


# --- lines ---------------------------------------------------------------------------------------


def draw_sales(
    streams: Streams,
    baskets: Baskets,
    people: CustomerTruth,
    products: ProductTruth,
    pairs: PlantedPairs,
) -> Sales:
    """Draw what is in the baskets: by chance, then what the planted pairs add."""
    sizes = _draw_sizes(streams.sizes, baskets, people)
    basket = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    product = _draw_choices(streams.choices, products.expected_share, baskets.week[basket])
    losing = people.loser[baskets.buyer[basket]]
    cheap = _share_of_bargains(products)
    product[losing] = _draw_choices(streams.losers, cheap, baskets.week[basket[losing]])
    added, extra = _plant(streams.planting, basket, product, pairs)
    lines = len(basket) + len(added)
    return Sales(
        basket=np.concatenate([basket, added]),
        product=np.concatenate([product, extra]),
        quantity=streams.quantities.geometric(_SINGLE_UNIT, lines),
        planted=np.arange(lines) >= len(basket),
    )


def _draw_sizes(rng: np.random.Generator, baskets: Baskets, people: CustomerTruth) -> IntArray:
    factor = people.spend[baskets.buyer] * np.where(baskets.guest, _GUEST_FACTOR, 1.0)
    mood = rng.gamma(2.0, 0.5, len(factor))
    return 1 + rng.poisson(_EXTRA_LINES * factor * mood)


def _share_of_bargains(products: ProductTruth) -> FloatArray:
    """Return the shares of a week's lines where hardly anything but bargains is bought."""
    margin = products.price_cents - products.cost_cents
    is_bargain = margin <= np.quantile(margin, _BARGAINS)
    share: FloatArray = products.expected_share * np.where(is_bargain, 1.0, _HARDLY)[:, None]
    return share


def _draw_choices(rng: np.random.Generator, shares: FloatArray, week: CodeArray) -> CodeArray:
    """Draw a product for each line by the shares of its week, products x weeks."""
    share = np.cumsum(shares.T, axis=1)
    share /= share[:, -1:]
    # One ascending table for all weeks: week t has the numbers from t to t + 1, so one search
    # serves all lines. A sum that rounds up to t + 1 would fall into the week after.
    table = (share + np.arange(len(share))[:, None]).ravel()
    point = np.minimum(rng.random(len(week)) + week, np.nextafter(week + 1.0, 0.0))
    place = np.searchsorted(table, point, side="right")
    choice: CodeArray = (place - week.astype(np.int64) * len(shares)).astype(np.int32)
    return choice


def _plant(
    rng: np.random.Generator, basket: CodeArray, product: CodeArray, pairs: PlantedPairs
) -> tuple[CodeArray, CodeArray]:
    """Return the baskets that get a consequent, and which."""
    baskets, extras = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int32)]
    for antecedent, consequent, q in zip(pairs.antecedent, pairs.consequent, pairs.q, strict=True):
        holders = np.unique(basket[product == antecedent])
        baskets.append(holders[rng.random(len(holders)) < q])
        extras.append(np.full(len(baskets[-1]), consequent, dtype=np.int32))
    return np.concatenate(baskets), np.concatenate(extras)


def draw_returns(
    rng: np.random.Generator,
    sales: Sales,
    baskets: Baskets,
    people: CustomerTruth,
    settings: ShopSettings,
) -> Returns:
    """Draw what known customers bring back before the end, at least a day later."""
    known = ~baskets.guest[sales.basket]
    share = np.where(people.loser, _LOSER_RETURNS, settings.return_share)
    brought_back = rng.random(len(known)) < share[baskets.buyer[sales.basket]]
    sale = np.flatnonzero(brought_back & known)
    day = baskets.second[sales.basket[sale]] // DAY_SECONDS
    day += rng.geometric(_RETURN_HAZARD, len(sale))
    second = day * DAY_SECONDS + _OPENS + rng.integers(0, _OPEN_SECONDS, len(sale))
    in_time = day < 7 * settings.weeks
    return Returns(sale=sale[in_time], second=second[in_time])
