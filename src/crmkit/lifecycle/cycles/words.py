"""How products and categories are counted in words."""

from __future__ import annotations


def counted_units(count: int, unit: str) -> str:
    """Write a count of products, categories or shops: 1 category, 2 categories."""
    plural = "categories" if unit == "category" else f"{unit}s"
    return f"{count:,} {unit if count == 1 else plural}"
