"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.charges import Basis, Charge, ChargeableWeight
from crmkit.profitability.comparable_costs import ComparableCosts, comparable_cost
from crmkit.profitability.demurrage import DayTariff, days_between, demurrage
from crmkit.profitability.driver_assumptions import DriverAssumptions
from crmkit.profitability.driver_totals import DriverRatios, DriverTotals
from crmkit.profitability.drivers import Drivers, drivers
from crmkit.profitability.explanation import ShareExplanation
from crmkit.profitability.figures import CostFigures
from crmkit.profitability.incoterm_rules import Party, Segment
from crmkit.profitability.incoterms import IncotermBearers, OperationCost, incoterm_bearers
from crmkit.profitability.landed import LandedCosts, landed_cost
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.lots import LotCosts
from crmkit.profitability.quotes import ImportDuty, Quote
from crmkit.profitability.rollup import CostRollup

__all__ = [
    "Basis",
    "Charge",
    "ChargeableWeight",
    "ComparableCosts",
    "CostFigures",
    "CostRollup",
    "DayTariff",
    "DriverAssumptions",
    "DriverRatios",
    "DriverTotals",
    "Drivers",
    "ImportDuty",
    "IncotermBearers",
    "LandedCosts",
    "LotCosts",
    "OperationCost",
    "Party",
    "Quote",
    "Segment",
    "ShareExplanation",
    "ShipmentLines",
    "comparable_cost",
    "days_between",
    "demurrage",
    "drivers",
    "incoterm_bearers",
    "landed_cost",
]
