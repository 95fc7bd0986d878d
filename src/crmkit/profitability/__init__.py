"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.cash_flow import CashFlow, Payback, cash_flow
from crmkit.profitability.charges import Basis, Charge, ChargeableWeight
from crmkit.profitability.comparable_costs import ComparableCosts, comparable_cost
from crmkit.profitability.customer_equity import (
    BudgetSplit,
    CeilingSensitivity,
    CustomerEquity,
    SpendPoint,
    acquisition_vs_retention,
)
from crmkit.profitability.customer_value import CustomerValues, customer_value, margin_multiple
from crmkit.profitability.demurrage import DayTariff, days_between, demurrage
from crmkit.profitability.explanation import ShareExplanation
from crmkit.profitability.figures import CostFigures
from crmkit.profitability.incoterm_rules import Party, Segment
from crmkit.profitability.incoterms import IncotermBearers, OperationCost, incoterm_bearers
from crmkit.profitability.landed import LandedCosts, landed_cost
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.lots import LotCosts
from crmkit.profitability.programmes import (
    CampaignBreakeven,
    ProgrammeRoi,
    breakeven_lift,
    campaign_breakeven,
    price_cut_breakeven,
    programme_roi,
)
from crmkit.profitability.quotes import ImportDuty, Quote
from crmkit.profitability.response_curve import ResponseCurve
from crmkit.profitability.rollup import CostRollup
from crmkit.profitability.stock_return import StockReturn, gmroi
from crmkit.profitability.supplier_programme import SupplierProgramme, supplier_programme

__all__ = [
    "Basis",
    "BudgetSplit",
    "CampaignBreakeven",
    "CashFlow",
    "CeilingSensitivity",
    "Charge",
    "ChargeableWeight",
    "ComparableCosts",
    "CostFigures",
    "CostRollup",
    "CustomerEquity",
    "CustomerValues",
    "DayTariff",
    "ImportDuty",
    "IncotermBearers",
    "LandedCosts",
    "LotCosts",
    "OperationCost",
    "Party",
    "Payback",
    "ProgrammeRoi",
    "Quote",
    "ResponseCurve",
    "Segment",
    "ShareExplanation",
    "ShipmentLines",
    "SpendPoint",
    "StockReturn",
    "SupplierProgramme",
    "acquisition_vs_retention",
    "breakeven_lift",
    "campaign_breakeven",
    "cash_flow",
    "comparable_cost",
    "customer_value",
    "days_between",
    "demurrage",
    "gmroi",
    "incoterm_bearers",
    "landed_cost",
    "margin_multiple",
    "price_cut_breakeven",
    "programme_roi",
    "supplier_programme",
]
