"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.charges import Basis, Charge, ChargeableWeight
from crmkit.profitability.comparable_costs import ComparableCosts, comparable_cost
from crmkit.profitability.delivery_history import DeliveryHistory
from crmkit.profitability.demurrage import DayTariff, days_between, demurrage
from crmkit.profitability.duties import ImportDuties, import_duties
from crmkit.profitability.duty_rules import DutyRule
from crmkit.profitability.duty_steps import DutyStep
from crmkit.profitability.explanation import ShareExplanation
from crmkit.profitability.figures import CostFigures
from crmkit.profitability.import_declaration import ImportDeclaration
from crmkit.profitability.import_taxes import Tax
from crmkit.profitability.incoterm_rules import Party, Segment
from crmkit.profitability.incoterms import IncotermBearers, OperationCost, incoterm_bearers
from crmkit.profitability.landed import LandedCosts, landed_cost
from crmkit.profitability.layers import StockLayers
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.lots import LotCosts
from crmkit.profitability.moves import StockMoves
from crmkit.profitability.order_quantity import (
    DiscountedQuantity,
    OrderQuantity,
    PriceBreaks,
    all_units_discount,
    cost_ratio,
    economic_order_quantity,
    incremental_discount,
)
from crmkit.profitability.payment_terms import discount_rate, payment_terms_value
from crmkit.profitability.quotes import ImportDuty, Quote
from crmkit.profitability.revaluation import Revaluation, revalue
from crmkit.profitability.rollup import CostRollup
from crmkit.profitability.safety_stock import safety_stock
from crmkit.profitability.stock_values import RestatedIssues, StockValues
from crmkit.profitability.supplier_costs import SupplierCostParts, SupplierCosts, SupplierRisk
from crmkit.profitability.supplier_frontier import SupplierFrontier
from crmkit.profitability.supplier_offers import CostRates, Demand, StockPolicy, SupplierOffers
from crmkit.profitability.suppliers import supplier_cost
from crmkit.profitability.tariff import DutySchedule

__all__ = [
    "Basis",
    "Charge",
    "ChargeableWeight",
    "ComparableCosts",
    "CostFigures",
    "CostRates",
    "CostRollup",
    "DayTariff",
    "DeliveryHistory",
    "Demand",
    "DiscountedQuantity",
    "DutyRule",
    "DutySchedule",
    "DutyStep",
    "ImportDeclaration",
    "ImportDuties",
    "ImportDuty",
    "IncotermBearers",
    "LandedCosts",
    "LotCosts",
    "OperationCost",
    "OrderQuantity",
    "Party",
    "PriceBreaks",
    "Quote",
    "RestatedIssues",
    "Revaluation",
    "Segment",
    "ShareExplanation",
    "ShipmentLines",
    "StockLayers",
    "StockMoves",
    "StockPolicy",
    "StockValues",
    "SupplierCostParts",
    "SupplierCosts",
    "SupplierFrontier",
    "SupplierOffers",
    "SupplierRisk",
    "Tax",
    "all_units_discount",
    "comparable_cost",
    "cost_ratio",
    "days_between",
    "demurrage",
    "discount_rate",
    "economic_order_quantity",
    "import_duties",
    "incoterm_bearers",
    "incremental_discount",
    "landed_cost",
    "payment_terms_value",
    "revalue",
    "safety_stock",
    "supplier_cost",
]
