"""From itemsets to rules: all ways to split a set in two, many sets at a time."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.itemsets.lattice import Lattice
from crmkit._kernels.itemsets.simpler import Rules
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray

_BLOCK = 1 << 20
"""Set numbers in the table of one block."""


class Sides(NamedTuple):
    """What may stand on the sides of a rule.

    Attributes:
        antecedent: for each item, whether it may stand on the left; None for all.
        consequent: likewise on the right.
        max_consequent: the most items on the right.
        empty_antecedent: whether the left may be empty.
    """

    antecedent: BoolArray | None = None
    consequent: BoolArray | None = None
    max_consequent: int | None = None
    empty_antecedent: bool = False


class RuleBlock(NamedTuple):
    """Some rules that are confident enough.

    Attributes:
        rules: these.
        judged: how many were looked at for them.
    """

    rules: Rules
    judged: int


class _Step(NamedTuple):
    """Parts of one size, each found from a part with one item more.

    Attributes:
        size: how many items they have.
        rows: where they go in the table of parts.
        parents: where the larger parts are.
        places: which item of the larger part is left out.
    """

    size: int
    rows: IntArray
    parents: CodeArray
    places: NDArray[np.uint8]


class _Splits(NamedTuple):
    """All ways to split a set of some size, as masks over its places.

    Attributes:
        left: the antecedents.
        right: the consequents.
        left_row: where each antecedent is among the parts; the empty one comes after the last.
        right_row: where each consequent is.
        parts: different masks among both, and what leads to them, the whole set first.
        steps: how the parts are found.
    """

    left: IntArray
    right: IntArray
    left_row: CodeArray
    right_row: CodeArray
    parts: IntArray
    steps: list[_Step]


def ways_to_split(size: int, sides: Sides) -> int:
    """Count the rules that a set of some size gives."""
    return sum(comb(size, k) for k in range(1, _largest_consequent(size, sides) + 1))


def _largest_consequent(size: int, sides: Sides) -> int:
    largest = size if sides.empty_antecedent else size - 1
    return largest if sides.max_consequent is None else min(largest, sides.max_consequent)


def _splits(size: int, sides: Sides) -> _Splits:
    every = np.arange(1, 1 << size)
    right = every[np.bitwise_count(every) <= _largest_consequent(size, sides)]
    left = every[-1] ^ right
    parts = _parts(left, right, size)
    row = np.empty(1 << size, dtype=np.int32)
    row[parts], row[0] = np.arange(len(parts)), len(parts)
    return _Splits(left, right, row[left], row[right], parts, _steps(parts, row, size))


def _parts(left: IntArray, right: IntArray, size: int) -> IntArray:
    """Return the masks needed, and what leads to them, the larger before the smaller."""
    needed = np.zeros(1 << size, dtype=np.bool_)
    needed[left] = needed[right] = True
    needed[0], needed[-1] = False, True
    masks = np.arange(1 << size)
    sizes = np.bitwise_count(masks)
    for k in range(1, size):
        needed[_larger(masks[(sizes == k) & needed])] = True
    parts = masks[needed]
    return parts[np.argsort(size - sizes[parts], kind="stable")]


def _larger(masks: IntArray) -> IntArray:
    return masks | (masks + 1)  # sets the lowest bit that is not set


def _steps(parts: IntArray, row: CodeArray, size: int) -> list[_Step]:
    sizes = np.bitwise_count(parts)
    steps = []
    for k in range(size - 1, 0, -1):
        rows = np.flatnonzero(sizes == k)
        larger = _larger(parts[rows])
        places = np.bitwise_count(larger & ((larger ^ parts[rows]) - 1))
        steps.append(_Step(k, rows, row[larger], places))
    return steps


_EMPTY, _MISSING = -1, -2


def rule_blocks(
    lattice: Lattice, counts: IntArray, sides: Sides, n: int, min_confidence: float
) -> Iterator[RuleBlock]:
    """Go through all rules whose confidence reaches *min_confidence*.

    Confidence is one division of two counts, so that 105 of 350 reaches 0.3 whatever *n* is.
    Rules that need the count of a set that is not there are left out.
    """
    counts = np.append(counts, [0, n])  # at _MISSING and at _EMPTY
    for size, (items, known) in enumerate(
        zip(lattice.sizes, lattice.known.tolist(), strict=True), start=1
    ):
        if known == 0 or _largest_consequent(size, sides) < 1:
            continue
        splits = _splits(size, sides)
        step = max(1, _BLOCK // len(splits.parts))
        for first in range(0, known, step):
            sets = np.arange(first, min(first + step, known))
            table = _table_of_parts(lattice, splits, sets, size)
            possible = _possible(splits, items[sets], sides)
            yield _confident(splits, table, possible, counts, min_confidence)


def _table_of_parts(lattice: Lattice, splits: _Splits, sets: IntArray, size: int) -> CodeArray:
    """Return the number of each part (line) of each set (column), the empty part last."""
    table = np.full((len(splits.parts) + 1, len(sets)), _EMPTY, dtype=np.int32)
    table[0] = sets
    for step in splits.steps:
        larger = table[step.parents]
        found = lattice.facets[step.size][larger, step.places[:, None]]
        table[step.rows] = np.where((larger < 0) | (found < 0), _MISSING, found)
    sizes = np.bitwise_count(splits.parts).astype(np.int64)
    starts = lattice.starts[sizes - 1].astype(np.int32)[:, None]
    known = lattice.known[sizes - 1].astype(np.int32)[:, None]
    parts = table[:-1]
    table[:-1] = np.where((parts < 0) | (parts >= known), _MISSING, parts + starts)
    return table


def _possible(splits: _Splits, items: CodeArray, sides: Sides) -> BoolArray:
    """Say which splits (lines) of which sets (columns) put only allowed items on their sides."""
    possible = np.ones((len(splits.left), len(items)), dtype=np.bool_)
    for masks, allowed in ((splits.left, sides.antecedent), (splits.right, sides.consequent)):
        if allowed is not None:
            barred = ~allowed[items] @ (1 << np.arange(items.shape[1]))
            possible &= (masks[:, None] & barred) == 0
    return possible


def _confident(
    splits: _Splits,
    table: CodeArray,
    possible: BoolArray,
    counts: IntArray,
    min_confidence: float,
) -> RuleBlock:
    left, right = table[splits.left_row], table[splits.right_row]
    possible &= (left != _MISSING) & (right != _MISSING)
    # Sets that other baskets lack count 0: what they foretell, 0/0, is no rule.
    with np.errstate(divide="ignore", invalid="ignore"):
        confidence: FloatArray = counts[table[0]] / counts[left]
    kept = possible & (confidence >= min_confidence)
    both = np.broadcast_to(table[0], kept.shape)
    rules = Rules(left[kept], right[kept], both[kept])
    return RuleBlock(rules, int(np.count_nonzero(possible)))
