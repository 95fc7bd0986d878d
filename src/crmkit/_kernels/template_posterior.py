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

from crmkit._kernels.dispersion import about_curve, between_neighbours
from crmkit._kernels.life_curves import STAGES
from crmkit._kernels.life_templates import BLOCK, Templates

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

BINS: Final = 24
_ROWS: Final = 64
_ONE_THREAD: Final = 1 << 18
_MOST: Final = 1e5


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
        evidence: shape (products,), log-likelihood of the best template above the mean of all.
    """

    chances: Floats
    growth: Floats
    elapsed: Floats
    left: Floats
    parts: Floats
    noise: Floats
    misfit: Floats
    evidence: Floats


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


def posterior(
    series: Series, templates: Templates, outputs: Outputs, temperature: float
) -> Posterior:
    """Weigh the templates for every series; series without any sale get the prior."""
    count, full = len(series.sales), _filled_up(series)
    level = None if series.exposure is None else np.exp(templates.log_curve[:, :-1])
    parts = [
        _chunk(full.rows(slice(k, k + _ROWS)), templates, outputs, level, temperature)
        for k in range(0, count, _ROWS)
    ]
    return Posterior(*(np.concatenate(columns)[:count] for columns in zip(*parts, strict=True)))


def _filled_up(series: Series) -> Series:
    """Add empty rows: BLAS rounds by the shape, and no row may depend on how many others come."""
    more = -len(series.sales) % _ROWS
    rows = ((0, more), (0, 0))
    sales, exposure = series.sales, series.exposure
    return Series(
        np.pad(sales, rows),
        None if exposure is None else np.pad(exposure, rows, constant_values=1.0),
        np.pad(series.counted, (0, more), constant_values=True),
    )


def _chunk(
    series: Series, templates: Templates, outputs: Outputs, level: Floats | None, power: float
) -> Posterior:
    total = series.sales.sum(axis=1)
    fit = _log_fit(series, templates, level, total)
    best = fit.argmax(axis=1)
    expected = _expected(series, templates, best, total)
    noise = between_neighbours(series.sales, series.exposure, series.counted)
    misfit = about_curve(series.sales, expected, series.counted)
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


def _expected(
    series: Series, templates: Templates, best: NDArray[np.int64], total: Doubles
) -> Doubles:
    """Return what the best template expects of each period, 0 where nothing was observed."""
    level = np.exp(templates.log_curve[best, :-1].astype(np.float64))
    if series.exposure is not None:
        level *= series.exposure
    return np.asarray(level * (total / np.maximum(level.sum(axis=1), 1e-30))[:, None])


def _sums(weights: Floats, templates: Templates, outputs: Outputs) -> Posterior:
    """Sum the outputs over the templates of each stage, and make them probabilities."""
    edges, width = templates.edges, outputs.values.shape[1]
    sums = np.zeros((len(weights), STAGES, width), dtype=np.float32)
    for stage in range(STAGES):
        mine = slice(edges[stage], edges[stage + 1])
        blocks = weights[:, mine].reshape(len(weights), -1, BLOCK).transpose(1, 0, 2)
        values = outputs.values[mine].reshape(-1, BLOCK, width)
        sums[:, stage] = np.matmul(blocks, values).sum(axis=0)
    mean = sums[:, :, 0].sum(axis=1)
    sums /= mean[:, None, None]
    none = np.zeros(len(weights), dtype=np.float32)
    return Posterior(
        chances=np.ascontiguousarray(sums[:, :, 0]),
        growth=np.ascontiguousarray(sums[:, :, 1]),
        elapsed=np.ascontiguousarray(sums[:, :, 2 : 2 + BINS]),
        left=np.ascontiguousarray(sums[:, :, 2 + BINS : 2 + 2 * BINS]),
        parts=sums[:, :, 2 + 2 * BINS :].sum(axis=1),
        noise=none,
        misfit=none,
        evidence=-np.log(mean),
    )
