"""From fractions to booked points: a basket's points among its rules, a rule's among its lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit._kernels.allocation import Pools, Way, spread
from crmkit._kernels.ragged import positions_of, starts_of
from crmkit.loyalty.declaration.words import RoundingLevel
from crmkit.loyalty.replay.block import Block
from crmkit.loyalty.replay.exact_points import Scale
from crmkit.loyalty.replay.offers import Given
from crmkit.loyalty.replay.points import Outcome
from crmkit.typing import AllocationMethod, IntArray


def booked(outcomes: Sequence[Outcome], level: RoundingLevel, scale: Scale) -> IntArray:
    """Return the whole units of each rule in each basket, shape (rules, baskets).

    The total of a basket is rounded once; each rule gets its whole part, and the units left over go
    to the largest fractions: to rules without caps first, to a capped rule only as far as its caps
    counted. A unit that finds no place is dropped.
    """
    totals = np.stack([outcome.given.total for outcome in outcomes])
    whole = totals // scale.over
    if level != RoundingLevel.BASKET:
        return whole
    baskets = np.flatnonzero((totals != whole * scale.over).any(axis=0))
    if len(baskets):
        part = totals[:, baskets]
        left = scale.rounded(part.sum(axis=0)) - whole[:, baskets].sum(axis=0)
        takers = _takers(outcomes, part, whole[:, baskets], baskets, scale)
        whole[:, baskets] += _foremost(takers, left)
    return whole


def _takers(
    outcomes: Sequence[Outcome],
    totals: IntArray,
    whole: IntArray,
    baskets: IntArray,
    scale: Scale,
) -> IntArray:
    """Return how good the claim of each rule is to one unit more; 0 is none.

    A rule without caps comes before any with caps, a larger fraction before a smaller one.
    """
    claims = totals - whole * scale.over
    for k, outcome in enumerate(outcomes):
        if outcome.counted.size:
            claims[k, whole[k] >= outcome.granted[baskets]] = 0
        else:
            claims[k] += np.where(claims[k] > 0, scale.over, 0)
    return claims


def _foremost(claims: IntArray, left: IntArray) -> IntArray:
    """Give one unit to each of the best claims of a basket, as many as are left."""
    order = np.argsort(-claims, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(claims))[:, None], axis=0)
    return ((rank < left) & (claims > 0)).astype(np.int64)


def over_lines(
    given: Given, totals: IntArray, block: Block, baskets: IntArray, method: AllocationMethod
) -> IntArray:
    """Spread whole units of some baskets over their lines."""
    starts = block.starts
    sizes = np.diff(starts)[baskets]
    lines = positions_of(starts[baskets], sizes)
    weights = given.spread_by(block)[lines]
    heads = starts_of(sizes)[:-1]
    pools = Pools(
        np.abs(totals),
        totals < 0,
        weights,
        heads,
        sizes,
        np.add.reduceat(weights, heads) if len(heads) else heads,
    )
    return spread(pools, Way(method, None, "weight"))
