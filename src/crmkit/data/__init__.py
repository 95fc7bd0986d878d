"""The shared model: what questions take and what they hand to one another.

A frame comes in at one door (`Transactions.from_frame`, with `Columns` saying which column is
which) and becomes arrays once: ids as `Codes`, numbers as `Decimals`. `CustomerSummary` holds one
row per customer, `ProductPeriods` one per product and a column per period, `Labels` says who
belongs to what, `LineValues` gives each line a figure such as its margin, `Groups` are lines
sorted by one key.
"""

from crmkit.data.codes import Codes
from crmkit.data.columns import Columns
from crmkit.data.decimals import Decimals
from crmkit.data.demand_classes import DemandClasses, DemandRule
from crmkit.data.groups import Groups
from crmkit.data.labels import Labels
from crmkit.data.line_values import LineValues
from crmkit.data.period_cells import Cell, PeriodBlock
from crmkit.data.period_options import PeriodOptions, PeriodsLeftOut
from crmkit.data.problems import Dropped, Problem
from crmkit.data.product_periods import ProductPeriods
from crmkit.data.seasonal_index import SeasonalIndex
from crmkit.data.summaries import CustomerSummary
from crmkit.data.transactions import Period, Transactions

__all__ = [
    "Cell",
    "Codes",
    "Columns",
    "CustomerSummary",
    "Decimals",
    "DemandClasses",
    "DemandRule",
    "Dropped",
    "Groups",
    "Labels",
    "LineValues",
    "Period",
    "PeriodBlock",
    "PeriodOptions",
    "PeriodsLeftOut",
    "Problem",
    "ProductPeriods",
    "SeasonalIndex",
    "Transactions",
]
