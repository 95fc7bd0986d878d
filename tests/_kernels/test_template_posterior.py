"""Weights of templates and what is summed over them, against a loop in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit._kernels.dispersion import between_neighbours
from crmkit._kernels.life_curves import Shares
from crmkit._kernels.life_templates import Draw, Templates, draw_lives, draw_templates
from crmkit._kernels.template_posterior import (
    Outputs,
    Series,
    bin_edges,
    posterior,
)

RANGES = np.array([[3, 40], [4, 60], [4, 120], [5, 80]], dtype=np.float64)
POOL = draw_lives(np.random.default_rng(1), 5_000, RANGES, 1.0)
DRAW = Draw(
    size=512, by_stage=True, youngest=8, horizon=200, shares=Shares(0.5, 0.1, 0.05, 0.0, 1.0)
)
TEMPERATURE = 0.8


def templates_of(age: int) -> Templates:
    return draw_templates(np.random.default_rng((2, age)), POOL, age, DRAW)


def asked(series: Series, templates: Templates):
    edges = bin_edges(float(max(templates.left.max(), templates.elapsed.max())))
    return posterior(series, templates, Outputs.of(templates, edges, None), TEMPERATURE)


def counts(sales: np.ndarray, exposure: np.ndarray | None = None) -> Series:
    shown = sales if exposure is None else np.where(exposure > 0, sales, 0.0)
    return Series(shown.astype(np.float64), exposure, np.full(len(sales), True))


def slow_chances(
    sales: list[float], exposure: list[float], templates: Templates, *, counted: bool
) -> list[float]:
    """Weigh the templates one by one in float64, as the formulas stand in the kernel's text."""
    curves = [[math.exp(v) for v in row[:-1]] for row in templates.log_curve.astype(float)]
    logs = templates.log_curve[:, :-1].astype(float).tolist()
    total = sum(sales)
    fits = [
        sum(y * v for y, v in zip(sales, row, strict=True))
        - total * math.log(sum(x * c for x, c in zip(exposure, curve, strict=True)))
        for row, curve in zip(logs, curves, strict=True)
    ]
    best = max(range(len(fits)), key=fits.__getitem__)
    level = [x * c for x, c in zip(exposure, curves[best], strict=True)]
    expected = [total * v / sum(level) for v in level]
    seen = [t for t, x in enumerate(exposure) if x > 0]
    sales, exposure, expected = ([part[t] for t in seen] for part in (sales, exposure, expected))
    noise = max(
        slow_noise(sales, exposure, counted=counted), slow_misfit(sales, expected, counted=counted)
    )
    if counted:
        noise = max(noise, 1.0)
    weights = [
        float(w) * math.exp(max(TEMPERATURE * (fit - fits[best]) / max(noise, 1e-9), -700.0))
        for w, fit in zip(templates.weight, fits, strict=True)
    ]
    edges = templates.edges
    stages = [sum(weights[edges[k] : edges[k + 1]]) for k in range(4)]
    return [s / sum(stages) for s in stages]


def slow_noise(sales: list[float], exposure: list[float], *, counted: bool) -> float:
    positive = [y for y in sales if y > 0]
    least = 1.0 if counted else 0.1 * sum(positive) / max(len(positive), 1)
    squares = [
        (z * x - y * w) ** 2 / (x * w * max(y + z, least))
        for y, z, x, w in zip(sales, sales[1:], exposure, exposure[1:], strict=False)
    ]
    return sum(squares) / len(squares) if squares else 0.0


def slow_misfit(sales: list[float], expected: list[float], *, counted: bool) -> float:
    mean = sum(sales) / len(sales)
    least = min(0.05, mean) if counted else 1e-3 * mean
    found = []
    for width in (1, 8, 16):
        blocks = len(sales) // width
        if width > 1 and blocks < 3:
            continue
        start, square = len(sales) - blocks * width, 0.0
        for k in range(blocks):
            block = slice(start + k * width, start + (k + 1) * width)
            off, wanted = sum(sales[block]) - sum(expected[block]), sum(expected[block])
            square += off**2 / max(wanted, least * width + 1e-300)
        found.append(square / max(blocks - 3, blocks / 2, 1) if mean else 0.0)
    return max(found)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(0, 10**6), st.booleans(), st.booleans())
