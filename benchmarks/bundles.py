"""Baskets for benchmarks: seeded, popular products and bundles that come together."""

from __future__ import annotations

from functools import cache

import numpy as np

from crmkit.segmentation import Baskets
from till import SIZE

PRODUCTS, BUNDLES = 500, 100


@cache
def baskets(lines: int = SIZE) -> Baskets:
    """About so many entries, seven to a basket: a bundle in every second one, Zipf's law."""
    rng = np.random.default_rng(20260102)
    n = max(lines // 7, 1)
    popularity = 1 / np.arange(1, PRODUCTS + 1)
    single = rng.choice(PRODUCTS, 5 * n, p=popularity / popularity.sum())
    bundle = rng.integers(0, PRODUCTS, (BUNDLES, 4))[rng.integers(0, BUNDLES, n // 2)]
    rows = np.concatenate([rng.integers(0, n, 5 * n), np.repeat(np.arange(n // 2), 4)])
    return Baskets.from_arrays(basket=rows, product=np.concatenate([single, bundle.ravel()]))
