"""The points of each line: entries are by basket and rule, and their split is made again."""

from __future__ import annotations

import numpy as np

from crmkit import _validation as check
from crmkit.data.decimals import Decimals
from crmkit.data.line_values import LineValues
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.replay.binding import Bound
from crmkit.loyalty.replay.writing import Writer
from crmkit.typing import BoolArray


def points_of_lines(bound: Bound, rule: str | None) -> LineValues:
    """Return the points that one rule, or all together, gave to each line of the transactions.

    Raises:
        InvalidArgumentError: no earn rule is called so.
    """
    chosen, writer = _chosen(bound, rule), Writer.of(bound)
    points = np.zeros(len(bound.history.tx), dtype=np.int64)
    for part in writer.parts():
        played = writer.page(part).played
        baskets = np.arange(len(played.block))
        method = bound.programme.policies.remainder
        points[played.lines.rows] = played.points_of_lines(baskets, chosen, method)
    digits = bound.programme.policies.point_digits
    return LineValues.of(bound.history.tx, Decimals(points, digits), name="points", unit="points")


def _chosen(bound: Bound, rule: str | None) -> BoolArray:
    ids = [one.id for one in bound.programme.earning]
    if rule is not None and rule not in ids:
        raise InvalidArgumentError(f"no earn rule is called {rule!r}.{check.hint(rule, ids)}")
    return np.array([rule in (None, name) for name in ids], dtype=np.bool_)
