"""Stages of products beside a search for change points, series by series.

    python benchmarks/peers/stages.py --lines 2000

ruptures finds where the level of a series changes, and says nothing of stages: it is what people
reach for, one series at a time. Both get the same counts. It searches every place (jump and
min_size 1, which its defaults do not); that both see the same series is checked by a collapse in
the middle, which ruptures must place and crmkit must tell as decline. *lines* counts products.
"""

from __future__ import annotations

import numpy as np
import ruptures
from numpy.typing import NDArray

import crmkit as ck
from crmkit.data import ProductPeriods
from crmkit.lifecycle import stages
from side_by_side import arguments, compare, heading

WEEKS = 104
PENALTY = 10.0


def main() -> None:
    options = arguments(__doc__)
    heading(f"Stages, {options.lines:,} products", ("crmkit", "numpy", "ruptures"))
    check_a_collapse()
    counts = series(options.lines)
    periods = ProductPeriods.from_matrix(counts)
    contenders = {
        "crmkit, stages with probabilities": lambda: stages(periods),
        "ruptures, change points": lambda: [change_points(row) for row in counts],
    }
    compare(f"{WEEKS} weeks", contenders, rounds=options.rounds)


def series(products: int) -> NDArray[np.float64]:
    """Return two years of sales of simulated products."""
    found: list[NDArray[np.float64]] = []
    rng = np.random.default_rng(7)
    while sum(map(len, found)) < products:
        lives = ck.datasets.product_lives(rng, products=4_000, scenario="B")
        counts = lives.counts()[:, :WEEKS]
        found.append(counts[~np.isnan(counts).any(axis=1)])
    return np.concatenate(found)[:products]


def change_points(row: NDArray[np.float64]) -> list[int]:
    """Return the ends of the runs of one level, on the square roots that even out the noise."""
    search = ruptures.Pelt(model="l2", jump=1, min_size=1)
    return [int(end) for end in search.fit(np.sqrt(row)).predict(pen=PENALTY)]


def check_a_collapse() -> None:
    """See that both find a product that stops selling after a year."""
    row = np.random.default_rng(1).poisson(np.repeat([100.0, 2.0], WEEKS // 2)).astype(float)
    assert WEEKS // 2 in change_points(row)
    answer = stages(ProductPeriods.from_matrix(row[np.newaxis]))
    assert answer.labels().decode().tolist() == ["decline"]


if __name__ == "__main__":
    main()
