"""Which templates a series looks like: weights of every template, summed up into a few figures.

Sales y_t are overdispersed Poisson about a x_t c_t: c is the template, x the exposure (0 where
nothing could be sold), a an unknown level. With a at its best value, or integrated out under da/a,
the log-likelihood of template c is, but for a constant,

    (1 / phi) * (sum_t y_t ln c_t - Y ln sum_t x_t c_t),    Y = sum_t y_t.

All that is asked is a sum over templates, so two matrix products answer for many series at once.
They are taken in blocks so small that BLAS does not start threads of its own: those stand in the
way of threads over ages, and are slow where cores are shared. Small blocks also stay in the cache.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmkit._kernels.life_curves import STAGES
from crmkit._kernels.life_templates import BLOCK, Templates

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BINS: Final = 24
_ROWS: Final = 64
_ONE_THREAD: Final = 1 << 18
_MOST: Final = 1e5
_LEAST_EXPECTED: Final = 0.05
_BLOCKS: Final = (8, 16)
_FEWEST_BLOCKS: Final = 3


class Series(NamedTuple):
    """Sales of one age: rows are products, columns their periods since launch.

    Attributes:
        sales: shape (products, periods), float64, >= 0; 0 where nothing was observed.
        exposure: the same shape, 0 where nothing was observed; None if it is 1 everywhere.
        counted: shape (products,), bool, whether the sales are counts, which are at least as
            noisy as Poisson.
    """

    sales: Doubles
    exposure: Doubles | None
    counted: NDArray[np.bool_]

    def rows(self, some: slice) -> Series:
        exposure = None if self.exposure is None else self.exposure[some]
        return Series(self.sales[some], exposure, self.counted[some])


class Posterior(NamedTuple):
    """Sums over templates, one row per product.

    Attributes:
        chances: shape (products, 4), probability of each stage.
        growth: shape (products, 4), mean log-slope within each stage, times its probability.
        elapsed: shape (products, 4, bins), probability by stage and periods in it so far.
        left: shape (products, 4, bins), the same for the periods still to come.
        parts: shape (products, parts), probability of each part of mixed templates.
        noise: shape (products,), variance over that of a Poisson, between neighbours.
        misfit: shape (products,), the same about the best template.
    """

    chances: Floats
    growth: Floats
    elapsed: Floats
    left: Floats
    parts: Floats
    noise: Floats
    misfit: Floats


def bin_edges(longest: float) -> Doubles:
    """Return edges between whole numbers of periods, 0 .. longest, that widen with the length.

    There are at most `BINS` bins, the first ones of a single number.
    """
    upper = np.rint(np.expm1(np.linspace(0, np.log(longest + 2), BINS + 1)))
    return np.asarray(np.unique(upper) - 0.5)


def _binned(values: Floats, edges: Doubles) -> NDArray[np.int64]:
    return np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)


def _one_hot(codes: NDArray[np.int64], width: int) -> Floats:
    hot = np.zeros((len(codes), width), dtype=np.float32)
    hot[np.arange(len(codes)), codes] = 1
    return hot


class Outputs(NamedTuple):
    """What is summed over templates, weights included: one row per template."""

    values: Floats
    parts: int

    @classmethod
    def of(cls, templates: Templates, edges: Doubles, part: NDArray[np.int64] | None) -> Outputs:
        count = len(templates.weight)
        parts = 0 if part is None else int(part.max()) + 1
        blocks = [
            np.ones((count, 1), dtype=np.float32),
            templates.growth[:, None],
            _one_hot(_binned(templates.elapsed, edges), BINS),
            _one_hot(_binned(templates.left, edges), BINS),
        ]
        if part is not None:
            blocks.append(_one_hot(part, parts))
        weight = templates.weight[:, None] / templates.weight.sum()
        return cls(np.hstack(blocks) * weight, parts)


def noise_between_neighbours(series: Series) -> Doubles:
    """Return variance over mean from pairs of neighbours, which slow trends leave alone.

    Shape (products,); 0 without a pair.
    """
    y, x = series.sales, series.exposure
    mean = y.sum(axis=1) / np.maximum(np.count_nonzero(y, axis=1), 1)
    # A count expects at least half a unit a period; an amount some of its own mean.
    least = np.where(series.counted, 1.0, 0.1 * mean + 1e-300)[:, None]
    both = np.maximum(y[:, 1:] + y[:, :-1], least)
    if x is None:
        square = (y[:, 1:] - y[:, :-1]) ** 2 / both
        return np.asarray(square.sum(axis=1) / max(square.shape[1], 1))
    pair = (x[:, 1:] > 0) & (x[:, :-1] > 0)
    late, early = np.where(pair, x[:, 1:], 1.0), np.where(pair, x[:, :-1], 1.0)
    square = (y[:, 1:] * early - y[:, :-1] * late) ** 2 / (late * early * both)
    counted = np.count_nonzero(pair, axis=1)
    return np.asarray(np.where(pair, square, 0.0).sum(axis=1) / np.maximum(counted, 1))


def posterior(
    series: Series, templates: Templates, outputs: Outputs, temperature: float
) -> Posterior:
    """Weigh the templates for every series; series without any sale get the prior."""
    starts = range(0, len(series.sales), _ROWS)
    level = None if series.exposure is None else np.exp(templates.log_curve[:, :-1])
    parts = [
        _chunk(series.rows(slice(k, k + _ROWS)), templates, outputs, level, temperature)
        for k in starts
    ]
    return Posterior(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _chunk(
    series: Series, templates: Templates, outputs: Outputs, level: Floats | None, power: float
) -> Posterior:
    total = series.sales.sum(axis=1)
    fit = _log_fit(series, templates, level, total)
    best = fit.argmax(axis=1)
    noise = noise_between_neighbours(series)
    misfit = _misfit(series, templates, best, total)
    dispersion = np.maximum(noise, misfit)
    dispersion = np.where(series.counted, np.maximum(dispersion, 1.0), dispersion)
    size = np.minimum(total / np.maximum(dispersion, 1e-300), _MOST) * power
    fit -= fit[np.arange(len(fit)), best][:, None]
    fit *= size.astype(np.float32)[:, None]
    np.exp(fit, out=fit)
    return _sums(fit, templates, outputs)._replace(
        noise=noise.astype(np.float32), misfit=misfit.astype(np.float32)
    )


def _log_fit(series: Series, templates: Templates, level: Floats | None, total: Doubles) -> Floats:
    """Return the log-likelihood per unit sold: small numbers, which float32 holds well."""
    sold = total > 0
    share = series.sales / np.where(sold, total, 1.0)[:, None]
    width = share.shape[1]
    if series.exposure is None or level is None:
        augmented = np.empty((len(share), width + 1), dtype=np.float32)
        augmented[:, :-1], augmented[:, -1] = share, 1.0
        return _products(augmented, templates.log_curve)
    fit = _products(share.astype(np.float32), templates.log_curve[:, :-1])
    summed = _products(series.exposure.astype(np.float32), level)
    np.log(np.maximum(summed, np.float32(1e-30), out=summed), out=summed)
    fit -= summed
    return fit


def _products(rows: Floats, templates: Floats) -> Floats:
    """Return the inner products of all rows and templates, shape (rows, templates)."""
    cells = len(rows) * rows.shape[1]
    width = BLOCK
    while width > 1 and width * cells > _ONE_THREAD:
        width //= 2
    blocks = len(templates) // width
    right = templates.reshape(blocks, width, -1).transpose(0, 2, 1)
    found = np.empty((len(rows), len(templates)), dtype=np.float32)
    np.matmul(rows, right, out=found.reshape(len(rows), blocks, width).transpose(1, 0, 2))
    return found


def _misfit(
    series: Series, templates: Templates, best: NDArray[np.int64], total: Doubles
) -> Doubles:
    """Return how far sales are from the best template: variance over that of a Poisson.

    That is Pearson's chi-square over its degrees of freedom; of single periods, and of blocks of
    them, where what is missing in the template (a season, a promotion) shows: it lasts.
    """
    level = np.exp(templates.log_curve[best, :-1].astype(np.float64))
    if series.exposure is not None:
        level *= series.exposure
    expected = level * (total / np.maximum(level.sum(axis=1), 1e-30))[:, None]
    mean = total / np.maximum(np.count_nonzero(expected, axis=1), 1)
    least = np.where(series.counted, np.minimum(_LEAST_EXPECTED, mean), 1e-3 * mean)
    off = np.where(expected > 0, series.sales - expected, 0.0)
    worst = _chi_square(off, expected, least)
    for width in _BLOCKS:
        count = off.shape[1] // width
        if count >= _FEWEST_BLOCKS:
            far, wanted = (_in_blocks(part, count, width) for part in (off, expected))
            worst = np.maximum(worst, _chi_square(far, wanted, least * width))
    return worst


def _in_blocks(values: Doubles, count: int, width: int) -> Doubles:
    """Sum up the last blocks of so many periods."""
    last = values[:, values.shape[1] - count * width :]
    return np.asarray(last.reshape(len(values), count, width).sum(axis=2))


def _chi_square(off: Doubles, expected: Doubles, least: Doubles) -> Doubles:
    """Return squared distances over what is expected, per degree of freedom."""
    square = off**2 / np.maximum(expected, least[:, None] + 1e-300)
    cells = np.count_nonzero(expected, axis=1)
    return np.asarray(square.sum(axis=1) / np.maximum(np.maximum(cells - 3, cells / 2), 1))


def _sums(weights: Floats, templates: Templates, outputs: Outputs) -> Posterior:
    """Sum the outputs over the templates of each stage, and make them probabilities."""
    edges, width = templates.edges, outputs.values.shape[1]
    sums = np.zeros((len(weights), STAGES, width), dtype=np.float32)
    for stage in range(STAGES):
        mine = slice(edges[stage], edges[stage + 1])
        blocks = weights[:, mine].reshape(len(weights), -1, BLOCK).transpose(1, 0, 2)
        values = outputs.values[mine].reshape(-1, BLOCK, width)
        sums[:, stage] = np.matmul(blocks, values).sum(axis=0)
    sums /= sums[:, :, :1].sum(axis=1, keepdims=True)
    none = np.zeros(len(weights), dtype=np.float32)
    return Posterior(
        chances=np.ascontiguousarray(sums[:, :, 0]),
        growth=np.ascontiguousarray(sums[:, :, 1]),
        elapsed=np.ascontiguousarray(sums[:, :, 2 : 2 + BINS]),
        left=np.ascontiguousarray(sums[:, :, 2 + BINS : 2 + 2 * BINS]),
        parts=sums[:, :, 2 + 2 * BINS :].sum(axis=1),
        noise=none,
        misfit=none,
    )
