"""What limits had left before each basket, so that a basket can be evaluated by itself."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit.loyalty.declaration.caps import Cap
from crmkit.loyalty.replay.limits import used_before
from crmkit.loyalty.replay.play import Assumed, Played
from crmkit.typing import IntArray


def alone(played: Played, baskets: IntArray) -> Assumed:
    """Return what to assume of some baskets, each with an account of its own.

    They have the tiers and the points paid that they had, and as much room under limits as the
    baskets before them had left.
    """
    assumed = played.assumed
    return attrs.evolve(
        assumed,
        before=assumed.before[baskets],
        tier=assumed.tier[baskets],
        paid=assumed.paid[baskets],
        headroom=_headroom(played, baskets),
        fired_before=_fired_before(played, baskets),
        discounted_before=_discounted_before(played, baskets),
    )


def _headroom(played: Played, baskets: IntArray) -> dict[tuple[int, int], IntArray]:
    programme, block = played.reader.bound.programme, played.block
    rooms = {}
    for outcome in played.outcomes:
        for k, cap in enumerate(programme.earning[outcome.rule].caps):
            room = -_used(played, outcome.granted, cap)
            if (outcome.rule, k) in block.headroom:
                room += block.headroom[outcome.rule, k]
            rooms[outcome.rule, k] = room[baskets]
    return rooms


def _fired_before(played: Played, baskets: IntArray) -> dict[int, IntArray]:
    rules, fired = played.reader.bound.programme.earning, {}
    for outcome in played.outcomes:
        limit = rules[outcome.rule].trigger_limit
        if limit is not None:
            fired[outcome.rule] = _used(played, outcome.won.astype(np.int64), limit)[baskets]
    return fired


def _discounted_before(played: Played, baskets: IntArray) -> dict[int, IntArray]:
    rules, fired = played.reader.bound.programme.discounting, {}
    for place, where in played.discounted.items():
        limit = rules[place].trigger_limit
        if limit is not None:
            fired[place] = _used(played, where.astype(np.int64), limit)[baskets]
    return fired


def _used(played: Played, used: IntArray, limit: Cap) -> IntArray:
    block = played.block
    return used_before(used, limit, block.account, block.time, block.facts.day_start)
