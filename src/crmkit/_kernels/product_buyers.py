"""Who bought which product on how many days."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


class Buyers(NamedTuple):
    """Pairs of product and customer, by product and then customer.

    Attributes:
        product: shape (pairs,).
        customer: shape (pairs,).
        days: shape (pairs,), on how many days.
        first: shape (pairs,), the first of them.
    """

    product: Codes
    customer: Codes
    days: Codes
    first: Codes


def product_buyers(product: Codes, customer: Codes, day: Codes) -> Buyers:
    """Find the pairs of product and customer, each once, and count their days."""
    order = np.lexsort((day, customer, product))
    p, c, d = product[order], customer[order], day[order]
    starts = _changes(p, c)
    fresh_day = _changes(p, c, d)
    days = np.add.reduceat(fresh_day.astype(np.int64), np.flatnonzero(starts)) if len(p) else p
    return Buyers(p[starts], c[starts], days, d[starts])


def _changes(*keys: Codes) -> NDArray[np.bool_]:
    changed = np.ones(len(keys[0]), dtype=np.bool_)
    changed[1:] = False
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return changed
