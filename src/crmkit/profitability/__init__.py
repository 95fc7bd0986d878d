"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.delivery_history import DeliveryHistory
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
from crmkit.profitability.safety_stock import safety_stock
from crmkit.profitability.supplier_costs import SupplierCostParts, SupplierCosts, SupplierRisk
from crmkit.profitability.supplier_frontier import SupplierFrontier
from crmkit.profitability.supplier_offers import CostRates, Demand, StockPolicy, SupplierOffers
from crmkit.profitability.suppliers import supplier_cost

__all__ = [
    "CostRates",
    "DeliveryHistory",
    "Demand",
    "DiscountedQuantity",
    "OrderQuantity",
    "PriceBreaks",
    "StockPolicy",
    "SupplierCostParts",
    "SupplierCosts",
    "SupplierFrontier",
    "SupplierOffers",
    "SupplierRisk",
    "all_units_discount",
    "cost_ratio",
    "discount_rate",
    "economic_order_quantity",
    "incremental_discount",
    "payment_terms_value",
    "safety_stock",
    "supplier_cost",
]
