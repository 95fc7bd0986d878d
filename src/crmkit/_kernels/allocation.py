"""Spread the amounts of many groups over their lines, exactly, in int64.

Lines stand group after group and no group is empty; amounts are not negative (the caller mirrors
them), and `is_provable` of every group has been asked before.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.blocks import blocks
from crmkit._kernels.exact import corrected, rounds_away
from crmkit._kernels.ragged import positions_of, slices_of
from crmkit.typing import AllocationMethod, BoolArray, IntArray, RoundingMode, ShareTies

_BLOCK = 1 << 15
_LARGE = 1 << 17
_KEY_BITS = 62
_BUCKET_BITS = 14


class Way(NamedTuple):
    """How units are given away: see `crmkit.money.allocate`."""

    method: AllocationMethod
    rounding: RoundingMode | None
    ties: ShareTies


class Pools(NamedTuple):
    """Some groups: their amounts and signs, and their lines' weights one after another."""

    amounts: IntArray
    negative: BoolArray
    weights: IntArray
    heads: IntArray
    sizes: IntArray
    totals: IntArray

    def over_lines(self, figures: IntArray) -> IntArray:
        """Repeat a figure per group for each of its lines."""
        return np.repeat(figures, self.sizes)


def group_totals(weights: IntArray, starts: IntArray) -> IntArray:
    """Sum the weights of each group."""
    return np.add.reduceat(weights, starts[:-1]) if len(starts) > 1 else starts[:0]


def spread(pools: Pools, way: Way) -> IntArray:
    """Return each line's share of its group's amount; the shares of a group sum to it."""
    shares = np.empty(len(pools.weights), dtype=np.int64)
    starts = np.append(pools.heads, len(pools.weights))
    for part in slices_of(pools.sizes, _BLOCK):
        lines = slice(int(starts[part.start]), int(starts[part.stop]))
        block = Pools(
            pools.amounts[part],
            pools.negative[part],
            pools.weights[lines],
            pools.heads[part] - lines.start,
            pools.sizes[part],
            pools.totals[part],
        )
        shares[lines] = _spread_block(block, way)
    return shares


def _spread_block(pools: Pools, way: Way) -> IntArray:
    if way.rounding is not None:
        return _rounded(pools, way.method, way.rounding)
    if len(pools.sizes) == 1 and pools.sizes[0] > _LARGE:
        return _floored_large(pools, way)
    return _floored(pools, way)


def _divided(pools: Pools, weights: IntArray) -> tuple[IntArray, IntArray]:
    """Return floor(amount x weight / total) and its remainder per line."""
    ratios = np.repeat(pools.amounts / pools.totals, pools.sizes)
    # Converted before: a product of mixed types goes through a small buffer, at a third the speed.
    quotients = np.floor(weights.astype(np.float64) * ratios).astype(np.int64)
    totals = pools.over_lines(pools.totals)
    # Modulo 2**64, where the remainder is true because it fits 63 bits.
    products = pools.over_lines(pools.amounts).view(np.uint64) * weights.view(np.uint64)
    products -= quotients.view(np.uint64) * totals.view(np.uint64)
    return corrected(quotients, products.view(np.int64), totals)


# --- floors, and the units left over one each ----------------------------------------------------


def _floored(pools: Pools, way: Way) -> IntArray:
    shares, remainders = _divided(pools, pools.weights)
    left = pools.amounts - np.add.reduceat(shares, pools.heads)
    if left.any():
        shares[_receivers(pools, remainders, left, way)] += 1
    return _signed(pools, shares)


def _signed(pools: Pools, shares: IntArray) -> IntArray:
    if pools.negative.any():
        np.negative(shares, out=shares, where=np.repeat(pools.negative, pools.sizes))
    return shares


def _receivers(pools: Pools, remainders: IntArray, left: IntArray, way: Way) -> IntArray:
    """Return the lines that get one unit more: in each group as many as are *left*."""
    if way.method == "first":
        return _first_of_weight(pools, left)
    if way.method == "largest_weight":
        return _foremost(pools, pools.weights, None, left)
    return _foremost(pools, remainders, pools.weights if way.ties == "weight" else None, left)


