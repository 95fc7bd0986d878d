"""The head-room under caps that returns give back, in the windows of what they undo."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.ragged import run_ends
from crmkit.loyalty.declaration.caps import Cap, Rolling
from crmkit.loyalty.replay.block import Block
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.points import Outcome
from crmkit.loyalty.replay.taking_back import TakenBack
from crmkit.loyalty.replay.windows import DAY
from crmkit.typing import IntArray


def restored(played: Played, taken: TakenBack | None) -> dict[tuple[int, int], IntArray]:
    """Return the units that each cap of each rule has on top of its limit, by basket.

    A basket has what returns before it brought back into its own windows.
    """
    if taken is None:
        return {}
    rules = played.reader.bound.programme.earning
    rooms = {
        (rule, k): _on_top(played.block, cap, taken, units)
        for rule, units in taken.by_rule.items()
        for k, cap in enumerate(rules[rule].caps)
    }
    return {place: room for place, room in rooms.items() if room.any()}


def still_used(outcome: Outcome, taken: TakenBack | None) -> IntArray:
    """Return what each basket uses of a rule's caps once all returns have happened."""
    if taken is None or outcome.rule not in taken.by_rule:
        return outcome.granted
    used = outcome.granted.copy()
    np.subtract.at(used, taken.basket, taken.by_rule[outcome.rule])
    return used


def _on_top(block: Block, cap: Cap, taken: TakenBack, units: IntArray) -> IntArray:
    """Add units to all baskets from the one after the return to the end of the sale's window."""
    first = taken.at + 1
    stop = np.maximum(_ends(block, cap)[taken.basket], first)
    changes = np.zeros(len(block) + 1, dtype=np.int64)
    np.add.at(changes, first, units)
    np.subtract.at(changes, stop, units)
    return np.cumsum(changes[:-1])


def _ends(block: Block, cap: Cap) -> IntArray:
    """Return for each basket the first one for which it does not count any more."""
    if not isinstance(cap.per, Rolling):
        return run_ends(block.windows(cap.per))
    low = int(block.time.min())
    seconds = cap.per.days * DAY
    span = int(block.time.max()) - low + seconds + 1
    keys = block.account.astype(np.int64) * span + (block.time - low)
    return np.searchsorted(keys, keys + seconds, side="left")
