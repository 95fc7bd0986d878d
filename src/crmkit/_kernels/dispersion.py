"""How noisy sales are, as variance over that of a Poisson: between neighbours, and about a curve.

Periods without observation (exposure 0) are passed over as if there had been none.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LEAST_EXPECTED: Final = 0.05
_BLOCKS: Final = (8, 16)
_FEWEST_BLOCKS: Final = 3
_TINY: Final = 1e-300


def between_neighbours(sales: Doubles, exposure: Doubles | None, counted: Mask) -> Doubles:
    """Return the noise from pairs of neighbours, which slow trends leave alone.

    Shape (products,); 0 without a pair.
    """
    mean = sales.sum(axis=1) / np.maximum(np.count_nonzero(sales, axis=1), 1)
    # A count expects at least half a unit a period; an amount some of its own mean.
    least = np.where(counted, 1.0, 0.1 * mean + _TINY)[:, None]
    y, x = (sales, np.ones_like(sales)) if exposure is None else _seen_last(sales, exposure)
    pair = (x[:, 1:] > 0) & (x[:, :-1] > 0)
    late, early = np.where(pair, x[:, 1:], 1.0), np.where(pair, x[:, :-1], 1.0)
    both = np.maximum(y[:, 1:] + y[:, :-1], least)
    square = (y[:, 1:] * early - y[:, :-1] * late) ** 2 / (late * early * both)
    pairs = np.count_nonzero(pair, axis=1)
    return np.asarray(np.where(pair, square, 0.0).sum(axis=1) / np.maximum(pairs, 1))


def _seen_last(sales: Doubles, exposure: Doubles) -> tuple[Doubles, Doubles]:
    """Move the observed periods to the end, in their order."""
    order = np.argsort(exposure > 0, axis=1, kind="stable")
    return np.take_along_axis(sales, order, axis=1), np.take_along_axis(exposure, order, axis=1)


def about_curve(sales: Doubles, expected: Doubles, counted: Mask) -> Doubles:
    """Return how far sales are from what is expected; 0 where nothing can be.

    That is Pearson's chi-square over its degrees of freedom; of single periods, and of blocks of
    them, where what a curve does not have (a season, a promotion) shows: it lasts.
    """
    periods = np.count_nonzero(expected, axis=1)
    mean = sales.sum(axis=1) / np.maximum(periods, 1)
    least = np.where(counted, np.minimum(_LEAST_EXPECTED, mean), 1e-3 * mean) + _TINY
    if (expected == 0).any():
        sales, expected = _seen_last(sales, expected)
    off = np.where(expected > 0, sales - expected, 0.0)
    worst = _chi_square(off, expected, least)
    for width in _BLOCKS:
        if off.shape[1] >= width * _FEWEST_BLOCKS:
            far, wanted = (_in_blocks(part, periods, width) for part in (off, expected))
            worst = np.maximum(worst, _chi_square(far, wanted, least * width))
    return worst


def _in_blocks(values: Doubles, periods: NDArray[np.int64], width: int) -> Doubles:
    """Sum up whole blocks of the last periods; too few of them are none."""
    count = values.shape[1] // width
    last = values[:, values.shape[1] - count * width :]
    blocks = last.reshape(len(values), count, width).sum(axis=2)
    whole = periods // width
    whole[whole < _FEWEST_BLOCKS] = 0
    return np.where(np.arange(count) >= count - whole[:, None], blocks, 0.0)


def _chi_square(off: Doubles, expected: Doubles, least: Doubles) -> Doubles:
    """Return squared distances over what is expected, per degree of freedom."""
    square = off**2 / np.maximum(expected, least[:, None])
    cells = np.count_nonzero(expected, axis=1)
    return np.asarray(square.sum(axis=1) / np.maximum(np.maximum(cells - 3, cells / 2), 1))
