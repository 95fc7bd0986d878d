"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.comparable_costs import ComparableCosts, comparable_cost
from crmkit.profitability.demurrage import DayTariff, days_between, demurrage
from crmkit.profitability.incoterm_rules import Party, Segment
from crmkit.profitability.incoterms import IncotermBearers, OperationCost, incoterm_bearers
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.quotes import ImportDuty, Quote

__all__ = [
    "ComparableCosts",
    "DayTariff",
    "ImportDuty",
    "IncotermBearers",
    "OperationCost",
    "Party",
    "Quote",
    "Segment",
    "ShipmentLines",
    "comparable_cost",
    "days_between",
    "demurrage",
    "incoterm_bearers",
]
