"""How long things last: the product-limit estimate, of points to be redeemed or of gaps.

Ages count whole days. A spell is a heap of points under watch from one age to another, both
included; at the last one its points are redeemed, or leave unredeemed. A duration is watched from
age 0 on and ends, or is lost from sight, at its last age. A curve has one entry more than there
are ages: entry k is the share left after the first k days, and entry 0 is 1.

Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53; Greenwood
(1926) for the variance, Kalbfleisch and Prentice (1980) for the interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import sparse

from crmkit._kernels.grouping import whole_sums_by
from crmkit.typing import BoolArray, FloatArray, IntArray, NumberArray

_CELLS = 1 << 22


class Spells(NamedTuple):
    """Heaps of points: whose they are, under watch from when to when, how many, how they left."""

    owner: IntArray
    entry: IntArray
    exit: IntArray
    points: IntArray
    redeemed: BoolArray

    def where(self, chosen: BoolArray) -> Spells:
        """Return some of the heaps."""
        owner, entry = self.owner[chosen], self.entry[chosen]
        return Spells(owner, entry, self.exit[chosen], self.points[chosen], self.redeemed[chosen])


def ages_of(spells: Spells) -> int:
    """Return how many ages there are: one more than the oldest at which a spell ends."""
    return int(spells.exit.max(initial=-1)) + 1


def redeemed_by_age(spells: Spells, ages: int) -> IntArray:
    """Return the points redeemed at each age."""
    return _sums(spells.exit[spells.redeemed], ages, spells.points[spells.redeemed])


def at_risk_by_age(spells: Spells, ages: int) -> IntArray:
    """Return the points under watch at each age, those that left at it included."""
    came = _sums(spells.entry, ages, spells.points)
    left = _sums(spells.exit, ages, spells.points)
    return np.cumsum(came) - np.cumsum(left) + left


def _sums(age: IntArray, ages: int, points: IntArray) -> IntArray:
    return whole_sums_by(age.astype(np.int32), ages, points)


def covered_ages(at_risk: IntArray) -> int:
    """Return how many ages from the first one on had points under watch, without a gap."""
    empty = at_risk <= 0
    return int(np.argmax(empty)) if empty.any() else len(at_risk)


def curve_of(redeemed: NumberArray, at_risk: NumberArray) -> FloatArray:
    """Return the share left after each number of days; ages are the last axis.

    The curve stays flat over ages at which nothing was under watch.
    """
    stayed = 1.0 - redeemed / np.where(at_risk > 0, at_risk, 1)
    first = np.ones((*stayed.shape[:-1], 1))
    return np.concatenate([first, np.cumprod(stayed, axis=-1)], axis=-1)


class Durations(NamedTuple):
    """How long things lasted: whose they are, days, weight, and whether they ended then."""

    group: IntArray
    days: IntArray
    weight: FloatArray
    ended: BoolArray

    def take(self, rows: IntArray | BoolArray) -> Durations:
        """Return some of the things."""
        group, days = self.group[rows], self.days[rows]
        return Durations(group, days, self.weight[rows], self.ended[rows])


class Deaths(NamedTuple):
    """What ended at each age and what was at risk at it: groups x ages."""

    ended: FloatArray
    at_risk: FloatArray


def deaths_by_age(durations: Durations, groups: int, ages: int) -> Deaths:
    """Return what ended and what was at risk at each age; what is lost at an age was at risk."""
    cell = durations.group * ages + durations.days
    left = _by_cell(cell, durations.weight, (groups, ages))
    gone = durations.ended
    ended = _by_cell(cell[gone], durations.weight[gone], (groups, ages))
    return Deaths(ended, np.cumsum(left[:, ::-1], axis=1)[:, ::-1])


def _by_cell(cell: IntArray, weight: FloatArray, shape: tuple[int, int]) -> FloatArray:
    return np.bincount(cell, weight, shape[0] * shape[1]).astype(np.float64).reshape(shape)


def interval_of(curve: FloatArray, deaths: Deaths, z: float) -> tuple[FloatArray, FloatArray]:
    """Return the bounds curve ** exp(+-z v) of a curve by Greenwood's variance; NaN at 0 and 1."""
    n, d = deaths.at_risk, deaths.ended
    room = n * (n - d)
    terms = np.where(room > 0, d / np.where(room > 0, room, 1.0), 0.0)
    first = np.zeros((*terms.shape[:-1], 1))
    spread = np.sqrt(np.concatenate([first, np.cumsum(terms, axis=-1)], axis=-1))
    inside = (curve > 0) & (curve < 1)
    log = np.log(np.where(inside, curve, 0.5))
    v = np.where(inside, z * spread / -log, np.nan)
    with np.errstate(over="ignore"):
        return np.exp(log * np.exp(v)), np.exp(log * np.exp(-v))


def medians_of(curve: FloatArray) -> IntArray:
    """Return the first age by which half is gone, per row; -1 where it never is."""
    # A product of exact quotients may miss one half in its last digit.
    half = curve <= 0.5 + 1e-12
    return np.where(half.any(axis=-1), np.argmax(half, axis=-1) - 1, -1)


class Resampled(NamedTuple):
    """What was redeemed and at risk by age, and granted by life, in some draws of owners."""

    redeemed: FloatArray
    at_risk: FloatArray
    granted: FloatArray


def resampled(
    spells: Spells,
    lives: tuple[IntArray, IntArray, IntArray],
    shape: tuple[int, int, int],
    draws: int,
    rng: np.random.Generator,
) -> Iterator[Resampled]:
    """Draw owners with replacement, again and again; what is theirs comes along.

    Args:
        spells: what was watched.
        lives: owner, life and points of each lot.
        shape: how many owners, ages and lives there are.
        draws: how many times.
        rng: where chance comes from.

    Yields:
        some draws at a time, one to a row.
    """
    owners, ages, kinds = shape
    gone = spells.redeemed
    redeemed = _table(spells.owner[gone], spells.exit[gone], spells.points[gone], (owners, ages))
    came = _table(spells.owner, spells.entry, spells.points, (owners, ages))
    left = _table(spells.owner, spells.exit, spells.points, (owners, ages))
    granted = _table(*lives, (owners, kinds))
    for weights in _drawn(owners, draws, rng):
        out = left @ weights
        at_risk = np.cumsum(came @ weights, axis=0) - np.cumsum(out, axis=0) + out
        yield Resampled((redeemed @ weights).T, at_risk.T, (granted @ weights).T)


def _table(
    owner: IntArray, column: IntArray, points: IntArray, shape: tuple[int, int]
) -> sparse.csr_array:
    """Sum points by column and owner; columns become rows."""
    values = points.astype(np.float64)
    return sparse.csr_array((values, (column, owner)), shape=(shape[1], shape[0]))


def _drawn(owners: int, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Yield how often each owner was drawn, a column per draw."""
    most = max(1, _CELLS // owners)
    for first in range(0, draws, most):
        count = min(most, draws - first)
        picks = rng.integers(owners, size=(count, owners)) + owners * np.arange(count)[:, None]
        times = np.bincount(picks.ravel(), minlength=count * owners)
        yield times.reshape(count, owners).T.astype(np.float64)
