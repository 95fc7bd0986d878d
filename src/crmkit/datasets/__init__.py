"""Seeded generators of shops whose truth is known.

`shop` draws customers, products and what happens at the till from stated distributions, and hands
out the truth beside the lines: questions are tested by whether they find it again.
"""

from crmkit.datasets._customers import CustomerTruth
from crmkit.datasets._products import KINDS, STAGES, PlantedPairs, ProductTruth
from crmkit.datasets._settings import ARCHETYPES, Archetype, Population, ShopSettings
from crmkit.datasets.shop import LineTruth, ShopTruth, shop

__all__ = [
    "ARCHETYPES",
    "KINDS",
    "STAGES",
    "Archetype",
    "CustomerTruth",
    "LineTruth",
    "PlantedPairs",
    "Population",
    "ProductTruth",
    "ShopSettings",
    "ShopTruth",
    "shop",
]