def _first_of_weight(pools: Pools, left: IntArray) -> IntArray:
    weighty = (pools.weights != 0).astype(np.int64)
    before = np.cumsum(weighty) - weighty
    rank = before - pools.over_lines(before[pools.heads])
    return np.flatnonzero((weighty > 0) & (rank < pools.over_lines(left)))


def _foremost(
    pools: Pools, figures: IntArray, seconds: IntArray | None, left: IntArray
) -> IntArray:
    """Return the *left* first lines of each group, ranked by both figures, then by position.

    One sort of 64-bit keys: group, score, position. Scores descend with the figures; where they
    had to be made coarse, runs of equal scores that the cut goes through are ranked again.
    """
    scores, bits, exact = _scores(pools, figures, seconds)
    position_bits = (len(figures) - 1).bit_length()
    keys = np.arange(len(figures)) | (scores << position_bits)
    keys |= pools.over_lines(np.arange(len(left)) << (bits + position_bits))
    keys.sort()
    order = keys & ((1 << position_bits) - 1)
    if not exact:
        run = _cut_runs(pools, keys >> position_bits, left)
        lines = order[run]
        by = [-figures[lines], keys[run] >> (bits + position_bits)]
        order[run] = lines[np.lexsort(by if seconds is None else [-seconds[lines], *by])]
    return order[positions_of(pools.heads, left)]


def _cut_runs(pools: Pools, ranks: IntArray, left: IntArray) -> IntArray:
    """Return the places of all lines that tie with the last one taken, if the next does too."""
    last = np.maximum(pools.heads + left - 1, 0)
    following = np.minimum(last + 1, len(ranks) - 1)
    cut = (left > 0) & (ranks[last] == ranks[following])
    if not cut.any():
        return np.zeros(0, dtype=np.int64)
    edges = np.where(cut, ranks[last], -1)
    return np.flatnonzero(ranks == pools.over_lines(edges))


def _scores(
    pools: Pools, figures: IntArray, seconds: IntArray | None
) -> tuple[IntArray, int, bool]:
    """Return small numbers that ascend as figures descend, their bits, and if they tie truly."""
    lines, groups = len(figures), len(pools.heads)
    bits = _KEY_BITS - (lines - 1).bit_length() - (groups - 1).bit_length()
    most = int(figures.max()) + 1
    if seconds is None:
        if int(figures.min()) >= 0 and most < 2**bits:
            return most - figures, bits, True
    elif int(seconds.min()) >= 0:
        span = int(seconds.max()) + 1
        if (most + 1) * span < 2**bits:
            return (most - figures) * span + (span - 1 - seconds), bits, True
    limits = np.maximum.reduceat(figures, pools.heads) + 1.0
    shares = figures.astype(np.float64) / np.repeat(limits, pools.sizes)
    coarse = np.floor(shares * 2.0**bits)
    return np.clip(2**bits - 1 - coarse.astype(np.int64), 0, 2**bits - 1), bits, False


# --- the same for one group too large for the cache ----------------------------------------------


def _floored_large(pools: Pools, way: Way) -> IntArray:
    shares, remainders, counts, shift = _divided_large(pools)
    left = pools.amounts - shares.sum()
    if way.method == "first":
        shares[_first_of_weight(pools, left)] += 1
    elif left[0] and way.method == "largest_weight":
        shares += first_of_many([pools.weights], int(left[0]))
    elif left[0]:
        by_weight = [pools.weights] if way.ties == "weight" else []
        figures = [remainders, *by_weight]
        shares += _first_by_histogram(figures, int(left[0]), counts, shift)
    return _signed(pools, shares)


def _divided_large(pools: Pools) -> tuple[IntArray, IntArray, IntArray, int]:
    """Divide as `_divided` does, block by block, and count the remainders in buckets."""
    n, total = len(pools.weights), int(pools.totals[0])
    shares, remainders = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    shift = max(total.bit_length() - _BUCKET_BITS, 0)
    counts = np.zeros((total - 1 >> shift) + 1, dtype=np.int64)
    ratio = float((pools.amounts / pools.totals)[0])
    amount, divisor = pools.amounts.view(np.uint64), pools.totals.view(np.uint64)
    for block in blocks(0, n):
        weights = pools.weights[block]
        quotients = np.floor(weights.astype(np.float64) * ratio).astype(np.int64)
        rests = weights.view(np.uint64) * amount - quotients.view(np.uint64) * divisor
        totals = np.broadcast_to(pools.totals, weights.shape)
        shares[block], remainders[block] = corrected(quotients, rests.view(np.int64), totals)
        counts += np.bincount(remainders[block] >> shift, minlength=len(counts))
    return shares, remainders, counts, shift