def test_the_posterior_is_that_of_a_loop(age, seed, masked, counted):
    rng = np.random.default_rng(seed)
    sales = rng.poisson(rng.uniform(0.2, 60) * rng.uniform(0.2, 2, age), (3, age)).astype(float)
    exposure = np.where(rng.random((3, age)) < 0.2, 0.0, rng.uniform(0.5, 1.5, (3, age)))
    exposure[:, 0] = 1.0
    series = counts(sales, exposure if masked else None)
    series = series._replace(counted=np.full(3, counted))
    templates = templates_of(age)

    found = asked(series, templates).chances
    shown = exposure if masked else np.ones_like(sales)
    expected = [
        slow_chances(y, x, templates, counted=counted)
        for y, x in zip(series.sales.tolist(), shown.tolist(), strict=True)
    ]

    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_leaving_periods_out_is_dropping_them_from_every_template():
    rng = np.random.default_rng(3)
    age, out = 30, [5, 6, 20]
    kept = np.setdiff1d(np.arange(age), out)
    sales = rng.poisson(20, (1, age)).astype(float)
    templates = templates_of(age)
    exposure = np.ones((1, age))
    exposure[:, out] = 0
    curve = templates.log_curve[:, kept]
    log_sum = np.log(np.exp(curve).sum(axis=1, keepdims=True))
    dropped = templates._replace(log_curve=np.hstack([curve, -log_sum]))

    masked = asked(counts(sales, exposure), templates)
    shorter = asked(counts(sales[:, kept]), dropped)

    np.testing.assert_allclose(masked.chances, shorter.chances, atol=1e-4)


def test_series_without_sales_get_the_prior():
    templates = templates_of(20)
    weight = templates.weight.astype(float)
    prior = np.add.reduceat(weight, templates.edges[:-1]) / weight.sum()

    np.testing.assert_allclose(asked(counts(np.zeros((2, 20))), templates).chances[1], prior, 1e-5)


def test_amounts_have_no_unit():
    rng = np.random.default_rng(4)
    amounts = rng.gamma(3, 5.0, (20, 30))
    templates = templates_of(30)
    here, there = (
        asked(Series(amounts * k, None, np.full(20, False)), templates) for k in (1, 100)
    )

    np.testing.assert_allclose(here.chances, there.chances, atol=1e-4)


def test_more_units_say_more():
    shape = np.exp(-((np.arange(24) - 14.0) ** 2) / 40)[None, :]
    templates = templates_of(24)
    few, many = (asked(counts(np.rint(shape * k)), templates).chances.max() for k in (6, 600))

    assert few < many


def test_a_row_does_not_depend_on_its_neighbours():
    rng = np.random.default_rng(5)
    sales = rng.poisson(15, (150, 26)).astype(float)
    templates = templates_of(26)
    whole = asked(counts(sales), templates).chances
    order = rng.permutation(150)

    np.testing.assert_allclose(
        asked(counts(sales[order]), templates).chances, whole[order], 0, 1e-5
    )
    np.testing.assert_allclose(asked(counts(sales[:3]), templates).chances, whole[:3], 0, 1e-5)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([4, 4, 4], 0.0),
        ([2, 6], 2.0),  # (6 - 2) ** 2 / (6 + 2)
        ([0, 0, 0], 0.0),
        ([5], 0.0),
    ],
)
def test_noise_between_neighbours_by_hand(row, expected):
    series = counts(np.array([row]))
    found = between_neighbours(series.sales, series.exposure, series.counted)

    assert found == pytest.approx([expected])


def test_bins_of_durations_lie_between_whole_numbers():
    edges = bin_edges(90)

    assert edges[0] == -0.5
    assert edges[-1] >= 90.5
    assert len(edges) <= 25
    np.testing.assert_array_equal(edges % 1, 0.5)


def test_what_is_summed_adds_up_within_each_stage():
    rng = np.random.default_rng(6)
    found = asked(counts(rng.poisson(9, (5, 40)).astype(float)), templates_of(40))

    np.testing.assert_allclose(found.chances.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found.elapsed.sum(axis=2), found.chances, atol=1e-5)
    np.testing.assert_allclose(found.left.sum(axis=2), found.chances, atol=1e-5)
