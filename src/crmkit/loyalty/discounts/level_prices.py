"""Rules that name products: which lines hold them, and what they cost a tier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError
from crmkit.loyalty.discounts.amounts import PriceLevel
from crmkit.loyalty.discounts.chosen import Chosen
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.typing import BoolArray, IntArray


def of_products(
    products: tuple[Any, ...], lines: PricedLines, chosen: Chosen, rule: str
) -> BoolArray:
    """Return which chosen lines hold one of some products."""
    codes = _codes(lines, rule)
    return np.equal(_looked_up(codes, chosen.line, dict.fromkeys(products, 0)), 0)


def level_prices(
    level: PriceLevel, lines: PricedLines, chosen: Chosen, minor: Callable[[object], int], rule: str
) -> IntArray:
    """Return the price of a unit for the customer of each chosen line; -1 where there is none."""
    codes = _codes(lines, rule)
    if lines.tier is None:
        raise InvalidArgumentError(f"rule {rule!r}: discount: price levels need tiers.")
    rank = lines.tier[chosen.basket]
    prices = np.full(len(chosen.line), -1, dtype=np.int64)
    for tier, listed in level.levels:
        if tier not in lines.tiers:
            continue
        at = np.flatnonzero(rank == lines.tiers.index(tier))
        table = {product: minor(price) for product, price in listed}
        prices[at] = _looked_up(codes, chosen.line[at], table)
    return prices


def _codes(lines: PricedLines, rule: str) -> Codes:
    if lines.product is None:
        raise InvalidArgumentError(
            f"rule {rule!r}: discount: it names products, and the lines have none."
        )
    return lines.product


def _looked_up(codes: Codes, line: IntArray, table: Mapping[Any, int]) -> IntArray:
    """Return a figure of each line by its product, -1 for products that are not in the table."""
    there, back = np.unique(codes.codes[line], return_inverse=True)
    labels = codes.labels[there[there >= 0]].tolist()
    unknown = [-1] * int(np.count_nonzero(there < 0))
    figures = np.array(unknown + [table.get(label, -1) for label in labels], dtype=np.int64)
    return figures[back] if len(line) else np.zeros(0, dtype=np.int64)
