"""Scanned and voided: a sale and a return of one product in one basket cancel before anything."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit._kernels.grouping import changes
from crmkit.data.codes import Codes
from crmkit.loyalty.replay.lines import NO_ORIGIN, Lines
from crmkit.typing import BoolArray, CodeArray, IntArray


def netted(lines: Lines, product: Codes) -> Lines:
    """Net sales and returns of a product within a basket; otherwise a void would reach thresholds.

    What is left stands on the first of its lines; the others are neither sale nor return.
    """
    basket = np.repeat(np.arange(len(lines.starts) - 1), np.diff(lines.starts))
    codes = product.codes[lines.rows]
    mixed = _mixed(lines, basket, codes)
    rows = np.flatnonzero(mixed)
    if not len(rows):
        return lines
    order = rows[np.lexsort((rows, codes[rows], basket[rows]))]
    heads = np.flatnonzero(changes(basket[order], codes[order]))
    first = order[heads]
    amount, quantity = lines.amount.copy(), lines.quantity.copy()
    sale, returned = lines.sale & ~mixed, lines.returned & ~mixed
    amount[order] = quantity[order] = 0
    amount[first] = np.add.reduceat(lines.amount[order], heads)
    quantity[first] = np.add.reduceat(lines.quantity[order], heads)
    returned[first] = (amount[first] < 0) | (quantity[first] < 0)
    sale[first] = ~returned[first] & ((amount[first] > 0) | (quantity[first] > 0))
    return attrs.evolve(lines, amount=amount, quantity=quantity, sale=sale, returned=returned)


def _mixed(lines: Lines, basket: IntArray, codes: CodeArray) -> BoolArray:
    """Mark the lines of products that a basket both sells and takes back."""
    returned = lines.returned
    if lines.origin is not None:
        returned = returned & (
            (lines.origin == NO_ORIGIN) | (lines.origin == lines.baskets[basket])
        )
    both = np.logical_or.reduceat(returned, lines.starts[:-1])
    both &= np.logical_or.reduceat(lines.sale, lines.starts[:-1])
    mixed = np.zeros(len(basket), dtype=np.bool_)
    rows = np.flatnonzero(both[basket])
    if not len(rows):
        return mixed
    keys, numbers = np.unique(
        basket[rows].astype(np.int64) << 32 | codes[rows].astype(np.int64), return_inverse=True
    )
    sold = np.bincount(numbers, lines.sale[rows], len(keys)) > 0
    came = np.bincount(numbers, returned[rows], len(keys)) > 0
    mixed[rows] = (sold & came)[numbers] & (lines.sale | returned)[rows]
    return mixed
