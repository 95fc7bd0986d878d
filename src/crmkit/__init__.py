"""Answers to a retailer's questions about customers and products, from the till.

A frame comes in at one door, becomes arrays once, and every question is a pure function from
those arrays to a frozen answer:

    tx = crmkit.Transactions.from_frame(frame, crmkit.Columns(customer="who", time="when", ...))
    scores = crmkit.segmentation.rfm(tx, as_of="2026-03-01")
    scores.to_frame()

`Transactions` are the till's lines; `CustomerSummary` is one row per customer, `ProductPeriods`
one per product with a column per period; `Labels` say who belongs to what and `LineValues` what
each line is worth; both flow from one question into another.
Questions live in the domains: `crmkit.segmentation`, `crmkit.lifecycle`,
`crmkit.profitability`; exact money in
`crmkit.money`; simulated shops with known truth in `crmkit.datasets`. crmkit reads no file, no
network and no clock: the day asked about is always an argument, `as_of`.
"""

from crmkit import datasets, errors, lifecycle, money, profitability, segmentation, typing
from crmkit.data import (
    Codes,
    Columns,
    CustomerSummary,
    Decimals,
    Groups,
    Labels,
    LineValues,
    ProductPeriods,
    Transactions,
)

__version__ = "0.1.0"

__all__ = [
    "Codes",
    "Columns",
    "CustomerSummary",
    "Decimals",
    "Groups",
    "Labels",
    "LineValues",
    "ProductPeriods",
    "Transactions",
    "__version__",
    "datasets",
    "errors",
    "lifecycle",
    "money",
    "profitability",
    "segmentation",
    "typing",
]
