"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.charges import Basis, Charge, ChargeableWeight
from crmkit.profitability.explanation import ShareExplanation
from crmkit.profitability.figures import CostFigures
from crmkit.profitability.landed import LandedCosts, landed_cost
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.lots import LotCosts
from crmkit.profitability.rollup import CostRollup

__all__ = [
    "Basis",
    "Charge",
    "ChargeableWeight",
    "CostFigures",
    "CostRollup",
    "LandedCosts",
    "LotCosts",
    "ShareExplanation",
    "ShipmentLines",
    "landed_cost",
]
