"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.change.assumptions import DriverAssumptions
from crmkit.profitability.change.drivers import Drivers, drivers
from crmkit.profitability.change.totals import DriverRatios, DriverTotals
from crmkit.profitability.duties.declaration import ImportDeclaration
from crmkit.profitability.duties.duties import ImportDuties, import_duties
from crmkit.profitability.duties.rules import DutyRule
from crmkit.profitability.duties.steps import DutyStep
from crmkit.profitability.duties.tariff import DutySchedule
from crmkit.profitability.duties.taxes import Tax
from crmkit.profitability.incoterms.comparable_costs import ComparableCosts, comparable_cost
from crmkit.profitability.incoterms.incoterms import (
    IncotermBearers,
    OperationCost,
    incoterm_bearers,
)
from crmkit.profitability.incoterms.quotes import ImportDuty, Quote
from crmkit.profitability.incoterms.rules import Party, Segment
from crmkit.profitability.landed.charges import Basis, Charge, ChargeableWeight
from crmkit.profitability.landed.demurrage import DayTariff, days_between, demurrage
from crmkit.profitability.landed.explanation import ShareExplanation
from crmkit.profitability.landed.figures import CostFigures
from crmkit.profitability.landed.landed import LandedCosts, landed_cost
from crmkit.profitability.landed.lots import LotCosts
from crmkit.profitability.landed.rollup import CostRollup
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.profit.activities import Activity, Resource
from crmkit.profitability.profit.activity import (
    ActivityCost,
    ActivityModel,
    activity_rates,
)
from crmkit.profitability.profit.answer import Contribution
from crmkit.profitability.profit.capacity import ActivityUsage, CapacityUsage
from crmkit.profitability.profit.comparison import ProfitComparison
from crmkit.profitability.profit.contribution import contribution
from crmkit.profitability.profit.cost_to_serve import CostToServe
from crmkit.profitability.profit.model import CostModel
from crmkit.profitability.profit.pools import Capital, Pool, ResourceDays
from crmkit.profitability.profit.quadrants import Quadrants
from crmkit.profitability.profit.ranking import RankingChange, TopOverlap
from crmkit.profitability.profit.rollup import ProfitRollup
from crmkit.profitability.profit.sources import (
    PerBasket,
    PercentOfCost,
    PercentOfSales,
    PerCustomer,
    PerUnit,
)
from crmkit.profitability.profit.unit_costs import UnitCosts
from crmkit.profitability.profit.waterfall import Unassigned, Waterfall
from crmkit.profitability.profit.whale import WhaleCurve
from crmkit.profitability.revaluation.layers import StockLayers
from crmkit.profitability.revaluation.moves import StockMoves
from crmkit.profitability.revaluation.revaluation import Revaluation, revalue
from crmkit.profitability.revaluation.stock_values import RestatedIssues, StockValues
from crmkit.profitability.suppliers.costs import SupplierCostParts, SupplierCosts, SupplierRisk
from crmkit.profitability.suppliers.delivery_history import DeliveryHistory
from crmkit.profitability.suppliers.frontier import SupplierFrontier
from crmkit.profitability.suppliers.offers import CostRates, Demand, StockPolicy, SupplierOffers
from crmkit.profitability.suppliers.order_quantity import (
    DiscountedQuantity,
    OrderQuantity,
    PriceBreaks,
    all_units_discount,
    cost_ratio,
    economic_order_quantity,
    incremental_discount,
)
from crmkit.profitability.suppliers.payment_terms import discount_rate, payment_terms_value
from crmkit.profitability.suppliers.safety_stock import safety_stock
from crmkit.profitability.suppliers.suppliers import supplier_cost
from crmkit.profitability.worth.cash_flow import CashFlow, Payback, cash_flow
from crmkit.profitability.worth.customer_equity import (
    BudgetSplit,
    CeilingSensitivity,
    CustomerEquity,
    SpendPoint,
    acquisition_vs_retention,
)
from crmkit.profitability.worth.customer_value import (
    CustomerValues,
    customer_value,
    margin_multiple,
)
from crmkit.profitability.worth.programmes import (
    CampaignBreakeven,
    ProgrammeRoi,
    breakeven_lift,
    campaign_breakeven,
    price_cut_breakeven,
    programme_roi,
)
from crmkit.profitability.worth.response_curve import ResponseCurve
from crmkit.profitability.worth.stock_return import StockReturn, gmroi
from crmkit.profitability.worth.supplier_programme import SupplierProgramme, supplier_programme

__all__ = [
    "Activity",
    "ActivityCost",
    "ActivityModel",
    "ActivityUsage",
    "Basis",
    "BudgetSplit",
    "CampaignBreakeven",
    "CapacityUsage",
    "Capital",
    "CashFlow",
    "CeilingSensitivity",
    "Charge",
    "ChargeableWeight",
    "ComparableCosts",
    "Contribution",
    "CostFigures",
    "CostModel",
    "CostRates",
    "CostRollup",
    "CostToServe",
    "CustomerEquity",
    "CustomerValues",
    "DayTariff",
    "DeliveryHistory",
    "Demand",
    "DiscountedQuantity",
    "DriverAssumptions",
    "DriverRatios",
    "DriverTotals",
    "Drivers",
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
    "Payback",
    "PerBasket",
    "PerCustomer",
    "PerUnit",
    "PercentOfCost",
    "PercentOfSales",
    "Pool",
    "PriceBreaks",
    "ProfitComparison",
    "ProfitRollup",
    "ProgrammeRoi",
    "Quadrants",
    "Quote",
    "RankingChange",
    "Resource",
    "ResourceDays",
    "ResponseCurve",
    "RestatedIssues",
    "Revaluation",
    "Segment",
    "ShareExplanation",
    "ShipmentLines",
    "SpendPoint",
    "StockLayers",
    "StockMoves",
    "StockPolicy",
    "StockReturn",
    "StockValues",
    "SupplierCostParts",
    "SupplierCosts",
    "SupplierFrontier",
    "SupplierOffers",
    "SupplierProgramme",
    "SupplierRisk",
    "Tax",
    "TopOverlap",
    "Unassigned",
    "UnitCosts",
    "Waterfall",
    "WhaleCurve",
    "acquisition_vs_retention",
    "activity_rates",
    "all_units_discount",
    "breakeven_lift",
    "campaign_breakeven",
    "cash_flow",
    "comparable_cost",
    "contribution",
    "cost_ratio",
    "customer_value",
    "days_between",
    "demurrage",
    "discount_rate",
    "drivers",
    "economic_order_quantity",
    "gmroi",
    "import_duties",
    "incoterm_bearers",
    "incremental_discount",
    "landed_cost",
    "margin_multiple",
    "payment_terms_value",
    "price_cut_breakeven",
    "programme_roi",
    "revalue",
    "safety_stock",
    "supplier_cost",
    "supplier_programme",
]
