"""The shared model: what questions take and what they hand to one another.

A frame comes in at one door (`Transactions.from_frame`, with `Columns` saying which column is
which) and becomes arrays once: ids as `Codes`, numbers as `Decimals`. `CustomerSummary` holds one
row per customer, `Labels` says who belongs to what, `LineValues` gives each line a figure such as
its margin, `Groups` are lines sorted by one key.
"""

from crmkit.data.codes import Codes
from crmkit.data.columns import Columns
from crmkit.data.decimals import Decimals
from crmkit.data.groups import Groups
from crmkit.data.labels import Labels
from crmkit.data.line_values import LineValues
from crmkit.data.problems import Dropped, Problem
from crmkit.data.summaries import CustomerSummary
from crmkit.data.transactions import Period, Transactions

__all__ = [
    "Codes",
    "Columns",
    "CustomerSummary",
    "Decimals",
    "Dropped",
    "Groups",
    "Labels",
    "LineValues",
    "Period",
    "Problem",
    "Transactions",
]
