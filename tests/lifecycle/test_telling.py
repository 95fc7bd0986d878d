"""Quantiles of binned durations."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit._kernels.template_posterior import BINS, bin_edges
from crmkit.lifecycle.telling import quantiles


def mass_of(*pairs: tuple[int, float]) -> np.ndarray:
    mass = np.zeros((1, BINS), dtype=np.float32)
    for place, share in pairs:
        mass[0, place] = share
    return mass


def test_quantiles_are_whole_numbers():
    edges = np.arange(-0.5, 10)
    found = quantiles(mass_of((2, 0.5), (3, 0.5)), edges, (0.1, 0.45, 0.9))

    assert found.tolist() == [[2, 2, 3]]


def test_durations_are_never_negative():
    assert quantiles(mass_of((0, 1.0)), np.arange(-0.5, 10), (0.1,)).tolist() == [[0.0]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 90), min_size=200, max_size=400))
def test_quantiles_of_bins_are_near_those_of_the_numbers(durations):
    edges = bin_edges(90)
    counts = np.histogram(durations, edges)[0]
    mass = np.zeros((1, BINS), dtype=np.float32)
    mass[0, : len(counts)] = counts
    found = quantiles(mass, edges, (0.5,))[0, 0]
    middle = float(np.median(durations))
    at = np.searchsorted(edges, middle) - 1

    assert edges[max(at - 1, 0)] - 1 <= found <= edges[min(at + 2, len(edges) - 1)] + 1
