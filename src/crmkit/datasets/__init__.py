"""Seeded generators of shops whose truth is known.

`shop` draws customers, products and what happens at the till from stated distributions, and hands
out the truth beside the lines: questions are tested by whether they find it again.
`product_lives` draws products from launch to decline, and hands out their stage of each week.
"""

from crmkit.datasets._customers import CustomerTruth
from crmkit.datasets._life_settings import SCENARIOS, LifeSettings, LifeShapes, Scenario
from crmkit.datasets._products import KINDS, STAGES, PlantedPairs, ProductTruth
from crmkit.datasets._settings import ARCHETYPES, Archetype, Population, ShopSettings
from crmkit.datasets.buyers import BuyingHabits, ProductBuyers, product_buyers
from crmkit.datasets.lives import ProductLives, product_lives
from crmkit.datasets.shop import LineTruth, ShopTruth, shop

__all__ = [
    "ARCHETYPES",
    "KINDS",
    "SCENARIOS",
    "STAGES",
    "Archetype",
    "BuyingHabits",
    "CustomerTruth",
    "LifeSettings",
    "LifeShapes",
    "LineTruth",
    "PlantedPairs",
    "Population",
    "ProductBuyers",
    "ProductLives",
    "ProductTruth",
    "Scenario",
    "ShopSettings",
    "ShopTruth",
    "product_buyers",
    "product_lives",
    "shop",
]
