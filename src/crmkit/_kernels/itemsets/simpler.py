"""All rules with the same consequent and a part of the antecedent, each made once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit._kernels.itemsets.lattice import Lattice
from crmkit.typing import CodeArray, FloatArray, IntArray

EMPTY = -1


class Rules(NamedTuple):
    """Rules by the numbers of their sets, EMPTY for the empty antecedent."""

    antecedent: IntArray | CodeArray
    consequent: IntArray | CodeArray
    both: IntArray | CodeArray

    def of(self, rows: IntArray) -> Rules:
        """Return some of them."""
        return Rules(*(part[rows] for part in self))


class Simpler(NamedTuple):
    """Some rules and all simpler ones.

    Attributes:
        rules: all of them, each once.
        edges: pairs (rule, the same without one item of its antecedent), by the size of the
            antecedent, ascending.
        asked: where the rules asked for are.
    """

    rules: Rules
    edges: list[tuple[IntArray, IntArray]]
    asked: IntArray

    def best_simpler(self, strength: FloatArray) -> FloatArray:
        """Return for each rule asked for the strength of the strongest simpler rule."""
        best = np.full(len(strength), -np.inf)
        for rule, simpler in self.edges:
            np.maximum.at(best, rule, np.fmax(strength[simpler], best[simpler]))
        return best[self.asked]


def simpler_rules(lattice: Lattice, rules: Rules, sizes: tuple[IntArray, IntArray]) -> Simpler:
    """Make all simpler rules of some; *sizes* are those of their antecedents and consequents.

    Simpler rules of which a set is not there are left out. Time and memory: the size of the
    antecedent for each different rule.
    """
    made = _Made(len(rules.both))
    for wide in np.unique(sizes[1]).tolist():
        chosen = sizes[1] == wide
        below: Rules | None = None
        parent = np.zeros(0, dtype=np.int64)
        for size in range(int(sizes[0][chosen].max()), -1, -1):
            asked = np.flatnonzero(chosen & (sizes[0] == size))
            level, place = made.add(rules, asked, below, parent)
            if size:
                below, parent = _without_one(lattice, level, size, wide)
                parent = place + parent
    return made.done()


class _Made:
    """Collects rules level by level."""

    def __init__(self, asked: int) -> None:
        self._asked = np.empty(asked, dtype=np.int64)
        self._levels: list[Rules] = []
        self._edges: list[tuple[IntArray, IntArray]] = []
        self._size = 0

    def add(
        self, rules: Rules, asked: IntArray, below: Rules | None, parent: IntArray
    ) -> tuple[Rules, int]:
        """Add rules asked for and rules that follow from larger ones, each once."""
        own = rules.of(asked)
        every = own if below is None else _stacked([own, below])
        span = every.both.max(initial=0) + 1
        keys = (every.antecedent + 1) * span + every.both
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        start, level = self._size, every.of(first)
        self._levels.append(level)
        self._size += len(first)
        self._asked[asked] = start + place[: len(asked)]
        if below is not None:
            self._edges.append((parent, start + place[len(asked) :]))
        return level, start

    def done(self) -> Simpler:
        nothing = np.zeros(0, dtype=np.int64)
        rules = _stacked([Rules(nothing, nothing, nothing), *self._levels])
        return Simpler(rules, self._edges[::-1], self._asked)


def _without_one(lattice: Lattice, rules: Rules, size: int, wide: int) -> tuple[Rules, IntArray]:
    """Leave out each item of each antecedent in turn; return also which rule it was."""
    left, left_facets = _sets_of(lattice, size, rules.antecedent)
    both, both_facets = _sets_of(lattice, size + wide, rules.both)
    found, parents, every = [], [], np.arange(len(rules.both))
    for k in range(size):
        place = np.count_nonzero(both < left[:, k, None], axis=1)
        smaller = both_facets[every, place]
        part = left_facets[:, k] if size > 1 else np.full(len(every), EMPTY)
        there = np.flatnonzero((smaller >= 0) & ((part >= 0) | (size == 1)))
        found.append(Rules(part[there], rules.consequent[there], smaller[there]))
        parents.append(there)
    return _stacked(found), np.concatenate(parents)


def _stacked(parts: list[Rules]) -> Rules:
    antecedents, consequents, wholes = zip(*parts, strict=True)
    return Rules(np.concatenate(antecedents), np.concatenate(consequents), np.concatenate(wholes))


def _sets_of(
    lattice: Lattice, size: int, numbers: IntArray | CodeArray
) -> tuple[CodeArray, IntArray]:
    """Return items of some sets of one size, and the numbers of their subsets among all sets."""
    local = numbers - lattice.starts[size - 1]
    below = lattice.facets[size - 1][local].astype(np.int64)
    start = lattice.starts[size - 2] if size > 1 else 0
    return lattice.sizes[size - 1][local], np.where(below < 0, below, below + start)
