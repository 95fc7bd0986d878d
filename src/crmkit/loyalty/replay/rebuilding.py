"""What baskets would have earned without the goods that came back."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.ragged import positions_of, starts_of
from crmkit.loyalty.replay.lines import Lines
from crmkit.loyalty.replay.play import Played, play_lines
from crmkit.loyalty.replay.returns import Undone
from crmkit.loyalty.replay.sofar import alone
from crmkit.typing import IntArray


def rebuilt(played: Played, undone: Undone, at: IntArray, basket: IntArray) -> IntArray:
    """Return the units of each rule in some baskets without what came back of them.

    Each pair of *at* and *basket* is a basket as one return leaves it, so that the first, second
    and later returns of a basket stand side by side. It keeps its facts: time, tier, purchases,
    room under limits, points paid.
    """
    if not len(at):
        return np.zeros((len(played.outcomes), 0), dtype=np.int64)
    lines = _left(played.lines, undone, at, basket)
    own_account = np.arange(len(at), dtype=np.int32)
    again = play_lines(played.reader, lines, own_account, alone(played, basket))
    return again.points


def _left(lines: Lines, undone: Undone, at: IntArray, basket: IntArray) -> Lines:
    """Return the lines of baskets with what is left of each after one of their returns."""
    sizes = np.diff(lines.starts)[basket]
    line = positions_of(lines.starts[basket], sizes)
    gone, whole = _gone(undone, line, np.repeat(at, sizes))
    left = attrs.evolve(
        lines,
        baskets=lines.baskets[basket],
        rows=lines.rows[line],
        starts=starts_of(sizes),
        returned=np.zeros(len(line), dtype=np.bool_),
        sale=lines.sale[line] & (gone < whole),
        origin=None,
        gone=(gone, whole),
    )
    return attrs.evolve(
        left,
        amount=left.left_of(lines.amount[line]),
        quantity=left.left_of(lines.quantity[line]),
    )


def _gone(undone: Undone, line: IntArray, at: IntArray) -> tuple[IntArray, IntArray]:
    """Return how much of lines had come back with some baskets, and the whole of it."""
    span = int(max(at.max(), undone.at.max())) + 1
    last = np.searchsorted(undone.sold * span + undone.at, line * span + at, side="right") - 1
    found = (last >= 0) & (undone.sold[last] == line)
    return np.where(found, undone.after[last], 0), np.where(found, undone.whole[last], 1)