def _first_by_histogram(
    figures: list[IntArray], count: int, counts: IntArray, shift: int
) -> BoolArray:
    """Mark the *count* first lines, given how many first figures are in each bucket."""
    from_top = np.cumsum(counts[::-1])[::-1]
    bucket = int(np.flatnonzero(from_top >= count)[-1])
    low, high = bucket << shift, bucket + 1 << shift
    taken = np.asarray(figures[0] >= high)
    edge = np.flatnonzero((figures[0] >= low) & ~taken)
    count -= int(np.count_nonzero(taken))
    taken[edge[first_of_many([column[edge] for column in figures], count)]] = True
    return taken


def first_of_many(figures: list[IntArray], count: int) -> BoolArray:
    """Mark the *count* first lines, ranked by one figure after another, then by position."""
    edge, count = _edge(figures[0], count)
    taken = np.asarray(figures[0] > edge)
    tied = np.flatnonzero(figures[0] == edge)
    for column in figures[1:]:
        values = column[tied]
        edge, count = _edge(values, count)
        taken[tied[values > edge]] = True
        tied = tied[values == edge]
    taken[tied[:count]] = True
    return taken


def _edge(values: IntArray, count: int) -> tuple[int, int]:
    """Return the *count*-th largest value, and how many of those equal to it are in.

    No sort: one histogram after another narrows down where the edge is.
    """
    low, high = int(values.min()), int(values.max())
    while low < high:
        shift = max((high - low).bit_length() - _BUCKET_BITS, 0)
        from_top = np.cumsum(_histogram(values, low, high, shift)[::-1])[::-1]
        bucket = int(np.flatnonzero(from_top >= count)[-1])
        count -= int(from_top[bucket + 1]) if bucket + 1 < len(from_top) else 0
        high = min(high, low + (bucket + 1 << shift) - 1)
        low += bucket << shift
    return low, count


def _histogram(values: IntArray, low: int, high: int, shift: int) -> IntArray:
    counts = np.zeros((high - low >> shift) + 1, dtype=np.int64)
    for block in blocks(0, len(values)):
        part = values[block]
        inside = part[(part >= low) & (part <= high)]
        counts += np.bincount((inside - low) >> shift, minlength=len(counts))
    return counts


# --- each share rounded, and what is left over to one line ---------------------------------------


def _rounded(pools: Pools, method: AllocationMethod, mode: RoundingMode) -> IntArray:
    sizes = np.abs(pools.weights)
    shares, remainders = _divided(pools, sizes)
    negative = (pools.weights < 0) ^ np.repeat(pools.negative, pools.sizes)
    totals = pools.over_lines(pools.totals)
    shares += rounds_away(shares, remainders, totals, mode, negative)
    np.negative(shares, out=shares, where=negative)
    amounts = np.where(pools.negative, -pools.amounts, pools.amounts)
    shares[_receiver(pools, method)] += amounts - np.add.reduceat(shares, pools.heads)
    return shares


def _receiver(pools: Pools, method: AllocationMethod) -> IntArray:
    """Return the one line of each group that takes the difference."""
    eligible = pools.weights != 0
    if method == "largest_weight":
        largest = np.maximum.reduceat(pools.weights, pools.heads)
        eligible = pools.weights == pools.over_lines(largest)
    positions = np.arange(len(eligible))
    if method == "last":
        found = np.maximum.reduceat(np.where(eligible, positions, -1), pools.heads)
    else:
        found = np.minimum.reduceat(np.where(eligible, positions, len(positions)), pools.heads)
    # A group of no weight has no difference; its own first line takes that.
    return np.clip(found, pools.heads, pools.heads + pools.sizes - 1)
