"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.layers import StockLayers
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.moves import StockMoves
from crmkit.profitability.revaluation import Revaluation, revalue
from crmkit.profitability.stock_values import RestatedIssues, StockValues

__all__ = [
    "RestatedIssues",
    "Revaluation",
    "ShipmentLines",
    "StockLayers",
    "StockMoves",
    "StockValues",
    "revalue",
]
