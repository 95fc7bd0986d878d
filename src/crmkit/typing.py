"""The types of crmkit's signatures: arrays by dtype, days, and closed sets of words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import narwhals.typing as nwt

__all__ = [
    "ActivityDriver",
    "ActivityLevel",
    "Adjustment",
    "AllocationMethod",
    "Audience",
    "AverageRule",
    "BasketUnit",
    "BoolArray",
    "CodeArray",
    "Cohort",
    "CohortPeriod",
    "CostColumn",
    "CostElement",
    "CostPolicy",
    "CostStep",
    "Costing",
    "CustomsBase",
    "CycleLevel",
    "CycleUnit",
    "DayArray",
    "DayCalendar",
    "DayCount",
    "Direction",
    "DiscountRateMethod",
    "Discounting",
    "DriverFactor",
    "DriverMethod",
    "DutyKind",
    "FloatArray",
    "Frame",
    "FrameKind",
    "Frequency",
    "GapChoice",
    "GapPattern",
    "IntArray",
    "IntoDay",
    "IntoFrame",
    "IntoMoney",
    "IntoRate",
    "IntoSupport",
    "ItemsetKind",
    "LabelArray",
    "LifeFamily",
    "LineField",
    "MarginTiming",
    "MetricBound",
    "MetricName",
    "Monetary",
    "NumberArray",
    "OnInvalid",
    "OnZero",
    "PartitionLevel",
    "PaybackConvention",
    "PeriodFigure",
    "PeriodLength",
    "PolliCookForm",
    "PolliCookSigma",
    "ProductWeights",
    "ProfitFigure",
    "ProfitStep",
    "ProfitSubtotal",
    "Progress",
    "QueryWeights",
    "ReliabilityMeasure",
    "ReturnPeriod",
    "ReturnRule",
    "ReturnsInTree",
    "RewardValue",
    "RfmMethod",
    "Role",
    "RoundedPart",
    "RoundingMode",
    "RunningMethod",
    "SalesVolume",
    "ScenarioName",
    "ScoreArray",
    "ShareTies",
    "SharingRule",
    "ShipmentRole",
    "Similarity",
    "SizeSpread",
    "SoldFigure",
    "StageDefinition",
    "StageMethod",
    "StagePrior",
    "StockMoveKind",
    "SummaryFigure",
    "TariffColumn",
    "TaxLevel",
    "TierStart",
    "TimeArray",
    "TopMeasure",
    "TransportMode",
    "UnknownHistory",
    "Valuation",
    "Weekday",
    "YearDays",
]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
NumberArray: TypeAlias = NDArray[np.int64] | NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
CodeArray: TypeAlias = NDArray[np.int32]
"""Dense codes 0 .. n-1 of an entity; -1 is "unknown"."""
ScoreArray: TypeAlias = NDArray[np.int8]
DayArray: TypeAlias = NDArray[np.datetime64]
"""datetime64[D]."""
TimeArray: TypeAlias = NDArray[np.datetime64]
"""datetime64[s], naive local time."""
LabelArray: TypeAlias = NDArray[np.int64] | NDArray[np.uint64] | NDArray[np.object_]
"""The distinct ids of an entity, in label order: integers, or objects (str, UUID)."""

IntoDay: TypeAlias = str | dt.date | np.datetime64
"""A calendar day: "2026-03-01", a date, a datetime at midnight or a numpy datetime64."""

Role: TypeAlias = Literal["customer", "time", "basket", "product", "quantity", "amount", "cost"]
IntoFrame: TypeAlias = "nwt.IntoFrame"
"""A data frame that the door reads: pandas, Polars, PyArrow, DuckDB, or what narwhals reads."""
Frame: TypeAlias = "nwt.IntoDataFrame"
"""A data frame that an answer is handed back as: pandas, Polars or PyArrow."""
FrameKind: TypeAlias = Literal["pandas", "polars", "pyarrow"]
"""The frame library that answers are handed back in."""
Cohort: TypeAlias = Literal["all", "new", "lost", "retained", "guest"]
"""Who is present in which of two periods: all, or new, lost and retained customers, and guests."""
CycleUnit: TypeAlias = Literal["product", "category"]
"""What is bought again: the product itself, or anything of its category."""
CycleLevel: TypeAlias = Literal["product", "category", "shop", "unknown"]
"""Whose gaps a cycle was learnt from; unknown where even the whole shop has too few."""
GapChoice: TypeAlias = Literal["first", "weighted", "pooled"]
"""Which gaps a survival curve counts: each customer's first, all with one vote per customer, all
with one vote each."""
GapPattern: TypeAlias = Literal["regular", "random", "clumpy", "unknown"]
"""Whether gaps are more even than chance would make them, as chance makes them, or less even."""
CohortPeriod: TypeAlias = Literal["month", "quarter", "year"]
"""How long the purchases last whose points are valued together."""
DriverMethod: TypeAlias = Literal["shapley", "bennet"]
"""How a change is split: over customers, visits, units and price, or per product by Bennet."""
DriverFactor: TypeAlias = Literal[
    "customers",
    "visits_per_customer",
    "visits",
    "units_per_visit",
    "quantity",
    "mix",
    "price",
    "cost",
    "returns",
    "without_units",
]
"""What may have moved revenue or margin."""
ReturnsInTree: TypeAlias = Literal["apart", "net"]
"""Returns are a part of their own, or are netted against sales before the split."""
PartitionLevel: TypeAlias = Literal["customer", "basket", "line"]
"""What lies wholly in one group: each customer, each basket, or only each line."""
BasketUnit: TypeAlias = Literal["basket", "customer"]
"""What a row of baskets is: one visit, or all that one customer bought."""
ItemsetKind: TypeAlias = Literal["frequent", "closed", "maximal", "generator"]
LifeFamily: TypeAlias = Literal["regimes", "trapezoids", "bass"]
"""Which curves simulated product lives follow."""
ScenarioName: TypeAlias = Literal["A", "B", "C", "D", "E"]
"""How much simulated products sell, from ample and calm to intermittent, and disturbed."""
TopMeasure: TypeAlias = Literal["support", "lift"]
"""What the best itemsets are ranked by."""
IntoSupport: TypeAlias = int | float | Fraction | Decimal
"""A count of baskets (int) or a share of them (float, Fraction, Decimal)."""
CostElement: TypeAlias = Literal[
    "purchase_cost",
    "discount",
    "export_clearance",
    "pre_carriage",
    "origin_handling",
    "loading",
    "freight",
    "insurance",
    "destination_handling",
    "import_clearance",
    "duty",
    "tax",
    "on_carriage",
    "unloading",
    "other",
]
"""Which part of the landed cost a charge is."""
ActivityLevel: TypeAlias = Literal["line", "basket", "customer", "product"]
"""What an event of an activity is of."""
ActivityDriver: TypeAlias = Literal["quantity", "lines"]
"""What adds minutes to an event."""
CostColumn: TypeAlias = Literal["cost"]
"""A column of the till that is a cost."""
CostStep: TypeAlias = Literal[
    "discounts",
    "markdown",
    "purchase",
    "landed",
    "supplier_funding",
    "cash_discount",
    "warehouse",
    "transport",
    "shelf",
    "handling",
    "capital",
    "shrink",
    "loyalty",
    "service",
    "channel",
    "payment",
    "acquisition",
    "retention",
]
"""Steps of the waterfall that somebody has to supply."""
ProfitStep: TypeAlias = Literal["gross_sales", "returns"] | CostStep
"""Steps of the waterfall from gross sales to contribution."""
ProfitSubtotal: TypeAlias = Literal[
    "net_sales",
    "gross_margin",
    "adjusted_gross_margin",
    "direct_product_profit",
    "customer_contribution_before_marketing",
    "contribution",
]
"""Where the steps of the waterfall are summed."""
ProfitFigure: TypeAlias = ProfitStep | ProfitSubtotal
SalesVolume: TypeAlias = Literal["quantity", "net_sales"]
"""What the volume of a product is: units, or money."""
SoldFigure: TypeAlias = ProfitFigure | Literal["quantity"]
"""What the most sold are sold by: a step or subtotal, or units."""
ReturnRule: TypeAlias = Literal["reverse", "keep", "charge"]
"""What a return does to a cost: gives it back, leaves it spent, or is one more event of its own."""
LineField: TypeAlias = Literal["shipment", "product", "hs_code", "origin", "supplier", "category"]
"""What landed costs can be summed by."""
ShipmentRole: TypeAlias = Literal[
    "shipment",
    "product",
    "quantity",
    "value",
    "weight",
    "volume",
    "hs_code",
    "origin",
    "supplier",
    "category",
]
"""What a column says of a line of a shipment."""
RoundingMode: TypeAlias = Literal[
    "half_even", "half_up", "half_down", "down", "up", "floor", "ceiling"
]
"""Where a number between two units goes."""
IntoMoney: TypeAlias = str | int | float | Decimal
"""An amount in major units: "19.99", 20, Decimal("19.99"); a float is the decimal it prints."""
IntoRate: TypeAlias = str | int | float | Decimal | Fraction
"""A factor: "0.0035", Decimal, Fraction(1, 3); a float is the decimal it prints."""
AllocationMethod: TypeAlias = Literal["largest_remainder", "largest_weight", "first", "last"]
"""Who gets the units that rounding leaves over."""
ShareTies: TypeAlias = Literal["weight", "position"]
"""Which of two equal remainders comes first: that of the larger weight, or of the first line."""
RunningMethod: TypeAlias = Literal["running_total", "declining_balance"]
"""Round the running total, or each share of what is left."""
OnZero: TypeAlias = Literal["raise", "equal"]
"""What becomes of an amount where all weights are zero."""
StockMoveKind: TypeAlias = Literal["receipt", "issue", "customer_return", "supplier_return"]
"""What a move of stock is."""
CostPolicy: TypeAlias = Literal["remaining", "restate", "variance"]
"""Where the part of a late charge goes whose goods have left."""
Costing: TypeAlias = Literal["fifo", "average"]
"""How stock is valued: by its receipts, first in first out, or at the moving average."""
AverageRule: TypeAlias = Literal["depletion", "replay", "pool", "earliest"]
"""What of a receipt counts as on hand where stock is one pool at an average."""
RoundedPart: TypeAlias = Literal["stock", "issued"]
"""Which part of a charge is rounded; the other one is the rest."""
TransportMode: TypeAlias = Literal["any", "sea"]
"""What a rule of trade is written for: any transport, or sea and inland waterway only."""
CustomsBase: TypeAlias = Literal["CIF", "FOB"]
"""What duty is taken on: the goods with main freight and insurance, or without."""
TierStart: TypeAlias = Literal["first_billable", "day_one"]
"""Where the tiers of a daily tariff start: after the free days, or with them."""
DayCount: TypeAlias = Literal["both", "one"]
"""Whether both ends of a stay are counted, or the day it starts on is not."""
DayCalendar: TypeAlias = Literal["calendar", "working"]
"""Which days count: all, or working days."""
DutyKind: TypeAlias = Literal[
    "third_country",
    "preference",
    "suspension",
    "anti_dumping",
    "countervailing",
    "safeguard",
    "additional",
    "excise",
]
"""What a row of a tariff is; one of the first three is the basic duty of a line."""
TariffColumn: TypeAlias = Literal[
    "hs_prefix",
    "kind",
    "origin",
    "start",
    "end",
    "season_from",
    "season_to",
    "ad_valorem",
    "specific",
    "unit",
    "minimum_ad_valorem",
    "minimum",
    "minimum_unit",
    "maximum_ad_valorem",
    "maximum",
    "maximum_unit",
    "currency",
]
"""What a column says of a row of a tariff."""
TaxLevel: TypeAlias = Literal["line", "item", "shipment"]
"""Where a duty or tax is rounded: each line, each shipment x tariff code x origin, or each
shipment."""
Valuation: TypeAlias = Literal["CIF", "FOB"]
"""Whether a customs value holds freight and insurance to the border (CIF) or not (FOB)."""
PaybackConvention: TypeAlias = Literal["interpolated", "end_of_period"]
"""When money is back: within the period, as if it came evenly, or with the flow that ends it."""
MarginTiming: TypeAlias = Literal["end_of_period", "immediate"]
"""When a customer's first margin comes: a period from now, if they stay, or at once."""
SharingRule: TypeAlias = Literal["proportional", "equal_surplus", "shapley"]
"""How the cost of a joint programme is shared: by value, to equal gains, or by Shapley value."""
Progress: TypeAlias = Callable[[int, int], object]
"""Hears how much is done, and of how much: progress(done, total)."""
ProductWeights: TypeAlias = Mapping[Any, float] | FloatArray
"""What each product is worth: by its label, or along a catalogue."""
QueryWeights: TypeAlias = Literal["basket", "item"]
"""What counts once in a score: a basket, however many of its items are asked for, or each item."""
OnInvalid: TypeAlias = Literal["raise", "drop"]
Frequency: TypeAlias = Literal["baskets", "purchase_days"]
SummaryFigure: TypeAlias = Literal[
    "first_day", "purchase_days", "baskets", "amount", "returned_amount"
]
Monetary: TypeAlias = Literal["total", "mean"]
RewardValue: TypeAlias = Literal["face", "cost_of_goods"]
"""What a point costs: the money it pays, or what the goods for it cost."""
RfmMethod: TypeAlias = Literal["independent", "nested"]
Adjustment: TypeAlias = Literal["bonferroni", "holm", "fdr_bh", "fdr_by"]
"""Corrections for many tests: of any false find, or of their share (Benjamini with Hochberg, or
with Yekutieli for tests that depend on each other in any way)."""
Similarity: TypeAlias = Literal["cosine", "jaccard", "yule_q"]
"""How alike the customers of two products are."""
Discounting: TypeAlias = Literal["compound", "simple"]
"""Whether interest bears interest."""
DiscountRateMethod: TypeAlias = Literal["simple", "effective"]
"""The yearly rate of a cash discount: its periods added up, or compounded."""
YearDays: TypeAlias = Literal[360, 365]
"""Days of a year of interest."""
UnknownHistory: TypeAlias = Literal["leave_out", "pool"]
"""What becomes of an offer without history: no rank, or the history of all suppliers together."""
ReliabilityMeasure: TypeAlias = Literal["lower_bound", "on_time", "shrunk"]
"""The share on time: its lower Wilson bound, as counted, or drawn towards that of all suppliers."""
MetricBound: TypeAlias = float | tuple[float, float]
"""A lower bound, or the lowest and the highest value."""
Direction: TypeAlias = Literal["high", "low"]
"""Which end of a metric speaks for a rule."""
MetricName: TypeAlias = Literal[
    "support",
    "count",
    "coverage",
    "consequent_support",
    "confidence",
    "lift",
    "leverage",
    "conviction",
    "zhang",
    "jaccard",
    "certainty",
    "kulczynski",
    "representativity",
    "imbalance",
    "cosine",
    "max_confidence",
    "all_confidence",
    "cross_support",
    "phi",
    "chi2",
    "chi2_p",
    "chi2_yates",
    "chi2_yates_p",
    "fisher_p",
    "hyper_confidence",
    "hyper_lift",
    "odds_ratio",
    "yule_q",
    "yule_y",
    "relative_risk",
    "difference_of_confidence",
    "added_value",
    "kappa",
    "laplace",
    "lambda",
    "gini",
    "j_measure",
    "mutual_information",
    "mutual_information_raw",
    "rld",
    "implication_index",
    "sebag",
    "counter_example_rate",
    "confirmed_confidence",
    "standardised_lift",
    "standardised_lift_uncorrected",
    "rule_power_factor",
    "ralambondrainy",
    "least_contradiction",
    "varying_liaison",
    "lerman",
    "importance",
]
"""Figures of a rule that `metric` computes from its counts."""
StageDefinition: TypeAlias = Literal["growth_regime", "bass_inflection"]
"""What a stage of a product's life is: a regime of growth, or the part of a Bass curve between
its inflection points and its peak."""
StageMethod: TypeAlias = Literal["template_bank", "polli_cook", "two_window"]
"""How a product's stage is told: from curves it may be following, or by a rule of thumb."""
StagePrior: TypeAlias = Literal["uniform_stage", "uniform_launch"]
"""What is even before sales are looked at: the stages and the points within, or launch dates."""
PolliCookForm: TypeAlias = Literal["own_sigma", "pooled_sigma", "annual"]
"""Which changes the rule of Polli and Cook looks at."""
PolliCookSigma: TypeAlias = Literal["about_zero", "about_mean"]
"""Where changes are flat and what they spread about: zero, or their mean (n - 1)."""
Audience: TypeAlias = Literal["early_buyers", "triers", "repeaters", "buyers", "nobody"]
"""Customers whom an action about a product concerns."""
PeriodLength: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
"""How long a period of a product x period table is."""
PeriodFigure: TypeAlias = Literal["quantity", "amount", "customers", "new_customers"]
"""What is counted of a product in a period: units, money, its buyers, or its first-time buyers."""
Weekday: TypeAlias = Literal[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
"""The day that weeks start on."""
ReturnPeriod: TypeAlias = Literal["own_period", "sale_period"]
"""Where returns are taken off: in the period they come in, or in that of the sale they undo."""
SizeSpread: TypeAlias = Literal["sample", "population"]
"""What a variance divides by: n - 1, or n."""
